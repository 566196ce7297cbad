"""Inlines and blocks as Slack's rich text, whose text elements are literal: nothing in them formats, links or notifies.

Source: Slack's developer documentation, "Rich text block".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from briefings.model import Language
from briefings.plain import safe_url
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)

Element = dict[str, Any]

_MOST_URL = 3_000
_DEEPEST = 8  # levels of lists that Slack shows; deeper ones stand at the last


def escaped(text: str) -> str:
    """Outside text where Slack's own markup is read."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- inlines ---------------------------------------------------------------------------------------------------------------


def elements(children: Sequence[Inline], language: Language, *, strong: bool = False) -> list[Element]:
    """Inlines as elements of a section; neighbours that look alike are one. None is empty."""
    found: list[Element] = []
    start: dict[str, Any] = {"bold": True} if strong else {}
    stack: list[tuple[Inline, dict[str, Any], str]] = [(x, start, "") for x in reversed(children)]
    while stack:
        x, style, url = stack.pop()
        match x:
            case Text(text=text, language=own):
                mark = f" [{own}]" if own is not None and own != language and text else ""
                _add(found, text + mark, style, url)
            case CitationMark(number=number):
                _add(found, f"[{number}]", style, url)
            case Strong(children=inner):
                stack += [(y, {**style, "bold": True}, url) for y in reversed(inner)]
            case Emphasis(children=inner):
                stack += [(y, {**style, "italic": True}, url) for y in reversed(inner)]
            case Struck(children=inner):
                stack += [(y, {**style, "strike": True}, url) for y in reversed(inner)]
            case Link(url=target, children=inner):
                taken = url or (target if safe_url(target) and len(target) <= _MOST_URL else "")
                stack += [(y, style, taken) for y in reversed(inner)]
            case Code(text=text):
                _add(found, text, {**style, "code": True}, url)
            case LineBreak():
                _add(found, "\n", style, url)
    return found


def _add(found: list[Element], text: str, style: dict[str, Any], url: str) -> None:
    if not text:
        return
    made: Element = {"type": "link", "url": url, "text": text} if url else {"type": "text", "text": text}
    if style:
        made["style"] = style
    last = found[-1] if found else None
    if last is not None and {**last, "text": ""} == {**made, "text": ""}:
        last["text"] += text
    else:
        found.append(made)


# ---- blocks ----------------------------------------------------------------------------------------------------------------


def parts_of(block: Block, language: Language) -> list[Element]:
    """A block as parts of a rich text: sections, lists, quotes. Images and dividers have none: they are blocks."""
    match block:
        case Heading(children=children):
            return _section(elements(children, language, strong=True))
        case Paragraph(children=children):
            return _section(elements(children, language))
        case Footnote(number=number, children=children):
            return _section([{"type": "text", "text": f"[{number}] "}, *elements(children, language)])
        case ListBlock():
            return list(_lists(block, language, 0))
        case Quotation(children=inner):
            inside = _run_together(inner, language)
            return [{"type": "rich_text_quote", "elements": inside}] if inside else []
        case Image() | Divider():
            return []


def _section(found: list[Element]) -> list[Element]:
    return [{"type": "rich_text_section", "elements": found}] if found else []


def _lists(block: ListBlock, language: Language, depth: int) -> Iterator[Element]:
    """A list, and those within it after the item that they stand in: Slack nests by indents alone."""
    number = block.start or 1
    for item in block.items:
        inner = [b for b in item if isinstance(b, ListBlock)]
        section = _run_together([b for b in item if not isinstance(b, ListBlock)], language)
        if section:
            made: Element = {
                "type": "rich_text_list",
                "style": "bullet" if block.start is None else "ordered",
                "indent": min(depth, _DEEPEST),
                "elements": [{"type": "rich_text_section", "elements": section}],
            }
            if block.start is not None and number > 1:
                made["offset"] = number - 1
            yield made
        number += 1
        for below in inner:
            yield from _lists(below, language, depth + 1)


def _run_together(blocks: Sequence[Block], language: Language) -> list[Element]:
    """Blocks within an item or a quote: their text, a line end between them."""
    found: list[Element] = []
    for block in blocks:
        inside = [x for part in parts_of(block, language) for x in _leaves(part)]
        if inside and found:
            found.append({"type": "text", "text": "\n"})
        found += inside
    return found


def _leaves(part: Element) -> Iterator[Element]:
    """The text and links of a part."""
    for x in part["elements"]:
        if "elements" in x:
            yield from _leaves(x)
        else:
            yield x


def joined(parts: Sequence[Element]) -> Element:
    """One rich text: lists that go on are one, paragraphs have a blank line between them."""
    made: list[Element] = []
    for part in parts:
        last = made[-1] if made else None
        if last is not None and _goes_on(last, part):
            last["elements"] = [*last["elements"], *part["elements"]]
        elif last is not None and last["type"] == part["type"] == "rich_text_section":
            last["elements"] = [*last["elements"], {"type": "text", "text": "\n\n"}, *part["elements"]]
        else:
            made.append(dict(part))
    return {"type": "rich_text", "elements": made}


def _goes_on(last: Element, part: Element) -> bool:
    if last["type"] != "rich_text_list" or part["type"] != "rich_text_list" or last["style"] != part["style"]:
        return False
    if last["indent"] != part["indent"]:
        return False
    return last["style"] == "bullet" or bool(
        part.get("offset", 0) == last.get("offset", 0) + len(last["elements"])
    )


def size_of(parts: Sequence[Element]) -> int:
    """The characters of a rich text's parts, their addresses too."""
    total = 0
    for part in parts:
        for x in _leaves(part):
            total += len(x.get("text", "")) + len(x.get("url", "")) + 2
    return total
