"""What there is: users, guilds, roles, channels and messages. Nothing here speaks to anyone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.platforms.discord.permissions import ALL, EVERYONE, Permission, overwritten

JSON = dict[str, Any]

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, THREAD, FORUM = 0, 1, 5, 10, 11, 15
THREADS = {ANNOUNCEMENT_THREAD, THREAD, 12}
CROSSPOSTED, SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING, COMPONENTS_V2 = 1, 4, 32, 64, 128, 1 << 15
REQUIRE_TAG = 1 << 4
_EPOCH = 1420070400000


def now() -> float:
    """Seconds since 1970."""
    return time.time_ns() / 1e9


def stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


class Ids:
    """Snowflakes of the present moment, each greater than the one before; those of guilds lie in the past, on shards
    in turn."""

    def __init__(self) -> None:
        self._last = 0
        self._guilds = int(now() * 1000) - _EPOCH - 86_400_000
        self._guilds -= self._guilds % 840  # the first of them is on shard 0

    def __call__(self) -> int:
        self._last = max(self._last + 1, (int(now() * 1000) - _EPOCH) << 22)
        return self._last

    def guild(self) -> int:
        self._guilds += 1
        return (self._guilds - 1) << 22 | 1


@dataclass(eq=False)
class User:
    """`reachable` is false where a user takes no direct messages."""

    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    reachable: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    mentionable: bool = False
    position: int = 0

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(eq=False)
class Member:
    user: User
    roles: set[int] = field(default_factory=set)
    joined: float = field(default_factory=now)


@dataclass(eq=False)
class Guild:
    """`present` is whether the bot is in it, `available` whether Discord can reach it."""

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    locale: str = "en-US"
    present: bool = True
    available: bool = True

    def __post_init__(self) -> None:
        self.roles.setdefault(self.id, Role(self.id, "@everyone", EVERYONE))

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]


@dataclass(eq=False)
class Overwrite:
    """`kind` 0: of a role, 1: of a member."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Channel:
    """A channel, a thread, a forum, or a direct conversation with `recipient`, in which there is no guild.

    `messages` has them in order, deleted ones too; what only its addressee sees is not in it. `tags` are a forum's
    tags, names by their ids.
    """

    id: int
    type: int
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    owner: User | None = None
    topic: str | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    require_tag: bool = False
    applied: list[int] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    created: float = field(default_factory=now)
    slow: int = 0
    messages: list[Message] = field(default_factory=list)
    nonces: dict[str, tuple[float, Message]] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def visible(self) -> list[Message]:
        """The messages that are there now, in order."""
        return [m for m in self.messages if not m.deleted]


@dataclass(frozen=True)
class Attachment:
    id: int
    name: str
    bytes: bytes
    description: str | None = None
    content_type: str | None = None


@dataclass(frozen=True)
class Pings:
    """Whom a message called when it was made. Permissions are not asked: what would ping with all of them, counts."""

    everyone: bool = False
    roles: tuple[int, ...] = ()
    users: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self.everyone or bool(self.roles) or bool(self.users)


@dataclass(eq=False)
class Message:
    """`sent` are the components as they were asked for, `components` as they are shown. `addressee` is set where only
    that user sees it. `edits_left` limits how often it can still be edited, as Discord does with old messages."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[JSON] = field(default_factory=list)
    sent: list[JSON] = field(default_factory=list)
    components: list[JSON] = field(default_factory=list)
    flags: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    nonce: str | None = None
    made: float = field(default_factory=now)
    edited: float | None = None
    edits: int = 0
    edits_left: int | None = None
    deleted: bool = False
    addressee: User | None = None
    pings: Pings = Pings()
    interaction: JSON | None = None
    reference: JSON | None = None
    type: int = 0

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def crossposted(self) -> bool:
        return bool(self.flags & CROSSPOSTED)


def permissions_of(user: User, channel: Channel) -> int:
    """What a user may do in a channel, overwrites included. In a thread, its parent's count."""
    guild = channel.guild
    if guild is None:
        return EVERYONE
    member = guild.members.get(user.id)
    if member is None:
        return 0
    if guild.owner is user:
        return ALL
    base = guild.everyone.permissions
    for role in member.roles:
        base |= guild.roles[role].permissions
    place = channel.parent if channel.is_thread and channel.parent else channel
    given = {k: (o.allow, o.deny) for k, o in place.overwrites.items()}
    return overwritten(
        base,
        given.get(guild.id, (0, 0)),
        [given[r] for r in member.roles if r in given],
        given.get(user.id, (0, 0)),
    )


def may(user: User, channel: Channel, needed: int) -> bool:
    """Whether a user has all of these there; who does not see a channel can do nothing in it."""
    found = permissions_of(user, channel)
    return bool(found & Permission.VIEW_CHANNEL) and found & needed == needed
