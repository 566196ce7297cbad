"""Charts drawn with Matplotlib. Runs in the child process: slow to import, and what it is given comes from outside.

Every text that is drawn goes in as literal text: Matplotlib's own markup ("$x$") is switched off.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from briefings.model import Bound
from briefings.rendering.charts import Chart, Claim, FigureChart, TimelineChart
from briefings.rendering.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

Format = Literal["svg", "png"]
Theme = Literal["light", "dark"]
Width = Literal["wide", "narrow"]


@dataclass(frozen=True, slots=True)
class _Colours:
    paper: str
    ink: str
    soft: str
    line: str  # gridlines
    joint: str  # between marks
    first: str
    second: str


_THEMES: dict[Theme, _Colours] = {
    "light": _Colours("#ffffff", "#1c1e21", "#4d545d", "#d8dce1", "#8a929c", "#5b94dd", "#0a3d85"),
    "dark": _Colours("#17191c", "#e6e8eb", "#b4bbc5", "#3d434b", "#6b737e", "#4270ad", "#a8cbff"),
}
_SIZES: dict[Width, tuple[float, float]] = {"wide": (7.6, 3.4), "narrow": (3.7, 3.6)}  # inches
_MARKERS = {Bound.EXACT: "o", Bound.AT_LEAST: "^", Bound.AT_MOST: "v", Bound.ABOUT: "D"}
_MOST_LABELS = {"wide": 7, "narrow": 4}
_LONGEST = {"wide": 52, "narrow": 25}  # characters of a label


def draw(chart: Chart, form: Format, theme: Theme = "light", width: Width = "wide") -> bytes:
    """The chart as an SVG or PNG file (two pixels a point). The same chart gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as NewCanvas

    colours = _THEMES[theme]
    settings = {
        "text.parse_math": False,
        "svg.hashsalt": "sitrep",
        "svg.fonttype": "path",
        "font.size": 10,
        "axes.edgecolor": colours.line,
        "axes.labelcolor": colours.ink,
        "text.color": colours.ink,
        "xtick.color": colours.soft,
        "ytick.color": colours.soft,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a box stands for a letter that no font has
        canvas = NewCanvas(figsize=_SIZES[width], facecolor=colours.paper, layout="constrained")
        engine: Any = canvas.get_layout_engine()
        engine.set(w_pad=0.12, h_pad=0.12)  # inches
        axes = canvas.add_subplot()
        axes.set_facecolor(colours.paper)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color=colours.line, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.set_title(_shortened(chart.title, width), loc="left", fontsize=10.5, fontweight="bold", pad=10)
        if isinstance(chart, TimelineChart):
            _timeline(axes, chart, colours, width)
        else:
            _figure(axes, chart, colours, width)
        return _written(canvas, form)


def _shortened(text: str, width: Width) -> str:
    longest = _LONGEST[width]
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _written(canvas: Canvas, form: Format) -> bytes:
    out = io.BytesIO()
    metadata: dict[str, Any] = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    canvas.savefig(out, format=form, dpi=144, metadata=metadata)
    if form == "svg":  # its comments repeat outside text for nothing
        return re.sub(rb"<!--.*?-->\s*", b"", out.getvalue(), flags=re.DOTALL)
    return out.getvalue()


def _timeline(axes: Axes, chart: TimelineChart, colours: _Colours, width: Width) -> None:
    """Bars by day: several outlets below, one outlet above."""
    from matplotlib.ticker import MaxNLocator

    words = Words(chart.language)
    if chart.monthly:
        places = [_months(b.when) - _months(chart.bars[0].when) for b in chart.bars]
    else:
        start = date.fromisoformat(chart.bars[0].when)
        places = [(date.fromisoformat(b.when) - start).days for b in chart.bars]
    several = [b.several for b in chart.bars]
    one = [b.one for b in chart.bars]
    axes.bar(places, several, color=colours.second, width=0.72, label=chart.legend[1])
    axes.bar(places, one, bottom=several, color=colours.first, width=0.72, label=chart.legend[0])
    form = "MMM y" if chart.monthly else "d MMM"
    labels = [words.day(f"{b.when}-01" if chart.monthly else b.when, form) for b in chart.bars]
    step = max(1, -(-len(labels) // (9 if width == "wide" else 4)))
    axes.set_xticks(places[::step], labels[::step], fontsize=9)
    axes.tick_params(length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]))
    axes.legend(frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)


def _months(when: str) -> int:
    return int(when[:4]) * 12 + int(when[5:7])


def _figure(axes: Axes, chart: FigureChart, colours: _Colours, width: Width) -> None:
    """A mark for each claim: a dot, a triangle up for "at least", down for "at most", a diamond for "about"."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    words = Words(chart.language)
    start = min(c.at for c in chart.claims)
    places = [(c.at - start).total_seconds() / 86_400 for c in chart.claims]
    values = [c.value for c in chart.claims]
    axes.plot(places, values, color=colours.joint, linewidth=1.2, zorder=1)
    for bound, marker in _MARKERS.items():
        own = [(x, c.value) for x, c in zip(places, chart.claims, strict=True) if c.bound is bound]
        if own:
            face = colours.paper if bound is Bound.ABOUT else colours.second
            xs, ys = zip(*own, strict=True)
            axes.scatter(xs, ys, marker=marker, s=52, color=face, edgecolors=colours.second, zorder=3)
    last = max(places) or 1.0
    axes.set_xlim(-0.08 * last, last * 1.08)
    spread = max(values) - min(values) or max(abs(max(values)) * 0.2, 1.0)
    low, high = min(values) - spread * 0.18, max(values) + spread * 0.18
    top = _labels(axes, chart, places, (low, high), colours, width)
    axes.set_ylim(low, max(high, top))
    _time_ticks(axes, start, max(places), words, width)
    axes.tick_params(length=0)
    locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
    axes.yaxis.set_major_locator(locator)
    ticks = locator.tick_values(low, max(high, top))
    step = float(abs(ticks[1] - ticks[0])) if len(ticks) > 1 else 0.0
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.short(v, step)))


def _time_ticks(axes: Axes, start: datetime, last: float, words: Words, width: Width) -> None:
    """The first and the last claim's moments, and some between: hours within a day and a half, years over many months."""
    most = 5 if width == "wide" else 2
    by_hour = 0 < last <= 1.5
    form = "MMM y" if last > 300 else "d MMM"
    shown = [0.0, last] if last else [0.0]
    for i in range(1, most):
        moment = start + timedelta(days=last * i / most)
        moment = moment.replace(minute=0, second=0, hour=moment.hour if by_hour else 0)
        place = (moment - start).total_seconds() / 86_400
        if all(abs(place - x) >= last / (most + 1) for x in shown):
            shown.append(place)
    shown.sort()
    moments = [start + timedelta(days=x) for x in shown]
    labels = [(m.strftime("%H:%M\n") if by_hour else "") + words.day(m.date(), form) for m in moments]
    axes.set_xticks(shown, labels, fontsize=9)


def _labels(
    axes: Axes,
    chart: FigureChart,
    places: list[float],
    limits: tuple[float, float],
    colours: _Colours,
    width: Width,
) -> float:
    """What each mark claims and who printed it, beside it: to its right in the first half, to its left in the second,
    moved up where they would meet. The height that they reach."""
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import ScaledTranslation

    chosen = _told_apart(list(zip(places, chart.claims, strict=True)), _MOST_LABELS[width])
    low, high = limits
    room = (high - low) * (0.085 if width == "wide" else 0.095)
    middle = max(places) / 2
    taken: list[tuple[float, bool]] = []
    for place, c in sorted(chosen, key=lambda x: (x[1].value, x[0])):
        y, left = c.value, place > middle
        while any(abs(y - other) < room for other, _ in taken):
            y += room / 2
        taken.append((y, left))
        text = _shortened(f"{c.words} · {c.outlet}" if c.outlet else c.words, width)
        assert axes.figure is not None
        aside = ScaledTranslation((-8 if left else 8) / 72, 0, axes.figure.dpi_scale_trans)
        label = axes.text(
            place,
            y,
            text,
            fontsize=8.5,
            color=colours.ink,
            va="center",
            ha="right" if left else "left",
            transform=axes.transData + aside,
            path_effects=[withStroke(linewidth=3, foreground=colours.paper)],
            zorder=4,
        )
        label.set_in_layout(False)
    return max(y for y, _ in taken) + room


def _told_apart(claims: list[tuple[float, Claim]], most: int) -> list[tuple[float, Claim]]:
    """The first, the last, and the extremes of the others: at most so many."""
    if len(claims) <= most:
        return claims
    ranked = sorted(claims[1:-1], key=lambda x: -abs(x[1].value - claims[0][1].value))
    kept = [claims[0], claims[-1], *ranked[: most - 2]]
    return sorted(kept, key=lambda x: x[0])
