"""What stories are followed by: who polls what and when, what was matched and decided; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from briefings.errors import AlreadyThere, NotFound
from briefings.model import (
    Address,
    Article,
    Citation,
    Decision,
    Follow,
    Following,
    Polled,
    Reading,
    Reason,
    Span,
    Story,
    Tenant,
    Verdict,
)
from briefings.reading import read
from briefings.store import Polling, Store
from briefings.store import tables as t

NOW = datetime(2024, 3, 5, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
MINUTE = timedelta(minutes=1)
ONE, TWO = Tenant("discord", "1"), Tenant("discord", "2")
URL, OTHER_URL = "https://post.example/feed", "https://post.example/other"
HERE = Address("discord", "here")
BODY = (
    "The sluice at Varnholt failed on Tuesday, the Quay Office said. Some 120 households were moved. "
    '"We lost the gate within minutes," said Odile Brask, the harbour master of Varnholt.'
)
IN = Verdict(0.9, (Reason(Following.WORDS, "sluice", ("sluice",)), Reason(Following.FEED, URL)), Decision.IN)
MAYBE = replace(IN, score=0.5, decision=Decision.MAYBE)
OUT = Verdict(0.0, (), Decision.OUT)


@pytest.fixture
def story(store: Store) -> Story:
    return store.create_story(ONE, "varnholt", "Varnholt", NOW)


@pytest.fixture
def theirs(store: Store) -> Story:
    return store.create_story(TWO, "varnholt", "Varnholt", NOW)


def article(identity: str = "a1", text: str = BODY, **more: Any) -> Reading:
    known: dict[str, Any] = {
        "title": f"About {identity}", "outlet": "The Quay Post", "url": f"https://post.example/{identity}",
        "published": NOW, "language": "en",
    }  # fmt: skip
    return read(Article(identity, text, **{**known, **more}))


def follow(
    store: Store, story: Story, value: str = URL, kind: Following = Following.FEED, tenant: Tenant = ONE, **more: Any
) -> Follow:  # fmt: skip
    return store.follows.follow(tenant, story, kind, value, NOW, **more)


def lease(store: Store, now: datetime = NOW, name: str = "first", most: int = 50) -> list[Polled]:
    return store.follows.lease(name, now, now + 10 * MINUTE, most)


def polling(now: datetime = NOW, **more: Any) -> Polling:
    return Polling(now + 5 * MINUTE, 300.0, now, **more)


def settle(store: Store, polled: Polled, now: datetime = NOW, name: str = "first", **more: Any) -> bool:
    return store.follows.settle(name, [(polled, polling(now, **more))]) == [True]


def decided(store: Store, story: Story, name: str) -> tuple[Decision, str]:
    """What was decided about an article, and by whom ("" by itself)."""
    (found,) = [m for m in store.follows.matches(ONE, story) if m.article.id == name]
    return found.verdict.decision, found.decided_by


# ---- what a story is followed by ---------------------------------------------------------------------------------------------------


def test_what_is_followed_comes_back_as_it_was_said(store: Store, story: Story) -> None:
    """In order, with who said it and where."""
    said = [
        follow(store, story, made_by="ida", said_in=HERE),
        follow(store, story, "sluice, gate", Following.WORDS),
        follow(store, story, "The Quay Post", Following.OUTLET),
        follow(store, story, "a1", Following.LIKE),
    ]
    assert store.follows.follows(ONE, story) == said
    assert [f.kind for f in said] == [Following.FEED, Following.WORDS, Following.OUTLET, Following.LIKE]
    assert (said[0].made_by, said[0].said_in) == ("ida", HERE)
    assert [f.feed is not None for f in said] == [True, False, False, False]
    assert store.follows.count(ONE) == 4


def test_the_same_thing_twice_is_refused(store: Store, story: Story) -> None:
    """In one story; another may follow it too, by the same row."""
    first = follow(store, story)
    with pytest.raises(AlreadyThere, match=r"post\.example"):
        follow(store, story)
    other = store.create_story(ONE, "other", "Other", NOW)
    assert follow(store, other).feed == first.feed
    assert store.counts()["feeds"] == 1


def test_a_tenants_follows_are_its_own(store: Store, story: Story, theirs: Story) -> None:
    """Another tenant reads none, adds none, ends none, counts none."""
    follow(store, story)
    assert store.follows.follows(TWO, story) == []
    assert store.follows.count(TWO) == 0
    for act in (
        lambda: follow(store, story, OTHER_URL, tenant=TWO),
        lambda: store.follows.unfollow(TWO, story),
        lambda: store.follows.rest(TWO, story, True),
        lambda: store.follows.keep_match(TWO, story, "a1", IN, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    assert len(store.follows.follows(ONE, story)) == 1


def test_what_nobody_follows_any_more_is_removed(store: Store, story: Story, theirs: Story) -> None:
    """With the last of those who did; entries go with it."""
    mine = follow(store, story)
    follow(store, theirs, tenant=TWO)
    (polled,) = lease(store)
    store.follows.keep_entry(polled, "k", "d", NOW)
    assert store.follows.unfollow(ONE, story, mine.id) == 1
    assert [p.url for p in lease(store, NOW + 11 * MINUTE)] == [URL]
    assert store.follows.unfollow(TWO, theirs) == 1
    assert lease(store, LATER) == []
    assert (store.counts()["feeds"], store.counts()["entries"]) == (0, 0)


def test_a_removed_story_takes_what_it_was_followed_by(store: Store, story: Story) -> None:
    """And its matches."""
    follow(store, story)
    store.add_article(ONE, story, article(), NOW, private=False, verdict=MAYBE)
    store.remove_story(ONE, story.slug)
    counts = store.counts()
    assert [counts[t] for t in ("feeds", "follows", "matches", "articles", "revisions", "readings")] == [
        0
    ] * 6


def test_a_number_is_ended_in_its_own_story_alone(store: Store, story: Story) -> None:
    """Another story's stays."""
    other = store.create_story(ONE, "other", "Other", NOW)
    theirs = follow(store, other)
    assert store.follows.unfollow(ONE, story, theirs.id) == 0
    assert store.follows.follows(ONE, other) == [theirs]


