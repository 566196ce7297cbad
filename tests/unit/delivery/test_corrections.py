"""Corrections of what was posted: which briefings get one, once, and what stands in the channel afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.dispatch.content import load
from bots.dispatch.publisher import EditRefused, NotThere, Rejected, TryLater
from briefings.model import Address, Sent, State, Tenant
from briefings.rendering.document import (
    Block,
    CitationMark,
    Document,
    Footnote,
    Inline,
    ListBlock,
    Paragraph,
    Quotation,
    Struck,
)
from tests.unit.delivery.posting import ARTICLES, HERE, NOW, ONE, REVISED, THERE, TWO, House, Kept, work_with

OLD, NEW = "All six directors voted for the dismissal.", "Four directors voted for the dismissal."
FIVE = replace(REVISED, text=REVISED.text.replace("Four directors", "Five directors"))
SEVEN = replace(REVISED, text=REVISED.text.replace("Four directors", "Seven directors"))
WITHDRAWN = replace(REVISED, text=REVISED.text.replace(f" {NEW}", ""))
BACK = ARTICLES[0]


def document(h: House, number: int, tenant: Tenant = ONE) -> Document:
    """What a dispatch holds by now: the latest of its corrections, else its own."""
    own = [d for d in h.corrections(tenant) if d.of == number]
    content = (own[-1] if own else h.dispatch(number, tenant)).content
    assert content is not None
    return load(h.desk.store.ledger.content(content)).document


def paragraphs(blocks: tuple[Block, ...]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Paragraph(children=children):
                yield children
            case ListBlock(items=items):
                for item in items:
                    yield from paragraphs(item)
            case Quotation(children=inner):
                yield from paragraphs(inner)


def struck(d: Document) -> list[tuple[Inline, ...]]:
    """The paragraphs in which something is struck."""
    return [p for p in paragraphs(d.blocks) if any(isinstance(x, Struck) for x in p)]


# ---- which, and how often --------------------------------------------------------------------------------------------


def test_each_briefing_that_carries_what_was_taken_back_is_corrected_once(tmp_path: Path) -> None:
    """In its channel, where it stands; looked for again, and again after another change, there is nothing more to do."""

    async def work(h: House) -> None:
        numbers = [await h.sent(), await h.sent(THERE), await h.sent(template="dossier")]
        await h.add(REVISED)
        assert await h.pump.correct() == 3
        assert await h.pump.correct() == 0
        assert await h.drain() == ["posted"] * 3
        assert await h.pump.correct() == 0
        await h.add(ARTICLES[5])
        assert await h.pump.correct() == 0
        made = h.corrections()
        assert [d.of for d in made] == numbers
        assert {d.state for d in made} == {State.POSTED}
        assert [len(h.platform.shown(c)) for c in ("here", "there")] == [2, 1]
        for message in h.platform.shown() + h.platform.shown("there"):
            assert NEW in message
            assert "Corrected Nov 20, 2023, 08:00, as The Sample Courier revised its article" in message

    work_with(tmp_path, work)


def test_a_briefing_that_does_not_carry_it_is_left_alone(tmp_path: Path) -> None:
    """Nor is one of another story, or one that was made of the revision already."""

    async def work(h: House) -> None:
        await h.sent(template="quotes")
        assert OLD not in h.platform.shown()[0]
        desk = h.desk
        other = await desk.new_story("Other")
        await desk.add_articles(other, [ARTICLES[1]], "x", private=True)
        await h.add(REVISED)
        late = await h.sent(THERE)
        assert await h.pump.correct() == 0
        assert h.going == []
        assert h.state(late) is State.POSTED

    work_with(tmp_path, work)


def test_several_who_look_at_once_find_it_once(tmp_path: Path) -> None:
    """Two processes, or one that is slow: a story's version is checked off with its corrections."""

    async def work(h: House) -> None:
        await h.sent()
        await h.sent(THERE)
        await h.add(REVISED)
        assert sum(await asyncio.gather(*(h.pump.correct() for _ in range(4)))) == 2
        assert len(h.corrections()) == 2

    work_with(tmp_path, work)


