"""What every merged fact needs of its entries: where it stands, who carries it, when, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from briefings.dossier.buckets import Entry
from briefings.dossier.facts import Text
from briefings.model import Actor, Article, Citation, fold


def by_publication(e: Entry) -> tuple[str, str, int, int]:
    """By when its article came out; within an article, as it is read."""
    published = e.article.published.isoformat() if e.article.published else ""
    return published, e.article.id, e.sentence.start, _start(e)


def _start(e: Entry) -> int:
    """Where the thing itself begins: a sentence may hold two."""
    if isinstance(e.item, Actor):
        return e.item.mentions[0].start if e.item.mentions else 0
    return e.item.span.start


def cite(entries: Iterable[Entry]) -> tuple[Citation, ...]:
    """The places, in order of publication, each once."""
    return tuple(
        dict.fromkeys(
            Citation(e.article.id, e.article.revision, e.sentence)
            for e in sorted(entries, key=by_publication)
        )
    )


def carriers(entries: list[Entry]) -> list[Article]:
    """The articles that say so, each once."""
    return list({e.article.id: e.article for e in entries}.values())


def outlets(articles: Iterable[Article]) -> tuple[str, ...]:
    return tuple(sorted({a.outlet for a in articles}))


def first(entries: Iterable[Entry]) -> datetime | None:
    return min((e.article.published for e in entries if e.article.published), default=None)


def last(entries: Iterable[Entry]) -> datetime | None:
    return max((e.article.published for e in entries if e.article.published), default=None)


def texts(entries: Iterable[Entry], words: Callable[[Entry], str]) -> tuple[Text, ...]:
    """Each distinct printing with its first place, in order of publication."""
    found: dict[tuple[str, str], Text] = {}
    for e in entries:
        said = words(e)
        found.setdefault(
            (e.language, fold(said)),
            Text(e.language, said, Citation(e.article.id, e.article.revision, e.sentence), e.article.outlet),
        )
    return tuple(found.values())
