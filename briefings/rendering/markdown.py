"""Markdown, with slots, into a `Document`.

A slot stands for outside text as `START number END` in private-use characters. It is filled in after parsing, as
literal text or as a ready inline, so that outside text never meets the Markdown parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
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


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def parse(source: str, slots: Sequence[Slot], language: Language) -> Document:
    """The document that `source` describes, its slots filled in."""
    tree = SyntaxTreeNode(_parser().parse(source))
    return Document(tuple(_Builder(slots).blocks(tree.children)), language)


class _Builder:
    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = slots

    def blocks(self, nodes: Sequence[SyntaxTreeNode]) -> list[Block]:
        found: list[Block] = []
        for node in nodes:
            match node.type:
                case "heading":
                    found.append(Heading(int(node.tag[1]), self.children(node)))
                case "paragraph":
                    found += self.paragraph(node)
                case "bullet_list":
                    found.append(
                        ListBlock(tuple(tuple(self.blocks(item.children)) for item in node.children))
                    )
                case "ordered_list":
                    start = int(node.attrs.get("start", 1))
                    found.append(
                        ListBlock(tuple(tuple(self.blocks(item.children)) for item in node.children), start)
                    )
                case "blockquote":
                    found.append(Quotation(tuple(self.blocks(node.children))))
                case "hr":
                    found.append(Divider())
                case "fence" | "code_block":
                    found.append(Paragraph((Code(self.flat(node.content.rstrip("\n"))),)))
                case _:
                    found.append(Paragraph(tuple(self.fill(node.content or ""))))
        return found

    def paragraph(self, node: SyntaxTreeNode) -> Sequence[Block]:
        inline = node.children[0]
        only = inline.children
        if len(only) == 1 and only[0].type == "image":
            source = self.flat(_unquoted(str(only[0].attrs.get("src", ""))))
            return [Image(source, self.flat(only[0].content))]
        if only and only[0].type == "text":
            mark = SLOT.match(only[0].content)
            held = self.value(mark) if mark else ""
            if isinstance(held, FootnoteMark):
                return [Footnote(held.number, self.children(node))]
            if (
                isinstance(held, Blocks)
                and len(only) == 1
                and mark is not None
                and mark.end() == len(only[0].content)
            ):
                return held.blocks
        children = self.children(node)
        return [Paragraph(children)] if children else []

    def children(self, node: SyntaxTreeNode) -> tuple[Inline, ...]:
        return tuple(_trim(x for child in node.children for x in self.inline(child)))

    def inline(self, node: SyntaxTreeNode) -> list[Inline]:
        match node.type:
            case "inline":
                return [x for child in node.children for x in self.inline(child)]
            case "text":
                return self.fill(node.content)
            case "strong":
                return [Strong(self.children(node))]
            case "em":
                return [Emphasis(self.children(node))]
            case "s":
                return [Struck(self.children(node))]
            case "code_inline":
                return [Code(self.flat(node.content))]
            case "link":
                url = safe_url(self.raw(_unquoted(str(node.attrs.get("href", "")))))
                children = self.children(node)
                return [Link(url, children)] if url else list(children)
            case "image":
                return self.fill(node.content)
            case "softbreak":
                return [Text(" ")]
            case "hardbreak":
                return [LineBreak()]
            case _:
                return self.fill(node.content or "")

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
        """What stands in a slot; nothing where a template made the marks up."""
        number = int(m[1])
        return self.slots[number] if number < len(self.slots) else ""

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
