"""Which articles are about one story: by the words, names and figures that they share, rare ones more than common ones.

Words are compared within a language, names and figures across languages too, so that the French and the English articles
of one crisis meet. Pure; nothing here knows any story.

Method: TF-IDF weights and cosines (Salton & Buckley, 1988), average links of the nearest articles, then of whole groups.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import log, sqrt

from briefings.model import LANGUAGES, Language
from briefings.reading.lexicon import lexicon
from briefings.terms import terms

JOIN = 0.17  # the mean cosine with the nearest articles of a story from which an article belongs to it
ACROSS = 0.30  # the same between two languages, where only names and figures count
_SAME_NAMES, _NAMELESS = 0.06, 0.75  # articles of one theme that share hardly a name are seldom of one story
KNOWN = 200  # articles that tell what is common
_STRICT = (
    1.2  # so much nearer an article must be that is matched by itself than one of a whole that is grouped
)
OTHERS = 100  # articles of other stories that are taken to be there: among few, what a story is about is not common
_NEAREST = 3  # articles of a story that an article is compared with
_TITLE = 3  # a word of the headline counts as so many of the body
_MOST = 6_000  # characters of the body that are read for this
_FEW = 25  # articles: among fewer nothing is common
_COMMON = 0.25  # the share of articles from which a feature says nothing
_NAME = re.compile(r"(?<![.!?…:«“\"]\s)(?<!^)\b[A-ZÀ-ÖØ-Þ][\w’'-]*[\w](?:\s+[A-ZÀ-ÖØ-Þ][\w’'-]*[\w])*")
_FIGURE = re.compile(r"\b\d[\d.,]*\b")


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared of an article. `language` None is taken for English."""

    id: str
    title: str
    text: str
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Match:
    """How near an article is to a story, 0 to 1, and what they share, the weightiest first."""

    story: int
    score: float
    shared: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """An article's weights, by language and all of them, and the story that it is in."""

    id: str
    language: Language
    words: dict[str, float]
    names: dict[str, float]
    story: int = -1


@dataclass
class Grouping:
    """Articles in stories. What a feature is worth is told by all the articles that were counted so far."""

    counted: dict[Language, Counter[str]] = field(default_factory=dict)
    articles: Counter[Language] = field(default_factory=Counter)
    known: list[_Known] = field(default_factory=list)
    stories: dict[int, list[int]] = field(default_factory=dict)
    _next: int = 0

    def count(self, told: Iterable[Told]) -> None:
        """Learn how common features are, without grouping anything."""
        for article in told:
            self.articles[article.language] += 1
            self.counted.setdefault(article.language, Counter()).update({*features(article)})

    def near(self, article: Told, others: Sequence[Told]) -> Match:
        """How near an article is to others that are one story: 1.0 is where it belongs to it. Nothing is grouped.

        What was counted are articles of other stories; as long as they are few, what is common is not known, and an
        article is taken for less near.
        """
        told = [article, *(x for x in others if x.id != article.id)]
        here: dict[Language, Counter[str]] = {}
        for x in told:
            here.setdefault(x.language, Counter()).update({*features(x)})
        known, *members = (self._weighed(x, here) for x in told)
        near = sorted((_nearness(known, m) for m in members), reverse=True)[:_NEAREST]
        if not near:
            return Match(0, 0.0)
        sure = min(1.0, sqrt(sum(self.articles.values()) / KNOWN)) / _STRICT
        return Match(0, sure * sum(near) / len(near), _shared(known, members))

    def dump(self) -> dict[str, object]:
        """What was counted, for JSON; what stood in one article alone is left out, which says nothing yet."""
        tables = {x: {f: n for f, n in table.items() if n > 1} for x, table in self.counted.items()}
        return {"articles": dict(self.articles), "counted": tables}

    @classmethod
    def load(cls, value: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Grouping:
        """What `dump` gave. KeyError, TypeError, ValueError where it is something else."""
        found = cls()
        for language in LANGUAGES:
            if language in value["articles"]:
                found.articles[language] = int(value["articles"][language])  # type: ignore[call-overload]
                table = value["counted"][language]
                found.counted[language] = Counter({str(f): int(n) for f, n in table.items()})
        return found

    def forget(self, most: int) -> None:
        """Halve what was counted where it is of more articles than that: what is common changes."""
        if sum(self.articles.values()) > most:
            self.articles = Counter({x: n // 2 for x, n in self.articles.items()})
            for language, table in self.counted.items():
                self.counted[language] = Counter({f: n // 2 for f, n in table.items() if n > 1})

    def add(self, article: Told) -> Match:
        """Put an article into the story that it is nearest to, or into a new one; which, how near, and why."""
        known = self._weighed(article)
        best = max(self._matches(known), key=lambda m: m.score, default=None)
        if best is None or best.score < 1.0:
            best = Match(self._next, 0.0)
            self._next += 1
        known.story = best.story
        self.stories.setdefault(best.story, []).append(len(self.known))
        self.known.append(known)
        return best

    def merge(self) -> None:
        """Join the stories whose articles are as near to each other as those within one are."""
        while (pair := self._nearest()) is not None:
            kept, gone = pair
            for i in self.stories.pop(gone):
                self.known[i].story = kept
                self.stories[kept].append(i)

    # ---- inside ------------------------------------------------------------------------------------------------------------

    def _matches(self, article: _Known) -> Iterator[Match]:
        """Each story with how near it is: 1.0 is where an article belongs to it."""
        for story, members in self.stories.items():
            near = sorted((_nearness(article, self.known[i]) for i in members), reverse=True)[:_NEAREST]
            score = sum(near) / len(near)
            if score > 0.5:
                yield Match(story, score, _shared(article, [self.known[i] for i in members]))

    def _nearest(self) -> tuple[int, int] | None:
        """The two stories that are nearest to each other, if near enough to be one."""
        best: tuple[float, int, int] | None = None
        names = list(self.stories)
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                pairs = [
                    _nearness(self.known[x], self.known[y]) for x in self.stories[a] for y in self.stories[b]
                ]
                mean = sum(pairs) / len(pairs)
                if mean >= 1.0 and (best is None or mean > best[0]):
                    best = mean, a, b
        return (best[1], best[2]) if best is not None else None

    def _weighed(self, article: Told, here: Mapping[Language, Counter[str]] | None = None) -> _Known:
        """`here` counts articles that are compared and were not counted before."""
        found = features(article)
        own = article.language
        tables = [*self.counted.values(), *(here or {}).values()]
        mine = [x for x in (self.counted.get(own), (here or {}).get(own)) if x is not None]
        words = self._weights(found, mine, self.articles[own])
        names = self._weights(
            {f: n for f, n in found.items() if f[0] != "w"}, tables, sum(self.articles.values())
        )
        return _Known(article.id, own, words, names)

    def _weights(
        self, found: Mapping[str, int], counted: Sequence[Counter[str]], articles: int
    ) -> dict[str, float]:
        """Weights of length one. What stands in one article alone, or in very many, says nothing."""
        weights: dict[str, float] = {}
        total = max(articles, 1)
        for feature, n in found.items():
            seen = sum(c[feature] for c in counted)
            if 1 < seen <= max(total * _COMMON, _FEW):
                weights[feature] = (1 + log(n)) * log((total + OTHERS) / (seen + 0.5))
        length = sqrt(sum(w * w for w in weights.values())) or 1.0
        return {f: w / length for f, w in weights.items()}


def features(article: Told) -> Counter[str]:
    """What an article is known by, and how often: "w:" terms of its language, "n:" names, "d:" figures."""
    found: Counter[str] = Counter()
    body = article.text[:_MOST]
    common = _common(article.language)
    for text, worth in ((article.title, _TITLE), (body, 1)):
        for term in terms(text, article.language):
            if term not in common:
                found[f"w:{term}"] += worth
    for text in (f" {article.title}", body):
        for m in _NAME.finditer(text):
            for word in m[0].split():
                if len(word) > 2:
                    found[f"n:{_plain(word)}"] += 1
        for m in _FIGURE.finditer(text):
            digits = re.sub(r"\D", "", m[0])
            if len(digits) > 1:
                found[f"d:{digits}"] += 1
    return found


@cache
def _common(language: Language) -> frozenset[str]:
    """The terms of words that tell of no story: those that hold sentences together, and those by which news is told."""
    known = lexicon(language)
    groups = (
        known.telling, known.common, known.cues, known.auxiliaries, known.prepositions, known.determiners,
        known.relatives, known.adverbs, known.month_names,
    )  # fmt: skip
    return frozenset(t for group in groups for word in group for t in terms(word, language))


def _shared(article: _Known, members: Iterable[_Known]) -> tuple[str, ...]:
    """What an article has in common with others, the weightiest first."""
    worth: Counter[str] = Counter()
    for other in members:
        for table, theirs in ((article.names, other.names), (article.words, other.words)):
            for feature, weight in table.items():
                if feature in theirs:
                    worth[feature.partition(":")[2]] += weight * theirs[feature]  # type: ignore[assignment]
    return tuple(x for x, _ in worth.most_common(5))


def _nearness(a: _Known, b: _Known) -> float:
    """How near two articles are, in shares of what makes two of their languages one story."""
    if a.language == b.language:
        near = _cosine(a.words, b.words) / JOIN
        return near if _cosine(a.names, b.names) >= _SAME_NAMES else near * _NAMELESS
    return _cosine(a.names, b.names) / ACROSS


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    if len(a) > len(b):
        a, b = b, a
    return sum(w * b[f] for f, w in a.items() if f in b)


def _plain(word: str) -> str:
    word = re.sub(r"[’']s$", "", word.casefold())
    word = re.sub(r"^(?:[dlnsjmtc]|qu)[’']", "", word)
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def group(told: Sequence[Told]) -> list[int]:
    """The story of each article, by number."""
    grouping = Grouping()
    grouping.count(told)
    for article in told:
        grouping.add(article)
    grouping.merge()
    names = {id_: story for story, members in grouping.stories.items() for id_ in members}
    return [names[i] for i in range(len(told))]
