"""The timeline: which sentences of one day tell of one event."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from briefings.dossier.buckets import Entry
from briefings.dossier.copies import Copies
from briefings.dossier.evidence import by_publication, carriers, cite, first, last, outlets, texts
from briefings.dossier.facts import DevelopmentFact, key_of
from briefings.dossier.made import Made
from briefings.dossier.people import People
from briefings.dossier.voices import voices_of
from briefings.model import Development, Span, fold


@dataclass(slots=True, eq=False)
class _Event:
    """Entries that tell of one event: whom they name, their folded sentences, and where each article says so."""

    place: int
    names: set[str]
    entries: list[Entry]
    said: set[str]
    spans: dict[str, set[Span]]


def developments(bucket: str, found: list[Entry], people: People, made: Made) -> list[DevelopmentFact]:
    """The developments of one day and concept: those that share an actor are one.

    Only events that share a name or a sentence are looked at, so that the work grows with the text.
    """
    events = _Events()
    for e in sorted(found, key=by_publication):
        assert isinstance(e.item, Development)
        names = {n for a in e.item.actors if (n := people.resolve(a, e.article)) is not None}
        words = fold(e.sentence.of(e.article.text))
        event = events.joined([x for x in events.near(names, words) if _same_event(x, names, words, e)])
        event.entries.append(e)
        event.spans.setdefault(e.article.id, set()).add(e.sentence)
        events.tell(event, names, {words})
    return [_of_event(bucket, x, people, made) for x in events]


class _Events:
    """The events of one day and concept, found by whom they name and by their sentences."""

    def __init__(self) -> None:
        self._all: dict[int, _Event] = {}
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._by_words: dict[str, set[int]] = defaultdict(set)
        self._next = 0

    def __iter__(self) -> Iterator[_Event]:
        return iter(self._all.values())

    def near(self, names: set[str], words: str) -> list[_Event]:
        """Those that share a name or the sentence, the oldest first."""
        places = set(self._by_words[words]).union(*(self._by_name[n] for n in names))
        return [self._all[i] for i in sorted(places)]

    def joined(self, same: list[_Event]) -> _Event:
        """These as one, which the largest takes the others into; a new one where there are none."""
        if not same:
            event = self._all[self._next] = _Event(self._next, set(), [], set(), {})
            self._next += 1
            return event
        event = max(same, key=lambda x: len(x.entries))
        for x in same:
            if x is not event:
                self._remove(x)
                event.entries += x.entries
                for article, spans in x.spans.items():
                    event.spans.setdefault(article, set()).update(spans)
                self.tell(event, x.names, x.said)
        return event

    def tell(self, event: _Event, names: set[str], said: set[str]) -> None:
        """The event names these, and is told in these words."""
        event.names |= names
        event.said |= said
        for n in names:
            self._by_name[n].add(event.place)
        for w in said:
            self._by_words[w].add(event.place)

    def _remove(self, event: _Event) -> None:
        del self._all[event.place]
        for n in event.names:
            self._by_name[n].discard(event.place)
        for w in event.said:
            self._by_words[w].discard(event.place)


def _of_event(bucket: str, event: _Event, people: People, made: Made) -> DevelopmentFact:
    entries = sorted(event.entries, key=by_publication)
    earliest = entries[0]
    key = bucket, earliest.article.id, earliest.sentence
    named = tuple(
        people.resolve(a, e.article)
        for e in entries
        if isinstance(e.item, Development)
        for a in e.item.actors
    )
    make = partial(_development, event.names, entries, people, made.copies)
    return made.of(("development", key), entries, named, DevelopmentFact, make)


def _same_event(event: _Event, names: set[str], words: str, e: Entry) -> bool:
    """Two sentences of one day and concept tell of one event if half of the smaller one's actors are shared."""
    if words in event.said:
        return True
    if not event.names or not names:
        return False
    if event.spans.get(e.article.id, set()) - {e.sentence}:
        return False
    return 2 * len(event.names & names) > min(len(event.names), len(names))


def _development(names: set[str], entries: list[Entry], people: People, copies: Copies) -> DevelopmentFact:
    item = entries[0].item
    assert isinstance(item, Development)
    counted = Counter(
        people.resolve(a, e.article) or a
        for e in entries
        if isinstance(e.item, Development)
        for a in e.item.actors
    )
    ranked = tuple(sorted(names, key=lambda n: (-counted[n], n)))
    sentences = sorted({fold(e.sentence.of(e.article.text)) for e in entries})
    own = [key_of("development", item.date, item.concept, s) for s in sentences]
    return DevelopmentFact(
        key=own[0],
        aliases=tuple(own[1:]),
        citations=cite(entries),
        outlets=outlets(carriers(entries)),
        voices=voices_of(entries, copies),
        first=first(entries),
        last=last(entries),
        date=item.date,
        concept=item.concept,
        actors=ranked,
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )
