"""A briefing: a view through a template, in a language and time zone, with its numbered citations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from briefings.dossier import (
    ActorFact,
    Change,
    Conflict,
    Fact,
    FigureSeries,
    Numbering,
    QuoteFact,
    RoleFact,
    Side,
    View,
)
from briefings.dossier import Text as Printing
from briefings.model import Article, Citation, Gap, Language, Reading
from briefings.plain import literal, safe_url
from briefings.rendering.charts import Chart, figure_chart, timeline_chart
from briefings.rendering.choosing import Choice, Only
from briefings.rendering.document import (
    CitationMark,
    Document,
    Emphasis,
    Footnote,
    Image,
    Inline,
    Link,
    Text,
)
from briefings.rendering.gaps import gap_words
from briefings.rendering.markdown import Blocks, FootnoteMark
from briefings.rendering.templates import Templates, Trusted, message, messages, put
from briefings.rendering.words import Words

T = TypeVar("T")

_MARKS: dict[str, tuple[str, str]] = {"fr": ("« ", " »"), "en": ("“", "”")}
_MOST_CHARTS = 6  # of one briefing: the figures with most claims come first
_FIRST = 4  # sentences among which an article's lead is looked for
_LEAD = 40  # characters that a sentence needs to be taken for what an article begins with
_SHOWN = 3  # citations beside one fact; the rest stand in its evidence


#: What figures count, by the lexicon's concepts, in words for a template to translate.
COUNTED = {
    "staff": "staff",
    "signed": "signatures",
    "invested": "amount invested",
    "valued": "valuation",
    "dead": "deaths",
    "injured": "injured",
    "missing": "missing people",
    "cut": "cuts",
    "jobs": "jobs",
    "votes": "votes",
    "shares": "share price",
    "board": "board members",
    "people": "people",
    "arrested": "arrests",
    "evacuated": "people evacuated",
    "sales": "sales",
    "profit": "profit",
    "loss": "losses",
    "cases": "cases",
    "accounts": "users and customers",
    "fine": "fine",
    "raised": "amount raised",
    "fell": "fall",
    "rose": "rise",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A cited sentence as the list of citations gives it."""

    number: int
    citation: Citation
    sentence: str
    language: Language
    outlet: str
    title: str
    url: str
    published: datetime | None
    sample: bool

    @classmethod
    def of(cls, number: int, citation: Citation, reading: Reading) -> Source:
        """The sentence that a citation of that reading's revision names."""
        article = reading.article
        return cls(
            number=number,
            citation=citation,
            sentence=citation.span.of(article.text),
            language=reading.language,
            outlet=article.outlet,
            title=article.title,
            url=article.url,
            published=article.published,
            sample=article.sample,
        )


@dataclass(frozen=True, slots=True)
class Briefing:
    """A rendered dossier: its document, whom it cites, which facts it carries, and the numbering after it.

    `charts` are what the document's images show, by their names; `news`: it lists articles that have come in since.
    """

    document: Document
    sources: tuple[Source, ...]
    facts: tuple[str, ...]
    numbering: Numbering
    template: str
    language: Language
    charts: tuple[Chart, ...] = ()
    news: bool = False


@dataclass(frozen=True, slots=True)
class Came(Trusted):
    """An article that has come in or was revised since the last briefing, and the sentence that it begins with."""

    article: Article
    lead: Printing
    revised: bool


def render(
    view: View,
    templates: Templates,
    template: str,
    language: Language,
    *,
    story: str,
    now: datetime,
    zone: tzinfo = UTC,
    numbering: Numbering | None = None,
    changes: Sequence[Change] = (),
    before: View | None = None,
    gaps: Sequence[Gap] = (),
    only: Only | None = None,
) -> Briefing:
    """The briefing of `view` by template `template`. NotFound, TemplateFault.

    `changes` are those since the view `before`, which is that of the last briefing, None where there was none;
    `numbering` is the story's so far; `only` narrows what is shown.
    """
    desk = _Desk(view, before, Words(language, zone), numbering or Numbering(), only or Only())
    values = {
        **desk.values(),
        "story": story,
        "now": now,
        "changes": tuple(changes),
        "first": before is None,
        "gaps": tuple(gaps),
    }
    document = templates.render(template, language, values)
    return Briefing(
        document,
        desk.cited(),
        tuple(desk.carried),
        desk.numbering,
        template,
        language,
        tuple(desk.charts.values()),
        desk.listed,
    )


