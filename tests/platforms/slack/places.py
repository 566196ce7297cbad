"""The methods about channels, users and the workspace."""

from __future__ import annotations

from tests.platforms.slack import shapes
from tests.platforms.slack.asking import Asked, channel_of, paged
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import Channel, User
from tests.platforms.slack.world import World


def auth_test(world: World, asked: Asked) -> JSON:
    return {
        "url": f"https://{world.team.domain}.slack.com/", "team": world.team.name, "user": world.bot.name.lower(),
        "team_id": world.team.id, "user_id": world.bot.id, "bot_id": world.bot_id, "is_enterprise_install": False,
    }  # fmt: skip


def api_test(world: World, asked: Asked) -> JSON:
    if error := asked.text("error"):
        raise Refused(error, args=asked.args)
    return {"args": asked.args}


def _told(world: World, channel: Channel) -> JSON:
    return shapes.of_channel(channel, world.bot, world.team)


def info(world: World, asked: Asked) -> JSON:
    return {"channel": _told(world, channel_of(world, asked))}


def listed(world: World, asked: Asked) -> JSON:
    kinds = (asked.text("types") or "public_channel").replace(" ", "").split(",")
    found = []
    for channel in world.channels.values():
        kind = "im" if channel.im else "private_channel" if channel.private else "public_channel"
        hidden = channel.deleted or (channel.archived and asked.flag("exclude_archived"))
        if kind in kinds and not hidden and (kind == "public_channel" or world.bot.id in channel.members):
            world.needs({"im": "im:read", "private_channel": "groups:read"}.get(kind, "channels:read"))
            found.append(channel)
    page, cursor = paged(asked, found)
    return {"channels": [_told(world, c) for c in page], "response_metadata": {"next_cursor": cursor}}


def members(world: World, asked: Asked) -> JSON:
    page, cursor = paged(asked, list(channel_of(world, asked).members))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def join(world: World, asked: Asked) -> JSON:
    channel = channel_of(world, asked)
    if channel.im or channel.private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    if world.bot.id not in channel.members:
        world.invite(channel)
    return {"channel": _told(world, channel)}


def opened(world: World, asked: Asked) -> JSON:
    names = asked.text("users").split(",")
    if asked.text("channel"):
        channel = channel_of(world, asked)
    elif len(names) != 1:
        raise Refused("method_not_supported_for_channel_type")
    elif names[0] not in world.users:
        raise Refused("user_not_found")
    else:
        channel = world.dm(world.users[names[0]])
    told: JSON = {"id": channel.id}
    return {"channel": _told(world, channel) if asked.flag("return_im") else told}


def _user(world: World, asked: Asked) -> User:
    user = world.users.get(asked.needed("user"))
    if user is None:
        raise Refused("user_not_found")
    return user


def user_info(world: World, asked: Asked) -> JSON:
    """One of another workspace is a stranger where no channel is shared."""
    user = _user(world, asked)
    told = shapes.of_user(user, locale=asked.flag("include_locale"))
    if user.team is not world.team:
        told["is_stranger"] = not any(user.id in c.members for c in world.channels.values())
    return {"user": told}


def users_listed(world: World, asked: Asked) -> JSON:
    page, cursor = paged(asked, [u for u in world.users.values() if u.team is world.team])
    told = [shapes.of_user(u, locale=asked.flag("include_locale")) for u in page]
    return {"members": told, "cache_ts": 1, "response_metadata": {"next_cursor": cursor}}


def team_info(world: World, asked: Asked) -> JSON:
    team = world.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


def bot_info(world: World, asked: Asked) -> JSON:
    if asked.text("bot") not in ("", world.bot_id):
        raise Refused("bot_not_found")
    told = {
        "id": world.bot_id,
        "deleted": False,
        "name": world.bot.name,
        "app_id": world.app_id,
        "user_id": world.bot.id,
    }
    return {"bot": told}


METHODS = {
    "auth.test": auth_test, "api.test": api_test, "conversations.info": info, "conversations.list": listed,
    "conversations.members": members, "conversations.join": join, "conversations.open": opened, "users.info": user_info,
    "users.list": users_listed, "team.info": team_info, "bots.info": bot_info,
}  # fmt: skip
