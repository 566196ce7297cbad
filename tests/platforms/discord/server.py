"""All of it behind one port of loopback."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

from aiohttp import web

from tests.platforms.discord.gateway import Gateway
from tests.platforms.discord.pace import Pace
from tests.platforms.discord.people import People
from tests.platforms.discord.reading import custom_ids_of, text_of
from tests.platforms.discord.rest import PREFIX, Rest
from tests.platforms.discord.state import Attachment, stamp
from tests.platforms.discord.storm import storm
from tests.platforms.discord.trouble import Trouble, Troubles


class Discord(People):
    """The simulator. See the package for how it is used."""

    def __init__(
        self, *, guilds: int = 1, channels: int = 1, shards: int = 1, rate_limits: bool = False, port: int = 0
    ) -> None:
        super().__init__()
        self.port = port
        self.troubles = Troubles()
        self.gateway = Gateway(self, shards)
        self.rest = Rest(self, self.troubles, lambda: (self.gateway_url, self.gateway.shards))
        self.rate_limits = rate_limits
        names = ["general", *(f"channel-{i}" for i in range(2, channels + 1))][:channels]
        for i in range(guilds):
            self.add_guild("Newsroom" if i == 0 else f"Newsroom {i + 1}", channels=names)
        self._runner: web.AppRunner | None = None

    # ---- where it is ---------------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        return self.base + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.base.replace("http://", "ws://") + "/gateway"

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                *self.rest.routes(),
                web.get("/gateway", self.gateway.serve),
                web.get("/gateway/", self.gateway.serve),
                web.get("/attachments/{id}/{name}", self._attachment),
                web.get("/control/messages", self._messages),
                web.get("/control/state", self._state),
                web.post("/control/calm", self._calm),
                web.post("/control/storm", self._storm),
                web.post("/control/nonces", self._nonces),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.gateway.url = self.gateway_url

    async def stop(self) -> None:
        """Nobody can connect any more. `start` again: all is as it was, at the same address."""
        if self._runner is not None:
            for site in list(self._runner.sites):  # first: who is thrown out comes back at once
                await site.stop()
            await self.gateway.stop()
            await self._runner.cleanup()
            self._runner = None

    # ---- trouble -------------------------------------------------------------------------------------------------------

    @property
    def rate_limits(self) -> bool:
        return self.rest.rate_limits

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self.rest.rate_limits = on

    @property
    def pace(self) -> Pace:
        """The rate limits. `pace.given` counts the 429s by their scope."""
        return self.rest.pace

    @property
    def limited(self) -> int:
        """How many 429s were given."""
        return self.pace.given.total()

    def trouble(
        self,
        method: str,
        path_regex: str,
        kind: str | int,
        times: int = 1,
        *,
        seconds: float = 0.5,
        retry_after: float = 0.2,
    ) -> Trouble:
        """Something goes wrong with the next requests of this kind; see `Trouble`. Paths are those after `/api/v10`."""
        made = Trouble(method, path_regex, str(kind), times, seconds, retry_after)
        self.troubles.planned.append(made)
        return made

    def randomly(
        self,
        random: Random,
        rates: Mapping[str | int, float],
        *,
        seconds: float = 0.5,
        retry_after: float = 0.2,
    ) -> None:
        """Trouble by chance with messages: posted, edited, read. Rates by kinds, the rest goes well."""
        self.troubles.randomly(random, rates, seconds, retry_after)

    def calm(self) -> None:
        self.troubles.calm()

    def revoke_token(self) -> None:
        """From now on the token is worth nothing, and who is connected is thrown out."""
        self.revoked = True
        self.gateway.close(4004)

    @property
    def identifies(self) -> int:
        return self.gateway.identifies

    @property
    def resumes(self) -> int:
        return self.gateway.resumes

    # ---- for other processes -------------------------------------------------------------------------------------------

    async def _attachment(self, request: web.Request) -> web.Response:
        id_ = int(request.match_info["id"])
        found: Attachment | None = self.uploads.get(id_)
        for message in self.messages_by_id.values():
            found = found or next((a for a in message.attachments if a.id == id_), None)
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.bytes, content_type=found.content_type or "application/octet-stream")

    async def _messages(self, request: web.Request) -> web.Response:
        """Each channel's messages in order, deleted ones too."""
        told: dict[str, list[dict[str, Any]]] = {}
        for channel in self.channels.values():
            told[str(channel.id)] = [
                {
                    "id": str(m.id), "nonce": m.nonce, "custom_ids": custom_ids_of(m), "text": text_of(m),
                    "edited": stamp(m.edited) if m.edited else None, "edits": m.edits, "deleted": m.deleted,
                    "author": str(m.author.id), "pings": bool(m.pings),
                }
                for m in channel.messages
            ]  # fmt: skip
        return web.json_response(told)

    async def _state(self, request: web.Request) -> web.Response:
        told = {
            "faults": self.faults, "identifies": self.identifies, "resumes": self.resumes, "syncs": self.syncs,
            "connected": len(self.gateway.connected), "limited": dict(self.pace.given), "requests": len(self.rest.requests),
            "troubles": dict(self.troubles.met), "under_way": self.rest.under_way,
        }  # fmt: skip
        return web.json_response(told)

    async def _storm(self, request: web.Request) -> web.Response:
        given = await request.json()
        commands = [(name, options) for name, options in given["commands"]]
        channels = [int(c) for c in given["channels"]]
        return web.json_response(await storm(self, channels, commands, given["a_second"], given["seconds"]))

    async def _calm(self, request: web.Request) -> web.Response:
        self.calm()
        return web.json_response({})

    async def _nonces(self, request: web.Request) -> web.Response:
        self.nonce_window = float(request.query["seconds"])
        return web.json_response({})

    async def __aenter__(self) -> Discord:
        await self.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        with suppress(TimeoutError):
            await self.stop()
