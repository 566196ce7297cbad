"""The ledger: who may deliver what, in which turn, and what is kept of it; on both databases."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from briefings.errors import NotFound
from briefings.model import Address, Dispatch, Edition, Sent, State, Story
from briefings.store import Draft, Order, Overtaken, Store
from briefings.store.base import WRITING
from briefings.store.ledger import digest_of
from tests.unit.store.ledgering import (
    HERE,
    LATER,
    NOTICE,
    NOW,
    ONE,
    THERE,
    Broken,
    Starts,
    claim,
    edition,
    settled,
    shows,
    take,
)

# ---- coming in -----------------------------------------------------------------------------------------------------


def test_what_is_taken_comes_back(store: Store, story: Story, starts: Starts) -> None:
    """With all that was ordered, in its place in the line; its first attempt is started."""
    order = Order.for_edition(edition(store, story), LATER, "2023-11-20T07:00")
    numbers = store.ledger.take([order, NOTICE], NOW, starts)
    assert numbers == sorted(set(numbers))
    assert starts.made == [(n, 1, "discord", 0.0) for n in numbers]
    assert store.ledger.dispatch(ONE, numbers[0]) == Dispatch(
        numbers[0], ONE, Sent.BRIEFING, HERE, State.QUEUED, LATER, NOW, story.id, order.edition, None, "flash", "fr",
        "Europe/Paris", "2023-11-20T07:00",
    )  # fmt: skip


def test_a_fire_is_taken_once(store: Store, story: Story, starts: Starts) -> None:
    """Of its edition, also within one call; another edition's is another, and what has no fire is always new."""
    fire = Order.for_edition(edition(store, story), NOW, "f")
    other = Order.for_edition(edition(store, story), NOW, "f")
    (first,) = store.ledger.take([fire, fire], NOW, starts)
    assert store.ledger.take([replace(fire, due=LATER)], LATER, starts) == []
    assert len(store.ledger.take([fire, other, replace(fire, fire="g")], NOW, starts)) == 2
    assert len(store.ledger.take([replace(fire, fire=None)] * 2 + [NOTICE] * 2, NOW, starts)) == 4
    assert store.ledger.dispatch(ONE, first).due == NOW
    assert len(starts.made) == len(store.ledger.dispatches(ONE)) == 7


def test_fires_taken_at_once_are_taken_once(store: Store, story: Story) -> None:
    """By whichever of several processes came first."""
    orders = [Order.for_edition(edition(store, story), NOW, str(n)) for n in range(5)]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: take(store, *orders), range(6)))
    assert sorted(n for numbers in told for n in numbers) == sorted(
        d.id for d in store.ledger.dispatches(ONE)
    )
    assert len(store.ledger.dispatches(ONE)) == 5


def test_nothing_is_taken_where_a_start_fails(store: Store, story: Story) -> None:
    """All of it or nothing: the fire can be taken again."""
    fire = replace(Order.for_edition(edition(store, story), NOW, "f"), content="body")
    with pytest.raises(Broken):
        store.ledger.take([fire, NOTICE], NOW, Starts(fails_after=1))
    assert store.ledger.dispatches(ONE) == []
    with pytest.raises(NotFound):
        store.ledger.content(digest_of("body"))
    assert len(take(store, fire)) == 1


