"""Requests to the Web API: each is made once, at the pace of the settings, and refusals are told apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.dispatch.publisher import TryLater
from bots.slack.web import Denied, Web, client_for
from tests.platforms.slack import Slack, simulated
from tests.unit.slack.going import chosen


def with_web(work: Callable[[Slack, Web], Awaitable[None]], **more: Any) -> None:
    async def inside() -> None:
        async with simulated() as sim:
            web = Web(chosen(sim, **more))
            try:
                async with asyncio.timeout(20):
                    await work(sim, web)
            finally:
                await web.close()
            sim.checked()

    asyncio.run(inside())


def post(sim: Slack) -> dict[str, Any]:
    return {"channel": sim.channel.id, "text": "words", "unfurl_links": False, "unfurl_media": False}


@pytest.mark.parametrize("kind", ["drop before", "drop after", "503", "garbled", "429", "502 after"])
def test_nothing_is_done_twice_by_itself(kind: str) -> None:
    """The library's own handlers for lost connections and limits would: they are left out."""

    async def work(sim: Slack, web: Web) -> None:
        met = sim.trouble(r"chat\.postMessage", kind, 5)
        with pytest.raises(TryLater):
            await web.ask("chat.postMessage", post(sim), sends=True)
        assert met.met == 1
        assert client_for(web.settings).retry_handlers == []

    with_web(work)


def test_a_refusal_names_the_scope() -> None:
    """It is denied, not tried later."""

    async def work(sim: Slack, web: Web) -> None:
        sim.scopes.discard("chat:write")
        with pytest.raises(Denied) as raised:
            await web.ask("chat.postMessage", post(sim))
        assert (raised.value.error, raised.value.needed) == ("missing_scope", "chat:write")
        assert "chat:write" in raised.value.why

    with_web(work)


@pytest.mark.parametrize("after", [0.0, 7.0, 90_000.0])
def test_the_time_that_slack_asks_for_is_told(after: float) -> None:
    """At most an hour; none is none."""

    async def work(sim: Slack, web: Web) -> None:
        sim.trouble(r"chat\.postMessage", "429", retry_after=after)
        with pytest.raises(TryLater) as raised:
            await web.ask("chat.postMessage", post(sim), sends=True)
        assert raised.value.after is not None
        assert min(after, 1.0) <= raised.value.after <= 3_600
        assert not raised.value.sent

    with_web(work)


def test_requests_keep_to_the_pace_of_the_settings() -> None:
    """All together, however many wait."""

    async def work(sim: Slack, web: Web) -> None:
        began = time.monotonic()
        await asyncio.gather(*(web.form("auth.test", {}) for _ in range(11)))
        assert time.monotonic() - began >= 0.48

    with_web(work, a_second=20)


def test_an_upload_that_is_not_taken_is_told() -> None:
    """Before its message is sent."""

    async def work(sim: Slack, web: Web) -> None:
        for method in (r"files\.getUploadURLExternal", "upload", r"files\.completeUploadExternal"):
            sim.trouble(method, "503")
            with pytest.raises(TryLater) as raised:
                await web.upload("a.png", b"x", "what is seen")
            assert not raised.value.sent
        assert sim.files[await web.upload("a.png", b"x", "what is seen")].completed

    with_web(work)


def test_a_lost_identity_is_tried_later() -> None:
    """Whose token it is, is asked at each start; its scopes come with the answer."""

    async def work(sim: Slack, web: Web) -> None:
        for kind in ("503", "drop before", "garbled", "array"):
            sim.trouble(r"auth\.test", kind)
            with pytest.raises(TryLater):
                await web.identity()
        me, scopes = await web.identity()
        assert me["team_id"] == sim.team.id
        assert scopes == sim.scopes

    with_web(work)
