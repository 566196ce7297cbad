"""Slack's limits on messages and views, and what we ask of them beside. Lengths are counted in code points."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.platforms.slack.contract import checker
from tests.platforms.slack.reading import options_of, walked
from tests.platforms.slack.refusals import JSON, Flaw

OURS = ""  # the error of what Slack would let pass

TEXT, TEXT_REFUSED = 4_000, 40_000
TOTAL, TOTAL_REFUSED = 12_000, 13_000
BLOCKS = {"message": 50, "modal": 100, "home": 100}
METADATA = 16_000
_TEXTS = {("section", "text"): 3000, ("header", "text"): 150, ("button", "text"): 75, ("input", "label"): 2000,
          ("input", "hint"): 2000, ("image", "title"): 2000}  # fmt: skip


def long(path: str, text: Any, most: int, error: str = "invalid_blocks", least: int = 0) -> Iterator[Flaw]:
    length = len(text or "")
    if length > most:
        yield Flaw(path, f"must be no more than {most} characters, is {length}", error)
    if length < least:
        yield Flaw(path, f"must be at least {least} characters, is {length}", error)


def weight(blocks: Sequence[JSON]) -> int:
    """The characters of a message: all texts, what images show, and the addresses of links."""
    total = 0
    for part in walked(blocks):
        for name in ("text", "alt_text", "url") if part["type"] != "button" else ("text",):
            total += len(part[name]) if isinstance(part.get(name), str) else 0
    return total


def flaws_of_message(text: str, blocks: Any, metadata: Any = None) -> list[Flaw]:
    """What is wrong with a message, all of it."""
    return list(_message(text, blocks, metadata))


def _message(text: str, blocks: Any, metadata: Any) -> Iterator[Flaw]:
    yield from long("/text", text, TEXT_REFUSED, "msg_too_long")
    if not blocks and not text:
        yield Flaw("/text", "neither text nor blocks", "no_text")
    if not (text or "").strip():
        yield Flaw("/text", "a message needs a text that can be read aloud", OURS)
    if len(text or "") > TEXT:
        yield Flaw("/text", f"must be no more than {TEXT} characters, is {len(text)}", OURS)
    yield from _metadata(metadata)
    if blocks is None:
        return
    if not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks):
        yield Flaw("/blocks", "must be a list of blocks", "invalid_blocks_format")
        return
    total = weight(blocks)
    if total > TOTAL:
        error = "msg_blocks_too_long" if total > TOTAL_REFUSED else OURS
        yield Flaw("/blocks", f"must be no more than {TOTAL} characters in all, are {total}", error)
    yield from _blocks(blocks, "message", "invalid_blocks")


def _metadata(metadata: Any) -> Iterator[Flaw]:
    if metadata in (None, {}):
        return
    shape = isinstance(metadata, dict) and set(metadata) <= {"event_type", "event_payload", "entities"}
    kind = metadata.get("event_type") if shape else None
    payload = metadata.get("event_payload") if shape else None
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        yield Flaw("/metadata", "needs an event_type and an event_payload", "invalid_metadata_format")
    elif len(kind) > 255:
        yield Flaw("/metadata/event_type", "must be no more than 255 characters", "invalid_metadata_format")
    elif len(json.dumps(payload)) > METADATA:
        yield Flaw(
            "/metadata/event_payload", f"must be no more than {METADATA} characters", "metadata_too_large"
        )


def flaws_of_view(view: Any) -> list[Flaw]:
    """What is wrong with a modal or a home, all of it."""
    return list(_view(view))


def _view(view: Any) -> Iterator[Flaw]:
    error = "invalid_arguments"
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        yield Flaw("/view/type", "must be a modal or a home", error)
        return
    kind, blocks = view["type"], view.get("blocks")
    if not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks):
        yield Flaw("/view/blocks", "must be a list of blocks", error)
        return
    for name in ("title", "submit", "close") if kind == "modal" else ():
        if view.get(name) is not None or name == "title":
            yield from long(f"/view/{name}", (view.get(name) or {}).get("text"), 24, error, 1)
    inputs = any(b.get("type") == "input" for b in blocks)
    if kind == "modal" and inputs and not view.get("submit"):
        yield Flaw("/view/submit", "a modal with inputs needs it", error)
    yield from long("/view/private_metadata", view.get("private_metadata"), 3000, error)
    yield from long("/view/callback_id", view.get("callback_id"), 255, error)
    yield from long("/view/external_id", view.get("external_id"), 255, error)
    if len(json.dumps(view, ensure_ascii=False).encode()) > 250_000:
        yield Flaw("/view", "is larger than 250 kB", "view_too_large")
    if (check := checker()) is not None:
        for said in check.validate_view(view):
            yield Flaw("/view", str(said), error)
    yield from _blocks(blocks, kind, error, contract=False)


def _blocks(blocks: Sequence[JSON], surface: str, error: str, *, contract: bool = True) -> Iterator[Flaw]:
    if len(blocks) > BLOCKS[surface]:
        yield Flaw("/blocks", f"no more than {BLOCKS[surface]} blocks, are {len(blocks)}", error)
    if contract and (check := checker()) is not None:
        for said in check.validate_blocks(blocks, surface):
            yield Flaw("/blocks", str(said), error)
    named = Counter(b["block_id"] for b in blocks if b.get("block_id"))
    for name, count in named.items():
        if count > 1:
            yield Flaw("/blocks", f"the block_id {name!r} is there {count} times", error)
    for i, block in enumerate(blocks):
        at = f"/blocks/{i}"
        yield from long(f"{at}/block_id", block.get("block_id"), 255, error)
        for part in walked(block):
            yield from _part(at, part, error)
        actions = Counter(p["action_id"] for p in walked(block) if p.get("action_id"))
        for name, count in actions.items():
            if count > 1:
                yield Flaw(at, f"the action_id {name!r} is there {count} times", error)


def _part(at: str, part: JSON, error: str) -> Iterator[Flaw]:
    kind = part["type"]
    for (of, name), most in _TEXTS.items():
        if kind == of and isinstance(part.get(name), dict):
            yield from long(f"{at}/{name}", part[name].get("text"), most, error, 1)
    yield from long(f"{at}/action_id", part.get("action_id"), 255, error)
    match kind:
        case "section":
            fields = part.get("fields") or []
            if len(fields) > 10 or not (part.get("text") or fields):
                yield Flaw(at, "a section has a text or up to ten fields", error)
            for field in fields:
                yield from long(f"{at}/fields", (field or {}).get("text"), 2000, error, 1)
        case "context" if not 1 <= len(part.get("elements") or ()) <= 10:
            yield Flaw(at, "a context has 1 to 10 elements", error)
        case "actions" if not 1 <= len(part.get("elements") or ()) <= 25:
            yield Flaw(at, "actions have 1 to 25 elements", error)
        case "button":
            yield from long(f"{at}/value", part.get("value"), 2000, error)
            yield from long(f"{at}/url", part.get("url"), 3000, error)
        case "image":
            yield from long(f"{at}/alt_text", part.get("alt_text"), 2000, error, 1)
            if not part.get("image_url") and not part.get("slack_file"):
                yield Flaw(at, "an image of nothing", error)
            yield from _address(f"{at}/image_url", part.get("image_url"), error)
        case "link":
            yield from _address(f"{at}/url", part.get("url"), OURS)
    if (
        kind in ("static_select", "multi_static_select")
        and not part.get("options")
        and not part.get("option_groups")
    ):
        yield Flaw(at, "a select without options", error)
    if part.get("placeholder"):
        yield from long(f"{at}/placeholder", part["placeholder"].get("text"), 150, error)
    yield from flaws_of_options(part, at, error, 5 if kind == "overflow" else 10 if kind in _FEW else 100)


_FEW = ("checkboxes", "radio_buttons")


def _address(path: str, url: Any, error: str) -> Iterator[Flaw]:
    if url is not None and not str(url).startswith(("http://", "https://", "mailto:")):
        yield Flaw(path, f"no address: {url!r}", error)


def flaws_of_options(part: JSON, at: str, error: str = "invalid_options", most: int = 100) -> Iterator[Flaw]:
    """Of a select, or of the answer to what was typed in one."""
    for name in ("options", "option_groups"):
        if len(part.get(name) or ()) > most:
            yield Flaw(f"{at}/{name}", f"no more than {most}, are {len(part[name])}", error)
    for group in part.get("option_groups") or ():
        yield from long(f"{at}/option_groups/label", (group.get("label") or {}).get("text"), 75, error, 1)
        if len(group.get("options") or ()) > most:
            yield Flaw(f"{at}/option_groups", f"no more than {most} options in a group", error)
    for option in options_of(part):
        if not isinstance(option, dict) or option.get("type"):
            continue
        yield from long(f"{at}/options/text", (option.get("text") or {}).get("text"), 75, error, 1)
        yield from long(f"{at}/options/value", option.get("value"), 150, error, 0 if option.get("url") else 1)
        yield from long(f"{at}/options/description", (option.get("description") or {}).get("text"), 75, error)
    for value, count in Counter(o.get("value") for o in options_of(part) if not o.get("type")).items():
        if count > 1 and value:
            yield Flaw(f"{at}/options", f"the value {value!r} is there {count} times", OURS)
