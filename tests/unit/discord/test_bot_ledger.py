"""Public answers in the ledger: what changed since counts from them, and they are corrected where they stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from briefings.model import Address, Manner, Sent, State
from tests.platforms.discord import buttons_of, text_of
from tests.unit.discord.going import (
    ARTICLES,
    FIRST,
    ONE,
    REVISED,
    Life,
    manager,
    shown,
    with_bot,
    words,
)

OLD, NEW = "**board members — directors voted**: six", "Four directors voted for the dismissal"


async def add(b: Life, *indexes: int) -> None:
    desk = b.desk.of(ONE)
    for i in indexes:
        await desk.add_articles(await b.story(), [ARTICLES[i]], ARTICLES[i].id, private=True)


async def pages_of(b: Life, interaction: object) -> str:
    """The text of all pages of the one message of the channel, turned from the first to the last."""
    (message,) = b.sim.messages(b.sim.channel)
    found = [text_of(message)]
    reader = b.sim.user("Reader")
    while any("▶" in str(x.get("label")) for x in buttons_of(message)):
        await (await b.sim.click(reader, message, "▶ Next page")).settled(10)
        found.append(text_of(message))
        assert len(found) < 50
    return "\n".join(found)


def test_a_public_briefing_is_in_the_ledger(tmp_path: Path) -> None:
    """With the message that it is; a section or a private one is not."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        await (await b.sim.slash(bob, b.sim.channel, "brief", private=True)).settled(10)
        asked = await (await b.sim.slash(bob, b.sim.channel, "brief")).settled(10)
        await b.ledgered()
        (dispatch,) = await b.dispatches()
        assert dispatch.kind is Sent.ANSWER
        assert dispatch.state is State.POSTED
        assert dispatch.address == Address("discord", str(b.sim.channel.id))
        (part,) = await b.desk.of(ONE).orders.parts(dispatch)
        assert part.message == str(shown(asked).id)

    with_bot(tmp_path, work, count=len(FIRST))


