"""A real PostgreSQL for tests: the server of SITREP_TEST_POSTGRES, or one of our own in a temporary folder.

Our own runs the system's binaries as an unprivileged user, on loopback, without a password, and forgets faster than a
server that matters may (no fsync). Without either, tests skip with a reason; in CI they fail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

_SYSTEM = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
_PORTS = 5  # that are tried: another program may take a free one first


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    places = sorted((p for s in _SYSTEM for p in Path(s).glob(f"**/bin/{name}")), reverse=True)
    return str(places[0]) if places else None


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def server() -> Iterator[str]:
    """A server's address, without a database. Skips, or fails in CI, where there is none."""
    given = os.environ.get("SITREP_TEST_POSTGRES")
    if given:
        yield given.rstrip("/")
        return
    initdb, postgres = _binary("initdb"), _binary("postgres")
    if initdb is None or postgres is None:
        reason = "there is no PostgreSQL: name a server in SITREP_TEST_POSTGRES, or install postgresql"
        if os.environ.get("CI"):
            pytest.fail(f"in CI, {reason}")
        pytest.skip(reason)
    with _own(initdb, postgres) as address:
        yield address


@contextmanager
def _own(initdb: str, postgres: str) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="sitrep-postgres-"))
    user = None if os.geteuid() else "nobody"  # PostgreSQL refuses to run as root
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    env = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    made = subprocess.run(
        [initdb, "-D", str(data), "-U", "sitrep", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=False, user=user, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert made.returncode == 0, f"initdb failed: {made.stderr.decode(errors='replace')}"
    options = ["-c", "fsync=off", "-c", "max_connections=200", "-c", f"unix_socket_directories={folder}"]
    journal = folder / "journal"
    process: subprocess.Popen[bytes] | None = None
    try:
        for _ in range(_PORTS):
            port = _free_port()
            with journal.open("wb") as written:
                process = subprocess.Popen(
                    [postgres, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), *options],
                    user=user, env=env, cwd=folder, stdout=written, stderr=written,
                )  # fmt: skip
            address = f"postgresql://sitrep@127.0.0.1:{port}"
            if _up(f"{address}/postgres", process):
                break
            process.wait()
        else:
            raise AssertionError(f"PostgreSQL did not start: {journal.read_text('utf8', 'replace')[-2_000:]}")
        yield address
    finally:
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _up(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server answers; False where it has ended, as it does when somebody was quicker at its port."""
    for _ in range(600):
        if process.poll() is not None:
            return False
        with suppress(psycopg.OperationalError):
            psycopg.connect(address, connect_timeout=2).close()
            return True
        time.sleep(0.1)
    raise AssertionError("PostgreSQL does not answer")


@contextmanager
def database(address: str) -> Iterator[str]:
    """A fresh database on the server; its address."""
    name = f"sitrep_{uuid4().hex[:12]}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as c:
        c.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{address}/{name}"
    finally:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as c:
            c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
