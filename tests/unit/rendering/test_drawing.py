"""Charts drawn: valid files, the same every time, readable, and safe whatever articles hold."""

from __future__ import annotations

import asyncio
import io
import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta
from itertools import product

import pytest
from PIL import Image

from briefings.model import LANGUAGES, Bound, Language
from briefings.plain import literal
from briefings.rendering.charts import Bar, Chart, Claim, FigureChart, TimelineChart
from briefings.rendering.drawing import _THEMES, Format, Theme, Width, draw
from briefings.sources import Worker

FIRST = datetime.fromisoformat("2024-03-06T10:30")
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS: tuple[Width, ...] = ("wide", "narrow")
FORMS: tuple[Format, ...] = ("svg", "png")
PIXELS: dict[Width, tuple[int, int]] = {"wide": (1094, 489), "narrow": (532, 518)}
SVG = "{http://www.w3.org/2000/svg}"
#: What Matplotlib writes into each SVG file: the doctype's and the metadata's names, which nothing fetches.
NAMES = {
    "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd",
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/dc/dcmitype/StillImage",
}


def timeline(language: Language = "en", title: str = "Developments by day", days: int = 6) -> TimelineChart:
    bars = tuple(
        Bar((FIRST + timedelta(days=n)).date().isoformat(), (n * 7) % 5, n % 3 + 1) for n in range(days)
    )
    return TimelineChart(
        "timeline", language, title, "What is seen.", ("one outlet", "several outlets"), bars, False
    )


def monthly(months: int) -> TimelineChart:
    bars = tuple(Bar(f"{1900 + n // 12}-{n % 12 + 1:02}", n % 4, 1) for n in range(months))
    return TimelineChart("timeline", "fr", "Faits", "Ce qu'on voit.", ("un", "plusieurs"), bars, True)


def figure(
    *values: float,
    words: str = "about 500",
    outlet: str = "North Post",
    title: str = "deaths",
    step: timedelta = timedelta(hours=7),
    language: Language = "en",
) -> FigureChart:
    bounds = list(Bound)
    claims = tuple(
        Claim(FIRST + n * step, v, bounds[n % len(bounds)], words, outlet)
        for n, v in enumerate(values or (490, 505, 700, 738))
    )
    return FigureChart("figure-a", language, title, "What is seen.", claims)


CHARTS: dict[str, Chart] = {"timeline": timeline(), "figure": figure()}


def check_svg(drawn: bytes) -> ElementTree.Element:
    """The root of an SVG file that is whole and declares no entity."""
    assert b"<!ENTITY" not in drawn
    root = ElementTree.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox")
    return root


def check_png(drawn: bytes, width: Width) -> None:
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    with Image.open(io.BytesIO(drawn)) as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == PIXELS[width]


def check(chart: Chart) -> None:
    """The chart can be drawn in either form and width."""
    check_svg(draw(chart, "svg", "light", "wide"))
    check_png(draw(chart, "png", "dark", "narrow"), "narrow")


# ---- files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "width", "language"), list(product(THEMES, WIDTHS, LANGUAGES)))
def test_every_drawing_is_a_whole_file(theme: Theme, width: Width, language: Language) -> None:
    """Both charts, as SVG and PNG, in each theme, width and language, on that theme's paper."""
    paper = _THEMES[theme].paper
    for chart in (timeline(language), figure(language=language)):
        drawn = draw(chart, "svg", theme, width)
        check_svg(drawn)
        assert paper.encode() in drawn
        png = draw(chart, "png", theme, width)
        check_png(png, width)
        with Image.open(io.BytesIO(png)) as image:
            corner = image.convert("RGB").getpixel((0, image.height - 1))
        assert corner == tuple(bytes.fromhex(paper[1:]))


