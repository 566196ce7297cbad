"""Guarded HTTP: what may be asked for, and how much of an answer is taken."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from briefings.errors import AddressRefused, FetchError, FetchFailed, SitrepError, TooLarge
from briefings.settings import Fetch
from briefings.sources import fetch as module
from briefings.sources.fetch import Fetched, Fetcher, is_public

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK = Fetch(allow_networks=("127.0.0.0/8",), timeout=5)  # type: ignore[call-arg]  # the rest have defaults


def limits(**values: object) -> Fetch:
    return Fetch.model_validate({"allow_networks": ("127.0.0.0/8",), "timeout": 5, **values})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    """A server on loopback that answers everything with `handler`; its port."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def fetch(settings: Fetch, handler: Handler, path: str = "/", host: str = "127.0.0.1") -> Fetched:
    """What fetching `path` from a server with that handler comes to."""

    async def work() -> Fetched:
        async with serving(handler) as port, Fetcher(settings) as fetcher:
            return await fetcher.fetch(f"http://{host}:{port}{path}")

    return asyncio.run(work())


def fetch_address(url: str, settings: Fetch | None = None) -> Fetched:
    async def work() -> Fetched:
        async with Fetcher(settings or limits(allow_networks=())) as fetcher:
            return await fetcher.fetch(url)

    return asyncio.run(work())


def fetch_raw(raw: bytes) -> Fetched:
    """What fetching from a server that answers these bytes comes to."""

    async def work() -> Fetched:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher(LOOPBACK) as fetcher:
            return await fetcher.fetch(f"http://127.0.0.1:{port}/")

    return asyncio.run(work())


