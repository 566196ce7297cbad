"""When, as people write it in English and French, becomes a cron line, or is refused with what comes nearest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from cronsim import CronSim
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.when import Unsaid, When, examples, when
from briefings.model import Language

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
LANGUAGES: tuple[Language, ...] = ("en", "fr")
DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
# Minutes between fires that cron can keep even: what goes into an hour, and the hours that go into a day.
EVEN = sorted({d for d in range(1, 61) if 60 % d == 0} | {60 * h for h in range(1, 25) if 24 % h == 0})


def cron(text: str, language: Language = "en") -> str:
    found = when(text, language)
    assert isinstance(found, When), f"{text!r} is {found}"
    return found.cron


def unsaid(text: str, language: Language = "en") -> Unsaid:
    found = when(text, language)
    assert isinstance(found, Unsaid), f"{text!r} is {found}"
    return found


def first(line: str, number: int) -> list[datetime]:
    """The first fires of a cron line after a Sunday's midnight, in UTC."""
    return list(islice(CronSim(line, MONDAY - timedelta(seconds=1)), number))


def gap(text: str, language: Language) -> timedelta:
    """The one time between fires of a schedule, over three days."""
    ticks = CronSim(cron(text, language), MONDAY - timedelta(seconds=1))
    found = list(takewhile(lambda m: m <= MONDAY + timedelta(days=3), ticks))
    (only,) = {b - a for a, b in pairwise(found)}
    return only