def test_a_followed_feed_is_read_anew_for_whoever_is_new(store: Store, story: Story, theirs: Story) -> None:
    """What was read of it counts for those who were there; a story of words has its tenant's feeds read, no other's."""
    mine = follow(store, story)
    assert mine.feed is not None

    def read_through() -> None:
        for p in lease(store, LATER):
            settle(store, p, NOW, etag='"e"', digest="d")
            store.follows.keep_entry(p, "k", "d", NOW)

    read_through()
    follow(store, theirs, "sluice", Following.WORDS, TWO)
    assert store.follows.known_entries(mine.feed, ["k"]) != {}
    assert lease(store, NOW) == []
    words = store.create_story(ONE, "words", "Words", NOW)
    follow(store, words, "sluice", Following.WORDS)
    assert store.follows.known_entries(mine.feed, ["k"]) == {}
    (polled,) = lease(store)
    assert (polled.etag, polled.digest) == ("", "")
    settle(store, polled, etag='"e"', digest="d")
    follow(store, theirs, tenant=TWO)
    (again,) = lease(store)
    assert (again.etag, again.digest) == ("", "")


def test_what_is_followed_while_it_is_polled_is_read_anew_after(
    store: Store, story: Story, theirs: Story
) -> None:
    """The poll that is under way knows nothing of who has come; its end does not hide that."""
    follow(store, story)
    (polled,) = lease(store)
    follow(store, theirs, tenant=TWO)
    settle(store, polled, NOW + MINUTE, etag='"e"', digest="d")
    (again,) = lease(store, NOW + 6 * MINUTE)
    assert (again.etag, again.digest) == ("", "")


def test_a_very_long_address_can_be_followed_and_watched(store: Store, story: Story) -> None:
    """Or is refused in words; neither database breaks on it."""
    long = f"https://post.example/?{'x' * 3_000}"
    store.add_article(ONE, story, article("a1", url=long), NOW)
    store.follows.watch("a1", "", long, NOW, 3_600.0)
    follow(store, story)
    for polled in lease(store):
        assert settle(store, polled, url=long, title="x" * 3_000)


