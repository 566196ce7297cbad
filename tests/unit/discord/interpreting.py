"""How Discord reads Markdown, written from its rules alone: the escapes, the inlines, and what starts a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_GONE = "\x00"


def unescaped(markdown: str) -> str:
    """The text that is shown where nothing but escapes is in it."""
    return _ESCAPE.sub(r"\1", markdown)


def unprotected(markdown: str) -> str:
    """What no backslash keeps from having an effect; something else stands where the escaped signs were."""
    return _ESCAPE.sub(_GONE, markdown)


#: What does something in Discord wherever it stands unescaped.
EFFECTS = re.compile(
    r"[\\`*_~|\[\]<>]|@(?:everyone|here)|(?:https?|steam|discord)://|discord(?:app)?\.(?:gg|com/invite|me|io|li)\b",
    re.IGNORECASE,
)
#: What does something at the beginning of a line.
STARTS = re.compile(r"\s*(?:#{1,3}\s|-#|[-+*]\s|\d+\.\s|>)")


# ---- inlines ---------------------------------------------------------------------------------------------------------------

_CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
_LINK = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
)
_URL = re.compile(r"(?:https?|steam)://[^\s<]+[^<.,:;\"')\]\s]")
_EMPHASIS = re.compile(
    r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"
    r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)",
    re.ASCII,
)
_STRONG = re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")
_UNDERLINED = re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")
_STRUCK = re.compile(r"~~([\s\S]+?)~~(?!_)")
_SPOILER = re.compile(r"\|\|([\s\S]+?)\|\|")
_CALL = re.compile(r"@everyone|@here|<(?:@[!&]?|#)\d+>|</[^>]+:\d+>|<t:-?\d+(?::\w)?>|<a?:\w+:\d+>|<id:\w+>")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sign that is shown, how it is marked, and where it leads."""

    sign: str
    marks: frozenset[str] = frozenset()
    url: str = ""


def interpreted(markdown: str) -> list[Piece]:
    """The signs that are seen of a line: not the space without width that keeps marks apart; a bracket's other shape,
    which it has in a link's words, is that bracket."""
    shown = _read(markdown, frozenset(), "")
    return [
        replace(p, sign=_SHAPES.get(p.sign, p.sign) if p.url else p.sign) for p in shown if p.sign != "\u200b"
    ]


_SHAPES = {"［": "[", "］": "]"}


def _read(source: str, marks: frozenset[str], url: str) -> Iterator[Piece]:
    while source:
        if m := _ESCAPE.match(source):
            yield Piece(m[1], marks, url)
        elif (m := _CALL.match(source)) is not None:
            yield from (Piece(c, marks | {"call"}, url) for c in m[0])
        elif not url and (m := _URL.match(source)) is not None:
            yield from (Piece(c, marks, m[0]) for c in m[0])
        elif not url and (m := _LINK.match(source)) is not None:
            yield from _read(m[1], marks, unescaped(m[2]))
        elif (m := _CODE.match(source)) is not None:
            inner = m[2][1:-1] if m[1] == "``" and m[2][0] == m[2][-1] == " " else m[2]
            yield from (Piece(c, marks | {"code"}, url) for c in inner)
        elif (best := _longest(source)) is not None:
            mark, m = best
            yield from _read(m[1] or m[m.lastindex or 0], marks | {mark}, url)
        else:
            yield Piece(source[0], marks, url)
            source = source[1:]
            continue
        source = source[m.end() :]


def _longest(source: str) -> tuple[str, re.Match[str]] | None:
    """Of emphasis, strong and underlined the one that takes most; the others where none of these does."""
    rules = (("emphasis", _EMPHASIS), ("strong", _STRONG), ("underlined", _UNDERLINED))
    found = [(mark, m) for mark, rule in rules if (m := rule.match(source)) is not None]
    if found:
        return max(found, key=lambda x: x[1].end())
    for mark, rule in (("struck", _STRUCK), ("spoiler", _SPOILER)):
        if (m := rule.match(source)) is not None:
            return mark, m
    return None


# ---- the words of whole texts ----------------------------------------------------------------------------------------------

_BLOCK = re.compile(r"(?:\s*(?:> |- |\d+\. ))*\s*(?:#{1,3} )?")
_OURS = re.compile(r"\\\[(fr|en|\d+)\]")
_MARKED = "*_~[]"


def words(markdown: str) -> str:
    """What a text of ours says without its marks, its marks of a language left out."""
    known = re.sub(r" ［(?:en|fr)］", "", markdown)  # the mark of a language in a link's words
    shown = "\n".join("".join(_words(line)) for line in known.split("\n"))
    return shown.replace("［", "[").replace("］", "]")


def _words(line: str) -> Iterator[str]:
    at = m.end() if (m := _BLOCK.match(line)) is not None else 0
    while at < len(line):
        if (m := _OURS.match(line, at)) is not None:
            yield f"[{m[1]}]" if m[1].isdigit() else ""
        elif (m := _ESCAPE.match(line, at)) is not None:
            yield m[1]
        elif (m := _CODE.match(line, at)) is not None:
            yield m[2]
        elif line.startswith("](", at):
            at = line.index(")", at) + 1
            continue
        else:
            yield "" if line[at] in _MARKED or line[at] == "\u200b" else line[at]
            at += 1
            continue
        at = m.end()


def citations(markdown: str) -> list[int]:
    """The numbers of the citations in a text: what outside text says in brackets has both escaped."""
    return [int(m[1]) for m in _OURS.finditer(re.sub(r"\\\\", _GONE, markdown)) if m[1].isdigit()]
