"""Outside text in a document is literal, on one line, and turns nothing around it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.plain import literal, safe_url
from briefings.rendering.document import (
    CitationMark,
    Divider,
    Document,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff\ud800-\udfff]")
OPENING = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
OPENING |= {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}


def balanced(text: str) -> bool:
    """Whether each bidirectional embedding and isolate of `text` is closed in it, in order."""
    waiting: list[str] = []
    for c in text:
        if c in OPENING:
            waiting.append(OPENING[c])
        elif c in OPENING.values() and (not waiting or waiting.pop() != c):
            return False
    return not waiting


hostile = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x07\x9b\r\n\t\u2028\u2029\ue000\ue001\u202e\u202c\u2066\u2069\u200f\u061cא"),
    )
)


@given(hostile)
def test_literal_text_holds_no_control_characters(text: str) -> None:
    """No escape sequence, no line break and no slot mark gets through."""
    assert not CONTROL.search(literal(text))


@given(hostile)
def test_literal_text_closes_every_direction_that_it_opens(text: str) -> None:
    """Bidirectional controls are balanced, and isolated from what stands beside them."""
    made = literal(text)
    assert balanced(made)
    if re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", made):
        assert (made[0], made[-1]) == ("\u2068", "\u2069")


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Markup in outside text is words like any other; only runs of blanks become one."""
    assert literal(text) == re.sub(" +", " ", text)


def test_words_of_right_to_left_scripts_are_isolated() -> None:
    """A name that runs from right to left does not drag the numbers beside it along."""
    assert literal("שלום") == "\u2068שלום\u2069"


@pytest.mark.parametrize(
    "url", ["http://news.example/a", "https://news.example/a?b=1&c=2#d", "HTTPS://NEWS.EXAMPLE"]
)
def test_web_addresses_may_be_linked(url: str) -> None:
    """http and https are linked as they stand."""
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/hosts",
        "//news.example",
        "news.example",
        "mailto:a@news.example",
        "https://",
        "https://news.example/a b",
        "https://news.example/\x1b[31m",
        "https://news.example/\nhttps://other.example",
        'https://news.example/"onclick="x',
        "https://news.example/<b>",
        " https://news.example",
        "https://news.example/\n",
        "https://news.example/a\r",
        "https://news.example/\x85",
        "https://news.example/\x9b31m",
        "https://news.example/\x7f",
        "https://news.example/\u200fa",
        "https://news.example/\u202ea",
        "https://news.example/\u2066a\u2069",
        "https://news.example/\u061ca",
        "https://news.example/\ue000" + "0\ue001",
        "https://news.example/\uf8ff",
        "https://news.example/\ud800",
        "",
    ],
)
def test_other_addresses_are_never_linked(url: str) -> None:
    """No other scheme, no blank, no quotation mark, no control character."""
    assert safe_url(url) is None


def test_a_document_gives_all_its_inlines() -> None:
    """Inlines are found in every block, however deep, the outer one before the inner one."""
    mark, words = CitationMark(1), Text("a")
    link = Link("https://news.example", (words,))
    document = Document(
        (
            Heading(1, (words,)),
            Divider(),
            Image("chart", "A line that rises"),
            ListBlock(((Paragraph((Strong((Emphasis((link,)),)),)),),)),
            Quotation((Paragraph((Struck((words,)), mark)),)),
            Footnote(1, (words,)),
        ),
        "en",
    )
    assert list(document.inlines()) == [
        words,
        Strong((Emphasis((link,)),)),
        Emphasis((link,)),
        link,
        words,
        Struck((words,)),
        words,
        mark,
        words,
    ]


@pytest.mark.parametrize("text", ["a\ud800b", "\udfffab", "ab\udc00\udc00", "\ud83da\udd25b"])
def test_lone_surrogates_vanish(text: str) -> None:
    """Half a character is none: what is left can be written in UTF-8."""
    assert literal(text) == "ab"
    assert literal(text).encode() == b"ab"
