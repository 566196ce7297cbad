"""When editions fire: through clock changes, held back by quiet hours, and made up for when nothing ran."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.dispatch.pumping import orders_of
from bots.fires import (
    MOST_MISSED,
    Fire,
    due_fires,
    fires,
    follows_hours,
    held,
    key_of,
    least_gap,
    next_wake,
    upcoming,
)
from briefings.model import Address, Edition, Quiet, Tenant

PARIS = "Europe/Paris"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"  # its summer time is half an hour
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
GRACE = timedelta(minutes=2)
# The clock changes of 2026: (zone, moment, whether an hour is skipped).
CHANGES = [
    (PARIS, datetime(2026, 3, 29, 1, tzinfo=UTC), True),
    (PARIS, datetime(2026, 10, 25, 1, tzinfo=UTC), False),
    (NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC), True),
    (NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC), False),
    (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC), False),
    (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC), True),
]
OTHERS = [
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC), True),  # at midnight
    ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC), False),
    ("Asia/Kolkata", datetime(2026, 5, 1, tzinfo=UTC), False),  # none at all
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def edition(
    cron: str,
    zone: str = PARIS,
    *,
    missed: str = "newest",
    quiet: Quiet | None = None,
    since: datetime = LONG_AGO,
) -> Edition:
    return Edition(
        1, Tenant("web", "desk"), 1, "boeing", "brief", "en", cron, zone, "", Address("web", "room"), since,
        missed=missed, quiet=quiet,
    )  # fmt: skip


def between(cron: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    found = []
    for moment in fires(cron, ZoneInfo(zone), after):
        if moment > until:
            break
        found.append(moment)
    return found


def local_day(zone: str, day: date) -> tuple[datetime, datetime]:
    """A day's beginning and the last moment before the next one's."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    end = begin + timedelta(days=1)  # on the clock of the wall
    return begin.astimezone(UTC) - timedelta(microseconds=1), end.astimezone(UTC) - timedelta(microseconds=1)


# ---- moments ---------------------------------------------------------------------------------------------------------------


def test_a_fire_is_after_the_moment() -> None:
    """One at the moment itself has been."""
    first = utc("2026-01-05T07:30")
    assert next(fires("30 8 * * *", ZoneInfo(PARIS), first - timedelta(microseconds=1))) == first
    assert next(fires("30 8 * * *", ZoneInfo(PARIS), first)) == first + timedelta(days=1)


def test_fires_are_in_utc_and_in_order() -> None:
    """Whatever zone they are told in."""
    found = list(islice(fires("0 8,18 * * 1-5", ZoneInfo(NEW_YORK), utc("2026-01-09T00:00")), 3))
    assert found == [utc("2026-01-09T13:00"), utc("2026-01-09T23:00"), utc("2026-01-12T13:00")]
    assert all(m.tzinfo is UTC for m in found)


@pytest.mark.parametrize(("cron", "weekday"), [("0 8 * * 1", 0), ("0 8 * * 7", 6), ("0 8 * * 0", 6), ("0 8 * * mon", 0)])  # fmt: skip
def test_days_have_crons_numbers(cron: str, weekday: int) -> None:
    """Monday is 1; APScheduler calls that Tuesday."""
    assert {m.weekday() for m in islice(fires(cron, UTC, utc("2026-01-01T00:00")), 4)} == {weekday}


@pytest.mark.parametrize("cron", ["", "x", "* * *", "60 * * * *", "0 0 30 2 *", "9" * 5000 + " * * * *"])
def test_what_is_no_cron_line_is_a_value_error(cron: str) -> None:
    """Told at the first fire."""
    with pytest.raises(ValueError):
        next(fires(cron, UTC, LONG_AGO))


@pytest.mark.parametrize(("zone", "change", "_"), CHANGES)
def test_a_fixed_hour_keeps_to_the_wall(zone: str, change: datetime, _: bool) -> None:
    """At 8:30 before a clock change and after it, once each day."""
    found = between("30 8 * * *", zone, change - timedelta(days=3), change + timedelta(days=3))
    walls = [m.astimezone(ZoneInfo(zone)) for m in found]
    assert {(w.hour, w.minute) for w in walls} == {(8, 30)}
    assert len({w.date() for w in walls}) == len(walls) == 6
    assert len({b - a for a, b in pairwise(found)}) == 2


