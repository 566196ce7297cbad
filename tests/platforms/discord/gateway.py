"""The gateway: sessions on shards, their events and what they missed, and all that can go wrong with them."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.platforms.discord import shapes
from tests.platforms.discord.refusals import JSON
from tests.platforms.discord.world import World

PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
_GUILDS, _GUILD_MESSAGES, _DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
_KEPT = 5_000  # events of a session that can be told again


@dataclass(eq=False)
class Line:
    """A connection: what is to be sent on it, in order, compressed if the client wants it. Bytes go as they are."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    deflate: Any  # a zlib.compressobj, or None
    outgoing: asyncio.Queue[JSON | bytes | int] = field(default_factory=asyncio.Queue)

    async def write(self, gateway: Gateway) -> None:
        """Send what is put in. A number closes with that code."""
        while True:
            item = await self.outgoing.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            if gateway.slow and isinstance(item, dict) and item["op"] == 0:
                await asyncio.sleep(gateway.slow)
            said = item if isinstance(item, bytes) else json.dumps(item).encode()
            if self.deflate is None:
                await self.socket.send_str(said.decode())
            else:
                await self.socket.send_bytes(
                    self.deflate.compress(said) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
                )

    def put(self, item: JSON | bytes | int) -> None:
        self.outgoing.put_nowait(item)


@dataclass(eq=False)
class Session:
    id: str
    shard: int
    shards: int
    intents: int
    line: Line | None
    seq: int = 0
    events: deque[JSON] = field(default_factory=lambda: deque(maxlen=_KEPT))
    left: float | None = None


