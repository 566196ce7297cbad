"""What a story is followed by, as people say it, and what they decide about single articles."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from briefings.errors import AddressRefused, AlreadyThere, LimitReached, NotFound, SitrepError
from briefings.model import LOCAL, Article, Decision, Following, Story
from briefings.reading import read
from tests.unit.polling import (
    BODY,
    HEAD,
    HERE,
    ONE,
    OTHER,
    OTHER_HEAD,
    TWO,
    Entry,
    House,
    page,
    public_articles,
    rss,
    work_with,
)

DAM = Entry("/a1")
PEARS = Entry(
    "/a2", OTHER_HEAD, "Pears cost twice as much as a year ago, say growers in the valley of Ombrelle."
)
PARTLY = "Sluice keepers meet"  # what the story is followed by stands once, far down in it
PARTLY_BODY = (
    "Keepers of every sluice on the coast met on Friday to talk about their pay, their union said.\n"
    "They ask for 8 percent more, and for two who watch at night instead of one as it is today.\n"
    "The Quay Office answers that it has no money for that, and that talks go on after the summer.\n"
    "Barges were let through all the same, since nobody wants the harvest to rot in the holds of the boats.\n"
    "A walk through the town is planned for Sunday, with a band, two choirs and a supper at the old mill.\n"
    "The last such walk, nine years ago, ended in a settlement within a week, as older keepers recall.\n"
    "Among the guests will be the firm Pellmoor, which looks after the gates."
)


def stand(h: House) -> None:
    h.site.feed(DAM, PEARS)
    h.site.at |= {"/a1": page(), "/a2": page(OTHER_HEAD, OTHER)}


async def maybe(h: House) -> tuple[Story, Article]:
    """A story with an article that was left for a person to decide about."""
    h.site.feed(
        Entry("/a3", PARTLY, "Keepers of every sluice on the coast met on Friday to talk about their pay.")
    )
    h.site.at["/a3"] = page(PARTLY, PARTLY_BODY)
    story = await h.story("Varnholt", "pellmoor", "/feed", tenant=ONE)
    await h.poll()
    (match,) = await h.following(ONE).matches(story)
    assert match.verdict.decision is Decision.MAYBE
    return story, match.article


# ---- following ---------------------------------------------------------------------------------------------------------------------


def test_addresses_are_feeds_or_pages_and_the_rest_is_words(tmp_path: Path) -> None:
    """What was found is told with each; phrases hold together."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story()
        said = await h.following().follow(
            story, [h.site.url(), "sluice gate", "varnholt", h.site.url("/a1")], made_by="ida", said_in=HERE
        )
        assert all(a.error is None and a.follow is not None for a in said)
        kinds = {a.value: a.follow.kind for a in said if a.follow is not None}
        assert kinds == {
            h.site.url(): Following.FEED,
            h.site.url("/a1"): Following.PAGE,
            '"sluice gate" varnholt': Following.WORDS,
        }
        found = {a.value: a.found for a in said}
        feed, single = found[h.site.url()], found[h.site.url("/a1")]
        assert feed is not None
        assert single is not None
        assert (feed.title, feed.entries) == ("The Quay Post", 2)
        assert single.title == HEAD
        kept = await h.following().follows(story)
        assert {(f.made_by, f.said_in) for f in kept} == {("ida", HERE)}

    work_with(tmp_path, work)


def test_a_page_leads_to_the_feed_that_it_announces(tmp_path: Path) -> None:
    """An article's page is followed itself, though its site announces a feed."""

    async def work(h: House) -> None:
        stand(h)
        link = "<link rel='alternate' type='application/rss+xml' href='/feed'>"
        h.site.at["/home"] = f"<html><head>{link}</head><body><p>Welcome to the Post.</p></body></html>"
        h.site.at["/a1"] = page().replace("<head>", f"<head>{link}")
        story = await h.story()
        said = await h.following().follow(story, [h.site.url("/home"), h.site.url("/a1")])
        assert [(a.follow.kind, a.follow.value) for a in said if a.follow] == [
            (Following.FEED, h.site.url()), (Following.PAGE, h.site.url("/a1")),
        ]  # fmt: skip

    work_with(tmp_path, work)