@pytest.mark.parametrize("name", CHARTS)
def test_a_drawing_reaches_for_nothing(name: str) -> None:
    """No script, no handler, no foreign content, no reference but within the file; addresses are names alone."""
    drawn = draw(CHARTS[name], "svg")
    for element in check_svg(drawn).iter():
        local = element.tag.rpartition("}")[2]
        assert local not in {"script", "foreignObject", "image", "a", "animate", "set", "iframe", "text"}
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2]
            assert not attribute.startswith("on")
            if attribute == "href":
                assert value.startswith("#")
            assert all(x.startswith("#") for x in re.findall(r"url\(([^)]*)\)", value))
    assert set(re.findall(r"[a-z]+://[^\s\"'<>]+", drawn.decode())) <= NAMES
    assert b"@import" not in drawn


def test_tags_in_words_are_no_tags_in_the_file() -> None:
    """Text is drawn as shapes, and stands at most in a comment, from which it can't get out."""
    words = "<script>alert(1)</script>\"'/>]]>-->"
    drawn = draw(figure(words=words, outlet="--><g onload='x'/>", title=words[:20]), "svg")
    for element in check_svg(drawn).iter():
        assert element.tag.rpartition("}")[2] != "script"
        assert "onload" not in element.attrib
    assert b"<script" not in drawn


@pytest.mark.parametrize(("name", "form"), list(product(CHARTS, FORMS)))
def test_the_same_chart_gives_the_same_bytes(name: str, form: Format) -> None:
    """Drawn twice, with another chart between, a file is the same."""
    first = draw(CHARTS[name], form)
    draw(figure(1, 2, title="another"), form, "dark", "narrow")
    assert draw(CHARTS[name], form) == first


def test_a_drawing_is_the_same_in_the_child_process() -> None:
    """The worker's process draws what this one draws."""
    asked = [(c, form) for c in CHARTS.values() for form in FORMS]

    async def work() -> list[bytes]:
        async with Worker(30) as worker:
            return [await worker.run("Drawing", draw, chart, form) for chart, form in asked]

    assert asyncio.run(work()) == [draw(chart, form) for chart, form in asked]


def test_what_is_shown_changes_the_drawing() -> None:
    """Theme, width, language, title and values each give another file."""
    drawn = [
        draw(figure(), "png"),
        draw(figure(), "png", "dark"),
        draw(figure(), "png", "light", "narrow"),
        draw(figure(language="fr"), "png"),
        draw(figure(title="injured"), "png"),
        draw(figure(490, 505, 700, 739), "png"),
        draw(figure(words="about 501"), "png"),
    ]
    assert len(set(drawn)) == len(drawn)


# ---- colours -------------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = (
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in (byte / 255 for byte in bytes.fromhex(colour[1:]))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_its_paper(theme: Theme) -> None:
    """Titles, labels and ticks have a contrast of 4.5 to 1 (WCAG 1.4.3)."""
    colours = _THEMES[theme]
    for text in (colours.ink, colours.soft):
        assert contrast(text, colours.paper) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_marks_are_seen_on_their_paper(theme: Theme) -> None:
    """The marks of claims, and the bars of several outlets, have a contrast of 3 to 1 (WCAG 1.4.11)."""
    colours = _THEMES[theme]
    assert contrast(colours.second, colours.paper) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_marks_are_told_apart(theme: Theme) -> None:
    """Both kinds of bars and the line between claims have 3 to 1 on their paper, and the bars on each other."""
    colours = _THEMES[theme]
    for one, other in (
        (colours.first, colours.paper),
        (colours.first, colours.second),
        (colours.joint, colours.paper),
    ):
        assert contrast(one, other) >= 3


# ---- hostile values and words --------------------------------------------------------------------------------------------

VALUES: dict[str, tuple[float, ...]] = {
    "equal": (5.0, 5.0, 5.0),
    "zero": (0.0, 0.0),
    "negative": (-5.0, -7.0, 0.0, 3.0),
    "tiny": (5e-324, 1e-300),
    "close": (1e16, 1e16 + 2),
    "large": (9.99e23, 4.0),
    "far apart": (3.0, 4.0, 5.0, 5e9),
}


