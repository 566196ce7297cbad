"""Channels and who listens: nothing is lost, doubled or out of order, and what is private stays so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.chat import Chat
from bots.place import Asker
from bots.web.messages import Said, Typed, load
from bots.web.rooms import _WAITING, OPERATOR, SITREP, Rooms
from briefings.desk import Desk, Reader
from briefings.model import LOCAL, Tenant
from briefings.rendering import Templates
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import Message, open_store

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)
BOSS = Asker("operator", OPERATOR, manager=True, language="en")
HERE = "desk"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Rooms]:
    settings = Settings()
    store = open_store(folder)
    try:
        async with Worker(20) as worker:
            desk = Desk(settings, Templates(None), store, lambda: NOW, Reader(settings, worker), LOCAL)
            rooms = Rooms(Chat(desk))
            await rooms.open(HERE, HERE)
            yield rooms
    finally:
        store.close()


def within(folder: Path, work: Callable[[Rooms], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with opened(folder) as rooms, asyncio.timeout(30):
            await work(rooms)

    asyncio.run(inside())


class Page:
    """Listens to a channel as an open page does; `slow`: it takes nothing until it may."""

    def __init__(self, rooms: Rooms, channel: str = HERE, after: int = 0) -> None:
        self.heard: list[Message] = []
        self.may = asyncio.Event()
        self.may.set()
        self.task = asyncio.create_task(self._listen(rooms, channel, after))

    async def _listen(self, rooms: Rooms, channel: str, after: int) -> None:
        async for message in rooms.listen(channel, after):
            await self.may.wait()
            self.heard.append(message)

    async def until(self, count: int) -> list[int]:
        """The ids heard, once there are so many."""
        await settled(lambda: len(self.heard) >= count)
        return [m.id for m in self.heard]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def settled(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    while not holds():  # noqa: ASYNC110  # what is waited for is the product's own state
        await asyncio.sleep(0.002)


def test_a_listener_hears_what_it_missed_and_then_what_comes(tmp_path: Path) -> None:
    """From the id that it saw last, also where that is more than the store gives at once."""

    async def work(rooms: Rooms) -> None:
        early = [(await rooms.post(HERE, Typed(str(n)))).id for n in range(120)]
        page = Page(rooms, after=early[9])
        assert await page.until(110) == early[10:]
        late = [(await rooms.post(HERE, Typed(str(n)))).id for n in range(30)]
        assert await page.until(140) == early[10:] + late
        await page.leave()
        assert rooms.listening == 0

    within(tmp_path, work)


def test_nothing_is_lost_or_doubled_when_posting_races_with_listening(tmp_path: Path) -> None:
    """Pages that come at any moment while messages are posted one after another hear each once, in order."""

    async def work(rooms: Rooms) -> None:
        first = (await rooms.desk.messages(HERE))[-1].id
        pages: list[Page] = []

        async def come() -> None:
            for n in range(20):
                pages.append(Page(rooms, after=first))
                await asyncio.sleep(0.001 * (n % 4))

        coming = asyncio.create_task(come())
        posted = [(await rooms.post(HERE, Typed(str(n)))).id for n in range(100)]
        await coming
        for page in pages:
            assert await page.until(100) == posted
        await asyncio.sleep(0.05)
        assert all(len(page.heard) == 100 for page in pages)
        for page in pages:
            await page.leave()

    within(tmp_path, work)


def test_messages_of_several_at_once_are_all_heard(tmp_path: Path) -> None:
    """A later id that is told first does not hide an earlier one."""

    async def work(rooms: Rooms) -> None:
        first = (await rooms.desk.messages(HERE))[-1].id
        page = Page(rooms, after=first)
        await settled(lambda: rooms.listening == 1)
        for n in range(20):
            await asyncio.gather(*(rooms.post(HERE, Typed(str(k))) for k in range(30)))
            await page.until(30 * (n + 1))
        kept = await rooms.desk.messages(HERE, after=first, most=999)
        assert [m.id for m in page.heard] == [m.id for m in kept]
        assert len(kept) == 600
        await page.leave()

    within(tmp_path, work)


def test_channels_do_not_hear_each_other(tmp_path: Path) -> None:
    """A message is told in its own channel alone."""

    async def work(rooms: Rooms) -> None:
        await rooms.open("other", "other")
        here, there = Page(rooms), Page(rooms, "other")
        await settled(lambda: rooms.listening == 2)
        await rooms.post("other", Typed("x"))
        await there.until(2)
        await asyncio.sleep(0.02)
        assert len(here.heard) == 1
        await here.leave()
        await there.leave()

    within(tmp_path, work)


def test_a_slow_listener_is_dropped_and_can_come_again(tmp_path: Path) -> None:
    """Its stream ends; with the id that it saw last it gets the rest, each once."""

    async def work(rooms: Rooms) -> None:
        first = (await rooms.desk.messages(HERE))[-1].id
        slow, quick = Page(rooms, after=first), Page(rooms, after=first)
        await settled(lambda: rooms.listening == 2)
        slow.may.clear()
        posted = []
        for n in range(_WAITING + 20):
            posted.append((await rooms.post(HERE, Typed(str(n)))).id)
            await quick.until(n + 1)
        assert rooms.listening == 1
        slow.may.set()
        await slow.task
        seen = [m.id for m in slow.heard]
        assert seen == posted[: len(seen)]
        again = Page(rooms, after=seen[-1] if seen else first)
        assert seen + await again.until(len(posted) - len(seen)) == posted
        for page in (quick, again):
            await page.leave()

    within(tmp_path, work)


def test_closing_ends_every_stream(tmp_path: Path) -> None:
    """Those that wait, and those that come after."""

    async def work(rooms: Rooms) -> None:
        pages = [Page(rooms) for _ in range(5)]
        await settled(lambda: rooms.listening == 5)
        rooms.close()
        await asyncio.gather(*(p.task for p in pages))
        assert rooms.listening == 0
        late = Page(rooms)
        await late.task
        assert len(late.heard) == 1

    within(tmp_path, work)


def test_a_public_answer_is_kept_and_told(tmp_path: Path) -> None:
    """The line as the operator's message, then the answer as Sitrep's, to everyone who listens."""

    async def work(rooms: Rooms) -> None:
        pages = [Page(rooms), Page(rooms)]
        exchange = await rooms.say(HERE, "/story new Norvo crisis", BOSS)
        assert exchange.ok
        kept = (await rooms.desk.messages(HERE))[-2:]
        assert tuple(kept) == exchange.messages
        assert [m.author for m in kept] == [OPERATOR, SITREP]
        assert load(kept[0].body) == Typed("/story new Norvo crisis")
        assert load(kept[1].body) == exchange.said
        for page in pages:
            assert (await page.until(3))[1:] == [m.id for m in kept]
            await page.leave()

    within(tmp_path, work)


@pytest.mark.parametrize(
    "line", ["/help", "/setup", "/nothing", "hello", "", "/brief story:none", "/story new ---"]
)
def test_a_private_answer_is_told_to_nobody_else(tmp_path: Path, line: str) -> None:
    """Neither kept nor heard: help, questions, and every refusal."""

    async def work(rooms: Rooms) -> None:
        page = Page(rooms)
        await page.until(1)
        exchange = await rooms.say(HERE, line, BOSS)
        assert exchange.messages == ()
        assert exchange.said.blocks
        await asyncio.sleep(0.02)
        assert len(page.heard) == 1
        assert len(await rooms.desk.messages(HERE)) == 1
        await page.leave()

    within(tmp_path, work)


def test_a_form_is_the_line_that_would_have_been_typed(tmp_path: Path) -> None:
    """What is kept can be typed again with the same effect; unknown values are left out of it."""

    async def work(rooms: Rooms) -> None:
        values = {"story": "Norvo crisis", "language": "fr", "timezone": "Europe/Paris", "csrf": "s3cret"}
        exchange = await rooms.submit(HERE, "setup", values, BOSS)
        assert exchange.ok
        assert exchange.typed.line == '/setup story:"Norvo crisis" language:fr timezone:Europe/Paris'
        channel = await rooms.desk.channel(HERE)
        assert (channel.story, channel.language, channel.timezone) == ("norvo-crisis", "fr", "Europe/Paris")
        again = await rooms.say(HERE, exchange.typed.line, BOSS)
        assert again.ok

    within(tmp_path, work)


@pytest.mark.parametrize("command", ["nothing", "", "story", "brief x"])
def test_an_unknown_form_is_refused(tmp_path: Path, command: str) -> None:
    """As a line of that name would be."""

    async def work(rooms: Rooms) -> None:
        assert not (await rooms.submit(HERE, command, {}, BOSS)).ok

    within(tmp_path, work)


def test_a_refused_form_changes_nothing(tmp_path: Path) -> None:
    """A zone that is none, told to the asker alone."""

    async def work(rooms: Rooms) -> None:
        exchange = await rooms.submit(HERE, "setup", {"timezone": "Mars/Phobos"}, BOSS)
        assert (exchange.ok, exchange.messages) == (False, ())
        assert (await rooms.desk.channel(HERE)).timezone is None

    within(tmp_path, work)


def test_there_is_always_a_channel(tmp_path: Path) -> None:
    """A fresh installation gets one with a welcome; a channel of a name that is there is that one, welcomed once."""

    async def work(rooms: Rooms) -> None:
        assert [c.id for c in await rooms.channels()] == [HERE]
        assert await rooms.open_named("L’Élysée !", "fr") == "elysee"
        assert await rooms.open_named("l'élysée", "en") == "elysee"
        assert await rooms.open_named("---", "en") is None
        (welcome,) = await rooms.desk.messages("elysee")
        said = load(welcome.body)
        assert isinstance(said, Said)
        assert said.language == "fr"

    within(tmp_path, work)


def test_another_tenants_messages_are_not_heard(tmp_path: Path) -> None:
    """A channel of the same id elsewhere is another channel."""

    async def work(rooms: Rooms) -> None:
        other = Rooms(rooms.chat, Tenant("web", "other"))
        await other.post(HERE, Typed("secret"))
        page = Page(rooms)
        await page.until(1)
        await asyncio.sleep(0.02)
        assert "secret" not in "".join(m.body for m in page.heard)
        await page.leave()

    within(tmp_path, work)