class _Desk(Trusted):
    """What a template may call. One render's own: it collects what is cited, in order."""

    def __init__(
        self, view: View, before: View | None, words: Words, numbering: Numbering, only: Only
    ) -> None:
        self.view = view
        self.before = before
        self.words = words
        self.choice = Choice(view, words.language, only)
        self.charts: dict[str, Chart] = {}
        self.numbering = numbering
        self.used: dict[Citation, None] = {}
        self.carried: dict[str, None] = {}
        self.listed = False
        self._cited: tuple[Source, ...] = ()

    def values(self) -> dict[str, Any]:
        w, view = self.words, self.view
        return {
            "language": w.language,
            "view": view,
            "actors": view.actors,
            "quotes": self.choice.quotes,
            "series": view.series,
            "developments": self.choice.developments,
            "consequences": self.choice.consequences,
            "outlets": view.outlets,
            "conflicts": view.conflicts,
            "articles": view.articles,
            "news": self._news,
            "_": message(w),
            "ngettext": messages(w),
            "day": w.day,
            "weekday": w.weekday,
            "moment": w.moment,
            "number": w.number,
            "cite": self._cite,
            "cited": self.cited,
            "citation_list": self._citation_list,
            "footnote": _footnote,
            "said": self._said,
            "words": self._words,
            "link": _link,
            "lede": self.choice.lede,
            "key_quotes": self.choice.key_quotes,
            "key_actors": self.choice.key_actors,
            "key_consequences": self.choice.key_consequences,
            "timeline": self.choice.timeline,
            "pick": self.choice.pick,
            "status": self.status,
            "role_words": self.role_words,
            "change_words": self.change_words,
            "told": self.choice.told,
            "line": self.line,
            "about": self.about,
            "what": self.choice.what,
            "label": self.label,
            "call": self.call,
            "gap_words": self.gap_words,
            "narrowed": self.narrowed(),
            "timeline_chart": self._timeline_chart,
            "figure_chart": self._figure_chart,
            "take": lambda items, n: list(islice(items, n)),
            "ends": _ends,
        }

    # ---- citations -----------------------------------------------------------------------------------------------------

    @pass_context
    def _cite(self, context: Context, fact: Fact | Side | Printing | Citation, most: int = _SHOWN) -> Markup:
        """The numbers of a fact's citations, the preferred language's and each outlet's first."""
        key = ""
        if isinstance(fact, Citation):
            chosen = [fact]
        elif isinstance(fact, Printing):
            chosen = [fact.citation]
            key = self._facts_at.get(fact.citation, "")
            if key:
                self.carried.setdefault(key)
        elif isinstance(fact, Side):
            key = fact.fact
            self.carried.setdefault(key)
            chosen = [fact.text.citation]
        else:
            key = fact.key
            self.carried.setdefault(key)
            chosen = self._choose(fact, most)
        self.numbering = self.numbering.assign(chosen)
        inlines: list[Inline] = []
        for c in chosen:
            self.used.setdefault(c)
            inlines.append(CitationMark(self.numbering.of(c), key))
        return put(context, inlines)

    def _choose(self, fact: Fact, most: int) -> list[Citation]:
        """At most so many citations: that of the printing shown first, then one for each further outlet."""
        shown = self.choice.pick(getattr(fact, "texts", ()) or ())
        ordered = ([shown.citation] if shown is not None else []) + list(fact.citations)
        chosen: dict[str, Citation] = {}
        for c in ordered:
            chosen.setdefault(self._reading(c).article.outlet or c.article, c)
        return list(chosen.values())[:most]

    def _reading(self, citation: Citation) -> Reading:
        """The reading of the cited revision: today's, or for what was corrected or withdrawn that of the last briefing."""
        for view in (self.view, self.before):
            reading = view.dossier.readings.get(citation.article) if view is not None else None
            if reading is not None and reading.article.revision == citation.revision:
                return reading
        raise KeyError(f"{citation} is in neither dossier")

    def cited(self) -> tuple[Source, ...]:
        """The cited sentences so far, by number."""
        if len(self._cited) == len(self.used):
            return self._cited
        found = []
        for c in self.used:
            found.append(Source.of(self.numbering.of(c), c, self._reading(c)))
        self._cited = tuple(sorted(found, key=lambda s: s.number))
        return self._cited

    @pass_context
    def _citation_list(self, context: Context) -> Markup:
        """The cited sentences as footnotes: sentence, outlet, moment, link."""
        return put(context, Blocks([footnote_of(s, self.words) for s in self.cited()]))

    def _news(self, most_at_first: int = 500) -> list[Came]:
        """The articles that have come in since the last briefing, the newest first; at the first one, the newest."""
        found = []
        for article in reversed(self.view.articles):
            before = self.before.dossier.readings.get(article.id) if self.before is not None else None
            if before is not None and before.article.revision == article.revision:
                continue
            reading = self.view.dossier.readings[article.id]
            if reading.sentences:
                place = self._lead_of(article, reading)
                span = place.span
                lead = Printing(reading.language, span.of(article.text), place, article.outlet)
                found.append(Came(article, lead, before is not None))
        self.listed = self.listed or bool(found)
        return found if self.before is not None else found[:most_at_first]

    def _lead_of(self, article: Article, reading: Reading) -> Citation:
        """The sentence that an article begins with: one of the first that carries a fact, so that it is corrected when
        that is; else the first that is long enough."""
        places = [Citation(article.id, article.revision, s) for s in reading.sentences[:_FIRST]]
        long = [p for p in places if p.span.end - p.span.start >= _LEAD]
        return next((p for p in long if p in self._facts_at), (long or places)[0])

    @cached_property
    def _facts_at(self) -> dict[Citation, str]:
        """The key of a fact that each cited sentence carries."""
        return {c: f.key for f in self.view.facts.values() for c in f.citations}

    # ---- an article's words ---------------------------------------------------------------------------------------------

    @pass_context
    def _said(self, context: Context, text: Printing) -> Markup:
        """Exact words between the quotation marks of their language."""
        opening, closing = _MARKS[text.language]
        return put(
            context, [Text(f"{opening}{literal(text.words.removesuffix(','))}{closing}", text.language)]
        )

    @pass_context
    def _words(self, context: Context, text: Printing | Source) -> Markup:
        """A sentence as it stands in the article."""
        words = text.sentence if isinstance(text, Source) else text.words
        return put(context, [Text(literal(words), text.language)])

    # ---- charts ----------------------------------------------------------------------------------------------------------

    @pass_context
    def _timeline_chart(self, context: Context) -> Markup | str:
        """The timeline as an image; nothing where there is too little to see."""
        return self._image(context, timeline_chart(self.choice.developments, self.words))

    @pass_context
    def _figure_chart(self, context: Context, series: FigureSeries) -> Markup | str:
        """A figure's claims over time as an image; nothing where there is one claim alone."""
        label = "".join(x.text for x in self.label(series) if isinstance(x, Text))
        return self._image(context, figure_chart(series, label, self.words))

    def _image(self, context: Context, chart: Chart | None) -> Markup | str:
        if chart is None or len(self.charts) >= _MOST_CHARTS:
            return ""
        self.charts[chart.name] = chart
        return put(context, Blocks([Image(chart.name, chart.alt)]))

    # ---- words for facts ------------------------------------------------------------------------------------------------

    def narrowed(self) -> str:
        """What the briefing is narrowed to, to stand after a heading; "" where it is not."""
        only, words = self.choice.only, self.words
        told = ""
        if only.by is not None:
            told += " " + words.message("by %(who)s") % {"who": self.call(only.by)}
        if only.status is not None:
            told += f" ({self.status(only.status)})"
        if only.since is not None:
            told += " " + words.message("since %(day)s") % {"day": words.day(only.since)}
        return told

    def gap_words(self, gap: Gap) -> str:
        return gap_words(gap, self.words)

    def status(self, value: str) -> str:
        return self.words.message({"reported": "reported", "expected": "expected", "denied": "denied"}[value])

    def label(self, series: FigureSeries) -> Sequence[Inline]:
        """What a series counts: its concepts in the briefing's words, then the noun as printed."""
        concepts = [c for c in series.topic.partition("|")[2].split("+") if c in COUNTED]
        shown: list[Inline] = (
            [Text(", ".join(self.words.message(COUNTED[c]) for c in concepts))] if concepts else []
        )
        noun = self.choice.pick(series.labels)
        if noun is not None and (noun.language == self.words.language or not shown):
            shown += ([Text(" — ")] if shown else []) + [Text(literal(noun.words), noun.language)]
        return shown or [Text(literal(series.unit) or self.words.message("number"))]

    def call(self, name: str | None) -> str:
        """An actor's name as the briefing's language mostly has it: "conseil d'administration", "board"."""
        actor = self._actors.get(name or "")
        if actor is None:
            return name or ""
        return dict(actor.called).get(self.words.language, actor.name)

    @cached_property
    def _actors(self) -> dict[str, ActorFact]:
        return {a.name: a for a in self.view.actors}

    def role_words(self, roles: Sequence[RoleFact]) -> list[tuple[RoleFact, Printing]]:
        """Each role with its printing in the briefing's language, else the first."""
        found = []
        for r in roles:
            shown = self.choice.pick(r.texts)
            if shown is not None:
                found.append((r, shown))
        return found

    def change_words(self, kind: str) -> str:
        return self.words.message(
            {
                "new": "New",
                "confirmed": "Confirmed",
                "contradicted": "Contradicted",
                "corrected": "Corrected",
                "withdrawn": "Withdrawn",
            }[kind]
        )

    def line(self, fact: Fact) -> Sequence[Inline]:
        """Any fact in one line: who said it, what a figure counts, whose role it is."""
        return _line(fact, self.choice, self.call)

    def about(self, conflict: Conflict) -> Sequence[Inline]:
        """What the sides of a conflict disagree on."""
        series = next((s for s in self.view.series if s.topic == conflict.about), None)
        if conflict.kind == "figure" and series is not None:
            return self.label(series)
        return [Text(literal(conflict.about))]


