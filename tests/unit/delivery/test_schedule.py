"""The timetable wakes the pump: a job for each schedule in use, one pump at a time, and none of it lost by an error."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bots.dispatch import pumping
from bots.dispatch.pumping import orders_of
from bots.fires import fires
from bots.schedule import CronTrigger, Timetable
from briefings.model import Address, Edition, Quiet
from briefings.store import Order, Schedule
from tests.unit.delivery.posting import NOW as POSTED_FROM
from tests.unit.delivery.posting import ONE, House, work_with

PARIS = "Europe/Paris"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOON = 5  # seconds that a test waits for what must come
A_WHILE = 0.05  # seconds in which what must not come would have come


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Books:
    """The schedules in use, which a test changes."""

    def __init__(self, *schedules: Schedule) -> None:
        self.schedules = list(schedules)
        self.errors: list[Exception] = []

    async def in_use(self) -> list[Schedule]:
        if self.errors:
            raise self.errors.pop()
        return self.schedules


class Pump:
    """Tells each run as it begins; holds it while `gate` is shut; fails as it is told."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.errors: list[Exception] = []
        self.runs = 0
        self.ended = 0
        self.under_way = 0

    async def pump(self) -> None:
        self.runs += 1
        self.under_way += 1
        assert self.under_way == 1
        self.begun.put_nowait(self.runs)
        try:
            await self.gate.wait()
            if self.errors:
                raise self.errors.pop()
            self.ended += 1
        finally:
            self.under_way -= 1

    async def next(self) -> int:
        return await asyncio.wait_for(self.begun.get(), SOON)

    async def rests(self) -> bool:
        """Whether no run begins for a while."""
        await asyncio.sleep(A_WHILE)
        return self.begun.empty()


@asynccontextmanager
async def running(books: Books, pump: Pump) -> AsyncIterator[Timetable]:
    """A timetable that has looked once."""
    table = Timetable(books.in_use, pump.pump, lambda: NOW)
    await table.start()
    try:
        assert await pump.next() == 1
        yield table
    finally:
        await table.stop()


def run(claim: Callable[[], Awaitable[None]]) -> None:
    """In a loop of its own, in which nothing is left over."""

    async def whole() -> None:
        await claim()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


# ---- waking ----------------------------------------------------------------------------------------------------------------


def test_it_looks_at_once() -> None:
    """Start-up makes up for what was missed, though no schedule is in use."""

    async def claim() -> None:
        pump = Pump()
        async with running(Books(), pump) as table:
            assert table.jobs == 0
            assert await pump.rests()

    run(claim)


def test_a_wake_runs_the_pump() -> None:
    """Once each."""

    async def claim() -> None:
        pump = Pump()
        async with running(Books(), pump) as table:
            for number in (2, 3):
                table.wake()
                assert await pump.next() == number
            assert await pump.rests()

    run(claim)


def test_a_wake_before_the_start_is_not_lost() -> None:
    """It runs with the first look."""

    async def claim() -> None:
        pump = Pump()
        table = Timetable(Books().in_use, pump.pump, lambda: NOW)
        table.wake()
        await table.start()
        assert await pump.next() == 1
        assert await pump.rests()
        await table.stop()

    run(claim)


def test_a_wake_while_the_pump_runs_has_it_run_again() -> None:
    """What woke it may have come too late for that run; however many they are, one more run sees them all."""

    async def claim() -> None:
        pump = Pump()
        async with running(Books(), pump) as table:
            pump.gate.clear()
            table.wake()
            assert await pump.next() == 2
            for _ in range(5):
                table.wake()
            assert await pump.rests()  # one at a time
            pump.gate.set()
            assert await pump.next() == 3
            assert await pump.rests()
            assert pump.ended == pump.runs == 3

    run(claim)


