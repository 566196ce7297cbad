"""A message made or changed by a request's body."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tests.platforms.discord import limits
from tests.platforms.discord.asking import Asked, broken
from tests.platforms.discord.mentions import pinged
from tests.platforms.discord.reading import text_of
from tests.platforms.discord.refusals import JSON, Flaw, Refused
from tests.platforms.discord.shaping import file_name, shown
from tests.platforms.discord.state import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    Attachment,
    Channel,
    Message,
    User,
    now,
)
from tests.platforms.discord.world import World

_SETTABLE = COMPONENTS_V2 | SUPPRESS_EMBEDS | EPHEMERAL | 1 << 12


@dataclass
class Draft:
    """What a message will consist of."""

    content: str
    embeds: list[JSON]
    sent: list[JSON]
    flags: int
    attachments: list[Attachment]


def _ours(world: World, asked: Asked, body: JSON) -> None:
    """Our own rule, which Discord does not have: every message says that it calls nobody."""
    allowed = body.get("allowed_mentions")
    if not isinstance(allowed, dict) or allowed.get("parse") != []:
        world.fault(str(asked), f"allowed_mentions must be there with parse [], is {allowed!r}")


def _files(
    world: World, asked: Asked, body: JSON, old: Message | None
) -> tuple[list[Attachment], list[Flaw]]:
    entries: list[JSON] | None = body.get("attachments")
    had = {str(a.id): a for a in old.attachments} if old else {}
    flaws: list[Flaw] = []
    told: dict[int, JSON] = {}
    kept = list(had.values()) if entries is None else []
    for i, entry in enumerate(entries or ()):
        name = str(entry.get("id", i))
        if name.isdecimal() and int(name) in asked.files:
            told[int(name)] = entry
        elif name in had:
            kept.append(had[name])
        else:
            flaws.append(Flaw(f"attachments.{i}", "ATTACHMENT_NOT_FOUND", f"No file {name} in this request."))
    for number, upload in sorted(asked.files.items()):
        entry = told.get(number, {})
        if len(upload.bytes) > world.attachment_size_limit:
            raise Refused(413, 40005, "Request entity too large")
        flaws += limits.long(f"attachments.{number}.description", entry.get("description"), 1024)
        named = file_name(entry.get("filename") or upload.name)
        kept.append(
            Attachment(world.ids(), named, upload.bytes, entry.get("description"), upload.content_type)
        )
    return kept, flaws


def drafted(world: World, asked: Asked, body: JSON, old: Message | None = None) -> Draft:
    """The message after the request. Refused, and noted, where it breaks a rule."""
    _ours(world, asked, body)
    attachments, flaws = _files(world, asked, body, old)
    flags = int(body.get("flags") or 0) & _SETTABLE
    if old is not None:
        if body.get("flags") is None:
            flags = old.flags
        elif old.flags & COMPONENTS_V2 and not flags & COMPONENTS_V2:
            flaws.append(Flaw("flags", "MESSAGE_FLAG_IMMUTABLE", "Components v2 cannot be taken back."))
        flags = (old.flags & ~SUPPRESS_EMBEDS) | (flags & (SUPPRESS_EMBEDS | COMPONENTS_V2))

    def part(name: str, before: Any, empty: Any) -> Any:
        return (body[name] or empty) if name in body else before

    draft = Draft(
        part("content", old.content if old else "", ""),
        part("embeds", old.embeds if old else [], []),
        part("components", old.sent if old else [], []),
        flags,
        attachments,
    )
    flaws += limits.flaws_of(
        limits.Shown(
            draft.content, draft.embeds, draft.sent, flags, body.get("poll"), body.get("sticker_ids") or (),
            [a.name for a in attachments],
        )
    )  # fmt: skip
    broken(world, asked, flaws)
    return draft


def written(
    world: World,
    asked: Asked,
    channel: Channel,
    body: JSON,
    *,
    id: int | None = None,  # noqa: A002
    addressee: User | None = None,
    **more: Any,
) -> Message:
    """A new message of the bot. A nonce that it used here a short while ago: the message of that time."""
    nonce = body.get("nonce")
    if nonce is not None:
        nonce = str(nonce)
        broken(world, asked, limits.long("nonce", nonce, limits.NONCE))
        if body.get("enforce_nonce"):
            moment, message = channel.nonces.get(nonce, (0.0, None))
            if message and not message.deleted and time.monotonic() - moment < world.nonce_window:
                _ours(world, asked, body)
                return message
    draft = drafted(world, asked, body)
    if addressee is None:
        draft.flags &= ~EPHEMERAL
    message = Message(id or world.ids(), channel, world.bot, nonce=nonce, addressee=addressee, **more)
    apply(world, message, draft)
    message.pings = pinged(text_of(message), body.get("allowed_mentions"))
    if nonce is not None:
        channel.nonces[nonce] = (time.monotonic(), message)
    world.keep(message)
    return message


def apply(world: World, message: Message, draft: Draft) -> None:
    message.content, message.embeds, message.sent = draft.content, draft.embeds, draft.sent
    message.flags, message.attachments = draft.flags & ~LOADING, draft.attachments
    message.components = shown(draft.sent, draft.attachments, world.base)


def rewritten(world: World, asked: Asked, message: Message, body: JSON) -> Message:
    """An edit. The answer that fills a loading message is none."""
    draft = drafted(world, asked, body, message)
    was_loading = message.loading
    apply(world, message, draft)
    if was_loading:
        message.pings = pinged(text_of(message), body.get("allowed_mentions"))
    else:
        message.edited = now()
        message.edits += 1
    world.told_message(message, "UPDATE")
    return message
