"""Inlines and blocks as Discord's Markdown, in which outside text stays text: it formats nothing, links nothing, calls no one.

Source: Discord's developer documentation, "Message Formatting", and the help page on Markdown text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal, NamedTuple
from urllib.parse import quote

from bots.paging import units
from bots.splitting import heads
from briefings.model import Language
from briefings.plain import safe_url
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)

_MARKS = re.compile(r"([\\`*_~|\[\]<>])")
# What starts a block at the beginning of a line: headings, subtext, lists, quotations.
_STARTS = re.compile(r"^(\s*)(#{1,3}(?=\s)|-#|[-+*](?=\s)|\d+(?=\.\s))")
_TARGET = re.compile(
    r"(?<=\])\("
)  # Discord looks for a link's end without minding what is escaped in its words
_CALLS = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_SIGNS = re.compile(r":(?=//|[A-Za-z0-9_+-]{2,32}:)")  # of an address, of an emoji's name
_INVITE = re.compile(r"(discord(?:app)?)\.(?=gg\b|com/invite\b|me\b|io\b|li\b)", re.IGNORECASE)
_LONGEST_URL = 1_500  # units; a longer one is left out, its words stay
_NOTHING = "\u200b"  # a space without width: between marks that would be read as one


def escaped(text: str) -> str:
    """Outside text that says what it says and does nothing."""
    text = _MARKS.sub(r"\\\1", text)
    text = _TARGET.sub(r"\\(", text)
    text = _CALLS.sub(r"\\@", text)
    text = _SIGNS.sub(r"\\:", text)
    return _INVITE.sub(r"\1\\.", text)


def line(children: Sequence[Inline], language: Language) -> str:
    """Inlines as one line's Markdown. What would start a block is kept from it."""
    text = _rendered(_runs(children, language))
    return "\n".join(_STARTS.sub(_kept, x) for x in text.split("\n"))


def _kept(m: re.Match[str]) -> str:
    mark = m[2]
    return m[1] + (f"{mark}\\" if mark.isdigit() else f"\\{mark}")


# ---- inlines: flat runs with the marks that are in force -------------------------------------------------------------------


class _Marks(NamedTuple):
    """What is in force over a piece of text."""

    struck: bool = False
    strong: bool = False
    emphasis: bool = False
    url: str = ""


class _Run(NamedTuple):
    """A piece of text: as it came, code, or Markdown already."""

    text: str
    kind: Literal["text", "code", "ready"]
    marks: _Marks


_PLAIN = _Marks()


def _runs(children: Sequence[Inline], language: Language, *, strong: bool = False) -> list[_Run]:
    """The leaves in order; neighbours that are alike are one. Without recursion: nesting has no bound."""
    found: list[_Run] = []
    under = _Marks(strong=True) if strong else _PLAIN
    stack: list[tuple[Inline, _Marks]] = [(x, under) for x in reversed(children)]
    while stack:
        x, marks = stack.pop()
        match x:
            case Text(text=text, language=own):
                _add(found, text, "text", marks)
                if own is not None and own != language and text:
                    _add(found, f" \\[{own}]", "ready", marks)
            case CitationMark(number=number):
                _add(found, f"\\[{number}]", "ready", marks)
            case Strong(children=inner):
                stack += [(y, marks._replace(strong=True)) for y in reversed(inner)]
            case Emphasis(children=inner):
                stack += [(y, marks._replace(emphasis=True)) for y in reversed(inner)]
            case Struck(children=inner):
                stack += [(y, marks._replace(struck=True)) for y in reversed(inner)]
            case Link(url=url, children=inner):
                stack += [(y, marks._replace(url=marks.url or _address(url))) for y in reversed(inner)]
            case Code(text=text):
                _add(found, text.replace("\n", " "), "code", marks)
            case LineBreak():
                _add(found, "\n", "ready", marks)
    return found


def _add(found: list[_Run], text: str, kind: Literal["text", "code", "ready"], marks: _Marks) -> None:
    if not text:
        return
    last = found[-1] if found else None
    if last is not None and last.kind == kind and last.marks == marks:
        found[-1] = _Run(last.text + text, kind, marks)
    else:
        found.append(_Run(text, kind, marks))


def _rendered(runs: Sequence[_Run]) -> str:
    """Runs by their links, those by what is struck, that by what is strong, that by what is emphasised."""
    if all(r.marks is _PLAIN for r in runs):
        return _joined(_leaf(r) for r in runs)
    return _joined(
        _link(url, _by_mark(list(inner), 0)) if url else _by_mark(list(inner), 0)
        for url, inner in groupby(runs, lambda r: r.marks.url)
    )


_SIGN = ("~~", "**", "*")  # in the order of the marks


def _by_mark(runs: list[_Run], level: int) -> str:
    """Runs under the same marks outside of this level."""
    if level == len(_SIGN):
        return _joined(_leaf(r) for r in runs)
    if not any(r.marks[level] for r in runs):
        return _by_mark(runs, level + 1)
    pieces = []
    for marked, inner in groupby(runs, lambda r: r.marks[level]):
        group = list(inner)
        text = _by_mark(group, level + 1)
        sign = "_" if level == 2 and group[0].marks.strong else _SIGN[level]
        pieces.append(_wrapped(sign, text) if marked else text)
    return _joined(pieces)


