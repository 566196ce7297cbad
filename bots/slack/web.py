"""Requests to Slack's Web API through slack_sdk's own client, and what its refusals mean.

The client's own handler for lost connections would post twice: it is left out, and so are all others. What is done again
is the ledger's to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bots.dispatch.pacing import Pacing
from bots.dispatch.publisher import TryLater
from briefings.settings import Slack, secret_of

_API = "https://slack.com/api/"
_NO_TOKEN = 60.0  # seconds until a token that was refused is tried again: its file may have changed
_BUSY = 30.0
_TOKEN_ERRORS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "missing_scope_token",
    }
)
_SERVER_ERRORS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


#: What a lost or garbled answer raises; AttributeError where it is JSON, but no object.
_LOST = (TimeoutError, aiohttp.ClientError, OSError, ValueError, AttributeError, SlackClientError)


class Denied(Exception):
    """Slack refuses: its own name for why, and the scope that is missing where it is one."""

    def __init__(self, error: str, needed: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.needed = needed

    @property
    def why(self) -> str:
        return f"Slack answers {self.error}{f': the scope {self.needed} is missing' if self.needed else ''}"


def client_for(settings: Slack, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A client with the bot's token, that does nothing twice. SettingsFault."""
    return AsyncWebClient(
        token=secret_of(settings.bot_token, settings.bot_token_file),
        base_url=settings.api_url or _API,
        timeout=int(settings.timeout),
        session=session,
        retry_handlers=[],
    )


class Web:
    """One app's requests, as many a second as the settings allow."""

    def __init__(self, settings: Slack) -> None:
        self.settings = settings
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._pacing = Pacing(settings.a_second)
        self._me = ""
        self._opening = asyncio.Lock()

    async def ask(
        self, method: str, arguments: Mapping[str, Any], *, sends: bool = False, since: float | None = None
    ) -> dict[str, Any]:
        """What a method answers. Denied, TryLater.

        `sends`: where the answer is lost, something may be there that was not before. `since`: the loop's time when that
        was noted; see `Pacing.turn`.
        """
        await self._pacing.turn(since)
        return _data(await self._called(method, sends=sends, json=dict(arguments)))

    async def upload(self, name: str, content: bytes, alt: str) -> str:
        """A file that messages can show; its id. Denied, TryLater."""
        made = await self.form(
            "files.getUploadURLExternal", {"filename": name, "length": len(content), "alt_txt": alt}
        )
        await self._open()
        assert self._session is not None
        try:
            async with (
                asyncio.timeout(self.settings.timeout),
                self._session.post(str(made["upload_url"]), data=content) as answer,
            ):
                if answer.status >= 300:
                    raise TryLater(f"Slack takes no file: {answer.status}.")
        except (TimeoutError, aiohttp.ClientError, OSError) as e:
            raise TryLater(f"Slack takes no file: {type(e).__name__}.") from e
        await self.ask("files.completeUploadExternal", {"files": [{"id": made["file_id"], "title": name}]})
        return str(made["file_id"])

    async def form(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As `ask`, for the methods that read no JSON."""
        await self._pacing.turn()
        return _data(await self._called(method, data=dict(arguments)))

    async def identity(self) -> tuple[dict[str, Any], set[str]]:
        """Whose token it is, and its scopes where Slack tells them. Denied, TryLater."""
        answer = await self._called("auth.test")
        told = next((v for k, v in answer.headers.items() if k.lower() == "x-oauth-scopes"), "")
        return _data(answer), {x.strip() for x in str(told).split(",") if x.strip()}

    async def me(self) -> str:
        """The id by which Slack marks this app's own messages. Denied, TryLater."""
        if not self._me:
            self._me = str((await self.identity())[0].get("bot_id") or "")
        return self._me

    async def _called(self, method: str, *, sends: bool = False, **arguments: Any) -> Any:
        client = await self._open()
        try:
            async with asyncio.timeout(self.settings.timeout):
                return await client.api_call(method, **arguments)
        except SlackApiError as e:
            raise await self._judged(e, sends=sends) from e
        except aiohttp.ClientConnectorError as e:
            raise TryLater(f"Slack can't be reached: {e.strerror or type(e).__name__}.") from e
        except _LOST as e:
            raise TryLater(f"Slack's answer was lost: {type(e).__name__}.", sent=sends) from e

    async def _judged(self, e: SlackApiError, *, sends: bool) -> Exception:
        status = int(getattr(e.response, "status_code", 0) or getattr(e.response, "status", 0))
        data = getattr(e.response, "data", None)  # of garbled JSON the response is aiohttp's own
        error = str(data.get("error", "")) if isinstance(data, dict) else ""
        if status == 429 or error in ("ratelimited", "rate_limited"):
            return TryLater("Slack asks for patience.", _seconds(e.response.headers) or _BUSY)
        if error in _TOKEN_ERRORS or status == 401:
            await self.close()  # the next request reads the token anew
            return TryLater(f"Slack refuses the token: {error or status}.", _NO_TOKEN)
        if status >= 500 or error in _SERVER_ERRORS or not error:
            return TryLater(f"Slack answers {error or status}.", sent=sends)
        needed = str(data.get("needed", "")) if isinstance(data, dict) else ""
        return Denied(error, needed if error == "missing_scope" else "")

    async def _open(self) -> AsyncWebClient:
        async with self._opening:
            if self._client is None:
                self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
                self._client = client_for(self.settings, self._session)
            return self._client

    async def close(self) -> None:
        session, self._session, self._client = self._session, None, None
        if session is not None:
            await session.close()


def _data(answer: Any) -> dict[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What Retry-After says, in whatever case it is written."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    try:
        return min(max(float(value), 0.0), 3_600.0)
    except ValueError:
        return None
