"""Whatever ends a socket, a request or an answer, the app goes on; and what comes twice is done once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from bots.slack import answering, client
from bots.slack.answering import Answering
from briefings.errors import SettingsFault
from tests.platforms.slack import Interaction, Slack, text_of
from tests.unit.lives import until
from tests.unit.slack.going import (
    NEXT,
    ONE,
    SECTION,
    SLUG,
    Life,
    alone,
    at,
    chosen,
    forged,
    living,
    manager,
    public,
    with_bot,
    with_simulator,
    words,
)


async def answers(b: Life, name: str = "Cleo") -> None:
    """The app is up, and answers."""
    await until(lambda: b.connection.up and b.sim.sockets > 0, 15)
    assert SLUG in words(await b.ask(b.sim.user(name), "story list"))


# ---- answers that go wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop after", "503 after", "garbled", "hang after"])
def test_a_lost_response_posts_once(tmp_path: Path, kind: str) -> None:
    """Slack has posted it and only the answer was lost: it is not posted again, and the log tells of it."""

    async def work(b: Life) -> None:
        b.sim.trouble(r"chat\.postMessage", kind, seconds=1.0)
        asked = await b.sim.command(b.sim.user("Bob"), b.sim.channel, "/brief")
        await asked.acked()
        await until(lambda: bool(b.logged("can't be answered")))
        await asyncio.sleep(0.2)
        assert len(b.sim.messages()) == 1
        assert len(b.sim.calls("chat.postMessage")) == 1
        b.sim.calm()
        await answers(b)

    async def inside(sim: Slack) -> None:
        patience = 0.5 if "hang" in kind else 5.0  # the library would wait a second and send it again
        async with living(sim, tmp_path, slack=chosen(sim, timeout=patience)) as b:
            await work(b)

    with_simulator(tmp_path, inside)


@pytest.mark.parametrize("kind", ["404", "400", "503", "drop before", "drop after", "error:used_url", "429"])
def test_an_answer_that_its_address_refuses_is_noticed(tmp_path: Path, kind: str) -> None:
    """The log says so, and without the address itself; the app goes on."""

    async def work(b: Life) -> None:
        b.sim.trouble("response_url", kind)
        asked = await b.sim.command(b.sim.user("Bob"), b.sim.channel, "/brief", "private")
        await asked.acked()
        await until(lambda: any(x["log_level"] in ("error", "warning") for x in b.logs))
        assert not b.logged("/response/")
        b.sim.calm()
        await answers(b)

    with_bot(tmp_path, work)


def test_an_address_that_was_used_up_is_noticed(tmp_path: Path) -> None:
    """Slack answers a word, not an error; the log has it."""

    async def work(b: Life) -> None:
        b.sim.response_uses = 0
        asked = await b.sim.command(b.sim.user("Bob"), b.sim.channel, "/brief", "private")
        await asked.acked()
        await until(lambda: bool(b.logged("used_url")))
        b.sim.response_uses = 5
        await answers(b)

    with_bot(tmp_path, work)


def test_a_mistake_right_after_the_acknowledgement_does_not_lose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person sees no failure of Slack's, the log has it, and the next command is answered."""

    async def broken(self: Any, body: Any) -> None:
        raise RuntimeError("a mistake")

    async def work(b: Life) -> None:
        bob, ada = b.sim.user("Bob"), manager(b.sim)
        message = public(await b.ask(bob, "brief template:dossier"))
        view = (await b.ask(ada, "edition add")).views[0]
        with pytest.MonkeyPatch.context() as patched:
            for name in ("command", "pressed", "submitted", "options", "wrong"):
                patched.setattr(Answering, name, broken)
            given = {"template": "flash", "when": "daily at 8:00"}
            asked: list[Interaction] = [
                await b.sim.command(bob, b.sim.channel, "/brief"),
                await b.sim.click(bob, message, NEXT),
            ]
            assert await b.sim.suggest(ada, view, "timezone", "paris") == []
            view.values["story"] = {}
            patched.setattr(Answering, "wrong", lambda self, v: 1 / 0)
            for block in view.blocks:
                if block["block_id"] == "story":
                    block["optional"] = True
            asked.append(await b.sim.submit(ada, view, given))
            for x in asked:
                await x.acked()
                assert x.failure is None
            await until(lambda: len(b.logged("failed")) >= 3)
        await answers(b)

    with_bot(tmp_path, work)


