"""What a chart shows: which bars and claims it has, in what order, and the words for who can't see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings import demo
from briefings.dossier import DevelopmentFact, FigureFact, FigureSeries, View, compile_dossier
from briefings.dossier import Text as Printing
from briefings.model import LANGUAGES, Bound, Citation, Language, Span
from briefings.reading import read
from briefings.rendering import Briefing, Templates, render
from briefings.rendering.charts import (
    TIMELINE,
    Bar,
    FigureChart,
    TimelineChart,
    figure_chart,
    figure_name,
    timeline_chart,
)
from briefings.rendering.document import Block, Image, ListBlock, Quotation
from briefings.rendering.words import Words, zone_of

NOW = datetime(2023, 11, 23, 12, tzinfo=UTC)
FIRST = datetime(2024, 3, 6, 10, 30, tzinfo=UTC)
TEMPLATES = Templates()
CITATION = Citation("a", 1, Span(0, 5))


def happened(day: str, voices: int = 1, n: int = 0) -> DevelopmentFact:
    return DevelopmentFact(
        key=f"{day}/{voices}/{n}",
        citations=(CITATION,),
        outlets=("Post",),
        voices=voices,
        first=None,
        last=None,
        date=day,
        concept="other",
        actors=(),
        texts=(Printing("en", "It fell.", CITATION, "Post"),),
    )


def claimed(
    value: float,
    at: datetime | None = FIRST,
    words: str = "",
    outlet: str = "Post",
    bound: Bound = Bound.EXACT,
) -> FigureFact:
    text = Printing("en", words or f"{value:g}", CITATION, outlet)
    return FigureFact(
        key=f"figure:{value:g}{bound}",
        citations=(CITATION,),
        outlets=(outlet,),
        voices=1,
        first=at,
        last=at,
        topic="people|dead",
        value=value,
        unit="people",
        bound=bound,
        text=text,
        sentence=text,
        counts="dead",
    )


def series(*claims: FigureFact, topic: str = "people|dead") -> FigureSeries:
    return FigureSeries(topic, (), "people", claims)


def timeline(*developments: DevelopmentFact, language: Language = "en") -> TimelineChart:
    chart = timeline_chart(developments, Words(language))
    assert chart is not None
    return chart


def figure(*claims: FigureFact, language: Language = "en", label: str = "deaths") -> FigureChart:
    chart = figure_chart(series(*claims), label, Words(language))
    assert chart is not None
    return chart


def days(n: int, first: date = date(2024, 1, 1)) -> str:
    return (first + timedelta(days=n)).isoformat()


# ---- the timeline --------------------------------------------------------------------------------------------------------


def test_developments_are_counted_by_day() -> None:
    """A bar for each day that has any, those of one outlet apart from those of several, in order of time."""
    chart = timeline(
        happened("2024-03-09", 2),
        happened("2024-03-06"),
        happened("2024-03-06", 1, 1),
        happened("2024-03-06", 3),
        happened("2024-03-07"),
    )
    assert chart.bars == (Bar("2024-03-06", 2, 1), Bar("2024-03-07", 1, 0), Bar("2024-03-09", 0, 1))
    assert not chart.monthly


def test_the_order_of_arrival_does_not_matter() -> None:
    """The same developments in another order are the same chart."""
    some = [happened(days(n), 1 + n % 3) for n in range(9)]
    assert timeline(*some) == timeline(*reversed(some))


@pytest.mark.parametrize(("last", "monthly"), [(62, False), (63, True)])
def test_more_than_two_months_are_shown_by_month(last: int, monthly: bool) -> None:
    """Up to 62 days by day, by month beyond."""
    chart = timeline(happened(days(0)), happened(days(20)), happened(days(last)))
    assert chart.monthly is monthly
    assert {len(b.when) for b in chart.bars} == ({7} if monthly else {10})


def test_months_hold_all_of_their_days() -> None:
    """The bars by month add up over the days, also over the end of a year."""
    chart = timeline(
        happened("2023-12-01"),
        happened("2023-12-31", 2),
        happened("2024-01-01"),
        happened("2024-03-09"),
        happened("2024-03-10"),
    )
    assert chart.bars == (Bar("2023-12", 1, 1), Bar("2024-01", 1, 0), Bar("2024-03", 2, 0))


@pytest.mark.parametrize(
    "dates",
    [
        [],
        ["2024-03-06"],
        ["2024-03-06", "2024-03-06"],
        ["2024", "2024-03"],
        ["2023", "2023-11", "2024-03-06"],
    ],
)
def test_fewer_than_two_days_are_no_timeline(dates: list[str]) -> None:
    """One day, or months and years alone, show nothing that a chart could."""
    assert timeline_chart([happened(d, 1, n) for n, d in enumerate(dates)], Words("en")) is None


def test_what_is_dated_by_month_or_year_alone_has_no_bar() -> None:
    """A coarser date is not shown on a day that nobody gave."""
    chart = timeline(happened("2024"), happened("2024-03"), happened("2024-03-06"), happened("2024-03-07"))
    assert [b.when for b in chart.bars] == ["2024-03-06", "2024-03-07"]
    assert "2 dated developments" in chart.alt


@given(
    st.lists(
        st.tuples(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 4)),
        min_size=1,
        max_size=30,
    )
)
def test_every_dated_development_is_in_one_bar(given_days: list[tuple[date, int]]) -> None:
    """Whatever the days, the bars are in order, none is empty, and together they hold everything."""
    chart = timeline_chart(
        [happened(d.isoformat(), voices, n) for n, (d, voices) in enumerate(given_days)], Words("fr")
    )
    if chart is None:
        assert len({d.isoformat()[:7] for d, _ in given_days}) < 2 or len({d for d, _ in given_days}) < 2
        return
    when = [b.when for b in chart.bars]
    assert when == sorted(set(when))
    assert all(b.one + b.several > 0 for b in chart.bars)
    assert sum(b.several for b in chart.bars) == sum(v >= 2 for _, v in given_days)
    assert sum(b.one for b in chart.bars) == sum(v < 2 for _, v in given_days)


def test_the_words_for_a_timeline_say_what_is_seen() -> None:
    """How many, from when to when, and the fullest days, in both languages."""
    some = [
        happened("2024-03-06"),
        *(happened("2024-03-07", 1, n) for n in range(4)),
        *(happened("2024-03-09", 2, n) for n in range(2)),
        happened("2024-03-10"),
    ]
    english, french = timeline(*some), timeline(*some, language="fr")
    assert english.alt == (
        "Chart of the timeline: 8 dated developments from March 6, 2024 to March 10, 2024, "
        "most on March 7, 2024 (4), March 9, 2024 (2), March 6, 2024 (1)."
    )
    assert french.alt == (
        "Graphique de la chronologie : 8 faits datés du 6 mars 2024 au 10 mars 2024, "
        "surtout le 7 mars 2024 (4), 9 mars 2024 (2), 6 mars 2024 (1)."
    )
    assert (english.title, english.legend) == ("Developments by day", ("one outlet", "several outlets"))
    assert (french.title, french.legend) == ("Faits par jour", ("un seul média", "plusieurs médias"))


@pytest.mark.parametrize(("language", "title"), [("en", "Developments by month"), ("fr", "Faits par mois")])
def test_a_monthly_timeline_says_so(language: Language, title: str) -> None:
    """Its title names the months."""
    chart = timeline(happened("2023-01-03"), happened("2023-11-18"), language=language)
    assert chart.monthly
    assert chart.title == title


# ---- a figure ------------------------------------------------------------------------------------------------------------


def test_claims_are_in_order_of_time() -> None:
    """The earliest first, with value, bound, words and outlet as printed."""
    chart = figure(
        claimed(7, FIRST + timedelta(days=1), "at least 7", "Courier", Bound.AT_LEAST),
        claimed(5, FIRST, "5"),
    )
    assert [(c.at, c.value, c.bound, c.words, c.outlet) for c in chart.claims] == [
        (datetime(2024, 3, 6, 10, 30), 5, Bound.EXACT, "5", "Post"),  # noqa: DTZ001
        (datetime(2024, 3, 7, 10, 30), 7, Bound.AT_LEAST, "at least 7", "Courier"),  # noqa: DTZ001
    ]


def test_claims_of_one_moment_are_always_in_the_same_order() -> None:
    """The order in which they are given does not matter."""
    same = [claimed(v) for v in (9, 1, 5, 3)]
    assert figure(*same) == figure(*reversed(same))


@pytest.mark.parametrize(
    "claims", [(), (claimed(1),), (claimed(1), claimed(2, None)), (claimed(1, None),) * 3]
)
def test_fewer_than_two_dated_claims_are_no_chart(claims: tuple[FigureFact, ...]) -> None:
    """A claim without a moment has no place on a chart over time."""
    assert figure_chart(series(*claims), "deaths", Words("en")) is None


def test_claims_stand_at_the_editions_time() -> None:
    """A claim of the evening in UTC is of the next day in Paris, and the words say so."""
    late = claimed(5, datetime(2024, 3, 6, 23, 30, tzinfo=UTC))
    chart = figure_chart(series(late, claimed(6, FIRST)), "deaths", Words("en", zone_of("Europe/Paris")))
    assert chart is not None
    assert chart.claims[-1].at.isoformat() == "2024-03-07T00:30:00"
    assert "5 (Post, March 7, 2024)" in chart.alt


def test_claims_are_in_order_of_local_time() -> None:
    """Where an outlet gave the day alone it stands at that day's midnight, also west of Greenwich."""
    words = Words("en", zone_of("America/New_York"))
    alone = claimed(1, datetime(2024, 3, 7, tzinfo=UTC), "the day")
    before = claimed(2, datetime(2024, 3, 7, 2, tzinfo=UTC), "the evening before")
    after = claimed(3, datetime(2024, 3, 7, 6, tzinfo=UTC), "that night")
    chart = figure_chart(series(alone, before, after), "deaths", words)
    assert chart is not None
    assert [c.words for c in chart.claims] == ["the evening before", "the day", "that night"]
    assert [c.at for c in chart.claims] == sorted(c.at for c in chart.claims)
    assert chart.claims[1].at.isoformat() == "2024-03-07T00:00:00"


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e300, -1e300])
def test_a_value_that_no_axis_can_show_is_left_out(value: float) -> None:
    """The others are drawn; fewer than two of them are no chart."""
    odd = claimed(value, FIRST + timedelta(hours=1), "odd")
    chart = figure(claimed(1), odd, claimed(2, FIRST + timedelta(hours=2)))
    assert [c.value for c in chart.claims] == [1, 2]
    assert "odd" not in chart.alt
    assert figure_chart(series(claimed(1), odd), "deaths", Words("en")) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("low", "step"),
    [
        (0.0, 0.2), (2.0, 0.25), (2.6, 0.2), (-3.0, 0.5), (0.0, 1.0), (9_998.0, 1.0), (9_000.0, 500.0),
        (1e5, 2_500.0), (999_000.0, 500.0), (1e6, 2e5), (1.3e9, 2.5e7), (13e9, 5e8), (1e12, 2e11), (0.0, 0.002),
        (-5e4, 2.5e4),
    ],
)  # fmt: skip
def test_neighbours_on_an_axis_differ(language: Language, low: float, step: float) -> None:
    """Six ticks of any usual step are six numbers, as short as they can be told apart."""
    shown = [Words(language).short(low + n * step, step) for n in range(6)]
    assert len(set(shown)) == 6, shown


