"""Where a reading's facts go in the index: a bucket for all that may be the same, whichever article says it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from briefings.model import (
    Actor,
    Article,
    Consequence,
    Development,
    Figure,
    Kind,
    Language,
    Quote,
    Reading,
    Role,
    Span,
    fold,
)
from briefings.reading.lexicon import lexicon

Bucket = tuple[str, str]
_LONGEST = 1200  # characters of a sentence with the quotation that it begins


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing one article says, with the article it stands in and the sentence to cite."""

    article: Article
    language: Language
    sentence: Span
    item: Quote | Figure | Development | Consequence | Actor | Role
    about: str = ""  # a figure's topic


def entries(reading: Reading) -> dict[Bucket, list[Entry]]:
    """What `reading` puts into the index. It depends on the reading alone."""
    found: dict[Bucket, list[Entry]] = defaultdict(list)
    article, language = reading.article, reading.language
    starts = [s.start for s in reading.sentences]

    def sentence_of(span: Span) -> Span:
        return reading.sentences[max(0, bisect_right(starts, span.start) - 1)]

    spoken = sorted(q.span for q in reading.quotes)
    spoken_starts = [s.start for s in spoken]

    def whole(sentence: Span) -> Span:
        """The sentence, carried on to the end of a quotation that it begins: what is cited breaks no quotation off."""
        i = bisect_right(spoken_starts, sentence.end) - 1
        if (
            i >= 0
            and spoken[i].start >= sentence.start
            and spoken[i].end > sentence.end
            and spoken[i].end - sentence.start <= _LONGEST
        ):
            stop = sentence_of(Span(spoken[i].end - 1, spoken[i].end)).end
            return Span(sentence.start, max(sentence.end, stop))
        return sentence

    for a in reading.actors:
        first = sentence_of(a.mentions[0]) if a.mentions else reading.sentences[0]
        entry = Entry(article, language, first, a)
        found["actor", actor_bucket(a, language)].append(entry)
        for form in {fold(x) for x in (a.name, *a.aliases)}:
            found["form", form].append(entry)
    for q in reading.quotes:
        found["quote", words_of(q.text)].append(Entry(article, language, whole(q.sentence), q))
    for f in reading.figures:
        topic = topic_of(article.text, f, language)
        found["figure", topic].append(Entry(article, language, whole(f.sentence), f, topic))
    for d in reading.developments:
        found["development", f"{d.date}|{d.concept}"].append(Entry(article, language, whole(d.span), d))
    for c in reading.consequences:
        found["consequence", words_of(c.span.of(article.text))].append(
            Entry(article, language, whole(c.span), c)
        )
    return found


def actor_bucket(actor: Actor, language: Language) -> str:
    """Persons by surname, so that "Altman" finds "Sam Altman"; bodies of a common name by concept; others by name."""
    key = fold(actor.name)
    if actor.kind is Kind.PERSON and key:
        return f"p {key.split()[-1]}"
    bodies = lexicon(language).common_bodies
    common = next((bodies[k] for k in (key, *map(fold, actor.aliases)) if k in bodies), None)
    return f"c {common}" if common else f"o {key}"


_NOT_WORD = re.compile(r"[^\w]+")


def words_of(text: str) -> str:
    """The words alone, folded: what two printings of the same words have in common."""
    return " ".join(fold(_NOT_WORD.sub(" ", text)).split())


#: What people can be counted as: then it matters little whether they are called people, staff or nothing.
_OF_PEOPLE = frozenset(["arrested", "dead", "evacuated", "injured", "missing", "signed"])
_CONTEXT = 70  # characters around a figure that tell what it counts


def topic_of(text: str, figure: Figure, language: Language) -> str:
    """What a figure counts, as "unit class|concepts": concepts of the noun counted and of the words around it.

    A total ("505 sur 700 employés": the 700) is told by the noun alone, so that it is never taken for a part.
    """
    lex = lexicon(language)
    unit_concept = lex.counted.get(fold_word(figure.unit), "")
    if figure.unit.isupper() and len(figure.unit) == 3:
        unit = figure.unit
    elif figure.unit == "%":
        unit = "%"
    else:
        unit = unit_concept or fold(figure.unit)
    concepts = {lex.counted[w] for w in _words(figure.counts) if w in lex.counted}
    before = text[max(figure.sentence.start, figure.span.start - _CONTEXT) : figure.span.start]
    after = text[figure.span.end : min(figure.sentence.end, figure.span.end + _CONTEXT)]
    leading = _words(before)
    total = bool(leading) and lex.counted.get(leading[-1]) == "of_total"
    if not total:
        near = _words(_clause_tail(before)) + _words(_clause_head(after))
        concepts |= {lex.counted[w] for w in near if w in lex.counted}
    concepts.discard("of_total")
    states = concepts & _OF_PEOPLE
    if unit_concept in _OF_PEOPLE:
        states = states | {unit_concept}
    if states and unit in {"", "people", "staff", *_OF_PEOPLE}:
        return f"people|{'+'.join(sorted(states))}"  # "12 people were killed", "9 morts", "505 salariés ont signé"
    if len(concepts) > 1:
        concepts.discard("people")
    if unit == unit_concept and unit != "people":
        concepts.add(unit)
    return f"{unit}|{'+'.join(sorted(concepts))}"


def fold_word(word: str) -> str:
    return word.lower().replace("’", "'")


_WORDS = re.compile(r"[^\W\d_]+")


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORDS.findall(text)]


def _clause_tail(text: str) -> str:
    return re.split(r"[.;:!?()«»“”\"]|, ", text)[-1]


def _clause_head(text: str) -> str:
    return re.split(r"[.;:!?()«»“”\"]|, ", text)[0]
