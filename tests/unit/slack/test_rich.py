"""Outside text in Slack's rich text is the words of literal elements; lists count on, and nothing is empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.slack.rich import elements, escaped, joined, parts_of, size_of
from briefings.model import LANGUAGES, Language
from briefings.plain import literal
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
from tests.unit.hostile import FRAGMENTS, NEWS, inlines, lines, nested, paragraph, strings, within

JSON = dict[str, Any]
LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def leaves(part: JSON) -> Iterator[JSON]:
    for x in part["elements"]:
        if "elements" in x:
            yield from leaves(x)
        else:
            yield x


def text(found: list[JSON]) -> str:
    return "".join(x["text"] for x in found)


# ---- inlines ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outside", FRAGMENTS, ids=lambda x: ascii(x[:20]))
def test_hostile_text_is_one_literal_element(outside: str) -> None:
    """To the letter, with no style and no address."""
    shown = literal(outside)
    assert elements((Text(shown),), "en") == ([{"type": "text", "text": shown}] if shown else [])


@given(st.lists(strings, max_size=5))
def test_texts_side_by_side_are_one(texts: list[str]) -> None:
    """Halves of a mention or of an address make nothing together."""
    found = elements(tuple(map(Text, texts)), "en")
    assert text(found) == "".join(texts)
    assert len(found) == bool("".join(texts))


@given(lines, st.sampled_from(LANGUAGES), st.booleans())
@LOOSE
def test_elements_are_texts_and_links_that_are_not_empty(
    children: tuple[Inline, ...], language: Language, strong: bool
) -> None:
    """Links are http or https; neighbours are unlike each other."""
    found = elements(children, language, strong=strong)
    for x in found:
        assert x["type"] in ("text", "link")
        assert x["text"]
        assert set(x) <= {"type", "text", "style"} | ({"url"} if x["type"] == "link" else set())
        assert x.get("url", NEWS).startswith(("http://", "https://"))
        assert len(x.get("url", "")) <= 3_000
        style = x.get("style", {"bold": True})
        assert style
        assert set(style) <= {"bold", "italic", "strike", "code"}
        assert all(value is True for value in style.values())
        assert not strong or style["bold"]
    for a, b in pairwise(found):
        assert {**a, "text": ""} != {**b, "text": ""}


@pytest.mark.parametrize(
    ("inline", "style"),
    [
        (Strong((Text("a"),)), {"bold": True}),
        (Emphasis((Text("a"),)), {"italic": True}),
        (Struck((Text("a"),)), {"strike": True}),
        (Code("a"), {"code": True}),
        (
            Strong((Emphasis((Struck((Code("a"),)),)),)),
            {"bold": True, "italic": True, "strike": True, "code": True},
        ),
    ],
    ids=repr,
)
def test_what_is_marked_has_its_style(inline: Inline, style: JSON) -> None:
    """Marks within marks are all there, and what stands behind has none."""
    assert elements((inline, Text("b")), "en") == [
        {"type": "text", "text": "a", "style": style},
        {"type": "text", "text": "b"},
    ]


def test_a_link_has_its_words_and_their_styles() -> None:
    """One within another leads where the outer one does."""
    inner = Link("https://other.example", (Text("b"),))
    found = elements((Link(NEWS, (Text("a"), Strong((inner,)), CitationMark(7))),), "en")
    assert found == [
        {"type": "link", "url": NEWS, "text": "a"},
        {"type": "link", "url": NEWS, "text": "b", "style": {"bold": True}},
        {"type": "link", "url": NEWS, "text": "[7]"},
    ]


def test_an_unsafe_link_does_not_hide_a_safe_one_within() -> None:
    """Its words are words; what is linked in them stays so."""
    found = elements((Link("javascript:a", (Text("a"), Link(NEWS, (Text("b"),)))),), "en")
    assert found == [{"type": "text", "text": "a"}, {"type": "link", "url": NEWS, "text": "b"}]


def test_an_articles_words_in_the_other_language_are_marked() -> None:
    """Not those in the reader's own, nor where there are none."""
    assert text(elements((Text("mot", "fr"), Text("", "fr"), Text(" word", "en")), "en")) == "mot [fr] word"


@given(inlines)
@LOOSE
def test_nothing_that_is_read_as_markup_is_left_once_it_is_escaped(inline: Inline) -> None:
    """And what was escaped is read as what it was."""
    said = text(elements((inline,), "en"))
    made = escaped(said)
    assert "<" not in made
    assert ">" not in made
    assert made.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == said


# ---- blocks ----------------------------------------------------------------------------------------------------------------


@given(
    st.one_of(
        within, st.builds(Heading, st.integers(1, 6), lines), st.builds(Footnote, st.integers(1, 99), lines)
    )
)
@LOOSE
def test_no_part_is_empty_and_lists_hold_sections(block: Block) -> None:
    """Their size is never less than their words."""
    parts = parts_of(block, "en")
    for part in parts:
        assert part["type"] in ("rich_text_section", "rich_text_list", "rich_text_quote")
        assert part["elements"]
        if part["type"] == "rich_text_list":
            assert {x["type"] for x in part["elements"]} == {"rich_text_section"}
            assert 0 <= part["indent"] <= 8
            assert part["style"] in ("bullet", "ordered")
            assert part.get("offset", 1) >= 1
        assert all(x["text"] for x in leaves(part))
    assert size_of(parts) >= sum(len(x["text"]) + len(x.get("url", "")) for p in parts for x in leaves(p))