# ---- leases ----------------------------------------------------------------------------------------------------------------------


def test_what_is_due_is_leased_once(store: Store, story: Story) -> None:
    """The longest due first, so many at most; given back, it is due when it was said."""
    for n in range(3):
        follow(store, story, f"{URL}{n}")
    first = lease(store, most=2)
    assert [p.url for p in first] == [f"{URL}0", f"{URL}1"]
    assert [p.url for p in lease(store, name="second")] == [f"{URL}2"]
    assert lease(store, name="third") == []
    assert settle(store, first[0])
    assert lease(store, NOW + 4 * MINUTE, "third") == []
    assert [p.url for p in lease(store, NOW + 5 * MINUTE, "third")] == [f"{URL}0"]


def test_many_who_lease_at_once_have_each_feed_once(store: Store, story: Story) -> None:
    """Whatever comes first."""
    for n in range(40):
        follow(store, story, f"{URL}{n}")

    def take(n: int) -> list[int]:
        found: list[int] = []
        while taken := lease(store, name=f"c{n}", most=3):
            found += [p.id for p in taken]
        return found

    with ThreadPoolExecutor(6) as pool:
        found = [number for some in pool.map(take, range(6)) for number in some]
    assert len(found) == len(set(found))
    left = lease(store, name="last")
    assert len(found) + len(left) == 40


def test_a_lease_runs_out(store: Store, story: Story) -> None:
    """Another has the feed then, and what the first one brings no longer counts."""
    follow(store, story)
    (dead,) = lease(store)
    assert lease(store, NOW + 9 * MINUTE, "second") == []
    (polled,) = lease(store, NOW + 11 * MINUTE, "second")
    assert not settle(store, dead, NOW + 12 * MINUTE, digest="old")
    assert settle(store, polled, NOW + 12 * MINUTE, "second", digest="new")
    (again,) = lease(store, LATER)
    assert again.digest == "new"


def test_what_rests_is_not_due(store: Store, story: Story, theirs: Story) -> None:
    """Unless another story that does not rest follows it too."""
    follow(store, story)
    store.follows.rest(ONE, story, True)
    assert store.story(ONE, story.slug).resting
    assert lease(store) == []
    assert store.follows.next_due(NOW) is None
    follow(store, theirs, tenant=TWO)
    assert [p.url for p in lease(store)] == [URL]
    assert [f.tenant for f in store.follows.followed(lease(store, LATER)[0].id)] == [TWO]


def test_when_the_next_is_due(store: Store, story: Story) -> None:
    """The first of all that is followed; all can be made due at once."""
    assert store.follows.next_due(NOW) is None
    follow(store, story)
    follow(store, story, OTHER_URL)
    assert store.follows.next_due(NOW) == NOW
    taken = lease(store)
    assert store.follows.next_due(NOW) is None  # somebody is at both
    assert store.follows.next_due(NOW + 11 * MINUTE) == NOW  # and never came back
    for p in taken:
        settle(store, p, NOW)
    assert store.follows.next_due(NOW) == NOW + 5 * MINUTE
    assert store.follows.all_due(NOW) == 2
    assert len(lease(store)) == 2


# ---- what a question came to -----------------------------------------------------------------------------------------------------


def test_failures_are_counted_from_the_first(store: Store, story: Story) -> None:
    """Why, and since when, is with what is followed; a good answer ends it."""
    follow(store, story)
    for n in range(3):
        (polled,) = lease(store, NOW + n * timedelta(hours=1))
        assert polled.failures == n
        settle(store, polled, NOW + n * timedelta(hours=1), why="It is closed.", error="FetchFailed")
    (shown,) = store.follows.follows(ONE, story)
    assert (shown.why, shown.failing, shown.asked) == ("It is closed.", NOW, NOW + timedelta(hours=2))
    (polled,) = lease(store, LATER)
    assert store.follows.told(polled)
    assert not store.follows.told(polled)
    settle(store, polled, LATER, title="The Quay Post")
    (shown,) = store.follows.follows(ONE, story)
    assert (shown.why, shown.failing, shown.title) == ("", None, "The Quay Post")
    assert store.follows.told(polled)


