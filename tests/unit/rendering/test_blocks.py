"""A document as JSON values and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings import demo
from briefings.dossier import View, compile_dossier
from briefings.model import LANGUAGES, Language
from briefings.reading import read
from briefings.rendering import Templates, dump_blocks, load_document, render
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

NOW = datetime(2024, 3, 9, 12, 30, tzinfo=UTC)
TEMPLATES = Templates()

LANGUAGE: st.SearchStrategy[Language] = st.sampled_from(LANGUAGES)
NUMBERS = st.integers(0, 10**9)
URLS = st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z]{0,5}", fullmatch=True)


def several(of: st.SearchStrategy[Inline]) -> st.SearchStrategy[tuple[Inline, ...]]:
    return st.lists(of, max_size=4).map(tuple)


PLAIN: st.SearchStrategy[Inline] = st.one_of(
    st.builds(Text, st.text(), st.none() | LANGUAGE),
    st.builds(Code, st.text()),
    st.builds(CitationMark, NUMBERS),
    st.just(LineBreak()),
)
INLINES: st.SearchStrategy[Inline] = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(Strong, several(inner)),
        st.builds(Emphasis, several(inner)),
        st.builds(Struck, several(inner)),
        st.builds(Link, URLS, several(inner)),
    ),
    max_leaves=6,
)
LEAVES: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, st.integers(1, 6), several(INLINES)),
    st.builds(Paragraph, several(INLINES)),
    st.builds(Footnote, NUMBERS, several(INLINES)),
    st.builds(Image, st.text(), st.text()),
    st.just(Divider()),
)
BLOCKS: st.SearchStrategy[Block] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Quotation, st.lists(inner, max_size=3).map(tuple)),
        st.builds(
            ListBlock,
            st.lists(st.lists(inner, max_size=3).map(tuple), max_size=3).map(tuple),
            st.none() | NUMBERS,
        ),
    ),
    max_leaves=6,
)
DOCUMENTS = st.builds(Document, st.lists(BLOCKS, max_size=4).map(tuple), LANGUAGE)


def kept(document: Document) -> Document:
    """The document after it was written as JSON and read again."""
    return load_document(json.loads(json.dumps(dump_blocks(document))), document.language)


@given(DOCUMENTS)
def test_a_document_comes_back_as_it_was(document: Document) -> None:
    """Written as JSON and read again, any document equals itself, and so does its hash."""
    again = kept(document)
    assert again == document
    assert hash(again) == hash(document)


@given(DOCUMENTS)
def test_a_dump_says_the_kind_of_everything(document: Document) -> None:
    """Each block and each inline is an object with a `kind`, whatever it holds."""

    def objects(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, dict):
            return [value, *(o for v in value.values() for o in objects(v))]
        return [o for v in value for o in objects(v)] if isinstance(value, list) else []

    assert all(isinstance(o["kind"], str) and o["kind"] for o in objects(dump_blocks(document)))


@pytest.mark.parametrize("template", TEMPLATES.names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demos_briefings_come_back_as_they_were(template: str, language: Language) -> None:
    """What the templates that ship make of the demo story is kept to the letter."""
    latest = {a.id: a for a in demo.articles()}
    view = View(compile_dossier(read(a) for a in latest.values()))
    document = render(view, TEMPLATES, template, language, story=demo.NAME, now=NOW).document
    assert document.blocks
    assert kept(document) == document


def test_a_text_in_no_language_says_none() -> None:
    """A template's own words have no `language`; an article's have theirs."""
    dumped = dump_blocks(Document((Paragraph((Text("a"), Text("b", "fr"))),), "en"))
    assert dumped[0]["inlines"] == [
        {"kind": "text", "text": "a"},
        {"kind": "text", "text": "b", "language": "fr"},
    ]


@pytest.mark.parametrize(
    "blocks",
    [
        None,
        5,
        {"kind": "divider"},
        [None],
        ["divider"],
        [1],
        [[]],
        [{}],
        [{"kind": None}],
        [{"kind": []}],
        [{"kind": "video"}],
        [{"kind": "heading", "inlines": []}],
        [{"kind": "heading", "level": "one", "inlines": []}],
        [{"kind": "heading", "level": None, "inlines": []}],
        [{"kind": "paragraph"}],
        [{"kind": "paragraph", "inlines": "abc"}],
        [{"kind": "paragraph", "inlines": 5}],
        [{"kind": "paragraph", "inlines": [{"kind": "blink", "inlines": []}]}],
        [{"kind": "paragraph", "inlines": [{"kind": {}}]}],
        [{"kind": "paragraph", "inlines": [{"kind": "text"}]}],
        [{"kind": "paragraph", "inlines": [{"kind": "link", "url": "https://e.example"}]}],
        [{"kind": "footnote", "number": [], "inlines": []}],
        [{"kind": "list", "items": []}],
        [{"kind": "list", "start": None, "items": [5]}],
        [{"kind": "list", "start": None, "items": [[{"kind": "x"}]]}],
        [{"kind": "quotation", "blocks": "ab"}],
        [{"kind": "image", "name": "a"}],
    ],
)
def test_what_is_no_document_is_refused(blocks: Any) -> None:
    """Values of another shape raise KeyError, TypeError or ValueError."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        load_document(blocks, "en")


