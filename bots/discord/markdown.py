"""Inlines and blocks as Discord's Markdown, in which outside text stays text: it formats nothing, links nothing, calls no one.

Source: Discord's developer documentation, "Message Formatting", and the help page on Markdown text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from bots.splitting import heads
from briefings.model import Language
from briefings.plain import safe_url
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Document,
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
_CALLS = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_SCHEME = re.compile(r"(?<=[A-Za-z])://")
_INVITE = re.compile(r"(discord(?:app)?)\.(?=gg\b|com/invite\b|me\b|io\b|li\b)", re.IGNORECASE)
_LONGEST_URL = 1_500  # characters; a longer one is left out, its words stay


def units(text: str) -> int:
    """How long Discord may find a text: UTF-16 units, never fewer than its characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> str:
    """Outside text that says what it says and does nothing."""
    text = _MARKS.sub(r"\\\1", text)
    text = _CALLS.sub(r"\\@", text)
    text = _SCHEME.sub(r"\\://", text)
    return _INVITE.sub(r"\1\\.", text)


def line(children: Sequence[Inline], language: Language) -> str:
    """Inlines as one line's Markdown. What would start a block is kept from it."""
    text = _inlines(children, language)
    return "\n".join(_STARTS.sub(_kept, x) for x in text.split("\n"))


def _kept(m: re.Match[str]) -> str:
    mark = m[2]
    return m[1] + (f"{mark}\\" if mark.isdigit() else f"\\{mark}")


def _inlines(children: Sequence[Inline], language: Language) -> str:
    return "".join(_inline(x, language) for x in children)


def _inline(x: Inline, language: Language) -> str:
    match x:
        case Text(text=text, language=own):
            return escaped(text) + (f" \\[{own}]" if own is not None and own != language else "")
        case Strong(children=children):
            return _wrapped("**", _inlines(children, language))
        case Emphasis(children=children):
            return _wrapped("*", _inlines(children, language))
        case Struck(children=children):
            return _wrapped("~~", _inlines(children, language))
        case Code(text=text):
            return _code(text)
        case Link(url=url, children=children):
            return _link(url, _inlines(children, language))
        case CitationMark(number=number):
            return f"\\[{number}]"
        case LineBreak():
            return "\n"


def _wrapped(mark: str, inner: str) -> str:
    """Marked, the blanks at its edges outside of the marks: within they would undo them."""
    words = inner.strip()
    if not words:
        return inner
    start = inner[: len(inner) - len(inner.lstrip())]
    end = inner[len(inner.rstrip()) :]
    if mark == "*" and words.startswith("*") and words.endswith("*"):
        mark = "_"  # strong within emphasised: three asterisks in a row may be read either way
    return f"{start}{mark}{words}{mark}{end}"


def _code(text: str) -> str:
    """Code; with backticks of its own between two of them, which Discord takes for the outer ones."""
    text = text.replace("\n", " ")
    if not text.strip():
        return text
    if "`" not in text:
        return f"`{text}`"
    if "``" not in text:
        return f"`` {text} ``"
    return escaped(text)


def _link(url: str, words: str) -> str:
    """A link; its words alone where it is none that Discord would take."""
    if not safe_url(url) or units(url) > _LONGEST_URL or not words.strip():
        return words
    return f"[{words}]({quote(url, safe=_SAFE)})"


_SAFE = "!#$%&'*+,/:;=?@~[]-._"  # all that may stand in an address but parentheses, which would end the link


# ---- blocks ----------------------------------------------------------------------------------------------------------------


def lines_of(block: Block, language: Language) -> list[str]:
    """A block's lines. Images and dividers have none: they are components of their own."""
    match block:
        case Heading(level=level, children=children):
            words = _inlines(children, language).replace("\n", " ").strip()
            if not words:
                return []
            return [f"{'#' * (level + 1)} {words}" if level < 3 else f"**{words}**"]
        case Paragraph(children=children):
            return line(children, language).split("\n")
        case Footnote(number=number, children=children):
            return f"\\[{number}] {_inlines(children, language)}".split("\n")
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


def text_of(document: Document) -> str:
    """All blocks' lines, with a blank line between paragraphs, as one text."""
    found: list[str] = []
    last: Block | None = None
    for block in document.blocks:
        lines = lines_of(block, document.language)
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