@pytest.mark.parametrize(
    ("zone", "cron", "expected"),
    [
        (PARIS, "30 2 * * *", "2026-03-29T01:00"),
        (PARIS, "0 2 * * *", "2026-03-29T01:00"),
        (PARIS, "0,30 2 * * *", "2026-03-29T01:00"),
        (NEW_YORK, "59 2 * * *", "2026-03-08T07:00"),
        (LORD_HOWE, "15 2 * * *", "2026-10-03T15:30"),
        (LORD_HOWE, "30 2 * * *", "2026-10-03T15:30"),
        ("America/Santiago", "30 0 * * *", "2026-09-06T04:00"),  # its gap is the day's first hour
    ],
)
def test_a_fixed_hour_in_a_gap_fires_once_right_after_it(zone: str, cron: str, expected: str) -> None:
    """The day has its fire."""
    moment = utc(expected)
    assert between(cron, zone, moment - timedelta(hours=8), moment + timedelta(hours=8)) == [moment]


@pytest.mark.parametrize(
    ("zone", "cron", "expected"),
    [
        (PARIS, "30 2 * * *", "2026-10-25T00:30"),
        (PARIS, "0 2 * * *", "2026-10-25T00:00"),
        (NEW_YORK, "30 1 * * *", "2026-11-01T05:30"),
        (LORD_HOWE, "45 1 * * *", "2026-04-04T14:45"),
    ],
)
def test_a_fixed_hour_that_is_doubled_fires_in_the_first(zone: str, cron: str, expected: str) -> None:
    """Once that day."""
    moment = utc(expected)
    assert between(cron, zone, moment - timedelta(hours=8), moment + timedelta(hours=8)) == [moment]


@pytest.mark.parametrize(
    ("zone", "day", "number"),
    [
        (PARIS, date(2026, 3, 29), 46),
        (PARIS, date(2026, 3, 30), 48),
        (PARIS, date(2026, 10, 25), 50),
        (NEW_YORK, date(2026, 3, 8), 46),
        (NEW_YORK, date(2026, 11, 1), 50),
        (LORD_HOWE, date(2026, 4, 5), 49),
        (LORD_HOWE, date(2026, 10, 4), 47),
    ],
)
def test_half_hours_are_as_many_as_the_day_has(zone: str, day: date, number: int) -> None:
    """Those of a doubled hour in both, those of a gap in none."""
    assert len(between("*/30 * * * *", zone, *local_day(zone, day))) == number


@pytest.mark.parametrize(("zone", "change", "_"), CHANGES)
@pytest.mark.parametrize("minutes", [1, 5, 10, 15, 30])
def test_minutes_are_even_through_a_change(zone: str, change: datetime, _: bool, minutes: int) -> None:
    """As many between any two."""
    found = between(f"*/{minutes} * * * *", zone, change - timedelta(hours=4), change + timedelta(hours=4))
    assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(
    ("zone", "change", "_"), [c for c in CHANGES if c[0] != LORD_HOWE]
)  # half an hour's change moves the hour's beginning
def test_hours_are_even_through_a_change_of_an_hour(zone: str, change: datetime, _: bool) -> None:
    """Both of those that are doubled."""
    found = between("0 * * * *", zone, change - timedelta(hours=6), change + timedelta(hours=6))
    assert {b - a for a, b in pairwise(found)} == {timedelta(hours=1)}
    assert len(found) == 12


# ---- keys ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "follows"),
    [
        ("0 * * * *", True),
        ("* 8 * * *", True),
        ("*/15 9-17 * * 1-5", True),
        ("0 */2 * * *", True),
        ("0 8 * * *", False),
        ("0,30 8-18 * * *", False),
        ("0 8-18/2 * * *", False),
        ("0 8 */2 * *", False),
    ],
)
def test_what_has_a_star_for_minute_or_hour_follows_the_hours(cron: str, follows: bool) -> None:
    """As Debian's cron has it."""
    assert follows_hours(cron) is follows


def test_a_fixed_hour_has_the_walls_key() -> None:
    """Summer and winter alike."""
    assert key_of("30 8 * * *", ZoneInfo(PARIS), utc("2026-01-05T07:30")) == "2026-01-05T08:30"
    assert key_of("30 8 * * *", ZoneInfo(PARIS), utc("2026-07-06T06:30")) == "2026-07-06T08:30"


