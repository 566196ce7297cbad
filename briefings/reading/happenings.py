"""Developments and consequences: which sentences say what happened on which day, and what follows from it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from briefings.model import Consequence, DateMention, Development, Language, Span, Status
from briefings.reading.lexicon import lexicon
from briefings.reading.names import Entity
from briefings.reading.text import Text

_LONGEST = 900  # characters of a sentence that still says one thing


class Happenings:
    """One article's sentences with what each holds, looked at once for both kinds."""

    def __init__(self, text: Text, entities: list[Entity], found: list[DateMention], published: date | None) -> None:
        self.text = text
        self.published = published
        self.dates = found
        self.date_starts = [d.span.start for d in found]
        self.names = {i: e.name for i, e in enumerate(entities)}
        mentions = sorted((m.span.start, m.actor) for e in entities for m in e.mentions)
        self.mention_starts = [p for p, _ in mentions]
        self.mention_actors = [a for _, a in mentions]

    def actors_in(self, sentence: Span) -> tuple[str, ...]:
        """The names of the actors that the sentence names, in order."""
        lo, hi = bisect_left(self.mention_starts, sentence.start), bisect_left(self.mention_starts, sentence.end)
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
            stated = [d for d in self.dates_in(sentence) if d.value and not self._is_dateline(d, sentence)]
            concept = self._event(sentence)
            first, lede = lede, False
            values = [v for v in dict.fromkeys(d.value for d in stated) if v and (today is None or v <= today[: len(v)])]
            values = [v for v in values if not any(other != v and other.startswith(v) for other in values)]
            planned = self._planned(sentence)
            if concept and values and not (planned and len(values) == 1 and not self._past(sentence)):
                for value in values:
                    yield Development(sentence, value, self.actors_in(sentence), concept)
            elif first and concept and today and not stated and self._past(sentence):
                yield Development(sentence, today, self.actors_in(sentence), concept)

    def _is_dateline(self, d: DateMention, sentence: Span) -> bool:
        """ "29 mai 2012. - …": the day at the head of the article dates it and is no event."""
        return self.text.sentences[0].holds(d.span) and d.span.start <= self.text.sentences[0].start + 3 and d.span.end >= self.text.sentences[0].end - 12

    def _event(self, sentence: Span) -> str:
        """The concept of the sentence's first event word, "" where it has none."""
        text = self.text
        events = text.lex.events
        best = ""
        for k in text.tokens_in(sentence.start, sentence.end):
            concept = events.get(text.words[k])
            if concept and (not best or best in ("announced", "changed")):
                best = concept
                if concept not in ("announced", "changed"):
                    break
        return best or ("other" if self._past(sentence) else "")

    def _past(self, sentence: Span) -> bool:
        return bool(_past_tense(self.text.language).search(self.text.plain, sentence.start, sentence.end))

    def _planned(self, sentence: Span) -> bool:
        return bool(_planned(self.text.language).search(self.text.plain, sentence.start, sentence.end))

    # ---- consequences ------------------------------------------------------------------------------------------------

    def consequences(self, quotes: list[Span]) -> Iterator[Consequence]:
        """Sentences that state an effect, weighed by their words; context and causes weigh too little."""
        text = self.text
        patterns = _effects(text.language)
        for number, sentence in enumerate(text.sentences):
            if sentence.end - sentence.start < 30 or sentence.end - sentence.start > _LONGEST:
                continue
            weight = patterns.weigh(text.plain, sentence, number)
            if weight.total < patterns.enough:
                continue
            yield Consequence(sentence, weight.status, self.actors_in(sentence))


@cache
def _past_tense(language: Language) -> re.Pattern[str]:
    if language == "fr":
        return re.compile(
            r"\b(?:a|ont|avait|avaient|est|sont|était|étaient|s'est|se sont|fut|furent|a été|ont été)\b(?: [\w'-]{1,20}){0,3}? ?[\w'-]{1,20}(?:é|ée|és|ées|i|is|ie|ies|it|u|us|ue|ues|ert|int)\b"
            r"|\b\w{2,20}(?:èrent|urent|irent)\b|\b(?:fut|eut|fit|vit|prit|mit|vint|vient de|viennent de)\b|\b[a-zé]{3,20}(?:ta|na|ra|sa|ça|da|ma|la|va|ia|ua|ya|bla|gea|qua)\b",
            re.IGNORECASE,
        )
    return re.compile(
        r"\b\w{2,20}ed\b|\b(?:was|were|had|did|said|told|took|gave|made|went|came|saw|left|won|lost|held|met|led|became|began|fell|rose|shot|hit|struck|stood|wrote|sold|bought|cut|set|put|quit|broke|found|kept|got|ran|sent|spoke|brought|caught|drove|felt|grew|heard|knew|paid|read|sought|taught|thought|threw|withdrew|drew|announces)\b",
        re.IGNORECASE,
    )


@cache
def _planned(language: Language) -> re.Pattern[str]:
    if language == "fr":
        return re.compile(r"\b(?:sera|seront|aura|auront|devra|devront|doit|doivent|devrait|devraient|va|vont|ira|iront|pourra|pourrait)\b|\bprévue?s?\b|\battendue?s?\b|\b\w{3,20}(?:era|eront|ira|iront|dra|dront)\b", re.IGNORECASE)
    return re.compile(r"\b(?:will|would|shall|to be held|scheduled|expected to|set to|plans? to|due to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Weight:
    total: float
    status: Status


class _Effects:
    """The words that tell an effect, as patterns, and how much each kind weighs."""

    enough = 1.7

    def __init__(self, language: Language) -> None:
        c = lexicon(language).consequences
        self.language = language
        self.expected = _words(c["expected"].split())
        self.reported = _words(c["reported"].split())
        self.links = _words(c["links"])
        self.denied = _words(c["denied"])
        self.future = re.compile(rf"\b[^\W\d_]{{2,20}}{c['future_ending']}\b", re.IGNORECASE) if c["future_ending"] else None
        self.conditional = re.compile(rf"\b[^\W\d_]{{2,20}}{c['conditional_ending']}\b", re.IGNORECASE) if c["conditional_ending"] else None

    def weigh(self, plain: str, sentence: Span, number: int) -> _Weight:
        part = plain[sentence.start : sentence.end]
        expected = min(2, len(self.expected.findall(part)))
        reported = min(2, len(self.reported.findall(part)))
        links = min(2, len(self.links.findall(part)))
        denied = bool(self.denied.search(part))
        future = bool(self.future and self.future.search(part))
        conditional = bool(self.conditional and self.conditional.search(part))
        total = expected * 1.0 + reported * 0.9 + links * 1.1 + denied * 1.5 + future * 0.9 + conditional * 0.9
        if number == 0:
            total += 0.3
        if part.endswith("?"):
            total -= 1.5
        if denied:
            status = Status.DENIED
        elif expected + future + conditional > reported * 0.9:
            status = Status.EXPECTED
        else:
            status = Status.REPORTED
        return _Weight(total, status)


def _words(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)) + r")(?!\w)", re.IGNORECASE)


@cache
def _effects(language: Language) -> _Effects:
    return _Effects(language)