def test_an_axis_number_has_no_slip_of_the_machine() -> None:
    """2.8000000000000003 is 2.8."""
    assert Words("en").short(2.8000000000000003, 0.2) == "2.8"
    assert Words("fr").short(2.8000000000000003, 0.2) == "2,8"
    assert Words("en").short(3.0, 0.0) == "3"


def test_the_words_for_a_figure_say_what_is_seen() -> None:
    """What is counted, how many claims, and each as printed with its outlet and day, in both languages."""
    claims = (claimed(5, FIRST, "some 5"), claimed(7, FIRST + timedelta(days=1), outlet=""))
    assert figure(*claims).alt == (
        "Chart of “deaths”: 2 claims over time: some 5 (Post, March 6, 2024); 7 (unknown outlet, March 7, 2024)."
    )
    assert figure(*claims, language="fr", label="morts").alt == (
        "Graphique « morts » : 2 chiffres avancés au fil du temps : "
        "some 5 (Post, 6 mars 2024); 7 (média inconnu, 7 mars 2024)."
    )


def test_the_words_for_many_claims_are_few() -> None:
    """The first six are repeated, an ellipsis stands for the others, and how many there are is said."""
    alt = figure(*(claimed(n, FIRST + timedelta(hours=n)) for n in range(1, 40))).alt
    assert "39 claims" in alt
    assert alt.count("(Post") == 6
    assert alt.endswith("; ….")