def test_what_lies_too_far_back_is_left_alone(tmp_path: Path) -> None:
    """So many days as the settings say."""

    async def work(h: House) -> None:
        await h.sent()
        h.now += timedelta(days=2)
        kept = await h.sent(THERE)
        h.now += timedelta(days=2)
        await h.add(REVISED)
        assert await h.pump.correct() == 1
        assert h.corrections()[0].of == kept

    work_with(tmp_path, work, correct_days=3)


def test_a_briefing_made_before_and_posted_after_the_revision_is_corrected_too(tmp_path: Path) -> None:
    """It was not there yet when corrections were looked for: they are looked for again."""

    async def work(h: House) -> None:
        h.platform.pieces = 2
        h.platform.posts.extend([None, TryLater("busy")])
        number = h.take(await h.edition())
        assert await h.step() == "waiting"
        await h.add(REVISED)
        assert await h.pump.correct() == 0
        assert await h.drain() == ["posted"]
        assert OLD in "".join(h.platform.shown())
        assert await h.pump.correct() == 1
        assert await h.drain() == ["posted"]
        assert NEW in "".join(h.platform.shown())
        assert [d.of for d in h.corrections()] == [number]
        assert await h.pump.correct() == 0

    work_with(tmp_path, work)


def test_a_briefing_that_was_not_posted_is_not_corrected(tmp_path: Path) -> None:
    """One that was given up, or that nobody knows of."""

    async def work(h: House) -> None:
        h.platform.posts.append(Rejected("no"))
        h.take(await h.edition())
        await h.drain()
        await h.add(REVISED)
        assert await h.pump.correct() == 0

    work_with(tmp_path, work)


def test_channels_with_the_same_content_are_corrected_each(tmp_path: Path) -> None:
    """The correction is worked out once."""

    async def work(h: House) -> None:
        numbers = [await h.sent(Address("discord", f"c{i}")) for i in range(5)]
        assert len({h.dispatch(n).content for n in numbers}) == 1
        await h.add(REVISED)
        assert await h.pump.correct() == 5
        assert len({d.content for d in h.corrections()}) == 1
        assert await h.drain() == ["posted"] * 5
        for i in range(5):
            (shown,) = h.platform.shown(f"c{i}")
            assert NEW in shown

    work_with(tmp_path, work)


# ---- what stands there afterwards ------------------------------------------------------------------------------------


async def cited(h: House, number: int) -> tuple[str, int]:
    """The sentence that a citation's number stands for, and its article's revision."""
    evidence = await h.desk.evidence(await h.story(), number)
    return evidence.citation.span.of(evidence.article.text), evidence.citation.revision


def test_what_is_struck_cites_the_old_sentence_and_what_is_right_the_new(tmp_path: Path) -> None:
    """By numbers that each stand for the sentence of their revision, also after the correction; the new one has a note."""

    async def work(h: House) -> None:
        number = await h.sent()
        before = document(h, number)
        await h.add(REVISED)
        await h.pump.correct()
        await h.drain()
        after = document(h, number)
        found = struck(after)
        assert len(found) == 2  # in the figures, and among the conflicts
        for paragraph in found:
            i = next(i for i, x in enumerate(paragraph) if isinstance(x, Struck))
            old, new = [x for x in paragraph[i:] if isinstance(x, CitationMark)][:2]
            assert await cited(h, old.number) == (OLD, 1)
            assert await cited(h, new.number) == (NEW, 2)
            assert old.fact != new.fact
            notes = [b.number for b in after.blocks if isinstance(b, Footnote)]
            assert notes.count(new.number) == 1
            assert notes.count(old.number) == 1
        assert [b.number for b in before.blocks if isinstance(b, Footnote)] == notes[:-1]

    work_with(tmp_path, work)