def test_a_start_stands_in_the_transaction(store: Store) -> None:
    """It finds the dispatch by the connection that it is given; nobody else does yet."""
    seen = []

    def enqueue(c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        seen.append(c.execute(text("SELECT attempt FROM dispatches WHERE id = :n"), {"n": number}).scalar_one())  # fmt: skip
        assert store.ledger.dispatches(ONE) == []

    store.ledger.take([NOTICE], NOW, enqueue)
    assert seen == [1]
    assert len(store.ledger.dispatches(ONE)) == 1


def test_what_is_settled_as_it_is_taken_is_not_started(store: Store, starts: Starts) -> None:
    """A fire that came too late stands in the ledger with its reason."""
    (number,) = store.ledger.take([replace(NOTICE, state=State.SKIPPED, why="late")], NOW, starts)
    found = store.ledger.dispatch(ONE, number)
    assert (found.state, found.why, found.settled) == (State.SKIPPED, "late", NOW)
    assert starts.made == []
    assert store.ledger.claim(number, 1) is None


def test_what_is_posted_already_is_noted(store: Store) -> None:
    """With its messages; nothing is left to do for it."""
    number = store.ledger.note(
        replace(NOTICE, kind=Sent.ANSWER, state=State.POSTED, content="c"), [("m1", "x"), ("m2", "y")], LATER
    )
    assert store.ledger.dispatch(ONE, number).settled == LATER
    parts = store.ledger.parts(number)
    assert shows(parts) == [("m1", "x"), ("m2", "y")]
    assert [(p.number, p.key, p.tries, p.tried, p.posted) for p in parts] == [
        (i, f"{number}-{i}", 1, LATER, LATER) for i in range(2)
    ]


def test_editions_rest_and_it_is_told_in_one(store: Store, story: Story, starts: Starts) -> None:
    """Those of the channel that ran; what is told of them is started with their rest, and not seen before it."""
    one, two = edition(store, story), edition(store, story)
    rested = edition(store, story)
    store.editions.pause(ONE, rested.id, "by hand")
    asked = []

    def told(editions: Sequence[Edition]) -> list[Order]:
        asked.append([e.id for e in editions])
        if editions:
            assert {e.paused for e in store.editions.editions(ONE)} == {"", "by hand"}
        return [replace(NOTICE, address=THERE, edition=e.id) for e in editions]

    assert store.ledger.rest(HERE, "gone", told, NOW, starts) == [one, two]
    assert store.ledger.rest(HERE, "gone again", told, NOW, starts) == []
    assert asked == [[one.id, two.id], []]
    assert [e.paused for e in store.editions.editions(ONE)] == ["gone", "gone", "by hand"]
    found = sorted(store.ledger.dispatches(ONE), key=lambda d: d.id)
    assert [(d.edition, d.address, d.state) for d in found] == [
        (e.id, THERE, State.QUEUED) for e in (one, two)
    ]
    assert starts.told() == [(d.id, 1) for d in found]


@pytest.mark.parametrize("what", ["notices", "start"])
def test_no_edition_rests_of_which_nobody_is_told(store: Store, story: Story, what: str) -> None:
    """What is told can't be made, or started: all run on, and nothing is in line."""
    made = [edition(store, story), edition(store, story)]

    def told(editions: Sequence[Edition]) -> list[Order]:
        if what == "notices":
            raise Broken
        return [NOTICE for _ in editions]

    with pytest.raises(Broken):
        store.ledger.rest(HERE, "gone", told, NOW, Starts(fails_after=1))
    assert store.editions.editions(ONE) == made
    assert store.ledger.dispatches(ONE) == []


def test_of_many_who_let_a_channel_rest_one_tells(store: Store, story: Story) -> None:
    """Several deliveries find it gone at once."""
    made = edition(store, story)

    def rest(_: int) -> list[Edition]:
        return store.ledger.rest(HERE, "gone", lambda editions: [NOTICE for _ in editions], NOW, None)

    with ThreadPoolExecutor(6) as pool:
        rested = list(pool.map(rest, range(6)))
    assert [e for found in rested for e in found] == [made]
    assert len(store.ledger.dispatches(ONE)) == 1


# ---- claims --------------------------------------------------------------------------------------------------------


def test_only_the_first_of_the_line_is_claimed(store: Store) -> None:
    """Of its channel; another channel, or another way to one of that name, has a line of its own."""
    orders = [NOTICE, NOTICE, replace(NOTICE, address=THERE), replace(NOTICE, address=Address("relay", "c"))]
    first, second, *others = take(store, *orders)
    assert store.ledger.claim(second, 1) is None
    for number in (first, *others):
        claimed = claim(store, number)
        assert (claimed.state, claimed.claim, claimed.attempt) == (State.GOING, 1, 1)
        assert store.ledger.dispatch(ONE, number) == claimed
    assert store.ledger.claim(second, 1) is None
    assert store.ledger.dispatch(ONE, second).state is State.QUEUED


def test_a_claim_is_counted_and_a_stale_attempt_gets_none(store: Store) -> None:
    """A run that starts over claims again; an attempt before the current one does not, nor one after it."""
    (number,) = take(store)
    assert [claim(store, number).claim for _ in range(3)] == [1, 2, 3]
    d = claim(store, number)
    store.ledger.wait(d, "x", LATER, 60, None)
    assert store.ledger.claim(number, 1) is None
    assert store.ledger.claim(number, 3) is None
    assert claim(store, number, 2).claim == 5
    assert store.ledger.claim(10**6, 1) is None


def test_what_is_settled_is_not_claimed(store: Store) -> None:
    """However it ended."""
    for state in (s for s in State if s.settled):
        d = settled(store, state=state)
        assert store.ledger.claim(d.id, d.attempt) is None
        assert store.ledger.dispatch(ONE, d.id) == d


def test_an_overtaken_run_writes_nothing(store: Store, story: Story, starts: Starts) -> None:
    """Whatever it tries; and not after a person gave the dispatch up."""
    number, behind = take(store, replace(NOTICE, story=story.id), NOTICE)
    old = claim(store, number)
    store.ledger.keep(old, "c", [Draft("x")], NOW)
    new = claim(store, number)
    writes: list[Callable[[], Any]] = [
        lambda: store.ledger.keep(old, "d", [Draft("y")], NOW),
        lambda: store.ledger.replace(old, [Draft("y")], NOW),
        lambda: store.ledger.trying(old, 0, NOW),
        lambda: store.ledger.settle(old, State.DEAD, "why", NOW, starts, ("c", "[]"), 0),
        lambda: store.ledger.wait(old, "why", NOW, 1, starts),
    ]
    before = store.ledger.parts(number)
    for expected in (new, None):
        for write in writes:
            with pytest.raises(Overtaken):
                write()
        assert store.ledger.parts(number) == before
        assert expected in (None, store.ledger.dispatch(ONE, number))
        store.ledger.drop(ONE, number, NOW, None)
    assert store.ledger.dispatch(ONE, number).state is State.DROPPED
    assert starts.made == []
    assert store.mark(ONE, story, "c") is None
    assert claim(store, behind, store.ledger.dispatch(ONE, behind).attempt)


def test_what_an_overtaken_run_has_posted_is_noted(store: Store) -> None:
    """The message is there, whoever has the dispatch now; the dispatch stays the other's."""
    (number,) = take(store)
    old = claim(store, number)
    store.ledger.keep(old, "c", [Draft("x"), Draft("y")], NOW)
    new = claim(store, number)
    with pytest.raises(Overtaken):
        store.ledger.posted(old, 0, "m0", NOW)
    with pytest.raises(Overtaken):
        store.ledger.settle(old, State.POSTED, "", NOW, None, posted=(1, "m1"))
    assert shows(store.ledger.parts(number)) == [("m0", "x"), ("m1", "y")]
    assert store.ledger.dispatch(ONE, number).state is State.GOING
    store.ledger.posted(new, 0, "again", LATER)
    store.ledger.settle(new, State.POSTED, "", NOW, None, posted=(1, "again"))
    assert shows(store.ledger.parts(number)) == [("m0", "x"), ("m1", "y")]


def test_of_many_claims_at_once_one_counts(store: Store) -> None:
    """Each has its own number, and all but the last are overtaken."""
    (number,) = take(store)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(store, number), range(8)))

    def keeps(d: Dispatch) -> int | None:
        try:
            store.ledger.keep(d, "c", [Draft("x")], NOW)
        except Overtaken:
            return None
        return d.claim

    assert sorted(d.claim for d in claims) == list(range(1, 9))
    with ThreadPoolExecutor(8) as pool:
        assert [x for x in pool.map(keeps, claims) if x is not None] == [8]
    assert len(store.ledger.parts(number)) == 1


