"""Delivery: how fast an edition due in many channels is put in line and posted, on a file and on PostgreSQL.

The publisher is instant and in this process: what is measured is ours. `SITREP_BENCH_CHANNELS` says how many (5,000);
where benchmarks are off, the same is done with few.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, update

from bots.__main__ import now as clock
from bots.dispatch.content import Content
from bots.dispatch.counting import Figures
from bots.dispatch.engine import delivering
from bots.dispatch.identity import identity_for
from bots.dispatch.publisher import Limits
from bots.relay.messages import bodies
from briefings.demo import articles
from briefings.desk import Desk, Reader
from briefings.model import LOCAL, Part, Story
from briefings.reading import read
from briefings.rendering import Templates
from briefings.settings import load_settings
from briefings.sources import Worker
from briefings.store import Schedule, Store, open_store
from briefings.store import tables as t
from tests.benchmarks.program import ROOT, asked, memory, press, processor, running

CHANNELS = int(os.environ.get("SITREP_BENCH_CHANNELS", "5000"))
SEVEN = "0 7 * * *"
_FEW = 20


class Instant:
    """Takes everything at once."""

    via = "relay"
    limits = Limits()

    def __init__(self) -> None:
        self.posts = 0

    def bodies(self, content: Content) -> tuple[str, ...]:
        return bodies(content, 0)

    async def post(self, channel: str, part: Part) -> str:
        self.posts += 1
        return str(self.posts)

    async def edit(self, channel: str, part: Part) -> None:
        raise AssertionError("nothing is corrected")

    def person(self, user: str) -> str | None:
        return None

    async def find(self, channel: str, part: Part) -> str | None:
        return None

    async def close(self) -> None:
        pass


def filled(store: Store, editions: int) -> Story:
    """A story of the demo's first articles, and so many editions of it at seven."""
    now = clock()
    story = store.create_story(LOCAL, "crisis", "Crisis", now)
    for article in articles()[:4]:
        store.add_article(LOCAL, story, read(article), now, private=True)
    row: dict[str, Any] = {
        "platform": "local", "tenant": "desk", "story": story.id, "template": "flash", "language": "en", "cron": SEVEN,
        "timezone": "UTC", "said": "at 7", "via": "relay", "since": now, "only_changed": False, "missed": "newest",
        "active": True, "paused": "", "made_by": "",
    }  # fmt: skip
    with store.editions._write() as c:
        c.execute(insert(t.editions), [{**row, "channel": f"c{i}"} for i in range(editions)])
    return story


async def morning(store: Store, channels: int) -> dict[str, float]:
    """Seconds until all are in line and until all are posted; the longest that the loop stood still."""
    settings = load_settings()
    now = clock()
    seven = (now + timedelta(days=1)).replace(hour=7, minute=0, second=1, microsecond=0)
    publisher = Instant()
    worst = 0.0
    async with Worker(settings.limits.extract_seconds) as worker:
        desk = Desk(settings, Templates(), store, clock, Reader(settings, worker), LOCAL)
        identity = identity_for(store, "bench")
        async with delivering(desk, identity, {"relay": publisher}, Figures(), Random(1)) as engine:

            async def watch() -> None:
                nonlocal worst
                while True:
                    at = time.perf_counter()
                    await asyncio.sleep(0.01)
                    worst = max(worst, time.perf_counter() - at - 0.01)

            watching = asyncio.create_task(watch())
            began = time.perf_counter()
            last: int | None = 0
            while last is not None:
                last = await engine.pump.fan_block(Schedule(SEVEN, "UTC"), now, seven, last)
            enqueued = time.perf_counter() - began
            while publisher.posts < channels:
                await asyncio.sleep(0.05)
                assert time.perf_counter() - began < 600
            delivered = time.perf_counter() - began
            watching.cancel()
        identity.release()
    return {"enqueued": enqueued, "delivered": delivered, "loop": worst}


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """No line a dispatch."""
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


def test_a_morning_on_a_file(benchmark: Any, tmp_path: Path, quiet_log: None) -> None:
    """An edition due in 5,000 channels: in line within 5 s, posted within 60 s, the loop never still for 250 ms."""
    store = open_store(tmp_path)
    channels = CHANNELS if benchmark.enabled else _FEW
    filled(store, channels)
    found = benchmark.pedantic(lambda: asyncio.run(morning(store, channels)), rounds=1)
    benchmark.extra_info.update(found, channels=channels)
    sys.stderr.write(f"{found}\n")
    store.close()


def test_a_morning_on_postgres(benchmark: Any, tmp_path: Path, postgres_url: str, quiet_log: None) -> None:
    """The same on a server, by one process."""
    store = open_store(tmp_path, url=postgres_url)
    channels = CHANNELS if benchmark.enabled else _FEW
    filled(store, channels)
    found = benchmark.pedantic(lambda: asyncio.run(morning(store, channels)), rounds=1)
    benchmark.extra_info.update(found, channels=channels)
    sys.stderr.write(f"{found}\n")
    store.close()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_on_postgres(benchmark: Any, tmp_path: Path, postgres_url: str, workers: int) -> None:
    """Editions due in many channels, delivered by so many `sitrep worker`s over HTTP: posts a second.

    What limits it on two cores is the processors: the workers, the server and the channel share them.
    """
    if not benchmark.enabled:
        pytest.skip("it waits for a minute to come: python3 dev.py bench runs all of them")
    store = open_store(tmp_path, url=postgres_url)
    channels = min(CHANNELS, 1_500)
    filled(store, channels)
    with press(0) as port:
        environment = {
            **os.environ,
            "SITREP_DATABASE_URL": postgres_url,
            "SITREP_RELAY__URL": f"http://127.0.0.1:{port}/relay",
            "SITREP_SOURCES__ENABLED": "false",
        }
        command = [sys.executable, "-m", "bots", "--data", str(tmp_path), "worker", "--name"]
        processes = [
            subprocess.Popen([*command, f"w{n}"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
            for n in range(workers)
        ]
        try:
            time.sleep(8)  # all are up, and wait for the minute
            with store.editions._write() as c:
                c.execute(update(t.editions).values(cron="* * * * *", since=clock()))
            found = benchmark.pedantic(lambda: _posted(port, channels), rounds=1)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
            store.close()
    benchmark.extra_info.update(found, workers=workers)
    sys.stderr.write(f"{workers} workers: {found}\n")


def _posted(port: int, channels: int) -> dict[str, float]:
    """Posts a second, from the first to the last of so many."""
    end = time.monotonic() + 180
    while len(posts := [at for at, _ in asked(port)["posts"]]) < channels:
        assert time.monotonic() < end, f"{len(posts)} of {channels}"
        time.sleep(0.2)
    took = posts[channels - 1] - posts[0]
    return {"seconds": round(took, 2), "a_second": round(channels / max(took, 0.001), 1)}


def test_many_editions_at_rest(benchmark: Any, tmp_path: Path) -> None:
    """100,000 editions that are not due, in the program itself: its processor time of an idle second, and its memory."""
    store = open_store(tmp_path)
    filled(store, 100_000 if benchmark.enabled else _FEW)
    store.close()
    seconds = 30 if benchmark.enabled else 1

    def rest() -> dict[str, float]:
        with press(0) as port, running(tmp_path, port) as program:
            time.sleep(5.0)
            before = processor(program.pid)
            time.sleep(seconds)
            used = (processor(program.pid) - before) / seconds
            return {"cpu": used, "MiB": memory(program.pid)}

    found = benchmark.pedantic(rest, rounds=1)
    benchmark.extra_info.update(found)
    sys.stderr.write(f"{found}\n")
