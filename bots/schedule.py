"""APScheduler wakes the pump: one job for each schedule that an edition has, kept in step with them.

The jobs carry nothing and remember nothing. What is due is worked out from the stored high-water mark (`dispatch/pump`),
so that a job that comes late, twice or never changes nothing but the moment at which it is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bots.fires import next_wake
from briefings.desk import Clock
from briefings.store import Schedule

log = structlog.get_logger()

_LOOK_EVERY = 15  # seconds: a clock that was set, a machine that slept, another process's new edition


class CronTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler tells no types
    """A cron line in a time zone, by `bots.fires`: APScheduler's own counts days and clock changes otherwise."""

    def __init__(self, cron: str, timezone: str) -> None:
        self.cron = cron
        self.timezone = timezone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        return next_wake(self.cron, self.timezone, max(previous_fire_time or now, now - timedelta(seconds=1)))


class Timetable:
    """Wakes `pump` at every moment at which a running edition is due, and every few seconds to look.

    `schedules` are those in use. `pump` runs once at a time; who wakes it while it runs has it run again.
    """

    def __init__(
        self,
        schedules: Callable[[], Awaitable[Iterable[Schedule]]],
        pump: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._schedules = schedules
        self._pump = pump
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._known: dict[tuple[str, str], str] = {}  # (cron, zone) → job id
        self._wanted = asyncio.Event()
        self._pumping: asyncio.Task[None] | None = None
        self._under_way: asyncio.Future[None] | None = None
        self._hopeless: set[tuple[str, str]] = set()  # schedules that can't fire, told once

    @property
    def jobs(self) -> int:
        """How many schedules are kept."""
        return len(self._known)

    def wake(self) -> None:
        """Have the pump run as soon as it can."""
        self._wanted.set()

    async def start(self) -> None:
        """Look at once, then at every fire. Ends with `stop`."""
        self._scheduler.start()
        self._scheduler.add_job(
            self._wake_up,
            IntervalTrigger(seconds=_LOOK_EVERY),
            id="look",
            misfire_grace_time=None,
            coalesce=True,
        )
        self._pumping = asyncio.create_task(self._run())
        self.wake()

    async def stop(self) -> None:
        """No further wakes; a pump under way ends first."""
        if self._pumping is None:
            return
        self._scheduler.shutdown(wait=False)
        self._pumping.cancel()
        await asyncio.gather(self._pumping, return_exceptions=True)
        if self._under_way is not None:
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def _wake_up(self) -> None:
        self.wake()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                self._keep_in_step(await self._schedules())
                self._under_way = asyncio.ensure_future(self._pump())
                await asyncio.shield(self._under_way)
            except Exception:  # nothing was marked as done
                log.exception("pump failed")
                await asyncio.sleep(1)
                self.wake()

    def _keep_in_step(self, schedules: Iterable[Schedule]) -> None:
        wanted: set[tuple[str, str]] = set()
        for s in schedules:
            wanted.add((s.cron, s.timezone))
            if s.quiet_end is not None:
                hour, _, minute = s.quiet_end.partition(":")
                wanted.add((f"{int(minute)} {int(hour)} * * *", s.timezone))
        for gone in self._known.keys() - wanted:
            job = self._scheduler.get_job(self._known.pop(gone))
            if job is not None:
                job.remove()
        for cron, timezone in sorted(wanted - self._known.keys()):
            if next_wake(cron, timezone, self._clock()) is None:
                if (cron, timezone) not in self._hopeless:
                    self._hopeless.add((cron, timezone))
                    log.error("schedule can't fire", cron=cron, timezone=timezone)
                continue
            job_id = f"{cron} {timezone}"
            options: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 3}
            self._scheduler.add_job(self._wake_up, CronTrigger(cron, timezone), id=job_id, **options)
            self._known[cron, timezone] = job_id
