"""Puts one article's reading together."""

from __future__ import annotations

import re
from bisect import bisect_left

from briefings.model import Actor, Article, Kind, Quote, Reading, Role, Span, day_of
from briefings.reading.actors import Entity, gather
from briefings.reading.dates import dates
from briefings.reading.figures import figures
from briefings.reading.happenings import Happenings
from briefings.reading.language import detect
from briefings.reading.names import mentions
from briefings.reading.quotations import quotations
from briefings.reading.roles import RoleFinder
from briefings.reading.speakers import Attributor
from briefings.reading.text import Text, cut

_HEADLINE = 400  # characters of a headline that are looked at
_DIGIT = re.compile(r"\d")


def read(article: Article) -> Reading:
    """All that `article` says. Pure: the same article gives the same reading, wherever and whenever.

    An empty body gives a reading without facts. Relative dates have no value where `published` is None.
    """
    language = article.language or detect(f"{article.title}\n{article.text}")
    text = cut(article.text, language)
    if not text.sentences:
        return Reading(article, language)
    published = day_of(article)
    title = cut(article.title[:_HEADLINE], language)
    headline = [m.text for m in mentions(title)]
    entities = gather(text, mentions(text), headline)
    marks = quotations(text)
    found_dates = dates(text, published, [q.inner for q in marks])
    names = [m.span for e in entities for m in e.mentions if _DIGIT.search(m.text)]
    found_figures = figures(text, found_dates, names)
    roles = RoleFinder(text, entities).run()
    quotes = Attributor(text, entities, roles, marks).run()
    spoken = {q.span for q in quotes}
    labels = [q.outer for q in marks if q.inner not in spoken]
    kept = {i for i, e in enumerate(entities) if not _only_in(e, labels)}
    happenings = Happenings(text, entities, found_dates, published)
    return Reading(
        article=article,
        language=language,
        sentences=text.sentences,
        quotes=tuple(quotes),
        actors=tuple(_actors(text, entities, kept, roles, quotes, title)),
        figures=tuple(found_figures),
        dates=tuple(found_dates),
        developments=tuple(happenings.developments()),
        consequences=tuple(
            happenings.consequences([f.span for f in found_figures], [q.span for q in quotes])
        ),
    )


def _only_in(entity: Entity, labels: list[Span]) -> bool:
    """Whether the name stands only inside titles and other words set off."""
    starts = [s.start for s in labels]
    for m in entity.mentions:
        i = bisect_left(starts, m.span.start + 1) - 1
        if i < 0 or m.span.start >= labels[i].end:
            return False
    return True


def _actors(
    text: Text,
    entities: list[Entity],
    kept: set[int],
    roles: dict[int, list[Role]],
    quotes: list[Quote],
    title: Text,
) -> list[Actor]:
    """The actors by falling salience: early, often, in the headline, speaking, a person with a role."""
    headline = title.plain.lower()
    speeches: dict[str, int] = {}
    for q in quotes:
        if q.speaker:
            speeches[q.speaker] = speeches.get(q.speaker, 0) + 1
    weights: dict[int, float] = {}
    length = max(1, len(text.raw))
    for i in kept:
        e = entities[i]
        first = 1 - e.mentions[0].span.start / length
        weight = len(e.mentions) ** 0.7 + first * 1.2 + min(3, speeches.get(e.name, 0)) * 0.9
        if headline and any(f.lower().replace("’", "'") in headline for f in e.forms):
            weight += 3.0
        if e.kind is Kind.PERSON:
            weight += 0.5
        weight += 0.4 * min(2, len(roles.get(i, [])))
        weights[i] = weight
    top = max(weights.values(), default=1.0)
    ranked = sorted(weights, key=lambda i: (-weights[i], entities[i].mentions[0].first))
    return [
        Actor(
            name=entities[i].name,
            kind=entities[i].kind,
            aliases=tuple(f for f in entities[i].forms if f != entities[i].name),
            roles=tuple(roles.get(i, ())),
            salience=round(weights[i] / top, 4),
            mentions=tuple(m.span for m in entities[i].mentions),
        )
        for i in ranked
    ]
