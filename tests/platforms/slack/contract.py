"""Slack's own description of blocks and views, where it lies beside the checkout."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "contracts"


@cache
def checker() -> Any:
    """Its `validate_blocks` and `validate_view` tell what is wrong. None where the description is missing."""
    path = FOLDER / "slack_contract.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("slack_contract", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
