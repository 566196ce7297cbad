"""A document as HTML: a page of its own, or parts of one. Everything that is not ours is escaped here, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from briefings.model import Language
from briefings.plain import literal
from briefings.rendering.briefing import Briefing
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


def escaped(text: str) -> str:
    """Text that can't be markup, in an element or in an attribute's quotation marks."""
    return escape(text, quote=True)


def _alone(number: int) -> str:
    return f"#cite-{number}"


def _in_words(image: Image) -> str:
    return f"<p>{escaped(image.alt)}</p>"


@dataclass(frozen=True, slots=True)
class Html:
    """How a document stands in a page: where citations lead, how an image is shown (as safe HTML), how deep headings
    are. `anchors`: footnotes can be linked to, which only one document of a page can have. `cite_name`: what a link
    to a citation is called to who hears it."""

    language: Language
    cite: Callable[[int], str] = _alone
    image: Callable[[Image], str] = _in_words
    deeper: int = 0
    anchors: bool = True
    cite_name: str = ""

    def blocks(self, blocks: Sequence[Block]) -> str:
        return "\n".join(self.block(b) for b in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Heading(level=level, children=children):
                depth = min(level + self.deeper, 6)
                return f"<h{depth}>{self.inlines(children)}</h{depth}>"
            case Paragraph(children=children):
                return f"<p>{self.inlines(children)}</p>"
            case Footnote(number=n, children=children):
                return self._footnote(n, children)
            case ListBlock(items=items, start=start):
                inner = "".join(f"<li>{self._item(i)}</li>" for i in items)
                return f"<ul>{inner}</ul>" if start is None else f'<ol start="{start}">{inner}</ol>'
            case Quotation(children=blocks):
                return f"<blockquote>{''.join(self.block(b) for b in blocks)}</blockquote>"
            case Image():
                return self.image(block)
            case Divider():
                return "<hr>"

    def _footnote(self, n: int, children: tuple[Inline, ...]) -> str:
        if self.anchors:
            return f'<p class="note" id="cite-{n}"><span class="n">[{n}]</span> {self.inlines(children)}</p>'
        return f'<p class="note">{self._mark(n)} {self.inlines(children)}</p>'

    def _item(self, blocks: tuple[Block, ...]) -> str:
        """A list item; a lone paragraph stands in it without a <p>."""
        if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
            return self.inlines(blocks[0].children)
        return "".join(self.block(b) for b in blocks)

    def inlines(self, children: tuple[Inline, ...]) -> str:
        return "".join([self._inline(c) for c in children])

    def _inline(self, x: Inline) -> str:
        match x:
            case Text(text=text, language=own):
                if own and own != self.language:
                    return f'<span lang="{own}">{escaped(text)}</span> <span class="foreign">[{own}]</span>'
                return escaped(text)
            case Strong(children=c):
                return f"<strong>{self.inlines(c)}</strong>"
            case Emphasis(children=c):
                return f"<em>{self.inlines(c)}</em>"
            case Struck(children=c):
                return f"<s>{self.inlines(c)}</s>"
            case Code(text=text):
                return f"<code>{escaped(text)}</code>"
            case Link(url=url, children=c):
                return f'<a href="{escaped(url)}" rel="noopener noreferrer">{self.inlines(c)}</a>'
            case CitationMark(number=n):
                return self._mark(n)
            case LineBreak():
                return "<br>"

    def _mark(self, n: int) -> str:
        name = f' aria-label="{escaped(self.cite_name)} [{n}]"' if self.cite_name else ""
        return f'<a class="cite" href="{escaped(self.cite(n))}"{name}>[{n}]</a>'


def to_html(briefing: Briefing, title: str) -> str:
    """A page of its own, without scripts: works from a file."""
    body = Html(briefing.language).blocks(briefing.document.blocks)
    return (
        f'<!doctype html>\n<html lang="{briefing.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(literal(title))}</title>\n<style>{_CSS}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


_CSS = """
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5a6068; --paper: #ffffff; --line: #d8dce1; --link: #0b57b7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #a4abb5; --paper: #17191c; --line: #373c43; --link: #8ab8ff; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
a { color: var(--link); } blockquote { margin: .8rem 0; padding: .1rem 1rem; border-left: .25rem solid var(--line); }
blockquote p { margin: .4rem 0; } li { margin: .35rem 0; } hr { border: 0; border-top: 1px solid var(--line); margin: 2.5rem 0 0; }
.cite { font-size: .8em; vertical-align: .25em; text-decoration: none; padding: 0 .1em; }
.foreign { font-size: .8em; color: var(--soft); } .note { font-size: .94rem; color: var(--ink); }
.note:target, .note:target .n { background: #fff3bf; color: #1c1e21; } .n { color: var(--soft); font-variant-numeric: tabular-nums; }
"""
