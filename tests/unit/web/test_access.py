"""Who is let in, what is refused, and what every answer carries, against the server itself."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import ClientResponse, ClientSession, ClientTimeout, CookieJar, web

from bots.chat import Chat
from bots.cli.context import Session
from bots.place import Place
from bots.web.access import HEADERS, Gate
from bots.web.rooms import Rooms
from bots.web.server import Running, serving
from bots.web.site import make_app
from briefings.demo import articles
from briefings.desk import Desk, Reader
from briefings.model import LOCAL, Story
from briefings.rendering import Templates
from briefings.rendering.words import zone_of
from briefings.settings import Settings, Web
from briefings.sources import Worker
from briefings.store import open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)
TOKEN = "a-token-of-the-tests-0123456789"
HERE = "desk"


@dataclass(frozen=True)
class Site:
    """A running server with a story in it, and a browser that may have been let in."""

    running: Running
    browser: ClientSession
    folder: Path

    @property
    def port(self) -> int:
        return int(self.running.url.rpartition(":")[2])

    @property
    def gate(self) -> Gate:
        return Gate(TOKEN, Web(port=self.port), self.port)

    async def enter(self) -> None:
        async with self.browser.get(f"/menu?token={TOKEN}") as answer:
            assert answer.status == 200

    async def raw(self, request: str) -> str:
        """What the server answers to these very bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request.encode("latin-1"))
            await writer.drain()
            return (await asyncio.wait_for(reader.read(), 10)).decode("utf8", "replace")
        finally:
            writer.close()
            await writer.wait_closed()

    async def asked(self, path: str, *more: str, method: str = "GET", host: str | None = None) -> str:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {host or f'127.0.0.1:{self.port}'}",
            "Connection: close",
            *more,
        ]
        return await self.raw("\r\n".join(lines) + "\r\n\r\n")

    @property
    def cookie(self) -> str:
        return f"Cookie: {self.gate.cookie_name}={self.gate.cookie}"


@asynccontextmanager
async def opened(folder: Path, **values: Any) -> AsyncIterator[Site]:
    settings = Settings()
    store = open_store(folder)
    try:
        async with Worker(30) as worker:
            desk = Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL)
            story = await desk.new_story("Crisis")
            await desk.add_articles(story, articles()[:1], "a", private=True)
            await desk.brief(story, "sitrep", "en", zone_of("UTC"), "c")
            chosen = Web.model_validate({"port": 0, "token": TOKEN, **values})
            async with (
                serving(desk, worker, chosen) as running,
                ClientSession(
                    running.url, cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(20)
                ) as browser,
            ):
                yield Site(running, browser, folder)
    finally:
        store.close()


def visit(folder: Path, work: Callable[[Site], Awaitable[None]], **values: Any) -> None:
    async def inside() -> None:
        async with opened(folder, **values) as site:
            await work(site)

    asyncio.run(inside())


def application(folder: Path) -> tuple[web.Application, Callable[[], None]]:
    """The application alone, and what closes its store."""
    settings = Settings()
    store = open_store(folder)
    worker = Worker(20)
    chat = Chat(Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL))
    gate = Gate(TOKEN, Web(), 8417)  # type: ignore[call-arg]
    return make_app(chat, Rooms(chat), worker, gate), store.close


def routes(folder: Path) -> list[tuple[str, str]]:
    """Method and path of every route, with a story, channel, message and chart in place of the names."""
    app, close = application(folder)
    close()
    filled = {
        "channel": HERE, "story": "crisis", "section": "quotes", "number": "1", "name": "timeline", "form": "svg",
        "version": "0abc", "file": "sitrep.css",
    }  # fmt: skip
    found = []
    for route in app.router.routes():
        assert route.resource is not None
        path = re.sub(
            r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}", lambda m: filled[m[1]], route.resource.canonical
        )
        found.append((route.method, path))
    return sorted(set(found))


