"""How Slack's requests come in: sockets that are watched, or a listener that verifies."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bots.dispatch.publisher import TryLater
from bots.slack.manifest import PATH
from briefings.errors import SettingsFault
from briefings.settings import Slack, secret_of

log = structlog.get_logger()

_LOOK = 0.5  # seconds between two looks whether a socket is open
_DOWN = 10.0  # seconds that a socket may be down before it is made anew
_ALL_DOWN = 20.0  # seconds without any socket from which everything is asked anew
_OPENING = 15.0  # seconds that opening one may take
_TOGETHER = 4  # envelopes that bolt works on at once
_PING = 5.0  # seconds between two pings of a socket
_LONGEST_WAIT = 60.0  # seconds until a token that was refused is tried again


async def sockets(
    app: AsyncApp,
    client: AsyncWebClient,
    settings: Slack,
    stack: AsyncExitStack,
    up: Callable[[bool], None],
    under_way: set[asyncio.Task[Any]],
) -> None:
    """Several connections, so that one is there while another is renewed. Each comes back by itself."""
    token = secret_of(settings.app_token, settings.app_token_file)
    try:
        await client.apps_connections_open(
            app_token=token
        )  # with a token that is refused, connecting would never end
    except SlackApiError as e:
        why = e.response.get("error") if hasattr(e.response, "get") else type(e).__name__
        raise TryLater(f"Slack refuses the app-level token: {why}.", _LONGEST_WAIT) from e
    opened = [_Socket(app, token, client, under_way) for _ in range(settings.sockets)]
    for socket in opened:
        stack.push_async_callback(socket.close)
    loop = asyncio.get_running_loop()
    open_at = loop.time()
    while True:
        is_up = any([await socket.looked_after() for socket in opened])
        up(is_up)
        open_at = loop.time() if is_up else open_at
        if loop.time() - open_at > _ALL_DOWN:
            raise TryLater(
                "No socket could be opened for a while."
            )  # from the start: tokens may have changed
        await asyncio.sleep(_LOOK)


class _Handler(AsyncSocketModeHandler):
    """Acknowledges what needs no answer as it is read off the socket: a burst does not wait for bolt's own work."""

    def __init__(
        self, app: AsyncApp, token: str, client: AsyncWebClient, under_way: set[asyncio.Task[Any]]
    ) -> None:
        super().__init__(app, token, logger=quiet(), web_client=client, ping_interval=_PING)
        self.client.on_message_listeners.append(self._acknowledge)
        self._turn = asyncio.Semaphore(_TOGETHER)
        self._going = under_way

    async def _acknowledge(self, message: Any) -> None:
        """The first that hears an envelope."""
        with suppress(ValueError, AttributeError, TypeError):
            told = json.loads(message.data)
            if told.get("envelope_id") and _needs_no_answer(told.get("type"), told.get("payload")):
                await self.client.send_socket_mode_response(SocketModeResponse(told["envelope_id"]))

    async def handle(self, client: Any, req: Any) -> None:
        if not _needs_no_answer(req.type, req.payload):
            await super().handle(client, req)
            return
        task = asyncio.create_task(self._dispatched(req))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _dispatched(self, req: Any) -> None:
        async with self._turn:
            try:
                await run_async_bolt_app(self.app, req)
            except Exception:  # a mistake of ours or bolt's: the log has it, the socket goes on
                log.exception("an envelope can't be dispatched", type=req.type)


def _needs_no_answer(kind: str | None, payload: Any) -> bool:
    """All but forms, whose mistakes, and menus, whose options are told by the acknowledgement itself."""
    if kind == "interactive":
        return isinstance(payload, dict) and payload.get("type") == "block_actions"
    return kind in ("slash_commands", "events_api")


class _Socket:
    """One connection. Its client comes back by itself after most losses; where it does not, it is made anew."""

    def __init__(
        self, app: AsyncApp, token: str, client: AsyncWebClient, under_way: set[asyncio.Task[Any]]
    ) -> None:
        self.app = app
        self.under_way = under_way
        self.token = token
        self.client = client
        self._handler: _Handler | None = None
        self._down_since = 0.0

    async def looked_after(self) -> bool:
        """Whether it is open; opened where it is not for long."""
        loop = asyncio.get_running_loop()
        if self._handler is not None:
            if await self._handler.client.is_connected():
                self._down_since = 0.0
                return True
            self._down_since = self._down_since or loop.time()
            if loop.time() - self._down_since < _DOWN:
                return False
            await self.close()
        handler = _Handler(self.app, self.token, self.client, self.under_way)
        self._handler, self._down_since = handler, loop.time()
        try:
            async with asyncio.timeout(_OPENING):  # Python 3.11's wait_for may lose a cancellation
                await handler.client.connect()  # type: ignore[no-untyped-call]
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as e:
            log.warning("a socket can't be opened", why=type(e).__name__)
            await self.close()
            return False
        return True

    async def close(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            await handler.close_async()  # type: ignore[no-untyped-call]


def _parsed(text: str, content_type: str) -> dict[str, Any]:
    """The body of a request. Bolt itself would take any form in which the word "payload" stands for a click. ValueError."""
    if content_type == "application/json":
        value = json.loads(text)
        if not isinstance(value, dict):
            raise ValueError("no object")
        return value
    fields = dict(parse_qsl(text, keep_blank_values=True))
    return dict(json.loads(fields["payload"])) if "payload" in fields else dict(fields)


@asynccontextmanager
async def listener(app: AsyncApp, settings: Slack) -> AsyncIterator[str]:
    """Where Slack sends its requests in the mode "http"; the address. SettingsFault."""

    verifier = SignatureVerifier(secret_of(settings.signing_secret, settings.signing_secret_file))

    async def events(request: web.Request) -> web.StreamResponse:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return web.Response(status=401, text="no timestamp\n")  # the verifier would fail over it
        raw = await request.read()
        if not verifier.is_valid(raw, stamp, signature):
            return web.Response(status=401, text="not signed by Slack, or too late\n")
        try:
            body = _parsed(raw.decode(), request.content_type)
        except (ValueError, TypeError):
            return web.Response(status=400, text="neither a form nor JSON\n")
        headers = {k: [v] for k, v in request.headers.items()}
        asked = AsyncBoltRequest(body=body, headers=headers, mode="socket_mode")  # type: ignore[arg-type]  # it is read
        return await to_aiohttp_response(await app.async_dispatch(asked))

    made = web.Application(client_max_size=1_000_000)
    made.router.add_post(PATH, events)
    runner = web.AppRunner(made, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as e:
            raise SettingsFault(
                f"Slack's requests can't be listened for on {settings.host}:{settings.port}: {e.strerror or e}.",
                "Give them another port with slack.port.",
            ) from e
        yield f"http://{settings.host}:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


def quiet() -> logging.Logger:
    """For bolt, which takes the level of the root else: at lower ones it logs bodies that hold triggers and addresses."""
    logger = logging.getLogger("sitrep.slack")
    logger.setLevel(logging.ERROR)
    return logger
