"""Feeds made fit for a parser: decoded once, without what breaks parsers, keeps them busy or makes them expand.

What feeds hold in practice is not always XML: bare ampersands, names of HTML, references to no character, bytes in
another encoding than they declare, an end that is missing.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5

from briefings.errors import NotAFeed
from briefings.sources.encoding import WESTERN, legacy

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,1000}\?>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]{0,2000}+(?:\[[^\]]{0,2000}+\][^<>]{0,200}+)?>", re.IGNORECASE)
_REFERENCE = re.compile(
    r"&(?:#(?P<decimal>[0-9]+);|#[xX](?P<hex>[0-9a-fA-F]+);|(?P<name>[A-Za-z][A-Za-z0-9]{0,40});)?"
)
_XML_NAMES = frozenset(["amp", "lt", "gt", "quot", "apos"])
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"\s{20,}")
_LONG_WORD = re.compile(r"[\w.+@-]{1000,}")
_LONG_TAG = re.compile(r"<(?!!)[^<>]{4096,}>?")
_UNENDED = ("item", "entry", "url")


def printable(text: str) -> str:
    """The text without control characters and what is no character, which databases and chats refuse."""
    return _UNFIT.sub("", text)


def decoded(body: bytes, charset: str | None) -> str:
    """The bytes as text: by their mark, as UTF-8, as they declare, as the server does, by the likeliest encoding."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    if body[:2] in (b"<\x00", b"\x00<", b"{\x00", b"\x00{"):
        return body.decode("utf-16-le" if body[1:2] == b"\x00" else "utf-16-be", "replace")
    declared = _DECLARED.search(body[:2000])
    names = ["utf-8", declared[1].decode("ascii") if declared is not None else "", charset or ""]
    for name in names:
        if name.lower().replace("_", "-") in WESTERN:
            break  # read as browsers do: what is called Latin-1 has the quotation marks of Windows
        if name and "utf-7" not in name.lower().replace("_", "-"):
            try:
                return body.decode(name)
            except (LookupError, ValueError):
                continue
    return legacy(body) or body.decode("utf-8", "replace")


def clean(text: str, url: str) -> str:
    """XML that a parser can take, with a declaration of ours. NotAFeed where it declares entities of its own.

    An entry that the end of the text cuts off is left out: half of one would be taken for another.
    """
    text = printable(_DECLARATION.sub("", text, count=1))
    parts = _CDATA.split(text)
    plain = [_COMMENT.sub("", p) for p in parts[::2]]
    if any("<!entity" in p.lower() for p in plain):
        raise NotAFeed(
            f"{url} declares entities of its own, which are not expanded.", "Ask its outlet for a plain feed."
        )
    plain = [_REFERENCE.sub(_reference, _LONG_TAG.sub("", _DOCTYPE.sub(_kept_html, p))) for p in plain]
    parts[::2] = plain
    text = _LONG_WORD.sub(lambda m: m[0][:1000], _BLANKS.sub("\n", "".join(parts))).strip()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_whole(text)}'


def _kept_html(m: re.Match[str]) -> str:
    """No document type, but that of a page, by which it is told."""
    return "<!DOCTYPE html>" if re.match(r"<!DOCTYPE\s+html\b", m[0], re.IGNORECASE) else ""


def _reference(m: re.Match[str]) -> str:
    """A reference that XML knows, the character that HTML has under that name, or an ampersand that was meant as one."""
    if m["name"]:
        if m["name"] in _XML_NAMES:
            return m[0]
        known = html5.get(f"{m['name']};")
        return known.replace("&", "&amp;").replace("<", "&lt;") if known else f"&amp;{m['name']};"
    digits, base = (m["decimal"], 10) if m["decimal"] else (m["hex"], 16)
    if not digits:
        return "&amp;"
    number = int(digits, base) if len(digits) < 9 else 0x110000
    if (
        number in (9, 10, 13)
        or (32 <= number <= 0xD7FF)
        or 0xE000 <= number <= 0xFFFD
        or 0x10000 <= number <= 0x10FFFF
    ):
        return "" if _UNFIT.match(chr(number)) else m[0]
    return ""


def _whole(text: str) -> str:
    """The text up to an entry that begins and does not end."""
    low = text.lower()
    for name in _UNENDED:
        begun = max(low.rfind(f"<{name}>"), low.rfind(f"<{name} "))
        if (
            begun >= 0
            and low.rfind(f"</{name}>") < begun
            and "/>" not in low[begun : low.find(">", begun) + 1]
        ):
            return text[:begun]
    return text