class Markup(HTMLParser):
    """Every start tag of a page with its attributes, and the text within scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within and data.strip():
            self.inline.append(data)


def check_headers(answer: ClientResponse) -> None:
    """The strict headers are there, and none that tells what the server runs on."""
    told = f"{answer.method} {answer.url} {answer.status}"
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, f"{told}: {name}"
    assert "Cache-Control" in answer.headers, told


def check_markup(page: str) -> None:
    """No inline script, style or handler; all that a page loads is its own."""
    markup = Markup(page)
    assert markup.inline == []
    for tag, attributes in markup.tags:
        assert "style" not in attributes, tag
        assert not [a for a in attributes if a.startswith("on")], tag
        if tag in ("script", "img", "source", "link", "form"):
            for name in ("src", "srcset", "href", "action"):
                value = attributes.get(name)
                assert value is None or re.match(r"/(?!/)", value), f"{tag} {name}={value}"
        if tag == "a" and (href := attributes.get("href")) is not None:
            assert re.match(r"/(?!/)|#|https?://", href), href


PAGES = [
    "/menu", "/health", f"/c/{HERE}", "/s/crisis", "/s/crisis/quotes", "/s/crisis/timeline", "/s/crisis/articles",
    "/s/crisis/consequences", "/s/crisis/search?q=board", "/s/crisis/evidence/1", "/nowhere", "/s/nothing",
]  # fmt: skip


# ---- the token and its cookie --------------------------------------------------------------------------------------------


def test_without_the_token_nothing_is_shown(tmp_path: Path) -> None:
    """Every route but the two for supervisors and our own files answers 403 with a page that says nothing of the desk."""
    every = [r for r in routes(tmp_path / "r") if r[0] in ("GET", "POST")]

    async def work(site: Site) -> None:
        await site.running.rooms.channels()
        for method, path in every:
            if path in ("/healthz", "/readyz") or path.startswith("/static/"):
                continue
            async with site.browser.request(method, path, allow_redirects=False) as answer:
                text = await answer.text()
                assert answer.status == 403, path
                check_headers(answer)
            assert "This address needs its token" in text
            assert "<a " not in text
            assert not re.search(r"crisis|altman|csrf|Sitrep: I follow", text, re.IGNORECASE), path
            assert "Set-Cookie" not in answer.headers

    assert len(every) > 12
    visit(tmp_path / "d", work)


def test_a_wrong_token_opens_nothing(tmp_path: Path) -> None:
    """Also one that is nearly right, of other letters, or empty; nor does a wrong cookie, or the token as a cookie."""

    async def work(site: Site) -> None:
        for token in (
            "",
            "x",
            TOKEN[:-1],
            TOKEN + "0",
            TOKEN.upper(),
            "%00",
            "%C3%A9",
            "%ff",
            "%F0%9F%98%80",
        ):
            answer = await site.asked(f"/c/{HERE}?token={token}")
            assert answer.startswith("HTTP/1.1 403 "), token
            assert "Set-Cookie" not in answer
        for value in ("", "x", TOKEN, "0" * 64, "\xff"):
            answer = await site.asked("/menu", f"Cookie: {site.gate.cookie_name}={value}")
            assert answer.startswith("HTTP/1.1 403 "), value

    visit(tmp_path, work)


@pytest.mark.parametrize("secure", [False, True])
def test_the_token_becomes_a_cookie_in_any_address(tmp_path: Path, secure: bool) -> None:
    """A redirect to the same address without it; the cookie is HttpOnly, SameSite=Lax, and Secure where that is set."""

    async def work(site: Site) -> None:
        for path, given, then in [
            ("/", "", "/"),
            ("/s/crisis/search", "q=the+board&x=1", "/s/crisis/search?q=the+board&x=1"),
            (f"/c/{HERE}", "before=3", f"/c/{HERE}?before=3"),
            ("/nowhere", "", "/nowhere"),
        ]:
            for query in (f"token={TOKEN}&{given}", f"{given}&token={TOKEN}"):
                async with site.browser.get(f"{path}?{query}", allow_redirects=False) as answer:
                    assert answer.status == 303
                    assert answer.headers["Location"] == then
                    (cookie,) = answer.headers.getall("Set-Cookie")
                    check_headers(answer)
                    assert TOKEN not in str(answer.headers) + await answer.text()
                attributes = {a.strip().lower() for a in cookie.split(";")[1:]}
                assert {"httponly", "samesite=lax", "path=/"} <= attributes
                assert ("secure" in attributes) is secure

    visit(tmp_path, work, secure=secure)


def test_the_cookie_lets_in(tmp_path: Path) -> None:
    """Following the printed address, then without the token."""

    async def work(site: Site) -> None:
        async with site.browser.get(site.running.address) as answer:
            assert answer.status == 200
            assert "token" not in str(answer.url)
        async with site.browser.get("/s/crisis") as answer:
            assert answer.status == 200
            assert "Altman" in await answer.text()

    visit(tmp_path, work)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "//evil.example/x", "///evil.example", "/%2Fevil.example", "/%5Cevil.example",
        "/%09/evil.example", "/%5C%5Cevil.example",
    ],
)  # fmt: skip
def test_the_redirect_stays_here(tmp_path: Path, path: str) -> None:
    """An address that looks like another host's leads to a path of ours: browsers read "\\" as "/", leave tabs out."""

    async def work(site: Site) -> None:
        answer = await site.asked(f"{path}?token={TOKEN}")
        location = re.search(r"^Location: (.*)\r$", answer, re.MULTILINE)
        assert location is not None
        assert re.match(r"/(?![/\\\s])", location[1])

    visit(tmp_path, work)


