"""A story's past gone through again: what is posted and corrected, in which order, at which moments, knowing what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bots import replay as module
from bots.dispatch.content import Content, load
from bots.dispatch.counting import Figures
from bots.dispatch.engine import delivering
from bots.dispatch.identity import identity_for
from bots.replay import Arrival, Clock, arrivals, past, replay
from briefings.desk import Desk, Reader
from briefings.model import INSTANT, Article, Dispatch, Sent, State
from briefings.rendering import markdown_of
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store
from tests.unit.delivery.posting import ARTICLES, FIRST, HERE, ONE, REVISED, TEMPLATES, Platform

SWIFT = 1e9  # times as fast: months are no time
FLASH = {"template": "flash", "cron": INSTANT, "only_changed": True}
DIGEST = {"template": "sitrep", "cron": "0 8 * * *"}
MINUTES_20 = timedelta(minutes=20)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def article(name: str, published: str | None) -> Article:
    return Article(name, "Text.", published=utc(published) if published else None)


@dataclass
class Past:
    """What a replay came to. `moments` are the events, each with the numbers of the dispatches that were posted by then."""

    platform: Platform
    done: int = 0
    moments: list[tuple[datetime, set[int]]] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)

    def of(self, template: str, kind: Sent = Sent.BRIEFING) -> list[Dispatch]:
        """Those that were posted, by number."""
        return [d for d in self.dispatches if (d.template, d.kind, d.state) == (template, kind, State.POSTED)]

    def known(self, d: Dispatch) -> set[tuple[str, int]]:
        return {(identity, revision) for identity, revision in self.contents[d.id].members}


def gone_through(
    folder: Path,
    came: Sequence[Arrival],
    start: datetime,
    *editions: dict[str, Any],
    until: datetime | None = None,
) -> Past:
    """A past through the real schedule and delivery, onto a platform of ours, in no time."""
    found = Past(Platform())

    async def work() -> None:
        clock = Clock(start)
        with closing(open_store(folder)) as store:
            settings = Settings()
            desk = Desk(settings, TEMPLATES, store, clock, Reader(settings, Worker(30)), ONE)
            story = await desk.new_story("Story", "en")
            for chosen in editions:
                given = {"language": "en", "timezone": "UTC", "said": "", "missed": "1", **chosen}
                await desk.orders.add(story, HERE, **given)

            async def after_each(at: datetime) -> None:
                posted = await desk.orders.dispatches(states=[State.POSTED], most=500)
                found.moments.append((at, {d.id for d in posted}))

            identity = await asyncio.to_thread(identity_for, store, "")
            try:
                publishers = {"discord": found.platform}
                async with (
                    asyncio.timeout(120),
                    delivering(desk, identity, publishers, Figures(), Random(7)) as running,
                ):
                    found.done = await replay(
                        desk, story, running, clock, came, speed=SWIFT, until=until, after_each=after_each
                    )
            finally:
                identity.release()
            found.dispatches = sorted(await desk.orders.dispatches(most=500), key=lambda d: d.id)
            for d in found.dispatches:
                body = await desk.orders.content(d)
                if body is not None:
                    found.contents[d.id] = load(body)

    with capture_logs():
        asyncio.run(work())
    return found


# ---- the clock -------------------------------------------------------------------------------------------------------


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time, which goes on by so many seconds when it is told to."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])

    def go_on(seconds: float) -> None:
        now[0] += seconds

    return go_on


def test_the_clock_goes_on_from_where_it_leaps(go_on: Callable[[float], None]) -> None:
    """As time does, before the leap and after it."""
    start, later = utc("2023-11-17T21:00"), utc("2023-11-19T08:00")
    clock = Clock(start)
    assert clock() == start
    go_on(2.5)
    assert clock() == start + timedelta(seconds=2.5)
    clock.leap(later)
    assert clock() == later
    go_on(1)
    assert clock() == later + timedelta(seconds=1)


def test_the_clock_never_goes_back(go_on: Callable[[float], None]) -> None:
    """A leap to what was already is none."""
    start = utc("2023-11-17T21:00")
    clock = Clock(start)
    go_on(60)
    clock.leap(start + timedelta(seconds=30))
    assert clock() == start + timedelta(seconds=60)
    clock.leap(start - timedelta(days=1))
    go_on(1)
    assert clock() == start + timedelta(seconds=61)


# ---- who came when ---------------------------------------------------------------------------------------------------


def test_what_came_at_no_known_moment_came_a_while_after_the_one_before() -> None:
    """Its publication is its moment where that is after the one before; one that nothing dates before all others is left out."""
    one, two, three = article("a", "2023-11-17T21:40"), article("b", None), article("c", "2023-11-18T06:15")
    old = article("d", "2023-11-01T00:00")
    assert arrivals([]) == []
    assert arrivals([(two, None), (one, None), (two, None), (three, None), (old, None)]) == [
        Arrival(utc("2023-11-17T21:40"), one),
        Arrival(utc("2023-11-17T22:00"), two),
        Arrival(utc("2023-11-18T06:15"), three),
        Arrival(utc("2023-11-18T06:35"), old),
    ]


def test_a_known_moment_counts_before_publication() -> None:
    """It was seen later than it was published."""
    one = article("a", "2023-11-17T21:40")
    assert arrivals([(one, utc("2023-11-17T23:00"))]) == [Arrival(utc("2023-11-17T23:00"), one)]


MOMENTS = st.none() | st.datetimes(
    datetime(2023, 11, 1),  # noqa: DTZ001
    datetime(2023, 11, 9),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=8))
def test_arrivals_are_in_order_each_at_a_moment_of_its_own(
    times: list[tuple[datetime | None, datetime | None]],
) -> None:
    """Whatever is known of them; none is lost once there is a moment to begin from."""
    given_ = [(Article(str(i), "x", published=p), came) for i, (p, came) in enumerate(times)]
    found = arrivals(given_)
    begin = next((i for i, t in enumerate(times) if any(t)), len(times))
    assert [a.article for a in found] == [a for a, _ in given_[begin:]]
    assert all(a.at < b.at for a, b in pairwise(found))


@given(st.lists(st.tuples(MOMENTS, st.none()), max_size=8))
def test_nothing_comes_before_it_is_published(times: list[tuple[datetime | None, None]]) -> None:
    """Of what came at no known moment."""
    for a in arrivals([(Article(str(i), "x", published=p), None) for i, (p, _) in enumerate(times)]):
        assert a.article.published is None or a.at >= a.article.published


@dataclass
class Told:
    """A desk with a history, (article, when it came in), through a real store."""

    folder: Path

    def __call__(self, *history: tuple[Article, str]) -> list[tuple[str, str, int]]:
        """When which article came, in which revision."""
        with closing(open_store(self.folder)) as store:
            now = [utc("2023-11-17T00:00")]
            settings = Settings()
            desk = Desk(settings, TEMPLATES, store, lambda: now[0], Reader(settings, Worker(30)), ONE)

            async def work() -> list[Arrival]:
                story = await desk.new_story("Story")
                other = await desk.new_story("Other")
                await desk.add_articles(other, [ARTICLES[9]], "x", private=True)
                for one, when in history:
                    now[0] = utc(when)
                    await desk.add_articles(story, [one], "x", private=True)
                return await past(desk, story)

            return [(f"{a.at:%d %H:%M}", a.article.id, a.article.revision) for a in asyncio.run(work())]


def test_the_past_is_as_it_was_published_and_revised(tmp_path: Path) -> None:
    """First revisions at their publication, though all came in on one later day; later ones when they came in; no other story's."""
    one, two, undated = ARTICLES[0], ARTICLES[1], replace(ARTICLES[2], published=None)
    told = Told(tmp_path)(
        (two, "2023-11-20T08:00"), (one, "2023-11-20T08:01"), (undated, "2023-11-20T08:02"),
        (REVISED, "2023-11-21T09:00"),
    )  # fmt: skip
    assert told == [
        ("17 21:40", "courier-1", 1),
        ("18 06:15", "quotidien-1", 1),
        ("20 08:02", "ledger-1", 1),
        ("21 09:00", "courier-1", 2),
    ]