def line_of(fact: Fact, view: View, words: Words) -> Sequence[Inline]:
    """Any fact of a view in one line, as a briefing in that language tells it."""
    called = {a.name: dict(a.called).get(words.language, a.name) for a in view.actors}
    return _line(fact, Choice(view, words.language, Only()), lambda name: called.get(name or "", name or ""))


def _line(fact: Fact, choice: Choice, call: Callable[[str | None], str]) -> Sequence[Inline]:
    printing = choice.what(fact)
    match fact:
        case QuoteFact():
            opening, closing = _MARKS[printing.language]
            said = Text(f"{opening}{literal(printing.words.removesuffix(','))}{closing}", printing.language)
            return [said, *([Text(f" — {literal(call(fact.speaker))}")] if fact.speaker else [])]
        case RoleFact():
            return [Text(f"{literal(call(fact.actor))} — "), Text(literal(printing.words), printing.language)]
        case _:
            return [Text(literal(printing.words), printing.language)]


@pass_context
def _link(context: Context, url: str, text: str) -> Markup:
    """A link where the address may be linked, the text alone elsewhere."""
    safe = safe_url(url)
    shown = Text(literal(text))
    return put(context, [Link(safe, (shown,)) if safe else shown])


def _ends(items: Sequence[T], most: int) -> list[T | None]:
    """All of them; where they are more than `most`, as many from both ends, and None for those between."""
    if len(items) <= most:
        return list(items)
    head = (most + 1) // 2
    return [*items[:head], None, *items[len(items) - (most - head) :]]


def footnote_of(s: Source, words: Words) -> Footnote:
    """A cited sentence as the list of citations gives it: sentence, outlet, moment, link."""
    inlines: list[Inline] = [
        Text(literal(s.sentence), s.language),
        Text(" — "),
        Emphasis((Text(literal(s.outlet) or words.message("unknown outlet")),)),
        Text(f", {words.moment(s.published)}"),
    ]
    url = safe_url(s.url)
    if url:
        inlines += [Text(", "), Link(url, (Text(literal(s.title) or url),))]
    elif s.title:
        inlines.append(Text(f", {literal(s.title)}"))
    return Footnote(s.number, tuple(inlines))


@pass_context
def _footnote(context: Context, number: int) -> Markup:
    """Turns the paragraph that it begins into the footnote of this number."""
    return put(context, FootnoteMark(int(number)))
