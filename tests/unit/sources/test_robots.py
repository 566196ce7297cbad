"""robots.txt: what sites let us fetch, asked once, and what they answer instead of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.errors import AddressRefused, FetchError, FetchFailed, RobotsRefused, SitrepError
from briefings.settings import Fetch
from briefings.sources.fetch import Answer, Fetched, Fetcher
from briefings.sources.robots import Robots
from tests.unit.sources.test_asking import raw, with_raw
from tests.unit.sources.test_fetch import Handler, limits, serving

NOW = datetime(2031, 3, 12, 9, tzinfo=UTC)
AGENT = "Sitrep/0.1 (news briefings; self-hosted)"


class Site:
    """A fetcher whose one site answers with this robots.txt, or fails with this error."""

    def __init__(
        self, text: str | bytes = "", failing: Exception | None = None, kind: str = "text/plain"
    ) -> None:
        self.settings = Fetch.model_validate({"user_agent": AGENT})
        self.body = text.encode() if isinstance(text, str) else text
        self.failing = failing
        self.kind = kind
        self.asked: list[str] = []

    def checked(self, url: str) -> str:
        return Fetcher(self.settings).checked(url)

    async def ask(self, url: str, *, feed: bool, cut: int) -> Answer:
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.failing is not None:
            raise self.failing
        return Answer(Fetched(url, self.body[:cut], self.kind, None))

    def robots(self) -> Robots:
        return Robots(self)  # type: ignore[arg-type]  # as much of a fetcher as is needed

    def allows(self, url: str = "https://courier.example/board") -> bool:
        return asyncio.run(allowed(self.robots(), url))


async def allowed(robots: Robots, url: str, now: datetime = NOW) -> bool:
    try:
        await robots.check(url, now)
    except RobotsRefused:
        return False
    return True


def over_http(handler: Handler, work: Callable[[Robots, str], Awaitable[None]], **values: object) -> None:
    """`work` with robots that ask a server on loopback, whose address it is given."""

    async def run() -> None:
        async with serving(handler) as port, Fetcher(limits(user_agent=AGENT, **values)) as fetcher:
            await work(Robots(fetcher), f"http://127.0.0.1:{port}")

    asyncio.run(run())


def answering(text: str | bytes, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        body = text.encode() if isinstance(text, str) else text
        return web.Response(body=body, status=status, content_type="text/plain")

    return handler


# ---- what is allowed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "path", "free"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /*?print=", "/a?id=1", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Sitrep\nDisallow: /x", "/a", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: sitrep\nDisallow: /", "/a", False),
        ("User-agent: other\nUser-agent: SITREP\nDisallow: /", "/a", False),
        ("User-agent: Sitrepbot-other\nDisallow: /", "/a", True),
        ("User-agent: GPTBot\nDisallow: /", "/a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", "/a", False),
        ("user-agent:*\rdisallow:/", "/a", False),
        ("User-agent: * # all\nDisallow: / # and everything", "/a", False),
        ("User-agent: *\nCrawl-delay: 10\nSitemap: https://courier.example/s.xml\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /%C3%A9lue", "/élue", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("Disallow: /", "/a", True),
        ("nonsense\n\n<<<>>>\n:::\nUser-agent\nDisallow", "/a", True),
    ],
)
def test_a_site_is_kept_to(rules: str, path: str, free: bool) -> None:
    """Our group before everybody's, the longest rule before others, wildcards, ends and comments."""
    assert Site(rules).allows(f"https://courier.example{path}") is free


@pytest.mark.parametrize("name", ["news", "briefings", "self-hosted", "0"])
def test_a_group_for_another_program_is_not_ours(name: str) -> None:
    """Programs are named by their product token (RFC 9309, 2.2.1), not by a word of what they say of themselves."""
    assert Site(f"User-agent: {name}\nDisallow: /\n\nUser-agent: *\nAllow: /").allows()


def test_a_refusal_says_what_to_do() -> None:
    """It names the address and robots.txt."""

    async def work() -> None:
        with pytest.raises(RobotsRefused, match=r"courier\.example/board.*robots\.txt") as caught:
            await Site("User-agent: *\nDisallow: /").robots().check("https://courier.example/board", NOW)
        assert caught.value.hint

    asyncio.run(work())


@pytest.mark.parametrize("who", ["user:secretword@", "secretword@"])
@pytest.mark.parametrize("failing", [None, FetchFailed("It is down.")], ids=["refused", "down"])
def test_credentials_are_not_told(failing: Exception | None, who: str) -> None:
    """What is refused does not show its password."""
    robots = Site("User-agent: *\nDisallow: /", failing).robots()
    with pytest.raises(SitrepError) as caught:
        asyncio.run(robots.check(f"https://{who}courier.example/a", NOW))
    assert "secretword" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://[bad/", "http://a.example:99999/", "http://", "", "mailto:a@b", "//x/", "http://a/\udc80"],
    ids=ascii,
)
def test_what_is_no_address_is_told_or_left_to_the_fetcher(url: str) -> None:
    """No other failure than ours."""

    async def work(site: Site) -> None:
        with suppress(SitrepError):
            await site.robots().check(url, NOW)

    asyncio.run(work(Site("User-agent: *\nDisallow: /q")))
    asyncio.run(work(Site(failing=FetchError("It is no address."))))