def test_a_failure_keeps_what_the_server_was_asked_by(store: Store, story: Story) -> None:
    """After it, nothing that is known is fetched again."""
    follow(store, story)
    (polled,) = lease(store)
    settle(store, polled, etag='"e"', modified="Tue", digest="d")
    (polled,) = lease(store, LATER)
    settle(store, polled, LATER, why="no", error="FetchFailed")
    (polled,) = lease(store, LATER + timedelta(days=1))
    assert (polled.etag, polled.modified, polled.digest) == ('"e"', "Tue", "d")


def test_many_outcomes_are_kept_together_and_each_for_itself(store: Store, story: Story) -> None:
    """One that went well, one that failed, one that another process has by now, one that was followed again meanwhile, and
    two that have moved to one address."""
    urls = [f"https://post.example/{n}" for n in range(6)]
    for url in urls:
        follow(store, story, url)
    taken = lease(store)
    well, badly, lost, turned, one, two = taken
    store.follows.release("first")
    assert len(lease(store, name="second", most=9)) == 6
    store.follows.release("second")
    assert len(lease(store)) == 6
    with store.engine.begin() as c:
        c.execute(update(t.feeds).where(t.feeds.c.id == lost.id).values(lease="second"))
        c.execute(update(t.feeds).where(t.feeds.c.id == turned.id).values(turn=turned.turn + 1))
    news = "https://post.example/new"
    kept = store.follows.settle(
        "first",
        [
            (well, polling(etag="w", digest="d", title="Quay", brought=True)),
            (badly, polling(why="It is closed.", error="FetchFailed")),
            (lost, polling(etag="l")),
            (turned, polling(etag="t", digest="d")),
            (one, polling(url=news, etag="1")),
            (two, polling(url=news, etag="2")),
        ],
    )
    assert kept == [True, True, False, True, True, False]
    with store.engine.connect() as c:
        rows = {r.id: r for r in c.execute(select(t.feeds))}
    assert two.id not in rows
    assert (rows[well.id].etag, rows[well.id].digest, rows[well.id].title, rows[well.id].brought) == (
        "w",
        "d",
        "Quay",
        NOW,
    )
    assert (rows[badly.id].why, rows[badly.id].failures, rows[badly.id].failing) == ("It is closed.", 1, NOW)
    assert (rows[lost.id].etag, rows[lost.id].lease) == ("", "second")
    assert (rows[turned.id].etag, rows[turned.id].digest, rows[turned.id].due) == ("", "", NOW)
    assert (rows[one.id].url, rows[one.id].etag) == (news, "1")
    assert {f.feed for f in store.follows.follows(ONE, story) if f.value in urls[4:]} == {one.id}


def test_what_is_given_back_is_due_as_it_was(store: Store, story: Story, theirs: Story) -> None:
    """What another process has stays its own."""
    follow(store, story)
    follow(store, theirs, OTHER_URL, tenant=TWO)
    assert len(lease(store, name="first", most=1)) == 1
    assert len(lease(store, name="second")) == 1
    store.follows.release("first")
    assert [p.url for p in lease(store, name="third")] == [URL]


def test_what_is_gone_is_not_asked_until_it_is_followed_again(store: Store, story: Story) -> None:
    """410 is for good, and a person may know better."""
    mine = follow(store, story)
    (polled,) = lease(store)
    settle(store, polled, why="Gone.", error="FetchFailed", gone=True)
    assert lease(store, LATER + timedelta(days=9)) == []
    store.follows.unfollow(ONE, story, mine.id)
    follow(store, story)
    assert len(lease(store)) == 1


