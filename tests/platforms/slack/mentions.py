"""Whom a message calls. An escaped `&lt;` calls nobody, and in a `rich_text` only elements made for it do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.platforms.slack.reading import walked

JSON = dict[str, Any]

_CALLS = re.compile(r"<(!channel|!here|!everyone|@[UW][A-Z0-9]+|!subteam\^[A-Z0-9]+)(?:\|[^>]*)?>")


def called(text: str) -> Iterator[str]:
    for found in _CALLS.finditer(text):
        yield f"<{found[1]}>"


def pinged(text: str, blocks: Sequence[JSON]) -> tuple[str, ...]:
    """All that are called, as `<!channel>`, `<@U…>` and `<!subteam^S…>`, each once."""
    found = list(called(text))
    for part in walked(blocks):
        match part["type"]:
            case "mrkdwn" | "markdown":
                found += called(str(part.get("text", "")))
            case "broadcast":
                found.append(f"<!{part.get('range')}>")
            case "user":
                found.append(f"<@{part.get('user_id')}>")
            case "usergroup":
                found.append(f"<!subteam^{part.get('usergroup_id')}>")
    return tuple(dict.fromkeys(found))
