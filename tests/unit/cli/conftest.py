"""What tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.calling import FIRST, SECOND, Sitrep, calling, no_settings_of_the_machine


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    no_settings_of_the_machine(monkeypatch)


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sitrep:
    """The command line over a database of this test's own."""
    return calling(tmp_path / "data", capsys)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """An English and a French article about one day."""
    paths = [tmp_path / "a1.txt", tmp_path / "a2.txt"]
    for path, text in zip(paths, (FIRST, SECOND), strict=True):
        path.write_text(text, "utf8")
    return paths
