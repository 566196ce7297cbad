"""Editions: standing orders, each its tenant's, and what the schedule asks of all of them; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from briefings.errors import NotFound
from briefings.model import Address, Edition, Quiet, Sent, Story, Tenant
from briefings.store import Order, Schedule, Store
from tests.unit.store.ledgering import HERE, LATER, NOW, ONE, OTHERS, THERE, TWO


def add(
    store: Store,
    story: Story,
    address: Address = HERE,
    *,
    tenant: Tenant = ONE,
    now: datetime = NOW,
    **chosen: Any,
) -> Edition:
    order: dict[str, Any] = {
        "template": "sitrep", "language": "fr", "cron": "30 7 * * *", "timezone": "Europe/Paris", "said": "tous les jours",
    }  # fmt: skip
    return store.editions.add(tenant, story, address, now, **{**order, **chosen})


def touches(store: Store) -> list[Callable[[Tenant, int], Edition]]:
    """All that can be done to one edition."""
    return [
        store.editions.edition,
        lambda tenant, number: store.editions.pause(tenant, number, "x"),
        lambda tenant, number: store.editions.resume(tenant, number, LATER),
        store.editions.remove,
    ]


# ---- by tenant -----------------------------------------------------------------------------------------------------


def test_an_edition_comes_back_as_it_was_made(store: Store, story: Story) -> None:
    """By its number and in the list; what was not said is the daily kind: all of it, for good, by nobody."""
    made = add(store, story)
    assert made == Edition(
        made.id, ONE, story.id, "crisis", "sitrep", "fr", "30 7 * * *", "Europe/Paris", "tous les jours", HERE, NOW
    )  # fmt: skip
    assert store.editions.edition(ONE, made.id) == made
    assert store.editions.editions(ONE) == [made]


def test_all_that_was_chosen_is_kept(store: Store, story: Story) -> None:
    """The quiet hours, what becomes of missed fires, who made it and where."""
    chosen: dict[str, Any] = {"only_changed": True, "missed": "12", "quiet": Quiet("22:00", "07:00"), "made_by": "Zoë '; --", "made_in": THERE}  # fmt: skip
    made = add(store, story, **chosen)
    assert {k: getattr(made, k) for k in chosen} == chosen
    assert store.editions.edition(ONE, made.id) == made


def test_a_moment_is_kept_in_utc(store: Store, story: Story) -> None:
    """Whatever its zone was."""
    made = add(store, story, now=NOW.astimezone(ZoneInfo("Asia/Tokyo")))
    assert made.since == NOW
    assert made.since.tzinfo is UTC


def test_what_people_wrote_is_cut_to_its_place(store: Store, story: Story) -> None:
    """A long schedule in words and a long name are no error."""
    made = add(store, story, said="é" * 999, made_by="🙂" * 999)
    assert (made.said, made.made_by) == ("é" * 200, "🙂" * 200)


def test_editions_are_by_number_and_counted(store: Store, story: Story) -> None:
    """A number is never given twice, also where its edition went."""
    made = [add(store, story, a) for a in (HERE, THERE, HERE)]
    assert store.editions.editions(ONE) == made
    assert store.editions.count(ONE) == 3
    store.editions.remove(ONE, made[-1].id)
    assert add(store, story).id > made[-1].id
    assert store.editions.count(ONE) == 3


def test_an_edition_is_its_tenants(store: Store, story: Story) -> None:
    """Another tenant finds nothing of it, counts nothing, and can't touch it."""
    made = add(store, story)
    for other in OTHERS:
        assert store.editions.editions(other) == []
        assert store.editions.count(other) == 0
        for touch in touches(store):
            with pytest.raises(NotFound, match=str(made.id)):
                touch(other, made.id)
    assert store.editions.editions(ONE) == [made]


def test_an_edition_of_anothers_story_is_refused(store: Store, story: Story) -> None:
    """Or of one that is gone; nothing is made."""
    gone = store.create_story(TWO, "gone", "Gone", NOW)
    store.remove_story(TWO, "gone")
    for mine, tenant in ((story, TWO), (gone, TWO), (replace(story, id=9999), ONE)):
        with pytest.raises(NotFound, match=mine.slug):
            add(store, mine, tenant=tenant)
    assert store.editions.count(ONE) == store.editions.count(TWO) == 0


def test_what_is_not_there_is_not_found(store: Store) -> None:
    """Whatever is asked of it."""
    for touch in touches(store):
        with pytest.raises(NotFound, match="7"):
            touch(ONE, 7)


