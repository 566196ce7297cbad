"""What stands in a feed: the shapes that publishers send, their mistakes, and feeds made to harm."""

from __future__ import annotations

import asyncio
import gzip
import json
import pickle
import statistics
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefings.errors import NotAFeed
from briefings.sources import Worker
from briefings.sources.feeds import Entry, Feed, announced, read_feed

URL = "https://www.courier.example/news/feed.xml"
SITE = "https://www.courier.example/"
NOON = datetime(2031, 3, 12, 12, tzinfo=UTC)
TEASER = "The board of the sample company met on Friday; the chair spoke of a long night."
LONG = " ".join(
    f"In sentence {n} the board of the sample company says once more what it did." for n in range(30)
)
UTF8 = '<?xml version="1.0" encoding="utf-8"?>'
FRENCH = "L’élue d’Évry « déçue » – à 5 € près"


def read(body: str | bytes, charset: str | None = None, most: int = 100, url: str = URL) -> Feed:
    return read_feed(body.encode() if isinstance(body, str) else body, url, charset, most)


def only(body: str | bytes, charset: str | None = None) -> Entry:
    """The one entry of a feed."""
    (entry,) = read(body, charset).entries
    return entry


def keys(feed: Feed) -> list[str]:
    return [e.key for e in feed.entries]


def titles(feed: Feed) -> list[str]:
    return [e.title for e in feed.entries]


# ---- feeds as publishers write them --------------------------------------------------------------------------------


