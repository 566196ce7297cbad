"""Polling, over a real store and a site on loopback: what comes in, what does not, and what becomes of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from aiohttp import web

from briefings.errors import StoreError
from briefings.model import LOCAL, Decision, Following, Polled
from briefings.store import Polling
from tests.unit.polling import (
    BODY,
    HEAD,
    HERE,
    LEDE,
    NOW,
    ONE,
    OTHER,
    OTHER_HEAD,
    TEASER,
    TWO,
    Entry,
    House,
    Inline,
    Telling,
    page,
    public_articles,
    rss,
    serving,
    work_with,
)

FULL = f"{BODY}\n" * 4  # more than a feed's teaser ever has
CHANGED = BODY.replace("120 households", "150 households")
DAM = Entry("/a1")
PEARS = Entry(
    "/a2", OTHER_HEAD, "Pears cost twice as much as a year ago, say growers in the valley of Ombrelle."
)
LATER = NOW + timedelta(minutes=30)


def stand(h: House) -> None:
    """The site has a feed of two articles, one of the story."""
    h.site.feed(DAM, PEARS)
    h.site.at |= {"/a1": page(), "/a2": page(OTHER_HEAD, OTHER)}


def failing_once(times: int = 1, error: type[Exception] = StoreError) -> Callable[[Any], Any]:
    """Wraps a function so that its first calls fail."""
    left = [times]

    def wrap(function: Any) -> Any:
        def inside(*args: Any, **kwargs: Any) -> Any:
            if left[0]:
                left[0] -= 1
                raise error("the disk is full")
            return function(*args, **kwargs)

        return inside

    return wrap


# ---- what comes in --------------------------------------------------------------------------------------------------------------


def test_an_article_of_a_feed_finds_its_story_in_full(tmp_path: Path) -> None:
    """The words of its page, not the feed's teaser; what is not of the story stays out; whoever waits is told once."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "sluice varnholt", "/feed")
        assert await h.poll() == 1
        (member,) = await h.desk.members(story)
        assert "Odile Brask" in member.article.text
        assert (member.article.title, member.article.outlet) == (HEAD, "The Quay Post")
        assert member.article.published == DAM.date
        (match,) = await h.following().matches(story)
        assert match.verdict.decision is Decision.IN
        assert [(r.kind, r.shared) for r in match.verdict.reasons] == [
            (Following.WORDS, ("sluice", "varnholt")),
            (Following.FEED, ()),
        ]
        assert h.changes == 1
        assert await h.gaps(story) == []

    work_with(tmp_path, work)


def test_all_that_comes_from_a_feed_belongs_where_nothing_else_is_said(tmp_path: Path) -> None:
    """A feed alone is a story."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        assert await h.titles(story) == [OTHER_HEAD, HEAD]

    work_with(tmp_path, work)


def test_a_feed_that_gives_the_article_itself_costs_no_other_question(tmp_path: Path) -> None:
    """Its page is left alone."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, text=FULL))
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        assert await h.titles(story) == [HEAD]
        assert h.site.took("/a1") == 0

    work_with(tmp_path, work)


@pytest.mark.parametrize(
    ("more", "aside"),
    [
        ("", False),
        ("<!-- " + "x" * 61_000 + " -->", True),  # long
        ("<a/>" * 1_600, True),  # short, and as much work as a long one
    ],
)
def test_a_feed_that_takes_long_to_read_is_read_in_the_child_process(
    tmp_path: Path, more: str, aside: bool
) -> None:
    """The loop has commands to acknowledge."""

    async def work(h: House) -> None:
        story = await h.story("Varnholt", "/feed")
        entry = Entry("/a", text=BODY.replace("\n", " ") * 3)
        h.site.at["/feed"] = rss(h.site.base, [entry]).replace("</channel>", f"{more}</channel>")
        h.site.at["/a"] = page()
        worker = h.desk.reader.worker
        assert isinstance(worker, Inline)
        await h.poll()
        assert any(x.startswith("Reading the feed") for x in worker.ran) == aside
        assert await h.titles(story) == [HEAD]

    work_with(tmp_path, work)


@pytest.mark.parametrize("times", [1, 120])
def test_a_long_article_of_a_feed_is_read_in_the_child_process(tmp_path: Path, times: int) -> None:
    """By its length alone."""

    async def work(h: House) -> None:
        story = await h.story("Varnholt", "/feed")
        h.site.feed(Entry("/a"))
        h.site.at["/a"] = page(text="\n".join([BODY] * times))
        worker = h.desk.reader.worker
        assert isinstance(worker, Inline)
        await h.poll()
        (text,) = await h.texts(story)
        long = len(text) > h.desk.settings.limits.inline_characters
        assert long == (times > 1)
        assert (f"Reading {HEAD}" in worker.ran) == long

    work_with(tmp_path, work)


def test_a_poll_that_finds_nothing_new_reads_nothing(tmp_path: Path) -> None:
    """Neither where the server says 304, nor where the body is the same."""

    async def work(h: House) -> None:
        stand(h)
        plain = h.site.at["/feed"]
        assert isinstance(plain, str)

        async def conditional(request: web.Request) -> web.Response:
            if request.headers.get("If-None-Match") == '"v1"':
                return web.Response(status=304)
            return web.Response(text=plain, content_type="application/rss+xml", headers={"ETag": '"v1"'})

        h.site.at["/named"] = conditional
        await h.story("Varnholt", "/feed")
        await h.story("Other", "/named")
        await h.poll()
        before, pages = h.desk.store.counts(), h.site.took("/a1")
        assert pages == 2
        assert await h.poll(minutes=30) == 2
        assert h.desk.store.counts() == before
        assert h.site.took("/a1") == 0
        assert (h.site.took(), h.site.took("/named")) == (2, 2)

    work_with(tmp_path, work, sources={"recheck_days": 0})


