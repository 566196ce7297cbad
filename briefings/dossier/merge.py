"""How entries that may be the same become one fact."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from briefings.dossier.buckets import Entry, words_of
from briefings.dossier.copies import Copies
from briefings.dossier.credits import Credits
from briefings.dossier.facts import (
    ConsequenceFact,
    DevelopmentFact,
    FigureFact,
    FigureSeries,
    QuoteFact,
    Text,
    key_of,
)
from briefings.dossier.made import Made
from briefings.dossier.people import People, by_publication, cite, first, last, outlets, texts
from briefings.dossier.voices import voices
from briefings.model import (
    Article,
    Bound,
    Citation,
    Consequence,
    Development,
    Figure,
    Quote,
    Span,
    Status,
    fold,
)


def _carriers(entries: list[Entry]) -> list[Article]:
    return list({e.article.id: e.article for e in entries}.values())


def _voices(entries: list[Entry], copies: Copies) -> int:
    """How many independent voices carry a fact. An article that credits another outlet with it is that outlet's voice."""
    carriers = _carriers(entries)
    if len(carriers) < 2:
        return len(carriers)
    crediting = Credits(a.outlet for a in carriers)
    credit_of: dict[str, str] = {}
    for e in entries:
        said = crediting.of(e.sentence.of(e.article.text), e.language)
        first = credit_of.setdefault(e.article.id, said)
        if first != said:
            credit_of[e.article.id] = ""  # it says so of itself, too
    return voices(carriers, copies, credit_of)


# ---- quotes ------------------------------------------------------------------------------------------------------------

_LEAST = 4  # words that a part of a quotation needs to be taken for that part


def join_quotes(buckets: list[tuple[str, list[Entry]]]) -> list[tuple[str, list[Entry]]]:
    """A quotation that another prints within a longer one is that one: "manque de franchise" stays by itself.

    Parts are found by their first words, so that the work grows with the text and not with its square.
    """
    by_start: dict[tuple[str, ...], list[tuple[str, list[Entry]]]] = defaultdict(list)
    for words, found in buckets:
        tokens = words.split()
        if len(tokens) >= _LEAST:
            by_start[tuple(tokens[:_LEAST])].append((words, found))
    into: dict[str, str] = {}
    for longer, holding in buckets:
        tokens = longer.split()
        for i in range(len(tokens) - _LEAST + 1):
            for words, found in by_start.get(tuple(tokens[i : i + _LEAST]), ()):
                known = into.get(words)
                if (
                    len(longer) > len(words)
                    and (known is None or (-len(longer), longer) < (-len(known), known))
                    and f" {words} " in f" {longer} "
                    and {e.language for e in found} & {e.language for e in holding}
                    and _may_share_speaker(found, holding)
                ):
                    into[words] = longer
    joined: dict[str, list[Entry]] = defaultdict(list)
    for words, found in buckets:
        target = words
        while target in into:
            target = into[target]
        joined[target] += found
    return sorted(joined.items())


def _may_share_speaker(a: list[Entry], b: list[Entry]) -> bool:
    def speakers(found: list[Entry]) -> set[str]:
        return {
            fold(e.item.speaker).split()[-1]
            for e in found
            if isinstance(e.item, Quote) and e.item.speaker and fold(e.item.speaker)
        }

    x, y = speakers(a), speakers(b)
    return not x or not y or bool(x & y)


def quote(words: str, found: list[Entry], people: People, made: Made) -> QuoteFact:
    speakers = tuple(people.resolve(e.item.speaker, e.article) for e in found if isinstance(e.item, Quote))
    return made.of(
        ("quote", words), found, speakers, QuoteFact, partial(_quote, words, found, people, made.copies)
    )