def test_what_nothing_is_made_for_is_acknowledged(tmp_path: Path) -> None:
    """Commands, buttons and forms of other names: nobody is told that the app did not respond."""

    async def work(b: Life) -> None:
        bob, ada = b.sim.user("Bob"), manager(b.sim)
        message = public(await b.ask(bob, "brief"))
        view = (await b.ask(ada, "edition add")).views[0]
        asked = [await b.sim.command(bob, b.sim.channel, "/unheard-of", "of")]
        forged(message, "sitrep1:sources", "another:sources")
        asked.append(await b.sim.click(bob, message, "Sources"))
        view.shown["callback_id"] = "another"
        for block in view.blocks:
            block["optional"] = True
        asked.append(await b.sim.submit(ada, view, {}))
        for x in asked:
            await x.acked()
            assert x.failure is None
        for kind in ("reaction_added", "team_join"):
            told = b.sim.tell({"type": kind, "event_ts": "1.1"})
            await until(lambda told=told: told.acks == 1)  # type: ignore[misc]
        await answers(b)

    with_bot(tmp_path, work)


def test_people_who_cant_be_asked_for_are_answered(tmp_path: Path) -> None:
    """As anybody who manages nothing."""

    async def work(b: Life) -> None:
        b.sim.trouble(r"users\.info", "error:user_not_found", 2)
        assert "managers" in alone(await b.ask(manager(b.sim), "story new Mine"))
        b.sim.calm()
        assert "mine" in words(await b.ask(manager(b.sim, "Eve"), "story new Mine"))

    with_bot(tmp_path, work)


def test_a_long_answer_keeps_nobody_from_being_acknowledged(tmp_path: Path) -> None:
    """Thirty commands at once are each acknowledged within a second, and answered."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        asked = [await b.sim.command(bob, b.sim.channel, "/brief", "flash") for _ in range(30)]
        for x in asked:
            await x.acked()
        assert max(x.acked_after or 9 for x in asked) < 1
        await until(lambda: len(b.sim.messages()) == 30, 30)

    with_bot(tmp_path, work)


# ---- twice -----------------------------------------------------------------------------------------------------------------


def test_an_envelope_that_comes_twice_is_done_once(tmp_path: Path) -> None:
    """At once or later, also after the app was started anew."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path) as b:
            sim.socket_mode.doubling = True
            bob, ada = sim.user("Bob"), manager(sim)
            asked = await b.ask(bob, "brief template:dossier")
            message = public(asked)
            await b.click(bob, message, NEXT)
            view = (await b.ask(ada, "edition add")).views[0]
            given = {"story": SLUG, "template": "flash", "when": "daily at 8:00"}
            await (await sim.submit(ada, view, given)).settled(10)
            sim.socket_mode.doubling = False
            assert sim.redeliver(asked.delivery)
            await asyncio.sleep(0.3)
            there = sim.messages()
            assert [m is message for m in there] == [True, False]  # the second says that the edition was made
            assert len(await b.editions()) == 1
        async with living(sim, tmp_path) as b:
            assert sim.redeliver(asked.delivery)
            await asyncio.sleep(0.3)
            assert sim.messages() == there
            assert len(await b.dispatches()) == 1

    with_simulator(tmp_path, work)


