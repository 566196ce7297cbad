"""Whatever ends the gateway's connection or an answer to an interaction, the bot goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bots.discord import client, registry
from tests.platforms.discord import Discord, text_of
from tests.unit.discord.going import PATIENCE, Life, chosen, living, shown, with_bot, with_simulator, words
from tests.unit.lives import until


async def answers(b: Life) -> None:
    """The bot is up, and answers."""
    await until(lambda: bool(b.sim.gateway.connected) and b.connection.up, 15)
    asked = await (await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "story list")).settled(10)
    assert "openai-november-2023" in words(asked)


# ---- answers that go wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["404", "400", "403", "drop before", "drop after", "garbled", "429 route"])
@pytest.mark.parametrize("path", ["/callback", "/messages/@original"])
def test_a_refused_or_lost_answer_ends_nothing(tmp_path: Path, path: str, kind: str) -> None:
    """The next command is answered as if nothing had been."""

    async def work(b: Life) -> None:
        met = b.sim.trouble("*", path, kind, retry_after=0.05)
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        await until(lambda: met.met == 1)
        b.sim.calm()
        await answers(b)
        assert b.connection.up
        assert asked is not None

    with_bot(tmp_path, work)


def test_a_server_error_in_an_acknowledgement_is_tried_again(tmp_path: Path) -> None:
    """Discord's own trouble of a moment costs no answer."""

    async def work(b: Life) -> None:
        b.sim.trouble("POST", "/callback", "503")
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        await asked.settled(10)
        assert "OpenAI" in words(asked)

    with_bot(tmp_path, work)


