"""Guarded HTTP: http and https, public addresses alone, bounded in size, time and redirects.

What was asked for before is asked for conditionally (RFC 9110, section 13), and an answer says how long it holds. The guard stands where names become addresses: the connection can only go to an address that was checked, so a name
that resolves to something else a moment later (rebinding) gains nothing. Each redirect is a new request and is
checked anew. No cookies, credentials or proxies.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from briefings.errors import AddressRefused, FetchFailed, TooLarge
from briefings.settings import Fetch

_REASONS = {s.value: s.phrase for s in HTTPStatus}  # the server's own phrase is outside text
_REDIRECTS = frozenset([301, 302, 303, 307, 308])
_PERMANENT = frozenset([301, 308])
_PAGES = ("text/", "application/xhtml", "application/xml", "application/json")
_MEDIA = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
)  # what no feed is, whatever its server calls it
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|,)\s*(?:no-cache|no-store)\b", re.IGNORECASE)
_LONGEST_NAME = 512  # characters of an ETag that are kept
_WANTED = {
    "page": "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1",
    "feed": "application/atom+xml,application/rss+xml,application/feed+json,application/rdf+xml;q=0.9,"
    "application/xml;q=0.8,text/xml;q=0.8,text/html;q=0.5,*/*;q=0.1",
}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: the address it was found at, its bytes (decompressed), type and declared charset.

    `public` is False for what came from an allowed private network: it is its tenant's alone.
    """

    url: str
    body: bytes
    content_type: str
    charset: str | None
    public: bool = True


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave along, to be asked next time whether anything has changed."""

    etag: str = ""
    modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in found.items() if value}


NONE = Validators()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a conditional question was answered with.

    `page` is None where nothing has changed since. `moved`: the address that takes this one's place for good, "" where
    there is none. `fresh`: for how many seconds the answer holds, None where that is not said.
    """

    page: Fetched | None
    validators: Validators = NONE
    moved: str = ""
    fresh: float | None = None


