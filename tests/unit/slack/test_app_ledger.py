"""Public answers in the ledger: what changed since counts from them, and they are corrected where they stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from briefings.model import Manner, Sent, State
from tests.platforms.slack import Message, text_of
from tests.unit.slack.going import (
    FIRST,
    NEXT,
    ONE,
    REVISED,
    SECTION,
    Life,
    alone,
    at,
    labels,
    manager,
    other_channel,
    public,
    shown,
    with_bot,
    words,
)

OLD, NEW = "board members — directors voted: six", "Four directors voted for the dismissal"
LONG = "brief template:dossier"


async def pages_of(b: Life, message: Message) -> str:
    """The text of all pages of a message, turned from the first to the last."""
    found = [text_of(message)]
    reader = b.sim.user("Reader")
    while NEXT in labels(message):
        await b.click(reader, message, NEXT)
        found.append(text_of(message))
        assert len(found) < 50
    return "\n".join(found)


async def revise(b: Life) -> int:
    """An article takes a sentence back; how many corrections were put in line."""
    await b.desk.of(ONE).add_articles(await b.story(), [REVISED], REVISED.id, private=True)
    return await b.pump.correct()


def test_a_public_briefing_is_in_the_ledger(tmp_path: Path) -> None:
    """With the message that it is; a section or a private one is not."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        await b.ask(bob, "brief private")
        message = public(await b.ask(bob, "brief"))
        (dispatch,) = await b.ledgered()
        assert dispatch.kind is Sent.ANSWER
        assert dispatch.state is State.POSTED
        assert dispatch.address == at(b.sim.channel)
        (part,) = await b.desk.of(ONE).orders.parts(dispatch)
        assert part.message == message.ts

    with_bot(tmp_path, work, count=len(FIRST))


