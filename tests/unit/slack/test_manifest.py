"""The app's manifest: valid by Slack's schemas in both modes, with all that the code listens to and asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema  # type: ignore[import-untyped]
import pytest

from bots.chat import Chat
from bots.commands import COMMANDS
from bots.slack.answering import Answering
from bots.slack.listening import Events, Listening
from bots.slack.manifest import EVENTS, PATH, SCOPES, manifest
from briefings.model import Tenant
from briefings.settings import Slack

JSON = dict[str, Any]
SOURCES = Path(__file__).resolve().parents[3] / "bots" / "slack"

SOCKET = Slack.model_validate({})
HTTP = Slack.model_validate({"mode": "http"})
NAMED = {f"/c{i}": c.name for i, c in enumerate(COMMANDS)}
EACH = Slack.model_validate({"commands": {"/sitrep": "", **NAMED, "/other": "quotes by:Altman"}})

#: Slack's methods and the scopes that they need, as its documentation has them; all of a set are needed.
METHODS = {
    "auth.test": set(),
    "apps.connections.open": set(),  # the app-level token's
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
    "chat.postMessage": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "conversations.open": {"im:write"},
    "conversations.info": {"channels:read", "groups:read"},
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "users.info": {"users:read"},
}  # fmt: skip
#: Slack's events and the scopes that they need.
HEARD = {
    "app_home_opened": set(),
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_left": {"channels:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_left": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
}  # fmt: skip


class Registered:
    """What is registered at an app: the names of events."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.kinds: list[str] = []

    def __getattr__(self, kind: str) -> Callable[[object], Callable[[object], None]]:
        def register(what: object) -> Callable[[object], None]:
            self.kinds.append(kind)
            if kind == "event":
                self.events.append(what)
            return lambda _listener: None

        return register


def registered() -> Registered:
    app = Registered()
    answering = cast(Answering, SimpleNamespace(tenant=Tenant("slack", "T1")))
    Listening(
        cast(Chat, None), answering, cast(Events, SimpleNamespace(send=None, rest=None)), "U1", set()
    ).register(cast(Any, app))
    return app


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("settings", [SOCKET, HTTP, EACH], ids=["socket", "http", "each command"])
def test_it_is_valid_by_slacks_own_schemas(
    shared: Callable[[str], Path], version: str, settings: Slack
) -> None:
    """Of both versions, in both modes, whatever the commands."""
    schema = json.loads(shared(f"contracts/slack-manifest.{version}.schema.json").read_text(encoding="utf-8"))
    found = jsonschema.Draft7Validator(schema).iter_errors(manifest(settings))
    assert [f"{e.json_path}: {e.message}" for e in found] == []


def test_every_event_that_is_listened_to_is_subscribed_to() -> None:
    """And no other."""
    listened = {x for x in registered().events if isinstance(x, str)}
    assert listened == set(EVENTS)
    assert listened <= set(HEARD)
    assert manifest(SOCKET)["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_every_scope_that_an_event_or_a_method_needs_is_asked_for() -> None:
    """And none that nothing needs; "commands" is that of slash commands."""
    used = {
        m[1]
        for path in SOURCES.glob("*.py")
        for m in re.finditer(
            r'"((?:apps|auth|chat|conversations|files|users|views)\.\w+)"', path.read_text("utf-8")
        )
    }
    assert used >= {"chat.postMessage", "conversations.history", "views.open", "users.info"}
    assert used <= set(METHODS)
    needed = {s for name in used for s in METHODS[name]} | {s for name in EVENTS for s in HEARD[name]}
    assert set(SCOPES) == needed | {"commands"}
    assert manifest(SOCKET)["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)


@pytest.mark.parametrize("settings", [SOCKET, EACH], ids=["as they are", "each command"])
def test_commands_are_within_slacks_limits(settings: Slack) -> None:
    """Names, descriptions and hints; each is there once."""
    commands = manifest(settings)["features"]["slash_commands"]
    assert [c["command"] for c in commands] == list(settings.commands)
    for c in commands:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", c["command"])
        assert 1 <= len(c["description"]) <= 100
        assert 1 <= len(c["usage_hint"]) <= 1_000
        assert c["should_escape"] is False


def test_no_description_of_a_command_is_cut() -> None:
    """Their help fits as it is."""
    declared = {f"/c{i}": c.help for i, c in enumerate(COMMANDS)}
    told = {c["command"]: c["description"] for c in manifest(EACH)["features"]["slash_commands"]}
    assert {name: told[name] for name in declared} == declared


@pytest.mark.parametrize("address", ["https://sitrep.example", "https://sitrep.example/"])
def test_by_http_slack_is_told_where_it_reaches_the_app(address: str) -> None:
    """Commands, events, clicks and menus; in the mode "socket" none of them has an address."""
    made = manifest(HTTP, address)
    url = "https://sitrep.example" + PATH
    assert {c["url"] for c in made["features"]["slash_commands"]} == {url}
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": url,
        "message_menu_options_url": url,
    }
    assert made["settings"]["socket_mode_enabled"] is False
    by_socket = manifest(SOCKET, address)
    assert "sitrep.example" not in json.dumps(by_socket)
    assert by_socket["settings"]["socket_mode_enabled"] is True


def test_the_app_is_named_within_slacks_limits() -> None:
    """Its name, its description, its home."""
    made = manifest(SOCKET)
    assert 1 <= len(made["display_information"]["name"]) <= 35
    assert 1 <= len(made["display_information"]["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", made["display_information"]["background_color"])
    assert made["features"]["app_home"]["home_tab_enabled"] is True


def test_everything_that_a_form_and_a_button_sends_is_listened_to() -> None:
    """Commands, menus' options, forms and clicks."""
    assert {"command", "options", "view", "action", "event"} <= set(registered().kinds)
