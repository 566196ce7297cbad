"""An app on a real file that speaks to the simulator, and delivery that runs when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from bots.chat import Chat
from bots.dispatch.books import Books
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import Delivering
from bots.dispatch.pumping import Pump
from bots.drawings import Drawings
from bots.slack import client, connecting, publisher, web
from bots.slack.listening import Events
from bots.slack.publisher import SlackPublisher
from briefings import demo
from briefings.desk import Desk, Reader
from briefings.errors import WorkerFailed
from briefings.model import Address, Dispatch, Edition, Story, Tenant
from briefings.rendering import Templates
from briefings.settings import Settings
from briefings.settings import Slack as Chosen
from briefings.sources import Worker
from briefings.store import Order, Schedule, open_store
from briefings.store.database import FILE
from tests.platforms.slack import (
    Channel,
    Interaction,
    Message,
    Slack,
    User,
    View,
    buttons_of,
    simulated,
    text_of,
)
from tests.platforms.slack.reading import walked
from tests.platforms.slack.state import now
from tests.platforms.slack.world import World

ONE, TWO = (
    Tenant("slack", World().team.id),
    Tenant("slack", "T0ELSEWHERE"),
)  # the simulator's own, and another
SLUG = "openai-november-2023"
ARTICLES = demo.articles()
FIRST, REVISED = ARTICLES[: demo.FIRST_BRIEFING], ARTICLES[4]  # REVISED takes back a sentence of FIRST
TEMPLATES = Templates(None)
SECTION, STORY, NEXT, BACK = "A section …", "Another story …", "▶ Next page", "◀ Previous page"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)

Log = MutableMapping[str, Any]


class Painter(Worker):
    """Draws one point, or fails. `drawn` counts."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(30)
        self.fails = fails
        self.drawn = 0

    async def run(self, what: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.fails:
            raise WorkerFailed("No chart today.")
        self.drawn += 1
        return PNG


@dataclass
class Clock:
    """The present moment, put forward as far as a test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(now(), UTC) + self.ahead


def chosen(sim: Slack, **more: Any) -> Chosen:
    """The settings by which the simulator is reached."""
    given: dict[str, Any] = {
        "timeout": 5.0, "a_second": 1_000, "bot_token": sim.bot_token, "app_token": sim.app_token,
        "signing_secret": sim.signing_secret, "api_url": sim.api_url, **more,
    }  # fmt: skip
    return Chosen.model_validate(given)


@dataclass
class Life:
    """One life of the app. `going` are deliveries that were started and did not run; `heard` whether it was up; `logs`
    what it wrote."""

    sim: Slack
    desk: Desk
    painter: Painter
    connection: client.Connection
    clock: Clock
    heard: list[bool]
    logs: list[Log]
    publisher: SlackPublisher
    going: list[tuple[float, int, int]] = field(default_factory=list)
    books: Books = field(init=False)
    delivering: Delivering = field(init=False)
    pump: Pump = field(init=False)

    def __post_init__(self) -> None:
        figures = Figures()
        self.books = Books(self.desk.store, self.enqueue)
        self.delivering = Delivering(self.desk, self.books, {"slack": self.publisher}, Random(7), figures)
        self.pump = Pump(self.desk, self.books, _no_fan, figures)

    def enqueue(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        self.going.append((seconds, number, attempt))

    async def drain(self) -> list[str]:
        """Run all that was started, when its time has come: the clock goes there. What became of each."""
        found = []
        while self.going:
            self.going.sort()
            seconds, number, attempt = self.going.pop(0)
            self.clock.ahead += timedelta(seconds=seconds)
            self.going = [(max(0.0, s - seconds), n, a) for s, n, a in self.going]
            found.append(await self.delivering.deliver(number, attempt))
            assert len(found) < 100, "delivery does not end"
        return [x for x in found if x != "not mine"]

    async def up(self) -> None:
        await until(lambda: self.connection.up)

    async def story(self, tenant: Tenant = ONE) -> Story:
        return (await self.desk.of(tenant).stories())[0]

    async def edition(self, channel: Channel | str, tenant: Tenant = ONE, **given: Any) -> Edition:
        filled: dict[str, Any] = {
            "template": "sitrep", "language": "en", "cron": "0 8 * * *", "timezone": "UTC", "said": "daily at 08:00",
            **given,
        }  # fmt: skip
        return await self.desk.of(tenant).orders.add(await self.story(tenant), at(channel), **filled)

    async def editions(self) -> list[Edition]:
        return list(await self.desk.of(ONE).orders.editions())

    async def posted(self, edition: Edition, fire: str = "f1") -> list[str]:
        """Put a fire of it in line and deliver it."""
        order = Order.for_edition(edition, self.clock(), fire)
        self.desk.store.ledger.take([order], self.clock(), self.enqueue)
        return await self.drain()

    async def dispatches(self, tenant: Tenant = ONE) -> list[Dispatch]:
        """The newest first."""
        return await self.desk.of(tenant).orders.dispatches()

    async def add(self, *indexes: int) -> None:
        """Articles of the demo to its story."""
        for i in indexes:
            await self.desk.of(ONE).add_articles(
                await self.story(), [ARTICLES[i]], ARTICLES[i].id, private=True
            )

    # ---- what people do --------------------------------------------------------------------------------------------------

    async def ask(
        self, user: User, line: str, channel: Channel | None = None, command: str = "/sitrep"
    ) -> Interaction:
        """A slash command, until all came of it."""
        asked = await self.sim.command(user, channel or self.sim.channel, command, line)
        return await asked.settled(10)

    async def click(self, user: User, shown_: Message | View, button: str) -> Interaction:
        return await (await self.sim.click(user, shown_, button)).settled(10)

    async def choose(self, user: User, shown_: Message | View, menu: str, value: str) -> Interaction:
        return await (await self.sim.choose(user, shown_, menu, value)).settled(10)

    async def ledgered(self, count: int = 1) -> list[Dispatch]:
        """The dispatches, once so many are there."""
        for _ in range(300):
            if len(found := await self.dispatches()) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError("they did not come into the ledger")

    def logged(self, words_: str) -> list[Log]:
        """What was written with these words in it."""
        return [x for x in self.logs if words_ in str(x)]


def at(channel: Channel | str) -> Address:
    return Address("slack", channel if isinstance(channel, str) else channel.id)


def _no_fan(c: Connection, name: str, schedule: Schedule, after: datetime, until: datetime) -> None:
    raise AssertionError("nothing here is due by schedule")


@cache
def told(count: int, tenants: int) -> bytes:
    """A database where each workspace has a story of the demo's first articles."""

    async def work(folder: Path) -> None:
        settings, store = Settings(), open_store(folder)
        for tenant in (ONE, TWO)[:tenants]:
            desk = Desk(settings, TEMPLATES, store, Clock(), Reader(settings, Worker(30)), tenant)
            story = await desk.new_story(demo.NAME)
            for article in ARTICLES[:count]:
                await desk.add_articles(story, [article], article.id, private=True)
        store.close()

    with TemporaryDirectory() as folder:
        asyncio.run(work(Path(folder)))
        return (Path(folder) / FILE).read_bytes()


@contextmanager
def swift() -> Iterator[pytest.MonkeyPatch]:
    """Without the waits for which there is no need on loopback."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(client, "_FIRST_WAIT", 0.05)
        patched.setattr(client, "_LONGEST_WAIT", 0.2)
        patched.setattr(connecting, "_LONGEST_WAIT", 0.2)
        patched.setattr(connecting, "_LOOK", 0.02)
        patched.setattr(connecting, "_PING", 0.2)
        patched.setattr(client, "_ENDING", 1.0)
        patched.setattr(connecting, "_DOWN", 1.0)
        patched.setattr(connecting, "_OPENING", 2.0)
        patched.setattr(connecting, "_ALL_DOWN", 1.0)
        patched.setattr(web, "_NO_TOKEN", 0.2)
        patched.setattr(publisher, "_APART", 0.01)
        yield patched


@asynccontextmanager
async def living(
    sim: Slack, folder: Path, *, wait: bool = True, slack: Chosen | None = None, **more: Any
) -> AsyncIterator[Life]:
    """The app on the folder's database, connected; what was there before it is still there."""
    store = open_store(folder)
    settings = Settings(slack=slack or chosen(sim), **more)
    clock, painter, heard = Clock(), Painter(), list[bool]()
    desk = Desk(settings, TEMPLATES, store, clock, Reader(settings, Worker(30)), Tenant("local", "desk"))
    connection = client.Connection()
    drawings = Drawings(painter)
    out = SlackPublisher(settings.slack, drawings)
    with capture_logs() as logs:
        life = Life(sim, desk, painter, connection, clock, heard, logs, out)
        events = Events(life.delivering.send, life.delivering.rest_at)
        try:
            async with client.connected(
                settings.slack, Chat(desk), drawings, events, connection, heard.append
            ):
                if wait:
                    await life.up()
                if wait and settings.slack.mode == "socket":
                    await sim.connected(settings.slack.sockets, 10)
                yield life
        finally:
            await out.close()
            life.books.close()
            store.close()


Work = Callable[[Life], Awaitable[None]]


def with_simulator(
    folder: Path,
    work: Callable[[Slack], Awaitable[None]],
    *,
    count: int = len(ARTICLES),
    tenants: int = 1,
    channels: int = 2,
    seconds: float = 60.0,
) -> None:
    """A workspace with a story in the folder's database, and no app yet."""
    (folder / FILE).write_bytes(told(count, tenants))

    async def inside() -> None:
        async with simulated(channels=channels) as sim:
            assert sim.team.id == ONE.id
            with swift():
                async with asyncio.timeout(seconds):
                    await work(sim)
            sim.checked()

    asyncio.run(inside())


def with_bot(folder: Path, work: Work, *, settings: dict[str, Any] | None = None, **more: Any) -> None:
    """A workspace with a story, and the app in it."""

    async def inside(sim: Slack) -> None:
        async with living(sim, folder, **(settings or {})) as life:
            await work(life)

    with_simulator(folder, inside, **more)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """AssertionError where it does not come true."""
    try:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110  # what others make true
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError("it did not come true") from None


def shown(interaction: Interaction) -> Message:
    """What the interaction was answered with."""
    message = interaction.message
    assert message is not None
    return message


def words(interaction: Interaction) -> str:
    return text_of(shown(interaction))


def alone(interaction: Interaction) -> str:
    """The words that the asker alone was shown; nothing was left in the channel by it."""
    message = shown(interaction)
    assert message.addressee is interaction.user
    assert [m for m in interaction.messages if not m.ephemeral] == []
    return text_of(message)


def public(interaction: Interaction) -> Message:
    """The one message that all in the channel see."""
    assert interaction.responses == []
    (message,) = interaction.messages
    assert not message.ephemeral
    return message


def manager(sim: Slack, name: str = "Ada", **more: Any) -> User:
    return sim.user(name, admin=True, **more)


def other_channel(sim: Slack) -> Channel:
    return list(sim.channels.values())[1]


def labels(shown_: Message | View) -> list[str]:
    """What stands on its buttons."""
    return [str(b["text"]["text"]) for b in buttons_of(shown_)]


def forged(message: Message, old: str, new: str) -> str:
    """Change the action ids of a message as whoever forges a click would; the first that was changed."""
    found = ""
    for part in walked(message.blocks):
        if old in part.get("action_id", ""):
            part["action_id"] = part["action_id"].replace(old, new)
            found = found or str(part["action_id"])
    assert found
    return found


def reference_of(message: Message) -> str:
    """The reference in the action ids of a message."""
    for part in walked(message.blocks):
        if "action_id" in part:
            return str(part["action_id"]).rpartition(":")[2]
    raise AssertionError("the message has no buttons")
