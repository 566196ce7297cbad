"""The methods about messages."""

from __future__ import annotations

from tests.platforms.slack.asking import Asked, channel_of, message_of, paged
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import Channel, Message
from tests.platforms.slack.world import World
from tests.platforms.slack.writing import rewritten, written


def post(world: World, asked: Asked) -> JSON:
    channel = channel_of(world, asked, posting=True)
    message = written(world, asked, channel)
    return {"channel": channel.id, "ts": message.ts, "message": world.shape(message)}


def post_ephemeral(world: World, asked: Asked) -> JSON:
    channel = channel_of(world, asked, posting=True)
    user = world.users.get(asked.needed("user"))
    if user is None or user.id not in channel.members:
        raise Refused("user_not_in_channel")
    return {"message_ts": written(world, asked, channel, addressee=user, unfurling=False).ts}


def _own(world: World, asked: Asked, error: str) -> Message:
    channel = channel_of(world, asked)
    if channel.archived:
        raise Refused("is_archived")
    message = message_of(channel, asked.needed("ts"))
    if message.author is not world.bot:
        raise Refused(error)
    return message


def update(world: World, asked: Asked) -> JSON:
    message = rewritten(world, asked, _own(world, asked, "cant_update_message"))
    return {
        "channel": message.channel.id, "ts": message.ts, "text": message.text, "message": world.shape(message)
    }  # fmt: skip


def delete(world: World, asked: Asked) -> JSON:
    message = _own(world, asked, "cant_delete_message")
    message.deleted = True
    world.told()
    return {"channel": message.channel.id, "ts": message.ts}


def _number(asked: Asked, name: str) -> float | None:
    text = asked.text(name)
    if not text or text == "now":
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def _within(asked: Asked, messages: list[Message]) -> list[Message]:
    """Those after `oldest` and before `latest`; with `inclusive`, those moments too."""
    oldest, latest, inclusive = _number(asked, "oldest"), _number(asked, "latest"), asked.flag("inclusive")
    kept = []
    for message in messages:
        ts = float(message.ts)
        if oldest is not None and (ts < oldest or (ts == oldest and not inclusive)):
            continue
        if latest is not None and (ts > latest or (ts == latest and not inclusive)):
            continue
        kept.append(message)
    return kept


def _there(channel: Channel) -> list[Message]:
    """What is there, and the parents of threads where they were deleted."""
    parents = {m.thread_ts for m in channel.visible}
    return [m for m in channel.messages if not m.deleted or m.ts in parents]


def _page(world: World, asked: Asked, messages: list[Message]) -> JSON:
    page, cursor = paged(asked, messages)
    metadata = asked.flag("include_all_metadata")
    told: JSON = {"messages": [world.shape(m, metadata=metadata) for m in page], "has_more": bool(cursor)}
    if cursor:
        told["response_metadata"] = {"next_cursor": cursor}
    return told


def history(world: World, asked: Asked) -> JSON:
    """Newest first. Replies are not in it, unless they were told to the channel too."""
    channel = channel_of(world, asked, reading=True)
    messages = [m for m in _there(channel) if m.in_channel]
    found = _within(asked, messages)
    return {"pin_count": 0, **_page(world, asked, found[::-1])}


def replies(world: World, asked: Asked) -> JSON:
    """The parent and its replies, oldest first."""
    channel = channel_of(world, asked, reading=True)
    ts = asked.needed("ts")
    thread = [m for m in _there(channel) if ts in (m.ts, m.thread_ts)]
    if not thread or thread[0].ts != ts:
        raise Refused("thread_not_found")
    parent, rest = thread[0], _within(asked, thread[1:])
    return _page(world, asked, [parent, *rest])


METHODS = {
    "chat.postMessage": post, "chat.postEphemeral": post_ephemeral, "chat.update": update, "chat.delete": delete,
    "conversations.history": history, "conversations.replies": replies,
}  # fmt: skip