@pytest.mark.parametrize("value", ["file:///etc/passwd", "http://10.0.0.1/feed", "ftp://post.example/", "http://", "!!!", "…"])  # fmt: skip
def test_what_can_not_be_followed_is_told_and_keeps_nothing_out(tmp_path: Path, value: str) -> None:
    """One by one."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story()
        said = await h.following().follow(story, [value, h.site.url()])
        errors = [a.error for a in said if a.error is not None]
        assert [type(e) for e in errors] in ([AddressRefused], [NotFound])
        assert [f.kind for f in await h.following().follows(story)] == [Following.FEED]

    work_with(tmp_path, work)


def test_a_page_without_article_or_feed_is_refused(tmp_path: Path) -> None:
    """So is what does not answer."""

    async def work(h: House) -> None:
        h.site.at |= {"/none": "<html><body><p>Hello.</p></body></html>", "/busy": 503}
        story = await h.story()
        said = await h.following().follow(story, [h.site.url("/none"), h.site.url("/busy")])
        assert all(isinstance(a.error, SitrepError) and a.follow is None for a in said)
        assert await h.following().follows(story) == []

    work_with(tmp_path, work)


def test_a_poll_while_more_is_said_takes_nothing_that_the_words_leave_out(tmp_path: Path) -> None:
    """Feeds and words were said in one breath: a feed alone would have let everything in."""

    async def work(h: House) -> None:
        stand(h)

        async def slow(request: web.Request) -> web.Response:
            if request.headers.get("Accept", "").startswith("application/") and not h.site.asked["/once"]:
                h.site.asked["/once"] += 1
                await h.collector.once()
            return web.Response(text=rss(h.site.base, []), content_type="application/rss+xml")

        h.site.at["/slow"] = slow
        story = await h.story()
        said = await h.following().follow(story, [h.site.url(), h.site.url("/slow"), "sluice varnholt"])
        assert [a.error for a in said] == [None] * 3
        await h.poll(hours=1)
        assert await h.titles(story) == [HEAD]

    work_with(tmp_path, work)


def test_the_same_twice_is_told(tmp_path: Path) -> None:
    """And nothing is added."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story()
        await h.following().follow(story, [h.site.url(), "varnholt"])
        said = await h.following().follow(story, [h.site.url(), "varnholt"])
        assert [type(a.error) for a in said] == [AlreadyThere] * 2
        assert len(await h.following().follows(story)) == 2

    work_with(tmp_path, work)


def test_a_tenant_follows_so_much_and_no_more(tmp_path: Path) -> None:
    """Over all its stories; the local one has no limit."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story(tenant=ONE)
        said = await h.following(ONE).follow(story, [h.site.url(), h.site.url("/a1"), "varnholt"])
        assert [type(a.error) for a in said] == [type(None), type(None), LimitReached]
        mine = await h.story()
        said = await h.following().follow(mine, [h.site.url(), h.site.url("/a1"), "varnholt"])
        assert [a.error for a in said] == [None] * 3

    work_with(tmp_path, work, tenants={"followed": 2})


def test_an_outlet_is_meant_by_its_name_or_its_host(tmp_path: Path) -> None:
    """From the feeds that the tenant follows, its articles alone."""

    async def work(h: House) -> None:
        h.site.feed(DAM, PEARS)
        h.site.at |= {"/a1": page(), "/a2": page(OTHER_HEAD, OTHER, site="Ombrelle Gazette")}
        await h.story("All", "/feed")
        story = await h.story("Gazette")
        follow = await h.following().by_outlet(story, "ombrelle gazette")
        assert follow.kind is Following.OUTLET
        await h.poll()
        assert await h.titles(story) == [OTHER_HEAD]
        with pytest.raises(NotFound):
            await h.following().by_outlet(story, "…")

    work_with(tmp_path, work)


def test_an_example_is_fetched_into_the_story(tmp_path: Path) -> None:
    """Or is one that the story holds; what is not there is told."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story()
        follow = await h.following().by_example(story, h.site.url("/a1"))
        assert follow.kind is Following.LIKE
        assert await h.titles(story) == [HEAD]
        (member,) = await h.desk.members(story)
        assert follow.value == member.article.id
        with pytest.raises(AlreadyThere):
            await h.following().by_example(story, member.article.id)
        with pytest.raises(SitrepError):
            await h.following().by_example(story, h.site.url("/nothing"))

    work_with(tmp_path, work)


def test_no_example_is_read_from_a_file_of_ours(tmp_path: Path) -> None:
    """By chat, files are never named."""

    async def work(h: House) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text(f"Title: Secret\n\n{BODY}", "utf8")
        story = await h.story(tenant=ONE)
        with pytest.raises(SitrepError):
            await h.following(ONE).include(story, str(secret), "ida")
        with pytest.raises(SitrepError):
            await h.following(ONE).by_example(story, str(secret))
        assert await h.titles(story, ONE) == []

    work_with(tmp_path, work)


