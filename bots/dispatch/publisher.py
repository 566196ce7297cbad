"""What a platform implements so that editions, corrections and notices reach its channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bots.dispatch.content import Content
from briefings.model import Part


@dataclass(frozen=True, slots=True)
class Limits:
    """`a_second`: the most messages a second over all channels and workers, 0 for any.

    `unknown_for`: so many seconds after a message was sent without an answer it may still turn up; before then nobody
    can tell that it is not there.
    """

    a_second: int = 0
    unknown_for: float = 0.0


class Publisher(Protocol):
    """One platform's way out. Whatever it raises beside the errors below counts as `TryLater`."""

    @property
    def via(self) -> str:
        """Its name in an address: "web", "relay"."""
        ...

    @property
    def limits(self) -> Limits: ...

    def bodies(self, content: Content) -> tuple[str, ...]:
        """The native messages, each within the platform's limits. Pure; never empty."""
        ...

    async def post(self, channel: str, part: Part) -> str:
        """Post a message marked with `part.key`; its id."""
        ...

    async def edit(self, channel: str, part: Part) -> None:
        """Make the message `part.edits` say `part.body`; done twice it is done once. EditRefused, NotThere."""
        ...

    def person(self, user: str) -> str | None:
        """The channel by which a person is reached alone, by the id of the platform; None where there is no such thing."""
        ...

    async def find(self, channel: str, part: Part) -> str | None:
        """The id of the message that bears `part.key`; None where there is none for certain. Uncertain."""
        ...

    async def close(self) -> None: ...


class TryLater(Exception):
    """It can't be done now: after so many seconds, where the platform says so.

    `sent`: the platform may have done it, and only the answer was lost.
    """

    def __init__(self, why: str, after: float | None = None, *, sent: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.after = after
        self.sent = sent
        self.progress = False  # whether other parts went out before


class Gone(Exception):
    """The channel is there no more, or we may not post in it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Rejected(Exception):
    """The platform will never take this message."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class EditRefused(Exception):
    """The message can't be changed any more."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotThere(Exception):
    """The message that is to be changed was deleted."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Uncertain(Exception):
    """Nobody can tell whether the message is there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
