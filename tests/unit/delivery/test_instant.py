"""Editions that go out whenever there is something new: once, in turn, and not where there is nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.collecting import told
from bots.dispatch.content import load
from bots.dispatch.publisher import Rejected, TryLater
from bots.when import When, when
from briefings.errors import FetchFailed, StoreError
from briefings.model import (
    INSTANT,
    Address,
    Article,
    Decision,
    Edition,
    Follow,
    Followed,
    Following,
    Polled,
    Quiet,
    Sent,
    State,
    Verdict,
)
from briefings.rendering import markdown_of
from tests.unit.delivery.posting import ARTICLES, HERE, NOW, ONE, REVISED, THERE, TWO, House, work_with

NOON = timedelta(hours=4)


def fresh(number: int) -> Article:
    return Article(
        f"n{number}",
        f"Some {number}20 households were evacuated at Varnholt after the sluice failed on Tuesday, the Quay Office said. "
        f"Report {number} is to follow.",
        title=f"Sluice report {number}", outlet="The Quay Post", url=f"https://post.example/{number}", language="en",
        published=NOW,
    )  # fmt: skip


async def instant(h: House, address: Address = HERE, **chosen: Any) -> Edition:
    return await h.edition(address, template="news", cron=INSTANT, said="instantly", **chosen)


async def settled(h: House, address: Address = HERE, **chosen: Any) -> Edition:
    """An instant edition that has told what was there when it was made."""
    edition = await instant(h, address, **chosen)
    await h.pump.instant()
    await h.drain()
    h.now += timedelta(minutes=1)
    assert await h.pump.instant() == 0
    assert len(h.platform.shown(address.channel)) == 1
    return edition


def since(h: House, channel: str = "here") -> list[str]:
    """What was posted after that."""
    return h.platform.shown(channel)[1:]


def dispatches(h: House) -> list[State]:
    """Of briefings, by number."""
    found = h.desk.store.ledger.dispatches(ONE, most=500)
    return [d.state for d in reversed(found) if d.kind is Sent.BRIEFING]


# ---- how often -------------------------------------------------------------------------------------------------------------------


def test_what_comes_in_goes_out_at_once(tmp_path: Path) -> None:
    """Headline, outlet and first sentence, and nothing that was told before."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(fresh(1))
        assert await h.pump.instant() == 1
        assert await h.drain() == ["posted"]
        (shown,) = since(h)
        assert "Sluice report 1" in shown
        assert "The Quay Post" in shown
        assert not any(a.title in shown for a in ARTICLES)

    work_with(tmp_path, work)


def test_a_burst_is_one_dispatch(tmp_path: Path) -> None:
    """Whoever looks meanwhile finds that it is under way; all of it is in there."""

    async def work(h: House) -> None:
        await settled(h)
        looked = []
        for n in range(6):
            await h.add(fresh(n))
            looked.append(await h.pump.instant())
        assert looked == [1, 0, 0, 0, 0, 0]
        await h.drain()
        (shown,) = since(h)
        assert all(f"Sluice report {n}" in shown for n in range(6))
        h.now += timedelta(minutes=1)
        await h.pump.instant()
        await h.drain()
        assert len(since(h)) == 1

    work_with(tmp_path, work)


def test_what_came_while_it_was_posted_goes_out_after(tmp_path: Path) -> None:
    """Once, and not before."""

    async def work(h: House) -> None:
        await settled(h)
        h.platform.pieces = 1
        h.platform.posts.append(TryLater("busy"))
        await h.add(fresh(1))
        await h.pump.instant()
        assert await h.step() == "waiting"
        await h.add(fresh(2))
        h.now += timedelta(minutes=1)
        assert await h.pump.instant() == 0
        await h.drain()
        h.now += timedelta(minutes=1)
        assert await h.pump.instant() == 1
        await h.drain()
        first, second = since(h)
        assert "Sluice report 1" in first
        assert "Sluice report 2" not in first
        assert "Sluice report 2" in second
        assert "Sluice report 1" not in second

    work_with(tmp_path, work)