def is_public(address: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether a connection to this IP address is allowed: global unicast, or in one of the allowed networks."""
    try:
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            ip = inner
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip.version == n.version and ip in n for n in allowed):
        return True
    if any(ip.version == n.version and ip in n for n in _NEVER):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What older Pythons take for public: site-local, the 6to4 relay, documentation.
_NEVER: tuple[Network, ...] = (
    ipaddress.ip_network("fec0::/10"),
    ipaddress.ip_network("3fff::/20"),
    ipaddress.ip_network("192.88.99.0/24"),
)


class _Guard(AbstractResolver):
    """Resolves names to the allowed ones of their addresses; none left is a refusal."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self.inner = ThreadedResolver()
        self.allowed = allowed
        self.public: dict[str, bool] = {}  # host → whether all its addresses are public

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self.inner.resolve(host, port, family)
        kept = [r for r in found if is_public(r["host"], self.allowed)]
        if not kept:
            raise _Refused(host)
        self.public[host] = all(is_public(r["host"]) for r in kept)
        return kept

    async def close(self) -> None:
        await self.inner.close()


class _Refused(OSError):
    """The name has no public address."""


class Fetcher:
    """Fetches pages within the limits of `settings`. An async context manager; one session.

    Of one host it asks at most `settings.per_host` things at a time.
    """

    def __init__(self, settings: Fetch) -> None:
        self.settings = settings
        self.allowed: tuple[Network, ...] = tuple(ipaddress.ip_network(n) for n in settings.allow_networks)
        self.guard = _Guard(self.allowed)
        self.session: aiohttp.ClientSession | None = None
        self._hosts: dict[str, _Turns] = {}

    async def __aenter__(self) -> Self:
        self.guard = _Guard(self.allowed)
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self.guard, use_dns_cache=False, limit=self.settings.at_once
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.settings.user_agent},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.settings.timeout),
            trust_env=False,
            auto_decompress=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.session is not None:
            await self.session.close()

    async def fetch(self, url: str) -> Fetched:
        """The page at `url`, redirects followed. AddressRefused, FetchFailed, TooLarge."""
        answer = await self.ask(url)
        if answer.page is None:  # it was not asked on a condition
            raise FetchFailed(f"{url} answered 304 to a question without a condition.")
        return answer.page

    async def ask(
        self, url: str, known: Validators = NONE, *, feed: bool = False, cut: int | None = None
    ) -> Answer:
        """What is at `url`, unless it is as it was when `known` came along. As `fetch`.

        `feed`: feeds are asked for, and taken as whatever type of text they come. `cut`: so many bytes are enough.
        """
        current = self.checked(url)
        seen = {current}
        moved, permanent = "", True
        left = self.settings.timeout
        clock = asyncio.get_running_loop().time
        for _ in range(self.settings.max_redirects + 1):
            async with self._turn(current):
                began = clock()
                try:
                    async with asyncio.timeout(max(left, 0.0)):
                        found = await self._one(current, known, feed, cut)
                except TimeoutError as e:
                    raise FetchFailed(
                        f"{url} took longer than {self.settings.timeout:g} seconds.",
                        "Try again later, or raise fetch.timeout.",
                    ) from e
                left -= clock() - began  # waiting for one's turn does not count
            if isinstance(found, Answer):
                return replace(found, moved=moved)
            permanent = permanent and found.permanent
            current = self.checked(found.url)
            moved = current if permanent else moved
            if current in seen:
                raise FetchFailed(f"{url} redirects in a circle.")
            seen.add(current)
        raise FetchFailed(f"{url} redirects more than {self.settings.max_redirects} times.")

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        """Held while a host is asked: who waits here costs the others nothing."""
        host = _host_of(url)
        turns = self._hosts.setdefault(host, _Turns(asyncio.Semaphore(self.settings.per_host)))
        turns.users += 1
        try:
            async with turns.free:
                yield
        finally:
            turns.users -= 1
            if not turns.users:
                self._hosts.pop(host, None)

    def checked(self, url: str) -> str:
        """The address if it may be asked for. AddressRefused."""
        try:
            url.encode()
            parsed = URL(url)
            host = parsed.host
        except (ValueError, UnicodeError) as e:
            raise AddressRefused(f"{url!r} is no address.") from e
        if parsed.scheme not in ("http", "https"):
            raise AddressRefused(
                f"{url}: only http and https addresses can be fetched.",
                "Local files are given as a path on the command line.",
            )
        if not host or not host.isprintable():
            raise AddressRefused(f"{url}: there is no host in this address.")
        if parsed.user or parsed.password:
            raise AddressRefused("An address with a user name or password in it is not fetched.")
        literal = _as_ip(host)
        if literal is not None and not is_public(literal, self.allowed):
            raise AddressRefused(
                f"{url}: {host} is not a public address.",
                "Private networks can be allowed in the settings (fetch.allow_networks).",
            )
        return url

    async def _one(self, url: str, known: Validators, feed: bool, cut: int | None) -> Answer | _Redirect:
        """One request: the answer, or where it redirects to."""
        assert self.session is not None  # used as a context manager
        headers = {"Accept": _WANTED["feed" if feed else "page"], **known.headers}
        try:
            async with self.session.get(url, allow_redirects=False, headers=headers) as response:
                self._check_peer(response, url)
                if response.status in _REDIRECTS:
                    target = response.headers.get("Location")
                    if not target:
                        raise FetchFailed(f"{url} redirects to nowhere.")
                    return _Redirect(str(URL(url).join(URL(target))), response.status in _PERMANENT)
                if response.status == 304 and known.headers:
                    return Answer(None, _validators(response) or known, fresh=_fresh(response))
                if response.status != 200:
                    raise FetchFailed(
                        f"{url} answered {response.status} {_REASONS.get(response.status, '')}".rstrip()
                        + ".",
                        status=response.status,
                        retry_after=_retry_after(response),
                    )
                kind = (response.content_type if "Content-Type" in response.headers else "") or ""
                if kind.startswith(_MEDIA) if feed else not kind.startswith(_PAGES):
                    raise FetchFailed(
                        f"{url} is {kind or 'of no type'}, not a page of text.", status=response.status
                    )
                body = await self._body(response, url, cut)
                page = Fetched(url, body, kind, response.charset, self._is_public(url))
                return Answer(page, _validators(response) or NONE, fresh=_fresh(response))
        except _Refused as e:
            raise AddressRefused(
                f"{url}: its host has no public address.",
                "Private networks can be allowed in the settings (fetch.allow_networks).",
            ) from e
        except aiohttp.ClientConnectorError as e:
            if isinstance(e.os_error, _Refused):
                raise AddressRefused(
                    f"{url}: its host has no public address.",
                    "Private networks can be allowed in the settings (fetch.allow_networks).",
                ) from e
            raise FetchFailed(f"{url} can't be reached: {e.os_error.strerror or e.os_error}.") from e
        except aiohttp.ClientResponseError as e:
            raise FetchFailed(f"{url} gave an answer that is no HTTP.") from e
        except (aiohttp.ClientError, OSError, ValueError) as e:
            why = str(e).partition("\n")[0] or type(e).__name__
            raise FetchFailed(f"{url} can't be fetched: {why}.") from e

    def _check_peer(self, response: aiohttp.ClientResponse, url: str) -> None:
        """Refuse an answer that came from an address that is not allowed, whatever led there.

        The connection is gone where a short answer is all there already: then the guard's word stands.
        """
        transport = response.connection.transport if response.connection is not None else None
        peer = transport.get_extra_info("peername") if transport is not None else None
        if peer is not None and not is_public(peer[0], self.allowed):
            raise AddressRefused(f"{url}: {peer[0]} is not a public address.")

    def _is_public(self, url: str) -> bool:
        """Whether a page that was fetched came from a public host; private where that is not known."""
        host = URL(url).host or ""
        literal = _as_ip(host)
        return is_public(literal) if literal is not None else self.guard.public.get(host, False)

    async def _body(self, response: aiohttp.ClientResponse, url: str, cut: int | None) -> bytes:
        parts, size = [], 0
        async for chunk in response.content.iter_chunked(65536):
            size += len(chunk)
            if cut is not None and size >= cut:
                parts.append(chunk)
                break
            if size > self.settings.max_bytes:
                raise TooLarge(
                    f"{url} is larger than {self.settings.max_bytes / 1e6:g} MB.",
                    "Raise fetch.max_bytes in the settings if you trust it.",
                )
            parts.append(chunk)
        return b"".join(parts)[:cut]