def test_it_looks_without_being_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few seconds; here sooner."""
    monkeypatch.setattr("bots.schedule._LOOK_EVERY", 0.02)

    async def claim() -> None:
        pump = Pump()
        async with running(Books(), pump):
            assert [await pump.next() for _ in range(3)] == [2, 3, 4]

    run(claim)


def test_what_fails_is_tried_again_at_the_next_wake() -> None:
    """Be it the pump or what reads the schedules; a wake that comes meanwhile is kept."""

    async def failing(books: Books, pump: Pump, runs: int) -> None:
        async with running(books, pump) as table:
            books.errors, pump.errors = (
                ([OSError("locked")], []) if runs == 1 else ([], [ValueError("no such story")])
            )
            table.wake()
            if runs == 2:
                assert await pump.next() == 2
            await asyncio.sleep(A_WHILE)
            assert not books.errors
            assert not pump.errors
            assert pump.ended == 1
            table.wake()
            assert await pump.next() == runs + 1
            assert await pump.rests()
            assert pump.ended == 2

    async def claim() -> None:
        await asyncio.gather(failing(Books(), Pump(), 1), failing(Books(), Pump(), 2))

    with capture_logs() as logged:
        run(claim)
    assert [entry["log_level"] for entry in logged] == ["error", "error"]


def test_after_the_stop_nothing_runs() -> None:
    """Neither a wake nor a look."""

    async def claim() -> None:
        pump = Pump()
        async with running(Books(Schedule("* * * * *", "UTC")), pump) as table:
            pass
        table.wake()
        assert await pump.rests()
        assert pump.runs == pump.ended == 1

    run(claim)


def test_a_stop_while_it_waits_after_a_failure_does_not_wait() -> None:
    """It ends at once."""

    async def claim() -> None:
        pump = Pump()
        pump.errors = [ValueError("no such story")]
        async with asyncio.timeout(0.8), running(Books(), pump):
            assert await pump.rests()

    with capture_logs():
        run(claim)


# ---- jobs ------------------------------------------------------------------------------------------------------------------


def test_jobs_are_kept_in_step_with_the_schedules() -> None:
    """At each wake: those that are new are added, those that are gone are removed."""

    async def claim() -> None:
        books, pump = Books(Schedule("0 8 * * *", PARIS)), Pump()
        async with running(books, pump) as table:
            assert table.jobs == 1
            for schedules, jobs in (
                ([*books.schedules, Schedule("0 18 * * *", PARIS)], 2),
                ([Schedule("0 18 * * *", PARIS)], 1),
                ([Schedule("0 18 * * *", PARIS)], 1),
                ([], 0),
                ([Schedule("0 18 * * *", PARIS), Schedule("30 8 * * 1-5", PARIS)], 2),
            ):
                books.schedules = schedules
                table.wake()
                await pump.next()
                assert table.jobs == jobs

    run(claim)


@pytest.mark.parametrize(
    ("schedules", "jobs"),
    [
        ([Schedule("0 8 * * *", PARIS)] * 3, 1),
        ([Schedule("0 8 * * *", PARIS), Schedule("0 8 * * *", "America/New_York")], 2),
        ([Schedule("0 8 * * *", PARIS, "07:00")], 2),
        ([Schedule("0 23 * * *", PARIS, "07:00"), Schedule("0 22 * * *", PARIS, "07:00")], 3),
        ([Schedule("0 7 * * *", PARIS, "07:00")], 1),
        ([Schedule("0 8 * * *", PARIS, "07:05"), Schedule("5 7 * * *", "UTC")], 3),
        ([Schedule(f"{m} 8 * * *", PARIS) for m in range(60)], 60),
    ],
)
def test_each_line_and_zone_is_one_job(schedules: list[Schedule], jobs: int) -> None:
    """However many editions share it; the end of quiet hours is one too."""

    async def claim() -> None:
        async with running(Books(*schedules), Pump()) as table:
            assert table.jobs == jobs

    run(claim)


def test_a_schedule_that_cant_fire_is_told_and_stops_no_other() -> None:
    """A zone that this machine does not know, a line from another version; it is logged, and the pump runs."""

    async def claim() -> None:
        books = Books(
            Schedule("0 8 * * *", "Mars/Olympus"), Schedule("0 0 30 2 *", PARIS), Schedule("0 8 * * *", PARIS)
        )
        pump = Pump()
        async with running(books, pump) as table:
            assert table.jobs == 1
            await asyncio.sleep(0)
            assert pump.ended == 1

    with capture_logs() as logged:
        run(claim)
    assert {(e["cron"], e["timezone"]) for e in logged} == {
        ("0 8 * * *", "Mars/Olympus"),
        ("0 0 30 2 *", PARIS),
    }


# ---- the trigger -----------------------------------------------------------------------------------------------------------


def told(cron: str, timezone: str, previous: datetime | None, now: datetime) -> datetime:
    found = CronTrigger(cron, timezone).get_next_fire_time(previous, now)
    assert found is not None
    return found


def test_the_first_fire_is_the_next_after_now() -> None:
    """When a job is added, APScheduler knows of no fire before."""
    assert told("30 8 * * 1-5", PARIS, None, NOW) == utc("2026-01-06T07:30")


def test_the_fire_after_one_that_just_ran_is_the_next() -> None:
    """Asked at that moment or a little later."""
    ran = utc("2026-01-06T07:30")
    for late in (0, 0.01, 1, 30):
        assert told("30 8 * * 1-5", PARIS, ran, ran + timedelta(seconds=late)) == utc("2026-01-07T07:30")


def test_a_fire_within_the_last_second_is_not_passed_over() -> None:
    """The clock may have moved on while the job was added."""
    fire = utc("2026-01-06T07:30")
    before = utc("2026-01-05T07:30")
    assert told("30 8 * * *", PARIS, before, fire + timedelta(seconds=0.5)) == fire


def test_what_was_missed_long_ago_wakes_nobody() -> None:
    """The pump makes up for it by the stored mark: the next wake is ahead, not thousands behind."""
    assert told("* * * * *", "UTC", utc("2024-01-01T00:00"), NOW + timedelta(seconds=30)) == NOW + timedelta(
        minutes=1
    )


def test_a_monday_is_crons() -> None:
    """APScheduler's own trigger calls Tuesday 1."""
    assert told("0 8 * * 1", "UTC", None, NOW).strftime("%A") == "Monday"
    assert told("0 8 * * 0", "UTC", None, NOW).strftime("%A") == "Sunday"


