"""Texts made to break or to stall the reading: it stays correct, and its work grows with the length alone.

Work is counted in executed lines (loops inside one line count each turn), never in seconds, except where regular
expressions do it: there the processor time at two lengths is compared, generously.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefings.model import LANGUAGES, Article, Language, Reading
from briefings.reading import read

_PUBLISHED = datetime(2031, 3, 12, 9, tzinfo=UTC)
_MARKS = "«»“”„‹›\"'‘’`"
_ALPHABET = [
    *_MARKS,
    *" .,:;!?…()[]-–—\n\r\t",
    *"aAÉeZz0123456789%€$£¥",
    *"\u00a0\u202f\u200b\u200e\u200f\u202e\u2066\u2069\u0301\u0323\ufeff\x00\x85",
    *"İıßẞﬁǅΣς²½Ⅷ٣漢عש🔥👩\u200d🚒",
    *("« ", " »", "Odile Vernay", "ACME", "Nortelis", "le maire", "the mayor", "M. ", "Mr. ", "l'", "l’"),
    *(" a déclaré ", " said ", "dit-il", "a-t-elle dit", "selon ", "according to ", "ministre "),
    *(
        "mardi",
        "12 mars 2031",
        "March 3",
        "hier",
        "il y a ",
        "plus de ",
        "1 000",
        "3,5 millions",
        "60 à 70 %",
    ),
]


def _read(raw: str, language: Language = "fr") -> Reading:
    return read(Article("a", raw, language=language, published=_PUBLISHED))


def _holds(reading: Reading) -> None:
    raw = reading.article.text
    sentences = set(reading.sentences)
    assert all(0 <= s.start < s.end <= len(raw) for s in reading.sentences)
    assert all(a.end <= b.start for a, b in pairwise(reading.sentences))
    for quote in reading.quotes:
        assert quote.span.of(raw) == quote.text != ""
        assert quote.sentence in sentences
    assert all(a.span.end <= b.span.start for a, b in pairwise(reading.quotes))
    for figure in reading.figures:
        assert figure.span.of(raw) == figure.text != ""
        assert figure.sentence in sentences
        assert abs(figure.value) < float("inf")
    assert all(0 <= d.span.start < d.span.end <= len(raw) for d in reading.dates)
    assert all(d.span in sentences for d in reading.developments)
    assert all(c.span in sentences for c in reading.consequences)
    for actor in reading.actors:
        assert actor.mentions
        assert all(0 <= m.start < m.end <= len(raw) for m in actor.mentions)
        assert all(r.span.of(raw) == r.text for r in actor.roles)


def _lines(raw: str, language: Language) -> int:
    """How many lines the reading of `raw` executes."""
    count = 0

    def local(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    before = sys.gettrace()
    sys.settrace(local)
    try:
        _read(raw, language)
    finally:
        sys.settrace(before)
    return count


def _seconds(raw: str, language: Language) -> float:
    """The median processor time of three readings."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        _read(raw, language)
        times.append(time.process_time() - begun)
    return statistics.median(times)


def _word(number: int) -> str:
    """A pronounceable capitalised word, another for each number."""
    word, number = "", number + 1
    while number:
        word += "bdfgklmnprstvz"[number % 14] + "aeiou"[number // 14 % 5]
        number //= 70
    return word.capitalize() + "x"


# ---- anything at all ----------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(_ALPHABET), max_size=80).map("".join), st.sampled_from(LANGUAGES))
def test_hostile_mixtures_are_read(raw: str, language: Language) -> None:
    """Marks, digits, capitals, directions, joiners and line ends in any order break nothing."""
    _holds(_read(raw, language))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.text(max_size=40))
def test_any_text_and_headline_is_read(raw: str, title: str) -> None:
    """Whatever the body and the headline hold, there is a reading, in a language of its own finding."""
    _holds(read(Article("a", raw, title=title, published=_PUBLISHED)))


@settings(max_examples=60, deadline=None)
@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(LANGUAGES))
def test_any_moment_of_publication_is_read(published: datetime, language: Language) -> None:
    """No day of publication makes a relative date fail."""
    raw = (
        "Hier, demain, lundi dernier, vendredi prochain, il y a dix ans, le 29 février, l'an prochain. "
        "Yesterday, tomorrow, last Monday, next Friday, ten years ago, on February 29, next year."
    )
    _holds(read(Article("a", raw, language=language, published=published)))


# ---- fixed worst cases --------------------------------------------------------------------------------------------

