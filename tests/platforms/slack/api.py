"""The Web API over HTTP: who may ask, how often, with which scopes, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.platforms.slack import filing, places, posting, viewing
from tests.platforms.slack.asking import Asked, Method
from tests.platforms.slack.pace import Pace
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.responding import respond
from tests.platforms.slack.sockets import SocketMode
from tests.platforms.slack.trouble import Trouble, Troubles
from tests.platforms.slack.world import World

PREFIX = "/api/"
METHODS: dict[str, Method] = {**posting.METHODS, **places.METHODS, **viewing.METHODS, **filing.METHODS}
_SCOPES = {
    "chat.": "chat:write", "conversations.join": "channels:join", "conversations.open": "im:write",
    "users.": "users:read", "team.info": "team:read", "bots.info": "users:read", "files.": "files:write",
}  # fmt: skip
_BY_KIND = {
    "conversations.history": "history", "conversations.replies": "history", "conversations.info": "read",
    "conversations.members": "read",
}  # fmt: skip


_FORMS = {
    "conversations.history", "conversations.replies", "conversations.info", "conversations.list", "conversations.members",
    "users.info", "users.list", "team.info", "bots.info", "files.getUploadURLExternal",
}  # fmt: skip


class Broken(Exception):
    """The connection breaks here."""


def scope_of(world: World, method: str, args: JSON) -> str | None:
    """What a method needs; of those about a channel, it depends on the channel."""
    if (verb := _BY_KIND.get(method)) is not None:
        channel = world.channels.get(str(args.get("channel")))
        return f"{channel.kind if channel else 'channels'}:{verb}"
    return next((s for name, s in _SCOPES.items() if method.startswith(name)), None)


class Api:
    """`rate_limits` turns the limits of `pace` on. `calls` has all that were asked for: method and arguments."""

    def __init__(self, world: World, troubles: Troubles, sockets: SocketMode) -> None:
        self.world = world
        self.troubles = troubles
        self.sockets = sockets
        self.pace = Pace()
        self.rate_limits = False
        self.calls: list[tuple[str, JSON]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", PREFIX + "{method}", self.serve),
            web.post("/response/{token}", self.serve),
            web.post("/upload/v1/{file}", self.serve),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        at = request.match_info
        method = at.get("method") or ("response_url" if "token" in at else "upload")
        self.world.under_way += 1
        trouble = self.troubles.befalls(method)
        try:
            said = await request.read()  # what breaks, breaks when all was sent
            if trouble is not None and (early := await self._before(method, trouble)) is not None:
                return early
            if method == "response_url":
                response = self._responded(at["token"], said)
            elif method == "upload":
                response = self._uploaded(at["file"], said)
            else:
                response = self._called(request, method, said)
            return response if trouble is None else await self._after(trouble, response)
        except Broken:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        finally:
            self.world.under_way -= 1
            self.world.told()

    # ---- methods -------------------------------------------------------------------------------------------------------

    def _called(self, request: web.Request, method: str, said: bytes) -> web.Response:
        headers: dict[str, str] = {}
        try:
            args = _arguments(request, said)
            token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(
                args.pop("token", "") or ""
            )
            if method in _FORMS and request.content_type == "application/json":
                self.world.fault(method, "reads no JSON: what was sent is not seen")
                args = dict(request.query)
            self.calls.append((method, args))
            if method != "api.test":
                self._authorized(method, token)
                headers["x-oauth-scopes"] = ",".join(sorted(self.world.scopes))
            if method == "apps.connections.open":
                return _json({"ok": True, "url": self._socket_url()}, headers=headers)
            if method not in METHODS:
                self.world.fault(method, "the simulator has no such method")
                raise Refused("unknown_method", req_method=method)
            if (scope := scope_of(self.world, method, args)) is not None:
                headers["x-accepted-oauth-scopes"] = scope
                self.world.needs(scope)
            if (
                self.rate_limits
                and (wait := self.pace.take(method, str(args.get("channel", "")))) is not None
            ):
                raise Refused("ratelimited", retry_after=math.ceil(wait))
            told = {"ok": True, **METHODS[method](self.world, Asked(method, args))}
            return _json(told, headers=headers)
        except Refused as refused:
            return _refusal(refused, headers)

    def _authorized(self, method: str, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in (self.world.bot_token, self.world.app_token):
            raise Refused("invalid_auth")
        if self.world.revoked:
            raise Refused(self.world.revoked)
        if (token == self.world.app_token) != (method == "apps.connections.open"):
            raise Refused("not_allowed_token_type")
        if token == self.world.app_token and "connections:write" not in self.world.app_scopes:
            raise Refused("missing_scope", needed="connections:write", provided="")

    def _socket_url(self) -> str:
        base = self.world.base.replace("http://", "ws://")
        return f"{base}/link/?ticket={self.sockets.open()}&app_id={self.world.app_id}"

    def _responded(self, token: str, said: bytes) -> web.Response:
        try:
            respond(self.world, token, json.loads(said))
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        except Refused as refused:
            gone = refused.error in ("no_service", "expired_url", "used_url")
            return _json(refused.body, 404 if gone else 400)
        return web.Response(text="ok")

    def _uploaded(self, name: str, said: bytes) -> web.Response:
        file = self.world.files.get(name)
        if file is None or file.completed:
            return web.Response(status=404, text="no such upload")
        if len(said) != file.length:
            self.world.fault("upload", f"{file.name}: {len(said)} bytes, where {file.length} were announced")
            return web.Response(status=400, text="Bad Request")
        file.bytes = said
        return web.Response(text=f"OK - {len(said)}")

    # ---- trouble -------------------------------------------------------------------------------------------------------

    async def _before(self, method: str, trouble: Trouble) -> web.Response | None:
        match trouble.kind.split():
            case ["drop", "before"]:
                raise Broken
            case ["hang", "before"]:
                await asyncio.sleep(trouble.seconds)
                raise Broken
            case ["late"]:
                await asyncio.sleep(trouble.seconds)
            case ["429"]:
                self.pace.given[method] += 1
                return _refusal(Refused("ratelimited", retry_after=trouble.retry_after))
            case [kind] if kind.isdecimal():
                return _broken(int(kind))
            case [kind] if kind.startswith("error:"):
                return _refusal(Refused(trouble.name))
        return None

    async def _after(self, trouble: Trouble, response: web.Response) -> web.Response:
        match trouble.kind.split():
            case ["drop", "after"]:
                raise Broken
            case ["hang", "after"]:
                await asyncio.sleep(trouble.seconds)
            case ["garbled"]:
                return web.Response(body=b'{"ok": true, "ts": "', content_type="application/json")
            case ["plain"]:
                return web.Response(text="Please try again later.")
            case ["array"]:
                return web.Response(body=b"[1]", content_type="application/json")
            case [status, "after"] if status.isdecimal():
                return _broken(int(status))
            case [kind, "after"] if kind.startswith("error:"):
                return _refusal(Refused(trouble.name))
        return response


def _arguments(request: web.Request, said: bytes) -> JSON:
    """From the address, and from a form or JSON in the body."""
    args: JSON = dict(request.query)
    if not said or request.method == "GET":
        return args
    kind = request.content_type
    if kind == "application/json":
        try:
            found = json.loads(said)
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(found, dict):
            raise Refused("json_not_object")
        return args | found
    if kind == "application/x-www-form-urlencoded":
        return args | dict(parse_qsl(said.decode(), keep_blank_values=True))
    raise Refused("invalid_form_data")


def _json(told: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    kind = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return web.Response(status=status, body=json.dumps(told).encode(), headers=kind)


def _refusal(refused: Refused, headers: dict[str, str] | None = None) -> web.Response:
    said = dict(headers or {})
    if refused.retry_after is not None:
        said["Retry-After"] = f"{refused.retry_after:g}"
    return _json(refused.body, refused.status, said)


def _broken(status: int) -> web.Response:
    """Slack answers 503 in JSON; what stands before it answers in HTML."""
    if status == 503:
        return _json({"ok": False, "error": "service_unavailable"}, status)
    if status == 500:
        return _json({"ok": False, "error": "internal_error"}, status)
    return web.Response(status=status, text=f"<html><h1>{status}</h1></html>", content_type="text/html")
