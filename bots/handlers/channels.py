"""Commands about the channel itself: set-up, welcome, help."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import available_timezones

from bots.answers import Answer, Field, Form, Refused, bullets, document, paragraph, say, typed
from bots.commands import CHOICES, COMMANDS, Command, Kind, Option, Permission, noop
from bots.handlers.stories import story_field
from bots.handlers.turn import Turn
from bots.parsing import command_of
from briefings.errors import NotFound
from briefings.model import Language, Story
from briefings.nearest import nearest
from briefings.plain import literal
from briefings.rendering.document import Block, Code, Heading, Inline, Paragraph, Strong, Text
from briefings.rendering.words import Words, zone_of

#: Zones that are offered before anything is typed; any IANA name is taken.
COMMON_ZONES = (
    "Europe/Paris", "Europe/London", "Europe/Brussels", "Europe/Zurich", "America/Montreal", "America/New_York",
    "America/Chicago", "America/Los_Angeles", "Africa/Dakar", "Africa/Abidjan", "Asia/Tokyo", "Asia/Kolkata",
    "Australia/Sydney", "UTC",
)  # fmt: skip


async def setup(turn: Turn) -> Answer:
    """Without options, the three questions; with any, what they choose."""
    chosen = [turn.call.text(o.name) for o in turn.call.command.options]
    if not any(chosen):
        return await _questions(turn)
    name, language, zone = chosen
    zone_name = _zone(zone) if zone is not None else None
    story = await _story(turn, name) if name is not None else None
    channel = await turn.desk.choose(
        turn.place.channel,
        story=story,
        language=language,  # type: ignore[arg-type]  # a choice of the declared ones
        timezone=zone_name,
    )
    spoken: Language = channel.language or turn.language
    words = Words(spoken, turn.zone, "chat")
    told = next(c.label for c in CHOICES[Kind.LANGUAGE] if c.value == spoken)
    blocks: list[Block] = [
        paragraph(
            words,
            noop("This channel follows %(story)s, in %(language)s, with times of %(zone)s."),
            story=Strong((Text(channel.story or words.message(noop("no story yet"))),)),
            language=words.message(told),
            zone=channel.timezone or turn.desk.settings.timezone,
        )
    ]
    if channel.story is None:
        following = "/story new …"
    elif story is not None and not await turn.desk.size(story):
        following = "/story add https://…"
    else:
        following = "/brief"
    blocks.append(paragraph(words, noop("Next: %(next)s"), next=typed(following)))
    return Answer(document(words, *blocks))


async def _story(turn: Turn, name: str) -> Story:
    """The story of that name; where there is none at all, a new one."""
    try:
        return await turn.desk.story(name)
    except NotFound:
        if await turn.desk.stories():
            raise
        return await turn.desk.new_story(name)


def _zone(name: str) -> str:
    """An IANA name as it is written, whatever its case. Refused has the nearest."""
    known = {z.lower(): z for z in available_timezones()}
    found = known.get(name.strip().replace(" ", "_").lower())
    if found is not None:
        try:
            zone_of(found)
        except LookupError:
            pass
        else:
            return found
    near = nearest(name, [z for z in known.values() if "/" in z or z == "UTC"])
    if near:
        raise Refused(
            noop("There is no time zone “%(name)s”."),
            noop("Did you mean %(near)s?"),
            name=name[:80],
            near=", ".join(near),
        )
    raise Refused(
        noop("There is no time zone “%(name)s”."), noop("Write it as Europe/Paris."), name=name[:80]
    )


async def _questions(turn: Turn) -> Answer:
    words = turn.words
    stories = [(s.slug, s.name) for s in await turn.desk.stories()]
    languages = tuple((c.value, words.message(c.label)) for c in CHOICES[Kind.LANGUAGE])
    zone = turn.channel.timezone or turn.desk.settings.timezone
    form = Form(
        "setup",
        (
            story_field(turn, stories, turn.channel.story or (stories[0][0] if stories else "")),
            Field(
                "language", words.message(noop("In which language does it read?")), languages, turn.language
            ),
            Field(
                "timezone",
                words.message(noop("Which time zone are its times in?")),
                value=zone,
                suggestions=COMMON_ZONES,
            ),
        ),
        words.message(noop("Set up")),
    )
    intro = paragraph(
        words,
        noop("Three questions, and this channel is ready. Typed, it is %(typed)s."),
        typed=typed("/setup story:… language:fr timezone:Europe/Paris"),
    )
    return replace(turn.answer(intro), public=False, form=form)


def welcome(words: Words) -> Answer:
    """What Sitrep says when it joins a channel."""
    return Answer(
        document(
            words,
            paragraph(
                words,
                noop(
                    "I am Sitrep: I follow a crisis in the news and brief this channel, "
                    "every line linked to the sentence that it came from."
                ),
            ),
            paragraph(
                words,
                noop(
                    "%(setup)s sets this channel up in three questions, %(help)s lists what there is to type."
                ),
                setup=typed("/setup"),
                help=typed("/help"),
            ),
        )
    )


# ---- help ------------------------------------------------------------------------------------------------------------------


async def help_(turn: Turn) -> Answer:
    """All commands in a line each, or one command with its options."""
    name = turn.call.text("command")
    if name is None:
        return turn.answer(*overview(turn.words))
    command = command_of(name)
    if command is not None:
        return turn.answer(*manual(command, turn.words))
    inside = [
        c for c in COMMANDS if len(c.path) == 2 and name.lstrip("/").split()[:1] in ([c.path[0]], [c.fr[0]])
    ]
    if inside:
        return turn.answer(bullets(*(_line(c, turn.words) for c in inside)))
    near = nearest(name, [c.name for c in COMMANDS])
    raise Refused(
        noop("There is no command %(name)s."),
        noop("Did you mean %(near)s?") if near else noop("%(help)s lists what there is."),
        name=typed(f"/{name.lstrip('/')[:50]}"),
        near=typed(", ".join(f"/{n}" for n in near)),
        help=typed("/help"),
    )


def path_in(command: Command, language: Language) -> str:
    return " ".join(command.fr if language == "fr" else command.path)


def usage(command: Command, language: Language) -> str:
    """How it is typed: "/quotes [by] [story]"."""
    shown = [f"/{path_in(command, language)}"]
    for o in command.options:
        name = o.fr if language == "fr" else o.name
        shown.append(f"<{name}>" if o.required else f"[{name}]")
    return " ".join(shown)


def _line(command: Command, words: Words) -> tuple[Inline, ...]:
    told: tuple[Inline, ...] = (
        Code(usage(command, words.language)),
        Text(" — "),
        Text(words.message(command.help)),
    )
    if command.permission is Permission.MANAGERS:
        told += (Text(" "), *say(words, noop("(managers)")))
    return told


def overview(words: Words) -> tuple[Block, ...]:
    return (
        Heading(2, say(words, noop("What there is to type"))),
        bullets(*(_line(c, words) for c in COMMANDS)),
        paragraph(
            words,
            noop("Names in brackets may be left out. %(help)s says more about one command."),
            help=typed("/help quotes"),
        ),
    )


def manual(command: Command, words: Words) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Heading(2, (Code(usage(command, words.language)),)),
        Paragraph((Text(words.message(command.help)),)),
    ]
    if command.options:
        blocks.append(bullets(*(_option(o, words) for o in command.options)))
    if command.permission is Permission.MANAGERS:
        blocks.append(paragraph(words, noop("For managers of this place, and those whom the settings name.")))
    if command.example:
        blocks.append(paragraph(words, noop("For example: %(example)s"), example=typed(command.example)))
    other = command.path if words.language == "fr" else command.fr
    blocks.append(
        paragraph(words, noop("Also understood: %(other)s"), other=typed(literal(f"/{' '.join(other)}")))
    )
    return tuple(blocks)


def _option(option: Option, words: Words) -> tuple[Inline, ...]:
    name = option.fr if words.language == "fr" else option.name
    told: tuple[Inline, ...] = (Code(name), Text(" — "), Text(words.message(option.help)))
    choices = CHOICES.get(option.kind, ())
    if choices:
        shown = ", ".join(
            c.fr if words.language == "fr" and option.kind is not Kind.LANGUAGE else c.value for c in choices
        )
        told += (Text(f" ({shown})"),)
    return told