@pytest.mark.parametrize(
    ("cron", "timezone"), [("0 0 30 2 *", PARIS), ("0 8 * * *", "Mars/Olympus"), ("x", PARIS)]
)
def test_what_never_fires_ends_its_job(cron: str, timezone: str) -> None:
    """None, by which APScheduler removes it; no error, which would stop it for all."""
    assert CronTrigger(cron, timezone).get_next_fire_time(None, NOW) is None


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["30 2 * * *", "0 2,3 * * *", "0 * * * *", "*/20 * * * *", "0 8 * * 1-5", "15 */6 * * *"]),
    st.sampled_from([PARIS, "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from([utc("2026-03-07T12:00"), utc("2026-03-28T12:00"), utc("2026-04-04T06:00"), utc("2026-10-03T06:00"),
                     utc("2026-10-24T12:00"), utc("2026-10-31T12:00")]),
    st.floats(0, 0.9),
)  # fmt: skip
def test_a_job_wakes_at_every_fire(cron: str, timezone: str, begin: datetime, late: float) -> None:
    """Each after the one before, a little late each time, over the clock changes too."""
    expected = list(islice(fires(cron, ZoneInfo(timezone), begin), 40))
    found: list[datetime] = []
    now, previous = begin, None
    for _ in expected:
        previous = told(cron, timezone, previous, now)
        now = previous + timedelta(seconds=late)
        found.append(previous)
    assert found == expected


# ---- putting in line -------------------------------------------------------------------------------------------------------


def test_the_loop_goes_on_while_times_are_worked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through quiet hours and missed days that takes a while: whatever else the loop has to do has its turn meanwhile."""
    since, until = POSTED_FROM - timedelta(days=3), POSTED_FROM

    async def work(h: House) -> None:
        h.now = since
        quiet = Quiet("22:00", "07:00")
        chosen: dict[str, Any] = {"cron": "*/30 * * * *", "timezone": PARIS, "quiet": quiet, "missed": "all"}
        made = [await h.edition(Address("discord", f"c{i}"), **chosen) for i in range(3)]
        h.now = until
        loop = asyncio.get_running_loop()
        went_on = []

        def slowly(e: Edition, after: datetime, end: datetime) -> list[Order]:
            turn = threading.Event()
            loop.call_soon_threadsafe(turn.set)
            went_on.append(turn.wait(10))
            return orders_of(e, after, end)

        monkeypatch.setattr(pumping, "orders_of", slowly)
        assert await h.pump.fan_block(Schedule("*/30 * * * *", PARIS, "07:00"), since, until, 0) is None
        assert went_on == [True] * 3
        found = h.desk.store.ledger.dispatches(ONE, most=500)
        assert {d.edition for d in found} == {e.id for e in made}
        hours = {d.due.astimezone(ZoneInfo(PARIS)).hour for d in found}
        assert hours == set(range(7, 22))
        assert len(h.going) == len(found)

    work_with(tmp_path, work)
