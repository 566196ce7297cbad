"""The dossier itself: readings in persistent maps, and an index of what in them may be the same.

The index maps a bucket (quote with these words, person with this surname, figure of this topic, …) to the articles
that put something there. A bucket depends on one article alone, so that the order of arrival leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from rpds import HashTrieMap

from briefings.dossier.buckets import Bucket, Entry, entries
from briefings.model import Reading

Filled: TypeAlias = "HashTrieMap[str, tuple[Entry, ...]]"  # article id → what it put there


@dataclass(frozen=True, slots=True)
class Dossier:
    """Readings by article id, and the index over them. Equal readings make equal dossiers."""

    readings: HashTrieMap[str, Reading] = field(default_factory=HashTrieMap)
    index: HashTrieMap[Bucket, Filled] = field(default_factory=HashTrieMap)

    def __len__(self) -> int:
        return len(self.readings)

    def buckets(self, kind: str) -> Iterator[tuple[Bucket, list[Entry]]]:
        """The buckets of a kind with their entries, articles in order of id."""
        for bucket, filled in self.index.items():
            if bucket[0] == kind:
                yield bucket, [e for article in sorted(filled) for e in filled[article]]

    def bucket(self, bucket: Bucket) -> list[Entry]:
        """One bucket's entries, articles in order of id; empty where nothing is in it."""
        filled = self.index.get(bucket)
        return [e for article in sorted(filled) for e in filled[article]] if filled is not None else []


def add(dossier: Dossier, reading: Reading) -> Dossier:
    """The dossier with this reading in it, in place of the article's earlier revision if it has one."""
    identity = reading.article.id
    if identity in dossier.readings:
        if dossier.readings[identity] == reading:
            return dossier
        dossier = remove(dossier, identity)
    index = dossier.index
    for bucket, found in entries(reading).items():
        index = index.insert(bucket, index.get(bucket, HashTrieMap()).insert(identity, tuple(found)))
    return Dossier(dossier.readings.insert(identity, reading), index)


def remove(dossier: Dossier, article: str) -> Dossier:
    """The dossier without this article; unchanged where it was not in it."""
    reading = dossier.readings.get(article)
    if reading is None:
        return dossier
    index = dossier.index
    for bucket in entries(reading):
        left = index[bucket].remove(article)
        index = index.insert(bucket, left) if len(left) else index.remove(bucket)
    return Dossier(dossier.readings.remove(article), index)


def compile_dossier(readings: Iterable[Reading]) -> Dossier:
    """Many readings, folded."""
    dossier = Dossier()
    for reading in readings:
        dossier = add(dossier, reading)
    return dossier
