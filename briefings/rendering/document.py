"""The small document that every output renders: blocks of inlines. Text in it is literal, whatever it holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from briefings.model import Language

# ---- inlines -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Literal words. `language` is set where they are an article's, to the letter."""

    text: str
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Struck:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is http or https."""

    url: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class CitationMark:
    """The number of a citation; outputs link it to the sentence where they can."""

    number: int


@dataclass(frozen=True, slots=True)
class LineBreak:
    pass


Inline = Text | Strong | Emphasis | Struck | Code | Link | CitationMark | LineBreak

# ---- blocks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """`items` are blocks each; `start` is the first number of an ordered list, None of a bulleted one."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quotation:
    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A chart by name, with the words that say what is seen."""

    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True)
class Footnote:
    """A cited sentence under its number."""

    number: int
    children: tuple[Inline, ...]


Block = Heading | Paragraph | ListBlock | Quotation | Image | Divider | Footnote


@dataclass(frozen=True, slots=True)
class Document:
    """A briefing's blocks, and the language of the words that are the template's."""

    blocks: tuple[Block, ...]
    language: Language

    def inlines(self) -> Iterator[Inline]:
        """Every inline, outermost first."""
        yield from _inlines(self.blocks)


def _inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    for block in blocks:
        match block:
            case Heading(children=children) | Paragraph(children=children) | Footnote(children=children):
                yield from _flat(children)
            case ListBlock(items=items):
                for item in items:
                    yield from _inlines(item)
            case Quotation(children=inner):
                yield from _inlines(inner)
            case _:
                pass


def _flat(children: tuple[Inline, ...]) -> Iterator[Inline]:
    for child in children:
        yield child
        if isinstance(child, Strong | Emphasis | Struck | Link):
            yield from _flat(child.children)


# ---- outside text --------------------------------------------------------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb\ue000-\uf8ff\ud800-\udfff]")
_LINES = re.compile(r"[ \t\r\n\u2028\u2029]+")
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def literal(text: str) -> str:
    """Outside text made safe to stand in a line of ours: no control characters, one line, its direction isolated.

    Bidirectional controls are closed within the text, so that they can't turn what follows it around.
    """
    text = _LINES.sub(" ", _CONTROL.sub("", text))
    if _BIDI.search(text):
        return _FIRST_STRONG + _balanced(text) + _POP
    if not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return _FIRST_STRONG + text + _POP
    return text


def _balanced(text: str) -> str:
    """The text with every embedding and isolate closed, and no close without an open."""
    out = []
    embeddings: list[str] = []
    for c in text:
        if c in "\u202a\u202b\u202d\u202e":
            embeddings.append("\u202c")
        elif c in "\u2066\u2067\u2068":
            embeddings.append("\u2069")
        elif c in "\u202c\u2069":
            if not embeddings or embeddings[-1] != c:
                continue
            embeddings.pop()
        out.append(c)
    return "".join(out) + "".join(reversed(embeddings))


_URL = re.compile(
    r"https?://[^\s\x00-\x20\x7f-\x9f<>\"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ud800-\udfff]+",
    re.IGNORECASE,
)


def safe_url(url: str) -> str | None:
    """The address if a briefing may link it: http or https, no blanks, no control characters; else None."""
    return url if _URL.fullmatch(url) else None
