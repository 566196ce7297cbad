"""The command line over a database with a story in it: what the tests of editions and dispatches share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from briefings.model import LOCAL
from briefings.store import Store, open_store
from briefings.store.database import FILE
from tests.unit.cli.calling import NOW, Ran, calling


@cache
def begun() -> bytes:
    """A database with the story "norvo", without articles: copied, it need not be made anew for every test."""
    with TemporaryDirectory() as folder:
        with closing(open_store(Path(folder))) as store:
            store.create_story(LOCAL, "norvo", "Norvo", NOW)
        return (Path(folder) / FILE).read_bytes()


class Terminal:
    """Where commands are typed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._call = calling(folder, capsys)
        (folder / FILE).write_bytes(begun())

    def __call__(self, *arguments: str, **environment: str) -> Ran:
        return self._call(*arguments, **environment)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, as another process has it."""
        with closing(open_store(self.folder)) as store:
            yield store
