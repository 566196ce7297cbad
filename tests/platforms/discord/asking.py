"""A request as routes see it, and what they check before they do anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.discord import refusals
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.refusals import JSON, Flaw, Refused
from tests.platforms.discord.state import DM, FORUM, Channel, Guild, Message, may
from tests.platforms.discord.world import World

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Upload:
    name: str
    bytes: bytes
    content_type: str


@dataclass
class Asked:
    """`at` is what stands in the path's places, `files` the uploads by their numbers."""

    method: str
    path: str
    at: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any
    files: dict[int, Upload] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def body(self) -> JSON:
        return self.payload if isinstance(self.payload, dict) else {}

    def number(self, name: str) -> int:
        text = self.at.get(name) or self.query.get(name) or ""
        if not text.isdecimal():
            raise refusals.invalid([Flaw(name, "NUMBER_TYPE_COERCE", f"{text!r} is not a snowflake.")])
        return int(text)


def broken(world: World, where: object, flaws: Iterable[Flaw]) -> None:
    """Note what breaks Discord's rules, and refuse it."""
    flaws = list(flaws)
    for flaw in flaws:
        world.fault(str(where), flaw)
    if flaws:
        raise refusals.invalid(flaws)


def guild_of(world: World, asked: Asked) -> Guild:
    guild = world.guilds.get(asked.number("guild"))
    if guild is None or not guild.present:
        raise refusals.unknown_guild()
    return guild


def channel_of(world: World, asked: Asked, *needed: Permission) -> Channel:
    """The channel of the request, if the bot sees it and may do what is needed there."""
    channel = world.channels.get(asked.number("channel"))
    if channel is None:
        raise refusals.unknown_channel()
    if channel.type == DM:
        return channel
    if not may(world.bot, channel, Permission.VIEW_CHANNEL):
        raise refusals.missing_access()
    if any(not may(world.bot, channel, int(p)) for p in needed):
        raise refusals.missing_permissions()
    return channel


def writable(world: World, asked: Asked) -> Channel:
    """The channel of the request, if the bot may write there."""
    channel = channel_of(world, asked)
    if channel.type == FORUM:
        raise Refused(400, 50008, "Cannot send messages in a non-text channel")
    if channel.recipient is not None and not channel.recipient.reachable:
        raise Refused(403, 50007, "Cannot send messages to this user")
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    needed = [sending]
    if asked.files:
        needed.append(Permission.ATTACH_FILES)
    if asked.body.get("embeds"):
        needed.append(Permission.EMBED_LINKS)
    channel_of(world, asked, *needed)
    if channel.locked and not may(world.bot, channel, Permission.MANAGE_THREADS):
        if channel.archived:
            raise Refused(403, 50083, "Thread is archived")
        raise Refused(403, 160005, "Thread is locked")
    return channel


def message_of(world: World, asked: Asked, channel: Channel) -> Message:
    message = world.messages_by_id.get(asked.number("message"))
    if message is None or message.deleted or message.channel is not channel or message.addressee is not None:
        raise refusals.unknown_message()
    return message
