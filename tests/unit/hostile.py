"""Documents that a chat must bear: whatever stands in them, however long and deep; what they say; contracts by their path."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from hypothesis import strategies as st

from briefings.model import LANGUAGES
from briefings.plain import literal
from briefings.rendering.charts import Bar, Chart, TimelineChart
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


def module_at(path: Path) -> ModuleType:
    """A module that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Lines = st.SearchStrategy[tuple[Inline, ...]]
Blocks = st.SearchStrategy[Block]


# ---- strategies ------------------------------------------------------------------------------------------------------------

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
NEWS = "https://news.example/a"
FRAGMENTS = [
    *"\\`*_~|[]()<>@#&-+.!:;/ aé…", "*bold*", "_it_", "~no~", "```", "<!channel>", "<!everyone>", "<!here>", "<@U1>", "<#C1>",
    "<!subteam^S1>", "<!date^1^{date}|x>", "&lt;", "&amp;", "<http://x|y>", "<mailto:a@b.c|d>", ":smile:", ":+1:", "@channel",
    "@here", "https://evil.example", "C0123456789", "- ", "> ", "&gt; ", "שלום", "سلام", "\u202e", "\u200d", FAMILY, "e\u0301",
    "Some words that say something. " * 20, "x" * 500, "*" * 300, "<" * 300, "&" * 300, FAMILY * 20,
]  # fmt: skip
fragments = st.sampled_from(FRAGMENTS)
#: Outside text as a document has it.
strings = st.one_of(
    st.lists(fragments, max_size=8).map("".join), st.text(max_size=20), fragments.map(lambda x: x * 12)
).map(literal)
urls = st.sampled_from(
    [
        NEWS,
        "http://news.example/|x>",
        NEWS + "b" * 1_400,
        NEWS + "b" * 4_000,
        "javascript:a",
        "mailto:a@b.c",
        "",
    ]
)
texts = st.builds(Text, strings, st.sampled_from([None, "fr", "en"]))
leaves: st.SearchStrategy[Inline] = st.one_of(
    texts,
    texts,
    st.builds(Code, st.sampled_from(["", "a", "<!channel>", "code " * 200, "x" * 2_000, " "])),
    st.builds(CitationMark, st.integers(1_000, 1_500)),
    st.just(LineBreak()),
)
inlines = st.recursive(
    leaves,
    lambda x: st.one_of(
        *(st.builds(kind, st.lists(x, max_size=3).map(tuple)) for kind in (Strong, Emphasis, Struck)),
        st.builds(Link, urls, st.lists(x, max_size=2).map(tuple)),
    ),
    max_leaves=5,
)
lines = st.lists(inlines, max_size=5).map(tuple)


def within_of(lines: Lines) -> Blocks:
    """Lists and quotations, which hold no images, dividers, footnotes and headings, and paragraphs of such lines."""
    return st.recursive(
        st.builds(Paragraph, lines),
        lambda x: st.one_of(
            st.builds(ListBlock, st.lists(st.lists(x, max_size=3).map(tuple), max_size=4).map(tuple), st.none() | st.integers(0, 999)),
            st.builds(Quotation, st.lists(x, max_size=3).map(tuple)),
        ),
        max_leaves=5,
    )  # fmt: skip


def documents_of(
    lines: Lines, texts: st.SearchStrategy[Text], strings: st.SearchStrategy[str]
) -> st.SearchStrategy[Document]:
    """Documents with such lines; such texts are their footnotes, such strings the words of their charts."""
    alts = strings.map(lambda x: f"Chart of {x[:400]}")
    simple: Blocks = st.one_of(
        st.builds(Heading, st.integers(1, 6), lines),
        st.builds(Paragraph, lines),
        st.builds(Paragraph, lines),
        st.builds(Image, st.sampled_from(["one", "two", "other"]), alts),
        st.just(Divider()),
    )
    notes = st.builds(Footnote, st.integers(1, 500), st.lists(texts, max_size=3).map(tuple))
    return st.builds(
        lambda blocks, last, language: Document((*blocks, END, *last), language),
        st.lists(simple | within_of(lines), max_size=8),
        st.lists(notes, max_size=3),
        st.sampled_from(LANGUAGES),
    )


END = Paragraph((Text("The end."),))
within = within_of(lines)
documents = documents_of(lines, texts, strings)


def chart(name: str) -> Chart:
    bars = (Bar("2023-11-17", 1, 0), Bar("2023-11-18", 0, 2))
    return TimelineChart(name, "en", "By day", "Chart", ("one", "several"), bars, False)


CHARTS = (chart("one"), chart("two"))


# ---- monsters --------------------------------------------------------------------------------------------------------------


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(literal(text)),))


def emphasised(depth: int, inline: Inline) -> Inline:
    for i in range(depth):
        inline = (Emphasis, Strong, Struck)[i % 3]((inline,))
    return inline


def nested(depth: int, block: Block, start: int | None = None) -> Block:
    for _ in range(depth):
        block = ListBlock(((block,),), start)
    return block


def quoted(depth: int, block: Block) -> Block:
    for _ in range(depth):
        block = Quotation((block,))
    return block


