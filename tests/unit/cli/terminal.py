"""The command line over a database with a story in it: what the tests of editions and dispatches share."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bots.cli.app import run
from briefings.model import LOCAL
from briefings.store import Store, open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)


@cache
def begun() -> bytes:
    """A database with the story "norvo", without articles: copied, it need not be made anew for every test."""
    with TemporaryDirectory() as folder:
        with closing(open_store(Path(folder))) as store:
            store.create_story(LOCAL, "norvo", "Norvo", NOW)
        return (Path(folder) / FILE).read_bytes()


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def harmless(self) -> bool:
        """Whether nothing in it could steer a terminal."""
        return not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in self.out + self.err)


class Terminal:
    """Where commands are typed. It knows no settings of the machine."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        for name in list(os.environ):
            if name.upper().startswith("SITREP_"):
                patch.delenv(name)
        (folder / FILE).write_bytes(begun())

    def __call__(self, *arguments: str, **environment: str) -> Ran:
        self._capsys.readouterr()
        code = run(lambda: NOW, environment, ["--data", str(self.folder), *arguments])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return Ran(code, out, err)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, as another process has it."""
        with closing(open_store(self.folder)) as store:
            yield store