@pytest.mark.parametrize("path", ["/c/caf%C3%A9", "/c/a%3Fb%23c", "/x%0d%0aX-Evil:%201"])
def test_the_redirect_keeps_the_address(tmp_path: Path, path: str) -> None:
    """What is escaped in it stays so."""

    async def work(site: Site) -> None:
        answer = await site.asked(f"{path}?token={TOKEN}")
        assert answer.startswith("HTTP/1.1 303 ")
        assert f"location: {path}\r".lower() in answer.lower()

    visit(tmp_path, work)


def test_a_redirect_has_the_strict_headers(tmp_path: Path) -> None:
    """Also the one of the first page."""

    async def work(site: Site) -> None:
        await site.enter()
        async with site.browser.get("/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/c/{HERE}#end")
            check_headers(answer)

    visit(tmp_path, work)


def test_an_address_adds_no_header(tmp_path: Path) -> None:
    """Line ends in the path do not come out as lines of the answer."""

    async def work(site: Site) -> None:
        answer = await site.asked(f"/x%0d%0aX-Evil:%201?token={TOKEN}")
        head = answer.partition("\r\n\r\n")[0]
        assert not re.search(r"^X-Evil", head, re.MULTILINE)

    visit(tmp_path, work)


def test_only_a_get_lets_in(tmp_path: Path) -> None:
    """A POST with the right token in its address is refused."""

    async def work(site: Site) -> None:
        async with site.browser.post(f"/channels?token={TOKEN}", data={"name": "x"}) as answer:
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers

    visit(tmp_path, work)


def test_a_gate_shows_no_secret() -> None:
    """Its text may stand in a log."""
    gate = Gate(TOKEN, Web(), 1)  # type: ignore[call-arg]
    for secret in (TOKEN, gate.cookie, gate.csrf):
        assert secret not in repr(gate)


def test_a_running_server_shows_no_secret(tmp_path: Path) -> None:
    """Its address holds the token; its text does not."""

    async def work(site: Site) -> None:
        assert TOKEN in site.running.address
        assert TOKEN not in repr(site.running)

    visit(tmp_path, work)


# ---- hosts ---------------------------------------------------------------------------------------------------------------


def test_the_server_answers_to_its_own_names_alone(tmp_path: Path) -> None:
    """A name that an attacker's DNS turned to this machine is refused, on every path; so is one without the port."""
    ours = [
        "127.0.0.1:{}",
        "localhost:{}",
        "LOCALHOST:{}",
        "[::1]:{}",
        "news.example:443",
        "News.Example:443",
    ]
    others = [
        "news.example", "evil.example:{}", "127.0.0.1.evil.example:{}", "127.0.0.1", "127.0.0.1:1",
        "localhost:{}@evil.example", "[::2]:{}", "::1", "localhost.:{}", "0.0.0.0:{}",
    ]  # fmt: skip

    async def work(site: Site) -> None:
        for name in (*ours, *others):
            for path in (f"/?token={TOKEN}", "/healthz", "/static/0/sitrep.css", "/menu"):
                answer = await site.asked(path, host=name.format(site.port))
                status = int(answer.split(" ", 2)[1])
                assert (status in (400, 421)) is (name in others), f"{path} as {name}: {status}"
                assert "Set-Cookie" not in answer or name in ours
        assert "does not answer to this name" in await site.asked("/menu", host="evil.example")

    visit(tmp_path, work, hosts=("News.example:443",))


