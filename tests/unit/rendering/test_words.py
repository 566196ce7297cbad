"""The words, dates and numbers of each language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from briefings.model import LANGUAGES, Language
from briefings.rendering.gaps import _KINDS
from briefings.rendering.words import Words, zone_of
from briefings.resources import data_folder


def written(language: Language) -> Catalog:
    path = data_folder("templates") / "locale" / language / "sitrep.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def used() -> set[str | tuple[str, ...]]:
    """Every message of the briefings' templates, as the Jinja extractor of `babel.cfg` finds them."""
    found = extract_from_dir(
        data_folder("templates"),
        [("*.md.j2", "jinja2")],
        {"*.md.j2": {"encoding": "utf-8", "silent": "false"}},
        {"_": None, "ngettext": (1, 2)},
    )
    return {message for _, _, message, _, _ in found}


#: What the code says by itself, for a status, a change, a moment that is not stated, a chart.
SPOKEN = {
    *("reported", "expected", "denied"),
    *("New", "Confirmed", "Contradicted", "Corrected", "Withdrawn"),
    "no date",
    *("by %(who)s", "since %(day)s", "one outlet", "several outlets", "Developments by day"),
    "Developments by month",
    *_KINDS.values(),
    "Chart of the timeline: %(n)s dated developments from %(first)s to %(last)s, most on %(most)s.",
    "Chart of “%(what)s”: %(n)s claims over time: %(claims)s.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: Language) -> None:
    """Each message of a template or the code has words in each language, in each plural form."""
    catalog = written(language)
    messages = used() | SPOKEN
    assert len(messages) > len(SPOKEN) + 10
    for message in messages:
        entry = catalog.get(message if isinstance(message, str) else message[0])
        assert entry is not None, message
        assert not entry.fuzzy
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert len(strings) == (catalog.num_plurals if isinstance(message, tuple) else 1)
        assert all(strings), message


def test_the_catalogues_hold_the_same_messages() -> None:
    """What one language can say, the other can."""
    french, english = ({str(entry.id) for entry in written(language)} for language in LANGUAGES)
    assert french == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_takes_the_values_of_its_message(language: Language) -> None:
    """Placeholders are the same in a message and its translation."""
    for entry in written(language):
        if entry.id:
            assert not list(entry.check(written(language)))
            strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
            expected = "%(n)s" in (entry.id if isinstance(entry.id, str) else entry.id[0])
            assert all(("%(n)s" in str(s)) is expected for s in strings)


def test_plurals_follow_the_language() -> None:
    """In French none is singular, in English plural."""
    french, english = Words("fr"), Words("en")
    said = [w.messages("%(n)s article", "%(n)s articles", n) for w in (french, english) for n in (0, 1, 2)]
    one, many = "%(n)s article", "%(n)s articles"
    assert said == [one, one, many, many, one, many]


def test_words_are_the_languages() -> None:
    """A message is said in the edition's language."""
    assert Words("fr").message("Key actors") == "Acteurs clés"
    assert Words("en").message("Key actors") == "Key actors"
    assert Words("fr").message("") == ""


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        ("2024-03-06", "6 mars 2024", "March 6, 2024"),
        ("2024-03", "mars 2024", "March 2024"),
        ("2024", "2024", "2024"),
        (date(2024, 3, 6), "6 mars 2024", "March 6, 2024"),
        (datetime(2024, 3, 6, 9, tzinfo=UTC), "6 mars 2024", "March 6, 2024"),
        (None, "", ""),
    ],
)
def test_a_day_is_as_precise_as_it_is_known(
    value: str | date | datetime | None, french: str, english: str
) -> None:
    """Days, months and years are each written in full, as the language writes them."""
    assert (Words("fr").day(value), Words("en").day(value)) == (french, english)


def test_a_short_day_follows_the_language() -> None:
    """The day stands before the month in French, after it in English."""
    assert Words("fr").day("2024-03-06", "d MMM") == "6 mars"
    assert Words("en").day("2024-03-06", "d MMM") == "Mar 6"


def test_a_weekday_is_named_where_the_day_is_known() -> None:
    """A month or a year has no weekday."""
    assert Words("fr").weekday("2024-03-06") == "mercredi 6 mars"
    assert Words("en").weekday("2024-03-06") == "Wednesday, March 6"
    assert Words("fr").weekday("2024-03") == "mars 2024"
    assert Words("en").weekday("2024") == "2024"


def test_a_moment_is_told_in_the_time_zone() -> None:
    """Late in the evening in UTC is the next day in Paris, and the afternoon in New York."""
    late = datetime(2024, 3, 6, 23, 30, tzinfo=UTC)
    assert plain(Words("fr", zone_of("Europe/Paris")).moment(late)) == "7 mars 2024 à 00:30"
    assert plain(Words("en", zone_of("America/New_York")).moment(late)) == "Mar 6, 2024, 18:30"
    assert Words("fr", zone_of("Europe/Paris")).day(late) == "7 mars 2024"


def test_a_moment_follows_summer_time() -> None:
    """Paris is two hours ahead of UTC in July."""
    summer = datetime(2024, 7, 1, 10, 0, 1, tzinfo=UTC)
    assert plain(Words("fr", zone_of("Europe/Paris")).moment(summer)) == "1 juil. 2024 à 12:00"


def test_a_moment_without_a_time_is_its_day() -> None:
    """Where an outlet gave the date alone, no zone moves it to another day."""
    dated = datetime(2024, 3, 6, tzinfo=UTC)
    assert Words("en", zone_of("America/New_York")).moment(dated) == "March 6, 2024"
    assert Words("fr").moment(None) == "sans date"


def test_numbers_follow_the_language() -> None:
    """The decimal mark and the thousands are the language's."""
    assert plain(Words("fr").number(1234567.5)) == "1 234 567,5"
    assert Words("en").number(1234567.5) == "1,234,567.5"
    assert Words("en").number(12.0) == "12"


def plain(text: str) -> str:
    """Every blank as a space."""
    return " ".join(text.split())


def test_an_unknown_time_zone_is_an_error() -> None:
    """A mistyped zone is never taken for UTC."""
    with pytest.raises(LookupError):
        zone_of("Europe/Nowhere")


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_date_alone_is_that_day_in_every_zone(zone: str) -> None:
    """A moment that is a date alone is moved to no other day, as a day or as a moment."""
    dated = datetime(2024, 3, 6, tzinfo=UTC)
    words = Words("en", zone_of(zone))
    assert words.day(dated) == words.moment(dated) == "March 6, 2024"