# ---- what is understood ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every weekday at 8:30", "30 8 * * 1-5"),
        ("Weekdays at 8:30", "30 8 * * 1-5"),
        ("8:30 on weekdays", "30 8 * * 1-5"),
        ("week-days at 08:30", "30 8 * * 1-5"),
        ("working days at 8", "0 8 * * 1-5"),
        ("every business day at 8", "0 8 * * 1-5"),
        ("monday to friday at 8", "0 8 * * 1-5"),
        ("Monday through Friday, at 8", "0 8 * * 1-5"),
        ("monday until friday at 8", "0 8 * * 1-5"),
        ("Mon-Fri 8:30", "30 8 * * 1-5"),
        ("mon - fri at 8:30", "30 8 * * 1-5"),
        ("every day at 8", "0 8 * * *"),
        ("every day at 8am", "0 8 * * *"),
        ("every day at 8 pm", "0 20 * * *"),
        ("every day at 8:30PM", "30 20 * * *"),
        ("every day at 8 p.m.", "0 20 * * *"),
        ("every day at 12am", "0 0 * * *"),
        ("every day at 12pm", "0 12 * * *"),
        ("each day at 18:05", "5 18 * * *"),
        ("daily at 6:15", "15 6 * * *"),
        ("every day at 8 o'clock", "0 8 * * *"),
        ("8 o’clock every day", "0 8 * * *"),
        ("at 8:30", "30 8 * * *"),
        ("8:30", "30 8 * * *"),
        ("8.30", "30 8 * * *"),
        ("every day at noon", "0 12 * * *"),
        ("midday", "0 12 * * *"),
        ("every day at midnight", "0 0 * * *"),
        ("every day at 0:00", "0 0 * * *"),
        ("every day at 24:00", "0 0 * * *"),
        ("every day at 8 and 18", "0 8,18 * * *"),
        ("every day at 18:30, 8:30 and 12:30", "30 8,12,18 * * *"),
        ("every day at noon and 6pm", "0 12,18 * * *"),
        ("every monday at 9", "0 9 * * 1"),
        ("mondays at 9", "0 9 * * 1"),
        ("on Monday at 9:05", "5 9 * * 1"),
        ("every week on monday at 8", "0 8 * * 1"),
        ("every mon, wed and fri at 7", "0 7 * * 1,3,5"),
        ("Tuesdays and Thursdays at 12:30 pm", "30 12 * * 2,4"),
        ("tues & thurs at 7", "0 7 * * 2,4"),
        ("sunday at 20:00", "0 20 * * 7"),
        ("saturday to monday at 10", "0 10 * * 1,6,7"),
        ("every weekend at 10am", "0 10 * * 6,7"),
        ("weekends at 10", "0 10 * * 6,7"),
        ("monday to sunday at 10", "0 10 * * *"),
        ("weekdays and weekends at 10", "0 10 * * *"),
        ("every hour", "0 * * * *"),
        ("hourly", "0 * * * *"),
        ("hourly on weekdays", "0 * * * 1-5"),
        ("every 1 hour", "0 * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("every two hours", "0 */2 * * *"),
        ("every 2h", "0 */2 * * *"),
        ("every 120 minutes", "0 */2 * * *"),
        ("every 6 hours on monday", "0 */6 * * 1"),
        ("every 24 hours", "0 0 * * *"),
        ("every minute", "* * * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every fifteen mins", "*/15 * * * *"),
        ("every 30min", "*/30 * * * *"),
        ("every 60 minutes", "0 * * * *"),
        ("every hour from 8 to 18", "0 8-18 * * *"),
        ("every 2 hours between 8am and 6pm on weekdays", "0 8-18/2 * * 1-5"),
        ("from 9 to 17, every 30 minutes", "*/30 9-17 * * *"),
        ("on the 1st of each month at 8", "0 8 1 * *"),
        ("the 15th of every month at noon", "0 12 15 * *"),
        ("on the 15th and the 1st of each month at 8:00", "0 8 1,15 * *"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_english_is_understood(text: str, expected: str, language: Language) -> None:
    """Whatever language the channel is in."""
    assert cron(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("en semaine à 8h30", "30 8 * * 1-5"),
        ("En semaine, à 8 h 30", "30 8 * * 1-5"),
        ("les jours ouvrés à 8h", "0 8 * * 1-5"),
        ("tous les jours ouvrables à 8h30", "30 8 * * 1-5"),
        ("jours de semaine à 8h", "0 8 * * 1-5"),
        ("du lundi au vendredi à 8h30", "30 8 * * 1-5"),
        ("lundi-vendredi 8h30", "30 8 * * 1-5"),
        ("du lundi jusqu'au vendredi à 8h", "0 8 * * 1-5"),
        ("lundi à vendredi à 8h", "0 8 * * 1-5"),
        ("tous les jours à 18h", "0 18 * * *"),
        ("TOUS LES JOURS À 18H", "0 18 * * *"),
        ("tous les jours a 18h", "0 18 * * *"),
        ("chaque jour à 18h05", "5 18 * * *"),
        ("tous les jours à 8 heures", "0 8 * * *"),
        ("tous les jours à 18:30", "30 18 * * *"),
        ("quotidien à 8h", "0 8 * * *"),
        ("quotidiennement à 8h", "0 8 * * *"),
        ("à 8h30", "30 8 * * *"),
        ("08h30", "30 8 * * *"),
        ("à 18 h", "0 18 * * *"),
        ("à midi", "0 12 * * *"),
        ("tous les jours à minuit", "0 0 * * *"),
        ("tous les jours à midi et à 18h", "0 12,18 * * *"),
        ("tous les jours à 8h et 18h", "0 8,18 * * *"),
        ("le lundi à 9h", "0 9 * * 1"),
        ("tous les lundis à 9h", "0 9 * * 1"),
        ("chaque semaine le lundi à 8h", "0 8 * * 1"),
        ("lundi, mercredi et vendredi à 8h", "0 8 * * 1,3,5"),
        ("mar. et jeu. à 8h", "0 8 * * 2,4"),
        ("dim. 20h", "0 20 * * 7"),
        ("samedi et dimanche à 9h30", "30 9 * * 6,7"),
        ("du vendredi au lundi à 8h", "0 8 * * 1,5,6,7"),
        ("le week-end à 10h", "0 10 * * 6,7"),
        ("les weekends à 10h", "0 10 * * 6,7"),
        ("toutes les heures", "0 * * * *"),
        ("chaque heure en semaine", "0 * * * 1-5"),
        ("toutes les 2 heures", "0 */2 * * *"),
        ("toutes les deux heures", "0 */2 * * *"),
        ("toutes les 2h", "0 */2 * * *"),
        ("toutes les douze heures", "0 */12 * * *"),
        ("toutes les minutes", "* * * * *"),
        ("toutes les 15 minutes", "*/15 * * * *"),
        ("toutes les quinze minutes", "*/15 * * * *"),
        ("toutes les 20 mn", "*/20 * * * *"),
        ("toutes les heures de 8h à 18h", "0 8-18 * * *"),
        ("toutes les 2 heures entre 8h et 18h, en semaine", "0 8-18/2 * * 1-5"),
        ("le 1er de chaque mois à 8h", "0 8 1 * *"),
        ("le 1er et le 15 de chaque mois à 8h", "0 8 1,15 * *"),
        ("le 15 du mois à midi", "0 12 15 * *"),
        ("chaque mois à 8h", "0 8 1 * *"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_french_is_understood(text: str, expected: str, language: Language) -> None:
    """With accents or without, whatever language the channel is in."""
    assert cron(text, language) == expected


@pytest.mark.parametrize(
    "text",
    [
        "  every   weekday\tat\n8:30 ",
        "every\u00a0weekday at\u202f8:30",
        "EVERY WEEKDAY AT 8:30",
        "e\u0301very weekday at 8:30",
        "ｅｖｅｒｙ ｗｅｅｋｄａｙ at ８:３０",
        "every weekday, at 8:30;",
    ],
)
def test_spaces_case_and_forms_of_letters_change_nothing(text: str) -> None:
    """As they come from phones and from what is pasted."""
    assert cron(text) == "30 8 * * 1-5"


@settings(deadline=None)
@given(
    st.sets(st.integers(1, 7), min_size=1), st.integers(0, 23), st.integers(0, 59), st.sampled_from(LANGUAGES)
)
def test_days_and_a_time_are_exactly_those(
    days: set[int], hour: int, minute: int, language: Language
) -> None:
    """Any days of a week, in both languages: fires at that time of those days alone."""
    named = ", ".join(DAYS[language][d - 1] for d in sorted(days, key=lambda d: d * 3 % 7))
    line = cron(
        f"{named} à {hour}h{minute:02}" if language == "fr" else f"{named} at {hour}:{minute:02}", language
    )
    expected = [
        MONDAY + timedelta(days=day, hours=hour, minutes=minute) for day in range(14) if day % 7 + 1 in days
    ]
    assert first(line, len(expected)) == expected


@pytest.mark.parametrize("begin", range(7))
@pytest.mark.parametrize("end", range(7))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_span_of_days_goes_round_the_week(begin: int, end: int, language: Language) -> None:
    """From any day to any other, both told in."""
    names = DAYS[language]
    line = cron(
        f"du {names[begin]} au {names[end]} à 8h"
        if language == "fr"
        else f"{names[begin]} to {names[end]} at 8",
        language,
    )
    days = {(begin + n) % 7 for n in range((end - begin) % 7 + 1)}
    assert {m.weekday() for m in first(line, 14)} == days


# ---- cron lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 8 * * 1-5", "30 8 * * 1-5"),
        ("0 */2 * * *", "0 */2 * * *"),
        ("*/7 * * * *", "*/7 * * * *"),
        ("0,30 8 * * *", "0,30 8 * * *"),
        ("1-5 8 * * *", "1-5 8 * * *"),
        ("0 8 * * MON-FRI", "0 8 * * mon-fri"),
        ("0 8 * JAN *", "0 8 * jan *"),
        ("0 8 L * *", "0 8 l * *"),
        ("0 8 * * 1#2", "0 8 * * 1#2"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("  0  8\t*\n* * ", "0 8 * * *"),
    ],
)
def test_a_cron_line_is_taken_as_it_is(text: str, expected: str) -> None:
    """In small letters, single spaces between."""
    assert cron(text) == expected


@pytest.mark.parametrize("day", ["0", "7", "sun"])
def test_sunday_has_crons_numbers(day: str) -> None:
    """Nought and seven."""
    assert {m.weekday() for m in first(cron(f"0 8 * * {day}"), 5)} == {6}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("@hourly", 3600), ("@daily", 86400), ("@midnight", 86400), ("@Weekly", 604800), (" @DAILY ", 86400)],
)
def test_a_nickname_is_its_cron_line(text: str, seconds: int) -> None:
    """In any case."""
    a, b = first(cron(text), 2)
    assert b - a == timedelta(seconds=seconds)


def test_monthly_is_on_its_first_day() -> None:
    """At its first minute."""
    assert [(m.day, m.hour, m.minute) for m in first(cron("@monthly"), 3)] == [(1, 0, 0)] * 3


@pytest.mark.parametrize(
    "text",
    [
        "60 * * * *",
        "0 24 * * *",
        "0 8 32 * *",
        "0 8 * 13 *",
        "0 8 * * 8",
        "0 0 30 2 *",
        "0 0 31 4 *",
        "0 0 */31 * 1#2",  # the first of a month is never its second Monday
        "*/0 * * * *",
        "5-1 * * * *",
        "0 8 ? * *",
        "0 8 15W * *",
        "H 8 * * *",
        "0 8 * *",
        "0 8 * * * *",
        "* * * * * *",
        "0 8 * * 2026 *",
        "@yearly",
        "@reboot",
        "@every 5m",
        "٣ 8 * * *",
        "-1 8 * * *",
        "0 8 * * mon-",
        ", , , , ,",
        "* * * * %",
    ],
)
def test_a_cron_line_that_cant_fire_is_none(text: str) -> None:
    """Nor is one of another program; the examples are told."""
    assert unsaid(text) == Unsaid(examples("en"))


# ---- what cron can't say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "near"),
    [
        ("every 90 minutes", "en", ("every hour", "every 2 hours")),
        ("every 45 minutes", "en", ("every 30 minutes", "every hour")),
        ("every 7 minutes", "en", ("every 6 minutes", "every 10 minutes")),
        ("every 5 hours", "en", ("every 4 hours", "every 6 hours")),
        ("every 18 hours", "en", ("every 12 hours", "every day at 8:00")),
        ("every 48 hours", "en", ("every day at 8:00",)),
        ("every 1000000 minutes", "en", ("every day at 8:00",)),
        ("every 9 hours on weekdays", "en", ("every 8 hours", "every 12 hours")),
        ("toutes les 90 minutes", "fr", ("toutes les heures", "toutes les 2 heures")),
        ("toutes les 5 heures", "fr", ("toutes les 4 heures", "toutes les 6 heures")),
        ("toutes les 25 minutes", "fr", ("toutes les 20 minutes", "toutes les 30 minutes")),
        ("toutes les 20 heures", "fr", ("toutes les 12 heures", "tous les jours à 8h")),
        ("toutes les 90 minutes", "en", ("every hour", "every 2 hours")),
        ("every 90 minutes", "fr", ("toutes les heures", "toutes les 2 heures")),
    ],
)
def test_an_uneven_interval_is_refused_with_its_neighbours(
    text: str, language: Language, near: tuple[str, ...]
) -> None:
    """The next shorter and the next longer, in the language of the channel."""
    assert unsaid(text, language) == Unsaid(near, uneven=True)


