"""What stories are followed by, what is polled for it and by whom, and which articles were matched."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from briefings.errors import AlreadyThere, NotFound
from briefings.model import (
    Address,
    Decision,
    Follow,
    Followed,
    Following,
    Matched,
    Polled,
    Reason,
    Story,
    Tenant,
    Verdict,
)
from briefings.store import tables as t
from briefings.store.base import Section
from briefings.store.base import of as _of
from briefings.store.removing import drop_unfollowed, drop_unheld
from briefings.store.rows import article_of, story_of

_CHUNK = 500  # values in one IN (…)
_LONGEST = 2_000  # characters of an address
POLLED = frozenset({Following.FEED, Following.PAGE, Following.FOLDER})
_F, _E, _W, _M = t.feeds.c, t.entries.c, t.follows.c, t.matches.c


@dataclass(frozen=True, slots=True)
class Polling:
    """What a question to a feed came to, as it is kept. `why` and `error` are "" where it went well."""

    due: datetime
    interval: float
    now: datetime
    url: str = ""  # where it has moved to for good
    title: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    brought: bool = False
    why: str = ""
    error: str = ""
    gone: bool = False


class Follows(Section):
    # ---- what a story is followed by ---------------------------------------------------------------------------------------

    def follow(
        self,
        tenant: Tenant,
        story: Story,
        kind: Following,
        value: str,
        now: datetime,
        *,
        interval: float = 300.0,
        made_by: str = "",
        said_in: Address | None = None,
    ) -> Follow:
        """One thing more. What is polled is due at once, and read anew for this story. AlreadyThere, NotFound."""
        with self._write() as c:
            self._owned(c, tenant, story)
            same = and_(_W.story == story.id, _W.kind == kind.value, _W.value == value)
            if c.execute(select(_W.id).where(same)).first() is not None:
                raise AlreadyThere(f"The story {story.slug!r} is already followed by {value}.")
            number = self._follow(c, story.id, kind, value, now, interval, made_by, said_in)
            self._again(c, tenant, story, now)
            return _follow(c.execute(_follows().where(_W.id == number)).one())

    def _follow(
        self,
        c: Connection,
        story: int | None,
        kind: Following,
        value: str,
        now: datetime,
        interval: float,
        made_by: str,
        said_in: Address | None,
    ) -> int:
        feed = self._feed(c, kind, value, now, interval) if kind in POLLED else None
        made = c.execute(
            insert(t.follows).values(
                story=story, kind=kind.value, value=value[:2_000], feed=feed, added=now, made_by=made_by[:200],
                via=said_in.via if said_in is not None else None,
                channel=said_in.channel if said_in is not None else None,
            )
        )  # fmt: skip
        assert made.inserted_primary_key is not None
        return int(made.inserted_primary_key[0])

    def _feed(self, c: Connection, kind: Following, url: str, now: datetime, interval: float) -> int:
        """The row by which it is polled, made where there is none."""
        query = select(_F.id).where(_F.kind == kind.value, _F.url == url)
        found: int | None = c.execute(query).scalar_one_or_none()
        if found is None:
            made = c.execute(
                insert(t.feeds).values(kind=kind.value, url=url, interval=interval, due=now, created=now)
            )
            assert made.inserted_primary_key is not None
            return int(made.inserted_primary_key[0])
        c.execute(update(t.feeds).where(_F.id == found, _F.gone.is_(True)).values(gone=False, due=now))
        return found

    def _again(self, c: Connection, tenant: Tenant, story: Story, now: datetime) -> None:
        """The feeds that the story draws on are read anew: what stood in them before may be of this story."""
        own = select(_W.feed).where(_W.story == story.id, _W.feed.is_not(None))
        feeds = set(c.execute(own).scalars())
        if not feeds:
            theirs = select(_W.feed).outerjoin(t.stories, t.stories.c.id == _W.story)
            feeds = set(
                c.execute(theirs.where(_W.feed.is_not(None), or_(_W.story.is_(None), _of(tenant)))).scalars()
            )
        for chunk in _chunks(sorted(feeds)):
            c.execute(delete(t.entries).where(_E.feed.in_(chunk)))
            c.execute(
                update(t.feeds)
                .where(_F.id.in_(chunk))
                .values(etag="", modified="", digest="", due=now, turn=_F.turn + 1)
            )

    def unfollow(self, tenant: Tenant, story: Story, number: int | None = None) -> int:
        """One thing less, or all of them; how many. Articles stay."""
        with self._write() as c:
            self._owned(c, tenant, story)
            which = _W.story == story.id if number is None else and_(_W.story == story.id, _W.id == number)
            values = [v[:500] for v in c.execute(select(_W.value).where(which)).scalars()]
            for chunk in _chunks(values):
                c.execute(delete(t.gaps).where(t.gaps.c.story == story.id, t.gaps.c.what.in_(chunk)))
            gone = c.execute(delete(t.follows).where(which))
            drop_unfollowed(c)
            return gone.rowcount

    def rest(self, tenant: Tenant, story: Story, resting: bool) -> None:
        """Stop or go on matching to a story."""
        with self._write() as c:
            self._owned(c, tenant, story)
            c.execute(update(t.stories).where(t.stories.c.id == story.id).values(resting=resting))

    def follows(self, tenant: Tenant, story: Story) -> list[Follow]:
        """In the order in which they were said."""
        query = (
            _follows()
            .join(t.stories, t.stories.c.id == _W.story)
            .where(_of(tenant), _W.story == story.id)
            .order_by(_W.id)
        )
        with self._read() as c:
            return [_follow(r) for r in c.execute(query)]

    def count(self, tenant: Tenant) -> int:
        """Over all stories of the tenant."""
        query = select(func.count()).select_from(t.follows).join(t.stories, t.stories.c.id == _W.story)
        with self._read() as c:
            return c.execute(query.where(_of(tenant))).scalar_one()

    def keep_operators(self, wanted: Mapping[str, Following], now: datetime, interval: float) -> None:
        """What the operator follows for everyone, as the settings have it: address or path → kind."""
        with self._write() as c:
            there = {(r.kind, r.value): r.id for r in c.execute(select(t.follows).where(_W.story.is_(None)))}
            asked = {(kind.value, value) for value, kind in wanted.items()}
            gone = [number for key, number in there.items() if key not in asked]
            for chunk in _chunks(gone):
                c.execute(delete(t.follows).where(_W.id.in_(chunk)))
            for value, kind in wanted.items():
                if (kind.value, value) not in there:
                    self._follow(c, None, kind, value, now, interval, "", None)
            drop_unfollowed(c)

    # ---- polling -------------------------------------------------------------------------------------------------------------

    def lease(self, name: str, now: datetime, until: datetime, most: int) -> list[Polled]:
        """Take what is due, for so long; what another process has is not taken. The longest due first."""
        with self._write(alone=False) as c:
            numbers = list(c.execute(_DUE, {"at": now, "most": most}).scalars())
            if not numbers:
                return []
            taking = {"of_feeds": numbers, "at": now, "until": until, "name": name}
            taken = list(c.execute(_TAKE, taking).scalars())
            return [_polled(r) for r in c.execute(_TAKEN, {"of_feeds": taken})]

    def release(self, name: str) -> None:
        """Give back what a process of this name has taken and not settled: it is due as it was."""
        with self._write(alone=False) as c:
            c.execute(update(t.feeds).where(_F.lease == name).values(leased=None, lease=""))

    def next_due(self, now: datetime) -> datetime | None:
        """When the next question is due that nobody is at; None where there is none."""
        with self._read() as c:
            found: datetime | None = c.execute(_NEXT, {"at": now}).scalar_one()
        return found

    def settle(self, name: str, outcomes: Sequence[tuple[Polled, Polling]]) -> list[bool]:
        """Keep what the questions came to and give their leases back; False for each that another process has by now."""
        with self._write(alone=False) as c:
            for polled, o in outcomes:
                if o.url and len(o.url) <= _LONGEST and not self._moved(c, polled, o.url):
                    c.execute(update(t.feeds).where(_F.id == polled.id, _F.lease == name).values(url=o.url))
            numbers = [polled.id for polled, _ in outcomes]
            turns: dict[int, int] = {}
            for chunk in _chunks(numbers):
                turns |= {r.id: r.turn for r in c.execute(_MINE, {"of_feeds": chunk, "name": name})}
            kept = [(p, o) for p, o in outcomes if p.id in turns]
            well = [_values(p, o, turns[p.id]) for p, o in kept if not o.why]
            badly = [_values(p, o, turns[p.id]) for p, o in kept if o.why]
            if well:
                c.execute(_WELL, well)
            if badly:
                c.execute(_BADLY, badly)
        return [p.id in turns for p, _ in outcomes]

    def renew(self, polled: Polled, name: str, until: datetime) -> None:
        """Keep a lease for longer."""
        with self._write(alone=False) as c:
            c.execute(update(t.feeds).where(_F.id == polled.id, _F.lease == name).values(leased=until))

    def _moved(self, c: Connection, polled: Polled, url: str) -> bool:
        """Whether the feed at the new address is there already: then those who follow the old one follow that."""
        query = select(_F.id).where(_F.kind == polled.kind.value, _F.url == url)
        other = c.execute(query).scalar_one_or_none()
        if other is None:
            return False
        c.execute(update(t.follows).where(_W.feed == polled.id).values(feed=other))
        drop_unfollowed(c)
        return True

    def told(self, polled: Polled) -> bool:
        """Note that the followers know that it fails; False where they knew."""
        with self._write(alone=False) as c:
            news = update(t.feeds).where(_F.id == polled.id, _F.told.is_(False)).values(told=True)
            return bool(c.execute(news).rowcount)

    def all_due(self, now: datetime) -> int:
        """Have everything asked at once that is followed; how many."""
        with self._write(alone=False) as c:
            ask = update(t.feeds).where(_F.gone.is_(False), _F.due > now, _wanted()).values(due=now)
            c.execute(ask)
            return c.execute(select(func.count()).where(_F.gone.is_(False), _wanted())).scalar_one()

    def watch(self, article: str, owner: str, url: str, due: datetime, interval: float) -> None:
        """Have an article's page looked at again."""
        if len(url) > _LONGEST:
            return
        with self._write(alone=False) as c:
            key = c.execute(
                select(t.articles.c.id).where(t.articles.c.owner == owner, t.articles.c.identity == article)
            ).scalar_one_or_none()
            if key is None:
                return
            put = self.insert(t.feeds).values(
                kind=Following.PAGE.value, url=url, article=key, interval=interval, due=due, created=due
            )
            known_page = put.on_conflict_do_update(index_elements=["kind", "url"], set_={"article": key})
            c.execute(known_page)

    def unwatch(self, polled: Polled) -> None:
        """Look at the page no more, unless a story follows it."""
        with self._write(alone=False) as c:
            c.execute(update(t.feeds).where(_F.id == polled.id).values(article=None))
            drop_unfollowed(c)

    # ---- entries ---------------------------------------------------------------------------------------------------------------

    def known_entries(self, feed: int, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Those of the keys that were looked at: with which words, and how often in vain."""
        found: dict[str, tuple[str, int]] = {}
        with self._read() as c:
            for chunk in _chunks(keys):
                rows = c.execute(select(t.entries).where(_E.feed == feed, _E.key.in_(chunk)))
                found |= {r.key: (r.digest, r.tries) for r in rows}
        return found

    def keep_entry(self, feed: Polled, key: str, digest: str, now: datetime, tries: int = 0) -> None:
        """It was looked at. `tries`: how often in vain. Nothing is kept where it is to be read anew for somebody else."""
        values = {"digest": digest, "tries": tries, "seen": now}
        with self._write(alone=False) as c:
            if c.execute(select(_F.id).where(_F.id == feed.id, _F.turn == feed.turn)).first() is None:
                return
            put = self.insert(t.entries).values(feed=feed.id, key=key, **values)
            c.execute(put.on_conflict_do_update(index_elements=["feed", "key"], set_=values))

    def forget_entries(self, feed: int, but: Collection[str], before: datetime) -> None:
        """Those that are no longer in the feed, and are older."""
        with self._write(alone=False) as c:
            old = select(_E.key).where(_E.feed == feed, _E.seen < before)
            gone = [k for k in c.execute(old).scalars() if k not in set(but)]
            for chunk in _chunks(gone):
                c.execute(delete(t.entries).where(_E.feed == feed, _E.key.in_(chunk)))

    # ---- whose it is -----------------------------------------------------------------------------------------------------------

    def followed(self, feed: int) -> list[Followed]:
        """The stories that a feed's articles may belong to: those that follow it, and those of tenants that do which are
        followed by words, outlets or examples alone; where the operator follows it, such stories of every tenant.

        Of what a story is followed by, other feeds are left out.
        """
        with self._read() as c:
            rows = c.execute(_OF_FEED, {"of_feed": feed}).all()
            direct = sorted({r.story for r in rows if r.story is not None})
            everyone = any(r.story is None for r in rows)
            found = list(c.execute(_pool(everyone), {"direct": direct}))
            stories = {r.id: r for r in found}
            by: dict[int, list[Follow]] = {number: [] for number in stories}
            for chunk in _chunks(sorted(stories)):
                for r in c.execute(_RULES, {"of_feed": feed, "of_stories": chunk}):
                    by[r.story].append(_follow(r))
        return [
            Followed(Tenant(r.platform, r.tenant), story_of(r), tuple(by[number]))
            for number, r in sorted(stories.items())
        ]

    def holders(self, article: str, owners: Collection[str] | None = None) -> list[tuple[Tenant, Story, str]]:
        """The stories that hold an article, with who owns the copy that they hold; of these owners, or of any."""
        query = (
            select(t.stories)
            .join(t.memberships, t.memberships.c.story == t.stories.c.id)
            .join(t.articles, t.articles.c.id == t.memberships.c.article)
            .where(t.articles.c.identity == article)
            .order_by(t.stories.c.id)
        ).add_columns(t.articles.c.owner)
        if owners is not None:
            query = query.where(t.articles.c.owner.in_(list(owners)))
        with self._read() as c:
            return [(Tenant(r.platform, r.tenant), story_of(r), r.owner) for r in c.execute(query)]

    def told_at(self, feed: int) -> list[tuple[Followed, Follow]]:
        """Who follows a feed by name, with where they said so."""
        query = (
            select(
                t.follows,
                t.feeds,
                t.stories.c.platform,
                t.stories.c.tenant,
                t.stories.c.slug,
                t.stories.c.name,
            )
            .add_columns(t.stories.c.created.label("story_created"), t.stories.c.language)
            .join(t.stories, t.stories.c.id == _W.story)
            .join(t.feeds, t.feeds.c.id == _W.feed)
            .where(_W.feed == feed)
            .order_by(_W.id)
        )
        found = []
        told: set[tuple[int, Address | None]] = set()
        with self._read() as c:
            for r in c.execute(query):
                place = r.story, (Address(r.via, r.channel) if r.via is not None else None)
                if place in told:
                    continue
                told.add(place)
                story = Story(r.story, r.slug, r.name, r.story_created, r.language)
                follow = _follow(r)
                found.append((Followed(Tenant(r.platform, r.tenant), story, (follow,)), follow))
        return found

    # ---- matches ---------------------------------------------------------------------------------------------------------------

    def keep_match(
        self,
        tenant: Tenant,
        story: Story,
        article: str,
        verdict: Verdict,
        now: datetime,
        decided_by: str = "",
    ) -> bool:
        """A match, or a person's decision; what a person decided stays. Out by a person: the article leaves the story.

        False where a person had decided otherwise.
        """
        values = match_values(verdict, now, decided_by)
        with self._write() as c:
            self._owned(c, tenant, story)
            key = self._article(c, tenant, story, article)
            there = c.execute(select(t.matches).where(_M.story == story.id, _M.article == key)).first()
            if there is not None and there.decided_by and not decided_by:
                return bool(there.decision == verdict.decision.value)
            put = self.insert(t.matches).values(story=story.id, article=key, **values)
            c.execute(put.on_conflict_do_update(index_elements=["story", "article"], set_=values))
            if decided_by and verdict.decision is Decision.OUT:
                here = and_(t.memberships.c.story == story.id, t.memberships.c.article == key)
                if c.execute(delete(t.memberships).where(here)).rowcount:
                    moved = update(t.stories).where(t.stories.c.id == story.id)
                    c.execute(moved.values(version=t.stories.c.version + 1))
        return True

    def prune(self, before: datetime) -> None:
        """Forget matches that nobody decided and that came to nothing, with their articles, from before then."""
        undecided = and_(_M.at < before, _M.decided_by == "", _M.decision != Decision.IN.value)
        with self._write() as c:
            articles = list(c.execute(select(_M.article).where(undecided)).scalars())
            c.execute(delete(t.matches).where(undecided))
            drop_unheld(c, articles)

    def _article(self, c: Connection, tenant: Tenant, story: Story, identity: str) -> int:
        """The article of that id that the story holds, else the tenant's own, else the public one. NotFound."""
        own = tenant.owner
        held = exists().where(t.memberships.c.story == story.id, t.memberships.c.article == t.articles.c.id)
        query = (
            select(t.articles.c.id)
            .where(t.articles.c.identity == identity, t.articles.c.owner.in_(["", own]))
            .order_by(held.desc(), t.articles.c.owner.desc())
        )
        found: int | None = c.execute(query.limit(1)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"There is no article {identity!r}.")
        return found

    def matches(
        self, tenant: Tenant, story: Story, decision: Decision | None = None, most: int = 50
    ) -> list[Matched]:
        """What was matched to the story, the newest first."""
        query = (
            select(t.matches, t.articles, t.revisions)
            .join(t.articles, t.articles.c.id == _M.article)
            .join(
                t.revisions,
                and_(t.revisions.c.article == t.articles.c.id, t.revisions.c.revision == t.articles.c.latest),
            )
            .join(t.stories, t.stories.c.id == _M.story)
            .where(_of(tenant), _M.story == story.id)
            .order_by(_M.at.desc(), _M.article.desc())
            .limit(most)
        )
        if decision is not None:
            query = query.where(_M.decision == decision.value)
        with self._read() as c:
            return [_matched(r) for r in c.execute(query)]


def _values(polled: Polled, o: Polling, turn: int) -> dict[str, Any]:
    """What a question came to, as the statements below take it; None: as it was."""
    anew = turn != polled.turn  # somebody follows it since: read it all once more
    kept = "" if anew else None
    values = {
        "of_feed": polled.id, "new_due": o.now if anew else o.due, "new_interval": o.interval, "new_asked": o.now,
        "new_gone": o.gone, "new_digest": kept,
    }  # fmt: skip
    if o.why:
        return values | {"new_why": o.why, "new_error": o.error, "new_etag": kept, "new_modified": kept}
    return values | {
        "new_etag": "" if anew else o.etag, "new_modified": "" if anew else o.modified,
        "new_digest": "" if anew else (o.digest or None), "new_title": o.title[:500] or None,
        "new_brought": o.now if o.brought else None,
    }  # fmt: skip


_OF_FEED = select(t.follows.c.story).where(_W.feed == bindparam("of_feed"))


@cache
def _pool(everyone: bool) -> Select[Any]:
    """The stories that do not rest and that follow a feed, or draw on what their tenant, or everyone, follows."""
    direct = t.stories.c.id.in_(bindparam("direct", expanding=True))
    own_feeds = exists().where(_W.story == t.stories.c.id, _W.feed.is_not(None))
    pool = and_(~own_feeds, exists().where(_W.story == t.stories.c.id))
    if not everyone:
        other = t.stories.alias("other")
        mine = and_(other.c.platform == t.stories.c.platform, other.c.tenant == t.stories.c.tenant)
        pool = and_(pool, exists().where(mine, other.c.id.in_(bindparam("direct", expanding=True))))
    return select(t.stories).where(t.stories.c.resting.is_(False), or_(direct, pool))


def match_values(verdict: Verdict, now: datetime, decided_by: str = "") -> dict[str, Any]:
    """A match's columns."""
    return {
        "score": verdict.score,
        "reasons": json.dumps([asdict(r) for r in verdict.reasons], ensure_ascii=False),
        "decision": verdict.decision.value,
        "decided_by": decided_by[:200],
        "at": now,
    }


def _wanted() -> Any:
    """The condition that a feed is followed by the operator, or by a tenant not all of whose stories rest, or is an
    article's page: a story that is followed by words alone draws on what the others follow."""
    owner, awake = t.stories.alias("owner"), t.stories.alias("awake")
    mine = and_(awake.c.platform == owner.c.platform, awake.c.tenant == owner.c.tenant)
    theirs = exists().where(owner.c.id == _W.story, mine, awake.c.resting.is_(False))
    someone = exists().where(_W.feed == _F.id, or_(_W.story.is_(None), theirs))
    return or_(_F.article.is_not(None), someone)


_FREE = and_(
    _F.gone.is_(False), or_(_F.leased.is_(None), _F.leased < bindparam("at")), _wanted()
)  # what may be asked, once it is due
_DUE = select(_F.id).where(_F.due <= bindparam("at"), _FREE).order_by(_F.due, _F.id).limit(bindparam("most"))
_THESE = _F.id.in_(bindparam("of_feeds", expanding=True))
_TAKE = (
    update(t.feeds)
    .where(_THESE, _F.due <= bindparam("at"), _FREE)
    .values(leased=bindparam("until"), lease=bindparam("name"))
    .returning(_F.id)
)
_TAKEN = (
    select(t.feeds, t.articles.c.identity, t.articles.c.owner)
    .outerjoin(t.articles, t.articles.c.id == _F.article)
    .where(_THESE)
    .order_by(_F.due, _F.id)
)
_NEXT = select(func.min(_F.due)).where(_FREE)
_MINE = select(_F.id, _F.turn).where(_THESE, _F.lease == bindparam("name")).with_for_update()
_ASKED: dict[str, Any] = {
    "due": bindparam("new_due"), "interval": bindparam("new_interval"), "asked": bindparam("new_asked"),
    "gone": bindparam("new_gone"), "leased": None, "lease": "",
}  # fmt: skip
_THIS = update(t.feeds).where(_F.id == bindparam("of_feed"))


def _or_as_it_was(column: ColumnElement[Any]) -> Any:
    """What is new of a column; where that is None, what stands in it."""
    return func.coalesce(bindparam(f"new_{column.name}", type_=column.type), column)


_WELL = _THIS.values(
    **_ASKED, why="", error="", failures=0, failing=None, told=False, etag=bindparam("new_etag"),
    modified=bindparam("new_modified"), digest=_or_as_it_was(_F.digest), title=_or_as_it_was(_F.title),
    brought=_or_as_it_was(_F.brought),
)  # fmt: skip
_BADLY = _THIS.values(
    **_ASKED, why=bindparam("new_why"), error=bindparam("new_error"), failures=_F.failures + 1,
    failing=func.coalesce(_F.failing, bindparam("new_asked", type_=_F.failing.type)),
    etag=_or_as_it_was(_F.etag), modified=_or_as_it_was(_F.modified), digest=_or_as_it_was(_F.digest),
)  # fmt: skip


def _follows() -> Select[Any]:
    return select(t.follows, _F.title, _F.why, _F.failing, _F.asked).outerjoin(t.feeds, _F.id == _W.feed)


_RULES = (
    _follows()
    .where(
        _W.story.in_(bindparam("of_stories", expanding=True)),
        or_(_W.feed.is_(None), _W.feed == bindparam("of_feed")),
    )
    .order_by(_W.id)
)


def _follow(r: Row[Any]) -> Follow:
    said_in = Address(r.via, r.channel) if r.via is not None else None
    return Follow(
        r.id,
        Following(r.kind),
        r.value,
        r.feed,
        r.title or "",
        r.made_by,
        said_in,
        r.why or "",
        r.failing,
        r.asked,
    )


def _polled(r: Row[Any]) -> Polled:
    return Polled(
        r.id, Following(r.kind), r.url, r.interval, r.identity or "", r.owner or "", r.title, r.etag, r.modified,
        r.digest, r.failures, r.failing, r.told, r.created, r.turn,
    )  # fmt: skip


def _matched(r: Row[Any]) -> Matched:
    reasons = tuple(
        Reason(Following(x["kind"]), x["value"], tuple(x["shared"])) for x in json.loads(r.reasons)
    )
    return Matched(article_of(r), Verdict(r.score, reasons, Decision(r.decision)), r.at, r.decided_by)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for i in range(0, len(items), _CHUNK):
        yield items[i : i + _CHUNK]
