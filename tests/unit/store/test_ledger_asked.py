"""The ledger asked and kept: by hand, of stories and their corrections, the pump's marks, what is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from briefings.errors import NotFound
from briefings.model import Address, Article, Dispatch, Reading, Sent, State, Story, Tenant
from briefings.store import Draft, Inputs, Order, Overtaken, Store
from briefings.store.ledger import digest_of
from tests.unit.store.ledgering import (
    LATER,
    NOTICE,
    NOW,
    ONE,
    OTHERS,
    THERE,
    TWO,
    Broken,
    Starts,
    claim,
    edition,
    settled,
    shows,
    take,
)


def change(store: Store, story: Story, identity: str = "a1", tenant: Tenant = ONE) -> None:
    """One more version of the story."""
    store.add_article(tenant, story, Reading(Article(identity, "The board met."), "en"), NOW)


def test_a_story_that_changed_under_a_briefing_is_looked_at_again(store: Store, story: Story) -> None:
    """And no other one is; nor where the briefing was made from what was checked."""
    other = store.create_story(ONE, "other", "Other", NOW)
    for x in (story, other):
        change(store, x)
    change(store, story, "a2")
    store.ledger.checked(ONE, "crisis", 2, [], NOW, None)
    store.ledger.checked(ONE, "other", 1, [], NOW, None)
    for version, expected in ((3, []), (2, []), (1, [(ONE, "crisis", 2)])):
        (number,) = take(store, replace(NOTICE, story=story.id))
        store.ledger.settle(claim(store, number), State.POSTED, "", NOW, None, version=version)
        assert store.ledger.unchecked() == expected


def test_what_a_briefing_is_made_from_is_told_in_one(store: Store, story: Story) -> None:
    """The story, its version, the channel's mark and the edition; nothing where the story went."""
    e = edition(store, story)
    change(store, story)
    by_edition, by_hand = take(store, Order.for_edition(e, NOW, "f"), replace(NOTICE, story=story.id))
    d, other = store.ledger.dispatch(ONE, by_edition), store.ledger.dispatch(ONE, by_hand)
    assert store.ledger.inputs(d, "c") == Inputs(story, None, 1, False, False)
    store.set_mark(ONE, story, "c", [("a1", 1)], NOW)
    store.editions.pause(ONE, e.id, "x")
    assert store.ledger.inputs(d, "c") == Inputs(story, '[["a1", 1]]', 1, True, False)
    assert store.ledger.inputs(d, "d").members is None
    assert store.ledger.inputs(other, "c").paused is None
    store.remove_story(ONE, "crisis")
    assert store.ledger.inputs(d, "c").story is None


# ---- by hand -------------------------------------------------------------------------------------------------------


def test_what_was_given_up_or_waits_is_tried_again(store: Store, starts: Starts) -> None:
    """As another attempt, with its tries counted anew; a run of the attempt before can't write any more."""
    for state in (State.DEAD, State.UNCERTAIN):
        d = settled(store, replace(NOTICE, due=LATER), state)
        found = store.ledger.retry(ONE, d.id, starts)
        assert found == replace(d, state=State.QUEUED, attempt=2, settled=None) == store.ledger.dispatch(ONE, d.id)  # fmt: skip
        assert starts.told() == [(d.id, 2)]
        store.ledger.drop(ONE, d.id, NOW, None)
    (number,) = take(store)
    going = claim(store, number)
    store.ledger.wait(going, "why", LATER, 60, starts)
    assert starts.told() == [(number, 2)]
    found = store.ledger.retry(ONE, number, starts)
    assert (found.state, found.attempt, found.tries, found.retry, found.why) == (State.QUEUED, 3, 0, None, "")
    assert starts.told() == [(number, 3)]
    assert store.ledger.claim(number, 2) is None
    with pytest.raises(Overtaken):
        store.ledger.trying(going, 0, NOW)