@pytest.mark.parametrize(
    "again",
    [
        replace(DAM, date=LATER),
        replace(DAM, path="/a1?utm_source=other&utm_medium=rss"),
        replace(DAM, path="/a1#comments"),
        replace(DAM, guid="another"),
    ],
    ids=["date", "tracking", "fragment", "guid"],
)
def test_what_is_only_touched_is_no_new_article(tmp_path: Path, again: Entry) -> None:
    """A date, a tracking parameter, a guid: its page is not even asked for."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        h.site.took("/a1")
        h.site.feed(again, PEARS)
        await h.poll(minutes=30)
        assert h.site.took("/a1") == 0
        assert await h.revisions(story) == [1, 1]

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_an_article_under_two_addresses_is_one(tmp_path: Path) -> None:
    """Its page states its own address; or its headline, outlet and text are another's to the letter."""

    async def work(h: House) -> None:
        h.site.feed(DAM, Entry("/amp/a1"), Entry("/copy"))
        own = h.site.url("/a1")
        h.site.at |= {"/a1": page(), "/amp/a1": page(canonical=own), "/copy": page()}
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        assert await h.titles(story) == [HEAD]
        assert await h.revisions(story) == [1]

    work_with(tmp_path, work)


def test_entries_without_links_of_two_feeds_are_two(tmp_path: Path) -> None:
    """A guid counts within its feed: "1" is an entry of each."""

    async def work(h: House) -> None:
        h.site.feed(Entry("", HEAD, BODY, guid="1"), path="/one")
        h.site.feed(Entry("", OTHER_HEAD, OTHER, guid="1"), path="/two")
        story = await h.story("Varnholt", "/one", "/two")
        await h.poll()
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        assert await h.revisions(story) == [1, 1]

    work_with(tmp_path, work)


def test_a_feed_rewrites_no_article_of_another_site(tmp_path: Path) -> None:
    """Whoever puts another's address on an entry with a text of his own changes nothing of what that site's page said."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "sluice varnholt", "/feed", tenant=ONE)
        await h.poll()
        async with serving("127.0.0.2") as stranger:
            forged = FULL.replace("Some 120 households", "Not one household")
            stranger.at["/feed"] = rss("", [Entry(h.site.url("/a1"), HEAD, forged)])
            theirs = await h.story("Forged", tenant=TWO)
            h.follow(theirs, stranger.url(), Following.FEED, tenant=TWO)
            await h.poll()
        assert await h.revisions(story, ONE) == [1]
        assert not any("Not one household" in t for t in await h.texts(story, ONE))

    work_with(tmp_path, work, public=True)


# ---- revisions -------------------------------------------------------------------------------------------------------------------


def test_a_page_that_was_rewritten_becomes_a_revision(tmp_path: Path) -> None:
    """Its feed says nothing of it: the page is looked at again."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "sluice varnholt", "/feed")
        await h.poll()
        h.site.at["/a1"] = page(text=CHANGED)
        assert await h.poll(hours=2) == 2
        assert await h.revisions(story) == [2]
        assert "150 households" in (await h.texts(story))[0]
        assert h.changes == 2
        await h.poll(hours=2)
        assert await h.revisions(story) == [2]
        assert h.changes == 2

    work_with(tmp_path, work)


def test_a_revised_page_reaches_the_stories_of_all_tenants(tmp_path: Path) -> None:
    """A public article is one for all of them."""

    async def work(h: House) -> None:
        stand(h)
        mine = await h.story("Mine", "sluice varnholt", "/feed", tenant=ONE)
        theirs = await h.story("Theirs", "varnholt", "/feed", tenant=TWO)
        await h.poll()
        assert h.site.took("/a1") == 1
        h.site.at["/a1"] = page(text=CHANGED)
        await h.poll(hours=2)
        assert h.site.took("/a1") == 1
        assert (await h.revisions(mine, ONE), await h.revisions(theirs, TWO)) == ([2], [2])

    work_with(tmp_path, work, public=True)


def test_a_revised_intranet_page_reaches_each_tenant_that_holds_it(tmp_path: Path) -> None:
    """Each has a copy of its own, and each copy is looked at again."""

    async def work(h: House) -> None:
        stand(h)
        mine = await h.story("Mine", "sluice varnholt", "/feed", tenant=ONE)
        theirs = await h.story("Theirs", "varnholt", "/feed", tenant=TWO)
        await h.poll()
        h.site.at["/a1"] = page(text=CHANGED)
        await h.poll(hours=2)
        await h.poll(hours=2)
        assert (await h.revisions(mine, ONE), await h.revisions(theirs, TWO)) == ([2], [2])

    work_with(tmp_path, work)


@pytest.mark.parametrize("public", [True, False], ids=["public", "intranet"])
def test_a_page_that_shrinks_to_a_teaser_is_no_revision(tmp_path: Path, public: bool) -> None:
    """It has been locked: what it said, it said. Whether it is looked at by itself or because its feed was touched."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        h.site.at["/a1"] = page(text=TEASER)
        await h.poll(hours=2)
        assert await h.revisions(story) == [1]
        h.site.feed(replace(DAM, title=f"{HEAD}, again"), PEARS)
        await h.poll(hours=2)
        assert all("Odile Brask" in t for t in await h.texts(story))

    work_with(tmp_path, work, public=public)


def test_a_touched_entry_whose_page_fails_does_not_shrink_its_article(tmp_path: Path) -> None:
    """The feed's teaser does not take the place of the text that is there."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        h.site.feed(replace(DAM, title=f"{HEAD}: what is known"), PEARS)
        h.site.at["/a1"] = 503
        await h.poll(minutes=30)
        assert all("Odile Brask" in t for t in await h.texts(story))

    work_with(tmp_path, work, public=True)


def test_a_followed_page_that_shrinks_is_no_revision(tmp_path: Path) -> None:
    """Nor on an intranet."""

    async def work(h: House) -> None:
        h.site.at["/a1"] = page()
        story = await h.story()
        h.follow(story, "/a1", Following.PAGE)
        await h.poll()
        h.site.at["/a1"] = page(text=TEASER)
        await h.poll(hours=2)
        assert await h.revisions(story) == [1]
        h.site.at["/a1"] = page(text=CHANGED)
        await h.poll(hours=2)
        assert await h.revisions(story) == [2]

    work_with(tmp_path, work)


