"""Posts, edits and finds messages by the relay's three requests."""

from __future__ import annotations

import json
from math import isfinite
from urllib.parse import quote

import aiohttp

from bots.dispatch.content import Content
from bots.dispatch.publisher import EditRefused, Gone, Limits, Rejected, TryLater, Uncertain
from bots.relay.messages import bodies
from briefings.model import Part
from briefings.settings import Relay, secret_of

_LATE = 5.0  # seconds after we gave up on an answer in which the relay may still be at it
_LONGEST_ID = 128
_MOST_BYTES = 1_000_000  # of an answer


class RelayPublisher:
    """What the relay answers is in docs/relay.md: 2xx done, 404 and 403 no such channel, 429 and 5xx later."""

    via = "relay"

    def __init__(self, settings: Relay) -> None:
        self.settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._token = secret_of(settings.token, settings.token_file)

    @property
    def limits(self) -> Limits:
        return Limits(self.settings.a_second, unknown_for=self.settings.timeout + _LATE)

    def bodies(self, content: Content) -> tuple[str, ...]:
        return bodies(content, self.settings.characters)

    async def post(self, channel: str, part: Part) -> str:
        message = f'{{"key":{json.dumps(part.key)},{part.body[1:]}'  # an object, whose first field it is
        answer = await self._asked("POST", f"/channels/{_named(channel)}/messages", message, sends=True)
        return _id(answer)

    async def edit(self, channel: str, part: Part) -> None:
        path = f"/channels/{_named(channel)}/messages/{_named(part.edits)}"
        await self._asked("PUT", path, part.body, edits=True)

    def person(self, user: str) -> str | None:
        return None

    async def find(self, channel: str, part: Part) -> str | None:
        path = f"/channels/{_named(channel)}/messages?key={quote(part.key, safe='')}"
        try:
            answer = await self._asked("GET", path, None)
        except Rejected as e:
            raise Uncertain(f"Whether the message is there can't be asked: {e.why}") from e
        found = answer.get("messages") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise Uncertain("The relay does not say which messages there are.")
        return _id(found[0]) if found else None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _asked(
        self, method: str, path: str, message: str | None, *, sends: bool = False, edits: bool = False
    ) -> object:
        """The answer's JSON. `message`: JSON, too. `sends`: where the answer is lost, the message may be there."""
        if self._session is None:
            headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
            self._session = aiohttp.ClientSession(
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.settings.timeout),
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=0),
            )
        try:
            data = message.encode("utf-8", "replace") if message is not None else None
            async with self._session.request(
                method,
                self.settings.url + path,
                data=data,
                headers={"Content-Type": "application/json"} if data is not None else None,
                allow_redirects=False,
            ) as r:
                body = bytearray()
                async for chunk in r.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise TryLater("The relay's answer is too large.", sent=sends)
                text = body.decode("utf-8", "replace")
                return _judged(r.status, r.headers.get("Retry-After"), text, sends=sends, edits=edits)
        except aiohttp.ClientConnectorError as e:
            raise TryLater(f"The relay can't be reached: {e.strerror or type(e).__name__}.") from e
        except (TimeoutError, aiohttp.ClientError, OSError) as e:
            raise TryLater(f"The relay's answer was lost: {type(e).__name__}.", sent=sends) from e


def _named(name: str) -> str:
    """A name as a piece of a path. Rejected where it would lead elsewhere."""
    if name in (".", ".."):
        raise Rejected(f"{name!r} is no name of a channel or message.")
    return quote(name, safe="")


def _judged(status: int, retry_after: str | None, text: str, *, sends: bool, edits: bool) -> object:
    if 200 <= status < 300:
        try:
            return json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError) as e:
            raise TryLater("The relay's answer is no JSON.", sent=sends) from e
    if status in (403, 404, 410) and edits:
        raise EditRefused(f"The relay answers {status} to a change.")
    if status in (403, 404, 410):
        raise Gone(f"The relay answers {status}: the channel is not there, or may not be posted to.")
    if status in (405, 409, 501) and edits:
        raise EditRefused(f"The relay answers {status} to a change.")
    if status == 429 or status >= 500 or status in (401, 408, 425):
        raise TryLater(f"The relay answers {status}.", _seconds(retry_after), sent=sends and status >= 500)
    raise Rejected(f"The relay answers {status}.")


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return min(max(seconds, 0.0), 3_600.0) if isfinite(seconds) else None


def _id(value: object) -> str:
    found = value.get("id") if isinstance(value, dict) else None
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        raise TryLater("The relay's answer names no message.", sent=True)
    if len(str(found)) > _LONGEST_ID:
        raise Uncertain(f"The relay's id of the message has more than {_LONGEST_ID} characters.")
    return str(found)