def test_both_of_a_doubled_hour_have_keys_of_their_own() -> None:
    """In UTC, for what fires by the hour."""
    found = between("0 * * * *", PARIS, utc("2026-10-24T23:30"), utc("2026-10-25T01:30"))
    keys = [key_of("0 * * * *", ZoneInfo(PARIS), m) for m in found]
    assert keys == ["2026-10-25T00:00Z", "2026-10-25T01:00Z"]
    assert [m.astimezone(ZoneInfo(PARIS)).hour for m in found] == [2, 2]


def test_a_key_is_the_same_in_whatever_zone_the_moment_is_told() -> None:
    """It is the moment that counts."""
    due = utc("2026-10-25T01:00")
    for cron in ("0 * * * *", "0 2 * * *"):
        keys = {
            key_of(cron, ZoneInfo(PARIS), due.astimezone(ZoneInfo(z))) for z in (PARIS, NEW_YORK, LORD_HOWE)
        }
        assert len(keys) == 1


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([*CHANGES, *OTHERS]), st.integers(0, 23), st.integers(0, 59))
@example(CHANGES[0], 2, 30)
@example(CHANGES[1], 2, 30)
@example(CHANGES[4], 1, 45)
@example(CHANGES[5], 2, 15)
def test_a_fixed_hour_has_one_key_each_local_day(
    change: tuple[str, datetime, bool], hour: int, minute: int
) -> None:
    """No day without one, none with two, over any clock change."""
    zone, at, _ = change
    cron = f"{minute} {hour} * * *"
    found = between(cron, zone, at - timedelta(days=4), at + timedelta(days=4))
    keys = [key_of(cron, ZoneInfo(zone), m) for m in found]
    days = [date.fromisoformat(k[:10]) for k in keys]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert 7 <= len(days) <= 9
    assert sum(k[11:] != f"{hour:02}:{minute:02}" for k in keys) <= 1


# ---- quiet hours -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "due", "expected"),
    [
        (None, "2026-01-05T02:00", "2026-01-05T02:00"),
        (Quiet("08:00", "08:00"), "2026-01-05T07:00", "2026-01-05T07:00"),
        (Quiet("12:00", "14:00"), "2026-01-05T10:59", "2026-01-05T10:59"),
        (Quiet("12:00", "14:00"), "2026-01-05T11:00", "2026-01-05T13:00"),
        (Quiet("12:00", "14:00"), "2026-01-05T12:59", "2026-01-05T13:00"),
        (Quiet("12:00", "14:00"), "2026-01-05T13:00", "2026-01-05T13:00"),
        (Quiet("22:00", "07:00"), "2026-01-05T20:59", "2026-01-05T20:59"),
        (Quiet("22:00", "07:00"), "2026-01-05T21:00", "2026-01-06T06:00"),
        (Quiet("22:00", "07:00"), "2026-01-05T23:00", "2026-01-06T06:00"),
        (Quiet("22:00", "07:00"), "2026-01-06T05:59", "2026-01-06T06:00"),
        (Quiet("22:00", "07:00"), "2026-01-06T06:00", "2026-01-06T06:00"),
        (Quiet("00:00", "07:00"), "2026-01-05T23:00", "2026-01-06T06:00"),
        (Quiet("22:00", "00:00"), "2026-01-05T22:30", "2026-01-05T23:00"),
        (Quiet("22:00", "00:00"), "2026-01-05T23:00", "2026-01-05T23:00"),
        (Quiet("22:00", "07:00"), "2026-03-28T21:00", "2026-03-29T05:00"),  # the night is an hour shorter
        (Quiet("22:00", "07:00"), "2026-03-29T01:00", "2026-03-29T05:00"),
        (Quiet("22:00", "07:00"), "2026-10-24T20:00", "2026-10-25T06:00"),  # and longer
        (Quiet("22:00", "07:00"), "2026-10-25T00:30", "2026-10-25T06:00"),
        (Quiet("22:00", "07:00"), "2026-10-25T01:30", "2026-10-25T06:00"),
        (Quiet("22:00", "07:00"), "2026-12-31T22:00", "2027-01-01T06:00"),
    ],
)
def test_quiet_hours_hold_a_fire_to_their_end(quiet: Quiet | None, due: str, expected: str) -> None:
    """Their start is in them, their end is not; those over midnight end on the next day; by the clock of the wall."""
    assert held(utc(due), quiet, ZoneInfo(PARIS)) == utc(expected)


