"""Markdown, with slots, into a `Document`.

A slot stands for outside text as `START number END` in private-use characters. It is filled in after parsing, as
literal text or as a ready inline, so that outside text never meets the Markdown parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from briefings.model import Language
from briefings.plain import literal, safe_url
from briefings.rendering.document import (
    Block,
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

START, END = "\ue000", "\ue001"
SLOT = re.compile(f"{START}(\\d{{1,9}}){END}")


class FootnoteMark:
    """A slot that turns the paragraph it begins into the footnote of this number."""

    def __init__(self, number: int) -> None:
        self.number = number


class Blocks:
    """A slot that stands for whole blocks: alone in its paragraph, it is replaced by them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)


Slot = str | Inline | FootnoteMark | Blocks | Sequence[Inline]


def slot(number: int) -> str:
    return f"{START}{number}{END}"


_UNUSED = ["html_block", "html_inline", "entity", "autolink", "reference", "lheading"]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(_UNUSED)


@cache
def _block_parser() -> MarkdownIt:
    """Cuts Markdown into blocks and leaves their lines as they are."""
    return MarkdownIt("commonmark", {"html": False}).disable([*_UNUSED, "inline"])


@lru_cache(maxsize=4096)
def _line(skeleton: str) -> tuple[SyntaxTreeNode, ...]:
    """The parts of one block's text. A template's lines differ in their slots alone, so that few are ever parsed."""
    tree = SyntaxTreeNode(_parser().parseInline(skeleton))
    return tuple(tree.children[0].children) if tree.children else ()


def parse(source: str, slots: Sequence[Slot], language: Language) -> Document:
    """The document that `source` describes, its slots filled in."""
    tree = SyntaxTreeNode(_block_parser().parse(source))
    return Document(tuple(_blocks(tree.children, _Filler(slots))), language)


def _blocks(nodes: Sequence[SyntaxTreeNode], filler: _Filler) -> list[Block]:
    found: list[Block] = []
    for node in nodes:
        match node.type:
            case "heading":
                found.append(Heading(int(node.tag[1]), _children(*filler.line(node.children[0].content))))
            case "paragraph":
                found += _paragraph(*filler.line(node.children[0].content))
            case "bullet_list":
                found.append(
                    ListBlock(tuple(tuple(_blocks(item.children, filler)) for item in node.children))
                )
            case "ordered_list":
                items = tuple(tuple(_blocks(item.children, filler)) for item in node.children)
                found.append(ListBlock(items, int(node.attrs.get("start", 1))))
            case "blockquote":
                found.append(Quotation(tuple(_blocks(node.children, filler))))
            case "hr":
                found.append(Divider())
            case "fence" | "code_block":
                found.append(Paragraph((Code(filler.flat(node.content.rstrip("\n"))),)))
            case _:
                found.append(Paragraph(tuple(filler.fill(node.content or ""))))
    return found


def _paragraph(nodes: Sequence[SyntaxTreeNode], filler: _Filler) -> Sequence[Block]:
    """A paragraph; or what an image, a footnote's mark or a slot of blocks makes of it."""
    if len(nodes) == 1 and nodes[0].type == "image":
        source = filler.flat(_unquoted(str(nodes[0].attrs.get("src", ""))))
        return [Image(source, filler.flat(nodes[0].content))]
    if nodes and nodes[0].type == "text":
        text = nodes[0].content
        mark = SLOT.match(text)
        held = filler.value(mark) if mark else ""
        if isinstance(held, FootnoteMark):
            return [Footnote(held.number, _children(nodes, filler))]
        if isinstance(held, Blocks) and len(nodes) == 1 and mark is not None and mark.end() == len(text):
            return held.blocks
    children = _children(nodes, filler)
    return [Paragraph(children)] if children else []


def _children(nodes: Sequence[SyntaxTreeNode], filler: _Filler) -> tuple[Inline, ...]:
    return tuple(_trim([x for node in nodes for x in _inline(node, filler)]))


