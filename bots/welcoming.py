"""The welcome in a channel that Sitrep joins: posted by delivery, once, also when the process is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bots.chat import Chat
from bots.dispatch.content import Content, dump
from bots.place import Place, home_of
from briefings.model import Address, Language, Sent
from briefings.store import Order

Send = Callable[[list[Order]], Awaitable[None]]


class Welcoming:
    """`send` puts notices into the ledger's line. A channel is known from then on; what the ledger has is not sent again."""

    def __init__(self, chat: Chat, send: Send) -> None:
        self.chat = chat
        self.send = send
        self._one = asyncio.Lock()  # what is heard twice at once is welcomed once

    async def welcome(self, place: Place, language: Language | None = None) -> bool:
        """Whether it was news that Sitrep is in the channel."""
        desk = self.chat.desk_of(place.tenant)
        address = Address(home_of(place.tenant), place.channel)
        async with self._one:
            if any(c.id == place.channel for c in await desk.channels()):
                return False
            told = await desk.orders.dispatches(most=50)
            if not any(d.kind is Sent.NOTICE and d.address == address for d in told):
                answer = self.chat.greeting(language)
                content = dump(Content(answer.document, "Sitrep"))
                now = self.chat.desk.clock()
                order = Order(
                    place.tenant, Sent.NOTICE, address, now, content=content, language=answer.language
                )
                await self.send([order])
            await desk.join(place.channel, place.name or place.channel)
        return True