def test_a_pause_says_why_and_a_resume_counts_anew(store: Store, story: Story) -> None:
    """Fires of the time between are not made up for; a pause without a reason is one all the same."""
    made = add(store, story)
    assert store.editions.pause(ONE, made.id, "by Ann") == replace(made, paused="by Ann")
    assert store.editions.resume(ONE, made.id, LATER) == replace(made, since=LATER)
    assert store.editions.pause(ONE, made.id, "").paused


def test_a_removed_edition_leaves_its_dispatches(store: Store, story: Story) -> None:
    """They no longer name it; the edition is given back as it was."""
    made = add(store, story)
    (number,) = store.ledger.take([Order.for_edition(made, NOW, "f")], NOW, None)
    assert store.editions.remove(ONE, made.id) == made
    assert store.editions.editions(ONE) == []
    left = store.ledger.dispatch(ONE, number)
    assert (left.edition, left.fire, left.kind) == (None, "f", Sent.BRIEFING)


def test_a_removed_story_takes_its_editions_with_it(store: Store, story: Story) -> None:
    """And only its own; what they sent stays, without story and edition."""
    other = store.create_story(ONE, "other", "Other", NOW)
    kept = add(store, other)
    made = add(store, story)
    (number,) = store.ledger.take([Order.for_edition(made, NOW, "f")], NOW, None)
    store.remove_story(ONE, "crisis")
    assert store.editions.editions(ONE) == [kept]
    left = store.ledger.dispatch(ONE, number)
    assert (left.edition, left.story) == (None, None)


# ---- by channel ----------------------------------------------------------------------------------------------------


def test_a_channel_that_is_gone_pauses_what_runs_there(store: Store, story: Story) -> None:
    """Those that ran are told, as they were; paused ones keep their reason, other channels and ways go on."""
    runs, elsewhere, otherwise = add(store, story), add(store, story, THERE), add(store, story, Address("relay", "c"))  # fmt: skip
    paused = store.editions.pause(ONE, add(store, story).id, "by Ann")
    assert store.editions.pause_at(HERE, "no access") == [runs]
    assert store.editions.editions(ONE) == [replace(runs, paused="no access"), elsewhere, otherwise, paused]
    assert store.editions.pause_at(HERE, "again") == []
    assert store.editions.edition(ONE, runs.id).paused == "no access"


# ---- what the schedule asks ----------------------------------------------------------------------------------------


def test_schedules_are_told_once(store: Store, story: Story) -> None:
    """Of all tenants; paused editions have none, and no quiet hours are a schedule like others."""
    theirs = store.create_story(TWO, "theirs", "Theirs", NOW)
    assert store.editions.schedules() == []
    for _ in range(2):
        add(store, story)
        add(store, theirs, tenant=TWO)
        add(store, story, quiet=Quiet("22:00", "07:00"))
        add(store, story, quiet=Quiet("23:00", "07:00"))
        add(store, story, timezone="UTC")
    store.editions.pause(ONE, add(store, story, cron="0 0 * * *").id, "x")
    found = store.editions.schedules()
    assert len(found) == 3
    assert set(found) == {
        Schedule("30 7 * * *", "Europe/Paris"),
        Schedule("30 7 * * *", "Europe/Paris", "07:00"),
        Schedule("30 7 * * *", "UTC"),
    }


def test_a_schedules_editions_are_told_in_pages(store: Store, story: Story) -> None:
    """By number, after a number; of all tenants, only those that run and only of that schedule."""
    theirs = store.create_story(TWO, "theirs", "Theirs", NOW)
    daily = [add(store, story), add(store, theirs, tenant=TWO), add(store, story, THERE)]
    quiet = [add(store, story, quiet=Quiet("22:00", "07:00")), add(store, story, quiet=Quiet("01:00", "07:00"))]  # fmt: skip
    add(store, story, quiet=Quiet("22:00", "08:00"))
    add(store, story, cron="31 7 * * *")
    add(store, story, timezone="UTC")
    store.editions.pause(ONE, add(store, story).id, "x")

    def told(schedule: Schedule, after: int = 0, most: int = 50) -> list[Edition]:
        return store.editions.of_schedule(schedule, after, most)

    plain = Schedule("30 7 * * *", "Europe/Paris")
    assert told(plain) == daily
    assert told(plain, most=2) == daily[:2]
    assert told(plain, after=daily[1].id) == daily[2:]
    assert told(plain, after=daily[2].id) == []
    assert told(replace(plain, quiet_end="07:00")) == quiet
    assert told(Schedule("* * * * *", "Europe/Paris")) == []