def answering(body: bytes = b"<p>Hello</p>", status: int = 200, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return web.Response(body=body, status=status, headers={"Content-Type": "text/html", **named})

    return handler


def redirecting(target: Callable[[web.Request], str]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": target(request)})

    return handler


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name resolves to these addresses."""

    class Resolver:
        async def resolve(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
            return [
                ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
                for a in addresses
            ]

        async def close(self) -> None:
            pass

    monkeypatch.setattr(module, "ThreadedResolver", Resolver)


# ---- what may be asked for --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "１２７.0.0.1",
        "127。0。0。1",
    ],
)
def test_no_spelling_of_loopback_is_fetched(host: str) -> None:
    """However loopback is written, it is refused before a request is sent."""
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(text="secret", content_type="text/html")

    with pytest.raises(AddressRefused) as caught:
        fetch(limits(allow_networks=()), handler, host=host)
    assert "allow_networks" in caught.value.hint
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://255.255.255.255/",
        "http://224.0.0.1/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[3fff::1]/",
        "http://192.88.99.1/",
        "http://[fc00::1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:a00:1::]/",
        "https://10.0.0.1:8443/",
        "HTTP://10.0.0.1/",
    ],
)
def test_a_private_address_is_refused(url: str) -> None:
    """No network that is not public is asked, by whatever protocol."""
    with pytest.raises(AddressRefused):
        fetch_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "gopher://example.org/",
        "//example.org/",
        "/etc/passwd",
        "",
        "http://",
        "http:///path",
        "http://[bad/",
        "http://example.org:99999/",
        "http://xn--/",
        "http://xn--a/",
        "http://\0/",
        "http://127.0.0.1\0.example/",
        "http://\x1b]0;owned\x07/",
        "http://\u00ad/",
    ],
    ids=ascii,
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """Only http and https addresses with a host are fetched."""
    with pytest.raises(AddressRefused):
        fetch_address(url, LOOPBACK)


@pytest.mark.parametrize("who", ["user:secretword@", "user@", ":secretword@"])
def test_an_address_with_credentials_is_refused_and_not_repeated(who: str) -> None:
    """A password in an address is neither sent nor told."""
    with pytest.raises(AddressRefused) as caught:
        fetch_address(f"http://{who}127.0.0.1/", LOOPBACK)
    assert "secretword" not in str(caught.value)


@pytest.mark.parametrize("private", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_a_name_that_resolves_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, private: str
) -> None:
    """It is the address that counts, not the name."""
    resolving_to(monkeypatch, private)
    with pytest.raises(AddressRefused, match="no public address"):
        fetch_address("http://news.example/")


def test_a_name_that_resolves_to_an_allowed_address_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several addresses only those allowed are connected to."""
    resolving_to(monkeypatch, "10.0.0.1", "127.0.0.1")
    found = fetch(limits(allow_networks=("127.0.0.1/32",)), answering(b"ok"), host="news.example")
    assert found.body == b"ok"


def test_an_allowed_network_allows_nothing_beside_it() -> None:
    """One allowed address is one address."""
    with pytest.raises(AddressRefused):
        fetch_address("http://127.0.0.2/", limits(allow_networks=("127.0.0.1/32",)))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("10.1.2.3", False),
        ("::ffff:10.1.2.3", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("feff:ffff::1", False),
        ("3fff::1", False),
        ("3fff:fff::1", False),
        ("192.88.99.1", False),
        ("::ffff:192.88.99.1", False),
        ("64:ff9b::c058:6301", False),
        ("192.88.98.1", True),
        ("240.0.0.1", False),
        ("ff0e::1", False),
        ("", False),
        ("example.org", False),
    ],
)
def test_public_is_global_unicast(address: str, public: bool) -> None:
    """Addresses inside IPv6 forms are judged as what they stand for."""
    assert is_public(address) is public


# ---- redirects --------------------------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_its_address_told() -> None:
    """The page's address is the one it was found at."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/old":
            return web.Response(status=301, headers={"Location": "new?x=1"})
        return web.Response(text="Moved here.", content_type="text/html")

    found = fetch(LOOPBACK, handler, "/old")
    assert found.body == b"Moved here."
    assert found.url.endswith("/new?x=1")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/",
        "http://2130706434/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://a:b@127.0.0.1/",
        "http://xn--/",
        "http://[fec0::1]/",
        "http://192.88.99.1/",
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_refused(target: str) -> None:
    """Each redirect is checked as if it had been asked for."""
    with pytest.raises(AddressRefused):
        fetch(limits(allow_networks=("127.0.0.1/32",)), redirecting(lambda request: target))


def test_redirects_in_a_circle_end() -> None:
    """A page that leads back to itself is told."""
    circle = redirecting(lambda request: "/b" if request.path == "/a" else "/a")
    with pytest.raises(FetchFailed, match="circle"):
        fetch(LOOPBACK, circle, "/a")


def test_too_many_redirects_end() -> None:
    """As many as the settings say, no more."""
    onwards = redirecting(lambda request: request.path + "x")
    with pytest.raises(FetchFailed, match="more than 3 times"):
        fetch(limits(max_redirects=3), onwards)


def test_as_many_redirects_as_allowed_are_followed() -> None:
    """The limit itself is still allowed."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if len(request.path) < 4:
            return web.Response(status=307, headers={"Location": request.path + "x"})
        return web.Response(text="There.", content_type="text/html")

    assert fetch(limits(max_redirects=3), handler).body == b"There."


@pytest.mark.parametrize("headers", [{}, {"Location": ""}, {"Location": "http://[bad"}])
def test_a_redirect_to_nowhere_is_told(headers: dict[str, str]) -> None:
    """A redirect without a usable address is a failure, not a crash."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers=headers)

    with pytest.raises(FetchFailed):
        fetch(LOOPBACK, handler)


# ---- answers ----------------------------------------------------------------------------------------------------


def test_a_page_comes_with_its_type_and_charset() -> None:
    """Bytes as sent, what the server says they are beside them."""
    found = fetch(LOOPBACK, answering("é".encode("cp1252"), Content_Type="text/html; charset=windows-1252"))
    assert found.body == b"\xe9"
    assert (found.content_type, found.charset) == ("text/html", "windows-1252")


def test_a_compressed_page_is_opened() -> None:
    """gzip is taken off."""
    body = gzip.compress(b"<p>Hello</p>", mtime=0)
    assert fetch(LOOPBACK, answering(body, Content_Encoding="gzip")).body == b"<p>Hello</p>"


def test_a_gzip_bomb_is_too_large() -> None:
    """The size counts after decompression."""
    bomb = gzip.compress(b"a" * 20_000_000, mtime=0)
    assert len(bomb) < 50_000
    with pytest.raises(TooLarge, match="larger than"):
        fetch(limits(max_bytes=50_000), answering(bomb, Content_Encoding="gzip"))


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_a_page_may_be_as_large_as_the_limit(size: int, fits: bool) -> None:
    """The limit itself is still allowed, one byte more is not."""
    handler = answering(b"a" * size)
    if fits:
        assert len(fetch(limits(max_bytes=1000), handler).body) == size
    else:
        with pytest.raises(TooLarge):
            fetch(limits(max_bytes=1000), handler)


def test_slow_bytes_end_at_the_deadline() -> None:
    """A server that trickles holds nobody for longer than the timeout."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"a")
            await asyncio.sleep(0.05)
        return response

    with pytest.raises(FetchFailed, match=r"longer than 0\.3 seconds"):
        fetch(limits(timeout=0.3), handler)


def test_a_server_that_never_answers_ends_at_the_deadline() -> None:
    """The timeout is for the whole page."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(10)
        return web.Response()

    with pytest.raises(FetchFailed, match=r"longer than 0\.2 seconds"):
        fetch(limits(timeout=0.2), handler)


@pytest.mark.parametrize(
    "kind", ["application/pdf", "image/png", "application/octet-stream", "video/mp4", "application/zip"]
)
def test_what_is_no_text_is_refused(kind: str) -> None:
    """The failure names the type that came."""
    with pytest.raises(FetchFailed, match=kind):
        fetch(LOOPBACK, answering(Content_Type=kind))


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xhtml+xml", "application/json"])
def test_text_is_taken(kind: str) -> None:
    """Pages, plain text and data are text."""
    assert fetch(LOOPBACK, answering(Content_Type=kind)).content_type == kind


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410, 429, 500, 503])
def test_another_answer_than_a_page_is_told(status: int) -> None:
    """The failure has the status."""
    with pytest.raises(FetchFailed, match=str(status)):
        fetch(LOOPBACK, answering(b"", status=status))


def test_a_dead_host_is_told() -> None:
    """Nobody listens: FetchFailed with the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchFailed, match=f"127.0.0.1:{port}/ can't be reached"):
        fetch_address(f"http://127.0.0.1:{port}/", LOOPBACK)


