"""HTML from feeds as text: paragraphs for bodies, one line for titles. What is no text (scripts, styles) is left out."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from briefings.sources.cleaning import printable

_DROPPED = frozenset(
    ["script", "style", "iframe", "object", "embed", "form", "svg", "noscript", "template", "figure"]
)
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
    "section table td th tr ul".split()
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--")
_LONG_TAG = re.compile(r"<[^<>]{4096,}>?")
_APART = "\x1e"  # between paragraphs, in what is gathered: nothing else holds it
_DEEPEST = 200  # elements within each other


def line_of(markup: str) -> str:
    """A title as plain text: tags gone, entities resolved, also where a feed escaped them twice."""
    text = printable(markup)
    for _ in range(2):
        if _TAG.search(text):
            text = " ".join(text_of(text).split("\n"))
        if "&" not in text:
            break
        text = unescape(text)
    return " ".join(printable(text).split())


def text_of(markup: str) -> str:
    """The text of a piece of HTML, a paragraph a line, parted by empty lines; "" where there is none."""
    if "<" not in markup:
        plain = printable(unescape(printable(markup)))
        if _TAG.search(plain):  # escaped twice
            return text_of(plain)
        return "\n\n".join(" ".join(x.split()) for x in plain.split("\n") if x.strip())
    try:
        root = document_fromstring(f"<div>{_LONG_TAG.sub('', printable(markup))}</div>")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    parts: list[str] = []
    _gather(root, parts)
    lines = (printable(x) for x in "".join(parts).split(_APART))
    return "\n\n".join(" ".join(x.split()) for x in lines if x.strip())


def _gather(root: HtmlElement, parts: list[str]) -> None:
    """The text under an element in document order, without recursion: hostile markup is deep."""
    stack: list[tuple[HtmlElement, bool, int]] = [(root, False, 0)]
    while stack:
        element, closing, depth = stack.pop()
        name = element.tag if isinstance(element.tag, str) else ""
        if closing:
            if name in _BLOCKS:
                parts.append(_APART)
            if element is not root and element.tail:
                parts.append(element.tail)
            continue
        if not name or name in _DROPPED or depth > _DEEPEST:
            if element.tail:
                parts.append(element.tail)
            continue
        if name in _BLOCKS:
            parts.append(_APART)
        if element.text:
            parts.append(element.text)
        stack.append((element, True, depth))
        stack.extend((child, False, depth + 1) for child in reversed(list(element)))
