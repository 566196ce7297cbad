"""A document as the relay's messages: blocks, Markdown and HTML of each, split where one would be too long. Pure."""

from __future__ import annotations

import json

from bots.dispatch.content import Content
from briefings.rendering import Document, Html, dump_blocks, markdown_of
from briefings.rendering.document import Block, Footnote, ListBlock, Paragraph, Quotation


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
        for piece in _pieces(block) if not fits([block]) else [block]:
            if group and not fits([*group, piece]):
                made.append(Document(tuple(group), document.language))
                group = []
            group.append(piece)
    if group:
        made.append(Document(tuple(group), document.language))
    return made


def _pieces(block: Block) -> list[Block]:
    """A block that is too long, in smaller ones. One that can't be cut stays as it is."""
    match block:
        case ListBlock(items=items, start=start) if len(items) > 1:
            return [
                ListBlock((item,), start + i if start is not None else None) for i, item in enumerate(items)
            ]
        case Quotation(children=children) if len(children) > 1:
            return [Quotation((c,)) for c in children]
        case Paragraph(children=children) if len(children) > 1:
            middle = len(children) // 2
            return [Paragraph(children[:middle]), Paragraph(children[middle:])]
        case Footnote():
            return [block]
        case _:
            return [block]
