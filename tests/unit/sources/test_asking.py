"""Asking on a condition: what has changed, where it has moved, how long it holds, and whose turn it is."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.errors import AddressRefused, FetchError, FetchFailed, TooLarge
from briefings.settings import Fetch
from briefings.sources import fetch as module
from briefings.sources.fetch import NONE, Answer, Fetcher, Validators, is_public
from tests.unit.sources.test_fetch import LOOPBACK, Handler, answering, limits, resolving_to, serving

T = TypeVar("T")
DATE = "Wed, 12 Mar 2031 09:00:00 GMT"
LATER = "Wed, 12 Mar 2031 09:02:00 GMT"
BEFORE = "Wed, 12 Mar 2031 08:00:00 GMT"


def ask(
    handler: Handler,
    known: Validators = NONE,
    *,
    path: str = "/",
    feed: bool = False,
    settings: Fetch = LOOPBACK,
) -> Answer:
    """What asking a server with that handler comes to; its address is cut off from `moved`."""

    async def work() -> Answer:
        async with serving(handler) as port, Fetcher(settings) as fetcher:
            found = await fetcher.ask(f"http://127.0.0.1:{port}{path}", known, feed=feed)
            return Answer(
                found.page,
                found.validators,
                found.moved.removeprefix(f"http://127.0.0.1:{port}"),
                found.fresh,
            )

    return asyncio.run(work())


@asynccontextmanager
async def serving_raw(*answers: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives these bytes, one after the other and then the last; its address, and what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answers[min(len(asked), len(answers)) - 1])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", asked


def raw(*headers: bytes, status: bytes = b"200 OK", body: bytes = b"words") -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, length, b"Connection: close", *headers]) + b"\r\n\r\n" + body


def with_raw(work: Callable[[Fetcher, str, list[bytes]], Awaitable[T]], *answers: bytes) -> T:
    async def run() -> T:
        async with serving_raw(*answers) as (url, asked), Fetcher(LOOPBACK) as fetcher:
            return await work(fetcher, url, asked)

    return asyncio.run(run())


def ask_raw(answer: bytes, *, feed: bool = False) -> Answer:
    async def work(fetcher: Fetcher, url: str, asked: list[bytes]) -> Answer:
        return await fetcher.ask(url, feed=feed)

    return with_raw(work, answer)


# ---- what has changed ----------------------------------------------------------------------------------------------


def versioned(versions: list[str], seen: list[tuple[str | None, str | None]]) -> Handler:
    """A feed that answers by the rules: 304 to whoever has the newest version."""

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")))
        headers = {"ETag": f'"{versions[-1]}"', "Last-Modified": DATE}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(text=versions[-1], content_type="application/rss+xml", headers=headers)

    return handler


def test_what_is_as_it_was_is_not_fetched_again() -> None:
    """What a server gave along is sent back; 304 is no page, a new version is one."""
    seen: list[tuple[str | None, str | None]] = []
    versions = ["one"]

    async def work() -> list[Answer]:
        async with serving(versioned(versions, seen)) as port, Fetcher(LOOPBACK) as fetcher:
            url = f"http://127.0.0.1:{port}/"
            first = await fetcher.ask(url, feed=True)
            same = await fetcher.ask(url, first.validators, feed=True)
            versions.append("two")
            return [first, same, await fetcher.ask(url, same.validators, feed=True)]

    first, same, second = asyncio.run(work())
    assert [a.page.body if a.page else None for a in (first, same, second)] == [b"one", None, b"two"]
    assert first.validators == same.validators == Validators('"one"', DATE)
    assert second.validators == Validators('"two"', DATE)
    assert seen == [(None, None), ('"one"', DATE), ('"one"', DATE)]


@pytest.mark.parametrize(
    ("headers", "validators"),
    [
        ({}, NONE),
        ({"ETag": '"a"'}, Validators(etag='"a"')),
        ({"ETag": 'W/"a"'}, Validators(etag='W/"a"')),
        ({"Last-Modified": DATE}, Validators(modified=DATE)),
        ({"ETag": '"a"', "Last-Modified": DATE}, Validators('"a"', DATE)),
    ],
)
def test_what_a_server_gives_along_is_kept(headers: dict[str, str], validators: Validators) -> None:
    """As it came, or nothing."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text="words", content_type="text/html", headers=headers)

    assert ask(handler).validators == validators
    assert {v for v in validators.headers.values() if v} == set(headers.values())


