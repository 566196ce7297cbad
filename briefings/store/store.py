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
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from briefings.errors import AlreadyThere, NotFound
from briefings.model import (
    Article,
    Decision,
    Gap,
    Language,
    Member,
    Reading,
    Story,
    Tenant,
    Verdict,
)
from briefings.reading import READER
from briefings.store import tables as t
from briefings.store.base import Place
from briefings.store.base import of as _of
from briefings.store.channels import Channels
from briefings.store.editions import Editions
from briefings.store.follows import Follows, match_values
from briefings.store.ledger import Ledger
from briefings.store.numbers import Numbers
from briefings.store.removing import drop_story
from briefings.store.rows import article_of, story_of
from briefings.store.search import Search, index
from briefings.store.tenants import Tenants

T = TypeVar("T")

What = Literal["new", "revised", "unchanged"]
_PRIVATE = "own-"  # begins the id of a tenant's own article that has a public namesake in its story
_CHUNK = 500  # values in one IN (…)


@dataclass(frozen=True, slots=True)
class Added:
    """What adding an article did: "new", "revised" or "unchanged"; `article` as it is now stored, `placed` in the story."""

    what: What
    article: Article
    placed: bool = True


@dataclass(frozen=True, slots=True)
class _Put:
    """An article's row: its key, what has become of it, what is stored, whether the story holds it, what was known."""

    key: int
    what: What
    article: Article
    member: bool
    row: Any


@dataclass(frozen=True, slots=True)
class Version:
    """How far a story has come: its articles' version, and the next number for a citation."""

    articles: int
    next_number: int


# ---- statements that every article runs, made once --------------------------------------------------------------------------

_A, _R, _M, _X = t.articles.c, t.revisions.c, t.memberships.c, t.matches.c
# What is known of articles: their latest revision, whether a story holds them, and what was decided about that.
_STATE = (
    select(_A.id, _A.identity, _A.owner, _A.latest, _R.digest, _M.article.label("member"), _X.decision, _X.decided_by)
    .join(t.revisions, and_(_R.article == _A.id, _R.revision == _A.latest))
    .outerjoin(t.memberships, and_(_M.article == _A.id, _M.story == bindparam("of_story")))
    .outerjoin(t.matches, and_(_X.article == _A.id, _X.story == bindparam("of_story")))
)  # fmt: skip
_KNOWN = _STATE.where(_A.identity == bindparam("by_identity"))
# An article at another address whose latest revision has the same headline, text and outlet.
_TWIN = _STATE.where(
    _R.digest == bindparam("of_digest"), _A.owner == bindparam("of_owner"), _A.url != "", _A.url != bindparam("not_at")
).order_by(_A.id)  # fmt: skip
_PUT_ARTICLE, _PUT_REVISION, _PUT_READING = insert(t.articles), insert(t.revisions), insert(t.readings)
_JOIN = insert(t.memberships)
_REVISED = (
    update(t.articles)
    .where(_A.id == bindparam("of_article"))
    .values(latest=bindparam("as_latest"), url=bindparam("at_url"))
)
_MOVED = (
    update(t.stories).where(t.stories.c.id == bindparam("of_story")).values(version=t.stories.c.version + 1)
)
_OWN_INTAKE = and_(
    t.intake.c.platform == bindparam("of_platform"), t.intake.c.tenant == bindparam("of_tenant")
)
_ONE_MORE = (
    update(t.intake)
    .where(_OWN_INTAKE, t.intake.c.hour == bindparam("in_hour"))
    .values(articles=t.intake.c.articles + 1)
)
_FORGET_HOURS = delete(t.intake).where(_OWN_INTAKE, t.intake.c.hour < bindparam("before"))


def _matching(statement: Any) -> Any:
    """A match, new or in place of the one before."""
    names = ("score", "reasons", "decision", "decided_by", "at")
    taken = {n: statement.excluded[n] for n in names}
    return statement.on_conflict_do_update(index_elements=["story", "article"], set_=taken)


