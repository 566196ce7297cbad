"""Near-copies: articles of a story whose text is, for the most part, another's."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from briefings.dossier.buckets import words_of
from briefings.model import Article

_SHINGLE = 5  # words
_KEEP = 4  # one shingle in so many is kept, of a text of more than
_SHORT = 400  # words
_LEAST = 25  # shingles that a text needs to be compared by them
_COPY = 0.6  # share of the shorter text's shingles that makes a copy
_BITS = 4096  # of a sketch


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A text's runs of words: their hashes, each once; a bit for each of them; and how many have no bit of their own.

    `whole` is what a text with few runs is compared by: too short to tell a copy from a quotation that both give.
    """

    text: str
    hashes: array[int]
    bits: int
    doubled: int
    whole: str

    def copies(self, other: _Sketch) -> bool:
        """Whether one of the texts is, for the most part, the other."""
        if self.whole or other.whole:
            return self.whole == other.whole
        least = _COPY * min(len(self.hashes), len(other.hashes))
        # As many as share a bit, and those behind them, may be shared: that rules out most pairs.
        if (self.bits & other.bits).bit_count() + min(self.doubled, other.doubled) < least:
            return False
        return len(set(self.hashes).intersection(other.hashes)) >= least


def _sketch(text: str) -> _Sketch:
    joined = words_of(text)
    words = joined.split()
    keep = _KEEP if len(words) > _SHORT else 1
    hashes = {crc32(" ".join(words[i : i + _SHINGLE]).encode()) for i in range(len(words) - _SHINGLE + 1)}
    kept = array("I", (h for h in hashes if h % keep == 0))
    bits = 0
    for h in kept:
        bits |= 1 << (h // _KEEP % _BITS)
    return _Sketch(text, kept, bits, len(kept) - bits.bit_count(), joined if len(kept) < _LEAST else "")


class Copies:
    """Which articles are copies of which. What `before` has found out of the same texts is taken over."""

    def __init__(self, articles: Iterable[Article] = (), before: Copies | None = None) -> None:
        self._sketches: dict[str, _Sketch] = {}
        self._pairs: dict[str, set[str]] = defaultdict(set)
        fresh: list[Article] = []
        for a in articles:
            known = before._sketches.get(a.id) if before is not None else None
            if known is not None and known.text == a.text:
                self._sketches[a.id] = known
            elif a.text:
                fresh.append(a)
        if before is not None:
            for one, others in before._pairs.items():
                if one in self._sketches and (still := others & self._sketches.keys()):
                    self._pairs[one] = still
        for a in fresh:
            sketch = _sketch(a.text)
            for other in [i for i, known in self._sketches.items() if sketch.copies(known)]:
                self._pairs[a.id].add(other)
                self._pairs[other].add(a.id)
            self._sketches[a.id] = sketch

    def of(self, article: str) -> set[str]:
        """The ids of the article's copies."""
        return self._pairs.get(article, set())