def test_several_who_look_at_once_find_it_once(tmp_path: Path) -> None:
    """A story's version is one fire of an edition."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(fresh(1))
        assert sum(await asyncio.gather(*(h.pump.instant() for _ in range(5)))) == 1
        await h.drain()
        assert len(since(h)) == 1

    work_with(tmp_path, work)


def test_a_kill_between_taking_and_telling_posts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next who looks finds the fire taken, or the dispatch under way, or that nothing is new."""

    async def work(h: House) -> None:
        await settled(h)
        tell = h.desk.store.editions.tell

        def killed(*_: Any) -> None:
            raise StoreError("killed")

        for n, before_delivery in ((1, True), (2, False)):
            await h.add(fresh(n))
            with monkeypatch.context() as m:
                m.setattr(h.desk.store.editions, "tell", killed)
                assert await h.pump.instant() == 1  # it is in line; that it was told is not kept
            assert h.desk.store.editions.tell == tell
            if before_delivery:
                assert await h.pump.instant() == 0
            await h.drain()
            h.now += timedelta(minutes=1)
            await h.pump.instant()
            await h.drain()
            h.now += timedelta(minutes=1)
            assert await h.pump.instant() == 0
        first, second = since(h)
        assert ("Sluice report 1" in first, "Sluice report 2" in first) == (True, False)
        assert ("Sluice report 1" in second, "Sluice report 2" in second) == (False, True)

    work_with(tmp_path, work)


def test_one_editions_trouble_is_not_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be put in line now is later; the others are."""

    async def work(h: House) -> None:
        first = await settled(h)
        await settled(h, THERE)
        await h.add(fresh(1))
        take = h.desk.store.ledger.take

        def broken(orders: Any, *rest: Any) -> Any:
            if orders[0].edition == first.id:
                raise StoreError("the edition was removed meanwhile")
            return take(orders, *rest)

        monkeypatch.setattr(h.desk.store.ledger, "take", broken)
        assert await h.pump.instant() == 1
        await h.drain()
        assert (len(since(h)), len(since(h, "there"))) == (0, 1)
        monkeypatch.undo()
        h.now += timedelta(minutes=1)
        assert await h.pump.instant() == 1
        await h.drain()
        assert (len(since(h)), len(since(h, "there"))) == (1, 1)

    work_with(tmp_path, work)


def test_not_oftener_than_the_settings_say(tmp_path: Path) -> None:
    """Within so many seconds of the last one, it waits."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(fresh(1))
        assert await h.pump.instant() == 1
        await h.drain()
        await h.add(fresh(2))
        assert await h.pump.instant() == 0
        h.now += timedelta(seconds=59)
        assert await h.pump.instant() == 0
        h.now += timedelta(seconds=2)
        assert await h.pump.instant() == 1
        await h.drain()
        assert len(since(h)) == 2

    work_with(tmp_path, work, instant_seconds=60)


# ---- where there is nothing to say -------------------------------------------------------------------------------------------------


def test_nothing_is_posted_where_nothing_came(tmp_path: Path) -> None:
    """An article that left, or the same one again, is no news."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(fresh(1))
        await h.pump.instant()
        await h.drain()
        h.now += timedelta(minutes=1)
        await h.add(fresh(1))
        assert await h.pump.instant() == 0
        story = await h.story()
        h.desk.store.follows.keep_match(ONE, story, "n1", Verdict(0.0, (), Decision.OUT), h.now, "ida")
        await h.pump.instant()
        await h.drain()
        assert not any("No new article" in s for s in since(h))

    work_with(tmp_path, work)


def test_another_story_or_tenant_moves_nothing(tmp_path: Path) -> None:
    """Each edition looks at its own."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(fresh(1), tenant=TWO)
        other = await h.desk.new_story("Other")
        await h.desk.add_articles(other, [fresh(2)], "x", private=True)
        assert await h.pump.instant() == 0

    work_with(tmp_path, work, tenants=(ONE, TWO))


