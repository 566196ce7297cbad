"""A site on loopback that serves what it is told, and collectors over a real store: what the tests of polling share."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, ParamSpec, TypeVar
from xml.sax.saxutils import escape

from aiohttp import web
from sqlalchemy import select
from structlog.testing import capture_logs

from briefings.collecting import Collector
from briefings.desk import Desk, Reader
from briefings.errors import SitrepError
from briefings.following import StoryFollowing
from briefings.model import (
    LOCAL,
    Address,
    Decision,
    Follow,
    Followed,
    Following,
    Gap,
    Polled,
    Story,
    Tenant,
)
from briefings.rendering import Templates
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.sources.fetch import Fetcher
from briefings.store import Store, open_store
from briefings.store import tables as t
from briefings.store.database import FILE

P = ParamSpec("P")
T = TypeVar("T")
NOW = datetime(2024, 3, 5, 8, tzinfo=UTC)
ONE, TWO = Tenant("discord", "1"), Tenant("discord", "2")
HERE = Address("discord", "here")
TEMPLATES = Templates(None)

HEAD = "Sluice at Varnholt fails"
LEDE = "The sluice at Varnholt failed on Tuesday, the Quay Office of Varnholt said."
BODY = (
    f"{LEDE} Some 120 households were moved to a school.\n"
    '"We lost the gate within minutes," said Odile Brask, the harbour master of Varnholt.\n'
    "Repairs could take six weeks, the Quay Office said, and barges will be turned away until then.\n"
    "The gate was built in 1961 and had been inspected in January by the firm Pellmoor."
)
TEASER = "The sluice at Varnholt failed on Tuesday, and some households were moved to a school."
OTHER_HEAD = "Pears are dear this year"
OTHER = (
    "Pears cost twice as much as a year ago, growers in the valley of Ombrelle said on Monday.\n"
    "A late frost took the blossom, and what was left went to the presses in April.\n"
    "Growers hope for plums, which flower later, and for a calm summer without any hail at all.\n"
    "The market of Ombrelle opens on Saturday as it always does, with fewer stalls than before."
)


@dataclass(frozen=True)
class Entry:
    """An entry of the site's feed; `path` "" for one without a link."""

    path: str
    title: str = HEAD
    text: str = TEASER
    guid: str = ""
    date: datetime | None = NOW - timedelta(hours=1)


def rss(base: str, entries: Iterable[Entry], title: str = "The Quay Post") -> str:
    items = []
    for e in entries:
        parts = [f"<title>{escape(e.title)}</title>"] if e.title else []
        if e.path:
            parts.append(f"<link>{escape(e.path if '://' in e.path else base + e.path)}</link>")
        if e.guid or e.path:
            parts.append(f"<guid isPermaLink='false'>{escape(e.guid or e.path)}</guid>")
        if e.date is not None:
            parts.append(f"<pubDate>{e.date:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")
        parts.append(f"<description>{escape(e.text)}</description>")
        items.append(f"<item>{''.join(parts)}</item>")
    return f"<rss version='2.0'><channel><title>{title}</title>{''.join(items)}</channel></rss>"


def page(title: str = HEAD, text: str = BODY, canonical: str = "", site: str = "The Quay Post") -> str:
    paragraphs = "".join(f"<p>{escape(p)}</p>" for p in text.split("\n"))
    head = f"<title>{escape(title)}</title><meta property='og:site_name' content='{site}'>"
    head += "<meta property='og:type' content='article'>"
    head += f"<link rel='canonical' href='{canonical}'>" if canonical else ""
    return f"<html lang='en'><head>{head}</head><body><article><h1>{escape(title)}</h1>{paragraphs}</article></body></html>"


Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """`at` holds what stands at a path: text, a status, a redirect (status, path) or a handler. `asked` counts."""

    base: str = ""
    at: dict[str, str | int | tuple[int, str] | Answering] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def feed(self, *entries: Entry, path: str = "/feed") -> None:
        self.at[path] = rss(self.base, entries)

    def url(self, path: str = "/feed") -> str:
        return self.base + path

    def took(self, path: str = "/feed") -> int:
        """How often that was asked for since this was asked last."""
        return self.asked.pop(path, 0)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        found = self.at.get(request.path_qs, self.at.get(request.path, 404))
        match found:
            case str():
                kind = "text/html" if found.startswith("<html") else "application/rss+xml"
                return web.Response(text=found, content_type=kind)
            case int():
                return web.Response(status=found)
            case (int() as status, str() as to):
                return web.Response(status=status, headers={"Location": to})
            case _:
                return await found(request)


@asynccontextmanager
async def serving(host: str = "127.0.0.1") -> AsyncIterator[Site]:
    site = Site()
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", site.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    site.base = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()


class Inline(Worker):
    """Works here instead of in a child process, which takes a second to start. `ran` is what it was asked for."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.ran: list[str] = []

    async def run(self, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.ran.append(what)
        return function(*args, **kwargs)


class Everywhere(Fetcher):
    """Takes loopback for the public network, so that what it fetches is shared."""

    def _is_public(self, url: str) -> bool:
        return True


@dataclass
class Clock:
    """It stands until it is put forward."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **much: float) -> None:
        self.now += timedelta(**much)


