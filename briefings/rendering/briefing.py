"""A briefing: a view through a template, in a language and time zone, with its numbered citations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from itertools import islice
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from briefings.dossier import (
    ActorFact,
    Change,
    Conflict,
    ConsequenceFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    FigureSeries,
    Numbering,
    QuoteFact,
    RoleFact,
    Side,
    View,
)
from briefings.dossier import Text as Printing
from briefings.model import Citation, Gap, Language, Reading, fold
from briefings.plain import literal, safe_url
from briefings.rendering.document import Block, CitationMark, Document, Emphasis, Footnote, Inline, Link, Text
from briefings.rendering.markdown import Blocks, FootnoteMark
from briefings.rendering.templates import Templates, Trusted, message, messages, put
from briefings.rendering.words import Words

_MARKS: dict[str, tuple[str, str]] = {"fr": ("« ", " »"), "en": ("“", "”")}
_A_DAY = 3  # developments of one day in a digest
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


@dataclass(frozen=True, slots=True)
class Briefing:
    """A rendered dossier: its document, whom it cites, which facts it carries, and the numbering after it."""

    document: Document
    sources: tuple[Source, ...]
    facts: tuple[str, ...]
    numbering: Numbering
    template: str
    language: Language


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
) -> Briefing:
    """The briefing of `view` by template `template`. NotFound, TemplateFault.

    `changes` are those since the view `before`, which is that of the last briefing, None where there was none;
    `numbering` is the story's so far.
    """
    desk = _Desk(view, before, Words(language, zone), numbering or Numbering())
    values = {
        **desk.values(),
        "story": story,
        "now": now,
        "changes": tuple(changes),
        "first": before is None,
        "gaps": tuple(gaps),
    }
    document = templates.render(template, language, values)
    return Briefing(document, desk.cited(), tuple(desk.carried), desk.numbering, template, language)


class _Desk(Trusted):
    """What a template may call. One render's own: it collects what is cited, in order."""

    def __init__(self, view: View, before: View | None, words: Words, numbering: Numbering) -> None:
        self.view = view
        self.before = before
        self.words = words
        self.numbering = numbering
        self.used: dict[Citation, None] = {}
        self.carried: dict[str, None] = {}
        self._cited: tuple[Source, ...] = ()

    def values(self) -> dict[str, Any]:
        w, view = self.words, self.view
        return {
            "language": w.language,
            "view": view,
            "actors": view.actors,
            "quotes": view.quotes,
            "series": view.series,
            "developments": view.developments,
            "consequences": view.consequences,
            "outlets": view.outlets,
            "conflicts": view.conflicts,
            "articles": view.articles,
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
            "lede": self.lede,
            "key_quotes": self.key_quotes,
            "key_actors": self.key_actors,
            "key_consequences": self.key_consequences,
            "timeline": self.timeline,
            "pick": self.pick,
            "status": self.status,
            "role_words": self.role_words,
            "change_words": self.change_words,
            "told": self.told,
            "line": self.line,
            "about": self.about,
            "what": self.what,
            "label": self.label,
            "call": self.call,
            "take": lambda items, n: list(islice(items, n)),
        }

    # ---- citations -----------------------------------------------------------------------------------------------------

    @pass_context
    def _cite(self, context: Context, fact: Fact | Side | Printing | Citation, most: int = _SHOWN) -> Markup:
        """The numbers of a fact's citations, the preferred language's and each outlet's first."""
        if isinstance(fact, Citation):
            chosen = [fact]
        elif isinstance(fact, Printing):
            chosen = [fact.citation]
        elif isinstance(fact, Side):
            self.carried.setdefault(fact.fact)
            chosen = [fact.text.citation]
        else:
            self.carried.setdefault(fact.key)
            chosen = self._choose(fact, most)
        self.numbering = self.numbering.assign(chosen)
        inlines: list[Inline] = []
        for c in chosen:
            self.used.setdefault(c)
            inlines.append(CitationMark(self.numbering.of(c)))
        return put(context, inlines)

    def _choose(self, fact: Fact, most: int) -> list[Citation]:
        """At most so many citations: that of the printing shown first, then one for each further outlet."""
        shown = self.pick(getattr(fact, "texts", ()) or ())
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
            reading = self._reading(c)
            article = reading.article
            found.append(
                Source(
                    number=self.numbering.of(c),
                    citation=c,
                    sentence=c.span.of(article.text),
                    language=reading.language,
                    outlet=article.outlet,
                    title=article.title,
                    url=article.url,
                    published=article.published,
                    sample=article.sample,
                )
            )
        self._cited = tuple(sorted(found, key=lambda s: s.number))
        return self._cited

    @pass_context
    def _citation_list(self, context: Context) -> Markup:
        """The cited sentences as footnotes: sentence, outlet, moment, link."""
        words = self.words
        notes: list[Block] = []
        for s in self.cited():
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
            notes.append(Footnote(s.number, tuple(inlines)))
        return put(context, Blocks(notes))

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

    def pick(self, texts: Sequence[Printing]) -> Printing | None:
        """The printing in the briefing's language, else the first."""
        own = next((t for t in texts if t.language == self.words.language), None)
        return own or (texts[0] if texts else None)

    # ---- what comes first ------------------------------------------------------------------------------------------------

    def lede(self, most: int = 3) -> list[DevelopmentFact]:
        """The latest days' weightiest developments: carried by most voices, about the main actors."""
        weight = {a.name: a.salience for a in self.view.actors}
        dated = [d for d in self.view.developments if len(d.date) == 10]
        if not dated:
            return list(self.view.developments[-most:])
        latest = max(d.date for d in dated)
        days = sorted({d.date for d in dated}, reverse=True)

        def score(d: DevelopmentFact) -> float:
            age = days.index(d.date)
            strong = d.concept not in ("announced", "changed", "other")
            own = any(t.language == self.words.language for t in d.texts)
            return (
                d.voices * 2
                + sum(sorted((weight.get(n, 0) for n in d.actors), reverse=True)[:3]) * 2
                + strong
                + own * 2.5
                - age * 0.9
                + (d.date == latest)
            )

        chosen = sorted(dated, key=lambda d: (-score(d), d.key))
        kept: list[DevelopmentFact] = []
        for d in chosen:
            if len(kept) < most and not any(
                d.date == k.date and set(d.actors) <= set(k.actors) for k in kept
            ):
                kept.append(d)
        return sorted(kept, key=lambda d: (d.date, d.key))

    def key_actors(self, most: int = 8) -> list[ActorFact]:
        return [a for a in self.view.actors if a.citations][:most]

    def key_quotes(self, most: int = 6) -> list[QuoteFact]:
        """The quotes to show: with a speaker, most voices first, every speaker before anyone's second."""
        weight = {a.name: a.salience for a in self.view.actors}

        def score(q: QuoteFact) -> float:
            words = len(q.text.words.split())
            own = any(t.language == self.words.language for t in q.texts)
            return (
                q.voices * 1.2
                + weight.get(q.speaker or "", 0) * 2
                + (0.8 if 6 <= words <= 45 else 0)
                + own * 0.8
            )

        ranked = sorted((q for q in self.view.quotes if q.speaker), key=lambda q: (-score(q), q.key))
        seen: set[str | None] = set()
        leading: list[QuoteFact] = []
        rest: list[QuoteFact] = []
        for q in ranked:
            (rest if q.speaker in seen else leading).append(q)
            seen.add(q.speaker)
        return (leading + rest)[:most]

    def key_consequences(self, most: int = 6) -> list[ConsequenceFact]:
        """The weightiest effects, those in the briefing's language first among equals."""
        weight = {a.name: a.salience for a in self.view.actors}

        def score(c: ConsequenceFact) -> float:
            own = any(t.language == self.words.language for t in c.texts)
            return c.voices * 1.5 + own + sum(weight.get(n, 0) for n in c.on[:3])

        return sorted(self.view.consequences, key=lambda c: (-score(c), c.key))[:most]

    def _weight(self, d: DevelopmentFact) -> float:
        """How much a development matters: who carries it, whom it is about, what kind of event it is."""
        salience = {a.name: a.salience for a in self.view.actors}
        own = any(t.language == self.words.language for t in d.texts)
        strong = 0 if d.concept in ("announced", "changed", "other") else 1
        return (
            d.voices + sum(salience.get(n, 0) for n in d.actors[:3]) + 0.5 * own + strong - (len(d.date) < 10)
        )

    def timeline(self, most: int | None = None) -> list[tuple[str, list[DevelopmentFact]]]:
        """Developments by day, in order; with `most`, the weightiest ones alone."""
        chosen: Iterable[DevelopmentFact] = self.view.developments
        if most is not None:
            ranked = sorted(chosen, key=lambda d: (-self._weight(d), d.key))
            on_day: Counter[str] = Counter()
            keep: list[str] = []
            for d in ranked:
                on_day[d.date] += 1
                if on_day[d.date] <= _A_DAY and len(keep) < most:
                    keep.append(d.key)
            kept = set(keep)
            chosen = [d for d in self.view.developments if d.key in kept]
        days: dict[str, list[DevelopmentFact]] = {}
        for d in chosen:
            days.setdefault(d.date, []).append(d)
        return list(days.items())

    # ---- words for facts ------------------------------------------------------------------------------------------------

    def status(self, value: str) -> str:
        return self.words.message({"reported": "reported", "expected": "expected", "denied": "denied"}[value])

    def label(self, series: FigureSeries) -> Sequence[Inline]:
        """What a series counts: its concepts in the briefing's words, then the noun as printed."""
        concepts = [c for c in series.topic.partition("|")[2].split("+") if c in COUNTED]
        shown: list[Inline] = (
            [Text(", ".join(self.words.message(COUNTED[c]) for c in concepts))] if concepts else []
        )
        noun = self.pick(series.labels)
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
            shown = self.pick(r.texts)
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

    def told(self, changes: Sequence[Change], most: int) -> list[Change]:
        """The changes to tell: one for each sentence and kind, the weightiest first within their kind."""
        seen: set[tuple[str, str]] = set()
        kept = []
        for change in sorted(changes, key=self._change_rank):
            fact = change.after or change.before
            assert fact is not None  # one of the two is always there
            place = (change.kind, fold(self.what(fact).words))
            if place not in seen:
                seen.add(place)
                kept.append(change)
        return kept[:most]

    def _change_rank(self, change: Change) -> tuple[int, float, str]:
        fact = change.after or change.before
        kinds = ["corrected", "withdrawn", "contradicted", "confirmed", "new"]
        weight = (
            self._weight(fact) + 2
            if isinstance(fact, DevelopmentFact)
            else float(fact.voices)
            if fact
            else 0.0
        )
        weight += isinstance(fact, QuoteFact | FigureFact)
        return kinds.index(change.kind), -weight, change.key

    def line(self, fact: Fact) -> Sequence[Inline]:
        """Any fact in one line: who said it, what a figure counts, whose role it is."""
        match fact:
            case QuoteFact():
                printing = self.what(fact)
                opening, closing = _MARKS[printing.language]
                said = Text(
                    f"{opening}{literal(printing.words.removesuffix(','))}{closing}", printing.language
                )
                return [said, *([Text(f" — {literal(self.call(fact.speaker))}")] if fact.speaker else [])]
            case RoleFact():
                printing = self.what(fact)
                return [
                    Text(f"{literal(self.call(fact.actor))} — "),
                    Text(literal(printing.words), printing.language),
                ]
            case _:
                printing = self.what(fact)
                return [Text(literal(printing.words), printing.language)]

    def about(self, conflict: Conflict) -> Sequence[Inline]:
        """What the sides of a conflict disagree on."""
        series = next((s for s in self.view.series if s.topic == conflict.about), None)
        if conflict.kind == "figure" and series is not None:
            return self.label(series)
        return [Text(literal(conflict.about))]

    def what(self, fact: Fact) -> Printing:
        """The words to show for any fact: a quote's, a figure's sentence, a role's, a sentence."""
        match fact:
            case QuoteFact():
                return self.pick(fact.texts) or fact.text
            case FigureFact():
                return fact.sentence
            case _:
                texts: Sequence[Printing] = getattr(fact, "texts", ())
                shown = self.pick(texts)
                assert shown is not None  # every fact has a printing
                return shown


@pass_context
def _link(context: Context, url: str, text: str) -> Markup:
    """A link where the address may be linked, the text alone elsewhere."""
    safe = safe_url(url)
    shown = Text(literal(text))
    return put(context, [Link(safe, (shown,)) if safe else shown])


@pass_context
def _footnote(context: Context, number: int) -> Markup:
    """Turns the paragraph that it begins into the footnote of this number."""
    return put(context, FootnoteMark(number))
