"""The small document that every output renders: blocks of inlines. Text in it is literal, whatever it holds."""

from __future__ import annotations

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
    """The number of a citation; outputs link it to the sentence where they can. `fact` is the key of what is cited."""

    number: int
    fact: str = ""


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
