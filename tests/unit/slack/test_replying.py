"""Where answers go: by the Web API, by a request's address, and what a refusal of either means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bots.dispatch.publisher import TryLater
from bots.slack.replying import Replying, To
from bots.slack.web import Denied, Web
from tests.platforms.slack import Interaction, Slack, User, simulated
from tests.unit.slack.going import chosen

SAID = {
    "text": "words", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "words"}}],
    "unfurl_links": False, "unfurl_media": False,
}  # fmt: skip
Work = Callable[[Slack, Replying, User], Awaitable[None]]


def with_replying(work: Work) -> None:
    async def inside() -> None:
        async with simulated(channels=2) as sim:
            web = Web(chosen(sim, timeout=0.5))
            replying = Replying(web)
            try:
                async with asyncio.timeout(20):
                    await work(sim, replying, sim.user("Bob"))
            finally:
                await replying.close()
                await web.close()
            sim.checked()

    asyncio.run(inside())


def asked(sim: Slack, user: User) -> tuple[Interaction, str]:
    """A command that nobody listens to, and the address that came with it."""
    from tests.platforms.slack.interactions import COMMAND

    interaction = sim._interact(COMMAND, user, sim.channel, {"command": "/brief", "text": ""})
    return interaction, str(interaction.delivery.payload["response_url"])


def test_an_address_that_takes_no_more_is_denied() -> None:
    """After five answers, or when its time is over, or where it never was one."""

    async def work(sim: Slack, replying: Replying, bob: User) -> None:
        interaction, url = asked(sim, bob)
        to = To(sim.channel.id, bob.id, url)
        for _ in range(5):
            await replying.to_asker(to, SAID)
        assert len(interaction.responses) == 5
        with pytest.raises(Denied, match="used_url"):
            await replying.to_asker(to, SAID)
        _, url = asked(sim, bob)
        sim.response_life = 0.0
        with pytest.raises(Denied, match="expired_url"):
            await replying.to_asker(To(sim.channel.id, bob.id, url), SAID)
        with pytest.raises(Denied):
            await replying.to_asker(To(sim.channel.id, bob.id, f"{sim.base}/response/none"), SAID)

    with_replying(work)


@pytest.mark.parametrize("kind", ["drop before", "drop after", "hang before", "503", "502", "429"])
def test_trouble_at_an_address_is_an_error(kind: str) -> None:
    """One of the two that whoever answers expects; nothing is sent a second time by itself."""

    async def work(sim: Slack, replying: Replying, bob: User) -> None:
        interaction, url = asked(sim, bob)
        met = sim.trouble("response_url", kind, 5, seconds=3.0)
        with pytest.raises((Denied, TryLater)):
            await replying.to_asker(To(sim.channel.id, bob.id, url), SAID)
        assert met.met == 1
        assert len(interaction.responses) <= 1

    with_replying(work)


def test_without_an_address_the_asker_is_told_alone() -> None:
    """In the channel, in its thread, and where the app is no member by a direct message."""

    async def work(sim: Slack, replying: Replying, bob: User) -> None:
        await replying.to_asker(To(sim.channel.id, bob.id), SAID)
        parent = sim.say(bob, sim.channel, "talk")
        await replying.to_asker(To(sim.channel.id, bob.id, thread=parent.ts), SAID)
        first, second = sim.channel.ephemeral
        assert (first.addressee, first.thread_ts, second.thread_ts) == (bob, None, parent.ts)
        far = sim.add_channel("far", invited=False)
        await replying.to_asker(To(far.id, bob.id), SAID)
        assert len(sim.messages(sim.dm(bob))) == 1

    with_replying(work)


def test_a_public_answer_goes_by_the_address_where_the_app_is_no_member() -> None:
    """Elsewhere by the Web API, which tells its ts; without an address to the asker."""

    async def work(sim: Slack, replying: Replying, bob: User) -> None:
        interaction, url = asked(sim, bob)
        ts = await replying.to_all(To(sim.channel.id, bob.id, url), SAID)
        assert sim.messages()[0].ts == ts
        sim.channel.members.pop(sim.bot.id)
        assert await replying.to_all(To(sim.channel.id, bob.id, url), SAID) == ""
        assert not interaction.responses[0].ephemeral
        assert await replying.to_all(To(sim.channel.id, bob.id), SAID) == ""
        assert [m.text for m in sim.messages(sim.dm(bob))] == [SAID["text"]]

    with_replying(work)


def test_a_message_is_replaced_where_it_stands() -> None:
    """All see the change of a public one; nothing is added."""

    async def work(sim: Slack, replying: Replying, bob: User) -> None:
        ts = await replying.to_all(To(sim.channel.id, bob.id), SAID)
        await replying.instead(To(sim.channel.id, bob.id, message=ts), {**SAID, "text": "others"})
        assert [m.text for m in sim.messages()] == ["others"]

    with_replying(work)
