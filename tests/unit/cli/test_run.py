"""`sitrep run` and `sitrep worker` as whole processes: one delivers from a folder, tells its health, and ends when told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest

pytestmark = pytest.mark.slow

ARTICLE = """Title: The board removes its chief executive
Outlet: The Sample Courier
Published: 2023-11-17
Lang: en
Id: a1

The board of Norvo removed Ann Lee, its chief executive, on Friday. "We lost confidence in her," said Bo Berg, the chair.
"""
_PATIENCE = 20.0  # seconds


def environment(**given: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("SITREP_")}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", **given}


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "bots", "--data", str(data), *arguments]


def sitrep(data: Path, *arguments: str) -> str:
    """What a command in a process of its own printed."""
    done = subprocess.run(
        command(data, *arguments), capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def process(data: Path, *arguments: str, **given: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, ended at the end."""
    started = subprocess.Popen(
        command(data, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**given),
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


def first_line(started: subprocess.Popen[str]) -> str:
    """What it says once it is up."""
    assert started.stdout is not None
    line = started.stdout.readline()
    assert line, started.communicate(timeout=_PATIENCE)[1]
    return line


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@dataclass(frozen=True)
class Up:
    """A `sitrep run` that is up."""

    data: Path
    port: int

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer of its health's own port."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def figure(self, line: str) -> float | None:
        """The value of a figure; None where it is not counted yet."""
        found = re.search(rf"^{re.escape(line)} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else None


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """With a story of one article; told to end at the end."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "a1.txt").write_text(ARTICLE, "utf8")
    data, port = folder / "data", free_port()
    sitrep(data, "story", "add", "Norvo")
    sitrep(data, "add", "norvo", str(folder / "a1.txt"))
    with process(data, "run", "--port", "0", SITREP_METRICS__PORT=str(port)) as started:
        assert "token=" in first_line(started)
        yield Up(data, port)
        assert started.poll() is None
        started.send_signal(signal.SIGTERM)
        _, err = started.communicate(timeout=_PATIENCE)
        assert started.returncode == 0, err
        assert "Traceback" not in err
        assert f"Figures are at http://127.0.0.1:{port}/metrics" in err


@pytest.mark.parametrize("second", [("run", "--port", "0"), ("worker",), ("worker", "--name", "another")])
def test_a_second_process_on_the_data_folder_is_refused(up: Up, second: tuple[str, ...]) -> None:
    """Exit code 75, with the database's place and what to do; the first goes on."""
    with process(up.data, *second) as started:
        out, err = started.communicate(timeout=_PATIENCE)
    assert (started.returncode, out) == (75, "")
    assert f"Another Sitrep already delivers from {up.data}" in err
    assert "--data" in err
    assert "database_url" in err
    assert "Traceback" not in err
    assert "token=" not in err
    assert up.get("/readyz") == (200, "ready\n")


def test_health_answers_on_its_own_port(up: Up) -> None:
    """Without a token: alive, ready, figures as Prometheus reads them; whatever else is asked is not there."""
    assert up.get("/healthz") == (200, "ok\n")
    assert up.get("/readyz") == (200, "ready\n")
    status, figures = up.get("/metrics")
    assert status == 200
    for name in (
        "sitrep_dispatches_total",
        "sitrep_queue_depth",
        "sitrep_pump_seconds",
        "sitrep_command_seconds",
    ):
        assert f"# TYPE {name.removesuffix('_total')}" in figures
    for path in ("/", "/c/desk", "/ledger", "/editions", "/health"):
        assert up.get(path)[0] == 404


def test_what_another_process_orders_is_delivered_and_counted(up: Up) -> None:
    """`sitrep edition now` beside it: the briefing is in the desk within seconds, once, and the figures say so."""
    posted = 'sitrep_dispatches_total{kind="briefing",state="posted",via="web"}'
    lag = 'sitrep_dispatch_lag_seconds_count{via="web"}'
    assert up.figure(posted) is None
    sitrep(up.data, "edition", "add", "norvo", "flash", "every day at 8:30")
    assert "dispatch 1" in sitrep(up.data, "edition", "now", "1")
    begun = monotonic()
    while up.figure(posted) is None and monotonic() - begun < _PATIENCE:
        sleep(0.1)
    assert (up.figure(posted), up.figure(lag)) == (1.0, 1.0)
    assert up.figure("sitrep_oldest_unsettled_seconds") == 0.0
    assert "sitrep_queue_depth{" not in up.get("/metrics")[1]
    shown = json.loads(sitrep(up.data, "dispatch", "show", "1", "--json"))
    assert (shown["state"], shown["to"], shown["why"]) == ("posted", "web:desk", "")
    assert [(p["tries"], bool(p["message"])) for p in shown["parts"]] == [(1, True)]
    assert shown["facts"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_worker_delivers_until_it_is_told_to_end(tmp_path: Path) -> None:
    """It says that it delivers, answers on no port, ends with 0 at SIGTERM, and leaves the folder to the next."""
    for _ in range(2):
        with process(tmp_path, "worker") as started:
            assert first_line(started) == "Sitrep delivers as sitrep.\n"
            begun = monotonic()
            started.send_signal(signal.SIGTERM)
            out, err = started.communicate(timeout=_PATIENCE)
            assert monotonic() - begun < 8
        assert (started.returncode, out) == (0, "")
        assert "Ending" in err
        assert "Traceback" not in err
        assert "Figures" not in err


def test_a_metrics_port_in_use_is_told(tmp_path: Path) -> None:
    """As a fault of the settings, exit code 78, with what to do; nothing else is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with process(tmp_path, "worker", SITREP_METRICS__PORT=port) as started:
            out, err = started.communicate(timeout=_PATIENCE)
    assert (started.returncode, out) == (78, "")
    assert f"127.0.0.1:{port}" in err
    assert "metrics.port" in err
    assert "Traceback" not in err


def test_nothing_to_run_is_told(tmp_path: Path) -> None:
    """Where the settings want neither the web channel nor delivery nor what is followed: exit code 78."""
    off = {f"SITREP_{x}__ENABLED": "false" for x in ("WEB", "DELIVERY", "SOURCES")}
    with process(tmp_path, "run", **off) as started:
        out, err = started.communicate(timeout=_PATIENCE)
    assert (started.returncode, out) == (78, "")
    assert "nothing to run" in err
