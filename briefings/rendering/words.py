"""The words of templates in the edition's language, and dates and numbers as that language writes them."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from math import floor, log10

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal
from babel.support import Translations

from briefings.model import Language
from briefings.resources import data_folder

DOMAIN = "sitrep"
_FIRST = re.compile(r"\b1 (?=[a-zéû])")  # the first of a month, in French


@cache
def catalogue(language: Language, domain: str = DOMAIN) -> Translations:
    """The language's catalogue of a domain, compiled from its `.po` in memory."""
    path = data_folder("templates") / "locale" / language / f"{domain}.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale=language, domain=domain)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain=domain)


@cache
def known_messages() -> frozenset[str]:
    """Every message of our catalogues, the plurals too."""
    found: set[str] = set()
    path = data_folder("templates") / "locale" / "en" / f"{DOMAIN}.po"
    with path.open("rb") as source:
        for entry in read_po(source, locale="en", domain=DOMAIN):
            found.update(entry.id if isinstance(entry.id, tuple | list) else [entry.id])
    return frozenset(found)


class Words:
    """One language and time zone: messages of a domain (templates, chat, web), dates, numbers."""

    def __init__(self, language: Language, zone: tzinfo = UTC, domain: str = DOMAIN) -> None:
        self.language = language
        self.zone = zone
        self.locale = Locale(language)
        self.translations = catalogue(language, domain)
        self._days: dict[tuple[object, str], str] = {}
        self._moments: dict[datetime, str] = {}

    def knows(self, text: str) -> bool:
        """Whether the catalogue has this message, so that it is a template's words and no outside text."""
        return text in known_messages()

    def message(self, text: str) -> str:
        return str(self.translations.gettext(text)) if text else ""

    def messages(self, one: str, many: str, n: int) -> str:
        return str(self.translations.ngettext(one, many, n))

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self.locale))

    def day(self, value: str | date | datetime | None, form: str = "d MMMM y") -> str:
        """A day, month or year (ISO, or a moment in UTC) as written: "17 novembre 2023", "novembre 2023", "2023"."""
        known = self._days.get((value, form))
        if known is None:
            known = self._days[value, form] = self._day(value, form)
        return known

    def _day(self, value: str | date | datetime | None, form: str) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            value = self.local(value).date()
        if isinstance(value, str):
            if len(value) == 4:
                return value
            if len(value) == 7:
                return str(format_date(date.fromisoformat(f"{value}-01"), "MMMM y", locale=self.locale))
            value = date.fromisoformat(value)
        if self.language == "en" and form == "d MMMM y":
            form = "MMMM d, y"
        if self.language == "en" and form == "d MMM":
            form = "MMM d"
        told = str(format_date(value, form, locale=self.locale))
        return _FIRST.sub("1er ", told) if self.language == "fr" else told

    def local(self, value: datetime) -> datetime:
        """A moment in the edition's time zone, without it; midnight where the outlet gave the day alone."""
        return self._shifted(value).replace(tzinfo=None)

    def _shifted(self, value: datetime) -> datetime:
        if _day_alone(value):
            return value
        try:
            return value.astimezone(self.zone)
        except OverflowError:  # the first or the last day that there is
            return value

    def short(self, value: float, step: float) -> str:
        """A number as an axis of that step wants it, told apart from its neighbours: "13.5 billion", "2,8"."""
        value = float(f"{value:.6g}")
        if abs(value) < 10_000:
            digits = max(0, -floor(log10(step))) if step > 0 else 0
            return str(format_decimal(round(value, digits), locale=self.locale))
        unit = 1000 ** int(log10(abs(value)) // 3)
        digits = max(0, -floor(log10(step / unit) + 1e-9)) if step > 0 else 0
        shown = format_compact_decimal(value, format_type="long", locale=self.locale, fraction_digits=digits)
        return str(shown)

    def weekday(self, value: str | date | None) -> str:
        """A day with its weekday: "vendredi 17 novembre"; coarser dates as `day`."""
        if value is None or (isinstance(value, str) and len(value) < 10):
            return self.day(value)
        return self.day(value, "EEEE d MMMM" if self.language == "fr" else "EEEE, MMMM d")

    def moment(self, value: datetime | None) -> str:
        """A moment in the edition's time zone, to the minute; the day alone where no time was given."""
        if value is None:
            return self.message("no date")
        known = self._moments.get(value)
        if known is None:
            known = self._moments[value] = self._moment(value)
        return known

    def _moment(self, value: datetime) -> str:
        if _day_alone(value):
            return self.day(value)
        form = "d MMM y 'à' HH:mm" if self.language == "fr" else "MMM d, y, HH:mm"
        return str(format_datetime(self.local(value), form, locale=self.locale))


def _day_alone(value: datetime) -> bool:
    """Whether the outlet gave the day alone: midnight in UTC, which no zone may shift to the day before."""
    return value.hour == value.minute == value.second == 0


def zone_of(name: str) -> tzinfo:
    """The time zone of that IANA name. LookupError where there is none."""
    return get_timezone(name)