def _inline(node: SyntaxTreeNode, filler: _Filler) -> Sequence[Inline]:
    match node.type:
        case "text":
            return filler.fill(node.content)
        case "strong":
            return [Strong(_children(node.children, filler))]
        case "em":
            return [Emphasis(_children(node.children, filler))]
        case "s":
            return [Struck(_children(node.children, filler))]
        case "code_inline":
            return [Code(filler.flat(node.content))]
        case "link":
            url = safe_url(filler.raw(_unquoted(str(node.attrs.get("href", "")))))
            children = _children(node.children, filler)
            return [Link(url, children)] if url else children
        case "softbreak":
            return [Text(" ")]
        case "hardbreak":
            return [LineBreak()]
        case _:  # an image among words, or what a later Markdown may bring
            return filler.fill(node.content or "")


class _Filler:
    """Fills slots in: of the whole source, or of one line, whose slots are numbered from 0."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = slots

    def line(self, source: str) -> tuple[tuple[SyntaxTreeNode, ...], _Filler]:
        """The parts of a block's text, with a filler for its slots."""
        parts = SLOT.split(source)  # text, number, text, number, …, text
        numbers = parts[1::2]
        if not numbers:
            return _line(source), self
        skeleton = "".join(part if i % 2 == 0 else slot(i // 2) for i, part in enumerate(parts))
        return _line(skeleton), _Filler([self.at(int(n)) for n in numbers])

    def at(self, number: int) -> Slot:
        """What stands in a slot; nothing where a template made the marks up."""
        return self.slots[number] if number < len(self.slots) else ""

    def fill(self, text: str) -> list[Inline]:
        """The text with its slots filled: literal strings, ready inlines, or nothing for a footnote's mark."""
        found: list[Inline] = []
        at = 0
        for m in SLOT.finditer(text):
            if m.start() > at:
                found.append(Text(text[at : m.start()]))
            value = self.value(m)
            if isinstance(value, str):
                found.append(Text(literal(value)))
            elif isinstance(value, list | tuple):
                found.extend(value)
            elif not isinstance(value, FootnoteMark | Blocks | Sequence):
                found.append(value)
            at = m.end()
        if at < len(text):
            found.append(Text(text[at:]))
        return found

    def value(self, m: re.Match[str]) -> Slot:
        """What stands in the slot that `m` found."""
        return self.at(int(m[1]))

    def raw(self, text: str) -> str:
        """The text with its slots filled as they are, for what is checked as a whole."""
        return SLOT.sub(lambda m: v if isinstance(v := self.value(m), str) else "", text)

    def flat(self, text: str) -> str:
        """The text with its slots filled by their literal strings, for places that hold no inlines."""
        return SLOT.sub(lambda m: literal(v) if isinstance(v := self.value(m), str) else "", text)


def _unquoted(url: str) -> str:
    """The parser percent-encodes addresses, slots in them too; this brings the slots back."""
    return url.replace(quote(START), START).replace(quote(END), END)


def _trim(inlines: Iterable[Inline]) -> list[Inline]:
    """Adjacent plain texts joined; none empty; no blank at the edges."""
    joined: list[Inline] = []
    for x in inlines:
        if isinstance(x, Text) and not x.text:
            continue
        last = joined[-1] if joined else None
        if isinstance(x, Text) and isinstance(last, Text) and x.language is None and last.language is None:
            joined[-1] = Text(last.text + x.text)
        else:
            joined.append(x)
    if joined and isinstance(joined[0], Text) and joined[0].language is None:
        joined[0] = Text(joined[0].text.lstrip(" "))
    if joined and isinstance(joined[-1], Text) and joined[-1].language is None:
        joined[-1] = Text(joined[-1].text.rstrip(" "))
    return [x for x in joined if not (isinstance(x, Text) and not x.text)]