@dataclass(slots=True)
class _Turns:
    """Those who ask one host."""

    free: asyncio.Semaphore
    users: int = 0


@dataclass(frozen=True, slots=True)
class _Redirect:
    url: str
    permanent: bool


def _host_of(url: str) -> str:
    """The host of an address with its port; "" where it has none, which is told when it is asked for."""
    try:
        return URL(url).authority.lower()
    except (ValueError, UnicodeError):
        return ""


def _validators(response: aiohttp.ClientResponse) -> Validators | None:
    """What the answer can be asked for by next time; None for nothing."""
    found = Validators(
        _sendable(response.headers.get("ETag", ""), _LONGEST_NAME),
        _sendable(response.headers.get("Last-Modified", ""), 64),
    )
    return found if found.headers else None


def _sendable(value: str, most: int) -> str:
    """The value where it can be kept and sent back as it is; else ""."""
    return value if len(value) <= most and value.isascii() and value.isprintable() else ""


def _fresh(response: aiohttp.ClientResponse) -> float | None:
    """For how many seconds the answer holds (RFC 9111, section 4.2): Cache-Control, else Expires; None: not said."""
    control = ",".join(response.headers.getall("Cache-Control", []))
    if _NO_CACHE.search(control):
        return 0.0
    age = _MAX_AGE.search(control)
    if age:
        return float(age[1])
    expires, date = _moment(response.headers.get("Expires")), _moment(response.headers.get("Date"))
    return max(0.0, (expires - date).total_seconds()) if expires and date else None


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """In how many seconds the server wants to be asked again; None where it does not say."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    at, date = _moment(value), _moment(response.headers.get("Date"))
    return max(0.0, (at - date).total_seconds()) if at and date else None


def _moment(value: str | None) -> datetime | None:
    """An HTTP date."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _as_ip(host: str) -> str | None:
    """The IP address that `host` writes, in any of the forms that resolvers take ("0x7f.1", "2130706433"), or None."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
