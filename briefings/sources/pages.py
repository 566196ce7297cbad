"""The article in a page of HTML: its text by trafilatura, its metadata along."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from briefings.errors import NoArticleFound
from briefings.model import LANGUAGES, Article, Language
from briefings.outlets import outlets
from briefings.plain import safe_url
from briefings.sources.encoding import WESTERN, legacy

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|xtor|at_\w+|mc_[ce]id|ref|source|cmp|smid|ocid)$", re.IGNORECASE
)
_LEAST = 60  # characters of text that make an article


def canonical_url(url: str) -> str:
    """The address without fragment, tracking parameters and default port: the same article, the same address."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return url  # no address: it still is the same from one revision to the next
    query = urlencode(
        [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    )
    host = (parts.hostname or "").lower()
    return urlunsplit((parts.scheme.lower(), host + port, parts.path or "/", query, ""))


def own_address(stated: str, url: str) -> str:
    """The address that a page states as its own, if it is one of the same site; else where it was found.

    Another site's would let any page pass for an article of that one.
    """
    if not url:
        return stated
    try:
        here, there = urlsplit(url).hostname or "", urlsplit(stated).hostname or ""
    except ValueError:
        return url
    return stated if one_site(here, there) and safe_url(stated) else url


def one_site(here: str, there: str) -> bool:
    """Whether two hosts are of one site, as far as their names tell: example.org, www.example.org, rss.example.org."""
    here, there = _site(here), _site(there)
    same = here == there or here.endswith(f".{there}") or there.endswith(f".{here}")
    return same and "." in here and "." in there


def _site(host: str) -> str:
    """A host without the first names that one site's versions have."""
    return re.sub(r"^(?:(?:www\d?|m|mobile|amp|edition)\.)+(?=[^.]+\.)", "", host.lower())


def identity_of(url: str) -> str:
    """An article's id from its address: the same over its revisions."""
    return "web-" + sha256(canonical_url(url).encode()).hexdigest()[:16]


def outlet_of(url: str) -> str:
    """The outlet's name by its host; the host itself where we have no name for it."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    names = outlets()
    parts = host.split(".")
    for i in range(len(parts) - 1):
        known = names.get(".".join(parts[i:]))
        if known:
            return known
    return host


def article_from_page(
    body: bytes | str, url: str = "", charset: str | None = None, name: str = ""
) -> Article:
    """The article of a page. NoArticleFound. Called in the child process: it must be importable and picklable.

    `charset` is what the server declared; `name` is what to call the page where it has no address.
    """
    from trafilatura import bare_extraction  # slow to import, and only pages need it

    if isinstance(body, bytes):
        body = _decoded(body, charset)
    found = bare_extraction(
        body,
        url=url or None,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        favor_precision=True,
        deduplicate=False,
    )
    text = (getattr(found, "text", None) or "").strip()
    if found is None or len(text) < _LEAST:
        raise NoArticleFound(
            f"No article was found in {url or name or 'this page'}.",
            "Is it a list, a form, or made by scripts? Save its text to a file and add that.",
        )
    title = (getattr(found, "title", None) or "").strip()
    language = getattr(found, "language", None)
    address = own_address(getattr(found, "url", None) or "", url)
    return Article(
        id=identity_of(address) if address else "page-" + sha256(text.encode()).hexdigest()[:16],
        text=text,
        title=title,
        outlet=(getattr(found, "sitename", None) or "").strip() or (outlet_of(url) if url else ""),
        url=address,
        language=_language(language),
        published=_moment(getattr(found, "date", None)),
        byline=(getattr(found, "author", None) or "").strip(),
    )


_DECLARED = re.compile(rb"charset\s*=|<\?xml", re.IGNORECASE)


def _decoded(body: bytes, charset: str | None) -> bytes | str:
    """The page as text where its encoding can be told: what its server declared, UTF-8, or the Western one.

    What the page declares itself is left to the parser. "iso-8859-1" is read as browsers do.
    """
    western = (charset or "").lower().replace("_", "-") in WESTERN
    if charset and not western:
        try:
            return body.decode(charset)
        except (LookupError, ValueError):
            pass
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if not charset and _DECLARED.search(body[:4096]):
        return body
    return legacy(body) or body


def _language(code: str | None) -> Language | None:
    short = (code or "").lower()[:2]
    return next((known for known in LANGUAGES if known == short), None)


def _moment(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
