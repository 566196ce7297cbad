"""Outside text made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.plain import literal, safe_url

_OPEN_ISOLATES, _CLOSE_ISOLATE = "\u2066\u2067\u2068", "\u2069"
_OPEN_EMBEDDINGS, _CLOSE_EMBEDDING = "\u202a\u202b\u202d\u202e", "\u202c"


@pytest.mark.parametrize(
    "text",
    ["", "Plain.", "L’élue — « non », à 5 €…", "{{ 7 * 7 }} **bold** <b> @everyone", "日本", "\U0001f4f0"],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Accents, marks, other scripts, and what means something elsewhere."""
    assert literal(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a[31mb"),
        ("a\x1b]0;title\x07b", "a]0;titleb"),
        ("a\x9b31mb", "a31mb"),
        ("a\x00\x08\x7f\x85b", "ab"),
        ("a\nb\r\nc\td", "a b c d"),
        ("a\u2028b\u2029c", "a b c"),
        ("a \n \t b", "a b"),
        ("a\ue000\uf8ffb", "ab"),
        ("a\ud800b", "ab"),
        ("a\ufff9\ufffbb", "ab"),
    ],
    ids=ascii,
)
def test_what_steers_a_terminal_or_breaks_a_line_goes(text: str, shown: str) -> None:
    """Control characters are taken out, line ends become blanks."""
    assert literal(text) == shown


@pytest.mark.parametrize("text", ["שלום", "a שלום b", "سلام"])
def test_text_from_right_to_left_is_isolated(text: str) -> None:
    """What stands around it keeps its order."""
    assert literal(text) == f"\u2068{text}\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "\u2068a\u202eb\u202c\u2069"),
        ("a\u2067b\u202ec", "\u2068a\u2067b\u202ec\u202c\u2069\u2069"),
        ("a\u2069\u2069b", "\u2068ab\u2069"),
        ("a\u202c\u202eb\u202cc", "\u2068a\u202eb\u202cc\u2069"),
        ("a\u200fb", "\u2068a\u200fb\u2069"),
    ],
    ids=ascii,
)
def test_directions_are_closed_within_the_text(text: str, shown: str) -> None:
    """Each opening gets its end, an end without an opening goes."""
    assert literal(text) == shown


@given(
    st.text(
        st.one_of(
            st.characters(),
            st.sampled_from("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\x1b שa"),
        )
    )
)
def test_any_text_is_one_harmless_line(text: str) -> None:
    """No control character, one line, and every direction closed in the order in which it was opened."""
    shown = literal(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()
    waiting: list[str] = []
    for c in shown:
        if c in _OPEN_ISOLATES:
            waiting.append(_CLOSE_ISOLATE)
        elif c in _OPEN_EMBEDDINGS:
            waiting.append(_CLOSE_EMBEDDING)
        elif c in (_CLOSE_ISOLATE, _CLOSE_EMBEDDING):
            assert waiting
            assert waiting.pop() == c
    assert waiting == []


@pytest.mark.parametrize(
    "url", ["http://example.org", "HTTPS://example.org/a?b=c&d#e", "https://élysée.example/x"]
)
def test_a_web_address_may_be_linked(url: str) -> None:
    """As it stands."""
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "//example.org/",
        " http://example.org/",
        "http://example.org/ x",
        "http://example.org/\n",
        "http://example.org/\x1b",
        'http://example.org/"onclick="x',
        "http://example.org/<script>",
        "http://example.org/\u202e",
        "http://example.org/\u2028x",
    ],
    ids=ascii,
)
def test_anything_else_may_not(url: str) -> None:
    """Other protocols, blanks, control characters, and what ends an attribute."""
    assert safe_url(url) is None
