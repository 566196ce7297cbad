"""Things as Slack writes them."""

from __future__ import annotations

from typing import Any

from tests.platforms.slack.state import Channel, File, Message, Team, User, View

JSON = dict[str, Any]


def of_user(user: User, *, locale: bool = False) -> JSON:
    told: JSON = {
        "id": user.id, "team_id": user.team.id, "name": user.name.lower(), "deleted": user.deleted,
        "real_name": user.real_name or user.name, "tz": user.tz, "tz_label": user.tz, "tz_offset": user.tz_offset,
        "is_admin": user.admin or user.owner, "is_owner": user.owner, "is_primary_owner": False, "is_restricted": False,
        "is_ultra_restricted": False, "is_bot": user.bot, "is_app_user": False, "updated": 1,
        "profile": {"real_name": user.real_name or user.name, "display_name": user.name, "team": user.team.id},
    }  # fmt: skip
    return told | ({"locale": user.locale} if locale else {})


def of_actor(user: User) -> JSON:
    """Who acted, in interactions."""
    return {"id": user.id, "username": user.name.lower(), "name": user.name.lower(), "team_id": user.team.id}


def of_team(team: Team) -> JSON:
    return {"id": team.id, "domain": team.domain}


def name_in_payloads(channel: Channel) -> str:
    return "directmessage" if channel.im else "privategroup" if channel.private else channel.name


def of_channel(channel: Channel, bot: User, home: Team) -> JSON:
    told: JSON = {
        "id": channel.id, "created": int(channel.created), "is_archived": channel.archived, "is_im": bool(channel.im),
        "is_org_shared": False, "context_team_id": home.id, "updated": int(channel.created * 1000),
    }  # fmt: skip
    if channel.im:
        return told | {"user": channel.im.id, "is_user_deleted": channel.im.deleted, "priority": 0}
    shared = [t.id for t in channel.teams]
    return told | {
        "name": channel.name, "name_normalized": channel.name, "is_channel": not channel.private, "is_group": channel.private,
        "is_private": channel.private, "is_mpim": False, "is_general": False, "is_member": bot.id in channel.members,
        "is_shared": bool(shared), "is_ext_shared": bool(shared), "is_pending_ext_shared": False, "creator": bot.id,
        "shared_team_ids": [home.id, *shared], "connected_team_ids": shared, "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0},
    }  # fmt: skip


def of_file(file: File) -> JSON:
    told: JSON = {
        "id": file.id, "created": int(file.created), "name": file.name, "title": file.title or file.name,
        "size": file.length, "mimetype": "application/octet-stream", "channels": list(file.channels),
    }  # fmt: skip
    return told | ({"alt_txt": file.alt_txt} if file.alt_txt else {})


def of_message(message: Message, bot_id: str, app_id: str, *, metadata: bool = True) -> JSON:
    home = message.author.team
    if message.deleted:
        return {
            "type": "message", "subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.",
            "ts": message.ts, "thread_ts": message.thread_ts, "hidden": True,
        }  # fmt: skip
    told: JSON = {
        "type": "message",
        "user": message.author.id,
        "ts": message.ts,
        "text": message.text,
        "team": home.id,
    }
    if message.author.bot:
        told |= {
            "bot_id": bot_id, "app_id": app_id,
            "bot_profile": {"id": bot_id, "app_id": app_id, "name": message.author.name, "team_id": home.id, "deleted": False},
        }  # fmt: skip
    if message.blocks:
        told["blocks"] = message.blocks
    if message.thread_ts:
        told["thread_ts"] = message.thread_ts
    if message.reply and message.broadcast:
        told["subtype"] = "thread_broadcast"
    if message.metadata and metadata:
        told["metadata"] = message.metadata
    if message.files:
        told["files"] = [of_file(f) for f in message.files]
    if message.edited:
        told["edited"] = {"user": message.author.id, "ts": message.edited}
    return told


def of_view(view: View, state: JSON, team: Team, bot_id: str, app_id: str) -> JSON:
    defaults: JSON = {
        "private_metadata": "", "callback_id": "", "external_id": "", "title": {"type": "plain_text", "text": "View Title"},
        "close": None, "submit": None, "clear_on_close": False, "notify_on_close": False,
    }  # fmt: skip
    return defaults | view.shown | {
        "id": view.id, "team_id": team.id, "state": {"values": state}, "hash": view.hash, "previous_view_id": view.previous,
        "root_view_id": view.root, "app_id": app_id, "app_installed_team_id": team.id, "bot_id": bot_id,
    }  # fmt: skip
