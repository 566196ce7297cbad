"""The app: slack-bolt's listeners, which acknowledge and hand on; its sockets or its HTTP listener; a supervisor."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bots.chat import Chat
from bots.dispatch.content import Content, dump
from bots.dispatch.publisher import TryLater
from bots.drawings import Drawings
from bots.place import Place
from bots.slack.answering import VIA, Answering
from bots.slack.forms import CALLBACK, OPTION
from bots.slack.manifest import PATH
from bots.slack.publisher import GONE
from bots.slack.web import Denied, Web, client_for
from briefings.errors import SettingsFault, SitrepError
from briefings.model import Address, Sent, Tenant
from briefings.settings import Slack, secret_of
from briefings.store import Order

log = structlog.get_logger()

Ack = Callable[..., Awaitable[Any]]
Body = dict[str, Any]

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before the app is made anew
_LOOK = 0.5  # seconds between two looks whether a socket is open
_DOWN = 10.0  # seconds that a socket may be down before it is made anew
_ALL_DOWN = 20.0  # seconds without any socket from which everything is asked anew
_OPENING = 15.0  # seconds that opening one may take
_TOGETHER = 4  # envelopes that bolt works on at once
_PING = 5.0  # seconds between two pings of a socket
_ENDING = 3.0  # seconds that answers have when the program is told to end
_ALL = re.compile(".*", re.DOTALL)
_QUIET = ("slack_bolt", "slack_sdk")


@dataclass
class Events:
    """What the rest of the program does about what Slack tells: notices into the line, channels whose editions rest."""

    send: Callable[[list[Order]], Awaitable[None]]
    rest: Callable[[Address, str], Coroutine[Any, Any, None]]


@dataclass
class Connection:
    """The app's connection as others see it."""

    up: bool = False
    why: str = ""
    team: str = ""
    address: str = ""  # of the HTTP listener
    under_way: set[asyncio.Task[Any]] = field(default_factory=set)


class Listening:
    """The listeners of one workspace's app. Each acknowledges first; what follows can't undo that."""

    def __init__(
        self, chat: Chat, answering: Answering, events: Events, bot: str, under_way: set[asyncio.Task[Any]]
    ) -> None:
        self.chat = chat
        self.answering = answering
        self.events = events
        self.bot = bot
        self.tenant = answering.tenant
        self.under_way = under_way

    def register(self, app: AsyncApp) -> None:
        """Everything that Slack may send. What nothing is made for is acknowledged as well."""
        app.command(_ALL)(self._command)
        app.options(re.compile(f"^{OPTION}:"))(self._options)
        app.options(_ALL)(self._no_options)
        app.view(CALLBACK)(self._view)
        app.view(_ALL)(self._acknowledge)
        app.action(re.compile(r"^sitrep[0-9]+:"))(self._action)
        app.action(_ALL)(self._acknowledge)
        app.shortcut(_ALL)(self._acknowledge)
        app.event("app_home_opened")(self._home)
        for name in (
            "channel_archive",
            "channel_deleted",
            "channel_left",
            "group_archive",
            "group_deleted",
            "group_left",
        ):
            app.event(name)(self._channel_gone)
        app.event("member_joined_channel")(self._joined)
        for name in ("app_uninstalled", "tokens_revoked"):
            app.event(name)(self._uninstalled)
        app.event(_ALL)(self._ignore)

    # The names of their arguments are what slack-bolt gives them by.

    async def _command(self, ack: Ack, body: Body) -> None:
        await ack()
        self._go_on(self.answering.command(body), body)

    async def _action(self, ack: Ack, body: Body) -> None:
        await ack()
        self._go_on(self.answering.pressed(body), body)

    async def _view(self, ack: Ack, body: Body) -> None:
        try:
            wrong = self.answering.wrong(body["view"])
        except Exception:  # a mistake of ours: what is wrong is told by the command itself
            log.exception("a form can't be looked at")
            wrong = {}
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        await ack()
        self._go_on(self.answering.submitted(body), body)

    async def _options(self, ack: Ack, body: Body) -> None:
        found: list[dict[str, Any]] = []
        try:
            found = await self.answering.options(body)
        except Exception:  # a mistake of ours: nothing is offered
            log.exception("options can't be offered")
        await ack(options=found)

    async def _no_options(self, ack: Ack) -> None:
        await ack(options=[])

    async def _acknowledge(self, ack: Ack) -> None:
        await ack()

    async def _ignore(self) -> None:
        pass

    async def _home(self, event: Body, body: Body) -> None:
        self._go_on(self.answering.opened_home(event), body)

    async def _channel_gone(self, event: Body, body: Body) -> None:
        channel, kind = str(event.get("channel")), str(event.get("type"))
        why = GONE["is_archived"] if kind.endswith("archive") else GONE["channel_not_found"]
        if kind.endswith("left"):
            why = GONE["not_in_channel"]
        self._go_on(self.events.rest(Address(VIA, channel), why), body)

    async def _joined(self, event: Body, body: Body) -> None:
        if event.get("user") == self.bot:
            self._go_on(self._welcome(str(event.get("channel"))), body)

    async def _welcome(self, channel: str) -> None:
        answer = await self.chat.welcome(Place(self.tenant, channel, channel))
        if answer is None:
            return
        content = dump(Content(answer.document, "Sitrep"))
        now = self.chat.desk.clock()
        order = Order(
            self.tenant, Sent.NOTICE, Address(VIA, channel), now, content=content, language=answer.language
        )
        await self.events.send([order])

    async def _uninstalled(self, body: Body) -> None:
        tokens = (body.get("event") or {}).get("tokens")
        if isinstance(tokens, dict) and not tokens.get("bot"):
            return  # those of people, which Sitrep does not have
        self._go_on(self._left(), body)

    async def _left(self) -> None:
        store = self.chat.desk.store
        await asyncio.to_thread(store.tenants.leave, self.tenant, "", self.chat.desk.clock())
        log.error(
            "Sitrep was taken out of the workspace",
            team=self.tenant.id,
            hint="Install it again, or purge it.",
        )

    # ---- after the acknowledgement -----------------------------------------------------------------------------------------

    def _go_on(self, work: Coroutine[Any, Any, None], body: Mapping[str, Any]) -> None:
        """Do the work beside; whatever goes wrong ends with it. What was redelivered is done once."""
        task = asyncio.create_task(self._guarded(work, _identity(body)))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None], identity: str) -> None:
        try:
            if identity and not await self._first(identity):
                work.close()
                log.info("delivered twice", what=identity[:20])
                return
            await work
        except Denied as e:
            log.error("Slack refuses an answer", why=e.why)
        except TryLater as e:
            log.error("Slack can't be answered", why=e.why)
        except SitrepError as e:
            log.error("an event can't be followed", why=e.message)
        except Exception:  # a mistake of ours: the log has it, the bot goes on
            log.exception("an event failed")

    async def _first(self, identity: str) -> bool:
        store = self.chat.desk.store
        return await asyncio.to_thread(store.tenants.first, f"slack {identity}", self.chat.desk.clock())


