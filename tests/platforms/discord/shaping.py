"""Components and files of a request, made into what a message shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.platforms.discord.state import Attachment

JSON = dict[str, Any]


def file_name(name: str) -> str:
    """As Discord keeps it."""
    return re.sub(r"[^\w.\-]", "_", name)


def shown(components: Sequence[JSON], attachments: Sequence[Attachment], base: str) -> list[JSON]:
    """Components as Discord gives them back: each has its id, what was left out has its default, and media an address."""
    given = {c["id"] for c in _all(components) if c.get("id")}
    free = iter(n for n in range(1, 1000) if n not in given)
    files = {a.name: a for a in attachments}
    return [_shown(c, free, files, base) for c in components]


def _all(components: Sequence[JSON]) -> list[JSON]:
    found: list[JSON] = []
    for c in components:
        found += [c, *_all(c.get("components") or [])]
        found += _all([c["accessory"]]) if c.get("accessory") else []
    return found


def _shown(c: JSON, free: Any, files: Mapping[str, Attachment], base: str) -> JSON:
    found = {k: v for k, v in c.items() if v is not None and k != "id"}
    found["id"] = c.get("id") or next(free)
    if "components" in c:
        found["components"] = [_shown(x, free, files, base) for x in c["components"]]
    match c["type"]:
        case 2:
            found.setdefault("disabled", False)
        case 3 | 5 | 6 | 7 | 8:
            found = {"min_values": 1, "max_values": 1, "disabled": False, **found}
        case 9:
            found["accessory"] = _shown(c["accessory"], free, files, base)
        case 11:
            found = {"description": None, "spoiler": False, **found}
            found["media"] = _medium(c["media"], files, base)
        case 12:
            found["items"] = [
                {"description": None, "spoiler": False, **i, "media": _medium(i["media"], files, base)} for i in c["items"]
            ]  # fmt: skip
        case 13:
            medium = _medium(c["file"], files, base)
            kept = next((a for a in files.values() if str(a.id) == medium["id"]), None)
            found |= {
                "file": medium, "name": kept.name if kept else None, "size": len(kept.bytes) if kept else None,
                "spoiler": bool(c.get("spoiler")),
            }  # fmt: skip
        case 14:
            found = {"divider": True, "spacing": 1, **found}
        case 17:
            found = {"accent_color": None, "spoiler": False, **found}
    return found


def _medium(medium: JSON, files: Mapping[str, Attachment], base: str) -> JSON:
    url = medium["url"]
    name = url.removeprefix("attachment://")
    if name == url:
        return {
            "id": "0",
            "url": url,
            "proxy_url": url,
            "width": 0,
            "height": 0,
            "loading_state": 2,
            "flags": 0,
        }
    kept = files[name]
    url = f"{base}/attachments/{kept.id}/{kept.name}"
    return {
        "id": str(kept.id), "url": url, "proxy_url": url, "width": 0, "height": 0, "loading_state": 2, "flags": 0,
        "attachment_id": str(kept.id), "content_type": kept.content_type or "application/octet-stream",
    }  # fmt: skip
