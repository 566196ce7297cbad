"""The REST API over HTTP: who may ask, how often, whether it is in order, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from aiohttp import BodyPartReader, web

from tests.platforms.discord import answering, places, posting, refusals
from tests.platforms.discord.asking import Answer, Asked, Upload
from tests.platforms.discord.contract import checker
from tests.platforms.discord.pace import Pace, Slowed
from tests.platforms.discord.refusals import Flaw, Refused
from tests.platforms.discord.trouble import Trouble, Troubles
from tests.platforms.discord.world import World

PREFIX = "/api/v10"
_OPEN = ("/interactions/", "/webhooks/", "/gateway")
Handler = Callable[[World, Asked], Answer]


class Broken(Exception):
    """The connection breaks here."""


class Rest:
    """`rate_limits` turns the limits of `pace` on. `requests` has all that were asked for: method and path.

    `under_way`: how many of them have no answer yet.
    """

    def __init__(self, world: World, troubles: Troubles, gateway_url: Callable[[], tuple[str, int]]) -> None:
        self.world = world
        self.troubles = troubles
        self.pace = Pace()
        self.rate_limits = False
        self.requests: list[tuple[str, str]] = []
        self.under_way = 0
        self._gateway_url = gateway_url

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway_bot),
            *places.ROUTES,
            *posting.ROUTES,
            *answering.ROUTES,
        ]
        made = [web.route(method, PREFIX + path, self._served(handler)) for method, path, handler in table]
        return [*made, web.route("*", PREFIX + "/{rest:.*}", self._served(_nowhere))]

    def _gateway(self, world: World, asked: Asked) -> Answer:
        return 200, {"url": self._gateway_url()[0]}

    def _gateway_bot(self, world: World, asked: Asked) -> Answer:
        url, shards = self._gateway_url()
        return 200, {"url": url, "shards": shards, "session_start_limit": places._STARTS}

    def _served(self, handler: Handler) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix(PREFIX)
            self.requests.append((request.method, path))
            self.under_way += 1
            trouble = self.troubles.befalls(request.method, path)
            try:
                if trouble is not None and (early := await self._before(request, trouble)) is not None:
                    return early
                response = await self._answer(request, path, handler, trouble)
                return response if trouble is None else await self._after(request, trouble, response)
            except Broken:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            finally:
                self.under_way -= 1

        return serve

    async def _before(self, request: web.Request, trouble: Trouble) -> web.Response | None:
        if trouble.kind != "late" and not trouble.kind.endswith("after") and trouble.kind != "garbled":
            await request.read()  # what breaks, breaks when all was sent
        match trouble.kind.split():
            case ["drop", "before"]:
                raise Broken
            case ["hang", "before"]:
                await asyncio.sleep(trouble.seconds)
                raise Broken
            case ["429", "cloudflare"]:
                return web.Response(status=429, text="<html>banned</html>", content_type="text/html")
            case ["429", *scope] if scope != ["after"]:
                named = (scope or ["route"])[0].replace("route", "user")
                self.pace.given[named] += 1
                return _slowed(Slowed(named, trouble.retry_after))
            case [status]:
                return (
                    _json(int(status), {"message": f"{status}: trouble", "code": 0})
                    if status.isdecimal()
                    else None
                )
        return None

    async def _after(self, request: web.Request, trouble: Trouble, response: web.Response) -> web.Response:
        match trouble.kind.split():
            case ["drop", "after"]:
                raise Broken
            case ["hang", "after"]:
                await asyncio.sleep(trouble.seconds)
            case ["garbled"]:
                return web.Response(body=b'{"id": "', content_type="application/json")
            case [status, "after"] if status.isdecimal():
                return _json(int(status), {"message": f"{status}: trouble", "code": 0})
        return response

    async def _answer(
        self, request: web.Request, path: str, handler: Handler, trouble: Trouble | None
    ) -> web.Response:
        headers: dict[str, str] = {}
        try:
            if not path.startswith(_OPEN) or path == "/gateway/bot":
                self._authorized(request)
            if self.rate_limits:
                pace = self.pace.take(request.method, path)
                if isinstance(pace, Slowed):
                    return _slowed(pace)
                headers = pace
            payload, files = await _body(request)
            if trouble is not None and trouble.kind == "late":  # whoever asked may be gone by then
                await asyncio.sleep(trouble.seconds)
            asked = Asked(request.method, path, request.match_info, request.query, payload, files)
            if handler is not _nowhere:
                self._in_order(asked)
            status, told = handler(self.world, asked)
        except Refused as refused:
            status, told = refused.status, refused.body
            if status == 429:
                headers |= _slowed(Slowed("user", refused.body["retry_after"])).headers
                self.pace.given["user"] += 1
        if (check := checker()) is not None and status != 401:
            for said in check.response(request.method, path, status, told):
                self.world.fault(f"the simulator's answer {status} to {request.method} {path}", said)
        return _json(status, told, headers)

    def _authorized(self, request: web.Request) -> None:
        if self.world.revoked or request.headers.get("Authorization") != f"Bot {self.world.token}":
            raise refusals.unauthorized()

    def _in_order(self, asked: Asked) -> None:
        """Discord's own description of the API. Where it says no, so do we."""
        check = checker()
        if check is None or asked.method == "GET":
            return
        payload = None if asked.payload is None else asked.payload
        flaws = [Flaw("", "CONTRACT", said) for said in check.request(asked.method, asked.path, payload)]
        flaws = [f for f in flaws if not f.said.endswith("not in the spec")]
        for flaw in flaws:
            self.world.fault(str(asked), flaw)
        if flaws:
            raise refusals.invalid(flaws)


def _nowhere(world: World, asked: Asked) -> Answer:
    world.fault(str(asked), "the simulator has no such route")
    raise Refused(404, 0, "404: Not Found")


async def _body(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """JSON, or a form with `payload_json` and files."""
    files: dict[int, Upload] = {}
    if not request.content_type.startswith("multipart/"):
        said = await request.read()
        if not said:
            return None, files
        if request.content_type != "application/json":
            raise Refused(400, 50035, f"A body of the type {request.content_type}")
        try:
            return json.loads(said), files
        except ValueError:
            raise Refused(400, 50109, "The request body contains invalid JSON.") from None
    payload: Any = None
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        said = bytes(await part.read())
        if part.name == "payload_json":
            payload = json.loads(said)
        elif found := re.fullmatch(r"files\[(\d+)\]", part.name or ""):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files[int(found[1])] = Upload(part.filename or "file", said, kind)
    return payload, files


def _json(status: int, told: Any, headers: dict[str, str] | None = None) -> web.Response:
    """Without a charset, which Discord's own answers do not have either."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    said = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(status=status, body=json.dumps(told).encode(), headers=said)


def _slowed(slowed: Slowed) -> web.Response:
    everywhere = slowed.scope == "global"
    headers = {
        **slowed.headers,
        "Retry-After": str(slowed.retry_after),
        "Via": "1.1 loopback",
        "X-RateLimit-Scope": slowed.scope,
        **({"X-RateLimit-Global": "true"} if everywhere else {}),
    }
    told = {"message": "You are being rate limited.", "retry_after": slowed.retry_after, "global": everywhere}
    return _json(429, told, headers)
