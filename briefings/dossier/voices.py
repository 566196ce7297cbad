"""Corroboration: how many independent outlets carry a fact. Agency copy and near-copies are one voice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from briefings.dossier.buckets import Entry
from briefings.dossier.copies import Copies
from briefings.dossier.credits import Credits
from briefings.dossier.evidence import carriers
from briefings.model import Article, fold


def voices(articles: Iterable[Article], copies: Copies, credit_of: Mapping[str, str] | None = None) -> int:
    """How many independent voices these articles are: one for each outlet, agency, or set of `copies`.

    `credit_of` names the outlet (folded) whose report an article (by id) says that it gives: it is that outlet's voice.
    """
    ordered = sorted({a.id: a for a in articles}.values(), key=lambda a: a.id)
    if len(ordered) < 2:
        return len(ordered)
    groups = _Groups(len(ordered))
    places = {a.id: i for i, a in enumerate(ordered)}
    named: dict[str, int] = {}
    for i, a in enumerate(ordered):
        credit = (credit_of or {}).get(a.id, "")
        own = [f"outlet {credit or fold(a.outlet)}"] if credit or a.outlet else []
        if a.agency and not credit:
            own.append(f"agency {a.agency}")
            own.append(f"outlet {fold(a.agency)}")  # its own page, and those who credit it
        for name in own:
            groups.join(i, named.setdefault(name, i))
        for other in copies.of(a.id):
            if other in places:
                groups.join(i, places[other])
    return groups.count()


def voices_of(entries: list[Entry], copies: Copies) -> int:
    """How many independent voices carry a fact. An article that credits another outlet with it is that outlet's voice."""
    carried = carriers(entries)
    if len(carried) < 2:
        return len(carried)
    crediting = Credits(a.outlet for a in carried)
    credit_of: dict[str, str] = {}
    for e in entries:
        said = crediting.of(e.sentence.of(e.article.text), e.language)
        first = credit_of.setdefault(e.article.id, said)
        if first != said:
            credit_of[e.article.id] = ""  # it says so of itself, too
    return voices(carried, copies, credit_of)


class _Groups:
    """Disjoint sets of numbers."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def _top(self, i: int) -> int:
        while self._above[i] != i:
            self._above[i] = self._above[self._above[i]]
            i = self._above[i]
        return i

    def join(self, i: int, j: int) -> None:
        self._above[self._top(i)] = self._top(j)

    def count(self) -> int:
        return sum(self._top(i) == i for i in range(len(self._above)))