# ---- delivering ----------------------------------------------------------------------------------------------------


def test_parts_are_kept_once(store: Store) -> None:
    """As they are going to be sent, each under a key of its own; a later run gets those of the first."""
    (number,) = take(store)
    drafts = [Draft("x", edits="m"), Draft("é \\ ' 🙂"), Draft("x")]
    kept = store.ledger.keep(claim(store, number), "content", drafts, NOW)
    assert kept == store.ledger.parts(number)
    assert [Draft(p.body, p.edits) for p in kept] == drafts
    assert [(p.dispatch, p.number, p.digest, p.message) for p in kept] == [(number, i, digest_of(d.body), "") for i, d in enumerate(drafts)]  # fmt: skip
    assert len({p.key for p in kept}) == 3
    assert store.ledger.dispatch(ONE, number).content == digest_of("content")
    assert store.ledger.content(digest_of("content")) == "content"
    assert store.ledger.keep(claim(store, number), "content", [Draft("other")], LATER) == kept


def test_a_part_is_tried_and_posted(store: Store) -> None:
    """Its tries are counted, and the last moment kept; the first message that it became is the one."""
    (number,) = take(store)
    d = claim(store, number)
    (kept, other) = store.ledger.keep(d, "c", [Draft("x"), Draft("y")], NOW, trying=True)
    assert [(p.tries, p.tried) for p in (kept, other)] == [(1, NOW), (0, None)]
    assert store.ledger.parts(number) == [kept, other]
    store.ledger.trying(d, 0, LATER)
    store.ledger.trying(d, 1, LATER)
    store.ledger.posted(d, 0, "m" * 200, LATER)
    store.ledger.posted(d, 0, "again", LATER + timedelta(1))
    assert store.ledger.parts(number) == [
        replace(kept, tries=2, tried=LATER, message="m" * 128, posted=LATER),
        replace(other, tries=1, tried=LATER),
    ]
    d = claim(store, number)
    store.ledger.keep(d, "c", [], LATER, trying=True)
    assert [p.tries for p in store.ledger.parts(number)] == [2, 1]