def item(title: str = "The board acts", link: str = f"{SITE}board", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def rss(items: str, head: str = UTF8, about: str = "", root: str = "") -> str:
    return (
        f'{head}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
        f' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"{root}><channel><title>The Courier</title>'
        f"<link>{SITE}</link><description>News</description>{about}{items}</channel></rss>"
    )


def entry(
    title: str = "The board acts", link: str = f"{SITE}board", more: str = "", kind: str = "html"
) -> str:
    return f'<entry><title type="{kind}">{title}</title><link href="{link}"/><id>tag:courier.example,2031:1</id>{more}</entry>'


def atom(entries: str, root: str = "") -> str:
    return (
        f'{UTF8}<feed xmlns="http://www.w3.org/2005/Atom"{root}><title>The Courier</title>'
        f'<link href="{SITE}"/><link rel="self" href="{URL}"/><id>{SITE}</id>'
        f"<updated>2031-03-12T12:00:00Z</updated>{entries}</feed>"
    )


def rdf(items: str, head: str = UTF8) -> str:
    return (
        f'{head}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f'<channel rdf:about="{URL}"><title>The Courier</title><link>{SITE}</link>'
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        f'<items><rdf:Seq><rdf:li resource="{SITE}board"/></rdf:Seq></items></channel>{items}</rdf:RDF>'
    )


def json_feed(items: list[Any], version: str = "1.1", **more: Any) -> str:
    named = {"version": f"https://jsonfeed.org/version/{version}", "title": "The Courier"}
    return json.dumps({**named, "home_page_url": SITE, "items": items, **more})


def page_of(
    title: str = "The board acts", loc: str = f"{SITE}board", day: str = "2031-03-12T13:00:00+01:00"
) -> str:
    return (
        f"<url><loc>{loc}</loc><lastmod>2031-03-13</lastmod><news:news><news:publication>"
        "<news:name>The Courier</news:name><news:language>fr</news:language></news:publication>"
        f"<news:publication_date>{day}</news:publication_date><news:title>{title}</news:title></news:news>"
        "<image:image><image:loc>https://img.example/a.jpg</image:loc><image:title>A hall</image:title></image:image></url>"
    )


def sitemap(pages: str, head: str = UTF8) -> str:
    return (
        f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{pages}</urlset>'
    )


RSS20 = rss(
    item(
        more="<pubDate>Wed, 12 Mar 2031 13:00:00 +0100</pubDate><dc:creator><![CDATA[Rae Porter]]></dc:creator>"
        '<category>Companies</category><guid isPermaLink="false">https://www.courier.example/?p=17</guid>'
        f"<description><![CDATA[<p>{TEASER} [&#8230;]</p>]]></description>"
        f"<content:encoded><![CDATA[<p>{LONG}</p><p>The end.</p>]]></content:encoded>"
        '<enclosure url="https://img.example/a.jpg" length="1" type="image/jpeg"/>'
    ),
    about="<language>fr-FR</language><ttl>30</ttl>"
    f'<atom:link href="{URL}" rel="self" type="application/rss+xml"/>'
    f"<image><url>{SITE}i.png</url><title>Logo</title><link>{SITE}logo</link></image>",
)
RSS091 = (
    '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>The Courier</title>'
    f"<link>{SITE}</link><description>News</description><language>fr</language>"
    + item(more=f"<description>{TEASER}</description>")
    + "</channel></rss>"
)
RDF = rdf(
    f'<item rdf:about="{SITE}board"><title>The board acts</title><link>{SITE}board</link>'
    f"<description>{TEASER}</description><dc:creator>Rae Porter</dc:creator>"
    "<dc:date>2031-03-12T13:00:00+01:00</dc:date><dc:language>fr</dc:language></item>"
)
ATOM = atom(
    "<entry><title>The board acts</title>"
    f'<link rel="self" href="{SITE}board.atom"/><link rel="alternate" type="text/html" href="{SITE}board"/>'
    f'<link rel="enclosure" href="{SITE}board.mp3"/><id>tag:courier.example,2031:17</id>'
    "<published>2031-03-12T12:00:00Z</published><updated>2031-03-14T12:00:00Z</updated>"
    f'<author><name>Rae Porter</name></author><summary type="text">{TEASER}</summary>'
    f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{LONG}</p><p>The end.</p></div></content></entry>',
    ' xml:lang="fr"',
)
JSON11 = json_feed(
    [
        {
            "id": "17",
            "url": f"{SITE}board",
            "title": "The board acts",
            "content_html": f"<p>{LONG}</p><p>The end.</p>",
            "summary": TEASER,
            "date_published": "2031-03-12T13:00:00+01:00",
            "date_modified": "2031-03-14T12:00:00Z",
            "authors": [{"name": "Rae Porter"}, {"url": SITE}],
        }
    ],
    language="fr",
)
JSON1 = json_feed(
    [
        {
            "id": 17,
            "url": "/board",
            "title": "The board acts",
            "content_text": LONG,
            "author": {"name": "Rae Porter"},
        }
    ],
    "1",
)
SITEMAP = sitemap(page_of() + f"<url><loc>{SITE}about</loc><lastmod>2031-01-01</lastmod></url>")
SHAPES = {
    "rss 2.0": RSS20,
    "rss 0.91": RSS091,
    "rdf": RDF,
    "atom": ATOM,
    "json 1.1": JSON11,
    "json 1": JSON1,
    "sitemap": SITEMAP,
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_every_kind_of_feed_gives_its_entry(name: str) -> None:
    """Title and address are the article's, not the site's, the picture's or the feed's own."""
    feed = read(SHAPES[name])
    assert feed.title == "The Courier"
    assert [(e.title, e.url) for e in feed.entries] == [("The board acts", f"{SITE}board")]


def test_an_article_has_one_key_in_every_kind_of_feed() -> None:
    """Who changes from RSS to Atom sends nothing anew."""
    assert len({only(body).key for body in SHAPES.values()}) == 1


@pytest.mark.parametrize("name", ["rss 2.0", "rdf", "atom", "json 1.1", "sitemap"])
def test_an_entry_is_dated_with_its_publication(name: str) -> None:
    """Not with its last change; in UTC, whatever zone it names."""
    assert only(SHAPES[name]).published == NOON


@pytest.mark.parametrize("name", ["rss 2.0", "rdf", "atom", "json 1.1", "json 1"])
def test_an_entry_names_its_author(name: str) -> None:
    """By whatever element its kind has for that."""
    assert only(SHAPES[name]).byline == "Rae Porter"


@pytest.mark.parametrize("name", ["rss 2.0", "rss 0.91", "atom", "json 1.1", "sitemap"])
def test_an_entry_has_the_language_of_its_feed(name: str) -> None:
    """Where the feed states one."""
    assert only(SHAPES[name]).language == "fr"


@pytest.mark.parametrize("name", ["rss 2.0", "atom", "json 1.1"])
def test_an_entry_with_its_whole_text_gives_the_article(name: str) -> None:
    """The longest text of the entry, in paragraphs; its teaser is not it."""
    found = only(SHAPES[name])
    assert found.full
    assert found.text == f"{LONG}\n\nThe end."


@pytest.mark.parametrize("name", ["rss 0.91", "rdf"])
def test_an_entry_with_a_teaser_is_not_the_article(name: str) -> None:
    """The page is still to be read."""
    found = only(SHAPES[name])
    assert not found.full
    assert found.text == TEASER


@pytest.mark.parametrize(
    ("end", "full"),
    [
        ("The end.", True),
        ("The end…", False),
        ("The end [&#8230;]", False),
        ("The end ...", False),
        ("The end. Read more", False),
        ("The end. <a href='/board'>Continue reading →</a>", False),
        ("La fin. <a href='/board'>Lire la suite »</a>", False),
        ("Elle est partie tout de suite.", True),
        ("La police l’a pris en poursuite.", True),
    ],
)
def test_a_long_text_that_is_cut_off_is_not_the_article(end: str, full: bool) -> None:
    """A mark or a link at its end says that there is more; words that only sound like it do not."""
    body = rss(item(more=f"<description>{escape(f'<p>{LONG} {end}</p>')}</description>"))
    assert only(body).full is full


def test_an_entry_without_an_address_is_its_own_article() -> None:
    """There is nowhere else to read it; a few words are none."""
    told = only(rss(f"<item><title>Alert</title><description>{TEASER}</description></item>"))
    assert (told.url, told.full) == ("", True)
    assert not only(rss("<item><title>Alert</title><description>Soon.</description></item>")).full
    assert only(json_feed([{"id": "1", "content_text": TEASER}])).full


def test_a_permalink_is_an_address() -> None:
    """RSS: a guid is one where it does not say that it is none."""
    assert only(rss(f"<item><title>A</title><guid>{SITE}board</guid></item>")).url == f"{SITE}board"
    assert only(rss(f'<item><title>A</title><guid isPermaLink="false">{SITE}board</guid></item>')).url == ""


@pytest.mark.parametrize(
    ("about", "ttl"),
    [
        ("", None),
        ("<ttl>30</ttl>", 1_800.0),
        ("<ttl> 60\n</ttl>", 3_600.0),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>1e9</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>٣</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3_600.0),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency> 4 </sy:updateFrequency>", 21_600.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", None),
    ],
)
def test_a_feed_says_how_long_it_holds(about: str, ttl: float | None) -> None:
    """RSS's ttl in minutes, or the syndication module's period; nonsense is not said."""
    assert read(rss(item(), about=about)).ttl == ttl


def test_a_feed_comes_back_from_the_child_as_it_is() -> None:
    """Big ones are read there: the function and what it gives can be pickled, its failure too."""

    async def work() -> tuple[Feed, Feed]:
        async with Worker(20) as worker:
            with pytest.raises(NotAFeed, match=r"courier\.example"):
                await worker.run("nothing", read_feed, b"", URL, None, 10)
            return await worker.run("feed", read_feed, RSS20.encode(), URL, None, 10), read(RSS20)

    there, here = asyncio.run(work())
    assert there == here == pickle.loads(pickle.dumps(here))


