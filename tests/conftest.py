"""What all tests share: where the annotated articles and the platforms' contracts are, and what a skip means in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import postgres

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server's address. None to be had: a skip, and in CI a failure."""
    with postgres.server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh database."""
    with postgres.database(postgres_server) as address:
        yield address