def test_a_feed_that_moves_takes_those_who_follow_it_along(store: Store, story: Story, theirs: Story) -> None:
    """Onto a new row's address, or onto the row that is there."""
    follow(store, story)
    (polled,) = lease(store)
    assert settle(store, polled, url="https://post.example/new")
    (polled,) = lease(store, LATER)
    assert polled.url == "https://post.example/new"
    settle(store, polled, LATER)
    there = follow(store, theirs, OTHER_URL, tenant=TWO)
    (polled,) = [p for p in lease(store, LATER + timedelta(days=1)) if p.url.endswith("new")]
    settle(store, polled, LATER + timedelta(days=1), url=OTHER_URL)
    assert store.counts()["feeds"] == 1
    assert there.feed is not None
    assert {f.tenant for f in store.follows.followed(there.feed)} == {ONE, TWO}


def test_a_story_that_follows_both_addresses_of_a_moved_feed_is_told_once(store: Store, story: Story) -> None:
    """It is one feed now."""
    follow(store, story)
    there = follow(store, story, OTHER_URL)
    (polled,) = [p for p in lease(store) if p.url == URL]
    settle(store, polled, url=OTHER_URL)
    assert there.feed is not None
    assert len(store.follows.told_at(there.feed)) == 1


# ---- entries and pages -----------------------------------------------------------------------------------------------------------


def test_entries_are_known_by_their_words_and_tries(store: Store, story: Story) -> None:
    """Within their feed; those of a feed that has gone are not kept."""
    follow(store, story)
    follow(store, story, OTHER_URL)
    one, two = lease(store)
    store.follows.keep_entry(one, "k", "", NOW, 2)
    store.follows.keep_entry(one, "k", "d", LATER)
    store.follows.keep_entry(two, "k", "", NOW, 1)
    store.follows.keep_entry(replace(one, id=10_000), "k", "d", NOW)
    assert store.follows.known_entries(one.id, ["k", "x"]) == {"k": ("d", 0)}
    assert store.follows.known_entries(two.id, ["k"]) == {"k": ("", 1)}
    many = [f"k{n}" for n in range(1_200)]
    assert store.follows.known_entries(one.id, [*many, "k"]) == {"k": ("d", 0)}


def test_what_was_looked_at_before_somebody_new_came_is_not_kept(
    store: Store, story: Story, theirs: Story
) -> None:
    """It was not looked at for them."""
    follow(store, story)
    (polled,) = lease(store)
    store.follows.keep_entry(polled, "before", "d", NOW)
    follow(store, theirs, tenant=TWO)
    store.follows.keep_entry(polled, "after", "d", NOW)
    assert store.follows.known_entries(polled.id, ["before", "after"]) == {}


def test_old_entries_are_forgotten_unless_they_still_stand_there(store: Store, story: Story) -> None:
    """By when they were last looked at."""
    follow(store, story)
    (feed,) = lease(store)
    for key, at in (("old", NOW), ("standing", NOW), ("new", LATER)):
        store.follows.keep_entry(feed, key, "d", at)
    store.follows.forget_entries(feed.id, ["standing"], NOW + MINUTE)
    assert set(store.follows.known_entries(feed.id, ["old", "standing", "new"])) == {"standing", "new"}


def test_an_articles_page_is_watched_until_it_is_not(store: Store, story: Story) -> None:
    """Without anybody following it; with the article, it goes."""
    store.add_article(ONE, story, article(), NOW)
    store.follows.watch("a1", "", "https://post.example/a1", NOW, 3_600.0)
    store.follows.watch("a1", "", "https://post.example/a1", LATER, 3_600.0)
    store.follows.watch("unknown", "", "https://post.example/x", NOW, 3_600.0)
    (polled,) = lease(store)
    assert (polled.kind, polled.article, polled.owner) == (Following.PAGE, "a1", "")
    store.follows.unwatch(polled)
    assert store.counts()["feeds"] == 0
    store.follows.watch("a1", "", "https://post.example/a1", NOW, 3_600.0)
    store.remove_story(ONE, story.slug)
    assert store.counts()["feeds"] == 0