# ---- titles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Rock &amp; roll", "Rock & roll"),
        ("Rock &amp;amp; roll", "Rock & roll"),
        ("Rock &amp;amp;amp; roll", "Rock & roll"),
        ("L&#8217;&#233;lue", "L’élue"),
        ("L&amp;rsquo;&amp;eacute;lue", "L’élue"),
        ("L&amp;amp;#8217;&amp;amp;eacute;lue", "L’élue"),
        ("<![CDATA[Rock & roll]]>", "Rock & roll"),
        ("<![CDATA[L&rsquo;&eacute;lue]]>", "L’élue"),
        ("<![CDATA[The <i>Courier</i> acts]]>", "The Courier acts"),
        ("The &lt;i&gt;Courier&lt;/i&gt; acts", "The Courier acts"),
        ("The &amp;lt;i&amp;gt;Courier&amp;lt;/i&amp;gt; acts", "The Courier acts"),
        ("Growth &lt; 5 % &amp; falling", "Growth < 5 % & falling"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;The board acts", "The board acts"),
        ("&lt;img src=x onerror=alert(1)&gt;The board acts", "The board acts"),
        ("  The\n   board\tacts ", "The board acts"),
        ("@everyone {{ 7*7 }} **bold**", "@everyone {{ 7*7 }} **bold**"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_title_is_read_as_it_is_meant(kind: str, written: str, title: str) -> None:
    """Markup, entities and CDATA, escaped once or twice: one line of plain text."""
    assert only(rss(item(written)) if kind == "rss" else atom(entry(written))).title == title


def test_a_title_in_xhtml_is_its_words() -> None:
    """Atom's third kind of text."""
    written = '<div xmlns="http://www.w3.org/1999/xhtml">The <em>board</em> acts &amp; waits</div>'
    assert only(atom(entry(written, kind="xhtml"))).title == "The board acts & waits"


def test_a_text_that_is_escaped_twice_has_no_tags() -> None:
    """A habit of some systems: what they show as markup in their feed is none on their pages."""
    twice = escape(escape("<p>The board <b>acts</b>.</p><p>L’élue waits.</p>"))
    assert (
        only(rss(item(more=f"<description>{twice}</description>"))).text == "The board acts.\n\nL’élue waits."
    )


# ---- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "published"),
    [
        ("", None),
        ("<pubDate></pubDate>", None),
        ("<pubDate>soon</pubDate>", None),
        ("<pubDate>32 Foo 2031</pubDate>", None),
        ("<pubDate>Thu, 01 Jan 99999 00:00:00 GMT</pubDate>", None),
        ("<pubDate>Wed, 12 Mar 2031 12:00:00 GMT</pubDate>", NOON),
        ("<pubDate>Wed, 12 Mar 2031 07:00:00 EST</pubDate>", NOON),
        ("<pubDate>12 Mar 31 12:00 UT</pubDate>", NOON),
        ("<pubDate>Wed, 12 Mar 2031 14:00:00 +0200</pubDate>", NOON),
        ("<pubDate>2031-03-12T13:00:00+01:00</pubDate>", NOON),
        ("<dc:date>2031-03-12T12:00:00Z</dc:date>", NOON),
        ("<dc:date>2031-03-12</dc:date>", NOON - timedelta(hours=12)),
        ("<pubDate>soon</pubDate><dc:date>2031-03-12T12:00:00Z</dc:date>", NOON),
    ],
)
def test_a_date_is_read_or_not_stated(element: str, published: datetime | None) -> None:
    """In the ways that feeds write them; what is no date fails nothing."""
    assert only(rss(item(more=element))).published == published


@pytest.mark.parametrize(
    "written", ["soon", "2031-13-99", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-23:59", "-1"]
)
def test_a_date_that_is_none_is_not_stated_by_other_feeds_either(written: str) -> None:
    """JSON Feed and news sitemaps."""
    assert only(json_feed([{"id": "1", "title": "A", "date_published": written}])).published is None
    assert only(sitemap(page_of(day=written))).published is None


def dated(count: int, seconds: int = 60) -> list[tuple[str, str]]:
    """Titles and items of that many entries, the oldest first."""
    when = [NOON + timedelta(seconds=seconds * n) for n in range(count)]
    return [
        (f"Title {n}", item(f"Title {n}", f"{SITE}{n}", f"<pubDate>{format_datetime(w)}</pubDate>"))
        for n, w in enumerate(when)
    ]


def test_the_newest_entries_come_first() -> None:
    """Also from a feed that begins with the oldest."""
    oldest_first = dated(5)
    expected = [t for t, _ in oldest_first[::-1]]
    assert titles(read(rss("".join(x for _, x in oldest_first)))) == expected
    assert titles(read(rss("".join(x for _, x in oldest_first[::-1])))) == expected


def test_an_undated_feed_keeps_its_order() -> None:
    """It begins with the newest."""
    feed = read(rss("".join(item(f"Title {n}", f"{SITE}{n}") for n in range(5))), most=3)
    assert titles(feed) == ["Title 0", "Title 1", "Title 2"]


def test_one_entry_without_a_date_does_not_put_the_others_out_of_order() -> None:
    """A notice among the news: the newest still come first, and are not those left out."""
    notice = item("Subscribe", f"{SITE}subscribe")
    feed = read(rss(notice + "".join(x for _, x in dated(20))), most=5)
    assert [t for t in titles(feed) if t != "Subscribe"][:4] == [f"Title {n}" for n in (19, 18, 17, 16)]


def test_of_a_huge_feed_only_the_newest_entries_come_back() -> None:
    """10,000 entries, the oldest first; as many as asked for."""
    feed = read(rss("".join(x for _, x in dated(10_000, 1))), most=7)
    assert titles(feed) == [f"Title {n}" for n in range(9_999, 9_992, -1)]


def test_of_other_huge_feeds_too() -> None:
    """JSON Feed and sitemaps of 10,000 entries."""
    days = [(NOON + timedelta(seconds=n)).isoformat() for n in range(10_000)]
    items = [
        {"id": str(n), "url": f"/{n}", "title": f"T {n}", "date_published": d} for n, d in enumerate(days)
    ]
    assert titles(read(json_feed(items), most=2)) == ["T 9999", "T 9998"]
    pages = "".join(page_of(f"T {n}", f"{SITE}{n}", d) for n, d in enumerate(days))
    assert titles(read(sitemap(pages), most=2)) == ["T 9999", "T 9998"]


# ---- the same article ----------------------------------------------------------------------------------------------


def guid(value: str) -> str:
    return f'<guid isPermaLink="false">{value}</guid>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (item(more="<pubDate>Wed, 12 Mar 2031 12:00:00 GMT</pubDate>"), item(more="<pubDate>Wed, 12 Mar 2031 18:30:00 GMT</pubDate>")),
        (item(more="<dc:date>2031-03-12</dc:date>"), item()),
        (item(more=guid("17-v1")), item(more=guid("17-v2"))),
        (item(link=f"{SITE}board?utm_source=rss&amp;utm_campaign=a"), item(link=f"{SITE}board?utm_source=rss&amp;utm_campaign=b")),
        (item(link=f"{SITE}board?xtor=RSS-1"), item(link=f"{SITE}board#xtor=RSS-16")),
        (item(link=f"{SITE}board?at_medium=RSS&amp;id=5"), item(link=f"{SITE}board?id=5")),
        (item(link="https://WWW.Courier.example:443/board"), item()),
        (item(link=f"\n      {SITE}board\n   "), item()),
        (item(link="/board"), item()),
        (item(more="<dc:creator>Rae Porter</dc:creator><category>A</category>"), item(more="<category>B</category>")),
    ],
    ids=["date", "date gone", "guid", "campaign", "xtor", "medium", "host", "blanks", "relative", "author"],
)  # fmt: skip
def test_what_does_not_change_the_article_changes_neither_key_nor_digest(before: str, after: str) -> None:
    """Dates and guids touched on each edit, tracking parameters, another way to write the address."""
    first, second = only(rss(before)), only(rss(after))
    assert (first.key, first.digest) == (second.key, second.digest)