def test_a_304_that_gives_nothing_along_keeps_what_is_known() -> None:
    """It said that nothing has changed."""
    known = Validators('"a"', DATE)

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=304)

    assert ask(handler, known) == Answer(None, known)


def test_a_page_without_anything_along_forgets_what_was_known() -> None:
    """The old version's mark is not sent for the new one."""
    assert ask(answering(), Validators('"a"', DATE)).validators == NONE


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    """Without a condition there is nothing that could be as it was."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=304)

    with pytest.raises(FetchFailed, match="304") as caught:
        ask(handler)
    assert caught.value.status == 304


@pytest.mark.parametrize("name", [b"ETag", b"Last-Modified"])
@pytest.mark.parametrize(
    "value",
    [b'"\xe9"', b'"\x1b[31m"', b'"\x01"', b'"' + b"x" * 5_000 + b'"'],
    ids=["latin-1", "escape", "control", "long"],
)
def test_a_mark_that_can_not_be_sent_back_as_it_came_is_not_kept(name: bytes, value: bytes) -> None:
    """The next question is an ordinary one, and is answered; what is kept can be stored."""

    async def work(fetcher: Fetcher, url: str, asked: list[bytes]) -> None:
        first = await fetcher.ask(url)
        for kept in first.validators.headers.values():
            assert kept.isprintable()
            assert kept.encode() == value
        again = await fetcher.ask(url, first.validators)
        assert again.page is not None

    with_raw(work, raw(b"Content-Type: text/html", name + b": " + value))


# ---- where it has moved --------------------------------------------------------------------------------------------


def leading(*steps: int, last: int = 200) -> Handler:
    """/0 leads to /1 with the first status, /1 to /2 with the second, and so on."""

    async def handler(request: web.Request) -> web.StreamResponse:
        at = int(request.path[1:])
        if at < len(steps):
            return web.Response(status=steps[at], headers={"Location": f"/{at + 1}"})
        return web.Response(status=last, text="words" if last == 200 else None, content_type="text/html")

    return handler


@pytest.mark.parametrize(
    ("steps", "moved"),
    [
        ((), ""),
        ((301,), "/1"),
        ((308,), "/1"),
        ((301, 308, 301), "/3"),
        ((302,), ""),
        ((303,), ""),
        ((307,), ""),
        ((302, 301), ""),
        ((307, 308, 301), ""),
        ((301, 302), "/1"),
        ((301, 308, 307, 301), "/2"),
    ],
)
def test_what_has_moved_for_good_has_a_new_address(steps: tuple[int, ...], moved: str) -> None:
    """As far as all steps to it are for good; one for now ends that, and what comes after it."""
    found = ask(leading(*steps), path="/0")
    assert found.moved == moved
    assert found.page is not None
    assert found.page.url.endswith(f"/{len(steps)}")


def test_what_has_moved_and_is_as_it_was_has_both() -> None:
    """301 to an address that answers 304: the condition is asked there too."""
    found = ask(leading(301, last=304), Validators('"a"'), path="/0")
    assert (found.page, found.moved) == (None, "/1")


@pytest.mark.parametrize("status", [301, 302, 308])
def test_a_circle_ends(status: int) -> None:
    """Of one step or of three."""

    async def handler(request: web.Request) -> web.StreamResponse:
        after = {"/a": "/b", "/b": "/c", "/c": "/a"}.get(request.path, request.path)
        return web.Response(status=status, headers={"Location": after})

    for path in ("/a", "/self"):
        with pytest.raises(FetchFailed, match="circle"):
            ask(handler, path=path)


def test_credentials_in_a_redirect_are_refused_and_not_repeated() -> None:
    """Neither sent nor told."""
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Authorization", ""))
        return web.Response(status=301, headers={"Location": f"http://user:secretword@{request.host}/in"})

    with pytest.raises(AddressRefused) as caught:
        ask(handler)
    assert "secretword" not in str(caught.value)
    assert asked == [""]


@pytest.mark.parametrize(
    "host",
    [
        "2130706434",
        "0x7f000002",
        "017700000002",
        "0x7f.2",
        "0177.0.0.2",
        "127.2",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "[::127.0.0.2]",
        "[::ffff:0:127.0.0.2]",
        "[64:ff9b::7f00:2]",
        "[64:ff9b:1::7f00:2]",
        "[2002:7f00:2::]",
        "[2001:0:7f00:2::]",
    ],
)
def test_a_redirect_to_loopback_is_refused_however_it_is_written(host: str) -> None:
    """Decimal, hexadecimal, octal, short, mapped, translated and tunnelled; what is allowed is one address alone."""
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=301, headers={"Location": f"http://{host}:{request.url.port}/secret"})

    with pytest.raises(AddressRefused):
        ask(handler, settings=limits(allow_networks=("127.0.0.1/32",)))
    assert asked == ["/"]


# ---- how long it holds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=60"}, 60.0),
        ({"Cache-Control": "public, Max-Age = 60, must-revalidate"}, 60.0),
        ({"Cache-Control": 'max-age="60"'}, 60.0),
        ({"Cache-Control": "max-age=0"}, 0.0),
        ({"Cache-Control": "s-maxage=60"}, None),
        ({"Cache-Control": "x-max-age=60"}, None),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "max-age=-5"}, None),
        ({"Cache-Control": "public"}, None),
        ({"Cache-Control": "no-cache, max-age=60"}, 0.0),
        ({"Cache-Control": "no-store"}, 0.0),
        ({"Date": DATE, "Expires": LATER}, 120.0),
        ({"Date": DATE, "Expires": BEFORE}, 0.0),
        ({"Date": DATE, "Expires": LATER, "Cache-Control": "max-age=60"}, 60.0),
        ({"Date": DATE, "Expires": LATER, "Cache-Control": "no-cache"}, 0.0),
        ({"Date": DATE, "Expires": "Wednesday, 12-Mar-31 09:02:00 GMT"}, 120.0),
        ({"Date": DATE, "Expires": "12 Mar 2031 09:02:00 -0000"}, 120.0),
        ({"Date": "soon", "Expires": LATER}, None),
        ({"Expires": LATER}, None),
    ],
)
@pytest.mark.parametrize("status", [200, 304])
def test_an_answer_says_how_long_it_holds(status: int, headers: dict[str, str], fresh: float | None) -> None:
    """Cache-Control before Expires, which counts from the server's own clock; of a 304 as of a page."""

    async def work(fetcher: Fetcher, url: str, asked: list[bytes]) -> Answer:
        return await fetcher.ask(url, Validators('"a"'))

    lines = [f"{k}: {v}".encode() for k, v in headers.items()]
    named = b"200 OK" if status == 200 else b"304 Not Modified"
    body = b"words" if status == 200 else b""
    assert with_raw(work, raw(b"Content-Type: text/html", *lines, status=named, body=body)).fresh == fresh


