"""What is due: editions' fires since the stored mark, and corrections of what was posted. Several processes may pump."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from time import perf_counter
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from bots.dispatch.books import Books
from bots.dispatch.content import dump, load
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import moment_key
from bots.fires import LONGEST_QUIET, due_fires, held, next_wake
from briefings.desk import Desk
from briefings.errors import SitrepError, StoreError
from briefings.model import Dispatch, Edition, Sent, State, Story, Tenant
from briefings.store import Order, Schedule

log = structlog.get_logger()

BLOCK = 500  # dispatches that are put in line in one transaction
_TRY_AGAIN = 2.0  # seconds
_MARK = "fires"
_GRACE = timedelta(minutes=2)  # a fire seen within this is on time

#: Starts the fan-out of a schedule over (after, until], in the connection's transaction, under an id.
StartFan = Callable[[Connection, str, Schedule, datetime, datetime], None]


class Pump:
    """Turns time and changes into dispatches."""

    def __init__(self, desk: Desk, books: Books, start: StartFan, figures: Figures) -> None:
        self.desk = desk
        self.books = books
        self.start = start
        self.figures = figures
        self.schedules: list[Schedule] = []
        self._looked = desk.clock()
        self._marked = False  # whether there is a mark for certain

    async def in_use(self) -> list[Schedule]:
        """The schedules of all running editions, looked up anew; the next pump goes as far as this moment."""
        self._looked = self.desk.clock()  # first: what is added meanwhile is due later
        self.schedules = await self.books.call(self.books.editions.schedules)
        return self.schedules

    async def pump(self) -> None:
        """Start the fan-outs of what is due since the mark, and move the mark, in one transaction."""
        began = perf_counter()
        now, schedules = self._looked, self.schedules
        first = await self.books.call(self.books.editions.oldest) if not self._marked else None

        def start(c: Connection, at: datetime) -> None:
            for schedule in schedules:
                if _has_fire(schedule, at, now):
                    name = sha256(repr(schedule).encode()).hexdigest()[:12]
                    self.start(c, f"fan-{moment_key(now)}-{name}", schedule, at, now)

        await self.books.call(self.books.ledger.advance, _MARK, now, start, first)
        self._marked = True
        self.figures.pumped(perf_counter() - began)

    async def fan_block(
        self, schedule: Schedule, after: datetime, until: datetime, number: int
    ) -> int | None:
        """Put the fires of the schedule's next editions after `number` in line; the last one's number, None at the end.

        Done twice, it is done once: an edition's fire is in the ledger once.
        """
        while True:
            try:
                return await self._fan_block(schedule, after, until, number)
            except StoreError as e:  # a full disk, or an edition that was removed meanwhile: nothing is lost
                log.error("editions can't be put in line", why=e.message)
                await asyncio.sleep(_TRY_AGAIN)
            except Exception:  # an error that is let out ends the fan-out, with what it had left
                log.exception("editions can't be put in line")
                await asyncio.sleep(_TRY_AGAIN)

    async def _fan_block(
        self, schedule: Schedule, after: datetime, until: datetime, number: int
    ) -> int | None:
        call = self.books.call
        editions = await call(self.books.editions.of_schedule, schedule, number, BLOCK)
        # In a thread: through quiet hours and missed days there is much to work out, and the loop goes on meanwhile.
        orders = await asyncio.to_thread(lambda: [o for e in editions for o in orders_of(e, after, until)])
        for i in range(0, len(orders), BLOCK):
            await call(self.books.ledger.take, orders[i : i + BLOCK], self.desk.clock(), self.books.enqueue)
        if orders:
            log.info("due", schedule=schedule.cron, zone=schedule.timezone, dispatches=len(orders))
        return editions[-1].id if len(editions) == BLOCK else None

    # ---- editions that go out whenever there is something new ---------------------------------------------------------------

    async def instant(self) -> int:
        """Put the instant editions in line whose story has moved on; how many. Done twice, it is done once.

        One that is still being posted waits its turn: the next tells all that has come in by then.
        """
        now = self.desk.clock()
        before = now - timedelta(seconds=self.desk.settings.delivery.instant_seconds)
        made = 0
        for edition, version in await self.books.call(self.books.editions.behind, before):
            if held(now, edition.quiet, ZoneInfo(edition.timezone)) > now:
                continue
            order = Order.for_edition(edition, now, f"v{version:012d}")
            try:
                made += len(await self.books.call(self.books.ledger.take, [order], now, self.books.enqueue))
                await self.books.call(self.books.editions.tell, edition.id, version, now)
            except StoreError as e:  # an edition that was removed meanwhile; the others go on
                log.error("an edition can't be put in line", edition=edition.id, why=e.message)
        return made

    # ---- corrections -------------------------------------------------------------------------------------------------------

    async def correct(self) -> int:
        """Look at each story that has changed for briefings that must be corrected; how many corrections are due."""
        made = 0
        for tenant, slug, version in await self.books.call(self.books.ledger.unchecked):
            try:
                made += await self._correct(tenant, slug, version)
            except SitrepError as e:
                log.error("corrections can't be looked for", story=slug, why=e.message)
            except Exception:  # one story's trouble is not the others'
                log.exception("corrections can't be looked for", story=slug)
        return made

    async def _correct(self, tenant: Tenant, slug: str, version: int) -> int:
        desk, call, ledger = self.desk.of(tenant), self.books.call, self.books.ledger
        story = await desk.story(slug)
        now = self.desk.clock()
        since = now - timedelta(days=self.desk.settings.delivery.correct_days)
        standing = await call(ledger.standing, story.id, since)
        fixed: dict[tuple[str, str], str | None] = {}
        orders = []
        for d in standing:
            assert d.content is not None
            key = d.content, d.timezone
            if key not in fixed:
                fixed[key] = await self._fixed(desk, story, d)
            body = fixed[key]
            if body is not None:
                orders.append(_correction(d, body, now))
        made = await call(ledger.checked, tenant, slug, version, orders, now, self.books.enqueue)
        if made:
            log.info("corrections", story=slug, dispatches=len(made))
        return len(made)

    async def _fixed(self, desk: Desk, story: Story, d: Dispatch) -> str | None:
        """The corrected content; None where it holds as it is."""
        assert d.content is not None
        try:
            content = load(await self.books.call(self.books.ledger.content, d.content))
        except (ValueError, KeyError, TypeError):
            log.exception("what was posted can't be read", dispatch=d.id)
            return None
        if not content.facts or not content.members:
            return None
        told = await desk.corrected(
            story, content.document, content.members, content.facts, ZoneInfo(d.timezone)
        )
        if told is None:
            return None
        return dump(
            replace(
                content,
                document=told.document,
                facts=told.facts,
                members=told.members,
                version=told.version,
                notes=told.notes,
            )
        )


def _correction(d: Dispatch, body: str, now: datetime) -> Order:
    return Order(
        d.tenant, Sent.CORRECTION, d.address, now, d.story, d.edition, d.id, d.template, d.language, d.timezone, content=body
    )  # fmt: skip


def orders_of(e: Edition, after: datetime, until: datetime) -> list[Order]:
    """What an edition has due in (after, until]."""
    orders = []
    for fire in due_fires(e, after, until, _GRACE):
        order = Order.for_edition(e, fire.at, fire.key)
        if fire.late:
            order = replace(order, state=State.SKIPPED, why=f"it came more than {e.missed} hours late")
        elif fire.instead_of:
            order = replace(order, why=f"instead of {fire.instead_of} missed before it")
        orders.append(order)
    return orders


def _has_fire(s: Schedule, after: datetime, until: datetime) -> bool:
    """Whether any edition of the schedule can be due in (after, until]: quiet hours hold back up to a day and more."""
    start = after - LONGEST_QUIET if s.quiet_end is not None else after
    first = next_wake(s.cron, s.timezone, start)
    return first is not None and first <= until
