"""What is told to the app: commands, interactions and events, by a socket or to its listener."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

JSON = dict[str, Any]

COMMANDS, INTERACTIVE, EVENTS = "slash_commands", "interactive", "events_api"


@dataclass(eq=False)
class Delivery:
    """`acked_after` are the seconds until it was acknowledged, `ack` what came with that: a JSON object, or nothing.
    `late`: not within the time. `failure` is what its user was told then. `acks` and `attempts` count.

    In HTTP mode, `status` and `body` are the last answer.
    """

    kind: str
    payload: JSON
    id: str = field(default_factory=lambda: str(uuid4()))
    created: float = field(default_factory=time.monotonic)
    attempts: int = 0
    acks: int = 0
    acked_after: float | None = None
    ack: Any = None
    late: bool = False
    failure: str | None = None
    status: int | None = None
    body: str = ""
    on_ack: Callable[[Any], None] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def event(self) -> str:
        """The kind of the event, of the interaction, or the command."""
        event = self.payload.get("event") or {}
        return str(event.get("type") or self.payload.get("type") or self.payload.get("command"))

    def acked(self, payload: Any, patience: float) -> None:
        self.acks += 1
        if self.acks > 1:
            return
        self.acked_after = time.monotonic() - self.created
        self.ack = payload
        self.late = self.late or self.acked_after > patience
        if not self.late and self.on_ack is not None:
            self.on_ack(payload)
        self.done.set()


class Carrier(Protocol):
    """How deliveries get there."""

    async def carry(self, delivery: Delivery) -> None: ...