@settings(deadline=None)
@given(st.integers(1, 3000), st.sampled_from(LANGUAGES))
@example(1, "en")
@example(59, "fr")
@example(1439, "en")
@example(1440, "fr")
@example(1441, "en")
def test_an_interval_is_even_or_between_the_nearest_even_ones(minutes: int, language: Language) -> None:
    """An even one is kept through the days; else no even one lies between it and those proposed."""
    said = f"toutes les {minutes} minutes" if language == "fr" else f"every {minutes} minutes"
    if minutes in EVEN:
        assert gap(said, language) == timedelta(minutes=minutes)
        return
    found = unsaid(said, language)
    assert found.uneven
    around = [max(e for e in EVEN if e < minutes), *[e for e in EVEN if e > minutes][:1]]
    assert [gap(n, language) for n in found.near] == [timedelta(minutes=e) for e in around]


@pytest.mark.parametrize(
    "text",
    [
        "every other day",
        "every other day at 8",
        "every 2 days",
        "every three days at 8",
        "un jour sur deux",
        "un jour sur deux à 8h",
        "tous les deux jours",
        "tous les 3 jours à 8h",
    ],
)
def test_some_days_are_every_day_or_three_of_a_week(text: str) -> None:
    """Cron counts no days over the end of a month."""
    assert unsaid(text) == Unsaid(("every day at 8:00", "Monday, Wednesday and Friday at 8:00"), uneven=True)
    assert unsaid(text, "fr") == Unsaid(
        ("tous les jours à 8h", "lundi, mercredi et vendredi à 8h"), uneven=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "every other week",
        "every 2 weeks",
        "every two weeks on monday at 8",
        "every 3 months at 8",
        "une semaine sur deux",
        "toutes les deux semaines",
        "tous les 2 mois",
    ],
)
def test_some_weeks_are_every_week_or_twice_a_month(text: str) -> None:
    """Cron counts no weeks."""
    assert unsaid(text) == Unsaid(
        ("every Monday at 8:00", "on the 1st and 15th of each month at 8:00"), uneven=True
    )
    assert unsaid(text, "fr") == Unsaid(
        ("tous les lundis à 8h", "le 1er et le 15 de chaque mois à 8h"), uneven=True
    )


