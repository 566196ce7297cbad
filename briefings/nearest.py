"""The names most like one that was not found."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from briefings.model import fold

_ALIKE = 62  # of 100: below this, a name is another name


def nearest(wanted: str, names: Iterable[str], most: int = 3, least: float = _ALIKE) -> tuple[str, ...]:
    """At most so many of `names` that are `least` alike, the likest first; no case, no accents.

    >>> nearest("altmann", ["Sam Altman", "Mira Murati"])
    ('Sam Altman',)
    """
    folded = {n: fold(n) for n in names}
    found = process.extract(fold(wanted), folded, scorer=fuzz.WRatio, limit=most, score_cutoff=least)
    return tuple(name for _, _, name in found)