_PUT_MATCH_FILE, _PUT_MATCH_SERVER = (
    _matching(sqlite.insert(t.matches)),
    _matching(postgresql.insert(t.matches)),
)


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
        self,
        tenant: Tenant,
        story: Story,
        reading: Reading,
        now: datetime,
        private: bool = False,
        verdict: Verdict | None = None,
    ) -> Added:
        """The article into the story. The same text again changes nothing; another text is a new revision.

        `private` keeps it to this tenant: local files and intranet pages. With a `verdict` it was matched: it goes in
        where that says so, unless a person has decided about it, and the match is kept.
        """
        article = reading.article
        own = tenant.owner
        with self._write() as c:
            self._owned(c, tenant, story)
            known = c.execute(_KNOWN, {"of_story": story.id, "by_identity": article.id}).all()
            there = {r.owner for r in known if r.member is not None}
            if not private and own in there:
                private = (
                    True  # a page that the tenant has already given as a file of its own: that one is revised
                )
            elif private and "" in there:
                article = replace(
                    article, id=_PRIVATE + article.id
                )  # a file is never a revision of the public page
                known = c.execute(_KNOWN, {"of_story": story.id, "by_identity": article.id}).all()
            owner = own if private else ""
            row = next((r for r in known if r.owner == owner), None)
            put = self._put(c, replace(reading, article=article), owner, now, row, story.id)
            belongs = verdict is None or self._match(c, story.id, put, verdict, now)
            what = put.what
            if belongs and not put.member:
                c.execute(_JOIN, {"story": story.id, "article": put.key, "added": now})
                c.execute(_MOVED, {"of_story": story.id})
                self._count(c, tenant, now)
                what = "new"
        return Added(what, put.article, belongs)

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

    def _put(self, c: Connection, reading: Reading, owner: str, now: datetime, row: Any, story: int) -> _Put:
        """The article with this text as its latest revision; `row` is what is known of it.

        The same text under another address of the same outlet is the same article.
        """
        article, digest = reading.article, _digest(reading.article)
        if row is None and article.url and article.outlet:
            twin = {"of_digest": digest, "of_owner": owner, "not_at": article.url, "of_story": story}
            row = c.execute(_TWIN, twin).first()
        if row is None:
            made = c.execute(
                _PUT_ARTICLE, {"owner": owner, "identity": article.id, "url": article.url, "latest": 1}
            )
            assert made.inserted_primary_key is not None
            key, revision = made.inserted_primary_key[0], 1
        elif row.digest == digest:
            stored = self._stored(c, row.id, row.latest)
            return _Put(row.id, "unchanged", stored, row.member is not None, row)
        else:
            key, revision = row.id, row.latest + 1
            c.execute(_REVISED, {"of_article": key, "as_latest": revision, "at_url": article.url})
        article = replace(article, revision=revision)
        if row is not None:
            article = replace(article, id=row.identity)
        self._put_revision(c, key, replace(reading, article=article), digest, now)
        index(c, key, article.title, article.text, reading.language, new=row is None)
        if row is None:
            return _Put(key, "new", article, False, None)
        holders = select(t.memberships.c.story).where(t.memberships.c.article == key)
        self._moved(c, t.stories.c.id.in_(holders))
        return _Put(key, "revised", article, row.member is not None, row)

    def _match(self, c: Connection, story: int, put: _Put, verdict: Verdict, now: datetime) -> bool:
        """Keep the match, and whether the article belongs to the story: what a person decided stays."""
        row = put.row
        if row is not None and row.decided_by:
            return bool(row.decision == Decision.IN.value)
        values = {"story": story, "article": put.key, **match_values(verdict, now)}
        c.execute(_PUT_MATCH_SERVER if self.shared else _PUT_MATCH_FILE, values)
        return verdict.decision is Decision.IN

    def _count(self, c: Connection, tenant: Tenant, now: datetime) -> None:
        """One more article in this hour; what is older than two days is forgotten."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        own = {"of_platform": tenant.platform, "of_tenant": tenant.id}
        if c.execute(_ONE_MORE, {**own, "in_hour": hour}).rowcount:
            return
        c.execute(_FORGET_HOURS, {**own, "before": now - timedelta(days=2)})
        values = {"platform": tenant.platform, "tenant": tenant.id, "hour": hour, "articles": 1}
        c.execute(insert(t.intake).values(**values))

    def _moved(self, c: Connection, which: Any) -> None:
        """What was made of these stories' articles no longer holds."""
        c.execute(update(t.stories).where(which).values(version=t.stories.c.version + 1))

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
            _PUT_REVISION,
            {
                "article": key, "revision": a.revision, "title": a.title, "text": a.text, "outlet": a.outlet[:200],
                "byline": a.byline, "agency": a.agency[:200], "language": a.language, "published": a.published,
                "sample": a.sample, "digest": digest, "added": now,
            },
        )  # fmt: skip
        data = {"article": key, "revision": a.revision, "reader": READER, "data": dump_reading(reading)}
        c.execute(_PUT_READING, data)

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

    def history(self, tenant: Tenant, story: Story) -> list[tuple[Article, datetime]]:
        """Every revision of the story's articles with when it came in, in that order."""
        query = (
            select(t.articles, t.revisions)
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .join(t.stories, t.stories.c.id == t.memberships.c.story)
            .join(t.revisions, t.revisions.c.article == t.articles.c.id)
            .where(_of(tenant), t.memberships.c.story == story.id)
            .order_by(t.revisions.c.added, t.articles.c.id, t.revisions.c.revision)
        )
        with self._read() as c:
            return [(article_of(r), r.added) for r in c.execute(query)]

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
