"""What all tests share: where the annotated articles and the platforms' contracts are, and what a skip means in CI."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """A file or folder of the shared material beside the checkout. Missing: a skip, and in CI a failure."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            reason = f"the shared folder beside the checkout has no {name}"
            if os.environ.get("CI"):
                pytest.fail(f"in CI, {reason}")
            pytest.skip(reason)
        return path

    return find