@pytest.mark.parametrize(
    "after",
    [
        item("The board has acted", more=f"<description>{TEASER}</description>"),
        item(more=f"<description>{TEASER} Updated.</description>"),
        item(),
    ],
    ids=["title", "text", "text gone"],
)
def test_other_words_change_the_digest_alone(after: str) -> None:
    """A corrected article is the same article."""
    first, second = only(rss(item(more=f"<description>{TEASER}</description>"))), only(rss(after))
    assert first.key == second.key
    assert first.digest != second.digest


def test_entries_with_one_guid_are_told_apart_by_their_addresses() -> None:
    """A guid that a template has for all of them."""
    feed = read(rss("".join(item(f"Title {n}", f"{SITE}{n}", guid("1")) for n in range(5))))
    assert titles(feed) == [f"Title {n}" for n in range(5)]
    assert len(set(keys(feed))) == 5
    assert feed.entries[0].key == only(rss(item("Title 0", f"{SITE}0"))).key


@pytest.mark.parametrize("more", [lambda n: guid(str(n)), lambda n: "", lambda n: guid("1")], ids=["guids", "none", "one guid"])  # fmt: skip
def test_entries_that_lead_to_one_address_are_told_apart(more: Callable[[int], str]) -> None:
    """A live blog, or a feed whose links all lead to the front page: by their guids and titles."""
    items = [item(f"Title {n}", SITE, more(n)) for n in range(5)]
    feed = read(rss("".join(items)))
    assert titles(feed) == [f"Title {n}" for n in range(5)]
    assert len(set(keys(feed))) == 5
    later = read(rss(item("Title 5", SITE, more(5)) + "".join(items[:4])))
    assert keys(later)[1:] == keys(feed)[:4]


def test_a_corrected_title_under_a_guid_of_its_own_is_the_same_entry() -> None:
    """Of a live blog, too: its guid tells it."""
    others = item("Others", SITE, guid("2"))
    first = read(rss(item("The bord acts", SITE, guid("1")) + others))
    second = read(rss(item("The board acts", SITE, guid("1")) + others))
    assert keys(first) == keys(second)


def test_entries_without_an_address_are_told_by_their_words() -> None:
    """Different ones are different, the same are the same."""
    feed = read(rss("".join(f"<item><description>{n}: {TEASER}</description></item>" for n in (1, 2, 1, 3))))
    assert len(set(keys(feed))) == len(feed.entries) == 3


def test_an_entry_that_is_listed_twice_comes_once_in_its_first_place() -> None:
    """As the newest where it stands first, and is not left out for standing at the end as well."""
    first, *others = (item(f"Title {n}", f"{SITE}{n}", guid(str(n))) for n in range(4))
    feed = read(rss("".join([first, *others, first])), most=3)
    assert titles(feed) == ["Title 0", "Title 1", "Title 2"]


def test_an_entry_that_is_listed_twice_is_the_article_that_it_was() -> None:
    """Once under its theme, once on the front page: not new for that."""
    first, second = item("Title 1", f"{SITE}1", guid("1")), item("Title 2", f"{SITE}2", guid("2"))
    assert set(keys(read(rss(first + second + first)))) == set(keys(read(rss(first + second))))


# ---- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/board", "https://www.courier.example/board"),
        ("//other.example/board", "https://other.example/board"),
        ("?id=5", "https://www.courier.example/news/feed.xml?id=5"),
        (f"{SITE}board?a=1&amp;b=2", f"{SITE}board?a=1&b=2"),
        (f"{SITE}board?copy=1&amp;amp;lt=2", f"{SITE}board?copy=1&lt=2"),
        (f"<![CDATA[{SITE}board?a=1&b=2]]>", f"{SITE}board?a=1&b=2"),
        (f"{SITE}élue", f"{SITE}élue"),
        ("http://other.example:8080/board", "http://other.example:8080/board"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,hello", ""),
        ("file:///etc/passwd", ""),
        ("mailto:desk@courier.example", ""),
        ("ftp://courier.example/board", ""),
        ("http://[bad/", ""),
        ("https://courier.example/\u202ebad", ""),
    ],
    ids=ascii,
)
def test_only_what_can_be_fetched_is_an_address(link: str, url: str) -> None:
    """Relative ones are made whole by the feed's address; no other protocol comes through."""
    assert only(rss(item(link=link))).url == url


def test_a_base_that_a_feed_states_counts() -> None:
    """xml:base, of the feed or of the entry."""
    assert (
        only(rss(item(link="board"), root=' xml:base="https://base.example/a/"')).url
        == "https://base.example/a/board"
    )
    assert (
        only(atom(entry(link="board"), ' xml:base="https://base.example/a/"')).url
        == "https://base.example/a/board"
    )
    assert only(rss(item(link="board"), root=' xml:base="javascript:alert(1)//"')).url.startswith(SITE)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "http://[bad/", "", " ", "http://a\0b/"]
)
def test_other_feeds_have_no_other_addresses(link: str) -> None:
    """JSON Feed, sitemaps and Atom."""
    assert only(json_feed([{"id": "1", "url": link, "title": "A"}])).url == ""
    body = sitemap(page_of(loc=link) + page_of("B", f"{SITE}b"))
    assert {e.url for e in read(body).entries} - {"http://ab/"} == {f"{SITE}b"}
    if link.strip() and link.isprintable():
        assert only(atom(entry(link=link))).url == ""


