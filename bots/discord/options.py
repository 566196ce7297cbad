"""What a command's interaction asks for: the declared command, its options' values, and Discord's own options. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots.answers import Refused
from bots.commands import Command, Kind, Option, command_named, noop
from bots.discord.registry import CHANNEL, PRIVATE, ROLE
from bots.parsing import Call, Posting, made
from briefings.model import Address, Manner, fold

_GROUPING = (1, 2)  # subcommands and their groups
_VIEW_AND_SEND = (1 << 10) | (1 << 11)
_ADMINISTRATOR = 1 << 3
_MENTION_EVERYONE = 1 << 17
_FORUMS = (15, 16)
_ANNOUNCEMENT = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it came: `values` by the names of its options, `extras` by those of Discord's own."""

    command: Command
    values: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)
    resolved: Mapping[str, Any] = field(default_factory=dict)
    focused: Option | None = None

    @property
    def private(self) -> bool:
        return bool(self.extras.get(PRIVATE))


def read(data: Mapping[str, Any]) -> Asked | None:
    """What an application command's or an autocomplete's data ask for; None where no such command is declared."""
    path = [str(data.get("name"))]
    options: Sequence[Mapping[str, Any]] = data.get("options") or ()
    while len(options) == 1 and options[0].get("type") in _GROUPING:
        path.append(str(options[0].get("name")))
        options = options[0].get("options") or ()
    command = command_named(" ".join(path))
    if command is None:
        return None
    values: dict[str, str] = {}
    extras: dict[str, Any] = {}
    focused = None
    for given in options:
        name, value = str(given.get("name")), given.get("value")
        declared = next((o for o in command.options if o.name == name), None)
        if declared is None:
            extras[name] = value
            continue
        if given.get("focused"):
            focused = declared
        if declared.kind is Kind.YES:
            if value is True:
                values[name] = "yes"
        elif value is not None:
            values[name] = str(value)
    return Asked(command, values, extras, data.get("resolved") or {}, focused)


@dataclass(frozen=True, slots=True)
class Known:
    """What the gateway knows of the server that matters to an edition.

    `tags` are the (id, name) pairs of each forum's tags by its id; `may` the asker's permissions; `here` is what the channel is
    called where the command is typed; `lacking` tells the
    names of the permissions that Sitrep lacks in a channel, by its id, or where the command is typed ("").
    """

    tags: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    may: int = 0
    here: str = ""
    lacking: Callable[[str], Sequence[str]] = lambda channel: ()


def call_of(asked: Asked, via: str, known: Known) -> Call:
    """The call. Refused says what can't be."""
    call = replace(made(asked.command, asked.values), private=asked.private)
    return replace(call, posting=_posting(asked, via, known)) if asked.command.name == "edition add" else call


def _posting(asked: Asked, via: str, known: Known) -> Posting:
    channel = _resolved(asked, "channel", CHANNEL)
    role = _resolved(asked, "role", ROLE)
    address, name, kind = None, "", None
    if channel is not None:
        address, name, kind = (
            Address(via, str(channel["id"])),
            f"#{channel.get('name', '')}",
            channel.get("type"),
        )
        there = int(channel.get("permissions") or 0)
        if not there & _ADMINISTRATOR and there & _VIEW_AND_SEND != _VIEW_AND_SEND:
            raise Refused(
                noop("You may not post in %(channel)s yourself."),
                noop("Choose another channel."),
                channel=name,
            )
    if asked.extras.get("crosspost") and kind not in (None, _ANNOUNCEMENT):
        raise Refused(
            noop("%(channel)s is no announcement channel: nothing can be passed on from it."),
            noop("Leave the option out, or choose an announcement channel."),
            channel=name,
        )
    lacking = known.lacking(address.channel if address is not None else "")
    if lacking:
        raise Refused(
            noop("Sitrep may not post in %(channel)s: it lacks %(lacking)s."),
            noop("Give it these permissions there, or choose another channel."),
            channel=name or known.here,
            lacking=", ".join(lacking),
        )
    if role is not None:
        _callable(role, known.may)
    manner = Manner(
        bool(asked.extras.get("silent")),
        bool(asked.extras.get("crosspost")),
        str(role["id"]) if role is not None else "",
        _tags(asked, address, kind, known.tags),
    )
    return Posting(address, name, manner, f"@{role.get('name', '')}" if role is not None else "")


def _resolved(asked: Asked, name: str, kind: int) -> Mapping[str, Any] | None:
    """The channel or role that an option names, as Discord itself describes it: one of this server."""
    chosen = asked.extras.get(name)
    table = asked.resolved.get("channels" if kind == CHANNEL else "roles") or {}
    return table.get(str(chosen)) if chosen is not None else None


def _callable(role: Mapping[str, Any], may: int) -> None:
    """Refused for everyone at once, and for a role that the asker may not call."""
    name = str(role.get("name", "")).removeprefix("@")
    if name in ("everyone", "here"):
        raise Refused(noop("An edition calls one role, never everyone."), noop("Choose a role of its own."))
    if not role.get("mentionable") and not may & (_ADMINISTRATOR | _MENTION_EVERYONE):
        raise Refused(
            noop("You may not call the role %(role)s yourself."),
            noop("Let the role be mentioned by anyone, or choose another one."),
            role=f"@{name}",
        )


def _tags(
    asked: Asked, address: Address | None, kind: int | None, tags: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[str, ...]:
    """The ids of the tags that are named."""
    words = [w.strip() for w in str(asked.extras.get("tags") or "").split(",") if w.strip()]
    if not words:
        return ()
    if address is None or kind not in _FORUMS:
        raise Refused(
            noop("Only a post in a forum has tags."),
            noop("Choose a forum with the option %(channel)s."),
            channel="channel",
        )
    known = tags.get(address.channel, ())
    found = []
    for word in words:
        match = next((i for i, n in known if fold(n) == fold(word)), None)
        if match is None:
            raise Refused(
                noop("This forum has no tag “%(tag)s”."),
                noop("There is: %(known)s."),
                tag=word[:50],
                known=", ".join(n for _, n in known) or "—",
            )
        found.append(match)
    return tuple(dict.fromkeys(found))[:5]
