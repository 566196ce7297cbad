"""A day as people type it: "2023-11-18", "18 nov", "yesterday", "il y a 3 jours"."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

_SINCE = re.compile(r"^\s*(?:since|from|depuis|dès)\s+(?:le\s+|the\s+)?", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_ELSEWHERE = timedelta(days=433)  # no number of weeks, and no number of years
_A_WEEK = timedelta(days=7)


def day_since(text: str, now: datetime, zone: tzinfo, latest: datetime | None) -> str | None:
    """The ISO day that is meant; None where it is no day.

    A day without a year is that of the story: the last such day up to `latest`, the moment of its newest article.
    """
    text = _SINCE.sub("", text).strip()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(zone) if moment.tzinfo is not None else moment).date().isoformat()
    except (ValueError, OverflowError):
        pass
    try:
        here = now.astimezone(zone).replace(tzinfo=None)
        found = _read(text, here)
        moved = _read(text, here - _ELSEWHERE)
        if found is None or moved is None:
            return None
        relative = abs(found - moved - _ELSEWHERE) <= _A_WEEK
        if latest is not None and not relative and found != moved:
            found = _read(text, latest.astimezone(zone).replace(tzinfo=None)) or found
    except (OverflowError, ValueError):  # before the first day or after the last one that there is
        return None
    return found.date().isoformat()


def _read(text: str, base: datetime) -> datetime | None:
    """What the text means to who reads it at `base`; None where it tells no day, month or year."""
    from dateparser.date import DateDataParser  # slow to import

    if len(text) < 2 or _YEAR.fullmatch(text):
        return datetime(int(text), 1, 1) if _YEAR.fullmatch(text) else None  # noqa: DTZ001  # a day
    settings = {
        "RELATIVE_BASE": base,
        "PREFER_DATES_FROM": "past",
        "PREFER_DAY_OF_MONTH": "first",
        "RETURN_TIME_AS_PERIOD": True,
        "DATE_ORDER": "DMY",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    found = DateDataParser(languages=["fr", "en"], settings=settings).get_date_data(text)
    return found.date_obj if found.period != "time" else None
