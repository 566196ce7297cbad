"""Discord: how soon commands are acknowledged while editions go out, how much memory a thousand servers take, and how
near a digest to a thousand channels comes to what Discord's own limits allow.

The real client against the simulator, which is a process of its own. `SITREP_BENCH_SERVERS` says how many servers (1,000);
where benchmarks are off, the same is done with few.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import insert

from bots.__main__ import now as clock
from bots.__main__ import settle_memory, settle_threads
from bots.running import Running, everything
from briefings.demo import articles
from briefings.desk import Desk, Reader
from briefings.model import LOCAL, Tenant
from briefings.reading import read
from briefings.rendering import Templates
from briefings.settings import load_settings
from briefings.sources import Worker
from briefings.store import Schedule, Store, open_store
from briefings.store import tables as t
from tests.benchmarks.test_delivery import quiet_log  # noqa: F401  # a fixture

SERVERS = int(os.environ.get("SITREP_BENCH_SERVERS", "1000"))
_FEW, _CHANNELS, _WITH_STORY = 4, 5, 50
_SEVEN = "0 7 * * *"
_COMMANDS = [["outlets", {}], ["evidence", {"number": 1}], ["help", {}], ["quotes", {}]]


@contextmanager
def simulator(servers: int, *more: str) -> Iterator[dict[str, Any]]:
    """The simulator as its own process; what it tells of itself."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.platforms.discord"]
    process = subprocess.Popen(
        [*command, "--guilds", str(servers), "--channels", str(_CHANNELS), *more], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def filled(store: Store, there: dict[str, Any], servers: int) -> None:
    """A story in the first servers, and one edition at seven in each server's first channel."""
    now = clock()
    rows = []
    for i, (guild, channels) in enumerate(there["guilds"].items()):
        tenant = Tenant("discord", guild)
        story = store.create_story(tenant, "crisis", "Crisis", now)
        if i < _WITH_STORY:
            for article in articles()[:4]:
                store.add_article(tenant, story, read(article), now, private=True)
        rows.append(
            {
                "platform": "discord", "tenant": guild, "story": story.id, "template": "flash", "language": "en",
                "cron": _SEVEN, "timezone": "UTC", "said": "at 7", "via": "discord", "channel": channels[0],
                "since": now, "only_changed": False, "missed": "newest", "active": True, "paused": "", "made_by": "",
                "manner": "",
            }
        )  # fmt: skip
        store.channels.join(tenant, channels[0], "#general", now)
    with store.editions._write() as c:
        c.execute(insert(t.editions), rows[:servers])


@asynccontextmanager
async def running(store: Store, there: dict[str, Any], a_second: int) -> AsyncIterator[Running]:
    """The whole program, connected."""
    settings = load_settings()
    discord = settings.discord.model_validate(
        {
            "token": there["token"], "api_url": there["api_url"], "gateway_url": there["gateway_url"],
            "a_second": a_second,
        }
    )  # fmt: skip
    settings = settings.model_copy(update={"discord": discord})
    async with Worker(settings.limits.extract_seconds) as worker:
        desk = Desk(settings, Templates(), store, clock, Reader(settings, worker), LOCAL)
        async with everything(desk, None, name="bench") as program:
            assert program.discord is not None
            async with asyncio.timeout(60):
                while not program.discord.up:  # noqa: ASYNC110  # it is a flag of another task
                    await asyncio.sleep(0.05)
            yield program


async def due(program: Running) -> None:
    """Tomorrow's seven o'clock comes."""
    assert program.deliveries is not None
    now = clock()
    seven = (now + timedelta(days=1)).replace(hour=7, minute=0, second=1, microsecond=0)
    last: int | None = 0
    while last is not None:
        last = await program.deliveries.pump.fan_block(Schedule(_SEVEN, "UTC"), now, seven, last)


async def posted(there: dict[str, Any], session: aiohttp.ClientSession) -> int:
    async with session.get(there["control_url"] + "/messages") as answer:
        channels = await answer.json()
    return sum(len(messages) for messages in channels.values())


async def storm(store: Store, there: dict[str, Any], seconds: float, a_second: int) -> dict[str, float]:
    async with running(store, there, 45) as program, aiohttp.ClientSession() as session:
        going = asyncio.create_task(due(program))
        asked = {
            "channels": [channels[1] for channels in list(there["guilds"].values())[:_WITH_STORY]],
            "commands": _COMMANDS,
            "a_second": a_second,
            "seconds": seconds,
        }
        async with session.post(there["control_url"] + "/storm", json=asked) as answer:
            found: dict[str, float] = await answer.json()
        await going
        return {**found, "posted": await posted(there, session)}


def test_commands_are_acknowledged_while_editions_go_out(
    benchmark: Any,
    tmp_path: Path,
    quiet_log: None,  # noqa: F811
) -> None:
    """A hundred commands a second while a thousand editions go out: p50 under 5 ms, p99 under 50 ms."""
    servers = SERVERS if benchmark.enabled else _FEW
    with simulator(servers) as there:
        store = open_store(tmp_path)
        filled(store, there, servers)
        settle_memory()
        settle_threads()
        seconds, a_second = (20.0, 100) if benchmark.enabled else (0.5, 10)
        found = benchmark.pedantic(lambda: asyncio.run(storm(store, there, seconds, a_second)), rounds=1)
        store.close()
    benchmark.extra_info.update(found)
    sys.stderr.write(f"{found}\n")
    assert found["answered"] == found["asked"]


async def digest(store: Store, there: dict[str, Any], wanted: int, a_second: int) -> dict[str, float]:
    async with running(store, there, a_second) as program, aiohttp.ClientSession() as session:
        began = time.perf_counter()
        await due(program)
        while await posted(there, session) < wanted:
            await asyncio.sleep(0.2)
            assert time.perf_counter() - began < 300
        took = time.perf_counter() - began
    return {"seconds": took, "allowed": wanted / a_second, "off": took / (wanted / a_second)}


@pytest.mark.parametrize("a_second", [45])
def test_a_digest_is_bounded_by_discords_limits_alone(
    benchmark: Any,
    tmp_path: Path,
    a_second: int,
    quiet_log: None,  # noqa: F811
) -> None:
    """To a thousand channels in `channels / a_second` seconds; `off` is how many times that it takes."""
    servers = SERVERS if benchmark.enabled else _FEW
    with simulator(servers, "--rate-limits") as there:
        store = open_store(tmp_path)
        filled(store, there, servers)
        wanted = min(servers, _WITH_STORY) if not benchmark.enabled else servers
        found = benchmark.pedantic(lambda: asyncio.run(digest(store, there, wanted, a_second)), rounds=1)
        store.close()
    benchmark.extra_info.update(found)
    sys.stderr.write(f"{found}\n")


_MEMORY = """
import asyncio, json, sys
from pathlib import Path
from tests.benchmarks.test_discord import running
from briefings.store import open_store
async def main():
    there = json.loads(Path(sys.argv[1]).read_text())
    async with running(open_store(Path(sys.argv[2])), there, 45) as program:
        await asyncio.sleep(3)
        for line in open("/proc/self/status"):
            if line.startswith("VmRSS"):
                print("RSS", int(line.split()[1]) / 1024, len(program.discord.bot.guilds))
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_thousand_servers_fit_into_memory(benchmark: Any, tmp_path: Path) -> None:
    """A thousand servers with five channels each: under 200 MiB, all of the program."""
    servers = SERVERS if benchmark.enabled else _FEW
    script = tmp_path / "memory.py"
    script.write_text(_MEMORY, "utf8")
    with simulator(servers) as there:
        told = tmp_path / "there.json"
        told.write_text(json.dumps(there), "utf8")

        def measured() -> str:
            return subprocess.run(
                [sys.executable, "-W", "ignore", str(script), str(told), str(tmp_path)],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": "."},
            ).stdout

        lines = benchmark.pedantic(measured, rounds=1).splitlines()
        _, mib, guilds = next(x for x in lines if x.startswith("RSS")).split()
    benchmark.extra_info.update(mib=float(mib), servers=int(guilds))
    sys.stderr.write(f"{mib} MiB with {guilds} servers\n")
    assert int(guilds) == servers