@pytest.mark.parametrize("state", [State.UNCERTAIN, State.DEAD])
def test_only_what_was_uncertain_is_sent_as_if_for_the_first_time(store: Store, state: State) -> None:
    """Its parts that are not there know of no try; of what was given up they do, and what is posted is as it was."""
    (number,) = take(store)
    d = claim(store, number)
    store.ledger.keep(d, "body", [Draft("x"), Draft("y"), Draft("z")], NOW, trying=True)
    store.ledger.posted(d, 0, "m1", NOW)
    store.ledger.trying(d, 1, NOW)
    (other,) = take(store, replace(NOTICE, address=THERE))
    elsewhere = claim(store, other)
    store.ledger.keep(elsewhere, "body", [Draft("x")], NOW, trying=True)
    store.ledger.settle(d, state, "", NOW, None)
    store.ledger.retry(ONE, number, None)
    anew = state is State.UNCERTAIN
    assert [(p.message, p.tries, p.tried) for p in store.ledger.parts(number)] == [
        ("m1", 1, NOW), ("", 0, None) if anew else ("", 1, NOW), ("", 0, None)
    ]  # fmt: skip
    assert [(p.tries, p.tried) for p in store.ledger.parts(other)] == [(1, NOW)]


def test_what_goes_or_is_done_with_is_not_tried_again(store: Store, starts: Starts) -> None:
    """It is told as it is."""
    done = [settled(store, state=s) for s in (State.POSTED, State.SKIPPED)]
    done.append(store.ledger.drop(ONE, take(store)[0], NOW, None))
    going = claim(store, take(store)[0])
    queued = store.ledger.dispatch(ONE, take(store)[0])
    for d in (*done, going, queued):
        assert store.ledger.retry(ONE, d.id, starts) == d
    assert starts.made == []


def test_what_is_dropped_lets_the_next_go(store: Store, starts: Starts) -> None:
    """Whether it was its turn, waited or was given up already; its run is overtaken."""
    first, second, third, fourth = take(store, *[NOTICE] * 4)
    going = claim(store, first)
    dropped = store.ledger.drop(ONE, first, LATER, starts)
    assert (dropped.state, dropped.settled) == (State.DROPPED, LATER)
    assert starts.told() == [(second, 2)]
    with pytest.raises(Overtaken):
        store.ledger.keep(going, "c", [Draft("x")], NOW)
    store.ledger.wait(claim(store, second, 2), "x", LATER, 60, None)
    assert store.ledger.drop(ONE, second, LATER, starts).retry is None
    assert starts.told() == [(third, 2)]
    store.ledger.settle(claim(store, third, 2), State.DEAD, "", NOW, None)
    assert store.ledger.drop(ONE, third, LATER, None).state is State.DROPPED
    assert store.ledger.dispatch(ONE, fourth).state is State.QUEUED


def test_what_is_posted_can_not_be_dropped(store: Store) -> None:
    """It is told as it is."""
    for state in (State.POSTED, State.SKIPPED):
        d = settled(store, state=state)
        assert store.ledger.drop(ONE, d.id, LATER, None) == d


def test_only_its_tenant_touches_a_dispatch(store: Store, starts: Starts) -> None:
    """To others it is not there."""
    (number,) = take(store)
    before = store.ledger.dispatch(ONE, number)
    touches: list[Callable[[Tenant, int], Dispatch]] = [
        store.ledger.dispatch,
        lambda tenant, asked: store.ledger.retry(tenant, asked, starts),
        lambda tenant, asked: store.ledger.drop(tenant, asked, NOW, starts),
    ]
    for tenant, asked in (*((x, number) for x in OTHERS), (ONE, number + 1)):
        for touch in touches:
            with pytest.raises(NotFound, match=str(asked)):
                touch(tenant, asked)
        assert tenant == ONE or store.ledger.dispatches(tenant) == []
    assert store.ledger.dispatch(ONE, number) == before
    assert starts.made == []


# ---- for who delivers ----------------------------------------------------------------------------------------------


