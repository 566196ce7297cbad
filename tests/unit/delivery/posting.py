"""A story, a ledger on a real file, and a platform that does what it is told: what the tests of delivery share."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection
from structlog.testing import capture_logs

from bots.dispatch.books import Books
from bots.dispatch.content import Content
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import Delivering
from bots.dispatch.publisher import Limits, Publisher
from bots.dispatch.pumping import Pump
from briefings import demo
from briefings.desk import Desk, Reader
from briefings.model import Address, Article, Dispatch, Edition, Part, Sent, State, Story, Tenant
from briefings.rendering import Templates, markdown_of
from briefings.settings import Delivery, Settings
from briefings.sources import Worker
from briefings.store import Order, Schedule, open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
ONE, TWO = Tenant("discord", "1"), Tenant("discord", "2")
HERE, THERE = Address("discord", "here"), Address("discord", "there")
TEMPLATES = Templates(None)
ARTICLES = demo.articles()
FIRST, REVISED = (
    ARTICLES[: demo.FIRST_BRIEFING],
    ARTICLES[4],
)  # REVISED says "Four directors", FIRST "All six"


# ---- a platform ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Posted:
    """A message that is there."""

    id: str
    key: str
    body: str


@dataclass(frozen=True)
class Kept:
    """The platform does it, and then this is raised: the answer is lost."""

    error: Exception


Fate = Exception | Kept | Callable[[], Awaitable[None]] | None


@dataclass
class Platform:
    """A fake publisher. Each of its requests meets the next of its fates; where there is none left, it goes well.

    `pieces` is how many messages a briefing is cut into. `asked` are its requests in order: (what, channel, key or id).
    """

    via: str = "discord"
    pieces: int = 1
    posts: deque[Fate] = field(default_factory=deque)
    edits: deque[Fate] = field(default_factory=deque)
    finds: deque[Exception] = field(default_factory=deque)
    channels: dict[str, list[Posted]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)  # where each is reached
    closed: bool = False
    unknown_for: float = 0.0
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def limits(self) -> Limits:
        return Limits(unknown_for=self.unknown_for)

    def bodies(self, content: Content) -> tuple[str, ...]:
        lines = markdown_of(content.document).splitlines()
        size = -(-len(lines) // self.pieces)
        return tuple("\n".join(lines[i : i + size]) for i in range(0, len(lines), size))

    async def post(self, channel: str, part: Part) -> str:
        self.asked.append(("post", channel, part.key))
        there = self.channels.setdefault(channel, [])
        made = Posted(f"m{next(self.ids)}", part.key, part.body)
        await self._meet(self.posts, lambda: there.append(made))
        return made.id

    async def edit(self, channel: str, part: Part) -> None:
        self.asked.append(("edit", channel, part.edits))

        def change() -> None:
            there = self.channels[channel]
            (i,) = [i for i, m in enumerate(there) if m.id == part.edits]
            there[i] = replace(there[i], body=part.body)

        await self._meet(self.edits, change)

    def person(self, user: str) -> str | None:
        return self.people.get(user)

    async def find(self, channel: str, part: Part) -> str | None:
        self.asked.append(("find", channel, part.key))
        if self.finds:
            raise self.finds.popleft()
        return next((m.id for m in self.channels.get(channel, []) if m.key == part.key), None)

    async def close(self) -> None:
        self.closed = True

    async def _meet(self, fates: deque[Fate], take: Callable[[], None]) -> None:
        fate = fates.popleft() if fates else None
        if isinstance(fate, Exception):
            raise fate
        if callable(fate):
            await fate()
        take()
        if isinstance(fate, Kept):
            raise fate.error

    def shown(self, channel: str = "here") -> list[str]:
        return [m.body for m in self.channels.get(channel, [])]

    def keys(self, channel: str = "here") -> list[str]:
        return [m.key for m in self.channels.get(channel, [])]

    def did(self) -> list[str]:
        """What it was asked since the last time, without where."""
        found = [what for what, _, _ in self.asked]
        self.asked.clear()
        return found


# ---- everything around it --------------------------------------------------------------------------------------------


@dataclass
class Going:
    """A delivery that was started: it runs when the test says so."""

    number: int
    attempt: int
    via: str
    seconds: float


@dataclass
class Clock:
    """It stands until it is put forward."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """Delivery with all that it needs but an engine. `going` is what was started and did not run."""

    desk: Desk
    platform: Platform
    publishers: dict[str, Publisher]
    clock: Clock
    going: list[Going] = field(default_factory=list)
    books: Books = field(init=False)
    delivering: Delivering = field(init=False)
    pump: Pump = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.desk.store, self.enqueue)
        figures = Figures()
        self.delivering = Delivering(self.desk, self.books, self.publishers, Random(7), figures)
        self.pump = Pump(self.desk, self.books, _no_fan, figures)

    @property
    def now(self) -> datetime:
        return self.clock.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.clock.now = moment

    def enqueue(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        self.going.append(Going(number, attempt, via, seconds))

    # ---- ordering ------------------------------------------------------------------------------------------------------

    async def story(self, tenant: Tenant = ONE) -> Story:
        return (await self.desk.of(tenant).stories())[0]

    async def add(self, *articles: Article, tenant: Tenant = ONE) -> None:
        desk = Desk.of(self.desk, tenant)
        for article in articles:
            await desk.add_articles(await self.story(tenant), [article], article.id, private=True)

    async def edition(self, address: Address = HERE, tenant: Tenant = ONE, **chosen: Any) -> Edition:
        given: dict[str, Any] = {
            "template": "sitrep", "language": "en", "cron": "0 8 * * *", "timezone": "UTC", "said": "daily at 08:00",
            **chosen,
        }  # fmt: skip
        return await self.desk.of(tenant).orders.add(await self.story(tenant), address, **given)

    def take(self, edition: Edition, fire: str | None = "f1", **changed: Any) -> int:
        """Put a fire of it in line; the dispatch's number."""
        order = replace(Order.for_edition(edition, self.now, fire), **changed)
        (number,) = self.desk.store.ledger.take([order], self.now, self.enqueue)
        return number

    # ---- delivering ----------------------------------------------------------------------------------------------------

    async def step(self) -> str:
        """Run the next started delivery when its time has come: the clock goes there. What became of it."""
        self.going.sort(key=lambda g: g.seconds)
        first = self.going.pop(0)
        self.now += timedelta(seconds=first.seconds)
        for g in self.going:
            g.seconds = max(0.0, g.seconds - first.seconds)
        return await self.delivering.deliver(first.number, first.attempt)

    async def drain(self, most: int = 200) -> list[str]:
        """Run all that was started, and what that starts, until nothing is left; what became of those that had a turn."""
        found = []
        while self.going:
            found.append(await self.step())
            assert len(found) <= most, "delivery does not end"
        return [x for x in found if x != "not mine"]

    async def sent(self, address: Address = HERE, tenant: Tenant = ONE, **chosen: Any) -> int:
        """A new edition's briefing, posted; its dispatch."""
        number = self.take(await self.edition(address, tenant, **chosen))
        await self.drain()
        assert self.dispatch(number, tenant).state is State.POSTED
        return number

    # ---- looking -------------------------------------------------------------------------------------------------------

    def dispatch(self, number: int, tenant: Tenant = ONE) -> Dispatch:
        return self.desk.store.ledger.dispatch(tenant, number)

    def state(self, number: int, tenant: Tenant = ONE) -> State:
        return self.dispatch(number, tenant).state

    def parts(self, number: int) -> list[Part]:
        return self.desk.store.ledger.parts(number)

    def corrections(self, tenant: Tenant = ONE) -> list[Dispatch]:
        """By number."""
        found = self.desk.store.ledger.dispatches(tenant, most=500)
        return [d for d in reversed(found) if d.kind is Sent.CORRECTION]


