"""The routes of messages and threads."""

from __future__ import annotations

from tests.platforms.discord import refusals, shapes
from tests.platforms.discord.asking import Answer, Asked, broken, channel_of, message_of, writable
from tests.platforms.discord.limits import long
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.refusals import JSON, Flaw, Refused
from tests.platforms.discord.state import ANNOUNCEMENT, CROSSPOSTED, FORUM, HAS_THREAD, TEXT, Channel, may
from tests.platforms.discord.world import World
from tests.platforms.discord.writing import drafted, rewritten, written


def post(world: World, asked: Asked) -> Answer:
    channel = writable(world, asked)
    reference = asked.body.get("message_reference")
    told: JSON = {}
    if reference is not None:
        found = world.messages_by_id.get(int(reference.get("message_id") or 0))
        if found is None or found.deleted or found.channel is not channel:
            if reference.get("fail_if_not_exists", True):
                said = f"No message {reference.get('message_id')} here."
                raise refusals.invalid([Flaw("message_reference", "REPLIES_UNKNOWN_MESSAGE", said)])
        else:
            told = {
                "reference": {"type": 0, "channel_id": str(channel.id), "message_id": str(found.id)},
                "type": 19,
            }
    return 200, world.shape(written(world, asked, channel, asked.body, **told))


def read(world: World, asked: Asked) -> Answer:
    """Newest first. Who may not read the history sees nothing."""
    channel = channel_of(world, asked)
    limit = asked.query.get("limit", "50")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        broken(world, asked, [Flaw("limit", "NUMBER_TYPE_MAX", "From 1 to 100.")])
    if not may(world.bot, channel, Permission.READ_MESSAGE_HISTORY) and channel.guild:
        return 200, []
    there, most = channel.visible, int(limit)
    if "after" in asked.query:
        found = [m for m in there if m.id > asked.number("after")][:most]
    elif "before" in asked.query:
        found = [m for m in there if m.id < asked.number("before")][-most:]
    elif "around" in asked.query:
        middle = asked.number("around")
        found = sorted(sorted(there, key=lambda m: abs(m.id - middle))[:most], key=lambda m: m.id)
    else:
        found = there[-most:]
    return 200, [world.read_by_bot(m) for m in reversed(found)]


def get(world: World, asked: Asked) -> Answer:
    channel = channel_of(world, asked, Permission.READ_MESSAGE_HISTORY)
    return 200, world.read_by_bot(message_of(world, asked, channel))


def _open(channel: Channel) -> None:
    if channel.archived:
        raise Refused(400, 50083, "Thread is archived")


def edit(world: World, asked: Asked) -> Answer:
    channel = channel_of(world, asked)
    message = message_of(world, asked, channel)
    if message.author is not world.bot:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    _open(channel)
    if message.edits_left is not None:
        if message.edits_left <= 0:
            raise Refused(
                429, 30046, "Too many edits of an old message", retry_after=3600.0, **{"global": False}
            )
        message.edits_left -= 1
    return 200, world.shape(rewritten(world, asked, message, asked.body))


def delete(world: World, asked: Asked) -> Answer:
    channel = channel_of(world, asked)
    message = message_of(world, asked, channel)
    if message.author is not world.bot:
        channel_of(world, asked, Permission.MANAGE_MESSAGES)
    _open(channel)
    world.delete_message(message)
    return 204, None


def crosspost(world: World, asked: Asked) -> Answer:
    channel = channel_of(world, asked, Permission.SEND_MESSAGES)
    if channel.type != ANNOUNCEMENT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    message = message_of(world, asked, channel)
    if message.author is not world.bot:
        channel_of(world, asked, Permission.MANAGE_MESSAGES)
    if message.flags & CROSSPOSTED:
        raise Refused(400, 40033, "This message has already been crossposted.")
    if (wait := world.crossposted(channel)) is not None:
        raise Refused(429, 0, "You are being rate limited.", retry_after=round(wait, 3), **{"global": False})
    message.flags |= CROSSPOSTED
    world.told_message(message, "UPDATE")
    return 200, world.shape(message)


def thread_on(world: World, asked: Asked) -> Answer:
    """A thread on a message, which has the message's id."""
    channel = channel_of(world, asked, Permission.CREATE_PUBLIC_THREADS)
    if channel.type not in (TEXT, ANNOUNCEMENT):
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    message = message_of(world, asked, channel)
    if message.id in world.channels:
        raise Refused(400, 160004, "A thread has already been created for this message")
    broken(world, asked, long("name", asked.body.get("name"), 100, 1))
    message.flags |= HAS_THREAD
    thread = world.add_thread(
        channel, asked.body["name"], id=message.id, slow=asked.body.get("rate_limit_per_user") or 0
    )
    return 201, shapes.of_channel(thread)


def thread(world: World, asked: Asked) -> Answer:
    """A thread without a message; in a forum, a post with its first one."""
    channel, body = channel_of(world, asked), asked.body
    slow = body.get("rate_limit_per_user") or 0
    if channel.type == FORUM:
        return _forum_post(world, asked, channel, slow)
    if channel.type not in (TEXT, ANNOUNCEMENT):
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    channel_of(world, asked, Permission.CREATE_PUBLIC_THREADS)
    broken(world, asked, long("name", body.get("name"), 100, 1))
    return 201, shapes.of_channel(world.add_thread(channel, body["name"], slow=slow))


def _forum_post(world: World, asked: Asked, forum: Channel, slow: int) -> Answer:
    channel_of(world, asked, Permission.SEND_MESSAGES)
    if asked.files:
        channel_of(world, asked, Permission.ATTACH_FILES)
    name, message = asked.body.get("name"), asked.body.get("message")
    tags = [int(t) for t in asked.body.get("applied_tags") or ()]
    flaws = list(long("name", name, 100, 1))
    if not isinstance(message, dict):
        flaws.append(Flaw("message", "BASE_TYPE_REQUIRED", "A post begins with a message."))
    if len(tags) > 5 or not set(tags) <= set(forum.tags):
        flaws.append(Flaw("applied_tags", "BASE_TYPE_CHOICES", f"{tags} are not tags of this forum."))
    broken(world, asked, flaws)
    assert message is not None
    assert name is not None
    if forum.require_tag and not tags:
        raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
    drafted(world, asked, message)  # refused before anything is made
    made = world.add_thread(forum, name, applied=tags, slow=slow)
    first = written(world, asked, made, message, id=made.id)
    return 201, shapes.of_channel(made) | {"message": world.shape(first)}


def typing(world: World, asked: Asked) -> Answer:
    channel_of(world, asked, Permission.SEND_MESSAGES)
    return 204, None


def join(world: World, asked: Asked) -> Answer:
    _open(channel_of(world, asked))
    return 204, None


ROUTES = (
    ("POST", "/channels/{channel}/messages", post),
    ("GET", "/channels/{channel}/messages", read),
    ("GET", "/channels/{channel}/messages/{message}", get),
    ("PATCH", "/channels/{channel}/messages/{message}", edit),
    ("DELETE", "/channels/{channel}/messages/{message}", delete),
    ("POST", "/channels/{channel}/messages/{message}/crosspost", crosspost),
    ("POST", "/channels/{channel}/messages/{message}/threads", thread_on),
    ("POST", "/channels/{channel}/threads", thread),
    ("POST", "/channels/{channel}/typing", typing),
    ("PUT", "/channels/{channel}/thread-members/@me", join),
)
