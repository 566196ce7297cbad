"""DBOS under the deliveries: durable queues, workflows, and the recovery of what dead processes had under way.

The ledger is what a delivery goes by: its workflow has no steps of its own, and run again it finds there how far it
came. Workflows have names with a number; what a released one does in steps is never changed under its name.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, Engine, create_engine, event, text

from bots.dispatch.books import Books
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import Delivering
from bots.dispatch.identity import Identity
from bots.dispatch.publisher import Publisher
from bots.dispatch.pumping import Pump
from bots.schedule import Timetable
from briefings.desk import Clock, Desk
from briefings.model import Dispatch
from briefings.store import Schedule, Store

log = structlog.get_logger()

T = TypeVar("T")

APPLICATION = "sitrep"
VERSION = "1"  # of the workflows: a constant, so that a new release takes up what an old one left
DELIVER, FAN = "deliver_1", "fan_1"
_FAN_QUEUE = "fan"
_FOUND_WITHIN = 1.1  # seconds after which DBOS has found a queue that it did not know when it was launched
_POLL, _FAN_POLL = 0.25, 1.0  # seconds between two looks at a queue of deliveries, at that of fan-outs
_THREADS, _THREADS_OF_A_FILE = 24, 6  # of DBOS: those who wait for the file sleep
_LOOK = 2.0  # seconds between two looks for what was made elsewhere, what has changed, and who is gone
_SWEEP_EVERY, _SWEEP_AFTER = 30.0, timedelta(seconds=90)
_PRUNE_EVERY = 3_600.0
_KEEP_WORKFLOWS = timedelta(hours=24)


class Deliveries:
    """The running engine."""

    def __init__(
        self,
        desk: Desk,
        identity: Identity,
        publishers: Mapping[str, Publisher],
        figures: Figures,
        randomness: Random,
    ) -> None:
        self.desk = desk
        self.identity = identity
        self.publishers = publishers
        self.figures = figures
        self.books = Books(desk.store, self._enqueue)
        self.delivering = Delivering(desk, self.books, publishers, randomness, figures)
        self.pump = Pump(desk, self.books, self._start_fan, figures)
        self.timetable = Timetable(self.pump.in_use, self.pump.pump, desk.clock)
        self.lost = asyncio.Event()
        self.ready = asyncio.Event()  # what is put in line from now on begins at once
        self._news = asyncio.Event()
        self.under_way: set[asyncio.Future[Any]] = set()
        self._engine = _engine_for(desk.store, desk.clock)
        self._client: DBOSClient | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = False

    # ---- within the store's transactions -----------------------------------------------------------------------------------

    def _enqueue(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        assert self._client is not None
        options = {
            "workflow_name": DELIVER,
            "queue_name": f"deliver-{via}",
            "workflow_id": _delivery(number, attempt),
            "app_version": VERSION,
        }
        if seconds > 0:
            options["delay_seconds"] = seconds  # type: ignore[assignment]
        self._client.enqueue_in_transaction(c, options, number, attempt)  # type: ignore[arg-type]

    def _start_fan(self, c: Connection, name: str, s: Schedule, after: datetime, until: datetime) -> None:
        assert self._client is not None
        self._client.enqueue_in_transaction(
            c,
            _fan_named(name),
            s.cron,
            s.timezone,
            s.quiet_end,
            after.isoformat(),
            until.isoformat(),
        )

    # ---- life --------------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what was left, and begin. DBOS runs its workflows on this event loop."""
        logging.getLogger("dbos").setLevel(logging.ERROR)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": _url_of(self.desk.store),
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": self.identity.name,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": _THREADS if self.desk.store.shared else _THREADS_OF_A_FILE,
            "log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)
        self._register()
        DBOS.launch()
        self._client = DBOSClient(
            system_database_engine=self._engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )
        at_once = self.desk.settings.delivery.at_once
        known = await DBOS.retrieve_queue_async(_FAN_QUEUE) is not None
        await DBOS.register_queue_async(_FAN_QUEUE, worker_concurrency=4, polling_interval_sec=_FAN_POLL)
        for via, publisher in self.publishers.items():
            rate = publisher.limits.a_second
            await DBOS.register_queue_async(
                f"deliver-{via}",
                worker_concurrency=at_once,
                limiter={"limit": rate, "period": 1.0} if rate else None,
                polling_interval_sec=_POLL,
            )
        if known:
            self.ready.set()
        else:
            asyncio.get_running_loop().call_later(_FOUND_WITHIN, self.ready.set)
        self._tasks = [
            asyncio.create_task(self._every(_LOOK, self._look)),
            asyncio.create_task(self._every(_POLL, self._at_once)),
            asyncio.create_task(self._every(_SWEEP_EVERY, self._sweep)),
            asyncio.create_task(self._every(_PRUNE_EVERY, self._prune)),
        ]
        await self.timetable.start()

    async def stop(self, seconds: float) -> None:
        """Take nothing new; what is under way has so many seconds to finish. The rest goes on at the next start."""
        self._ending = True
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # it tells of what it can't finish
        await self.timetable.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=seconds)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(
            ThreadPoolExecutor()
        )  # DBOS has put in its own, which it ends: others go on
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._client is not None:
            self._client.destroy()
        self._engine.dispose()
        self.books.close()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:  # the next time may go well
                log.exception("delivery's upkeep failed", what=getattr(work, "__name__", ""))
            await asyncio.sleep(seconds)

    async def _unless_ending(self) -> None:
        """Go on; in an ending process wait until it has ended, so that the next start takes up what waits."""
        if self._ending:
            await asyncio.sleep(3_600)

    async def _to_the_end(self, work: Callable[[], Awaitable[T]]) -> T:
        """Work that an ending process lets finish, and does not begin any more."""
        await self._unless_ending()
        task = asyncio.ensure_future(work())
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return await task

    def _register(self) -> None:
        """The workflows. They are made here, not at import: each engine has its own."""

        async def deliver(number: int, attempt: int) -> str:
            return await self._to_the_end(lambda: self.delivering.deliver(number, attempt))

        async def block(schedule: Schedule, after: str, until: str, number: int) -> int | None:
            moments = datetime.fromisoformat(after), datetime.fromisoformat(until)
            return await self._to_the_end(lambda: self.pump.fan_block(schedule, *moments, number))

        async def fan(cron: str, timezone: str, quiet_end: str | None, after: str, until: str) -> None:
            schedule = Schedule(cron, timezone, quiet_end)
            last: int | None = 0
            while last is not None:
                try:
                    last = await DBOS.run_step_async({"name": "block"}, block, schedule, after, until, last)
                except Exception:
                    # DBOS can't note what an ending process did, and an error let out would be the fan-out's end.
                    await self._unless_ending()
                    raise

        DBOS.workflow(name=DELIVER)(deliver)
        DBOS.workflow(name=FAN)(fan)

    def news(self) -> None:
        """Something has come in: what goes out whenever it does is put in line at once."""
        self._news.set()

    async def _at_once(self) -> None:
        await self._news.wait()
        self._news.clear()
        await self.pump.instant()

    # ---- upkeep ------------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """What other processes have put in line, what has changed, who is gone, and whether our name is still ours."""
        if not await asyncio.to_thread(self.identity.held):
            log.error("name lost", name=self.identity.name)
            self.lost.set()
            return
        call, ledger = self.books.call, self.books.ledger
        for d in await call(ledger.unstarted, 500):
            await call(ledger.restart, d, self._enqueue)
        await self.pump.correct()
        await self.pump.instant()
        if self.desk.store.shared:
            await asyncio.to_thread(self._take_up_from_the_dead)

    def _take_up_from_the_dead(self) -> None:
        """Resume the pending workflows of processes whose name nobody holds."""
        assert self._client is not None
        with self._engine.connect() as c:
            names = list(
                c.execute(
                    text("SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
                ).scalars()
            )
        for name in names:
            if name == self.identity.name:
                continue
            with self.identity.taken(name) as gone:
                if not gone:
                    continue
                pending = self._client.list_workflows(
                    status="PENDING", executor_id=name, load_input=False, load_output=False
                )
                queues: dict[str, list[str]] = {}
                for w in pending:
                    queues.setdefault(w.queue_name or _FAN_QUEUE, []).append(w.workflow_id)
                for queue, ids in queues.items():
                    self._client.resume_workflows(ids, queue_name=queue)
                log.warning("taken up", gone=name, workflows=len(pending))

    async def _sweep(self) -> None:
        """Dispatches that should have gone and that no workflow has any more are started anew; fan-outs too."""
        await asyncio.to_thread(self._fan_again)
        call, ledger, before = self.books.call, self.books.ledger, self.desk.clock() - _SWEEP_AFTER
        after = 0
        while found := await call(ledger.unsettled, before, after, 200):
            after = found[-1].id
            for d in await asyncio.to_thread(self._orphans, found):
                if await call(ledger.restart, d, self._enqueue):
                    log.warning("started anew", dispatch=d.id, state=d.state.value)

    def _fan_again(self) -> None:
        """Fan-outs that an error has ended are started anew: what they have put in line is not put there twice."""
        assert self._client is not None
        for w in self._client.list_workflows(
            name=FAN, status=["ERROR", "CANCELLED"], load_output=False, limit=100
        ):
            if w.input is not None:
                name, _, tries = w.workflow_id.partition("~")
                anew = f"{name}~{int(tries or 0) + 1}"
                self._client.enqueue(_fan_named(anew), *w.input["args"])
                log.warning("fan-out started anew", was=w.workflow_id)
            self._client.delete_workflows([w.workflow_id])

    def _orphans(self, found: list[Dispatch]) -> list[Dispatch]:
        assert self._client is not None
        ids = [_delivery(d.id, d.attempt) for d in found]
        alive = {
            w.workflow_id
            for w in self._client.list_workflows(
                workflow_ids=ids,
                status=["ENQUEUED", "DELAYED", "PENDING"],
                load_input=False,
                load_output=False,
            )
        }
        return [d for d in found if _delivery(d.id, d.attempt) not in alive]

    async def _prune(self) -> None:
        """Forget what is older than the settings keep, and finished workflows of more than a day ago."""
        days = timedelta(days=self.desk.settings.delivery.keep_days)
        gone = await self.books.call(self.books.ledger.prune, self.desk.clock() - days)
        await asyncio.to_thread(self._prune_workflows)
        if gone:
            log.info("pruned", dispatches=gone)
        await asyncio.to_thread(self._purge)

    def _purge(self) -> None:
        """Forget the servers and workspaces that sent Sitrep away long enough ago."""
        self.desk.store.tenants.forget_events(self.desk.clock() - _KEEP_WORKFLOWS)
        kept = timedelta(days=self.desk.settings.tenants.keep_days_after_leaving)
        for tenant in self.desk.store.tenants.gone(self.desk.clock() - kept):
            stories = self.desk.store.tenants.purge(tenant)
            log.info("purged", platform=tenant.platform, tenant=tenant.id, stories=stories)

    def _prune_workflows(self) -> None:
        assert self._client is not None
        before = self.desk.clock() - _KEEP_WORKFLOWS
        while True:
            old = self._client.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                end_time=before.isoformat(),
                limit=1_000,
                load_input=False,
                load_output=False,
            )
            if not old:
                return
            self._client.delete_workflows([w.workflow_id for w in old])