def test_the_page_that_a_story_follows_outlives_its_watch(store: Store, story: Story) -> None:
    """And the other way round."""
    url = "https://post.example/a1"
    mine = follow(store, story, url, Following.PAGE)
    store.add_article(ONE, story, article(), NOW)
    store.follows.watch("a1", "", url, NOW, 3_600.0)
    (polled,) = lease(store)
    assert polled.article == "a1"
    store.follows.unfollow(ONE, story, mine.id)
    assert store.counts()["feeds"] == 1
    follow(store, story, url, Following.PAGE)
    store.follows.unwatch(polled)
    assert [p.article for p in lease(store, LATER)] == [""]


def test_a_removed_story_leaves_the_page_that_another_follows(
    store: Store, story: Story, theirs: Story
) -> None:
    """The article goes, the page is still followed."""
    url = "https://post.example/a1"
    follow(store, theirs, url, Following.PAGE, TWO)
    store.add_article(ONE, story, article(), NOW, private=True)
    store.follows.watch("a1", "discord/1", url, NOW, 3_600.0)
    store.remove_story(ONE, story.slug)
    assert [f.value for f in store.follows.follows(TWO, theirs)] == [url]
    assert [p.url for p in lease(store, LATER)] == [url]


# ---- whose it is -----------------------------------------------------------------------------------------------------------------


def test_whose_a_feeds_articles_may_be(store: Store, story: Story, theirs: Story) -> None:
    """Those who follow it, and their tenants' stories without a feed of their own; with the operator, everybody's."""
    feed = follow(store, story).feed
    assert feed is not None
    words = store.create_story(ONE, "words", "Words", NOW)
    follow(store, words, "sluice", Following.WORDS)
    own = store.create_story(ONE, "own", "Own", NOW)
    follow(store, own, OTHER_URL)
    store.create_story(ONE, "nothing", "Nothing", NOW)
    follow(store, theirs, "sluice", Following.WORDS, TWO)
    assert [(f.tenant, f.story.slug) for f in store.follows.followed(feed)] == [
        (ONE, "varnholt"),
        (ONE, "words"),
    ]
    store.follows.keep_operators({URL: Following.FEED}, NOW, 300.0)
    found = store.follows.followed(feed)
    assert {(f.tenant, f.story.slug) for f in found} == {(ONE, "varnholt"), (TWO, "varnholt"), (ONE, "words")}
    assert [f.value for f in next(f for f in found if f.story == words).by] == ["sluice"]
    store.follows.rest(ONE, words, True)
    assert words.slug not in {f.story.slug for f in store.follows.followed(feed)}


def test_the_operators_are_kept_as_the_settings_have_them(store: Store, story: Story) -> None:
    """What is new is due, what was there is not asked anew, what is out of the settings ends; stories' stay."""
    store.follows.keep_operators({URL: Following.FEED, "/srv/in": Following.FOLDER}, NOW, 300.0)
    assert {(p.kind, p.url) for p in lease(store)} == {(Following.FEED, URL), (Following.FOLDER, "/srv/in")}
    store.follows.keep_operators({URL: Following.FEED, "/srv/in": Following.FOLDER}, LATER, 300.0)
    assert lease(store, NOW) == []
    assert store.counts()["follows"] == 2
    follow(store, story)
    store.follows.keep_operators({}, LATER, 300.0)
    assert store.counts()["follows"] == 1
    assert {p.url for p in lease(store, LATER)} == {URL}


def test_who_is_told_of_a_feed_are_those_who_named_it(store: Store, story: Story, theirs: Story) -> None:
    """With where they did; not those who draw on it by words, nor the operator."""
    feed = follow(store, story, said_in=HERE).feed
    assert feed is not None
    follow(store, theirs, tenant=TWO)
    words = store.create_story(ONE, "words", "Words", NOW)
    follow(store, words, "sluice", Following.WORDS)
    store.follows.keep_operators({URL: Following.FEED}, NOW, 300.0)
    found = store.follows.told_at(feed)
    assert [(e.tenant, e.story, f.said_in) for e, f in found] == [(ONE, story, HERE), (TWO, theirs, None)]