@pytest.mark.parametrize("language", LANGUAGES)
def test_outside_text_in_a_chart_is_literal(language: Language) -> None:
    """Control characters are gone, a turned direction is closed, and marks and placeholders stay as they are."""
    hostile = "\x1b[31m%(n)s $x$ {0}\n<b>\u202e @everyone\x00"
    chart = figure(
        claimed(1, words=hostile, outlet=hostile), claimed(2, FIRST + timedelta(hours=1)), language=language
    )
    claim = chart.claims[0]
    for shown in (claim.words, claim.outlet):
        assert shown == "\u2068[31m%(n)s $x$ {0} <b>\u202e @everyone\u202c\u2069"
        assert shown in chart.alt
    assert not {"\x1b", "\n", "\x00"} & set(chart.alt)


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_words_of_a_chart(words: str, outlet: str, label: str) -> None:
    """Whatever articles hold, a chart's words are one line and name the label."""
    alt = figure(claimed(1, words=words, outlet=outlet), claimed(2), label=label).alt
    assert f"“{label}”" in alt
    assert "\n" not in alt.replace(label, "")


def test_a_figures_chart_keeps_its_name() -> None:
    """The name depends on what is counted alone: neither on the claims, nor the language, nor the process."""
    name = figure_name(series())
    assert name == figure(claimed(1), claimed(2)).name == figure(claimed(3), claimed(9), language="fr").name
    assert name == "figure-bc5a6c2f9d55"
    assert figure_name(series(topic="people|injured")) != name
    assert timeline(happened(days(0)), happened(days(1))).name == TIMELINE == "timeline"


