"""The root of the command line: help, versions, mistakes and exit codes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bots.cli.app import run
from briefings import errors, store
from tests.unit.cli.calling import FIRST, NOW, Sitrep

COMMANDS = ["demo", "brief", "evidence", "add", "story", "poll", "read", "preview", "check"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SitrepError", 1),
        ("ArticleError", 65),
        ("EmptyArticle", 65),
        ("TooLarge", 65),
        ("NotText", 65),
        ("NoArticleFound", 65),
        ("NotAFeed", 65),
        ("NotFound", 66),
        ("FetchError", 69),
        ("FetchFailed", 69),
        ("WorkerFailed", 70),
        ("AlreadyThere", 73),
        ("StoreError", 74),
        ("StoreBroken", 74),
        ("StoreTooNew", 74),
        ("StoreLocked", 75),
        ("LimitReached", 75),
        ("AddressRefused", 77),
        ("RobotsRefused", 77),
        ("TemplateFault", 78),
        ("SettingsFault", 78),
    ],
)
def test_an_error_has_its_exit_code(
    name: str, code: int, monkeypatch: pytest.MonkeyPatch, sitrep: Sitrep
) -> None:
    """As sysexits.h has them; the command tells message and hint on standard error and exits with it."""
    kind: type[errors.SitrepError] = getattr(errors, name)
    assert kind.exit_code == code

    def failing(folder: Path, url: str = "") -> None:
        raise kind("This failed.", "Do that.")

    monkeypatch.setattr(store, "open_store", failing)
    ran = sitrep("story", "list")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err == "Error: This failed.\nDo that.\n"


def test_every_error_is_in_the_table() -> None:
    """A new one needs its exit code looked at."""
    known = {n for n, e in vars(errors).items() if isinstance(e, type) and issubclass(e, errors.SitrepError)}
    (mark,) = [m for m in test_an_error_has_its_exit_code.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    assert known == {name for name, _ in mark.args[1]}


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command(sitrep: Sitrep, flag: str) -> None:
    """With exit code 0."""
    ran = sitrep(flag)
    assert ran.code == 0
    for command in COMMANDS:
        assert command in ran.out


@pytest.mark.parametrize(
    "command",
    [[c] for c in COMMANDS] + [["story", c] for c in ("add", "list", "show", "remove")],
    ids=" ".join,
)
def test_every_command_has_help(sitrep: Sitrep, command: list[str]) -> None:
    """A usage line and what it is for."""
    ran = sitrep(*command, "--help")
    assert ran.code == 0
    assert "Usage:" in ran.out
    assert len(ran.out.splitlines()) > 5


def test_the_version_is_told(sitrep: Sitrep) -> None:
    """One line."""
    ran = sitrep("--version")
    assert ran.code == 0
    assert ran.out.startswith("sitrep ")


def test_no_command_is_help(sitrep: Sitrep) -> None:
    """With exit code 2, since nothing was done."""
    ran = sitrep()
    assert ran.code == 2
    assert "Usage:" in ran.out + ran.err


@pytest.mark.parametrize("arguments", [["nothing"], ["--nothing"], ["story", "nothing"], ["evidence"]])
def test_a_mistake_in_the_arguments_is_told(sitrep: Sitrep, arguments: list[str]) -> None:
    """Exit code 2, on standard error."""
    ran = sitrep(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage:" in ran.err


def test_a_settings_file_is_used(sitrep: Sitrep, tmp_path: Path, files: list[Path]) -> None:
    """--config names it."""
    path = tmp_path / "mine.toml"
    path.write_text('language = "fr"\n', "utf8")
    assert '<html lang="fr">' in sitrep("--config", path, "brief", files[0], "--to", "html").out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "colour"),
        ('[fetch]\ntimeout = "soon"', "fetch.timeout"),
        ("language = ", "can't be read"),
        ('timezone = "Mars/Olympus"', "Mars/Olympus"),
    ],
)
def test_a_mistake_in_the_settings_is_told(
    sitrep: Sitrep, tmp_path: Path, files: list[Path], text: str, told: str
) -> None:
    """Exit code 78, with the key."""
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf8")
    ran = sitrep("--config", path, "brief", files[0])
    assert (ran.code, ran.out) == (78, "")
    assert told in ran.err


def test_a_missing_settings_file_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """Exit code 78."""
    ran = sitrep("--config", tmp_path / "nothing.toml", "story", "list")
    assert ran.code == 78
    assert "nothing.toml" in ran.err


def test_a_broken_database_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """Exit code 74, and the file stays."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sitrep.db").write_bytes(b"no database " * 500)
    ran = sitrep("story", "list")
    assert (ran.code, ran.out) == (74, "")
    assert "no Sitrep database" in ran.err


def test_a_database_of_a_newer_program_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """Exit code 74, and to install a later version."""
    sitrep("story", "add", "Crisis")
    with closing(sqlite3.connect(tmp_path / "data" / "sitrep.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = sitrep("story", "list")
    assert ran.code == 74
    assert "newer Sitrep" in ran.err


def test_a_database_in_use_is_told(sitrep: Sitrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 75: try again."""
    sitrep("story", "add", "Crisis")
    monkeypatch.setattr(store, "open_store", partial(store.open_store, patience=0.2))
    path = tmp_path / "data" / "sitrep.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        ran = sitrep("story", "add", "Other")
        connection.execute("ROLLBACK")
    assert (ran.code, ran.out) == (75, "")
    assert "another process" in ran.err


def test_a_data_folder_that_can_not_be_made_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """Exit code 74."""
    (tmp_path / "data").write_text("a file", "utf8")
    ran = sitrep("story", "list")
    assert ran.code == 74
    assert "--data" in ran.err


def test_the_data_folder_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SITREP_DATA is the same as --data."""
    monkeypatch.setenv("SITREP_DATA", str(tmp_path / "elsewhere"))
    assert run(lambda: NOW, {}, ["story", "add", "Crisis"]) == 0
    assert (tmp_path / "elsewhere" / "sitrep.db").exists()
    capsys.readouterr()


def test_work_that_takes_too_long_is_told(
    sitrep: Sitrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 70."""
    monkeypatch.setenv("SITREP_LIMITS__INLINE_CHARACTERS", "0")
    monkeypatch.setenv("SITREP_LIMITS__EXTRACT_SECONDS", "0.05")
    (tmp_path / "long.txt").write_text(FIRST * 400, "utf8")
    ran = sitrep("brief", tmp_path / "long.txt")
    assert (ran.code, ran.out) == (70, "")
    assert "longer than 0.05 seconds" in ran.err


def test_an_interrupt_stops_quietly(sitrep: Sitrep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130, and no traceback."""

    def interrupted(folder: Path, url: str = "") -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "open_store", interrupted)
    ran = sitrep("story", "list")
    assert (ran.code, ran.out) == (130, "")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["story", "list"], ["story", "list", "--json"], ["read", "a1.txt"], ["brief", "a1.txt"]],
    ids=" ".join,
)  # fmt: skip
def test_an_output_that_can_not_be_written_is_told(
    tmp_path: Path, files: list[Path], arguments: list[str]
) -> None:
    """A full disk: exit code 74 and one line on standard error, from the whole program and to its very end."""
    command = [sys.executable, "-m", "bots", "--data", str(tmp_path / "data"), *arguments]
    with FULL.open("wb") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 74
    assert done.stderr.decode().splitlines() == [
        "Error: the output can't be written: No space left on device."
    ]
