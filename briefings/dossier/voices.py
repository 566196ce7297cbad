"""Corroboration: how many independent outlets carry a fact. Agency copy and near-copies are one voice."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

from briefings.dossier.buckets import words_of
from briefings.model import Article

_SHINGLE = 5  # words
_KEEP = 4  # one shingle in so many is kept, of a text of more than
_SHORT = 400  # words
_LEAST = 25  # shingles that a text needs to be compared by them
_COPY = 0.6  # share of the shorter text's shingles that makes a copy


@lru_cache(maxsize=4096)
def _shingles(text: str) -> frozenset[int]:
    words = words_of(text).split()
    keep = _KEEP if len(words) > _SHORT else 1
    hashes = (crc32(" ".join(words[i : i + _SHINGLE]).encode()) for i in range(len(words) - _SHINGLE + 1))
    return frozenset(h for h in hashes if h % keep == 0)


def is_copy(a: Article, b: Article) -> bool:
    """Whether one of the texts is, for the most part, the other."""
    x, y = _shingles(a.text), _shingles(b.text)
    smaller = min(len(x), len(y))
    if smaller < _LEAST:  # too short to tell a copy from a quotation that both give
        return bool(a.text) and words_of(a.text) == words_of(b.text)
    return len(x & y) >= _COPY * smaller


def voices(articles: Iterable[Article]) -> int:
    """How many independent voices these articles are: one for each outlet, agency, or set of copies."""
    groups: list[list[Article]] = []
    for article in sorted(articles, key=lambda a: a.id):
        same = [g for g in groups if any(_one_voice(article, other) for other in g)]
        merged = [article, *(a for g in same for a in g)]
        groups = [g for g in groups if g not in same]
        groups.append(merged)
    return len(groups)


def _one_voice(a: Article, b: Article) -> bool:
    if a.id == b.id or (a.outlet and a.outlet == b.outlet):
        return True
    if a.agency and a.agency == b.agency:
        return True
    return is_copy(a, b)
