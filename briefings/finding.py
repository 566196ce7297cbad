"""What stands behind a citation, and which sentences and facts of a story answer a search."""

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
from briefings.model import Article, Citation, Language, Span
from briefings.store import terms

Wanted = Sequence[frozenset[str]]
_Scored = tuple[int, int, int, str, Fact, list[Citation]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A citation's sentence in its paragraph, with the article it is from and who else carries the fact.

    `latest` is False where the article was revised since.
    """

    number: int
    citation: Citation
    article: Article
    language: Language
    paragraph: Span
    facts: tuple[Fact, ...]
    outlets: tuple[str, ...]
    voices: int
    latest: bool


@dataclass(frozen=True, slots=True)
class FactHit:
    """A fact that holds words of the search, with the cited sentence."""

    fact: Fact
    article: Article
    language: Language
    citation: Citation
    number: int = 0

    @property
    def sentence(self) -> str:
        return self.citation.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article, with the sentence in it that holds most of the words."""

    article: Article
    language: Language
    citation: Citation
    number: int = 0

    @property
    def sentence(self) -> str:
        return self.citation.span.of(self.article.text)


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
            in_articles.append(ArticleHit(reading.article, reading.language, place))
    scored: list[_Scored] = []
    least = (len(wanted) + 1) // 2
    for fact in kept.view.facts.values():
        places = [c for c in fact.citations if c.article in rank]
        if not places:
            continue
        held = _held(wanted, kept.words_of(fact.key, _texts(fact)))
        if held >= least:
            scored.append((-held, _KINDS.index(type(fact)), -fact.voices, fact.key, fact, places))
    scored.sort(key=lambda x: x[:4])
    return Hits(tuple(_one_a_sentence(scored, rank, kept)[:facts]), tuple(in_articles))


_KINDS = (QuoteFact, FigureFact, DevelopmentFact, ConsequenceFact, RoleFact)


def _one_a_sentence(scored: Sequence[_Scored], rank: dict[str, int], kept: KeptView) -> list[FactHit]:
    """Each sentence once, by the first fact that it tells."""
    seen: set[Citation] = set()
    found = []
    for *_, fact, places in scored:
        place = min(places, key=lambda c: rank[c.article])
        if place not in seen:
            seen.add(place)
            reading = kept.view.dossier.readings[place.article]
            found.append(FactHit(fact, reading.article, reading.language, place))
    return found


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


def paragraph_of(text: str, span: Span) -> Span:
    """The paragraph of `text` that holds `span`."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return Span(start, end if end >= 0 else len(text))