# Ends lie after the hour of the clock changes; the longest is two hours short of a day.
QUIET = st.tuples(st.integers(4 * 4, 24 * 4 - 1), st.integers(1, 22 * 4)).map(
    lambda t: Quiet(_clock((t[0] - t[1]) % 96), _clock(t[0]))
)
CHANGE = st.sampled_from(CHANGES)


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


@settings(deadline=None)
@given(CHANGE, st.integers(-48 * 60, 48 * 60), QUIET)
def test_what_is_held_goes_out_at_the_end_and_is_held_no_further(
    change: tuple[str, datetime, bool], minutes: int, quiet: Quiet
) -> None:
    """Never before it was due, nor more than a day and an hour later."""
    zone = ZoneInfo(change[0])
    due = change[1] + timedelta(minutes=minutes)
    at = held(due, quiet, zone)
    assert due <= at <= due + timedelta(hours=25)
    assert at == due or at.astimezone(zone).strftime("%H:%M") == quiet.end
    assert held(at, quiet, zone) == at


# ---- what is due -----------------------------------------------------------------------------------------------------------


def test_what_is_due_is_after_the_mark_up_to_now() -> None:
    """The mark's own moment has been, now's is due."""
    e = edition("0 8 * * *", missed="all")
    one, two = utc("2026-01-05T07:00"), utc("2026-01-06T07:00")
    assert due_fires(e, one, two, GRACE) == [Fire(two, two, "2026-01-06T08:00")]
    assert due_fires(e, one, two - timedelta(seconds=1), GRACE) == []
    assert due_fires(e, two, two, GRACE) == []
    assert due_fires(e, two, one, GRACE) == []


def test_nothing_is_due_from_before_the_edition() -> None:
    """It is made, or resumed, at a moment; what came before is none of it."""
    since = utc("2026-01-06T12:00")
    e = edition("0 8 * * *", missed="all", since=since)
    found = due_fires(e, utc("2026-01-01T00:00"), utc("2026-01-08T12:00"), GRACE)
    assert [f.key for f in found] == ["2026-01-07T08:00", "2026-01-08T08:00"]


def test_what_was_held_from_before_the_edition_is_none_of_it() -> None:
    """Made in quiet hours, it begins with what is due after."""
    e = edition("0 23 * * *", missed="all", quiet=Quiet("22:00", "07:00"), since=utc("2026-01-06T23:00"))
    assert due_fires(e, utc("2026-01-06T23:00"), utc("2026-01-07T12:00"), GRACE) == []
    assert len(due_fires(e, utc("2026-01-06T23:00"), utc("2026-01-08T12:00"), GRACE)) == 1


AFTER, UNTIL = utc("2026-01-01T12:00"), utc("2026-01-05T12:00")


def test_all_that_were_missed_go_out() -> None:
    """In order, none late, each for itself."""
    found = due_fires(edition("0 8 * * *", missed="all"), AFTER, UNTIL, GRACE)
    assert [f.key for f in found] == [f"2026-01-0{d}T08:00" for d in (2, 3, 4, 5)]
    assert {(f.instead_of, f.late) for f in found} == {(0, False)}


def test_the_newest_goes_out_instead_of_the_others() -> None:
    """However late it is, and it says for how many it stands."""
    (found,) = due_fires(edition("0 8 * * *"), AFTER, UNTIL, GRACE)
    assert (found.key, found.instead_of, found.late) == ("2026-01-05T08:00", 3, False)
    (found,) = due_fires(edition("0 8 * * *"), utc("2026-01-05T00:00"), UNTIL, GRACE)
    assert (found.key, found.instead_of) == ("2026-01-05T08:00", 0)


@pytest.mark.parametrize(
    ("hours", "late"), [("1", True), ("4", True), ("5", False), ("6", False), ("48", False)]
)
def test_the_newest_goes_out_if_it_is_not_too_late(hours: str, late: bool) -> None:
    """Five hours after it was due; one that is late is told, and is not to go out."""
    (found,) = due_fires(edition("0 8 * * *", missed=hours), AFTER, UNTIL, GRACE)
    assert (found.key, found.instead_of, found.late) == ("2026-01-05T08:00", 3, late)


def test_what_is_seen_within_the_grace_is_not_late() -> None:
    """Were an edition to wait for no hour at all."""
    due = utc("2026-01-05T07:00")
    e = edition("0 8 * * *", missed="0")
    for seconds, late in ((0, False), (119, False), (120, False), (121, True)):
        (found,) = due_fires(e, due - timedelta(hours=1), due + timedelta(seconds=seconds), GRACE)
        assert found.late is late


