"""A story taken away with all that is its own. Sections of the store call this within a transaction of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, delete, select, update

from briefings.store import tables as t
from briefings.store.search import forget

_CHUNK = 500  # articles to a statement


def drop_story(c: Connection, story: int) -> None:
    """The story with its memberships, numbers and marks; articles that no story holds any more go too."""
    of = t.memberships.c.story == story
    held = list(c.execute(select(t.memberships.c.article).where(of)).scalars())
    held += c.execute(select(t.matches.c.article).where(t.matches.c.story == story)).scalars()
    for table in (t.citations, t.memberships, t.marks, t.gaps, t.follows, t.matches):
        c.execute(delete(table).where(table.c.story == story))
    c.execute(delete(t.stories).where(t.stories.c.id == story))
    drop_unheld(c, held)


def drop_unfollowed(c: Connection) -> None:
    """What nobody follows is not polled any more."""
    followed = select(t.follows.c.feed).where(t.follows.c.feed.is_not(None))
    nobody = and_(t.feeds.c.article.is_(None), t.feeds.c.id.not_in(followed))
    gone = list(c.execute(select(t.feeds.c.id).where(nobody)).scalars())
    for i in range(0, len(gone), _CHUNK):
        chunk = gone[i : i + _CHUNK]
        c.execute(delete(t.entries).where(t.entries.c.feed.in_(chunk)))
        c.execute(delete(t.feeds).where(t.feeds.c.id.in_(chunk)))


def drop_unheld(c: Connection, articles: Sequence[int]) -> None:
    """Those of the articles that nothing is made from any more, and what was polled for them alone."""
    for i in range(0, len(articles), _CHUNK):
        _drop_unheld(c, articles[i : i + _CHUNK])
    drop_unfollowed(c)


def _drop_unheld(c: Connection, articles: Sequence[int]) -> None:
    held = set()
    for column in (t.memberships.c.article, t.citations.c.article, t.matches.c.article):
        held |= set(c.execute(select(column).where(column.in_(articles))).scalars())
    gone = [a for a in articles if a not in held]
    for table in (t.readings, t.revisions):
        c.execute(delete(table).where(table.c.article.in_(gone)))
    c.execute(
        update(t.feeds).where(t.feeds.c.article.in_(gone)).values(article=None)
    )  # a story may follow the page
    c.execute(delete(t.articles).where(t.articles.c.id.in_(gone)))
    forget(c, gone)
