"""A server with the demo story, and a browser that was let in: what the tests of the pages share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, ClientTimeout, CookieJar

from bots.web.access import Gate
from bots.web.server import Running, serving
from briefings import demo
from briefings.desk import Desk, Reader
from briefings.model import LOCAL
from briefings.rendering import Templates
from briefings.settings import Settings, Web
from briefings.sources import Worker
from briefings.store import open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)
TOKEN = "a-token-of-the-tests-0123456789"
SLUG = "openai-november-2023"


@cache
def told() -> bytes:
    """A database with the demo story in it: copied, it need not be made anew for every test."""

    async def work(folder: Path) -> None:
        settings, store = Settings(), open_store(folder)
        async with Worker(30) as worker:
            desk = Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL)
            story = await desk.new_story(demo.NAME)
            for article in demo.articles():
                await desk.add_articles(story, [article], article.id, private=True)
        store.close()

    with TemporaryDirectory() as folder:
        asyncio.run(work(Path(folder)))
        return (Path(folder) / FILE).read_bytes()


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Site:
    """A running server, and a browser that was let in."""

    running: Running
    browser: ClientSession
    worker: Worker

    @property
    def desk(self) -> Desk:
        return self.running.rooms.desk

    async def get(self, path: str, language: str = "en", **headers: str) -> Got:
        given = {"Accept-Language": language, **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with self.browser.get(path, headers=given, allow_redirects=False) as answer:
            body = await answer.read()
            return Got(answer.status, body.decode("utf8", "replace"), dict(answer.headers), body)

    async def post(self, path: str, accept: str = "text/html", reader: str = "en", **form: str) -> Got:
        given = {"Accept-Language": reader, "Accept": accept}
        data = {"csrf": Gate(TOKEN, Web(), 0).csrf, **form}  # type: ignore[call-arg]
        async with self.browser.post(path, headers=given, data=data, allow_redirects=False) as answer:
            return Got(answer.status, await answer.text(), dict(answer.headers))


@asynccontextmanager
async def opened(folder: Path, seconds: float = 30.0) -> AsyncIterator[Site]:
    settings, store = Settings(), open_store(folder)
    try:
        async with Worker(seconds) as worker:
            desk = Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL)
            chosen = Web.model_validate({"port": 0, "token": TOKEN})
            async with (
                serving(desk, worker, chosen) as running,
                ClientSession(
                    running.url, cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(20)
                ) as browser,
            ):
                async with browser.get(f"/menu?token={TOKEN}") as answer:
                    assert answer.status == 200
                yield Site(running, browser, worker)
    finally:
        store.close()


def visit(folder: Path, work: Callable[[Site], Awaitable[None]], **values: Any) -> None:
    (folder / FILE).write_bytes(told())

    async def inside() -> None:
        async with opened(folder, **values) as site, asyncio.timeout(60):
            await work(site)

    asyncio.run(inside())
