"""The web's channels: their messages, and the open pages that listen for more."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bots.answers import Answer
from bots.chat import Chat
from bots.commands import command_named, noop
from bots.dispatch.delivering import content_of
from bots.parsing import Call, made
from bots.place import Asker, Place
from bots.shown import note
from bots.web.messages import Body, Said, Typed, dump
from briefings.desk import slug_of
from briefings.errors import StoreError
from briefings.model import LOCAL, Channel, Language, Tenant
from briefings.store import Message

log = structlog.get_logger()

OPERATOR = noop("operator")  # who types on the web
SITREP = "Sitrep"
_OVERLAP = timedelta(seconds=10)  # clocks of several machines differ; told twice is told once
_LOOK = 1.0  # seconds between two looks at what other processes have posted
_WAITING = 64  # messages that a slow page may be behind before it has to come anew
FIRST = ("desk", "desk")  # the channel of a fresh installation: id and name


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was typed and answered. `messages` are kept and told to everyone; without any it is for the asker alone."""

    typed: Typed
    said: Said
    ok: bool
    messages: tuple[Message, ...] = ()


class Rooms:
    """The channels of the operator's desk."""

    def __init__(self, chat: Chat, tenant: Tenant = LOCAL) -> None:
        self.chat = chat
        self.tenant = tenant
        self.desk = chat.desk_of(tenant)
        self._listeners: dict[str, set[asyncio.Queue[Message | None]]] = defaultdict(set)
        self._from: dict[str, int] = {}  # the first message that a listener had not seen when it came
        self._posting: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.closed = False

    # ---- channels ----------------------------------------------------------------------------------------------------------

    async def channels(self, language: Language | None = None) -> list[Channel]:
        """By age; a first one is made where there is none, welcomed in that language."""
        found = await self.desk.channels()
        if not found:
            await self.open(*FIRST, language)
            found = await self.desk.channels()
        return found

    async def open(self, identity: str, name: str, language: Language | None = None) -> str:
        """A channel, with a welcome in it; its id. The one that is there where there is one of that id."""
        welcome = await self.chat.welcome(Place(self.tenant, identity, name), language)
        if welcome is not None:
            await self.post(identity, Said.of(welcome))
        return identity

    async def open_named(self, name: str, language: Language) -> str | None:
        """A channel by what a person calls it; None where the name has no letter or digit."""
        identity = slug_of(name)
        return await self.open(identity, identity, language) if identity else None

    # ---- messages ----------------------------------------------------------------------------------------------------------

    async def post(self, channel: str, body: Body, author: str = SITREP) -> Message:
        """Keep a message and tell it to everyone who listens."""
        async with self._posting[channel]:  # whoever listens hears the messages in the order of their ids
            message = await self.desk.post(channel, author, dump(body))
            self.tell(channel, message)
        return message

    def tell(self, channel: str, message: Message) -> None:
        """Tell a message that is kept, new or changed, to everyone who listens."""
        for queue in list(self._listeners.get(channel, ())):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:  # too slow: the page comes anew and asks for what it missed
                self._drop(channel, queue)

    async def watch(self) -> None:
        """Tell what other processes post and change, for as long as there is anyone who listens. Without end."""
        seen: dict[str, tuple[int, datetime]] = {}
        while True:
            await asyncio.sleep(_LOOK)
            seen = {channel: at for channel, at in seen.items() if channel in self._listeners}
            for channel in list(self._listeners):
                newest, since = seen.get(channel) or (
                    self._from.get(channel, 0),
                    self.desk.clock() - _OVERLAP,
                )
                try:
                    seen[channel] = await self._look_into(channel, newest, since)
                except StoreError as e:  # the next look may go well
                    log.warning("channel can't be looked into", channel=channel, why=e.message)

    async def _look_into(self, channel: str, newest: int, since: datetime) -> tuple[int, datetime]:
        """Tell what came after `newest` and what was changed since then; where the next look begins."""
        now = self.desk.clock() - _OVERLAP
        while found := await self.desk.messages(channel, after=newest):
            for message in found:
                newest = message.id
                self.tell(channel, message)
        for message in await self.desk.edited(channel, since):
            self.tell(channel, message)
        return newest, now

    async def say(self, channel: str, line: str, asker: Asker) -> Exchange:
        """A typed line and its answer: into the channel where the answer is for all, else to the asker alone."""
        answer = await self.chat.answer(line, Place(self.tenant, channel, channel), asker)
        return await self._exchanged(channel, line, answer)

    async def submit(self, channel: str, command: str, values: dict[str, str], asker: Asker) -> Exchange:
        """A form's answers. They are shown as the line that would have made the same call."""
        declared = command_named(command)
        line = f"/{command}"
        if declared is not None:
            language = asker.language or self.desk.settings.language
            given = [(o.word(language), values[o.name]) for o in declared.options if values.get(o.name)]
            line = f"/{declared.words(language)} " + " ".join(
                f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in given
            )
        place = Place(self.tenant, channel, channel)

        def call() -> Call:
            assert declared is not None
            return made(declared, values)

        answer = await (
            self.chat.answer(line, place, asker) if declared is None else self.chat.run(call, place, asker)
        )
        return await self._exchanged(channel, line.strip(), answer)

    async def _exchanged(self, channel: str, line: str, answer: Answer) -> Exchange:
        typed, said = Typed(line), Said.of(answer)
        if not answer.public or not answer.ok:
            return Exchange(typed, said, answer.ok)
        first = await self.post(channel, typed, OPERATOR)
        second = await self.post(channel, said)
        if answer.prepared is not None and answer.story is not None:
            content = content_of(answer.prepared, answer.story)
            place = Place(self.tenant, channel, channel)
            await note(self.desk, place, answer, content, str(second.id), second.body)
        return Exchange(typed, said, answer.ok, (first, second))

    # ---- listening ---------------------------------------------------------------------------------------------------------

    @property
    def listening(self) -> int:
        """How many pages are open."""
        return sum(len(queues) for queues in self._listeners.values())

    async def listen(self, channel: str, after: int) -> AsyncGenerator[Message]:
        """The channel's messages after that id, those there are and those to come. Ends when the server does."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(_WAITING)
        self._listeners[channel].add(queue)
        self._from[channel] = min(after, self._from.get(channel, after))
        try:
            last = after
            while found := await self.desk.messages(channel, after=last):
                for message in found:
                    last = message.id
                    yield message
            for message in await self.desk.messages(channel):
                if message.edited is not None and message.id <= after:
                    yield message  # changed while nobody listened, it may be
            while not self.closed:
                message_or_end = await queue.get()
                if message_or_end is None:
                    return
                if message_or_end.edited is not None or message_or_end.id > last:
                    last = max(last, message_or_end.id)
                    yield message_or_end
        finally:
            self._listeners[channel].discard(queue)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._from.pop(channel, None)

    def _drop(self, channel: str, queue: asyncio.Queue[Message | None]) -> None:
        """End a page's stream: it comes back by itself, with the id of what it saw last."""
        self._listeners[channel].discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    def close(self) -> None:
        """End every page's stream."""
        self.closed = True
        for channel, queues in list(self._listeners.items()):
            for queue in list(queues):
                self._drop(channel, queue)