def test_a_second_revision_corrects_the_corrected_line(tmp_path: Path) -> None:
    """What was struck stays so; what was right until now is struck, and what is right by now follows, a third time too."""

    async def work(h: House) -> None:
        number = await h.sent()
        for article, words in (
            (FIVE, "Five directors"),
            (SEVEN, "Seven directors"),
            (BACK, "All six directors"),
        ):
            h.now += timedelta(hours=1)
            await h.add(article)
            assert await h.pump.correct() == 1
            assert await h.drain() == ["posted"]
            assert words in h.platform.shown()[0]
        assert [d.of for d in h.corrections()] == [number] * 3
        for paragraph in struck(document(h, number)):
            marks = [x.number for x in paragraph if isinstance(x, CitationMark)]
            assert len([x for x in paragraph if isinstance(x, Struck)]) == 3
            revisions = [(await cited(h, n))[1] for n in marks]
            assert revisions.count(4) == 1 == revisions.count(3) == revisions.count(2)
        (message,) = h.platform.shown()
        assert message.count("Corrected Nov 20, 2023") == 6
        for hour in ("09:00", "10:00", "11:00"):
            assert message.count(f"Corrected Nov 20, 2023, {hour}") == 2

    work_with(tmp_path, work)


def test_revisions_before_the_correction_went_out_end_in_the_last(tmp_path: Path) -> None:
    """The first correction still waits when the second comes: both go out in order, and the last word is the latest."""

    async def work(h: House) -> None:
        await h.sent()
        await h.add(FIVE)
        await h.pump.correct()
        await h.add(SEVEN)
        await h.pump.correct()
        assert await h.drain() == ["posted", "posted"]
        (message,) = h.platform.shown()
        assert "Seven directors" in message
        assert "Five directors" in message

    work_with(tmp_path, work)


def test_what_nobody_says_any_more_is_withdrawn(tmp_path: Path) -> None:
    """Struck, with who no longer says so; nothing is put in its place."""

    async def work(h: House) -> None:
        number = await h.sent()
        await h.add(WITHDRAWN)
        assert await h.pump.correct() == 1
        await h.drain()
        (message,) = h.platform.shown()
        assert "Withdrawn Nov 20, 2023, 08:00: The Sample Courier no longer says so" in message
        assert len(struck(document(h, number))) == 2

    work_with(tmp_path, work)


def test_a_revision_that_says_the_same_changes_nothing(tmp_path: Path) -> None:
    """A word here and there: the facts stand, and the message stays as it was."""

    async def work(h: House) -> None:
        await h.sent()
        shown = h.platform.shown()
        await h.add(replace(BACK, text=f"{BACK.text}\n\nMore details follow."))
        assert await h.pump.correct() == 0
        assert h.platform.shown() == shown

    work_with(tmp_path, work)


def test_a_french_briefing_is_corrected_in_french(tmp_path: Path) -> None:
    """With the moment in its edition's time zone; the article's words stay in their language."""

    async def work(h: House) -> None:
        await h.sent(language="fr", timezone="Europe/Paris")
        await h.add(REVISED)
        assert await h.pump.correct() == 1
        await h.drain()
        (message,) = h.platform.shown()
        assert NEW in message
        assert "The Sample Courier" in message
        assert "09:00" in message  # 8:00 UTC
        assert "Corrigé" in message
        assert "Corrected" not in message

    work_with(tmp_path, work)


def test_a_correction_moves_no_mark(tmp_path: Path) -> None:
    """ "Since the last briefing" still counts from the briefing: the next one tells the correction as a change."""

    async def work(h: House) -> None:
        await h.sent(template="flash")
        await h.add(REVISED)
        at = await h.desk.last_briefed(await h.story(), "here")
        h.now += timedelta(hours=1)
        await h.pump.correct()
        await h.drain()
        assert await h.desk.last_briefed(await h.story(), "here") == at
        await h.sent(template="flash")
        assert "Four directors" in h.platform.shown()[-1]

    work_with(tmp_path, work)