def test_a_page_is_looked_at_again_for_so_long_only(tmp_path: Path) -> None:
    """As many days as the settings say; one that is gone for good no longer."""

    async def work(h: House) -> None:
        stand(h)
        await h.story("Varnholt", "/feed")
        await h.poll()
        h.site.at["/a2"] = 410
        assert await h.poll(hours=2) == 3
        assert await h.poll(days=2) == 2
        await h.poll(days=2)
        assert await h.poll(days=2) == 1
        assert h.desk.store.counts()["feeds"] == 1

    work_with(tmp_path, work, sources={"recheck_days": 3})


# ---- what can't be fetched -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["/a1", "/a1?utm_source=rss"], ids=["plain", "tracked"])
def test_a_page_that_fails_leaves_the_teaser_and_a_gap_until_it_answers(tmp_path: Path, link: str) -> None:
    """It is asked for again with the feed, changed or not; then its text is a revision, and the gap goes."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, path=link))
        h.site.at["/a1"] = 503
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        assert await h.texts(story) == [TEASER]
        (gap,) = await h.gaps(story)
        assert gap.kind == "OnlyTeaser"
        assert gap.what.startswith(h.site.url("/a1"))
        h.site.at["/a1"] = page()
        await h.poll(minutes=30)
        assert await h.gaps(story) == []
        (text,) = await h.texts(story)
        assert "Odile Brask" in text
        assert await h.revisions(story) == [2]

    work_with(tmp_path, work)


def test_the_teaser_and_the_page_that_states_another_address_are_one(tmp_path: Path) -> None:
    """What could not be read at first is known under the address of the feed."""

    async def work(h: House) -> None:
        h.site.feed(Entry("/short/7"))
        h.site.at["/short/7"] = 503
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        h.site.at["/short/7"] = page(canonical=h.site.url("/2024/03/sluice"))
        await h.poll(minutes=30)
        (text,) = await h.texts(story)
        assert "Odile Brask" in text
        assert await h.gaps(story) == []

    work_with(tmp_path, work)


def test_a_page_that_never_answers_is_left_after_a_few_times(tmp_path: Path) -> None:
    """The gap stays, and the feed is as any other."""

    async def work(h: House) -> None:
        h.site.feed(DAM)
        h.site.at["/a1"] = 403
        story = await h.story("Varnholt", "varnholt", "/feed")
        for _ in range(9):
            await h.poll(hours=1)
        assert 2 <= h.site.took("/a1") <= 6
        await h.poll(hours=1)
        assert h.site.took("/a1") == 0
        assert len(await h.gaps(story)) == 1

    work_with(tmp_path, work)


def test_an_entry_without_a_teaser_is_asked_for_again_and_not_lost(tmp_path: Path) -> None:
    """There is nothing to show of it until its page answers."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, text=""))
        h.site.at["/a1"] = 503
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        assert await h.titles(story) == []
        h.site.at["/a1"] = page()
        await h.poll(minutes=30)
        assert await h.titles(story) == [HEAD]

    work_with(tmp_path, work)


def test_an_entry_that_could_never_be_read_is_a_gap(tmp_path: Path) -> None:
    """Of the stories that take all of the feed, or whose words its headline has: nothing is silently dropped."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, text=""))
        h.site.at["/a1"] = 403
        story = await h.story("Varnholt", "/feed")
        by_words = await h.story("Words", "sluice varnholt", "/feed")
        other = await h.story("Pears", "ombrelle", "/feed")
        for _ in range(8):
            await h.poll(hours=1)
        for each, gaps in ((story, 1), (by_words, 1), (other, 0)):
            found = await h.gaps(each)
            assert len(found) == gaps, each.slug
            assert all(g.what.startswith(h.site.url("/a1")) for g in found)

    work_with(tmp_path, work)


def test_an_article_that_is_too_long_is_a_gap(tmp_path: Path) -> None:
    """The feed's teaser is there, and that the rest is not."""

    async def work(h: House) -> None:
        h.site.feed(DAM)
        h.site.at["/a1"] = page(text=FULL * 3)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        assert await h.texts(story) == [TEASER]
        assert len(await h.gaps(story)) == 1

    work_with(tmp_path, work, limits={"article_characters": 1_000})


