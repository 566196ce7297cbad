"""How entries that may be the same become one fact."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from briefings.dossier.buckets import Entry, words_of
from briefings.dossier.credits import credited
from briefings.dossier.facts import (
    ConsequenceFact,
    DevelopmentFact,
    FigureFact,
    FigureSeries,
    QuoteFact,
    Text,
    key_of,
)
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


def _voices(entries: list[Entry]) -> int:
    """How many independent voices carry a fact. An article that credits another outlet with it is that outlet's voice."""
    carriers = frozenset(e.article.outlet for e in entries)
    credit_of: dict[str, str] = {}
    for e in entries:
        said = credited(e.sentence.of(e.article.text), e.language, carriers)
        first = credit_of.setdefault(e.article.id, said)
        if first != said:
            credit_of[e.article.id] = ""  # it says so of itself, too
    return voices(_carriers(entries), credit_of)


# ---- quotes ------------------------------------------------------------------------------------------------------------

_LEAST = 4  # words that a part of a quotation needs to be taken for that part


def join_quotes(buckets: list[tuple[str, list[Entry]]]) -> list[tuple[str, list[Entry]]]:
    """A quotation that another prints within a longer one is that one: "manque de franchise" stays by itself.

    Parts are found by their first words, so that the work grows with the text and not with its square.
    """
    starts: dict[str, list[str]] = defaultdict(list)
    by_words = dict(buckets)
    for words, found in buckets:
        languages = {e.language for e in found}
        tokens = words.split()
        if len(tokens) > _LEAST:
            for i in range(len(tokens) - _LEAST + 1):
                for language in languages:
                    starts[f"{language} {' '.join(tokens[i : i + _LEAST])}"].append(words)
    into: dict[str, str] = {}
    for words, found in sorted(buckets, key=lambda b: (len(b[0]), b[0])):
        tokens = words.split()
        if len(tokens) < _LEAST:
            continue
        holders = {
            w
            for e in found
            for w in starts.get(f"{e.language} {' '.join(tokens[:_LEAST])}", ())
            if len(w) > len(words) and f" {words} " in f" {w} " and _may_share_speaker(found, by_words[w])
        }
        if holders:
            into[words] = min(holders, key=lambda w: (-len(w), w))
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


def quote(words: str, found: list[Entry], people: People) -> QuoteFact:
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
        voices=_voices(entries),
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


def series(topic: str, found: list[Entry]) -> FigureSeries:
    entries = sorted(found, key=by_publication)
    claims: dict[tuple[float, Bound], list[Entry]] = defaultdict(list)
    for e in entries:
        assert isinstance(e.item, Figure)
        claims[e.item.value, e.item.bound].append(e)
    facts = []
    for (value, bound), same in claims.items():
        e = same[0]
        f = e.item
        assert isinstance(f, Figure)
        place = Citation(e.article.id, e.article.revision, e.sentence)
        facts.append(
            FigureFact(
                key=key_of("figure", topic, repr(value), bound),
                citations=cite(same),
                outlets=outlets(_carriers(same)),
                voices=_voices(same),
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
        )
    labels: dict[str, Text] = {}
    for e in entries:
        assert isinstance(e.item, Figure)
        if e.item.counts:
            place = Citation(e.article.id, e.article.revision, e.sentence)
            labels.setdefault(e.language, Text(e.language, e.item.counts, place, e.article.outlet))
    unit = next((f.unit for f in facts if f.unit), "")
    return FigureSeries(topic, tuple(labels.values()), unit, tuple(facts))


# ---- developments ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Event:
    """Entries that tell of one event: whom they name, their folded sentences, and where each article says so."""

    place: int
    names: set[str]
    entries: list[Entry]
    said: set[str]
    spans: dict[str, set[Span]]


def developments(found: list[Entry], people: People) -> list[DevelopmentFact]:
    """The developments of one day and concept: those that share an actor are one.

    Only events that share a name or a sentence are looked at, so that the work grows with the text.
    """
    events: dict[int, _Event] = {}
    by_name: dict[str, set[int]] = defaultdict(set)
    by_words: dict[str, set[int]] = defaultdict(set)
    for place, e in enumerate(sorted(found, key=by_publication)):
        assert isinstance(e.item, Development)
        names = {n for a in e.item.actors if (n := people.resolve(a, e.article)) is not None}
        words = fold(e.sentence.of(e.article.text))
        near = set(by_words[words]).union(*(by_name[n] for n in names))
        same = [x for i in sorted(near) if _same_event(x := events[i], names, words, e)]
        event = _Event(place, names, [], {words}, {})
        for x in same:
            event.names |= x.names
            event.entries += x.entries
            event.said |= x.said
            for article, spans in x.spans.items():
                event.spans.setdefault(article, set()).update(spans)
            del events[x.place]
            for n in x.names:
                by_name[n].discard(x.place)
            for w in x.said:
                by_words[w].discard(x.place)
        event.entries.append(e)
        event.spans.setdefault(e.article.id, set()).add(e.sentence)
        events[place] = event
        for n in event.names:
            by_name[n].add(place)
        for w in event.said:
            by_words[w].add(place)
    return [_development(x.names, x.entries, people) for x in events.values()]


def _same_event(event: _Event, names: set[str], words: str, e: Entry) -> bool:
    """Two sentences of one day and concept tell of one event if half of the smaller one's actors are shared."""
    if words in event.said:
        return True
    if not event.names or not names:
        return False
    if event.spans.get(e.article.id, set()) - {e.sentence}:
        return False
    return 2 * len(event.names & names) > min(len(event.names), len(names))


def _development(names: set[str], found: list[Entry], people: People) -> DevelopmentFact:
    entries = sorted(found, key=by_publication)
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
        voices=_voices(entries),
        first=first(entries),
        last=last(entries),
        date=item.date,
        concept=item.concept,
        actors=ranked,
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )


# ---- consequences ------------------------------------------------------------------------------------------------------------


def consequence(words: str, found: list[Entry], people: People) -> ConsequenceFact:
    entries = sorted(found, key=by_publication)
    statuses = Counter(e.item.status for e in entries if isinstance(e.item, Consequence))
    on = dict.fromkeys(
        people.resolve(a, e.article) or a
        for e in entries
        if isinstance(e.item, Consequence)
        for a in e.item.on
    )
    return ConsequenceFact(
        key=key_of("consequence", words),
        citations=cite(entries),
        outlets=outlets(_carriers(entries)),
        voices=_voices(entries),
        first=first(entries),
        last=last(entries),
        status=min(statuses, key=lambda s: (-statuses[s], s)) if statuses else Status.REPORTED,
        on=tuple(on),
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )
