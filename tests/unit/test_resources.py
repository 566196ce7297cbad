"""Where templates and config are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefings import resources
from briefings.resources import data_folder


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("templates", "sitrep.md.j2"),
        ("templates", "locale/fr/sitrep.po"),
        ("config", "sitrep.toml"),
        ("config", "outlets.toml"),
    ],
)
def test_what_ships_is_found(name: str, file: str) -> None:
    """In a checkout as in an installation."""
    assert (data_folder(name) / file).is_file()


def test_a_wheels_own_folder_counts_before_a_namesake_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among installed packages, another's `config` is not taken for ours."""
    package = tmp_path / "site-packages" / "briefings"
    for folder in (package / "_data" / "config", package.parent / "config", package.parent / "templates"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_HERE", package)
    found = data_folder.__wrapped__
    assert found("config") == package / "_data" / "config"
    assert found("templates") == package.parent / "templates"


def test_a_missing_folder_says_what_to_do() -> None:
    """Install it again."""
    with pytest.raises(FileNotFoundError, match="'nothing' folder is missing: install it again"):
        data_folder("nothing")
