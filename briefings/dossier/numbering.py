"""Lasting numbers for citations: given once per story, never given to another, the same in every briefing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rpds import HashTrieMap

from briefings.model import Citation


@dataclass(frozen=True, slots=True)
class Numbering:
    """Citation → number. Numbers count from 1; `next` is the one after the highest ever given."""

    numbers: HashTrieMap[Citation, int] = field(default_factory=HashTrieMap)
    next: int = 1

    def assign(self, citations: Iterable[Citation]) -> Numbering:
        """The numbering with a number for each of these, in their order; those that have one keep it."""
        numbers, following = self.numbers, self.next
        for c in citations:
            if c not in numbers:
                numbers = numbers.insert(c, following)
                following += 1
        return Numbering(numbers, following)

    def of(self, citation: Citation) -> int:
        """Its number. KeyError where none was assigned."""
        return self.numbers[citation]

    def find(self, number: int) -> Citation | None:
        """The citation that bears this number, None where none does."""
        return next((c for c, n in self.numbers.items() if n == number), None)