def test_what_another_process_ordered_is_found_and_started(store: Store, starts: Starts) -> None:
    """Once, by whoever comes first; those behind others are left to their turn."""
    first, second = store.ledger.take([NOTICE, NOTICE], NOW, None)
    assert [d.id for d in store.ledger.unstarted(1)] == [first]
    found = store.ledger.unstarted(9)
    assert [d.id for d in found] == [first, second]
    assert store.ledger.restart(found[0], starts)
    assert not store.ledger.restart(found[0], starts)
    assert not store.ledger.restart(found[1], starts)
    assert starts.told() == [(first, 2)]
    assert store.ledger.unstarted(9) == []
    assert store.ledger.claim(first, 1) is None
    store.ledger.settle(claim(store, first, 2), State.POSTED, "", NOW, None)
    assert [d.id for d in store.ledger.unstarted(9)] == [second]


def test_many_who_restart_start_once(store: Store, starts: Starts) -> None:
    """Though each saw it unstarted."""
    store.ledger.take([NOTICE], NOW, None)
    (d,) = store.ledger.unstarted(9)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: store.ledger.restart(d, starts), range(6)))
    assert sorted(told) == [False] * 5 + [True]
    assert starts.told() == [(d.id, 2)]


def test_one_whose_run_is_gone_is_restarted(store: Store, starts: Starts) -> None:
    """Unless it went on meanwhile; the run that seemed to be gone is overtaken."""
    (number,) = take(store)
    going = claim(store, number)
    again = claim(store, number)
    assert not store.ledger.restart(going, starts)
    assert store.ledger.restart(again, starts)
    assert starts.told() == [(number, 2)]
    with pytest.raises(Overtaken):
        store.ledger.keep(again, "c", [Draft("x")], NOW)
    d = claim(store, number, 2)
    store.ledger.settle(d, State.DEAD, "", NOW, None)
    assert not store.ledger.restart(d, starts)
    assert store.ledger.unstarted(9) == []


def test_what_should_have_gone_is_told_in_pages(store: Store) -> None:
    """Of all tenants, by number; not what is fresh, done, or to be tried again later."""
    old = [take(store, replace(NOTICE, tenant=x, address=Address("discord", x.platform + x.id)))[0] for x in (ONE, *OTHERS)]  # fmt: skip
    waits = claim(store, take(store, replace(NOTICE, address=THERE))[0])
    store.ledger.wait(waits, "x", LATER, 60, None)
    settled(store)
    take(store, now=LATER)

    def told(before: datetime, after: int = 0, most: int = 9) -> list[int]:
        return [d.id for d in store.ledger.unsettled(before, after, most)]

    assert told(NOW) == []
    assert told(LATER) == old
    assert told(LATER, most=2) == old[:2]
    assert told(LATER, after=old[1]) == old[2:]
    assert len(told(LATER + timedelta(1))) == 5


# ---- asking --------------------------------------------------------------------------------------------------------


def test_dispatches_are_told_in_pages(store: Store, story: Story) -> None:
    """The newest first; by state, by edition, before one; only the tenant's."""
    e = edition(store, story)
    fires = take(store, *(Order.for_edition(e, NOW, str(n)) for n in range(3)))
    done = [settled(store, replace(NOTICE, address=THERE), s).id for s in (State.POSTED, State.DEAD)]
    take(store, replace(NOTICE, tenant=TWO, address=THERE))

    def told(**asked: Any) -> list[int]:
        return [d.id for d in store.ledger.dispatches(ONE, **asked)]

    everything = [*fires, *done][::-1]
    assert told() == everything
    assert told(most=2) == everything[:2]
    assert told(before=everything[1]) == everything[2:]
    assert told(edition=e.id) == fires[::-1]
    assert told(states=[State.POSTED, State.DEAD]) == done[::-1]
    assert told(states=[State.QUEUED], edition=e.id, before=fires[2], most=1) == [fires[1]]


def test_the_ledger_is_counted_over_all_tenants(store: Store) -> None:
    """By way and state; and the oldest that is still to go."""
    assert store.ledger.counts() == {}
    assert store.ledger.oldest() is None
    settled(store, replace(NOTICE, due=NOW - timedelta(1)))
    assert store.ledger.oldest() is None
    take(
        store, replace(NOTICE, due=LATER), replace(NOTICE, tenant=TWO, address=Address("relay", "c")), NOTICE
    )
    assert store.ledger.counts() == {
        ("discord", "posted"): 1,
        ("discord", "queued"): 2,
        ("relay", "queued"): 1,
    }
    assert store.ledger.oldest() == NOW


