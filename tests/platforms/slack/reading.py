"""A message or a view as a person sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.platforms.slack.state import Message, View

JSON = dict[str, Any]

_MARKS = re.compile(r"<([^<>]*)>")
_STYLES = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])")
_PARTS = ("text", "fields", "elements", "accessory", "element", "label", "hint", "rows", "title", "alt_text")


def walked(things: Any) -> Iterator[JSON]:
    """All blocks, elements and text objects with those within them, in the order in which they are shown."""
    if isinstance(things, dict):
        if isinstance(things.get("type"), str):
            yield things
        for inner in things.values():
            yield from walked(inner)
    elif isinstance(things, (list, tuple)):
        for inner in things:
            yield from walked(inner)


def blocks_in(shown: Message | View | JSON | Sequence[JSON]) -> list[JSON]:
    if isinstance(shown, (Message, View)):
        return list(shown.blocks)
    return list(shown.get("blocks") or ()) if isinstance(shown, dict) else list(shown)


def blocks_of(shown: Message | View | JSON) -> list[JSON]:
    return blocks_in(shown)


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(mrkdwn: str) -> str:
    """The words of a formatted text: labels of links, names of those who are called, no marks."""

    def said(found: re.Match[str]) -> str:
        inner, _, label = found[1].partition("|")
        if label:
            return label
        return "@" + inner[1:] if inner.startswith(("!", "@")) else inner

    text = _MARKS.sub(said, mrkdwn)
    while (less := _STYLES.sub(r"\2", text)) != text:
        text = less
    return unescaped(text)


def text_of(shown: Message | View | JSON | Sequence[JSON]) -> str:
    """All words of its blocks in order, a line feed between blocks; of a message without blocks, its text.

    Images are read as their titles and what they show; what stands on buttons and in selects is left out.
    """
    blocks = blocks_in(shown)
    if not blocks and isinstance(shown, Message):
        return plain(shown.text)
    return "\n".join(filter(None, map(_text, blocks)))


def _text(thing: Any) -> str:
    if isinstance(thing, list):
        return "\n".join(filter(None, map(_text, thing)))
    if not isinstance(thing, dict):
        return str(thing)
    match thing.get("type"):
        case "plain_text" | "raw_text":
            return str(thing.get("text", ""))
        case "mrkdwn":
            return plain(str(thing.get("text", "")))
        case "markdown":
            return str(thing.get("text", ""))
        case "rich_text":
            return "\n".join(map(_rich, thing.get("elements") or ()))
        case "image" | "section" | "header" | "context" | "actions" | "input" | "video" | "table":
            return "\n".join(filter(None, (_text(thing[p]) for p in _PARTS if thing.get(p))))
        case kind if kind in ("divider", "button", "overflow", "workflow_button") or _interactive(thing):
            return ""
    return "\n".join(filter(None, (_text(thing[p]) for p in _PARTS if thing.get(p))))


def _rich(element: JSON) -> str:
    inner = element.get("elements") or ()
    match element.get("type"):
        case "rich_text_list":
            return "\n".join(map(_rich, inner))
        case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
            return "".join(map(_rich, inner))
        case "text":
            return str(element["text"])
        case "link":
            return str(element.get("text") or element["url"])
        case "emoji":
            return f":{element['name']}:"
        case "date":
            return str(element.get("fallback") or element["timestamp"])
        case "color":
            return str(element["value"])
        case "broadcast":
            return f"@{element['range']}"
        case "user" | "usergroup" | "channel" | "team":
            return next(f"@{v}" for k, v in element.items() if k.endswith("_id"))
    return ""


def _interactive(thing: JSON) -> bool:
    kind = str(thing.get("type"))
    return kind.endswith(("_select", "_input", "picker")) or kind in (
        "checkboxes",
        "radio_buttons",
        "overflow",
    )


def buttons_of(shown: Message | View | JSON | Sequence[JSON]) -> list[JSON]:
    return [e for e in walked(blocks_in(shown)) if e["type"] == "button"]


def selects_of(shown: Message | View | JSON | Sequence[JSON]) -> list[JSON]:
    """Selects, and what else one chooses in: overflow menus, boxes to tick, dates."""
    return [e for e in walked(blocks_in(shown)) if _interactive(e) and not e["type"].endswith("_input")]


def placed(shown: Message | View) -> Iterator[tuple[JSON, JSON]]:
    """Each interactive element with the block that it stands in."""
    for block in blocks_in(shown):
        for element in walked(block):
            if element["type"] == "button" or _interactive(element):
                yield block, element


def options_of(element: JSON) -> list[JSON]:
    found = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        found += group.get("options") or ()
    return found