@pytest.mark.parametrize("expires", ["0", "-1", "never", "Wed, 99 Foo 2031 99:99:99 GMT", "\t"])
def test_an_end_that_is_no_date_holds_for_no_time(expires: str) -> None:
    """RFC 9111, 5.3: it lies in the past."""
    answer = raw(b"Content-Type: text/html", f"Date: {DATE}".encode(), f"Expires: {expires}".encode())
    assert not ask_raw(answer).fresh


def test_directives_may_stand_in_several_lines() -> None:
    """They are one list (RFC 9110, 5.3)."""
    answer = raw(b"Content-Type: text/html", b"Cache-Control: public", b"Cache-Control: max-age=60")
    assert ask_raw(answer).fresh == 60.0


# ---- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        (LATER, 120.0),
        (BEFORE, 0.0),
        ("Wednesday, 12-Mar-31 09:02:00 GMT", 120.0),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("٣", None),
        ("soon", None),
        ("9" * 400, None),
        ("", None),
    ],
    ids=lambda x: ascii(x)[:20],
)
@pytest.mark.parametrize("status", [410, 429, 503])
def test_a_failure_says_what_was_answered_and_when_to_ask_again(
    status: int, value: str | None, seconds: float | None
) -> None:
    """The status, and Retry-After in seconds or as a date by the server's own clock; nonsense is not said."""
    lines = [f"Date: {DATE}".encode()] + ([f"Retry-After: {value}".encode()] if value is not None else [])
    with pytest.raises(FetchFailed, match=str(status)) as caught:
        ask_raw(raw(*lines, status=b"%d X" % status))
    assert (caught.value.status, caught.value.retry_after) == (status, seconds)


