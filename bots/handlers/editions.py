"""Commands about editions: the standing orders of a channel, when they go out, and what could not be posted."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bots.answers import Answer, Refused, bullets, paragraph, say, typed
from bots.commands import Line, noop
from bots.fires import least_gap, upcoming
from bots.handlers.channels import zone_named
from bots.handlers.turn import Turn, template_named
from bots.parsing import Posting
from bots.place import home_of
from bots.when import Unsaid, When, when
from briefings.errors import NotFound
from briefings.model import INSTANT, Address, Dispatch, Edition, Language, State
from briefings.plain import literal
from briefings.rendering.document import Block, Heading, Inline, Paragraph, Strong, Text
from briefings.rendering.words import Words

_ZONE = re.compile(r"\s\(?([A-Za-z]+/[A-Za-z_/+-]+|UTC)\)?\s*$")
_NEXT = 5  # times that are told
_TROUBLE = (State.DEAD, State.UNCERTAIN, State.WAITING)
_ONLY_CHANGED = re.compile(
    r"[\s,;(]*\b(?:(?:only )?if (?:something |anything )?(?:has )?changed|only changed|"
    r"seulement (?:si|en cas de) [çc]a change|(?:seulement )?s(?:'|’)il y a du (?:nouveau|changement)|"
    r"(?:seulement )?si (?:[çc]a a |quelque chose a )?chang[ée]e?)\)?\s*$",
    re.IGNORECASE,
)


async def add(turn: Turn) -> Answer:
    """A new edition into this channel, with its next times."""
    story = await turn.story()
    template = template_named(turn.desk.templates.names(), turn.call.text("template") or "")
    text = turn.call.text("when") or ""
    spoken, said_so = only_if_changed(text)
    only_changed = said_so or turn.call.text("changed") is not None
    spoken, said_zone = in_zone(spoken)
    cron = schedule(spoken, turn.language)
    zone_name = turn.call.text("timezone") or said_zone
    timezone = zone_named(zone_name) if zone_name is not None else _own_zone(turn)
    if turn.desk.limited and cron != INSTANT:
        bearable(cron, timezone, turn.desk.clock(), turn.desk.settings.tenants.minutes_between)
    channel_language = turn.channel.language or turn.desk.settings.language
    chosen = turn.call.text("language")
    language: Language = "fr" if (chosen or channel_language) == "fr" else "en"
    here = Address(home_of(turn.place.tenant), turn.place.channel)
    posting = turn.call.posting
    edition = await turn.desk.orders.add(
        story,
        posting.address or here,
        template=template,
        language=language,
        cron=cron,
        timezone=timezone,
        said=spoken.strip(),
        only_changed=only_changed,
        made_by=turn.asker.id or turn.asker.name,
        made_in=here,
        manner=posting.manner,
    )
    made = say(
        turn.words,
        noop("Edition %(number)s: %(template)s of %(story)s, %(when)s (%(zone)s). It goes out next:"),
        number=edition.id,
        template=typed(template),
        story=Strong((Text(literal(story.name)),)),
        when=edition.said,
        zone=timezone,
    )
    blocks: list[Block] = [Paragraph(made), times(edition, turn.desk.clock(), turn.words)]
    if only_changed:
        blocks.append(
            paragraph(turn.words, noop("Only if something has changed since the last briefing here."))
        )
    blocks += _manner(turn, posting)
    return turn.answer(*blocks, story=story)


def _manner(turn: Turn, posting: Posting) -> list[Block]:
    """Where it goes and how, where that was chosen."""
    told: list[Block] = []
    words, manner = turn.words, posting.manner
    if posting.address is not None and posting.address.channel != turn.place.channel:
        told.append(paragraph(words, noop("It is posted in %(channel)s."), channel=posting.name))
    if manner.silent:
        told.append(paragraph(words, noop("It is posted without a notification.")))
    if manner.crosspost:
        told.append(paragraph(words, noop("It is passed on to the channels that follow this one.")))
    if manner.role:
        told.append(paragraph(words, noop("It calls the role %(role)s."), role=posting.role))
    return told


def only_if_changed(text: str) -> tuple[str, bool]:
    """ "every day at 8 only if changed": the times, and whether it was said."""
    spoken = _ONLY_CHANGED.sub("", text)
    return spoken, spoken != text


def in_zone(text: str) -> tuple[str, str | None]:
    """ "every day at 8 Europe/Paris": the times, and the zone that stands after them."""
    found = _ZONE.search(text)
    return (text[: found.start()], found[1]) if found is not None else (text, None)


def _own_zone(turn: Turn) -> str:
    return turn.channel.timezone or turn.desk.settings.timezone


def schedule(text: str, language: Language) -> str:
    """The cron line that is meant. Refused has the nearest that can be said."""
    match when(text, language):
        case When(cron=cron):
            return cron
        case Unsaid(near=near, uneven=True):
            raise Refused(
                noop("“%(when)s” can't be kept by the clock: it does not come at the same times each day."),
                noop("The nearest that can: %(near)s."),
                when=text[:80],
                near=" · ".join(near),
            )
        case Unsaid(near=near):
            raise Refused(
                noop("“%(when)s” says no times."),
                noop("Write it as one of these: %(near)s."),
                when=text[:80],
                near=" · ".join(near),
            )


def bearable(cron: str, timezone: str, now: datetime, minutes: int) -> None:
    """Refused where it would fire more often than the settings allow."""
    if least_gap(cron, ZoneInfo(timezone), now) < timedelta(minutes=minutes):
        raise Refused(
            noop("That is more often than every %(minutes)s minutes, the most that is allowed here."),
            noop("Choose a longer interval."),
            minutes=minutes,
        )


def times(edition: Edition, now: datetime, words: Words) -> Block:
    """The next times of an edition, in its own time zone."""
    if edition.instant:
        return paragraph(words, noop("Whenever there is something new."))
    zone = ZoneInfo(edition.timezone)
    return bullets(*((Text(moment(at, zone, words)),) for at in upcoming(edition, now, _NEXT)))


def moment(at: datetime, zone: ZoneInfo, words: Words) -> str:
    """ "Tuesday, November 25, 08:30", with the zone's name for the hour that a clock change doubles."""
    local = at.astimezone(zone)
    return f"{words.weekday(local.date().isoformat())}, {local:%H:%M} {local.tzname()}"