# ---- how it gets there -----------------------------------------------------------------------------------------------


def test_of_several_messages_only_those_that_change_are_changed(tmp_path: Path) -> None:
    """The others are left alone; no message comes twice."""

    async def work(h: House) -> None:
        h.platform.pieces = 6
        number = await h.sent()
        before = h.platform.shown()
        h.platform.did()
        await h.add(WITHDRAWN)
        await h.pump.correct()
        await h.drain()
        after = h.platform.shown()
        assert [p.edits != "" for p in h.parts(h.corrections()[0].id)] == [True] * 2
        assert len(after) == len(before)
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 2
        assert h.platform.did() == ["edit", "edit"]
        assert h.platform.keys() == [f"{number}-{i}" for i in range(6)]

    work_with(tmp_path, work)


def test_a_change_that_fails_is_made_again(tmp_path: Path) -> None:
    """Whatever was lost: the message says it once, and nothing new is posted."""

    async def work(h: House) -> None:
        await h.sent()
        h.platform.edits.extend([TryLater("busy"), Kept(TryLater("lost", sent=True)), RuntimeError("oh")])
        await h.add(REVISED)
        await h.pump.correct()
        assert await h.drain() == ["waiting", "waiting", "waiting", "posted"]
        assert h.platform.did() == ["post", "edit", "edit", "edit", "edit"]
        (message,) = h.platform.shown()
        assert message.count(NEW) == 3  # twice in place, once as a note

    work_with(tmp_path, work)


def test_a_message_that_cant_be_changed_is_corrected_by_one_of_its_own(tmp_path: Path) -> None:
    """With the correction alone: what was said, what is right, and why; the briefing stays as it is."""

    async def work(h: House) -> None:
        await h.sent()
        before = h.platform.shown()
        h.platform.edits.append(EditRefused("too old"))
        await h.add(REVISED)
        await h.pump.correct()
        assert await h.drain() == ["posted"]
        first, note = h.platform.shown()
        assert [first] == before
        assert "Correction — OpenAI, November 2023" in note
        assert "six" in note
        assert NEW in note
        assert len(note) < len(first) / 5
        (correction,) = h.corrections()
        assert "message of its own" in correction.why
        assert await h.pump.correct() == 0

    work_with(tmp_path, work)


def test_a_correction_of_its_own_is_posted_once(tmp_path: Path) -> None:
    """Also where its answer is lost: it is looked for as any message is."""

    async def work(h: House) -> None:
        await h.sent()
        h.platform.edits.extend([EditRefused("too old")] * 3)
        h.platform.posts.extend([TryLater("busy"), Kept(TryLater("lost", sent=True))])
        await h.add(REVISED)
        await h.pump.correct()
        assert await h.drain() == ["waiting", "waiting", "posted"]
        assert len(h.platform.shown()) == 2

    work_with(tmp_path, work)


def test_of_several_messages_some_can_be_changed_and_the_rest_is_told(tmp_path: Path) -> None:
    """The first change was made, the second is refused: what is there is kept, and the correction told in full."""

    async def work(h: House) -> None:
        h.platform.pieces = 6
        await h.sent()
        h.platform.edits.extend([None, EditRefused("too old")])
        await h.add(WITHDRAWN)
        await h.pump.correct()
        assert await h.drain() == ["posted"]
        shown = h.platform.shown()
        assert sum("Withdrawn" in x for x in shown[:6]) == 1
        assert "Withdrawn" in "".join(shown[6:])

    work_with(tmp_path, work)


