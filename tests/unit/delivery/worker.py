"""A process that delivers, and hangs at a message of its choice: `python -m tests.unit.delivery.worker`.

Its platform is a file to which each message that was taken is a line, so that whoever looks afterwards sees what came
twice. It says "hangs" when it does, and is there to be killed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bots.__main__ import now
from bots.dispatch.content import Content
from bots.dispatch.counting import Figures
from bots.dispatch.engine import Deliveries, delivering
from bots.dispatch.identity import identity_for
from bots.dispatch.publisher import Limits, Publisher
from briefings.desk import Desk, Reader
from briefings.model import Part
from briefings.rendering import markdown_of
from briefings.settings import Delivery, Settings
from briefings.sources import Worker
from briefings.store import Store, open_store
from tests.unit.delivery.posting import ONE, TEMPLATES


@dataclass
class FilePlatform:
    """A platform whose messages are lines of a file. It hangs at its so-many-th message, "before" it is taken or "after"."""

    file: Path
    hangs_at: int = 0
    when: str = "after"
    via: str = "discord"
    posts: int = 0

    @property
    def limits(self) -> Limits:
        return Limits()

    def bodies(self, content: Content) -> tuple[str, ...]:
        lines = markdown_of(content.document).splitlines()
        return "\n".join(lines[:10]), "\n".join(lines[10:])

    async def post(self, channel: str, part: Part) -> str:
        self.posts += 1
        if self.posts == self.hangs_at and self.when == "before":
            await self._hang()
        with self.file.open("a", encoding="utf8") as out:
            out.write(json.dumps({"channel": channel, "key": part.key, "id": f"m-{part.key}"}) + "\n")
        if self.posts == self.hangs_at:
            await self._hang()
        return f"m-{part.key}"

    async def _hang(self) -> None:
        print("hangs", flush=True)  # noqa: T201  # whoever started the process waits for it
        await asyncio.sleep(3_600)

    async def edit(self, channel: str, part: Part) -> None:
        raise AssertionError("nothing is corrected here")

    def person(self, user: str) -> str | None:
        return None

    async def find(self, channel: str, part: Part) -> str | None:
        return next((m["id"] for m in self.taken() if m["key"] == part.key), None)

    async def close(self) -> None:
        pass

    def taken(self) -> list[dict[str, str]]:
        """The messages in the order in which they were taken."""
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text("utf8").splitlines()]


def desk_of(store: Store, **delivery: float) -> Desk:
    settings = Settings(delivery=Delivery(**{"ending_seconds": 10.0, **delivery}))  # type: ignore[arg-type]
    return Desk(settings, TEMPLATES, store, now, Reader(settings, Worker(30)), ONE)


@asynccontextmanager
async def engine(
    store: Store, *platforms: Publisher, name: str = "", **delivery: float
) -> AsyncIterator[Deliveries]:
    """The engine over a store, under a name, as `sitrep run` has it."""
    identity = await asyncio.to_thread(identity_for, store, name)
    try:
        publishers = {p.via: p for p in platforms}
        async with delivering(
            desk_of(store, **delivery), identity, publishers, Figures(), Random(7)
        ) as running:
            yield running
    finally:
        identity.release()


async def work(given: argparse.Namespace) -> None:
    store = open_store(given.folder, url=given.url)
    async with engine(store, FilePlatform(given.messages, given.hangs_at, given.when), name=given.name):
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("messages", type=Path)
    parser.add_argument("--url", default="")
    parser.add_argument("--name", default="")
    parser.add_argument("--hangs-at", type=int, default=0)
    parser.add_argument("--when", default="after")
    asyncio.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
