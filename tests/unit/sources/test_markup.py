"""HTML from feeds and pages as text, and markup made to harm."""

from __future__ import annotations

import statistics
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefings.errors import NoArticleFound, SitrepError
from briefings.sources import article_from_page
from briefings.sources.markup import line_of, text_of

# ---- bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>The mayor spoke.</p><p>The hall was full.</p>", "The mayor spoke.\n\nThe hall was full."),
        ("<p>The mayor spoke.<p>The hall was full.", "The mayor spoke.\n\nThe hall was full."),
        ("The mayor spoke.<br>The hall was full.<br/>", "The mayor spoke.\n\nThe hall was full."),
        ("<div>The mayor <b>spo</b>ke<i>.</i></div>", "The mayor spoke."),
        ("<p>The <a href='/mayor'>mayor</a>, she said, spoke.</p>", "The mayor, she said, spoke."),
        ("<ul><li>One<li>Two</ul>Three", "One\n\nTwo\n\nThree"),
        ("<table><tr><td>One<td>Two<tr><td>Three</table>", "One\n\nTwo\n\nThree"),
        ("<blockquote>“No.”</blockquote>she said", "“No.”\n\nshe said"),
        ("<h2>The hall</h2><section>Full.</section>", "The hall\n\nFull."),
        ("<p>\n  The\n  mayor\t spoke.\n</p>\n\n\n<p>  </p>", "The mayor spoke."),
        ("Before<p>in</p>after", "Before\n\nin\n\nafter"),
        ("<html><body><p>The mayor spoke.</body></html>", "The mayor spoke."),
        ("</div></p><p>The mayor spoke.", "The mayor spoke."),
        ("<o:p>The mayor</o:p> <x-y>spoke.</x-y>", "The mayor spoke."),
    ],
)
def test_a_body_is_its_paragraphs(markup: str, text: str) -> None:
    """What a browser puts on lines of their own are paragraphs; what it puts within a line is not."""
    assert text_of(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        "<script>var a = '<p>no</p>';</script>",
        "<style>p { color: red }</style>",
        "<iframe src='https://ads.example/'>no</iframe>",
        "<object>no</object>",
        "<form><input name=q>no</form>",
        "<svg><text>no</text></svg>",
        "<noscript>no</noscript>",
        "<figure><img src='a.jpg'><figcaption>no</figcaption></figure>",
        "<!-- no -->",
        "<?php no ?>",
        "<img src='https://count.example/1.gif' width=1 height=1>",
    ],
)
def test_what_is_no_text_is_left_out(markup: str) -> None:
    """Scripts, styles, frames, forms, captions and comments; what follows them stays."""
    assert text_of(f"<p>The mayor spoke.</p>{markup}The hall was full.").split("\n\n") == [
        "The mayor spoke.",
        "The hall was full.",
    ]
    assert text_of(markup) == ""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>L&rsquo;&eacute;lue &amp; le maire", "L’élue & le maire"),
        ("L&#8217;&#xE9;lue &amp; le maire", "L’élue & le maire"),
        ("<p>5 &lt; 6 &amp;&amp; 7 &gt; 3", "5 < 6 && 7 > 3"),
        ("<p>5 < 6 and 7 > 3</p>", "5 < 6 and 7 > 3"),
        ("<p>« Non&nbsp;», a-t-elle dit&nbsp;: « jamais&#x202F;»", "« Non », a-t-elle dit : « jamais »"),
        ("<p>5&#128; and &#146;till noon&#x94;", "5€ and ’till noon”"),
        ("AT&T and R&D", "AT&T and R&D"),
    ],
)
def test_entities_are_what_they_stand_for(markup: str, text: str) -> None:
    """Named and numbered ones, those of Windows among them; a lone ampersand or less-than is itself."""
    assert text_of(markup) == text


def test_plain_text_is_a_body_too() -> None:
    """Its lines are paragraphs."""
    assert (
        text_of("The mayor  spoke.\nThe hall\twas full.\n\n \n") == "The mayor spoke.\n\nThe hall was full."
    )


@pytest.mark.parametrize("markup", ["", " ", "\n", "<p></p>", "<br><br>", "<", "<>", "&nbsp;", "<p>&nbsp;</p>", "\ufeff"])  # fmt: skip
def test_no_text_is_an_empty_body(markup: str) -> None:
    """Nothing, blanks, empty elements."""
    assert text_of(markup).strip("<>\ufeff") == ""