def section(n: int, length: int = 300) -> tuple[Block, ...]:
    return (
        Heading(2, (Text(f"Section {n}"),)),
        Paragraph((Text(f"p{n} " * (length // 5)), CitationMark(n + 1_000))),
    )


def _items(first: int, count: int) -> tuple[tuple[Block, ...], ...]:
    return tuple((paragraph(f"i{i} says something"),) for i in range(first, first + count))


LONG = "word " * 20_000
BOMB = "*_~`<!channel><@U1>&lt;<http://x|y>:tada:*bold*\n> - 1. # "
MONSTERS: dict[str, tuple[Block, ...]] = {
    "nothing": (),
    "an empty paragraph": (Paragraph(()),),
    "blanks": (paragraph(" "), Divider(), Heading(1, ()), ListBlock(()), ListBlock(((),)), Quotation(())),
    "dividers": (Divider(),) * 100,
    "headings alone": tuple(Heading(1 + i % 4, (Text(f"Heading {i}"),)) for i in range(300)),
    "headings of 5,000 characters": tuple(Heading(i, (Text("head " * 1_000),)) for i in range(1, 5)),
    "headings of 5,000 characters without a blank": tuple(Heading(i, (Text("h" * 5_000),)) for i in (1, 2, 3)),
    "only footnotes": tuple(Footnote(i, (Text(f"Said {i}. " * 9),)) for i in range(1, 200)),
    "100,000 characters without a blank": (paragraph("x" * 100_000),),
    "100,000 characters with blanks": (paragraph(LONG),),
    "100,000 characters of a heading": (Heading(1, (Text(LONG),)), END),
    "100,000 characters of a quotation": (Quotation((paragraph(LONG), paragraph(LONG))),),
    "100,000 characters of a link": (Paragraph((Link(NEWS + "b" * 1_400, (Text(LONG),)),)),),
    "100,000 characters of code": (Paragraph((Code(LONG),)), Paragraph((Code("y" * 100_000),))),
    "100,000 asterisks": (paragraph("*" * 100_000),),
    "bombs": (paragraph(BOMB * 2_000), Heading(1, (Text(literal(BOMB)),)), Quotation((paragraph(BOMB),)), paragraph("&<>" * 9_000)),
    "100,000 mentions": (paragraph("<!channel>" * 10_000), paragraph("<!everyone> <@U1> <!subteam^S1> " * 500)),
    "500 sections": tuple(b for n in range(500) for b in section(n)),
    "2,000 short sections": tuple(b for n in range(2_000) for b in section(n, 5)),
    "from right to left": (Heading(1, (Text(literal("שלום " * 100)),)), paragraph("سلام " * 9_000), paragraph("a\u202eb" * 900)),
    "families": (paragraph(FAMILY * 3_000), paragraph((FAMILY + " ") * 3_000), paragraph("a\u200d" * 9_000)),
    "emoji beyond the first plane": (paragraph("\U0001f600" * 50_000),),
    "nested emphasis": (Paragraph((emphasised(200, Text("a")),)), Paragraph((emphasised(200, Text(LONG)),)), END),
    "300 charts": tuple(b for i in range(300) for b in (Image(("one", "two")[i % 2], f"Chart {i}"), paragraph(f"c{i}"))),
    "300 charts side by side": tuple(Image(("one", "two")[i % 2], f"Chart {i}") for i in range(300)),
    "300 images without a chart": tuple(Image("other", f"Chart {i}") for i in range(300)),
    "nested lists": (nested(50, paragraph("deep")), nested(50, paragraph(LONG)), nested(50, paragraph(LONG), 7), END),
    "nested quotations": (quoted(50, paragraph("deep")), quoted(50, paragraph(LONG)), END),
    "5,000 items": (ListBlock(_items(0, 5_000)),),
    "5,000 numbered items": (ListBlock(_items(0, 5_000), 1),),
    "lists that go on counting": tuple(b for i in range(100) for b in (ListBlock(_items(i * 9, 9), 1 + i * 9), paragraph(f"between {i}"))),
    "5,000 items of nothing": (ListBlock(((),) * 5_000), ListBlock(((Paragraph(()),),) * 5_000)),
    "5,000 citations": (Paragraph(tuple(CitationMark(i) for i in range(1_000, 6_000))),),
    "5,000 line breaks": (Paragraph(tuple(x for i in range(5_000) for x in (Text(f"l{i}"), LineBreak()))),),
    "5,000 links": (Paragraph(tuple(Link(f"{NEWS}{i}", (Text(f"l{i}"),)) for i in range(5_000))),),
}  # fmt: skip


# ---- what a document says --------------------------------------------------------------------------------------------------

_BLANK = re.compile(r"[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_LANGUAGE = re.compile(r"\[(?:fr|en)\]")


def packed(text: str) -> str:
    """Without blanks, the signs of a direction and the marks of a language: all may change at seams."""
    return _LANGUAGE.sub("", _BLANK.sub("", text))


def said(blocks: Sequence[Block]) -> str:
    """The words of a document, of its footnotes only where there is nothing else; charts by their alternative text."""
    kept: Sequence[Block] = [b for b in blocks if not isinstance(b, Footnote)] or blocks
    return packed("".join(map(said_of, kept)))


def said_of(block: Block) -> str:
    """Its words as they stand."""
    match block:
        case Heading(children=children) | Paragraph(children=children):
            return _inlines(children)
        case Footnote(number=number, children=children):
            return f"[{number}]" + _inlines(children)
        case ListBlock(items=items):
            return "".join(said_of(b) for item in items for b in item)
        case Quotation(children=inner):
            return "".join(map(said_of, inner))
        case Image(name=name, alt=alt):
            return alt or name
        case Divider():
            return ""


def _inlines(children: Sequence[Inline]) -> str:
    found = []
    for x in children:
        match x:
            case Text(text=text) | Code(text=text):
                found.append(text)
            case CitationMark(number=number):
                found.append(f"[{number}]")
            case Strong() | Emphasis() | Struck() | Link():
                found.append(_inlines(x.children))
            case LineBreak():
                pass
    return "".join(found)
