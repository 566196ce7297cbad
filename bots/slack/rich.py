"""Inlines and blocks as Slack's rich text, whose text elements are literal: nothing in them formats, links or notifies.

Source: Slack's developer documentation, "Rich text block".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from bots.commands import COMMANDS
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


def elements(
    children: Sequence[Inline], language: Language, slash: str = "/sitrep", *, strong: bool = False
) -> list[Element]:
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
                _add(found, _typed(text, slash), {**style, "code": True}, url)
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


@cache
def _first_words() -> frozenset[str]:
    return frozenset(path[0] for c in COMMANDS for path in (c.path, c.fr))


def _typed(text: str, slash: str) -> str:
    """A command as it is typed here: "/quotes" stands under the one slash command that there is for all."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    if first.startswith("/") and first[1:] in _first_words():
        return f"{slash} {text[1:]}"
    return text


# ---- blocks ----------------------------------------------------------------------------------------------------------------


def parts_of(block: Block, language: Language, slash: str = "/sitrep") -> list[Element]:
    """A block as parts of a rich text: sections, lists, quotes. Images and dividers have none: they are blocks."""
    match block:
        case Heading(children=children):
            return _section(elements(children, language, slash, strong=True))
        case Paragraph(children=children):
            return _section(elements(children, language, slash))
        case Footnote(number=number, children=children):
            return _section([{"type": "text", "text": f"[{number}] "}, *elements(children, language, slash)])
        case ListBlock():
            return list(_lists(block, language, slash, 0))
        case Quotation(children=inner):
            inside = _run_together(inner, language, slash)
            return [{"type": "rich_text_quote", "elements": inside}] if inside else []
        case Image() | Divider():
            return []


def _section(found: list[Element]) -> list[Element]:
    return [{"type": "rich_text_section", "elements": found}] if found else []


def _lists(block: ListBlock, language: Language, slash: str, depth: int) -> Iterator[Element]:
    """A list, and those within it where they stand: Slack nests by indents alone. `number` is an item's own, for `joined`."""
    for i, item in enumerate(block.items):
        number = None if block.start is None else block.start + i
        run: list[Block] = []
        for inner in item:
            if not isinstance(inner, ListBlock):
                run.append(inner)
                continue
            yield from _an_item(run, language, slash, depth, number)
            if run:
                number = None  # what stands after a list within is no item of its own
            run = []
            yield from _lists(inner, language, slash, depth + 1)
        yield from _an_item(run, language, slash, depth, number)


def _an_item(
    blocks: Sequence[Block], language: Language, slash: str, depth: int, number: int | None
) -> Iterator[Element]:
    section = _run_together(blocks, language, slash)
    if section:
        yield {
            "type": "rich_text_list",
            "style": "bullet" if number is None else "ordered",
            "indent": min(depth, _DEEPEST),
            "elements": [{"type": "rich_text_section", "elements": section}],
            **({"number": number} if number is not None else {}),
        }


def _run_together(blocks: Sequence[Block], language: Language, slash: str) -> list[Element]:
    """Blocks within an item or a quote as one text: each part on a line of its own, items with their marks."""
    found: list[Element] = []
    for block in blocks:
        for part in parts_of(block, language, slash):
            inside = list(_leaves(part))
            if not inside:
                continue
            if found:
                found.append({"type": "text", "text": "\n"})
            if part["type"] == "rich_text_list":
                mark = f"{part['number']}. " if "number" in part else "• "
                found.append({"type": "text", "text": "  " * part["indent"] + mark})
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
    """One rich text: lists that go on are one, paragraphs have a blank line between them.

    A numbered list begins at one in Slack; what begins later, since a message ends within it, has its numbers as text.
    """
    made: list[Element] = []
    next_number = 1
    for part in map(dict, parts):
        number = part.pop("number", None)
        last = made[-1] if made else None
        goes_on = last is not None and _alike(last, part) and number in (None, next_number)
        if number is not None and number != 1 and not goes_on:
            part = {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": f"{number}. "}, *_leaves(part)],
            }
        if last is not None and goes_on:
            last["elements"] = [*last["elements"], *part["elements"]]
        elif last is not None and last["type"] == part["type"] == "rich_text_section":
            between = "\n" if number is not None else "\n\n"
            last["elements"] = [*last["elements"], {"type": "text", "text": between}, *part["elements"]]
        else:
            made.append(part)
        next_number = number + 1 if number is not None else 1
    return {"type": "rich_text", "elements": made}


def _alike(last: Element, part: Element) -> bool:
    """Whether a list may go on with an item."""
    return bool(
        last["type"] == part["type"] == "rich_text_list"
        and last["style"] == part["style"]
        and last["indent"] == part["indent"]
    )


def size_of(parts: Sequence[Element]) -> int:
    """The characters of a rich text's parts, their addresses too."""
    total = 0
    for part in parts:
        for x in _leaves(part):
            total += len(x.get("text", "")) + len(x.get("url", "")) + 2
    return total