def test_a_failure_without_an_answer_has_no_status() -> None:
    """Nobody listens, the name is unknown, it took too long, it redirects for ever."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def work() -> None:
        async with Fetcher(LOOPBACK) as fetcher:
            with pytest.raises(FetchFailed) as caught:
                await fetcher.ask(f"http://127.0.0.1:{port}/")
            assert (caught.value.status, caught.value.retry_after) == (None, None)

    asyncio.run(work())
    with pytest.raises(FetchFailed) as caught:
        ask(leading(*[302] * 10), path="/0")
    assert caught.value.status is None


dates = st.lists(
    st.sampled_from(["Wed", ",", "12", " ", "Mar", "2031", "09", ":", "00", "-", "GMT", "+0100", "-0000", ".", "99999", "/"]),
    max_size=14,
).map("".join)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(dates | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_whatever_stands_in_the_headers_is_read_or_not_said(value: str) -> None:
    """No date, number or list of directives fails in another way."""
    written = value.encode()
    lines = (
        b"Date: " + written,
        b"Expires: " + written,
        b"Cache-Control: " + written,
        b"Retry-After: " + written,
    )
    found = ask_raw(
        raw(b"Content-Type: text/html", b"ETag: " + written, b"Last-Modified: " + written, *lines)
    )
    assert found.fresh is None or found.fresh >= 0
    with pytest.raises(FetchFailed) as caught:
        ask_raw(raw(*lines, status=b"503 X"))
    assert caught.value.retry_after is None or caught.value.retry_after >= 0


# ---- feeds ---------------------------------------------------------------------------------------------------------

_FEEDS_ALONE = [
    b"application/rss+xml",
    b"application/atom+xml; charset=utf-8",
    b"application/rdf+xml",
    b"application/feed+json",
    b"application/octet-stream",
    b"binary/octet-stream",
    b"application/x-rss+xml",
    b"html",
    b"",
    None,
]


@pytest.mark.parametrize("kind", _FEEDS_ALONE)
def test_a_feed_is_taken_whatever_its_type(kind: bytes | None) -> None:
    """Also as what servers call files that they do not know, or without one; a page is not."""
    answer = raw(*([b"Content-Type: " + kind] if kind is not None else []))
    found = ask_raw(answer, feed=True)
    assert found.page is not None
    assert found.page.body == b"words"
    with pytest.raises(FetchFailed, match="not a page of text"):
        ask_raw(answer)


@pytest.mark.parametrize(
    "kind", [b"text/xml", b"application/xml", b"text/html", b"text/plain", b"application/json"]
)
def test_a_feed_may_have_a_pages_type(kind: bytes) -> None:
    """Both are taken."""
    for feed in (True, False):
        assert ask_raw(raw(b"Content-Type: " + kind), feed=feed).page is not None


def test_feeds_are_asked_for_as_feeds() -> None:
    """Sites that have both under one address give what is accepted."""
    accepted: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        accepted.append(request.headers["Accept"])
        return web.Response(text="words", content_type="text/html")

    ask(handler, feed=True)
    ask(handler)
    assert accepted[0].startswith("application/atom+xml,application/rss+xml")
    assert "rss" not in accepted[1]


# ---- size and time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_given_up_before_memory_swells(encoding: str) -> None:
    """200 MB out of 200 KB: hardly more than the limit is ever held."""
    size = 200_000_000
    bomb = gzip.compress(bytes(size), mtime=0) if encoding == "gzip" else zlib.compress(bytes(size))
    assert len(bomb) < 300_000
    handler = answering(bomb, Content_Encoding=encoding)

    async def work() -> None:
        async with serving(handler) as port, Fetcher(limits(max_bytes=1_000_000)) as fetcher:
            url = f"http://127.0.0.1:{port}/"
            tracemalloc.start()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            try:
                with pytest.raises(TooLarge):
                    await fetcher.ask(url, feed=True)
                held = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            swollen = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert held < 20_000_000
            assert swollen < 50_000  # KB

    asyncio.run(work())


def test_the_body_of_a_failure_is_not_read() -> None:
    """An endless page of error costs neither time nor memory; neither does that of a redirect."""

    async def handler(request: web.Request) -> web.StreamResponse:
        status = 404 if request.path == "/gone" else 302
        response = web.StreamResponse(
            status=status, headers={"Content-Type": "text/html", "Location": "/gone"}
        )
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"a" * 65_536)
                await asyncio.sleep(0)
        return response

    begun = time.monotonic()
    with pytest.raises(FetchFailed, match="404"):
        ask(handler)
    assert time.monotonic() - begun < 3


def test_slow_bytes_end_at_the_deadline_and_give_the_turn_back() -> None:
    """A feed that trickles is given up after the timeout, redirects included; the next one has its turn."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/quick":
            return web.Response(text="words", content_type="text/html")
        if request.path == "/slow":
            await asyncio.sleep(0.2)
            return web.Response(status=302, headers={"Location": "/trickle"})
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(200):
                await response.write(b"a")
                await asyncio.sleep(0.05)
        return response

    async def work() -> None:
        async with serving(handler) as port, Fetcher(limits(timeout=0.4, per_host=1)) as fetcher:
            begun = time.monotonic()
            with pytest.raises(FetchFailed, match=r"longer than 0\.4 seconds") as caught:
                await fetcher.ask(f"http://127.0.0.1:{port}/slow", feed=True)
            assert 0.3 < time.monotonic() - begun < 2
            assert caught.value.status is None
            assert (await fetcher.ask(f"http://127.0.0.1:{port}/quick")).page is not None

    asyncio.run(work())


