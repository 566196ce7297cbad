"""A channel server that speaks the relay's interface and fails as real platforms do. `python -m tests.chaos.server`.

It keeps every message in the order in which it took them, and takes one as often as it is sent: whoever posts twice is
seen. What goes wrong is drawn by the seed, the request's key and how often that was asked before, so that it does not
depend on which request comes first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from hashlib import sha256
from random import Random
from typing import Any

from aiohttp import web

KEPT = 1_000_000  # bytes of one request


@dataclass(frozen=True, slots=True)
class Message:
    """One that was taken: `key` as it was given, `digest` of what it said first; `under`: the id of the message in whose
    thread it stands.
    """

    channel: str
    key: str
    id: str
    digest: str
    under: str = ""


#: What happens to a request, and how often in a thousand. "kept": the message is taken; "lost": it is not.
POSTING = {
    "429": 50,
    "500 lost": 40,
    "500 kept": 40,
    "dropped kept": 40,
    "hung lost": 15,
    "hung kept": 15,
    "hung late": 15,  # taken at the end only, when whoever sent it has given up
}
ASKING = {"429": 40, "500 lost": 40, "dropped lost": 20, "hung lost": 10}


def drawn(faults: dict[str, int], randomness: Random) -> str:
    """One of the faults, or "none"."""
    at = randomness.randrange(1000)
    for name, share in faults.items():
        at -= share
        if at < 0:
            return name
    return "none"


class Channels:
    """The server. `patience` is how long its clients wait for an answer, in seconds; what hangs, hangs longer."""

    def __init__(self, seed: int, patience: float, late: int = POSTING["hung late"]) -> None:
        self.seed = seed
        self.patience = patience
        self.posting = {**POSTING, "hung late": late}
        self.faulty = True
        self.log: list[Message] = []
        self.faults: Counter[str] = Counter()
        self.edits = 0
        self.under_way = 0
        self._asked: Counter[tuple[str, str]] = Counter()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=KEPT)
        app.add_routes(
            [
                web.post("/channels/{channel}/messages", self.post),
                web.put("/channels/{channel}/messages/{id}", self.put),
                web.get("/channels/{channel}/messages", self.find),
                web.get("/log", self.show),
                web.post("/faults/off", self.behave),
            ]
        )
        return app

    def _fate(self, method: str, key: str, faults: dict[str, int]) -> tuple[str, Random]:
        """What happens to this request, and the randomness that it has for itself."""
        self._asked[method, key] += 1
        randomness = Random(f"{self.seed} {method} {key} {self._asked[method, key]}")
        fate = drawn(faults, randomness) if self.faulty else "none"
        if fate != "none":
            self.faults[f"{method} {fate}"] += 1
        return fate, randomness

    async def _befalls(self, request: web.Request, fate: str, randomness: Random) -> web.Response | None:
        """The fault's answer; None where there is no fault."""
        match fate.split()[0]:
            case "429":
                wait = f"{randomness.uniform(0.2, 1.0):.2f}"
                return web.json_response({"error": "slow down"}, status=429, headers={"Retry-After": wait})
            case "500":
                return web.json_response({"error": "oh"}, status=500)
            case "dropped":
                if request.transport is not None:
                    request.transport.abort() if randomness.random() < 0.5 else request.transport.close()
                return web.Response(status=500)
            case "hung":
                await asyncio.sleep(self.patience + randomness.uniform(0.3, 2.5))
                return web.json_response({"error": "too late"}, status=504)
        return None

    async def post(self, request: web.Request) -> web.Response:
        self.under_way += 1
        try:
            value = await request.json()
            key = value.pop("key")
            fate, randomness = self._fate("POST", key, self.posting)
            await asyncio.sleep(randomness.uniform(0.0, 0.15))
            made: Message | None = None
            if fate == "none" or fate.endswith("kept"):
                made = self._take(request.match_info["channel"], key, value)
            failed = await self._befalls(request, fate, randomness)
            if fate.endswith("late"):
                self._take(request.match_info["channel"], key, value)
            if failed is not None:
                return failed
            assert made is not None
            return web.json_response({"id": made.id}, status=201)
        finally:
            self.under_way -= 1

    def _take(self, channel: str, key: str, value: Any) -> Message:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))  # as the ledger hashes it
        made = Message(channel, key, f"m{len(self.log) + 1}", sha256(text.encode()).hexdigest())
        self.log.append(made)
        return made

    async def put(self, request: web.Request) -> web.Response:
        fate, randomness = self._fate("PUT", request.match_info["id"], ASKING)
        failed = await self._befalls(request, fate, randomness)
        if failed is not None:
            return failed
        self.edits += 1
        return web.json_response({})

    async def find(self, request: web.Request) -> web.Response:
        key = request.query["key"]
        fate, randomness = self._fate("GET", key, ASKING)
        failed = await self._befalls(request, fate, randomness)
        if failed is not None:
            return failed
        channel = request.match_info["channel"]
        found = [{"id": m.id} for m in self.log if m.channel == channel and m.key == key]
        return web.json_response({"messages": found})

    async def show(self, request: web.Request) -> web.Response:
        """All messages in the order in which they were taken, and what went wrong so far."""
        return web.json_response(
            {
                "messages": [asdict(m) for m in self.log],
                "faults": dict(sorted(self.faults.items())),
                "edits": self.edits,
                "under_way": self.under_way,
            }
        )

    async def behave(self, request: web.Request) -> web.Response:
        """From now on nothing goes wrong."""
        self.faulty = False
        return web.json_response({})


async def serve(channels: Channels, port: int) -> None:
    """Serve on loopback until cancelled; the address is the first line of the output."""
    runner = web.AppRunner(channels.app(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        assert runner.addresses
        sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description="A channel server that fails by a seed.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--patience", type=float, default=2.0, help="how long clients wait, in seconds")
    parser.add_argument(
        "--late",
        type=int,
        default=POSTING["hung late"],
        help="how many posts in a thousand are taken too late",
    )
    given = parser.parse_args()
    asyncio.run(serve(Channels(given.seed, given.patience, given.late), given.port))


if __name__ == "__main__":
    main()
