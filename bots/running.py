"""What runs: the platforms that the settings name, schedule and delivery, health; until a signal or a loss ends it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import structlog

from bots.chat import Chat
from bots.collecting import collecting
from bots.dispatch.counting import Figures
from bots.dispatch.delivering import notices
from bots.dispatch.engine import Deliveries, delivering
from bots.dispatch.identity import identity_for
from bots.dispatch.publisher import Publisher
from bots.drawings import Drawings
from bots.health import showing
from bots.relay.publisher import RelayPublisher
from bots.web.publisher import WebPublisher
from bots.web.rooms import Rooms
from bots.web.server import serving
from briefings.collecting import Collector
from briefings.desk import Desk
from briefings.errors import StoreError
from briefings.model import Address
from briefings.settings import Web
from briefings.store import Order

if TYPE_CHECKING:
    from bots.discord.client import Connection
    from bots.slack.client import Connection as SlackConnection

log = structlog.get_logger()

Answered = Callable[[str, float], None]
Send = Callable[[list[Order]], Awaitable[None]]
Rest = Callable[[Address, str], Coroutine[Any, Any, None]]

STOPPED, LOST = 0, 75  # exit codes: told to end; another process has our name (EX_TEMPFAIL: start me again)
AT_ONCE = 130  # a second signal
_FOLLOWS = frozenset(["story follow", "story resume"])  # commands after which there is something new to ask


@dataclass
class Running:
    """What is up. `address` holds the web's token, "" where there is no web; it is for the terminal alone."""

    address: str = field(default="", repr=False)
    figures: str | None = None
    deliveries: Deliveries | None = None
    discord: Connection | None = None
    slack: SlackConnection | None = None
    collector: Collector | None = None

    def kind_of_discord(self, channel: str) -> int | None:
        """The type of a Discord channel, as far as its gateway has told it."""
        return self.discord.kind_of(channel) if self.discord is not None else None

    @property
    def lost(self) -> asyncio.Event:
        """Set where this process must not go on."""
        return self.deliveries.lost if self.deliveries is not None else asyncio.Event()


@asynccontextmanager
async def everything(
    desk: Desk,
    web: Web | None,
    *,
    name: str = "",
    deliver: bool = True,
    gateways: bool = True,
    collect: bool = True,
) -> AsyncIterator[Running]:
    """The web channel where `web` is given, schedule and delivery where `deliver`, health and figures.

    `collect`: what stories follow is polled. `gateways`: the platforms' own connections too, by which commands come in; a worker has none.

    SettingsFault, StoreLocked (another process delivers), StoreError.
    """
    figures = Figures()
    running = Running()

    def answered(command: str, seconds: float) -> None:
        figures.answered(command, seconds)
        if command in _FOLLOWS and running.collector is not None:
            running.collector.wake()

    async with AsyncExitStack() as stack:
        identity = None
        if deliver:
            identity = await asyncio.to_thread(identity_for, desk.store, name or desk.settings.delivery.name)
            stack.callback(identity.release)
        rooms = Rooms(Chat(desk))
        if web is not None:
            served = await stack.enter_async_context(serving(desk, desk.reader.worker, web, answered))
            running.address, rooms = served.address, served.rooms
        publishers = publishers_of(desk, rooms, running)
        if identity is not None:
            running.deliveries = await stack.enter_async_context(
                delivering(desk, identity, publishers, figures, Random())  # noqa: S311  # spreads retries
            )

        if collect and desk.settings.sources.enabled:
            own = identity.name if identity is not None else ""
            posts = running.deliveries
            news, begin = (posts.news, posts.ready) if posts is not None else (_nothing, None)
            running.collector = await stack.enter_async_context(collecting(desk, own, news, begin))
        out = _ways_out(desk, running, publishers)
        if gateways and desk.settings.discord.wanted:
            await stack.enter_async_context(_discord(desk, running, figures, answered, out))
        if gateways and desk.settings.slack.wanted:
            await stack.enter_async_context(_slack(desk, running, figures, answered, out))

        async def ready() -> bool:
            if running.deliveries is not None and running.deliveries.lost.is_set():
                return False
            with suppress(StoreError):
                await asyncio.to_thread(desk.store.ledger.oldest)
                return True
            return False

        running.figures = await stack.enter_async_context(
            showing(desk, figures, desk.settings.metrics, ready)
        )
        yield running


def _nothing() -> None:
    """Nobody here posts: who does looks for itself."""


def publishers_of(desk: Desk, rooms: Rooms, running: Running) -> dict[str, Publisher]:
    """Those that the settings name. A platform's library is imported where it is wanted alone."""
    found: dict[str, Publisher] = {"web": WebPublisher(rooms)}
    if desk.settings.relay.url:
        found["relay"] = RelayPublisher(desk.settings.relay)
    if desk.settings.discord.wanted:
        from bots.discord.publisher import DiscordPublisher

        found["discord"] = DiscordPublisher(
            desk.settings.discord, Drawings(desk.reader.worker), running.kind_of_discord
        )
    if desk.settings.slack.wanted:
        from bots.slack.publisher import SlackPublisher

        found["slack"] = SlackPublisher(desk.settings.slack, Drawings(desk.reader.worker))
    return found


def _ways_out(desk: Desk, running: Running, publishers: Mapping[str, Publisher]) -> tuple[Send, Rest]:
    """How a platform's connection puts notices in line and lets editions rest: by delivery where there is one here, else
    into the ledger for a worker's. `publishers` know how a person is reached."""
    if running.deliveries is not None:
        return running.deliveries.delivering.send, running.deliveries.delivering.rest_at
    store = desk.store

    async def send(orders: list[Order]) -> None:
        await asyncio.to_thread(store.ledger.take, orders, desk.clock(), None)

    async def rest(address: Address, why: str) -> None:
        now = desk.clock()
        await asyncio.to_thread(store.ledger.rest, address, why, notices(why, now, publishers), now, None)

    return send, rest


@asynccontextmanager
async def _slack(
    desk: Desk, running: Running, figures: Figures, answered: Answered, out: tuple[Send, Rest]
) -> AsyncIterator[None]:
    """Slack's app."""
    from bots.slack.client import Connection, connected
    from bots.slack.listening import Events

    running.slack = Connection()
    async with connected(
        desk.settings.slack,
        Chat(desk, answered),
        Drawings(desk.reader.worker),
        Events(*out),
        running.slack,
        lambda up: figures.connected("slack", up),
    ):
        yield


@asynccontextmanager
async def _discord(
    desk: Desk, running: Running, figures: Figures, answered: Answered, out: tuple[Send, Rest]
) -> AsyncIterator[None]:
    """Discord's gateway."""
    from bots.discord.client import Connection, connected
    from bots.discord.servers import Servers

    chat = Chat(desk, answered)
    servers = Servers(chat, *out)
    running.discord = Connection()
    async with connected(
        desk.settings.discord,
        chat,
        Drawings(desk.reader.worker),
        servers,
        running.discord,
        lambda up: figures.connected("discord", up),
    ):
        yield


def stopping() -> asyncio.Event:
    """Set by SIGINT or SIGTERM from now on. A second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ended() -> None:
        if stop.is_set():
            os._exit(AT_ONCE)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ended)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt
            break
    return stop


async def until_stopped(running: Running, stop: asyncio.Event) -> int:
    """Wait until it is stopped, or for the loss of our name; an exit code."""
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(running.lost.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return STOPPED if stop.is_set() else LOST
