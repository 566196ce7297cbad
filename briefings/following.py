"""What a tenant's stories are followed by: the use cases around it. Async, as the desk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from briefings.desk import Desk, is_address
from briefings.errors import LimitReached, NoArticleFound, NotAFeed, NotFound, SitrepError
from briefings.matching import alternatives
from briefings.model import (
    Address,
    Article,
    Decision,
    Follow,
    Following,
    Matched,
    Story,
    Verdict,
    fold,
)
from briefings.outlets import outlets
from briefings.sources.feeds import announced
from briefings.sources.fetch import Fetched, Fetcher
from briefings.sources.pages import article_from_page, canonical_url, identity_of

_ARTICLE = re.compile(
    rb"<meta[^>]+og:type[^>]+article|\"@type\"\s*:\s*\"(?:[A-Za-z]*Article|LiveBlogPosting)\"", re.IGNORECASE
)
_LONGEST_ADDRESS = 2_000
_LONGEST = 500  # characters of the words of one rule
_BY_PERSON = Verdict(1.0, (), Decision.IN)


@dataclass(frozen=True, slots=True)
class Target:
    """What stands behind an address: a feed with its title and its number of entries, or a page."""

    kind: Following
    url: str
    title: str = ""
    entries: int = 0


class _Said(TypedDict):
    """Who asked for something to be followed, and where."""

    made_by: str
    said_in: Address | None


@dataclass(frozen=True, slots=True)
class FollowOutcome:
    """One thing that was asked for, and the `follow` that came of it, or the `error` that stood in the way."""

    value: str
    follow: Follow | None = None
    found: Target | None = None
    error: SitrepError | None = None


class StoryFollowing:
    """One tenant's. `desk` holds it to the limits of the settings where that is wanted."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store.follows

    # ---- what is followed ------------------------------------------------------------------------------------------------------

    async def follow(
        self,
        story: Story,
        values: Sequence[str],
        *,
        outlets: Sequence[str] = (),
        likes: Sequence[str] = (),
        made_by: str = "",
        said_in: Address | None = None,
    ) -> list[FollowOutcome]:
        """Follow the story by these: addresses are feeds or pages, anything else is words. What fails is told, one by one.

        What narrows comes first, outlets, examples and words: a feed alone would let all that stands in it into the story.
        """
        said: _Said = {"made_by": made_by, "said_in": said_in}
        asked = [await self.asked(x, self.by_outlet(story, x, **said)) for x in outlets]
        asked += [await self.asked(x, self.by_example(story, x, **said)) for x in likes]
        words = " ".join(f'"{v}"' if " " in v else v for v in values if not is_address(v))
        words = re.sub(r"\s+([,;])", r"\1", words)
        if words:
            asked.append(await self.asked(words, self.by_words(story, words, **said)))
        async with Fetcher(self.desk.settings.fetch) as fetcher:
            for value in values:
                if is_address(value):
                    asked.append(await self._by_address(story, value, fetcher, made_by, said_in))
        return asked

    async def asked(self, value: str, adding: Awaitable[Follow]) -> FollowOutcome:
        """What came of one thing that was asked for."""
        try:
            return FollowOutcome(value, await adding)
        except SitrepError as e:
            return FollowOutcome(value, error=e)

    async def _by_address(
        self, story: Story, url: str, fetcher: Fetcher, made_by: str, said_in: Address | None
    ) -> FollowOutcome:
        """A feed or a page, with what was found there."""
        found = None
        try:
            found = await self.look(url, fetcher)
            return FollowOutcome(url, await self._add(story, found.kind, found.url, made_by, said_in), found)
        except SitrepError as e:
            return FollowOutcome(url, found=found, error=e)

    async def by_words(
        self, story: Story, value: str, *, made_by: str = "", said_in: Address | None = None
    ) -> Follow:
        """By words: commas part alternatives, quotation marks hold phrases together."""
        value = " ".join(value.split())[:_LONGEST]
        if not alternatives(value):
            raise NotFound(
                f"{value!r} has no word to follow a story by.", "Give names or words that its articles have."
            )
        return await self._add(story, Following.WORDS, value, made_by, said_in)

    async def by_outlet(
        self, story: Story, name: str, *, made_by: str = "", said_in: Address | None = None
    ) -> Follow:
        """By an outlet's name or host: from the feeds that the tenant follows, its articles alone."""
        return await self._add(story, Following.OUTLET, outlet_named(name), made_by, said_in)

    async def by_folder(self, story: Story, folder: Path) -> Follow:
        """By the files that appear in a folder; from the command line alone. NotFound."""
        if not await asyncio.to_thread(folder.is_dir):
            raise NotFound(f"There is no folder {folder}.", "Make it, then follow it.")
        return await self._add(
            story, Following.FOLDER, str(await asyncio.to_thread(folder.resolve)), "", None
        )

    async def by_example(
        self, story: Story, url_or_id: str, *, made_by: str = "", said_in: Address | None = None
    ) -> Follow:
        """By articles that are like this one, which is of the story: an address, or the id of one that it holds."""
        article = await self.article(story, url_or_id)
        if article is None:
            article = await self._added(story, url_or_id)
        return await self._add(story, Following.LIKE, article.id, made_by, said_in)

    async def _added(self, story: Story, url: str) -> Article:
        """The article of an address, fetched into the story: never one of this machine's files."""
        if not is_address(url):
            raise NotFound(f"{url!r} is no address.", "Addresses begin with https:// or http://.")
        outcomes = [o async for o in self.desk.add(story, [url])]
        if outcomes[0].error is not None:
            raise outcomes[0].error
        return outcomes[0].articles[0]

    async def _add(
        self, story: Story, kind: Following, value: str, made_by: str, said_in: Address | None
    ) -> Follow:
        if len(value) > _LONGEST_ADDRESS:
            raise NotFound(f"This has more than {_LONGEST_ADDRESS} characters.", "Follow something shorter.")
        most = self.desk.settings.tenants.followed
        if self.desk.limited and await asyncio.to_thread(self.store.count, self.desk.tenant) >= most:
            raise LimitReached(
                f"{most} things are followed, as many as are allowed here.", "Unfollow one first.", most
            )
        return await asyncio.to_thread(
            self.store.follow,
            self.desk.tenant,
            story,
            kind,
            value,
            self.desk.clock(),
            interval=self.desk.settings.sources.least_minutes * 60,
            made_by=made_by,
            said_in=said_in,
        )

    async def look(self, url: str, fetcher: Fetcher) -> Target:
        """What stands at an address: a feed, the feed that a page announces, or a page. FetchError, NoArticleFound."""
        page = (await fetcher.ask(url, feed=True)).page
        assert page is not None  # it was not asked on a condition
        try:
            return await self._feed(page, url)
        except NotAFeed as e:
            if b"<" not in page.body or page.content_type in ("application/json", "application/octet-stream"):
                raise
            feeds = announced(page.body, page.url)
            if feeds and not _ARTICLE.search(page.body):
                other = (await fetcher.ask(feeds[0], feed=True)).page
                if other is not None:
                    return await self._feed(other, feeds[0])
            try:
                run = self.desk.reader.worker.run
                article = await run(
                    f"Reading the page {url}", article_from_page, page.body, page.url, page.charset
                )
            except NoArticleFound:
                raise e from None
            return Target(Following.PAGE, url, article.title)

    async def _feed(self, page: Fetched, url: str) -> Target:
        feed = await self.desk.reader.feed(page, url)
        return Target(Following.FEED, url, feed.title, len(feed.entries))

    async def follows(self, story: Story) -> list[Follow]:
        return await asyncio.to_thread(self.store.follows, self.desk.tenant, story)

    async def unfollow(self, story: Story, value: str = "") -> list[Follow]:
        """What is followed no more: the one that `value` names (its words, address, title or number), or all. NotFound."""
        there = await self.follows(story)
        if not value:
            await asyncio.to_thread(self.store.unfollow, self.desk.tenant, story)
            return there
        looked_for = fold(value)
        named = [
            f
            for n, f in enumerate(there, 1)
            if str(n) == value.strip("# ")
            or looked_for in (fold(f.value), fold(f.title))
            or (is_address(value) and canonical_url(value) == canonical_url(f.value))
        ]
        if not named:
            known = ", ".join(f.title or f.value for f in there[:10])
            raise NotFound(
                f"The story {story.slug!r} is not followed by {value!r}.",
                f"It is followed by: {known}." if known else "It is followed by nothing.",
                tuple(f.title or f.value for f in there[:3]),
            )
        for f in named:
            await asyncio.to_thread(self.store.unfollow, self.desk.tenant, story, f.id)
        return named

    async def rest(self, story: Story, resting: bool) -> None:
        """Stop matching new articles to the story, or go on."""
        await asyncio.to_thread(self.store.rest, self.desk.tenant, story, resting)

    # ---- decisions ---------------------------------------------------------------------------------------------------------------

    async def article(self, story: Story, url_or_id: str) -> Article | None:
        """The article that a person means: by its address or id, among the story's and those that were matched."""
        wanted = {url_or_id, identity_of(url_or_id)} if is_address(url_or_id) else {url_or_id}
        near = canonical_url(url_or_id) if is_address(url_or_id) else ""
        members = [m.article for m in await self.desk.members(story)]
        matched = [m.article for m in await self.matches(story)]
        for a in (*members, *matched):
            if a.id in wanted or (near and a.url and canonical_url(a.url) == near):
                return a
        title = fold(url_or_id)
        return next((a for a in (*members, *matched) if title and fold(a.title) == title), None)

    async def include(self, story: Story, url_or_id: str, by: str) -> Article:
        """The article is of the story, whatever a match says: it stays in it. SitrepError where it can't be had."""
        article = await self.article(story, url_or_id)
        held = await asyncio.to_thread(self.desk.store.latest, self.desk.tenant, story)
        if article is None or article.id not in held:
            stored = None
            private = True
            if article is not None:
                own = self.desk.tenant.owner
                stored = await asyncio.to_thread(self.desk.store.stored, article.id, own)
                if stored is None:
                    stored, private = await asyncio.to_thread(self.desk.store.stored, article.id, ""), False
            if stored is not None:
                article = (await self.desk.add_reading(story, stored, private=private)).article
            elif is_address(url_or_id):
                article = await self._added(story, url_or_id)
            else:
                raise NotFound(
                    f"No article {url_or_id!r} was seen for the story {story.slug!r}.",
                    "Give its address.",
                )
        await self._decide(story, article, Decision.IN, by)
        return article

    async def exclude(self, story: Story, url_or_id: str, by: str) -> Article:
        """The article is not of the story: it leaves it, and no match brings it back. NotFound."""
        article = await self.article(story, url_or_id)
        if article is None:
            raise NotFound(
                f"The story {story.slug!r} holds no article {url_or_id!r}.",
                "Give its address or its headline.",
            )
        await self._decide(story, article, Decision.OUT, by)
        return article

    async def _decide(self, story: Story, article: Article, decision: Decision, by: str) -> None:
        verdict = Verdict(_BY_PERSON.score if decision is Decision.IN else 0.0, (), decision)
        await asyncio.to_thread(
            self.store.keep_match,
            self.desk.tenant,
            story,
            article.id,
            verdict,
            self.desk.clock(),
            by or "somebody",
        )

    async def matches(self, story: Story, decision: Decision | None = None, most: int = 200) -> list[Matched]:
        """The newest first."""
        return await asyncio.to_thread(self.store.matches, self.desk.tenant, story, decision, most)


def outlet_named(name: str) -> str:
    """The outlet's name as its articles have it: by its host, or by the name itself. NotFound."""
    wanted = name.strip()
    host = wanted.removeprefix("https://").removeprefix("http://").removeprefix("www.").partition("/")[0]
    known = outlets()
    if host.lower() in known:
        return known[host.lower()]
    by_name = {fold(n): n for n in known.values()}
    if not fold(wanted):
        raise NotFound(f"{name!r} is no outlet's name.", "Give its name or its host, such as lemonde.fr.")
    return by_name.get(fold(wanted), wanted[:200])