# ---- encodings -----------------------------------------------------------------------------------------------------

_DECLARES = '<?xml version="1.0" encoding="{}"?>'


@pytest.mark.parametrize(
    "make", [lambda t, h: rss(item(t), h), lambda t, h: sitemap(page_of(t), h)], ids=["rss", "sitemap"]
)
@pytest.mark.parametrize(
    ("declared", "used", "charset"),
    [
        ("utf-8", "utf-8", None),
        ("UTF8", "utf-8", "utf-8"),
        ("utf-8", "utf-8-sig", None),
        ("", "utf-8", None),
        ("", "utf-8", "utf-8"),
        ("", "utf-8", "iso-8859-1"),
        ("", "utf-8-sig", None),
        ("utf-8", "cp1252", None),
        ("utf-8", "cp1252", "utf-8"),
        ("utf-8", "cp1252", "windows-1252"),
        ("windows-1252", "cp1252", None),
        ("iso-8859-1", "cp1252", None),
        ("us-ascii", "utf-8", None),
        ("", "cp1252", None),
        ("", "cp1252", "windows-1252"),
        ("", "cp1252", "iso-8859-1"),
        ("iso-8859-1", "utf-8", None),
        ("nonsense", "utf-8", None),
        ("utf-16", "utf-8", None),
        ("utf-16", "utf-16", None),
        ("utf-16", "utf-16-le", None),
        ("utf-16", "utf-16-be", None),
        ("utf-8", "utf-16", None),
    ],
)  # fmt: skip
def test_a_feed_is_read_in_the_encoding_that_it_is_in(
    make: Callable[[str, str], str], declared: str, used: str, charset: str | None
) -> None:
    """Declared, declared wrongly or not at all, with or without a mark at its beginning.

    The reference to a Greek letter is in no Western encoding: what is read wrongly can't be put right afterwards.
    """
    head = _DECLARES.format(declared) if declared else ""
    assert only(make(f"{FRENCH} &#937;", head).encode(used), charset).title == f"{FRENCH} Ω"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("iso-8859-15", "L'élue à 5 € près, au cœur"),
        ("koi8-r", "Совет директоров действует"),
        ("iso-8859-2", "Zażółć gęślą jaźń"),
        ("shift_jis", "取締役会が動いた"),
    ],
)
@pytest.mark.parametrize("who", ["feed", "server"])
def test_an_encoding_that_is_declared_is_used(who: str, encoding: str, words: str) -> None:
    """By the feed, or by the server alone."""
    head, charset = (_DECLARES.format(encoding), None) if who == "feed" else ("", encoding)
    assert only(rss(item(f"{words} &#937;"), head).encode(encoding), charset).title == f"{words} Ω"


@pytest.mark.parametrize(
    "encoding",
    ["undefined", "idna", "punycode", "hex", "rot13", "zlib", "unicode_escape", "utf-7", "mbcs", "a" * 500, "..", "utf-32"],
    ids=lambda x: x[:20],
)  # fmt: skip
def test_what_is_no_encoding_of_feeds_is_passed_over(encoding: str) -> None:
    """Python knows codecs that are none, and some that fail in their own way; the server may name them too."""
    for head, charset in ((_DECLARES.format(encoding), None), ("", encoding)):
        assert only(rss(item(FRENCH), head), charset).title == FRENCH


def test_a_json_feed_may_begin_with_a_mark() -> None:
    """UTF-8 with a byte order mark, and UTF-16."""
    for encoding in ("utf-8-sig", "utf-16"):
        assert only(json_feed([{"id": "1", "title": FRENCH}]).encode(encoding)).title == FRENCH


# ---- what is broken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["\n\n", "   \r\n", "<!-- made by a machine -->\n", "<br />\n<b>Warning</b>: no file in line 5<br />\n"])  # fmt: skip
def test_what_stands_before_a_feed_does_not_matter(before: str) -> None:
    """Empty lines, comments and a program's warnings before the declaration."""
    assert only(before + rss(item(f"{FRENCH} &#937;"))).title == f"{FRENCH} Ω"


@pytest.mark.parametrize(
    "after", ["\n\n", "<!-- 0.2 seconds -->", "<script>count()</script>", "\0\0", "</html>"]
)
def test_what_stands_behind_a_feed_does_not_matter(after: str) -> None:
    """Comments, scripts and zeros after its end."""
    assert only(rss(item(FRENCH)) + after).title == FRENCH


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Rock & roll", "Rock & roll"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("Questions&Answers; and more", "Questions&Answers; and more"),
        ("The board acts &nbsp; L&rsquo;&eacute;lue", "The board acts L’élue"),
    ],
)
@pytest.mark.parametrize(
    "make", [lambda t: rss(item(t)), lambda t: sitemap(page_of(t))], ids=["rss", "sitemap"]
)
def test_a_title_with_bare_ampersands_is_read(make: Callable[[str], str], written: str, title: str) -> None:
    """Nor need HTML's entities be those of XML."""
    assert only(make(written)).title == title


@pytest.mark.parametrize(
    ("written", "title"), [("Growth < 5 %", "Growth < 5 %"), ("A <b>board & more", "A board & more")]
)
def test_a_title_with_bare_signs_is_read(written: str, title: str) -> None:
    """Less-thans and tags that were not escaped."""
    assert only(rss(item(written))).title == title


@pytest.mark.parametrize(
    "make", [lambda u: rss(item(link=u)), lambda u: sitemap(page_of(loc=u))], ids=["rss", "sitemap"]
)
def test_an_address_with_bare_ampersands_is_whole(make: Callable[[str], str]) -> None:
    """The commonest mistake of all: query parameters that are not escaped."""
    assert only(make(f"{SITE}board?id=5&lang=fr&copy=1")).url == f"{SITE}board?id=5&lang=fr&copy=1"


