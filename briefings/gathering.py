"""From a file or an address to articles, and from an article to its reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from briefings.errors import SitrepError
from briefings.model import Article, Reading
from briefings.reading import read
from briefings.settings import Settings
from briefings.sources import Worker, article_from_page, read_file
from briefings.sources.feeds import Feed, read_feed
from briefings.sources.fetch import Fetched, Fetcher
from briefings.sources.files import check


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file or address: `articles` that came of it, or the `error` that stood in the way."""

    source: str
    what: Literal["new", "revised", "unchanged", "failed"]
    articles: tuple[Article, ...] = ()
    error: SitrepError | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The articles of one source; `private` where they are their tenant's alone: local files, intranet pages."""

    articles: list[Article]
    private: bool


def is_address(source: str) -> bool:
    """Whether a source is an address to fetch, rather than a path."""
    return re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE) is not None


class Reader:
    """Reads articles; long ones in the child process, so that a hostile text can't stall the rest."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self.settings = settings
        self.worker = worker

    def is_short(self, article: Article) -> bool:
        """Whether it is read in this process."""
        return len(article.text) <= self.settings.limits.inline_characters

    async def read(self, article: Article) -> Reading:
        if self.is_short(article):
            return read(article)
        return await self.worker.run(f"Reading {article.title or article.id}", read, article)

    async def gather(self, source: str, fetcher: Fetcher) -> Gathered:
        """The articles of a file or an address. SitrepError says what is wrong with it."""
        if not is_address(source):
            return Gathered(
                await self.worker.run(f"Reading {source}", read_file, Path(source), self.settings.limits),
                private=True,
            )
        page = await fetcher.fetch(source)
        return Gathered([await self.page(page, source)], private=not page.public)

    async def page(self, page: Fetched, name: str) -> Article:
        """The article of a page, taken out in the child process. ArticleError, WorkerFailed."""
        article = await self.worker.run(
            f"Reading the page {name}", article_from_page, page.body, page.url, page.charset
        )
        check(article, self.settings.limits, name)
        return article

    async def feed(self, page: Fetched, name: str) -> Feed:
        """What stands in a feed, read in the child process. NotAFeed, WorkerFailed."""
        most = self.settings.sources.entries
        return await self.worker.run(
            f"Reading the feed {name}", read_feed, page.body, page.url, page.charset, most
        )
