"""A briefing narrowed: to an actor's quotes, to consequences of a status, to what happened since a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import cast

import pytest

from briefings import demo
from briefings.dossier import DevelopmentFact, View, compile_dossier
from briefings.dossier import Text as Printing
from briefings.model import LANGUAGES, Citation, Language, Span, Status
from briefings.plain import literal
from briefings.reading import read
from briefings.rendering import Briefing, Only, Templates, render, to_text
from briefings.rendering.charts import TimelineChart
from briefings.rendering.choosing import Choice
from briefings.rendering.document import CitationMark, Footnote, Heading, Text

NOW = datetime(2023, 11, 23, 12, tzinfo=UTC)
TEMPLATES = Templates()
SINCE = "2023-11-20"


@cache
def view() -> View:
    latest = {a.id: a for a in demo.articles()}
    return View(compile_dossier(read(a) for a in latest.values()))


def brief(template: str, only: Only | None = None, language: Language = "en") -> Briefing:
    return render(view(), TEMPLATES, template, language, story="S", now=NOW, only=only)


def heading(briefing: Briefing) -> str:
    first = briefing.document.blocks[0]
    assert isinstance(first, Heading)
    return "".join(x.text for x in first.children if isinstance(x, Text))


def test_quotes_are_narrowed_to_their_speaker() -> None:
    """Every quote carried is the speaker's, and there are fewer of them than without."""
    quotes = {q.key: q for q in view().quotes}
    narrowed, whole = brief("quotes", Only(by="Sam Altman")), brief("quotes")
    assert narrowed.facts
    assert {quotes[k].speaker for k in narrowed.facts} == {"Sam Altman"}
    assert len({quotes[k].speaker for k in whole.facts}) > 1


@pytest.mark.parametrize("status", sorted({c.status for c in view().consequences}))
def test_consequences_are_narrowed_to_their_status(status: Status) -> None:
    """Every consequence carried is of the status; together the statuses are all of them."""
    kinds = {c.key: c for c in view().consequences}
    narrowed = brief("consequences", Only(status=status))
    assert {kinds[k].status for k in narrowed.facts} == {status}
    assert len({c.status for c in view().consequences}) > 1


def test_developments_are_narrowed_to_those_since_a_day() -> None:
    """Nothing carried happened before it, and what happened on that very day is there."""
    days = {d.key: d.date for d in view().developments}
    narrowed, whole = brief("timeline", Only(since=SINCE)), brief("timeline")
    told = {days[k] for k in narrowed.facts}
    assert min(told) == SINCE
    assert min(days[k] for k in whole.facts) < SINCE
    assert {k for k in whole.facts if days[k] >= SINCE} == set(narrowed.facts)


@pytest.mark.parametrize("template", TEMPLATES.names())
def test_nothing_narrowed_is_the_whole_briefing(template: str) -> None:
    """`Only()` and None are the same, and no heading says anything."""
    assert brief(template, Only()) == brief(template)
    assert heading(brief(template)).startswith("S — ")
    assert "2023" not in heading(brief(template))