def test_a_revision_comes_after_what_it_revises(tmp_path: Path) -> None:
    """Also where an outlet dated its first text ahead and the revision not at all."""
    ahead = replace(ARTICLES[0], published=utc("2023-11-18T12:00"))
    told = Told(tmp_path)((ahead, "2023-11-18T09:00"), (replace(REVISED, published=None), "2023-11-18T10:00"))
    assert [(name, revision) for _, name, revision in told] == [("courier-1", 1), ("courier-1", 2)]


def test_a_story_without_articles_has_no_past(tmp_path: Path) -> None:
    """Nothing came."""
    assert Told(tmp_path)() == []


# ---- the demo's days -------------------------------------------------------------------------------------------------

FIRST_DAY = utc("2023-11-17T21:39")


def demo_days() -> list[Arrival]:
    """The demo's articles as `sitrep demo --replay` has them come in: a revision a while after the one before it."""
    seen: set[str] = set()
    came = []
    for one in ARTICLES:
        came.append((one, None if one.id in seen else one.published))
        seen.add(one.id)
    return arrivals(came)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """All of the demo with a flash at each change and a digest every morning."""
    return gone_through(tmp_path_factory.mktemp("days"), demo_days(), FIRST_DAY, FLASH, DIGEST)


def test_all_comes_in_in_its_order(days: Past) -> None:
    """Each article and each morning is one event, none twice, in time's order."""
    came = [a.at for a in demo_days()]
    mornings = [utc(f"2023-11-{d}T08:00") for d in range(18, 23)]
    assert days.done == len(came) == 14
    assert [at for at, _ in days.moments] == sorted(came + mornings)


