"""Guarded HTTP: http and https, public addresses alone, bounded in size, time and redirects.

The guard stands where names become addresses: the connection can only go to an address that was checked, so a name
that resolves to something else a moment later (rebinding) gains nothing. Each redirect is a new request and is
checked anew. No cookies, credentials or proxies.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
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
_TEXT = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/json",
    "application/rss",
    "application/atom",
)

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
    """Fetches pages within the limits of `settings`. An async context manager; one session."""

    def __init__(self, settings: Fetch) -> None:
        self.settings = settings
        self.allowed: tuple[Network, ...] = tuple(ipaddress.ip_network(n) for n in settings.allow_networks)
        self.guard = _Guard(self.allowed)
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self.guard = _Guard(self.allowed)
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self.guard, use_dns_cache=False, limit=20),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": self.settings.user_agent,
                "Accept": "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1",
            },
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
        try:
            async with asyncio.timeout(self.settings.timeout):
                return await self._follow(url)
        except TimeoutError as e:
            raise FetchFailed(
                f"{url} took longer than {self.settings.timeout:g} seconds.",
                "Try again later, or raise fetch.timeout.",
            ) from e

    async def _follow(self, url: str) -> Fetched:
        current = self._checked(url)
        seen = {current}
        for _ in range(self.settings.max_redirects + 1):
            answer = await self._one(current)
            if isinstance(answer, Fetched):
                return answer
            current = self._checked(answer)
            if current in seen:
                raise FetchFailed(f"{url} redirects in a circle.")
            seen.add(current)
        raise FetchFailed(f"{url} redirects more than {self.settings.max_redirects} times.")

    def _checked(self, url: str) -> str:
        """The address if it may be asked for. AddressRefused."""
        try:
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

    async def _one(self, url: str) -> Fetched | str:
        """One request: the page, or where it redirects to."""
        assert self.session is not None  # used as a context manager
        try:
            async with self.session.get(url, allow_redirects=False) as response:
                self._check_peer(response, url)
                if response.status in _REDIRECTS:
                    target = response.headers.get("Location")
                    if not target:
                        raise FetchFailed(f"{url} redirects to nowhere.")
                    return str(URL(url).join(URL(target)))
                if response.status != 200:
                    raise FetchFailed(
                        f"{url} answered {response.status} {_REASONS.get(response.status, '')}".rstrip() + "."
                    )
                kind = response.content_type or ""
                if not kind.startswith(_TEXT):
                    raise FetchFailed(f"{url} is {kind}, not a page of text.")
                body = await self._body(response, url)
                return Fetched(url, body, kind, response.charset, self._is_public(url))
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

    async def _body(self, response: aiohttp.ClientResponse, url: str) -> bytes:
        parts, size = [], 0
        async for chunk in response.content.iter_chunked(65536):
            size += len(chunk)
            if size > self.settings.max_bytes:
                raise TooLarge(
                    f"{url} is larger than {self.settings.max_bytes / 1e6:g} MB.",
                    "Raise fetch.max_bytes in the settings if you trust it.",
                )
            parts.append(chunk)
        return b"".join(parts)


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
