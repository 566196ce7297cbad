"""Polling: what is followed is asked when it is due, and what came of it is kept and told.

How one is asked, and what is read, is said in `asking.py`. Each feed is a task of its own, so that one's trouble never delays another's; several processes share the work by leases.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

import structlog

from briefings.asking import Asked, Asking
from briefings.desk import Desk
from briefings.errors import (
    FetchFailed,
    NotFound,
    SitrepError,
    StoreError,
)
from briefings.model import (
    Follow,
    Followed,
    Following,
    Gap,
    Polled,
)
from briefings.placing import Placing
from briefings.sources.cadence import after_failure, after_success
from briefings.sources.fetch import Fetcher
from briefings.store import Polling
from briefings.stories import Grouping

log = structlog.get_logger()

#: Tells those who follow a feed that it fails, and since when, or (None) that it is back.
Tell = Callable[[Sequence[tuple[Followed, Follow]], Polled, SitrepError | None, datetime], Awaitable[None]]

_LEASE = timedelta(minutes=10)
_LOOK_EVERY = 5.0  # seconds between two looks for what another process has followed
_AT_START, _MORE_A_SECOND, _AT_START_EVERY = (
    8,
    16,
    0.25,
)  # polls under way, and seconds between two looks at them
_BACKGROUND = "background"  # the name under which it is remembered what is common
_MOST_COUNTED = 2_000  # articles
_SAVE_EVERY = timedelta(minutes=5)
_PRUNE_EVERY, _UNDECIDED = timedelta(hours=6), timedelta(days=30)


class Collector:
    """Polls for all tenants. `changed` is called after articles have come in; `tell` as above.

    `name` is what no other process is called while this one runs; "" for one that is made up.
    """

    def __init__(
        self,
        desk: Desk,
        fetcher: Fetcher,
        name: str,
        randomness: Random,
        tell: Tell,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.desk = desk
        self.settings = desk.settings.sources
        self.name = (name or uuid4().hex)[:64]
        self.randomness = randomness
        self.tell = tell
        self.placing = Placing(desk, changed)
        self._asking = Asking(desk, fetcher, self.placing, self._renewed)
        self._wanted = asyncio.Event()
        self._ahead: deque[Polled] = deque()  # leased, and begun as soon as there is room
        self._polls: set[asyncio.Task[None]] = set()
        self._renewed_at: dict[int, datetime] = {}  # the leases of what is under way
        self._outcomes: list[tuple[Polled, Polling, asyncio.Future[bool]]] = []
        self._settling: asyncio.Task[None] | None = None
        self._started = 0.0  # seconds of the loop's clock
        self._ending = False
        self._saved = self._pruned = desk.clock()

    # ---- life ----------------------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Look at once for what is due."""
        self._wanted.set()

    async def prepare(self) -> None:
        """Have what the operator follows followed, and recall what is common. What a killed process of this name was
        at is due again.
        """
        store, now = self.desk.store, self.desk.clock()
        await asyncio.to_thread(store.follows.release, self.name)
        wanted: dict[str, Following] = dict.fromkeys(self.settings.feeds, Following.FEED)
        wanted |= {str(p.resolve()): Following.FOLDER for p in self.settings.folders}
        await asyncio.to_thread(store.follows.keep_operators, wanted, now, self.settings.least_minutes * 60)
        kept = await asyncio.to_thread(store.tenants.remembered, _BACKGROUND)
        if kept:
            with suppress(ValueError, KeyError, TypeError):
                self.placing.grouping = Grouping.load(json.loads(kept))

    async def run(self) -> None:
        """Poll until cancelled; what is under way is cancelled too, and asked again later."""
        try:
            while True:
                self._wanted.clear()
                wait = _LOOK_EVERY
                try:
                    wait = await self._round()
                except StoreError as e:
                    log.error("can't look for what is due", why=e.message)
                except Exception:  # a mistake of ours: the log has it, polling goes on
                    log.exception("can't look for what is due")
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):  # Python 3.11's wait_for may lose a cancellation
                        await self._wanted.wait()
        finally:
            self._ending = True
            for task in self._polls:
                task.cancel()
            await asyncio.gather(*self._polls, return_exceptions=True)
            if self._settling is not None:
                await asyncio.gather(self._settling, return_exceptions=True)
            with suppress(SitrepError):
                await asyncio.to_thread(self.desk.store.follows.release, self.name)
                await self._remember()

    async def once(self) -> int:
        """Ask all that is due, to the end; how many were asked."""
        asked = 0
        while True:
            asked += await self._take()
            if not self._polls:
                await self._remember()
                return asked
            await asyncio.wait(self._polls, return_when=asyncio.FIRST_COMPLETED)

    async def _round(self) -> float:
        """Begin what is due and has room; for how many seconds there is nothing to do."""
        taken = await self._take()
        now = self.desk.clock()
        if now - self._saved > _SAVE_EVERY:
            self._saved = now
            await self._remember()
        if now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            await asyncio.to_thread(self.desk.store.follows.prune, now - _UNDECIDED)
        if self._ahead:  # whatever ends begins another
            return _LOOK_EVERY if len(self._polls) >= self.settings.at_once else _AT_START_EVERY
        if taken:
            return 0.0
        due = await asyncio.to_thread(self.desk.store.follows.next_due, now)
        if due is None:
            return _LOOK_EVERY
        return min(_LOOK_EVERY, max(0.2, (due - self.desk.clock()).total_seconds()))

    async def _take(self) -> int:
        """Lease what is due, some of it ahead, since a transaction for many costs as much as for one; how many."""
        taken: list[Polled] = []
        if not self._ahead:
            room, now = 2 * self.settings.at_once - len(self._polls), self.desk.clock()
            taken = await asyncio.to_thread(self.desk.store.follows.lease, self.name, now, now + _LEASE, room)
            self._ahead.extend(taken)
        self._begin()
        return len(taken)

    def _begin(self) -> None:
        """As many as there is room for: few at first, and more by and by, so that a start with much to read does not hold
        up all else, the first briefing of it not the least.
        """
        if self._ending:
            return
        now = asyncio.get_running_loop().time()
        self._started = self._started or now
        most = min(self.settings.at_once, _AT_START + int(_MORE_A_SECOND * (now - self._started)))
        while self._ahead and len(self._polls) < most:
            task = asyncio.create_task(self._poll(self._ahead.popleft()))
            self._polls.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        self._begin()
        if not self._ahead:
            self._wanted.set()

    async def _remember(self) -> None:
        self.placing.grouping.forget(_MOST_COUNTED)
        await asyncio.to_thread(
            self.desk.store.tenants.remember, _BACKGROUND, json.dumps(self.placing.grouping.dump())
        )

    # ---- one feed --------------------------------------------------------------------------------------------------------------

    async def _poll(self, polled: Polled) -> None:
        """Ask once, and keep what came of it. Nothing raises."""
        self._renewed_at[polled.id] = self.desk.clock()
        try:
            await self._polled(polled)
        except asyncio.CancelledError:
            raise
        except StoreError as e:  # it is asked again when its lease ends
            log.error("a feed can't be kept", feed=polled.url, why=e.message)
        except Exception:
            log.exception("a feed can't be polled", feed=polled.url)
        finally:
            self._renewed_at.pop(polled.id, None)

    async def _renewed(self, polled: Polled) -> None:
        """Keep the lease of what takes long."""
        now = self.desk.clock()
        if now - self._renewed_at[polled.id] > _LEASE / 4:
            self._renewed_at[polled.id] = now
            await asyncio.to_thread(self.desk.store.follows.renew, polled, self.name, now + _LEASE)

    async def _polled(self, polled: Polled) -> None:
        store = self.desk.store.follows
        error: SitrepError | None = None
        asked = Asked()
        try:
            asked = await self._asking.ask(polled)
        except StoreError:
            raise
        except SitrepError as e:
            error = e
        now = self.desk.clock()
        gone = isinstance(error, FetchFailed) and error.status == 410
        if error is not None:
            retry = error.retry_after if isinstance(error, FetchFailed) else None
            spread = self.randomness.random()
            when = after_failure(polled.failures + 1, now, self.settings, spread, retry)
            outcome = Polling(
                when.due, when.interval, now, why=error.message, error=type(error).__name__, gone=gone
            )
            log.info("feed failed", feed=polled.url, why=error.message, failures=polled.failures + 1)
        else:
            when = after_success(
                polled.interval,
                now,
                self.settings,
                news=asked.news,
                published=asked.published,
                holds=asked.holds,
            )
            if polled.kind is Following.FOLDER:
                when = replace(when, due=now + timedelta(seconds=self.settings.folder_seconds))
            outcome = Polling(
                when.due, when.interval, now, asked.url, asked.title, asked.validators.etag,
                asked.validators.modified, asked.digest, asked.news,
            )  # fmt: skip
        if error is None:
            await self._told(polled, None, now, gone)  # before it is forgotten that they know
        if not await self._settle(polled, outcome):
            return
        if error is not None:
            await self._told(polled, error, now, gone)
        if polled.article and (gone or self._watched_enough(polled, now)):
            await asyncio.to_thread(store.unwatch, polled)

    async def _settle(self, polled: Polled, outcome: Polling) -> bool:
        """Keep it with whatever else ends meanwhile: a transaction for many costs little more than for one."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._outcomes.append((polled, outcome, mine))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle_all())
        return await mine

    async def _settle_all(self) -> None:
        while self._outcomes:
            together, self._outcomes = self._outcomes, []
            try:
                await self._settle_these(together)
            except Exception as e:
                if len(together) == 1:
                    _end(together[0][2], e)
                    continue
                for one in together:  # one's trouble is not the others'
                    try:
                        await self._settle_these([one])
                    except Exception as e:
                        _end(one[2], e)

    async def _settle_these(self, together: Sequence[tuple[Polled, Polling, asyncio.Future[bool]]]) -> None:
        kept = [(polled, outcome) for polled, outcome, _ in together]
        ours = await asyncio.to_thread(self.desk.store.follows.settle, self.name, kept)
        for (_, _, mine), own in zip(together, ours, strict=True):
            if not mine.done():
                mine.set_result(own)

    def _watched_enough(self, polled: Polled, now: datetime) -> bool:
        since = polled.created or now
        return now - since > timedelta(days=self.settings.recheck_days)

    async def _told(self, polled: Polled, error: SitrepError | None, now: datetime, gone: bool) -> None:
        """Tell who follows it by name that it has failed for long, or is back: once each.

        It is noted as told after it was: who is told twice has lost less than who is never told.
        """
        store = self.desk.store.follows
        if error is None and not polled.told:
            return
        failing = polled.failing or now
        long = now - failing >= timedelta(hours=self.settings.tell_after_hours)
        if error is not None and (polled.told or not (long or gone)):
            return
        followers = await asyncio.to_thread(store.told_at, polled.id)
        if not followers:
            return
        for followed, follow in followers:
            what = follow.value
            gap = Gap(what, error.message, kind=type(error).__name__) if error is not None else None
            with suppress(NotFound):
                await self.placing.gap(followed.tenant, followed.story, what, gap)
        await self.tell(followers, polled, error, failing)
        if error is not None:
            await asyncio.to_thread(store.told, polled)


def _end(waiting: asyncio.Future[bool], error: Exception) -> None:
    """Let an error out where the outcome is waited for, if anybody still waits."""
    if not waiting.done():
        waiting.set_exception(error)
