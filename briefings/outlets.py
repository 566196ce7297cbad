"""The names of outlets that are known by their hosts (`config/outlets.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache

from briefings.resources import data_folder


@cache
def outlets() -> dict[str, str]:
    """Host → name."""
    return dict(tomllib.loads((data_folder("config") / "outlets.toml").read_text("utf8"))["outlets"])
