"""Whom a text calls."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.discord.state import Pings

_ALL = {"everyone", "roles", "users"}


def pinged(text: str, allowed: dict[str, Any] | None) -> Pings:
    """Those whom the text names and the allowed mentions do not silence. Without allowed mentions, all of them."""
    parse = _ALL if allowed is None else set(allowed.get("parse") or ())
    listed = allowed or {}

    def let(kind: str, found: list[str]) -> tuple[int, ...]:
        some = {int(i) for i in listed.get(kind) or ()}
        ids = dict.fromkeys(int(i) for i in found)
        return tuple(i for i in ids if kind in parse or i in some)

    return Pings(
        everyone="everyone" in parse and bool(re.search(r"@(everyone|here)", text)),
        roles=let("roles", re.findall(r"<@&(\d+)>", text)),
        users=let("users", re.findall(r"<@!?(\d+)>", text)),
    )
