"""Whether an article belongs to a story that is followed: by words, outlets, feeds, or by being like examples.

Feeds and outlets say where a story's articles come from (one of its feeds, and one of its outlets where any are named);
words and examples say which of those belong to it. Where nothing but the former is given, all that comes from there
belongs. Pure: nothing here knows any story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from briefings.model import Article, Decision, Follow, Following, Language, Reason, Verdict, fold
from briefings.stories import Grouping, Told
from briefings.terms import terms, wanted

IN, MAYBE = 0.6, 0.4  # the scores from which an article belongs to a story, and from which a person is asked
_TITLE, _LEDE, _BODY = 1.0, 0.9, 0.55  # where all the words stand
_MORE, _MOST = 0.1, 0.8  # for each further time that the rarest of them does; at most
_SPECIFIC = 0.1  # for each further word that stands there too
_PARTLY = 0.5  # of the share of the words that stand there, where not all do
_LEDE_IS = 600  # characters
_APART = re.compile(r"\s*[,;]\s*|\s+(?:OR|OU)\s+")
_QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”|«\s*([^»]+?)\s*»')


@dataclass(frozen=True, slots=True)
class Example:
    """An article that belongs to the story for certain, and its language."""

    article: Article
    language: Language


def judge(
    article: Article,
    language: Language,
    by: Iterable[Follow],
    feed: int | None,
    examples: Sequence[Example],
    grouping: Grouping,
) -> Verdict:
    """How near the article is to a story that is followed `by` these.

    `feed` is the one that it came by; `grouping` knows which words are common.
    """
    by = list(by)
    feeds = [f for f in by if f.feed is not None]
    outlets = [f for f in by if f.kind is Following.OUTLET]
    words = [f for f in by if f.kind is Following.WORDS]
    likes = [f for f in by if f.kind is Following.LIKE]
    came_by = [f for f in feeds if f.feed == feed]
    is_of = [f for f in outlets if article.outlet and fold(article.outlet) == fold(f.value)]
    places = [*came_by, *is_of]
    if not by or (feeds and not came_by) or (outlets and not is_of):
        return Verdict(0.0, (), Decision.OUT)
    reasons = [Reason(f.kind, f.title or f.value) for f in places]
    if not words and not likes:
        return Verdict(1.0, tuple(reasons), Decision.IN)
    scored = [(score, reason) for f in words for score, reason in [_by_words(article, language, f)] if score]
    if likes and examples:
        scored += [x for x in [_by_likeness(article, language, examples, grouping)] if x[0]]
    score = round(max((s for s, _ in scored), default=0.0), 3)
    told = [r for _, r in sorted(scored, key=lambda x: -x[0])]
    return Verdict(score, (*told, *reasons), decision_of(score))


def decision_of(score: float) -> Decision:
    return Decision.IN if score >= IN else Decision.MAYBE if score >= MAYBE else Decision.OUT


# ---- words -------------------------------------------------------------------------------------------------------------------


def alternatives(value: str) -> tuple[str, ...]:
    """What a person typed, parted at commas: an article that has all the words of one of them is meant."""
    quoted: list[str] = []

    def kept(m: re.Match[str]) -> str:
        quoted.append(m[0])
        return f"\ue000{len(quoted) - 1}\ue001"

    parts = _APART.split(_QUOTED.sub(kept, value))
    whole = (re.sub("\ue000(\\d+)\ue001", lambda m: quoted[int(m[1])], p).strip() for p in parts)
    return tuple(x for x in whole if wanted(x))


def _by_words(article: Article, language: Language, follow: Follow) -> tuple[float, Reason]:
    title, lede, body = _terms_of(article.title, article.text, language)
    best = max(
        (_words_score(x, title, lede, body) for x in alternatives(follow.value)),
        default=(0.0, ()),
        key=lambda x: x[0],
    )
    return best[0], Reason(follow.kind, follow.value, best[1])


@lru_cache(maxsize=16)  # an article is judged for one story after the other
def _terms_of(title: str, text: str, language: Language) -> tuple[list[str], list[str], list[str]]:
    """The terms of the title, of how the text begins, and of the rest."""
    return terms(title, language), terms(text[:_LEDE_IS], language), terms(text[_LEDE_IS:], language)


def _words_score(
    alternative: str, title: Sequence[str], lede: Sequence[str], body: Sequence[str]
) -> tuple[float, tuple[str, ...]]:
    """The score of one alternative, and the words of it that the article has."""
    units = _units(alternative)
    if not units:
        return 0.0, ()
    counts = [(_count(u, title), _count(u, lede), _count(u, body)) for _, u in units]
    there = tuple(said for (said, _), c in zip(units, counts, strict=True) if any(c))
    if len(there) < len(units):
        return _PARTLY * len(there) / len(units), there
    if all(c[0] for c in counts):
        return _TITLE, there
    if all(c[0] + c[1] for c in counts):
        return _LEDE, there
    rarest = min(sum(c) for c in counts)
    return min(_MOST, _BODY + _MORE * (rarest - 1) + _SPECIFIC * (len(units) - 1)), there


@lru_cache(maxsize=1024)
def _units(alternative: str) -> tuple[tuple[str, tuple[frozenset[str], ...]], ...]:
    """The words and quoted phrases of an alternative, each as typed and as the terms that its words may be."""
    found = []
    for m in _QUOTED.finditer(alternative):
        phrase = m[1] or m[2] or m[3]
        found.append((phrase, tuple(wanted(phrase))))
    for word in _QUOTED.sub(" ", alternative).split():
        found += [(word, (x,)) for x in wanted(word)]
    return tuple((said, unit) for said, unit in found if unit)


def _count(unit: tuple[frozenset[str], ...], words: Sequence[str]) -> int:
    """How often the unit's words stand there one after the other; a word with accents has two terms."""
    if len(unit) == 1:
        return sum(w in unit[0] for w in words)
    places = [[i for i, w in enumerate(words) if w in x] for x in unit]
    follows = [{i: {j for j in b if 0 < j - i <= 2} for i in a} for a, b in pairwise(places)]
    count = 0
    for start in places[0]:
        reached = {start}
        for step in follows:
            reached = {j for i in reached for j in step.get(i, ())}
        count += bool(reached)
    return count


# ---- likeness ----------------------------------------------------------------------------------------------------------------


def _by_likeness(
    article: Article, language: Language, examples: Sequence[Example], grouping: Grouping
) -> tuple[float, Reason]:
    """How near the article is to the examples: at the threshold of `stories.py` it belongs."""
    told = [Told(x.article.id, x.article.title, x.article.text, x.language) for x in examples]
    near = grouping.near(Told(article.id, article.title, article.text, language), told)
    return min(1.0, IN * near.score), Reason(Following.LIKE, "", near.shared)
