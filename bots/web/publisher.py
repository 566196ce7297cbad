"""Editions, corrections and notices in the web's own channels."""

from __future__ import annotations

from bots.dispatch.content import Content
from bots.dispatch.publisher import EditRefused, Gone, Limits
from bots.web.messages import Said, dump
from bots.web.rooms import SITREP, Rooms
from briefings.errors import NotFound
from briefings.model import Part


class WebPublisher:
    """Writes into the database under the part's key: posted twice, a message is there once."""

    via = "web"
    limits = Limits()

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    def bodies(self, content: Content) -> tuple[str, ...]:
        """One message: a page has no limit."""
        return (dump(Said.holding(content)),)

    async def post(self, channel: str, part: Part) -> str:
        try:
            message = await self.rooms.desk.post_once(channel, SITREP, part.body, part.key)
        except NotFound as e:
            raise Gone(e.message) from e
        self.rooms.tell(channel, message)
        return str(message.id)

    async def edit(self, channel: str, part: Part) -> None:
        try:
            message = await self.rooms.desk.rewrite(channel, int(part.edits), part.body)
        except (NotFound, ValueError) as e:
            raise EditRefused(str(e)) from e
        self.rooms.tell(channel, message)

    def person(self, user: str) -> str | None:
        return None

    async def find(self, channel: str, part: Part) -> str | None:
        return None  # posting again finds what is there

    async def close(self) -> None:
        pass
