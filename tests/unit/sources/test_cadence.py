"""When a feed is asked again: by what it brought, how long it holds, and how often it failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.settings import Sources
from briefings.sources.cadence import Cadence, after_failure, after_success

NOW = datetime(2031, 3, 12, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
USUAL = Sources.model_validate({})
NARROW = Sources.model_validate({"least_minutes": 10, "most_minutes": 60})

moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def every(seconds: float, count: int = 20, latest: datetime = NOW) -> list[datetime]:
    """The times of `count` entries, one each `seconds`, the newest first."""
    return [latest - timedelta(seconds=seconds * n) for n in range(count)]


def waited(cadence: Cadence) -> float:
    return (cadence.due - NOW).total_seconds()


# ---- what it brought -----------------------------------------------------------------------------------------------


def test_a_feed_that_brought_something_is_asked_sooner() -> None:
    """Half of the time before, where its entries have no dates."""
    found = after_success(4 * HOUR, NOW, USUAL, news=True)
    assert found == Cadence(2 * HOUR, NOW + timedelta(hours=2))


def test_a_feed_that_brought_nothing_is_asked_more_seldom() -> None:
    """Half as long again, whatever its old entries' dates are."""
    found = after_success(4 * HOUR, NOW, USUAL, news=False, published=every(60))
    assert found == Cadence(6 * HOUR, NOW + timedelta(hours=6))


def test_a_busy_feed_is_asked_by_how_often_it_publishes() -> None:
    """An entry every hour: it is asked every half hour at once, not by halves of a day."""
    assert after_success(DAY, NOW, USUAL, news=True, published=every(HOUR)).interval == HOUR / 2


def test_a_quiet_feed_that_brought_something_is_still_asked_sooner() -> None:
    """An entry a week does not make the time longer than half of the one before."""
    assert after_success(HOUR, NOW, USUAL, news=True, published=every(7 * DAY)).interval == HOUR / 2


def test_only_the_newest_entries_tell_how_busy_a_feed_is() -> None:
    """An archive of a hundred old entries does not hide that ten came within an hour."""
    busy = every(6 * MINUTE, 10)
    old = every(30 * DAY, 100, NOW - timedelta(days=300))
    assert after_success(DAY, NOW, USUAL, news=True, published=[*old, *busy]).interval == 5 * MINUTE
    alone = after_success(DAY, NOW, USUAL, news=True, published=every(HOUR, 10))
    assert after_success(DAY, NOW, USUAL, news=True, published=[*old, *every(HOUR, 10)]) == alone


def test_the_order_of_the_entries_does_not_matter() -> None:
    """Feeds list the newest first, last, or by what is read most."""
    times = every(HOUR, 12)
    expected = after_success(DAY, NOW, USUAL, news=True, published=times)
    assert after_success(DAY, NOW, USUAL, news=True, published=times[::-1]) == expected
    assert after_success(DAY, NOW, USUAL, news=True, published=times[::2] + times[1::2]) == expected


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_dates_tell_nothing(count: int) -> None:
    """Of two entries nobody knows how often the third comes."""
    assert after_success(DAY, NOW, USUAL, news=True, published=every(60, count)).interval == DAY / 2


def test_entries_of_one_moment_make_it_no_sooner_than_allowed() -> None:
    """A feed that dates all with its own making is busy, and no division by nothing."""
    assert after_success(DAY, NOW, USUAL, news=True, published=[NOW] * 10).interval == 5 * MINUTE


def test_the_times_keep_within_the_settings() -> None:
    """As soon as least_minutes, as late as most_minutes."""
    assert after_success(MINUTE, NOW, NARROW, news=True).interval == 10 * MINUTE
    assert after_success(DAY, NOW, NARROW, news=False).interval == 60 * MINUTE
    assert after_success(50 * MINUTE, NOW, NARROW, news=False).interval == 60 * MINUTE


def test_a_feed_that_falls_silent_is_asked_once_a_day_in_the_end() -> None:
    """From the least to the most within a few days; the first entry after that brings it back by its dates."""
    interval, passed, asked = 5 * MINUTE, 0.0, 0
    while interval < DAY:
        found = after_success(interval, NOW, USUAL, news=False)
        assert interval < found.interval
        interval, passed, asked = found.interval, passed + waited(found), asked + 1
    assert asked < 20
    assert passed < 4 * DAY
    assert after_success(interval, NOW, USUAL, news=True, published=every(10 * MINUTE)).interval == 5 * MINUTE


