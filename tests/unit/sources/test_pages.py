"""The article in a page of HTML, and pages made to harm."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from briefings.errors import NoArticleFound
from briefings.model import Article
from briefings.sources import Worker, article_from_page
from briefings.sources.pages import canonical_url, identity_of, outlet_of

_BODY = (
    "The board of the sample company removed its chief executive on Friday, after a week of meetings. "
    "“We lost confidence,” said Ann Lee, the chair. The staff wrote a letter; about 700 people signed it."
)
URL = "https://www.courier.example/2023/board?utm_source=feed#top"


def page(head: str = "", body: str = _BODY, lang: str = ' lang="en"') -> str:
    paragraphs = "".join(f"<p>{body} Paragraph {n}.</p>" for n in range(1, 5))
    return (
        f"<!DOCTYPE html><html{lang}><head><meta charset='utf-8'>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/world'>World</a></nav>"
        f"<article><h1>The board acts</h1>{paragraphs}</article>"
        "<footer>All rights reserved. Subscribe to our letter.</footer></body></html>"
    )


HEAD = (
    '<title>The board acts - The Sample Courier</title><meta property="og:title" content="The board acts">'
    '<meta property="og:site_name" content="The Sample Courier"><meta name="author" content="Rae Porter">'
    '<meta property="article:published_time" content="2023-11-17T22:30:00+00:00">'
)


def test_a_page_gives_its_article() -> None:
    """Every paragraph is there, in order; menus and footers are not."""
    text = article_from_page(page(HEAD), URL).text
    places = [text.index(f"Paragraph {n}.") for n in range(1, 5)]
    assert places == sorted(places)
    assert _BODY in text
    assert "Home" not in text
    assert "Subscribe" not in text


def test_a_page_gives_its_metadata() -> None:
    """Title, outlet, day, language and byline, as the page states them."""
    article = article_from_page(page(HEAD), URL)
    assert article.title == "The board acts"
    assert article.outlet == "The Sample Courier"
    assert article.published is not None
    assert article.published.date() == datetime(2023, 11, 17, tzinfo=UTC).date()
    assert article.published.tzinfo is not None
    assert article.byline == "Rae Porter"
    assert article.language in ("en", None)


def test_bytes_and_text_give_the_same_article() -> None:
    """A page in UTF-8 is read as it is."""
    french = page(HEAD, "« Très déçue », a déclaré l’élue à l’issue de la réunion, vendredi à Évry." * 2)
    assert article_from_page(french.encode(), URL) == article_from_page(french, URL)
    assert "« Très déçue », a déclaré l’élue" in article_from_page(french.encode(), URL).text


def test_a_charset_that_the_page_declares_is_used() -> None:
    """A page in Windows-1252 that says so is read in it."""
    body = "« Très déçue », a déclaré l’élue à l’issue de la réunion, vendredi à Évry. " * 2
    html = page(HEAD, body).replace("utf-8", "windows-1252")
    assert "« Très déçue », a déclaré l’élue" in article_from_page(html.encode("cp1252"), URL).text


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("windows-1252", "« Très déçue », a déclaré l’élue – à 5 € près"),
        ("iso-8859-1", "« Très déçue », a déclaré l'élue à Évry"),
        ("iso-8859-15", "« Très déçue », a déclaré l'élue à 5 € près, au cœur d'Évry"),
        ("utf-8", "« Très déçue », a déclaré l’élue – à 5 € près"),
    ],
)
def test_a_charset_that_the_server_declares_is_used(charset: str, words: str) -> None:
    """A page that says nothing itself is read in what came with it."""
    html = page(HEAD, f"{words}, à l'issue d'une réunion de plusieurs heures. " * 2)
    body = html.replace("<meta charset='utf-8'>", "").encode(charset)
    assert words in article_from_page(body, URL, charset).text


@pytest.mark.parametrize("charset", ["nonsense", "hex", "ascii", "utf-16", ""])
def test_a_charset_that_can_not_be_is_passed_over(charset: str) -> None:
    """Where the server says what is no encoding, or not this page's, the page's own word counts."""
    html = page(HEAD, "« Très déçue », a déclaré l’élue à l’issue de la réunion, vendredi à Évry. " * 2)
    assert "« Très déçue », a déclaré l’élue" in article_from_page(html.encode(), URL, charset).text


@pytest.mark.parametrize("url", ["http://[bad", "http://a:99999/", "http://[::1"])
def test_an_address_that_is_none_is_its_own_canonical(url: str) -> None:
    """It names an article like another, and no outlet is made of its ruins."""
    assert canonical_url(url) == url
    assert identity_of(url) != identity_of(url + "x")
    assert "[" not in outlet_of(url)


def test_an_outlet_that_is_not_named_is_known_by_its_host() -> None:
    """Known hosts have names; others stand for themselves."""
    assert outlet_of("https://www.lemonde.fr/x") == "Le Monde"
    assert outlet_of("https://news.bbc.co.uk/x") == "BBC"
    assert outlet_of("https://www.courier.example/x") == "courier.example"
    assert outlet_of("https://notlemonde.fr/x") == "notlemonde.fr"


def test_an_article_keeps_its_identity_over_revisions() -> None:
    """The address counts, not the words."""
    first = article_from_page(page(HEAD), URL)
    second = article_from_page(page(HEAD, _BODY + " Updated."), "https://www.courier.example/2023/board")
    assert first.text != second.text
    assert first.id == second.id


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://EXAMPLE.org", "https://example.org/"),
        ("https://example.org:443/a#b", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a?utm_medium=x&id=5&fbclid=y", "https://example.org/a?id=5"),
        ("https://example.org/A?b=&c=%20d", "https://example.org/A?b=&c=+d"),
    ],
)
def test_one_article_has_one_address(url: str, canonical: str) -> None:
    """Fragment, tracking, default port and the host's case are taken off; the rest stays."""
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical
    assert identity_of(url) == identity_of(canonical)


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "<html></html>",
        "<html><body><p>Short.</p></body></html>",
        "<ul>" + "<li><a href='/x'>Link</a></li>" * 50 + "</ul>",
        "<form><input name='q'></form>",
        "<html><body><script>document.write('everything')</script></body></html>",
    ],
    ids=["empty", "blank", "bare", "short", "list", "form", "script"],
)
def test_a_page_without_an_article_is_told(html: str) -> None:
    """NoArticleFound names the page."""
    with pytest.raises(NoArticleFound, match=r"courier\.example"):
        article_from_page(html, URL)


