"""When a feed, page or folder is asked again. Pure: what it brought and said, and how long ago, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from briefings.settings import Sources

_SLOWER, _FASTER = 1.5, 0.5
_SHARE = 0.5  # of the usual time between two entries
_NEWEST = 10  # entries whose times tell how busy a feed is
_ROUNDS = 12  # doublings after failures, at most


@dataclass(frozen=True, slots=True)
class Cadence:
    """`interval` in seconds, and when the next question is due."""

    interval: float
    due: datetime


def after_success(
    interval: float,
    now: datetime,
    settings: Sources,
    *,
    news: bool,
    published: Sequence[datetime] = (),
    holds: float | None = None,
) -> Cadence:
    """A feed that brought something is asked sooner, by how often its newest entries were published; else more seldom.

    `holds`: for how many seconds the server or the feed says that its answer holds.
    """
    least, most = settings.least_minutes * 60, settings.most_minutes * 60
    if news:
        usual = _usual(published)
        interval = min(interval * _FASTER, usual * _SHARE) if usual is not None else interval * _FASTER
    else:
        interval *= _SLOWER
    interval = min(max(interval, least), most)
    wait = min(max(interval, holds or 0.0), most)
    return Cadence(interval, now + timedelta(seconds=wait))


def after_failure(
    failures: int, now: datetime, settings: Sources, spread: float, retry_after: float | None = None
) -> Cadence:
    """Ever more seldom; `failures` in a row are counted from 1, `spread` is 0 to 1. A server that names a time is heard."""
    least, most = settings.least_minutes * 60, settings.most_minutes * 60
    interval = min(least * 2 ** min(failures - 1, _ROUNDS), most)
    wait = min(max(interval * (0.75 + 0.5 * spread), least), most)
    if retry_after is not None:
        wait = max(wait, min(retry_after, most))
    return Cadence(interval, now + timedelta(seconds=wait))


def _usual(published: Sequence[datetime]) -> float | None:
    """The mean time between the newest entries in seconds; None where too few are dated."""
    newest = sorted(published, reverse=True)[:_NEWEST]
    if len(newest) < 3:
        return None
    return (newest[0] - newest[-1]).total_seconds() / (len(newest) - 1)