def test_what_the_ledger_does_not_hold_is_not_found(store: Store) -> None:
    """Its error names the hash by its beginning."""
    with pytest.raises(NotFound, match=digest_of("x")[:12]):
        store.ledger.content(digest_of("x"))
    assert store.ledger.parts(7) == store.ledger.shown(7) == []


# ---- corrections ---------------------------------------------------------------------------------------------------


def posted(store: Store, order: Order, *parts: tuple[str, str, str], now: datetime = NOW) -> int:
    """A dispatch whose parts were posted: (message, body, the message that it changes)."""
    (number,) = take(store, order, now=now)
    d = claim(store, number)
    store.ledger.keep(d, order.content or "content", [Draft(body, edits) for _, body, edits in parts], now)
    for i, (message, _, _) in enumerate(parts):
        store.ledger.posted(d, i, message, now)
    store.ledger.settle(d, State.POSTED, "", now, None)
    return number


def test_a_briefing_is_shown_as_it_was_corrected(store: Store, story: Story) -> None:
    """By each correction in turn; what it added stands behind, and what is not posted yet is not shown."""
    briefing = replace(NOTICE, kind=Sent.BRIEFING, story=story.id)
    number = posted(store, briefing, ("m1", "a", ""), ("m2", "b", ""))
    fix = replace(briefing, kind=Sent.CORRECTION, of=number)
    assert shows(store.ledger.shown(number)) == [("m1", "a"), ("m2", "b")]
    posted(store, fix, ("m2", "B", "m2"))
    posted(store, fix, ("m2", "BB", "m2"), ("m3", "c", ""))
    posted(store, replace(fix, of=posted(store, briefing, ("m9", "x", ""))), ("m9", "y", "m9"))
    d = claim(store, take(store, fix)[0])
    store.ledger.keep(d, "c", [Draft("A", "m1")], NOW)
    shown = store.ledger.shown(number)
    assert shows(shown) == [("m1", "a"), ("m2", "BB"), ("m3", "c")]
    assert [p.digest for p in shown] == [digest_of(p.body) for p in shown]
    assert shows(store.ledger.parts(number)) == [("m1", "a"), ("m2", "b")]


def test_what_stands_is_told_with_what_it_says_by_now(store: Store, story: Story) -> None:
    """A correction counts as soon as it is in line, unless it was given up; notices and other stories don't."""
    order = replace(NOTICE, kind=Sent.BRIEFING, story=story.id)
    first = posted(store, replace(order, content="one"), ("m", "x", ""), now=LATER)
    second = posted(store, replace(order, kind=Sent.ANSWER, content="two"), ("m", "x", ""), now=LATER)
    other = store.create_story(ONE, "other", "Other", NOW)
    posted(store, replace(order, content="old"), ("m", "x", ""), now=NOW)
    posted(store, replace(order, kind=Sent.NOTICE, content="n"), ("m", "x", ""), now=LATER)
    posted(store, replace(order, story=other.id, content="o"), ("m", "x", ""), now=LATER)
    settled(store, replace(order, content="dead"), State.DEAD, LATER)

    def stands() -> dict[int, str]:
        return {d.id: store.ledger.content(d.content or "") for d in store.ledger.standing(story.id, LATER)}

    assert stands() == {first: "one", second: "two"}
    fix = replace(order, kind=Sent.CORRECTION, of=first)
    posted(store, replace(fix, content="corrected"), ("m", "y", "m"))
    assert stands() == {first: "corrected", second: "two"}
    (queued,) = take(store, replace(fix, content="again"))
    assert stands() == {first: "again", second: "two"}
    store.ledger.settle(claim(store, queued), State.DEAD, "", NOW, None)
    assert stands() == {first: "corrected", second: "two"}