# ---- whose turn it is ----------------------------------------------------------------------------------------------


class Crowd:
    """A handler that takes a while, and counts how many are in it at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.inside = self.most = self.all = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.inside += 1
        self.all += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.inside -= 1
        return web.Response(text="words", content_type="text/html")


@pytest.mark.parametrize("per_host", [1, 3])
def test_a_host_is_asked_a_few_things_at_a_time(per_host: int) -> None:
    """As many as the settings say, and all of them in the end."""
    crowd = Crowd(0.02)

    async def work() -> None:
        async with serving(crowd.handle) as port, Fetcher(limits(per_host=per_host)) as fetcher:
            await asyncio.gather(*(fetcher.ask(f"http://127.0.0.1:{port}/{n}") for n in range(12)))

    asyncio.run(work())
    assert (crowd.most, crowd.all) == (per_host, 12)


def test_who_waits_for_a_turn_does_not_run_out_of_time() -> None:
    """The timeout is for one question: six of 0.1 seconds, one by one, in a timeout of 0.3."""
    crowd = Crowd(0.1)

    async def work() -> list[Answer]:
        async with serving(crowd.handle) as port, Fetcher(limits(per_host=1, timeout=0.3)) as fetcher:
            return await asyncio.gather(*(fetcher.ask(f"http://127.0.0.1:{port}/{n}") for n in range(6)))

    assert all(a.page is not None for a in asyncio.run(work()))


def test_a_slow_host_delays_no_other() -> None:
    """Thirty questions to one that hangs; the other answers at once."""
    slow, quick = Crowd(5), Crowd(0)

    async def work() -> float:
        async with (
            serving(slow.handle) as one,
            serving(quick.handle) as other,
            Fetcher(limits(per_host=2)) as fetcher,
        ):
            hanging = [asyncio.create_task(fetcher.ask(f"http://127.0.0.1:{one}/{n}")) for n in range(30)]
            await asyncio.sleep(0.05)
            begun = time.monotonic()
            for n in range(10):
                await fetcher.ask(f"http://127.0.0.1:{other}/{n}")
            passed = time.monotonic() - begun
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            return passed

    assert asyncio.run(work()) < 2
    assert slow.most == 2


def test_a_host_that_many_lead_to_is_asked_a_few_things_at_a_time_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Short links of many hosts lead to one: of that one, too, no more than per_host at once."""
    resolving_to(monkeypatch, "127.0.0.1")
    crowd = Crowd(0.05)

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.host.startswith("news.example"):
            return await crowd.handle(request)
        return web.Response(status=302, headers={"Location": f"http://news.example:{request.url.port}/"})

    async def work() -> None:
        async with serving(handler) as port, Fetcher(limits(per_host=2)) as fetcher:
            await asyncio.gather(*(fetcher.ask(f"http://short{n}.example:{port}/") for n in range(8)))

    asyncio.run(work())
    assert crowd.all == 8
    assert crowd.most <= 2