# ---- titles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        ("The board acts", "The board acts"),
        ("  The \n board\t acts ", "The board acts"),
        ("The <em>board</em> acts", "The board acts"),
        ("<p>The board</p><p>acts</p>", "The board acts"),
        ("Rock &amp; roll", "Rock & roll"),
        ("Rock &amp;amp; roll", "Rock & roll"),
        ("L&amp;#8217;&amp;eacute;lue", "L’élue"),
        ("The &lt;b&gt;board&lt;/b&gt; acts", "The board acts"),
        ("Growth &lt; 5 % &amp; falling", "Growth < 5 % & falling"),
        ("Growth &amp;lt; 5 %", "Growth < 5 %"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("AT&T, R&D and B&B", "AT&T, R&D and B&B"),
        ("I <3 you", "I <3 you"),
        ("<script>alert(1)</script>The board acts", "The board acts"),
        ("<img src=x onerror=alert(1)>The board acts", "The board acts"),
        ("The board acts<!-- 12 -->", "The board acts"),
        ("The\u2028board\u0085acts", "The board acts"),
        ("", ""),
        ("<b></b>", ""),
    ],
)
def test_a_title_is_one_line(markup: str, line: str) -> None:
    """Tags gone, entities resolved, once or twice; what only looks like a tag stays."""
    assert line_of(markup) == line


# ---- characters ----------------------------------------------------------------------------------------------------


def _controls(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) == "Cc"}


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x9b"], ids=ascii)
@pytest.mark.parametrize("markup", ["The{} board", "<p>The{} board</p>"])
def test_a_control_character_is_gone(markup: str, character: str) -> None:
    """PostgreSQL refuses NUL, terminals obey the others; with and without markup around them."""
    assert text_of(markup.format(character)) == "The board"
    assert line_of(markup.format(character)) == "The board"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#1;", "&#27;", "&#x7f;", "&#155;", "&#xD800;", "&#x110000;", "&#99999999999;"]
)
def test_a_reference_to_no_character_is_none(reference: str) -> None:
    """Nothing comes of it, or a mark that something was there; the words around it stay."""
    for markup in (f"The {reference}board", f"<p>The {reference}board</p>", f"The {reference}<b>board</b>"):
        for found in (text_of(markup), line_of(markup)):
            assert not _controls(found)
            assert found.encode()  # no half of a surrogate pair
            assert found.startswith("The ")
            assert found.endswith("board")


# ---- markup made to harm -------------------------------------------------------------------------------------------

