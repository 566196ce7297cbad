"""Delivery to Discord's channels by REST alone: posts, changes, and finds what is there already."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from bots.commands import noop
from bots.discord import rest as codes
from bots.discord.messages import Page, Payload, as_change, bodies, in_forum, load, payload, undrawn
from bots.discord.native import Files
from bots.discord.rest import Denied, Rest
from bots.dispatch.content import Content
from bots.dispatch.pacing import READY_WITHIN
from bots.dispatch.publisher import EditRefused, Gone, Limits, NotThere, Rejected, TryLater, Uncertain
from bots.drawings import Drawings
from bots.marks import of_part
from briefings.errors import SitrepError
from briefings.model import Part
from briefings.settings import Discord

log = structlog.get_logger()

FORUM, ANNOUNCEMENT, MEDIA = 15, 5, 16
_FORUMS = (FORUM, MEDIA)
_LATE = 1.0 + READY_WITHIN  # seconds after we gave up on an answer in which Discord may still be at it
_EPOCH = 1_420_070_400_000  # milliseconds: the first moment of Discord's ids
_SKEW = timedelta(minutes=10)  # how far our clock may be from Discord's
_PAGES = 30  # of a hundred messages each that are looked through
_KNOWN = 20_000  # channels whose kind is remembered
_CROSSPOSTED = 1 << 1
_PERSON = "user:"


class DiscordPublisher:
    """`kind_of` tells a channel's type where the gateway knows it; else Discord is asked once it matters."""

    via = "discord"

    def __init__(
        self, settings: Discord, drawings: Drawings, kind_of: Callable[[str], int | None] = lambda _: None
    ) -> None:
        self.settings = settings
        self.rest = Rest(settings)
        self.drawings = drawings
        self.kind_of = kind_of
        self._kinds: OrderedDict[str, int] = OrderedDict()
        self._people: dict[str, str] = {}

    @property
    def limits(self) -> Limits:
        return Limits(self.settings.a_second, unknown_for=self.settings.timeout + 6.0 + _LATE)

    def bodies(self, content: Content) -> tuple[str, ...]:
        return bodies(content)

    def person(self, user: str) -> str | None:
        return f"{_PERSON}{user}" if user.isdigit() else None

    # ---- posting -----------------------------------------------------------------------------------------------------------

    async def post(self, channel: str, part: Part) -> str:
        since = asyncio.get_running_loop().time()
        page = load(part.body)
        sent, files = await drawn(self.drawings, page, of_part(part.key, part.digest))
        try:
            target = await self._target(channel, part)
            if target is None:
                return await self._open_post(channel, page, sent, files, since)
            try:
                message = await self._send(target, part, sent, files, since)
            except Denied as e:
                if e.code != codes.NOT_A_TEXT_CHANNEL or part.first:
                    raise
                self._remember(channel, FORUM)
                return await self._open_post(channel, page, sent, files, since)
            if page.manner.crosspost:
                await self._crosspost(channel, message)
            return f"{target}/{message['id']}" if "/" in part.first else str(message["id"])
        except Denied as e:
            raise _refused(e) from e

    async def _target(self, channel: str, part: Part) -> str | None:
        """The channel or thread that a part goes into; None where it begins a post in a forum."""
        if "/" in part.first:
            return part.first.partition("/")[0]
        if channel.startswith(_PERSON):
            return await self._alone_with(channel.removeprefix(_PERSON))
        return None if self._kind(channel) in _FORUMS else channel

    async def _send(self, target: str, part: Part, sent: Payload, files: Files, since: float) -> Any:
        body = {**sent.body, "nonce": _nonce(part), "enforce_nonce": True}

        async def send() -> Any:
            return await self.rest.ask(
                "POST",
                "/channels/{channel_id}/messages",
                body=body,
                files=files,
                sends=True,
                since=since,
                channel_id=target,
            )

        return await self._awake(target, send)

    async def _awake(self, thread: str, act: Callable[[], Any]) -> Any:
        """What `act` gives; a thread that sleeps is woken for it."""
        try:
            return await act()
        except Denied as e:
            if e.code != codes.ARCHIVED:
                raise
        await self.rest.ask("PATCH", "/channels/{channel_id}", body={"archived": False}, channel_id=thread)
        return await act()

    async def _open_post(self, forum: str, page: Page, sent: Payload, files: Files, since: float) -> str:
        """A new post in a forum; "thread/message"."""
        made = await self.rest.ask(
            "POST",
            "/channels/{channel_id}/threads",
            body=in_forum(page, sent),
            files=files,
            sends=True,
            since=since,
            channel_id=forum,
        )
        message = made.get("message") or {}
        return f"{made['id']}/{message.get('id', made['id'])}"

    async def _crosspost(self, channel: str, message: Mapping[str, Any]) -> None:
        """Pass a message on to the channels that follow this one, where it is an announcement channel."""
        if int(message.get("flags", 0)) & _CROSSPOSTED:
            return
        try:
            if await self._asked_kind(channel) != ANNOUNCEMENT:
                log.warning("not an announcement channel", channel=channel)
                return
            await self.rest.ask(
                "POST",
                "/channels/{channel_id}/messages/{message_id}/crosspost",
                channel_id=channel,
                message_id=str(message["id"]),
            )
        except TryLater as e:  # the message is there: the next attempt finds it
            raise TryLater(e.why, e.after, sent=True) from e
        except Denied as e:
            if e.code != codes.ALREADY_CROSSPOSTED:
                log.warning("can't be passed on", channel=channel, why=e.why)

    async def edit(self, channel: str, part: Part) -> None:
        thread, slash, message = part.edits.partition("/")
        if not slash:
            message = part.edits
            thread = channel
        sent, files = await drawn(self.drawings, load(part.body), of_part(part.key, part.digest))

        async def change() -> None:
            await self.rest.ask(
                "PATCH",
                "/channels/{channel_id}/messages/{message_id}",
                body=as_change(sent),
                files=files,
                channel_id=thread,
                message_id=message,
            )

        try:
            if thread.startswith(_PERSON):
                thread = await self._alone_with(thread.removeprefix(_PERSON))
            await self._awake(thread, change)
        except Denied as e:
            if e.code == codes.UNKNOWN_MESSAGE:
                raise NotThere("The message was deleted.") from e
            raise EditRefused(e.why) from e

    # ---- what is there -----------------------------------------------------------------------------------------------------

    async def find(self, channel: str, part: Part) -> str | None:
        reference = of_part(part.key, part.digest)
        assert part.tried is not None
        since = part.tried - _SKEW
        target = channel
        try:
            if "/" in part.first:
                target = part.first.partition("/")[0]
            elif channel.startswith(_PERSON):
                target = await self._alone_with(channel.removeprefix(_PERSON))
            elif await self._asked_kind(channel) in _FORUMS:
                return await self._find_post(channel, reference, since)
            message = await self._find_message(target, reference, since)
        except Denied as e:
            if e.status == 404:
                raise Gone(e.why) from e
            raise Uncertain(f"Whether the message is there can't be asked: {e.why}") from e
        if message is None:
            return None
        if load(part.body).manner.crosspost:
            await self._crosspost(channel, message)
        return f"{target}/{message['id']}" if "/" in part.first else str(message["id"])

    async def _find_message(self, channel: str, reference: str, since: datetime) -> dict[str, Any] | None:
        """Our message with that reference, from `since` on. Uncertain where they can't all be seen."""
        oldest, seen = _snowflake(since), False
        query: dict[str, str | int] = {"limit": 100}
        for _ in range(_PAGES):
            found = await self.rest.ask(
                "GET", "/channels/{channel_id}/messages", query=query, channel_id=channel
            )
            seen = seen or bool(found)
            for message in found:
                if str(message["author"]["id"]) == self.rest.me and reference in _references(message):
                    return dict(message)
            if not found:
                break
            last = min(int(m["id"]) for m in found)
            if last < oldest:
                return None
            query["before"] = str(last)
        else:
            raise Uncertain("Too many messages came after it to look through.")
        if not seen:
            await self._sure_of_none(channel, oldest)
        return None

    async def _sure_of_none(self, channel: str, oldest: int) -> None:
        """Without the permission to read the history Discord gives no messages, and says nothing. Uncertain."""
        there = await self.rest.ask("GET", "/channels/{channel_id}", channel_id=channel)
        last = there.get("last_message_id")
        if last is not None and int(last) >= oldest:
            raise Uncertain("Whether the message is there can't be seen: Read Message History is missing.")

    async def _find_post(self, forum: str, reference: str, since: datetime) -> str | None:
        there = await self.rest.ask("GET", "/channels/{channel_id}", channel_id=forum)
        active = await self.rest.ask(
            "GET", "/guilds/{guild_id}/threads/active", guild_id=str(there["guild_id"])
        )
        sleeping = await self.rest.ask(
            "GET", "/channels/{channel_id}/threads/archived/public", query={"limit": 50}, channel_id=forum
        )
        oldest = _snowflake(since)
        for thread in (*active.get("threads", ()), *sleeping.get("threads", ())):
            if str(thread.get("parent_id")) != forum or int(thread["id"]) < oldest:
                continue
            if str(thread.get("owner_id")) != self.rest.me:
                continue
            try:
                first = await self.rest.ask(
                    "GET",
                    "/channels/{channel_id}/messages/{message_id}",
                    channel_id=str(thread["id"]),
                    message_id=str(thread["id"]),
                )
            except Denied as e:
                if e.code == codes.UNKNOWN_MESSAGE:
                    continue
                raise
            if reference in _references(first):
                return f"{thread['id']}/{first['id']}"
        return None

    # ---- channels ----------------------------------------------------------------------------------------------------------

    def _kind(self, channel: str) -> int | None:
        """A channel's type, as far as it is known."""
        return self._kinds.get(channel) or self.kind_of(channel)

    async def _asked_kind(self, channel: str) -> int | None:
        """A channel's type; Discord is asked where it is not known. Denied."""
        known = self._kind(channel)
        if known is None:
            there = await self.rest.ask("GET", "/channels/{channel_id}", channel_id=channel)
            known = int(there["type"])
            self._remember(channel, known)
        return known

    def _remember(self, channel: str, kind: int) -> None:
        self._kinds[channel] = kind
        while len(self._kinds) > _KNOWN:
            self._kinds.popitem(last=False)

    async def _alone_with(self, user: str) -> str:
        """The channel of a conversation with one person."""
        if user not in self._people:
            made = await self.rest.ask("POST", "/users/@me/channels", body={"recipient_id": user})
            self._people[user] = str(made["id"])
        return self._people[user]

    async def close(self) -> None:
        await self.rest.close()