def test_lateness_counts_from_the_end_of_quiet_hours() -> None:
    """That is when it should have gone out."""
    e = edition("0 23 * * *", missed="1", quiet=Quiet("22:00", "07:00"))
    (found,) = due_fires(e, utc("2026-01-05T12:00"), utc("2026-01-06T06:30"), GRACE)
    assert (found.due, found.at, found.late) == (utc("2026-01-05T22:00"), utc("2026-01-06T06:00"), False)
    (found,) = due_fires(e, utc("2026-01-05T12:00"), utc("2026-01-06T07:30"), GRACE)
    assert found.late


@pytest.mark.parametrize("missed", ["newest", "all", "12"])
def test_where_none_is_due_there_is_none(missed: str) -> None:
    """By any rule."""
    assert due_fires(edition("0 8 * * *", missed=missed), utc("2026-01-05T08:00"), UNTIL, GRACE) == []


def test_what_quiet_hours_hold_to_one_moment_is_one() -> None:
    """The last of them, whose key it has."""
    e = edition("0 * * * *", missed="all", quiet=Quiet("22:00", "07:00"))
    found = due_fires(e, utc("2026-01-05T20:30"), utc("2026-01-06T07:00"), GRACE)
    assert [(f.key, f.at) for f in found] == [
        ("2026-01-06T06:00Z", utc("2026-01-06T06:00")),
        ("2026-01-06T07:00Z", utc("2026-01-06T07:00")),
    ]
    e = edition("30 * * * *", missed="all", quiet=Quiet("22:00", "07:00"))
    (found_one,) = due_fires(e, utc("2026-01-05T21:00"), utc("2026-01-06T06:00"), GRACE)
    assert (found_one.due, found_one.at) == (utc("2026-01-06T05:30"), utc("2026-01-06T06:00"))


def test_what_is_held_is_due_at_the_end_of_quiet_hours_only() -> None:
    """Not when cron says so, however often one looks in between."""
    e = edition("0 23 * * *", missed="all", quiet=Quiet("22:00", "07:00"))
    marks = [utc("2026-01-05T20:00") + timedelta(minutes=20 * n) for n in range(40)]
    found = [(until, f.key) for after, until in pairwise(marks) for f in due_fires(e, after, until, GRACE)]
    assert found == [(utc("2026-01-06T06:00"), "2026-01-05T23:00")]


def test_only_the_last_hundred_are_made_up_for() -> None:
    """After a year of every hour."""
    e = edition("0 * * * *", "UTC", missed="all")
    found = due_fires(e, utc("2025-06-01T00:00"), utc("2025-12-01T00:00"), GRACE)
    assert len(found) == MOST_MISSED == 100
    assert [f.at for f in found] == [utc("2025-12-01T00:00") - timedelta(hours=h) for h in range(99, -1, -1)]


def test_what_is_beyond_the_last_hundred_is_told_of() -> None:
    """Each of half a year's hours goes out or is counted, once: by the newest, or by the first of a hundred."""
    begin, end = utc("2025-06-01T00:00"), utc("2025-12-01T00:00")
    hours = int((end - begin) / timedelta(hours=1))
    for missed in ("newest", "1"):
        (last,) = due_fires(edition("0 * * * *", "UTC", missed=missed), begin, end, GRACE)
        assert (last.at, last.instead_of, last.late) == (end, hours - 1, False)
    first, *others = due_fires(edition("0 * * * *", "UTC", missed="all"), begin, end, GRACE)
    assert first.instead_of == hours - MOST_MISSED
    assert {f.instead_of for f in others} == {0}


@pytest.mark.parametrize(("hours", "dropped"), [(MOST_MISSED - 1, 0), (MOST_MISSED, 0), (MOST_MISSED + 1, 1)])
def test_a_hundred_are_made_up_for_without_a_word(hours: int, dropped: int) -> None:
    """Only beyond it some go untold; the ledger has why."""
    e = edition("0 * * * *", "UTC", missed="all")
    until = utc("2025-12-01T00:00")
    found = due_fires(e, until - timedelta(hours=hours), until, GRACE)
    assert len(found) == min(hours, MOST_MISSED)
    assert [f.instead_of for f in found] == [dropped] + [0] * (len(found) - 1)
    whys = [o.why for o in orders_of(e, until - timedelta(hours=hours), until)]
    assert whys == [f"instead of {dropped} missed before it" if dropped else ""] + [""] * (len(found) - 1)


