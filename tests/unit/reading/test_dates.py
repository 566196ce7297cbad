"""Calendar expressions, resolved against the day of publication: here Wednesday 12 March 2031."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from briefings.model import Article, Language
from briefings.reading import read
from briefings.reading.dates import dates
from briefings.reading.text import cut

_DAY = date(2031, 3, 12)


def _dates(raw: str, language: Language = "fr", day: date | None = _DAY) -> list[tuple[str, str | None]]:
    return [(d.span.of(raw), d.value) for d in dates(cut(raw, language), day)]


@pytest.mark.parametrize(
    ("raw", "text", "value"),
    [
        ("Le pont a fermé mardi.", "mardi", "2031-03-11"),
        ("Le pont a fermé mercredi.", "mercredi", "2031-03-12"),
        ("Le pont a fermé dimanche matin.", "dimanche", "2031-03-09"),
        ("Le pont fermera vendredi.", "vendredi", "2031-03-14"),
        ("Le pont a fermé vendredi dernier.", "vendredi dernier", "2031-03-07"),
        ("Le pont a fermé mercredi dernier.", "mercredi dernier", "2031-03-05"),
        ("Le pont fermera lundi prochain.", "lundi prochain", "2031-03-17"),
        ("Le pont fermera mercredi prochain.", "mercredi prochain", "2031-03-19"),
        ("Le pont a fermé avant-hier.", "avant-hier", "2031-03-10"),
        ("Le pont a fermé hier.", "hier", "2031-03-11"),
        ("Le pont ferme aujourd'hui.", "aujourd'hui", "2031-03-12"),
        ("Le pont ferme aujourd’hui.", "aujourd’hui", "2031-03-12"),
        ("Le pont fermera demain.", "demain", "2031-03-13"),
        ("Le pont a fermé il y a trois jours.", "il y a trois jours", "2031-03-09"),
        ("Le pont a fermé dès mercredi.", "mercredi", "2031-03-12"),
        ("Le pont a fermé dès vendredi.", "vendredi", "2031-03-07"),
        ("Dès lundi, le pont a fermé.", "lundi", "2031-03-10"),
        ("Le pont fermera dès vendredi.", "vendredi", "2031-03-14"),
    ],
)
def test_a_relative_day_in_french(raw: str, text: str, value: str) -> None:
    """A weekday is the last one, or the coming one where the verb or "prochain" says so."""
    assert _dates(raw) == [(text, value)]


@pytest.mark.parametrize(
    ("raw", "text", "value"),
    [
        ("The bridge closed on Tuesday.", "Tuesday", "2031-03-11"),
        ("The bridge closed Wednesday.", "Wednesday", "2031-03-12"),
        ("The bridge will close on Friday.", "Friday", "2031-03-14"),
        ("The bridge was due to close on Friday.", "Friday", "2031-03-14"),
        ("The bridge closed last Friday.", "last Friday", "2031-03-07"),
        ("The bridge will close next Monday.", "next Monday", "2031-03-17"),
        ("The bridge closed the day before yesterday.", "the day before yesterday", "2031-03-10"),
        ("The bridge closed yesterday.", "yesterday", "2031-03-11"),
        ("The bridge closes today.", "today", "2031-03-12"),
        ("The bridge will close tomorrow.", "tomorrow", "2031-03-13"),
        ("The bridge closed three days ago.", "three days ago", "2031-03-09"),
    ],
)
def test_a_relative_day_in_english(raw: str, text: str, value: str) -> None:
    """The same in English, with "last" and "next" before the day."""
    assert _dates(raw, "en") == [(text, value)]


@pytest.mark.parametrize(
    ("raw", "language", "text", "value"),
    [
        ("Il a fermé le 1er mars 2029.", "fr", "1er mars 2029", "2029-03-01"),
        ("Il a fermé mardi 11 mars 2031.", "fr", "mardi 11 mars 2031", "2031-03-11"),
        ("Il a fermé le 7 janvier.", "fr", "7 janvier", "2031-01-07"),
        ("Il a fermé le 7 décembre.", "fr", "7 décembre", "2030-12-07"),
        ("Il fermera le 2 avril.", "fr", "2 avril", "2031-04-02"),
        ("Il a fermé le mardi 4 mars.", "fr", "mardi 4 mars", "2031-03-04"),
        ("Il a fermé le 2030-11-05.", "fr", "2030-11-05", "2030-11-05"),
        ("Il a fermé le 05/11/2030.", "fr", "05/11/2030", "2030-11-05"),
        ("It closed on March 1, 2029.", "en", "March 1, 2029", "2029-03-01"),
        ("It closed on 1 March 2029.", "en", "1 March 2029", "2029-03-01"),
        ("It closed on January 7.", "en", "January 7", "2031-01-07"),
        ("It closed on Dec. 7.", "en", "Dec. 7", "2030-12-07"),
        ("It will close on April 2.", "en", "April 2", "2031-04-02"),
        ("It closed Tuesday, March 11.", "en", "Tuesday, March 11", "2031-03-11"),
        ("It closed on 2030-11-05.", "en", "2030-11-05", "2030-11-05"),
        ("It closed on 11/05/2030.", "en", "11/05/2030", "2030-11-05"),
    ],
)
def test_a_day_of_the_calendar(raw: str, language: Language, text: str, value: str) -> None:
    """A day without a year is the nearest one; day and month stand as the language writes them."""
    assert _dates(raw, language) == [(text, value)]


@pytest.mark.parametrize(
    ("raw", "language", "value"),
    [
        ("Il a fermé en juin 2028.", "fr", "2028-06"),
        ("Il a fermé en novembre.", "fr", "2030-11"),
        ("Il fermera fin juin.", "fr", "2031-06"),
        ("Il a fermé à la mi-novembre.", "fr", "2030-11"),
        ("Il a fermé mi-novembre.", "fr", "2030-11"),
        ("Il fermera à la mi-juin.", "fr", "2031-06"),
        ("Il a fermé le mois dernier.", "fr", "2031-02"),
        ("Il fermera la semaine prochaine.", "fr", "2031-03"),
        ("Il a fermé en 2019.", "fr", "2019"),
        ("Il a fermé il y a deux ans.", "fr", "2029"),
        ("Il a fermé l'année dernière.", "fr", "2030"),
        ("Il fermera l'an prochain.", "fr", "2032"),
        ("It closed in June 2028.", "en", "2028-06"),
        ("It closed in November.", "en", "2030-11"),
        ("It closed last month.", "en", "2031-02"),
        ("It will close next week.", "en", "2031-03"),
        ("It closed in 2019.", "en", "2019"),
        ("It closed two years ago.", "en", "2029"),
        ("It closed last year.", "en", "2030"),
    ],
)
def test_a_value_is_as_precise_as_its_text(raw: str, language: Language, value: str) -> None:
    """A month gives a month and a year a year; a week gives its month."""
    assert [v for _, v in _dates(raw, language)] == [value]


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le pont ferme chaque lundi.", "fr"),
        ("Il y a 2000 euros ici.", "fr"),
        ("Ils sont 2031 personnes.", "fr"),
        ("The bridge closes every Monday.", "en"),
        ("He may close it, and they march on.", "en"),
        ("It cost $2000 to build.", "en"),
    ],
)
def test_what_only_looks_like_a_date_is_none(raw: str, language: Language) -> None:
    """Set expressions, sums, counts and verbs are no dates."""
    assert _dates(raw, language) == []


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Il a fermé le 30 février 2031.", "fr"),
        ("It closed on Feb. 30, 2031.", "en"),
        ("Vu le 2031-13-45.", "fr"),
    ],
)
def test_a_day_that_does_not_exist_has_no_value(raw: str, language: Language) -> None:
    """An impossible day is kept as printed, without a value."""
    assert [v for _, v in _dates(raw, language)] == [None]


@pytest.mark.parametrize(
    ("raw", "language"),
    [("Il ferme hier, mardi et le 7 janvier.", "fr"), ("It closed yesterday and on Tuesday.", "en")],
)
def test_without_a_day_of_publication_relative_days_have_no_value(raw: str, language: Language) -> None:
    """Nothing is guessed where the article states no day."""
    found = _dates(raw, language, None)
    assert found
    assert {v for _, v in found} == {None}


def test_full_dates_need_no_day_of_publication() -> None:
    """A date with its year stands by itself."""
    assert _dates("Il a fermé le 1er mars 2029.", day=None) == [("1er mars 2029", "2029-03-01")]


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Il a fermé le 3 mars. Le lendemain, il a rouvert.", "fr"),
        ("It closed on March 3. The next day it reopened.", "en"),
    ],
)
def test_the_next_day_follows_the_day_named_last(raw: str, language: Language) -> None:
    """ "le lendemain" counts from the date before it."""
    assert [v for _, v in _dates(raw, language)] == ["2031-03-03", "2031-03-04"]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31), date(2032, 2, 29)])
def test_the_ends_of_the_calendar_break_nothing(day: date) -> None:
    """Days beyond the calendar have no value rather than an error."""
    raw = "Hier, demain, lundi prochain, lundi dernier, il y a dix ans, le 29 février, fin juin, en décembre."
    assert len(_dates(raw, day=day)) >= 6


def test_the_moment_of_publication_gives_its_day() -> None:
    """The reading resolves against the date of the article's moment of publication."""
    article = Article("a", "Le pont a fermé hier.", published=datetime(2031, 3, 12, 23, 59, tzinfo=UTC))
    assert [d.value for d in read(article).dates] == ["2031-03-11"]