# ---- how long it holds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("holds", [None, 0.0, 60.0, 3_599.0])
def test_an_answer_that_holds_for_less_changes_nothing(holds: float | None) -> None:
    """What is said to be old at once is not asked for at once."""
    assert after_success(2 * HOUR, NOW, USUAL, news=True, holds=holds) == Cadence(
        HOUR, NOW + timedelta(hours=1)
    )


def test_an_answer_that_holds_for_longer_is_not_asked_for_before() -> None:
    """It is due later; how often it is asked afterwards stays."""
    found = after_success(2 * HOUR, NOW, USUAL, news=True, holds=5 * HOUR)
    assert found == Cadence(HOUR, NOW + timedelta(hours=5))


def test_an_answer_that_holds_for_ever_is_asked_for_all_the_same() -> None:
    """A year in Cache-Control is a mistake of the server's: no longer than most_minutes."""
    assert waited(after_success(2 * HOUR, NOW, USUAL, news=True, holds=365 * DAY)) == DAY
    assert waited(after_success(2 * HOUR, NOW, NARROW, news=False, holds=1e30)) == HOUR


# ---- failures ------------------------------------------------------------------------------------------------------


def test_failures_make_it_ever_more_seldom() -> None:
    """Twice as long with each one in a row, up to most_minutes."""
    found = [after_failure(n, NOW, USUAL, 0.5).interval for n in range(1, 30)]
    assert found[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert found == sorted(found)
    assert found[-1] == DAY


def test_many_failures_are_no_overflow() -> None:
    """A feed that has been gone for years is still asked once a day."""
    assert after_failure(1_000_000, NOW, USUAL, 0.5) == Cadence(DAY, NOW + timedelta(days=1))


def test_feeds_that_failed_together_are_not_asked_together() -> None:
    """`spread` parts them: a host that comes back is not asked for everything at once."""
    times = [waited(after_failure(4, NOW, USUAL, n / 10)) for n in range(11)]
    assert times == sorted(set(times))
    assert times[-1] - times[0] >= 10 * MINUTE
    assert {after_failure(4, NOW, USUAL, n / 10).interval for n in range(11)} == {40 * MINUTE}


def test_a_server_that_names_a_time_is_heard() -> None:
    """Retry-After lengthens the wait, and does not shorten it."""
    assert waited(after_failure(1, NOW, USUAL, 0.5, 2 * HOUR)) == 2 * HOUR
    usual = after_failure(3, NOW, USUAL, 0.5)
    assert after_failure(3, NOW, USUAL, 0.5, 0.0) == usual
    assert after_failure(3, NOW, USUAL, 0.5, 60.0) == usual
    assert after_failure(1, NOW, USUAL, 0.5, 2 * HOUR).interval == 5 * MINUTE


def test_a_server_that_names_next_year_is_asked_all_the_same() -> None:
    """No longer than most_minutes."""
    assert waited(after_failure(1, NOW, USUAL, 0.5, 365 * DAY)) == DAY
    assert waited(after_failure(1, NOW, NARROW, 0.5, 1e30)) == HOUR


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("failures", [1, 2, 9, 10, 99])
def test_after_a_failure_it_is_asked_within_the_settings(failures: int, spread: float) -> None:
    """least_minutes are between any two questions to a feed, and most_minutes at most, spread or not."""
    assert 5 * MINUTE <= waited(after_failure(failures, NOW, USUAL, spread)) <= DAY


# ---- anything at all -----------------------------------------------------------------------------------------------

seconds = st.floats(0, 1e9)


@settings(max_examples=150, deadline=None)
@given(seconds, st.booleans(), st.lists(moments, max_size=30), st.none() | seconds)
def test_after_an_answer_it_is_due_within_the_settings(
    interval: float, news: bool, published: list[datetime], holds: float | None
) -> None:
    """Whatever a feed dates its entries with, it is asked after least_minutes to most_minutes."""
    found = after_success(interval, NOW, NARROW, news=news, published=published, holds=holds)
    assert 10 * MINUTE <= found.interval <= waited(found) <= HOUR


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | seconds)
def test_after_a_failure_there_is_a_next_time(
    failures: int, spread: float, retry_after: float | None
) -> None:
    """In the future, and by no more than the spread beyond the settings."""
    found = after_failure(failures, NOW, NARROW, spread, retry_after)
    assert 10 * MINUTE <= found.interval <= HOUR
    assert 7 * MINUTE < waited(found) < 80 * MINUTE
