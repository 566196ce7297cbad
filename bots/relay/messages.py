"""A document as the relay's messages: blocks, Markdown and HTML of each, split where one would be too long. Pure."""

from __future__ import annotations

import json

from bots.dispatch.content import Content
from bots.splitting import split
from briefings.rendering import Document, Html, dump_blocks, markdown_of
from briefings.rendering.document import Block, Divider


def bodies(content: Content, characters: int) -> tuple[str, ...]:
    """The messages as JSON: title, language, markdown, html, blocks. `characters` bounds each one's Markdown; 0: there is one."""
    documents = cut(content.document, characters)
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


def cut(document: Document, characters: int) -> list[Document]:
    """Documents of at most so many characters of Markdown each."""
    if not characters:
        return [document]

    def length(*blocks: Block) -> int:
        return len(markdown_of(Document(blocks, document.language)))

    def size(block: Block) -> tuple[int]:
        """As it stands among others: at the edges of a message its blanks are cut off."""
        return (length(Divider(), block, Divider()) - length(Divider(), Divider()),)

    return split(document, size, (characters + 1,))  # no blank line stands after the last