def test_a_full_entry_that_is_too_long_is_a_gap(tmp_path: Path) -> None:
    """A feed's own text is held to the limits as a page's is, and what is left out is told."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, text=FULL))
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        assert not any(len(t) > 1_000 for t in await h.texts(story))
        assert len(await h.gaps(story)) == 1

    work_with(tmp_path, work, limits={"article_characters": 1_000})


def test_one_feed_that_stalls_delays_no_other(tmp_path: Path) -> None:
    """While it is waited for, the others are asked and read."""

    async def work(h: House) -> None:
        stand(h)
        released = asyncio.Event()

        async def stalling(request: web.Request) -> web.Response:
            await released.wait()
            return web.Response(status=503)

        h.site.at["/slow"] = stalling
        slow = await h.story("Slow", "/slow")
        story = await h.story("Varnholt", "/feed")
        polling = asyncio.create_task(h.collector.once())
        await h.holds(story, 2)
        assert not polling.done()
        released.set()
        assert await polling == 2
        assert await h.titles(slow) == []

    work_with(tmp_path, work)


def test_broken_feeds_are_told_in_their_rows(tmp_path: Path) -> None:
    """Each is a failure of its own, and asked again later and later."""

    async def work(h: House) -> None:
        h.site.at |= {
            "/empty": "",
            "/html": "<html><body><p>No feed here.</p></body></html>",
            "/cut": "<rss version='2.0'><channel><title>Cu",
            "/json": '{"items": "none"}',
            "/gone": 404,
            "/circle": (302, "/circle"),
        }
        story = await h.story("Varnholt", "/empty", "/html", "/json", "/gone", "/circle", "/cut")
        await h.poll()
        whys = {f.value.rpartition("/")[2]: f.why for f in await h.following().follows(story)}
        assert all(why for name, why in whys.items() if name != "cut"), whys
        asked = [await h.poll(hours=1) for _ in range(4)]
        assert asked[0] >= 5
        assert asked[-1] < asked[0]

    work_with(tmp_path, work, sources={"least_minutes": 30})


def test_hostile_entries_do_not_keep_the_others_out(tmp_path: Path) -> None:
    """Addresses that are none, of private networks, or too long; dates of another age; texts of nothing."""

    async def work(h: House) -> None:
        stand(h)
        h.site.feed(
            Entry("javascript://alert(1)", "Scripted", TEASER),
            Entry("http://10.0.0.1/a", "Private", f"{TEASER} Private."),
            Entry("http://[::1", "Broken", f"{TEASER} Broken."),
            Entry("http://user:pass@127.0.0.1/", "Secret", f"{TEASER} Secret."),
            Entry("/a1?" + "x" * 5_000, "Long", f"{TEASER} Long."),
            Entry("", "", ""),
            Entry("", "\u202e@everyone", f"{TEASER} <!channel> \u202e"),
            replace(DAM, date=NOW.replace(year=9998)),
            PEARS,
        )
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        titles = await h.titles(story)
        assert {HEAD, OTHER_HEAD, "Private"} <= set(titles)
        members = await h.desk.members(story)
        assert all(m.article.published is None or m.article.published <= NOW for m in members)
        assert all(m.article.url.startswith(("http://", "https://", "")) for m in members)
        (follow,) = await h.following().follows(story)
        assert follow.why == ""

    work_with(tmp_path, work)


# ---- moved, gone, failing --------------------------------------------------------------------------------------------------------


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(tmp_path: Path) -> None:
    """The old one is not asked any more; a detour for now is kept."""

    async def work(h: House) -> None:
        stand(h)
        h.site.at |= {"/old": (301, "/feed"), "/detour": (302, "/feed2")}
        h.site.feed(DAM, path="/feed2")
        story = await h.story("Varnholt", "/old", "/detour")
        await h.poll()
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        h.site.asked.clear()
        await h.poll(minutes=30)
        assert (h.site.took("/old"), h.site.took("/feed")) == (0, 1)
        assert (h.site.took("/detour"), h.site.took("/feed2")) == (1, 1)

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_a_feed_that_moved_onto_one_that_is_followed_is_asked_once(tmp_path: Path) -> None:
    """Who followed the old one follows that, and loses nothing."""

    async def work(h: House) -> None:
        stand(h)
        h.site.at["/old"] = (301, "/feed")
        new = await h.story("New", "/feed")
        old = await h.story("Old", "/old")
        await h.poll()
        assert await h.titles(new) == await h.titles(old) == [OTHER_HEAD, HEAD]
        h.site.asked.clear()
        third = Entry("/a3", "Varnholt rebuilds", TEASER)
        h.site.at["/a3"] = page("Varnholt rebuilds", CHANGED)
        h.site.feed(third, DAM, PEARS)
        assert await h.poll(minutes=30) == 1
        assert "Varnholt rebuilds" in await h.titles(new)
        assert "Varnholt rebuilds" in await h.titles(old)
        assert h.site.took("/old") == 0

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_a_failing_feed_that_moves_onto_a_followed_one_is_back(tmp_path: Path) -> None:
    """It was told that it failed: it is told that it is back, and the gap goes."""

    async def work(h: House) -> None:
        stand(h)
        h.site.at["/old"] = 503
        await h.story("New", "/feed")
        old = await h.story("Old", "/old")
        for _ in range(10):
            await h.poll(hours=2)
        assert [t.error for t in h.told] == ["FetchFailed"]
        assert len(await h.gaps(old)) == 1
        h.site.at["/old"] = (301, "/feed")
        await h.poll(days=1)
        await h.poll(days=1)
        assert [t.error for t in h.told] == ["FetchFailed", ""]
        assert await h.gaps(old) == []

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_an_address_that_turned_into_a_page_leads_to_the_feed_it_announces(tmp_path: Path) -> None:
    """From then on that is asked."""

    async def work(h: House) -> None:
        stand(h)
        link = "<link rel='alternate' type='application/rss+xml' href='/feed'>"
        h.site.at["/home"] = f"<html><head>{link}</head><body><p>Welcome.</p></body></html>"
        story = await h.story("Varnholt", "/home")
        await h.poll()
        await h.poll(minutes=30)
        assert await h.titles(story) == [OTHER_HEAD, HEAD]

    work_with(tmp_path, work)


def test_pages_that_announce_each_other_are_a_feed_that_fails(tmp_path: Path) -> None:
    """There is no feed at either: that is told after a while, as of any other."""

    async def work(h: House) -> None:
        for here, there in (("/x", "/y"), ("/y", "/x")):
            link = f"<link rel='alternate' type='application/rss+xml' href='{there}'>"
            h.site.at[here] = f"<html><head>{link}</head><body><p>Welcome.</p></body></html>"
        story = await h.story("Varnholt", "/x")
        for _ in range(12):
            await h.poll(hours=2)
        assert len(h.told) == 1
        assert len(await h.gaps(story)) == 1

    work_with(tmp_path, work)


def test_a_feed_that_is_gone_ends_and_is_told(tmp_path: Path) -> None:
    """410 is for good: it is not asked again, and who follows it hears it at once, once."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        h.site.at["/feed"] = 410
        await h.poll(minutes=30)
        assert h.told == [Telling(("varnholt",), h.site.url(), "FetchFailed")]
        assert [g.what for g in await h.gaps(story)] == [h.site.url()]
        h.site.asked.clear()
        await h.poll(days=3)
        assert h.site.took() == 0
        assert len(h.told) == 1

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_a_feed_that_fails_for_long_is_told_once_and_once_when_it_is_back(tmp_path: Path) -> None:
    """To each story that follows it by name; meanwhile it is a gap of theirs, and no longer when it is back."""

    async def work(h: House) -> None:
        stand(h)
        mine = await h.story("Mine", "/feed", tenant=ONE)
        theirs = await h.story("Theirs", "/feed", tenant=TWO)
        words = await h.story("Words", "varnholt", tenant=ONE)
        await h.poll()
        kept = h.site.at["/feed"]
        h.site.at["/feed"] = 500
        await h.poll(hours=1)
        assert h.told == []
        for _ in range(6):
            await h.poll(hours=6)
        assert h.told == [Telling(("mine", "theirs"), h.site.url(), "FetchFailed")]
        assert [len(await h.gaps(s, t)) for s, t in ((mine, ONE), (theirs, TWO), (words, ONE))] == [1, 1, 0]
        h.site.at["/feed"] = kept
        await h.poll(days=2)
        await h.poll(days=2)
        assert h.told[1:] == [Telling(("mine", "theirs"), h.site.url(), "")]
        assert [await h.gaps(s, t) for s, t in ((mine, ONE), (theirs, TWO))] == [[], []]

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_a_short_failure_is_not_told(tmp_path: Path) -> None:
    """Nor is it a gap."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        kept = h.site.at["/feed"]
        h.site.at["/feed"] = 502
        await h.poll(hours=1)
        await h.poll(hours=1)
        h.site.at["/feed"] = kept
        await h.poll(hours=6)
        await h.poll(hours=12)
        assert (h.told, await h.gaps(story)) == ([], [])

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_what_could_not_be_told_is_told_the_next_time(tmp_path: Path) -> None:
    """The ledger could not be written just then."""

    async def work(h: House) -> None:
        h.site.at["/feed"] = 500
        await h.story("Varnholt", "/feed")
        real, left = h.collector.tell, [1]

        async def tell(*args: Any) -> None:
            if left[0]:
                left[0] -= 1
                raise StoreError("the disk is full")
            await real(*args)

        h.collector.tell = tell
        for _ in range(8):
            await h.poll(hours=6)
        assert len(h.told) == 1

    work_with(tmp_path, work)


def test_retry_after_is_heard(tmp_path: Path) -> None:
    """Not before the server wants to be asked."""

    async def work(h: House) -> None:
        async def busy(request: web.Request) -> web.Response:
            return web.Response(status=429, headers={"Retry-After": "7200"})

        h.site.at["/feed"] = busy
        await h.story("Varnholt", "/feed")
        await h.poll()
        h.site.asked.clear()
        assert await h.poll(minutes=110) == 0
        assert await h.poll(minutes=11) == 1

    work_with(tmp_path, work)


def test_robots_are_heeded_and_told(tmp_path: Path) -> None:
    """A site that lets no program fetch its articles is left at its teaser, with the reason."""

    async def work(h: House) -> None:
        stand(h)
        h.site.at["/robots.txt"] = "User-agent: *\nDisallow: /a1\n"
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        assert await h.texts(story) == [TEASER]
        (gap,) = await h.gaps(story)
        assert "robots.txt" in gap.why
        assert h.site.took("/a1") == 0

    work_with(tmp_path, work, sources={"robots": True})


# ---- several who follow, several who ask -----------------------------------------------------------------------------------------


def test_a_feed_that_two_tenants_follow_is_asked_once(tmp_path: Path) -> None:
    """And so are its articles' pages; each has its own."""

    async def work(h: House) -> None:
        stand(h)
        mine = await h.story("Mine", "varnholt", "/feed", tenant=ONE)
        theirs = await h.story("Theirs", "ombrelle", "/feed", tenant=TWO)
        assert await h.poll() == 1
        assert (h.site.took(), h.site.took("/a1"), h.site.took("/a2")) == (1, 1, 1)
        assert await h.titles(mine, ONE) == [HEAD]
        assert await h.titles(theirs, TWO) == [OTHER_HEAD]

    work_with(tmp_path, work)


