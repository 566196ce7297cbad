"""Developments and consequences. The day of publication is Wednesday 12 March 2031."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from briefings.model import Article, Language, Reading, Status
from briefings.reading import read

_PUBLISHED = datetime(2031, 3, 12, 9, tzinfo=UTC)


def _read(raw: str, language: Language = "fr", published: datetime | None = _PUBLISHED) -> Reading:
    return read(Article("a", raw, language=language, published=published))


@pytest.mark.parametrize(
    ("raw", "language", "day", "concept"),
    [
        ("Une explosion a détruit le vieux pont mardi.", "fr", "2031-03-11", "attacked"),
        ("Le vieux pont a été fermé le 3 mars 2031 par la police.", "fr", "2031-03-03", "closed"),
        ("Le maire Armel Quintin a démissionné lundi après la panne.", "fr", "2031-03-10", "resigned"),
        ("An explosion destroyed the old bridge on Tuesday.", "en", "2031-03-11", "attacked"),
        ("The old bridge was closed on March 3, 2031 by the council.", "en", "2031-03-03", "closed"),
        ("The mayor Arthur Quintin resigned on Monday after the outage.", "en", "2031-03-10", "resigned"),
    ],
)
def test_a_dated_event_is_a_development(raw: str, language: Language, day: str, concept: str) -> None:
    """A sentence that reports an event on a day gives that day and its kind."""
    (development,) = _read(raw, language).developments
    assert (development.date, development.concept) == (day, concept)
    assert development.span.of(raw) == raw


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le vieux pont sera fermé le 3 avril 2031 par la police.", "fr"),
        ("The old bridge will be closed on April 3, 2031 by the council.", "en"),
    ],
)
def test_a_plan_is_no_development(raw: str, language: Language) -> None:
    """What is to come on a later day has not happened."""
    assert _read(raw, language).developments == ()


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("La fermeture a provoqué des files devant les magasins.", "fr"),
        ("The outage caused long lines outside the shops.", "en"),
    ],
)
def test_the_lede_happened_on_the_day_of_publication(raw: str, language: Language) -> None:
    """A first sentence in the past without a date is dated by the article."""
    assert [d.date for d in _read(raw, language).developments] == ["2031-03-12"]


def test_an_undated_sentence_further_down_is_no_development() -> None:
    """Only the lede may go without a date."""
    raw = "La ville est au bord de la mer depuis toujours. La police a fermé le vieux pont en bois."
    assert all(raw[d.span.start :].startswith("La ville") for d in _read(raw).developments)


def test_without_a_day_of_publication_only_full_dates_make_developments() -> None:
    """A relative day fixes nothing where the article states no day."""
    assert _read("Une explosion a détruit le vieux pont mardi.", published=None).developments == ()
    raw = "Une explosion a détruit le vieux pont le 3 mars 2031."
    assert [d.date for d in _read(raw, published=None).developments] == ["2031-03-03"]


def test_a_development_names_who_stands_in_it() -> None:
    """The actors of the sentence go with it, in order."""
    raw = "Odile Vernay a rencontré Armel Quintin mardi devant le pont."
    (development,) = _read(raw).developments
    assert development.actors == ("Odile Vernay", "Armel Quintin")


@pytest.mark.parametrize(
    ("raw", "language", "status"),
    [
        ("La fermeture pourrait entraîner la perte de 300 emplois.", "fr", Status.EXPECTED),
        ("En raison de la panne, 300 foyers ont été évacués hier.", "fr", Status.REPORTED),
        ("La fermeture a provoqué des pertes pour les marchands.", "fr", Status.REPORTED),
        ("La panne n'aura aucune conséquence sur les bateaux.", "fr", Status.DENIED),
        ("Les écoles ne seront pas touchées, selon la mairie.", "fr", Status.DENIED),
        ("The closure could lead to the loss of 300 jobs here.", "en", Status.EXPECTED),
        ("As a result of the outage, 300 homes were evacuated.", "en", Status.REPORTED),
        ("The closure caused heavy losses for the shopkeepers.", "en", Status.REPORTED),
        ("Schools will not be affected by the closure of the bridge.", "en", Status.DENIED),
    ],
)
def test_a_consequence_has_a_status(raw: str, language: Language, status: Status) -> None:
    """An effect has come, may come, or is said not to."""
    (consequence,) = _read(raw, language).consequences
    assert consequence.status is status
    assert consequence.span.of(raw) == raw


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("La ville est au bord de la mer depuis toujours.", "fr"),
        ("Le vieux pont est en bois et en pierre.", "fr"),
        ("The town is by the sea and has two bridges.", "en"),
    ],
)
def test_context_is_no_consequence(raw: str, language: Language) -> None:
    """A sentence that tells of no effect weighs too little."""
    assert _read(raw, language).consequences == ()


def test_a_consequence_names_whom_it_falls_on() -> None:
    """The actors of the sentence are those affected."""
    raw = "La fermeture a provoqué des pertes pour le Collectif des Dunes."
    (consequence,) = _read(raw).consequences
    assert consequence.on == ("Collectif des Dunes",)


def test_a_sentence_too_long_to_say_one_thing_is_left_out() -> None:
    """A run of thousands of characters without an end is no development and no consequence."""
    raw = "Une explosion a détruit mardi le pont, ce qui pourrait entraîner des pertes, " * 40
    reading = _read(raw)
    assert (reading.developments, reading.consequences) == ((), ())
