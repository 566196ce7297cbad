"""Corroboration: how many independent outlets carry a fact. Agency copy and near-copies are one voice."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zlib import crc32

from briefings.dossier.buckets import words_of
from briefings.model import Article, fold

_SHINGLE = 5  # words
_KEEP = 4  # one shingle in so many is kept, of a text of more than
_SHORT = 400  # words
_LEAST = 25  # shingles that a text needs to be compared by them
_COPY = 0.6  # share of the shorter text's shingles that makes a copy


@lru_cache(maxsize=4096)
def _shingles(text: str) -> array[int]:
    """Hashes of the text's runs of words, each once, in order; an array, for thousands of texts are kept."""
    words = words_of(text).split()
    keep = _KEEP if len(words) > _SHORT else 1
    hashes = {crc32(" ".join(words[i : i + _SHINGLE]).encode()) for i in range(len(words) - _SHINGLE + 1)}
    return array("I", sorted(h for h in hashes if h % keep == 0))


def is_copy(a: Article, b: Article) -> bool:
    """Whether one of the texts is, for the most part, the other."""
    x, y = set(_shingles(a.text)), set(_shingles(b.text))
    smaller = min(len(x), len(y))
    if smaller < _LEAST:  # too short to tell a copy from a quotation that both give
        return bool(a.text) and words_of(a.text) == words_of(b.text)
    return len(x & y) >= _COPY * smaller


def voices(articles: Iterable[Article], credit_of: Mapping[str, str] | None = None) -> int:
    """How many independent voices these articles are: one for each outlet, agency, or set of copies.

    `credit_of` names the outlet (folded) whose report an article (by id) says that it gives: it is that outlet's voice.
    """
    ordered = sorted({a.id: a for a in articles}.values(), key=lambda a: a.id)
    if len(ordered) < 2:
        return len(ordered)
    groups = _Groups(len(ordered))
    texts = _Texts()
    named: dict[str, int] = {}
    for i, a in enumerate(ordered):
        credit = (credit_of or {}).get(a.id, "")
        own = [f"outlet {credit or fold(a.outlet)}"] if credit or a.outlet else []
        if a.agency and not credit:
            own.append(f"agency {a.agency}")
            own.append(f"outlet {fold(a.agency)}")  # its own page, and those who credit it
        for name in own:
            groups.join(i, named.setdefault(name, i))
        for j in texts.copies(i, a.text):
            groups.join(i, j)
    return groups.count()


class _Groups:
    """Disjoint sets of numbers."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def _top(self, i: int) -> int:
        while self._above[i] != i:
            self._above[i] = self._above[self._above[i]]
            i = self._above[i]
        return i

    def join(self, i: int, j: int) -> None:
        self._above[self._top(i)] = self._top(j)

    def count(self) -> int:
        return sum(self._top(i) == i for i in range(len(self._above)))


class _Texts:
    """Texts that are compared with those before: by what they share, so that the work grows with the text."""

    def __init__(self) -> None:
        self._whole: dict[str, int] = {}
        self._sets: dict[bytes, int] = {}
        self._at: dict[int, list[int]] = defaultdict(list)  # shingle → texts that hold it
        self._sizes: dict[int, int] = {}

    def copies(self, number: int, text: str) -> list[int]:
        """The numbers of the texts so far that are copies of this one, which is `number` from now on."""
        if not text:
            return []
        found = _shingles(text)
        if len(found) < _LEAST:  # too short to tell a copy from a quotation that both give
            return [self._whole.setdefault(words_of(text), number)]
        same = self._sets.setdefault(found.tobytes(), number)
        if same != number:
            return [same]
        shared = Counter(j for h in found for j in self._at[h])
        for h in found:
            self._at[h].append(number)
        self._sizes[number] = len(found)
        return [j for j, n in shared.items() if n >= _COPY * min(len(found), self._sizes[j])]
