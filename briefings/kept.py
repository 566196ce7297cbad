"""What a process keeps of stories between questions: views, earlier views, numbers. All of it can be made again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakValueDictionary

from briefings.dossier import Change, Numbering, View
from briefings.model import Language, Story, Tenant
from briefings.store import terms

K = TypeVar("K")
V = TypeVar("V")

_EARLIER = 3  # earlier states of one story that are kept
_VIEWS = 2  # views of the story as it was before, merged already
_MANY = 300  # articles, from which one such view is as much as is kept
Members = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class KeptView:
    """A story's view as of `version`, with what was found out about it."""

    version: int
    view: View
    earlier: OrderedDict[Members, tuple[View, tuple[Change, ...]]] = field(default_factory=OrderedDict)
    views: OrderedDict[Members, View] = field(default_factory=OrderedDict)
    words: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Of how many articles."""
        return len(self.view.dossier)

    @property
    def members(self) -> Members:
        """The (article id, revision) pairs that the view is made of, in order."""
        return tuple(sorted((a, r.article.revision) for a, r in self.view.dossier.readings.items()))

    def followed_by(self, fresh: KeptView) -> None:
        """Hand on what was merged: the next briefing tells what has changed since this view, or since the one before that
        the last briefing was compared with."""
        compared = [(members, view) for members, (view, _) in self.earlier.items()][-1:] or list(
            self.views.items()
        )[-1:]
        most = _VIEWS if self.size <= _MANY else 1
        fresh.views = OrderedDict([*compared, (self.members, self.view)][-most:])
        self.view.release()

    def remember(self, members: Members, before: View, found: tuple[Change, ...]) -> None:
        """The view made of these revisions, and what changed since it."""
        if before is not self.view:
            before.release()
        self.earlier[members] = before, found
        while len(self.earlier) > _EARLIER:
            self.earlier.popitem(last=False)

    def words_of(self, key: str, texts: tuple[tuple[Language, str], ...]) -> frozenset[str]:
        """The terms of a fact's (language, text) pairs."""
        known = self.words.get(key)
        if known is None:
            known = frozenset(t for language, text in texts for t in terms(text, language))
            self.words[key] = known
        return known


class Kept:
    """The views and numberings of the stories last asked for: at most `most` of each, and views of at most so many
    articles together, or of one story alone. A thousand articles take some 50 MiB.
    """

    def __init__(self, most: int = 64, articles: int = 5_000) -> None:
        self.most = most
        self.articles = articles
        self._views: OrderedDict[tuple[Tenant, Story], KeptView] = OrderedDict()
        self._numberings: OrderedDict[tuple[Tenant, Story], Numbering] = OrderedDict()
        self._locks: WeakValueDictionary[tuple[Tenant, Story], asyncio.Lock] = WeakValueDictionary()

    def lock(self, tenant: Tenant, story: Story) -> asyncio.Lock:
        """Held while the story's view is made, so that those who ask for it meanwhile wait for that one."""
        return self._locks.setdefault((tenant, story), asyncio.Lock())

    def view(self, tenant: Tenant, story: Story) -> KeptView | None:
        """The key is the whole story, when it was made included: another story that got the same id is another."""
        return _get(self._views, (tenant, story))

    def put_view(self, tenant: Tenant, story: Story, kept: KeptView) -> None:
        _put(self._views, (tenant, story), kept, self.most)
        while len(self._views) > 1 and sum(k.size for k in self._views.values()) > self.articles:
            self._views.popitem(last=False)

    def numbering(self, tenant: Tenant, story: Story) -> Numbering | None:
        return _get(self._numberings, (tenant, story))

    def put_numbering(self, tenant: Tenant, story: Story, numbering: Numbering) -> None:
        _put(self._numberings, (tenant, story), numbering, self.most)


def _get(table: OrderedDict[K, V], key: K) -> V | None:
    found = table.get(key)
    if found is not None:
        table.move_to_end(key)
    return found


def _put(table: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > most:
        table.popitem(last=False)