# ---- what is answered instead --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "free"),
    [
        *((n, True) for n in (200, 204, 400, 401, 403, 404, 410)),
        *((n, False) for n in (429, 500, 502, 503, 599)),
    ],
)
def test_a_site_without_rules_is_free_and_one_that_fails_is_not(status: int, free: bool) -> None:
    """RFC 9309, 2.3.1.3 and 2.3.1.4: unavailable lets all, unreachable nothing."""

    async def work(robots: Robots, base: str) -> None:
        assert await allowed(robots, f"{base}/a") is free

    over_http(answering("", status), work)


def test_a_site_that_is_down_is_not_fetched_from() -> None:
    """Neither is one that never answers; what is told names it."""

    async def work() -> None:
        async with Fetcher(limits(timeout=0.2)) as fetcher:
            with pytest.raises(FetchFailed, match=r"127\.0\.0\.1:9/robots\.txt can't be reached"):
                await Robots(fetcher).check("http://127.0.0.1:9/a", NOW)

    asyncio.run(work())

    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(10)
        return web.Response()

    async def refused(robots: Robots, base: str) -> None:
        with pytest.raises(FetchFailed, match="longer than"):
            await robots.check(f"{base}/a", NOW)

    over_http(never, refused, timeout=0.2)


@pytest.mark.parametrize(
    "kind",
    [
        b"text/plain",
        b"text/plain; charset=utf-8",
        b"text/x-robots",
        b"application/octet-stream",
        b"binary/octet-stream",
        b"",
        None,
    ],
)
def test_the_rules_are_read_whatever_type_they_have(kind: bytes | None) -> None:
    """Servers have many for a file of that name, or none: it is the rules that count."""
    lines = [b"Content-Type: " + kind] if kind is not None else []

    async def work(fetcher: Fetcher, url: str, asked: list[bytes]) -> None:
        robots = Robots(fetcher)
        assert await allowed(robots, f"{url}a")
        assert not await allowed(robots, f"{url}private")
        assert len(asked) == 1

    with_raw(work, raw(*lines, body=b"User-agent: *\nDisallow: /private"))


def test_a_page_in_their_place_says_nothing() -> None:
    """A site that answers everything with its front page has no rules."""
    assert Site("<html>\nUser-agent: *\nDisallow: /\n</html>", kind="text/html").allows()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirected_rules_are_the_sites(status: int) -> None:
    """RFC 9309, 2.3.1.2: they count for the site that was asked."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=status, headers={"Location": "/real.txt"})
        return web.Response(text="User-agent: *\nDisallow: /private")

    async def work(robots: Robots, base: str) -> None:
        assert await allowed(robots, f"{base}/a")
        assert not await allowed(robots, f"{base}/private")

    over_http(handler, work)


def test_rules_that_lead_into_a_private_network_are_none() -> None:
    """Nothing is asked there, and nothing of the site fetched."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/robots.txt"})

    async def work(robots: Robots, base: str) -> None:
        with pytest.raises(AddressRefused):
            await robots.check(f"{base}/a", NOW)

    over_http(handler, work)


@pytest.mark.parametrize("size", [400_000, 600_000, 6_000_000])
def test_rules_of_any_length_are_kept_to_from_their_beginning(size: int) -> None:
    """500 KiB at least are read (RFC 9309, 2.5): what is longer than we take is no leave to fetch all."""

    async def work(robots: Robots, base: str) -> None:
        assert not await allowed(robots, f"{base}/private")

    over_http(answering("User-agent: *\nDisallow: /private\n" + "#" * size), work)


def test_rules_in_another_encoding_are_read() -> None:
    """Bytes that are no UTF-8, and zeros, cost nothing but themselves."""
    assert not Site(b"# \xe9lue\0\nUser-agent: *\nDisallow: /board\n\xff\xfe").allows()


# ---- how often it is asked -----------------------------------------------------------------------------------------


def test_a_site_is_asked_once_a_day() -> None:
    """Whatever is fetched of it, and anew a day later."""

    async def work(site: Site) -> None:
        robots = site.robots()
        for path in ("a", "b", "private"):
            await allowed(robots, f"https://courier.example/{path}")
        await allowed(robots, "https://courier.example/a", NOW + timedelta(hours=23))
        assert site.asked == ["https://courier.example/robots.txt"]
        site.body = b"User-agent: *\nDisallow: /"
        assert await allowed(robots, "https://courier.example/a", NOW + timedelta(hours=23))
        assert not await allowed(robots, "https://courier.example/a", NOW + timedelta(hours=24))
        assert len(site.asked) == 2

    asyncio.run(work(Site("User-agent: *\nDisallow: /private")))