def test_a_second_correction_after_one_of_its_own_is_told_too(tmp_path: Path) -> None:
    """The briefing can't be changed for good: each correction is a message, with what was right until then struck."""

    async def work(h: House) -> None:
        await h.sent()
        h.platform.edits.extend([EditRefused("too old")] * 2)
        await h.add(FIVE)
        await h.pump.correct()
        await h.drain()
        await h.add(SEVEN)
        assert await h.pump.correct() == 1
        assert await h.drain() == ["posted"]
        _, one, two = h.platform.shown()
        assert "Five directors" in one
        assert "Seven directors" not in one
        assert "Seven directors" in two
        assert "Five directors" in two

    work_with(tmp_path, work)


def test_a_correction_that_was_given_up_leaves_the_next_its_place(tmp_path: Path) -> None:
    """The next one starts from what the channel shows."""

    async def work(h: House) -> None:
        await h.sent()
        h.platform.edits.append(Rejected("no"))
        await h.add(REVISED)
        await h.pump.correct()
        assert await h.drain() == ["dead"]
        await h.add(FIVE)
        assert await h.pump.correct() == 1
        assert await h.drain() == ["posted"]
        (message,) = h.platform.shown()
        assert "Five directors" in message
        assert "Four directors voted" not in message

    work_with(tmp_path, work)


@pytest.mark.parametrize("deleted", [0, 1])
def test_a_deleted_message_does_not_cost_the_others_their_correction(tmp_path: Path, deleted: int) -> None:
    """Of two that change, either: the other is changed, nothing is posted anew, and the ledger says why one is missing."""

    async def work(h: House) -> None:
        h.platform.pieces = 6
        await h.sent()
        before = h.platform.shown()
        h.platform.did()
        h.platform.edits.extend([None] * deleted + [NotThere("It was deleted.")])
        await h.add(WITHDRAWN)
        await h.pump.correct()
        assert await h.drain() == ["posted"]
        (correction,) = h.corrections()
        assert (correction.state, correction.why) == (State.POSTED, "some of its messages were deleted")
        assert h.platform.did() == ["edit", "edit"]
        changed = [p.edits for p in h.parts(correction.id)]
        now = {m.id: m.body for m in h.platform.channels["here"]}
        was = dict(zip(now, before, strict=True))
        assert [i for i in now if now[i] != was[i]] == [changed[1 - deleted]]
        assert await h.pump.correct() == 0
        assert h.going == []

    work_with(tmp_path, work)


@pytest.mark.parametrize(("pieces", "changed"), [(1, 1), (6, 2)])
def test_where_all_messages_were_deleted_there_is_nothing_to_correct(
    tmp_path: Path, pieces: int, changed: int
) -> None:
    """Skipped, with the platform's reason, be it one message or several; what comes next goes on."""

    async def work(h: House) -> None:
        h.platform.pieces = pieces
        await h.sent()
        h.platform.did()
        h.platform.edits.extend([NotThere("It was deleted.")] * changed)
        await h.add(WITHDRAWN)
        await h.pump.correct()
        next_ = h.take(await h.edition())
        assert await h.drain() == ["skipped", "posted"]
        assert [(d.state, d.why) for d in h.corrections()] == [(State.SKIPPED, "It was deleted.")]
        assert h.state(next_) is State.POSTED
        assert h.platform.did() == ["edit"] * changed + ["post"] * pieces

    work_with(tmp_path, work)


def test_no_rest_of_a_deleted_message_is_posted(tmp_path: Path) -> None:
    """The corrected briefing needs one message more than was there: without the first, the second is not sent alone."""

    async def work(h: House) -> None:
        await h.sent()
        h.platform.did()
        h.platform.pieces = 2
        h.platform.edits.append(NotThere("It was deleted."))
        await h.add(REVISED)
        await h.pump.correct()
        assert await h.drain() == ["skipped"]
        assert h.platform.did() == ["edit"]

    work_with(tmp_path, work)


