"""A story's past, gone through again: its articles come in as they did, and schedule and delivery do what they do.

The clock leaps from one event to the next (an article, a revision, an edition's fire) and waits in between, in so many
times less time. Nothing is played: the briefings, corrections and their order are made by the same code as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from bots.dispatch.engine import Deliveries
from bots.fires import next_wake
from briefings.desk import Desk
from briefings.model import UNSETTLED, Article, Story

_SETTLING = 30.0  # seconds that what is due after one event may take
_FANNING = 3.0  # seconds until a fire is in line at the latest
_POLL = 0.05
_QUIET = timedelta(days=3)
_APART = timedelta(minutes=20)  # between two arrivals of which nobody knows when they came


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article or a revision of one, and when it came."""

    at: datetime
    article: Article


class Clock:
    """Stands at a moment of the past and goes on from there as time does."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._since = monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=monotonic() - self._since)

    def leap(self, to: datetime) -> None:
        """Go on from that moment, never back."""
        self._start = max(to, self())
        self._since = monotonic()


def arrivals(articles: Iterable[tuple[Article, datetime | None]]) -> list[Arrival]:
    """Articles with the moments when they came, in their order: one that came at no known moment came a while after the
    one before, and none came before it was published."""
    found: list[Arrival] = []
    for article, came in articles:
        at = came or article.published
        last = found[-1].at if found else None
        if at is None and last is None:
            continue  # nothing says when the past began
        if at is None or (last is not None and at <= last):
            assert last is not None
            at = last + _APART
        found.append(Arrival(at, article))
    return found


async def past(desk: Desk, story: Story) -> list[Arrival]:
    """What came into a story, when: first revisions by publication where that is stated, later ones when they came in."""
    history = await asyncio.to_thread(desk.store.history, desk.tenant, story)
    found: list[Arrival] = []
    last: dict[str, datetime] = {}
    for article, added in history:
        known = article.published if article.revision == 1 and article.published is not None else added
        at = max(known, article.published or known)
        if article.id in last:
            at = max(at, last[article.id] + timedelta(seconds=1))  # what it revises came first
        last[article.id] = at
        found.append(Arrival(at, article))
    return sorted(found, key=lambda a: (a.at, a.article.id, a.article.revision))


async def replay(
    desk: Desk,
    story: Story,
    deliveries: Deliveries,
    clock: Clock,
    came: Sequence[Arrival],
    *,
    speed: float,
    until: datetime | None = None,
    after_each: Callable[[datetime], Awaitable[None]] | None = None,
) -> int:
    """Let these come in at `speed` times the pace of then; how many did. `after_each` is told each event's moment, once
    all that it brought about is posted."""
    left = list(came)
    end = until or (left[-1].at if left else clock())
    done = 0
    news = reached = clock()  # when something last came in; how far the past has gone by
    while True:
        fire = _next_fire(deliveries, reached)
        if fire is not None and fire > news + _QUIET:
            fire = (
                None  # through months in which nothing came in, the editions are not gone through one by one
            )
        at = min((x for x in (left[0].at if left else None, fire) if x is not None), default=None)
        if at is None or at > end:
            return done
        began = clock()
        if speed > 0:
            await asyncio.sleep(max(0.0, (at - began).total_seconds() / speed))
        clock.leap(at)
        reached = at
        while left and left[0].at <= at:
            await desk.add_articles(story, [left.pop(0).article], "replay", private=True)
            done, news = done + 1, at
        await _settled(deliveries, desk, fired=fire == at)
        if after_each is not None:
            await after_each(at)


def _next_fire(deliveries: Deliveries, now: datetime) -> datetime | None:
    """When the next edition with a schedule goes out."""
    fires = (next_wake(s.cron, s.timezone, now) for s in deliveries.pump.schedules)
    return min((f for f in fires if f is not None), default=None)


async def _settled(deliveries: Deliveries, desk: Desk, *, fired: bool) -> None:
    """Have all that is due by now posted. `fired`: an edition's time has come, which the fan-out puts in line."""
    end = monotonic() + _SETTLING
    pump = deliveries.pump
    busy = True
    while busy and monotonic() < end:
        await pump.in_use()
        before = await desk.orders.dispatches(most=1)
        await pump.pump()
        in_line = monotonic() + _FANNING
        while fired and monotonic() < in_line and await desk.orders.dispatches(most=1) == before:  # noqa: ASYNC110
            await asyncio.sleep(_POLL)
        fired = False
        busy = bool(await pump.correct() + await pump.instant())
        while await desk.orders.dispatches(states=UNSETTLED, most=1) and monotonic() < end:
            busy = True
            await asyncio.sleep(_POLL)
