"""Files: an address to send the bytes to, the bytes, and where they are shown."""

from __future__ import annotations

from tests.platforms.slack import shapes
from tests.platforms.slack.asking import Asked, channel_of, message_of
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import File, Message
from tests.platforms.slack.world import World


def upload_url(world: World, asked: Asked) -> JSON:
    length = asked.needed("length")
    if not length.isdecimal() or not int(length):
        raise Refused("invalid_arguments")
    file = File(world.ids("F"), asked.needed("filename"), int(length), alt_txt=asked.text("alt_txt") or None)
    if len(file.alt_txt or "") > 1000:
        raise Refused("invalid_arguments")
    if not file.alt_txt:
        world.fault(asked.method, f"{file.name} has no alt_txt")
    world.files[file.id] = file
    return {"upload_url": f"{world.base}/upload/v1/{file.id}", "file_id": file.id}


def complete(world: World, asked: Asked) -> JSON:
    """Without a channel the file is the bot's alone, and can be shown in a block."""
    given = asked.parsed("files")
    if not isinstance(given, list) or not given:
        raise Refused("invalid_arguments")
    files = []
    for one in given:
        file = world.files.get(one.get("id", ""))
        if file is None or file.bytes is None or file.completed:
            raise Refused(
                "file_not_found" if file is None or file.bytes is None else "file_already_completed"
            )
        files.append((file, one.get("title") or ""))
    channel = channel_of(world, asked, posting=True) if asked.text("channel_id") else None
    thread_ts = asked.text("thread_ts") or None
    if channel is not None and thread_ts is not None:
        message_of(channel, thread_ts, "thread_not_found")
    for file, title in files:
        file.completed, file.title = True, title
    if channel is not None:
        shared = [f for f, _ in files]
        for file in shared:
            file.channels.append(channel.id)
        text = asked.text("initial_comment")
        world.keep(
            Message(
                world.ids.ts(), channel, world.bot, text, thread_ts=thread_ts, files=shared, via="files.completeUploadExternal"
            )
        )  # fmt: skip
    return {"files": [shapes.of_file(f) for f, _ in files]}


METHODS = {"files.getUploadURLExternal": upload_url, "files.completeUploadExternal": complete}
