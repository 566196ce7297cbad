"""How quickly the web channel answers, and what its open pages weigh: a real server, real connections.

100 clients type a command every five seconds each; then 500 pages listen at once. The numbers are printed and kept in
the benchmark's `extra_info`; the server is a process of its own, the clients are in this one.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import pytest
from yarl import URL

CLIENTS, PERIOD, SECONDS, STREAMS = 100, 5.0, 20.0, 500
COMMANDS = (
    "/brief", "/brief flash fr", "/quotes", "/quotes by:Altman", "/actors", "/figures", "/timeline since:2023-11-20",
    "/consequences expected", "/conflicts", "/outlets", "/changes", "/search employees resign", "/evidence 3", "/help",
)  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[URL, int]]:
    """The demo, served: its address with the token, and its process id."""
    environment = {**os.environ, "SITREP_TENANTS__COMMANDS_A_MINUTE": "1000000"}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "sitrep", "demo", "--serve", "--lang", "en"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found
    yield URL(found[0]), process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()


def _resident(pid: int) -> float:
    """MiB that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


async def _session(address: URL, connections: int) -> tuple[aiohttp.ClientSession, str]:
    """A session that was let in, and the secret that its posts need."""
    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=aiohttp.ClientTimeout(total=None),
    )
    async with session.get(address) as answer:
        page = await answer.text()
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return session, found[1]


async def _commands(address: URL, clients: int, seconds: float) -> list[float]:
    """Seconds from each command to its answer. Every client also has the channel open, and is sent all of it."""
    session, csrf = await _session(address, 0)
    taken: list[float] = []
    rng = random.Random(7)
    end = time.monotonic() + seconds

    async def listen() -> None:
        url = address.origin() / "c/openai/events"
        async with session.get(url, params={"after": "999999"}) as answer:
            async for _ in answer.content.iter_any():
                pass

    async def client() -> None:
        listening = asyncio.create_task(listen())
        await asyncio.sleep(rng.random() * min(PERIOD, seconds))
        while time.monotonic() < end:
            line = rng.choice(COMMANDS)
            begun = time.perf_counter()
            async with session.post(
                address.origin() / "c/openai/say",
                data={"csrf": csrf, "line": line},
                headers={"Accept": "application/json"},
            ) as answer:
                assert (await answer.json())["items"], line
            taken.append(time.perf_counter() - begun)
            await asyncio.sleep(PERIOD * (0.8 + 0.4 * rng.random()))
        listening.cancel()

    async with session:
        await asyncio.gather(*(client() for _ in range(clients)))
    return taken


async def _streams(address: URL, pid: int, streams: int) -> tuple[float, float]:
    """MiB of the server before and while so many pages listen."""
    session, csrf = await _session(address, 0)
    async with session:
        before = _resident(pid)
        opened = []
        for _ in range(streams):
            answer = await session.get(address.origin() / "c/openai/events", params={"after": "999999"})
            assert answer.status == 200
            opened.append(answer)
        async with session.post(
            address.origin() / "c/openai/say", data={"csrf": csrf, "line": "/brief flash"}
        ) as answer:
            assert answer.status == 200
        await asyncio.sleep(3)
        during = _resident(pid)
        for answer in opened:
            answer.close()
    return before, during


@pytest.mark.benchmark(group="web")
def test_commands_from_a_hundred_clients(benchmark: Any, server: tuple[URL, int]) -> None:
    """p50 and p99 from command to answer."""
    address, pid = server
    load = (CLIENTS, SECONDS) if benchmark.enabled else (4, 1.0)
    taken = benchmark.pedantic(lambda: asyncio.run(_commands(address, *load)), rounds=1)
    cuts = quantiles([*taken, taken[0]], n=100)
    told = {"commands": len(taken), "p50 ms": round(cuts[49] * 1000, 1), "p99 ms": round(cuts[98] * 1000, 1)}
    benchmark.extra_info.update(told)
    print(f"\n{told}, server {_resident(pid):.0f} MiB")  # noqa: T201


@pytest.mark.benchmark(group="web")
def test_five_hundred_open_pages(benchmark: Any, server: tuple[URL, int]) -> None:
    """What the server process holds while they listen."""
    address, pid = server
    streams = STREAMS if benchmark.enabled else 10
    before, during = benchmark.pedantic(lambda: asyncio.run(_streams(address, pid, streams)), rounds=1)
    benchmark.extra_info.update({"before MiB": round(before), "during MiB": round(during)})
    print(f"\n{before:.0f} MiB before, {during:.0f} MiB with {streams} open streams")  # noqa: T201


@pytest.mark.benchmark(group="web")
def test_the_first_page(benchmark: Any, server: tuple[URL, int]) -> None:
    """Bytes of the first page with all that it loads."""

    async def load() -> int:
        session, _ = await _session(server[0], 10)
        async with session:
            async with session.get(server[0].origin() / "") as answer:
                page = await answer.read()
            sizes = len(page)
            for path in re.findall(rb'(?:href|src)="(/static/[^"]+)"', page):
                async with session.get(server[0].origin().join(URL(path.decode()))) as answer:
                    sizes += len(await answer.read())
        return sizes

    size = benchmark.pedantic(lambda: asyncio.run(load()), rounds=1)
    benchmark.extra_info["bytes"] = size
    print(f"\n{size / 1000:.0f} kB for the first page")  # noqa: T201
