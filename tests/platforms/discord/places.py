"""The routes of guilds, channels, the application and its commands."""

from __future__ import annotations

from collections.abc import Sequence

from tests.platforms.discord import refusals, shapes
from tests.platforms.discord.asking import Answer, Asked, broken, channel_of, guild_of
from tests.platforms.discord.commands import flaws_of_commands, registered
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.refusals import JSON, Flaw, Refused
from tests.platforms.discord.state import permissions_of
from tests.platforms.discord.world import World

_STARTS = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}


def me(world: World, asked: Asked) -> Answer:
    return 200, shapes.of_me(world.bot)


def user(world: World, asked: Asked) -> Answer:
    found = world.users.get(asked.number("user"))
    if found is None:
        raise Refused(404, 10013, "Unknown User")
    return 200, shapes.of_user(found)


def application(world: World, asked: Asked) -> Answer:
    guilds = sum(g.present for g in world.guilds.values())
    return 200, shapes.of_application(world.bot, world.application_id, world.developer, guilds)


def my_guilds(world: World, asked: Asked) -> Answer:
    after, before = int(asked.query.get("after", 0)), int(asked.query.get("before", 1 << 63))
    found = sorted((g for g in world.guilds.values() if g.present), key=lambda g: g.id)
    found = [g for g in found if after < g.id < before][: int(asked.query.get("limit", 200))]
    return 200, [
        {
            "id": str(g.id), "name": g.name, "icon": None, "banner": None, "owner": False, "features": [],
            "permissions": str(permissions_of(world.bot, c) if (c := next(iter(g.channels.values()), None)) else 0),
        } | ({"approximate_member_count": len(g.members), "approximate_presence_count": 1}
             if asked.query.get("with_counts") in ("1", "true") else {})
        for g in found
    ]  # fmt: skip


def leave(world: World, asked: Asked) -> Answer:
    world.remove_guild(guild_of(world, asked))
    return 204, None


def guild(world: World, asked: Asked) -> Answer:
    return 200, shapes.of_guild(guild_of(world, asked))


def channels(world: World, asked: Asked) -> Answer:
    there = guild_of(world, asked).channels.values()
    return 200, [shapes.of_channel(c) for c in there if not c.is_thread]


def roles(world: World, asked: Asked) -> Answer:
    return 200, [shapes.of_role(r) for r in guild_of(world, asked).roles.values()]


def member(world: World, asked: Asked) -> Answer:
    name = asked.at["user"]
    found = guild_of(world, asked).members.get(world.bot.id if name == "@me" else asked.number("user"))
    if found is None:
        raise Refused(404, 10007, "Unknown Member")
    return 200, shapes.of_member(found)


def active_threads(world: World, asked: Asked) -> Answer:
    there = guild_of(world, asked).channels.values()
    found = [c for c in there if c.is_thread and not c.archived and world.sees(world.bot, c)]
    return 200, {"threads": [shapes.of_channel(c) for c in found], "members": [], "has_more": False}


def archived_threads(world: World, asked: Asked) -> Answer:
    """The public threads of a channel or forum that sleep, those last that sleep longest."""
    parent = channel_of(world, asked)
    there = parent.guild.channels.values() if parent.guild is not None else ()
    found = [c for c in there if c.is_thread and c.archived and c.parent is parent]
    return 200, {"threads": [shapes.of_channel(c) for c in reversed(found)], "members": [], "has_more": False}


def channel(world: World, asked: Asked) -> Answer:
    return 200, shapes.of_channel(channel_of(world, asked))


def edit_channel(world: World, asked: Asked) -> Answer:
    found, body = channel_of(world, asked), asked.body
    if found.is_thread:
        if found.owner is not world.bot:
            channel_of(world, asked, Permission.MANAGE_THREADS)
        if found.archived and body.get("archived") is not False:
            raise Refused(400, 50083, "Thread is archived")
        found.archived = body.get("archived", found.archived)
        found.locked = body.get("locked", found.locked)
        found.applied = [int(t) for t in body.get("applied_tags", found.applied)]
    else:
        channel_of(world, asked, Permission.MANAGE_CHANNELS)
        found.topic = body.get("topic", found.topic)
    found.name = body.get("name") or found.name
    world.archive(found, archived=found.archived)
    return 200, shapes.of_channel(found)


