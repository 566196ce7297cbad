"""What a briefing shows first, of all that a view holds: by who carries it, whom it is about, in whose language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from briefings.dossier import (
    ActorFact,
    Change,
    ConsequenceFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    QuoteFact,
    View,
)
from briefings.dossier import Text as Printing
from briefings.model import Language, Status, fold
from briefings.rendering.templates import Trusted

_A_DAY = 3  # developments of one day in a digest
_WEAK = ("announced", "changed", "other")  # concepts of developments that say little


@dataclass(frozen=True, slots=True)
class Only:
    """What a briefing is narrowed to: quotes `by` an actor (by the story's name for it), consequences of a `status`,
    developments `since` a day (ISO). None leaves all."""

    by: str | None = None
    status: Status | None = None
    since: str | None = None


class Choice(Trusted):
    """Chooses for readers of one language."""

    def __init__(self, view: View, language: Language, only: Only | None = None) -> None:
        self.view = view
        self.language = language
        self.only = only or Only()

    @cached_property
    def quotes(self) -> tuple[QuoteFact, ...]:
        by = self.only.by
        return tuple(q for q in self.view.quotes if by is None or q.speaker == by)

    @cached_property
    def consequences(self) -> tuple[ConsequenceFact, ...]:
        status = self.only.status
        return tuple(c for c in self.view.consequences if status is None or c.status == status)

    @cached_property
    def developments(self) -> tuple[DevelopmentFact, ...]:
        """A month or year counts as since a day in it."""
        since = self.only.since
        return tuple(d for d in self.view.developments if since is None or d.date >= since[: len(d.date)])

    @cached_property
    def salience(self) -> dict[str, float]:
        """Of each actor, by name."""
        return {a.name: a.salience for a in self.view.actors}

    def pick(self, texts: Sequence[Printing]) -> Printing | None:
        """The printing in the briefing's language, else the first."""
        own = next((t for t in texts if t.language == self.language), None)
        return own or (texts[0] if texts else None)

    def what(self, fact: Fact) -> Printing:
        """The words to show for any fact: a quote's, a figure's sentence, a role's, a sentence."""
        match fact:
            case QuoteFact():
                return self.pick(fact.texts) or fact.text
            case FigureFact():
                return fact.sentence
            case _:
                texts: Sequence[Printing] = getattr(fact, "texts", ())
                shown = self.pick(texts)
                assert shown is not None  # every fact has a printing
                return shown

    def lede(self, most: int = 3) -> list[DevelopmentFact]:
        """The latest days' weightiest developments: carried by most voices, about the main actors."""
        dated = [d for d in self.view.developments if len(d.date) == 10]
        if not dated:
            return list(self.view.developments[-most:])
        latest = max(d.date for d in dated)
        days = sorted({d.date for d in dated}, reverse=True)

        def score(d: DevelopmentFact) -> float:
            age = days.index(d.date)
            strong = d.concept not in _WEAK
            own = any(t.language == self.language for t in d.texts)
            return (
                d.voices * 2
                + sum(sorted((self.salience.get(n, 0) for n in d.actors), reverse=True)[:3]) * 2
                + strong
                + own * 2.5
                - age * 0.9
                + (d.date == latest)
            )

        chosen = sorted(dated, key=lambda d: (-score(d), d.key))
        kept: list[DevelopmentFact] = []
        for d in chosen:
            if len(kept) < most and not any(
                d.date == k.date and set(d.actors) <= set(k.actors) for k in kept
            ):
                kept.append(d)
        return sorted(kept, key=lambda d: (d.date, d.key))

    def key_actors(self, most: int = 8) -> list[ActorFact]:
        return [a for a in self.view.actors if a.citations][:most]

    def key_quotes(self, most: int = 6) -> list[QuoteFact]:
        """The quotes to show: with a speaker, most voices first, every speaker before anyone's second."""

        def score(q: QuoteFact) -> float:
            words = len(q.text.words.split())
            own = any(t.language == self.language for t in q.texts)
            return (
                q.voices * 1.2
                + self.salience.get(q.speaker or "", 0) * 2
                + (0.8 if 6 <= words <= 45 else 0)
                + own * 0.8
            )

        ranked = sorted((q for q in self.quotes if q.speaker), key=lambda q: (-score(q), q.key))
        seen: set[str | None] = set()
        leading: list[QuoteFact] = []
        rest: list[QuoteFact] = []
        for q in ranked:
            (rest if q.speaker in seen else leading).append(q)
            seen.add(q.speaker)
        return (leading + rest)[:most]

    def key_consequences(self, most: int = 6) -> list[ConsequenceFact]:
        """The weightiest effects, those in the briefing's language first among equals."""

        def score(c: ConsequenceFact) -> float:
            own = any(t.language == self.language for t in c.texts)
            return c.voices * 1.5 + own + sum(self.salience.get(n, 0) for n in c.on[:3])

        return sorted(self.consequences, key=lambda c: (-score(c), c.key))[:most]

    def _weight(self, d: DevelopmentFact) -> float:
        """How much a development matters: who carries it, whom it is about, what kind of event it is."""
        own = any(t.language == self.language for t in d.texts)
        strong = d.concept not in _WEAK
        return (
            d.voices
            + sum(self.salience.get(n, 0) for n in d.actors[:3])
            + 0.5 * own
            + strong
            - (len(d.date) < 10)
        )

    def timeline(self, most: int | None = None) -> list[tuple[str, list[DevelopmentFact]]]:
        """Developments by day, in order; with `most`, the weightiest ones alone."""
        chosen: Iterable[DevelopmentFact] = self.developments
        if most is not None:
            ranked = sorted(chosen, key=lambda d: (-self._weight(d), d.key))
            on_day: Counter[str] = Counter()
            keep: list[str] = []
            for d in ranked:
                on_day[d.date] += 1
                if on_day[d.date] <= _A_DAY and len(keep) < most:
                    keep.append(d.key)
            kept = set(keep)
            chosen = [d for d in self.developments if d.key in kept]
        days: dict[str, list[DevelopmentFact]] = {}
        for d in chosen:
            days.setdefault(d.date, []).append(d)
        return list(days.items())

    def told(self, changes: Sequence[Change], most: int) -> list[Change]:
        """The changes to tell: one for each sentence and kind, the weightiest first within their kind."""
        seen: set[tuple[str, str]] = set()
        kept = []
        for change in sorted(changes, key=self._change_rank):
            fact = change.after or change.before
            assert fact is not None  # one of the two is always there
            place = (change.kind, fold(self.what(fact).words))
            if place not in seen:
                seen.add(place)
                kept.append(change)
        return kept[:most]

    def _change_rank(self, change: Change) -> tuple[int, float, str]:
        fact = change.after or change.before
        kinds = ["corrected", "withdrawn", "contradicted", "confirmed", "new"]
        weight = (
            self._weight(fact) + 2
            if isinstance(fact, DevelopmentFact)
            else float(fact.voices)
            if fact
            else 0.0
        )
        weight += isinstance(fact, QuoteFact | FigureFact)
        return kinds.index(change.kind), -weight, change.key