def test_the_schemes_own_port_is_left_out() -> None:
    """Browsers send no port there; elsewhere they do."""
    names = {"localhost", "127.0.0.1", "[::1]"}
    assert names <= Gate(TOKEN, Web(), 80).hosts()  # type: ignore[call-arg]
    assert not names & Gate(TOKEN, Web(), 81).hosts()  # type: ignore[call-arg]


def test_without_a_host_nothing_is_answered(tmp_path: Path) -> None:
    """HTTP/1.0 has no Host: refused."""

    async def work(site: Site) -> None:
        answer = await site.raw(f"GET /?token={TOKEN} HTTP/1.0\r\n\r\n")
        assert " 421 " in answer.partition("\r\n")[0]

    visit(tmp_path, work)


# ---- what changes state --------------------------------------------------------------------------------------------------


def posts(folder: Path) -> list[str]:
    return [path for method, path in routes(folder) if method not in ("GET", "HEAD")]


def test_every_post_needs_our_own_page(tmp_path: Path) -> None:
    """Each route that changes state refuses another origin, another site, and a missing or wrong secret."""
    paths = posts(tmp_path / "r")

    async def work(site: Site) -> None:
        await site.enter()
        await site.running.rooms.channels()
        before = await site.running.rooms.desk.counts()
        good = {"csrf": site.gate.csrf, "name": "made", "line": "/story list"}
        own = f"http://127.0.0.1:{site.port}"
        refused: list[tuple[dict[str, str], dict[str, str]]] = [
            ({}, {**good, "csrf": ""}),
            ({}, {k: v for k, v in good.items() if k != "csrf"}),
            ({}, {**good, "csrf": site.gate.cookie}),
            ({}, {**good, "csrf": "é" + site.gate.csrf}),
            ({"Origin": "http://evil.example"}, good),
            ({"Origin": "null"}, good),
            ({"Origin": ""}, good),
            ({"Origin": f"{own}.evil.example"}, good),
            ({"Origin": "http://127.0.0.1"}, good),
            ({"Origin": f"http://localhost:{site.port}"}, good),
            ({"Sec-Fetch-Site": "cross-site"}, good),
            ({"Sec-Fetch-Site": "same-site", "Origin": own}, good),
        ]
        for path in paths:
            for headers, form in refused:
                async with site.browser.post(path, headers=headers, data=form) as answer:
                    assert answer.status == 403, f"{path} {headers} {form}"
                    check_headers(answer)
            async with site.browser.post(path, json=good) as answer:
                assert answer.status == 403
        assert await site.running.rooms.desk.counts() == before
        for path in paths:
            headers = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
            async with site.browser.post(path, headers=headers, data=good, allow_redirects=False) as answer:
                assert answer.status == 303, path
        assert await site.running.rooms.desk.counts() != before

    assert len(paths) >= 2
    visit(tmp_path / "d", work)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nope", "csrf=x"),
        ("application/x-www-form-urlencoded", "csrf=\xff"),
        ("multipart/form-data; boundary=x", "junk"),
        ("multipart/form-data", "junk"),
    ],
)
def test_a_body_that_is_no_form_is_refused(tmp_path: Path, kind: str, body: str) -> None:
    """Whoever sent it is at fault, not the server."""

    async def work(site: Site) -> None:
        answer = await site.raw(posted(site, kind, body))
        assert int(answer.split(" ", 2)[1]) in (400, 403)

    visit(tmp_path, work)


def posted(site: Site, kind: str, body: str, path: str = "/channels") -> str:
    """A request with the cookie and with any body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nConnection: close\r\n{site.cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """No GET route but the first visit's channel adds a row."""
    gets = [p for m, p in routes(tmp_path / "r") if m == "GET" and not p.endswith("/events")]

    async def work(site: Site) -> None:
        await site.enter()
        for warm in (True, False):
            before = await site.running.rooms.desk.counts()
            for path in gets:
                async with site.browser.get(path) as answer:
                    assert answer.status < 500, path
            if not warm:
                assert await site.running.rooms.desk.counts() == before

    visit(tmp_path / "d", work)