WINDOW = st.lists(st.integers(-20 * 3600, 20 * 3600), min_size=3, max_size=5, unique=True).map(sorted)
CRONS = st.one_of(
    st.sampled_from(["*/30 * * * *", "0 * * * *", "30 */2 * * *", "0,30 * * * *", "*/30 1-3 * * *", "15 0-23 * * *", "45 1,2 * * *", "0 0 * * *"]),
    st.tuples(st.integers(0, 59), st.integers(0, 23)).map(lambda t: f"{t[0]} {t[1]} * * *"),
    st.tuples(st.integers(0, 59), st.integers(1, 2), st.integers(3, 23)).map(lambda t: f"{t[0]} {t[1]},{t[2]} * * *"),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(CHANGE, CRONS, WINDOW, st.none() | QUIET)
@example(CHANGES[1], "30 2 * * *", [-5400, -1800, 0, 1800, 5400], None)
@example(CHANGES[0], "30 2 * * *", [-5400, -1, 0, 1, 5400], None)
@example(CHANGES[5], "15 2 * * *", [-5400, -1, 0, 1, 5400], Quiet("01:00", "06:00"))
@example(CHANGES[4], "*/30 * * * *", [-7200, -1800, 0, 1800, 36000], Quiet("22:00", "06:00"))
def test_however_often_one_looks_each_fire_is_seen_once(
    change: tuple[str, datetime, bool], cron: str, marks: Sequence[int], quiet: Quiet | None
) -> None:
    """A span of time has the fires of its parts, over clock changes and quiet hours: none lost, none doubled."""
    zone, at, _ = change
    e = edition(cron, zone, missed="all", quiet=quiet)
    moments = [at + timedelta(seconds=s) for s in marks]
    whole = due_fires(e, moments[0], moments[-1], GRACE)
    parts = [f for after, until in pairwise(moments) for f in due_fires(e, after, until, GRACE)]
    assert parts == whole
    assert len({f.key for f in whole}) == len(whole)
    assert all(moments[0] < f.at <= moments[-1] and f.due <= f.at for f in whole)


# ---- ahead -----------------------------------------------------------------------------------------------------------------


def test_what_comes_is_told_with_quiet_hours() -> None:
    """Those that are held to one moment once."""
    e = edition("0 * * * *", quiet=Quiet("20:00", "07:00"))
    assert upcoming(e, utc("2026-01-05T17:30")) == [
        utc("2026-01-05T18:00"),
        utc("2026-01-06T06:00"),
        utc("2026-01-06T07:00"),
        utc("2026-01-06T08:00"),
        utc("2026-01-06T09:00"),
    ]
    assert upcoming(e, utc("2026-01-05T17:30"), 1) == [utc("2026-01-05T18:00")]


def test_what_comes_is_after_now() -> None:
    """And keeps to the wall over a clock change."""
    assert upcoming(edition("0 8 * * *"), utc("2026-03-28T07:00"), 2) == [
        utc("2026-03-29T06:00"),
        utc("2026-03-30T06:00"),
    ]


@pytest.mark.parametrize(
    ("cron", "zone", "now", "expected"),
    [
        ("* * * * *", PARIS, "2026-01-05T00:00", timedelta(minutes=1)),
        ("*/15 9-17 * * 1-5", PARIS, "2026-01-03T00:00", timedelta(minutes=15)),
        ("0 */2 * * *", PARIS, "2026-01-05T00:00", timedelta(hours=2)),
        ("0 8,9,18 * * *", PARIS, "2026-01-05T00:00", timedelta(hours=1)),
        ("0,5 8 * * 1", PARIS, "2026-01-06T00:00", timedelta(minutes=5)),
        ("0 8 * * *", PARIS, "2026-01-05T00:00", timedelta(hours=23)),
        ("0 8 * * *", PARIS, "2026-03-27T00:00", timedelta(hours=23)),
        ("30 8 * * 1-5", PARIS, "2026-01-05T00:00", timedelta(days=1)),
        ("0 8 * * 1", PARIS, "2026-01-05T00:00", timedelta(days=7, hours=-1)),
        ("0 0 1 1 *", PARIS, "2026-06-01T00:00", timedelta(days=365)),
    ],
)
def test_the_least_gap_is_the_shortest_of_many(cron: str, zone: str, now: str, expected: timedelta) -> None:
    """Not the first: a day that a clock change shortens counts. A year where it fires but rarely."""
    assert least_gap(cron, ZoneInfo(zone), utc(now)) == expected


def test_the_next_wake_is_the_next_fire() -> None:
    """In UTC, after the moment."""
    assert next_wake("30 8 * * 1-5", PARIS, utc("2026-01-09T07:30")) == utc("2026-01-12T07:30")


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("x", PARIS),
        ("", PARIS),
        ("60 * * * *", PARIS),
        ("0 0 30 2 *", PARIS),
        ("0 0 */31 * 1#2", PARIS),
        ("9" * 5000 + " * * * *", PARIS),
        ("0 8 * * *", "Europe/Nowhere"),
        ("0 8 * * *", ""),
        ("0 8 * * *", "../../etc/passwd"),
        ("0 8 * * *", "/etc/passwd"),
        ("0 8 * * *", "Europe"),
        ("0 8 * * *", "Europe/Paris\0"),
    ],
)
def test_what_never_fires_has_no_next_wake(cron: str, zone: str) -> None:
    """A line that is none or has no day, a zone that this machine does not know."""
    assert next_wake(cron, zone, LONG_AGO) is None


