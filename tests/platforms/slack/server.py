"""All of it behind one port of loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

from aiohttp import web

from tests.platforms.slack.api import PREFIX, Api
from tests.platforms.slack.delivering import Delivery
from tests.platforms.slack.listening import Listening
from tests.platforms.slack.pace import Pace
from tests.platforms.slack.people import People
from tests.platforms.slack.reading import text_of
from tests.platforms.slack.sockets import SocketMode
from tests.platforms.slack.storm import burst, storm
from tests.platforms.slack.trouble import Trouble, Troubles


class Slack(People):
    """The simulator. See the package for how it is used."""

    def __init__(self, *, channels: int = 1, rate_limits: bool = False, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.troubles = Troubles()
        self.socket_mode = SocketMode(self)
        self.listening = Listening(self)
        self.api = Api(self, self.troubles, self.socket_mode)
        self.api.rate_limits = rate_limits
        self.emit = self.tell
        for i in range(channels):
            self.add_channel("general" if i == 0 else f"channel-{i + 1}")
        self._runner: web.AppRunner | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    # ---- where it is ---------------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        return self.base + PREFIX

    @property
    def sockets(self) -> int:
        """How many connections of Socket Mode are open."""
        return sum(not x.leaving for x in self.socket_mode.lines)

    async def connected(self, count: int = 1, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Wait until so many are."""
        await self.until(lambda: self.sockets >= count, f"{count} sockets, are {self.sockets}", timeout)

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                *self.api.routes(),
                web.get("/link/", self.socket_mode.serve),
                web.get("/control/messages", self._messages),
                web.get("/control/state", self._state),
                web.post("/control/calm", self._calm),
                web.post("/control/storm", self._storm),
                web.post("/control/refresh", self._refresh),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Nobody can connect any more. `start` again: all is as it was, at the same address."""
        for task in list(self._carrying):
            task.cancel()
        if self._carrying:
            await asyncio.wait(self._carrying)
        await self.listening.stop()
        if self._runner is not None:
            for site in list(self._runner.sites):  # first: who is thrown out comes back at once
                await site.stop()
            await self.socket_mode.stop()
            await self._runner.cleanup()
            self._runner = None

    # ---- what the app is told ------------------------------------------------------------------------------------------

    def http_mode(self, url: str | None) -> Listening:
        """From now on the app is told everything at this address; with None, by sockets again."""
        self.listening.url = url or ""
        return self.listening

    def carry(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        carrier = self.listening if self.listening.url else self.socket_mode
        task = asyncio.get_running_loop().create_task(carrier.carry(delivery))
        self._carrying.add(task)
        task.add_done_callback(self._carried)

    def _carried(self, task: asyncio.Task[None]) -> None:
        self._carrying.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.fault("the simulator", repr(failure))
        self.told()

    def redeliver(self, delivery: Delivery, reason: str = "timeout") -> bool:
        """The same envelope once more, whether it was acknowledged or not."""
        return self.socket_mode.send(delivery, reason)

    def events(self, kind: str) -> list[Delivery]:
        """Those of a kind that the app was told: an event's, an interaction's, or a command."""
        return [d for d in self.deliveries if d.event == kind]

    # ---- trouble -------------------------------------------------------------------------------------------------------

    @property
    def rate_limits(self) -> bool:
        return self.api.rate_limits

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self.api.rate_limits = on

    @property
    def pace(self) -> Pace:
        """The rate limits. `pace.given` counts the 429s by method."""
        return self.api.pace

    @property
    def limited(self) -> int:
        """How many 429s were given."""
        return self.pace.given.total()

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of all calls of a method."""
        return [args for name, args in self.api.calls if name == method]

    def trouble(
        self,
        method_regex: str,
        kind: str | int,
        times: int = 1,
        *,
        seconds: float = 0.5,
        retry_after: float = 1,
    ) -> Trouble:
        """Something goes wrong with the next calls of these methods; see `Trouble`."""
        made = Trouble(method_regex, str(kind), times, seconds, retry_after)
        self.troubles.planned.append(made)
        return made

    def randomly(
        self,
        random: Random,
        rates: Mapping[str | int, float],
        *,
        seconds: float = 0.5,
        retry_after: float = 1,
    ) -> None:
        """Trouble by chance with messages: posted, edited, read. Rates by kinds, the rest goes well."""
        self.troubles.randomly(random, rates, seconds, retry_after)

    def calm(self) -> None:
        self.troubles.calm()

    def revoke_token(self, error: str = "token_revoked", *, events: bool = False) -> None:
        """From now on the tokens are worth nothing, and sockets are closed. With events, the app hears of it before."""
        if events:
            self.tell(
                {
                    "type": "tokens_revoked",
                    "tokens": {"oauth": [], "bot": [self.bot.id]},
                    "event_ts": self.ids.ts(),
                }
            )
            self.tell({"type": "app_uninstalled", "event_ts": self.ids.ts()})
        self.revoked = error
        asyncio.get_running_loop().call_later(0.1 if events else 0, self._cut_off)

    def _cut_off(self) -> None:
        self.socket_mode.refresh("link_disabled")
        self.socket_mode.close()

    # ---- for other processes -------------------------------------------------------------------------------------------

    async def _messages(self, request: web.Request) -> web.Response:
        """Each channel's messages in order, deleted ones too."""
        told = {
            channel.id: [
                {
                    "ts": m.ts, "thread_ts": m.thread_ts, "metadata": m.metadata, "text": m.text, "words": text_of(m),
                    "edited": m.edited, "edits": m.edits, "deleted": m.deleted, "user": m.author.id, "pings": list(m.pings),
                }
                for m in channel.messages
            ]
            for channel in self.channels.values()
        }  # fmt: skip
        return web.json_response(told)

    async def _state(self, request: web.Request) -> web.Response:
        told = {
            "faults": self.faults, "sockets": self.sockets, "connections": self.socket_mode.connections,
            "limited": dict(self.pace.given), "calls": len(self.api.calls), "troubles": dict(self.troubles.met),
            "deliveries": len(self.deliveries), "under_way": self.under_way,
        }  # fmt: skip
        return web.json_response(told)

    async def _storm(self, request: web.Request) -> web.Response:
        """`burst`: so many commands at once; else `a_second` for `seconds`."""
        given = await request.json()
        commands = [(name, text) for name, text in given["commands"]]
        if "burst" in given:
            return web.json_response(await burst(self, given["channels"], commands, given["burst"]))
        told = await storm(self, given["channels"], commands, given["a_second"], given["seconds"])
        return web.json_response(told)

    async def _refresh(self, request: web.Request) -> web.Response:
        """One socket is renewed, as Slack does every few hours."""
        self.socket_mode.refresh(most=1)
        return web.json_response({})

    async def _calm(self, request: web.Request) -> web.Response:
        self.calm()
        return web.json_response({})

    async def __aenter__(self) -> Slack:
        await self.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        with suppress(TimeoutError):
            await self.stop()