@pytest.mark.parametrize("public", [True, False], ids=["public", "intranet"])
def test_tenants_do_not_see_each_other(tmp_path: Path, public: bool) -> None:
    """Not what they follow, not what was matched, not what is theirs alone."""

    async def work(h: House) -> None:
        stand(h)
        mine = await h.story("Mine", "varnholt", "/feed", tenant=ONE)
        theirs = await h.story("Theirs", "ombrelle", tenant=TWO)
        await h.poll()
        store = h.desk.store
        assert store.follows.follows(TWO, mine) == []
        assert store.follows.matches(TWO, mine) == []
        assert store.members(TWO, mine) == []
        assert store.gaps(TWO, mine) == []
        assert await h.titles(theirs, TWO) == []
        (member,) = store.members(ONE, mine)
        assert (store.stored(member.article.id) is not None) is public
        assert store.stored(member.article.id, "discord/2") is None
        assert public or not public_articles(store)
        assert store.counts()["follows"] == 3

    work_with(tmp_path, work, public=public)


def test_words_alone_draw_on_the_feeds_of_ones_own_tenant(tmp_path: Path) -> None:
    """And on no other's."""

    async def work(h: House) -> None:
        stand(h)
        await h.story("All", "/feed", tenant=ONE)
        words = await h.story("Words", "varnholt", tenant=ONE)
        other = await h.story("Other", "varnholt", tenant=TWO)
        await h.poll()
        assert await h.titles(words, ONE) == [HEAD]
        assert await h.titles(other, TWO) == []

    work_with(tmp_path, work)


def test_a_story_that_is_new_is_given_what_stands_in_the_feeds(tmp_path: Path) -> None:
    """They are read anew for it, though they have not changed."""

    async def work(h: House) -> None:
        stand(h)
        await h.story("All", "/feed")
        await h.poll()
        words = await h.story("Words", "varnholt")
        await h.poll()
        assert await h.titles(words) == [HEAD]

    work_with(tmp_path, work)


def test_a_story_that_is_followed_during_a_poll_is_given_what_stands_in_it(tmp_path: Path) -> None:
    """The poll knew nothing of it: another one does."""

    async def work(h: House) -> None:
        stand(h)
        words = await h.story("Words")

        async def meanwhile(request: web.Request) -> web.Response:
            if not await h.following().follows(words):
                h.follow(words, "varnholt")
            return web.Response(text=page(), content_type="text/html")

        h.site.at["/a1"] = meanwhile
        await h.story("All", "/feed")
        await h.poll()
        await h.poll(hours=1)
        assert await h.titles(words) == [HEAD]

    work_with(tmp_path, work)


def test_two_collectors_never_ask_one_feed_at_once(tmp_path: Path) -> None:
    """What one has, the other leaves."""

    async def work(h: House) -> None:
        most, now = 0, 0

        async def slowly(request: web.Request) -> web.Response:
            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1
            return web.Response(text=rss(h.site.base, []), content_type="application/rss+xml")

        feeds = [f"/feed{n}" for n in range(12)]
        h.site.at |= dict.fromkeys(feeds, slowly)
        await h.story("Varnholt", *feeds)
        collectors = [h.another(f"c{n}") for n in range(4)]
        asked = await asyncio.gather(*(c.once() for c in collectors))
        assert sum(asked) == 12
        assert [h.site.took(f) for f in feeds] == [1] * 12

    work_with(tmp_path, work)