def test_an_event_that_comes_twice_is_done_once(tmp_path: Path) -> None:
    """Their maker is told once that a channel is gone."""

    async def work(b: Life) -> None:
        b.sim.socket_mode.doubling = True
        ada = manager(b.sim)
        wire = b.sim.add_channel("wire")
        await b.edition(wire, made_by=ada.id, made_in=at(b.sim.channel))
        b.sim.kick(wire)
        await until(lambda: bool(b.going))
        await b.drain()
        await asyncio.sleep(0.2)
        await b.drain()
        assert len(b.sim.messages()) == 1

    with_bot(tmp_path, work)


# ---- sockets ---------------------------------------------------------------------------------------------------------------


def test_there_are_two_sockets(tmp_path: Path) -> None:
    """So that one is there while the other is renewed; the settings say how many."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path) as b:
            await sim.connected(2)
            assert b.heard == [False, True]
        async with living(sim, tmp_path, slack=chosen(sim, sockets=3)):
            await sim.connected(3)

    with_simulator(tmp_path, work)


def test_a_refresh_of_one_socket_loses_no_command(tmp_path: Path) -> None:
    """Commands that come meanwhile are acknowledged within a second, each once."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        asked: list[Interaction] = []
        for i in range(30):
            if i == 10:
                line = b.sim.socket_mode.lines[0]
                line.outgoing.put_nowait(
                    {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "loopback"}}
                )
                line.leaving = True
            asked.append(await b.sim.command(bob, b.sim.channel, "/sitrep", "story list"))
            await asyncio.sleep(0.02)
        for x in asked:
            await x.until(lambda x: x.message is not None, 10)
        assert max(x.acked_after or 9 for x in asked) < 1
        assert all(x.failure is None for x in asked)
        await until(lambda: b.sim.sockets == 2)
        assert b.heard == [False, True]

    with_bot(tmp_path, work)


@pytest.mark.parametrize("how", ["refresh", "drop", "close", "warning", "garbage"])
def test_lost_sockets_come_back(tmp_path: Path, how: str) -> None:
    """All of them at once, in whatever way they were lost; and what was asked before can be asked again."""

    async def work(b: Life) -> None:
        mode = b.sim.socket_mode
        match how:
            case "refresh":
                mode.refresh()
            case "drop":
                mode.drop()
            case "close":
                mode.close()
            case "warning":
                mode.refresh("warning")
            case _:
                mode.send_raw("no JSON")
                mode.send_raw("[1]")
                mode.send_raw('{"type": "unheard of"}')
        await asyncio.sleep(0.05)
        await until(lambda: b.sim.sockets == 2, 15)
        await answers(b)

    with_bot(tmp_path, work)


def test_a_slack_that_was_away_is_connected_to_again(tmp_path: Path) -> None:
    """Also where it was away when the app was started."""

    async def work(sim: Slack) -> None:
        await sim.stop()
        async with living(sim, tmp_path, wait=False) as b:
            await until(lambda: bool(b.logged("Slack is lost")))
            assert not b.connection.up
            await sim.start()
            await answers(b)
            await sim.stop()
            await until(lambda: not b.connection.up, 15)
            await sim.start()
            await answers(b, "Bob")
            assert b.heard == [False, True, False, True]

    with_simulator(tmp_path, work)


def test_a_slack_that_cant_be_reached_is_called_so(tmp_path: Path) -> None:
    """Nothing was sent: no answer was lost."""

    async def work(sim: Slack) -> None:
        await sim.stop()
        async with living(sim, tmp_path, wait=False) as b:
            await until(lambda: bool(b.logged("Slack is lost")))
            assert "can't be reached" in str(b.logged("Slack is lost")[0]["why"])
        await sim.start()

    with_simulator(tmp_path, work)