@dataclass(frozen=True)
class Telling:
    """What followers were told: who, of which feed, and the error's class, "" where it is back."""

    stories: tuple[str, ...]
    url: str
    error: str


@dataclass
class House:
    """A desk for the local tenant over a real store, a site, and the collectors that a test makes."""

    desk: Desk
    site: Site
    clock: Clock
    fetcher: Fetcher
    told: list[Telling] = field(default_factory=list)
    changes: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    collector: Collector = field(init=False)

    def __post_init__(self) -> None:
        self.collector = self.another("first")

    def another(self, name: str) -> Collector:
        return Collector(self.desk, self.fetcher, name, Random(3), self.tell, self.changed)

    async def tell(
        self,
        followers: Sequence[tuple[Followed, Follow]],
        polled: Polled,
        error: SitrepError | None,
        since: datetime,
    ) -> None:
        kind = type(error).__name__ if error is not None else ""
        self.told.append(Telling(tuple(e.story.slug for e, _ in followers), polled.url, kind))

    def changed(self) -> None:
        self.changes += 1
        self.came.set()

    # ---- ordering ------------------------------------------------------------------------------------------------------------

    def desk_of(self, tenant: Tenant) -> Desk:
        return self.desk if tenant == LOCAL else self.desk.of(tenant)

    def following(self, tenant: Tenant = LOCAL) -> StoryFollowing:
        return StoryFollowing(self.desk_of(tenant))

    async def story(self, name: str = "Varnholt", *by: str, tenant: Tenant = LOCAL) -> Story:
        """A new story that is followed by these: words, or paths of the site's feeds."""
        story = await self.desk_of(tenant).new_story(name)
        for value in by:
            self.follow(story, value, tenant=tenant)
        return story

    def follow(
        self,
        story: Story,
        value: str,
        kind: Following | None = None,
        tenant: Tenant = LOCAL,
        said_in: Address | None = None,
    ) -> Follow:
        if value.startswith("/") and kind is None:
            kind = Following.FEED
        if kind in (Following.FEED, Following.PAGE) and value.startswith("/"):
            value = self.site.url(value)
        return self.desk.store.follows.follow(
            tenant, story, kind or Following.WORDS, value, self.clock(), said_in=said_in
        )

    async def poll(self, **later: float) -> int:
        """Ask all that is due, so much later; how many were asked."""
        self.clock.forward(**later)
        return await self.collector.once()

    # ---- looking -------------------------------------------------------------------------------------------------------------

    async def holds(self, story: Story, articles: int) -> None:
        """Wait until so many have come in."""
        while len(await self.titles(story)) < articles:
            await self.came.wait()
            self.came.clear()

    async def titles(self, story: Story, tenant: Tenant = LOCAL) -> list[str]:
        return sorted(m.article.title for m in await self.desk_of(tenant).members(story))

    async def texts(self, story: Story, tenant: Tenant = LOCAL) -> list[str]:
        return [m.article.text for m in await self.desk_of(tenant).members(story)]

    async def revisions(self, story: Story, tenant: Tenant = LOCAL) -> list[int]:
        return [m.article.revision for m in await self.desk_of(tenant).members(story)]

    async def gaps(self, story: Story, tenant: Tenant = LOCAL) -> list[Gap]:
        return await self.desk_of(tenant).gaps(story)

    async def decisions(self, story: Story, tenant: Tenant = LOCAL) -> dict[str, Decision]:
        return {m.article.title: m.verdict.decision for m in await self.following(tenant).matches(story)}


@cache
def _empty() -> bytes:
    """A database that was migrated once."""
    with TemporaryDirectory() as folder:
        open_store(Path(folder)).close()
        return (Path(folder) / FILE).read_bytes()


def chosen(**sections: dict[str, Any]) -> Settings:
    """Settings that let the loopback be asked."""
    fetch = {"allow_networks": ("127.0.0.0/8",), "timeout": 5, **sections.pop("fetch", {})}
    sources = {"robots": False, **sections.pop("sources", {})}
    return Settings.model_validate({"fetch": fetch, "sources": sources, **sections})


@asynccontextmanager
async def _opened(folder: Path, public: bool, sections: dict[str, dict[str, Any]]) -> AsyncIterator[House]:
    (folder / "data").mkdir()
    (folder / "data" / FILE).write_bytes(_empty())
    store = open_store(folder / "data")
    settings, clock = chosen(**sections), Clock()
    desk = Desk(settings, TEMPLATES, store, clock, Reader(settings, Inline(20)), LOCAL)
    try:
        async with serving() as site, (Everywhere if public else Fetcher)(settings.fetch) as fetcher:
            yield House(desk, site, clock, fetcher)
    finally:
        store.close()


def work_with(
    folder: Path,
    work: Callable[[House], Awaitable[None]],
    *,
    public: bool = False,
    **sections: dict[str, Any],
) -> None:
    async def inside() -> None:
        async with _opened(folder, public, sections) as house, asyncio.timeout(30):
            with capture_logs() as logs:
                await work(house)
            broken = [x for x in logs if x.get("exc_info") or x["log_level"] in ("critical",)]
            assert not broken, broken

    asyncio.run(inside())


def public_articles(store: Store) -> list[str]:
    """The ids of those that are no tenant's own."""
    with store.engine.connect() as c:
        return list(c.execute(select(t.articles.c.identity).where(t.articles.c.owner == "")).scalars())
