"""Slack-bolt's listeners: each acknowledges, and hands on what came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp

from bots.chat import Chat
from bots.dispatch.publisher import TryLater
from bots.place import Place
from bots.slack.answering import VIA, Answering
from bots.slack.forms import CALLBACK, OPTION
from bots.slack.publisher import GONE
from bots.slack.web import Denied
from bots.welcoming import Welcoming
from briefings.errors import SitrepError
from briefings.model import Address
from briefings.store import Order

log = structlog.get_logger()

Ack = Callable[..., Awaitable[Any]]
Body = dict[str, Any]

_ALL = re.compile(".*", re.DOTALL)


@dataclass
class Events:
    """What the rest of the program does about what Slack tells: notices into the line, channels whose editions rest."""

    send: Callable[[list[Order]], Awaitable[None]]
    rest: Callable[[Address, str], Coroutine[Any, Any, None]]


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
        self.welcoming = Welcoming(chat, events.send)

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
        await self.welcoming.welcome(Place(self.tenant, channel, channel))

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
