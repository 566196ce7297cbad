"""A call of a method as its code sees it, and what is looked up for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import Channel, Message
from tests.platforms.slack.world import World

T = TypeVar("T")
Method = Callable[[World, "Asked"], JSON]


@dataclass
class Asked:
    method: str
    args: JSON

    def text(self, name: str) -> str:
        found = self.args.get(name)
        return "" if found is None else str(found)

    def flag(self, name: str) -> bool:
        return self.args.get(name) in (True, 1, "1", "true", "True")

    def denied(self, name: str) -> bool:
        """Said to be false; not just left out."""
        found = self.args.get(name)
        return found is not None and found in (False, 0, "0", "false", "False")

    def parsed(self, name: str, error: str = "invalid_arguments") -> Any:
        """A value of some structure, which may come as JSON in a string."""
        found = self.args.get(name)
        if not isinstance(found, str):
            return found
        try:
            return json.loads(found) if found else None
        except ValueError:
            raise Refused(error) from None

    def needed(self, name: str) -> str:
        found = self.text(name)
        if not found:
            raise Refused(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        return found


def channel_of(world: World, asked: Asked, *, posting: bool = False, reading: bool = False) -> Channel:
    """The channel that is asked for, by id; where one posts, by name or user too. Refused where the bot may not."""
    name = asked.text("channel") or asked.text("channel_id")
    found = world.channels.get(name)
    if found is None and posting:
        bare = name.removeprefix("#")
        found = next((c for c in world.channels.values() if c.name == bare and not c.im), None)
        if found is None and name in world.users:
            found = world.dm(world.users[name])
    if found is None or found.deleted:
        raise Refused("channel_not_found")
    inside = world.bot.id in found.members
    if found.private and not inside:
        raise Refused("channel_not_found")
    public = posting and "chat:write.public" in world.scopes and not found.private
    if (posting or reading) and not inside and not public:
        raise Refused("not_in_channel")
    if posting and found.archived:
        raise Refused("is_archived")
    return found


def message_of(channel: Channel, ts: str, error: str = "message_not_found") -> Message:
    for message in reversed(channel.messages):
        if message.ts == ts and not message.deleted:
            return message
    raise Refused(error)


def paged(asked: Asked, things: Sequence[T], usual: int = 100, most: int = 1000) -> tuple[list[T], str]:
    """One page of them, and the cursor of the next."""
    limit = asked.text("limit") or str(usual)
    if not limit.isdecimal() or int(limit) > most:
        raise Refused("invalid_limit")
    count = int(limit) or usual
    start = 0
    if cursor := asked.text("cursor"):
        try:
            start = int(base64.b64decode(cursor).decode().removeprefix("next:"))
        except ValueError:
            raise Refused("invalid_cursor") from None
    more = start + count < len(things)
    return list(things[start : start + count]), base64.b64encode(
        f"next:{start + count}".encode()
    ).decode() if more else ""
