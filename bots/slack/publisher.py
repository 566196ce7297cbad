"""Delivery to Slack's channels by the Web API alone: posts, changes, and finds what is there already."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from bots.commands import noop
from bots.dispatch.content import Content
from bots.dispatch.pacing import READY_WITHIN
from bots.dispatch.publisher import EditRefused, Gone, Limits, NotThere, Rejected, Uncertain
from bots.drawings import Drawings
from bots.marks import of_part
from bots.slack.messages import Page, bodies, load, payload, undrawn
from bots.slack.web import Denied, Web
from briefings.errors import SitrepError
from briefings.model import Part
from briefings.settings import Slack

log = structlog.get_logger()

EVENT = "sitrep_part"  # the type of a message's metadata
_LATE = 1.0 + READY_WITHIN  # seconds after we gave up on an answer in which Slack may still be at it
_SKEW = timedelta(minutes=10)  # how far our clock may be from Slack's
_PAGES = 30  # of two hundred messages each that are looked through
_APART = 1.0  # seconds between two messages in one channel
_KNOWN = 5_000  # channels whose last message is remembered

#: Errors that mean: nothing can be posted there.
GONE = {
    "channel_not_found": noop("The channel is not there, or Sitrep was never in it."),
    "not_in_channel": noop("Sitrep is not in the channel: invite it there with /invite."),
    "is_archived": noop("The channel is archived."),
    "restricted_action": noop("The workspace's settings let Sitrep not post there."),
    "restricted_action_read_only_channel": noop("The channel is read-only."),
    "restricted_action_thread_only_channel": noop("Only threads may be answered in this channel."),
    "user_not_found": noop("There is no such person."),
    "cannot_dm_bot": noop("A bot takes no messages."),
    "messages_tab_disabled": noop("They take no messages from Sitrep."),
    "posting_to_channel_denied": noop("The workspace's settings let Sitrep not post there."),
    "team_access_not_granted": noop("Sitrep is no longer in this workspace."),
}
_THERE_NO_MORE = frozenset({"message_not_found", "thread_not_found"})


class SlackPublisher:
    """A message's id is its `ts`. Parts of a threaded briefing stand beneath its first."""

    via = "slack"

    def __init__(self, settings: Slack, drawings: Drawings) -> None:
        self.settings = settings
        self.web = Web(settings)
        self.drawings = drawings
        self._next: OrderedDict[str, float] = OrderedDict()

    @property
    def limits(self) -> Limits:
        return Limits(self.settings.a_second, unknown_for=self.settings.timeout + _LATE)

    def bodies(self, content: Content) -> tuple[str, ...]:
        return bodies(content, next(n for n, text in self.settings.commands.items() if not text))

    def person(self, user: str) -> str | None:
        return user if user[:1] in ("U", "W") and user.isalnum() else None

    async def post(self, channel: str, part: Part) -> str:
        since = asyncio.get_running_loop().time()
        page = load(part.body)
        message = await self._message(page, part)
        message["channel"] = channel
        message["metadata"] = {
            "event_type": EVENT,
            "event_payload": {"key": part.key, "digest": part.digest[:16]},
        }
        if page.manner.thread and part.first:
            message["thread_ts"] = part.first
        await self._turn(channel)
        try:
            answer = await self.web.ask("chat.postMessage", message, sends=True, since=since)
        except Denied as e:
            raise _refused(e) from e
        return str(answer["ts"])

    async def edit(self, channel: str, part: Part) -> None:
        message = await self._message(load(part.body), part)
        await self._turn(channel)
        try:
            await self.web.ask(
                "chat.update", {**_changed(message), "channel": await self._place(channel), "ts": part.edits}
            )
        except Denied as e:
            if e.error in _THERE_NO_MORE:
                raise NotThere("The message was deleted.") from e
            raise EditRefused(e.why) from e

    async def _message(self, page: Page, part: Part) -> dict[str, Any]:
        return await drawn(self.web, self.drawings, page, of_part(part.key, part.digest))

    async def _turn(self, channel: str) -> None:
        """Wait until this channel may have its next message."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        at = max(self._next.pop(channel, 0.0), now)
        self._next[channel] = at + _APART
        while len(self._next) > _KNOWN:
            self._next.popitem(last=False)
        if at > now:
            await asyncio.sleep(at - now)

    async def find(self, channel: str, part: Part) -> str | None:
        assert part.tried is not None
        oldest = f"{(part.tried - _SKEW).timestamp():.6f}"
        threaded = bool(load(part.body).manner.thread and part.first)
        method = "conversations.replies" if threaded else "conversations.history"
        asked: dict[str, Any] = {"oldest": oldest, "limit": 200, "include_all_metadata": True}
        try:
            asked["channel"] = await self._place(channel)
            me = await self.web.me()
            if threaded:
                asked["ts"] = part.first
            for _ in range(_PAGES):
                answer = await self.web.form(method, asked)
                for message in answer.get("messages", ()):
                    if _is(message, part, me):
                        return str(message["ts"])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor")
                if not answer.get("has_more") or not cursor:
                    return None
                asked["cursor"] = cursor
        except Denied as e:
            if e.error in GONE:
                raise Gone(GONE[e.error]) from e
            raise Uncertain(f"Whether the message is there can't be asked: {e.why}.") from e
        raise Uncertain("Too many messages came after it to look through.")

    async def _place(self, channel: str) -> str:
        """The channel itself; of a person the conversation with them. Denied."""
        if self.person(channel) is None:
            return channel
        answer = await self.web.ask("conversations.open", {"users": channel})
        return str(answer["channel"]["id"])

    async def close(self) -> None:
        await self.web.close()


async def drawn(web: Web, drawings: Drawings, page: Page, reference: str, **more: Any) -> dict[str, Any]:
    """The message with its charts uploaded; with one that can't be drawn or uploaded its words alone."""
    try:
        files = [
            await web.upload(f"{c.name}.png", await drawings.get(c, "png", "light", "wide"), _alt(page, i))
            for i, c in enumerate(page.charts)
        ]
    except (SitrepError, Denied) as e:
        log.warning("chart can't be shown", why=getattr(e, "message", "") or str(e))
        return payload(undrawn(page), reference, (), **more)
    return payload(page, reference, files, **more)


def _alt(page: Page, number: int) -> str:
    return next((str(b["alt_text"]) for b in page.blocks if b.get("chart") == number), "")


def _changed(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a change says: whether links are unfolded is not asked there."""
    return {k: v for k, v in message.items() if not k.startswith("unfurl")}


def _is(message: Mapping[str, Any], part: Part, me: str) -> bool:
    """Whether a message is this part, posted by ourselves: another app may copy what a message bears."""
    metadata = message.get("metadata") or {}
    payload_ = metadata.get("event_payload") or {}
    return (
        str(message.get("bot_id")) == me
        and metadata.get("event_type") == EVENT
        and payload_.get("key") == part.key
        and payload_.get("digest") == part.digest[:16]
    )


def _refused(e: Denied) -> Exception:
    """What a refused message means."""
    if e.error in GONE:
        return Gone(GONE[e.error])
    return Rejected(f"{e.why}.")
