"""The app's life: who it is, its connection, and a supervisor that makes it anew whatever ended it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackClientError

from bots.chat import Chat
from bots.dispatch.publisher import TryLater
from bots.drawings import Drawings
from bots.slack.answering import VIA, Answering
from bots.slack.connecting import listener, quiet, sockets
from bots.slack.listening import Events, Listening
from bots.slack.web import Denied, Web, client_for
from briefings.errors import SettingsFault
from briefings.model import Tenant
from briefings.settings import Slack, secret_of

log = structlog.get_logger()

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before the app is made anew
_ENDING = 3.0  # seconds that answers have when the program is told to end
_QUIET = ("slack_bolt", "slack_sdk")


@dataclass
class Connection:
    """The app's connection as others see it."""

    up: bool = False
    why: str = ""
    team: str = ""
    address: str = ""  # of the HTTP listener
    under_way: set[asyncio.Task[Any]] = field(default_factory=set)


@asynccontextmanager
async def connected(
    settings: Slack,
    chat: Chat,
    drawings: Drawings,
    events: Events,
    connection: Connection,
    tell: Callable[[bool], None],
) -> AsyncIterator[None]:
    """The app for as long as the context lasts; whatever ends it, it is made anew. SettingsFault."""
    check(settings)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)  # at lower ones they log bodies that hold tokens
    task = asyncio.create_task(_supervised(settings, chat, drawings, events, connection, tell))
    try:
        yield
    finally:
        await _finished(connection.under_way)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _finished(under_way: set[asyncio.Task[Any]]) -> None:
    """Wait for what was acknowledged, and for what that leads to; not for long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _ENDING
    await asyncio.sleep(0.02)  # what was just read off a socket begins
    while under_way and loop.time() < until:
        await asyncio.wait(under_way, timeout=until - loop.time())


def check(settings: Slack) -> None:
    """SettingsFault where what the mode needs is not there."""
    if settings.mode == "socket" and not secret_of(settings.app_token, settings.app_token_file):
        raise SettingsFault(
            "Slack's mode is socket, and there is no app-level token.",
            "Make one with the scope connections:write, and give it as SLACK_APP_TOKEN; or set slack.mode to http.",
        )
    if settings.mode == "http" and not secret_of(settings.signing_secret, settings.signing_secret_file):
        raise SettingsFault(
            "Slack's mode is http, and there is no signing secret.",
            "Give that of the app's page Basic Information as SLACK_SIGNING_SECRET.",
        )


async def _supervised(
    settings: Slack,
    chat: Chat,
    drawings: Drawings,
    events: Events,
    connection: Connection,
    tell: Callable[[bool], None],
) -> None:
    wait = _FIRST_WAIT

    def up(is_up: bool) -> None:
        nonlocal wait
        wait = _FIRST_WAIT if is_up else wait
        if connection.up != is_up:
            connection.up = is_up
            tell(is_up)
            log.info("connected" if is_up else "not connected", platform=VIA)

    tell(False)
    while True:
        why, seconds = await _once(settings, chat, drawings, events, connection, up)
        up(False)
        connection.why = why
        pause = max(wait, seconds)
        log.error("Slack is lost", why=why, seconds=pause)
        await asyncio.sleep(pause)
        wait = min(wait * 2, _LONGEST_WAIT)


async def _once(
    settings: Slack,
    chat: Chat,
    drawings: Drawings,
    events: Events,
    connection: Connection,
    up: Callable[[bool], None],
) -> tuple[str, float]:
    """One life of the app: why it ended, and how long to wait at least."""
    web_ = Web(settings)
    try:
        me = await web_.form("auth.test", {})
        tenant = Tenant(VIA, str(me["team_id"]))
        connection.team = tenant.id
        await asyncio.to_thread(chat.desk.store.tenants.come_back, tenant)
        answering = Answering(chat, web_, drawings, tenant)
        listening = Listening(chat, answering, events, str(me.get("user_id")), connection.under_way)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(answering.close)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = client_for(settings, session)
            known = AuthorizeResult(
                enterprise_id=None,
                team_id=tenant.id,
                bot_token=client.token,
                bot_id=str(me.get("bot_id") or ""),
                bot_user_id=str(me.get("user_id") or ""),
            )

            async def authorize() -> AuthorizeResult:
                return known  # bolt would ask for it within the first request

            app = AsyncApp(
                logger=quiet(),
                client=client,
                authorize=authorize,
                request_verification_enabled=False,  # the listener does it, sockets need none
                ignoring_self_events_enabled=False,  # that Sitrep itself joined a channel is told to it
            )
            listening.register(app)
            if settings.mode == "http":
                connection.address = await stack.enter_async_context(listener(app, settings))
                up(True)
                await asyncio.Event().wait()
            await sockets(app, client, settings, stack, up, connection.under_way)
    except TryLater as e:
        return e.why, e.after or 0.0
    except Denied as e:
        return f"{e.why}.", _LONGEST_WAIT
    except SettingsFault as e:
        return e.message, _LONGEST_WAIT
    except (aiohttp.ClientError, OSError, TimeoutError, SlackClientError) as e:
        return f"Slack can't be reached: {type(e).__name__}.", 0.0
    except Exception as e:  # a mistake of ours or a library's: the log has it, and it is tried again
        log.exception("Slack's client failed")
        return type(e).__name__, 0.0
    finally:
        await web_.close()
    return "The app has ended.", 0.0