_HOSTILE = {
    "open divs": "<div>" * 50_000 + "words",
    "closed divs": "<div>" * 50_000 + "words" + "</div>" * 50_000,
    "bold": "<b>" * 50_000 + "words",
    "paragraphs": "<p>" * 50_000 + "words",
    "tables": "<table><tr><td>" * 20_000 + "words",
    "lists": "<ul><li>" * 30_000 + "words",
    "comments": "<!--" * 50_000 + "words",
    "scripts": "<script>a < b && '</p>';</script>" * 10_000,
    "less than": "<" * 200_000,
    "open tags": "<a" * 100_000,
    "open tags with blanks": ("<a" + " " * 300) * 700,
    "a long tag": "<" + "a" * 200_000 + ">words",
    "a long attribute": f"<p class='{'a ' * 100_000}'>words",
    "one attribute often": f"<p {'a=1 ' * 50_000}>words",
    "ampersands": "&" * 200_000,
    "entities": "<p>" + "&amp;" * 50_000,
    "references": "<p>" + "&#8217;" * 50_000,
    "ends alone": "</div>" * 50_000 + "words",
    "breaks": "<br>" * 50_000,
    "nul": "<p>" + "\0" * 200_000 + "words",
    "entity bomb": "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b;words",
    "outside entity": "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><p>&f;words",
    "inclusion": "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>words",
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_markup_is_read_in_no_time(name: str) -> None:
    """Nesting, floods and bombs: text or none, and nothing of the machine's in it."""
    for read in (text_of, line_of):
        begun = time.process_time()
        found = read(_HOSTILE[name])
        assert time.process_time() - begun < 2
        assert "root:" not in found
        assert len(found) <= len(_HOSTILE[name])


def _seconds(read: Callable[[str], str], markup: str) -> float:
    """The median processor time of three readings."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        read(markup)
        times.append(time.process_time() - begun)
    return statistics.median(times)


def _attributes(count: int) -> str:
    return "<p " + " ".join(f"a{n}=1" for n in range(count)) + ">words</p>"


def test_the_work_grows_with_the_number_of_attributes_alone() -> None:
    """Four times as many take four times as long, not sixteen: a tag of 400 KB would take most of a minute."""
    few, many = _seconds(text_of, _attributes(2_000)), _seconds(text_of, _attributes(8_000))
    assert many < 8 * few + 0.01
    assert text_of(_attributes(2_000)) == "words"


# ---- anything at all -----------------------------------------------------------------------------------------------

_WORDS = st.text(st.sampled_from("aàeéoœ0€«»’'\"&<>.,!? \u00a0"), min_size=1, max_size=12)
_PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<br>", "<b>", "</b>", "<a href='x'>", "</a>", "<ul><li>", "<td>"),
        *("<script>", "</script>", "<style>", "</style>", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>"),
        *("<", ">", "</", "/>", "&", "&amp;", "&lt;p&gt;", "&#8217;", "&#0;", "&nbsp;", "&a;", ";", '"', "'"),
        *("<title>", "</title>", "<html>", "</body>", "<select>", "<svg>", "</svg>", "<math>", "<template>"),
        *(" ", "\n", "\n\n", "\t", "\r", "é", "’", "\u2028", "\ufeff", "\U0001f600", "words", "a=b", "\0", "\x1b"),
    ]
)  # fmt: skip
soup = st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=40).map("".join))


@settings(max_examples=300, deadline=None)
@given(soup)
def test_any_markup_is_text(markup: str) -> None:
    """Paragraphs of one line each, parted by one empty line, without a control character."""
    found = text_of(markup)
    assert found == found.strip(" \n")
    assert all(p == p.strip() != "" for p in found.split("\n\n") if found)
    assert not _controls(found) - {"\n"}
    assert found.replace("\n\n", "").count("\n") == 0


@settings(max_examples=300, deadline=None)
@given(soup)
def test_any_markup_is_a_line(markup: str) -> None:
    """One line without a control character, which stays as it is when it is read again as text."""
    found = line_of(markup)
    assert found == " ".join(found.split())
    assert not _controls(found)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(_WORDS, min_size=1, max_size=4), max_size=5), st.sampled_from(["p", "div", "li", "h2"])
)
def test_words_come_out_of_simple_markup_as_they_went_in(paragraphs: list[list[str]], tag: str) -> None:
    """Escaped once, emphasised here and there: no tag is left, no character lost."""
    wrapped = (
        "".join(
            f"<{('b', 'i', 'em')[n % 3]}>{escape(w)}</{('b', 'i', 'em')[n % 3]}>" for n, w in enumerate(words)
        )
        for words in paragraphs
    )
    markup = "".join(f"<{tag}>{inner}</{tag}>" for inner in wrapped)
    said = (" ".join("".join(words).split()) for words in paragraphs)
    assert text_of(markup) == "\n\n".join(x for x in said if x)


# ---- pages -----------------------------------------------------------------------------------------------------------

URL = "https://www.courier.example/board"
SAID = "The board of the sample company met on Friday; the chair spoke of a long night."
_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>The board acts</title><meta name='author' content='Rae Porter'>"
    "<meta property='article:published_time' content='2031-03-12T12:00:00Z'></head><body><article>"
    + "".join(f"<p>{SAID} {n}.</p>" for n in range(4))
    + "</article></body></html>"
).encode()
_BYTES = (
    st.binary(max_size=6)
    | _PIECES.map(str.encode)
    | st.sampled_from([b"\xff", b"\xe9", b"\x92", b"\xff\xfe", b"charset="])
)
_CHANGES = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 30), _BYTES), max_size=6)
_CHARSETS = st.sampled_from([None, "utf-8", "iso-8859-1", "utf-16", "nonsense", "ascii"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_CHANGES, _CHARSETS, st.sampled_from([URL, "", "http://[bad"]), st.integers(300, 1_000))
def test_a_broken_page_has_an_article_or_none(
    changes: list[tuple[int, int, bytes]], charset: str | None, url: str, end: int
) -> None:
    """Whatever is missing from a page or put into it: text without zeros, or a failure of ours."""
    body = _PAGE
    for at, length, put in changes:
        at %= len(body) + 1
        body = body[:at] + put + body[at + length :]
    try:
        found = article_from_page(body[:end], url, charset)
    except SitrepError:
        return
    assert len(found.text) >= 60
    for text in (found.title, found.text, found.byline, found.outlet):
        assert "\0" not in text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.lists(_BYTES, max_size=30).map(b"".join), _CHARSETS)
def test_noise_is_no_article(body: bytes, charset: str | None) -> None:
    """It fails in no other way."""
    with pytest.raises(NoArticleFound):
        article_from_page(body[:40], URL, charset)
    with suppress(SitrepError):
        article_from_page(body, URL, charset)


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "hex", "a\0b", "a" * 500], ids=ascii)
def test_a_charset_that_is_none_does_not_cost_the_page(charset: str) -> None:
    """Python knows codecs that fail in their own way."""
    assert SAID in article_from_page(_PAGE, URL, charset).text
