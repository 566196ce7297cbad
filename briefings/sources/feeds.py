"""What stands in a feed: RSS, Atom and RDF by feedparser, JSON Feed and news sitemaps by their specifications.

One function, `read_feed`, takes the bytes as they came. Nothing here fetches. A feed's entries are told by `key`: the
canonical address of what they lead to, so that a touched date, another guid or a tracking parameter is no new entry.

JSON Feed: jsonfeed.org/version/1.1. News sitemaps: Google's and Bing's `news:news` within sitemaps.org's `urlset`.
"""

from __future__ import annotations

import json
import re
from calendar import timegm
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from briefings.errors import NotAFeed
from briefings.model import Language
from briefings.plain import safe_url
from briefings.sources.cleaning import clean, decoded, printable
from briefings.sources.files import language_of
from briefings.sources.markup import line_of, text_of
from briefings.sources.pages import canonical_url

_FULL = 1_500  # characters of text from which a feed gives the article itself, and does not tease
_LONGEST = 400_000  # characters of one entry's markup that are looked at
_CUT = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|\b(?:read|continue)\s+(?:more|reading)\W*|\b(?:lire la suite|en savoir plus)\W*|[(\[]suite[)\]])$",
    re.IGNORECASE,
)
_ROOT = re.compile(
    r"<(?:[\w-]+:)?(rss|rdf|feed|urlset|sitemapindex|channel|html|head|body)\b|<!doctype\s+(html)",
    re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LINK = re.compile(r"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_FEED_TYPES = frozenset(
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"]
)
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_NEWS = re.compile(r"\{https?://www\.google\.com/schemas/sitemap-news/0\.9/?\}")
_FEWEST = 60  # characters of text that may be an article
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    `key` is the same as long as it is the same article; `digest` changes with its words. `url` may be "": then `text` is
    all there is. `full`: `text` is the article, else a teaser or nothing. `published` is None where the feed states none.
    """

    key: str
    url: str
    title: str
    text: str
    full: bool
    digest: str
    published: datetime | None = None
    byline: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself, and its entries, the newest first. `ttl`: seconds for which it says it holds, None: unsaid."""

    title: str
    entries: tuple[Entry, ...]
    ttl: float | None = None


def read_feed(body: bytes, url: str, charset: str | None, most: int) -> Feed:
    """The feed in these bytes, its newest `most` entries. NotAFeed. Importable and picklable: big ones are read in the child.

    `charset` is what the server declared; what the bytes themselves say goes first.
    """
    if not body.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise NotAFeed(f"{url} is empty.")
    text = decoded(body, charset)
    if text.lstrip()[:1] in ("{", "["):
        return _json_feed(text, url, most)
    text = clean(text, url)
    root = _ROOT.search(text)
    name = (root[1] or root[2]).lower() if root is not None else ""
    if name in ("html", "head", "body") or not name:
        raise NotAFeed(
            f"{url} is no feed.", "Give the address of an RSS, Atom or JSON feed, or of a news sitemap."
        )
    if name == "sitemapindex":
        raise NotAFeed(
            f"{url} is a list of sitemaps.", "Give the address of one of them, such as the news one."
        )
    if name == "urlset":
        return _sitemap(text, url, most)
    return _parsed(text, url, most)


def announced(body: bytes, url: str) -> list[str]:
    """The addresses of the feeds that a page of HTML announces in its head."""
    text = body[:60_000].decode("utf-8", "replace")
    found = []
    for m in _LINK.finditer(text):
        values = {a[1].lower(): a[2] or a[3] or a[4] or "" for a in _ATTRIBUTE.finditer(m[0])}
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if (
            "alternate" in values.get("rel", "").lower().split()
            and kind in _FEED_TYPES
            and values.get("href")
        ):
            address = _joined(url, line_of(values["href"]))
            if address:
                found.append(address)
    return list(dict.fromkeys(found))


# ---- RSS, Atom, RDF --------------------------------------------------------------------------------------------------------


def _parsed(text: str, url: str, most: int) -> Feed:
    import feedparser  # some 20 ms, and only feeds need it

    body = BytesIO(text.encode("utf-8", "replace"))  # bytes alone would be taken for the name of a file
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        found = feedparser.parse(
            body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as e:  # feedparser lets through what its parsers raise on hostile input
        raise NotAFeed(f"{url} can't be read as a feed: {type(e).__name__}.") from e
    if not found.version and not found.entries:
        raise NotAFeed(f"{url} is no feed that can be read.", "Is it cut off? Look at it in a browser.")
    base = _joined(url, str(found.feed.get("link") or "")) or url
    language = language_of(str(found.feed.get("language") or ""), url)
    keys = Keys(
        (_joined(base, str(e.get("link") or "")), str(e.get("id") or ""), line_of(str(e.get("title") or "")))
        for e in found.entries
    )
    entries = [_entry(e, base, language, keys) for e in found.entries]
    return Feed(line_of(str(found.feed.get("title") or "")), _newest(entries, most), _ttl(found.feed))


def _entry(e: Any, base: str, language: Language | None, keys: Keys) -> Entry:
    url = _joined(base, str(e.get("link") or ""))
    bodies = [str(c.get("value") or "") for c in e.get("content") or [] if _is_text(c)]
    bodies.append(str(e.get("summary") or ""))
    text = max((text_of(b[:_LONGEST]) for b in bodies if b), key=len, default="")
    title = line_of(str(e.get("title") or ""))
    dates = ("published_parsed", "updated_parsed", "created_parsed")
    stated = next((x for d in dates if (x := dict.get(e, d))), None)  # feedparser's `get` mixes dates up
    own = next((language_of(str(c.get("language") or ""), base) for c in e.get("content") or []), None)
    return made(
        keys.of(url, str(e.get("id") or ""), title, text),
        url,
        title,
        text,
        published=_moment_of(stated),
        byline=line_of(str(e.get("author") or "")),
        language=own or language,
    )


def _is_text(content: Any) -> bool:
    return str(content.get("type") or "text/html").partition(";")[0] in (
        "text/html", "text/plain", "application/xhtml+xml",
    )  # fmt: skip


def _moment_of(stated: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(stated), UTC) if stated else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _ttl(feed: Any) -> float | None:
    """RSS's ttl in minutes, or the syndication module's period and frequency."""
    ttl = str(feed.get("ttl") or "").strip()
    if ttl.isascii() and ttl.isdigit() and len(ttl) < 7:
        return float(ttl) * 60
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    often = str(feed.get("sy_updatefrequency") or "1").strip()
    if period and often.isascii() and often.isdigit() and int(often[:6]) > 0:
        return period / int(often[:6])
    return None


# ---- JSON Feed ---------------------------------------------------------------------------------------------------------------


def _json_feed(text: str, url: str, most: int) -> Feed:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise NotAFeed(f"{url} is not JSON that can be read.") from e
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(value.get("version", "")):
        raise NotAFeed(f"{url} is JSON, but no JSON Feed.")
    base = _joined(url, _text(value, "home_page_url")) or url
    language = language_of(_text(value, "language"), url)
    items = [i for i in items if isinstance(i, dict)]
    keys = Keys((_joined(base, _text(i, "url")), _text(i, "id"), line_of(_text(i, "title"))) for i in items)
    entries = []
    for i in items:
        address = _joined(base, _text(i, "url"))
        text = text_of(_text(i, "content_html")[:_LONGEST]) or _plain(_text(i, "content_text")[:_LONGEST])
        title, stated = line_of(_text(i, "title")), _text(i, "date_published") or _text(i, "date_modified")
        authors = i.get("authors") if isinstance(i.get("authors"), list) else [i.get("author")]
        names = [_text(a, "name") for a in authors or [] if isinstance(a, dict)]
        byline = ", ".join(n for n in names if n.strip())
        entries.append(
            made(
                keys.of(address, _text(i, "id"), title, text),
                address,
                title,
                text or _plain(_text(i, "summary")),
                published=_iso(stated),
                byline=line_of(byline),
                language=language_of(_text(i, "language"), url) or language,
            )
        )
    return Feed(line_of(_text(value, "title")), _newest(entries, most))


def _text(value: Any, key: str) -> str:
    found = value.get(key)
    return str(found).encode("utf-8", "replace").decode("utf-8") if isinstance(found, str | int) else ""


def _plain(text: str) -> str:
    return "\n\n".join(" ".join(x.split()) for x in printable(text).split("\n") if x.strip())


def _iso(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip()) if value else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# ---- news sitemaps -----------------------------------------------------------------------------------------------------------


def _sitemap(text: str, url: str, most: int) -> Feed:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise NotAFeed(f"{url} can't be read as a sitemap.") from e
    if root is None:
        raise NotAFeed(f"{url} can't be read as a sitemap.")
    entries, outlet = [], ""
    for item in root.iter(f"{_SITEMAP}url"):
        values = dict(_values(item))
        address = _joined(url, values.get("loc", ""))
        if not address or "title" not in values:
            continue  # a page of the site, not news
        outlet = outlet or values.get("name", "")
        title = line_of(values["title"])
        entries.append(
            made(
                _hash(canonical_url(address)),
                address,
                title,
                "",
                published=_iso(values.get("publication_date") or values.get("lastmod", "")),
                language=language_of(values.get("language", ""), url),
            )
        )
    if not entries:
        raise NotAFeed(f"{url} is a sitemap without news.", "Give the address of the site's news sitemap.")
    return Feed(line_of(outlet), _newest(entries, most))


def _values(item: Any) -> Iterator[tuple[str, str]]:
    """The texts under one `url`, by their local names; those of news and of the sitemap itself alone."""
    for e in item.iter():
        name = e.tag if isinstance(e.tag, str) else ""
        local = _NEWS.sub("", name) if _NEWS.match(name) else name.removeprefix(_SITEMAP)
        if "}" not in local and e.text and e.text.strip():
            yield local, e.text.strip()


# ---- all of them -------------------------------------------------------------------------------------------------------------


class Keys:
    """What tells the entries of one feed apart: their addresses, where each leads somewhere of its own; else their guids,
    where those are. An entry that is listed twice is one."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """(address, guid, title) of each."""
        distinct = set(entries)
        self._at = Counter(canonical_url(u) for u, _, _ in distinct if u)
        self._named = Counter(guid for _, guid, _ in distinct if guid)

    def of(self, url: str, guid: str, title: str, text: str) -> str:
        if url and self._at[canonical_url(url)] <= 1:
            return _hash(canonical_url(url))
        if guid:
            return _hash(guid) if self._named[guid] <= 1 else _hash(guid, title)
        return _hash(title, "" if title else text[:500])


def made(
    key: str,
    url: str,
    title: str,
    text: str,
    *,
    published: datetime | None = None,
    byline: str = "",
    language: Language | None = None,
) -> Entry:
    full = len(text) >= _FULL and not _CUT.search(text)
    if not url and len(text) >= _FEWEST:
        full = True  # there is nowhere else to read it
    return Entry(key, url, title[:1_000], text, full, _hash(title, text), published, byline[:500], language)


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]


def _newest(entries: list[Entry], most: int) -> tuple[Entry, ...]:
    """Each entry once, the newest first. One without a date stays with the one that stands before it."""
    once: dict[str, Entry] = {}
    for e in entries:
        once.setdefault(e.key, e)
    last = next((e.published for e in once.values() if e.published is not None), _EPOCH)
    dated = []
    for e in once.values():
        last = e.published or last
        dated.append((last, e))
    return tuple(e for _, e in sorted(dated, key=lambda x: x[0], reverse=True)[:most])


def _joined(base: str, link: str) -> str:
    """An address in a feed as a whole one; "" for none that can be fetched."""
    link = "".join(link.split())
    if not link:
        return ""
    try:
        return safe_url(urljoin(base, link)) or ""
    except ValueError:
        return ""
