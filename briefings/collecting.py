"""Polling: what is followed is asked when it is due, what is new is read, and articles find their stories.

Each feed is a task of its own, so that one's trouble never delays another's; several processes share the work by leases.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

import structlog

from briefings.desk import Desk
from briefings.errors import (
    ArticleError,
    EmptyArticle,
    FetchError,
    FetchFailed,
    NotAFeed,
    NotFound,
    SitrepError,
    StoreError,
)
from briefings.model import (
    LOCAL,
    Article,
    Follow,
    Followed,
    Following,
    Gap,
    Polled,
    Reading,
)
from briefings.placing import Found, Placing, shrunk
from briefings.sources.cadence import after_failure, after_success
from briefings.sources.feeds import Entry, Feed, announced, read_feed
from briefings.sources.fetch import NONE, Fetched, Fetcher, Validators
from briefings.sources.files import check
from briefings.sources.pages import identity_of, one_site, outlet_of
from briefings.sources.robots import Robots
from briefings.store import Polling
from briefings.stories import Grouping

log = structlog.get_logger()

#: Tells those who follow a feed that it fails, and since when, or (None) that it is back.
Tell = Callable[[Sequence[tuple[Followed, Follow]], Polled, SitrepError | None, datetime], Awaitable[None]]

_LEASE = timedelta(minutes=10)
_LOOK_EVERY = 5.0  # seconds between two looks for what another process has followed
_INLINE = 60_000  # bytes of a feed that are read here; longer ones in the child process
_FEW = 3  # polls under way, up to which what they bring is read here
_AT_START, _MORE_A_SECOND, _AT_START_EVERY = (
    8,
    16,
    0.25,
)  # polls under way, and seconds between two looks at them
_TRIES = 5  # questions for an entry's page before it is left at what the feed gives
_TEASER = 60  # characters of a feed's own text that are better than nothing
_OLD_ENTRIES = timedelta(days=60)
_BACKGROUND = "background"  # the name under which it is remembered what is common
_MOST_COUNTED = 2_000  # articles
_SAVE_EVERY = timedelta(minutes=5)
_PRUNE_EVERY, _UNDECIDED = timedelta(hours=6), timedelta(days=30)
_PENDING = "pending"  # in place of a digest: something in the feed is to be asked for again
_SUFFIXES = frozenset([".txt", ".md", ".html", ".htm", ".xhtml", ".json", ".jsonl"])
_MOST_FILES = 2_000  # of one folder


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


class _State(Enum):
    """What has become of an entry: done with, to be asked for again, or for a day with room for it."""

    DONE = "done"
    AGAIN = "again"
    LATER = "later"


class Collector:
    """Polls for all tenants. `changed` is called after articles have come in; `tell` as above.

    `name` is what no other process is called while this one runs; "" for one that is made up.
    """

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
        self.name = (name or uuid4().hex)[:64]
        self.randomness = randomness
        self.tell = tell
        self.placing = Placing(desk, changed)
        self._wanted = asyncio.Event()
        self._ahead: deque[Polled] = deque()  # leased, and begun as soon as there is room
        self._polls: set[asyncio.Task[None]] = set()
        self._outcomes: list[tuple[Polled, Polling, asyncio.Future[bool]]] = []
        self._settling: asyncio.Task[None] | None = None
        self._started = 0.0  # seconds of the loop's clock
        self._ending = False
        self._one_here = asyncio.Lock()  # reads in this process, where it holds up everything else
        self._saved = self._pruned = desk.clock()

    # ---- life ----------------------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Look at once for what is due."""
        self._wanted.set()

    async def prepare(self) -> None:
        """Have what the operator follows followed, and recall what is common. What a killed process of this name was
        at is due again.
        """
        store, now = self.desk.store, self.desk.clock()
        await asyncio.to_thread(store.follows.release, self.name)
        wanted: dict[str, Following] = dict.fromkeys(self.settings.feeds, Following.FEED)
        wanted |= {str(p.resolve()): Following.FOLDER for p in self.settings.folders}
        await asyncio.to_thread(store.follows.keep_operators, wanted, now, self.settings.least_minutes * 60)
        kept = await asyncio.to_thread(store.tenants.remembered, _BACKGROUND)
        if kept:
            with suppress(ValueError, KeyError, TypeError):
                self.placing.grouping = Grouping.load(json.loads(kept))

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
                    async with asyncio.timeout(wait):  # Python 3.11's wait_for may lose a cancellation
                        await self._wanted.wait()
        finally:
            self._ending = True
            for task in self._polls:
                task.cancel()
            await asyncio.gather(*self._polls, return_exceptions=True)
            if self._settling is not None:
                await asyncio.gather(self._settling, return_exceptions=True)
            with suppress(SitrepError):
                await asyncio.to_thread(self.desk.store.follows.release, self.name)
                await self._remember()

    async def once(self) -> int:
        """Ask all that is due, to the end; how many were asked."""
        asked = 0
        while True:
            asked += await self._take()
            if not self._polls:
                await self._remember()
                return asked
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
            await asyncio.to_thread(self.desk.store.follows.prune, now - _UNDECIDED)
        if self._ahead:  # whatever ends begins another
            return _LOOK_EVERY if len(self._polls) >= self.settings.at_once else _AT_START_EVERY
        if taken:
            return 0.0
        due = await asyncio.to_thread(self.desk.store.follows.next_due, now)
        if due is None:
            return _LOOK_EVERY
        return min(_LOOK_EVERY, max(0.2, (due - self.desk.clock()).total_seconds()))

    async def _take(self) -> int:
        """Lease what is due, some of it ahead, since a transaction for many costs as much as for one; how many."""
        taken: list[Polled] = []
        if not self._ahead:
            room, now = 2 * self.settings.at_once - len(self._polls), self.desk.clock()
            taken = await asyncio.to_thread(self.desk.store.follows.lease, self.name, now, now + _LEASE, room)
            self._ahead.extend(taken)
        self._begin()
        return len(taken)

    def _begin(self) -> None:
        """As many as there is room for: few at first, and more by and by, so that a start with much to read does not hold
        up all else, the first briefing of it not the least.
        """
        if self._ending:
            return
        now = asyncio.get_running_loop().time()
        self._started = self._started or now
        most = min(self.settings.at_once, _AT_START + int(_MORE_A_SECOND * (now - self._started)))
        while self._ahead and len(self._polls) < most:
            task = asyncio.create_task(self._poll(self._ahead.popleft()))
            self._polls.add(task)
            task.add_done_callback(self._ended)

    @property
    def _busy(self) -> bool:
        """Whether so much is under way that reading it here would hold up everything else, and the child is there."""
        if len(self._polls) <= _FEW:
            return False
        worker = self.desk.reader.worker
        if not worker.up:
            worker.warm()
        return worker.up

    @asynccontextmanager
    async def _here(self) -> AsyncIterator[bool]:
        """Whether something short is read in this process; then one after the other, and all else has its turn between."""
        if self._busy:
            yield False
            return
        async with self._one_here:
            here = not self._busy
            if here:
                began = perf_counter()
                yield True
                await asyncio.sleep(perf_counter() - began)
        if not here:
            yield False

    async def _read(self, article: Article) -> Reading:
        if len(article.text) <= self.desk.settings.limits.inline_characters:
            async with self._here() as here:
                if here:
                    return await self.desk.reader.read(article)
        return await self.desk.reader.read(article, aside=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        self._begin()
        if not self._ahead:
            self._wanted.set()

    async def _remember(self) -> None:
        self.placing.grouping.forget(_MOST_COUNTED)
        await asyncio.to_thread(
            self.desk.store.tenants.remember, _BACKGROUND, json.dumps(self.placing.grouping.dump())
        )

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
        if error is None:
            await self._told(polled, None, now, gone)  # before it is forgotten that they know
        if not await self._settle(polled, outcome):
            return
        if error is not None:
            await self._told(polled, error, now, gone)
        if polled.article and (gone or self._watched_enough(polled, now)):
            await asyncio.to_thread(store.unwatch, polled)

    async def _settle(self, polled: Polled, outcome: Polling) -> bool:
        """Keep it with whatever else ends meanwhile: a transaction for many costs little more than for one."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._outcomes.append((polled, outcome, mine))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle_all())
        return await mine

    async def _settle_all(self) -> None:
        while self._outcomes:
            together, self._outcomes = self._outcomes, []
            try:
                await self._settle_these(together)
            except Exception as e:
                if len(together) == 1:
                    _end(together[0][2], e)
                    continue
                for one in together:  # one's trouble is not the others'
                    try:
                        await self._settle_these([one])
                    except Exception as e:
                        _end(one[2], e)

    async def _settle_these(self, together: Sequence[tuple[Polled, Polling, asyncio.Future[bool]]]) -> None:
        kept = [(polled, outcome) for polled, outcome, _ in together]
        ours = await asyncio.to_thread(self.desk.store.follows.settle, self.name, kept)
        for (_, _, mine), own in zip(together, ours, strict=True):
            if not mine.done():
                mine.set_result(own)

    def _watched_enough(self, polled: Polled, now: datetime) -> bool:
        since = polled.created or now
        return now - since > timedelta(days=self.settings.recheck_days)

    async def _told(self, polled: Polled, error: SitrepError | None, now: datetime, gone: bool) -> None:
        """Tell who follows it by name that it has failed for long, or is back: once each.

        It is noted as told after it was: who is told twice has lost less than who is never told.
        """
        store = self.desk.store.follows
        if error is None and not polled.told:
            return
        failing = polled.failing or now
        long = now - failing >= timedelta(hours=self.settings.tell_after_hours)
        if error is not None and (polled.told or not (long or gone)):
            return
        followers = await asyncio.to_thread(store.told_at, polled.id)
        if not followers:
            return
        for followed, follow in followers:
            what = follow.value
            gap = Gap(what, error.message, kind=type(error).__name__) if error is not None else None
            with suppress(NotFound):
                await self.placing.gap(followed.tenant, followed.story, what, gap)
        await self.tell(followers, polled, error, failing)
        if error is not None:
            await asyncio.to_thread(store.told, polled)

    async def _ask(self, polled: Polled) -> _Asked:
        if polled.kind is Following.FOLDER:
            return await self._folder(polled)
        await self._permitted(polled.url)
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
            other = (await self.fetcher.ask(others[0], feed=True)).page if others else None
            if other is None:
                raise
            await self._read_feed(other)  # NotAFeed where that is none either
            return replace(asked, url=others[0], digest="", validators=NONE, news=True)
        published = tuple(e.published for e in feed.entries if e.published is not None)
        news, done, known = await self._entries(polled, feed, page.public)
        if not done:  # the rest is asked for again, whether the feed changes or not
            asked = replace(asked, digest=_PENDING, validators=NONE)
        if known:
            keys, old = [e.key for e in feed.entries], self.desk.clock() - _OLD_ENTRIES
            await asyncio.to_thread(self.desk.store.follows.forget_entries, polled.id, keys, old)
        holds = max((x for x in (asked.holds, feed.ttl) if x is not None), default=None)
        return replace(asked, news=news, published=published, holds=holds, title=feed.title)

    async def _read_feed(self, page: Fetched) -> Feed:
        if len(page.body) <= _INLINE:
            async with self._here() as here:
                if here:
                    return read_feed(page.body, page.url, page.charset, self.settings.entries)
        return await self.desk.reader.feed(page, page.url)

    async def _entries(self, polled: Polled, feed: Feed, public: bool) -> tuple[bool, bool, bool]:
        """Read the entries that are new or have other words; whether there was one, whether all are done with, and
        whether the feed was known."""
        store = self.desk.store.follows
        known = await asyncio.to_thread(store.known_entries, polled.id, [e.key for e in feed.entries])
        fresh = [e for e in feed.entries if known.get(e.key, ("", 0))[0] != e.digest]
        if not fresh:
            return False, True, bool(known)
        all_done = True
        followed = await asyncio.to_thread(store.followed, polled.id)
        renewed = self.desk.clock()
        for entry in reversed(fresh):  # the oldest first, as they came out
            now = self.desk.clock()
            if now - renewed > _LEASE / 4:
                renewed = now
                await asyncio.to_thread(store.renew, polled, self.name, now + _LEASE)
            looked_at, tries = known.get(entry.key, (None, 0))
            if looked_at == "" and not tries and not await self.placing.has_room(followed):
                all_done = False  # it had no room before, and there is none yet: its page need not be fetched
                continue
            state = await self._entry(polled, feed, entry, followed, public, tries, again=entry.key in known)
            if state is _State.DONE or (state is _State.AGAIN and tries + 1 >= _TRIES):
                await asyncio.to_thread(store.keep_entry, polled, entry.key, entry.digest, self.desk.clock())
                continue
            all_done = False
            tries += state is _State.AGAIN  # what had no room today is not the entry's fault
            await asyncio.to_thread(store.keep_entry, polled, entry.key, "", self.desk.clock(), tries)
        return True, all_done, bool(known)

    async def _entry(
        self,
        polled: Polled,
        feed: Feed,
        entry: Entry,
        followed: Sequence[Followed],
        public: bool,
        tries: int,
        *,
        again: bool,
    ) -> _State:
        """One entry read and matched; `again`: it was looked at before."""
        try:
            found = await self._article(polled, entry, feed, public, tries)
            if isinstance(found, Found):
                reading = await self._read(found.article)
        except StoreError:
            raise
        except SitrepError as e:
            found = e
        if not isinstance(found, Found):
            log.info("an entry can't be read", url=entry.url, why=found.message)
            if tries + 1 >= _TRIES or not isinstance(found, FetchError):
                outlet = outlet_of(entry.url) if entry.url else feed.title
                headline = Article("", "", entry.title, outlet, entry.url)
                await self.placing.missed(headline, entry.language or "en", followed, polled.id, found)
                return _State.DONE
            return _State.AGAIN
        if not await self.placing.place(reading, replace(found, again=again), followed, polled.id):
            return _State.LATER
        return _State.DONE if found.gap is None else _State.AGAIN

    async def _article(
        self, polled: Polled, entry: Entry, feed: Feed, public: bool, tries: int
    ) -> Found | SitrepError:
        """The article of an entry: the feed's own text where that is whole, else its page's, else the feed's all the same.

        What a feed says under another site's address is never taken for that site's article. The error, where there is
        nothing to read.
        """
        now = self.desk.clock()
        ahead = entry.published is not None and entry.published > now + timedelta(days=1)
        published = None if ahead else entry.published
        theirs = bool(entry.url) and _of_one_site(polled.url, entry.url)
        own = Article(
            id=identity_of(entry.url) if theirs else _own_id(polled.url, entry.key),
            text=entry.text,
            title=entry.title,
            outlet=outlet_of(entry.url) if theirs else (feed.title[:200] or outlet_of(polled.url)),
            url=entry.url,
            language=entry.language,
            published=published,
            byline=entry.byline,
        )
        if not entry.url or (entry.full and theirs):
            if len(own.text) < _TEASER:
                return EmptyArticle(f"The entry {entry.title or entry.key!r} has neither text nor address.")
            check(own, self.desk.settings.limits, entry.url or polled.url)
            return Found(own, not public)
        try:
            await self._permitted(entry.url)
            page = await self.fetcher.fetch(entry.url)
            article = await self.desk.reader.page(page, page.url)
        except StoreError:
            raise
        except SitrepError as e:
            return Found(own, not public, gap=e, at=entry.url) if len(own.text) >= _TEASER else e
        article = replace(
            article,
            id=own.id if tries and theirs else article.id,  # as long as its page failed, it had this one
            title=article.title or own.title,
            published=published or article.published,  # a page often gives the day alone
            byline=article.byline or own.byline,
        )
        return Found(article, not (public and page.public), paged=True, at=entry.url)

    async def _permitted(self, url: str) -> None:
        """RobotsRefused, unless the settings do not ask."""
        if self.robots is not None:
            await self.robots.check(url, self.desk.clock())

    # ---- pages and folders ---------------------------------------------------------------------------------------------------------

    async def _page(self, polled: Polled, page: Fetched) -> bool:
        """A page that is followed, or an article's: read again where it has other words."""
        article = await self.desk.reader.page(page, page.url)
        store = self.desk.store
        identity = polled.article or article.id
        holders = await asyncio.to_thread(store.follows.holders, identity)
        owners = [polled.owner, *(owner for _, _, owner in holders)]
        kept = [await asyncio.to_thread(store.stored, identity, owner) for owner in dict.fromkeys(owners)]
        before = next((k for k in kept if k is not None), None)
        if before is not None:
            was = before.article
            if shrunk(article, was):
                log.info("a page shows less than it did", url=page.url)
                return False
            article = replace(
                article, id=was.id, outlet=was.outlet, url=was.url, published=was.published or article.published,
                title=article.title or was.title, byline=article.byline or was.byline, agency=was.agency,
                language=was.language,
            )  # fmt: skip
        found = Found(article, private=not page.public or bool(polled.owner), again=True)
        reading = await self.desk.reader.read(article)
        everyone = [Followed(tenant, story, ()) for tenant, story, _ in holders]
        news = await self.placing.revise(reading, found, everyone)
        if news:
            log.info("an article was revised", url=page.url)
            self.placing.changed()
        followed = await asyncio.to_thread(store.follows.followed, polled.id)
        if followed:
            await self.placing.place(reading, found, followed, polled.id)
        return news or before is None

    async def _folder_gaps(
        self,
        folder: Path,
        files: Mapping[str, tuple[Path, str]],
        more: bool,
        followed: Sequence[Followed],
    ) -> None:
        """What is missing of a folder is told as long as it is: a file that is gone is not missing any more."""
        there = {str(path) for path, _ in files.values()}
        for each in followed:
            with suppress(NotFound):
                gaps = await asyncio.to_thread(self.desk.store.gaps, each.tenant, each.story)
                for gap in gaps:
                    if Path(gap.what).parent == folder and gap.what not in there:
                        await self.placing.gap(each.tenant, each.story, gap.what, None)
                known = any(g.what == str(folder) for g in gaps)
                if more != known:
                    await self.placing.gap(
                        each.tenant, each.story, str(folder), _too_many(folder) if more else None
                    )

    async def _folder(self, polled: Polled) -> _Asked:
        """The files of a folder that are new or were changed. They are the command line's alone."""
        folder = Path(polled.url)
        files, more = await asyncio.to_thread(_files_in, folder)
        store = self.desk.store.follows
        known = await asyncio.to_thread(store.known_entries, polled.id, list(files))
        fresh = {k: v for k, v in files.items() if known.get(k, ("", 0))[0] != v[1]}
        followed = [f for f in await asyncio.to_thread(store.followed, polled.id) if f.tenant == LOCAL]
        await self._folder_gaps(folder, files, more, followed)
        if not fresh:
            return _Asked()
        for key, (path, digest) in sorted(fresh.items(), key=lambda x: x[1][0]):
            try:
                gathered = await self.desk.reader.gather(str(path), self.fetcher)
                for article in gathered.articles:
                    reading = await self.desk.reader.read(article)
                    found = Found(article, private=True, again=key in known)
                    await self.placing.place(reading, found, followed, polled.id)
                for each in followed:
                    await self.placing.gap(each.tenant, each.story, str(path), None)
            except StoreError:
                raise
            except SitrepError as e:
                log.warning("a file can't be read", path=str(path), why=e.message)
                for each in followed:
                    gap = Gap(str(path), e.message, kind=type(e).__name__)
                    await self.placing.gap(each.tenant, each.story, str(path), gap)
            await asyncio.to_thread(store.keep_entry, polled, key, digest, self.desk.clock())
        return _Asked(news=True)


def _end(waiting: asyncio.Future[bool], error: Exception) -> None:
    """Let an error out where the outcome is waited for, if anybody still waits."""
    if not waiting.done():
        waiting.set_exception(error)


def _too_many(folder: Path) -> Gap:
    """What a folder holds beyond what is looked at."""
    return Gap(
        str(folder),
        f"{folder} holds more than {_MOST_FILES} files: the first by name are read.",
        kind="TooLarge",
    )


def _files_in(folder: Path) -> tuple[dict[str, tuple[Path, str]], bool]:
    """The articles' files of a folder: key → path and what changes with it; whether there are more than are looked at.

    NotFound, ArticleError.
    """
    try:
        found: dict[str, tuple[Path, str]] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file():
                if len(found) >= _MOST_FILES:
                    return found, True
                stat = path.stat()
                digest = f"{stat.st_mtime_ns}-{stat.st_size}"
                found[sha256(path.name.encode("utf-8", "replace")).hexdigest()[:24]] = path, digest
        return found, False
    except FileNotFoundError as e:
        raise NotFound(f"There is no folder {folder}.", "Make it, or follow another.") from e
    except OSError as e:
        raise ArticleError(f"The folder {folder} can't be read: {e.strerror or e}.") from e


def _of_one_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site."""
    try:
        a, b = urlsplit(one), urlsplit(other)
        return a.netloc == b.netloc or one_site(a.hostname or "", b.hostname or "")
    except ValueError:
        return False


def _own_id(feed: str, key: str) -> str:
    """An article that stands in a feed alone: its id is that feed's."""
    return "feed-" + sha256(f"{feed}\0{key}".encode()).hexdigest()[:24]