def test_other_parts_take_the_place_of_those_not_posted(store: Store) -> None:
    """Under new numbers and keys: the old ones may have been sent."""
    (number,) = take(store)
    d = claim(store, number)
    store.ledger.keep(d, "c", [Draft("x", "m"), Draft("y", "n"), Draft("z", "o")], NOW)
    store.ledger.posted(d, 0, "m", NOW)
    found = store.ledger.replace(d, [Draft("new"), Draft("more")], NOW)
    assert [(p.number, p.body, p.message) for p in found] == [(0, "x", "m"), (3, "new", ""), (4, "more", "")]
    assert store.ledger.parts(number) == found


def test_settling_starts_the_next_of_the_line(store: Store, starts: Starts) -> None:
    """Only that, once, as a new attempt; the end of the line starts nothing."""
    first, second, third = take(store, NOTICE, NOTICE, NOTICE)
    take(store, replace(NOTICE, address=THERE))
    store.ledger.settle(claim(store, first), State.POSTED, "w" * 2000, LATER, starts, posted=(0, "m"))
    found = store.ledger.dispatch(ONE, first)
    assert (found.state, found.why, found.settled, found.retry) == (State.POSTED, "w" * 1000, LATER, None)
    assert starts.told() == [(second, 2)]
    assert store.ledger.claim(second, 1) is None
    store.ledger.settle(claim(store, second, 2), State.DEAD, "", NOW, starts)
    assert starts.told() == [(third, 2)]
    store.ledger.settle(claim(store, third, 2), State.UNCERTAIN, "", NOW, starts)
    assert starts.told() == []


def test_nothing_is_settled_where_the_next_can_not_start(store: Store) -> None:
    """The run that holds the dispatch may settle it again."""
    first, second = take(store, NOTICE, NOTICE)
    d = claim(store, first)
    with pytest.raises(Broken):
        store.ledger.settle(d, State.POSTED, "", NOW, Starts(fails_after=0))
    assert store.ledger.dispatch(ONE, first) == d
    assert store.ledger.dispatch(ONE, second).attempt == 1
    store.ledger.settle(d, State.POSTED, "", NOW, None)
    assert [x.id for x in store.ledger.unstarted(9)] == [second]


def test_a_briefing_moves_the_mark_of_its_channel(store: Store, story: Story) -> None:
    """Of that channel alone; one whose story was removed meanwhile moves none."""
    briefing = replace(NOTICE, story=story.id)
    for now, members in ((NOW, '[["a1", 1]]'), (LATER, '[["a1", 2]]')):
        (number,) = take(store, briefing)
        store.ledger.settle(claim(store, number), State.POSTED, "", now, None, ("c", members))
    found = store.mark(ONE, story, "c")
    assert found is not None
    assert (found.at, found.members) == (LATER, (("a1", 2),))
    assert store.mark(ONE, story, "d") is None
    (number,) = take(store, briefing)
    d = claim(store, number)
    store.remove_story(ONE, "crisis")
    store.ledger.settle(d, State.POSTED, "", NOW, None, ("c", "[]"), 0)
    assert store.ledger.dispatch(ONE, number).state is State.POSTED
    assert store.counts()["marks"] == 0