def test_a_version_is_checked_once(store: Store, story: Story, starts: Starts) -> None:
    """The corrections that it asks for are in line with the check, or there is neither."""
    theirs = store.create_story(TWO, "crisis", "Theirs", NOW)
    assert store.ledger.unchecked() == []
    change(store, story)
    change(store, theirs, tenant=TWO)
    assert sorted(store.ledger.unchecked(), key=lambda x: x[0].id) == [(ONE, "crisis", 1), (TWO, "crisis", 1)]
    fix = replace(NOTICE, kind=Sent.CORRECTION, story=story.id, of=settled(store).id, content="c")
    with pytest.raises(Broken):
        store.ledger.checked(ONE, "crisis", 1, [fix], NOW, Starts(fails_after=0))
    assert len(store.ledger.unchecked()) == 2
    (made,) = store.ledger.checked(ONE, "crisis", 1, [fix], NOW, starts)
    assert starts.told() == [(made, 1)]
    assert store.ledger.checked(ONE, "crisis", 1, [fix], NOW, starts) == []
    assert store.ledger.checked(ONE, "crisis", 0, [fix], NOW, starts) == []
    assert store.ledger.checked(ONE, "nothing", 9, [fix], NOW, starts) == []
    assert starts.made == []
    assert store.ledger.unchecked() == [(TWO, "crisis", 1)]


# ---- the pump ------------------------------------------------------------------------------------------------------


def test_a_mark_moves_with_what_it_starts(store: Store) -> None:
    """From where it stood; the first time nothing is started, nor where it is not behind."""
    seen: list[datetime] = []

    def start(_: Connection, at: datetime) -> None:
        seen.append(at)

    assert store.ledger.mark_of("fires") is None
    assert store.ledger.advance("fires", NOW, start) is None
    assert store.ledger.mark_of("fires") == NOW
    for earlier in (NOW, NOW - timedelta(seconds=1)):
        assert store.ledger.advance("fires", earlier, start) is None
    assert seen == []
    assert store.ledger.advance("fires", LATER, start) == NOW
    assert seen == [NOW]
    assert store.ledger.mark_of("fires") == LATER
    assert store.ledger.mark_of("other") is None


def test_a_mark_stays_where_its_start_fails(store: Store) -> None:
    """What was written for it is undone too."""

    def start(c: Connection, _: datetime) -> None:
        c.execute(text("UPDATE stories SET name = 'x'"))
        raise Broken

    store.create_story(ONE, "crisis", "Crisis", NOW)
    store.ledger.advance("fires", NOW, start)
    with pytest.raises(Broken):
        store.ledger.advance("fires", LATER, start)
    assert store.ledger.mark_of("fires") == NOW
    assert store.story(ONE, "crisis").name == "Crisis"


def test_pumps_at_once_start_a_time_once(store: Store) -> None:
    """Each stretch of time is one's."""
    seen: list[datetime] = []

    def start(_: Connection, at: datetime) -> None:
        seen.append(at)

    store.ledger.advance("fires", NOW, start)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: store.ledger.advance("fires", LATER, start), range(6)))
    assert [x for x in told if x is not None] == seen == [NOW]


# ---- forgetting ----------------------------------------------------------------------------------------------------


def test_what_is_done_with_is_forgotten(store: Store, story: Story) -> None:
    """With its parts and what only they said; not what is newer, unsettled, or still shown."""
    order = replace(NOTICE, kind=Sent.BRIEFING, story=story.id)
    gone = posted(store, replace(order, content="old"), ("m", "old part", ""), ("n", "shared", ""))
    kept = posted(store, replace(order, content="new"), ("m", "shared", ""), now=LATER)
    (open_,) = take(store, replace(order, content="waiting"))
    assert store.ledger.prune(NOW) == 0
    assert store.ledger.prune(LATER) == 1
    assert [d.id for d in store.ledger.dispatches(ONE)] == [open_, kept]
    assert store.ledger.parts(gone) == []
    assert shows(store.ledger.parts(kept)) == [("m", "shared")]
    for body in ("old", "old part"):
        with pytest.raises(NotFound):
            store.ledger.content(digest_of(body))
    for body in ("new", "shared", "waiting"):
        assert store.ledger.content(digest_of(body)) == body
    assert store.ledger.prune(LATER) == 0
    assert store.counts()["contents"] == 3
    assert take(store)[0] > open_
