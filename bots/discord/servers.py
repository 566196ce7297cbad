"""Servers that take Sitrep in and send it away, and channels that go: each has an end, and somebody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog

from bots.chat import Chat
from bots.commands import noop
from bots.place import Place
from bots.welcoming import Welcoming
from briefings.errors import SitrepError
from briefings.model import Address, Language, Tenant
from briefings.store import Order

log = structlog.get_logger()

VIA = "discord"
Send = Callable[[list[Order]], Awaitable[None]]
Rest = Callable[[Address, str], Awaitable[None]]

#: What a bot must be allowed in a channel to brief it.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    read_message_history=True,
)


ADMINISTRATOR = discord.Permissions(administrator=True).value


class Servers:
    """`send` puts notices into the ledger's line, `rest` lets a channel's editions rest and tells who made them."""

    def __init__(self, chat: Chat, send: Send, rest: Rest) -> None:
        self.chat = chat
        self.welcoming = Welcoming(chat, send)
        self.rest = rest
        self._seen: set[Tenant] = (
            set()
        )  # servers that were looked at since the start, once the gateway was ready

    async def joined(self, guild: discord.Guild) -> None:
        """Welcome a server that is new, or back; once, whatever is heard of it how often."""
        tenant = tenant_of(guild)
        store = self.chat.desk.store
        if await asyncio.to_thread(store.tenants.come_back, tenant):
            log.info("server is back", server=tenant.id)
        channel = welcome_channel(guild)
        if channel is None:
            log.warning("no channel to say welcome in", server=tenant.id)
            return
        if await self.chat.desk_of(tenant).channels():
            return
        language: Language = "fr" if str(guild.preferred_locale.value).startswith("fr") else "en"
        place = Place(tenant, str(channel.id), f"#{channel.name}")
        if not await self.welcoming.welcome(place, language):
            return
        log.info("welcomed", server=tenant.id, channel=place.channel)

    async def left(self, tenant: Tenant, name: str) -> None:
        """Its editions rest; what is kept of it goes after the time of the settings."""
        desk = self.chat.desk
        if await asyncio.to_thread(desk.store.tenants.leave, tenant, name, desk.clock()):
            log.info("sent away", server=tenant.id, keep_days=desk.settings.tenants.keep_days_after_leaving)

    async def seen(self, guild: discord.Guild) -> None:
        """A server that could not be reached when the gateway connected, and can now."""
        if self._seen and tenant_of(guild) not in self._seen:
            self._seen.add(tenant_of(guild))
            await self.joined(guild)

    async def compared(self, guilds: list[discord.Guild]) -> None:
        """What happened while nobody listened: servers that are new, and those that are gone."""
        there = {tenant_of(g) for g in guilds}
        known = await asyncio.to_thread(self.chat.desk.store.tenants.known)
        for tenant, _, left in known:
            if tenant.platform == VIA and tenant not in there and left is None:
                await self.left(tenant, "")
        here = {tenant for tenant, _, left in known if left is None}
        for guild in guilds:
            if not guild.unavailable:
                self._seen.add(tenant_of(guild))
                if tenant_of(guild) not in here:
                    await self.joined(guild)
        self._seen |= here

    async def channel_gone(self, channel: Any) -> None:
        """Editions into a channel that was deleted rest."""
        try:
            await self.rest(Address(VIA, str(channel.id)), noop("The channel was deleted."))
        except SitrepError as e:
            log.error("a deleted channel's editions can't be paused", channel=channel.id, why=e.message)


def tenant_of(guild: discord.Guild) -> Tenant:
    return Tenant(VIA, str(guild.id))


def welcome_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """The server's system channel, else its first text channel where Sitrep may speak."""
    first = [guild.system_channel] if guild.system_channel is not None else []
    for channel in [*first, *guild.text_channels]:
        if not missing(channel.permissions_for(guild.me)):
            return channel
    return None


def missing(may: discord.Permissions) -> list[str]:
    """The names of the permissions that Sitrep lacks, of those that it has."""
    return [] if may.administrator else named(NEEDED.value & ~may.value)


def named(permissions: int) -> list[str]:
    """Permissions by the names that Discord shows: "View Channel"."""
    given = discord.Permissions(permissions)
    return [_SHOWN.get(name, name.replace("_", " ").title()) for name, has in given if has]


_SHOWN = {"read_messages": "View Channel", "view_channel": "View Channel"}
