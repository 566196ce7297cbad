"""Outside text made safe to show: literal, in one line, whatever it holds."""

from __future__ import annotations

import json
import re

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ue000-\uf8ff\ud800-\udfff]"
)
_LINES = re.compile(r"[ \t\r\n\u2028\u2029]+")
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The blocks of scripts that are written from right to left.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_FIRST_STRONG, _POP = "\u2068", "\u2069"


_AFTER_ASCII = re.compile(r"[\x7f-\x9f]")


def json_text(value: object, indent: int | None = None) -> str:
    """JSON in its own letters, without a character that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _AFTER_ASCII.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def literal(text: str) -> str:
    """Outside text made safe to stand in a line of ours: no control characters, one line, its direction isolated.

    Bidirectional controls are closed within the text, so that they can't turn what follows it around.
    """
    if not text.isprintable():
        text = _LINES.sub(" ", _CONTROL.sub("", text))
        if _BIDI.search(text):
            return _FIRST_STRONG + _balanced(text) + _POP
    if not text.isascii() and _RIGHT_TO_LEFT.search(text):
        return _FIRST_STRONG + text + _POP
    return text


def _balanced(text: str) -> str:
    """The text with every embedding and isolate closed, and no close without an open."""
    out = []
    embeddings: list[str] = []
    for c in text:
        if c in "\u202a\u202b\u202d\u202e":
            embeddings.append("\u202c")
        elif c in "\u2066\u2067\u2068":
            embeddings.append("\u2069")
        elif c in "\u202c\u2069":
            if not embeddings or embeddings[-1] != c:
                continue
            embeddings.pop()
        out.append(c)
    return "".join(out) + "".join(reversed(embeddings))


_URL = re.compile(
    r"https?://[^\s\x00-\x20\x7f-\x9f<>\"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ud800-\udfff]+",
    re.IGNORECASE,
)


def safe_url(url: str) -> str | None:
    """The address if a briefing may link it: http or https, no blanks, no control characters; else None."""
    return url if _URL.fullmatch(url) else None