def test_what_a_killed_collector_was_at_is_asked_when_its_lease_ends(tmp_path: Path) -> None:
    """And at once, where one of its name is started."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        take = h.desk.store.follows.lease
        assert take("dying", h.clock.now, h.clock.now + timedelta(minutes=10), 9)
        assert await h.poll(minutes=5) == 0
        assert await h.poll(minutes=6) == 1
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        h.clock.forward(hours=24)
        taken = take("dying", h.clock.now, h.clock.now + timedelta(minutes=10), 9)
        assert taken
        assert await h.poll() == 0
        await h.another("dying").prepare()
        assert await h.poll() == len(taken)

    work_with(tmp_path, work)


def test_what_an_ended_collector_was_at_is_asked_at_once(tmp_path: Path) -> None:
    """What it had leased and not begun, too."""

    async def work(h: House) -> None:
        stand(h)
        started = asyncio.Event()

        async def never(request: web.Request) -> web.Response:
            started.set()
            await asyncio.Event().wait()
            raise AssertionError

        kept = h.site.at["/feed"]
        h.site.at["/feed"] = never
        story = await h.story("Varnholt", "/feed")
        ending = asyncio.create_task(h.another("ending").run())
        await started.wait()
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        h.site.at["/feed"] = kept
        assert await h.poll() == 1
        assert await h.titles(story) == [OTHER_HEAD, HEAD]

    work_with(tmp_path, work)


def test_an_outcome_that_cannot_be_kept_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are kept together, and one by one where that fails."""

    async def work(h: House) -> None:
        h.site.at |= dict.fromkeys(["/feed1", "/feed2", "/feed3"], rss(h.site.base, []))
        story = await h.story("Varnholt", "/feed1", "/feed2", "/feed3")
        keep = h.desk.store.follows.settle
        together: list[int] = []

        def settle(name: str, outcomes: Sequence[tuple[Polled, Polling]]) -> list[bool]:
            if not together:
                sleep(0.5)  # the others end meanwhile
            together.append(len(outcomes))
            if any(p.url.endswith("/feed2") for p, _ in outcomes):
                raise StoreError("the disk is full")
            return keep(name, outcomes)

        monkeypatch.setattr(h.desk.store.follows, "settle", settle)
        assert await h.poll() == 3
        assert max(together) > 1
        asked = {f.value[-1]: f.asked is not None for f in h.desk.store.follows.follows(LOCAL, story)}
        assert asked == {"1": True, "2": False, "3": True}

    work_with(tmp_path, work)


@pytest.mark.parametrize("ticks", range(6))
def test_a_collector_ends_though_it_is_woken_meanwhile(tmp_path: Path, ticks: int) -> None:
    """Whatever the loop does first."""

    async def work(h: House) -> None:
        running = asyncio.create_task(h.collector.run())
        await asyncio.sleep(0.1)
        h.collector.wake()
        for _ in range(ticks):
            await asyncio.sleep(0)
        running.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([running])
        assert running.cancelled()

    work_with(tmp_path, work)


def test_a_collector_that_is_slow_keeps_what_it_has(tmp_path: Path) -> None:
    """As long as it gets on: a feed of many slow pages takes longer than a lease."""

    async def work(h: House) -> None:
        entries = [Entry(f"/p{n}", f"Varnholt, part {n}") for n in range(8)]
        taken = []

        async def slowly(request: web.Request) -> web.Response:
            h.clock.forward(minutes=4)
            taken.append(lease("other", h.clock.now, h.clock.now + timedelta(minutes=10), 9))
            return web.Response(text=page(request.path, BODY + request.path), content_type="text/html")

        h.site.at |= {e.path: slowly for e in entries}
        h.site.feed(*entries)
        story, lease = await h.story("Varnholt", "/feed"), h.desk.store.follows.lease
        await h.poll()
        assert taken == [[]] * 8
        assert len(await h.titles(story)) == 8

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_a_new_feed_is_asked_as_soon_as_the_collector_is_woken(tmp_path: Path) -> None:
    """Without waiting for the next look."""

    async def work(h: House) -> None:
        stand(h)
        running = asyncio.create_task(h.collector.run())
        try:
            await asyncio.sleep(0.05)
            story = await h.story("Varnholt", "/feed")
            h.collector.wake()
            async with asyncio.timeout(3):
                await h.holds(story, 2)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    work_with(tmp_path, work)


