"""Commands that read a story: the briefing and its sections, the evidence behind a line, the search."""

from __future__ import annotations

import asyncio

from bots.answers import Answer, Refused, bullets, say, typed
from bots.commands import Line, noop
from bots.days import day_since
from bots.handlers.turn import Turn, template_named
from bots.telling import kind_of
from briefings.errors import NotFound
from briefings.model import Article, Story
from briefings.plain import literal, safe_url
from briefings.rendering import Only
from briefings.rendering.document import (
    Block,
    CitationMark,
    Emphasis,
    Heading,
    Inline,
    LineBreak,
    Link,
    Paragraph,
    Quotation,
    Strong,
    Text,
)

_QUOTED = 8  # names told where somebody is not quoted


async def brief(turn: Turn) -> Answer:
    """The briefing; "since the last briefing" counts from here on."""
    template = template_named(turn.desk.templates.names(), turn.call.text("template") or "sitrep")
    return await _rendered(turn, await turn.filled(), template, mark=not turn.call.private)


async def changes(turn: Turn) -> Answer:
    story = await turn.filled()
    mark = await turn.desk.last_briefed(story, turn.place.channel)
    if mark is None:
        raise Refused(
            noop("There was no briefing of %(story)s in this channel yet."),
            noop("%(brief)s makes the first; what changes is counted from there."),
            story=typed(story.slug),
            brief=Line("/brief"),
        )
    return await _rendered(turn, story, "changes")


async def actors(turn: Turn) -> Answer:
    return await _rendered(turn, await turn.filled(), "actors")


async def quotes(turn: Turn) -> Answer:
    story = await turn.filled()
    view = await turn.desk.view(story)
    by = turn.call.text("by")
    if by is None:
        if not view.quotes:
            raise _nothing(noop("Nobody is quoted in %(story)s yet."), story)
        return await _rendered(turn, story, "quotes")
    try:
        actor = await turn.desk.actor(story, by)
    except NotFound as e:
        raise _nobody(e, by, story) from e
    if not any(q.speaker == actor.name for q in view.quotes):
        quoted = list(dict.fromkeys(q.speaker for q in view.quotes if q.speaker))
        who = ", ".join(quoted[:_QUOTED]) or turn.words.message("nobody")
        raise Refused(
            noop("%(who)s is not quoted in %(story)s."),
            noop("People quoted: %(quoted)s."),
            who=actor.name,
            story=typed(story.slug),
            quoted=who,
        )
    return await _rendered(turn, story, "quotes", Only(by=actor.name))


async def consequences(turn: Turn) -> Answer:
    story = await turn.filled()
    found = (await turn.desk.view(story)).consequences
    status = turn.call.text("status")
    if not found:
        raise _nothing(noop("No consequence is named in %(story)s yet."), story)
    statuses = {c.status.value for c in found}
    if status is not None and status not in statuses:
        raise Refused(
            noop("%(story)s has no consequence of that status."),
            noop("There are: %(known)s."),
            story=typed(story.slug),
            known=", ".join(turn.words.message(s) for s in sorted(statuses)),
        )
    only = Only(status=next((c.status for c in found if c.status.value == status), None))
    return await _rendered(turn, story, "consequences", only)


async def timeline(turn: Turn) -> Answer:
    story = await turn.filled()
    view = await turn.desk.view(story)
    if not view.developments:
        raise _nothing(noop("Nothing in %(story)s is dated yet."), story)
    typed_day = turn.call.text("since")
    if typed_day is None:
        return await _rendered(turn, story, "timeline")
    day = await asyncio.to_thread(day_since, typed_day, turn.desk.clock(), turn.zone, view.newest)
    if day is None:
        raise Refused(
            noop("“%(word)s” is not a day."),
            noop("Write it as 2023-11-18, or as yesterday, or 3 days ago."),
            word=typed_day[:80],
        )
    last = view.developments[-1].date
    if not any(d.date >= day[: len(d.date)] for d in view.developments):
        raise Refused(
            noop("Nothing in %(story)s is dated since %(day)s."),
            noop("The latest dated event is from %(last)s."),
            story=typed(story.slug),
            day=turn.words.day(day),
            last=turn.words.day(last),
        )
    return await _rendered(turn, story, "timeline", Only(since=day))


async def figures(turn: Turn) -> Answer:
    story = await turn.filled()
    if not (await turn.desk.view(story)).series:
        raise _nothing(noop("No figure is claimed in %(story)s yet."), story)
    return await _rendered(turn, story, "figures")


async def outlets(turn: Turn) -> Answer:
    return await _rendered(turn, await turn.filled(), "outlets")


async def conflicts(turn: Turn) -> Answer:
    return await _rendered(turn, await turn.filled(), "conflicts")