@pytest.mark.parametrize("kind", ["503 after", "drop after", "garbled"])
def test_an_acknowledgement_whose_answer_was_lost_is_answered(tmp_path: Path, kind: str) -> None:
    """Discord shows "thinking" then: it is not left standing."""

    async def work(b: Life) -> None:
        b.sim.trouble("POST", "/callback", kind)
        asked = await (await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")).acked()
        await asked.settled(3)
        assert "OpenAI" in words(asked)

    with_bot(tmp_path, work)


@pytest.mark.parametrize("kind", ["503 after", "drop after"])
def test_a_page_is_turned_though_its_acknowledgement_was_lost(tmp_path: Path, kind: str) -> None:
    """The press was taken: the page follows."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        message = shown(await (await b.sim.slash(bob, b.sim.channel, "brief")).settled(10))
        b.sim.trouble("POST", "/callback", kind)
        await (await b.sim.click(bob, message, "▶ Next page")).acked()
        await until(lambda: "2/" in text_of(message), 4)

    with_bot(tmp_path, work)


def test_a_late_acknowledgement_ends_nothing(tmp_path: Path) -> None:
    """Discord knows the interaction no more; commands, clicks, forms and completions that come too late are let go."""

    async def work(b: Life) -> None:
        bob, ada = b.sim.user("Bob"), b.sim.user("Ada", "manage_guild")
        message = shown(await (await b.sim.slash(bob, b.sim.channel, "brief")).settled(10))
        b.sim.acknowledging = -1.0
        late = [
            await b.sim.slash(bob, b.sim.channel, "brief"),
            await b.sim.slash(ada, b.sim.channel, "setup"),
            await b.sim.click(bob, message, "▶ Next page"),
            await b.sim.click(bob, message, "Sources"),
        ]
        await until(lambda: all(x.late for x in late))
        b.sim.acknowledging = PATIENCE
        await answers(b)
        assert all(x.kind is None for x in late)

    with_bot(tmp_path, work)


def test_an_answer_whose_message_was_deleted_ends_nothing(tmp_path: Path) -> None:
    """A moderator is faster than the bot; the ledger does not have what nobody saw."""

    async def work(b: Life) -> None:
        b.sim.trouble("PATCH", "/messages/@original", "404", 5)
        await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        await until(lambda: b.sim.troubles.met["404"] > 0)
        b.sim.calm()
        await answers(b)
        assert await b.dispatches() == []

    with_bot(tmp_path, work)


# ---- the connection ------------------------------------------------------------------------------------------------------


def test_malformed_events_end_nothing(tmp_path: Path) -> None:
    """Events that lack what they must have, of unknown names, of the wrong kinds: it connects again where it must."""

    async def work(b: Life) -> None:
        guild = str(b.sim.guild.id)
        broken: list[tuple[str, Any]] = [
            ("GUILD_CREATE", {"id": guild}),
            ("GUILD_CREATE", {}),
            ("CHANNEL_DELETE", {"id": "1"}),
            ("THREAD_DELETE", {}),
            ("INTERACTION_CREATE", {}),
            ("INTERACTION_CREATE", {"id": "1", "type": 99, "token": "t", "application_id": "1"}),
            ("GUILD_ROLE_CREATE", {"guild_id": guild}),
            ("SOMETHING_NEW", {"x": 1}),
            ("READY", {}),
        ]
        for event, data in broken:
            b.sim.gateway.send(event, data)
            await asyncio.sleep(0.4)  # what is said while it connects anew, is lost
            await answers(b)

    with_bot(tmp_path, work)


def test_what_is_no_json_ends_nothing(tmp_path: Path) -> None:
    """It connects again."""

    async def work(b: Life) -> None:
        b.sim.gateway.send_raw(b"\xff\x00 no json")
        await until(lambda: b.sim.identifies + b.sim.resumes >= 2, 15)
        await answers(b)

    with_bot(tmp_path, work)


LOSSES = ["drop", "reconnect", "invalid", "resumable", "1001", "4000", "4007", "4009", "4013", "4014", "4004"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_connection_comes_back(tmp_path: Path, loss: str) -> None:
    """Resumed where Discord lets it, made anew where not; whoever asks for health is told both."""

    async def work(b: Life) -> None:
        gateway = b.sim.gateway
        match loss:
            case "drop":
                gateway.drop()
            case "reconnect":
                gateway.reconnect()
            case "invalid":
                gateway.invalidate()
            case "resumable":
                gateway.invalidate(resumable=True)
            case code:
                gateway.close(int(code))
        await until(lambda: b.sim.identifies + b.sim.resumes >= 2, 15)
        await answers(b)
        assert b.heard[0]
        assert b.heard[-1]

    with_bot(tmp_path, work)


def test_what_happened_while_it_was_away_is_heard(tmp_path: Path) -> None:
    """A command that was given during a short loss is answered once the session is resumed."""

    async def work(b: Life) -> None:
        b.sim.gateway.drop()
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "story list")
        await asked.settled(10)
        assert b.sim.resumes == 1

    with_bot(tmp_path, work)


@pytest.mark.slow  # discord.py waits for five seconds
@pytest.mark.parametrize("trouble", ["refusing", "hanging_up", "stopped"])
def test_a_start_while_discord_is_away_waits_for_it(tmp_path: Path, trouble: str) -> None:
    """Also where the gateway hangs up before a word: the client is made anew until it is let in."""

    async def work(sim: Discord) -> None:
        if trouble == "stopped":
            await sim.stop()
        else:
            setattr(sim.gateway, trouble, True)
        async with living(sim, tmp_path, wait=False) as b:
            await until(lambda: len(sim.rest.requests) > 3 or bool(b.connection.why))
            assert not b.connection.up
            if trouble == "stopped":
                await sim.start()
            else:
                setattr(sim.gateway, trouble, False)
            await answers(b)

    with_simulator(tmp_path, work)


def test_an_outage_in_the_middle_is_survived(tmp_path: Path) -> None:
    """Gateway and REST are away, then back."""

    async def work(b: Life) -> None:
        await b.sim.stop()
        await until(lambda: not b.connection.up)
        await b.sim.start()
        await answers(b)

    with_bot(tmp_path, work)


def test_a_refused_token_is_tried_again_from_its_file(tmp_path: Path) -> None:
    """It is told what to do; a changed file is read without a restart. The token stands in no message."""
    file = tmp_path / "token"

    async def work(sim: Discord) -> None:
        file.write_text("wrong-token-of-the-tests\n")
        async with living(sim, tmp_path, wait=False, discord=chosen(sim, token="", token_file=file)) as b:
            await until(lambda: bool(b.connection.why))
            assert b.connection.why == client.REFUSED
            file.write_text(f"{sim.token}\n")
            await b.up()
            await answers(b)
            sim.revoke_token()
            await until(lambda: not b.connection.up)
            sim.token, sim.revoked = "the-next-token.in-three.parts", False
            file.write_text(sim.token)
            await b.up()
            await answers(b)
            file.unlink()
            sim.gateway.close(4004)
            await until(lambda: str(file) in b.connection.why, 15)
            assert sim.token not in b.connection.why
            file.write_text(sim.token)
            await b.up()
            await answers(b)

    with_simulator(tmp_path, work)


def test_it_connects_on_several_shards(tmp_path: Path) -> None:
    """As many as Discord recommends; servers of each are answered."""

    async def work(sim: Discord) -> None:
        sim.gateway.shards = 2
        odd = sim.add_guild("Odd", id=(900_000_000_000_000_001 >> 22 | 1) << 22 | 1)
        even = sim.add_guild("Even", id=((900_000_000_000_000_001 >> 22 | 1) + 1) << 22 | 1)
        async with living(sim, tmp_path, wait=False) as b:
            await until(lambda: b.connection.up and len(sim.gateway.connected) == 2, 15)
            for guild in (odd, even):
                (channel,) = guild.channels.values()
                asked = await sim.slash(sim.user("Bob", guild=guild), channel, "help")
                await asked.settled(10)

    with_simulator(tmp_path, work)


# ---- commands ------------------------------------------------------------------------------------------------------------


def test_commands_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over any number of starts and reconnections; and again when they have changed."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            assert sim.syncs == 1
            sim.gateway.close(4014)
            await until(lambda: sim.identifies == 2, 15)
            await answers(b)
        async with living(sim, tmp_path):
            assert sim.syncs == 1
        known = registry.fingerprint()
        monkeypatch.setattr(client, "fingerprint", lambda: known + "1")
        for _ in range(2):
            async with living(sim, tmp_path):
                assert sim.syncs == 2

    with_simulator(tmp_path, work)


@pytest.mark.parametrize("kind", ["400", "drop before"])
def test_commands_that_cant_be_told_do_not_keep_it_from_connecting(tmp_path: Path, kind: str) -> None:
    """They are told at the next start."""

    async def work(sim: Discord) -> None:
        sim.trouble("PUT", "/commands", kind)
        async with living(sim, tmp_path):
            pass
        async with living(sim, tmp_path) as b:
            assert sim.syncs == 1
            await answers(b)

    with_simulator(tmp_path, work)


def test_a_command_that_is_no_longer_known_is_told(tmp_path: Path) -> None:
    """Discord may offer an old one for a while."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        made = b.sim._interact
        asked = await b.sim.slash(bob, b.sim.channel, "help")
        await asked.settled(10)
        data = {**asked.payload["data"], "name": "weather", "options": []}
        old = made(2, bob, b.sim.channel, data)
        await old.settled(10)
        assert old.ephemeral
        assert "does not know this command" in words(old)

    with_bot(tmp_path, work)
