"""Polling: what is followed is asked when it is due, what is new is read, and articles find their stories.

Each feed is a task of its own, so that one's trouble never delays another's; several processes share the work by leases.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import ParamSpec, TypeVar

import structlog

from briefings.desk import Desk
from briefings.errors import (
    ArticleError,
    FetchFailed,
    LimitReached,
    NotAFeed,
    NotFound,
    SitrepError,
    StoreError,
)
from briefings.matching import Example, judge
from briefings.model import (
    LOCAL,
    Article,
    Decision,
    Follow,
    Followed,
    Following,
    Gap,
    Polled,
    Reading,
    Story,
    Tenant,
    Verdict,
)
from briefings.sources import Fetcher
from briefings.sources.cadence import after_failure, after_success
from briefings.sources.feeds import Entry, Feed, announced, read_feed
from briefings.sources.fetch import NONE, Fetched, Validators
from briefings.sources.files import check
from briefings.sources.pages import article_from_page, identity_of, outlet_of
from briefings.sources.robots import Robots
from briefings.store import Polling
from briefings.stories import Grouping, Told

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

#: Tells those who follow a feed that it fails, and since when, or (None) that it is back.
Tell = Callable[[Sequence[tuple[Followed, Follow]], Polled, SitrepError | None, datetime], Awaitable[None]]

_LEASE = timedelta(minutes=10)
_LOOK_EVERY = 5.0  # seconds between two looks for what another process has followed
_INLINE = 60_000  # bytes of a feed that are read here; longer ones in the child process
_TRIES = 5  # questions for an entry's page before it is left at what the feed gives
_TEASER = 60  # characters of a feed's own text that are better than nothing
_SHRUNK = 0.4  # a page that shows less than this share of what it did has been locked, not revised
_OLD_ENTRIES = timedelta(days=60)
_FIRST_RECHECK = 3_600.0  # seconds after which an article's page is looked at again
_EXAMPLES = 12  # articles that a story's new ones are compared with
_BACKGROUND = "background"  # the name under which it is remembered what is common
_MOST_COUNTED = 2_000  # articles
_SAVE_EVERY = timedelta(minutes=5)
_PRUNE_EVERY, _UNDECIDED = timedelta(hours=6), timedelta(days=30)
_PENDING = "pending"  # in place of a digest: something in the feed is to be asked for again
_SUFFIXES = frozenset([".txt", ".md", ".html", ".htm", ".xhtml", ".json", ".jsonl"])
_MOST_FILES = 2_000  # of one folder


@dataclass(frozen=True, slots=True)
class _Found:
    """An article as it was gathered, and whether it is its tenant's alone. `gap` is what was missing; `again`: this was
    tried before."""

    article: Article
    private: bool
    paged: bool = False
    gap: SitrepError | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question to a feed brought."""

    news: bool = False
    published: tuple[datetime, ...] = ()
    holds: float | None = None
    title: str = ""
    url: str = ""
    validators: Validators = NONE
    digest: str = ""


