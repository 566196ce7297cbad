"""A document as JSON values and back: for scripts that read a briefing, and for messages that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from briefings.model import LANGUAGES, Language
from briefings.plain import safe_url
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Document,
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


def dump_blocks(document: Document) -> list[dict[str, Any]]:
    """The document's blocks, each an object with its `kind`."""
    return [_block(b) for b in document.blocks]


def load_document(blocks: Sequence[Mapping[str, Any]], language: Language) -> Document:
    """The document that `dump_blocks` gave. KeyError, TypeError or ValueError where these are no such blocks."""
    try:
        return Document(tuple(_load_block(b) for b in blocks), _known(language))
    except RecursionError as e:
        raise ValueError("the blocks are nested too deep") from e


def _block(block: Block) -> dict[str, Any]:
    kind = type(block).__name__.removesuffix("Block").lower()
    match block:
        case Heading(level=level, children=children):
            return {"kind": kind, "level": level, "inlines": [_inline(c) for c in children]}
        case Paragraph(children=children):
            return {"kind": kind, "inlines": [_inline(c) for c in children]}
        case Footnote(number=number, children=children):
            return {"kind": kind, "number": number, "inlines": [_inline(c) for c in children]}
        case ListBlock(items=items, start=start):
            return {"kind": kind, "start": start, "items": [[_block(b) for b in i] for i in items]}
        case Quotation(children=blocks):
            return {"kind": kind, "blocks": [_block(b) for b in blocks]}
        case Image(name=name, alt=alt):
            return {"kind": kind, "name": name, "alt": alt}
        case Divider():
            return {"kind": kind}


def _inline(x: Inline) -> dict[str, Any]:
    kind = type(x).__name__.lower()
    match x:
        case Text(text=text, language=own):
            return {"kind": kind, "text": text, **({"language": own} if own else {})}
        case Code(text=text):
            return {"kind": kind, "text": text}
        case Link(url=url, children=c):
            return {"kind": kind, "url": url, "inlines": [_inline(i) for i in c]}
        case CitationMark(number=n, fact=fact):
            return {"kind": "citation", "number": n, **({"fact": fact} if fact else {})}
        case LineBreak():
            return {"kind": kind}
        case _:
            return {"kind": kind, "inlines": [_inline(i) for i in x.children]}


def _load_block(value: Mapping[str, Any]) -> Block:
    match value["kind"]:
        case "heading":
            return Heading(_whole(value["level"], 1, 6), _load_inlines(value["inlines"]))
        case "paragraph":
            return Paragraph(_load_inlines(value["inlines"]))
        case "footnote":
            return Footnote(_whole(value["number"], 0, 10**9), _load_inlines(value["inlines"]))
        case "list":
            items = tuple(tuple(_load_block(b) for b in item) for item in value["items"])
            start = value["start"]
            return ListBlock(items, _whole(start, 0, 10**9) if start is not None else None)
        case "quotation":
            return Quotation(tuple(_load_block(b) for b in value["blocks"]))
        case "image":
            return Image(_text(value["name"]), _text(value["alt"]))
        case "divider":
            return Divider()
        case other:
            raise ValueError(f"{other!r} is no kind of block")


_WITH_CHILDREN: dict[str, type[Strong | Emphasis | Struck]] = {
    "strong": Strong,
    "emphasis": Emphasis,
    "struck": Struck,
}


def _load_inlines(values: Sequence[Mapping[str, Any]]) -> tuple[Inline, ...]:
    return tuple(_load_inline(v) for v in values)


def _load_inline(value: Mapping[str, Any]) -> Inline:
    match value["kind"]:
        case "text":
            own = value.get("language")
            return Text(_text(value["text"]), _known(own) if own is not None else None)
        case "code":
            return Code(_text(value["text"]))
        case "link":
            url = safe_url(_text(value["url"]))
            if url is None:
                raise ValueError(f"{value['url']!r} may not be linked")
            return Link(url, _load_inlines(value["inlines"]))
        case "citation":
            return CitationMark(_whole(value["number"], 0, 10**9), _text(value.get("fact", "")))
        case "linebreak":
            return LineBreak()
        case kind:
            return _WITH_CHILDREN[kind](_load_inlines(value["inlines"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    if not least <= value <= most:
        raise ValueError(f"{value} is not from {least} to {most}")
    return value


def _known(language: object) -> Language:
    found = next((x for x in LANGUAGES if x == language), None)
    if found is None:
        raise ValueError(f"{language!r} is no language of ours")
    return found
