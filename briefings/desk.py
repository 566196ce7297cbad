"""The use cases: make stories, add articles, brief, show evidence. Async; the store is called in threads, here alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Literal, ParamSpec, TypeVar

import structlog

from briefings.dossier import (
    ActorFact,
    Change,
    ChangeKind,
    Dossier,
    Numbering,
    View,
    add,
    changes,
    compile_dossier,
    remove,
)
from briefings.errors import LimitReached, NotFound, SitrepError
from briefings.finding import Evidence, Hits, hits, paragraph_of
from briefings.gathering import Gathered, Outcome, Reader, is_address
from briefings.kept import Kept, KeptView
from briefings.model import (
    Article,
    Channel,
    Citation,
    Gap,
    Language,
    Member,
    Reading,
    Story,
    Tenant,
    Verdict,
    fold,
)
from briefings.nearest import nearest
from briefings.orders import StandingOrders
from briefings.rendering import Briefing, Document, Only, Source, Templates, render
from briefings.rendering.correcting import cited_for, correct, corrections
from briefings.rendering.words import Words
from briefings.settings import Settings
from briefings.sources.fetch import Fetcher
from briefings.store import Added, Message, Store, wanted

__all__ = [
    "Clock",
    "Desk",
    "Evidence",
    "Fixed",
    "Gathered",
    "Outcome",
    "Prepared",
    "Reader",
    "is_address",
    "paragraph_of",
    "slug_of",
]

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

Clock = Callable[[], datetime]

_SMALL = 40  # articles of a story that are thought about at once
_SEARCHED = 40  # articles whose sentences and facts a search looks at


def slug_of(name: str) -> str:
    """A story's short name: "Crise OpenAI 2023" → "crise-openai-2023". "" where nothing in it can stand in one."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:80].strip("-")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A briefing and what it was made from: (article id, revision) pairs, and the story's version.

    `changed`: it is the first in its channel, or something has changed or come in since the last one.
    """

    briefing: Briefing
    members: tuple[tuple[str, int], ...]
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Fixed:
    """A briefing corrected: its document now, the corrections as a message of their own, the facts taken back, and what
    it carries and is made from by now."""

    document: Document
    notes: Document
    taken_back: tuple[str, ...]
    facts: tuple[str, ...]
    members: tuple[tuple[str, int], ...]
    version: int


class Desk:
    """One tenant's stories. `store` may be None for briefings made of files alone.

    `limited` holds the tenant to the limits of the settings: it is set for whoever comes by chat. Desks of several
    tenants share what they keep (`of`).
    """

    def __init__(
        self,
        settings: Settings,
        templates: Templates,
        store: Store | None,
        clock: Clock,
        reader: Reader,
        tenant: Tenant,
        *,
        limited: bool = False,
        kept: Kept | None = None,
    ) -> None:
        self.settings = settings
        self.templates = templates
        self._store = store
        self.clock = clock
        self.reader = reader
        self.tenant = tenant
        self.limited = limited
        self.kept = kept or Kept()

    def of(self, tenant: Tenant) -> Desk:
        """Another tenant's desk over the same store, held to the limits."""
        return Desk(
            self.settings,
            self.templates,
            self._store,
            self.clock,
            self.reader,
            tenant,
            limited=True,
            kept=self.kept,
        )

    @property
    def store(self) -> Store:
        assert self._store is not None  # the caller opened one
        return self._store

    @property
    def orders(self) -> StandingOrders:
        """The tenant's editions, and the ledger of what they posted."""
        return StandingOrders(self.settings, self.store, self.clock, self.tenant, limited=self.limited)

    async def mark(self, story: Story, channel: str, made: Prepared) -> None:
        """From this briefing on, "since the last briefing" counts in the channel."""
        await self._to_store(self.store.set_mark, self.tenant, story, channel, made.members, self.clock())

    async def _to_store(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The one place where the synchronous store is called."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def _think(self, about: Dossier, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Pure work: at once where the dossier is small, else in a thread, so that everything else goes on."""
        if len(about) <= _SMALL:
            return function(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    # ---- stories -----------------------------------------------------------------------------------------------------------

    async def new_story(self, name: str, language: Language | None = None) -> Story:
        """AlreadyThere, NotFound (no usable name), LimitReached."""
        slug = slug_of(name)
        if not slug:
            raise NotFound(
                f"{name!r} has no letter or digit to name a story by.",
                "Give it a name such as 'openai-crisis'.",
            )
        most = self.settings.tenants.stories
        if self.limited and len(await self.stories()) >= most:
            raise LimitReached(
                f"There are {most} stories, as many as are allowed here.", "Remove one first.", most
            )
        return await self._to_store(
            self.store.create_story, self.tenant, slug, name.strip()[:200], self.clock(), language
        )

    async def stories(self) -> list[Story]:
        return await self._to_store(self.store.stories, self.tenant)

    async def story(self, name: str) -> Story:
        """NotFound has the nearest names."""
        try:
            return await self._to_store(self.store.story, self.tenant, slug_of(name) or name)
        except NotFound as e:
            stories = {s.name: s.slug for s in await self.stories()}
            near = nearest(name, [*stories, *stories.values()])
            e.near = tuple(dict.fromkeys(stories.get(n, n) for n in near))
            raise

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
                    if is_address(source) and not isinstance(e, LimitReached):
                        await self._to_store(
                            self.store.add_gap,
                            self.tenant,
                            story,
                            Gap(source, e.message, kind=type(e).__name__),
                            self.clock(),
                        )
                    yield Outcome(source, "failed", error=e)

    async def add_articles(
        self, story: Story, articles: Sequence[Article], source: str, private: bool
    ) -> Outcome:
        """These articles into the story, read. LimitReached: the tenant has had its articles of a day."""
        what: set[str] = set()
        kept = []
        await self._within_limits(story, [a.id for a in articles])
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

    async def add_reading(
        self, story: Story, reading: Reading, *, private: bool, verdict: Verdict | None = None
    ) -> Added:
        """An article that is read already into the story, if its `verdict` says so. LimitReached, NotFound."""
        await self._within_limits(story, [reading.article.id])
        return await self._to_store(
            self.store.add_article, self.tenant, story, reading, self.clock(), private, verdict
        )

    async def has_room(self) -> bool:
        """Whether the tenant may have another article today."""
        return not self.limited or await self._had_today() < self.settings.tenants.articles_a_day

    async def _had_today(self) -> int:
        return await self._to_store(self.store.added_since, self.tenant, self.clock() - timedelta(days=1))

    async def _within_limits(self, story: Story, articles: Sequence[str]) -> None:
        """LimitReached: the tenant has had its articles of a day, and these are more of them."""
        most = self.settings.tenants.articles_a_day
        if not self.limited:
            return
        had = await self._had_today()
        there = (
            await self._to_store(self.store.latest, self.tenant, story) if had + len(articles) > most else {}
        )
        if had + sum(a not in there for a in articles) > most:
            raise LimitReached(
                f"{most} article{'s' * (most != 1)} a day may come in here; {had} did.",
                "Try again later.",
                most,
            )

    # ---- briefing ----------------------------------------------------------------------------------------------------------

    async def dossier(self, story: Story, at: Sequence[tuple[str, int]] | None = None) -> Dossier:
        """The story's dossier, as it is or as it was made of these revisions."""
        stored = await self._to_store(self.store.readings, self.tenant, story, at)
        return compile_dossier([reading or await self.reader.read(article) for article, reading in stored])

    async def view(self, story: Story) -> View:
        """The story's facts as they stand now. NotFound where the story has gone."""
        return (await self._kept_view(story)).view

    async def _kept_view(self, story: Story) -> KeptView:
        """The view kept from the last time, brought up to date by what has changed since, by whoever comes first."""
        async with self.kept.lock(self.tenant, story):
            return await self._brought_up(story)

    async def _brought_up(self, story: Story) -> KeptView:
        version = await self._to_store(self.store.version, self.tenant, story)
        kept = self.kept.view(self.tenant, story)
        if kept is not None and kept.version == version.articles:
            return kept
        if kept is None:
            dossier = await self.dossier(story)
        else:
            dossier = kept.view.dossier
            latest = await self._to_store(self.store.latest, self.tenant, story)
            for gone in [a for a in dossier.readings if a not in latest]:
                dossier = remove(dossier, gone)
            known = {a: r.article.revision for a, r in dossier.readings.items()}
            moved = [(a, revision) for a, revision in latest.items() if known.get(a) != revision]
            if moved:
                for article, reading in await self._to_store(self.store.readings, self.tenant, story, moved):
                    dossier = add(dossier, reading or await self.reader.read(article))
        fresh = KeptView(version.articles, View(dossier, kept.view if kept is not None else None))
        if kept is not None:
            kept.followed_by(fresh)
        await self._think(dossier, _merge, fresh.view)
        self.kept.put_view(self.tenant, story, fresh)
        return fresh

    async def _since(
        self, story: Story, kept: KeptView, channel: str
    ) -> tuple[View | None, tuple[Change, ...]]:
        """What the last briefing in the channel was made from, and what has changed since."""
        last = await self._to_store(self.store.mark, self.tenant, story, channel)
        if last is None:
            return None, ()
        known = kept.earlier.get(last.members)
        if known is None:
            now = kept.view if kept.members == last.members else kept.views.get(last.members)
            before = now or View(await self._dossier_of(story, kept.view.dossier, last.members), kept.view)
            known = before, await self._think(kept.view.dossier, changes, before, kept.view)
            kept.remember(last.members, *known)
        return known

    async def _dossier_of(self, story: Story, near: Dossier, members: Sequence[tuple[str, int]]) -> Dossier:
        """The dossier made of these revisions, by way of one that shares most of them."""
        wanted = dict(members)
        known = {a: r.article.revision for a, r in near.readings.items()}
        other = [(a, revision) for a, revision in wanted.items() if known.get(a) != revision]
        for gone in known.keys() - wanted.keys():
            near = remove(near, gone)
        found = await self._to_store(self.store.readings, self.tenant, story, other) if other else []
        for gone in [a for a, _ in other if a in near.readings]:
            near = remove(near, gone)
        for article, reading in found:
            near = add(near, reading or await self.reader.read(article))
        return near

    async def _numbering(self, story: Story) -> Numbering:
        version = await self._to_store(self.store.version, self.tenant, story)
        numbering = self.kept.numbering(self.tenant, story)
        if numbering is None or numbering.next != version.next_number:
            numbering = await self._to_store(self.store.numbering, self.tenant, story)
            self.kept.put_numbering(self.tenant, story, numbering)
        return numbering

    async def _keep_numbers(self, story: Story, cited: Iterable[Citation]) -> Numbering:
        """The story's numbering with lasting numbers for these citations."""
        numbering = await self._numbering(story)
        wanting = [c for c in dict.fromkeys(cited) if c not in numbering.numbers]
        if wanting:
            numbering = await self._to_store(self.store.keep_numbers, self.tenant, story, wanting, numbering)
            self.kept.put_numbering(self.tenant, story, numbering)
        return numbering

    async def brief(
        self,
        story: Story,
        template: str,
        language: Language,
        zone: tzinfo,
        channel: str,
        *,
        mark: bool = True,
        only: Only | None = None,
    ) -> Briefing:
        """The story's briefing for a channel. With `mark`, "since the last briefing" counts from here on.

        `only` narrows what is shown. NotFound (template, or the story has gone), TemplateFault.
        """
        made = await self.prepare(story, template, language, zone, channel, only=only)
        if mark:
            await self._to_store(self.store.set_mark, self.tenant, story, channel, made.members, self.clock())
        return made.briefing

    async def prepare(
        self,
        story: Story,
        template: str,
        language: Language,
        zone: tzinfo,
        channel: str,
        *,
        only: Only | None = None,
    ) -> Prepared:
        """The briefing with what it was made from, for whoever posts it later and keeps count. As `brief`."""
        kept = await self._kept_view(story)
        view = kept.view
        before, since = await self._since(story, kept, channel)
        now, gaps = self.clock(), await self.gaps(story)

        def rendered(numbering: Numbering) -> Briefing:
            return render(
                view,
                self.templates,
                template,
                language,
                story=story.name,
                now=now,
                zone=zone,
                numbering=numbering,
                changes=since,
                before=before,
                gaps=gaps,
                only=only,
            )

        briefing = await self._think(view.dossier, rendered, await self._numbering(story))
        numbered = await self._keep_numbers(story, [s.citation for s in briefing.sources])
        if any(numbered.of(s.citation) != s.number for s in briefing.sources):
            # somebody numbered in between: theirs hold
            briefing = await self._think(view.dossier, rendered, numbered)
        log.info(
            "briefed",
            story=story.slug,
            channel=channel,
            template=template,
            language=language,
            facts=len(briefing.facts),
            citations=len(briefing.sources),
        )
        members = tuple(sorted((a.id, a.revision) for a in view.articles))
        return Prepared(briefing, members, kept.version, before is None or bool(since) or briefing.news)

    async def corrected(
        self,
        story: Story,
        document: Document,
        members: Sequence[tuple[str, int]],
        facts: Collection[str],
        zone: tzinfo,
    ) -> Fixed | None:
        """What a briefing made of those revisions must say by now; None where nothing that it carries was taken back."""
        latest = await self._to_store(self.store.latest, self.tenant, story)
        if all(latest.get(article) == revision for article, revision in members):
            return None
        kept = await self._kept_view(story)
        before = View(await self._dossier_of(story, kept.view.dossier, members), kept.view)
        # An article that has left the story has no reading any more: what it alone said is withdrawn.
        after = kept.view
        found = await self._think(after.dossier, changes, before, after)
        carried = set(facts)
        taken_back = [
            c
            for c in found
            if c.kind in (ChangeKind.CORRECTED, ChangeKind.WITHDRAWN)
            and c.key in carried
            and c.before is not None
        ]
        if not taken_back:
            return None
        words = Words(document.language, zone)
        cited = [cited_for(c) for c in taken_back if c.after is not None]
        numbering = await self._keep_numbers(story, cited)
        sources = {}
        for c in cited:
            number = numbering.of(c)
            sources[number] = Source.of(number, c, after.dossier.readings[c.article])
        told = correct(
            document,
            corrections(taken_back, before, after, numbering, words),
            sources,
            words,
            self.clock(),
            story.name,
        )
        if not told.struck:
            return None
        becomes = {c.key: c.after.key if c.after is not None else "" for c in taken_back}
        now_carried = tuple(f for f in dict.fromkeys(becomes.get(f, f) for f in facts) if f)
        now_members = tuple(sorted((a.id, a.revision) for a in after.articles))
        return Fixed(told.document, told.notes, told.struck, now_carried, now_members, kept.version)

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
        numbering = await self._numbering(story)
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
        view = await self.view(story)
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

    # ---- finding -----------------------------------------------------------------------------------------------------------

    async def actor(self, story: Story, name: str) -> ActorFact:
        """Whom the story knows by this name, part of a name, or other form of it. NotFound has the nearest names."""
        actors = (await self.view(story)).actors
        looked_for = fold(name)
        for a in actors:
            if looked_for in {fold(n) for n in (a.name, *a.names)}:
                return a
        parts = set(looked_for.split())
        for a in actors:
            if parts and any(parts <= set(fold(n).split()) for n in (a.name, *a.names)):
                return a
        near = nearest(name, [a.name for a in actors])
        hint = f"Nearest: {', '.join(near)}." if near else ""
        raise NotFound(f"Nobody called {name!r} is in the story {story.slug!r}.", hint, near)

    async def search(self, story: Story, query: str, *, facts: int = 8, articles: int = 5) -> Hits:
        """The story's facts and articles that hold the words, the best first; empty where none does.

        Articles with every word come first; where there is none, those with any of them.
        """
        words = wanted(query)
        kept = await self._kept_view(story)
        find = self.store.search.find
        found = await self._to_store(find, self.tenant, story, words, _SEARCHED)
        if not found:
            found = await self._to_store(find, self.tenant, story, words, _SEARCHED, every=False)
        result = await self._think(kept.view.dossier, hits, kept, found, words, facts, articles)
        cited = [h.citation for h in result.facts] + [h.citation for h in result.articles]
        numbering = await self._keep_numbers(story, cited)
        return Hits(
            tuple(replace(h, number=numbering.of(h.citation)) for h in result.facts),
            tuple(replace(h, number=numbering.of(h.citation)) for h in result.articles),
        )

    async def last_briefed(self, story: Story, channel: str) -> datetime | None:
        """When the story was last briefed in the channel; None where it never was."""
        mark = await self._to_store(self.store.mark, self.tenant, story, channel)
        return mark.at if mark is not None else None

    async def size(self, story: Story) -> int:
        """How many articles the story has."""
        return len(await self._to_store(self.store.latest, self.tenant, story))

    # ---- channels ----------------------------------------------------------------------------------------------------------

    async def channel(self, identity: str) -> Channel:
        """What its people chose; nothing chosen where it is not known."""
        known = await self._to_store(self.store.channels.channel, self.tenant, identity)
        return known or Channel(self.tenant, identity)

    async def channels(self) -> list[Channel]:
        """By age."""
        return await self._to_store(self.store.channels.channels, self.tenant)

    async def join(self, channel: str, name: str) -> bool:
        """Note that Sitrep is in a channel; whether that is news."""
        return await self._to_store(self.store.channels.join, self.tenant, channel, name, self.clock())

    async def leave(self, channel: str) -> None:
        """Forget what the channel chose, and its messages where it is the web's."""
        await self._to_store(self.store.channels.leave, self.tenant, channel)

    async def post(self, channel: str, author: str, body: str) -> Message:
        """Keep a message of a web channel."""
        return await self._to_store(
            self.store.channels.post, self.tenant, channel, author, body, self.clock()
        )

    async def messages(
        self, channel: str, *, before: int | None = None, after: int | None = None, most: int = 50
    ) -> list[Message]:
        """A web channel's messages by id: the newest ones before `before`, or the oldest ones after `after`."""
        find = self.store.channels.messages
        return await self._to_store(find, self.tenant, channel, before=before, after=after, most=most)

    async def edited(self, channel: str, since: datetime) -> list[Message]:
        """A web channel's messages that were changed since then."""
        return await self._to_store(self.store.channels.edited, self.tenant, channel, since)

    async def post_once(self, channel: str, author: str, body: str, key: str) -> Message:
        """Keep a message of a web channel under a key: a second time it is there already. NotFound: no such channel."""
        post = self.store.channels.post_once
        return await self._to_store(post, self.tenant, channel, author, body, self.clock(), key)

    async def rewrite(self, channel: str, number: int, body: str) -> Message:
        """Change a message of a web channel. NotFound."""
        return await self._to_store(
            self.store.channels.rewrite, self.tenant, channel, number, body, self.clock()
        )

    async def message(self, channel: str, number: int) -> Message:
        """NotFound."""
        return await self._to_store(self.store.channels.message, self.tenant, channel, number)

    async def counts(self) -> dict[str, int]:
        """Rows in each table of the database, of all tenants."""
        return await self._to_store(self.store.counts)

    async def choose(
        self,
        channel: str,
        *,
        story: Story | None = None,
        language: Language | None = None,
        timezone: str | None = None,
    ) -> Channel:
        """The channel's defaults; what is None stays as it was."""
        return await self._to_store(
            self.store.channels.choose,
            self.tenant,
            channel,
            self.clock(),
            story=story,
            language=language,
            timezone=timezone,
        )


def _merge(view: View) -> None:
    """Have the view's facts merged, all of them: they are asked for by every section."""
    _ = view.facts, view.conflicts, view.outlets
