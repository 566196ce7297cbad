"""Markdown with slots becomes a document; what fills a slot never meets the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.plain import literal
from briefings.rendering.document import (
    CitationMark,
    Code,
    Divider,
    Emphasis,
    Footnote,
    Heading,
    Image,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from briefings.rendering.markdown import FootnoteMark, Slot, parse, slot

HOSTILE = "**bold** _it_ [x](https://evil.example) `c` <b>h</b> # h > q ~~s~~ ![i](j)"


def blocks(source: str, *slots: Slot) -> tuple[object, ...]:
    return parse(source, slots, "en").blocks


def test_every_block_has_its_kind() -> None:
    """Headings, paragraphs, lists, quotations, dividers and images become blocks."""
    source = "# One\n\ntwo\n\n- a\n- b\n\n3. c\n4. d\n\n> said\n\n---\n\n![A line that rises](chart)\n"
    assert blocks(source) == (
        Heading(1, (Text("One"),)),
        Paragraph((Text("two"),)),
        ListBlock(((Paragraph((Text("a"),)),), (Paragraph((Text("b"),)),))),
        ListBlock(((Paragraph((Text("c"),)),), (Paragraph((Text("d"),)),)), 3),
        Quotation((Paragraph((Text("said"),)),)),
        Divider(),
        Image("chart", "A line that rises"),
    )


def test_every_inline_has_its_kind() -> None:
    """Strong, emphasis, struck, code, links and hard breaks become inlines."""
    source = "**a** *b* ~~c~~ `d` [e](https://news.example)  \nf"
    assert blocks(source) == (
        Paragraph(
            (
                Strong((Text("a"),)),
                Text(" "),
                Emphasis((Text("b"),)),
                Text(" "),
                Struck((Text("c"),)),
                Text(" "),
                Code("d"),
                Text(" "),
                Link("https://news.example", (Text("e"),)),
                LineBreak(),
                Text("f"),
            )
        ),
    )


def test_html_in_a_template_is_text() -> None:
    """A template has no HTML: its tags are shown as they stand."""
    assert blocks("a <b>c</b>") == (Paragraph((Text("a <b>c</b>"),)),)


def test_outside_text_formats_nothing() -> None:
    """All Markdown in a slot is words, in every place that a slot may stand in."""
    s = slot(0)
    words = (Text(HOSTILE),)
    assert blocks(f"{s}\n\n# {s}\n\n- {s}\n\n> {s}\n\n**{s}** *{s}*\n", HOSTILE) == (
        Paragraph(words),
        Heading(1, words),
        ListBlock(((Paragraph(words),),)),
        Quotation((Paragraph(words),)),
        Paragraph((Strong(words), Text(" "), Emphasis(words))),
    )


@given(st.text(st.characters(exclude_categories=["Co", "Cs"]), min_size=1))
def test_any_text_in_a_slot_is_one_text(text: str) -> None:
    """Whatever fills a slot, the document is one paragraph of the template's words around it."""
    assert blocks(f"a {slot(0)} b", text) == (Paragraph((Text(f"a {literal(text)} b"),)),)


def test_slots_take_ready_inlines() -> None:
    """Citations and links are put in as they are."""
    link = Link("https://news.example", (Text("a"),))
    found = blocks(f"x {slot(0)}{slot(1)}", [CitationMark(1), CitationMark(2)], link)
    assert found == (Paragraph((Text("x "), CitationMark(1), CitationMark(2), link)),)


def test_an_articles_words_keep_their_language() -> None:
    """Text with a language stays apart from the template's words."""
    (paragraph,) = blocks(f"said {slot(0)} here", [Text("bonjour", "fr")])
    assert paragraph == Paragraph((Text("said "), Text("bonjour", "fr"), Text(" here")))


def test_a_footnotes_mark_turns_its_paragraph_into_the_footnote() -> None:
    """Only the paragraph that the mark begins becomes a footnote."""
    found = blocks(f"{slot(0)}{slot(1)} and more\n\nplain", FootnoteMark(7), "words")
    assert found == (Footnote(7, (Text("words and more"),)), Paragraph((Text("plain"),)))


def test_a_link_goes_to_the_web_or_nowhere() -> None:
    """An address from outside is linked where it is http or https; elsewhere its words stand alone."""
    assert blocks(f"[a]({slot(0)})", "https://news.example/a") == (
        Paragraph((Link("https://news.example/a", (Text("a"),)),)),
    )
    for bad in ("javascript:alert(1)", "data:text/html,x", "https://news.example/\x1b[31m"):
        assert blocks(f"[a]({slot(0)})", bad) == (Paragraph((Text("a"),)),)


def test_an_empty_slot_leaves_no_empty_text() -> None:
    """What is empty is not in the document."""
    assert blocks(slot(0), "") == ()
    assert blocks(f"a{slot(0)}", "") == (Paragraph((Text("a"),)),)


@pytest.mark.parametrize(
    "source", [f"`{slot(0)}`", f"``{slot(0)}``", f"    {slot(0)}", f"```\n{slot(0)}\n```"]
)
def test_outside_text_in_code_is_its_words(source: str) -> None:
    """Code holds what fills its slot, to the letter, and no mark of the slot."""
    assert blocks(source, HOSTILE) == (Paragraph((Code(HOSTILE),)),)


def test_outside_text_in_an_image_is_its_words() -> None:
    """An image's words and name may be outside text, alone in a paragraph and among words."""
    assert blocks(f"![{slot(0)}](chart)", HOSTILE) == (Image("chart", HOSTILE),)
    assert blocks(f"![a]({slot(0)})", HOSTILE) == (Image(HOSTILE, "a"),)
    assert blocks(f"x ![{slot(0)}](chart) y", HOSTILE) == (Paragraph((Text(f"x {HOSTILE} y"),)),)


@pytest.mark.parametrize(
    "source", [f"`{slot(7)}`", f"{slot(7)}", f"![{slot(7)}](c)", f"[{slot(7)}]({slot(7)})"]
)
def test_a_mark_of_no_slot_stands_for_nothing(source: str) -> None:
    """Marks that a template made up fill nothing in and break nothing."""
    for block in blocks(source):
        assert "7" not in repr(block)
