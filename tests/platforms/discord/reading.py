"""A message as a person sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.platforms.discord.state import Message

JSON = dict[str, Any]

BUTTON, SELECTS, TEXT_INPUT, TEXT = 2, (3, 5, 6, 7, 8), 4, 10


def walked(components: Sequence[JSON]) -> Iterator[JSON]:
    """All components with those within them, in the order in which they are shown."""
    for component in components:
        yield component
        yield from walked(component.get("components") or ())
        for name in ("accessory", "component"):
            if component.get(name):
                yield from walked([component[name]])


def texts_in(components: Sequence[JSON]) -> list[str]:
    return [c.get("content") or "" for c in walked(components) if c.get("type") == TEXT]


def text_of(message: Message) -> str:
    """The content and all text displays, in order, a line feed between them."""
    return "\n".join(filter(None, [message.content, *texts_in(message.components)]))


def buttons_of(message: Message) -> list[JSON]:
    return [c for c in walked(message.components) if c["type"] == BUTTON]


def selects_of(message: Message) -> list[JSON]:
    return [c for c in walked(message.components) if c["type"] in SELECTS]


def custom_ids_of(message: Message) -> list[str]:
    return [c["custom_id"] for c in walked(message.components) if c.get("custom_id")]
