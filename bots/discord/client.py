"""The gateway: discord.py's client, what it hears handed on, and a supervisor that connects it again whatever ended it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord import ui
from discord.http import Route

from bots.chat import Chat
from bots.discord.answering import Answering, Interaction, acknowledge
from bots.discord.native import point_at
from bots.discord.registry import commands, fingerprint, remembered_as
from bots.discord.servers import Servers, tenant_of
from bots.drawings import Drawings
from bots.marks import VERBS, Mark, Verb, read, template
from briefings.errors import SettingsFault, SitrepError
from briefings.settings import Discord, secret_of

log = structlog.get_logger()

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before the client is made anew
_REFUSED_WAIT = 60.0  # seconds before a token that was refused is tried again; its file may have changed
_ENDING = 3.0  # seconds that answers have when the program is told to end
_TOKEN_REFUSED = 4004
_MENUS: tuple[Verb, ...] = ("section", "story")
_BUTTONS = tuple(v for v in VERBS if v not in _MENUS)


class Button(ui.DynamicItem[ui.Button[Any]], template=template(_BUTTONS)):
    """Any of our buttons, also one of a message from before the last start."""

    def __init__(self, item: ui.Button[Any], mark: Mark | None) -> None:
        super().__init__(item)
        self.mark = mark

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: Any, /) -> Button:
        return cls(item, read(match.string))

    async def callback(self, interaction: Interaction) -> None:
        bot = interaction.client
        await bot.answered(interaction, lambda: bot.answering.pressed(interaction, self.mark))


class Menu(ui.DynamicItem[ui.Select[Any]], template=template(_MENUS)):
    """Any of our menus."""

    def __init__(self, item: ui.Select[Any], mark: Mark | None) -> None:
        super().__init__(item)
        self.mark = mark

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: Any, /) -> Menu:
        return cls(item, read(match.string))

    async def callback(self, interaction: Interaction) -> None:
        data: Any = interaction.data or {}
        values = data.get("values") or [""]
        bot = interaction.client
        await bot.answered(interaction, lambda: bot.answering.pressed(interaction, self.mark, str(values[0])))


class Bot(discord.AutoShardedClient):
    """Hears commands, clicks, and servers that come and go; keeps no messages and no members."""

    def __init__(
        self,
        answering: Answering,
        servers: Servers,
        ready: Callable[[bool], None],
        home: asyncio.AbstractEventLoop,
    ) -> None:
        """`home`: the loop on which answers are made."""
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.answering = answering
        self.servers = servers
        self.told = ready
        self.home = home
        self.under_way: set[asyncio.Task[Any]] = set()
        self.add_dynamic_items(Button, Menu)

    async def setup_hook(self) -> None:
        """Logged in, not yet connected: the commands are told where they have changed."""
        try:
            await sync(self, self.answering.chat)
        except (discord.HTTPException, SitrepError) as e:
            log.error("commands can't be told to Discord", why=str(e))

    async def on_interaction(self, interaction: Interaction) -> None:
        match interaction.type:
            case discord.InteractionType.application_command:
                await self.answered(interaction, lambda: self.answering.command(interaction))
            case discord.InteractionType.autocomplete:
                await self.answered(interaction, lambda: self.answering.complete(interaction))
            case discord.InteractionType.modal_submit:
                await self.answered(interaction, lambda: self.answering.submitted(interaction))
            case _:
                pass  # clicks come by their dynamic items

    async def on_ready(self) -> None:
        self.told(True)
        log.info("connected", platform="discord", servers=len(self.guilds), shards=self.shard_count)
        await self.guarded(self.at_home(self.servers.compared(list(self.guilds))))

    async def on_resumed(self) -> None:
        self.told(True)

    async def on_disconnect(self) -> None:
        self.told(False)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.guarded(self.at_home(self.servers.joined(guild)))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self.guarded(self.at_home(self.servers.seen(guild)))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.guarded(self.at_home(self.servers.left(tenant_of(guild), guild.name or "")))

    async def on_guild_channel_delete(self, channel: Any) -> None:
        await self.guarded(self.at_home(self.servers.channel_gone(channel)))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self.guarded(self.at_home(self.servers.channel_gone(discord.Object(payload.thread_id))))

    async def answered(self, interaction: Interaction, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Acknowledge here and now, then answer where the stories are."""
        await self.guarded(self._answered(interaction, work))

    async def _answered(
        self, interaction: Interaction, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        await acknowledge(interaction)
        await self.at_home(work())

    async def at_home(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it on the program's own loop: this one is the gateway's."""
        if self.home is asyncio.get_running_loop():
            await work
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.home))

    async def guarded(self, work: Awaitable[None]) -> None:
        """Whatever goes wrong with one event ends with it."""
        task = asyncio.current_task()
        assert task is not None
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        try:
            await work
        except discord.HTTPException as e:
            log.error("Discord refuses an answer", status=e.status, code=e.code, why=e.text[:200])
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            log.error("Discord can't be answered", why=type(e).__name__)
        except SitrepError as e:
            log.error("an event can't be followed", why=e.message)
        except Exception:  # a mistake of ours: the log has it, the bot goes on
            log.exception("an event failed")

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("an event failed", what=event_method)

    def kind_of(self, channel: str) -> int | None:
        """A channel's type, as far as the gateway has told it."""
        found = self.get_channel(int(channel)) if channel.isdigit() else None
        kind = getattr(found, "type", None)
        return int(kind.value) if kind is not None else None


async def sync(client: discord.Client, chat: Chat) -> None:
    """Tell Discord the commands where they have changed since they were last told."""
    store, known = chat.desk.store, fingerprint()
    name = remembered_as(str(client.application_id))
    if await asyncio.to_thread(store.tenants.remembered, name) == known:
        return
    route = Route("PUT", "/applications/{application_id}/commands", application_id=client.application_id)
    await client.http.request(route, json=commands())
    await asyncio.to_thread(store.tenants.remember, name, known)
    log.info("commands told", platform="discord")


@dataclass
class Connection:
    """The gateway's connection as others see it."""

    up: bool = False
    why: str = ""
    bot: Bot | None = None

    def kind_of(self, channel: str) -> int | None:
        return self.bot.kind_of(channel) if self.bot is not None else None


@asynccontextmanager
async def connected(
    settings: Discord,
    chat: Chat,
    drawings: Drawings,
    servers: Servers,
    connection: Connection,
    tell: Callable[[bool], None],
) -> AsyncIterator[None]:
    """The gateway for as long as the context lasts: whatever ends the client, it is made anew."""
    point_at(settings)
    answering = Answering(chat, drawings)
    thread = _Thread(_supervised(settings, answering, servers, connection, tell, asyncio.get_running_loop()))
    thread.start()
    try:
        yield
    finally:
        await thread.end(connection)


class _Thread(threading.Thread):
    """The gateway has a thread and a loop of its own, so that commands are acknowledged whatever the program computes."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        super().__init__(name="discord", daemon=True)
        self.work = work
        self.begun = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.task: asyncio.Task[Any] | None = None

    def run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._main())  # it ends whatever the client leaves behind

    async def _main(self) -> None:
        self.loop, self.task = asyncio.get_running_loop(), asyncio.current_task()
        self.begun.set()
        await self.work

    async def end(self, connection: Connection) -> None:
        """Let the answers that are being made be finished, then end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _ENDING
        while connection.bot is not None and connection.bot.under_way and loop.time() < until:  # noqa: ASYNC110  # it is another loop's
            await asyncio.sleep(0.02)

        await asyncio.to_thread(self.begun.wait, _ENDING)
        if self.loop is not None and self.task is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self.loop.call_soon_threadsafe(self.task.cancel)
        await asyncio.to_thread(self.join, _ENDING + 5)


async def _supervised(
    settings: Discord,
    answering: Answering,
    servers: Servers,
    connection: Connection,
    tell: Callable[[bool], None],
    home: asyncio.AbstractEventLoop,
) -> None:
    wait = _FIRST_WAIT

    def up(is_up: bool) -> None:
        nonlocal wait
        wait = _FIRST_WAIT if is_up else wait
        connection.up = is_up
        tell(is_up)

    while True:
        why, seconds = await _once(settings, answering, servers, connection, up, home)
        up(False)
        connection.why = why
        pause = max(wait, seconds)
        log.error("Discord's gateway is lost", why=why, seconds=pause)
        await asyncio.sleep(pause)
        wait = min(wait * 2, _LONGEST_WAIT)


async def _once(
    settings: Discord,
    answering: Answering,
    servers: Servers,
    connection: Connection,
    up: Callable[[bool], None],
    home: asyncio.AbstractEventLoop,
) -> tuple[str, float]:
    """One life of the client: why it ended, and how long to wait at least."""
    bot = Bot(answering, servers, up, home)
    connection.bot = bot
    try:
        await bot.start(secret_of(settings.token, settings.token_file))
    except discord.LoginFailure:
        return REFUSED, _REFUSED_WAIT
    except discord.ConnectionClosed as e:
        if e.code == _TOKEN_REFUSED:
            return REFUSED, _REFUSED_WAIT
        return f"Discord has closed the connection ({e.code}).", 0.0
    except SettingsFault as e:
        return e.message, _REFUSED_WAIT
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as e:
        return f"Discord can't be reached: {type(e).__name__}.", 0.0
    except Exception as e:  # a mistake of ours or a library's: the log has it, and it is tried again
        log.exception("Discord's client failed")
        return type(e).__name__, 0.0
    finally:
        with suppress(Exception):
            await asyncio.shield(bot.close())
    return "The client has ended.", 0.0


REFUSED = (
    "Discord refuses the token. Make a new one on the bot's page of Discord's developer portal, and set it in "
    "SITREP_DISCORD_TOKEN or the token file; a changed file is read again within a minute."
)
