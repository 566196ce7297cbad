"""Conflicts: facts that cannot both hold, side by side, each with its outlet and time. No judgement which is right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import combinations
from typing import Literal

from rapidfuzz.distance import Indel

from briefings.dossier.facts import (
    ActorFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    FigureSeries,
    QuoteFact,
    RoleFact,
    Text,
    key_of,
)
from briefings.model import Bound, Kind, fold

ConflictKind = Literal["figure", "role", "date", "speaker", "wording"]

#: Roles that one body gives to one person at a time.
EXCLUSIVE = frozenset(
    """ceo chair cto coo cfo cso chief_scientist head_of_government head_of_state mayor secretary_general""".split()
)
_ABOUT = 0.07  # how far "about" reaches on either side
_ALIKE = 0.6  # share of equal words that makes two quotations wordings of one
_MOST_PAIRS = 200  # quotations of one speaker that are compared


@dataclass(frozen=True, slots=True)
class Side:
    """One of the claims: what it says, in whose words, when."""

    claim: str
    text: Text
    at: datetime | None
    fact: str  # its key


@dataclass(frozen=True, slots=True)
class Conflict:
    """At least two sides. `about` says what they disagree on: a figure's topic, a role, names, words."""

    key: str
    kind: ConflictKind
    about: str
    sides: tuple[Side, ...]


def find_conflicts(
    actors: Sequence[ActorFact],
    quotes: Sequence[QuoteFact],
    series: Sequence[FigureSeries],
    developments: Sequence[DevelopmentFact],
) -> tuple[Conflict, ...]:
    """All conflicts among a dossier's facts, figures first, each in order of time."""
    return (
        *_figures(series),
        *_roles([r for a in actors for r in a.roles], developments),
        *_dates({a.name for a in actors if a.kind is Kind.PERSON}, developments),
        *_speakers(quotes),
        *_wordings(quotes),
    )


def _conflict(kind: ConflictKind, about: str, sides: list[Side]) -> Conflict:
    ordered = sorted(sides, key=lambda s: (s.at is None, s.at, s.fact))
    return Conflict(
        key_of("conflict", kind, *sorted(f"{s.fact} {s.claim}" for s in sides)), kind, about, tuple(ordered)
    )


# ---- figures -------------------------------------------------------------------------------------------------------------


def interval(f: FigureFact) -> tuple[float, float]:
    """The values that a claim allows."""
    if f.bound is Bound.AT_LEAST:
        return f.value, float("inf")
    if f.bound is Bound.AT_MOST:
        return float("-inf"), f.value
    if f.bound is Bound.ABOUT:
        slack = abs(f.value) * _ABOUT
        return f.value - slack, f.value + slack
    return f.value, f.value


def _shared_outlet(a: Fact, b: Fact) -> bool:
    """Whether one outlet carries both; an outlet that is not known is never the same as another."""
    return bool((set(a.outlets) & set(b.outlets)) - {""})


def contradict(a: FigureFact, b: FigureFact) -> bool:
    """Whether two claims about one thing can't both hold. A claim that merely grew with time is an evolution."""
    if _shared_outlet(a, b):
        return False
    low_a, high_a = interval(a)
    low_b, high_b = interval(b)
    if low_a <= high_b and low_b <= high_a:
        return False
    if a.first is None or b.first is None or a.last is None or b.last is None:
        return True
    lesser, greater = (a, b) if a.value < b.value else (b, a)
    assert lesser.last is not None
    assert greater.first is not None
    return lesser.last >= greater.first


def _figures(series: Sequence[FigureSeries]) -> Iterator[Conflict]:
    for s in series:
        if len(s.claims) < 2 or not s.topic.partition("|")[2]:
            continue
        involved = {c.key: c for a, b in combinations(s.claims[:40], 2) if contradict(a, b) for c in (a, b)}
        if involved:
            yield _conflict(
                "figure", s.topic, [Side(c.text.words, c.sentence, c.first, c.key) for c in involved.values()]
            )


# ---- roles -----------------------------------------------------------------------------------------------------------------


