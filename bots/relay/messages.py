"""A document as the relay's messages: blocks, Markdown and HTML of each, split where one would be too long. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from bots.dispatch.content import Content
from briefings.rendering import Document, Html, dump_blocks, markdown_of
from briefings.rendering.document import (
    Block,
    Emphasis,
    Footnote,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)


def bodies(content: Content, characters: int) -> tuple[str, ...]:
    """The messages as JSON: title, language, markdown, html, blocks. `characters` bounds each one's Markdown; 0: there is one."""
    documents = split(content.document, characters)
    made = []
    for i, document in enumerate(documents):
        html = Html(document.language, cite=lambda n: f"#citation-{n}", image=lambda x: "", anchors=False)
        made.append(
            json.dumps(
                {
                    "title": content.title,
                    "language": document.language,
                    "part": i + 1,
                    "parts": len(documents),
                    "markdown": markdown_of(document),
                    "html": html.blocks(document.blocks),
                    "blocks": dump_blocks(document),
                },
                ensure_ascii=False,
                separators=(",", ":"),
            )
        )
    return tuple(made)


def split(document: Document, characters: int) -> list[Document]:
    """Documents of at most so many characters of Markdown each, cut between blocks, list items, and at last within words."""
    if not characters or len(markdown_of(document)) <= characters:
        return [document]
    made: list[Document] = []
    group: list[Block] = []

    def fits(blocks: list[Block]) -> bool:
        return len(markdown_of(Document(tuple(blocks), document.language))) <= characters

    for block in document.blocks:
        for piece in _cut(block, lambda b: fits([b]), characters):
            if group and not fits([*group, piece]):
                made.append(Document(tuple(group), document.language))
                group = []
            group.append(piece)
    if group:
        made.append(Document(tuple(group), document.language))
    return made


def _cut(block: Block, fits: Callable[[Block], bool], characters: int) -> list[Block]:
    """The block in pieces that fit. One that can't be cut any further stays as it is."""
    if fits(block):
        return [block]
    pieces = _pieces(block, max(characters // 2, 1))
    if len(pieces) == 1 and pieces[0] == block:
        return [block]
    return [x for piece in pieces for x in _cut(piece, fits, characters)]


def _pieces(block: Block, characters: int) -> list[Block]:
    """A block in smaller ones; itself where it has no seam."""
    match block:
        case ListBlock(items=items, start=start) if len(items) > 1:
            return [
                ListBlock((item,), start + i if start is not None else None) for i, item in enumerate(items)
            ]
        case ListBlock(items=((first, *more),), start=start) if more:
            return [ListBlock(((b,),), start) for b in (first, *more)]
        case ListBlock(items=((only,),), start=start):
            return [ListBlock(((b,),), start) for b in _pieces(only, characters)]
        case Quotation(children=children) if len(children) > 1:
            return [Quotation((c,)) for c in children]
        case Quotation(children=(only,)):
            return [Quotation((b,)) for b in _pieces(only, characters)]
        case Paragraph(children=children):
            return [Paragraph(part) for part in _halves(children, characters)]
        case Footnote(number=number, children=children):
            return [Footnote(number, part) for part in _halves(children, characters)]
        case _:
            return [block]


def _halves(children: tuple[Inline, ...], characters: int) -> list[tuple[Inline, ...]]:
    """Inlines in two parts; a single one cut within, its words at a blank where there is one."""
    if len(children) > 1:
        middle = len(children) // 2
        return [children[:middle], children[middle:]]
    match children:
        case (Text(text=text, language=language),) if len(text) > characters:
            at = text.rfind(" ", 1, characters) + 1 or characters
            return [(Text(text[:at], language),), (Text(text[at:], language),)]
        case ((Strong() | Emphasis() | Struck() | Link()) as x,):
            parts = _halves(x.children, characters)
            return [(replace(x, children=part),) for part in parts] if len(parts) > 1 else [children]
        case _:
            return [children]
