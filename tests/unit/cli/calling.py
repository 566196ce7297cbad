"""How tests call the command line: what it came to, and two articles to give it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.cli.app import run

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
FIRST = """Title: The board removes its chief executive
Outlet: The Sample Courier
Published: 2023-11-17
Lang: en
Id: a1

The board of OpenAI removed Sam Altman, its chief executive, on Friday. "We lost confidence," said Mira Murati, \
the chief technology officer. About 700 employees threatened to leave.
"""
SECOND = """Title: Le conseil limoge son directeur
Outlet: Le Quotidien Modèle
Published: 2023-11-18
Lang: fr
Id: a2

Le conseil d’administration d’OpenAI a limogé Sam Altman vendredi. « Nous avons perdu confiance », a déclaré \
Mira Murati, la directrice technique.
"""


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


Sitrep = Callable[..., Ran]


def no_settings_of_the_machine(patch: pytest.MonkeyPatch) -> None:
    """What is set here is set by the test alone."""
    for name in list(os.environ):
        if name.upper().startswith("SITREP_"):
            patch.delenv(name)


def calling(data: Path, capsys: pytest.CaptureFixture[str], now: datetime = NOW) -> Sitrep:
    """The command line over the database in `data`, at that moment. Its keywords are the environment."""

    def call(*arguments: str | Path, **environment: str) -> Ran:
        capsys.readouterr()
        code = run(lambda: now, environment, ["--data", str(data), *map(str, arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ran(code, out, err)

    return call
