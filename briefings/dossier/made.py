"""What a view's facts were made of, so that the next view takes over those that are made of the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from briefings.dossier.buckets import Entry
from briefings.dossier.copies import Copies
from briefings.dossier.core import Dossier
from briefings.dossier.facts import Fact

F = TypeVar("F", bound=Fact)
Key = tuple[str, Hashable]


class Made:
    """Facts by what they may be found by, with the entries they were made of and what else went into them.

    A fact depends on those alone. So one that `before` has made of the same entries is that one: it costs nothing, and
    the memory of two views of a story is that of one and what changed.
    """

    def __init__(self, dossier: Dossier, before: Made | None = None) -> None:
        self._dossier = dossier
        self._known: dict[Key, tuple[tuple[Entry, ...], Hashable, Fact]] = {}
        self._copies: Copies | None = None
        self._known_before = before._known if before is not None else {}
        self._copies_before = before._copies if before is not None else None

    @property
    def copies(self) -> Copies:
        """Which of the story's articles are copies of which."""
        if self._copies is None:
            articles = (r.article for r in self._dossier.readings.values())
            self._copies = Copies(articles, self._copies_before)
            self._copies_before = None
        return self._copies

    def of(
        self, key: Key, entries: Sequence[Entry], about: Hashable, kind: type[F], make: Callable[[], F]
    ) -> F:
        """The fact of these entries. `about` is whatever it takes from elsewhere, such as names of actors."""
        known, these = self._known_before.get(key), tuple(entries)
        if known is None or known[:2] != (these, about):
            known = these, about, make()
        self._known[key] = known
        fact = known[2]
        assert isinstance(fact, kind)
        return fact

    def complete(self) -> None:
        """All is made: what was there before is not needed any more."""
        self._known_before = {}
        self._copies_before = None

    def forget(self) -> None:
        """No view will be made after this one."""
        self.complete()
        self._known = {}
        self._copies = None
