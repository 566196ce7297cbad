"""The dossier itself: readings in persistent maps, and an index of what in them may be the same.

The index maps a bucket (quote with these words, person with this surname, figure of this topic, …) to what articles put
there, in order of their ids. A bucket depends on one article alone, so that the order of arrival leaves no trace. Most
hold one thing; so they are tuples, which take a third of what maps take.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rpds import HashTrieMap

from briefings.dossier.buckets import Bucket, Entry, entries
from briefings.model import Reading


@dataclass(frozen=True, slots=True)
class Dossier:
    """Readings by article id, and the index over them. Equal readings make equal dossiers."""

    readings: HashTrieMap[str, Reading] = field(default_factory=HashTrieMap)
    index: HashTrieMap[Bucket, tuple[Entry, ...]] = field(default_factory=HashTrieMap)

    def __len__(self) -> int:
        return len(self.readings)

    def buckets(self, kind: str) -> Iterator[tuple[Bucket, list[Entry]]]:
        """The buckets of a kind with their entries, articles in order of id."""
        for bucket, filled in self.index.items():
            if bucket[0] == kind:
                yield bucket, list(filled)

    def bucket(self, bucket: Bucket) -> list[Entry]:
        """One bucket's entries, articles in order of id; empty where nothing is in it."""
        return list(self.index.get(bucket, ()))


def add(dossier: Dossier, reading: Reading) -> Dossier:
    """The dossier with this reading in it, in place of the article's earlier revision if it has one."""
    identity = reading.article.id
    if identity in dossier.readings:
        if dossier.readings[identity] == reading:
            return dossier
        dossier = remove(dossier, identity)
    index = dossier.index
    for bucket, found in entries(reading).items():
        filled = index.get(bucket, ())
        at = bisect_left(filled, identity, key=_article)
        index = index.insert(bucket, (*filled[:at], *found, *filled[at:]))
    return Dossier(dossier.readings.insert(identity, reading), index)


def remove(dossier: Dossier, article: str) -> Dossier:
    """The dossier without this article; unchanged where it was not in it."""
    reading = dossier.readings.get(article)
    if reading is None:
        return dossier
    index = dossier.index
    for bucket in entries(reading):
        left = tuple(e for e in index[bucket] if e.article.id != article)
        index = index.insert(bucket, left) if left else index.remove(bucket)
    return Dossier(dossier.readings.remove(article), index)


def _article(entry: Entry) -> str:
    return entry.article.id


def compile_dossier(readings: Iterable[Reading]) -> Dossier:
    """Many readings, folded."""
    dossier = Dossier()
    for reading in readings:
        dossier = add(dossier, reading)
    return dossier
