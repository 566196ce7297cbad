"""A bot on a real file that speaks to the simulator, and delivery that runs when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.chat import Chat
from bots.discord import client
from bots.discord.publisher import DiscordPublisher
from bots.discord.servers import Servers
from bots.drawings import Drawings
from briefings import demo
from briefings.desk import Desk, Reader
from briefings.errors import WorkerFailed
from briefings.model import Address, Edition, Tenant
from briefings.rendering import Templates
from briefings.settings import Discord as Chosen
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store
from briefings.store.database import FILE
from tests.platforms.discord import Channel, Discord, Interaction, Message, User, simulated, text_of
from tests.platforms.discord.connecting import pointed
from tests.platforms.discord.interactions import COMMAND
from tests.platforms.discord.options import Filled
from tests.platforms.discord.state import permissions_of
from tests.unit.lives import Clock, Delivered, until

NEWSROOM, OTHER = 900_000_000_000_000_001, 900_000_000_000_000_002
ONE, TWO = Tenant("discord", str(NEWSROOM)), Tenant("discord", str(OTHER))
SLUG = "openai-november-2023"
ARTICLES = demo.articles()
FIRST, REVISED = ARTICLES[: demo.FIRST_BRIEFING], ARTICLES[4]  # REVISED takes back a sentence of FIRST
TEMPLATES = Templates(None)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)


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


def chosen(sim: Discord, **more: Any) -> Chosen:
    """The settings by which the simulator is reached."""
    given: dict[str, Any] = {"timeout": 5.0, "a_second": 1_000, "token": sim.token, **more}
    return Chosen.model_validate({"api_url": sim.api_url, "gateway_url": sim.gateway_url, **given})


@dataclass
class Life(Delivered):
    """One life of the bot. `heard`: whether it was up."""

    sim: Discord
    painter: Painter
    connection: client.Connection
    heard: list[bool]

    async def up(self) -> None:
        await until(lambda: self.connection.up and bool(self.sim.gateway.connected))

    async def edition(self, address: Address, tenant: Tenant = ONE, **given: Any) -> Edition:
        return await self.edition_at(address, tenant, **given)


@cache
def told(count: int, tenants: int) -> bytes:
    """A database where each server has a story of the demo's first articles."""

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

    async def at_once(self: Any, shard_id: int | None, *, initial: bool = False) -> None:
        return None

    made = client.Bot.__init__

    def quick(self: Any, *args: Any) -> None:
        made(self, *args)
        self._connection.guild_ready_timeout = 0.05

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(client, "_FIRST_WAIT", 0.05)
        patched.setattr(client, "_LONGEST_WAIT", 0.2)
        patched.setattr(client, "_REFUSED_WAIT", 0.2)
        patched.setattr(client.Bot, "__init__", quick)
        patched.setattr(client.Bot, "before_identify_hook", at_once)
        yield patched


@asynccontextmanager
async def living(
    sim: Discord, folder: Path, *, wait: bool = True, discord: Chosen | None = None, **more: Any
) -> AsyncIterator[Life]:
    """The bot on the folder's database, connected; what was there before it is still there."""
    store = open_store(folder)
    settings = Settings(discord=discord or chosen(sim), **more)
    clock, painter, heard = Clock(), Painter(), list[bool]()
    desk = Desk(settings, TEMPLATES, store, clock, Reader(settings, Worker(30)), Tenant("local", "desk"))
    connection = client.Connection()
    drawings = Drawings(painter)
    publisher = DiscordPublisher(settings.discord, drawings, connection.kind_of)
    life = Life(desk, clock, publisher, ONE, sim, painter, connection, heard)
    chat = Chat(desk)
    servers = Servers(chat, life.delivering.send, life.delivering.rest_at)
    try:
        async with client.connected(settings.discord, chat, drawings, servers, connection, heard.append):
            if wait:
                await life.up()
            yield life
    finally:
        await publisher.close()
        life.books.close()
        store.close()


PATIENCE = 15.0  # seconds
Work = Callable[[Life], Awaitable[None]]


def with_simulator(
    folder: Path,
    work: Callable[[Discord], Awaitable[None]],
    *,
    count: int = len(ARTICLES),
    tenants: int = 1,
    channels: tuple[str, ...] = ("general", "news"),
) -> None:
    """A server with a story in the folder's database, and no bot yet."""
    (folder / FILE).write_bytes(told(count, tenants))

    async def inside() -> None:
        async with simulated(guilds=0) as sim:
            # Three seconds are for the benchmarks to hold: here tests run side by side on whatever machine there is.
            sim.acknowledging = PATIENCE
            sim.add_guild("Newsroom", id=NEWSROOM, channels=channels)
            if tenants > 1:
                sim.add_guild("Other", id=OTHER, channels=channels)
            with pointed(sim), swift(), capture_logs():
                async with asyncio.timeout(60):
                    await work(sim)
            sim.checked()

    asyncio.run(inside())


def with_bot(folder: Path, work: Work, *, settings: dict[str, Any] | None = None, **more: Any) -> None:
    """A server with a story, and the bot in it."""

    async def inside(sim: Discord) -> None:
        async with living(sim, folder, **(settings or {})) as life:
            await work(life)

    with_simulator(folder, inside, **more)


def shown(interaction: Interaction) -> Message:
    """What the interaction was answered with."""
    message = interaction.message or (interaction.followups[-1] if interaction.followups else None)
    assert message is not None
    return message


def words(interaction: Interaction) -> str:
    return text_of(shown(interaction))


async def refused(interaction: Interaction) -> Message:
    """The refusal, which the asker alone has seen; nothing was left in the channel by it."""
    await interaction.acked()
    await until(lambda: bool(interaction.followups) or (interaction.ephemeral and interaction.finished))
    message = interaction.followups[-1] if interaction.followups else interaction.message
    assert message is not None
    assert message.addressee is interaction.user
    return message


def slashed(sim: Discord, user: User, place: Channel, command: str, options: dict[str, Any]) -> Interaction:
    """A command with options of any name; channels say of themselves that the user may view them and write."""
    data = Filled(sim, user, place, command).data(options)
    for channel in data.get("resolved", {}).get("channels", {}).values():
        channel["permissions"] = str(permissions_of(user, sim.channels[int(channel["id"])]))
    return sim._interact(COMMAND, user, place, data)


def manager(sim: Discord, name: str = "Ada", **more: Any) -> User:
    return sim.user(name, "manage_guild", **more)


def forged(message: Message, old: str, new: str) -> str:
    """Change the custom_ids of a message as whoever forges a click would; the first that was changed."""
    found = ""
    stack = list(message.components)
    while stack:
        component = stack.pop(0)
        if old in component.get("custom_id", ""):
            component["custom_id"] = component["custom_id"].replace(old, new)
            found = found or component["custom_id"]
        stack += component.get("components") or []
    assert found
    return found


def reference_of(message: Message) -> str:
    """The reference in the custom_ids of a message."""
    stack = list(message.components)
    while stack:
        component = stack.pop(0)
        if "custom_id" in component:
            return str(component["custom_id"]).rpartition(":")[2]
        stack += component.get("components") or []
    raise AssertionError("the message has no buttons")
