"""`sitrep slack setup` and `sitrep slack manifest`: what whoever sets the app up is told, step by step."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.slack.manifest import EVENTS, SCOPES
from tests.platforms.slack import Slack
from tests.unit.cli.calling import Ran, no_settings_of_the_machine
from tests.unit.cli.terminal import Terminal


@contextmanager
def loopback() -> Iterator[Slack]:
    """A Slack in a thread of its own, for commands that bring their own loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begun() -> Slack:
        sim = Slack()
        await sim.start()
        return sim

    sim = asyncio.run_coroutine_threadsafe(begun(), loop).result(10)
    try:
        yield sim
        sim.checked()
    finally:
        asyncio.run_coroutine_threadsafe(sim.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    no_settings_of_the_machine(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys)


def set_up(terminal: Terminal, sim: Slack, **more: str) -> Ran:
    """What the command says with these tokens; it never says the tokens."""
    given = {
        "SLACK_BOT_TOKEN": sim.bot_token, "SLACK_APP_TOKEN": sim.app_token, "SLACK_API_URL": sim.api_url, **more,
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        for name, value in given.items():
            patched.setenv(name, value)
        ran = terminal("slack", "setup", **given)
    for secret in (sim.bot_token, sim.app_token, sim.signing_secret):
        assert secret not in ran.out + ran.err
    assert ran.harmless
    return ran


def test_without_a_token_the_steps_are_told(terminal: Terminal) -> None:
    """Where to make the app, from what, and which tokens it gives."""
    ran = terminal("slack", "setup")
    assert ran.code != 0
    for said in ("api.slack.com/apps", "sitrep slack manifest", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        assert said in ran.err


def test_with_everything_right_it_says_how_to_go_on(terminal: Terminal) -> None:
    """Whose tokens they are, that nothing is missing, and what to start."""
    with loopback() as sim:
        ran = set_up(terminal, sim)
        assert ran.code == 0, ran.err
        for said in ("Newsroom", sim.team.id, "No scope is missing", "socket can be opened", "sitrep run"):
            assert said in ran.out
        assert sim.socket_mode.connections == 0


def test_a_wrong_bot_token_is_told(terminal: Terminal) -> None:
    """With what Slack says of it, and where to copy it from."""
    with loopback() as sim:
        ran = set_up(terminal, sim, SLACK_BOT_TOKEN="xoxb-wrong")
        assert ran.code != 0
        assert "invalid_auth" in ran.err
        assert "Copy the bot token again" in ran.err


def test_scopes_that_are_missing_are_named(terminal: Terminal) -> None:
    """Each with what it is for."""
    with loopback() as sim:
        sim.scopes -= {"files:write", "channels:history"}
        ran = set_up(terminal, sim)
        said = ran.out + ran.err
        for scope in ("files:write", "channels:history"):
            assert f"Missing scope: {scope} ({SCOPES[scope]})" in said
        assert "chat:write" not in said
        assert "No scope is missing" not in said


@pytest.mark.parametrize(
    ("given", "said"),
    [({"SLACK_APP_TOKEN": "xapp-wrong"}, "invalid_auth"), ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN")],
)
def test_a_wrong_app_token_is_told(terminal: Terminal, given: dict[str, str], said: str) -> None:
    """After the bot token was found good; with the scope that it needs."""
    with loopback() as sim:
        ran = set_up(terminal, sim, **given)
        assert ran.code != 0
        assert "The bot token is good" in ran.out
        assert said in ran.err
        assert "connections:write" in ran.err


def test_an_app_token_without_its_scope_is_told(terminal: Terminal) -> None:
    """It is the most usual slip."""
    with loopback() as sim:
        sim.app_scopes.clear()
        ran = set_up(terminal, sim)
        assert ran.code != 0
        assert "missing_scope" in ran.err
        assert "connections:write" in ran.err


def test_tokens_that_were_exchanged_are_told(terminal: Terminal) -> None:
    """The one in the other's place."""
    with loopback() as sim:
        ran = set_up(terminal, sim, SLACK_BOT_TOKEN=sim.app_token, SLACK_APP_TOKEN=sim.bot_token)
        assert ran.code != 0
        assert "not_allowed_token_type" in ran.err


def test_a_slack_that_cant_be_reached_is_told(terminal: Terminal) -> None:
    """It is no fault of the token."""
    with loopback() as sim:
        ran = set_up(terminal, sim, SLACK_API_URL="http://127.0.0.1:9/api/")
        assert ran.code != 0
        assert "can't be reached" in ran.err
        assert "Copy the bot token" not in ran.err


def test_the_manifest_is_one_that_can_be_pasted(terminal: Terminal) -> None:
    """JSON and nothing else, with all scopes, events and commands, without any token."""
    ran = terminal("slack", "manifest", SLACK_BOT_TOKEN="xoxb-secret")
    assert ran.code == 0
    assert "xoxb" not in ran.out
    made = json.loads(ran.out)
    assert set(made["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert [c["command"] for c in made["features"]["slash_commands"]] == ["/sitrep", "/brief"]
    assert made["settings"]["socket_mode_enabled"] is True


def test_the_manifest_follows_the_settings(terminal: Terminal) -> None:
    """By requests it names the address, and commands are called as they are called here."""
    (terminal.folder / "sitrep.toml").write_text(
        '[slack]\nmode = "http"\ncommands = { "/crisis" = "" }\n', encoding="utf-8"
    )
    ran = terminal(
        "--config",
        str(terminal.folder / "sitrep.toml"),
        "slack",
        "manifest",
        "--address",
        "https://s.example.org/",
    )
    assert ran.code == 0, ran.err
    made = json.loads(ran.out)
    url = "https://s.example.org/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["request_url"] == url
    assert [(c["command"], c["url"]) for c in made["features"]["slash_commands"]] == [("/crisis", url)]
    assert made["settings"]["socket_mode_enabled"] is False
