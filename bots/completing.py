"""What can be typed next: commands, options, and the values that the channel's stories have for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from bots.answers import CHAT, Refused
from bots.chat import Chat
from bots.commands import CHOICES, COMMANDS, Command, Kind, Option
from bots.handlers.channels import COMMON_ZONES, path_in
from bots.parsing import command_of, groups, tokens
from bots.place import Place
from briefings.desk import Desk
from briefings.errors import SitrepError
from briefings.model import Channel, Language, Story, fold
from briefings.rendering.words import Words

MOST = 25  # what a platform shows at once


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole line once it is taken, `label` what is shown, `hint` what it does."""

    text: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value for an option, and how it is shown."""

    value: str
    label: str


async def complete(chat: Chat, line: str, place: Place, language: Language) -> list[Completion]:
    """What a line can become, the likeliest first; at most twenty-five. Empty where nothing fits."""
    words = Words(language, domain=CHAT)
    command = command_of(line)
    head = re.match(
        r"\s*/?\S+(\s+\S+)?" if command is not None and len(command.path) == 2 else r"\s*/?\S+", line
    )
    if command is None or head is None or len(line) == head.end():
        return _commands(line, words)
    try:
        return await _options(chat, line, head.end(), command, place, words)
    except (SitrepError, Refused):
        return []


def _commands(line: str, words: Words) -> list[Completion]:
    """Commands that begin like the line, in English or French."""
    begun = " ".join(fold(w) for w in line.strip().lstrip("/").split())
    if line.endswith(" ") and begun in groups():
        begun += " "
    found = []
    for c in COMMANDS:
        names = (path_in(c, words.language), c.name, " ".join(c.fr))
        name = next((n for n in names if " ".join(fold(p) for p in n.split()).startswith(begun)), None)
        if name is not None:
            more = " " if c.options else ""
            found.append(Completion(f"/{name}{more}", f"/{name}", words.message(c.help)))
    return found[:MOST]


async def _options(
    chat: Chat, line: str, start: int, command: Command, place: Place, words: Words
) -> list[Completion]:
    """Values for the option that is being typed, then the options that are still free."""
    text = line[start:]
    typed = tokens(text)
    fresh = not text or text[-1].isspace()
    last = None if fresh or not typed else typed[-1]
    done = typed if last is None else typed[:-1]
    used = {o.name for t in done if t.name and (o := _option(command, t.name)) is not None}
    begin = line if last is None else line[: len(line) - len(text[_start(text, last.end) :])]
    named = _option(command, last.name) if last is not None and last.name else None
    if named is not None and last is not None:
        found = await suggestions(chat, named, last.text, place, command)
        name = named.fr if words.language == "fr" else named.name
        return [Completion(f"{begin}{name}:{_quoted(s.value)}", s.label) for s in found]
    partial = last.text if last is not None else ""
    free = [o for o in command.options if o.name not in used]
    found_all: list[Completion] = []
    loose = [t for t in done if not t.name]
    for option in free[len(loose) : len(loose) + 1]:
        values = await suggestions(chat, option, partial, place, command)
        name = option.fr if words.language == "fr" else option.name
        found_all += [
            Completion(f"{begin}{name}:{_quoted(s.value)}", s.label, words.message(option.help))
            for s in values
        ]
    for option in free:
        name = option.fr if words.language == "fr" else option.name
        if fold(name).startswith(fold(partial)):
            found_all.append(Completion(f"{begin}{name}:", f"{name}:", words.message(option.help)))
    return found_all[:MOST]


def _start(text: str, end: int) -> int:
    """Where the word begins that ends there, its option's name included."""
    found = tokens(text)
    before = [t.end for t in found if t.end < end]
    begin = before[-1] if before else 0
    while begin < len(text) and text[begin].isspace():
        begin += 1
    return begin


def _option(command: Command, name: str) -> Option | None:
    return next((o for o in command.options if fold(name) in (o.name, o.fr)), None)


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


async def suggestions(
    chat: Chat, option: Option, partial: str, place: Place, command: Command
) -> list[Suggestion]:
    """Values that an option may have in this channel and that hold what was typed; at most twenty-five."""
    desk = chat.desk_of(place.tenant)
    channel = await desk.channel(place.channel)
    language: Language = channel.language or desk.settings.language
    words = Words(language, domain=CHAT)
    match option.kind:
        case kind if kind in CHOICES:
            found = [Suggestion(c.value, words.message(c.label)) for c in CHOICES[kind]]
        case Kind.STORY:
            found = [Suggestion(s.slug, s.name) for s in await desk.stories()]
        case Kind.TEMPLATE:
            found = [Suggestion(n, n) for n in desk.templates.names()]
        case Kind.ACTOR:
            found = await _actors(desk, channel)
        case Kind.ZONE:
            names = (
                sorted(available_timezones(), key=lambda z: (z not in COMMON_ZONES, z))
                if partial
                else COMMON_ZONES
            )
            found = [Suggestion(z, z) for z in names]
        case Kind.COMMAND:
            found = [Suggestion(c.name, f"/{c.name}") for c in COMMANDS]
        case _:
            return []
    wanted = fold(partial)
    kept = [s for s in found if wanted in fold(s.value) or wanted in fold(s.label)]
    kept.sort(key=lambda s: not (fold(s.value).startswith(wanted) or fold(s.label).startswith(wanted)))
    return kept[:MOST]


async def _actors(desk: Desk, channel: Channel) -> list[Suggestion]:
    """Who is quoted in the channel's story, those of weight first."""
    story = await _story_of(desk, channel)
    if story is None:
        return []
    view = await desk.view(story)
    quoted = {q.speaker for q in view.quotes}
    return [Suggestion(a.name, a.name) for a in view.actors if a.name in quoted]


async def _story_of(desk: Desk, channel: Channel) -> Story | None:
    if channel.story is not None:
        return await desk.story(channel.story)
    stories = await desk.stories()
    return stories[0] if len(stories) == 1 else None