def test_an_edition_that_is_paused_or_removed_is_silent(tmp_path: Path) -> None:
    """Before it was put in line, and after."""

    async def work(h: House) -> None:
        first, second = await settled(h), await settled(h, THERE)
        h.desk.store.editions.pause(ONE, first.id, "by ida")
        await h.add(fresh(1))
        assert await h.pump.instant() == 1
        h.desk.store.editions.remove(ONE, second.id)
        await h.drain()
        assert since(h) == since(h, "there") == []

    work_with(tmp_path, work)


def test_the_other_editions_fire_as_they_did(tmp_path: Path) -> None:
    """An instant one is no schedule, and a scheduled one is not instant."""

    async def work(h: House) -> None:
        await settled(h)
        daily = await h.edition(THERE)
        assert not daily.instant
        assert [s.cron for s in await h.pump.in_use()] == ["0 8 * * *"]
        await h.add(fresh(1))
        assert await h.pump.instant() == 1

    work_with(tmp_path, work)


def test_a_channel_that_refuses_once_hears_the_next(tmp_path: Path) -> None:
    """A dispatch that is given up does not keep the edition from going on, and nothing of it is lost."""

    async def work(h: House) -> None:
        await settled(h)
        h.platform.posts.append(Rejected("no"))
        await h.add(fresh(1))
        await h.pump.instant()
        await h.drain()
        assert dispatches(h)[-1] is State.DEAD
        await h.add(fresh(2))
        h.now += timedelta(minutes=1)
        assert await h.pump.instant() == 1
        await h.drain()
        (shown,) = since(h)
        assert "Sluice report 1" in shown
        assert "Sluice report 2" in shown

    work_with(tmp_path, work)


# ---- quiet hours -------------------------------------------------------------------------------------------------------------------


def test_quiet_hours_hold_it_back_until_they_end(tmp_path: Path) -> None:
    """Then it is one, with all that came."""

    async def work(h: House) -> None:
        h.now += NOON
        await settled(h, quiet=Quiet("22:00", "07:00"))
        h.now = NOW.replace(hour=23)
        for n in range(3):
            await h.add(fresh(n))
            assert await h.pump.instant() == 0
        h.now += timedelta(hours=7, minutes=59)
        assert await h.pump.instant() == 0
        h.now += timedelta(minutes=2)
        assert await h.pump.instant() == 1
        await h.drain()
        (shown,) = since(h)
        assert all(f"Sluice report {n}" in shown for n in range(3))

    work_with(tmp_path, work)


def test_quiet_hours_are_the_editions_own(tmp_path: Path) -> None:
    """In its time zone; another's go out."""

    async def work(h: House) -> None:
        h.now += NOON
        await settled(h, quiet=Quiet("22:00", "07:00"), timezone="Asia/Tokyo")
        await settled(h, THERE, quiet=Quiet("22:00", "07:00"))
        h.now = NOW.replace(hour=14)  # 23:00 in Tokyo
        await h.add(fresh(1))
        assert await h.pump.instant() == 1
        await h.drain()
        assert (len(since(h)), len(since(h, "there"))) == (0, 1)

    work_with(tmp_path, work)


# ---- revised, corrected ------------------------------------------------------------------------------------------------------------


def test_a_revision_is_told_and_what_was_posted_is_corrected(tmp_path: Path) -> None:
    """The new version goes out as news; the old message is put right by the ledger, once."""

    async def work(h: House) -> None:
        number = await h.sent(THERE, template="sitrep")
        await settled(h)
        await h.add(REVISED)
        assert await h.pump.instant() == 1
        await h.pump.correct()
        await h.drain()
        assert number in [d.of for d in h.corrections()]
        (shown,) = since(h)
        assert "revised" in shown
        h.now += timedelta(minutes=1)
        assert (await h.pump.instant(), await h.pump.correct()) == (0, 0)

    work_with(tmp_path, work)