def test_those_who_hold_an_article_are_found_by_its_owner(store: Store, story: Story, theirs: Story) -> None:
    """Or whosever it is; a tenant's own is another than the public one of that id."""
    store.add_article(ONE, story, article(), NOW)
    store.add_article(TWO, theirs, article(), NOW, private=True)
    public, private = (ONE, story, ""), (TWO, theirs, "discord/2")
    assert store.follows.holders("a1") == store.follows.holders("a1", ["", "discord/2"]) == [public, private]
    assert store.follows.holders("a1", [""]) == [public]
    assert store.follows.holders("a1", ["discord/2"]) == [private]
    assert store.follows.holders("a1", ["discord/1"]) == store.follows.holders("a2") == []
    assert store.follows.holders("a1", []) == []


# ---- matches ---------------------------------------------------------------------------------------------------------------------


def test_a_match_comes_back_with_its_reasons(store: Store, story: Story) -> None:
    """The newest first, by decision; a later one takes its place."""
    for n in (1, 2):
        verdict = MAYBE if n == 1 else IN
        reading = article(f"a{n}", f"{BODY} Part {n}.")
        store.add_article(ONE, story, reading, NOW + n * MINUTE, private=False, verdict=verdict)
    found = store.follows.matches(ONE, story)
    assert [(m.article.id, m.verdict, m.at) for m in found] == [
        ("a2", IN, NOW + 2 * MINUTE),
        ("a1", MAYBE, NOW + MINUTE),
    ]
    assert [m.article.id for m in store.follows.matches(ONE, story, Decision.MAYBE)] == ["a1"]
    assert len(store.follows.matches(ONE, story, most=1)) == 1
    assert store.follows.keep_match(ONE, story, "a1", IN, LATER)
    assert store.follows.matches(ONE, story, Decision.MAYBE) == []
    assert decided(store, story, "a1") == (Decision.IN, "")
    with pytest.raises(NotFound):
        store.follows.keep_match(ONE, story, "unknown", IN, NOW)


def test_a_persons_decision_outlives_every_match(store: Store, story: Story) -> None:
    """Until a person decides again."""
    store.add_article(ONE, story, article(), NOW)
    assert store.follows.keep_match(ONE, story, "a1", OUT, NOW, "ida")
    assert store.members(ONE, story) == []
    assert not store.follows.keep_match(ONE, story, "a1", IN, LATER)
    assert store.follows.keep_match(ONE, story, "a1", OUT, LATER)
    assert decided(store, story, "a1") == (Decision.OUT, "ida")
    assert store.follows.keep_match(ONE, story, "a1", IN, LATER, "jon")
    assert decided(store, story, "a1") == (Decision.IN, "jon")


def test_what_leaves_a_story_moves_it_once(store: Store, story: Story) -> None:
    """What was made of it is made anew; a second time there is nothing to leave."""
    store.add_article(ONE, story, article(), NOW)
    before = store.version(ONE, story).articles
    store.follows.keep_match(ONE, story, "a1", OUT, NOW, "ida")
    after = store.version(ONE, story).articles
    assert after > before
    store.follows.keep_match(ONE, story, "a1", OUT, NOW, "ida")
    assert store.version(ONE, story).articles == after


def test_what_was_cited_of_an_excluded_article_can_still_be_looked_at(
    store: Store, story: Story, theirs: Story
) -> None:
    """By its own story; it is not pruned, and another tenant sees nothing of it."""
    store.add_article(ONE, story, article(), NOW)
    store.keep_numbers(ONE, story, [Citation("a1", 1, Span(0, 10))])
    store.follows.keep_match(ONE, story, "a1", OUT, NOW, "ida")
    store.follows.prune(LATER)
    assert store.article(ONE, story, "a1", 1).text == BODY
    with pytest.raises(NotFound):
        store.article(TWO, story, "a1", 1)
    with pytest.raises(NotFound):
        store.article(TWO, theirs, "a1", 1)