def test_what_an_event_brings_about_is_posted_before_the_next(days: Past) -> None:
    """At its own moment, on the clock of then; all that was in line is posted or was not worth it."""
    assert {d.state for d in days.dispatches} <= {State.POSTED, State.SKIPPED}
    events = [at for at, _ in days.moments]
    for (at, before), (_, after) in zip([(FIRST_DAY, set[int]()), *days.moments], days.moments, strict=False):
        assert before <= after, at
    for d in days.dispatches:
        assert d.settled is not None
        last = max(at for at in events if at <= d.due)
        assert last <= d.due <= d.settled < last + MINUTES_20
        posted = next(numbers for at, numbers in days.moments if at == last)
        assert (d.id in posted) is (d.state is State.POSTED)


def test_a_digest_goes_out_each_morning_with_what_was_known_then(days: Past) -> None:
    """Between two arrivals, at 8:00 sharp, of the articles that had come by then, each at its revision of then."""
    digests = days.of("sitrep")
    assert [d.due for d in digests] == [utc(f"2023-11-{day}T08:00") for day in range(18, 23)]
    for d in digests:
        known: dict[str, int] = {}
        for a in demo_days():
            if a.at <= d.due:
                known[a.article.id] = known.get(a.article.id, 0) + 1
        assert days.known(d) == set(known.items())


def test_a_flash_goes_out_as_something_new_comes_in(days: Past) -> None:
    """Within the same minute, of all that had come by then; the first at the first article."""
    came = demo_days()
    flashes = days.of("flash")
    assert len(flashes) >= 8
    assert flashes[0].due - came[0].at < timedelta(minutes=1)
    for d in flashes:
        moment = max(a.at for a in came if a.at <= d.due)
        assert d.due - moment < timedelta(minutes=1)
        assert {name for name, _ in days.known(d)} == {a.article.id for a in came if a.at <= moment}


def test_a_correction_changes_what_was_posted(days: Past) -> None:
    """The revision's: the briefings before it that say otherwise are changed where they stand, and only by it."""
    (revised,) = [a.at for a in demo_days() if a.article is REVISED]
    corrected = days.of("flash", Sent.CORRECTION) + days.of("sitrep", Sent.CORRECTION)
    assert corrected
    posted = {d.id: d for d in days.dispatches}
    for d in corrected:
        assert revised <= d.due < revised + timedelta(minutes=1)
        assert d.of is not None
        assert posted[d.of].due < revised
        told = markdown_of(days.contents[d.id].document)
        assert "~~" in told
        assert "Corrected Nov 18, 2023, 21:00" in told
    briefings = [d for d in posted.values() if d.kind is Sent.BRIEFING and d.state is State.POSTED]
    assert days.platform.keys() == [f"{d.id}-0" for d in briefings]
    edits = [name for what, _, name in days.platform.asked if what == "edit"]
    assert len(edits) == len(set(edits)) == len(corrected)
    standing = days.platform.shown()
    assert sum("Corrected Nov 18, 2023, 21:00" in body for body in standing[:4]) == len(corrected)


# ---- other pasts -----------------------------------------------------------------------------------------------------