@pytest.mark.parametrize(
    ("template", "only"),
    [
        ("quotes", Only(by="Sam Altman")),
        ("consequences", Only(status=Status.EXPECTED)),
        ("timeline", Only(since=SINCE)),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_is_shown_is_cited(template: str, only: Only, language: Language) -> None:
    """Each source is a mark in the text and one of a carried fact's citations; the numbers begin with 1."""
    briefing = brief(template, only, language)
    marks = {x.number for x in briefing.document.inlines() if isinstance(x, CitationMark)}
    notes = [b.number for b in briefing.document.blocks if isinstance(b, Footnote)]
    assert notes == [s.number for s in briefing.sources] == sorted(marks) == list(range(1, len(marks) + 1))
    carried = {c for k in briefing.facts for c in view().facts[k].citations}
    assert {s.citation for s in briefing.sources} <= carried
    assert len(briefing.sources) < len(brief(template, None, language).sources)


def test_the_chart_shows_what_the_timeline_tells() -> None:
    """The chart of a narrowed timeline has no bar before the day, and its words say the first day that it has."""
    (chart,) = brief("timeline", Only(since=SINCE)).charts
    assert isinstance(chart, TimelineChart)
    assert chart.bars[0].when == SINCE
    shown = [d for d in view().developments if d.date >= SINCE and len(d.date) == 10]
    assert sum(b.one + b.several for b in chart.bars) == len(shown)
    assert "from November 20, 2023 to" in chart.alt


@pytest.mark.parametrize(
    ("template", "only", "english", "french"),
    [
        ("quotes", Only(by="Sam Altman"), "S — Quotes by Sam Altman", "S — Citations — Sam Altman"),
        (
            "consequences",
            Only(status=Status.EXPECTED),
            "S — Consequences (expected)",
            "S — Conséquences (attendu)",
        ),
        (
            "timeline",
            Only(since=SINCE),
            "S — Timeline since November 20, 2023",
            "S — Chronologie depuis le 20 novembre 2023",
        ),
    ],
)
def test_the_heading_says_what_it_is_narrowed_to(
    template: str, only: Only, english: str, french: str
) -> None:
    """In the words of either language."""
    assert heading(brief(template, only, "en")) == english
    assert heading(brief(template, only, "fr")) == french


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_in_a_heading_is_only_text(language: Language) -> None:
    """A name with marks, braces and a turned direction stays words, its direction closed."""
    name = "**x** {{ y }} @everyone \u202e[z](https://evil.example)"
    first = brief("quotes", Only(by=name), language).document.blocks[0]
    assert isinstance(first, Heading)
    assert all(isinstance(x, Text) for x in first.children)
    shown = heading(brief("quotes", Only(by=name), language))
    assert "**x** {{ y }} @everyone" in shown
    assert shown.count("\u202e") == shown.count("\u202c")
    assert literal(name).removeprefix("\u2068").removesuffix("\u2069") in shown


@pytest.mark.parametrize(
    ("template", "only", "said"),
    [
        ("quotes", Only(by="Nobody At All"), "No quote yet."),
        ("timeline", Only(since="2031-01-01"), "No dated development yet."),
    ],
)
def test_narrowed_to_nothing_says_so(template: str, only: Only, said: str) -> None:
    """A briefing with nothing left cites nothing, carries nothing, draws nothing, and says what is missing."""
    briefing = brief(template, only)
    assert (briefing.facts, briefing.sources, briefing.charts) == ((), (), ())
    assert said in to_text(briefing)


@dataclass(frozen=True)
class Dated:
    """A view that has developments alone."""

    developments: tuple[DevelopmentFact, ...]


def happened(date: str) -> DevelopmentFact:
    citation = Citation("a", 1, Span(0, 5))
    return DevelopmentFact(
        key=date,
        citations=(citation,),
        outlets=("Post",),
        voices=1,
        first=None,
        last=None,
        date=date,
        concept="other",
        actors=(),
        texts=(Printing("en", "It fell.", citation, "Post"),),
    )


@pytest.mark.parametrize(
    ("since", "kept"),
    [
        ("2023-11-20", ["2023", "2023-11", "2023-11-20", "2023-12", "2024"]),
        ("2023-12-01", ["2023", "2023-12", "2024"]),
        ("2024-01-01", ["2024"]),
        ("2025-01-01", []),
    ],
)
def test_a_month_or_a_year_counts_as_since_a_day_in_it(since: str, kept: list[str]) -> None:
    """What is dated by its month or year alone is kept where the day falls in it or before it."""
    dates = ["2022", "2022-12-31", "2023", "2023-11", "2023-11-19", "2023-11-20", "2023-12", "2024"]
    all_of_them = cast(View, Dated(tuple(happened(d) for d in dates)))
    assert [d.date for d in Choice(all_of_them, "en", Only(since=since)).developments] == kept
