"""What can be typed next: commands, options, and the values that the channel's stories have for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bots.answers import CHAT, Refused
from bots.chat import Chat
from bots.commands import CHOICES, COMMANDS, REST, Command, Kind, Option
from bots.handlers.channels import COMMON_ZONES, zones
from bots.parsing import command_of, groups, placed, tokens
from bots.place import Place
from bots.when import examples
from briefings.desk import Desk
from briefings.errors import SitrepError
from briefings.following import StoryFollowing
from briefings.model import Channel, Decision, Language, Story, fold
from briefings.plain import literal
from briefings.rendering.words import Words

_LONGEST = 100  # characters of a value that every platform takes
MOST = 25  # what a platform shows at once
_MARKS = '"“”«» '  # around a value of several words


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
        names = (c.words(words.language), c.name, " ".join(c.fr))
        name = next((n for n in names if " ".join(fold(p) for p in n.split()).startswith(begun)), None)
        if name is not None:
            more = " " if c.options else ""
            found.append(Completion(f"/{name}{more}", f"/{name}", words.message(c.help)))
    return found


async def _options(
    chat: Chat, line: str, start: int, command: Command, place: Place, words: Words
) -> list[Completion]:
    """Values for the option that is being typed, then the options that are still free."""
    text = line[start:]
    fresh = not text or text[-1].isspace()
    last = tokens(text)[-1:] if not fresh else []
    begin = last[0].end - len(last[0].raw) if last else len(text)
    named = command.option(last[0].name) if last and last[0].name else None
    partial = last[0].text.strip(_MARKS) if last else ""
    if named is None and last:
        named, begin, partial = _running(command, text, begin, partial)
    before = line[: start + begin]
    if named is not None:
        values = await suggestions(chat, named, partial, place, words)
        return [_completed(before, named, s, words) for s in values]
    given = placed(command, text[:begin], chat.desk.templates.names())
    free = [o for o in command.options if o.name not in given]
    found: list[Completion] = []
    for option in free if partial else free[:1]:
        for s in await suggestions(chat, option, partial, place, words):
            found.append(_completed(before, option, s, words, words.message(option.help)))
    for option in free:
        name = option.word(words.language)
        if fold(name).startswith(fold(partial)):
            found.append(Completion(f"{before}{name}:", f"{name}:", words.message(option.help)))
    return found[:MOST]


def _running(command: Command, text: str, begin: int, partial: str) -> tuple[Option | None, int, str]:
    """The named option whose words are still being typed ("by:Bo B"), where it begins, and what it has so far."""
    running: tuple[Option | None, int, str] = (None, begin, partial)
    for token in tokens(text):
        option = command.option(token.name) if token.name else None
        if option is not None:
            at = token.end - len(token.raw)
            running = (option, at, token.text) if option.kind in REST else (None, begin, partial)
        elif running[0] is not None:
            running = (running[0], running[1], f"{running[2]} {token.text}")
    option, where, typed = running
    return (None, begin, partial) if option is None else (option, where, typed.strip(_MARKS))


def _completed(
    before: str, option: Option, suggestion: Suggestion, words: Words, hint: str = ""
) -> Completion:
    value = suggestion.value
    quoted = f'"{value}"' if " " in value else value
    return Completion(f"{before}{option.word(words.language)}:{quoted}", literal(suggestion.label), hint)


async def suggestions(
    chat: Chat, option: Option, partial: str, place: Place, words: Words, story: str | None = None
) -> list[Suggestion]:
    """Values that an option may have in this channel and that hold what was typed; at most twenty-five.

    `story`: the one that the same command names, else it is the channel's.
    """
    desk = chat.desk_of(place.tenant)
    match option.kind:
        case kind if kind in CHOICES:
            found = [Suggestion(c.named(words.language).text, words.message(c.label)) for c in CHOICES[kind]]
        case Kind.STORY | Kind.ANY_STORY:
            found = [Suggestion(s.slug, s.name) for s in await desk.stories()]
        case Kind.TEMPLATE:
            found = [Suggestion(n, n) for n in desk.templates.names()]
        case Kind.ACTOR:
            found = await _actors(desk, await desk.channel(place.channel), story)
        case Kind.ZONE:
            found = [Suggestion(z, z) for z in (zones() if partial else COMMON_ZONES)]
        case Kind.WHEN:
            found = [Suggestion(x, x) for x in examples(words.language)]
        case Kind.ARTICLE:
            found = await _articles(desk, await desk.channel(place.channel), story)
        case Kind.EDITION:
            editions = await desk.orders.editions()
            found = [Suggestion(str(e.id), f"{e.id} — {e.slug} · {e.template} · {e.said}") for e in editions]
        case Kind.COMMAND:
            found = [Suggestion(c.words(words.language), f"/{c.words(words.language)}") for c in COMMANDS]
        case _:
            return []
    wanted = fold(partial)
    kept = [s for s in found if wanted in fold(s.value) or wanted in fold(s.label)]
    kept.sort(key=lambda s: not (fold(s.value).startswith(wanted) or fold(s.label).startswith(wanted)))
    return kept[:MOST]


async def _actors(desk: Desk, channel: Channel, named: str | None) -> list[Suggestion]:
    """Who is quoted in the channel's story, those of weight first."""
    story = await desk.story(named) if named else await _story_of(desk, channel)
    if story is None:
        return []
    return [Suggestion(name, name) for name in (await desk.view(story)).speakers]


async def _articles(desk: Desk, channel: Channel, named: str | None) -> list[Suggestion]:
    """The articles that are in doubt, then the story's newest ones: by address, else by headline."""
    story = await desk.story(named) if named else await _story_of(desk, channel)
    if story is None:
        return []
    doubtful = [m.article for m in await StoryFollowing(desk).matches(story, Decision.MAYBE, MOST)]
    newest = [m.article for m in reversed(await desk.members(story))]
    found = {a.url if 0 < len(a.url) <= _LONGEST else a.id: a.title or a.url for a in (*doubtful, *newest)}
    return [Suggestion(value, label) for value, label in found.items()]


async def _story_of(desk: Desk, channel: Channel) -> Story | None:
    if channel.story is not None:
        return await desk.story(channel.story)
    stories = await desk.stories()
    return stories[0] if len(stories) == 1 else None