class Collector:
    """Polls for all tenants. `changed` is called after articles have come in; `tell` as above."""

    def __init__(
        self,
        desk: Desk,
        fetcher: Fetcher,
        name: str,
        randomness: Random,
        tell: Tell,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.desk = desk
        self.settings = desk.settings.sources
        self.fetcher = fetcher
        self.robots = Robots(fetcher) if self.settings.robots else None
        self.name = name[:64]
        self.randomness = randomness
        self.tell = tell
        self.changed = changed
        self.grouping = Grouping()
        self._wanted = asyncio.Event()
        self._polls: set[asyncio.Task[None]] = set()
        self._saved = self._pruned = desk.clock()
        self._examples: dict[int, tuple[int, list[Example]]] = {}

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(function, *args, **kwargs)

    # ---- life ----------------------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Look at once for what is due."""
        self._wanted.set()

    async def prepare(self) -> None:
        """Have what the operator follows followed, and recall what is common."""
        store, now = self.desk.store, self.desk.clock()
        wanted: dict[str, Following] = dict.fromkeys(self.settings.feeds, Following.FEED)
        wanted |= {str(p.resolve()): Following.FOLDER for p in self.settings.folders}
        await self._call(store.follows.keep_operators, wanted, now, self.settings.least_minutes * 60)
        kept = await self._call(store.tenants.remembered, _BACKGROUND)
        if kept:
            with suppress(ValueError, KeyError, TypeError):
                self.grouping = Grouping.load(json.loads(kept))

    async def run(self) -> None:
        """Poll until cancelled; what is under way is cancelled too, and asked again later."""
        try:
            while True:
                self._wanted.clear()
                wait = _LOOK_EVERY
                try:
                    wait = await self._round()
                except StoreError as e:
                    log.error("can't look for what is due", why=e.message)
                except Exception:  # a mistake of ours: the log has it, polling goes on
                    log.exception("can't look for what is due")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), wait)
        finally:
            for task in self._polls:
                task.cancel()
            await asyncio.gather(*self._polls, return_exceptions=True)
            with suppress(SitrepError):
                await self._remember()

    async def once(self) -> int:
        """Ask all that is due, to the end; how many were asked."""
        asked = 0
        while True:
            taken = await self._take()
            if not taken and not self._polls:
                await self._remember()
                return asked
            asked += len(taken)
            if self._polls:
                await asyncio.wait(self._polls, return_when=asyncio.FIRST_COMPLETED)

    async def _round(self) -> float:
        """Begin what is due and has room; for how many seconds there is nothing to do."""
        taken = await self._take()
        now = self.desk.clock()
        if now - self._saved > _SAVE_EVERY:
            self._saved = now
            await self._remember()
        if now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            await self._call(self.desk.store.follows.prune, now - _UNDECIDED)
        if taken:
            return 0.0 if len(self._polls) < self.settings.at_once else _LOOK_EVERY
        due = await self._call(self.desk.store.follows.next_due)
        if due is None or len(self._polls) >= self.settings.at_once:
            return _LOOK_EVERY
        return min(_LOOK_EVERY, max(0.2, (due - self.desk.clock()).total_seconds()))

    async def _take(self) -> list[Polled]:
        room = self.settings.at_once - len(self._polls)
        if room <= 0:
            return []
        now = self.desk.clock()
        taken = await self._call(self.desk.store.follows.lease, self.name, now, now + _LEASE, room)
        for polled in taken:
            task = asyncio.create_task(self._poll(polled))
            self._polls.add(task)
            task.add_done_callback(self._ended)
        return taken

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        self._wanted.set()

    async def _remember(self) -> None:
        self.grouping.forget(_MOST_COUNTED)
        await self._call(self.desk.store.tenants.remember, _BACKGROUND, json.dumps(self.grouping.dump()))

    # ---- one feed --------------------------------------------------------------------------------------------------------------

    async def _poll(self, polled: Polled) -> None:
        """Ask once, and keep what came of it. Nothing raises."""
        try:
            await self._polled(polled)
        except asyncio.CancelledError:
            raise
        except StoreError as e:  # it is asked again when its lease ends
            log.error("a feed can't be kept", feed=polled.url, why=e.message)
        except Exception:
            log.exception("a feed can't be polled", feed=polled.url)

    async def _polled(self, polled: Polled) -> None:
        store = self.desk.store.follows
        error: SitrepError | None = None
        asked = _Asked()
        try:
            asked = await self._ask(polled)
        except StoreError:
            raise
        except SitrepError as e:
            error = e
        now = self.desk.clock()
        gone = isinstance(error, FetchFailed) and error.status == 410
        if error is not None:
            retry = error.retry_after if isinstance(error, FetchFailed) else None
            spread = self.randomness.random()
            when = after_failure(polled.failures + 1, now, self.settings, spread, retry)
            outcome = Polling(
                when.due, when.interval, now, why=error.message, error=type(error).__name__, gone=gone
            )
            log.info("feed failed", feed=polled.url, why=error.message, failures=polled.failures + 1)
        else:
            when = after_success(
                polled.interval,
                now,
                self.settings,
                news=asked.news,
                published=asked.published,
                holds=asked.holds,
            )
            if polled.kind is Following.FOLDER:
                when = replace(when, due=now + timedelta(seconds=self.settings.folder_seconds))
            outcome = Polling(
                when.due, when.interval, now, asked.url, asked.title, asked.validators.etag,
                asked.validators.modified, asked.digest, asked.news,
            )  # fmt: skip
        if not await self._call(store.settle, polled, self.name, outcome):
            return
        await self._told(polled, error, now, gone)
        if polled.article and (gone or self._watched_enough(polled, now)):
            await self._call(store.unwatch, polled)

    def _watched_enough(self, polled: Polled, now: datetime) -> bool:
        since = polled.created or now
        return now - since > timedelta(days=self.settings.recheck_days)

    async def _told(self, polled: Polled, error: SitrepError | None, now: datetime, gone: bool) -> None:
        """Tell who follows it by name that it has failed for long, or is back: once each."""
        store = self.desk.store.follows
        if error is None and not polled.told:
            return
        failing = polled.failing or now
        long = now - failing >= timedelta(hours=self.settings.tell_after_hours)
        if error is not None and (polled.told or not (long or gone)):
            return
        followers = await self._call(store.told_at, polled.id)
        if not followers:
            return
        if error is not None and not await self._call(store.told, polled):
            return
        for followed, _ in followers:
            with suppress(NotFound):
                gap = Gap(polled.url, error.message, kind=type(error).__name__) if error is not None else None
                await self._gap(followed.tenant, followed.story, polled.url, gap)
        await self.tell(followers, polled, error, failing)

    async def _gap(self, tenant: Tenant, story: Story, what: str, gap: Gap | None) -> None:
        store = self.desk.store
        if gap is None:
            await self._call(store.close_gap, tenant, story, what)
        else:
            await self._call(store.add_gap, tenant, story, gap, self.desk.clock())

    async def _ask(self, polled: Polled) -> _Asked:
        if polled.kind is Following.FOLDER:
            return await self._folder(polled)
        if self.robots is not None:
            await self.robots.check(polled.url, self.desk.clock())
        known = Validators(polled.etag, polled.modified)
        answer = await self.fetcher.ask(polled.url, known, feed=polled.kind is Following.FEED)
        if answer.page is None:
            return _Asked(holds=answer.fresh, url=answer.moved, validators=answer.validators)
        digest = sha256(answer.page.body).hexdigest()
        asked = _Asked(holds=answer.fresh, url=answer.moved, validators=answer.validators, digest=digest)
        if digest == polled.digest:
            return asked
        if polled.kind is Following.PAGE:
            return replace(asked, news=await self._page(polled, answer.page))
        return await self._feed(polled, answer.page, asked)

    async def _feed(self, polled: Polled, page: Fetched, asked: _Asked) -> _Asked:
        try:
            feed = await self._read_feed(page)
        except NotAFeed:
            others = [a for a in announced(page.body, page.url) if a != polled.url]
            if not others:
                raise
            return replace(asked, url=others[0], digest="", validators=NONE, news=True)
        published = tuple(e.published for e in feed.entries if e.published is not None)
        news, done, known = await self._entries(polled, feed, page.public)
        if not done:  # the rest is asked for again, whether the feed changes or not
            asked = replace(asked, digest=_PENDING, validators=NONE)
        if known:
            keys, old = [e.key for e in feed.entries], self.desk.clock() - _OLD_ENTRIES
            await self._call(self.desk.store.follows.forget_entries, polled.id, keys, old)
        holds = max((x for x in (asked.holds, feed.ttl) if x is not None), default=None)
        return replace(asked, news=news, published=published, holds=holds, title=feed.title)

    async def _read_feed(self, page: Fetched) -> Feed:
        most = self.settings.entries
        if len(page.body) <= _INLINE:
            return read_feed(page.body, page.url, page.charset, most)
        run = self.desk.reader.worker.run
        return await run(f"Reading the feed {page.url}", read_feed, page.body, page.url, page.charset, most)

    async def _entries(self, polled: Polled, feed: Feed, public: bool) -> tuple[bool, bool, bool]:
        """Read the entries that are new or have other words; whether there was one, whether all are done with, and
        whether the feed was known."""
        store = self.desk.store.follows
        known = await self._call(store.known_entries, polled.id, [e.key for e in feed.entries])
        fresh = [e for e in feed.entries if known.get(e.key, ("", 0))[0] != e.digest]
        if not fresh:
            return False, True, bool(known)
        all_done = True
        followed = await self._call(store.followed, polled.id)
        for entry in reversed(fresh):  # the oldest first, as they came out
            tries = known.get(entry.key, ("", 0))[1]
            done = await self._entry(polled, feed, entry, followed, public, tries)
            if not done and tries + 1 >= _TRIES:
                done = True
            digest, tries = (entry.digest, 0) if done else ("", tries + 1)
            await self._call(store.keep_entry, polled.id, entry.key, digest, self.desk.clock(), tries)
            all_done &= done
        return True, all_done, bool(known)

    async def _entry(
        self, polled: Polled, feed: Feed, entry: Entry, followed: Sequence[Followed], public: bool, tries: int
    ) -> bool:
        """One entry read and matched; False where its page is to be asked for again."""
        found = await self._article(entry, feed, public, tries)
        if found is None:
            return False
        try:
            reading = await self.desk.reader.read(found.article)
        except SitrepError as e:
            log.info("an entry can't be read", url=entry.url, why=e.message)
            return True
        complete = await self._place(reading, replace(found, again=tries > 0), followed, polled.id)
        return complete and found.gap is None

    async def _article(self, entry: Entry, feed: Feed, public: bool, tries: int) -> _Found | None:
        """The article of an entry: the feed's own text where that is whole, else its page's, else the feed's all the same."""
        now = self.desk.clock()
        published = (
            entry.published if entry.published is None or entry.published <= now + timedelta(days=1) else None
        )
        own = Article(
            id=identity_of(entry.url) if entry.url else f"feed-{entry.key}",
            text=entry.text,
            title=entry.title,
            outlet=outlet_of(entry.url) if entry.url else feed.title[:200],
            url=entry.url,
            language=entry.language,
            published=published,
            byline=entry.byline,
        )
        if entry.full or not entry.url:
            return _Found(own, not public) if len(own.text) >= _TEASER else None
        try:
            page = await self._fetch(entry.url)
            article = await self._extracted(page)
        except SitrepError as e:
            if len(own.text) < _TEASER:
                log.info("an entry can't be fetched", url=entry.url, why=e.message)
                return None
            return _Found(own, not public, gap=e)
        article = replace(
            article,
            title=article.title or own.title,
            published=published or article.published,  # a page often gives the day alone
            byline=article.byline or own.byline,
        )
        return _Found(article, not (public and page.public), paged=True)

    async def _fetch(self, url: str) -> Fetched:
        if self.robots is not None:
            await self.robots.check(url, self.desk.clock())
        return await self.fetcher.fetch(url)

    async def _extracted(self, page: Fetched) -> Article:
        run = self.desk.reader.worker.run
        article = await run(
            f"Reading the page {page.url}", article_from_page, page.body, page.url, page.charset
        )
        check(article, self.desk.settings.limits, page.url)
        return article

    # ---- stories -----------------------------------------------------------------------------------------------------------------

    async def _place(
        self, reading: Reading, found: _Found, followed: Sequence[Followed], feed: int | None
    ) -> bool:
        """Into each story that it belongs to; False where one of them could not take it today."""
        article, complete = reading.article, True
        matched = placed = False
        for each in followed:
            examples = await self._examples_of(each)
            verdict = judge(article, reading.language, each.by, feed, examples, self.grouping)
            if verdict.decision is Decision.OUT:
                continue
            matched = True
            try:
                placed |= await self._join(each, reading, found, verdict)
            except LimitReached as e:
                complete = False
                log.warning("an article is left out", story=each.story.slug, why=e.message)
                await self._gap(
                    each.tenant, each.story, article.url or article.id,
                    Gap(article.url or article.id, e.message, kind=type(e).__name__),
                )  # fmt: skip
            except NotFound:
                continue  # the story was removed meanwhile
        if not matched:
            self.grouping.count([Told(article.id, article.title, article.text, reading.language)])
            await self._revise(reading, found)
        if placed:
            self.changed()
        return complete

    async def _join(self, each: Followed, reading: Reading, found: _Found, verdict: Verdict) -> bool:
        """Into the story, unless a person has decided otherwise; what may belong is kept for a person to decide."""
        desk = self.desk.of(each.tenant) if each.tenant != LOCAL else self.desk
        added = await desk.add_reading(each.story, reading, private=found.private, verdict=verdict)
        if added.placed:
            await self._after_adding(each, added.article, found)
        return added.placed and added.what != "unchanged"

    async def _after_adding(self, each: Followed, article: Article, found: _Found) -> None:
        """Its page is looked at again later; what was missing of it is told."""
        what = article.url or article.id
        if found.gap is not None:
            gap = Gap(
                what, f"Only the feed's own words could be read: {found.gap.message}", kind="OnlyTeaser"
            )
            await self._gap(each.tenant, each.story, what, gap)
        elif article.url and found.again:
            await self._gap(each.tenant, each.story, what, None)
        if found.paged and self.settings.recheck_days:
            owner = f"{each.tenant.platform}/{each.tenant.id}" if found.private else ""
            due = self.desk.clock() + timedelta(seconds=_FIRST_RECHECK)
            await self._call(
                self.desk.store.follows.watch, article.id, owner, article.url, due, _FIRST_RECHECK
            )

    async def _revise(self, reading: Reading, found: _Found) -> None:
        """A public article that stories hold already, whatever brought it here: they get its new words."""
        if found.private or found.gap is not None:
            return
        for tenant, story in (await self._call(self.desk.store.follows.holders, reading.article.id, ""))[:1]:
            desk = self.desk.of(tenant) if tenant != LOCAL else self.desk
            added = await desk.add_reading(story, reading, private=False)
            if added.what == "revised":
                self.changed()

    async def _examples_of(self, each: Followed) -> list[Example]:
        """What the story is like: the articles that were named, as they stand now."""
        likes = [f.value for f in each.by if f.kind is Following.LIKE]
        if not likes:
            return []
        version = (await self._call(self.desk.store.version, each.tenant, each.story)).articles
        kept = self._examples.get(each.story.id)
        if kept is not None and kept[0] == version:
            return kept[1]
        latest = await self._call(self.desk.store.latest, each.tenant, each.story)
        named = [(x, latest[x]) for x in likes if x in latest][-_EXAMPLES:]
        stored = await self._call(self.desk.store.readings, each.tenant, each.story, named)
        found = [
            Example(article, reading.language if reading is not None else article.language or "en")
            for article, reading in stored
        ]
        self._examples[each.story.id] = version, found
        return found

    # ---- pages and folders ---------------------------------------------------------------------------------------------------------

    async def _page(self, polled: Polled, page: Fetched) -> bool:
        """A page that is followed, or an article's: read again where it has other words."""
        article = await self._extracted(page)
        store = self.desk.store
        before = await self._call(store.stored, polled.article or article.id, polled.owner)
        if before is not None:
            was = before.article
            if len(article.text) < _SHRUNK * len(was.text):
                log.info("a page shows less than it did", url=page.url)
                return False
            article = replace(
                article, id=was.id, outlet=was.outlet, url=was.url, published=was.published or article.published,
                title=article.title or was.title, byline=article.byline or was.byline, agency=was.agency,
                language=was.language,
            )  # fmt: skip
        found = _Found(article, private=not page.public or bool(polled.owner), paged=False)
        reading = await self.desk.reader.read(article)
        news = False
        holders = await self._call(store.follows.holders, article.id, polled.owner) if polled.article else []
        for tenant, story in holders[:1]:  # the others hold the same article
            desk = self.desk.of(tenant) if tenant != LOCAL else self.desk
            news |= (await desk.add_reading(story, reading, private=found.private)).what == "revised"
        if news:
            log.info("an article was revised", url=page.url)
            self.changed()
        followed = await self._call(store.follows.followed, polled.id)
        if followed:
            await self._place(reading, found, followed, polled.id)
        return news or before is None

    async def _folder(self, polled: Polled) -> _Asked:
        """The files of a folder that are new or were changed. They are the command line's alone."""
        folder = Path(polled.url)
        files = await self._call(_files_in, folder)
        store = self.desk.store.follows
        known = await self._call(store.known_entries, polled.id, list(files))
        fresh = {k: v for k, v in files.items() if known.get(k, ("", 0))[0] != v[1]}
        if not fresh:
            return _Asked()
        followed = [f for f in await self._call(store.followed, polled.id) if f.tenant == LOCAL]
        for key, (path, digest) in sorted(fresh.items(), key=lambda x: x[1][0]):
            try:
                gathered = await self.desk.reader.gather(str(path), self.fetcher)
                for article in gathered.articles:
                    reading = await self.desk.reader.read(article)
                    await self._place(reading, _Found(article, private=True), followed, polled.id)
                for each in followed:
                    await self._gap(each.tenant, each.story, str(path), None)
            except StoreError:
                raise
            except SitrepError as e:
                log.warning("a file can't be read", path=str(path), why=e.message)
                for each in followed:
                    gap = Gap(str(path), e.message, kind=type(e).__name__)
                    await self._gap(each.tenant, each.story, str(path), gap)
            await self._call(store.keep_entry, polled.id, key, digest, self.desk.clock())
        return _Asked(news=True)


def _files_in(folder: Path) -> Mapping[str, tuple[Path, str]]:
    """The articles' files of a folder: key → path and what changes with it. NotFound, ArticleError."""
    try:
        found = {}
        for path in sorted(folder.iterdir())[:_MOST_FILES]:
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file():
                stat = path.stat()
                digest = f"{stat.st_mtime_ns}-{stat.st_size}"
                found[sha256(path.name.encode("utf-8", "replace")).hexdigest()[:24]] = path, digest
        return found
    except FileNotFoundError as e:
        raise NotFound(f"There is no folder {folder}.", "Make it, or follow another.") from e
    except OSError as e:
        raise ArticleError(f"The folder {folder} can't be read: {e.strerror or e}.") from e