# ---- unfollowing -------------------------------------------------------------------------------------------------------------------


def test_what_is_unfollowed_is_named_as_it_is_listed(tmp_path: Path) -> None:
    """By number, words, title, or address in any form; with nothing, all."""

    async def work(h: House) -> None:
        stand(h)
        f = h.following()
        for n, value in enumerate(("2", "#2", "Sluice, GATE", "sluice, gate")):
            story = await h.story(f"Words {n}", "/feed", "sluice, gate")
            (gone,) = await f.unfollow(story, value)
            assert gone.value == "sluice, gate"
        for n, value in enumerate((h.site.url("/feed?utm_source=x"), "1", h.site.url())):
            story = await h.story(f"Feed {n}", "/feed", "sluice, gate")
            (gone,) = await f.unfollow(story, value)
            assert gone.kind is Following.FEED
        story = await h.story("Last", "/feed", "gate")
        await h.poll()
        assert [x.kind for x in await f.unfollow(story, "The Quay Post")] == [Following.FEED]
        with pytest.raises(NotFound) as none:
            await f.unfollow(story, "gat")
        assert "gate" in none.value.hint
        assert len(await f.unfollow(story)) == 1
        assert await f.follows(story) == []
        with pytest.raises(NotFound):
            await f.unfollow(story, "gate")

    work_with(tmp_path, work)


def test_what_is_unfollowed_is_no_gap_any_more(tmp_path: Path) -> None:
    """A feed that failed and that nobody follows is missed by nobody."""

    async def work(h: House) -> None:
        h.site.at["/feed"] = 500
        h.site.feed(path="/other")
        story = await h.story("Varnholt", "/feed", "/other")
        for _ in range(4):
            await h.poll(hours=6)
        assert len(await h.gaps(story)) == 1
        await h.following().unfollow(story, "1")
        assert await h.gaps(story) == []

    work_with(tmp_path, work)


def test_articles_stay_when_a_story_is_unfollowed(tmp_path: Path) -> None:
    """And nothing more comes in."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "/feed")
        await h.poll()
        await h.following().unfollow(story)
        h.site.asked.clear()
        await h.poll(days=1)
        assert h.site.took() == 0
        assert len(await h.titles(story)) == 2

    work_with(tmp_path, work)


# ---- decisions ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["address", "id", "headline"])
def test_what_a_person_excludes_stays_out(tmp_path: Path, named: str) -> None:
    """Whatever comes of it later: a revision, a touched entry, a feed that is read anew."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        (member,) = await h.desk.members(story)
        names = {"address": h.site.url("/a1?utm_source=x"), "id": member.article.id, "headline": HEAD.upper()}
        gone = await h.following().exclude(story, names[named], "ida")
        assert gone.id == member.article.id
        assert await h.titles(story) == []
        h.site.at["/a1"] = page(text=f"{BODY} More is known by now.")
        h.site.feed(Entry("/a1", f"{HEAD}, once more"), PEARS)
        await h.poll(hours=2)
        h.follow(story, "sluice")
        await h.poll(hours=2)
        assert await h.titles(story) == []
        (match,) = await h.following().matches(story)
        assert (match.verdict.decision, match.decided_by) == (Decision.OUT, "ida")

    work_with(tmp_path, work)


def test_what_a_person_excludes_does_not_come_back_under_another_address(tmp_path: Path) -> None:
    """The same words of the same outlet are the same article."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        await h.following().exclude(story, HEAD, "ida")
        h.site.at["/copy"] = page()
        h.site.feed(Entry("/copy"), DAM, PEARS)
        await h.poll(hours=1)
        assert await h.titles(story) == []

    work_with(tmp_path, work)


def test_an_excluded_articles_citations_still_show_their_evidence(tmp_path: Path) -> None:
    """A briefing that was posted cites it."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        made = await h.desk.brief(story, "sitrep", "en", h.clock.now.tzinfo, "c")  # type: ignore[arg-type]
        (first, *_) = made.sources
        before = await h.desk.evidence(story, first.number)
        await h.following().exclude(story, HEAD, "ida")
        after = await h.desk.evidence(story, first.number)
        assert after.citation == before.citation
        assert after.article.text == before.article.text
        h.desk.store.follows.prune(h.clock.now)
        assert (await h.desk.evidence(story, first.number)).article.text == before.article.text

    work_with(tmp_path, work)