def _roles(given: Sequence[RoleFact], developments: Sequence[DevelopmentFact]) -> Iterator[Conflict]:
    """Two holders of one exclusive role on one day, unless that day's news is the change itself."""
    by_role: dict[tuple[str, str, str], list[RoleFact]] = defaultdict(list)
    for r in given:
        if r.concept in EXCLUSIVE and r.of and not r.former:
            for day in r.days:
                by_role[r.concept, r.of, day].append(r)
    seen = set()
    changed = {
        (d.date, n)
        for d in developments
        if d.concept in ("removed", "resigned", "appointed", "returned")
        for n in d.actors
    }
    for (_, _, day), roles in sorted(by_role.items()):
        holders = {r.actor: r for r in roles}
        if len(holders) < 2:
            continue
        pair = tuple(sorted(holders))
        same_article = set.intersection(*({c.article for c in r.citations} for r in holders.values()))
        if pair in seen or same_article or any((day, n) in changed for n in pair):
            continue
        seen.add(pair)
        sides = [
            Side(f"{r.actor} — {r.texts[0].words}", r.texts[0], r.first, r.key) for r in holders.values()
        ]
        yield _conflict("role", roles[0].texts[0].words, sides)


# ---- dates -------------------------------------------------------------------------------------------------------------------


def _dates(persons: set[str], developments: Sequence[DevelopmentFact]) -> Iterator[Conflict]:
    """The same actors in the same event on two days near each other, in different outlets."""
    by_event: dict[tuple[str, frozenset[str]], list[DevelopmentFact]] = defaultdict(list)
    for d in developments:
        who = frozenset(n for n in d.actors if n in persons)
        if who and len(d.date) == 10 and d.concept not in ("announced", "changed", "other", "met"):
            by_event[d.concept, who].append(d)
    for (_, who), same in sorted(by_event.items(), key=lambda x: (x[0][0], sorted(x[0][1]))):
        for a, b in combinations(same, 2):
            apart = abs((date.fromisoformat(a.date) - date.fromisoformat(b.date)).days)
            articles = {c.article for c in a.citations} & {c.article for c in b.citations}
            if 0 < apart <= 3 and not articles and not _shared_outlet(a, b):
                yield _conflict(
                    "date", ", ".join(sorted(who)), [Side(d.date, d.texts[0], d.first, d.key) for d in (a, b)]
                )


# ---- quotes --------------------------------------------------------------------------------------------------------------------


def _speakers(quotes: Sequence[QuoteFact]) -> Iterator[Conflict]:
    for q in quotes:
        if len(q.speakers) < 2 or len(q.text.words.split()) < 4:
            continue
        sides = [Side(name, printed, q.first, q.key) for name, printed in q.attributions]
        yield _conflict("speaker", q.text.words, sides)


def _wordings(found: Sequence[QuoteFact]) -> Iterator[Conflict]:
    """Two wordings of one quotation in one language: most words the same, neither inside the other."""
    by_speaker: dict[tuple[str, str], list[QuoteFact]] = defaultdict(list)
    for q in found:
        if q.speaker and len(q.text.words.split()) >= 6:
            by_speaker[q.speaker, q.text.language].append(q)
    for _, quotes in sorted(by_speaker.items()):
        known: dict[str, int] = {}
        spoken = [_Spoken(q, known) for q in quotes[:_MOST_PAIRS]]
        for a, b in combinations(spoken, 2):
            if a.may_be_worded(b) and not _shared_outlet(a.quote, b.quote) and a.is_worded(b):
                sides = [Side(q.text.words, q.text, q.first, q.key) for q in (a.quote, b.quote)]
                yield _conflict("wording", a.quote.speaker or "", sides)


class _Spoken:
    """A quotation with its words, to be compared with many. `known` numbers the words of all of them."""

    def __init__(self, quote: QuoteFact, known: dict[str, int]) -> None:
        self.quote = quote
        self.words = fold(quote.text.words).split()
        self.whole = f" {' '.join(self.words)} "
        self.distinct = sum(1 << known.setdefault(w, len(known)) for w in set(self.words))  # a bit for each
        self.count = self.distinct.bit_count()

    def may_be_worded(self, other: _Spoken) -> bool:
        """Cheap to ask: whether the lengths are near each other, and half of the words are shared."""
        x, y = len(self.words), len(other.words)
        if min(x, y) * 2 < max(x, y):
            return False
        return (self.distinct & other.distinct).bit_count() * 2 >= min(self.count, other.count)

    def is_worded(self, other: _Spoken) -> bool:
        """Whether most of the words are the same in order, and neither is inside the other."""
        # The words that are the same in any order of blocks are at least as many: cheap, and rules most pairs out.
        if Indel.normalized_similarity(self.words, other.words, score_cutoff=_ALIKE) < _ALIKE:
            return False
        alike = SequenceMatcher(None, self.words, other.words, autojunk=False).ratio() >= _ALIKE
        return alike and self.whole not in other.whole and other.whole not in self.whole
