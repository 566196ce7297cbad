"""A day as people type it: "2023-11-18", "18 nov", "yesterday", "il y a 3 jours"."""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def day_since(text: str, now: datetime, zone: tzinfo, latest: datetime | None) -> str | None:
    """The ISO day that is meant; None where it is no day.

    A day without a year is that of the story: the last such day up to `latest`, the moment of its newest article.
    """
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        pass
    from dateparser import parse  # slow to import

    def read(base: datetime) -> datetime | None:
        settings = {
            "RELATIVE_BASE": base.replace(tzinfo=None),
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
            "PREFER_MONTH_OF_YEAR": "first",
            "DATE_ORDER": "DMY",
            "RETURN_AS_TIMEZONE_AWARE": False,
        }
        found: datetime | None = parse(text, languages=["fr", "en"], settings=settings)
        return found

    here = now.astimezone(zone)
    by_now = read(here)
    if by_now is None:
        return None
    if latest is not None:
        there = latest.astimezone(zone)
        by_story = read(there)
        if by_story is not None and by_story != by_now:
            moved = here.replace(tzinfo=None) - there.replace(tzinfo=None)
            relative = abs((by_now - by_story - moved).total_seconds()) < 86_400
            by_now = by_now if relative else by_story
    return by_now.date().isoformat()