def _fan_named(name: str) -> EnqueueOptions:
    """A fan-out's workflow, as it is put in line."""
    return {"workflow_name": FAN, "queue_name": _FAN_QUEUE, "workflow_id": name, "app_version": VERSION}


def _delivery(number: int, attempt: int) -> str:
    """The id of a delivery's workflow: padded, so that ids sort as numbers do."""
    return f"deliver-{number:012d}-{attempt:06d}"


def _url_of(store: Store) -> str:
    """DBOS asks for an address beside the engine, and goes by its kind."""
    return "postgresql://sitrep@database/sitrep" if store.shared else f"sqlite:///{store.path}"


def _engine_for(store: Store, clock: Clock) -> Engine:
    """DBOS's own connections to our database."""
    if store.shared:
        return create_engine(store.engine.url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = create_engine(f"sqlite:///{store.path}", pool_size=10, max_overflow=20)

    def on_connect(connection: sqlite3.Connection, record: object) -> None:
        """As DBOS sets up its own, and what old SQLite lacks that DBOS asks for."""
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", 1, lambda _: clock().timestamp())

    event.listen(engine, "connect", on_connect)
    return engine


@asynccontextmanager
async def delivering(
    desk: Desk, identity: Identity, publishers: Mapping[str, Publisher], figures: Figures, randomness: Random
) -> AsyncIterator[Deliveries]:
    """Schedule and delivery for as long as the context lasts."""
    running = Deliveries(desk, identity, publishers, figures, randomness)
    await running.start()
    try:
        yield running
    finally:
        await running.stop(desk.settings.delivery.ending_seconds)
        for publisher in publishers.values():
            await publisher.close()
