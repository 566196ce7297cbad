"""Articles find their stories: into each that they belong to, with what a match says and what a person decided.

What asks (`asking.py`) hands on what it has read; nothing here fetches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from briefings.desk import Desk
from briefings.errors import LimitReached, NotFound, SitrepError
from briefings.matching import Example, judge
from briefings.model import (
    LOCAL,
    Article,
    Decision,
    Followed,
    Following,
    Gap,
    Language,
    Reading,
    Story,
    Tenant,
    Verdict,
)
from briefings.stories import Grouping, Told

log = structlog.get_logger()

_SHRUNK = 0.4  # a page that shows less than this share of what it did has been locked, not revised
_FIRST_RECHECK = 3_600.0  # seconds after which an article's page is looked at again
_EXAMPLES = 12  # articles that a story's new ones are compared with


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it was gathered, and whether it is its tenant's alone. `gap` is what was missing; `again`: this was
    tried before; `at` is where it was looked for, "" where that is its own address."""

    article: Article
    private: bool
    paged: bool = False
    gap: SitrepError | None = None
    again: bool = False
    at: str = ""


class Placing:
    """Puts articles into the stories of all tenants. `changed` is called after one has come in or was revised."""

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self.desk = desk
        self.changed = changed
        self.grouping = Grouping()
        self._examples: dict[int, tuple[int, list[Example]]] = {}

    def _desk_of(self, tenant: Tenant) -> Desk:
        return self.desk.of(tenant) if tenant != LOCAL else self.desk

    async def place(
        self, reading: Reading, found: Arrival, followed: Sequence[Followed], feed: int | None
    ) -> bool:
        """Into each story that it belongs to; False where one of them could not take it today."""
        article, complete = reading.article, True
        matched = placed = False
        for each in followed:
            try:
                examples = await self._examples_of(each)
                verdict = judge(article, reading.language, each.by, feed, examples, self.grouping)
                if verdict.decision is Decision.OUT:
                    continue
                matched = True
                if (found.gap is not None or found.again) and await self._is_less(each, reading, found):
                    continue
                placed |= await self._join(each, reading, found, verdict)
            except LimitReached as e:
                complete = False
                log.warning("an article is left out", story=each.story.slug, why=e.message)
                what = article.url or article.id
                with suppress(NotFound):
                    gap = Gap(what, e.message, kind=type(e).__name__)
                    await self.gap(each.tenant, each.story, what, gap)
            except NotFound:
                continue  # the story was removed meanwhile
        if not matched:
            self.grouping.count([Told(article.id, article.title, article.text, reading.language)])
            placed |= await self.revise(reading, found, followed)
        if placed:
            self.changed()
        return complete

    async def has_room(self, followed: Sequence[Followed]) -> bool:
        """Whether one of those who follow may have another article today."""
        for tenant in dict.fromkeys(each.tenant for each in followed):
            if await self._desk_of(tenant).has_room():
                return True
        return not followed

    async def _is_less(self, each: Followed, reading: Reading, found: Arrival) -> bool:
        """Whether this shows far less of an article than what is kept of it: its page was locked, or could not be had."""
        owner = each.tenant.owner if found.private else ""
        kept = await asyncio.to_thread(self.desk.store.stored, reading.article.id, owner)
        return kept is not None and shrunk(reading.article, kept.article)

    async def _join(self, each: Followed, reading: Reading, found: Arrival, verdict: Verdict) -> bool:
        """Into the story, unless a person has decided otherwise; what may belong is kept for a person to decide."""
        desk = self._desk_of(each.tenant)
        added = await desk.add_reading(each.story, reading, private=found.private, verdict=verdict)
        if added.placed:
            await self._after_adding(each, added.article, found)
        return added.placed and added.what != "unchanged"

    async def _after_adding(self, each: Followed, article: Article, found: Arrival) -> None:
        """Its page is looked at again later; what was missing of it is told."""
        what = found.at or article.url or article.id
        if found.gap is not None:
            gap = Gap(
                what, f"Only the feed's own words could be read: {found.gap.message}", kind="OnlyTeaser"
            )
            await self.gap(each.tenant, each.story, what, gap)
        elif found.again:
            await self.gap(each.tenant, each.story, what, None)
        if found.paged and self.desk.settings.sources.recheck_days:
            owner = each.tenant.owner if found.private else ""
            due = self.desk.clock() + timedelta(seconds=_FIRST_RECHECK)
            await asyncio.to_thread(
                self.desk.store.follows.watch, article.id, owner, article.url, due, _FIRST_RECHECK
            )

    async def revise(self, reading: Reading, found: Arrival, followed: Sequence[Followed]) -> bool:
        """An article that stories hold already, though it matches none by now: they get its new words."""
        if found.gap is not None or not found.again:
            return False
        owners = {e.tenant.owner for e in followed} if found.private else {""}
        revised = False
        done: set[str] = set()
        holders = await asyncio.to_thread(self.desk.store.follows.holders, reading.article.id, owners)
        for tenant, story, owner in holders:
            if owner in done:  # they hold the same copy
                continue
            done.add(owner)
            kept = await asyncio.to_thread(self.desk.store.stored, reading.article.id, owner)
            if kept is not None and shrunk(reading.article, kept.article):
                continue
            desk = self._desk_of(tenant)
            with suppress(NotFound, LimitReached):
                added = await desk.add_reading(story, reading, private=bool(owner))
                revised |= added.what == "revised"
        return revised

    async def _examples_of(self, each: Followed) -> list[Example]:
        """What the story is like: the articles that were named, as they stand now."""
        likes = [f.value for f in each.by if f.kind is Following.LIKE]
        if not likes:
            return []
        version = (await asyncio.to_thread(self.desk.store.version, each.tenant, each.story)).articles
        kept = self._examples.get(each.story.id)
        if kept is not None and kept[0] == version:
            return kept[1]
        latest = await asyncio.to_thread(self.desk.store.latest, each.tenant, each.story)
        named = [(x, latest[x]) for x in likes if x in latest][-_EXAMPLES:]
        stored = await asyncio.to_thread(self.desk.store.readings, each.tenant, each.story, named)
        found = [
            Example(article, reading.language if reading is not None else article.language or "en")
            for article, reading in stored
        ]
        self._examples[each.story.id] = version, found
        return found

    async def missed(
        self,
        article: Article,
        language: Language,
        followed: Sequence[Followed],
        feed: int,
        error: SitrepError,
    ) -> None:
        """What could not be read, and by its headline may belong to a story, is a gap of that story."""
        for each in followed:
            verdict = judge(article, language, each.by, feed, (), self.grouping)
            if verdict.decision is not Decision.OUT:
                what = article.url or article.title
                with suppress(NotFound):
                    gap = Gap(what, error.message, kind=type(error).__name__)
                    await self.gap(each.tenant, each.story, what, gap)

    async def gap(self, tenant: Tenant, story: Story, what: str, gap: Gap | None) -> None:
        store = self.desk.store
        if gap is None:
            await asyncio.to_thread(store.close_gap, tenant, story, what)
        else:
            await asyncio.to_thread(store.add_gap, tenant, story, gap, self.desk.clock())


def shrunk(article: Article, before: Article) -> bool:
    """Whether far less is shown than before: a page that was locked, not one that was revised."""
    return len(article.text) < _SHRUNK * len(before.text)