async def list_(turn: Turn) -> Answer:
    """Each with when it goes out next, or why it does not; then what could not be posted."""
    orders = turn.desk.orders
    editions = await orders.editions()
    trouble = await orders.dispatches(states=_TROUBLE, most=10)
    if not editions and not trouble:
        raise Refused(
            noop("There is no edition yet."),
            noop("Make one with %(add)s."),
            add=Line("/edition add …"),
        )
    blocks: list[Block] = []
    if editions:
        lines = await asyncio.to_thread(
            lambda: [_line(turn, e) for e in editions]
        )  # times to work out for each
        blocks.append(bullets(*lines))
    if trouble:
        blocks.append(Heading(3, say(turn.words, noop("What could not be posted"))))
        blocks.append(bullets(*(_trouble(turn, d) for d in trouble)))
    return turn.answer(*blocks)


def _line(turn: Turn, e: Edition) -> tuple[Inline, ...]:
    words = turn.words
    head: tuple[Inline, ...] = (
        Strong((Text(f"{e.id}"),)),
        Text(" — "),
        typed(e.slug),
        Text(
            f" · {e.template} · {e.language} · {literal(e.said)} ({e.timezone}) → {literal(e.address.channel)}"
        ),
    )
    if e.paused:
        return (*head, Text(" · "), *say(words, noop("paused: %(why)s"), why=reason(e.paused, words)))
    following = upcoming(e, turn.desk.clock(), 1)
    if not following:
        return head
    at = moment(following[0], ZoneInfo(e.timezone), words)
    return (*head, Text(" · "), *say(words, noop("next: %(at)s"), at=at))


BY_HAND = "by hand"


def reason(paused: str, words: Words) -> str:
    """Why an edition rests: by hand, or what stood in the way, in the reader's language where it is one of ours."""
    return words.message(noop("by hand")) if paused == BY_HAND else words.message(paused).rstrip(".")


def _trouble(turn: Turn, d: Dispatch) -> tuple[Inline, ...]:
    when_due = turn.words.moment(d.due)
    return (
        Strong((Text(f"{d.id}"),)),
        Text(
            f" — {when_due} → {literal(d.address.channel)}: {turn.words.message(d.state.value)}. {literal(turn.words.message(d.why) if d.why else '')}"
        ),
    )


async def next_(turn: Turn) -> Answer:
    edition = await named(turn)
    if edition.paused:
        raise Refused(
            noop("Edition %(number)s is paused: %(why)s."),
            noop("%(resume)s lets it go out again."),
            number=edition.id,
            why=reason(edition.paused, turn.words),
            resume=Line(f"/edition resume {edition.id}"),
        )
    return turn.answer(times(edition, turn.desk.clock(), turn.words))


async def named(turn: Turn) -> Edition:
    """The edition of that number. Refused."""
    number = turn.call.number("number")
    assert number is not None  # it is required
    try:
        return await turn.desk.orders.edition(number)
    except NotFound as e:
        raise Refused(
            noop("There is no edition %(number)s."),
            noop("%(list)s gives their numbers."),
            number=number,
            list=Line("/edition list"),
        ) from e


async def pause(turn: Turn) -> Answer:
    edition = await named(turn)
    await turn.desk.orders.pause(edition.id, BY_HAND)
    return turn.answer(
        paragraph(
            turn.words,
            noop("Edition %(number)s rests. %(resume)s lets it go out again."),
            number=edition.id,
            resume=Line(f"/edition resume {edition.id}"),
        )
    )


async def resume(turn: Turn) -> Answer:
    edition = await turn.desk.orders.resume((await named(turn)).id)
    told = paragraph(turn.words, noop("Edition %(number)s goes out again, next:"), number=edition.id)
    return turn.answer(told, times(edition, turn.desk.clock(), turn.words))


async def remove(turn: Turn) -> Answer:
    edition = await turn.desk.orders.remove((await named(turn)).id)
    return turn.answer(
        paragraph(
            turn.words,
            noop("Removed edition %(number)s (%(story)s, %(when)s)."),
            number=edition.id,
            story=typed(edition.slug),
            when=edition.said,
        )
    )


async def now(turn: Turn) -> Answer:
    edition = await named(turn)
    dispatch = await turn.desk.orders.now(edition.id)
    return turn.answer(
        paragraph(
            turn.words,
            noop("Edition %(number)s goes out now, as dispatch %(dispatch)s."),
            number=edition.id,
            dispatch=dispatch.id,
        )
    )
