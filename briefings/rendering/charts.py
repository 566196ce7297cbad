"""What a chart shows, and in words: the timeline, and the claims of one figure over time. Drawing is `drawing.py`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from briefings.dossier import DevelopmentFact, FigureSeries
from briefings.model import Bound, Language
from briefings.plain import literal
from briefings.rendering.words import Words

_MOST_DAYS = 62  # a longer time is shown by months
_LARGEST = 1e24  # beyond it a value is a slip, and no axis can show it
_MOST_CLAIMS = 400  # the newest of a longer series are drawn
_MOST_TOLD = 6  # claims that the alternative text repeats
TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class Bar:
    """Developments of one day or month (ISO): how many by one outlet alone, how many by several."""

    when: str
    one: int
    several: int


@dataclass(frozen=True, slots=True)
class TimelineChart:
    """`bars` in order of time, only those with something in them."""

    name: str
    language: Language
    title: str
    alt: str
    legend: tuple[str, str]
    bars: tuple[Bar, ...]
    monthly: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a figure: when it was first printed (local time, no zone), its value and bound, as printed, by whom."""

    at: datetime
    value: float
    bound: Bound
    words: str
    outlet: str


@dataclass(frozen=True, slots=True)
class FigureChart:
    """`claims` in order of time, at least two."""

    name: str
    language: Language
    title: str
    alt: str
    claims: tuple[Claim, ...]


Chart = TimelineChart | FigureChart


def timeline_chart(developments: Sequence[DevelopmentFact], words: Words) -> TimelineChart | None:
    """Developments by day, by month where they go over more than two; None where fewer than two days have any."""
    dated = [d for d in developments if len(d.date) == 10]
    days = sorted({d.date for d in dated})
    if len(days) < 2:
        return None
    monthly = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days > _MOST_DAYS
    cut = 7 if monthly else 10
    one = Counter(d.date[:cut] for d in dated if d.voices < 2)
    several = Counter(d.date[:cut] for d in dated if d.voices >= 2)
    bars = tuple(Bar(w, one[w], several[w]) for w in sorted({d.date[:cut] for d in dated}))
    if len(bars) < 2:
        return None
    fullest = sorted(bars, key=lambda b: (-b.one - b.several, b.when))[:3]
    most = ", ".join(f"{words.day(b.when)} ({b.one + b.several})" for b in fullest)
    alt = words.message(
        "Chart of the timeline: %(n)s dated developments from %(first)s to %(last)s, most on %(most)s."
    ) % {"n": len(dated), "first": words.day(days[0]), "last": words.day(days[-1]), "most": most}
    legend = (words.message("one outlet"), words.message("several outlets"))
    title = words.message("Developments by month") if monthly else words.message("Developments by day")
    return TimelineChart(TIMELINE, words.language, title, alt, legend, bars, monthly)


def figure_chart(series: FigureSeries, label: str, words: Words) -> FigureChart | None:
    """The claims of a series over time; None where fewer than two are dated. `label`: what is counted."""
    dated = sorted(
        (
            (words.local(c.first), c)
            for c in series.claims
            if c.first is not None and isfinite(c.value) and abs(c.value) < _LARGEST
        ),
        key=lambda x: (x[0], x[1].key),
    )
    claims = tuple(
        Claim(first, c.value, c.bound, literal(c.text.words), literal(c.text.outlet)) for first, c in dated
    )
    if len(claims) < 2:
        return None
    count = len(claims)
    claims = claims[-_MOST_CLAIMS:]
    told = "; ".join(
        f"{c.words} ({c.outlet or words.message('unknown outlet')}, {words.day(c.at.date())})"
        for c in claims[:_MOST_TOLD]
    )
    if len(claims) > _MOST_TOLD:
        told += "; …"
    alt = words.message("Chart of “%(what)s”: %(n)s claims over time: %(claims)s.") % {
        "what": label,
        "n": count,
        "claims": told,
    }
    return FigureChart(figure_name(series), words.language, label, alt, claims)


def figure_name(series: FigureSeries) -> str:
    """The chart's name: the same for the same figure."""
    return f"figure-{hashlib.sha256(series.topic.encode()).hexdigest()[:12]}"