def test_a_site_that_failed_is_asked_again_sooner() -> None:
    """After half an hour, not with every article."""

    async def work(site: Site) -> None:
        robots = site.robots()
        for minutes in (0, 1, 29):
            assert not await allowed(robots, "https://courier.example/a", NOW + timedelta(minutes=minutes))
        assert len(site.asked) == 1
        site.failing = None
        assert await allowed(robots, "https://courier.example/a", NOW + timedelta(minutes=31))
        assert len(site.asked) == 2

    asyncio.run(work(Site("", FetchFailed("It has trouble.", status=503))))


def test_those_who_ask_at_once_share_one_question() -> None:
    """A hundred articles of one site."""

    async def work(site: Site) -> None:
        robots = site.robots()
        free = await asyncio.gather(*(allowed(robots, f"https://courier.example/{n}") for n in range(100)))
        assert free == [n != 7 and not 70 <= n < 80 for n in range(100)]
        assert len(site.asked) == 1

    asyncio.run(work(Site("User-agent: *\nDisallow: /7")))


def test_who_gives_up_does_not_take_the_answer_from_others() -> None:
    """The first one's task is cancelled while three wait."""

    async def work(site: Site) -> None:
        robots = site.robots()
        waiting = [asyncio.create_task(allowed(robots, "https://courier.example/a")) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        assert await asyncio.gather(*waiting[1:]) == [False, False]
        assert len(site.asked) == 1

    asyncio.run(work(Site("User-agent: *\nDisallow: /")))


def test_sites_are_asked_each_for_themselves() -> None:
    """By host, protocol and port; one that is slow holds up no other."""

    async def work(site: Site) -> None:
        robots = site.robots()
        for base in ("https://a.example", "http://a.example", "https://a.example:8443", "https://b.example"):
            await allowed(robots, f"{base}/x")
            await allowed(robots, f"{base}/y")
        assert site.asked == [
            "https://a.example/robots.txt",
            "http://a.example/robots.txt",
            "https://a.example:8443/robots.txt",
            "https://b.example/robots.txt",
        ]

    asyncio.run(work(Site()))


def test_one_host_is_one_site_however_it_is_written() -> None:
    """Capitals and the protocol's own port make no other."""

    async def work(site: Site) -> None:
        robots = site.robots()
        for base in ("https://a.example", "HTTPS://A.Example", "https://a.example:443"):
            await allowed(robots, f"{base}/x")
        assert len(site.asked) == 1

    asyncio.run(work(Site()))


def test_what_is_kept_is_bounded() -> None:
    """A story may lead to ever new hosts; those looked at last are still known."""

    async def work(site: Site) -> None:
        robots = site.robots()
        for n in range(5_100):
            await allowed(robots, f"https://{n}.example/")
        assert len(site.asked) == 5_100
        await allowed(robots, "https://5099.example/")
        assert len(site.asked) == 5_100
        await allowed(robots, "https://0.example/")
        assert len(site.asked) == 5_101

    asyncio.run(work(Site()))


# ---- made to harm --------------------------------------------------------------------------------------------------


def _seconds(rules: str, path: str = "/board") -> float:
    begun = time.process_time()
    Site(rules).allows(f"https://courier.example{path}")
    return time.process_time() - begun


@pytest.mark.parametrize(
    "rule",
    ["/" + "*a" * 50 + "b", "/" + "*" * 10_000, "/*" * 5_000 + "$", "/%" * 50_000, "$" * 50_000, "/" + "a" * 400_000],
    ids=lambda x: x[:8],
)  # fmt: skip
def test_a_rule_of_wildcards_is_matched_in_no_time(rule: str) -> None:
    """Whatever the path is."""
    assert _seconds(f"User-agent: *\nDisallow: {rule}\nAllow: {rule}", "/" + "a" * 2_000) < 2


_LINES = st.lists(
    st.sampled_from(["User-agent", "Disallow", "Allow", "Sitemap", "Crawl-delay", "Request-rate", "Visit-time", "Host"])
    | st.text(max_size=5),
    max_size=12,
).flatmap(lambda names: st.tuples(*(st.tuples(st.just(n), st.sampled_from(["*", "/", "/a*$", "Sitrep", "%", "-1", ""]) | st.text(max_size=8)) for n in names)))  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    _LINES.map(lambda x: "\n".join(f"{n}: {v}" for n, v in x).encode()) | st.binary(max_size=80),
    st.text(max_size=20),
)
def test_any_rules_allow_or_refuse(body: bytes, path: str) -> None:
    """Noise in the file or the path fails in no other way."""
    assert Site(body).allows(f"https://courier.example/{path}") in (True, False)