def _leaf(run: _Run) -> str:
    if run.kind == "ready":
        return run.text
    if run.kind == "code":
        return _code(run.text, marked=any(run.marks[:3]))
    return escaped(run.text)


def _joined(pieces: Iterable[str]) -> str:
    """Pieces one after the other, kept apart where what meets would be read as something else."""
    text = ""
    for piece in pieces:
        if not piece:
            continue
        if text and _meet(text, piece):
            text += _NOTHING
        text += piece
    return text


def _meet(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    if last in "*_~`" and first in "*_~`":
        return True
    if last == "_" and (first.isalnum() or first == "_"):
        return not before.endswith("\\_")
    return (
        (last == "]" and first == "(") or (last == "@" and first.isalpha()) or (last == ":" and first == "/")
    )


def _wrapped(mark: str, inner: str) -> str:
    """Marked, the blanks at its edges outside of the marks: within they would undo them."""
    words = inner.strip()
    if not words.strip(_NOTHING):
        return inner
    start = inner[: len(inner) - len(inner.lstrip())]
    end = inner[len(inner.rstrip()) :]
    if mark == "~~" and words[-1] == "~":
        words += _NOTHING  # its end is looked for without minding what is escaped
    return f"{start}{mark}{words}{mark}{end}"


def _code(text: str, *, marked: bool) -> str:
    """Code; with backticks of its own between two of them, which Discord takes for the outer ones."""
    if not text.strip():
        return text
    if marked and any(c in text for c in "*_~|"):
        return escaped(text)
    if "`" not in text:
        return f"`{text}`"
    if "``" not in text:
        return f"`` {text} ``"
    return escaped(text)


def _address(url: str) -> str:
    """The address as a link's target; "" where it is none that Discord would take."""
    if not safe_url(url):
        return ""
    quoted = quote(url, safe=_SAFE)
    return quoted if units(quoted) <= _LONGEST_URL else ""


def _link(url: str, words: str) -> str:
    """A link, its blanks outside of it; a bracket alone in its words would undo it, and gets another shape."""
    inner = words.strip()
    if not inner.strip(_NOTHING):
        return words
    start = words[: len(words) - len(words.lstrip())]
    end = words[len(words.rstrip()) :]
    if not _balanced(inner):
        for sign, shape in (("\\[", "［"), ("\\]", "］"), ("]", "］")):
            inner = inner.replace(sign, shape)
    if any(c in inner for c in "*_~"):
        url = url.replace("*", "%2A").replace("_", "%5F").replace("~", "%7E")
    return f"{start}[{inner}]({url}){end}"


def _balanced(text: str) -> bool:
    open_ = 0
    for c in text:
        open_ += (c == "[") - (c == "]")
        if open_ not in (0, 1):
            return False
    return open_ == 0


_SAFE = "!#$%&'*+,/:;=?@~-._"  # all that may stand in an address but brackets, which would end the link


# ---- blocks ----------------------------------------------------------------------------------------------------------------


def lines_of(block: Block, language: Language) -> list[str]:
    """A block's lines. Images and dividers have none: they are components of their own."""
    match block:
        case Heading(level=level, children=children):
            words = _rendered(_runs(children, language, strong=level > 2)).replace("\n", " ").strip()
            if not words.strip(_NOTHING):
                return []
            return [f"{'#' * (level + 1)} {words}" if level < 3 else words]
        case Paragraph(children=children):
            return line(children, language).split("\n")
        case Footnote(number=number, children=children):
            return f"\\[{number}] {line(children, language)}".split("\n")
        case ListBlock(items=items, start=start):
            return [x for i, item in enumerate(items) for x in _item(item, start, i, language)]
        case Quotation(children=inner):
            found = [x for b in inner for x in lines_of(b, language)]
            return [f"> {x}" for x in found]
        case Image() | Divider():
            return []


def _item(item: Sequence[Block], start: int | None, i: int, language: Language) -> list[str]:
    mark = "- " if start is None else f"{start + i}. "
    found = [x for b in item for x in lines_of(b, language)]
    if not found:
        return []
    return [mark + found[0], *(" " * len(mark) + x for x in found[1:])]


def text_of(blocks: Sequence[tuple[Block, Sequence[str]]]) -> str:
    """Blocks with their lines as one text, with a blank line between paragraphs."""
    found: list[str] = []
    last: Block | None = None
    for block, lines in blocks:
        if not lines:
            continue
        if _apart(last, block):
            found.append("")
        found += lines
        last = block
    return "\n".join(found)


def _apart(last: Block | None, block: Block) -> bool:
    """Whether a blank line stands between two blocks: headings have their own distance, lists' pieces go together."""
    if last is None or isinstance(block, Heading) or heads(last):
        return False
    if isinstance(last, ListBlock) and isinstance(block, ListBlock):
        return False
    return not (isinstance(last, Footnote) and isinstance(block, Footnote))
