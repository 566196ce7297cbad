"""A message made or changed by what an app sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.platforms.slack import limits
from tests.platforms.slack.asking import Asked, message_of
from tests.platforms.slack.mentions import pinged
from tests.platforms.slack.reading import walked
from tests.platforms.slack.refusals import Flaw, Refused
from tests.platforms.slack.state import Channel, Message, User
from tests.platforms.slack.world import World

_CONTENT = ("text", "blocks", "attachments", "markdown_text")


def _ours(world: World, where: str, asked: Asked, unfurling: bool) -> None:
    """Our own rules, which Slack does not have: no previews of links, and nothing that finds people in a text."""
    if unfurling:
        for name in ("unfurl_links", "unfurl_media"):
            if not asked.denied(name):
                world.fault(where, f"{name} must be false")
    if asked.flag("link_names") or asked.text("parse") not in ("", "none", "None"):
        world.fault(where, "link_names and parse find people in a text")
    for name in ("attachments", "markdown_text"):
        if asked.args.get(name):
            world.fault(where, f"{name}: we say it in blocks")


def content(asked: Asked) -> tuple[str, Any, Any]:
    """Text, blocks and metadata."""
    blocks = asked.parsed("blocks", "invalid_blocks_format")
    metadata = asked.parsed("metadata", "invalid_metadata_format")
    return asked.text("text"), blocks, metadata


def _known_files(world: World, blocks: Any) -> Iterator[Flaw]:
    """Images by the id of a file: it must be there, and its upload completed."""
    for part in walked(blocks if isinstance(blocks, list) else []):
        shown = part.get("slack_file")
        if part["type"] == "image" and isinstance(shown, dict) and "id" in shown:
            file = world.files.get(str(shown["id"]))
            if file is None or not file.completed:
                yield Flaw("/blocks", f"no file {shown['id']}")


def _judged(world: World, where: str, text: str, blocks: Any, metadata: Any) -> None:
    world.judge(where, [*limits.flaws_of_message(text, blocks, metadata), *_known_files(world, blocks)])


def written(
    world: World,
    asked: Asked,
    channel: Channel,
    *,
    addressee: User | None = None,
    unfurling: bool = True,
    via: str = "",
    where: str = "",
) -> Message:
    """A new message of the bot."""
    where = where or asked.method
    text, blocks, metadata = content(asked)
    _ours(world, where, asked, unfurling)
    _judged(world, where, text, blocks, metadata)
    thread_ts = asked.text("thread_ts") or None
    if thread_ts is not None:
        parent = message_of(channel, thread_ts, "thread_not_found")
        if parent.reply:
            world.fault(where, "thread_ts is a reply itself")
            thread_ts = parent.thread_ts
    message = Message(
        world.ids.ts(), channel, world.bot, text, world.shaped_blocks(blocks or ()), thread_ts,
        thread_ts is not None and asked.flag("reply_broadcast"), metadata or None, addressee=addressee, via=via or asked.method,
    )  # fmt: skip
    message.pings = pinged(text, message.blocks)
    world.keep(message)
    return message


def rewritten(world: World, asked: Asked, message: Message, *, where: str = "") -> Message:
    """An edit. What is not said stays, but a new text without blocks is all that is shown."""
    where = where or asked.method
    text, blocks, metadata = content(asked)
    _ours(world, where, asked, unfurling=False)
    if not any(asked.args.get(n) is not None for n in _CONTENT) and metadata is None:
        raise Refused("no_text")
    if blocks is None and message.blocks:
        world.fault(
            where, Flaw("/blocks", "the message has some: send them again, or [] to take them away", "")
        )
    text = text if asked.args.get("text") is not None else message.text
    if len(text) > limits.TEXT:
        world.fault(where, Flaw("/text", f"must be no more than {limits.TEXT} characters in an edit"))
        raise Refused("msg_too_long")
    _judged(world, where, text, blocks if blocks is not None else message.blocks, metadata)
    message.text = text
    if blocks is not None:
        message.blocks = world.shaped_blocks(blocks)
    if metadata is not None:
        message.metadata = metadata or None
    message.values.clear()
    message.edited = world.ids.ts()
    message.edits += 1
    message.pings = tuple(dict.fromkeys((*message.pings, *pinged(text, message.blocks))))
    world.told()
    return message
