"""What is asked of the store: stories, their articles with every revision, readings, citation numbers, marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from briefings.errors import AlreadyThere, NotFound
from briefings.model import Article, Gap, Language, Member, Reading, Story, Tenant
from briefings.reading import READER
from briefings.store import tables as t
from briefings.store.base import Place
from briefings.store.base import of as _of
from briefings.store.channels import Channels
from briefings.store.editions import Editions
from briefings.store.follows import Follows
from briefings.store.ledger import Ledger
from briefings.store.numbers import Numbers
from briefings.store.removing import drop_story
from briefings.store.rows import article_of, story_of
from briefings.store.search import Search, index
from briefings.store.tenants import Tenants

T = TypeVar("T")

_PRIVATE = "own-"  # begins the id of a tenant's own article that has a public namesake in its story
_CHUNK = 500  # values in one IN (…)


@dataclass(frozen=True, slots=True)
class Added:
    """What adding an article did: "new", "revised" or "unchanged"; `article` as it is now stored."""

    what: Literal["new", "revised", "unchanged"]
    article: Article


@dataclass(frozen=True, slots=True)
class Version:
    """How far a story has come: its articles' version, and the next number for a citation."""

    articles: int
    next_number: int


class Store(Numbers):
    """One database: stories with their articles here; channels, full text, editions and the ledger as sections of it."""

    def __init__(self, engine: Engine, place: Place) -> None:
        super().__init__(engine, place)
        self.channels = Channels(engine, place)
        self.search = Search(engine, place)
        self.editions = Editions(engine, place)
        self.ledger = Ledger(engine, place)
        self.tenants = Tenants(engine, place)
        self.follows = Follows(engine, place)

    @property
    def path(self) -> Path:
        """The file of a store that is one."""
        assert self.place.file is not None
        return self.place.file

    def close(self) -> None:
        self.engine.dispose()

    # ---- stories ---------------------------------------------------------------------------------------------------------

    def create_story(
        self, tenant: Tenant, slug: str, name: str, now: datetime, language: Language | None = None
    ) -> Story:
        """AlreadyThere where the tenant has a story of that slug."""
        with self._write() as c:
            if c.execute(select(t.stories.c.id).where(_of(tenant), t.stories.c.slug == slug)).first():
                raise AlreadyThere(
                    f"There already is a story {slug!r}.", "Choose another name, or add to that one."
                )
            made = c.execute(
                insert(t.stories).values(
                    platform=tenant.platform,
                    tenant=tenant.id,
                    slug=slug,
                    name=name,
                    created=now,
                    language=language,
                    next_number=1,
                )
            )
            assert made.inserted_primary_key is not None
            return Story(made.inserted_primary_key[0], slug, name, now, language)

    def story(self, tenant: Tenant, slug: str) -> Story:
        """NotFound names the stories there are."""
        with self._read() as c:
            row = c.execute(select(t.stories).where(_of(tenant), t.stories.c.slug == slug)).first()
            if row is not None:
                return story_of(row)
            known = [
                r.slug
                for r in c.execute(select(t.stories.c.slug).where(_of(tenant)).order_by(t.stories.c.slug))
            ]
        raise NotFound(
            f"There is no story {slug!r}.",
            f"Stories: {', '.join(known)}." if known else "Make one with: sitrep story add NAME",
        )

    def stories(self, tenant: Tenant) -> list[Story]:
        with self._read() as c:
            return [
                story_of(r)
                for r in c.execute(select(t.stories).where(_of(tenant)).order_by(t.stories.c.slug))
            ]

    def remove_story(self, tenant: Tenant, slug: str) -> None:
        """The story with its memberships, numbers and marks; articles that no story holds any more go too."""
        story = self.story(tenant, slug)
        with self._write() as c:
            drop_story(c, story.id)

    def add_article(
        self, tenant: Tenant, story: Story, reading: Reading, now: datetime, private: bool = False
    ) -> Added:
        """The article into the story. The same text again changes nothing; another text is a new revision.

        `private` keeps it to this tenant: local files and intranet pages.
        """
        article = reading.article
        own = f"{tenant.platform}/{tenant.id}"
        with self._write() as c:
            self._owned(c, tenant, story)
            there = self._owners(c, story, article.id)
            if not private and own in there:
                private = (
                    True  # a page that the tenant has already given as a file of its own: that one is revised
                )
            elif private and "" in there:
                article = replace(
                    article, id=_PRIVATE + article.id
                )  # a file is never a revision of the public page
            key, what, article = self._put(c, replace(reading, article=article), own if private else "", now)
            here = c.execute(
                select(t.memberships.c.article).where(
                    t.memberships.c.story == story.id, t.memberships.c.article == key
                )
            ).first()
            if here is None:
                c.execute(insert(t.memberships).values(story=story.id, article=key, added=now))
                self._moved(c, t.stories.c.id == story.id)
                self._count(c, tenant, now)
                what = "new"
        return Added(what, article)

    def put_article(self, reading: Reading, now: datetime, owner: str = "") -> Added:
        """An article that is of no story yet, for a person to decide about; "" for a public one's owner."""
        with self._write() as c:
            _, what, article = self._put(c, reading, owner, now)
        return Added(what, article)

    def stored(self, identity: str, owner: str = "") -> Reading | None:
        """The latest reading of an article, whichever story it is in; None where it is not there, or is read anew."""
        query = (
            select(t.articles, t.revisions, t.readings.c.reader, t.readings.c.data)
            .join(
                t.revisions,
                and_(t.revisions.c.article == t.articles.c.id, t.revisions.c.revision == t.articles.c.latest),
            )
            .join(
                t.readings,
                and_(
                    t.readings.c.article == t.articles.c.id, t.readings.c.revision == t.revisions.c.revision
                ),
            )
            .where(t.articles.c.identity == identity, t.articles.c.owner == owner)
        )
        found = self._readings(query)
        return found[0][1] if found else None

    def newest(self, most: int) -> list[Article]:
        """The public articles that came in last, whichever story they are in: what common words are told by."""
        query = (
            select(t.articles, t.revisions)
            .join(
                t.revisions,
                and_(t.revisions.c.article == t.articles.c.id, t.revisions.c.revision == t.articles.c.latest),
            )
            .where(t.articles.c.owner == "")
            .order_by(t.articles.c.id.desc())
            .limit(most)
        )
        with self._read() as c:
            return [article_of(r) for r in c.execute(query)]

    def _put(
        self, c: Connection, reading: Reading, owner: str, now: datetime
    ) -> tuple[int, Literal["new", "revised", "unchanged"], Article]:
        """The article's row with this text as its latest revision; the row's id, what that did, and what is stored.

        The same text under another address of the same outlet is the same article.
        """
        article, digest = reading.article, _digest(reading.article)
        row = c.execute(
            select(t.articles).where(t.articles.c.owner == owner, t.articles.c.identity == article.id)
        ).first()
        row = row or (self._twin(c, owner, digest, article.url) if article.url and article.outlet else None)
        if row is None:
            made = c.execute(
                insert(t.articles).values(owner=owner, identity=article.id, url=article.url, latest=1)
            )
            assert made.inserted_primary_key is not None
            key, revision = made.inserted_primary_key[0], 1
        else:
            key, revision = row.id, row.latest
            last = c.execute(
                select(t.revisions.c.digest).where(
                    t.revisions.c.article == key, t.revisions.c.revision == row.latest
                )
            ).scalar_one()
            if last == digest:
                return key, "unchanged", self._stored(c, key, revision)
            revision += 1
        article = replace(article, revision=revision)
        self._put_revision(c, key, replace(reading, article=article), digest, now)
        c.execute(update(t.articles).where(t.articles.c.id == key).values(latest=revision, url=article.url))
        index(c, key, article.title, article.text, reading.language)
        holders = select(t.memberships.c.story).where(t.memberships.c.article == key)
        self._moved(c, t.stories.c.id.in_(holders))
        return key, "new" if row is None else "revised", article

    def _twin(self, c: Connection, owner: str, digest: str, url: str) -> Row[Any] | None:
        """An article at another address whose latest revision has the same headline, text and outlet."""
        query = (
            select(t.articles)
            .join(
                t.revisions,
                and_(t.revisions.c.article == t.articles.c.id, t.revisions.c.revision == t.articles.c.latest),
            )
            .where(
                t.revisions.c.digest == digest,
                t.articles.c.owner == owner,
                t.articles.c.url.not_in(["", url]),
            )
            .order_by(t.articles.c.id)
        )
        return c.execute(query).first()

    def _count(self, c: Connection, tenant: Tenant, now: datetime) -> None:
        """One more article in this hour; what is older than two days is forgotten."""
        own = and_(t.intake.c.platform == tenant.platform, t.intake.c.tenant == tenant.id)
        hour = now.replace(minute=0, second=0, microsecond=0)
        c.execute(delete(t.intake).where(own, t.intake.c.hour < now - timedelta(days=2)))
        more = update(t.intake).where(own, t.intake.c.hour == hour).values(articles=t.intake.c.articles + 1)
        if not c.execute(more).rowcount:
            values = {"platform": tenant.platform, "tenant": tenant.id, "hour": hour, "articles": 1}
            c.execute(insert(t.intake).values(**values))

    def _moved(self, c: Connection, which: Any) -> None:
        """What was made of these stories' articles no longer holds."""
        c.execute(update(t.stories).where(which).values(version=t.stories.c.version + 1))

    def _owners(self, c: Connection, story: Story, identity: str) -> set[str]:
        """Who owns the story's articles of this identity: "" for the public one."""
        query = (
            select(t.articles.c.owner)
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .where(t.memberships.c.story == story.id, t.articles.c.identity == identity)
        )
        return set(c.execute(query).scalars())

    def _stored(self, c: Connection, key: int, revision: int) -> Article:
        query = (
            select(t.articles, t.revisions)
            .join(t.revisions, t.revisions.c.article == t.articles.c.id)
            .where(t.articles.c.id == key, t.revisions.c.revision == revision)
        )
        return article_of(c.execute(query).one())

    def _put_revision(self, c: Connection, key: int, reading: Reading, digest: str, now: datetime) -> None:
        a = reading.article
        c.execute(
            insert(t.revisions).values(
                article=key, revision=a.revision, title=a.title, text=a.text, outlet=a.outlet[:200], byline=a.byline, agency=a.agency[:200],
                language=a.language, published=a.published, sample=a.sample, digest=digest, added=now,
            )
        )  # fmt: skip
        c.execute(
            insert(t.readings).values(
                article=key, revision=a.revision, reader=READER, data=dump_reading(reading)
            )
        )

    def version(self, tenant: Tenant, story: Story) -> Version:
        """Cheap to ask, so that what was made of the story can be kept as long as it holds. NotFound."""
        query = select(t.stories.c.version, t.stories.c.next_number).where(
            _of(tenant), t.stories.c.id == story.id
        )
        with self._read() as c:
            row = c.execute(query).first()
        if row is None:
            raise NotFound(f"There is no story {story.slug!r}.")
        return Version(row.version, row.next_number)

    def latest(self, tenant: Tenant, story: Story) -> dict[str, int]:
        """The story's articles: id → latest revision."""
        query = (
            select(t.articles.c.identity, t.articles.c.latest)
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .join(t.stories, t.stories.c.id == t.memberships.c.story)
            .where(_of(tenant), t.memberships.c.story == story.id)
        )
        with self._read() as c:
            return {r.identity: r.latest for r in c.execute(query)}

    def added_since(self, tenant: Tenant, moment: datetime) -> int:
        """How many articles came into the tenant's stories in the hours since then, removed ones too."""
        query = select(func.sum(t.intake.c.articles)).where(
            t.intake.c.platform == tenant.platform,
            t.intake.c.tenant == tenant.id,
            t.intake.c.hour > moment - timedelta(hours=1),
        )
        with self._read() as c:
            return c.execute(query).scalar_one() or 0

    def members(self, tenant: Tenant, story: Story) -> list[Member]:
        """The story's articles at their latest revisions, by publication."""
        query = (
            select(t.articles, t.revisions, t.memberships.c.added.label("joined"))
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .join(
                t.revisions,
                and_(t.revisions.c.article == t.articles.c.id, t.revisions.c.revision == t.articles.c.latest),
            )
            .join(t.stories, t.stories.c.id == t.memberships.c.story)
            .where(_of(tenant), t.memberships.c.story == story.id)
            .order_by(t.revisions.c.published.nulls_first(), t.articles.c.identity)
        )
        with self._read() as c:
            return [Member(article_of(r), r.joined, r.latest) for r in c.execute(query)]

    def readings(
        self, tenant: Tenant, story: Story, at: Sequence[tuple[str, int]] | None = None
    ) -> list[tuple[Article, Reading | None]]:
        """The story's articles with their readings, at their latest revisions or at those named.

        The reading is None where it was made by another version of the reader: read the article again.
        """
        query = (
            select(t.articles, t.revisions, t.readings.c.reader, t.readings.c.data)
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .join(t.stories, t.stories.c.id == t.memberships.c.story)
            .join(t.revisions, t.revisions.c.article == t.articles.c.id)
            .outerjoin(
                t.readings,
                and_(
                    t.readings.c.article == t.articles.c.id, t.readings.c.revision == t.revisions.c.revision
                ),
            )
            .where(_of(tenant), t.memberships.c.story == story.id)
            .order_by(t.articles.c.identity)
        )
        if at is None:
            return self._readings(query.where(t.revisions.c.revision == t.articles.c.latest))
        found: list[tuple[Article, Reading | None]] = []
        for chunk in _chunks(sorted(set(at))):
            named = query.where(tuple_(t.articles.c.identity, t.revisions.c.revision).in_(chunk))
            found += self._readings(named)
        return found

    def _readings(self, query: Select[Any]) -> list[tuple[Article, Reading | None]]:
        found = []
        with self._read() as c:
            for r in c.execute(query):
                article = article_of(r)
                found.append((article, load_reading(r.data, article) if r.reader == READER else None))
        return found

    def article(self, tenant: Tenant, story: Story, identity: str, revision: int) -> Article:
        """One revision of an article that a citation of the story names. NotFound."""
        held, cited = (
            exists().where(x.c.story == story.id, x.c.article == t.articles.c.id)
            for x in (t.memberships, t.citations)  # what has left the story since is still cited
        )
        mine = exists().where(_of(tenant), t.stories.c.id == story.id)
        query = (
            select(t.articles, t.revisions)
            .join(t.revisions, t.revisions.c.article == t.articles.c.id)
            .where(
                t.articles.c.identity == identity,
                t.revisions.c.revision == revision,
                mine,
                or_(held, cited),
            )
        )
        with self._read() as c:
            row = c.execute(query).first()
        if row is None:
            raise NotFound(f"The story holds no article {identity!r} in revision {revision}.")
        return article_of(row)

    # ---- gaps ------------------------------------------------------------------------------------------------------------

    def add_gap(self, tenant: Tenant, story: Story, gap: Gap, now: datetime) -> None:
        """What could not be fetched or read, until it can be."""
        what = gap.what[:500]
        with self._write() as c:
            self._owned(c, tenant, story)
            c.execute(delete(t.gaps).where(t.gaps.c.story == story.id, t.gaps.c.what == what))
            c.execute(insert(t.gaps).values(story=story.id, what=what, why=gap.why, at=now, kind=gap.kind))

    def close_gap(self, tenant: Tenant, story: Story, what: str) -> None:
        """What was missing is there now."""
        with self._write() as c:
            self._owned(c, tenant, story)
            c.execute(delete(t.gaps).where(t.gaps.c.story == story.id, t.gaps.c.what == what[:500]))

    def gaps(self, tenant: Tenant, story: Story) -> list[Gap]:
        query = (
            select(t.gaps)
            .join(t.stories, t.stories.c.id == t.gaps.c.story)
            .where(_of(tenant), t.gaps.c.story == story.id)
            .order_by(t.gaps.c.at)
        )
        with self._read() as c:
            return [Gap(r.what, r.why, r.at, r.kind) for r in c.execute(query)]

    def counts(self) -> dict[str, int]:
        """Rows in each table, for `sitrep check`."""
        with self._read() as c:
            return {
                name: c.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in t.metadata.tables.items()
            }


def _digest(a: Article) -> str:
    """What makes a revision: the words and the outlet, not a touched date."""
    return sha256("\0".join((a.title, a.text, a.outlet, a.agency)).encode()).hexdigest()


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for i in range(0, len(items), _CHUNK):
        yield items[i : i + _CHUNK]


@cache
def _adapter() -> TypeAdapter[Reading]:
    return TypeAdapter(Reading)


def dump_reading(reading: Reading) -> str:
    """A reading as JSON, without the article that it is of."""
    return _adapter().dump_json(replace(reading, article=Article("", ""))).decode()


def load_reading(data: str, article: Article) -> Reading:
    """The reading that `dump_reading` wrote, of this article."""
    return replace(_adapter().validate_json(data), article=article)
