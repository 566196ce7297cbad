"""Requests to Discord's REST API through discord.py's own client, and what its refusals mean.

That client keeps to the rate limits. What it would do again by itself after a server's error it leaves to whoever asks:
a message may be there already, and only the ledger knows how to find out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bots.discord.native import Files, form_of, point_at
from bots.dispatch.pacing import Pacing
from bots.dispatch.publisher import TryLater
from briefings.settings import Discord, secret_of

_BUCKET = 6.0  # seconds that are waited for a rate limit; longer ones are told
_BANNED = 60.0  # seconds until the next try where Discord's front refuses without saying for how long
_NO_TOKEN = 60.0
_SERVER_TROUBLE = 500

# Discord's JSON error codes: developer documentation, "Opcodes and Status Codes".
MISSING_ACCESS, MISSING_PERMISSIONS, CANNOT_SEND_TO_USER = 50001, 50013, 50007
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION = 10003, 10008, 10062
NOT_A_TEXT_CHANNEL, ARCHIVED, LOCKED = 50008, 50083, 160005
ALREADY_CROSSPOSTED, ALREADY_ACKNOWLEDGED = 40033, 40060


class Trouble(Exception):
    """Discord's servers answer with an error of theirs."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Denied(Exception):
    """Discord refuses: status, its own code, what it says."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text

    @property
    def why(self) -> str:
        said = " ".join(self.text.split())[:200]
        return f"Discord answers {self.status}{f' ({self.code})' if self.code else ''}: {said or 'no reason'}"


class Rest:
    """One bot's requests. It logs in at its first one, so that a worker starts also while Discord is away."""

    def __init__(self, settings: Discord) -> None:
        self.settings = settings
        self._client: HTTPClient | None = None
        self._login = asyncio.Lock()
        self._pacing = Pacing(settings.a_second)
        self.me = ""  # the bot's own id, once it is logged in
        self.application = ""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str | int] | None = None,
        files: Files = (),
        sends: bool = False,
        since: float | None = None,
        **names: str,
    ) -> Any:
        """The answer's JSON; `path` has its names in braces. Denied, TryLater.

        `sends`: where the answer is lost, something may be there that was not before. `since`: the loop's time when that
        was noted; see `Pacing.turn`.
        """
        client = await self._logged_in()
        given: dict[str, Any] = {}
        if files and body is not None:
            given["form"] = form_of(body, files)
        elif body is not None:
            given["json"] = body
        if query:
            given["params"] = dict(query)
        await self._pacing.turn(since)
        try:
            async with asyncio.timeout(self.settings.timeout + _BUCKET):
                return await client.request(Route(method, path, **names), **given)
        except discord.RateLimited as e:
            raise TryLater("Discord asks for patience.", e.retry_after) from e
        except Trouble as e:
            raise TryLater(f"Discord answers {e.status}.", sent=sends) from e
        except discord.HTTPException as e:
            if e.status == 401:
                await self.close()  # the next request reads the token anew
            raise self._judged(e) from e
        except aiohttp.ClientConnectorError as e:
            raise TryLater(f"Discord can't be reached: {e.strerror or type(e).__name__}.") from e
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as e:  # ValueError: no JSON
            raise TryLater(f"Discord's answer was lost: {type(e).__name__}.", sent=sends) from e

    def _judged(self, e: discord.HTTPException) -> Exception:
        if e.status == 401:
            return TryLater("Discord refuses the token.", _NO_TOKEN)
        if e.status == 429:
            return TryLater("Discord refuses all requests for a while.", _BANNED)
        return Denied(e.status, e.code, e.text)

    async def _logged_in(self) -> HTTPClient:
        async with self._login:
            if self._client is not None:
                return self._client
            point_at(self.settings)
            client = HTTPClient(
                asyncio.get_running_loop(), http_trace=_no_retries(), max_ratelimit_timeout=_BUCKET
            )
            try:
                async with asyncio.timeout(self.settings.timeout):
                    me = await client.static_login(secret_of(self.settings.token, self.settings.token_file))
            except (discord.DiscordException, Trouble, aiohttp.ClientError, OSError, ValueError) as e:
                await client.close()
                if isinstance(e, discord.LoginFailure):
                    raise TryLater("Discord refuses the token.", _NO_TOKEN) from e
                raise TryLater(f"Discord can't be reached: {type(e).__name__}.") from e
            self._client = client
            self.me = str(me["id"])
            return client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


def _no_retries() -> aiohttp.TraceConfig:
    """Ends a request at a server's error, which discord.py would repeat up to five times, messages too."""

    async def ended(
        session: aiohttp.ClientSession, context: Any, parameters: aiohttp.TraceRequestEndParams
    ) -> None:
        if parameters.response.status >= _SERVER_TROUBLE:
            parameters.response.close()
            raise Trouble(parameters.response.status)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace
