"""Full text over the articles: which articles of a story hold the words, the best first.

The words are our own terms (`terms.py`), so that a search finds the same on SQLite, where FTS5 keeps and ranks them,
and on PostgreSQL, where they stand in a `tsvector`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from briefings.model import Language, Story, Tenant
from briefings.store import tables as t
from briefings.store.base import Section
from briefings.terms import terms

TABLE = "article_words"
_TITLE_WEIGHT = 4.0  # a word in the headline counts as so many in the text
_LAST_PLACE = 16_383  # that a tsvector knows
_LONGEST = 500  # characters of a word that count
_LARGEST = 900_000  # bytes of a tsvector, which may have 1 MiB
_MOST_PLACES = 255  # of one word

_FTS5 = (text(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, body, tokenize = 'unicode61')"),)
_TSVECTOR = (
    text(f"CREATE TABLE {TABLE} (rowid integer PRIMARY KEY, words tsvector NOT NULL)"),
    text(f"CREATE INDEX ix_{TABLE}_words ON {TABLE} USING gin (words)"),
)
_DELETE = text(f"DELETE FROM {TABLE} WHERE rowid = :key")  # noqa: S608  # a name of ours
_INSERT = text(f"INSERT INTO {TABLE}(rowid, title, body) VALUES (:key, :title, :body)")  # noqa: S608
_INSERT_VECTOR = text(
    f"INSERT INTO {TABLE}(rowid, words) VALUES (:key, CAST(:words AS tsvector))"  # noqa: S608
)
_JOINS = f"""
    JOIN memberships m ON m.article = {TABLE}.rowid
    JOIN stories s ON s.id = m.story
    JOIN articles a ON a.id = {TABLE}.rowid
"""
_HERE = "m.story = :story AND s.platform = :platform AND s.tenant = :tenant"
_MATCH = text(
    f"""
    SELECT a.identity FROM {TABLE} {_JOINS} WHERE {TABLE} MATCH :match AND {_HERE}
    ORDER BY bm25({TABLE}, {_TITLE_WEIGHT}, 1.0), a.identity LIMIT :most
    """  # noqa: S608  # names and a weight of ours; values are bound
)
_MATCH_VECTOR = text(
    f"""
    SELECT a.identity FROM {TABLE} {_JOINS} WHERE {TABLE}.words @@ CAST(:match AS tsquery) AND {_HERE}
    ORDER BY ts_rank(ARRAY[0.1, 0.2, {1 / _TITLE_WEIGHT}, 1.0], {TABLE}.words, CAST(:match AS tsquery), 1) DESC,
        a.identity COLLATE "C" LIMIT :most
    """  # noqa: S608
)


class Search(Section):
    """The index holds each article's latest revision; it is written with the revision, in one transaction."""

    def find(
        self, tenant: Tenant, story: Story, words: Sequence[frozenset[str]], most: int, *, every: bool = True
    ) -> list[str]:
        """Ids of the story's articles that hold every one of the words (or any), the best first."""
        words = [w for w in (frozenset(x[:_LONGEST] for x in w if x) for w in words) if w]
        if not words:
            return []
        either, both, between, mark = ("|", "&", "|", "'") if self.shared else ("OR", "AND", "OR", '"')
        groups = ["(" + f" {either} ".join(f"{mark}{x}{mark}" for x in sorted(w)) + ")" for w in words]
        values = {
            "match": f" {both if every else between} ".join(groups),
            "story": story.id,
            "platform": tenant.platform,
            "tenant": tenant.id,
            "most": most,
        }
        with self._read() as c:
            return list(c.execute(_MATCH_VECTOR if self.shared else _MATCH, values).scalars())


def create(c: Connection) -> None:
    """Make the index."""
    for statement in _FTS5 if c.dialect.name == "sqlite" else _TSVECTOR:
        c.execute(statement)


def index(c: Connection, key: int, title: str, body: str, language: Language, *, new: bool = False) -> None:
    """The words of an article's latest revision, in place of those of the one before; `new`: there is none before."""
    if not new:
        forget(c, [key])
    in_title, in_body = terms(title, language), terms(body, language)
    if c.dialect.name == "sqlite":
        c.execute(_INSERT, {"key": key, "title": " ".join(in_title), "body": " ".join(in_body)})
    else:
        c.execute(_INSERT_VECTOR, {"key": key, "words": vector(in_title, in_body)})


def vector(title: Sequence[str], body: Sequence[str]) -> str:
    """The terms as a tsvector is written: "'board':1A,7B 'fire':2A". Terms are letters and digits alone."""
    places: dict[str, list[str]] = {}
    size = 0
    for weight, words in (("A", title), ("B", body)):
        for place, word in enumerate(words, 1):
            if size > _LARGEST:
                break
            word = word[:_LONGEST]
            size += 8 if word in places else len(word.encode()) + 8
            found = places.setdefault(word, [])
            if len(found) < _MOST_PLACES:
                found.append(f"{min(place, _LAST_PLACE)}{weight}")
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items() if word)


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
