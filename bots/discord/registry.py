"""The slash commands as Discord is told them: made from `bots/commands.py`, with French names and help. Pure.

Source of the limits: Discord's developer documentation, "Application Commands".
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from bots.answers import CHAT
from bots.commands import CHOICES, COMMANDS, Command, Kind, Option, Permission, noop
from briefings.rendering.words import Words

SUBCOMMAND, GROUP_OPTION = 1, 2
STRING, INTEGER, BOOLEAN, CHANNEL, ROLE = 3, 4, 5, 7, 8
GUILD_ONLY = 0
#: Where an edition can go: text, announcements, their threads and other threads, forums.
POSTABLE = (0, 5, 10, 11, 12, 15)

_COMPLETED = frozenset(
    {
        Kind.STORY, Kind.ANY_STORY, Kind.TEMPLATE, Kind.ACTOR, Kind.ZONE, Kind.WHEN, Kind.EDITION, Kind.COMMAND,
        Kind.ARTICLE,
    }
)  # fmt: skip
_GROUPS = {
    "story": noop("Stories: make them, give them articles, choose one."),
    "edition": noop("Editions: briefings on a schedule."),
}
#: Options that Discord alone has, by the name that an interaction brings: type, French name, help, more.
PRIVATE = "private"
EXTRAS: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    PRIVATE: (BOOLEAN, "privé", noop("Only you see the answer."), {}),
    "channel": (
        CHANNEL,
        "salon",
        noop("Where it is posted; without one, here."),
        {"channel_types": list(POSTABLE)},
    ),
    "role": (ROLE, "rôle", noop("A role that is called with each briefing."), {}),
    "silent": (BOOLEAN, "silencieux", noop("Post it without a notification."), {}),
    "crosspost": (
        BOOLEAN,
        "diffuser",
        noop("Pass it on to the channels that follow this announcement channel."),
        {},
    ),
    "tags": (
        STRING,
        "étiquettes",
        noop("In a forum: tags of the post, parted by commas."),
        {"max_length": 150},
    ),
}


def extras_of(command: Command) -> tuple[str, ...]:
    """The names of the options that Discord adds to a command."""
    if command.name == "edition add":
        return ("channel", "role", "silent", "crosspost", "tags")
    if command.public and command.permission is Permission.EVERYONE:
        return (PRIVATE,)
    return ()


def commands() -> list[dict[str, Any]]:
    """All commands, in the form of Discord's "bulk overwrite global application commands"."""
    made: dict[str, dict[str, Any]] = {}
    for command in COMMANDS:
        options = [_option(o) for o in command.options] + [_extra(x) for x in extras_of(command)]
        if len(command.path) == 1:
            made[command.path[0]] = {
                **_named(command.path[0], command.fr[0], command.help),
                "options": options,
            }
            continue
        first, second = command.path
        group = made.setdefault(first, {**_named(first, command.fr[0], _GROUPS[first]), "options": []})
        group["options"].append(
            {"type": SUBCOMMAND, **_named(second, command.fr[1], command.help), "options": options}
        )
    shared = {"type": 1, "contexts": [GUILD_ONLY], "integration_types": [0], "nsfw": False}
    return [{**value, **shared} for value in made.values()]


def remembered_as(application: str) -> str:
    """The name by which it is remembered what an application's commands were last."""
    return f"discord commands of {application}"


def fingerprint() -> str:
    """A hash of all that Discord is told."""
    return sha256(json.dumps(commands(), sort_keys=True).encode()).hexdigest()


def _named(name: str, fr: str, help_: str) -> dict[str, Any]:
    french = Words("fr", domain=CHAT)
    return {
        "name": name,
        "name_localizations": {"fr": fr},
        "description": help_,
        "description_localizations": {"fr": french.message(help_)},
    }


def _option(option: Option) -> dict[str, Any]:
    value: dict[str, Any] = {
        "type": _type(option.kind),
        **_named(option.name, option.fr, option.help),
        "required": option.required,
    }
    if option.kind in _COMPLETED:
        value["autocomplete"] = True
    elif option.kind is Kind.NUMBER:
        value["min_value"] = 1
    elif option.kind in CHOICES and option.kind is not Kind.YES:
        value["choices"] = _choices(option.kind)
    return value


def _type(kind: Kind) -> int:
    if kind in (Kind.NUMBER, Kind.EDITION):
        return INTEGER
    return BOOLEAN if kind is Kind.YES else STRING


def _choices(kind: Kind) -> list[dict[str, Any]]:
    french = Words("fr", domain=CHAT)
    return [
        {"name": c.label, "name_localizations": {"fr": french.message(c.label)}, "value": c.value}
        for c in CHOICES[kind]
    ]


def _extra(name: str) -> dict[str, Any]:
    kind, fr, help_, more = EXTRAS[name]
    return {"type": kind, **_named(name, fr, help_), "required": False, **more}