async def _rendered(
    turn: Turn, story: Story, template: str, only: Only | None = None, *, mark: bool = False
) -> Answer:
    made = await turn.desk.prepare(story, template, turn.language, turn.zone, turn.place.channel, only=only)
    if mark:
        await turn.desk.mark(story, turn.place.channel, made)
    briefing = made.briefing
    return Answer(briefing.document, story=story, charts=briefing.charts, prepared=made if mark else None)


def _nothing(what: str, story: Story) -> Refused:
    """A section that is empty, and how it fills."""
    return Refused(
        what,
        noop("More articles may bring some: %(add)s."),
        story=typed(story.slug),
        add=Line("/story add https://…"),
    )


def _nobody(error: NotFound, name: str, story: Story) -> Refused:
    what = noop("Nobody called “%(name)s” is in %(story)s.")
    if error.near:
        return Refused(
            what,
            noop("Did you mean %(near)s?"),
            name=name[:80],
            story=typed(story.slug),
            near=", ".join(error.near),
        )
    return Refused(
        what,
        noop("%(actors)s lists who is."),
        name=name[:80],
        story=typed(story.slug),
        actors=Line("/actors"),
    )


# ---- evidence --------------------------------------------------------------------------------------------------------------


async def evidence(turn: Turn) -> Answer:
    """The cited sentence, strong in its paragraph; its outlet and date; who carries the fact."""
    story = await turn.story()
    number = turn.call.number("number")
    assert number is not None  # it is required
    try:
        e = await turn.desk.evidence(story, number)
    except NotFound as error:
        raise Refused(
            noop("There is no citation %(number)s in %(story)s."),
            noop("The numbers are those in square brackets in its briefings."),
            number=number,
            story=typed(story.slug),
        ) from error
    words, text, span = turn.words, e.article.text, e.citation.span
    before = literal(text[e.paragraph.start : span.start])
    after = literal(text[span.end : e.paragraph.end])
    inlines: list[Inline] = [
        *([Text(before)] if before.strip() else []),
        Strong((Text(literal(span.of(text)), e.language),)),
        *([Text(after)] if after.strip() else []),
    ]
    blocks: list[Block] = [
        Heading(2, say(words, noop("Citation %(number)s of %(story)s"), number=number, story=story.name)),
        Paragraph(_where(turn, e.article)),
        Quotation((Paragraph(tuple(inlines)),)),
    ]
    if not e.latest:
        blocks.append(
            Paragraph(
                say(words, noop("The article was revised since: this is what an earlier revision said."))
            )
        )
    carried = ", ".join(o or words.message("unknown outlet") for o in e.outlets)
    independent = words.messages("%(n)s independent voice", "%(n)s independent voices", e.voices) % {
        "n": e.voices
    }
    blocks.append(
        Paragraph(
            say(
                words,
                noop("Carried by: %(outlets)s (%(independent)s)."),
                outlets=carried,
                independent=independent,
            )
        )
    )
    return turn.answer(*blocks, story=story)


def _where(turn: Turn, article: Article) -> tuple[Inline, ...]:
    """Outlet, moment and headline of an article, linked where it may be."""
    title = literal(article.title) or turn.words.message("no headline")
    url = safe_url(article.url)
    shown: Inline = Link(url, (Text(title, article.language),)) if url else Text(title, article.language)
    outlet = literal(article.outlet) or turn.words.message("unknown outlet")
    return (Emphasis((Text(outlet),)), Text(f", {turn.words.moment(article.published)} — "), shown)


# ---- search ----------------------------------------------------------------------------------------------------------------


async def search(turn: Turn) -> Answer:
    story = await turn.filled()
    query = turn.call.text("words") or ""
    found = await turn.desk.search(story, query)
    words = turn.words
    if not found.facts and not found.articles:
        raise Refused(
            noop("Nothing in %(story)s contains “%(query)s”."),
            noop("Try fewer words, or other ones."),
            story=typed(story.slug),
            query=query[:100],
        )
    blocks: list[Block] = [
        Heading(2, say(words, noop("“%(query)s” in %(story)s"), query=query[:100], story=story.name))
    ]
    if found.facts:
        blocks.append(
            bullets(
                *(
                    (
                        Emphasis((Text(words.message(kind_of(h.fact))),)),
                        Text(" — "),
                        Text(literal(h.sentence), h.language),
                        Text(" "),
                        CitationMark(h.number),
                    )
                    for h in found.facts
                )
            )
        )
    if found.articles:
        blocks.append(Heading(3, say(words, noop("Articles"))))
        blocks.append(
            bullets(
                *(
                    (
                        *_where(turn, h.article),
                        LineBreak(),
                        Text(literal(h.sentence), h.language),
                        Text(" "),
                        CitationMark(h.number),
                    )
                    for h in found.articles
                )
            )
        )
    return turn.answer(*blocks, story=story)
