"""Where the words between quotation marks are: « », “ ”, " ", „ “, and ' ' or ‘ ’ used as such.

Linear in the text, whatever it holds: every mark is looked at once and every look-ahead is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from briefings.model import Span
from briefings.reading.text import Text

_MARK = re.compile(r"[«»“”„\"‹›]|''|``")
_CLOSES = {"«": "»", "“": "”", "„": "“”", '"': '"', "‹": "›", "``": "''"}
_SINGLE_OPEN = re.compile(r"['‘](?=[^\W_]|\[)")
_SINGLE_CLOSE = re.compile(r"(?<=[^\s'])['’](?![\w'])")
_REACH = 600  # characters a quotation in single marks may run
_LOOK_AHEAD = 12  # paragraphs that an unclosed quotation may run on


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands between two marks: `inner` without them and without blanks at its ends, `outer` with them.

    `continues`: it carries on the quotation of the paragraph before. `unclosed`: no mark ends it in its paragraph.
    """

    inner: Span
    outer: Span
    paragraph: int
    continues: bool = False
    unclosed: bool = False
    single: bool = False


def quotations(text: Text) -> list[Quotation]:
    """The outermost quotations, in order; one for each paragraph where one runs over several."""
    doubles = list(_doubles(text))
    found = doubles + list(_singles(text, doubles))
    return sorted(found, key=lambda q: q.inner.start)


def _make(
    text: Text, open_at: int, start: int, end: int, close_end: int, paragraph: int, **how: bool
) -> Quotation | None:
    plain = text.plain
    start, end = _trimmed(plain, start, end)
    if plain[start : start + 1] == '"' and plain[start:end].count('"') % 2 == 1:  # a doubled mark: «" … »
        start, end = _trimmed(plain, start + 1, end)
    if end <= start or not any(c.isalnum() for c in plain[start : min(end, start + 200)]):
        return None
    return Quotation(Span(start, end), Span(open_at, close_end), paragraph, **how)


def _trimmed(plain: str, start: int, end: int) -> tuple[int, int]:
    """The place without the blanks at its ends."""
    while start < end and plain[start].isspace():
        start += 1
    while end > start and plain[end - 1].isspace():
        end -= 1
    return start, end


def _opens(plain: str, at: int, stop: int) -> bool:
    """Whether the straight mark at `at` can only open: a blank or the line's start before it, none after."""
    before = plain[at - 1] if at else "\n"
    after = plain[at + 1] if at + 1 < len(plain) else "\n"
    return (before.isspace() or before in "([—–-'") and not after.isspace() and after not in ".,;:!?)"


def _doubles(text: Text) -> Iterator[Quotation]:
    plain = text.plain
    carried = ""  # the mark of a quotation that runs on from the paragraph before
    marks_of = [list(_MARK.finditer(plain, p.start, p.end)) for p in text.paragraphs]
    for number, paragraph in enumerate(text.paragraphs):
        mark = carried
        open_at = start = paragraph.start
        continues = bool(carried)
        carried = ""
        depth = 1 if mark else 0
        for i, m in enumerate(marks_of[number]):
            char, at = m.group(), m.start()
            if depth and continues and at == paragraph.start and char in (mark, _CLOSES.get(mark, ""), "»"):
                start = m.end()  # the mark repeated where the paragraph begins
                continue
            if not depth:
                if char in _CLOSES and (char != '"' or at + 1 < paragraph.end):
                    mark, open_at, start, depth, continues = char, at, m.end(), 1, False
            elif char == mark == '"':
                later = i + 1 < len(marks_of[number])
                if _opens(plain, at, paragraph.end) and not (at > start and plain[at - 1] in ".,!?"):
                    if later or at - start > 0:
                        mark, open_at, start, continues = char, at, m.end(), False
                else:
                    depth = 0
            elif char == mark:
                depth += 1
            elif char in _CLOSES[mark] or (
                mark == "“" and char == '"' and not _opens(plain, at, paragraph.end)
            ):
                depth -= 1
            elif mark == '"' and char == "”":
                depth = 0
            if depth == 0 and start and mark and at >= start:
                found = _make(text, open_at, start, at, m.end(), number, continues=continues)
                if found:
                    yield found
                mark = ""
        if depth and mark and _runs_on(plain, text, marks_of, number, mark, paragraph):
            found = _make(
                text, open_at, start, paragraph.end, paragraph.end, number, continues=continues, unclosed=True
            )
            if found:
                yield found
            carried = mark


def _runs_on(
    plain: str, text: Text, marks_of: list[list[re.Match[str]]], number: int, mark: str, paragraph: Span
) -> bool:
    """Whether a quotation left open at a paragraph's end goes on: the next begins with a mark, or a later one closes it."""
    if number + 1 >= len(text.paragraphs):
        return False
    following = text.paragraphs[number + 1]
    opener = plain[following.start]
    if opener == mark or (mark == "«" and opener == "»"):
        return True
    if mark == '"':
        return False
    for later in marks_of[number + 1 : number + 1 + _LOOK_AHEAD]:
        for m in later:
            if m.group() in _CLOSES[mark]:
                return True
            if m.group() == mark:
                return False
    return False


def _may_open(before: str) -> bool:
    """Whether a single mark behind this character can open a quotation."""
    return before.isspace() or before in "([—–-"


def _singles(text: Text, doubles: list[Quotation]) -> Iterator[Quotation]:
    """Quotations in single marks, outside those in double ones; a close needs no letter after it."""
    plain = text.plain
    if "'" not in plain and "‘" not in plain:
        return
    taken = [(q.outer.start, q.outer.end) for q in doubles]
    number = 0
    here = 0
    done = 0
    for m in _SINGLE_OPEN.finditer(plain):
        if m.start() < done or (m.start() and not _may_open(plain[m.start() - 1])):
            continue
        while number + 1 < len(text.paragraphs) and text.paragraphs[number + 1].start <= m.start():
            number += 1
        while here < len(taken) and taken[here][1] <= m.start():
            here += 1
        if here < len(taken) and taken[here][0] <= m.start():
            continue
        stop = min(text.paragraphs[number].end, m.end() + _REACH)
        if here < len(taken):
            stop = min(stop, taken[here][0])
        close = _SINGLE_CLOSE.search(plain, m.end(), stop)
        while close and plain[close.start() - 1] == "s" and plain[close.end() : close.end() + 1] == " ":
            further = _SINGLE_CLOSE.search(plain, close.end(), min(stop, close.end() + 200))
            if not further:
                break
            close = further
        if close is None:
            continue
        found = _make(text, m.start(), m.end(), close.start(), close.end(), number, single=True)
        if found:
            done = close.end()
            yield found