def test_changes_count_from_the_last_public_briefing(tmp_path: Path) -> None:
    """Of this channel: not from another channel's, nor from one that nobody else saw."""

    async def work(b: Life) -> None:
        bob, news = b.sim.user("Bob"), other_channel(b.sim)
        await b.ask(bob, "brief")
        await b.ledgered()
        await b.add(5, 6)
        await b.ask(bob, "brief private")
        await b.ask(bob, "brief", news)
        await b.ledgered(2)
        here = words(await b.ask(bob, "changes private"))
        there = words(await b.ask(bob, "changes private", news))
        assert len(here) > len(there)
        await b.ask(bob, "brief")
        await b.ledgered(3)
        again = words(await b.ask(bob, "changes private"))
        assert again.split("\n")[2:] == there.split("\n")[2:]

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_edition_moves_the_same_mark(tmp_path: Path) -> None:
    """What an edition has told its channel, /changes does not tell as new."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        edition = await b.edition(b.sim.channel)
        await b.posted(edition)
        await b.add(5, 6)
        before = words(await b.ask(bob, "changes private"))
        await b.posted(edition, "f2")
        assert len(before) > len(words(await b.ask(bob, "changes private")))

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_answer_is_corrected_where_it_stands(tmp_path: Path) -> None:
    """When an article takes a sentence back: the same message says so, and nobody is called by it."""

    async def work(b: Life) -> None:
        message = public(await b.ask(b.sim.user("Bob"), LONG))
        await b.ledgered()
        before = await pages_of(b, message)
        assert OLD in before
        assert NEW not in before
        assert await revise(b) == 1
        assert await b.drain() == ["posted"]
        assert b.sim.messages() == [message]
        everything = await pages_of(b, message)
        assert NEW in everything
        assert "Corrected" in everything
        assert not message.pings

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_corrected_answer_keeps_its_pages_in_one_message(tmp_path: Path) -> None:
    """They are turned as before, and its sources and sections still open."""

    async def work(b: Life) -> None:
        await b.add(*range(5, 13))
        message = public(await b.ask(b.sim.user("Bob"), LONG))
        assert NEXT in labels(message)
        await b.ledgered()
        await revise(b)
        assert await b.drain() == ["posted"]
        assert NEXT in labels(message)
        eve = b.sim.user("Eve")
        await b.click(eve, message, NEXT)
        assert re.search(r"2/\d+$", text_of(message))
        assert "no longer kept" not in alone(await b.click(eve, message, "Sources"))
        assert "Quotes" in alone(await b.choose(eve, message, SECTION, "quotes"))
        assert b.sim.messages() == [message]

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_correction_of_an_answer_that_was_deleted_is_not_posted(tmp_path: Path) -> None:
    """Whoever deleted the briefing does not get it back."""

    async def work(b: Life) -> None:
        message = public(await b.ask(b.sim.user("Bob"), LONG))
        await b.ledgered()
        message.deleted = True
        await revise(b)
        assert await b.drain() == ["skipped"]
        assert b.sim.messages() == []

    with_bot(tmp_path, work, count=len(FIRST))


def test_a_corrected_threaded_edition_stays_in_its_thread(tmp_path: Path) -> None:
    """Its messages are changed where they stand; what comes to it stands beneath the same headline."""

    async def work(b: Life) -> None:
        await b.posted(await b.edition(b.sim.channel, template="dossier", manner=Manner(thread=True)))
        before = b.sim.messages()
        assert len(before) > 1
        assert await revise(b) == 1
        assert await b.drain() == ["posted"]
        after = b.sim.messages()
        assert after[: len(before)] == before
        assert NEW in "\n".join(text_of(m) for m in after)
        assert {m.thread_ts for m in after[1:]} == {before[0].ts}

    with_bot(tmp_path, work, count=len(FIRST))


def test_an_editions_messages_have_the_same_buttons(tmp_path: Path) -> None:
    """Sources of each part by themselves, sections below the last, for whoever presses."""

    async def work(b: Life) -> None:
        await b.posted(await b.edition(b.sim.channel, template="dossier"))
        messages = b.sim.messages()
        assert len(messages) > 1
        eve = b.sim.user("Eve")
        for message in messages:
            if "Sources" in labels(message):
                clicked = await b.click(eve, message, "Sources")
                numbers = {int(n) for n in re.findall(r"\[(\d+)\]", text_of(message))}
                told = {int(n) for n in re.findall(r"^\[(\d+)\]", alone(clicked), re.MULTILINE)}
                assert told == numbers or (NEXT in labels(shown(clicked)) and told < numbers)
        assert "Sam Altman" in alone(await b.choose(eve, messages[-1], SECTION, "actors"))

    with_bot(tmp_path, work)


def test_an_operators_briefing_in_a_channel_opens_its_own_story_alone(tmp_path: Path) -> None:
    """A story of the operator's that is briefed to a channel: its sources and sections open there."""

    async def work(b: Life) -> None:
        local = b.desk.of(b.desk.tenant)
        story = await local.new_story("Of the operator")
        for article in FIRST:
            await local.add_articles(
                story, [replace(article, id=f"o-{article.id}")], article.id, private=True
            )
        await b.posted(await b.edition(b.sim.channel, b.desk.tenant))
        message = b.sim.messages()[-1]
        ada = manager(b.sim)
        assert "no longer kept" not in alone(await b.click(ada, message, "Sources"))
        assert "Of the operator" in alone(await b.choose(ada, message, SECTION, "actors"))

    with_bot(tmp_path, work)


def test_a_briefing_whose_answer_was_lost_is_posted_once(tmp_path: Path) -> None:
    """The delivery that follows finds it in the channel, and goes on with its other messages."""

    async def work(b: Life) -> None:
        edition = await b.edition(b.sim.channel, template="dossier", manner=Manner(thread=True))
        b.sim.trouble(r"chat\.postMessage", "drop after", 2)
        b.sim.trouble(r"chat\.postMessage", "503", 1)
        results = await b.posted(edition)
        assert results[-1] == "posted"
        keys = [m.metadata["event_payload"]["key"] for m in b.sim.messages() if m.metadata]
        assert len(keys) == len(set(keys)) > 1

    with_bot(tmp_path, work)