def test_a_figure_that_was_withdrawn_strikes_in_the_news_that_carried_it(tmp_path: Path) -> None:
    """The instant edition's own messages are corrected as any other."""

    async def work(h: House) -> None:
        await settled(h)
        article = fresh(7)
        await h.add(article)
        await h.pump.instant()
        await h.drain()
        assert "720 households" in since(h)[0]
        await h.add(replace(article, text=article.text.replace("720 households", "31 households")))
        made = await h.pump.correct()
        await h.drain()
        assert made == 1
        assert "31 households" in since(h)[0]

    work_with(tmp_path, work)


def test_outside_text_in_the_news_is_only_text(tmp_path: Path) -> None:
    """A headline can't ping, format or link."""

    async def work(h: House) -> None:
        await settled(h)
        await h.add(replace(fresh(1), title="@everyone **Sluice** [x](javascript:1) {{ 7*7 }} <!channel>"))
        await h.pump.instant()
        await h.drain()
        (d,) = h.desk.store.ledger.dispatches(ONE, most=1)
        assert d.content is not None
        shown = markdown_of(load(h.desk.store.ledger.content(d.content)).document)
        assert "{{ 7*7 }}" in shown.replace("\\", "")
        assert r"\[x\](javascript:1)" in shown
        assert "](<javascript:" not in shown

    work_with(tmp_path, work)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_news_speak_the_editions_language(tmp_path: Path, language: str) -> None:
    """The template's words do; the article's stay as they are."""

    async def work(h: House) -> None:
        await settled(h, language=language)
        await h.add(fresh(1))
        await h.pump.instant()
        await h.drain()
        (shown,) = since(h)
        assert "Sluice report 1" in shown
        assert "households were evacuated" in shown
        assert ("News" in shown) is (language == "en")

    work_with(tmp_path, work)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("instantly", "en"), ("immediately", "en"), ("as it happens", "en"), ("whenever something changes", "en"),
        ("on every article", "en"), ("live", "en"), ("At once", "en"), ("immédiatement", "fr"), ("en direct", "fr"),
        ("dès qu'il y a du nouveau", "fr"), ("dès qu’il y a du nouveau", "fr"), ("au fil de l’eau", "fr"),
        ("à chaque article", "fr"), ("Tout de suite", "fr"), ("instantané", "fr"), ("instantanément", "fr"),
    ],
)  # fmt: skip
def test_at_once_is_said_in_many_ways(text: str, language: Any) -> None:
    """In both languages, with any apostrophe."""
    assert when(text, language) == When(INSTANT)


@pytest.mark.parametrize("text", ["", "live at 8", "instantly every day", "not immediately"])
def test_what_only_has_such_a_word_is_not_at_once(text: str) -> None:
    """It is a schedule, or is refused."""
    assert when(text, "en") != When(INSTANT)


# ---- notices to followers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("failing", [True, False], ids=["fails", "back"])
def test_followers_are_told_in_their_channels_language(tmp_path: Path, language: Any, failing: bool) -> None:
    """The feed, the story, since when and why; once it is said, the ledger has it."""

    async def work(h: House) -> None:
        story = await h.story()
        h.desk.store.channels.choose(ONE, HERE.channel, NOW, language=language)
        follow = Follow(1, Following.FEED, "https://post.example/feed", 1, said_in=HERE)
        polled = Polled(
            1, Following.FEED, "https://post.example/feed", 300.0, title="The *Quay* @everyone Post"
        )
        error = FetchFailed("https://post.example/feed answered 500.") if failing else None
        order = await told(h.desk, Followed(ONE, story, (follow,)), follow, polled, error, NOW)
        assert order is not None
        assert (order.kind, order.address, order.tenant) == (Sent.NOTICE, HERE, ONE)
        assert order.content is not None
        shown = markdown_of(load(order.content).document).replace("\\", "")
        assert story.name in shown
        assert "The *Quay* @everyone Post" in shown
        assert order.language == language
        assert ("answered 500" in shown) is (failing and language == "en")
        assert (
            await told(h.desk, Followed(ONE, story, ()), replace(follow, said_in=None), polled, error, NOW)
            is None
        )

    work_with(tmp_path, work)
