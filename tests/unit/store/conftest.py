"""A store on both databases, and a story in it; a test file that needs another has its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from briefings.model import Story
from briefings.store import Store, open_store
from tests.unit.store.ledgering import NOW, ONE, Starts


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "server" else ""
    with closing(open_store(tmp_path, url=url)) as opened:
        yield opened


@pytest.fixture
def story(store: Store) -> Story:
    return store.create_story(ONE, "crisis", "Crisis", NOW)


@pytest.fixture
def starts() -> Starts:
    return Starts()