def _quote(words: str, found: list[Entry], people: People, copies: Copies) -> QuoteFact:
    entries = sorted(found, key=by_publication)
    said = [(e, e.item) for e in entries if isinstance(e.item, Quote)]
    named = Counter(name for e, q in said if (name := people.resolve(q.speaker, e.article)) is not None)
    ranked = sorted(named, key=lambda n: (-named[n], n))
    longest = max(said, key=lambda x: len(x[1].text.split()))
    e, q = longest
    keys = sorted({key_of("quote", words_of(x.text)) for _, x in said} | {key_of("quote", words)})
    key = key_of("quote", words)
    return QuoteFact(
        key=key,
        citations=cite(entries),
        outlets=outlets(_carriers(entries)),
        voices=_voices(entries, copies),
        first=first(entries),
        last=last(entries),
        aliases=tuple(k for k in keys if k != key),
        text=_printed(e, q),
        texts=texts(entries, lambda x: x.item.text if isinstance(x.item, Quote) else ""),
        speaker=ranked[0] if ranked else None,
        speakers=tuple(ranked),
        attributions=tuple(
            (n, next(_printed(x, y) for x, y in said if people.resolve(y.speaker, x.article) == n))
            for n in ranked
        ),
        cue=next((x.cue for _, x in said if x.cue), None),
    )


def _printed(e: Entry, q: Quote) -> Text:
    return Text(e.language, q.text, Citation(e.article.id, e.article.revision, e.sentence), e.article.outlet)


# ---- figures -------------------------------------------------------------------------------------------------------------


def series(topic: str, found: list[Entry], made: Made) -> FigureSeries:
    entries = sorted(found, key=by_publication)
    claims: dict[tuple[float, Bound], list[Entry]] = defaultdict(list)
    for e in entries:
        assert isinstance(e.item, Figure)
        claims[e.item.value, e.item.bound].append(e)
    facts = []
    for (value, bound), same in claims.items():
        claim = topic, value, bound
        make = partial(_figure, *claim, same, made.copies)
        facts.append(made.of(("figure", claim), same, None, FigureFact, make))
    labels: dict[str, Text] = {}
    for e in entries:
        assert isinstance(e.item, Figure)
        if e.item.counts:
            place = Citation(e.article.id, e.article.revision, e.sentence)
            labels.setdefault(e.language, Text(e.language, e.item.counts, place, e.article.outlet))
    unit = next((f.unit for f in facts if f.unit), "")
    return FigureSeries(topic, tuple(labels.values()), unit, tuple(facts))


def _figure(topic: str, value: float, bound: Bound, same: list[Entry], copies: Copies) -> FigureFact:
    e = same[0]
    f = e.item
    assert isinstance(f, Figure)
    place = Citation(e.article.id, e.article.revision, e.sentence)
    return FigureFact(
        key=key_of("figure", topic, repr(value), bound),
        citations=cite(same),
        outlets=outlets(_carriers(same)),
        voices=_voices(same, copies),
        first=first(same),
        last=last(same),
        topic=topic,
        value=value,
        unit=f.unit,
        bound=bound,
        text=Text(e.language, f.text, place, e.article.outlet),
        sentence=Text(e.language, e.sentence.of(e.article.text), place, e.article.outlet),
        counts=f.counts,
    )


# ---- developments ----------------------------------------------------------------------------------------------------------


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
        outlets=outlets(_carriers(entries)),
        voices=_voices(entries, copies),
        first=first(entries),
        last=last(entries),
        date=item.date,
        concept=item.concept,
        actors=ranked,
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )


# ---- consequences ------------------------------------------------------------------------------------------------------------


def consequence(words: str, found: list[Entry], people: People, made: Made) -> ConsequenceFact:
    entries = sorted(found, key=by_publication)
    on = tuple(
        people.resolve(a, e.article) or a
        for e in entries
        if isinstance(e.item, Consequence)
        for a in e.item.on
    )
    make = partial(_consequence, words, entries, on, made.copies)
    return made.of(("consequence", words), entries, on, ConsequenceFact, make)


def _consequence(words: str, entries: list[Entry], on: tuple[str, ...], copies: Copies) -> ConsequenceFact:
    statuses = Counter(e.item.status for e in entries if isinstance(e.item, Consequence))
    return ConsequenceFact(
        key=key_of("consequence", words),
        citations=cite(entries),
        outlets=outlets(_carriers(entries)),
        voices=_voices(entries, copies),
        first=first(entries),
        last=last(entries),
        status=min(statuses, key=lambda s: (-statuses[s], s)) if statuses else Status.REPORTED,
        on=tuple(dict.fromkeys(on)),
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )
