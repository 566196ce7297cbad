"""Which sentences and facts of a story answer a search: those that hold most of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from briefings.dossier import (
    ConsequenceFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    QuoteFact,
    RoleFact,
)
from briefings.kept import KeptView
from briefings.model import Article, Citation, Language
from briefings.store import terms

Wanted = Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class FactHit:
    """A fact that holds words of the search."""

    fact: Fact
    citation: Citation
    number: int = 0


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article, with the sentence in it that holds most of the words."""

    article: Article
    language: Language
    citation: Citation
    sentence: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, the best first."""

    facts: tuple[FactHit, ...] = ()
    articles: tuple[ArticleHit, ...] = ()


def hits(kept: KeptView, found: Sequence[str], wanted: Wanted, facts: int, articles: int) -> Hits:
    """At most so many facts and articles of those articles (ids, the best first)."""
    rank = {identity: i for i, identity in enumerate(found)}
    readings = kept.view.dossier.readings
    in_articles = []
    for identity in found[:articles]:
        reading = readings.get(identity)
        if reading is not None and reading.sentences:
            text = reading.article.text
            best = max(
                reading.sentences,
                key=lambda s: (_held(wanted, terms(s.of(text), reading.language)), -s.start),
            )
            place = Citation(identity, reading.article.revision, best)
            in_articles.append(ArticleHit(reading.article, reading.language, place, best.of(text)))
    scored = []
    least = (len(wanted) + 1) // 2
    for fact in kept.view.facts.values():
        places = [c for c in fact.citations if c.article in rank]
        if not places:
            continue
        held = _held(wanted, kept.words_of(fact.key, _texts(fact)))
        if held >= least:
            best_place = min(places, key=lambda c: rank[c.article])
            scored.append((-held, rank[best_place.article], -fact.voices, fact.key, fact, best_place))
    scored.sort(key=lambda x: x[:4])
    return Hits(tuple(FactHit(x[4], x[5]) for x in scored[:facts]), tuple(in_articles))


def _held(wanted: Wanted, words: Sequence[str] | frozenset[str]) -> int:
    """How many of the wanted words are among these."""
    there = words if isinstance(words, frozenset) else frozenset(words)
    return sum(1 for w in wanted if w & there)


def _texts(fact: Fact) -> tuple[tuple[Language, str], ...]:
    """The words by which a fact is found, with their languages."""
    match fact:
        case QuoteFact(texts=texts, speaker=speaker):
            return (*((t.language, t.words) for t in texts), ("en", speaker or ""))
        case RoleFact(texts=texts, actor=actor):
            return (*((t.language, t.words) for t in texts), ("en", actor))
        case FigureFact(sentence=sentence):
            return ((sentence.language, sentence.words),)
        case DevelopmentFact(texts=texts) | ConsequenceFact(texts=texts):
            return tuple((t.language, t.words) for t in texts)
        case _:
            return ()
