"""How entries that may be the same become one quote, figure or consequence."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial

from briefings.dossier.buckets import Entry, words_of
from briefings.dossier.copies import Copies
from briefings.dossier.evidence import by_publication, carriers, cite, first, last, outlets, texts
from briefings.dossier.facts import (
    ConsequenceFact,
    FigureFact,
    FigureSeries,
    QuoteFact,
    Text,
    key_of,
)
from briefings.dossier.made import Made
from briefings.dossier.people import People
from briefings.dossier.voices import voices_of
from briefings.model import (
    Bound,
    Citation,
    Consequence,
    Figure,
    Quote,
    Status,
    fold,
)

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
        outlets=outlets(carriers(entries)),
        voices=voices_of(entries, copies),
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
        outlets=outlets(carriers(same)),
        voices=voices_of(same, copies),
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
        outlets=outlets(carriers(entries)),
        voices=voices_of(entries, copies),
        first=first(entries),
        last=last(entries),
        status=min(statuses, key=lambda s: (-statuses[s], s)) if statuses else Status.REPORTED,
        on=tuple(dict.fromkeys(on)),
        texts=texts(entries, lambda e: e.sentence.of(e.article.text)),
    )
