"""The demo story: OpenAI's board against its CEO, 16–22 November 2023.

Articles of our own over the facts, from sample outlets that are marked as such. The quotations were really said;
in French articles they are given in the translation that the French press used. The files are in the order in which
the story went; one with the same `Id` as an earlier one is its revision.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from briefings.model import Article
from briefings.settings import Limits
from briefings.sources import read_file

NAME = "OpenAI, November 2023"

#: How many files had come in when the first briefing was made: the next one says what changed since.
FIRST_BRIEFING = 4


@cache
def articles() -> tuple[Article, ...]:
    """The demo's articles and revisions, in order of arrival."""
    with resources.as_file(resources.files(__package__).joinpath("articles")) as folder:
        return tuple(a for path in sorted(Path(folder).glob("*.txt")) for a in read_file(path, Limits()))  # type: ignore[call-arg]
