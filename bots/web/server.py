"""The server: where it listens, the address that it prints, how it ends."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bots.chat import Chat
from bots.web.access import Gate, bracketed
from bots.web.rooms import Rooms
from bots.web.site import make_app
from briefings.desk import Desk
from briefings.errors import SettingsFault
from briefings.settings import Web
from briefings.sources import Worker

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # where what listens everywhere is reached from here
_LAST_WORDS = 5.0  # seconds that answers under way have at the end


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens. `address` holds the token: it is for the terminal alone."""

    rooms: Rooms
    address: str = field(repr=False)
    url: str


def token_of(settings: Web) -> str:
    """The token of the settings, of its file, or a new one. SettingsFault."""
    given = settings.token.get_secret_value()
    if given:
        return given
    if settings.token_file is None:
        return secrets.token_urlsafe(24)
    try:
        read = settings.token_file.read_text("utf8").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsFault(f"The token file {settings.token_file} can't be read: {e}.") from e
    if len(read) < 16:
        raise SettingsFault(
            f"The token in {settings.token_file} has fewer than 16 characters.", "Make it longer."
        )
    return read


def _listener(settings: Web) -> socket.socket:
    """A bound socket. SettingsFault says what stands in the way."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, *_, address = found[0]
        both = settings.host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(address[:2], family=family, dualstack_ipv6=both)
    except OSError as e:
        raise SettingsFault(
            f"The web channel can't listen on {settings.host}:{settings.port}: {e.strerror or e}.",
            "Give it another port with --port or web.port (0 takes a free one), or end what uses this one.",
        ) from e


@asynccontextmanager
async def serving(
    desk: Desk, worker: Worker, settings: Web, answered: Callable[[str, float], None] | None = None
) -> AsyncIterator[Running]:
    """The web channel, listening until the context ends. SettingsFault where it can't listen there.

    `answered` is told each command's name and the seconds that its answer took.
    """
    chat = Chat(desk, answered)
    rooms = Rooms(chat)
    token = token_of(settings)
    listener = _listener(settings)
    port = listener.getsockname()[1]
    app = make_app(chat, rooms, worker, Gate(token, settings, port))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_WORDS)
    await runner.setup()
    watching: asyncio.Task[None] | None = None
    try:
        await web.SockSite(runner, listener).start()
        host = _LOOPBACK.get(settings.host, bracketed(settings.host))
        url = f"http://{host}:{port}"
        watching = asyncio.create_task(rooms.watch()) if desk.store.shared else None
        yield Running(rooms, f"{url}/?token={token}", url)
    finally:
        if watching is not None:
            watching.cancel()
        await runner.cleanup()