def test_times_of_different_minutes_are_proposed_each() -> None:
    """One cron line has its minutes in all its hours; the days stay."""
    assert unsaid("every day at 8:30 and 18:00") == Unsaid(
        ("every day at 8:30", "every day at 18:00"), uneven=True
    )
    assert unsaid("en semaine à 8h30 et 18h", "fr") == Unsaid(
        ("en semaine à 8h30", "en semaine à 18h00"), uneven=True
    )
    assert unsaid("mondays and sundays at 7:15 and noon") == Unsaid(
        ("Monday, Sunday at 7:15", "Monday, Sunday at 12:00"), uneven=True
    )


@pytest.mark.parametrize(
    ("text", "language", "near"),
    [
        ("every day", "en", ("every day at 8:00", "every day at 18:00")),
        ("daily", "en", ("every day at 8:00", "every day at 18:00")),
        ("weekdays", "en", ("every weekday at 8:00", "every weekday at 18:00")),
        ("every monday", "en", ("Monday at 8:00", "Monday at 18:00")),
        ("weekends", "en", ("Saturday, Sunday at 8:00", "Saturday, Sunday at 18:00")),
        ("every week at 8", "en", ("Monday at 8:00", "Monday at 18:00")),
        ("tous les jours", "fr", ("tous les jours à 8h00", "tous les jours à 18h00")),
        ("en semaine", "fr", ("en semaine à 8h00", "en semaine à 18h00")),
        ("tous les lundis", "fr", ("lundi à 8h00", "lundi à 18h00")),
    ],
)
def test_days_without_a_time_are_proposed_with_one(
    text: str, language: Language, near: tuple[str, ...]
) -> None:
    """No time is guessed, and it is not for being uneven that they are refused."""
    assert unsaid(text, language) == Unsaid(near)


