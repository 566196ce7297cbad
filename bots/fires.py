"""When editions fire: moments from a cron line in a time zone, through clock changes, quiet hours and missed times. Pure.

Clock changes are told as Debian's cron does: what has a fixed hour fires once a day, right after a gap that swallows
it; what fires in every hour, or every so many, follows the clock's real hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from briefings.model import Edition, Quiet

MOST_MISSED = 100  # fires of one edition that are made up for after a time when nothing ran
LONGEST_QUIET = timedelta(hours=26)  # a day that a clock change makes longer, and some
_LOOKED_AT = 400  # fires, for the shortest time between two


@dataclass(frozen=True, slots=True)
class Fire:
    """A moment (UTC) at which an edition is due. `key` is the same however often it is worked out.

    `at` is when it goes out: later than `due` where quiet hours hold it back. `instead_of` counts the missed ones that it
    stands for; `late`: it is missed itself, and does not go out.
    """

    due: datetime
    at: datetime
    key: str
    instead_of: int = 0
    late: bool = False


def fires(cron: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """The moments (UTC) of a cron line after a moment, without end. ValueError where it is no cron line."""
    try:
        for moment in CronSim(cron, after.astimezone(zone)):
            due = moment.astimezone(UTC)
            if due > after:  # in an hour that a clock change doubles, it may begin before
                yield due
    except CronSimError as e:
        raise ValueError(f"{cron!r} is no cron line: {e}") from e


def follows_hours(cron: str) -> bool:
    """Whether it fires by the hour, and so follows the clock's real hours, both of those that are doubled too."""
    minute, hour = cron.split()[:2]
    return minute.startswith("*") or hour.startswith("*")


def key_of(cron: str, zone: tzinfo, due: datetime) -> str:
    """By its local time where it has a fixed hour: that day's fire. Else by UTC."""
    if follows_hours(cron):
        return due.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return due.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def upcoming(edition: Edition, now: datetime, most: int = 5) -> list[datetime]:
    """When it next goes out, quiet hours told in; nothing for one that goes out whenever there is something new."""
    if edition.instant:
        return []
    zone = ZoneInfo(edition.timezone)
    start = now - LONGEST_QUIET if edition.quiet is not None else now
    found: list[datetime] = []
    for due in islice(fires(edition.cron, zone, start), most * 1_600):
        at = held(due, edition.quiet, zone)
        if at > now and at not in found:
            found.append(at)
        if len(found) == most:
            break
    return found


def least_gap(cron: str, zone: tzinfo, now: datetime) -> timedelta:
    """The shortest time between two of its next fires; a year where there is but one."""
    found: list[datetime] = []
    with suppress(OverflowError):  # so seldom that the calendar ends first
        for moment in islice(fires(cron, zone, now), _LOOKED_AT):
            found.append(moment)
    return min((b - a for a, b in pairwise(found)), default=timedelta(days=365))


def held(due: datetime, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """When a fire goes out: at once, or at the end of the quiet hours that it falls into."""
    if quiet is None or quiet.start == quiet.end:
        return due
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    local = due.astimezone(zone)
    now = local.time().replace(fold=0)
    inside = start <= now < end if start < end else now >= start or now < end
    if not inside:
        return due
    day = local.date() if now < end else local.date() + timedelta(days=1)
    return _first_at(datetime.combine(day, end), zone, due)


def _first_at(wall: datetime, zone: tzinfo, after: datetime) -> datetime:
    """The first moment (UTC) at or after `after` at which the clocks show that time, or have gone past it in a gap."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:  # the clocks leap over it: what counts is the leap
        while second.astimezone(zone).replace(tzinfo=None) < wall:
            second += timedelta(minutes=1)
        return max(second, after)
    return first if first >= after else max(second, after)


def due_fires(edition: Edition, after: datetime, until: datetime, grace: timedelta) -> list[Fire]:
    """The fires of an edition that go out in (after, until], as its rule for missed ones leaves them.

    One is missed where it should have gone out more than `grace` before `until`. Several that quiet hours hold back to
    one moment are one, the last.
    """
    zone = ZoneInfo(edition.timezone)
    start = max(edition.since, after - LONGEST_QUIET if edition.quiet is not None else after)
    held_to: dict[datetime, Fire] = {}
    dropped = 0
    for due in fires(edition.cron, zone, start):
        if due > until:
            break
        at = held(due, edition.quiet, zone)
        if after < at <= until:
            held_to[at] = Fire(due, at, key_of(edition.cron, zone, due))
            if len(held_to) > MOST_MISSED:
                del held_to[next(iter(held_to))]
                dropped += 1
    return _kept(edition.missed, list(held_to.values()), until, grace, dropped)


def _kept(
    rule: str, found: Sequence[Fire], until: datetime, grace: timedelta, dropped: int = 0
) -> list[Fire]:
    """What a rule for missed fires leaves: "all", "newest", or the hours that one may be late. `dropped`: earlier ones
    beyond those that are made up for; the first of the others stands for them too."""
    if not found:
        return []
    if rule == "all":
        return [replace(found[0], instead_of=dropped), *found[1:]]
    last = replace(found[-1], instead_of=len(found) - 1 + dropped)
    if rule == "newest":
        return [last]
    return [replace(last, late=until - last.at > max(timedelta(hours=float(rule)), grace))]


def next_wake(cron: str, timezone: str, after: datetime) -> datetime | None:
    """The next moment of a schedule; None where there is none, or the zone is not known here."""
    try:
        return next(fires(cron, ZoneInfo(timezone), after), None)
    except (ValueError, OSError, KeyError, OverflowError):
        return None
