"""The use cases: make stories, add articles, brief, show evidence. Async; the store is called in threads, here alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import structlog

from briefings.dossier import Dossier, Fact, View, add, changes, compile_dossier
from briefings.errors import NotFound, SitrepError
from briefings.model import Article, Citation, Gap, Language, Member, Reading, Span, Story, Tenant, fold
from briefings.reading import read
from briefings.rendering import Briefing, Templates, render
from briefings.settings import Settings
from briefings.sources import Fetcher, Worker, article_from_page, read_file
from briefings.sources.files import check
from briefings.store import Store

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file or address: `articles` that came of it, or the `error` that stood in the way."""

    source: str
    what: Literal["new", "revised", "unchanged", "failed"]
    articles: tuple[Article, ...] = ()
    error: SitrepError | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A citation's sentence in its paragraph, with the article it is from and who else carries the fact.

    `latest` is False where the article was revised since.
    """

    number: int
    citation: Citation
    article: Article
    language: Language
    paragraph: Span
    facts: tuple[Fact, ...]
    outlets: tuple[str, ...]
    voices: int
    latest: bool


def slug_of(name: str) -> str:
    """A story's short name: "Crise OpenAI 2023" → "crise-openai-2023". "" where nothing in it can stand in one."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:80].strip("-")


def is_address(source: str) -> bool:
    """Whether a source is an address to fetch, rather than a path."""
    return re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE) is not None


class Reader:
    """Reads articles; long ones in the child process, so that a hostile text can't stall the rest."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self.settings = settings
        self.worker = worker

    async def read(self, article: Article) -> Reading:
        if len(article.text) <= self.settings.limits.inline_characters:
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
        article = await self.worker.run(
            f"Reading the page {source}", article_from_page, page.body, page.url, page.charset
        )
        check(article, self.settings.limits, source)
        return Gathered([article], private=not page.public)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The articles of one source; `private` where they are their tenant's alone: local files, intranet pages."""

    articles: list[Article]
    private: bool