def test_each_revision_corrects_what_stands_by_then(tmp_path: Path) -> None:
    """Six directors, then five, then seven: one message, changed twice, and each change at its own moment."""
    begin = utc("2023-11-19T07:00")
    five, seven = (
        replace(REVISED, text=REVISED.text.replace("Four directors", f"{n} directors"))
        for n in ("Five", "Seven")
    )
    moments = [begin + timedelta(hours=5), begin + timedelta(hours=30)]
    came = [Arrival(begin + timedelta(minutes=i), a) for i, a in enumerate(FIRST)]
    came += [Arrival(at, a) for at, a in zip(moments, (five, seven), strict=True)]
    found = gone_through(tmp_path, came, begin - timedelta(minutes=1), DIGEST)
    first, second = found.of("sitrep")
    corrections = found.of("sitrep", Sent.CORRECTION)
    assert [d.of for d in corrections] == [first.id, first.id, second.id]
    assert [
        at <= d.due < at + timedelta(minutes=1)
        for at, d in zip([moments[0], moments[1], moments[1]], corrections, strict=True)
    ] == [True] * 3
    assert "Seven directors" not in markdown_of(found.contents[corrections[0].id].document)
    old, new = found.platform.shown()
    for words in ("All six directors", "Five directors", "Seven directors"):
        assert words in old
    assert "Seven directors" in new
    assert found.platform.keys() == [f"{d.id}-0" for d in (first, second)]


def test_it_goes_on_until_its_end(tmp_path: Path) -> None:
    """What comes later does not come in; mornings after the last article go by, and none after the end."""
    came = demo_days()
    end = utc("2023-11-20T08:15")
    found = gone_through(tmp_path, came, FIRST_DAY, DIGEST, until=end)
    assert found.done == 5
    assert [d.due for d in found.of("sitrep")] == [utc(f"2023-11-{d}T08:00") for d in (18, 19, 20)]
    assert max(at for at, _ in found.moments) <= end


def test_it_ends_with_the_last_article_where_no_end_is_given(tmp_path: Path) -> None:
    """The morning after is none of its past."""
    came = demo_days()[:2]
    found = gone_through(tmp_path, came, FIRST_DAY, DIGEST)
    assert (found.done, found.dispatches) == (2, [])


def test_nothing_is_before_its_start(tmp_path: Path) -> None:
    """The articles that were there already come in with it; the mornings before it have been."""
    start = utc("2023-11-20T09:00")
    came = [replace(a, at=max(a.at, start)) for a in demo_days()][:8]
    found = gone_through(tmp_path, came, start, FLASH, DIGEST, until=utc("2023-11-21T09:00"))
    assert min(at for at, _ in found.moments) == start
    assert min(d.due for d in found.dispatches) >= start
    assert [d.due for d in found.of("sitrep")] == [utc("2023-11-21T08:00")]
    assert found.of("sitrep", Sent.CORRECTION) == []


def test_without_articles_there_is_nothing_to_go_through(tmp_path: Path) -> None:
    """It ends at once."""
    found = gone_through(tmp_path, [], FIRST_DAY, FLASH, DIGEST)
    assert (found.done, found.moments, found.dispatches) == (0, [], [])


def test_a_fire_right_after_an_article_is_not_lost(tmp_path: Path) -> None:
    """The article takes longer to read than there is until 8:00: the digest goes out all the same, before the next comes."""
    morning = utc("2023-11-18T08:00")
    came = [
        Arrival(morning - timedelta(milliseconds=20), ARTICLES[0]),
        Arrival(morning + timedelta(hours=5), ARTICLES[1]),
    ]
    found = gone_through(tmp_path, came, morning - timedelta(hours=1), DIGEST)
    (digest,) = found.of("sitrep")
    assert digest.due == morning
    assert digest.settled is not None
    assert digest.settled < morning + MINUTES_20
    assert found.known(digest) == {(ARTICLES[0].id, 1)}


def test_months_without_news_are_not_gone_through(tmp_path: Path) -> None:
    """The mornings of three days after the last news go by; then the next article comes, and its morning after."""
    begin = utc("2023-06-01T07:00")
    later = utc("2023-11-18T07:00")
    came = [Arrival(begin, ARTICLES[0]), Arrival(later, ARTICLES[1])]
    found = gone_through(
        tmp_path, came, begin - timedelta(minutes=1), DIGEST, until=later + timedelta(hours=2)
    )
    mornings = [utc(f"2023-06-0{d}T08:00") for d in (1, 2, 3)]
    assert [d.due for d in found.of("sitrep")] == [*mornings, utc("2023-11-18T08:00")]
    assert [at for at, _ in found.moments] == [begin, *mornings, later, utc("2023-11-18T08:00")]