HEADING = {"kind": "heading", "level": 1, "inlines": []}
PARAGRAPH = {"kind": "paragraph", "inlines": []}
LINK = {"kind": "link", "inlines": []}


def nested(depth: int) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"kind": "divider"}]
    for _ in range(depth):
        blocks = [{"kind": "quotation", "blocks": blocks}]
    return blocks


def nested_inlines(depth: int) -> list[dict[str, Any]]:
    inlines: list[dict[str, Any]] = [{"kind": "linebreak"}]
    for _ in range(depth):
        inlines = [{"kind": "strong", "inlines": inlines}]
    return [{**PARAGRAPH, "inlines": inlines}]


@pytest.mark.parametrize(
    "blocks",
    [
        [{**HEADING, "level": float("inf")}],
        [{**HEADING, "level": float("nan")}],
        [{**HEADING, "level": 1.5}],
        [{**HEADING, "level": True}],
        [{**HEADING, "level": 0}],
        [{**HEADING, "level": 7}],
        [{"kind": "footnote", "number": -1, "inlines": []}],
        [{"kind": "footnote", "number": float("inf"), "inlines": []}],
        [{"kind": "list", "start": "x", "items": []}],
        [{"kind": "list", "start": -1, "items": []}],
        [{"kind": "list", "start": float("inf"), "items": []}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": "javascript:alert(1)"}]}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": "data:text/html,x"}]}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": "//evil.example"}]}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": " https://e.example"}]}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": "https://e.example/\n"}]}],
        [{**PARAGRAPH, "inlines": [{**LINK, "url": None}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "text", "text": None}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "text", "text": 5}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "code", "text": None}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "text", "text": "a", "language": "de"}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "text", "text": "a", "language": '"><b>'}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "text", "text": "a", "language": []}]}],
        [{**PARAGRAPH, "inlines": [{"kind": "citation", "number": "1"}]}],
        [{"kind": "image", "name": None, "alt": "a"}],
        [{"kind": "image", "name": "a", "alt": None}],
        nested(3_000),
        nested_inlines(3_000),
    ],
)
def test_values_that_no_output_can_show_are_refused(blocks: Any) -> None:
    """Numbers that are none, addresses that may not be linked, texts and languages that are none, endless nesting."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        load_document(blocks, "en")


@pytest.mark.parametrize("language", ["de", "", None, "EN", 5, []])
def test_a_document_in_no_language_of_ours_is_refused(language: Any) -> None:
    """Its frame could not be written."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        load_document([], language)


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["inlines", "items", "level", "number", "start", "text"]), inner)
        | st.tuples(
            st.sampled_from(
                ["heading", "paragraph", "footnote", "list", "quotation", "text", "link", "image"]
            ),
            st.dictionaries(
                st.sampled_from(["inlines", "items", "blocks", "level", "number", "start", "text", "name"]),
                inner,
            ),
        ).map(lambda x: {"kind": x[0], **x[1]})
    ),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_any_json_is_a_document_or_refused(blocks: Any) -> None:
    """Nothing else than KeyError, TypeError or ValueError comes of values of whatever shape."""
    try:
        loaded = load_document(blocks, "en")
    except (KeyError, TypeError, ValueError):
        return
    assert isinstance(loaded, Document)