# ---- what is no schedule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "x",
        "never",
        "the board",
        "crisis",
        "n'importe quoi",
        "tomorrow at 8",
        "demain à 8h",
        "aujourd'hui à 8h",
        "in 2 hours",
        "twice a day",
        "deux fois par jour",
        "every day at 25:00",
        "every day at 8:75",
        "every day at 8.5",
        "every day at 13pm",
        "every day at 0am",
        "every day at 24:01",
        "at 1830",
        "8:30:00",
        "every 0 minutes",
        "every -5 minutes",
        "every 1.5 hours",
        "every seventeen minutes",
        "every hour at night",
        "every 2 hours at 8",
        "every hour on the 1st of each month",
        "every hour from 18 to 8",
        "every hour from 8:30 to 18:00",
        "every day from 8 to 18",
        "9-17",
        "2026-03-01 8:00",
        "every day except sunday at 8",
        "tous les jours sauf le dimanche à 8h",
        "first monday of each month at 8",
        "monday the 1st of each month at 8",
        "on the 32nd of each month at 8",
        "on the 0 of each month at 8",
        "every day at 18:00 CET",
        "every funday at 8",
        "8:30 🎉",
        "½ past 8",
        "%(cron)s",
        "'; DROP TABLE editions; --",
        "<b>8:30</b>",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_wholly_understood_is_refused(text: str, language: Language) -> None:
    """Rather than to guess from the rest of it; the examples are told, in the language of the channel."""
    assert unsaid(text, language) == Unsaid(examples(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_are_understood(language: Language) -> None:
    """Each is a schedule of its own."""
    assert len({cron(e, language) for e in examples(language)}) > 1
    assert cron(examples(language)[0], language) == cron(examples(language)[-1], language)


# ---- whatever is typed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "every day at 8\0",
        "0 8 * * *\0",
        "\ud800 8:30",
        "\u202e03:8 yadkeew yreve",
        "8:30\u200b",
        "every " + "9" * 1500 + " minutes",
        "every " + "9" * 5000 + " hours",
        "every day at " + "9" * 5000,
        "9" * 1500 + " * * * *",
        "every " * 1000,
        "monday-" * 300,
        "every " + "a" * 5000,
        "a" * 20000,
        "-" * 20000,
        "* " * 5000,
        "\u0301" * 5000,
        "١٢:٣٠ every day of the moon",
        "ﷺ" * 500,
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_hostile_is_refused(text: str, language: Language) -> None:
    """Long numbers, long texts, letters that aren't any: no error, and proposals that are understood."""
    for near in unsaid(text, language).near:
        cron(near, language)


WORDS = (
    "every each at on the of and other from to between weekday weekdays weekend day days week month hour hours minute"
    " minutes daily hourly noon midnight monday mon tuesday sun am pm 1st 15th fifteen two tous toutes les le la du au à"
    " de et chaque jour jours heures heure semaine mois midi minuit lundi lundis mar dim. en ouvrés deux quinze un sur"
    " 0 1 2 7 8 8h 8h30 18:00 8:30 24:00 25 90 99999 * */5 1-5 0,30 8-18/2 L 1#2 , - . : ½ ² ٣ \0 @daily"
).split(" ")
TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    st.text(alphabet="0123456789*/,-lLwW#?abcdefghijklmnopqrstuvwxyz ", max_size=40),
    st.lists(
        st.from_regex(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?(,[0-9]{1,2})?|[a-z]{3}|l|[0-7]#[0-6]", fullmatch=True),
        min_size=5,
        max_size=5,
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(TYPED, st.sampled_from(LANGUAGES))
def test_whatever_is_typed_is_a_schedule_or_proposals_that_are(text: str, language: Language) -> None:
    """Nothing raises; a cron line has five fields and fires; each proposal is understood in its language."""
    found = when(text, language)
    lines = [found.cron] if isinstance(found, When) else [cron(n, language) for n in found.near]
    assert lines
    for line in lines:
        assert len(line.split(" ")) == 5
        assert next(CronSim(line, MONDAY)) > MONDAY


@settings(max_examples=100, deadline=None)
@given(TYPED)
def test_the_language_changes_only_what_is_proposed(text: str) -> None:
    """What is a schedule in one is the same in the other."""
    english, french = when(text, "en"), when(text, "fr")
    if isinstance(english, When):
        assert french == english
    else:
        assert isinstance(french, Unsaid)
        assert french.uneven == english.uneven


@settings(max_examples=100, deadline=None)
@given(TYPED)
def test_a_cron_line_that_came_of_words_is_its_own(text: str) -> None:
    """What is stored can be typed again."""
    found = when(text)
    if isinstance(found, When):
        assert when(found.cron) == found


# ---- numbers that are no times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("every month at 8", "0 8 1 * *"),
        ("8am and 6pm every day", "0 8,18 * * *"),
        ("8h et 18h en semaine", "0 8,18 * * 1-5"),
        ("8h le lundi et mardi", "0 8 * * 1,2"),
        ("once a day at 8", "0 8 * * *"),
        ("une fois par jour à 8h", "0 8 * * *"),
        ("tous les jours à 8 heures 30", "30 8 * * *"),
        ("tous les jours à midi 15", "15 12 * * *"),
        ("tous les mois le 15 à 8h", "0 8 15 * *"),
        ("toutes les demi-heures", "*/30 * * * *"),
    ],
)
def test_what_looks_like_something_else_is_understood(text: str, cron: str) -> None:
    """Words that begin with a digit are no cron line; minutes stand after hours in several ways."""
    assert when(text) == When(cron)


@pytest.mark.parametrize(
    "text",
    [
        "le 15 à 8h", "on the 3 at 2", "10 past 8", "10 to 8", "dans 2 heures", "tous les jours 8h à 18h", "15 mar at 8",
        "every monday to every friday at 8", "every 24 hours from 8 to 18", "9" * 5000 + " * * * *",
    ],
)  # fmt: skip
def test_a_number_that_may_be_something_else_is_no_time(text: str) -> None:
    """A schedule that nobody meant is worse than a question."""
    assert isinstance(when(text), Unsaid)