# ---- limits, faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "linkless"])
@pytest.mark.parametrize("every", [24 * 60, 10], ids=["the-next-day", "all-day-long"])
def test_what_is_over_a_days_limit_is_a_gap_and_comes_in_the_next_day(
    tmp_path: Path, linked: bool, every: int
) -> None:
    """However often the feed is asked in between, and though it has not changed."""

    async def work(h: House) -> None:
        bodies = [(HEAD, BODY), (OTHER_HEAD, OTHER)]
        entries = [
            Entry(f"/a{n}" if linked else "", title, text, guid=f"g{n}")
            for n, (title, text) in enumerate(bodies)
        ]
        h.site.feed(*entries)
        h.site.at |= {f"/a{n}": page(title, text) for n, (title, text) in enumerate(bodies)}
        story = await h.story("Varnholt", "/feed", tenant=ONE)
        await h.poll()
        assert len(await h.titles(story, ONE)) == 1
        (gap,) = await h.gaps(story, ONE)
        assert gap.kind == "LimitReached"
        for _ in range(26 * 60 // every + 1):
            await h.poll(minutes=every)
        assert await h.titles(story, ONE) == [OTHER_HEAD, HEAD]
        assert await h.gaps(story, ONE) == []
        assert h.site.took("/a0") + h.site.took("/a1") <= (
            3 if linked else 0
        )  # its page was not asked for meanwhile

    work_with(tmp_path, work, tenants={"articles_a_day": 1}, sources={"recheck_days": 0})


def test_one_tenants_limit_is_not_anothers(tmp_path: Path) -> None:
    """The local tenant has none, and each has its own."""

    async def work(h: House) -> None:
        stand(h)
        for tenant in (LOCAL, ONE, TWO):
            await h.story("Varnholt", "/feed", tenant=tenant)
        await h.poll()
        counts = [len(h.desk.store.members(t, h.desk.store.stories(t)[0])) for t in (LOCAL, ONE, TWO)]
        assert counts == [2, 1, 1]

    work_with(tmp_path, work, public=True, tenants={"articles_a_day": 1})


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("follows", "keep_entry"), ("follows", "known_entries"), ("follows", "followed"), ("follows", "settle"),
        ("follows", "keep_match"), ("follows", "watch"), ("store", "add_article"),
    ],
)  # fmt: skip
def test_nothing_is_lost_where_the_store_fails_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, name: str
) -> None:
    """The feed is asked again when its lease ends, and what is there already is there once."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        store: Any = h.desk.store.follows if section == "follows" else h.desk.store
        monkeypatch.setattr(store, name, failing_once()(getattr(store, name)))
        await h.poll()
        await h.poll(minutes=11)
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        assert await h.revisions(story) == [1, 1]
        (follow,) = await h.following().follows(story)
        assert follow.why == ""

    work_with(tmp_path, work)


@pytest.mark.parametrize("like", [False, True], ids=["words", "example"])
def test_a_story_that_is_removed_during_a_poll_takes_nothing_from_the_others(
    tmp_path: Path, like: bool
) -> None:
    """The poll goes on, and nothing is a failure of the feed."""

    async def work(h: House) -> None:
        stand(h)
        gone = await h.story("Gone", "/feed")
        if like:
            h.follow(gone, "web-0", Following.LIKE)
        left = await h.story("Left", "/feed")

        async def removing(request: web.Request) -> web.Response:
            if "gone" in [s.slug for s in await h.desk.stories()]:
                await h.desk.remove_story("gone")
            return web.Response(text=page(OTHER_HEAD, OTHER), content_type="text/html")

        h.site.at["/a2"] = removing
        await h.poll()
        assert await h.titles(left) == [OTHER_HEAD, HEAD]
        (follow,) = await h.following().follows(left)
        assert follow.why == ""

    work_with(tmp_path, work)


def test_the_last_story_removed_during_a_poll_leaves_nothing(tmp_path: Path) -> None:
    """No row of the feed, of its entries, or of an article."""

    async def work(h: House) -> None:
        stand(h)
        await h.story("Gone", "/feed")

        async def removing(request: web.Request) -> web.Response:
            await h.desk.remove_story("gone")
            return web.Response(text=page(OTHER_HEAD, OTHER), content_type="text/html")

        h.site.at["/a2"] = removing
        await h.poll()
        counts = h.desk.store.counts()
        assert {
            k: counts[k] for k in ("feeds", "entries", "follows", "matches", "memberships")
        } == dict.fromkeys(("feeds", "entries", "follows", "matches", "memberships"), 0)

    work_with(tmp_path, work)


def test_what_is_common_is_remembered(tmp_path: Path) -> None:
    """A collector that starts knows what another had counted; what can't be read is begun anew."""

    async def work(h: House) -> None:
        stand(h)
        await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        assert sum(h.collector.placing.grouping.articles.values()) == 1
        other = h.another("other")
        await other.prepare()
        assert other.placing.grouping.articles == h.collector.placing.grouping.articles
        for broken in (
            "{",
            "[]",
            '{"articles": {"en": "x"}}',
            '{"articles": {"en": 3}}',
            "null",
            '{"articles": 3}',
        ):
            h.desk.store.tenants.remember("background", broken)
            again = h.another("again")
            await again.prepare()
            assert sum(again.placing.grouping.articles.values()) == 0, broken

    work_with(tmp_path, work)


# ---- pages and folders -----------------------------------------------------------------------------------------------------------


def test_a_page_that_is_followed_comes_in_and_its_revisions_too(tmp_path: Path) -> None:
    """An unchanged one is nothing."""

    async def work(h: House) -> None:
        h.site.at["/a1"] = page()
        story = await h.story()
        h.follow(story, "/a1", Following.PAGE)
        await h.poll()
        assert await h.titles(story) == [HEAD]
        await h.poll(hours=1)
        assert await h.revisions(story) == [1]
        h.site.at["/a1"] = page(text=CHANGED)
        await h.poll(hours=1)
        assert await h.revisions(story) == [2]

    work_with(tmp_path, work)


def written(folder: Path, name: str, text: str = BODY, title: str = HEAD) -> Path:
    path = folder / name
    path.write_text(f"Title: {title}\nOutlet: The Quay Post\nId: {name}\n\n{text}\n", "utf8")
    return path


def test_a_folder_is_read_and_what_is_changed_in_it(tmp_path: Path) -> None:
    """Files of other kinds, hidden ones and folders in it are left alone; it is looked at every few seconds."""

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        (folder / "x.txt").mkdir()
        written(folder, ".hidden.txt")
        written(folder, "notes.pdf")
        story = await h.story()
        h.follow(story, str(folder), Following.FOLDER)
        assert await h.poll() == 1
        assert await h.titles(story) == []
        written(folder, "a.txt")
        await h.poll(seconds=20)
        assert await h.titles(story) == [HEAD]
        written(folder, "a.txt", f"{CHANGED} More is known.")
        written(folder, "b.md", OTHER, OTHER_HEAD)
        await h.poll(seconds=20)
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        assert sorted(await h.revisions(story)) == [1, 2]
        assert await h.poll(seconds=20) == 1
        assert sorted(await h.revisions(story)) == [1, 2]

    work_with(tmp_path, work)


def test_a_changed_file_is_revised_though_its_words_are_no_longer_the_storys(tmp_path: Path) -> None:
    """The story holds it, and would else cite what is not there any more."""

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        written(folder, "a.txt", title="Sluice of Varnholt")
        story = await h.story("Varnholt", "varnholt")
        h.follow(story, str(folder), Following.FOLDER)
        await h.poll()
        assert await h.revisions(story) == [1]
        written(folder, "a.txt", OTHER, "Withdrawn")
        await h.poll(seconds=20)
        assert await h.revisions(story) == [2]

    work_with(tmp_path, work)


