"""Commands about the channel itself: set-up, welcome, help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bots.answers import Answer, Field, Form, Refused, bullets, document, paragraph, say, typed
from bots.commands import CHOICES, COMMANDS, Command, Kind, Line, Listed, Option, Permission, noop
from bots.handlers.stories import made
from bots.handlers.turn import Turn
from bots.parsing import command_of, groups, nearest_commands
from briefings.model import Channel, Language, Story, fold
from briefings.nearest import nearest
from briefings.plain import literal
from briefings.rendering.document import Block, Code, Heading, Inline, Paragraph, Strong, Text
from briefings.rendering.words import Words

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
    zone_name = zone_named(zone) if zone is not None else None
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
            story=Strong((Text(await _called(turn, channel) or words.message(noop("no story yet"))),)),
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
    blocks.append(paragraph(words, noop("Next: %(next)s"), next=Line(following)))
    return Answer(document(words, *blocks))


async def _called(turn: Turn, channel: Channel) -> str:
    """What the channel's story is called; "" where it has none."""
    return literal((await turn.desk.story(channel.story)).name) if channel.story is not None else ""


async def _story(turn: Turn, name: str) -> Story:
    """The story of that name; where there is none at all, a new one."""
    if await turn.desk.stories():
        return await turn.named(name)
    return await made(turn, name)


def zone_named(name: str) -> str:
    """The IANA name that is meant, whatever its case; a city alone will do. Refused has the nearest."""
    known = zones()
    wanted = fold(name.replace("_", " "))
    for z in known:
        if fold(z.replace("_", " ")) == wanted:
            return z
    cities = [z for z in known if fold(z.rpartition("/")[2].replace("_", " ")) == wanted]
    if cities and len({ZoneInfo(z).utcoffset(_SUMMER) for z in cities}) == 1:
        return cities[-1]  # the same in both its regions, "Asia/Istanbul" and "Europe/Istanbul"
    by_city = {z.rpartition("/")[2].replace("_", " "): z for z in known if "/" in z}
    near = tuple(by_city[c] for c in nearest(name.rpartition("/")[2], by_city, least=75))
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


@cache
def zones() -> tuple[str, ...]:
    """Time zones by region and city, and UTC, the common ones first: no old names such as "US/Arizona"."""
    known = (z for z in available_timezones() if z == "UTC" or z.partition("/")[0] in _REGIONS)
    return tuple(sorted(known, key=lambda z: (z not in COMMON_ZONES, z)))


_SUMMER = datetime(2024, 7, 1)  # noqa: DTZ001  # a day on which zones that differ mostly show it
_REGIONS = frozenset("Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split())


async def _questions(turn: Turn) -> Answer:
    words = turn.words
    stories = [(s.slug, s.name) for s in await turn.desk.stories()]
    languages = tuple((c.value, words.message(c.label)) for c in CHOICES[Kind.LANGUAGE])
    zone = turn.channel.timezone or turn.desk.settings.timezone
    form = Form(
        "setup",
        (
            _story_field(turn, stories, turn.channel.story or (stories[0][0] if stories else "")),
            Field(
                "language",
                words.message(noop("Which language should it answer in?")),
                languages,
                turn.language,
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
        typed=typed(_setup_line(turn)),
    )
    return replace(turn.answer(intro), public=False, form=form)


def _setup_line(turn: Turn) -> str:
    """The whole of the set-up as one line, in the reader's language."""
    values = ("…", turn.language, "Europe/Paris")
    options = turn.call.command.options
    given = " ".join(f"{o.word(turn.language)}:{v}" for o, v in zip(options, values, strict=True))
    return f"/{turn.call.command.words(turn.language)} {given}"


def _story_field(turn: Turn, stories: list[tuple[str, str]], value: str) -> Field:
    """The question which story: a choice where there are some, else the name of a new one."""
    if stories:
        return Field(
            "story", turn.words.message(noop("Which story does this channel follow?")), tuple(stories), value
        )
    return Field("story", turn.words.message(noop("What is the crisis called that this channel follows?")))


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
                setup=Line("/setup"),
                help=Line("/help"),
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
    inside = groups().get(fold(name.strip().lstrip("/")))
    if inside is not None:
        return turn.answer(bullets(*(_line(c, turn.words) for c in inside)))
    near = nearest_commands(name)
    raise Refused(
        noop("There is no command %(name)s."),
        noop("Did you mean %(near)s?") if near else noop("%(help)s lists what there is."),
        name=typed(f"/{name.lstrip('/')[:50]}"),
        near=Listed(near),
        help=Line("/help"),
    )


def usage(command: Command, language: Language) -> str:
    """How it is typed: "/quotes [by] [story]"."""
    shown = [f"/{command.words(language)}"]
    for o in command.options:
        name = o.word(language)
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
            help=Line("/help quotes"),
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
        blocks.append(
            paragraph(words, noop("For example: %(example)s"), example=typed(command.shown(words.language)))
        )
    other = command.path if words.language == "fr" else command.fr
    blocks.append(
        paragraph(words, noop("Also understood: %(other)s"), other=typed(literal(f"/{' '.join(other)}")))
    )
    return tuple(blocks)


def _option(option: Option, words: Words) -> tuple[Inline, ...]:
    told: tuple[Inline, ...] = (option.named(words.language), Text(" — "), Text(words.message(option.help)))
    choices = CHOICES.get(option.kind, ())
    if choices:
        shown = ", ".join(
            c.value if option.kind is Kind.LANGUAGE else c.named(words.language).text for c in choices
        )
        told += (Text(f" ({shown})"),)
    return told