def test_an_odd_method_is_refused(tmp_path: Path) -> None:
    """As a page, with the strict headers; no method reaches a handler that is not for it."""

    async def work(site: Site) -> None:
        await site.enter()
        for method, path in product(
            ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"),
            ("/", "/menu", f"/c/{HERE}/say", "/healthz", "/static/0/sitrep.css", "/nowhere"),
        ):
            async with site.browser.request(method, path) as answer:
                assert answer.status in (403, 404, 405), f"{path}: {answer.status}"
                check_headers(answer)

    visit(tmp_path, work)


def test_head_is_a_get_without_the_page(tmp_path: Path) -> None:
    """The same status, and it ends also where a GET would go on."""

    async def work(site: Site) -> None:
        await site.enter()
        await site.running.rooms.channels()
        for path, status in [
            ("/menu", 200),
            ("/nowhere", 404),
            ("/healthz", 200),
            (f"/c/{HERE}/events", 405),
        ]:
            async with site.browser.head(path) as answer:
                assert answer.status == status, path
                assert await answer.read() == b""

    visit(tmp_path, work)


def test_too_large_a_request_is_told(tmp_path: Path) -> None:
    """413, as a page or as JSON, for a form and for a file."""

    async def work(site: Site) -> None:
        await site.enter()
        await site.running.rooms.channels()
        form = {"csrf": site.gate.csrf, "line": "x" * 100_000}
        async with site.browser.post(f"/c/{HERE}/say", data=form) as answer:
            assert answer.status == 413
            assert "That is too large" in await answer.text()
            check_headers(answer)
        async with site.browser.post(
            f"/c/{HERE}/say", data=form, headers={"Accept": "application/json"}
        ) as answer:
            assert (answer.status, await answer.json()) == (413, {"error": 413})

    visit(tmp_path, work)


