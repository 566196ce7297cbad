"""A posted document corrected: what no longer holds is struck through, with what is right, when and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from briefings.dossier import Change, Numbering, View
from briefings.model import Citation
from briefings.plain import literal
from briefings.rendering.briefing import Source, footnote_of, line_of
from briefings.rendering.document import (
    Block,
    CitationMark,
    Document,
    Emphasis,
    Footnote,
    Heading,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from briefings.rendering.words import Words


@dataclass(frozen=True, slots=True)
class Correction:
    """What becomes of one fact: the line that is right ("" parts where none is), who withdrew it, when that was seen."""

    key: str
    becomes: str
    mark: int
    line: tuple[Inline, ...]
    outlet: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """The document as it is now, the corrections alone as a message of their own, and the keys of what was struck."""

    document: Document
    notes: Document
    struck: tuple[str, ...]


def corrections(
    changes: Sequence[Change], before: View, after: View, numbering: Numbering, words: Words
) -> list[Correction]:
    """What those changes say that take something back. The numbering must know the citations of what is right."""
    found = []
    for change in changes:
        if change.before is None:
            continue
        first = change.before.citations[0].article
        outlet = next(
            (r.article.outlet for v in (before, after) if (r := v.dossier.readings.get(first)) is not None),
            "",
        )
        if change.after is not None:
            cited = cited_for(change)
            found.append(
                Correction(
                    change.key,
                    change.after.key,
                    numbering.of(cited),
                    tuple(line_of(change.after, after, words)),
                    outlet,
                )
            )
        else:
            found.append(Correction(change.key, "", 0, (), outlet))
    return found


def cited_for(change: Change) -> Citation:
    """The citation that stands behind what is right: of the article that was revised, where it is one of them."""
    assert change.before is not None
    assert change.after is not None
    revised = {c.article for c in change.before.citations}
    return next((c for c in change.after.citations if c.article in revised), change.after.citations[0])


def correct(
    document: Document,
    found: Sequence[Correction],
    sources: Mapping[int, Source],
    words: Words,
    now: datetime,
    title: str,
) -> Corrected:
    """The document with these corrections. `sources` are, by number, what its new footnotes say."""
    by_key = {c.key: c for c in found}
    told: dict[str, tuple[Inline, ...]] = {}
    blocks = _blocks(document.blocks, by_key, words, now, told)
    numbers = [by_key[k].mark for k in told if by_key[k].mark]
    there = {b.number for b in document.blocks if isinstance(b, Footnote)}
    if there:
        fresh = [
            footnote_of(sources[n], words) for n in dict.fromkeys(numbers) if n not in there and n in sources
        ]
        end = max(i for i, b in enumerate(blocks) if isinstance(b, Footnote)) + 1
        blocks = (*blocks[:end], *fresh, *blocks[end:])
    notes: list[Block] = [
        Heading(3, (Text(words.message("Correction")), Text(f" — {literal(title)}"))),
        ListBlock(tuple((Paragraph(t),) for t in told.values()), None),
    ]
    return Corrected(replace(document, blocks=blocks), Document(tuple(notes), document.language), tuple(told))


def _blocks(
    blocks: Sequence[Block],
    found: Mapping[str, Correction],
    words: Words,
    now: datetime,
    told: dict[str, tuple[Inline, ...]],
) -> tuple[Block, ...]:
    made: list[Block] = []
    for block in blocks:
        match block:
            case Paragraph(children=children):
                made.append(Paragraph(_segments(children, found, words, now, told)))
            case Heading(children=children):
                made.append(replace(block, children=_segments(children, found, words, now, told)))
            case ListBlock(items=items):
                made.append(replace(block, items=tuple(_blocks(i, found, words, now, told) for i in items)))
            case Quotation(children=inner):
                made.append(Quotation(_blocks(inner, found, words, now, told)))
            case _:
                made.append(block)
    return tuple(made)


def _segments(
    children: Sequence[Inline],
    found: Mapping[str, Correction],
    words: Words,
    now: datetime,
    told: dict[str, tuple[Inline, ...]],
) -> tuple[Inline, ...]:
    """A paragraph's words as far as the citations that stand behind them, each struck where its fact is taken back."""
    made: list[Inline] = []
    segment: list[Inline] = []
    marks: list[CitationMark] = []

    def close() -> None:
        correction = next((found[m.fact] for m in marks if m.fact in found), None)
        lead, body, trail = _trimmed(segment)
        if correction is None or all(isinstance(x, Struck) for x in body):
            made.extend((*segment, *marks))
        else:
            note = _note(correction, words, now)
            old = (*lead, Struck(body), *trail)
            # The marks of what was withdrawn stand after the note: it is part of what they stand behind from now on.
            line = (
                (*old, *marks, *note)
                if correction.becomes
                else (*lead, Struck(body), *note, *(trail or (Text(" "),)), *marks)
            )
            made.extend(line)
            told.setdefault(correction.key, line)
        segment.clear()
        marks.clear()

    for x in children:
        if isinstance(x, CitationMark):
            marks.append(x)
            continue
        if marks:
            close()
        if isinstance(x, Strong | Emphasis | Link) and _cites(x.children):
            close()
            made.append(replace(x, children=_segments(x.children, found, words, now, told)))
        else:
            segment.append(x)
    close()
    return tuple(made)


def _cites(children: Sequence[Inline]) -> bool:
    return any(
        isinstance(x, CitationMark) or (isinstance(x, Strong | Emphasis | Link) and _cites(x.children))
        for x in children
    )


def _trimmed(
    segment: Sequence[Inline],
) -> tuple[tuple[Inline, ...], tuple[Inline, ...], tuple[Inline, ...]]:
    """The blanks before, the words, the blanks after: what is struck begins and ends with a word."""
    body = list(segment)
    lead: list[Inline] = []
    trail: list[Inline] = []
    while body and isinstance(first := body[0], Text):
        bare = first.text.lstrip()
        if bare != first.text:
            lead.append(Text(first.text[: len(first.text) - len(bare)]))
        if bare:
            body[0] = replace(first, text=bare)
            break
        body.pop(0)
    while body and isinstance(last := body[-1], Text):
        bare = last.text.rstrip()
        if bare != last.text:
            trail.insert(0, Text(last.text[len(bare) :]))
        if bare:
            body[-1] = replace(last, text=bare)
            break
        body.pop()
    return tuple(lead), tuple(body), tuple(trail)


def _note(c: Correction, words: Words, now: datetime) -> tuple[Inline, ...]:
    """What is right, when that was seen, and who said so."""
    outlet = literal(c.outlet) or words.message("unknown outlet")
    when = words.moment(now)
    if c.becomes:
        why = words.message("Corrected %(when)s, as %(outlet)s revised its article")
        return (
            Text(" → "),
            *c.line,
            Text(" ("),
            Emphasis((Text(why % {"when": when, "outlet": outlet}),)),
            Text(") "),
            CitationMark(c.mark, c.becomes),
        )
    why = words.message("Withdrawn %(when)s: %(outlet)s no longer says so")
    return Text(" → "), Strong((Text(why % {"when": when, "outlet": outlet}),))
