"""The app as Slack is told it: made from the settings' commands and from what Sitrep listens to. Pure."""

from __future__ import annotations

from typing import Any

from bots.answers import CHAT
from bots.commands import command_named, noop
from briefings.rendering.words import Words
from briefings.settings import Slack

#: What the bot may do, and what for.
SCOPES = {
    "commands": "slash commands",
    "chat:write": "posting and correcting briefings",
    "channels:history": "finding what is posted already, in public channels",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "channels:read": "hearing that a public channel is gone",
    "groups:read": "hearing that a private channel is gone",
    "im:write": "telling somebody that their edition rests",
    "files:write": "charts",
    "users:read": "who is an admin, and in which language they read",
}
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
    "member_joined_channel",
    "tokens_revoked",
)
PATH = "/slack/events"
_ALL = noop("All commands: brief, quotes, timeline, edition …; help lists them.")


def manifest(settings: Slack, address: str = "https://sitrep.example.org") -> dict[str, Any]:
    """The manifest. `address` is where Slack reaches Sitrep in the mode "http"."""
    url = address.rstrip("/") + PATH
    by_http = settings.mode == "http"
    asked: dict[str, Any] = {"request_url": url} if by_http else {}
    return {
        "display_information": {
            "name": "Sitrep",
            "description": "Briefs channels on a crisis in the news, every line linked to its sentence.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Sitrep", "always_online": True},
            "slash_commands": [
                _command(name, text, url if by_http else "") for name, text in settings.commands.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**asked, "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **asked,
                **({"message_menu_options_url": url} if by_http else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not by_http,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str, text: str, url: str) -> dict[str, Any]:
    words = Words("en", domain=CHAT)
    declared = command_named(text)
    options = " ".join(f"[{o.name}]" for o in declared.options) if declared is not None else ""
    made: dict[str, Any] = {
        "command": name,
        "description": words.message(declared.help if declared is not None else _ALL)[:100],
        "usage_hint": options
        or ("[brief | quotes | timeline | edition add | help …]" if not text else "[…]"),
        "should_escape": False,
    }
    return {**made, "url": url} if url else made
