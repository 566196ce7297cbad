"""One question to a feed, a page or a folder: what is new in it is read, and articles find their stories.

When to ask, and who does, is said in `collecting.py`; whose an article is, in `placing.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from briefings.desk import Desk
from briefings.errors import (
    ArticleError,
    EmptyArticle,
    FetchError,
    NotAFeed,
    NotFound,
    SitrepError,
    StoreError,
)
from briefings.model import LOCAL, Article, Followed, Following, Gap, Polled, Reading
from briefings.placing import Arrival, Placing, shrunk
from briefings.sources.feeds import Entry, Feed, announced, read_feed
from briefings.sources.fetch import NONE, Fetched, Fetcher, Validators
from briefings.sources.files import check
from briefings.sources.pages import identity_of, one_site, outlet_of
from briefings.sources.robots import Robots

log = structlog.get_logger()

_INLINE = 60_000  # bytes of a feed that are read here; longer ones in the child process
_INLINE_TAGS = 1_500  # likewise
_TRIES = 5  # questions for an entry's page before it is left at what the feed gives
_TEASER = 60  # characters of a feed's own text that are better than nothing
_OLD_ENTRIES = timedelta(days=60)
_PENDING = "pending"  # in place of a digest: something in the feed is to be asked for again
_SUFFIXES = frozenset([".txt", ".md", ".html", ".htm", ".xhtml", ".json", ".jsonl"])
_MOST_FILES = 2_000  # of one folder


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question brought: whether something new, when entries came out, for how many seconds the answer holds; under
    which title, where it has moved to, and by what it is asked for and compared next time."""

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


class Asking:
    """Asks what is followed, for all tenants. `renew` keeps the lease of what takes long."""

    def __init__(
        self,
        desk: Desk,
        fetcher: Fetcher,
        placing: Placing,
        renew: Callable[[Polled], Awaitable[None]],
    ) -> None:
        self.desk = desk
        self.settings = desk.settings.sources
        self.fetcher = fetcher
        self.placing = placing
        self.renew = renew
        self._robots = Robots(fetcher) if self.settings.robots else None
        self._one_here = asyncio.Lock()  # reads in this process, and all else has its turn before the next

    async def ask(self, polled: Polled) -> Asked:
        """Ask, read what is new and place it. SitrepError says why it can't be asked; StoreError, that nothing was kept."""
        if polled.kind is Following.FOLDER:
            return await self._folder(polled)
        await self._permitted(polled.url)
        known = Validators(polled.etag, polled.modified)
        answer = await self.fetcher.ask(polled.url, known, feed=polled.kind is Following.FEED)
        if answer.page is None:
            return Asked(holds=answer.fresh, url=answer.moved, validators=answer.validators)
        digest = sha256(answer.page.body).hexdigest()
        asked = Asked(holds=answer.fresh, url=answer.moved, validators=answer.validators, digest=digest)
        if digest == polled.digest:
            return asked
        if polled.kind is Following.PAGE:
            return replace(asked, news=await self._page(polled, answer.page))
        return await self._feed(polled, answer.page, asked)

    async def _feed(self, polled: Polled, page: Fetched, asked: Asked) -> Asked:
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
        if len(page.body) > _INLINE or page.body.count(b"<") > _INLINE_TAGS:
            return await self.desk.reader.feed(page, page.url)
        async with self._here():
            return read_feed(page.body, page.url, page.charset, self.settings.entries)

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
        for entry in reversed(fresh):  # the oldest first, as they came out
            await self.renew(polled)
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
            if isinstance(found, Arrival):
                reading = await self._read(found.article)
        except StoreError:
            raise
        except SitrepError as e:
            found = e
        if not isinstance(found, Arrival):
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
    ) -> Arrival | SitrepError:
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
            return Arrival(own, not public)
        try:
            await self._permitted(entry.url)
            page = await self.fetcher.fetch(entry.url)
            article = await self.desk.reader.page(page, page.url)
        except StoreError:
            raise
        except SitrepError as e:
            return Arrival(own, not public, gap=e, at=entry.url) if len(own.text) >= _TEASER else e
        article = replace(
            article,
            id=own.id if tries and theirs else article.id,  # as long as its page failed, it had this one
            title=article.title or own.title,
            published=published or article.published,  # a page often gives the day alone
            byline=article.byline or own.byline,
        )
        return Arrival(article, not (public and page.public), paged=True, at=entry.url)

    async def _permitted(self, url: str) -> None:
        """RobotsRefused, unless the settings do not ask."""
        if self._robots is not None:
            await self._robots.check(url, self.desk.clock())

    # ---- where it is read ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _here(self) -> AsyncIterator[None]:
        """To read something short in this process: one after the other, and all else has its turn between."""
        async with self._one_here:
            yield
            await asyncio.sleep(0)

    async def _read(self, article: Article) -> Reading:
        if not self.desk.reader.is_short(article):
            return await self.desk.reader.read(article)
        async with self._here():
            return await self.desk.reader.read(article)

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
        found = Arrival(article, private=not page.public or bool(polled.owner), again=True)
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

    async def _folder(self, polled: Polled) -> Asked:
        """The files of a folder that are new or were changed. They are the command line's alone."""
        folder = Path(polled.url)
        files, more = await asyncio.to_thread(_files_in, folder)
        store = self.desk.store.follows
        known = await asyncio.to_thread(store.known_entries, polled.id, list(files))
        fresh = {k: v for k, v in files.items() if known.get(k, ("", 0))[0] != v[1]}
        followed = [f for f in await asyncio.to_thread(store.followed, polled.id) if f.tenant == LOCAL]
        await self._folder_gaps(folder, files, more, followed)
        if not fresh:
            return Asked()
        for key, (path, digest) in sorted(fresh.items(), key=lambda x: x[1][0]):
            try:
                gathered = await self.desk.reader.gather(str(path), self.fetcher)
                for article in gathered.articles:
                    reading = await self.desk.reader.read(article)
                    found = Arrival(article, private=True, again=key in known)
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
        return Asked(news=True)


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