def test_what_a_person_includes_stays_in(tmp_path: Path) -> None:
    """By its address, though no word of the story is in it, and whatever a match says."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        await h.following().include(story, h.site.url("/a2"), "ida")
        assert await h.titles(story) == [OTHER_HEAD, HEAD]
        h.site.feed(DAM, Entry("/a2", f"{OTHER_HEAD}, again"))
        h.follow(story, "sluice")
        await h.poll(hours=2)
        assert len(await h.titles(story)) == 2
        assert (await h.decisions(story))[(await h.titles(story))[0]] is Decision.IN
        await h.following().exclude(story, h.site.url("/a2"), "jon")
        assert await h.titles(story) == [HEAD]
        await h.following().include(story, h.site.url("/a2"), "ida")
        assert len(await h.titles(story)) == 2

    work_with(tmp_path, work)


def test_what_may_belong_waits_for_a_person_and_comes_in_as_it_was_read(tmp_path: Path) -> None:
    """Without another question to its page."""

    async def work(h: House) -> None:
        story, article = await maybe(h)
        assert await h.titles(story, ONE) == []
        h.site.asked.clear()
        await h.following(ONE).include(story, article.title, "ida")
        assert await h.titles(story, ONE) == [PARTLY]
        assert h.site.took("/a3") == 0

    work_with(tmp_path, work, public=True)


def test_an_intranet_article_that_is_included_stays_its_tenants(tmp_path: Path) -> None:
    """It is not made public by being decided about."""

    async def work(h: House) -> None:
        story, article = await maybe(h)
        store = h.desk.store
        assert store.stored(article.id) is None
        await h.following(ONE).include(story, article.title, "ida")
        assert await h.titles(story, ONE) == [PARTLY]
        assert store.stored(article.id) is None
        assert not public_articles(store)
        assert store.stored(article.id, "discord/1") is not None

    work_with(tmp_path, work)


def test_one_tenant_does_not_include_what_is_anothers(tmp_path: Path) -> None:
    """An id is no way in, nor is a headline."""

    async def work(h: House) -> None:
        story, article = await maybe(h)
        theirs = await h.story("Theirs", tenant=TWO)
        for name in (article.id, article.title):
            for act in (h.following(TWO).include, h.following(TWO).exclude):
                with pytest.raises(NotFound):
                    await act(theirs, name, "eve")
        with pytest.raises(NotFound):
            await h.following(TWO).exclude(story, article.id, "eve")
        with pytest.raises(NotFound):
            await h.following(TWO).unfollow(story, "1")
        assert await h.titles(theirs, TWO) == []

    work_with(tmp_path, work)


def test_who_decided_nothing_by_name_is_somebody(tmp_path: Path) -> None:
    """A decision without a name is one all the same."""

    async def work(h: House) -> None:
        stand(h)
        story = await h.story("Varnholt", "varnholt", "/feed")
        await h.poll()
        await h.following().exclude(story, HEAD, "")
        (match,) = await h.following().matches(story, Decision.OUT)
        assert match.decided_by == "somebody"

    work_with(tmp_path, work)


def test_an_included_page_that_can_not_be_had_is_told(tmp_path: Path) -> None:
    """And nothing is decided."""

    async def work(h: House) -> None:
        story = await h.story()
        with pytest.raises(SitrepError):
            await h.following().include(story, h.site.url("/nothing"), "ida")
        with pytest.raises(NotFound):
            await h.following().include(story, "No such headline", "ida")
        with pytest.raises(NotFound):
            await h.following().exclude(story, "", "ida")
        assert await h.following().matches(story) == []

    work_with(tmp_path, work)


def test_a_file_of_the_local_tenant_can_be_excluded_and_included_again(tmp_path: Path) -> None:
    """It stays the tenant's own."""

    async def work(h: House) -> None:
        story = await h.story()
        own = read(Article("note", BODY, title=HEAD, outlet="The Quay Post"))
        h.desk.store.add_article(LOCAL, story, own, h.clock.now, True)
        await h.following().exclude(story, HEAD, "ida")
        assert await h.titles(story) == []
        await h.following().include(story, HEAD, "ida")
        assert await h.titles(story) == [HEAD]
        assert not public_articles(h.desk.store)

    work_with(tmp_path, work)