def _identity(body: Mapping[str, Any]) -> str:
    """By which one event is known however often it is delivered: the trigger of a click, the id of an event."""
    view = body.get("view") or {}
    if body.get("type") == "view_submission":
        return f"view {view.get('id')} {view.get('hash')}"
    told = str(body.get("trigger_id") or body.get("event_id") or "")
    return sha256(told.encode()).hexdigest() if told else ""  # a trigger is a key: it is not kept


# ---- its life --------------------------------------------------------------------------------------------------------------


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
        if connection.under_way:
            await asyncio.wait(connection.under_way, timeout=_ENDING)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _quiet() -> logging.Logger:
    """For bolt, which takes the level of the root else: at lower ones it logs bodies that hold triggers and addresses."""
    logger = logging.getLogger("sitrep.slack")
    logger.setLevel(logging.ERROR)
    return logger


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
                logger=_quiet(),
                client=client,
                authorize=authorize,
                request_verification_enabled=False,  # the listener does it, sockets need none
                ignoring_self_events_enabled=False,  # that Sitrep itself joined a channel is told to it
            )
            listening.register(app)
            if settings.mode == "http":
                connection.address = await stack.enter_async_context(_listener(app, settings))
                up(True)
                await asyncio.Event().wait()
            await _sockets(app, client, settings, stack, up)
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


async def _sockets(
    app: AsyncApp, client: AsyncWebClient, settings: Slack, stack: AsyncExitStack, up: Callable[[bool], None]
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
    sockets = [_Socket(app, token, client) for _ in range(settings.sockets)]
    for socket in sockets:
        stack.push_async_callback(socket.close)
    loop = asyncio.get_running_loop()
    open_at = loop.time()
    while True:
        is_up = any([await socket.looked_after() for socket in sockets])
        up(is_up)
        open_at = loop.time() if is_up else open_at
        if loop.time() - open_at > _ALL_DOWN:
            raise TryLater(
                "No socket could be opened for a while."
            )  # from the start: tokens may have changed
        await asyncio.sleep(_LOOK)


class _Handler(AsyncSocketModeHandler):
    """Acknowledges what needs no answer before bolt looks at it: a burst does not wait for bolt's own work."""

    def __init__(self, app: AsyncApp, token: str, client: AsyncWebClient) -> None:
        super().__init__(app, token, logger=_quiet(), web_client=client, ping_interval=_PING)
        self._turn = asyncio.Semaphore(_TOGETHER)
        self._going: set[asyncio.Task[None]] = set()

    async def handle(self, client: Any, req: Any) -> None:
        kind = (req.payload or {}).get("type")
        if req.type == "interactive" and kind != "block_actions":
            await super().handle(
                client, req
            )  # a form's mistakes, a menu's options: the answer is the acknowledgement
            return
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
        task = asyncio.create_task(self._dispatched(req))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _dispatched(self, req: Any) -> None:
        async with self._turn:
            try:
                await run_async_bolt_app(self.app, req)
            except Exception:  # a mistake of ours or bolt's: the log has it, the socket goes on
                log.exception("an envelope can't be dispatched", type=req.type)


class _Socket:
    """One connection. Its client comes back by itself after most losses; where it does not, it is made anew."""

    def __init__(self, app: AsyncApp, token: str, client: AsyncWebClient) -> None:
        self.app = app
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
        handler = _Handler(self.app, self.token, self.client)
        self._handler, self._down_since = handler, loop.time()
        try:
            await asyncio.wait_for(handler.client.connect(), _OPENING)  # type: ignore[no-untyped-call]
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
async def _listener(app: AsyncApp, settings: Slack) -> AsyncIterator[str]:
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