def test_what_nobody_decided_about_is_pruned_with_its_article(
    store: Store, story: Story, theirs: Story
) -> None:
    """Not what is held, decided, or newer; nor an article that another story holds."""
    for name, text in (
        ("maybe", "One"),
        ("held", "Two"),
        ("decided", "Three"),
        ("new", "Four"),
        ("shared", "Five"),
    ):
        reading = article(name, f"{BODY} {text}.")
        store.add_article(ONE, story, reading, NOW, private=False, verdict=MAYBE)
    store.add_article(ONE, story, article("held", f"{BODY} Two."), NOW)
    store.follows.keep_match(ONE, story, "held", IN, NOW)
    store.follows.keep_match(ONE, story, "decided", OUT, NOW, "ida")
    store.follows.keep_match(ONE, story, "new", MAYBE, LATER)
    store.add_article(TWO, theirs, article("shared", f"{BODY} Five."), NOW)
    store.follows.prune(NOW + MINUTE)
    assert {m.article.id for m in store.follows.matches(ONE, story)} == {"held", "decided", "new"}
    assert store.stored("maybe") is None
    assert store.stored("shared") is not None
    assert [m.article.id for m in store.members(TWO, theirs)] == ["shared"]


def test_a_private_articles_match_is_its_owners(store: Store, story: Story, theirs: Story) -> None:
    """Another tenant's story can't be matched to it."""
    store.add_article(ONE, story, article(), NOW, private=True, verdict=MAYBE)
    assert [m.article.id for m in store.follows.matches(ONE, story)] == ["a1"]
    with pytest.raises(NotFound):
        store.follows.keep_match(TWO, theirs, "a1", MAYBE, NOW)
    assert store.stored("a1") is None
    assert store.stored("a1", "discord/2") is None
    assert store.stored("a1", "discord/1") is not None


def test_an_undecided_private_article_goes_with_its_story(store: Store, story: Story) -> None:
    """Nothing is left of it."""
    store.add_article(ONE, story, article(), NOW, private=True, verdict=MAYBE)
    store.remove_story(ONE, story.slug)
    assert store.stored("a1", "discord/1") is None


# ---- one article under two addresses ---------------------------------------------------------------------------------------------


def test_the_same_text_at_another_address_is_the_same_article(store: Store, story: Story) -> None:
    """Headline, text and outlet to the letter; of another outlet it is another's reprint; another's own is none of ours."""
    store.add_article(ONE, story, article("a1", title="Sluice fails"), NOW)
    added = store.add_article(ONE, story, article("a2", title="Sluice fails"), LATER)
    assert (added.what, added.article.id) == ("unchanged", "a1")
    store.add_article(ONE, story, article("a3", title="Sluice fails", outlet="Le Quai"), NOW)
    store.add_article(ONE, story, article("a4", title="Sluice fails"), NOW, private=True)
    assert sorted(m.article.id for m in store.members(ONE, story)) == ["a1", "a3", "a4"]


def test_a_twin_is_known_by_the_text_that_stands_there_now(store: Store, story: Story) -> None:
    """What an article said once, another may say."""
    store.add_article(ONE, story, article("a1", title="Sluice fails"), NOW)
    store.add_article(ONE, story, article("a1", f"{BODY} More.", title="Sluice fails"), NOW)
    added = store.add_article(ONE, story, article("a2", title="Sluice fails"), LATER)
    assert (added.what, added.article.id) == ("new", "a2")
    again = store.add_article(ONE, story, article("a3", f"{BODY} More.", title="Sluice fails"), LATER)
    assert (again.what, again.article.id, again.article.revision) == ("unchanged", "a1", 2)


def test_a_twin_that_is_revised_is_still_one(store: Store, story: Story) -> None:
    """Where the address that was there first brings the new text first."""
    for identity in ("a1", "a2"):
        store.add_article(ONE, story, article(identity, title="Sluice fails"), NOW)
    for identity in ("a1", "a2"):
        store.add_article(ONE, story, article(identity, f"{BODY} More.", title="Sluice fails"), LATER)
    assert [m.article.id for m in store.members(ONE, story)] == ["a1"]


def test_texts_without_an_address_are_no_twins(store: Store, story: Story) -> None:
    """Nobody says that they are of one outlet's site."""
    for identity in ("a1", "a2"):
        store.add_article(ONE, story, article(identity, title="Sluice fails", url=""), NOW)
    assert len(store.members(ONE, story)) == 2
