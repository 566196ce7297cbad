"""Discord's own description of its API, where it lies beside the checkout."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "contracts"


@cache
def checker() -> Any:
    """Its `request` and `response` tell what is wrong with a body. None where the description is missing."""
    path = FOLDER / "discord_contract.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("discord_contract", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SpecChecker()
