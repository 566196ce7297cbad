"""By requests instead of sockets: only Slack's own, recent ones are followed, and each once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.slack import Slack, text_of
from tests.platforms.slack.delivering import COMMANDS, EVENTS
from tests.unit.lives import until
from tests.unit.slack.going import NEXT, SLUG, Life, chosen, living, manager, public, with_simulator, words


def with_listener(folder: Path, work: Callable[[Life], Awaitable[None]]) -> None:
    """The app in the mode "http", and Slack that knows its address."""

    async def inside(sim: Slack) -> None:
        async with living(sim, folder, slack=chosen(sim, mode="http", port=0, app_token="")) as b:
            sim.http_mode(b.connection.address).pauses = [0.05, 0.05]
            await work(b)
            assert sim.sockets == 0

    with_simulator(folder, inside)


def line(b: Life, text: str = "story list") -> dict[str, Any]:
    """A slash command as Slack sends it."""
    bob = b.sim.user("Bob")
    return {
        "token": "loopback", "team_id": b.sim.team.id, "channel_id": b.sim.channel.id, "channel_name": "general",
        "user_id": bob.id, "user_name": "bob", "command": "/sitrep", "text": text, "api_app_id": b.sim.app_id,
        "trigger_id": f"1.2.{b.sim.ids('x')}", "response_url": f"{b.sim.base}/response/none",
    }  # fmt: skip


def test_everything_works_by_requests(tmp_path: Path) -> None:
    """The address is verified; commands, clicks, forms and the home are answered."""

    async def work(b: Life) -> None:
        await b.sim.listening.verify()
        bob, ada = b.sim.user("Bob"), manager(b.sim)
        message = public(await b.ask(bob, "brief template:dossier"))
        await b.click(bob, message, NEXT)
        assert "2/" in text_of(message)
        view = (await b.ask(ada, "edition add")).views[0]
        assert await b.sim.suggest(ada, view, "timezone", "paris")
        given = {"story": SLUG, "template": "flash", "when": "sometimes"}
        assert list((await (await b.sim.submit(ada, view, given)).settled(10)).errors) == ["when"]
        done = await b.sim.submit(ada, view, {"when": "daily at 8:00"})
        await done.until(lambda x: x.message, 10)
        assert len(await b.editions()) == 1
        assert "Stories" in text_of(await b.sim.open_home(ada))

    with_listener(tmp_path, work)


def test_a_request_that_is_not_slacks_is_refused(tmp_path: Path) -> None:
    """A wrong signature or none, another secret, an old time, one of the future, one that is no number: 401, nothing done."""

    async def work(b: Life) -> None:
        wrong: list[dict[str, Any]] = [
            {"signature": "v0=" + "0" * 64},
            {"signature": ""},
            {"secret": "another"},
            {"timestamp": -600},
            {"timestamp": 600},
            {"timestamp": "yesterday"},
            {"timestamp": ""},
            {"timestamp": "1e9"},
            {"timestamp": "-1"},
            {"timestamp": "9" * 40},
            {"timestamp": "١٢٣"},
            {"without": "X-Slack-Signature"},
            {"without": "X-Slack-Request-Timestamp"},
        ]
        for given in wrong:
            answered = await b.sim.listening.post(COMMANDS, line(b), **given)
            assert answered.status == 401, given
        await asyncio.sleep(0.1)
        assert b.sim.calls("users.info") == []
        assert SLUG in words(await b.ask(b.sim.user("Bob"), "story list"))

    with_listener(tmp_path, work)


def test_a_request_that_is_garbage_is_refused_and_ends_nothing(tmp_path: Path) -> None:
    """Signed or not: no server error, and the next command is answered."""

    async def work(b: Life) -> None:
        failed = []
        for kind, body in (
            (EVENTS, "no JSON"), (EVENTS, "[1]"), (EVENTS, "null"), (EVENTS, "{}"), (EVENTS, '{"type": 1}'),
            (COMMANDS, ""), (COMMANDS, "payload=no"), (COMMANDS, "payload=%5B1%5D"), (COMMANDS, "command=%2Fx"),
        ):  # fmt: skip
            for secret in (None, "another"):
                answered = await b.sim.listening.post(kind, {}, body=body, secret=secret)
                if answered.status >= 500:
                    failed.append((kind, body, secret))
        assert failed == []
        assert SLUG in words(await b.ask(b.sim.user("Bob"), "story list"))

    with_listener(tmp_path, work)


def test_a_body_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Before anybody reads it."""

    async def work(b: Life) -> None:
        import aiohttp

        headers = {"X-Slack-Signature": "v0=0", "X-Slack-Request-Timestamp": "1"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(b.connection.address, data=b"\xff\xfe\x00", headers=headers) as answer,
        ):
            assert answer.status in (400, 401)

    with_listener(tmp_path, work)


def test_a_request_that_is_replayed_is_done_once(tmp_path: Path) -> None:
    """The very same, within the time in which its signature is good."""

    async def work(b: Life) -> None:
        said = line(b, "brief")
        for _ in range(3):
            assert (await b.sim.listening.post(COMMANDS, said)).status == 200
        await until(lambda: len(b.sim.messages()) == 1)
        await asyncio.sleep(0.3)
        assert len(b.sim.messages()) == 1

    with_listener(tmp_path, work)


def test_an_event_that_is_sent_again_is_done_once(tmp_path: Path) -> None:
    """As Slack does where the answer came too late."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        home = await b.sim.open_home(ada)
        delivery = b.sim.events("app_home_opened")[0]
        answered = await b.sim.listening.post(EVENTS, delivery.payload, retry=(1, "http_timeout"))
        assert answered.status == 200
        await asyncio.sleep(0.3)
        assert home.edits == 1
        assert len(b.sim.calls("views.publish")) == 1

    with_listener(tmp_path, work)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With the setting by which another is chosen; the app tries on."""

    async def work(sim: Slack) -> None:
        slack = chosen(sim, mode="http", port=sim.port)
        async with living(sim, tmp_path, wait=False, slack=slack) as b:
            await until(lambda: bool(b.logged("can't be listened for")))
            assert not b.connection.up

    with_simulator(tmp_path, work)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nothing_else_is_served(tmp_path: Path, method: str) -> None:
    """No page, no other method."""

    async def work(b: Life) -> None:
        import aiohttp

        async with aiohttp.ClientSession() as session:
            async with session.request(method, b.connection.address) as answer:
                assert answer.status == 405
            async with session.post(b.connection.address.replace("/slack/events", "/")) as answer:
                assert answer.status == 404

    with_listener(tmp_path, work)