def test_changes_count_from_the_last_public_briefing(tmp_path: Path) -> None:
    """Of this channel: not from another channel's, nor from one that nobody else saw."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        news = next(c for c in b.sim.guild.channels.values() if c.name == "news")
        await (await b.sim.slash(bob, b.sim.channel, "brief")).settled(10)
        await add(b, 5, 6)
        await (await b.sim.slash(bob, b.sim.channel, "brief", private=True)).settled(10)
        await (await b.sim.slash(bob, news, "brief")).settled(10)
        here = await (await b.sim.slash(bob, b.sim.channel, "changes", private=True)).settled(10)
        there = await (await b.sim.slash(bob, news, "changes", private=True)).settled(10)
        assert len(words(here)) > len(words(there))
        await (await b.sim.slash(bob, b.sim.channel, "brief")).settled(10)
        again = await (await b.sim.slash(bob, b.sim.channel, "changes", private=True)).settled(10)
        assert words(again).split("\n")[2:] == words(there).split("\n")[2:]

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_edition_moves_the_same_mark(tmp_path: Path) -> None:
    """What an edition has told its channel, /changes does not tell as new."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        edition = await b.edition(Address("discord", str(b.sim.channel.id)))
        await b.posted(edition)
        await add(b, 5, 6)
        before = await (await b.sim.slash(bob, b.sim.channel, "changes", private=True)).settled(10)
        await b.posted(edition, "f2")
        after = await (await b.sim.slash(bob, b.sim.channel, "changes", private=True)).settled(10)
        assert len(words(before)) > len(words(after))

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_answer_is_corrected_where_it_stands(tmp_path: Path) -> None:
    """When an article takes a sentence back: the same message says so, and nobody is called by it."""

    async def work(b: Life) -> None:
        await (await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief", template="dossier")).settled(10)
        await b.ledgered()
        (message,) = b.sim.messages(b.sim.channel)
        before = await pages_of(b, message)
        assert OLD in before
        assert NEW not in before
        desk = b.desk.of(ONE)
        await desk.add_articles(await b.story(), [REVISED], REVISED.id, private=True)
        assert await b.pump.correct() == 1
        assert await b.drain() == ["posted"]
        assert b.sim.messages(b.sim.channel) == [message]
        everything = await pages_of(b, message)
        assert NEW in everything
        assert f"~~{OLD}" in everything
        assert "Corrected" in everything
        assert not message.pings

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_corrected_answer_keeps_its_pages_in_one_message(tmp_path: Path) -> None:
    """They are turned as before, and its sources and sections still open."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief", template="dossier")
        message = shown(await asked.settled(10))
        await b.ledgered()
        assert any("▶" in str(x.get("label")) for x in buttons_of(message))
        desk = b.desk.of(ONE)
        await desk.add_articles(await b.story(), [REVISED], REVISED.id, private=True)
        await b.pump.correct()
        await b.drain()
        assert any("▶" in str(x.get("label")) for x in buttons_of(message))
        eve = b.sim.user("Eve")
        await (await b.sim.click(eve, message, "▶ Next page")).settled(10)
        assert re.search(r"2/\d+$", text_of(message))
        clicked = await (await b.sim.click(eve, message, "Sources")).settled(10)
        assert "no longer kept" not in words(clicked)
        picked = await (await b.sim.choose(eve, message, "A section …", "quotes")).settled(10)
        assert "Quotes" in words(picked)
        assert b.sim.messages(b.sim.channel) == [message]

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_correction_of_an_answer_that_was_deleted_is_not_posted(tmp_path: Path) -> None:
    """Whoever deleted the briefing does not get it back."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief", template="dossier")
        message = shown(await asked.settled(10))
        await b.ledgered()
        b.sim.delete_message(message)
        desk = b.desk.of(ONE)
        await desk.add_articles(await b.story(), [REVISED], REVISED.id, private=True)
        await b.pump.correct()
        assert await b.drain() == ["skipped"]
        assert b.sim.messages(b.sim.channel) == []

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_corrected_edition_keeps_its_manner(tmp_path: Path) -> None:
    """The role that it called stands above it still, and is not called a second time."""

    async def work(b: Life) -> None:
        role = b.sim.add_role("desk")
        here = Address("discord", str(b.sim.channel.id))
        edition = await b.edition(here, manner=Manner(silent=True, role=str(role.id)))
        await b.posted(edition)
        messages = b.sim.messages(b.sim.channel)
        assert messages[0].pings.roles == (role.id,)
        assert [bool(m.pings) for m in messages[1:]] == [False] * (len(messages) - 1)
        assert role.mention in text_of(messages[0])
        desk = b.desk.of(ONE)
        await desk.add_articles(await b.story(), [REVISED], REVISED.id, private=True)
        assert await b.pump.correct() == 1
        assert await b.drain() == ["posted"]
        after = b.sim.messages(b.sim.channel)
        assert after[: len(messages)] == messages
        assert NEW in "\n".join(text_of(m) for m in after)
        assert role.mention in text_of(after[0])
        assert [bool(m.pings) for m in after[1:]] == [False] * (len(after) - 1)

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_editions_messages_have_the_same_buttons(tmp_path: Path) -> None:
    """Sources of each part by themselves, sections below the last, for whoever presses."""

    async def work(b: Life) -> None:
        here = Address("discord", str(b.sim.channel.id))
        await b.posted(await b.edition(here, template="dossier"))
        messages = b.sim.messages(b.sim.channel)
        assert len(messages) > 1
        eve = b.sim.user("Eve")
        for message in messages:
            if any(x.get("label") == "Sources" for x in buttons_of(message)):
                clicked = await (await b.sim.click(eve, message, "Sources")).settled(10)
                assert shown(clicked).addressee is eve
                numbers = {int(n) for n in re.findall(r"\\\[(\d+)\\?\]", text_of(message))}
                told = {int(n) for n in re.findall(r"^\\\[(\d+)\\?\]", words(clicked), re.MULTILINE)}
                more = any("▶" in str(x.get("label")) for x in buttons_of(shown(clicked)))
                assert told == numbers or (more and told < numbers)
        picked = await (await b.sim.choose(eve, messages[-1], "A section …", "actors")).settled(10)
        assert "Sam Altman" in words(picked)

    with_bot(tmp_path, work)


def test_an_operators_briefing_in_a_server_opens_its_own_story_alone(tmp_path: Path) -> None:
    """A story of the operator's that is briefed to a channel: its sources and sections open there, for nobody else's rights."""

    async def work(b: Life) -> None:
        local = b.desk.of(b.desk.tenant)
        story = await local.new_story("Of the operator")
        for article in FIRST:
            await local.add_articles(
                story, [replace(article, id=f"o-{article.id}")], article.id, private=True
            )
        here = Address("discord", str(b.sim.channel.id))
        await b.posted(await b.edition(here, b.desk.tenant))
        message = b.sim.messages(b.sim.channel)[-1]
        ada = manager(b.sim)
        clicked = await (await b.sim.click(ada, message, "Sources")).settled(10)
        assert "no longer kept" not in words(clicked)
        picked = await (await b.sim.choose(ada, message, "A section …", "actors")).settled(10)
        assert "Of the operator" in words(picked)

    with_bot(tmp_path, work)
