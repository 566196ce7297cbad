"""Where templates and config are: beside the packages in a checkout, under `briefings/_data` in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@cache
def data_folder(name: str) -> Path:
    """The folder `templates` or `config` as shipped. FileNotFoundError where the installation is broken."""
    for root in (_HERE / "_data", _HERE.parent):
        folder = root / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Sitrep's own {name!r} folder is missing: install it again.")
