"""What the lives of a Discord bot and a Slack app share in tests: a clock, and deliveries that are carried out by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from bots.__main__ import now
from bots.dispatch.books import Books
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import Delivering
from bots.dispatch.publisher import Publisher
from bots.dispatch.pumping import Pump
from briefings.desk import Desk
from briefings.model import Address, Dispatch, Edition, Story, Tenant
from briefings.store import Order, Schedule


@dataclass
class Clock:
    """The present moment, put forward as far as a test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


@dataclass
class Delivered:
    """Deliveries of one platform. `home` is the tenant that is meant where none is said; `going` are deliveries that were
    started and did not run."""

    desk: Desk
    clock: Clock
    publisher: Publisher
    home: Tenant
    going: list[tuple[float, int, int]] = field(default_factory=list, init=False)
    books: Books = field(init=False)
    delivering: Delivering = field(init=False)
    pump: Pump = field(init=False)

    def __post_init__(self) -> None:
        figures = Figures()
        publishers = {self.publisher.via: self.publisher}
        self.books = Books(self.desk.store, self.enqueue)
        self.delivering = Delivering(self.desk, self.books, publishers, Random(7), figures)
        self.pump = Pump(self.desk, self.books, _no_fan, figures)

    def enqueue(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        self.going.append((seconds, number, attempt))

    async def drain(self) -> list[str]:
        """Run all that was started, when its time has come: the clock goes there. What became of each."""
        found = []
        while self.going:
            self.going.sort()
            seconds, number, attempt = self.going.pop(0)
            self.clock.ahead += timedelta(seconds=seconds)
            self.going = [(max(0.0, s - seconds), n, a) for s, n, a in self.going]
            found.append(await self.delivering.deliver(number, attempt))
            assert len(found) < 100, "delivery does not end"
        return [x for x in found if x != "not mine"]

    async def story(self, tenant: Tenant | None = None) -> Story:
        return (await self.desk.of(tenant or self.home).stories())[0]

    async def edition_at(self, address: Address, tenant: Tenant | None = None, **given: Any) -> Edition:
        filled: dict[str, Any] = {
            "template": "sitrep", "language": "en", "cron": "0 8 * * *", "timezone": "UTC", "said": "daily at 08:00",
            **given,
        }  # fmt: skip
        orders = self.desk.of(tenant or self.home).orders
        return await orders.add(await self.story(tenant), address, **filled)

    async def posted(self, edition: Edition, fire: str = "f1") -> list[str]:
        """Put a fire of it in line and deliver it."""
        order = Order.for_edition(edition, self.clock(), fire)
        self.desk.store.ledger.take([order], self.clock(), self.enqueue)
        return await self.drain()

    async def dispatches(self, tenant: Tenant | None = None) -> list[Dispatch]:
        """The newest first."""
        return await self.desk.of(tenant or self.home).orders.dispatches()

    async def ledgered(self, count: int = 1) -> list[Dispatch]:
        """The dispatches, once so many are there."""
        for _ in range(300):
            if len(found := await self.dispatches()) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError("they did not come into the ledger")


def _no_fan(c: Connection, name: str, schedule: Schedule, after: datetime, until: datetime) -> None:
    raise AssertionError("nothing here is due by schedule")


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """AssertionError where it does not come true."""
    try:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110  # what others make true
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError("it did not come true") from None