# ---- the hour that autumn doubles ----------------------------------------------------------------------------------

DOUBLED = utc("2026-10-25T01:10")  # 02:10 in Paris, for the second time


def test_fires_begin_after_the_moment_that_is_asked_from() -> None:
    """Also within the hour that comes twice, where a clock alone would say that it is still to come."""
    assert next(fires("45 2 * * *", ZoneInfo(PARIS), DOUBLED)) > DOUBLED
    assert upcoming(edition("45 2 * * *"), DOUBLED, 1)[0] > DOUBLED


def test_nothing_is_due_from_before_an_edition_was_made() -> None:
    """Quiet hours look back for what they hold; not beyond the moment from which its fires count."""
    made = edition("45 2 * * *", since=DOUBLED, quiet=Quiet("02:00", "07:00"))
    assert due_fires(made, DOUBLED, utc("2026-10-25T12:00"), GRACE) == []


def test_what_is_held_never_goes_out_before_it_is_due() -> None:
    """Where the end of the quiet hours comes twice, it is the second that counts."""
    due = utc("2026-10-25T01:15")
    assert held(due, Quiet("01:00", "02:30"), ZoneInfo(PARIS)) >= due


def test_an_end_of_quiet_hours_that_the_clocks_leap_over_is_the_leap() -> None:
    """02:30 does not exist in Paris on that day; 03:00 comes in its place."""
    found = held(utc("2026-03-29T00:30"), Quiet("01:00", "02:30"), ZoneInfo(PARIS))
    assert found == utc("2026-03-29T01:00")


def test_quiet_hours_of_nearly_a_day_lose_nothing_on_the_day_of_25_hours() -> None:
    """The fire of the day before goes out at their end."""
    made = edition("0 8 * * *", quiet=Quiet("08:00", "07:45"))
    found = due_fires(made, utc("2026-10-25T06:40"), utc("2026-10-25T06:50"), GRACE)
    assert [f.key for f in found] == ["2026-10-24T08:00"]


def test_what_quiet_hours_hold_just_now_is_upcoming() -> None:
    """It was due at 23:00 and goes out at 7:00."""
    made = edition("0 23 * * *", quiet=Quiet("22:00", "07:00"))
    assert upcoming(made, utc("2026-01-06T02:00"), 1) == [utc("2026-01-06T06:00")]


def test_as_many_are_upcoming_as_were_asked_for() -> None:
    """Also where quiet hours leave one minute of the day."""
    made = edition("* * * * *", quiet=Quiet("08:00", "07:59"))
    assert len(upcoming(made, utc("2026-01-06T08:00"))) == 5


def test_a_gap_between_rare_fires_is_found() -> None:
    """Two fires of one day of the month; and one so seldom that the calendar ends before there are many."""
    assert least_gap("0,5 8 20 * *", ZoneInfo(PARIS), utc("2026-01-01T00:00")) == timedelta(minutes=5)
    assert least_gap("0 0 29 2 */7", ZoneInfo(PARIS), utc("2026-01-01T00:00")) > timedelta(hours=1)
