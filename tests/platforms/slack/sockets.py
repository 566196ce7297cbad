"""Socket Mode: connections, envelopes on them in turn, and all that can go wrong with them."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex

from aiohttp import WSMsgType, web

from tests.platforms.slack.delivering import COMMANDS, EVENTS, INTERACTIVE, Delivery
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.world import World

MOST = 10


@dataclass(eq=False)
class Line:
    """A connection. What is put into `outgoing` is sent in order; a number closes with that code."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    outgoing: asyncio.Queue[JSON | str | int] = field(default_factory=asyncio.Queue)
    leaving: bool = False
    carried: int = 0

    async def write(self) -> None:
        while True:
            item = await self.outgoing.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            await self.socket.send_str(item if isinstance(item, str) else json.dumps(item))


class SocketMode:
    """`silent`: pings get no answer, and nothing is sent. `refusing`: nobody can connect. `hanging_up`: whoever connects
    is hung up on before a word.

    An envelope that is not acknowledged within `redeliver_after` seconds is sent again, `redeliveries` times, on the next
    connection; of the kinds in `redelivered` alone. `doubling`: each is sent twice at
    once. An address opens one connection, within `ticket_life` seconds. `connections` counts them all.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.silent = False
        self.refusing = False
        self.hanging_up = False
        self.doubling = False
        self.ticket_life = 30.0
        self.redeliver_after = 3.0
        self.redeliveries = 3
        self.redelivered = {COMMANDS, EVENTS, INTERACTIVE}
        self.connections = 0
        self.pings = 0
        self.lines: list[Line] = []
        self.pending: dict[str, Delivery] = {}
        self._tickets: dict[str, float] = {}
        self._turn = 0

    # ---- connections ---------------------------------------------------------------------------------------------------

    def open(self) -> str:
        """A ticket for one connection."""
        if len(self.lines) >= MOST:
            raise Refused("too_many_websockets")
        ticket = token_hex(16)
        self._tickets[ticket] = time.monotonic()
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            raise web.HTTPServiceUnavailable
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or time.monotonic() - made > self.ticket_life:
            raise web.HTTPUnauthorized
        self.connections += 1
        socket = web.WebSocketResponse(autoping=False, compress=False, timeout=0.1)
        await socket.prepare(request)
        if self.hanging_up:
            await socket.close(code=1011)
            return socket
        line = Line(socket, request.transport)
        line.outgoing.put_nowait(
            {
                "type": "hello", "num_connections": len(self.lines) + 1, "connection_info": {"app_id": self.world.app_id},
                "debug_info": {"host": "loopback", "build_number": 1, "approximate_connection_time": 18060},
            }
        )  # fmt: skip
        self.lines.append(line)
        self.world.told()
        writer = asyncio.create_task(line.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(json.loads(message.data))
                elif message.type is WSMsgType.PING:
                    self.pings += 1
                    if not self.silent:
                        with suppress(ConnectionError):
                            await socket.pong(message.data)
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            if not writer.cancelled():
                writer.exception()
            if line in self.lines:
                self.lines.remove(line)
            self.world.told()
        return socket

    def _hear(self, said: JSON) -> None:
        delivery = self.pending.get(said.get("envelope_id", ""))
        if delivery is None:
            self.world.fault("socket", f"an acknowledgement of no envelope: {said}")
            return
        delivery.acked(said.get("payload"), self.world.acknowledging)
        self.world.told()

    # ---- envelopes -----------------------------------------------------------------------------------------------------

    def _next(self) -> Line | None:
        here = [x for x in self.lines if not x.leaving and not x.socket.closed]
        if not here:
            return None
        self._turn += 1
        return here[self._turn % len(here)]

    def send(self, delivery: Delivery, reason: str = "timeout") -> bool:
        """Once more, to the next connection. False where there is none."""
        line = self._next()
        if line is None:
            return False
        self.pending[delivery.id] = delivery
        envelope: JSON = {
            "envelope_id": delivery.id, "type": delivery.kind, "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != EVENTS,
        }  # fmt: skip
        if delivery.kind == EVENTS or delivery.attempts:
            envelope |= {
                "retry_attempt": delivery.attempts,
                "retry_reason": reason if delivery.attempts else "",
            }
        delivery.attempts += 1
        line.carried += 1
        if not self.silent:
            line.outgoing.put_nowait(envelope)
        return True

    async def carry(self, delivery: Delivery) -> None:
        """Until it is acknowledged, or given up."""
        if not self.lines and delivery.kind != EVENTS:
            delivery.failure = "dispatch_failed"
            delivery.done.set()
            return
        for _ in range(1 + self.redeliveries):
            while not self.send(delivery):
                if self.world.revoked:
                    return
                await asyncio.sleep(0.02)
            if self.doubling:
                self.send(delivery)
            with suppress(TimeoutError):
                await asyncio.wait_for(delivery.done.wait(), self.redeliver_after)
                return
            if delivery.kind != EVENTS and time.monotonic() - delivery.created >= self.world.acknowledging:
                delivery.late, delivery.failure = True, "operation_timeout"
                self.world.told()
            if delivery.kind not in self.redelivered or self.world.revoked:
                return

    # ---- trouble -------------------------------------------------------------------------------------------------------

    def refresh(
        self, reason: str = "refresh_requested", *, closing: bool | None = None, most: int | None = None
    ) -> None:
        """Ask the clients to connect anew, `most` of them or all. `warning` comes before that, and closes nothing."""
        closing = reason != "warning" if closing is None else closing
        for line in list(self.lines)[:most]:
            line.outgoing.put_nowait(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}
            )
            if closing:
                line.leaving = True

    def close(self, code: int = 1000) -> None:
        for line in list(self.lines):
            line.leaving = True
            line.outgoing.put_nowait(code)

    def drop(self, most: int | None = None) -> None:
        """Break the connections, without closing them."""
        for line in self.lines[:most]:
            line.leaving = True
            if line.transport is not None:
                line.transport.abort()

    def send_raw(self, said: str) -> None:
        """Something else than an envelope."""
        for line in self.lines:
            line.outgoing.put_nowait(said)

    async def stop(self) -> None:
        for line in list(self.lines):
            await line.socket.close(code=1012)