def _no_fan(c: Connection, name: str, schedule: Schedule, after: datetime, until: datetime) -> None:
    raise AssertionError("nothing here is due by schedule")


@cache
def told(tenants: Sequence[Tenant] = (ONE,)) -> bytes:
    """A database where each tenant has a story of the demo's first articles."""

    async def work(folder: Path) -> None:
        settings, store = Settings(), open_store(folder)
        for tenant in tenants:
            desk = Desk(settings, TEMPLATES, store, lambda: NOW, Reader(settings, Worker(30)), tenant)
            story = await desk.new_story(demo.NAME)
            for article in FIRST:
                await desk.add_articles(story, [article], article.id, private=True)
        store.close()

    with TemporaryDirectory() as folder:
        asyncio.run(work(Path(folder)))
        return (Path(folder) / FILE).read_bytes()


@asynccontextmanager
async def opened(folder: Path, tenants: Sequence[Tenant] = (ONE,), **delivery: Any) -> AsyncIterator[House]:
    store = open_store(folder)
    settings, clock = Settings(delivery=Delivery(**delivery)), Clock()
    platform = Platform()
    desk = Desk(settings, TEMPLATES, store, clock, Reader(settings, Worker(30)), tenants[0])
    house = House(desk, platform, {platform.via: platform}, clock)
    try:
        yield house
    finally:
        house.books.close()
        store.close()


def work_with(
    folder: Path,
    work: Callable[[House], Awaitable[None]],
    tenants: Sequence[Tenant] = (ONE,),
    **delivery: Any,
) -> None:
    (folder / FILE).write_bytes(told(tuple(tenants)))

    async def inside() -> None:
        async with opened(folder, tenants, **delivery) as house, asyncio.timeout(60):
            with capture_logs():  # a traceback with all its values takes longer than the rest
                await work(house)

    asyncio.run(inside())
