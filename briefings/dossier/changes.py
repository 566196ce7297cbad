"""What changed between two dossiers of one story: what a briefing says first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from briefings.dossier.conflicts import Conflict
from briefings.dossier.facts import Fact
from briefings.dossier.view import View

_NEAR = 400  # characters within which a revised sentence is looked for


class ChangeKind(StrEnum):
    NEW = "new"  # nobody said it before
    CONFIRMED = "confirmed"  # an independent outlet now carries it too
    CONTRADICTED = "contradicted"  # something now stands against it
    CORRECTED = "corrected"  # its article was revised, and says something else in its place
    WITHDRAWN = "withdrawn"  # no article says it any more


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for what is new, `after` for what was withdrawn; `conflict` for what is contradicted."""

    kind: ChangeKind
    key: str
    before: Fact | None
    after: Fact | None
    conflict: Conflict | None = None


def changes(before: View, after: View) -> tuple[Change, ...]:
    """In the order: corrected, withdrawn, contradicted, confirmed, new; then by time of first printing."""
    old, new = before.facts, after.facts
    merged = {alias: fact for fact in new.values() for alias in fact.aliases}
    was_merged = {alias for fact in old.values() for alias in fact.aliases}
    found: list[Change] = []
    gone = {k: f for k, f in old.items() if k not in new and k not in merged}
    come = {
        k: f
        for k, f in new.items()
        if k not in old and k not in was_merged and not any(a in old for a in f.aliases)
    }
    replaced = _replaced(gone, old, new)
    for key, fact in gone.items():
        into = replaced.get(key)
        if into is not None:
            found.append(Change(ChangeKind.CORRECTED, key, fact, into))
        else:
            found.append(Change(ChangeKind.WITHDRAWN, key, fact, None))
    corrections = {f.key for f in replaced.values()}
    for key, fact in come.items():
        if key not in corrections:
            found.append(Change(ChangeKind.NEW, key, None, fact))
    for key, fact in new.items():
        earlier = old.get(key) or next((old[a] for a in fact.aliases if a in old), None)
        if earlier is not None and fact.voices > earlier.voices:
            found.append(Change(ChangeKind.CONFIRMED, key, earlier, fact))
    already = {side.fact for conflict in before.conflicts for side in conflict.sides}
    told: set[str] = set()
    for conflict in after.conflicts:
        for side in conflict.sides:
            now = new.get(side.fact)
            keys = {side.fact, *(now.aliases if now is not None else ())}
            stood = next((old[k] for k in sorted(keys) if k in old), None)
            if stood is not None and not keys & already and side.fact not in told:
                told.add(side.fact)
                found.append(Change(ChangeKind.CONTRADICTED, side.fact, stood, now, conflict))
    order = [
        ChangeKind.CORRECTED,
        ChangeKind.WITHDRAWN,
        ChangeKind.CONTRADICTED,
        ChangeKind.CONFIRMED,
        ChangeKind.NEW,
    ]
    return tuple(sorted(found, key=lambda c: (order.index(c.kind), _when(c), c.key)))


def _when(change: Change) -> str:
    fact = change.after or change.before
    return fact.first.isoformat() if fact is not None and fact.first is not None else ""


def _replaced(gone: dict[str, Fact], old: dict[str, Fact], new: dict[str, Fact]) -> dict[str, Fact]:
    """A fact that vanished from a revised article, and the fact of the same kind that now stands nearest its place.

    The revision may say what another article said before: what counts is that this article did not.
    """
    places: dict[tuple[str, str], list[tuple[int, int, Fact]]] = defaultdict(list)
    for key, fact in new.items():
        said = {c.article for c in old[key].citations} if key in old else set()
        for c in fact.citations:
            if c.article not in said:
                places[key.partition(":")[0], c.article].append((c.span.start, c.revision, fact))
    replaced: dict[str, Fact] = {}
    taken: set[str] = set()
    for key, fact in gone.items():
        best: tuple[int, Fact] | None = None
        for was in fact.citations:
            for start, revision, other in places.get((key.partition(":")[0], was.article), ()):
                distance = abs(start - was.span.start)
                if (
                    revision > was.revision
                    and distance <= _NEAR
                    and other.key not in taken
                    and (best is None or distance < best[0])
                ):
                    best = (distance, other)
        if best is not None:
            replaced[key] = best[1]
            taken.add(best[1].key)
    return replaced
