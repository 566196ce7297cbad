"""A story taken away with all that is its own. Sections of the store call this within a transaction of theirs."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from briefings.store import tables as t
from briefings.store.search import forget

_CHUNK = 500  # articles to a statement


def drop_story(c: Connection, story: int) -> None:
    """The story with its memberships, numbers and marks; articles that no story holds any more go too."""
    of = t.memberships.c.story == story
    held = list(c.execute(select(t.memberships.c.article).where(of)).scalars())
    for table in (t.citations, t.memberships, t.marks, t.gaps):
        c.execute(delete(table).where(table.c.story == story))
    c.execute(delete(t.stories).where(t.stories.c.id == story))
    for i in range(0, len(held), _CHUNK):
        _drop_unheld(c, held[i : i + _CHUNK])


def _drop_unheld(c: Connection, articles: list[int]) -> None:
    """Those of the articles that nothing is made from any more."""
    held = set()
    for column in (t.memberships.c.article, t.citations.c.article):
        held |= set(c.execute(select(column).where(column.in_(articles))).scalars())
    gone = [a for a in articles if a not in held]
    for table in (t.readings, t.revisions):
        c.execute(delete(table).where(table.c.article.in_(gone)))
    c.execute(delete(t.articles).where(t.articles.c.id.in_(gone)))
    forget(c, gone)
