"""Full text over the articles, by SQLite's FTS5: which articles of a story hold the words, the best first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from briefings.model import Language, Story, Tenant
from briefings.store import tables as t
from briefings.store.base import Part
from briefings.store.terms import terms

TABLE = "article_words"
_TITLE_WEIGHT = 4.0  # a word in the headline counts as so many in the text

CREATE = text(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, body, tokenize = 'unicode61')")
_DELETE = text(f"DELETE FROM {TABLE} WHERE rowid = :key")  # noqa: S608  # a name of ours
_INSERT = text(f"INSERT INTO {TABLE}(rowid, title, body) VALUES (:key, :title, :body)")  # noqa: S608
_MATCH = text(
    f"""
    SELECT a.identity FROM {TABLE}
    JOIN memberships m ON m.article = {TABLE}.rowid
    JOIN stories s ON s.id = m.story
    JOIN articles a ON a.id = {TABLE}.rowid
    WHERE {TABLE} MATCH :match AND m.story = :story AND s.platform = :platform AND s.tenant = :tenant
    ORDER BY bm25({TABLE}, {_TITLE_WEIGHT}, 1.0), a.identity LIMIT :most
    """  # noqa: S608  # names and a weight of ours; values are bound
)


class Search(Part):
    """The index holds each article's latest revision; it is written with the revision, in one transaction."""

    def find(
        self, tenant: Tenant, story: Story, words: Sequence[frozenset[str]], most: int, *, every: bool = True
    ) -> list[str]:
        """Ids of the story's articles that hold every one of the words (or any), the best first."""
        if not words:
            return []
        groups = ["(" + " OR ".join(f'"{x}"' for x in sorted(w)) + ")" for w in words]
        match = (" AND " if every else " OR ").join(groups)
        values = {
            "match": match,
            "story": story.id,
            "platform": tenant.platform,
            "tenant": tenant.id,
            "most": most,
        }
        with self._read() as c:
            return list(c.execute(_MATCH, values).scalars())


def index(c: Connection, key: int, title: str, body: str, language: Language) -> None:
    """The words of an article's latest revision, in place of those of the one before."""
    forget(c, [key])
    values = {"key": key, "title": " ".join(terms(title, language)), "body": " ".join(terms(body, language))}
    c.execute(_INSERT, values)


def forget(c: Connection, keys: Sequence[int]) -> None:
    for key in keys:
        c.execute(_DELETE, {"key": key})


def index_all(c: Connection) -> None:
    """Every article's latest revision, for a database that had no index."""
    query = select(t.articles.c.id, t.revisions.c.title, t.revisions.c.text, t.revisions.c.language).join(
        t.revisions,
        (t.revisions.c.article == t.articles.c.id) & (t.revisions.c.revision == t.articles.c.latest),
    )
    for r in c.execute(query).all():
        index(c, r.id, r.title, r.text, r.language or "en")
