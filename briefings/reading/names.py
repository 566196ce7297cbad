"""Who is named in an article: every mention of a person or organisation, in its place."""

from __future__ import annotations

import re
from bisect import bisect_left

from briefings.model import Kind, Span, fold
from briefings.reading.bodies import bodies
from briefings.reading.runs import JOINERS, Mention, capitalised, gap_after
from briefings.reading.text import Text


def mentions(text: Text) -> list[Mention]:
    """All mentions in order of place, none inside another."""
    return _settle(text, capitalised(text) + bodies(text) + _spelled_out(text))


_BRACKETED = re.compile(r"\(([^\W\d_]{3,8})\)")
_MOST_LETTERS = 8  # of an abbreviation
_MOST_WORDS = 14  # of the name that it stands for


def _spelled_out(text: Text) -> list[Mention]:
    """Names that an abbreviation in brackets spells: "Haute Autorité pour la transparence (HAT)"."""
    found = []
    for m in _BRACKETED.finditer(text.plain):
        k = bisect_left(text.starts, m.start())
        if text.words[k + 2 : k + 3] != [")"] or not m[1].isupper():
            continue
        first = _spelling(text, k - 1, text.words[k + 1])
        if first is not None and first < k - 1:
            span = Span(text.starts[first], text.ends[k - 1])
            found.append(Mention(first, k - 1, span, text.surface(first, k - 1), Kind.ORG))
    return found


def _spelling(text: Text, last: int, short: str) -> int | None:
    """The first token of the words up to `last` whose initials spell `short`, every capitalised word taking part."""
    letters = [c for c in fold(short) if c.isalpha()]
    if not 2 < len(letters) <= _MOST_LETTERS:
        return None
    k = last
    while k >= 0 and last - k < _MOST_WORDS:
        w = fold(text.words[k])
        if not w or not w[0].isalpha() or "\n" in gap_after(text, k):
            return None
        if letters and w[0] == letters[-1] and (text.caps[k] or len(text.words[k]) > 3):
            letters.pop()
            if not letters:
                return k if text.caps[k] else None
        elif text.caps[k] or (len(text.words[k]) > 3 and text.words[k] not in JOINERS[text.language]):
            return None
        k -= 1
    return None


def _settle(text: Text, found: list[Mention]) -> list[Mention]:
    """Where a body and a run of capitals overlap, the longer holds; a body's complement is not named twice."""
    taken = sorted(found, key=lambda m: (m.first, -(m.last - m.first)))
    kept: list[Mention] = []
    for m in taken:
        if m.title:
            k = m.first - 1
            while (
                k > 0 and text.words[k] in (".", m.title) and text.words[k - 1] in (m.title, *text.lex.titles)
            ):
                k -= 1
            m.titled = k
        if kept and m.first <= kept[-1].last:
            if m.last > kept[-1].last and m.last - m.first > kept[-1].last - kept[-1].first:
                kept[-1] = m
            continue
        kept.append(m)
    return kept