@pytest.mark.parametrize("name", VALUES)
def test_any_usual_value_can_be_drawn(name: str) -> None:
    """Equal, zero, negative, tiny and large values neither raise nor warn."""
    check(figure(*VALUES[name]))


@pytest.mark.parametrize("words", ["Post 🙂", "新聞", "a\u0378b"])
def test_letters_that_no_font_has_are_boxes(words: str) -> None:
    """In a claim, an outlet, a title and a legend, without a warning."""
    check(figure(words=words, outlet=words, title=words))
    chart = timeline(title=words)
    check(TimelineChart(chart.name, "fr", words, words, (words, words), chart.bars, False))


def test_what_is_no_character_leaves_the_file_well_formed() -> None:
    """XML has no U+FFFF: outside text is literal before it is drawn."""
    words = literal("a\uffffb")
    assert "\uffff" not in words
    check_svg(draw(figure(words=words, outlet=words, title=words), "svg"))


@pytest.mark.parametrize("count", [2, 3, 4, 40])
def test_equal_claims_of_one_moment_can_be_drawn(count: int) -> None:
    """All in one place: no span of time and none of values."""
    for width in WIDTHS:
        check_svg(draw(figure(*[500.0] * count, step=timedelta(0)), "svg", "light", width))
        check_png(draw(figure(*[500.0] * count, step=timedelta(0)), "png", "dark", width), width)


STEPS = {
    "one moment": timedelta(0),
    "a microsecond": timedelta(microseconds=1),
    "a minute": timedelta(minutes=1),
    "a day": timedelta(days=1),
    "a year": timedelta(days=366),
    "centuries": timedelta(days=200_000),
}


@pytest.mark.parametrize("name", STEPS)
def test_any_span_of_time_can_be_drawn(name: str) -> None:
    """From one moment to centuries."""
    check(figure(490, 505, 700, 738, step=STEPS[name]))


WORDS = {
    "mathematics": "$x$ \\frac{1}{2} $$",
    "broken mathematics": "$\\oops{ ^_ $",
    "markup": "<b>&amp;</b> {0} %s %(n)s",
    "a huge sentence": "people signed it " * 5_000,
    "controls": literal("a\x00b\x1b[31m\x07c\nd\te\ud800f"),
    "right to left": literal("שלום 500 مرحبا"),
    "turned": literal("\u202eevil\u2066 \u202d"),
    "in no font": "Post 🙂 新聞 a\u0378b",
    "no characters": literal("a\uffffb\ufffec"),
    "accents": "é e\u0301 ç œ “x” « y » – … €",
    "nothing": "",
}


@pytest.mark.parametrize("name", WORDS)
def test_any_words_can_be_drawn(name: str) -> None:
    """Words of an article neither raise nor warn, in a claim, an outlet, a title, or a legend."""
    words = WORDS[name]
    check(figure(words=words, outlet=words, title=words))
    check(timeline(title=words))


def test_mathematics_is_drawn_as_it_stands() -> None:
    """A dollar is a dollar: "$x$" is three characters wide, and not an italic letter."""
    assert draw(figure(words="$x$"), "svg") != draw(figure(words="x"), "svg")
    assert draw(figure(words="$x$"), "svg").count(b"DejaVuSans-Oblique") == 0


@pytest.mark.parametrize("chart", [timeline(days=62), timeline(days=2), monthly(400)], ids=["62", "2", "m"])
def test_any_length_of_timeline_can_be_drawn(chart: TimelineChart) -> None:
    """Two days, two months, decades of months."""
    for width in WIDTHS:
        check_png(draw(chart, "png", "dark", width), width)


def test_a_hundred_claims_can_be_drawn() -> None:
    """A few are labelled, all have their mark."""
    chart = figure(*range(100))
    root = check_svg(draw(chart, "svg"))
    marks = [g for g in root.iter(f"{SVG}g") if (g.get("id") or "").startswith("PathCollection")]
    uses = sum(len(list(g.iter(f"{SVG}use"))) for g in marks)
    assert uses == 100
