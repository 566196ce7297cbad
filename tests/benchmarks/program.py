"""The program as a user runs it, beside a press on loopback; what it takes of memory and processor, all processes counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@contextmanager
def press(feeds: int) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.benchmarks.press", str(feeds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def asked(port: int, path: str = "/state") -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def memory(process: int) -> float:
    """What a process and its children hold, in MiB: shared pages counted once among them (PSS)."""
    total, waiting = 0.0, [process]
    while waiting:
        number = waiting.pop()
        with suppress(OSError, ValueError):
            for children in Path(f"/proc/{number}/task").glob("*/children"):
                waiting += [int(c) for c in children.read_text().split()]
            for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
    return total


def processor(process: int) -> float:
    """The processor time that a process has taken so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`sitrep run` over the folder, with the press's channel as its relay."""
    environment = {
        **os.environ,
        "SITREP_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "SITREP_RELAY__URL": f"http://127.0.0.1:{port}/relay",
        "SITREP_WEB__PORT": "0",
        "SITREP_TENANTS__ARTICLES_A_DAY": "1000000",
    }
    command = [sys.executable, "-m", "bots", "--data", str(folder), "run"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def until(port: int, process: int, key: str, count: int, seconds: float) -> tuple[dict[str, Any], float]:
    """The press's state once so many were asked or told, and the most memory that was held meanwhile."""
    end, peak = time.monotonic() + seconds, 0.0
    while True:
        state = asked(port)
        peak = max(peak, memory(process))
        if state[key] >= count or time.monotonic() > end:
            return dict(state), peak
        time.sleep(0.2)