@pytest.mark.parametrize("date", ["yesterday", "0000-00-00", "9999-99-99", "2023-02-30", ""])
def test_a_date_that_is_none_is_not_stated(date: str) -> None:
    """A page with a bad date is still an article."""
    head = f'<meta property="article:published_time" content="{date}">'
    assert _BODY in article_from_page(page(head), URL).text


def test_hostile_metadata_is_only_text() -> None:
    """Pings, templates and Markdown in a title come through as characters; nothing runs."""
    head = '<meta property="og:title" content="@everyone {{ 7*7 }} **bold** &lt;script&gt;">'
    title = article_from_page(page(head), URL).title
    assert "49" not in title
    assert "@everyone {{ 7*7 }} **bold**" in title


_HOSTILE = {
    "open divs": "<div>" * 50_000 + _BODY,
    "closed divs": "<div>" * 50_000 + f"<p>{_BODY}</p>" + "</div>" * 50_000,
    "bold": f"<p>{'<b>' * 50_000}{_BODY}</p>",
    "tables": "<table><tr><td>" * 20_000 + _BODY,
    "scripts": page(HEAD) + "<script>a < b && '</p>';</script>" * 20_000,
    "huge script": page("<script>" + "a<b;" * 200_000 + "</script>"),
    "huge attribute": page().replace("<article>", f'<article class="{"a " * 1_000_000}">'),
    "many attributes": page().replace("<article>", f"<article {' '.join(f'a{n}=1' for n in range(10_000))}>"),
    "comments": "<!--" * 100_000 + page(),
    "less than": "<" * 300_000,
    "entities": "<p>" + "&amp;" * 300_000 + "</p>",
    "nul": page().replace("board", "bo\0ard"),
    "entity bomb": "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;'>]>" + page(body="&c;" + _BODY),
    "outside entity": "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>" + page(body="&f;" + _BODY),
}  # fmt: skip


def test_hostile_pages_end_within_the_deadline() -> None:
    """Nesting, scripts, huge attributes: an article without markup, or NoArticleFound, in time."""

    async def work() -> dict[str, Article | None]:
        found: dict[str, Article | None] = {}
        async with Worker(20) as worker:
            for name, html in _HOSTILE.items():
                try:
                    found[name] = await worker.run(name, article_from_page, html.encode(), URL)
                except NoArticleFound:
                    found[name] = None
        return found

    found = asyncio.run(work())
    assert set(found) == set(_HOSTILE)
    for name, article in found.items():
        if article is not None:
            assert "<div" not in article.text, name
            assert "<script" not in article.text, name
            assert "root:" not in article.text, name