# ---- in a briefing -------------------------------------------------------------------------------------------------------


@cache
def story() -> View:
    latest = {a.id: a for a in demo.articles()}
    return View(compile_dossier(read(a) for a in latest.values()))


def brief(template: str, language: Language = "en") -> Briefing:
    return render(story(), TEMPLATES, template, language, story=demo.NAME, now=NOW)


def images(blocks: tuple[Block, ...]) -> Iterator[Image]:
    for block in blocks:
        match block:
            case Image():
                yield block
            case Quotation(children=inner):
                yield from images(inner)
            case ListBlock(items=items):
                for item in items:
                    yield from images(item)
            case _:
                pass


@pytest.mark.parametrize("template", TEMPLATES.names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_image_has_its_chart(template: str, language: Language) -> None:
    """The images of a document and the briefing's charts are the same, in order, with the same words."""
    briefing = brief(template, language)
    shown = [(i.name, i.alt) for i in images(briefing.document.blocks)]
    assert shown == [(c.name, c.alt) for c in briefing.charts]
    assert all(c.language == language for c in briefing.charts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demos_timeline_has_its_chart(language: Language) -> None:
    """The timeline's briefing shows each of the demo's days once, with all that is dated."""
    (chart,) = brief("timeline", language).charts
    assert isinstance(chart, TimelineChart)
    dated = [d for d in story().developments if len(d.date) == 10]
    assert [b.when for b in chart.bars] == sorted({d.date for d in dated})
    assert sum(b.one + b.several for b in chart.bars) == len(dated)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demos_figures_have_their_charts(language: Language) -> None:
    """Each chart is a series of the view with its claims as printed, its title what the briefing calls it."""
    by_name = {figure_name(s): s for s in story().series}
    charts = brief("figures", language).charts
    assert charts
    for chart in charts:
        assert isinstance(chart, FigureChart)
        dated = [c for c in by_name[chart.name].claims if c.first is not None]
        assert sorted((c.value, c.words) for c in chart.claims) == sorted(
            (c.value, c.text.words) for c in dated
        )
        assert f" {chart.title} " in chart.alt.replace("“", " ").replace("”", " ")


def test_a_story_without_articles_has_no_chart() -> None:
    """Nothing to see is no image."""
    empty = View(compile_dossier([]))
    for template in TEMPLATES.names():
        briefing = render(empty, TEMPLATES, template, "en", story="S", now=NOW)
        assert briefing.charts == ()
        assert not list(images(briefing.document.blocks))