def test_a_file_that_can_not_be_read_is_a_gap_until_it_can(tmp_path: Path) -> None:
    """It keeps none of the others out; the gap goes with the file, too."""

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        bad, worse = folder / "bad.txt", folder / "worse.json"
        bad.write_bytes(b"\x00\x01\x02" * 100)
        worse.write_text("{", "utf8")
        written(folder, "good.txt")
        story = await h.story()
        h.follow(story, str(folder), Following.FOLDER)
        await h.poll()
        assert await h.titles(story) == [HEAD]
        assert sorted(g.what for g in await h.gaps(story)) == [str(bad), str(worse)]
        written(folder, "bad.txt", OTHER, OTHER_HEAD)
        await h.poll(seconds=20)
        assert [g.what for g in await h.gaps(story)] == [str(worse)]
        worse.unlink()
        await h.poll(seconds=20)
        assert await h.gaps(story) == []

    work_with(tmp_path, work)


def test_a_folder_that_is_gone_fails_until_it_is_back(tmp_path: Path) -> None:
    """Its articles stay."""

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        written(folder, "a.txt")
        story = await h.story()
        h.follow(story, str(folder), Following.FOLDER)
        await h.poll()
        folder.rename(tmp_path / "away")
        await h.poll(seconds=20)
        (follow,) = await h.following().follows(story)
        assert str(folder) in follow.why
        for _ in range(4):
            await h.poll(hours=6)
        assert [t.error for t in h.told] == ["NotFound"]
        (tmp_path / "away").rename(folder)
        await h.poll(days=1)
        assert [t.error for t in h.told] == ["NotFound", ""]
        assert await h.titles(story) == [HEAD]

    work_with(tmp_path, work)


def test_more_files_than_are_looked_at_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is silently dropped: what is over a folder's most is a gap."""
    monkeypatch.setattr("briefings.asking._MOST_FILES", 2)

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        for name in ("a", "b", "c"):
            written(folder, f"{name}.txt", f"{BODY} Part {name}.", f"{HEAD} {name}")
        story = await h.story()
        h.follow(story, str(folder), Following.FOLDER)
        await h.poll()
        assert len(await h.titles(story)) == 3 or len(await h.gaps(story)) == 1

    work_with(tmp_path, work)


# ---- the operator's --------------------------------------------------------------------------------------------------------------


def test_the_operators_feeds_are_for_the_stories_of_all_that_are_followed_by_words(tmp_path: Path) -> None:
    """Not for one with a feed of its own, nor for one that is followed by nothing; out of the settings, it ends."""

    async def work(h: House) -> None:
        stand(h)
        h.site.feed(path="/empty")
        mine = await h.story("Mine", "varnholt", tenant=ONE)
        theirs = await h.story("Theirs", "ombrelle", tenant=TWO)
        own = await h.story("Own", "varnholt", "/empty", tenant=TWO)
        nothing = await h.story("Nothing", tenant=TWO)
        h.collector.settings = h.collector.settings.model_copy(update={"feeds": (h.site.url(),)})
        await h.collector.prepare()
        await h.collector.prepare()
        await h.poll()
        assert await h.titles(mine, ONE) == [HEAD]
        assert await h.titles(theirs, TWO) == [OTHER_HEAD]
        assert await h.titles(own, TWO) == await h.titles(nothing, TWO) == []
        h.collector.settings = h.collector.settings.model_copy(update={"feeds": ()})
        await h.collector.prepare()
        h.site.asked.clear()
        await h.poll(days=1)
        assert h.site.took() == 0

    work_with(tmp_path, work, sources={"recheck_days": 0})


def test_the_operators_folders_are_for_the_local_tenant_alone(tmp_path: Path) -> None:
    """A tenant's story hears nothing of a file."""

    async def work(h: House) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        written(folder, "a.txt")
        mine = await h.story("Mine", "varnholt")
        theirs = await h.story("Theirs", "varnholt", tenant=TWO)
        h.collector.settings = h.collector.settings.model_copy(update={"folders": (folder,)})
        await h.collector.prepare()
        await h.poll()
        assert await h.titles(mine) == [HEAD]
        assert await h.titles(theirs, TWO) == []
        assert not public_articles(h.desk.store)

    work_with(tmp_path, work)


# ---- resting -----------------------------------------------------------------------------------------------------------------------


def test_a_story_that_rests_is_given_nothing_and_its_feed_is_not_asked(tmp_path: Path) -> None:
    """Until it goes on."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.following().rest(story, True)
        assert await h.poll() == 0
        await h.following().rest(story, False)
        assert await h.poll() == 1
        assert await h.titles(story) == [OTHER_HEAD, HEAD]

    work_with(tmp_path, work)


def test_a_story_that_rests_does_not_starve_one_that_draws_on_its_feed(tmp_path: Path) -> None:
    """Words alone draw on the tenant's feeds, whichever story named them."""

    async def work(h: House) -> None:
        stand(h)
        feeds = await h.story("Feeds", "/feed")
        words = await h.story("Words", "varnholt")
        await h.following().rest(feeds, True)
        await h.poll()
        assert await h.titles(words) == [HEAD]
        assert await h.titles(feeds) == []

    work_with(tmp_path, work)


def test_notices_go_where_it_was_said(tmp_path: Path) -> None:
    """Each follower comes with the channel in which the feed was followed."""

    async def work(h: House) -> None:
        h.site.at["/feed"] = 500
        story = await h.story()
        h.follow(story, "/feed", said_in=HERE)
        seen: list[tuple[str, Any]] = []

        async def tell(followers: Any, *rest: Any) -> None:
            seen.extend((e.story.slug, f.said_in) for e, f in followers)

        h.collector.tell = tell
        for _ in range(5):
            await h.poll(hours=6)
        assert seen == [("varnholt", HERE)]

    work_with(tmp_path, work)


def test_the_lede_is_matched_without_the_headline(tmp_path: Path) -> None:
    """A headline that says nothing is made up for by what the article begins with."""

    async def work(h: House) -> None:
        h.site.feed(replace(DAM, title="What we know"))
        h.site.at["/a1"] = page("What we know")
        story = await h.story("Varnholt", "sluice varnholt", "/feed")
        await h.poll()
        assert await h.titles(story) == ["What we know"]
        assert LEDE in (await h.texts(story))[0]

    work_with(tmp_path, work)