@pytest.mark.parametrize(
    "reference", ["&#55357;&#56832;", "&#xD800;", "&#99999999999;", "&#0;", "&#11;", "&#xFFFF;"]
)
@pytest.mark.parametrize("kind", ["rss", "sitemap"])
def test_a_reference_to_no_character_does_not_cost_the_feed(kind: str, reference: str) -> None:
    """Halves of emoji, zeros and numbers beyond all characters: every entry is still there."""
    title = f"The board {reference} acts"
    if kind == "rss":
        feed = read(rss(item(title) + item("Another", f"{SITE}b")))
    else:
        feed = read(sitemap(page_of(title) + page_of("Another", f"{SITE}b")))
    _holds(feed, 100)
    assert [e.url for e in feed.entries] == [f"{SITE}board", f"{SITE}b"]
    assert feed.entries[0].title.startswith("The board")
    assert feed.entries[0].title.endswith("acts")
    assert feed.entries[1].title == "Another"


_PARTS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "rss": (rss, [item(f"Title {n}", f"{SITE}{n}", guid(str(n))) for n in range(4)]),
    "atom": (atom, [entry(f"Title {n}", f"{SITE}{n}") for n in range(4)]),
    "sitemap": (sitemap, [page_of(f"Title {n}", f"{SITE}{n}") for n in range(4)]),
}


@pytest.mark.parametrize("kind", _PARTS)
def test_of_a_feed_that_is_cut_off_the_entries_before_are_read(kind: str) -> None:
    """Wherever it breaks off: what comes back are entries of the whole feed, with their keys, addresses and titles."""
    make, parts = _PARTS[kind]
    whole = make("".join(parts))
    known = {(e.key, e.url, e.title) for e in read(whole).entries}
    assert len(known) == 4
    for end in range(whole.index(parts[2]), len(whole), 7):
        feed = read(whole[:end])
        assert {(e.key, e.url, e.title) for e in feed.entries} <= known, whole[end - 20 : end]
        assert {f"{SITE}0", f"{SITE}1"} <= {e.url for e in feed.entries}


@pytest.mark.parametrize("body", [rss(item("The\0 board\0", more="<description>It\0 acts.</description>")), sitemap(page_of("The\0 board\0"))], ids=["rss", "sitemap"])  # fmt: skip
def test_zeros_within_a_feed_are_gone(body: str) -> None:
    """PostgreSQL takes none."""
    found = only(body)
    assert found.title == "The board"
    assert found.text in ("", "It acts.")


def test_zeros_within_a_json_feed_are_gone() -> None:
    """Escaped, they are valid JSON."""
    told = {"id": "1", "title": "The\0 board", "authors": [{"name": "Rae\0"}]}
    for more in ({"content_text": "It\0 acts."}, {"content_html": "It\0 acts."}, {"summary": "It\0 acts."}):
        found = only(json_feed([{**told, **more}]))
        assert (found.title, found.byline, found.text) == ("The board", "Rae", "It acts.")


def test_control_characters_are_gone() -> None:
    """What a terminal would obey is no part of a title or text."""
    body = rss(item("The \x1b]0;owned\x07board &", more="<description>It \x9b31macts.</description>"))
    _holds(read(body), 100)
    _holds(
        read(json_feed([{"id": "1", "title": "\x1b[31mA", "content_text": "\x9b31mB\x7f"}], title="\x07C")),
        100,
    )


@pytest.mark.parametrize(
    "value",
    [
        {
            "id": None,
            "title": ["x"],
            "url": {"a": 1},
            "authors": "me",
            "content_html": 5,
            "date_published": 5,
        },
        {"id": True, "url": 17, "language": [], "authors": [None, 5, {"name": {}}], "author": "me"},
        {"id": "\ud800", "title": "a\ud800b", "url": f"{SITE}\ud800"},
        {"summary": None, "content_text": None, "tags": None},
        {},
    ],
)
def test_a_json_feed_with_the_wrong_types_is_read(value: dict[str, Any]) -> None:
    """What is no text is not there."""
    feed = read(
        json_feed(
            [value, None, 5, "x", [], {"id": "2", "url": "/b", "title": "B"}], language=5, home_page_url=[]
        )
    )
    _holds(feed, 100)
    assert "B" in titles(feed)


# ---- what is no feed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n \r\n\t",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0\0\0\0",
        b"Not found",
        b"<",
        b"<<<>>>",
        b"<!DOCTYPE html><html><head><title>The Courier</title></head><body>News</body></html>",
        b"<html><body><rss>no</rss></body></html>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
        b'<?xml version="1.0"?><opml version="2.0"><body/></opml>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"[]",
        b"{}",
        b"{",
        b'{"items": []}',
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000,
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + b"9" * 10_000 + b"}]}",
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap/></sitemapindex>',
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/</loc></url></urlset>',
        b"<urlset>",
        b"<urlset/>",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.7\n" + b"\xff" * 100,
        gzip.compress(RSS20.encode(), mtime=0),
        b"a" * 200_000,
    ],
    ids=lambda x: ascii(x[:30]),
)  # fmt: skip
def test_what_is_no_feed_is_told(body: bytes) -> None:
    """Nothing, pages, other data, JSON and sitemaps without news: NotAFeed, which names the address."""
    with pytest.raises(NotAFeed, match=r"courier\.example"):
        read(body)


def test_a_feed_without_entries_is_a_feed() -> None:
    """A quiet outlet."""
    for body in (rss(""), atom(""), rdf(""), json_feed([])):
        feed = read(body)
        assert (feed.title, feed.entries) == ("The Courier", ())


def test_a_list_of_sitemaps_is_told_as_such() -> None:
    """The hint says what to give instead."""
    with pytest.raises(NotAFeed, match="list of sitemaps") as caught:
        read('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>')
    assert "one of them" in caught.value.hint


# ---- feeds made to harm --------------------------------------------------------------------------------------------

_LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcde", "bcdeh", strict=True)
)
_BOMBS = {
    "laughs": f"<!DOCTYPE rss [{_LAUGHS}]>",
    "laughs by lines": "<!DOCTYPE rss [\n" + _LAUGHS.replace("><", ">\n<") + "\n]>",
    "blowup": f'<!DOCTYPE rss [<!ENTITY h "{"ha" * 10_000}">]>',
    "file": '<!DOCTYPE rss [<!ENTITY h SYSTEM "file:///etc/passwd">]>',
    "file by lines": '<!DOCTYPE rss [\n<!ENTITY h SYSTEM "file:///etc/passwd">\n]>',
    "parameter": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", _BOMBS)
def test_a_feed_with_entities_of_its_own_is_refused(name: str, encoding: str) -> None:
    """Billion laughs and files of the machine, however they are encoded: nothing is expanded and nothing read."""
    for body in (rss(item("X &h; Y"), ""), sitemap(page_of("X &h; Y"), "")):
        text = _DECLARES.format(encoding.removesuffix("-le").removesuffix("-be")) + _BOMBS[name] + body
        with pytest.raises(NotAFeed):
            read(text.encode(encoding))


@pytest.mark.parametrize("name", _BOMBS)
def test_entities_that_are_hidden_in_utf_7_are_not_expanded(name: str) -> None:
    """An exclamation mark is +ACE- in it: refused, or taken as it stands."""
    for body in (rss(item("X &h; Y"), ""), sitemap(page_of("X &h; Y"), "")):
        with suppress(NotAFeed):
            title = only(_DECLARES.format("utf-7") + _BOMBS[name].replace("<!", "<+ACE-") + body).title
            assert "haha" not in title
            assert "root:" not in title


@pytest.mark.parametrize("name", _BOMBS)
def test_entities_behind_a_long_comment_are_refused(name: str) -> None:
    """However far down they are declared, and whatever stands before them."""
    for before in (f"<!--{'x' * 70_000}-->", f"<!-- <rss> {'x' * 70_000}-->"):
        with pytest.raises(NotAFeed):
            read(UTF8 + before + _BOMBS[name] + rss(item("X &h; Y"), ""))


def test_a_definition_that_a_feed_names_is_not_read(tmp_path: Path) -> None:
    """Neither from the disk nor from elsewhere; the feed is still one."""
    secret = tmp_path / "rss.dtd"
    secret.write_text('<!ENTITY h "secret">')
    for where in (secret.as_uri(), str(secret), "http://127.0.0.1:9/rss.dtd"):
        found = only(f'{UTF8}<!DOCTYPE rss SYSTEM "{where}">' + rss(item("X &h; Y"), ""))
        assert found.title.startswith("X")
        assert "secret" not in found.title


def test_an_inclusion_includes_nothing() -> None:
    """XInclude and stylesheets are not followed."""
    more = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    head = f'{UTF8}<?xml-stylesheet href="file:///etc/passwd" type="text/xsl"?>'
    for body in (
        rss(item(more=f"<description>{more}</description>"), head),
        sitemap(page_of(f"A {more}"), head),
    ):
        found = only(body)
        assert "root:" not in found.title + found.text


def test_the_bytes_of_a_feed_are_no_name_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came is read, and not what lies on the disk under that name."""
    monkeypatch.chdir(tmp_path)
    Path("<rss>").write_text(rss(item("Of the disk")))
    with suppress(NotAFeed):
        assert "Of the disk" not in titles(read(b"<rss>"))


_NESTED = "<a>" * 5_000
_FLOODS = {
    "elements": rss(_NESTED),
    "elements of an entry": rss(item(more=f"<description>{_NESTED}</description>")),
    "entries within entries": rss("<item>" * 3_000),
    "closed entries within entries": rss("<item>" * 3_000 + "</item>" * 3_000),
    "markup": rss(item(more=f"<description>{escape('<div>' * 20_000)}words</description>")),
    "less than": rss(item("<" * 20_000)),
    "ampersands": rss(item("&" * 20_000)),
    "references": rss(item("&#8217;" * 10_000)),
    "open comments": rss("<!--" * 20_000),
    "open sections": rss("<![CDATA[" * 10_000),
    "declarations": rss("<!x" * 10_000),
    "instructions": rss("<?x" * 10_000),
    "quotation marks": rss(item("<a b='\"" * 2_000)),
    "doctypes": "<!DOCTYPE " * 5_000 + rss(item()),
    "doctypes with subsets": "<!DOCTYPE a [" * 5_000 + rss(item()),
    "namespaces": rss("<item " + " ".join(f"xmlns:n{n}='u{n}'" for n in range(2_000)) + "/>"),
    "links": rss(f"<item>{f'<link>{SITE}</link>' * 2_000}</item>"),
    "categories": rss(f"<item>{'<category>x</category>' * 2_000}</item>"),
    "empty entries": rss("<item/>" * 3_000),
    "a title": rss(item("a" * 500_000)),
    "a link": rss(item(link=SITE + "a" * 500_000)),
    "a date": rss(item(more=f"<pubDate>{'1 ' * 20_000}</pubDate>")),
    "a guid": rss(item(more=guid("a" * 500_000))),
    "json": json_feed([{"id": "1", "content_html": "<div>" * 50_000, "title": "&amp;" * 50_000}]),
    "sitemap": sitemap("<url>" * 3_000 + page_of()),
}


@pytest.mark.parametrize("name", _FLOODS)
def test_a_flood_is_read_or_refused_in_time(name: str) -> None:
    """Nesting and repetition by the thousand."""
    begun = time.process_time()
    with suppress(NotAFeed):
        _holds(read(_FLOODS[name]), 100)
    assert time.process_time() - begun < 2


def _seconds(body: str) -> float:
    """The median processor time of three readings."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        read(body)
        times.append(time.process_time() - begun)
    return statistics.median(times)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: rss(item(), UTF8 + "\n" * n),
        lambda n: rss(item(more=f"<author>{'a' * n}</author>")),
        lambda n: rss(item(more="<item " + " ".join(f"a{x}='1'" for x in range(n // 2)) + "/>")),
        lambda n: rss(item(more=f"<description>{'read more ' * (n // 10)}</description>")),
    ],
    ids=["empty lines", "a long author", "attributes", "more to read"],
)
def test_the_work_grows_with_the_length_alone(make: Callable[[int], str]) -> None:
    """Four times as long takes four times the time, not sixteen: 60 KB of these would take 15 seconds."""
    short, long = _seconds(make(2_000)), _seconds(make(8_000))
    assert long < 8 * short + 0.02


# ---- pages that announce feeds -------------------------------------------------------------------------------------

_PAGE = """<!DOCTYPE html><html><head><title>The Courier</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.png">
<link rel="alternate" type="application/rss+xml" title="News" href="/feed/">
<LINK REL='alternate' TYPE='application/atom+xml; charset=utf-8' HREF='https://feeds.example/atom?a=1&amp;b=2' />
<link href=feed.json type=application/feed+json rel=alternate>
<link rel="alternate home" type="application/rdf+xml" href="//feeds.example/rdf">
<link rel="alternate" hreflang="fr" href="/fr/"><link rel="alternate" type="text/html" href="/print">
<link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/rss+xml"><link rel="alternate" type="application/rss+xml" href="">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">
<link rel="preload" type="application/rss+xml" href="/no">
</head><body>News</body></html>"""


def test_a_page_announces_its_feeds() -> None:
    """In their order, each once, by whole addresses that can be fetched; other alternates are none."""
    assert announced(_PAGE.encode(), f"{SITE}start/") == [
        f"{SITE}feed/",
        "https://feeds.example/atom?a=1&b=2",
        f"{SITE}start/feed.json",
        "https://feeds.example/rdf",
    ]


def test_an_announcement_over_several_lines_is_one() -> None:
    """As templates write it."""
    page = '<link\n  rel = "alternate"\n  type = "application/rss+xml"\n  title="5 > 4"\n  href = "/feed"\n/>'
    assert announced(page.replace("5 > 4", "News").encode(), SITE) == [f"{SITE}feed"]


@pytest.mark.parametrize("body", [b"", b"\0" * 100, b"<link" * 50_000, b"<link " + b"a" * 300_000, bytes(range(256)), RSS20.encode()])  # fmt: skip
def test_what_announces_nothing_has_no_feeds(body: bytes) -> None:
    """Empty pages, noise, and feeds themselves."""
    assert announced(body, SITE) == []


# ---- anything at all -----------------------------------------------------------------------------------------------


def _holds(feed: Feed, most: int) -> None:
    assert len(feed.entries) <= most
    assert len(set(keys(feed))) == len(feed.entries)
    assert _is_clean(feed.title)
    for e in feed.entries:
        assert e.url == "" or e.url.startswith(("http://", "https://")), e.url
        assert e.key
        assert e.digest
        assert _is_clean(e.title), e.title
        assert _is_clean(e.byline), e.byline
        assert _is_clean(e.text.replace("\n", "")), e.text
        assert e.published is None or e.published.utcoffset() == timedelta()
    times = [e.published for e in feed.entries if e.published is not None]
    assert len(times) < len(feed.entries) or times == sorted(times, reverse=True)


def _is_clean(text: str) -> bool:
    """One line that can be stored: no control characters, no half of a surrogate pair."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


_TOKENS = st.sampled_from(
    [
        *(b"<item>", b"</item>", b"<title>", b"</title>", b"<link>", b"</link>", b"<entry>", b"<rss>", b"</channel>"),
        *(b"<url>", b"<loc>", b"<p>", b"<b>", b"</p>", b"&lt;p&gt;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?", b"?>"),
        *(b"&amp;", b"&", b"&#8217;", b"&#xD800;", b"&#0;", b"&nbsp;", b"<", b">", b'"', b"'", b"{", b"}", b"[", b"]"),
        *(b"\0", b"\xff", b"\xe9", b"\xc3\xa9", b"\xef\xbb\xbf", b"\xff\xfe", b"\n", b" ", b"\x1b", b"\x92", b"\\u0000"),
        *(b"javascript:", b"https://", b"http://[", b"//", b"xml:base='x:'", b"2031", b"-", b"99999", b"<!DOCTYPE x>"),
        *(b"utf-16", b"encoding=", b"null", b"1e999", b"<html>", b"<head>", b"<content type='image/png'>"),
    ]
)  # fmt: skip
_CHANGES = st.lists(
    st.tuples(st.integers(0, 4_000), st.integers(0, 30), _TOKENS | st.binary(max_size=4)), max_size=6
)
_BODIES = st.sampled_from([body.replace(LONG, LONG[:200]).encode() for body in SHAPES.values()])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A feed with pieces cut out and others put in, perhaps cut off."""
    body = draw(_BODIES)
    for at, length, put in draw(_CHANGES):
        at %= len(body) + 1
        body = body[:at] + put + body[at + length :]
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


_CHARSETS = st.sampled_from([None, "utf-8", "iso-8859-1", "utf-16", "nonsense", "ascii"])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(), _CHARSETS, st.integers(1, 3))
def test_a_broken_feed_is_read_or_refused(body: bytes, charset: str | None, most: int) -> None:
    """Whatever is missing from it or put into it, NotAFeed alone comes out, or entries that hold."""
    try:
        feed = read(body, charset, most)
    except NotAFeed:
        return
    _holds(feed, most)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"", b"<rss>", b"<feed>", b"<rdf>", b"{", b"<urlset>", b"<rss><channel><item><title>", UTF8.encode()]),
    st.binary(max_size=200) | st.lists(_TOKENS, max_size=20).map(b"".join),
    _CHARSETS,
)  # fmt: skip
def test_any_bytes_are_read_or_refused(begin: bytes, rest: bytes, charset: str | None) -> None:
    """Noise, with and without the beginning of a feed."""
    try:
        feed = read(begin + rest, charset, 5)
    except NotAFeed:
        return
    _holds(feed, 5)


_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("<p>a\0b</p>"),
    lambda x: (
        st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "id"]), x, max_size=3)
    ),
    max_leaves=6,
)
_FIELDS = ["id", "url", "title", "content_html", "content_text", "summary", "date_published", "authors", "author", "language"]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(_FIELDS), _values, max_size=6) | _values, max_size=4), _values
)
def test_any_json_feed_is_read(items: list[Any], about: Any) -> None:
    """Whatever types its fields have."""
    _holds(read(json_feed(items, language=about, home_page_url=about, title=about), most=3), 3)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.lists(_TOKENS | st.just(b"<link rel=alternate type=application/rss+xml href="), max_size=20).map(b"".join))  # fmt: skip
def test_any_page_announces_addresses_or_nothing(body: bytes) -> None:
    """http and https alone."""
    assert all(url.startswith(("http://", "https://")) for url in announced(body, URL))