@pytest.mark.parametrize(
    ("second", "state", "why"),
    [
        (None, State.POSTED, "some of its messages were deleted"),
        (NotThere("It was deleted."), State.SKIPPED, "It was deleted."),
    ],
)
def test_a_deleted_message_counts_as_deleted_in_the_next_try_too(
    tmp_path: Path, second: Exception | None, state: State, why: str
) -> None:
    """One was found deleted, then the platform was busy: what becomes of it is as if it had gone in one."""

    async def work(h: House) -> None:
        h.platform.pieces = 6
        await h.sent()
        h.platform.edits.extend([NotThere("It was deleted."), TryLater("busy"), second])
        await h.add(WITHDRAWN)
        await h.pump.correct()
        assert (await h.drain())[0] == "waiting"
        (correction,) = h.corrections()
        assert (correction.state, correction.why) == (state, why)

    work_with(tmp_path, work)


def test_a_correction_stands_in_line(tmp_path: Path) -> None:
    """Behind what its channel has to get before, ahead of what comes later."""

    async def work(h: House) -> None:
        await h.sent()
        edition = await h.edition()
        before = h.take(edition)
        await h.add(REVISED)
        await h.pump.correct()
        after = h.take(edition, "f2")
        (correction,) = h.corrections()
        assert before < correction.id < after
        h.platform.did()
        await h.drain()
        assert h.platform.did() == ["post", "edit", "post"]

    work_with(tmp_path, work)


@pytest.mark.parametrize("what", ["paused", "removed"])
def test_what_an_edition_posted_is_corrected_whatever_becomes_of_it(tmp_path: Path, what: str) -> None:
    """It stands in the channel."""

    async def work(h: House) -> None:
        await h.sent()
        (edition,) = await h.desk.orders.editions()
        rest: Any = (
            h.desk.orders.remove(edition.id) if what == "removed" else h.desk.orders.pause(edition.id, "rest")
        )
        await rest
        await h.add(REVISED)
        assert await h.pump.correct() == 1
        assert await h.drain() == ["posted"]
        assert NEW in h.platform.shown()[0]

    work_with(tmp_path, work)


# ---- tenants ---------------------------------------------------------------------------------------------------------


def test_a_revision_in_one_tenants_story_corrects_nothing_of_anothers(tmp_path: Path) -> None:
    """Two tenants with the same story of their own articles: who was given the revision is corrected, the other is not."""

    async def work(h: House) -> None:
        one, two = await h.sent(HERE, ONE), await h.sent(THERE, TWO)
        before = h.platform.shown("there")
        await h.add(REVISED)
        assert await h.pump.correct() == 1
        await h.drain()
        assert [(d.tenant, d.of) for d in h.corrections(ONE)] == [(ONE, one)]
        assert h.corrections(TWO) == []
        assert h.platform.shown("there") == before
        await h.add(FIVE, tenant=TWO)
        assert await h.pump.correct() == 1
        await h.drain()
        assert [(d.tenant, d.of) for d in h.corrections(TWO)] == [(TWO, two)]
        assert "Five directors" in h.platform.shown("there")[0]
        assert "Five directors" not in h.platform.shown("here")[0]

    work_with(tmp_path, work, (ONE, TWO))


def test_a_correction_is_of_the_kind_and_in_the_name_of_what_it_corrects(tmp_path: Path) -> None:
    """Its row says whose it is, of which dispatch, edition and story, and where."""

    async def work(h: House) -> None:
        number = await h.sent()
        await h.add(REVISED)
        h.now += timedelta(minutes=5)
        await h.pump.correct()
        (c,), d = h.corrections(), h.dispatch(number)
        assert (c.kind, c.of, c.fire, c.state) == (Sent.CORRECTION, number, None, State.QUEUED)
        assert (c.tenant, c.address, c.story, c.edition) == (d.tenant, d.address, d.story, d.edition)
        assert (c.template, c.language, c.timezone) == (d.template, d.language, d.timezone)
        assert c.due == NOW + timedelta(minutes=5)

    work_with(tmp_path, work)
