"""Developments and consequences: which sentences say what happened on which day, and what follows from it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from briefings.model import Consequence, DateMention, Development, Language, Span, Status
from briefings.reading.actors import Entity
from briefings.reading.lexicon import lexicon
from briefings.reading.text import Text, WordTable, tokens

_LONGEST = 900  # characters of a sentence that still says one thing


class Happenings:
    """One article's sentences with what each holds, looked at once for both kinds."""

    def __init__(
        self, text: Text, entities: list[Entity], found: list[DateMention], published: date | None
    ) -> None:
        self.text = text
        self.published = published
        self.dates = found
        self.date_starts = [d.span.start for d in found]
        self.marks = _table(text.language).of(text.words)
        self.names = {i: e.name for i, e in enumerate(entities)}
        mentions = sorted((m.span.start, m.actor) for e in entities for m in e.mentions)
        self.mention_starts = [p for p, _ in mentions]
        self.mention_actors = [a for _, a in mentions]

    def actors_in(self, sentence: Span) -> tuple[str, ...]:
        """The names of the actors that the sentence names, in order."""
        lo, hi = (
            bisect_left(self.mention_starts, sentence.start),
            bisect_left(self.mention_starts, sentence.end),
        )
        return tuple(dict.fromkeys(self.names[a] for a in self.mention_actors[lo:hi]))

    def dates_in(self, sentence: Span) -> list[DateMention]:
        lo, hi = bisect_left(self.date_starts, sentence.start), bisect_left(self.date_starts, sentence.end)
        return self.dates[lo:hi]

    # ---- developments ------------------------------------------------------------------------------------------------

    def developments(self) -> Iterator[Development]:
        """A dated sentence that reports an event is a development for each day it names; so is the lede, undated."""
        today = self.published.isoformat() if self.published else None
        lede = True
        for sentence in self.text.sentences:
            if sentence.end - sentence.start < 25 or sentence.end - sentence.start > _LONGEST:
                continue
            first, lede = lede, False
            stated = [
                d for d in self.dates_in(sentence) if d.value and not d.ahead and not self._is_dateline(d)
            ]
            if not stated and not first:
                continue
            words = self._look(sentence)
            concept = words.concept or ("other" if words.past else "")
            if not concept:
                continue
            values = [
                v
                for v in dict.fromkeys(d.value for d in stated)
                if v and (today is None or v <= today[: len(v)])
            ]
            values = [v for v in values if not any(other != v and other.startswith(v) for other in values)]
            if values and (words.past or not words.planned or len(values) > 1):
                for value in values:
                    yield Development(sentence, value, self.actors_in(sentence), concept)
            elif first and today and not stated and words.past:
                yield Development(sentence, today, self.actors_in(sentence), concept)

    def _is_dateline(self, d: DateMention) -> bool:
        """ "29 mai 2012. - …": the day at the head of the article dates it and is no event."""
        head = self.text.sentences[0]
        return head.holds(d.span) and d.span.start <= head.start + 3 and d.span.end >= head.end - 12

    def _look(self, sentence: Span) -> _Look:
        """What the sentence's words tell of events and tense."""
        text = self.text
        events = text.lex.events
        concept = ""
        past = planned = False
        auxiliary = -9  # the token of the last auxiliary of a compound past
        for k in text.tokens_in(sentence.start, sentence.end):
            marks = self.marks[k]
            if not marks:
                continue
            if marks & _EVENT and (not concept or concept in _WEAK):
                concept = events[text.words[k]]
            past = past or bool(marks & _PAST) or bool(marks & _PARTICIPLE and k - auxiliary <= 4)
            planned = planned or bool(marks & _PLAN)
            if marks & _AUXILIARY:
                auxiliary = k
        return _Look(concept, past, planned)

    # ---- consequences ------------------------------------------------------------------------------------------------

    def consequences(self, figures: list[Span], quotes: list[Span]) -> Iterator[Consequence]:
        """Sentences that state an effect, weighed by their words; context and causes weigh too little.

        A figure in the sentence (`figures`, in order) speaks for an effect; that most of it is somebody's words
        (`quotes`, in order) speaks against one.
        """
        figure_starts = [f.start for f in figures]
        for number, sentence in enumerate(self.text.sentences):
            if sentence.end - sentence.start < 30 or sentence.end - sentence.start > _LONGEST:
                continue
            total, status = self._weigh(sentence, number)
            if bisect_left(figure_starts, sentence.start) < bisect_left(figure_starts, sentence.end):
                total += 0.4
            if 2 * _shared(sentence, quotes) > sentence.end - sentence.start:
                total -= 0.8
            if total >= _ENOUGH:
                yield Consequence(sentence, status, self.actors_in(sentence))

    def _weigh(self, sentence: Span, number: int) -> tuple[float, Status]:
        """How much the sentence's words tell of an effect, and of which status."""
        text = self.text
        expected = reported = links = 0
        denied = future = conditional = False
        phrases = _phrases(text.language)
        words = text.words
        for k in text.tokens_in(sentence.start, sentence.end):
            marks = self.marks[k]
            if not marks & _TELLS:
                continue
            if marks & _EXPECTED:
                expected += 1
            if marks & _REPORTED:
                reported += 1
            future = future or bool(marks & _FUTURE)
            conditional = conditional or bool(marks & _CONDITIONAL)
            if not marks & _PHRASE:
                continue
            for phrase, denies in phrases[words[k]]:
                if tuple(words[k : k + len(phrase)]) == phrase:
                    denied = denied or denies
                    links += not denies
        expected, reported, links = min(2, expected), min(2, reported), min(2, links)
        total = (
            expected * 1.0 + reported * 0.9 + links * 1.1 + denied * 1.5 + future * 0.9 + conditional * 0.9
        )
        total += 0.3 * (number == 0) - 1.5 * (text.plain[sentence.end - 1] == "?")
        if denied:
            return total, Status.DENIED
        if expected + future + conditional > reported * 0.9:
            return total, Status.EXPECTED
        return total, Status.REPORTED


