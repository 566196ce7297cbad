"""An interaction: what a user asked for, and what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from tests.platforms.discord import shapes
from tests.platforms.discord.refusals import JSON
from tests.platforms.discord.state import Channel, Message, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
KINDS = {4: "message", 5: "deferred", 6: "deferred update", 7: "update", 8: "choices", 9: "modal"}


class Choice(NamedTuple):
    """A completion, named in the user's language."""

    name: str
    value: str | int | float


@dataclass(eq=False)
class Interaction:
    """`kind` is how it was acknowledged: "message", "deferred", "update", "deferred update", "choices" or "modal"; None
    until then. `message` is the first response as it is now: after an update, the message that was clicked. `source` is
    that message in any case. `followups` are the others, `acked_after` the seconds until the acknowledgement.
    """

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    payload: JSON
    source: Message | None = None
    trigger: Interaction | None = None
    created: float = field(default_factory=time.monotonic)
    kind: str | None = None
    acked_after: float | None = None
    ephemeral: bool = False
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: JSON | None = None
    choices: list[Choice] | None = None
    finished: bool = False
    late: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def message(self) -> Message | None:
        return None if self.original is None or self.original.deleted else self.original

    @property
    def answered(self) -> bool:
        """Acknowledged, and what was deferred is there."""
        return self.kind is not None and (self.finished or not self.kind.startswith("deferred"))

    def told(self) -> None:
        """Something became of it: whoever waits looks again."""
        self._news.set()
        self._news = asyncio.Event()

    async def acked(self, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until it is acknowledged. AssertionError where it is not."""
        return await self._until(lambda: self.kind is not None, "acknowledged", timeout)

    async def settled(self, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until it is answered; what was deferred, until its response was edited. AssertionError where it is not."""
        return await self._until(lambda: self.answered, "answered", timeout)

    async def followed(self, count: int = 1, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until so many messages followed the first one."""
        return await self._until(lambda: len(self.followups) >= count, "followed", timeout)

    async def _until(self, done: Callable[[], bool], said: str, seconds: float) -> Self:
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self} was not {said} within {seconds} s; it is {self.kind}") from None
        return self

    def __str__(self) -> str:
        data = self.payload.get("data") or {}
        return f"the interaction {data.get('name') or data.get('custom_id')} of {self.user.name}"

    def metadata(self) -> JSON:
        """As its messages carry it."""
        found: JSON = {
            "id": str(self.id), "type": self.type, "user": shapes.of_user(self.user),
            "authorizing_integration_owners": self.payload["authorizing_integration_owners"],
        }  # fmt: skip
        if self.type == COMPONENT and self.source:
            found["interacted_message_id"] = str(self.source.id)
        if self.type == MODAL and self.trigger:
            found["triggering_interaction_metadata"] = self.trigger.metadata()
        return found
