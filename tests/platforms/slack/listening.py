"""HTTP mode: signed requests to the app's own listener."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tests.platforms.slack.delivering import COMMANDS, EVENTS, INTERACTIVE, Delivery
from tests.platforms.slack.refusals import JSON
from tests.platforms.slack.world import World


@dataclass(frozen=True)
class Answered:
    """What the listener said."""

    status: int
    body: str
    headers: dict[str, str]


def encoded(kind: str, payload: JSON) -> tuple[str, str]:
    """The body and its type: commands and interactions are forms, events are JSON."""
    form = "application/x-www-form-urlencoded"
    if kind == COMMANDS:
        return urlencode(payload), form
    if kind == INTERACTIVE:
        return urlencode({"payload": json.dumps(payload)}), form
    return json.dumps(payload), "application/json"


class Listening:
    """`url` is where the app listens. Events that fail are sent again after `pauses`, unless the app says not to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.pauses: list[float] = [0.0, 60.0, 300.0]
        self.answers: list[Answered] = []
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self,
        kind: str,
        payload: JSON,
        *,
        secret: str | None = None,
        signature: str | None = None,
        timestamp: str | float | None = None,
        retry: tuple[int, str] | None = None,
        body: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109
        without: str = "",
    ) -> Answered:
        """One request. What is not given is right: the secret that signs, the signature, the time (a number may be
        relative to now: `-600` is ten minutes ago), the body. `without` leaves out a header."""
        made, content_type = encoded(kind, payload)
        said = made if body is None else body
        moment = time.time_ns() // 10**9
        if isinstance(timestamp, (int, float)):
            stamp = str(int(moment + timestamp) if abs(timestamp) < 10**8 else int(timestamp))
        else:
            stamp = str(moment) if timestamp is None else timestamp
        if signature is None:
            key = (secret or self.world.signing_secret).encode()
            signature = "v0=" + hmac.new(key, f"v0:{stamp}:{said}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type, "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": stamp,
            "User-Agent": "Slackbot 1.0 (+loopback)",
        }  # fmt: skip
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        headers.pop(without, None)
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        async with asyncio.timeout(timeout):
            async with self._session.post(self.url, data=said.encode(), headers=headers) as got:
                answered = Answered(
                    got.status, await got.text(), {k.lower(): v for k, v in got.headers.items()}
                )
        self.answers.append(answered)
        return answered

    async def verify(self) -> Answered:
        """As when somebody enters the address at Slack: the challenge must come back."""
        challenge = self.world.ids("C")
        payload = {"token": "loopback", "challenge": challenge, "type": "url_verification"}
        answered = await self.post(EVENTS, payload)
        try:
            told = json.loads(answered.body).get("challenge")
        except ValueError:
            told = answered.body
        assert (answered.status, told) == (200, challenge), (
            f"not verified: {answered.status} {answered.body!r}"
        )
        return answered

    async def carry(self, delivery: Delivery) -> None:
        retry: tuple[int, str] | None = None
        for number, pause in enumerate([0.0, *self.pauses]):
            await asyncio.sleep(pause)
            delivery.attempts += 1
            reason = "http_timeout"
            patience = self.world.acknowledging
            try:
                answered = await self.post(delivery.kind, delivery.payload, retry=retry, timeout=patience)
            except (TimeoutError, aiohttp.ClientError) as failure:
                reason = "http_timeout" if isinstance(failure, TimeoutError) else "connection_failed"
            else:
                delivery.status, delivery.body = answered.status, answered.body
                if answered.status == 200:
                    delivery.acked(_parsed(answered.body), patience)
                    self.world.told()
                    return
                reason = "http_error"
                if answered.headers.get("x-slack-no-retry"):
                    break
            if delivery.kind != EVENTS:
                delivery.failure = "operation_timeout" if reason == "http_timeout" else "dispatch_failed"
                delivery.late = reason == "http_timeout"
                break
            retry = (number + 1, reason)
        delivery.done.set()
        self.world.told()

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _parsed(body: str) -> JSON | None:
    """A body of text is a message of that text."""
    if not body.strip():
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {"text": body}
