"""When, as people write it: "every weekday at 8:30", "tous les jours à 18h", "every 2 hours", or a cron line.

What is understood becomes a cron line of five fields. What cron can't say, such as "every 90 minutes", is told apart
from what is not understood, with the nearest that it can.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from briefings.model import INSTANT, Language

_DAYS = {
    "monday": 1, "mon": 1, "lundi": 1, "lun": 1, "tuesday": 2, "tue": 2, "tues": 2, "mardi": 2, "mar": 2,
    "wednesday": 3, "wed": 3, "mercredi": 3, "mer": 3, "thursday": 4, "thu": 4, "thur": 4, "thurs": 4, "jeudi": 4, "jeu": 4,
    "friday": 5, "fri": 5, "vendredi": 5, "ven": 5, "saturday": 6, "sat": 6, "samedi": 6, "sam": 6,
    "sunday": 7, "sun": 7, "dimanche": 7, "dim": 7,
}  # fmt: skip
_NAMES: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12, "fifteen": 15,
    "twenty": 20, "thirty": 30, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "huit": 8, "dix": 10,
    "douze": 12, "quinze": 15, "vingt": 20, "trente": 30,
}  # fmt: skip
_UNITS = {
    "minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute", "mn": "minute",
    "hour": "hour", "hours": "hour", "heure": "hour", "heures": "hour", "h": "hour", "hr": "hour", "hrs": "hour",
    "day": "day", "days": "day", "jour": "day", "jours": "day",
    "week": "week", "weeks": "week", "semaine": "week", "semaines": "week",
    "month": "month", "months": "month", "mois": "month",
}  # fmt: skip
_FILLERS = frozenset(
    "a at on every each chaque tous toutes tout toute les le la the of and et de du des l oclock o clock"
    " pile heures heure hour o'clock once une fois morning mornings matin matins".split()
)
_WEEKDAYS = re.compile(
    r"\b(?:working days?|week-?days?|business days?|jours? (?:ouvres?|ouvrables?|de semaine)|en semaine)\b"
)
_WEEKENDS = re.compile(r"\b(?:week-?ends?)\b")
_DAILY = re.compile(r"\b(?:daily|quotidien(?:ne)?(?:ment)?|once (?:a|per) day|une fois par jour)\b")
_WEEKLY = re.compile(r"\b(?:weekly|hebdomadaires?|once (?:a|per) week|une fois par semaine)\b")
_HALF_HOURLY = re.compile(r"\b(?:(?:every|each) half[ -]?(?:an )?hour|toutes les demi[ -]?heures)\b")
_HOURLY = re.compile(r"\b(?:hourly|toutes? les heures?|chaque heure|every hour|each hour)\b")
_INTERVAL = re.compile(
    r"\b(?:every|each|toutes? les|tous les|chaque)\s+(?:(\d+)\s*|([a-z]+)\s+)?"
    r"(minutes?|mins?|mn|hours?|hrs?|heures?|h|days?|jours?|weeks?|semaines?|months?|mois)\b"
)
_OTHER = re.compile(
    r"\b(?:every|each)\s+other\s+(day|week)\b|\bun (jour) sur deux\b|\bune (semaine) sur deux\b"
)
_SPAN_DAYS = re.compile(
    rf"\b({'|'.join(_DAYS)})s?\.?\s*(?:-|to|through|until|au|a|jusqu'?au)\s*({'|'.join(_DAYS)})s?\b"
)
_DAY = re.compile(rf"\b({'|'.join(sorted(_DAYS, key=len, reverse=True))})s?\b\.?")
_CLOCK = r"(\d{1,2})(?:\s*(?:h(?:eures?)?|:|\.)\s*(\d{2})|\s*h(?:eures?)?)?\s*(am|pm|a\.m\.|p\.m\.)?(?![\d:])"
_SPAN_HOURS = re.compile(
    rf"\b(?:from|between|de|entre)\s+{_CLOCK}\s*(?:-|to|and|until|a|et|jusqu'?a)\s*{_CLOCK}"
)
_TOLD = r"(\d{1,2})(?:\s*(?:h(?:eures?)?|:|\.)\s*(\d{2})|\s*h(?:eures?)?|\s*o'?clock|(?=\s*(?:[ap]m|[ap]\.m\.)))\s*(am|pm|a\.m\.|p\.m\.)?(?![\d:])"
_TIME = re.compile(rf"(?<![\d:.]){_TOLD}")
_BARE_TIME = re.compile(r"(?:\b(?:at|a|and|et|vers)\b|,|&|\+)\s*(\d{1,2})(?![\d:.])")
_TO_AND_FRO = re.compile(rf"{_CLOCK}\s*(?:-|to|until|till|a|jusqu'?a)\s*{_CLOCK}")
_NOON = re.compile(r"\b(noon|midday|midi|midnight|minuit)\b(?:\s+(\d{1,2}))?")
_EACH_MONTH = re.compile(
    r"\b(?:every month|each month|tous les mois|chaque mois) (?:on the |le )(\d{1,2})(?:st|nd|rd|th|er)?\b"
)
_MONTHLY = re.compile(
    r"\b(?:on )?(?:the |le )?(\d{1,2})(?:st|nd|rd|th|er)?(?:(?: and | et )(?:the |le )?(\d{1,2})(?:st|nd|rd|th|er)?)?"
    r" (?:of (?:each|every|the) month|(?:de )?chaque mois|du mois)\b"
)
_CRON = re.compile(r"[\d*/,\-a-z?l#w]+(?:\s+[\d*/,\-a-z?l#w]+){4}", re.IGNORECASE)
_NICKNAMES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
}  # fmt: skip
_INSTANT = re.compile(
    r"(?:instant(?:ly)?|immediate(?:ly)?|at once|right away|live|as (?:it|they) (?:happens?|comes?)|"
    r"(?:when(?:ever)?|as soon as) (?:something|anything|there) (?:is new|changes|has changed|comes in|is news|is something new)|"
    r"on (?:every|each|any) (?:change|article)|"
    r"immediatement|instantane(?:e|ment)?|aussitot|tout de suite|en direct|en continu|au fil de l'eau|"
    r"a chaque (?:nouveaute|article|changement)|des qu'il y a du (?:nouveau|changement)|des que (?:ca|cela) change)"
)
_MOST_CHARACTERS = 200  # of what is read
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)


@dataclass(frozen=True, slots=True)
class When:
    """A cron line of five fields, as cron itself reads it: 0 and 7 are Sunday, days may have names. Or INSTANT."""

    cron: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Not a schedule. `uneven`: it is one, but not one that cron can say. `near` are the nearest, as they are typed."""

    near: tuple[str, ...]
    uneven: bool = False