# ---- what every answer carries -------------------------------------------------------------------------------------------


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    """Every source is ours or none."""
    policy = dict(p.split(" ", 1) for p in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert policy["form-action"] == "'self'"


def test_every_answer_has_the_strict_headers(tmp_path: Path) -> None:
    """Pages, errors, JSON, files, charts, the words for supervisors."""

    async def work(site: Site) -> None:
        await site.enter()
        await site.running.rooms.channels()
        version = re.search(r"/static/(\w+)/", await (await site.browser.get("/menu")).text())
        assert version is not None
        paths = [
            *PAGES,
            f"/c/{HERE}/complete?line=/b",
            f"/static/{version[1]}/sitrep.js",
            f"/static/{version[1]}/icon.svg",
            f"/static/{version[1]}/nothing.js",
            f"/static/{version[1]}/..%2fbase.html.j2",
            "/s/crisis/chart/timeline/timeline.svg",
            "/healthz",
            "/readyz",
        ]
        for path in paths:
            for accept in ("text/html", "application/json"):
                async with site.browser.get(path, headers={"Accept": accept}) as answer:
                    check_headers(answer)
                    assert answer.headers["Server"] == "Sitrep"

    visit(tmp_path, work)


def test_an_event_stream_has_the_strict_headers(tmp_path: Path) -> None:
    """It sets them itself, and is kept by no cache."""

    async def work(site: Site) -> None:
        await site.enter()
        await site.running.rooms.channels()
        async with site.browser.get(f"/c/{HERE}/events") as answer:
            check_headers(answer)
            assert answer.headers["Server"] == "Sitrep"
            assert answer.content_type == "text/event-stream"
            assert (
                "no-cache" in answer.headers["Cache-Control"] or "no-store" in answer.headers["Cache-Control"]
            )

    visit(tmp_path, work)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_holds_an_inline_script(tmp_path: Path, language: str) -> None:
    """Nor a style, a handler, or anything that is loaded from elsewhere; also with hostile names about."""

    async def work(site: Site) -> None:
        hostile = "<script>alert(1)</script>\"' onload=x"
        await site.running.rooms.desk.new_story(hostile)
        chat = site.running.rooms.chat
        await chat.welcome(Place(LOCAL, "evil", f"evil {hostile}"))
        await site.enter()
        await site.running.rooms.channels()
        await site.running.rooms.open(HERE, HERE)
        for path in (
            *PAGES,
            "/s/script-alert-1-script-onload-x",
            "/c/evil",
            "/s/crisis/search?q=<script>1</script>",
        ):
            async with site.browser.get(path, headers={"Accept-Language": language}) as answer:
                page = await answer.text()
            assert f'<html lang="{language}">' in page
            assert "<script>" not in page
            check_markup(page)

    visit(tmp_path, work)


def test_only_our_own_files_are_served(tmp_path: Path) -> None:
    """Nothing beside them, by whatever path, and nothing else of the desk by way of theirs."""
    paths = [
        "/static/0/../../bots/__main__.py", "/static/0/..%2f..%2fpyproject.toml", "/static/0/%2e%2e/%2e%2e/pyproject.toml",
        "/static/0/base.html.j2", "/static/0/", "/static/../menu", "/static/%2e%2e/menu", "/static/0/sitrep.css%00.html",
        "/static/0/..\\..\\pyproject.toml", "/static//etc/passwd", "/static/0//etc/passwd", "/static/0/%2Fetc%2Fpasswd",
        "/static/0/%ff", "//menu", "/./menu", "/healthz/../menu",
    ]  # fmt: skip

    async def work(site: Site) -> None:
        for path in paths:
            answer = await site.asked(path)
            assert int(answer.split(" ", 2)[1]) in (400, 403, 404), path
            assert "[project]" not in answer
            assert 'name="csrf"' not in answer

    visit(tmp_path, work)


def test_our_own_files_are_kept_by_the_browser(tmp_path: Path) -> None:
    """For good: their address holds the version."""

    async def work(site: Site) -> None:
        async with site.browser.get("/static/0abc/sitrep.css") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/css"
            assert "immutable" in answer.headers["Cache-Control"]

    visit(tmp_path, work)


# ---- errors --------------------------------------------------------------------------------------------------------------


async def broken(request: web.Request) -> web.StreamResponse:
    raise ZeroDivisionError("the inside of the handler")


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_a_handler_that_fails_is_a_page(tmp_path: Path, language: str) -> None:
    """500 in the reader's language, without a traceback or what the error says."""

    async def work() -> None:
        app, close = application(tmp_path)
        app.router.add_get("/broken", broken)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        gate = Gate(TOKEN, Web(), 8417)  # type: ignore[call-arg]
        headers = {
            "Host": "localhost:8417",
            "Cookie": f"{gate.cookie_name}={gate.cookie}",
            "Accept-Language": language,
        }
        try:
            async with ClientSession(f"http://127.0.0.1:{port}") as browser:
                async with browser.get("/broken", headers=headers) as answer:
                    text = await answer.text()
                    assert answer.status == 500
                    check_headers(answer)
                    assert f'lang="{language if language == "fr" else "en"}"' in text
                    assert "Traceback" not in text
                    assert "inside of the handler" not in text
                    titles.append(text)
                async with browser.get(
                    "/broken", headers={**headers, "Accept": "application/json"}
                ) as answer:
                    assert await answer.json() == {"error": 500}
        finally:
            await runner.cleanup()
            close()

    titles: list[str] = []
    asyncio.run(work())
    heading = re.search(r"<h1>(.*?)</h1>", titles[0])
    assert heading is not None
    assert (heading[1] == "Something broke") is (language != "fr")


def test_errors_are_told_in_both_languages(tmp_path: Path) -> None:
    """Each has a page in French that is not the English one."""

    async def work(site: Site) -> None:
        async def told(path: str, language: str, **headers: str) -> tuple[int, str]:
            async with site.browser.get(path, headers={"Accept-Language": language, **headers}) as answer:
                heading = re.search(r"<h1>(.*?)</h1>", await answer.text())
                assert heading is not None
                return answer.status, heading[1]

        forbidden = [await told("/menu", x) for x in ("en", "fr")]
        await site.enter()
        missing = [await told("/nowhere", x) for x in ("en", "fr-CA,en;q=0.5")]
        elsewhere = [await told("/menu", x, Host="evil.example") for x in ("en", "fr")]
        for (status, english), (again, french) in (forbidden, missing, elsewhere):
            assert status == again
            assert english != french
        assert [forbidden[0][0], missing[0][0], elsewhere[0][0]] == [403, 404, 421]

    visit(tmp_path, work)


def gone(folder: Path, site: Site) -> None:
    """The database is no database any more."""
    site.running.rooms.desk.store.close()
    for name in (f"{FILE}-wal", f"{FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / FILE).write_bytes(b"no database " * 500)


def test_health_is_open_and_readiness_knows_the_database(tmp_path: Path) -> None:
    """Both answer without the token; where the database has gone, one says 503 and pages say what to do."""

    async def work(site: Site) -> None:
        for path in ("/healthz", "/readyz"):
            async with site.browser.get(path) as answer:
                assert answer.status == 200
        await site.enter()
        gone(tmp_path, site)
        async with site.browser.get("/healthz") as answer:
            assert answer.status == 200
        async with site.browser.get("/readyz") as answer:
            assert answer.status == 503
            assert str(tmp_path) not in await answer.text()
            check_headers(answer)
        async with site.browser.get("/menu") as answer:
            assert answer.status == 503
            text = await answer.text()
            assert "The database does not answer" in text
            assert str(tmp_path) not in text

    visit(tmp_path, work)


# ---- the secrets ---------------------------------------------------------------------------------------------------------


def test_an_error_logs_no_secret(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What breaks is logged with its traceback, as the command line logs it, and without the token or what is derived.

    What is only out of order, a cookie of odd letters or a body that is no form, is no traceback at all.
    """
    caplog.set_level(logging.DEBUG)
    known = structlog.get_config()

    async def work(site: Site) -> None:
        await site.asked("/menu", f"Cookie: {site.gate.cookie_name}=\xff")
        for kind in ("application/x-www-form-urlencoded; charset=nope", "application/x-www-form-urlencoded"):
            await site.raw(posted(site, kind, "csrf=\xff"))
        orderly = caplog.text + "".join(capfd.readouterr())
        assert "Traceback" not in orderly
        monkeypatch.setattr(Desk, "stories", failing)
        own = "application/x-www-form-urlencoded"
        assert (await site.asked("/menu", site.cookie)).startswith("HTTP/1.1 500 ")
        line = f"csrf={site.gate.csrf}&line=/story+list"
        answer = await site.raw(posted(site, own, line, f"/c/{HERE}/say"))
        assert "That did not work." in answer or answer.startswith("HTTP/1.1 500 ")
        logs = caplog.text + "".join(capfd.readouterr())
        assert logs.count("Traceback") >= 2
        for secret in (TOKEN, site.gate.cookie, site.gate.csrf):
            assert secret not in orderly + logs

    async def failing(_: Desk) -> list[Story]:
        raise RuntimeError("a mistake of ours")

    try:
        Session(now=lambda: NOW, environment={}, verbose=True)._log()
        visit(tmp_path, work)
    finally:
        structlog.configure(**known)


def test_the_token_stands_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    """In no log at DEBUG, no page, no header, no row of the database; nor does what is derived from it get logged."""
    caplog.set_level(logging.DEBUG)
    known = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))

    async def work(site: Site) -> None:
        seen: list[str] = []
        await site.enter()
        await site.running.rooms.channels()
        for path in (*PAGES, f"/c/{HERE}/complete?line=/", "/healthz", "/readyz", f"/nowhere?token={TOKEN}x"):
            async with site.browser.get(path) as answer:
                seen += [
                    await answer.text(),
                    str(answer.headers),
                    str(answer.url)[: -1 if "x" in path else None],
                ]
        for line in (
            "/story list",
            "/help",
            "/setup",
            "/nothing",
            "/story add http://127.0.0.1:1/x story:crisis",
        ):
            form = {"csrf": site.gate.csrf, "line": line}
            async with site.browser.post(f"/c/{HERE}/say", data=form) as answer:
                seen += [await answer.text(), str(answer.headers)]
        pages = [s for s in seen if not s.startswith("http://")]
        assert not [s for s in pages if TOKEN in s]
        assert not [s for s in pages if site.gate.cookie in s]
        with closing(sqlite3.connect(tmp_path / FILE)) as database:
            rows = "\n".join(database.iterdump())
        logs = caplog.text + "".join(capfd.readouterr())
        for secret in (TOKEN, site.gate.cookie, site.gate.csrf):
            assert secret not in rows
            assert secret not in logs
        assert "answered" in logs

    try:
        visit(tmp_path, work)
    finally:
        structlog.configure(**known)


def test_a_server_does_not_show_its_token(tmp_path: Path) -> None:
    """Neither in the settings' text nor, where it makes its own, twice the same."""
    settings = Web.model_validate({"token": TOKEN})
    assert (
        TOKEN
        not in f"{settings} {settings!r} {settings.model_dump_json()} {json.dumps(str(Settings(web=settings)))}"
    )
