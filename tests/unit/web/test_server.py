"""Where the server listens, which token it takes, and the two commands that run it as whole processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from bots.web.access import Gate
from bots.web.server import Running, serving, token_of
from briefings.desk import Desk, Reader
from briefings.errors import SettingsFault
from briefings.model import LOCAL
from briefings.rendering import Templates
from briefings.settings import Settings, Web, load_settings
from briefings.sources import Worker
from briefings.store import open_store

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)
TOKEN = "a-token-of-the-tests-0123456789"


def served(folder: Path, work: Callable[[Running], Awaitable[None]], **values: Any) -> None:
    async def inside() -> None:
        settings, store = Settings(), open_store(folder)
        try:
            async with Worker(20) as worker:
                desk = Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL)
                async with serving(desk, worker, Web.model_validate({"port": 0, **values})) as running:
                    await work(running)
        finally:
            store.close()

    asyncio.run(inside())


def get(address: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of an address; redirects are not followed."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, dict(answer.getheaders())
    finally:
        connection.close()


# ---- the token -----------------------------------------------------------------------------------------------------------


def test_each_start_has_a_token_of_its_own() -> None:
    """Long, of letters that stand in an address; the settings' where they name one."""
    made = {token_of(Web()) for _ in range(20)}  # type: ignore[call-arg]
    assert len(made) == 20
    assert all(re.fullmatch(r"[\w-]{32,}", t) for t in made)
    assert token_of(Web.model_validate({"token": TOKEN})) == TOKEN


def test_a_token_is_read_from_its_file(tmp_path: Path) -> None:
    """Without the blanks around it; the settings' own counts for more."""
    file = tmp_path / "token"
    file.write_text(f"  {TOKEN}\n", "utf8")
    assert token_of(Web.model_validate({"token_file": file})) == TOKEN
    assert token_of(Web.model_validate({"token_file": file, "token": "x" * 16})) == "x" * 16


@pytest.mark.parametrize("content", [None, b"", b"short\n", b"\xff" * 40, b" " * 40])
def test_a_token_file_that_is_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, too short, no text: a fault that names the file, and not what is in it."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsFault, match=re.escape(str(file))) as fault:
        token_of(Web.model_validate({"token_file": file}))
    assert "short" not in str(fault.value)


def test_a_short_token_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least sixteen characters; whoever runs it is told so, in words that can go into a log."""
    monkeypatch.setenv("SITREP_WEB__TOKEN", "s3cretword")
    with pytest.raises(SettingsFault, match="16") as fault:
        load_settings()
    assert "s3cretword" not in str(fault.value)


def test_a_gate_knows_its_own_secrets_alone() -> None:
    """Cookie and form secret differ from each other and from the token, and are another token's no more."""
    gate, other = (Gate(t, Web(), 1) for t in (TOKEN, TOKEN + "x"))  # type: ignore[call-arg]
    assert len({gate.cookie, gate.csrf, TOKEN, other.cookie, other.csrf}) == 5
    assert gate.opens(TOKEN)
    assert gate.known(gate.cookie)
    assert gate.may_post(gate.csrf)
    assert not gate.opens(gate.cookie)
    assert not gate.known(gate.csrf)
    assert not gate.may_post(gate.cookie)
    assert not gate.known(other.cookie)


# ---- listening -----------------------------------------------------------------------------------------------------------


def test_the_printed_address_works(tmp_path: Path) -> None:
    """Port 0 is a free one; the address holds the token and lets in."""

    async def work(running: Running) -> None:
        assert running.address == f"{running.url}/?token={TOKEN}"
        status, headers = await asyncio.to_thread(get, running.address)
        assert (status, headers["Location"]) == (303, "/")
        assert (await asyncio.to_thread(get, running.url + "/readyz"))[0] == 200

    served(tmp_path, work, token=TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_every_host_prints_an_address_that_works(tmp_path: Path, host: str) -> None:
    """Also the one that stands for all of the machine's."""

    async def work(running: Running) -> None:
        assert (await asyncio.to_thread(get, running.address))[0] == 303

    served(tmp_path, work, host=host)


def test_all_of_the_machines_addresses_in_ipv6_work(tmp_path: Path) -> None:
    """Those of IPv4 as well, where the machine has both; the printed one lets in."""

    async def work(running: Running) -> None:
        assert running.url.startswith("http://[::1]:")
        assert (await asyncio.to_thread(get, running.address))[0] == 303
        if socket.has_dualstack_ipv6():
            other = running.address.replace("[::1]", "127.0.0.1")
            assert (await asyncio.to_thread(get, other))[0] == 303

    served(tmp_path, work, host="::")


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """As a fault of the settings, with what to do; no traceback of the network."""

    async def work(running: Running) -> None:
        raise AssertionError("it should not listen")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsFault, match=f"127.0.0.1:{port}") as fault:
            served(tmp_path, work, port=port)
    assert "--port" in fault.value.hint


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_a_host_that_is_not_here_is_told(tmp_path: Path, host: str) -> None:
    """A name that stands for nothing, an address of another machine."""

    async def work(running: Running) -> None:
        raise AssertionError("it should not listen")

    with pytest.raises(SettingsFault, match=re.escape(host)):
        served(tmp_path, work, host=host)


def test_the_end_frees_the_port(tmp_path: Path) -> None:
    """Started again at once, it listens there again."""
    ports: list[int] = []

    async def work(running: Running) -> None:
        ports.append(urlsplit(running.url).port or 0)

    served(tmp_path, work)
    served(tmp_path, work, port=ports[0])
    assert ports[0] == ports[1]


# ---- whole processes -----------------------------------------------------------------------------------------------------


def environment() -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("SITREP_")}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process of its own, ended at the end."""
    started = subprocess.Popen(
        [sys.executable, "-m", "bots", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


def address_of(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    line = started.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found is not None, line
    return found[0]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_process_serves_until_it_is_told_to_end(tmp_path: Path, command: str) -> None:
    """It prints an address that works; SIGTERM ends it with 0 in seconds, also while a page is open."""
    data = ("--data", str(tmp_path))
    arguments = (
        (*data, "run", "--port", "0") if command == "run" else (*data, "demo", "--serve", "--port", "0")
    )
    with process(*arguments) as started:
        address = address_of(started)
        status, headers = get(address)
        assert status == 303
        cookie = headers["Set-Cookie"].partition(";")[0]
        base = address.partition("/?")[0]
        status, headers = get(f"{base}/", Cookie=cookie)
        place = urlsplit(headers["Location"])
        assert (status, place.fragment) == (303, "end")
        parts = urlsplit(base)
        stream = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        stream.request("GET", f"{place.path}/events", headers={"Cookie": cookie})
        answer = stream.getresponse()
        assert answer.status == 200
        assert answer.readline().startswith(b"id: ")
        begun = monotonic()
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=20)
        assert monotonic() - begun < 8
        stream.close()
        assert started.returncode == 0, err
        assert "Traceback" not in out + err
        assert out.count("token=") == 0


@pytest.mark.slow
def test_a_second_process_on_the_port_is_told(tmp_path: Path) -> None:
    """What stands in the way and what to do, with the exit code of settings; the first goes on."""
    with process("--data", str(tmp_path / "a"), "run", "--port", "0") as first:
        address = address_of(first)
        port = str(urlsplit(address).port)
        with process("--data", str(tmp_path / "b"), "run", "--port", port) as second:
            out, err = second.communicate(timeout=30)
        assert second.returncode == 78
        assert out == ""
        assert port in err
        assert "--port" in err
        assert "Traceback" not in err
        assert get(address)[0] == 303
