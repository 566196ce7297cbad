"""An app on a real file that speaks to the simulator, and delivery that runs when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.chat import Chat
from bots.drawings import Drawings
from bots.slack import client, connecting, publisher, web
from bots.slack.listening import Events
from bots.slack.publisher import SlackPublisher
from briefings import demo
from briefings.desk import Desk, Reader
from briefings.errors import WorkerFailed
from briefings.model import Address, Edition, Tenant
from briefings.rendering import Templates
from briefings.settings import Settings
from briefings.settings import Slack as Chosen
from briefings.sources import Worker
from briefings.store import open_store
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
from tests.platforms.slack.world import World
from tests.unit.lives import Clock, Delivered, until

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


def chosen(sim: Slack, **more: Any) -> Chosen:
    """The settings by which the simulator is reached."""
    given: dict[str, Any] = {
        "timeout": 5.0, "a_second": 1_000, "bot_token": sim.bot_token, "app_token": sim.app_token,
        "signing_secret": sim.signing_secret, "api_url": sim.api_url, **more,
    }  # fmt: skip
    return Chosen.model_validate(given)


@dataclass
class Life(Delivered):
    """One life of the app. `heard`: whether it was up; `logs`: what it wrote."""

    sim: Slack
    painter: Painter
    connection: client.Connection
    heard: list[bool]
    logs: list[Log]

    async def up(self) -> None:
        await until(lambda: self.connection.up)

    async def edition(self, channel: Channel | str, tenant: Tenant = ONE, **given: Any) -> Edition:
        return await self.edition_at(at(channel), tenant, **given)

    async def editions(self) -> list[Edition]:
        return list(await self.desk.of(ONE).orders.editions())

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

    def logged(self, words_: str) -> list[Log]:
        """What was written with these words in it."""
        return [x for x in self.logs if words_ in str(x)]


def at(channel: Channel | str) -> Address:
    return Address("slack", channel if isinstance(channel, str) else channel.id)


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
        life = Life(desk, clock, out, ONE, sim, painter, connection, heard, logs)
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


PATIENCE = 15.0  # seconds
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
            # Three seconds are for the benchmarks to hold: here tests run side by side on whatever machine there is.
            sim.acknowledging = sim.trigger_life = sim.socket_mode.redeliver_after = PATIENCE
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