_WORST: dict[str, str] = {
    **{f"10,000 of {mark}": mark * 10_000 for mark in _MARKS},
    "10,000 marks mixed": "«\"“'»”‘’„" * 1_100,
    "50,000 capitals": "A " * 50_000,
    "50,000 digits": "7" * 50_000,
    "a letter 100,000 times": "a" * 100_000,
    "10,000 empty lines": "\n" * 10_000,
    "20,000 names": " ".join(f"Ici {_word(i)} dort." for i in range(20_000)),
    "20,000 names in one run": " ".join(_word(i) for i in range(20_000)),
    "5,000 quotes with a pronoun": "« Le pont est sûr », dit-il. " * 5_000,
    "unclosed marks": "« Un pont tient\n" * 2_000,
    "marks that only close": "Un pont tient »\n" * 2_000,
    "straight marks that stick to a word": '"a' * 10_000,
    "a sentence without end": "le pont est ouvert et la route aussi " * 5_000,
    "brackets": "(" * 50_000,
    "hyphens": "a-" * 50_000,
    "elisions": "l'" * 50_000,
    "initials": "A. " * 20_000,
    "letters that grow": "İ" * 50_000,
    "directions": "\u202e\u200f" * 25_000,
    "combining marks": "e" + "\u0301" * 50_000,
    "zero-width blanks": "\u200b" * 50_000,
    "emoji": "🔥«👩\u200d🚒»" * 5_000,
    "digits and commas": "1," * 25_000,
    "titles": "docteur " * 20_000 + "Vernay",
    "blanks": "a. " + " " * 100_000 + "b",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", _WORST)
def test_a_worst_case_is_read(name: str, language: Language) -> None:
    """Long runs of one thing are read, and what is found in them is right."""
    _holds(_read(_WORST[name], language))


def test_marks_alone_quote_nothing() -> None:
    """However many marks, no words between them is no quote."""
    for mark in _MARKS:
        assert _read(mark * 10_000).quotes == ()


def test_every_one_of_many_quotes_is_kept() -> None:
    """Five thousand quotes are five thousand quotes."""
    raw = "Odile Vernay est là. " + "« Le pont est sûr », dit-elle. " * 5_000
    quotes = _read(raw).quotes
    assert len(quotes) == 5_000
    assert {q.speaker for q in quotes} == {"Odile Vernay"}


def test_every_one_of_many_names_is_kept() -> None:
    """Ten thousand persons are ten thousand actors."""
    raw = " ".join(f"Hier, Marc {_word(i + 70)} a parlé." for i in range(10_000))
    assert len(_read(raw).actors) == 10_000


def test_a_number_of_many_digits_is_finite() -> None:
    """A figure's value is a number, however many digits stand in the text."""
    for raw in ("9" * 400 + " bateaux", "9" * 15 + " milliards de milliards d'euros", "1 000" + " 000" * 200):
        _holds(_read(raw))


# ---- work in step with length -----------------------------------------------------------------------------------

_GROWING: dict[str, Callable[[int], str]] = {
    "marks": lambda n: "«\"“'»”‘’„" * n,
    "unclosed marks": lambda n: "« Un pont tient\n" * n,
    "quotes": lambda n: "« Le pont est sûr », dit-il. " * n,
    "quotes in one sentence": lambda n: "« Le pont est sûr », dit-il, " * n,
    "quotes by phrase": lambda n: "« Le pont est sûr », dit un salarié. " * n,
    "quotes by name": lambda n: " ".join(f"« Le pont est sûr », dit Marc {_word(i)}." for i in range(n)),
    "quotes with organisations between": lambda n: "« Le pont est sûr », dit-elle. La NKT existe. " * n,
    "capitals": lambda n: "A " * n,
    "capitalised words": lambda n: "Abc " * n,
    "names": lambda n: " ".join(f"Ici {_word(i)} {_word(i + 3)} dort." for i in range(n)),
    "names alone": lambda n: " ".join(_word(i) for i in range(n)),
    "bodies": lambda n: " ".join(f"Le Collectif {_word(i)} ({_word(i).upper()}) dort." for i in range(n)),
    "listed ministers": lambda n: (
        "les ministres " + ", ".join(f"{_word(i)} {_word(i + 9)}" for i in range(n))
    ),
    "titles": lambda n: "M. Vernay " * n,
    "digits": lambda n: "7" * n,
    "figures": lambda n: "".join(f"On a vu {i + 10} bateaux. " for i in range(n)),
    "weekdays": lambda n: "mardi " * n,
    "days": lambda n: "12 mars 2031, " * n,
    "full stops": lambda n: "a. " * n,
    "lines": lambda n: "Le pont tient.\n" * n,
    "words": lambda n: "le pont est ouvert " * n,
    "consequences": lambda n: "La panne pourrait entraîner la perte du pont mardi. " * n,
    "openers": lambda n: "selon " * n + "« un pont qui tient tout l'hiver »",
    "quotes alone in one sentence": lambda n: "« un pont qui tient bon » " * n,
    "English quotes alone in one sentence": lambda n: "“a bridge that holds well” " * n,
    "straight quotes alone in one sentence": lambda n: '"a bridge that holds well" ' * n,
    "ministers who speak": lambda n: " ".join(
        f"Le ministre {_word(i)} {_word(i + 9)} dort. « Le pont est sûr », dit le ministre." for i in range(n)
    ),
    "verbs before a quote": lambda n: "dit et " * n + "« un pont qui tient tout l'hiver »",
    "bare numbers": lambda n: "7 " * n,
    "ranges": lambda n: "10 à 100 " * n,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", _GROWING)
def test_twice_the_text_is_twice_the_work(name: str, language: Language) -> None:
    """The lines executed grow with the text and not with its square."""
    make, size = _GROWING[name], 200
    _lines(make(20), language)  # tables and patterns are made on first use
    once, twice = _lines(make(size), language), _lines(make(2 * size), language)
    assert twice < 2.6 * once + 500


_MATCHED: dict[str, Callable[[int], str]] = {
    "a word": lambda n: "a" * 400 * n,
    "elisions": lambda n: "l'" * 20 * n,
    "hyphens": lambda n: "a-" * 200 * n,
    "digits": lambda n: "7" * 400 * n,
    "digits and commas": lambda n: "1," * 20 * n,
    "single marks": lambda n: " 'a" * 10 * n,
    "weekdays": lambda n: "mardi " * n,
    "days": lambda n: "12 mars " * 4 * n,
    "figures": lambda n: "12 bateaux ici. " * 4 * n,
    "words": lambda n: "le pont est ouvert " * 20 * n,
    "blanks": lambda n: "a. " + " " * 400 * n + "b",
}


@pytest.mark.parametrize("name", _MATCHED)
def test_twice_the_text_is_about_twice_the_matching(name: str) -> None:
    """Regular expressions do not run away: the processor time does not grow with the square."""
    make, size = _MATCHED[name], 1_000
    _seconds(make(10), "fr")
    assert _seconds(make(4 * size), "fr") < 5 * _seconds(make(2 * size), "fr") + 0.05


_STEPS: dict[str, tuple[int, Callable[[int], str]]] = {
    "exclamation marks": (25_000, lambda n: "!" * n),
    "ellipses": (25_000, lambda n: "…" * n),
    "mixed marks": (20_000, lambda n: ".!" * n),
    "empty lines": (50_000, lambda n: "\n" * n),
    "lines of a full stop": (5_000, lambda n: ".\n" * n),
    "bare numbers": (10_000, lambda n: "7 " * n),
    "ranges": (5_000, lambda n: "10 à 100 " * n),
    "verbs before a quote": (2_000, lambda n: "dit et " * n + "« un pont qui tient tout l'hiver »"),
    "quotes alone in one sentence": (500, lambda n: "« un pont qui tient bon » " * n),
    "ministers who speak": (
        400,
        lambda n: " ".join(
            f"Le ministre {_word(i)} {_word(i + 9)} dort. « Le pont est sûr », dit le ministre."
            for i in range(n)
        ),
    ),
}


def _quickest(article: Article) -> float:
    """The lesser processor time of two readings."""
    times = []
    for _ in range(2):
        begun = time.process_time()
        read(article)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("name", _STEPS)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    """The processor time stays well under the sixteen times that work in step with the square would take."""
    size, make = _STEPS[name]
    once, four = (Article("a", make(n), language="fr") for n in (size, 4 * size))
    read(once)
    assert _quickest(four) < 9 * _quickest(once) + 0.1


def test_a_headline_of_thousands_of_names_costs_little() -> None:
    """A headline without end is looked at only as far as a headline goes."""
    names = [f"Marc {_word(i + 70)}" for i in range(2_000)]
    bare = Article("a", " ".join(f"{name} dort." for name in names), language="fr")
    headed = Article("a", bare.text, title=", ".join(names), language="fr")
    read(bare)
    assert _quickest(headed) < 3 * _quickest(bare) + 0.3
