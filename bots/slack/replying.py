"""Where an answer goes: to the channel, or to the asker alone; by the address that came with the request, or by the Web API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from bots.dispatch.publisher import TryLater
from bots.slack.web import Denied, Web

log = structlog.get_logger()

_NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "is_archived", "user_not_in_channel"})


@dataclass(frozen=True, slots=True)
class To:
    """`url` takes five answers within half an hour, "" where there is none; `thread` is that of the clicked message.

    `place`: the (channel, ts) of the clicked message where all see it, "" for its ts where one person does.
    """

    channel: str
    user: str
    url: str = ""
    thread: str = ""
    message: str = ""


class Replying:
    """Answers by the Web API, or by the address of a request. Denied, TryLater."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self._session: aiohttp.ClientSession | None = None

    async def to_all(self, to: To, message: Mapping[str, Any]) -> str:
        """Into the channel; the message's `ts`, "" where Sitrep is not in there, and it went by the request's address,
        else to the asker."""
        sent = {**message, "channel": to.channel}
        if to.thread:
            sent["thread_ts"] = to.thread
        try:
            return str((await self.web.ask("chat.postMessage", sent))["ts"])
        except Denied as e:
            if e.error not in _NOT_THERE:
                raise
        if to.url:
            await self._by_url(to.url, {**message, "response_type": "in_channel"})
        else:
            await self.web.ask("chat.postMessage", {**message, "channel": to.user})
        return ""

    async def to_asker(self, to: To, message: Mapping[str, Any]) -> None:
        """To the asker alone."""
        if to.url:
            placed = {"thread_ts": to.thread} if to.thread else {}
            await self._by_url(
                to.url, {**message, **placed, "response_type": "ephemeral", "replace_original": False}
            )
            return
        if to.channel == to.user:
            await self.web.ask("chat.postMessage", {**message, "channel": to.user})
            return
        sent = {k: v for k, v in message.items() if not k.startswith("unfurl")}
        if to.thread:
            sent["thread_ts"] = to.thread
        try:
            await self.web.ask("chat.postEphemeral", {**sent, "channel": to.channel, "user": to.user})
        except Denied as e:
            if e.error not in _NOT_THERE:
                raise
            await self.web.ask("chat.postMessage", {**message, "channel": to.user})

    async def instead(self, to: To, message: Mapping[str, Any]) -> None:
        """In the place of the message that was clicked."""
        if to.message:
            sent = {k: v for k, v in message.items() if not k.startswith("unfurl")}
            await self.web.ask("chat.update", {**sent, "channel": to.channel, "ts": to.message})
        elif to.url:
            await self._by_url(to.url, {**message, "replace_original": True})

    async def _by_url(self, url: str, message: Mapping[str, Any]) -> None:
        """By the address of a request. What it answers is read: it says no by a word."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.web.settings.timeout)
            )
        try:
            async with self._session.post(url, json=dict(message)) as answer:
                said = (await answer.text())[:500]
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            raise TryLater(f"Slack takes no answer: {type(e).__name__}.") from e
        if answer.status != 200:
            raise Denied(_error(said) or str(answer.status))
        if said not in ("ok", "") and _error(said):
            raise Denied(_error(said))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _error(said: str) -> str:
    try:
        value = json.loads(said)
    except ValueError:
        return said.split("\n", 1)[0][:60]
    if isinstance(value, dict) and value.get("ok") is False:
        return str(value.get("error", ""))
    return ""
