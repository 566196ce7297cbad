"""Polling beside everything else that runs, and what those who follow a feed are told of its troubles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random

from bots.answers import CHAT
from bots.commands import noop
from bots.dispatch.content import Content, dump
from bots.place import zone_at
from briefings.collecting import Collector
from briefings.desk import Desk
from briefings.errors import SitrepError
from briefings.model import Follow, Followed, Polled, Sent
from briefings.plain import literal
from briefings.rendering import Document
from briefings.rendering.document import Paragraph, Text
from briefings.rendering.words import Words
from briefings.sources.fetch import Fetcher
from briefings.store import Order

_FAILS = noop(
    "The feed %(feed)s, which the story %(story)s follows, has brought nothing since %(since)s: %(why)s"
)
_BACK = noop("The feed %(feed)s, which the story %(story)s follows, is back.")
_UNREACHABLE = noop("it can't be fetched.")


@asynccontextmanager
async def collecting(
    desk: Desk, name: str, changed: Callable[[], None], begin: asyncio.Event | None = None
) -> AsyncIterator[Collector]:
    """Poll for as long as the context lasts, from `begin` on. `changed` is called after articles have come in."""
    async with Fetcher(desk.settings.fetch) as fetcher:

        async def tell(
            followers: Sequence[tuple[Followed, Follow]],
            polled: Polled,
            error: SitrepError | None,
            since: datetime,
        ) -> None:
            orders = [
                o for e, f in followers if (o := await told(desk, e, f, polled, error, since)) is not None
            ]
            if orders:
                await asyncio.to_thread(desk.store.ledger.take, orders, desk.clock(), None)

        collector = Collector(desk, fetcher, name, Random(), tell, changed)  # noqa: S311  # spreads retries
        await collector.prepare()

        async def polls() -> None:
            if begin is not None:
                await begin.wait()
            await collector.run()

        task = asyncio.create_task(polls())
        try:
            yield collector
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def told(
    desk: Desk,
    followed: Followed,
    follow: Follow,
    polled: Polled,
    error: SitrepError | None,
    since: datetime,
) -> Order | None:
    """What is said where the feed was followed; None where that was no channel."""
    to = follow.said_in
    if to is None:
        return None
    theirs = desk.of(followed.tenant)
    channel = await theirs.channel(to.channel)
    language = channel.language or desk.settings.language
    words = Words(language, zone_at(channel, desk.settings), CHAT)
    why = error.message if error is not None and language == "en" else words.message(_UNREACHABLE)
    text = words.message(_FAILS if error is not None else _BACK) % {
        "feed": polled.title or polled.url,
        "story": followed.story.name,
        "since": words.moment(since),
        "why": why,
    }
    document = Document((Paragraph((Text(literal(text)),)),), language)
    return Order(
        followed.tenant, Sent.NOTICE, to, desk.clock(), followed.story.id, content=dump(Content(document, title=followed.story.name)),
        language=language,
    )  # fmt: skip