@given(st.lists(within, max_size=5))
@LOOSE
def test_joined_parts_say_what_the_parts_say(blocks: list[Block]) -> None:
    """In order; only blank lines and items' numbers are added, and the parts themselves stay as they were."""
    parts = [x for b in blocks for x in parts_of(b, "en")]
    before = repr(parts)
    made = joined(parts)
    assert made["type"] == "rich_text"
    found = "".join(x["text"] for x in leaves(made) if re.fullmatch(r"\d+\. ", x["text"]) is None)
    said = [x["text"] for p in parts for x in leaves(p) if re.fullmatch(r"\d+\. ", x["text"]) is None]
    assert "".join(found.split()) == "".join("".join(said).split())
    assert repr(parts) == before


@pytest.mark.parametrize(
    "block", [Image("a", "b"), Divider(), Paragraph(()), Heading(1, ()), ListBlock(()), Quotation(())]
)
def test_what_has_no_words_has_no_parts(block: Block) -> None:
    """Images and dividers are blocks of their own."""
    assert parts_of(block, "en") == []


def shape(*blocks: Block) -> list[tuple[str, int, int, int]]:
    """Of each part its style or kind, its indent, the number of its first item, and its items."""
    made = joined([x for b in blocks for x in parts_of(b, "en")])
    return [
        (x.get("style", x["type"]), x.get("indent", 0), x.get("offset", 0) + 1, len(x["elements"]))
        for x in made["elements"]
    ]


def items(count: int) -> tuple[tuple[Block, ...], ...]:
    return tuple((paragraph(f"i{i}"),) for i in range(count))


def told(*blocks: Block) -> str:
    """The words of parts, items of Slack's own lists with a sign in front."""
    made = joined([x for b in blocks for x in parts_of(b, "en")])
    found = []
    for part in made["elements"]:
        if part["type"] == "rich_text_list":
            sign = "#" if part["style"] == "ordered" else "-"
            found += [
                sign * (part["indent"] + 1) + "".join(x["text"] for x in e["elements"])
                for e in part["elements"]
            ]
        else:
            found.append("".join(x["text"] for x in part["elements"]))
    return "\n".join(found)


def test_a_list_counts_from_where_it_starts() -> None:
    """From one it is a list of Slack's, which goes on over seams; from later on its numbers are text."""
    assert shape(ListBlock(items(3), 1), ListBlock(items(2), 4)) == [("ordered", 0, 1, 5)]
    assert told(ListBlock(items(3), 5)) == "5. i0\n6. i1\n7. i2"
    assert told(ListBlock(items(2), 5), ListBlock(items(2), 7)) == "5. i0\n6. i1\n7. i0\n8. i1"
    assert told(ListBlock(items(1), 5), ListBlock(items(2), 1)) == "5. i0\n#i0\n#i1"
    assert shape(ListBlock(items(3)), ListBlock(items(2))) == [("bullet", 0, 1, 5)]
    assert shape(ListBlock(items(1)), ListBlock(items(1), 1)) == [("bullet", 0, 1, 1), ("ordered", 0, 1, 1)]


def test_a_list_goes_on_counting_after_one_within_it() -> None:
    """The inner one is deeper, and counts for itself."""
    inner = ListBlock(items(2), 1)
    outer = ListBlock(((paragraph("a"), inner), (paragraph("b"),), (paragraph("c"), inner)), 1)
    assert told(outer) == "#a\n##i0\n##i1\n2. b\n3. c\n##i0\n##i1"


def test_an_item_without_words_is_counted() -> None:
    """What follows it keeps its number."""
    assert told(ListBlock((items(1)[0], (), items(1)[0]), 1)) == "#i0\n3. i0"


def test_lists_that_are_too_deep_stand_at_the_deepest_level() -> None:
    """Slack shows nine."""
    assert shape(nested(50, paragraph("deep"))) == [("bullet", 8, 1, 1)]


def test_paragraphs_have_a_blank_line_between_them() -> None:
    """Quotes and lists need none."""
    made = joined([x for b in (paragraph("a"), paragraph("b")) for x in parts_of(b, "en")])
    assert "".join(x["text"] for x in leaves(made)) == "a\n\nb"


def test_a_line_break_is_one() -> None:
    """Within a paragraph, in its style."""
    assert elements((Text("a"), LineBreak(), Text("b")), "en") == [{"type": "text", "text": "a\nb"}]


def test_a_footnote_begins_with_its_number() -> None:
    """In brackets, as it is cited."""
    (part,) = parts_of(Footnote(12, (Text("Said."),)), "en")
    assert "".join(x["text"] for x in leaves(part)) == "[12] Said."