def test_sockets_that_nobody_may_open_end_nothing(tmp_path: Path) -> None:
    """The app tries on until it may."""

    async def work(sim: Slack) -> None:
        sim.socket_mode.refusing = True
        async with living(sim, tmp_path, wait=False) as b:
            await until(lambda: len(sim.calls("apps.connections.open")) > 1)
            assert not b.connection.up
            sim.socket_mode.refusing = False
            await answers(b)

    with_simulator(tmp_path, work)


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
def test_a_revoked_token_is_told_and_a_new_one_in_the_file_is_taken(tmp_path: Path, error: str) -> None:
    """The log says clearly what is wrong, once in a while; when the files change, the app comes back by itself."""

    async def work(sim: Slack) -> None:
        bot, app = tmp_path / "bot", tmp_path / "app"
        bot.write_text(sim.bot_token)
        app.write_text(sim.app_token)
        slack = chosen(sim, bot_token="", app_token="", bot_token_file=bot, app_token_file=app)
        async with living(sim, tmp_path, slack=slack) as b:
            await answers(b)
            sim.revoke_token(error)
            await until(lambda: not b.connection.up)
            await until(lambda: any("token" in str(x.get("why")) for x in b.logged("Slack is lost")))
            sim.revoked = None
            sim.bot_token, sim.app_token = "xoxb-new-" + "n" * 20, "xapp-1-A1-new-" + "n" * 20
            bot.write_text(sim.bot_token)
            app.write_text(sim.app_token)
            await answers(b, "Bob")

    with_simulator(tmp_path, work)


def test_a_wrong_token_at_the_start_ends_nothing_else(tmp_path: Path) -> None:
    """It says so, and tries on."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path, wait=False, slack=chosen(sim, bot_token="xoxb-wrong")) as b:
            await until(lambda: len(b.logged("Slack is lost")) >= 2)
            assert "invalid_auth" in str(b.logged("Slack is lost")[0]["why"])
            assert len(await b.desk.of(ONE).stories()) == 1

    with_simulator(tmp_path, work)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"app_token": ""}, "SLACK_APP_TOKEN"),
        ({"mode": "http", "signing_secret": ""}, "SLACK_SIGNING_SECRET"),
    ],
)
def test_what_the_mode_needs_is_asked_for_at_the_start(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    """Rather than connecting without it."""

    async def work(sim: Slack) -> None:
        with pytest.raises(SettingsFault) as raised:
            async with living(sim, tmp_path, wait=False, slack=chosen(sim, **given)):
                pass
        assert said in str(raised.value.hint)

    with_simulator(tmp_path, work)


def test_it_ends_within_a_moment(tmp_path: Path) -> None:
    """Also while answers are under way; its sockets are closed."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path):
            sim.trouble(r"chat\.postMessage", "late", seconds=0.3)
            await (await sim.command(sim.user("Bob"), sim.channel, "/brief")).acked()
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert len(sim.messages()) == 1
        await until(lambda: sim.sockets == 0)

    with_simulator(tmp_path, work)


def test_other_commands_are_named_by_the_settings(tmp_path: Path) -> None:
    """Generic names collide between apps; answers show the commands as they are typed here."""

    async def work(sim: Slack) -> None:
        named = {"/crisis": "", "/cites": "quotes"}
        async with living(sim, tmp_path, slack=chosen(sim, commands=named)) as b:
            bob = sim.user("Bob")
            helped = alone(await b.ask(bob, "help", command="/crisis"))
            assert "/crisis brief" in helped
            assert "/sitrep" not in helped
            assert "Quotes" in text_of(public(await b.ask(bob, "", command="/cites")))
            message = public(await b.ask(bob, "brief", command="/crisis"))
            assert "OpenAI" in alone(await b.choose(bob, message, SECTION, "quotes"))

    with_simulator(tmp_path, work)


def test_rights_are_looked_at_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is no admin any more manages nothing, without a restart."""
    monkeypatch.setattr(answering, "_REMEMBERED", 0.05)

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        assert (await b.ask(ada, "edition add")).views
        ada.admin = False
        await asyncio.sleep(0.06)
        assert "managers" in alone(await b.ask(ada, "edition add"))

    with_bot(tmp_path, work)


def test_the_waits_grow_to_a_minute() -> None:
    """So that a Slack in trouble is not asked all the time."""
    assert client._FIRST_WAIT <= 2
    assert 30 <= client._LONGEST_WAIT <= 300
