"""Permissions: their bits, and what a member may do in a channel."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from functools import reduce


class Permission(IntFlag):
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51


P = Permission
ALL = (1 << 53) - 1
EVERYONE = int(
    P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY | P.ADD_REACTIONS
    | P.USE_APPLICATION_COMMANDS | P.CREATE_PUBLIC_THREADS | P.SEND_MESSAGES_IN_THREADS
)  # fmt: skip

Named = Permission | str | int


def bits(names: Iterable[Named]) -> int:
    """Permissions by their names in any case (`"send_messages"`), as flags or as bits, in one number."""
    return reduce(
        lambda a, b: a | b, (int(Permission[n.upper()]) if isinstance(n, str) else int(n) for n in names), 0
    )


def overwritten(
    base: int, everyone: tuple[int, int], roles: Iterable[tuple[int, int]], member: tuple[int, int]
) -> int:
    """What a channel's overwrites, each of them (allow, deny), make of a member's permissions in the guild."""
    if base & P.ADMINISTRATOR:
        return ALL
    found = (base & ~everyone[1]) | everyone[0]
    allow = deny = 0
    for a, d in roles:
        allow |= a
        deny |= d
    found = (found & ~deny) | allow
    return (found & ~member[1]) | member[0]