def test_an_unknown_host_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to nothing is a failure of the network, not a refusal."""

    class Resolver:
        async def resolve(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
            raise socket.gaierror(-2, "Name or service not known")

        async def close(self) -> None:
            pass

    monkeypatch.setattr(module, "ThreadedResolver", Resolver)
    with pytest.raises(FetchFailed, match=r"nowhere\.example"):
        fetch_address("http://nowhere.example/")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"junk junk\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["nothing", "junk", "short", "large head", "no gzip"],
)
def test_a_broken_answer_is_told(raw: bytes) -> None:
    """What is no proper HTTP is FetchFailed."""

    with pytest.raises(FetchFailed):
        fetch_raw(raw)


@pytest.mark.parametrize("target", [b"http://\0/", b"http://\x1b]0;owned\x07/", b"\0", b"http://[bad\0"])
def test_a_redirect_with_control_characters_is_told(target: bytes) -> None:
    """It is neither followed nor shown as it came."""
    with pytest.raises(FetchError) as caught:
        fetch_raw(b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n")
    assert not {"\0", "\x1b", "\x07"} & set(str(caught.value))


@pytest.mark.parametrize(
    ("status", "told"), [(404, "404 Not Found."), (503, "503 Service Unavailable."), (299, "answered 299.")]
)
@pytest.mark.parametrize("reason", [b"\x1b]0;owned\x07", b"\x9b31mowned", b"owned @everyone"], ids=ascii)
def test_the_servers_own_words_for_its_status_are_not_shown(status: int, told: str, reason: bytes) -> None:
    """The status is told in the words of the standard, whatever the server calls it."""
    with pytest.raises(FetchFailed) as caught:
        fetch_raw(b"HTTP/1.1 %d %b\r\nContent-Length: 0\r\n\r\n" % (status, reason))
    assert caught.value.message.endswith(told)
    assert "owned" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("network", ["127.0.0.0/8", "127.0.0.1/32"])
def test_a_page_of_an_allowed_private_network_is_not_public(network: str) -> None:
    """What an operator may see is not what anybody may."""
    page = answering(b"<p>Hello</p>" * 50_000)
    assert not fetch(limits(allow_networks=(network,)), page).public


def test_no_cookie_comes_back() -> None:
    """What a server sets is not sent again."""
    sent: list[str | None] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        sent.append(request.headers.get("Cookie"))
        if request.path == "/a":
            return web.Response(status=302, headers={"Location": "/b", "Set-Cookie": "who=me"})
        return web.Response(text="Page", content_type="text/html", headers={"Set-Cookie": "who=me"})

    fetch(LOOPBACK, handler, "/a")
    assert sent == [None, None]


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect to addresses that nobody checked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(LOOPBACK, answering(b"direct")).body == b"direct"


def test_the_settings_user_agent_is_sent() -> None:
    """Operators say who they are."""
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["User-Agent"])
        return web.Response(text="Page", content_type="text/html")

    fetch(limits(user_agent="Desk/1 (desk@example.org)"), handler)
    assert seen == ["Desk/1 (desk@example.org)"]


def test_one_failure_does_not_end_the_session() -> None:
    """After a refusal and a failure the next page is fetched."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/bad":
            return web.Response(status=500)
        return web.Response(text="Good.", content_type="text/html")

    async def work() -> bytes:
        async with serving(handler) as port, Fetcher(LOOPBACK) as fetcher:
            for url in ("http://10.0.0.1/", f"http://127.0.0.1:{port}/bad"):
                with pytest.raises(SitrepError):
                    await fetcher.fetch(url)
            return (await fetcher.fetch(f"http://127.0.0.1:{port}/good")).body

    assert asyncio.run(work()) == b"Good."