@dataclass(slots=True)
class _Rest:
    """What of a text has not been understood yet."""

    text: str

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, which is cut out."""
        found = pattern.search(self.text)
        if found is not None:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found


def when(text: str, language: Language = "en") -> When | Unsaid:
    """The schedule that a person means. `language` is that of what is proposed where it is none."""
    plain = " ".join(text.strip().lower().split())
    if len(plain) > _MOST_CHARACTERS:
        return Unsaid(examples(language))
    if plain in _NICKNAMES:
        return When(_NICKNAMES[plain])
    if plain.isascii() and _CRON.fullmatch(plain) and _is_cron(plain):
        return When(plain)
    if _INSTANT.fullmatch(" ".join(_folded(text).split())):
        return When(INSTANT)
    rest = _Rest(_folded(text))
    if not rest.text.strip() or "*" in rest.text:
        return Unsaid(examples(language))
    try:
        found = _said(rest, language)
    except ValueError:
        return Unsaid(examples(language))
    left = [w for w in re.findall(r"[^\s,;&+]+", rest.text) if w.strip(".'") not in _FILLERS]
    understood = isinstance(found, Unsaid) and found.uneven
    return Unsaid(examples(language)) if left and not understood else found


def _folded(text: str) -> str:
    """Lower case, no accents, elisions apart; what times and cron need stays."""
    words = [_bare(w) for w in text.replace("’", "'").split()]
    return " ".join(w for w in words if w)


def _bare(word: str) -> str:
    kept = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in kept if not unicodedata.combining(c))


def _is_cron(line: str) -> bool:
    try:
        next(CronSim(line, _EPOCH))
    except (CronSimError, StopIteration, ValueError, OverflowError):
        return False
    return True


def _said(rest: _Rest, language: Language) -> When | Unsaid:
    other = rest.take(_OTHER)
    if other is not None:
        return _uneven("week" if "week" in other[0] or "semaine" in other[0] else "day", 2, language)
    monthly = rest.take(_MONTHLY) or rest.take(_EACH_MONTH)
    half = rest.take(_HALF_HOURLY) is not None
    weekdays = rest.take(_WEEKDAYS)
    span = rest.take(_SPAN_HOURS)
    hours = _hours_of(span) if span is not None else None
    days = _days(rest)
    if weekdays is not None:
        days |= {1, 2, 3, 4, 5}
    if rest.take(_WEEKENDS) is not None:
        days |= {6, 7}
    daily = rest.take(_DAILY) is not None
    hourly = rest.take(_HOURLY) is not None
    interval = rest.take(_INTERVAL)
    unit, every = _interval(interval)
    if half:
        hourly, unit, every = False, "minute", 30
    if rest.take(_WEEKLY) is not None:
        unit = unit or "week"
    if _TO_AND_FRO.search(rest.text):
        raise ValueError("hours without an interval")
    times = _times(rest)
    week = _week(days)
    if hourly or unit in ("minute", "hour"):
        if times or monthly is not None:
            raise ValueError("a time and an interval")
        return _often(unit if not hourly else "hour", every, hours, week, language)
    if every > 1:
        return _uneven(unit, every, language)
    if hours is not None:
        raise ValueError("hours without an interval")
    if not times and (unit in ("week", "month") or monthly is not None or daily or days or unit == "day"):
        return Unsaid(_with_a_time(week, language))
    if not times:
        return Unsaid(examples(language))
    if unit == "week" and not days:
        return Unsaid(_with_a_time("1", language))
    minutes = {m for _, m in times}
    if len(minutes) > 1:
        return Unsaid(tuple(_spoken_time(h, m, week, language) for h, m in times[:3]), uneven=True)
    at = ",".join(str(h) for h in sorted({h for h, _ in times}))
    day = "*"
    if monthly is not None or unit == "month":
        numbers = sorted({int(x) for x in (monthly.groups() if monthly is not None else ("1",)) if x})
        if not all(1 <= n <= 31 for n in numbers) or days:
            raise ValueError("no such day")
        day = ",".join(str(n) for n in numbers)
    return When(f"{minutes.pop()} {at} {day} * {week}")


def _hours_of(span: re.Match[str]) -> tuple[int, int]:
    first = _clock(*span.group(1, 2, 3))
    last = (23, 0) if span[4] == "24" and not span[5] else _clock(*span.group(4, 5, 6))
    if first[1] or last[1] or first[0] > last[0]:
        raise ValueError("hours of a day, in order")
    return first[0], last[0]


def _days(rest: _Rest) -> set[int]:
    found: set[int] = set()
    while (span := rest.take(_SPAN_DAYS)) is not None:
        first, last = _DAYS[span[1]], _DAYS[span[2]]
        found |= set(range(first, last + 1)) if first <= last else {*range(first, 8), *range(1, last + 1)}
    while (day := rest.take(_DAY)) is not None:
        found.add(_DAYS[day[1]])
    return found


def _interval(found: re.Match[str] | None) -> tuple[str, int]:
    """Unit and number: ("", 1) where there is none."""
    if found is None:
        return "", 1
    number = found[1] or found[2] or "1"
    if number.isdigit():
        return _UNITS[found[3]], int(number)
    if number not in _NUMBERS:
        raise ValueError(number)
    return _UNITS[found[3]], _NUMBERS[number]


def _times(rest: _Rest) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while (noon := rest.take(_NOON)) is not None:
        found.append(_clock("12" if noon[1] in ("noon", "midday", "midi") else "0", noon[2], None))
    while (time := rest.take(_TIME)) is not None:
        found.append(_clock(*time.group(1, 2, 3)))
    while (bare := rest.take(_BARE_TIME)) is not None:
        found.append(_clock(bare[1], None, None))
    return sorted(set(found))


def _clock(hour: str, minute: str | None, half: str | None) -> tuple[int, int]:
    h, m = int(hour), int(minute or 0)
    if half:
        if not 1 <= h <= 12:
            raise ValueError("no hour of half a day")
        h = h % 12 + (12 if half.startswith("p") else 0)
    if h > 24 or m > 59 or (h == 24 and m):
        raise ValueError("no time of day")
    return h % 24, m


def _week(days: set[int]) -> str:
    if not days or len(days) == 7:
        return "*"
    ordered = sorted(days)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}-{ordered[-1]}"
    return ",".join(str(d) for d in ordered)


def _often(
    unit: str, every: int, hours: tuple[int, int] | None, week: str, language: Language
) -> When | Unsaid:
    """Each so many minutes or hours, where they go evenly into an hour or a day."""
    if every < 1:
        raise ValueError("no interval")
    if unit == "minute" and every % 60 == 0:
        unit, every = "hour", every // 60
    span = f"{hours[0]}-{hours[1]}" if hours is not None else "*"
    if unit == "minute":
        if every not in _MINUTES:
            return _uneven(unit, every, language)
        return When(f"{'*' if every == 1 else f'*/{every}'} {span} * * {week}")
    if every not in _HOURS:
        return _uneven(unit, every, language)
    if every == 24 and hours is not None:
        raise ValueError("once a day, in some hours")
    if every == 24:
        return When(f"0 0 * * {week}")
    step = "" if every == 1 else f"/{every}"
    return When(f"0 {span}{step} * * {week}")


# ---- what is proposed ------------------------------------------------------------------------------------------------------


def _uneven(unit: str, every: int, language: Language) -> Unsaid:
    """What comes nearest to an interval that does not go into an hour or a day."""
    if unit in ("minute", "hour"):
        length = every * (60 if unit == "hour" else 1)
        known = [*_MINUTES[:-1], *(h * 60 for h in _HOURS)]
        below = max((k for k in known if k < length), default=None)
        above = min((k for k in known if k > length), default=None)
        return Unsaid(tuple(_spoken(k, language) for k in (below, above) if k is not None), uneven=True)
    if unit == "day":
        near = ("every day at 8:00", "Monday, Wednesday and Friday at 8:00")
        near_fr = ("tous les jours à 8h", "lundi, mercredi et vendredi à 8h")
    else:
        near = ("every Monday at 8:00", "on the 1st and 15th of each month at 8:00")
        near_fr = ("tous les lundis à 8h", "le 1er et le 15 de chaque mois à 8h")
    return Unsaid(near_fr if language == "fr" else near, uneven=True)


def _spoken(minutes: int, language: Language) -> str:
    if minutes % 60:
        return f"toutes les {minutes} minutes" if language == "fr" else f"every {minutes} minutes"
    hours = minutes // 60
    if hours == 24:
        return "tous les jours à 8h" if language == "fr" else "every day at 8:00"
    if hours == 1:
        return "toutes les heures" if language == "fr" else "every hour"
    return f"toutes les {hours} heures" if language == "fr" else f"every {hours} hours"


def _spoken_time(hour: int, minute: int, week: str, language: Language) -> str:
    days = _spoken_days(week, language)
    return f"{days} à {hour}h{minute:02}" if language == "fr" else f"{days} at {hour}:{minute:02}"


def _spoken_days(week: str, language: Language) -> str:
    if week == "*":
        return "tous les jours" if language == "fr" else "every day"
    if week == "1-5":
        return "en semaine" if language == "fr" else "every weekday"
    days = sorted({d for part in week.split(",") for d in _range(part)})
    return ", ".join(_NAMES[language][d - 1] for d in days)


def _range(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def _with_a_time(week: str, language: Language) -> tuple[str, ...]:
    return tuple(_spoken_time(h, m, week, language) for h, m in ((8, 0), (18, 0)))


def examples(language: Language) -> tuple[str, ...]:
    """How a schedule may be typed."""
    if language == "fr":
        return ("en semaine à 8h30", "tous les jours à 18h", "toutes les 2 heures", "30 8 * * 1-5")
    return ("every weekday at 8:30", "every day at 18:00", "every 2 hours", "30 8 * * 1-5")
