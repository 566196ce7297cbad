"""A view: the merged facts of one dossier, each computed once when first asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from operator import itemgetter

from briefings.dossier import merge
from briefings.dossier.conflicts import Conflict, find_conflicts
from briefings.dossier.core import Dossier
from briefings.dossier.events import developments
from briefings.dossier.facts import (
    ActorFact,
    ConsequenceFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    FigureSeries,
    OutletFact,
    QuoteFact,
    RoleFact,
)
from briefings.dossier.made import Made
from briefings.dossier.people import People
from briefings.model import Article

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


class View:
    """Reads merged facts off a dossier. Lists are in the order in which a briefing would give them."""

    def __init__(self, dossier: Dossier, near: View | None = None) -> None:
        """`near` is a view of much the same articles: what both have is taken over from it."""
        self.dossier = dossier
        self._made: Made = Made(dossier, near._made if near is not None else None)

    @cached_property
    def people(self) -> People:
        return People(self.dossier, self._made)

    @cached_property
    def actors(self) -> tuple[ActorFact, ...]:
        """By falling salience."""
        return self.people.actors

    @cached_property
    def quotes(self) -> tuple[QuoteFact, ...]:
        """By time of first printing, then by key."""
        buckets = sorted(((key[1], found) for key, found in self.dossier.buckets("quote")), key=itemgetter(0))
        joined = merge.join_quotes(buckets)
        facts = [merge.quote(words, found, self.people, self._made) for words, found in joined]
        return tuple(sorted(facts, key=_by_time))

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The actors who are quoted, by falling salience."""
        quoted = {q.speaker for q in self.quotes}
        return tuple(a.name for a in self.actors if a.name in quoted)

    @cached_property
    def series(self) -> tuple[FigureSeries, ...]:
        """Figures grouped by what they count; the series with most claims and outlets first."""
        buckets = self.dossier.buckets("figure")
        found = [merge.series(key[1], entries, self._made) for key, entries in buckets]
        return tuple(sorted(found, key=lambda s: (-len(s.claims), -sum(c.voices for c in s.claims), s.topic)))

    @cached_property
    def figures(self) -> tuple[FigureFact, ...]:
        return tuple(c for s in self.series for c in s.claims)

    @cached_property
    def developments(self) -> tuple[DevelopmentFact, ...]:
        """By date, then by key."""
        facts = [
            d
            for key, found in self.dossier.buckets("development")
            for d in developments(key[1], found, self.people, self._made)
        ]
        return tuple(sorted(facts, key=lambda d: (d.date, d.first or _EPOCH, d.key)))

    @cached_property
    def consequences(self) -> tuple[ConsequenceFact, ...]:
        """Those that most voices carry first, then by time."""
        facts = [
            merge.consequence(key[1], found, self.people, self._made)
            for key, found in self.dossier.buckets("consequence")
        ]
        return tuple(sorted(facts, key=lambda c: (-c.voices, c.first or _EPOCH, c.key)))

    @cached_property
    def roles(self) -> tuple[RoleFact, ...]:
        return tuple(r for a in self.actors for r in a.roles)

    @cached_property
    def outlets(self) -> tuple[OutletFact, ...]:
        """By name."""
        by_name: dict[str, list[Article]] = defaultdict(list)
        for reading in self.dossier.readings.values():
            by_name[reading.article.outlet].append(reading.article)
        carried: Counter[str] = Counter()
        for fact in self.facts.values():
            carried.update(fact.outlets)
        return tuple(
            OutletFact(
                name=name,
                articles=tuple(a.id for a in sorted(articles, key=_published)),
                languages=tuple(sorted({self.dossier.readings[a.id].language for a in articles})),
                first=min((a.published for a in articles if a.published), default=None),
                last=max((a.published for a in articles if a.published), default=None),
                facts=carried[name],
                sample=any(a.sample for a in articles),
            )
            for name, articles in sorted(by_name.items())
        )

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Facts that cannot both hold, side by side."""
        return find_conflicts(self.actors, self.quotes, self.series, self.developments)

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """Every fact that is cited, by key, and by the keys merged into it."""
        found: dict[str, Fact] = {}
        groups: tuple[Iterable[Fact], ...] = (
            self.quotes,
            self.figures,
            self.developments,
            self.consequences,
            self.roles,
        )
        for group in groups:
            for fact in group:
                found[fact.key] = fact
        self._made.complete()
        return found

    def release(self) -> None:
        """Let go of what the facts were made of, where no view will be made after this one."""
        self._made.forget()

    @cached_property
    def articles(self) -> tuple[Article, ...]:
        """By publication."""
        return tuple(sorted((r.article for r in self.dossier.readings.values()), key=_published))

    @property
    def newest(self) -> datetime | None:
        """When the latest article was published; None where none states it."""
        return max((a.published for a in self.articles if a.published is not None), default=None)

    def article(self, identity: str) -> Article:
        """KeyError where the dossier does not hold it."""
        return self.dossier.readings[identity].article


def _published(article: Article) -> tuple[datetime, str]:
    return article.published or _EPOCH, article.id


def _by_time(fact: Fact) -> tuple[datetime, str]:
    return fact.first or _EPOCH, fact.key