def test_hosts_that_lead_to_each_other_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with one turn: both are answered, whoever holds what meanwhile."""
    resolving_to(monkeypatch, "127.0.0.1")

    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.05)
        if request.path == "/there":
            return web.Response(text="words", content_type="text/html")
        other = "b" if request.host.startswith("a") else "a"
        return web.Response(
            status=302, headers={"Location": f"http://{other}.example:{request.url.port}/there"}
        )

    async def work() -> list[Answer]:
        async with serving(handler) as port, Fetcher(limits(per_host=1, timeout=3)) as fetcher:
            asked = [f"http://{name}.example:{port}/" for name in "abababab"]
            async with asyncio.timeout(5):
                return await asyncio.gather(*(fetcher.ask(url) for url in asked))

    assert all(a.page is not None for a in asyncio.run(work()))


def test_those_who_gave_up_leave_nothing_behind() -> None:
    """Cancelled in their turn or while they wait for one, refused, or failed: others get theirs."""
    slow = Crowd(5)

    async def handler(request: web.Request) -> web.StreamResponse:
        return (
            await slow.handle(request)
            if request.path == "/slow"
            else web.Response(text="words", content_type="text/html")
        )

    async def work() -> None:
        async with serving(handler) as port, Fetcher(limits(per_host=1)) as fetcher:
            waiting = [asyncio.create_task(fetcher.ask(f"http://127.0.0.1:{port}/slow")) for _ in range(4)]
            await asyncio.sleep(0.05)
            for task in waiting[::-1]:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert (await fetcher.ask(f"http://127.0.0.1:{port}/")).page is not None
            for url in ("http://10.0.0.1/", "nonsense", "http://[bad/"):
                with pytest.raises(AddressRefused):
                    await fetcher.ask(url)
            assert not fetcher._hosts

    asyncio.run(work())
    assert slow.all == 1


# ---- names ---------------------------------------------------------------------------------------------------------


def test_a_name_that_changes_its_address_is_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: allowed at first, another a moment later; each connection goes where was looked just now."""
    answers = iter(["127.0.0.1", "127.0.0.2", "169.254.169.254"])

    class Resolver:
        async def resolve(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
            return [
                ResolveResult(hostname=host, host=next(answers), port=port, family=family, proto=0, flags=0)
            ]

        async def close(self) -> None:
            pass

    monkeypatch.setattr(module, "ThreadedResolver", Resolver)

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text="words", content_type="text/html", headers={"Connection": "close"})

    async def work() -> None:
        async with serving(handler) as port, Fetcher(limits(allow_networks=("127.0.0.1/32",))) as fetcher:
            url = f"http://news.example:{port}/"
            assert (await fetcher.ask(url)).page is not None
            for _ in range(2):
                with pytest.raises(AddressRefused, match="no public address"):
                    await fetcher.ask(url)

    asyncio.run(work())


def test_a_name_in_a_redirect_is_checked_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public page that leads to a name of the inside."""
    resolving_to(monkeypatch, "10.0.0.1")

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=301, headers={"Location": "http://inside.example/"})

    with pytest.raises(AddressRefused, match="no public address"):
        ask(handler)


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
        "0.0.0.1",
        "198.18.0.1",
        "100.100.100.200",
        "192.0.0.170",
    ],
)
def test_loopback_and_other_insides_are_not_public_in_any_form(address: str) -> None:
    """Compatible, translated, of NAT64, 6to4 and Teredo; what is for tests and providers alone."""
    assert not is_public(address)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_whatever_is_asked_for_is_refused_in_our_words(rest: str, location: str) -> None:
    """No address, and no target of a redirect, fails in another way."""

    async def work(fetcher: Fetcher, url: str, asked: list[bytes]) -> None:
        for address in (rest, f"http://{rest}", f"http:{rest}"):
            with suppress(FetchError):
                fetcher.checked(address)
        with suppress(FetchError):
            await fetcher.ask(url)

    with_raw(work, raw(b"Location: " + location.encode(), status=b"301 X", body=b""))
