"""A day as people type it, in French and English."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.days import day_since
from briefings.rendering.words import zone_of

NOW = datetime(2025, 3, 11, 8, tzinfo=UTC)  # a Tuesday
LATEST = datetime(2023, 11, 20, 8, tzinfo=UTC)  # the story's newest article, on a Monday


def day(text: str, now: datetime = NOW, zone: tzinfo = UTC, latest: datetime | None = LATEST) -> str | None:
    return day_since(text, now, zone, latest)


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-08",
        "08/11/2023",
        "8/11/2023",
        "8 novembre 2023",
        "8 nov. 2023",
        "8 november 2023",
        "November 8, 2023",
        "Nov 8, 2023",
        "mercredi 8 novembre 2023",
        "Wednesday, November 8, 2023",
        "8 NOV 2023",
        " 8 nov 2023 ",
    ],
)
def test_a_whole_date_is_that_day(text: str) -> None:
    """In both languages, the day before the month, whatever the story's days are."""
    assert day(text) == day(text, latest=None) == "2023-11-08"


@pytest.mark.parametrize(
    "text", ["18 nov", "nov 18", "18 novembre", "le 18 novembre", "November 18", "18/11"]
)
def test_a_day_without_a_year_is_the_storys(text: str) -> None:
    """The last such day up to the newest article; without articles the last one up to now."""
    assert day(text) == "2023-11-18"
    assert day(text, latest=None) == "2024-11-18"


def test_a_day_after_the_newest_article_is_a_year_earlier() -> None:
    """The day that is meant is never one that the story has not come to."""
    assert day("21 november") == "2022-11-21"
    assert day("20 november") == "2023-11-20"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2025-03-11"),
        ("aujourd'hui", "2025-03-11"),
        ("yesterday", "2025-03-10"),
        ("hier", "2025-03-10"),
        ("Hier", "2025-03-10"),
        ("avant-hier", "2025-03-09"),
        ("3 days ago", "2025-03-08"),
        ("il y a 3 jours", "2025-03-08"),
        ("il y a une semaine", "2025-03-04"),
        ("2 weeks ago", "2025-02-25"),
    ],
)
@pytest.mark.parametrize("latest", [LATEST, NOW, None])
def test_what_is_said_from_now_counts_from_now(text: str, expected: str, latest: datetime | None) -> None:
    """Whenever the story's articles are from."""
    assert day(text, latest=latest) == expected


def test_a_day_is_the_zones() -> None:
    """Late in the evening in UTC, today is tomorrow in Tokyo and still yesterday's day in New York."""
    late = datetime(2023, 11, 20, 23, 30, tzinfo=UTC)
    early = datetime(2023, 11, 20, 3, 30, tzinfo=UTC)
    assert day("today", late, zone_of("Asia/Tokyo"), late) == "2023-11-21"
    assert day("today", late, UTC, late) == "2023-11-20"
    assert day("today", early, zone_of("America/New_York"), early) == "2023-11-19"


@pytest.mark.parametrize("text", ["2023-11", "nov 2023", "novembre 2023", "November 2023"])
def test_a_month_begins_with_its_first_day(text: str) -> None:
    """Since a month is since its beginning."""
    assert day(text) == "2023-11-01"


def test_a_month_without_a_year_is_the_storys() -> None:
    """Its first day."""
    assert day("november") == day("novembre") == "2023-11-01"


def test_a_year_begins_with_its_first_day() -> None:
    """Since a year is since its beginning."""
    assert day("2023") == "2023-01-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "crisis",
        "the board",
        "2023-13-45",
        "31 november",
        "99999999999 years ago",
        "il y a 99999 ans",
        "in 9999 years",
        "1e9",
        "١٨ نوفمبر",
        "\ud800",
        "%(day)s",
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    """And no error, however large the number."""
    assert day(text) is None


TYPED = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            ["18", "31", "nov", "février", "hier", "yesterday", "il y a", "ago", "days", "ans", "2023", "0", "-", "/", ":",
             "lundi", "next", "last", "in", "dans", "9999", "0001", "+01:00", "T10", "am", "siècle"]
        ),
        max_size=6,
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=60, deadline=None)  # the first call imports dateparser
@given(
    TYPED,
    st.sampled_from([LATEST, NOW, None]),
)
@example("9999-12-31", LATEST)
@example("0001-01-01", LATEST)
def test_whatever_is_typed_is_a_day_or_none(text: str, latest: datetime | None) -> None:
    """Nothing raises, and a day is an ISO day."""
    found = day(text, latest=latest)
    assert found is None or date.fromisoformat(found).isoformat() == found


@pytest.mark.parametrize("text", ["a", "10:30", "noon"])
def test_what_names_no_day_is_no_day(text: str) -> None:
    """Rather none than a guess."""
    assert day(text) is None


def test_a_day_without_a_year_is_the_storys_on_its_anniversary_too() -> None:
    """A year to the day after the newest article."""
    assert day("18 nov", datetime(2024, 11, 20, 8, tzinfo=UTC)) == "2023-11-18"


@pytest.mark.parametrize("text", ["2023-11-08T23:00", "2023-11-08 23:00", "2023-11-08T23:00:00Z"])
def test_a_moment_is_its_day(text: str) -> None:
    """A time beside the day is no matter."""
    assert day(text) == "2023-11-08"