class Gateway:
    """`silent`: heartbeats get no answer. `slow`: seconds that each event takes. `refusing`: nobody can connect.
    `hanging_up`: whoever connects is hung up on before a word.

    `identifies` and `resumes` count what succeeded, `connections` all. `heartbeat` is the interval in seconds,
    `resumable_for` how long a session is kept without a connection. `shards` is what Discord recommends.
    """

    def __init__(self, world: World, shards: int = 1) -> None:
        self.world = world
        self.shards = shards
        self.silent = False
        self.slow = 0.0
        self.refusing = False
        self.hanging_up = False
        self.heartbeat = 41.25
        self.resumable_for = 120.0
        self.privileged_allowed = False
        self.identifies = 0
        self.resumes = 0
        self.connections = 0
        self.heartbeats = 0
        self.sessions: dict[str, Session] = {}
        self.lines: set[Line] = set()
        self.url = ""
        world.emit = self.emit

    # ---- events --------------------------------------------------------------------------------------------------------

    def emit(self, event: str, data: JSON, guild: int | None) -> None:
        """To the sessions on the guild's shard that want it; what belongs to no guild goes to shard 0."""
        wanted = _GUILDS
        if event.startswith("MESSAGE_"):
            wanted = _DIRECT_MESSAGES if guild is None else _GUILD_MESSAGES
        if event == "INTERACTION_CREATE":
            wanted = 0
        for session in list(self.sessions.values()):
            shard = 0 if guild is None else (guild >> 22) % session.shards
            if session.shard == shard and session.intents & wanted == wanted:
                self._tell(session, event, data)

    def _tell(self, session: Session, event: str, data: JSON) -> None:
        session.seq += 1
        told = {"op": 0, "t": event, "s": session.seq, "d": json.loads(json.dumps(data))}
        session.events.append(told)
        if session.line is not None:
            session.line.put(told)

    @property
    def connected(self) -> list[Session]:
        return [s for s in self.sessions.values() if s.line is not None]

    def _of(self, shard: int | None) -> Iterator[tuple[Session, Line]]:
        for session in self.connected:
            if session.line is not None and shard in (None, session.shard):
                yield session, session.line

    # ---- trouble -------------------------------------------------------------------------------------------------------

    def reconnect(self, shard: int | None = None) -> None:
        """Ask the clients to connect anew."""
        for _, line in self._of(shard):
            line.put({"op": 7, "t": None, "s": None, "d": None})

    def invalidate(self, *, resumable: bool = False, shard: int | None = None) -> None:
        for session, line in self._of(shard):
            if not resumable:
                self._forget(session)
            line.put({"op": 9, "t": None, "s": None, "d": resumable})

    def close(self, code: int, shard: int | None = None) -> None:
        """Close with this code. 4007, 4009 and those after which nobody may come back end the sessions."""
        for session, line in self._of(shard):
            if code in (1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014):
                self._forget(session)
            line.put(code)

    def drop(self, shard: int | None = None) -> None:
        """Break the connections, without closing them."""
        for _, line in self._of(shard):
            if line.transport is not None:
                line.transport.abort()

    def send(self, event: str, data: JSON, shard: int | None = None) -> None:
        """An event of any content, such as one that lacks what it must have."""
        for session, _ in self._of(shard):
            self._tell(session, event, data)

    def send_raw(self, said: bytes, shard: int | None = None) -> None:
        """Something that is not JSON."""
        for _, line in self._of(shard):
            line.put(said)

    # ---- connections ---------------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            raise web.HTTPServiceUnavailable
        self.connections += 1
        compress = request.query.get("compress")
        if request.query.get("encoding", "json") != "json" or compress not in (None, "zlib-stream"):
            raise web.HTTPBadRequest(text="json, and zlib-stream or nothing")
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=0.1, compress=False)
        await socket.prepare(request)
        if self.hanging_up:
            await socket.close(code=WSCloseCode.INTERNAL_ERROR)
            return socket
        line = Line(socket, request.transport, zlib.compressobj() if compress else None)
        self.lines.add(line)
        line.put({"op": 10, "t": None, "s": None, "d": {"heartbeat_interval": int(self.heartbeat * 1000)}})
        writer = asyncio.create_task(line.write(self))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(line, json.loads(message.data))
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            if not writer.cancelled():
                writer.exception()
            self.lines.discard(line)
            self._hung_up(line)
        return socket

    def _hung_up(self, line: Line) -> None:
        for session in list(self.sessions.values()):
            if session.line is line:
                session.line, session.left = None, time.monotonic()
                if line.socket.close_code in (1000, 1001):
                    self._forget(session)

    def _forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)

    def _hear(self, line: Line, said: JSON) -> None:
        match said["op"]:
            case 1:
                self.heartbeats += 1
                if not self.silent:
                    line.put({"op": 11, "t": None, "s": None, "d": None})
            case 2:
                self._identify(line, said["d"])
            case 6:
                self._resume(line, said["d"])
            case 3 | 4 | 8:
                pass  # presence, voice and members: nobody looks at them
            case _:
                line.put(4001)

    def _identify(self, line: Line, asked: JSON) -> None:
        world, bot = self.world, self.world.bot
        shard, shards = asked.get("shard") or (0, 1)
        intents = int(asked["intents"])
        if any(s.line is line for s in self.sessions.values()):
            return line.put(4005)
        if world.revoked or asked["token"] != world.token:
            return line.put(4004)
        if not 0 <= shard < shards:
            return line.put(4010)
        if intents & PRIVILEGED and not self.privileged_allowed:
            return line.put(4014)
        self.identifies += 1
        for old in [s for s in self.sessions.values() if s.left is not None]:
            assert old.left is not None
            if time.monotonic() - old.left > self.resumable_for:
                self._forget(old)
        session = Session(token_hex(16), shard, shards, intents, line)
        self.sessions[session.id] = session
        guilds = [g for g in world.guilds.values() if g.present and (g.id >> 22) % shards == shard]
        ready = {
            "v": 10, "user": shapes.of_me(bot), "session_id": session.id, "resume_gateway_url": self.url,
            "session_type": "normal", "shard": [shard, shards], "private_channels": [], "relationships": [],
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
            "application": {"id": str(world.application_id), "flags": 1 << 23}, "_trace": ["loopback"],
        }  # fmt: skip
        self._tell(session, "READY", ready)
        for guild in guilds:
            if guild.available and intents & _GUILDS:
                self._tell(session, "GUILD_CREATE", shapes.of_new_guild(guild, bot))
        return None

    def _resume(self, line: Line, asked: JSON) -> None:
        session = self.sessions.get(asked["session_id"])
        if self.world.revoked or asked["token"] != self.world.token:
            return line.put(4004)
        missed = [e for e in session.events if e["s"] > (asked["seq"] or 0)] if session else []
        gone = session is None or session.seq - (asked["seq"] or 0) != len(missed)
        old = session and session.left is not None and time.monotonic() - session.left > self.resumable_for
        if session is None or gone or old:
            return line.put({"op": 9, "t": None, "s": None, "d": False})
        self.resumes += 1
        session.line, session.left = line, None
        for event in missed:
            line.put(event)
        return self._tell(session, "RESUMED", {"_trace": ["loopback"]})

    async def stop(self) -> None:
        for line in list(self.lines):
            await line.socket.close(code=WSCloseCode.SERVICE_RESTART)
