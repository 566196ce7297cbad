"""An interaction: what a user asked for, and what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.platforms.slack.delivering import Delivery
from tests.platforms.slack.refusals import JSON
from tests.platforms.slack.state import Channel, Message, User, View
from tests.platforms.slack.world import World

COMMAND, ACTIONS, SUBMISSION, CLOSED, SUGGESTION = (
    "command", "block_actions", "view_submission", "view_closed", "block_suggestion",
)  # fmt: skip
_QUIET = 0.05  # seconds without any call, after which nothing more is expected


@dataclass(eq=False)
class Trigger:
    """Opens one view, for a few seconds."""

    interaction: Interaction
    created: float = field(default_factory=time.monotonic)
    used: bool = False


@dataclass(eq=False, repr=False)
class Interaction:
    """`responses` are the messages that came with the acknowledgement or through the response_url, as they are now;
    `views` those opened by its trigger. `source` is the message or view that was acted in.

    Of a submission: `errors` by blocks, `closed`, and `view`, which is the one on top afterwards, if any. Of a suggestion:
    `options`. `changed` tells whether the source was replaced, deleted or closed since.
    """

    world: World
    kind: str
    user: User
    channel: Channel | None
    delivery: Delivery
    source: Message | View | None = None
    response_token: str = ""
    trigger_id: str = ""
    uses: int = 0
    responses: list[Message] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    options: list[JSON] | None = None
    created: float = field(default_factory=time.monotonic)
    _edits: int = 0

    def __post_init__(self) -> None:
        self._edits = self.source.edits if self.source else 0

    @property
    def acked_after(self) -> float | None:
        return self.delivery.acked_after

    @property
    def ack(self) -> Any:
        return self.delivery.ack

    @property
    def late(self) -> bool:
        return self.delivery.late

    @property
    def failure(self) -> str | None:
        """What Slack told the user where the app did not answer."""
        return self.delivery.failure

    @property
    def messages(self) -> list[Message]:
        """What the bot posted in the channel meanwhile, other than by responding: replies and private ones too."""
        if self.channel is None:
            return []
        recent: list[Message] = []
        for kept in (self.channel.messages, self.channel.ephemeral):
            for message in reversed(kept):
                if message.made < self.created:
                    break
                recent.append(message)
        return sorted(
            (
                m for m in recent if m.author is self.world.bot and m.via.startswith(("chat.", "files.")) and not m.deleted
                and m.addressee in (None, self.user)
            ), key=lambda m: m.ts
        )  # fmt: skip

    @property
    def message(self) -> Message | None:
        """The last that this user was shown: a response that is still there, else one in the channel."""
        shown = [m for m in self.responses if not m.deleted] or self.messages
        return shown[-1] if shown else None

    @property
    def changed(self) -> bool:
        if isinstance(self.source, Message):
            return self.source.deleted or self.source.edits > self._edits
        return self.source is not None and (self.source.edits > self._edits or not self.source.open)

    @property
    def closed(self) -> bool:
        return isinstance(self.source, View) and not self.source.open

    @property
    def view(self) -> View | None:
        """The view that the user has before them afterwards."""
        if self.views:
            return self.views[-1]
        return self.source if isinstance(self.source, View) and self.source.open else None

    @property
    def answered(self) -> bool:
        """Acknowledged, and something came of it."""
        if self.acked_after is None:
            return False
        if self.kind == CLOSED:
            return True
        came = self.responses or self.views or self.errors or self.changed or self.options is not None
        return bool(came) or bool(self.messages)

    async def acked(self, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until it is acknowledged. AssertionError where it is not in time."""
        return await self.until(lambda x: x.acked_after is not None, timeout)

    async def settled(self, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until something came of it and the bot asks nothing of Slack any more. AssertionError where nothing does."""
        await self.until(lambda x: x.answered and not x.world.under_way, timeout)
        while True:
            edits = self._came()
            await asyncio.sleep(_QUIET)
            if not self.world.under_way and self._came() == edits:
                return self

    def _came(self) -> tuple[int, ...]:
        shown: list[Message | View] = [*self.responses, *self.messages, *self.views]
        return (len(shown), sum(x.edits for x in shown), self.source.edits if self.source else 0)

    async def responded(self, count: int = 1, timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait until there are so many responses."""
        return await self.until(lambda x: len(x.responses) >= count, timeout)

    async def until(self, done: Callable[[Self], object], timeout: float = 10.0) -> Self:  # noqa: ASYNC109
        """Wait for anything. AssertionError where it does not come, or where its user was told that it failed."""
        await self.world.until(lambda: bool(done(self)) or bool(self.failure), str(self), timeout)
        if self.failure and not done(self):
            raise AssertionError("\n".join([f"{self}: {self.failure}", *self.world.faults]))
        return self

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        what = self.delivery.event
        if self.kind == COMMAND:
            what += f" {self.delivery.payload['text']}"
        acked = (
            "not acknowledged" if self.acked_after is None else f"acknowledged after {self.acked_after:.2f} s"
        )
        return f"{what} of {self.user.name} ({acked})"