def _shared(sentence: Span, quotes: list[Span]) -> int:
    """How many characters of the sentence are quoted."""
    i = max(0, bisect_left(quotes, sentence) - 1)
    shared = 0
    while i < len(quotes) and quotes[i].start < sentence.end:
        shared += max(0, min(quotes[i].end, sentence.end) - max(quotes[i].start, sentence.start))
        i += 1
    return shared


@dataclass(frozen=True, slots=True)
class _Look:
    """A sentence's strongest event concept ("" for none), whether it has a past tense, whether it plans."""

    concept: str
    past: bool
    planned: bool


_WEAK = frozenset(["announced", "changed"])  # concepts that give way to a stronger one in the same sentence
_ENOUGH = 1.3  # two signs of an effect, or one and a figure: measured on annotated articles
_EXPECTED, _REPORTED, _FUTURE, _CONDITIONAL, _AUXILIARY, _PARTICIPLE, _PAST, _PLAN, _EVENT, _PHRASE = (
    1 << i for i in range(10)
)
_TELLS = _EXPECTED | _REPORTED | _FUTURE | _CONDITIONAL | _PHRASE

_FORMS: dict[Language, dict[int, re.Pattern[str]]] = {
    "fr": {
        _AUXILIARY: re.compile(r"(?:a|ont|avait|avaient|est|sont|était|étaient|été|fut|furent)$"),
        _PARTICIPLE: re.compile(r"[^\W\d_]+(?:é|ée|és|ées|i|is|ie|ies|it|u|us|ue|ues|ert|int)$"),
        _PAST: re.compile(r"(?:[^\W\d_]{2,20}(?:èrent|urent|irent)|fut|eut|fit|vit|prit|mit|vint|vient|viennent|[^\W\d_]{3,20}(?:ta|na|sa|ça|da|ma|la|va|ia|ua|ya|gea|qua))$"),
        _PLAN: re.compile(r"(?:sera|seront|aura|auront|devra|devront|doit|doivent|devrait|devraient|va|vont|ira|iront|pourra|pourrait|prévue?s?|attendue?s?|[^\W\d_]{3,20}(?:era|eront|ira|iront|dra|dront))$"),
    },
    "en": {
        _PAST: re.compile(
            r"(?:[a-z]{2,20}ed|was|were|had|did|said|told|took|gave|made|went|came|saw|left|won|lost|held|met|led|became|began|fell|rose|shot|stood"
            r"|wrote|sold|bought|quit|broke|found|kept|got|ran|sent|spoke|brought|caught|drove|felt|grew|heard|knew|paid|sought|taught|thought|threw|withdrew|drew)$"
        ),
        _PLAN: re.compile(r"(?:will|would|shall|scheduled|expected|plans?|due)$"),
    },
}  # fmt: skip


@cache
def _table(language: Language) -> WordTable:
    return WordTable(partial(_marks, language))


def _marks(language: Language, word: str) -> int:
    """What a word tells by itself, as bits."""
    c = _words(language)
    bits = _EVENT * (word in lexicon(language).events) | _PHRASE * (word in _phrases(language))
    if word in c["expected"]:
        bits |= _EXPECTED
    if word in c["reported"]:
        bits |= _REPORTED
    if c["future"] and re.search(c["future"], word) and len(word) > 4:
        bits |= _FUTURE
    if c["conditional"] and re.search(c["conditional"], word) and len(word) > 5:
        bits |= _CONDITIONAL
    for bit, form in _FORMS[language].items():
        if form.match(word):
            bits |= bit
    return bits


@cache
def _words(language: Language) -> dict[str, Any]:
    c = lexicon(language).consequences
    return {
        "expected": frozenset(c["expected"].split()),
        "reported": frozenset(c["reported"].split()),
        "future": f"{c['future_ending']}$" if c["future_ending"] else "",
        "conditional": f"{c['conditional_ending']}$" if c["conditional_ending"] else "",
    }


@cache
def _phrases(language: Language) -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """The links and denials of several words by their first: (words, whether it denies)."""
    c = lexicon(language).consequences
    table: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for key, denies in (("links", False), ("denied", True)):
        for phrase in c[key]:
            words = tuple(tokens(phrase, language))
            table.setdefault(words[0], []).append((words, denies))
    return table