def direct(world: World, asked: Asked) -> Answer:
    recipient = world.users.get(int(asked.body.get("recipient_id") or 0))
    if recipient is None or recipient.bot:
        raise Refused(400, 50033, "Invalid Recipient(s)")
    return 200, shapes.of_channel(world.dm(recipient))


# ---- commands ------------------------------------------------------------------------------------------------------------


def _place(world: World, asked: Asked) -> tuple[int | None, dict[int, JSON]]:
    if asked.at["application"] != str(world.application_id):
        raise Refused(404, 10002, "Unknown Application")
    if "guild" not in asked.at:
        return None, world.commands[None]
    found = world.guilds.get(asked.number("guild"))
    if found is None or not found.present:
        raise refusals.missing_access()
    return found.id, world.commands.setdefault(found.id, {})


def _command(world: World, asked: Asked) -> tuple[dict[int, JSON], JSON]:
    _, there = _place(world, asked)
    found = there.get(asked.number("command"))
    if found is None:
        raise Refused(404, 10063, "Unknown application command")
    return there, found


def _id(world: World, there: dict[int, JSON], asked: JSON) -> int:
    """A command that is there by that name keeps its id."""
    key = (asked.get("name"), asked.get("type") or 1)
    return next((i for i, c in there.items() if (c["name"], c["type"]) == key), None) or world.ids()


def _checked(world: World, asked: Asked, commands: Sequence[JSON]) -> None:
    broken(world, asked, flaws_of_commands(commands))


def commands(world: World, asked: Asked) -> Answer:
    return 200, list(_place(world, asked)[1].values())


def replace_commands(world: World, asked: Asked) -> Answer:
    guild, there = _place(world, asked)
    if not isinstance(asked.payload, list):
        broken(world, asked, [Flaw("", "LIST_TYPE_CONVERT", "Commands come in a list.")])
    _checked(world, asked, asked.payload)
    made = [registered(c, _id(world, there, c), world.application_id, guild) for c in asked.payload]
    there.clear()
    there.update({int(c["id"]): c for c in made})
    world.syncs += 1
    return 200, made


def add_command(world: World, asked: Asked) -> Answer:
    guild, there = _place(world, asked)
    id_ = _id(world, there, asked.body)
    _checked(world, asked, [*(c for i, c in there.items() if i != id_), asked.body])
    status = 200 if id_ in there else 201
    there[id_] = registered(asked.body, id_, world.application_id, guild)
    return status, there[id_]


def get_command(world: World, asked: Asked) -> Answer:
    return 200, _command(world, asked)[1]


def edit_command(world: World, asked: Asked) -> Answer:
    there, found = _command(world, asked)
    id_, changed = int(found["id"]), {**found, **asked.body}
    _checked(world, asked, [*(c for i, c in there.items() if i != id_), changed])
    guild = int(found["guild_id"]) if "guild_id" in found else None
    there[id_] = registered(changed, id_, world.application_id, guild)
    return 200, there[id_]


def delete_command(world: World, asked: Asked) -> Answer:
    there, found = _command(world, asked)
    del there[int(found["id"])]
    return 204, None


_APPLICATION = "/applications/{application}"

ROUTES = (
    ("GET", "/users/@me", me),
    ("GET", "/users/@me/guilds", my_guilds),
    ("DELETE", "/users/@me/guilds/{guild}", leave),
    ("POST", "/users/@me/channels", direct),
    ("GET", "/users/{user}", user),
    ("GET", "/applications/@me", application),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", "/guilds/{guild}", guild),
    ("GET", "/guilds/{guild}/channels", channels),
    ("GET", "/guilds/{guild}/roles", roles),
    ("GET", "/guilds/{guild}/members/{user}", member),
    ("GET", "/guilds/{guild}/threads/active", active_threads),
    ("GET", "/channels/{channel}/threads/archived/public", archived_threads),
    ("GET", "/channels/{channel}", channel),
    ("PATCH", "/channels/{channel}", edit_channel),
    *(
        (method, f"{_APPLICATION}{guild}/commands{command}", handler)
        for guild in ("", "/guilds/{guild}")
        for method, command, handler in (
            ("GET", "", commands),
            ("PUT", "", replace_commands),
            ("POST", "", add_command),
            ("GET", "/{command}", get_command),
            ("PATCH", "/{command}", edit_command),
            ("DELETE", "/{command}", delete_command),
        )
    ),
)