async def drawn(drawings: Drawings, page: Page, reference: str, **more: Any) -> tuple[Payload, Files]:
    """The message and its files; with a chart that can't be drawn its words alone."""
    sent = payload(page, reference, **more)
    try:
        files = [(n, await drawings.get(c, "png", "light", "wide")) for n, c in sent.charts]
    except SitrepError as e:
        log.warning("chart can't be drawn", why=e.message)
        return payload(undrawn(page), reference, **more), ()
    return sent, files


def _refused(e: Denied) -> Exception:
    """What a refused message means."""
    if e.status == 404 or e.code == codes.UNKNOWN_CHANNEL:
        return Gone(noop("The channel was deleted, or Sitrep is no longer in its server."))
    if e.code in (codes.LOCKED, codes.ARCHIVED):
        return Gone(noop("The thread is locked or archived."))
    if e.code == codes.CANNOT_SEND_TO_USER:
        return Gone(noop("They take no messages from Sitrep."))
    if e.status == 403:
        return Gone(
            noop(
                "Sitrep may not post in this channel: it needs View Channel, Send Messages (in threads too), "
                "Attach Files and Read Message History there."
            )
        )
    return Rejected(e.why)


def _nonce(part: Part) -> str:
    """By which Discord itself knows a message that comes twice within minutes. At most 25 characters."""
    return urlsafe_b64encode(sha256(f"{part.key} {part.digest}".encode()).digest()[:18]).decode()


def _snowflake(moment: datetime) -> int:
    """The first id of that moment."""
    return max(int(moment.timestamp() * 1000) - _EPOCH, 0) << 22


def _references(message: Mapping[str, Any]) -> set[str]:
    """The references in the custom_ids of a message."""
    return {str(x).rpartition(":")[2] for x in _custom_ids(message.get("components", ()))}


def _custom_ids(components: Any) -> Iterator[str]:
    for component in components:
        if "custom_id" in component:
            yield component["custom_id"]
        yield from _custom_ids(component.get("components", ()))