def test_one_that_waits_holds_its_line(store: Store, starts: Starts) -> None:
    """Its next attempt is started for then; those behind it wait too."""
    first, second = take(store, NOTICE, NOTICE)
    store.ledger.wait(claim(store, first), "w" * 2000, LATER, 90.5, starts)
    assert starts.made == [(first, 2, "discord", 90.5)]
    found = store.ledger.dispatch(ONE, first)
    assert (found.state, found.retry, found.attempt, found.tries, found.claim) == (State.WAITING, LATER, 2, 1, 1)  # fmt: skip
    assert found.why == "w" * 1000
    assert store.ledger.claim(second, 1) is None
    again = claim(store, first, 2)
    assert (again.state, again.retry, again.tries, again.claim) == (State.GOING, None, 1, 2)


# ---- at once -------------------------------------------------------------------------------------------------------


def test_one_that_comes_as_the_line_ends_is_not_left(store: Store) -> None:
    """It is taken after the one before it looked who is next, and waits until that one is settled."""
    d = claim(store, take(store)[0])
    coming = []
    with ThreadPoolExecutor(1) as pool:

        def late(_: Connection) -> None:
            coming.append(pool.submit(lambda: store.ledger.claim(take(store)[0], 1)))
            time.sleep(0.3)

        event.listen(store.engine, "commit", late, once=True)
        store.ledger.settle(d, State.POSTED, "", NOW, Starts())
        assert coming[0].result() is not None


_POP = "DELETE FROM jobs WHERE number = (SELECT min(number) FROM jobs) RETURNING number, attempt"


class Jobs:
    """A fake queue that is as transactional as the real one: a table beside the ledger's."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = threading.Lock()
        with self._write() as c, c.begin():
            c.execute(text("CREATE TABLE jobs (number INTEGER, attempt INTEGER)"))

    def _write(self) -> Connection:
        return self.store.engine.connect().execution_options(**{WRITING: True})

    def __call__(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        c.execute(text("INSERT INTO jobs VALUES (:n, :a)"), {"n": number, "a": attempt})

    def taken(self) -> list[tuple[int, int]]:
        with self.lock, self._write() as c, c.begin():
            return [(n, a) for n, a in c.execute(text(_POP))]


def test_no_dispatch_is_left_behind_or_out_of_turn(store: Store) -> None:
    """Many workers and one who adds: each channel's dispatches are settled in order, and none stays in line."""
    jobs = Jobs(store)
    gone: dict[str, list[int]] = defaultdict(list)
    all_in, limit = threading.Event(), time.monotonic() + 15

    def add() -> None:
        for n in range(20):
            orders = [replace(NOTICE, address=Address("discord", "ab"[(n + i) % 2])) for i in range(3)]
            store.ledger.take(orders, NOW, jobs)
        all_in.set()

    def deliver(number: int, attempt: int) -> None:
        d = store.ledger.claim(number, attempt)
        if d is None:
            return
        try:
            if (number + d.tries) % 5 == 0:
                store.ledger.wait(d, "", NOW, 0, jobs)
                return
            store.ledger.keep(d, "c", [Draft("x")], NOW)
            gone[d.address.channel].append(number)
            store.ledger.settle(d, State.POSTED, "", NOW, jobs, posted=(0, "m"))
        except Overtaken:
            pass

    def work() -> None:
        while time.monotonic() < limit:
            for job in jobs.taken():
                deliver(*job)
            if all_in.is_set() and store.ledger.oldest() is None:
                return
            time.sleep(0.002)

    with ThreadPoolExecutor(7) as pool:
        for done in [pool.submit(add), *(pool.submit(work) for _ in range(6))]:
            done.result()
    assert store.ledger.counts() == {("discord", "posted"): 60}
    assert all(numbers == sorted(set(numbers)) for numbers in gone.values())
    assert sum(len(numbers) for numbers in gone.values()) == 60
