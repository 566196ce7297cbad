"""`sitrep check`: settings, templates and database, before they matter."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from briefings.model import Article
from tests.unit.cli.calling import NOW, Sitrep


@pytest.fixture(autouse=True)
def _small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two articles instead of the whole demo story."""
    demo = ModuleType("briefings.demo")
    text = '"We lost confidence," said Mira Murati, the chief technology officer. About 700 people left.'
    found = [Article(f"a{n}", f"{text} Part {n}.", outlet=f"Outlet {n}", published=NOW) for n in range(2)]
    values: dict[str, object] = {"FIRST_BRIEFING": 1, "NAME": "Small demo", "articles": lambda: found}
    for name, value in values.items():
        setattr(demo, name, value)
    monkeypatch.setitem(sys.modules, "briefings.demo", demo)


def test_all_good_exits_with_0(sitrep: Sitrep, tmp_path: Path) -> None:
    """Settings, every template and the database, each with its line."""
    ran = sitrep("check")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("good   settings: language en, time zone UTC")
    assert "good   templates" in lines
    assert any(x.startswith("sitrep ") for x in lines)
    assert lines[-1].startswith("good   database: ")
    assert str(tmp_path / "data") in lines[-1]
    assert "0 stories" in lines[-1]


def test_it_counts_the_operators_rows_not_the_demos(sitrep: Sitrep) -> None:
    """The demo has a database of its own."""
    sitrep("story", "add", "Crisis")
    assert "1 stories, 0 articles" in sitrep("check").out


def test_a_bad_time_zone_is_told(sitrep: Sitrep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 78, and what to write."""
    monkeypatch.setenv("SITREP_TIMEZONE", "Mars/Olympus")
    ran = sitrep("check")
    assert ran.code == 78
    assert "wrong  settings" in ran.err
    assert "Europe/Paris" in ran.err


def test_a_bad_setting_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """Exit code 78, with its key."""
    path = tmp_path / "mine.toml"
    path.write_text("colour = 1", "utf8")
    ran = sitrep("--config", path, "check")
    assert ran.code == 78
    assert "colour" in ran.err


def test_each_broken_template_is_told_and_the_rest_checked(
    sitrep: Sitrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and line of each; the others and the database are checked all the same."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "bad.md.j2").write_text("# {{ story }}\n\n{% for x in %}\n", "utf8")
    (folder / "worse.md.j2").write_text("{{ nothing_of_that_name }}\n", "utf8")
    (folder / "fine.md.j2").write_text("# {{ story }}\n", "utf8")
    monkeypatch.setenv("SITREP_TEMPLATES", str(folder))
    ran = sitrep("check")
    assert ran.code == 78
    assert "bad.md.j2:3" in ran.err
    assert "worse.md.j2:1" in ran.err
    assert "fine" in ran.out
    assert "wrong  templates" in ran.out
    assert "good   database" in ran.out


def test_a_broken_database_is_told(sitrep: Sitrep, tmp_path: Path) -> None:
    """After settings and templates were found good."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sitrep.db").write_bytes(b"no database " * 500)
    ran = sitrep("check")
    assert ran.code == 74
    assert "good   templates" in ran.out
    assert "wrong  database" in ran.err
