"""What there is, as Discord's JSON."""

from __future__ import annotations

from typing import Any

from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.state import (
    ANNOUNCEMENT,
    DM,
    FORUM,
    REQUIRE_TAG,
    TEXT,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
    permissions_of,
    stamp,
)

JSON = dict[str, Any]


def of_user(user: User) -> JSON:
    found: JSON = {
        "id": str(user.id), "username": user.name.lower(), "global_name": None if user.bot else user.name, "avatar": None,
        "discriminator": "0001" if user.bot else "0", "public_flags": 0, "flags": 0, "primary_guild": None, "banner": None,
        "accent_color": None, "avatar_decoration_data": None, "collectibles": None,
    }  # fmt: skip
    return found | ({"bot": True} if user.bot else {})


def of_me(user: User) -> JSON:
    return of_user(user) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def of_application(user: User, application: int, owner: User, guilds: int) -> JSON:
    return {
        "id": str(application), "name": user.name, "icon": None, "description": "", "type": None, "verify_key": "0" * 64,
        "flags": 1 << 23, "flags_new": str(1 << 23), "redirect_uris": [], "interactions_endpoint_url": None,
        "role_connections_verification_url": None, "owner": of_user(owner), "approximate_guild_count": guilds,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
        "team": None, "eligible_oauth2_scopes": [], "bot": of_user(user), "bot_public": True,
        "bot_require_code_grant": False, "rpc_origins": [], "summary": "",
    }  # fmt: skip


def of_role(role: Role) -> JSON:
    return {
        "id": str(role.id), "name": role.name, "permissions": str(role.permissions), "position": role.position, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False,
        "managed": False, "mentionable": role.mentionable, "icon": None, "unicode_emoji": None, "flags": 0,
    }  # fmt: skip


def of_member(member: Member) -> JSON:
    return {
        "user": of_user(member.user), "roles": [str(r) for r in sorted(member.roles)], "joined_at": stamp(member.joined),
        "nick": None, "avatar": None, "banner": None, "communication_disabled_until": None, "flags": 0, "pending": False,
        "premium_since": None, "mute": False, "deaf": False,
    }  # fmt: skip


def of_guild(guild: Guild) -> JSON:
    return {
        "id": str(guild.id), "name": guild.name, "icon": None, "description": None, "home_header": None, "splash": None,
        "discovery_splash": None, "features": [], "banner": None, "owner_id": str(guild.owner.id), "application_id": None,
        "region": "us-east", "afk_channel_id": None, "afk_timeout": 300, "system_channel_id": None,
        "system_channel_flags": 0, "widget_enabled": False, "widget_channel_id": None, "verification_level": 0,
        "roles": [of_role(r) for r in guild.roles.values()], "default_message_notifications": 0, "mfa_level": 0,
        "explicit_content_filter": 0, "max_presences": None, "max_members": 500000, "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25, "vanity_url_code": None, "premium_tier": 0, "premium_subscription_count": 0,
        "preferred_locale": guild.locale, "rules_channel_id": None, "safety_alerts_channel_id": None,
        "public_updates_channel_id": None, "premium_progress_bar_enabled": False, "nsfw": False, "nsfw_level": 0,
        "emojis": [], "stickers": [], "incidents_data": None,
    }  # fmt: skip


def of_new_guild(guild: Guild, bot: User) -> JSON:
    """The guild as the event GUILD_CREATE has it: of its members the bot alone, of its threads those that it sees."""
    sees = [c for c in guild.channels.values() if permissions_of(bot, c) & Permission.VIEW_CHANNEL]
    return of_guild(guild) | {
        "channels": [of_channel(c) for c in guild.channels.values() if not c.is_thread],
        "threads": [of_channel(c) for c in sees if c.is_thread and not c.archived],
        "members": [of_member(guild.members[bot.id])],
        "member_count": len(guild.members), "large": False, "unavailable": False, "joined_at": stamp(guild.members[bot.id].joined),
        "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
    }  # fmt: skip


def of_channel(channel: Channel) -> JSON:
    last = str(channel.messages[-1].id) if channel.messages else None
    if channel.type == DM:
        assert channel.recipient
        return {
            "id": str(channel.id), "type": DM, "flags": 0, "last_message_id": last,
            "recipients": [of_user(channel.recipient)],
        }  # fmt: skip
    assert channel.guild
    found: JSON = {
        "id": str(channel.id), "type": channel.type, "guild_id": str(channel.guild.id), "name": channel.name,
        "parent_id": str(channel.parent.id) if channel.parent else None, "last_message_id": last,
        "rate_limit_per_user": channel.slow, "flags": REQUIRE_TAG if channel.require_tag else 0,
    }  # fmt: skip
    if channel.is_thread:
        assert channel.owner
        count = len(channel.messages)
        found |= {
            "owner_id": str(channel.owner.id), "message_count": count, "member_count": 1, "total_message_sent": count,
            "applied_tags": [str(t) for t in channel.applied],
            "thread_metadata": {
                "archived": channel.archived, "archive_timestamp": stamp(channel.created), "auto_archive_duration": 1440,
                "locked": channel.locked, "create_timestamp": stamp(channel.created),
            },
        }  # fmt: skip
        if channel.owner.bot:
            joined = stamp(channel.created)
            found["member"] = {
                "id": found["id"],
                "user_id": found["owner_id"],
                "join_timestamp": joined,
                "flags": 0,
            }
        return found
    found |= {
        "position": 0, "topic": channel.topic, "nsfw": False,
        "permission_overwrites": [
            {"id": str(k), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)} for k, o in channel.overwrites.items()
        ],
    }  # fmt: skip
    if channel.type == FORUM:
        found |= {
            "available_tags": [
                {"id": str(k), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
                for k, name in channel.tags.items()
            ],
            "default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0,
        }  # fmt: skip
    if channel.type not in (TEXT, ANNOUNCEMENT, FORUM):
        raise AssertionError(f"a channel of type {channel.type}")
    return found


def of_attachment(attachment: Attachment, base: str) -> JSON:
    url = f"{base}/attachments/{attachment.id}/{attachment.name}"
    found: JSON = {
        "id": str(attachment.id), "filename": attachment.name, "size": len(attachment.bytes), "url": url, "proxy_url": url,
    }  # fmt: skip
    if attachment.description is not None:
        found["description"] = attachment.description
    if attachment.content_type is not None:
        found["content_type"] = attachment.content_type
    return found


def of_message(message: Message, base: str, users: dict[int, User]) -> JSON:
    found: JSON = {
        "id": str(message.id), "channel_id": str(message.channel.id), "type": message.type, "content": message.content,
        "author": of_user(message.author), "mentions": [of_user(users[u]) for u in message.pings.users if u in users],
        "mention_roles": [str(r) for r in message.pings.roles], "mention_everyone": message.pings.everyone,
        "attachments": [of_attachment(a, base) for a in message.attachments], "embeds": message.embeds,
        "timestamp": stamp(message.made), "edited_timestamp": stamp(message.edited) if message.edited else None,
        "flags": message.flags, "components": message.components, "pinned": False, "tts": False,
    }  # fmt: skip
    if message.nonce is not None:
        found["nonce"] = message.nonce
    if message.interaction is not None:
        found |= {"interaction_metadata": message.interaction, "application_id": str(message.author.id)}
        found["webhook_id"] = str(message.author.id)
    if message.reference is not None:
        found["message_reference"] = message.reference
    return found