class Desk:
    """One tenant's stories. `store` may be None for briefings made of files alone."""

    def __init__(
        self,
        settings: Settings,
        templates: Templates,
        store: Store | None,
        clock: Clock,
        reader: Reader,
        tenant: Tenant,
    ) -> None:
        self.settings = settings
        self.templates = templates
        self._store = store
        self.clock = clock
        self.reader = reader
        self.tenant = tenant

    @property
    def store(self) -> Store:
        assert self._store is not None  # the caller opened one
        return self._store

    async def _to_store(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The one place where the synchronous store is called."""
        return await asyncio.to_thread(function, *args, **kwargs)

    # ---- stories -----------------------------------------------------------------------------------------------------------

    async def new_story(self, name: str, language: Language | None = None) -> Story:
        """AlreadyThere, NotFound (no usable name)."""
        slug = slug_of(name)
        if not slug:
            raise NotFound(
                f"{name!r} has no letter or digit to name a story by.",
                "Give it a name such as 'openai-crisis'.",
            )
        return await self._to_store(
            self.store.create_story, self.tenant, slug, name.strip()[:200], self.clock(), language
        )

    async def stories(self) -> list[Story]:
        return await self._to_store(self.store.stories, self.tenant)

    async def story(self, name: str) -> Story:
        return await self._to_store(self.store.story, self.tenant, slug_of(name) or name)

    async def remove_story(self, name: str) -> Story:
        story = await self.story(name)
        await self._to_store(self.store.remove_story, self.tenant, story.slug)
        return story

    async def members(self, story: Story) -> list[Member]:
        return await self._to_store(self.store.members, self.tenant, story)

    async def gaps(self, story: Story) -> list[Gap]:
        return await self._to_store(self.store.gaps, self.tenant, story)

    # ---- adding ------------------------------------------------------------------------------------------------------------

    async def add(self, story: Story, sources: Iterable[str]) -> AsyncIterator[Outcome]:
        """Each source's outcome as it comes. What fails is a gap that briefings state; the others go on."""
        async with Fetcher(self.settings.fetch) as fetcher:
            for source in sources:
                try:
                    found = await self.reader.gather(source, fetcher)
                    outcome = await self.add_articles(story, found.articles, source, private=found.private)
                    if is_address(source):
                        await self._to_store(self.store.close_gap, self.tenant, story, source)
                    log.info(
                        "added",
                        story=story.slug,
                        source=source,
                        what=outcome.what,
                        articles=len(outcome.articles),
                    )
                    yield outcome
                except SitrepError as e:
                    log.info("not added", story=story.slug, source=source, why=e.message)
                    if is_address(source):
                        await self._to_store(
                            self.store.add_gap, self.tenant, story, Gap(source, e.message), self.clock()
                        )
                    yield Outcome(source, "failed", error=e)

    async def add_articles(
        self, story: Story, articles: Sequence[Article], source: str, private: bool
    ) -> Outcome:
        """These articles into the story, read."""
        what: set[str] = set()
        kept = []
        for article in articles:
            reading = await self.reader.read(article)
            added = await self._to_store(
                self.store.add_article, self.tenant, story, reading, self.clock(), private
            )
            what.add(added.what)
            kept.append(added.article)
        best: Literal["new", "revised", "unchanged"] = (
            "new" if "new" in what else "revised" if "revised" in what else "unchanged"
        )
        return Outcome(source, best, tuple(kept))

    # ---- briefing ----------------------------------------------------------------------------------------------------------

    async def dossier(self, story: Story, at: Sequence[tuple[str, int]] | None = None) -> Dossier:
        """The story's dossier, as it is or as it was made of these revisions."""
        stored = await self._to_store(self.store.readings, self.tenant, story, at)
        return compile_dossier([reading or await self.reader.read(article) for article, reading in stored])

    async def brief(
        self,
        story: Story,
        template: str,
        language: Language,
        zone: tzinfo,
        channel: str,
        *,
        mark: bool = True,
    ) -> Briefing:
        """The story's briefing for a channel. With `mark`, "since the last briefing" counts from here on."""
        view = View(await self.dossier(story))
        last = await self._to_store(self.store.mark, self.tenant, story, channel)
        before = View(await self.dossier(story, last.members)) if last is not None else None
        numbering = await self._to_store(self.store.numbering, self.tenant, story)
        arguments = {
            "story": story.name,
            "now": self.clock(),
            "zone": zone,
            "changes": changes(before, view) if before is not None else (),
            "before": before,
            "gaps": await self.gaps(story),
        }
        briefing = render(view, self.templates, template, language, numbering=numbering, **arguments)  # type: ignore[arg-type]
        kept = await self._to_store(
            self.store.keep_numbers, self.tenant, story, [s.citation for s in briefing.sources]
        )
        if any(
            kept.of(s.citation) != s.number for s in briefing.sources
        ):  # somebody numbered in between: theirs hold
            briefing = render(view, self.templates, template, language, numbering=kept, **arguments)  # type: ignore[arg-type]
        if mark:
            members = [(a.id, a.revision) for a in view.articles]
            await self._to_store(self.store.set_mark, self.tenant, story, channel, members, self.clock())
        log.info(
            "briefed",
            story=story.slug,
            channel=channel,
            template=template,
            language=language,
            facts=len(briefing.facts),
            citations=len(briefing.sources),
        )
        return briefing

    async def brief_articles(
        self, articles: Iterable[Article], name: str, template: str, language: Language, zone: tzinfo
    ) -> Briefing:
        """A briefing of these articles alone; nothing is stored."""
        dossier = Dossier()
        for article in articles:
            dossier = add(dossier, await self.reader.read(article))
        return render(
            View(dossier), self.templates, template, language, story=name, now=self.clock(), zone=zone
        )

    # ---- evidence ----------------------------------------------------------------------------------------------------------

    async def evidence(self, story: Story, number: int) -> Evidence:
        """What stands behind citation `number`. NotFound."""
        numbering = await self._to_store(self.store.numbering, self.tenant, story)
        citation = numbering.find(number)
        if citation is None:
            given = (
                f"They go from 1 to {numbering.next - 1}."
                if numbering.next > 1
                else "No briefing of it has been made yet."
            )
            raise NotFound(f"There is no citation {number} in the story {story.slug!r}.", given)
        article = await self._to_store(
            self.store.article, self.tenant, story, citation.article, citation.revision
        )
        view = View(await self.dossier(story))
        facts = tuple(f for f in view.facts.values() if citation in f.citations)
        now = view.dossier.readings.get(citation.article)
        return Evidence(
            number=number,
            citation=citation,
            article=article,
            language=now.language if now is not None else (article.language or "en"),
            paragraph=paragraph_of(article.text, citation.span),
            facts=facts,
            outlets=tuple(sorted({o for f in facts for o in f.outlets} or {article.outlet})),
            voices=max((f.voices for f in facts), default=1),
            latest=now is not None and now.article.revision == citation.revision,
        )


def paragraph_of(text: str, span: Span) -> Span:
    """The paragraph of `text` that holds `span`."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return Span(start, end if end >= 0 else len(text))
