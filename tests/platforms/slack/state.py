"""What there is: users, channels, messages, files and views. Nothing here speaks to anyone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

JSON = dict[str, Any]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def now() -> float:
    """Seconds since 1970."""
    return time.time_ns() / 1e9


class Ids:
    """Names such as `C0EXAMPLE01`, none twice, and timestamps of messages, each later than the one before."""

    def __init__(self) -> None:
        self._random = Random(7)
        self._given: set[str] = set()
        self._last = 0

    def __call__(self, letter: str) -> str:
        while True:
            made = letter + "0" + "".join(self._random.choices(_LETTERS, k=9))
            if made not in self._given:
                self._given.add(made)
                return made

    def short(self) -> str:
        """The name of a block or of an action that was given none."""
        return "".join(self._random.choices(_LETTERS, k=5))

    def ts(self) -> str:
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    domain: str


@dataclass(eq=False)
class User:
    """`team` differs from the installation's where a channel is shared with another workspace."""

    id: str
    name: str
    team: Team
    real_name: str = ""
    admin: bool = False
    owner: bool = False
    bot: bool = False
    locale: str = "en-US"
    tz: str = "Europe/Paris"
    tz_offset: int = 3600
    deleted: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Channel:
    """`im` is the user of a direct conversation with the bot. `teams` are the others that it is shared with.

    `messages` has them in order, with replies, and deleted ones too; what only one user sees is in `ephemeral`.
    """

    id: str
    name: str
    private: bool = False
    im: User | None = None
    teams: list[Team] = field(default_factory=list)
    members: dict[str, User] = field(default_factory=dict, repr=False)
    archived: bool = False
    deleted: bool = False
    created: float = field(default_factory=now)
    messages: list[Message] = field(default_factory=list, repr=False)
    ephemeral: list[Message] = field(default_factory=list, repr=False)

    @property
    def visible(self) -> list[Message]:
        """The messages that are there now, in order."""
        return [m for m in self.messages if not m.deleted]

    @property
    def kind(self) -> str:
        """As scopes call it."""
        return "im" if self.im else "groups" if self.private else "channels"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(eq=False)
class File:
    """`channels` are those that it was shared in; until it is completed it is nowhere."""

    id: str
    name: str
    length: int
    title: str = ""
    alt_txt: str | None = None
    bytes: bytes | None = None
    completed: bool = False
    channels: list[str] = field(default_factory=list)
    created: float = field(default_factory=now)


@dataclass(eq=False)
class Message:
    """`addressee` is set where only that user sees it. `via` is the method or "ack" or "response_url" that made it.

    `pings` are those whom it calls when it is posted: `<!channel>`, `<@U…>`, `<!subteam^S…>`.
    """

    ts: str
    channel: Channel
    author: User
    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list)
    addressee: User | None = None
    via: str = "chat.postMessage"
    made: float = field(default_factory=time.monotonic)
    edited: str | None = None
    edits: int = 0
    deleted: bool = False
    pings: tuple[str, ...] = ()
    values: JSON = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        return self.addressee is not None

    @property
    def reply(self) -> bool:
        return self.thread_ts not in (None, self.ts)

    @property
    def in_channel(self) -> bool:
        """Whether it stands in the channel itself, and not in a thread alone."""
        return not self.reply or self.broadcast


@dataclass(eq=False)
class View:
    """A modal or a home. `values` are what its user put in so far. `edits` count how often it was replaced.

    `channel` is where it was opened, which interactions in it do not tell.
    """

    id: str
    user: User
    shown: JSON
    hash: str
    channel: Channel | None = field(default=None, repr=False)
    root: str = ""
    previous: str | None = None
    open: bool = True
    edits: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    values: JSON = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.shown["type"])

    @property
    def blocks(self) -> list[JSON]:
        return list(self.shown.get("blocks") or ())

    @property
    def kind_of_channel(self) -> str:
        """As filters of selects call it."""
        if self.channel is None:
            return ""
        return "im" if self.channel.im else "private" if self.channel.private else "public"

    @property
    def title(self) -> str:
        return str((self.shown.get("title") or {}).get("text", ""))
