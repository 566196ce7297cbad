"""One dispatch on its way: what is posted once, what is tried again and when, what is given up, and in which order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.dispatch.content import dump, load
from bots.dispatch.delivering import content_of
from bots.dispatch.publisher import Gone, Rejected, TryLater, Uncertain
from briefings.model import Address, Language, Part, Sent, State, Tenant
from briefings.store import Order, Overtaken
from tests.unit.delivery.posting import (
    ARTICLES,
    FIRST,
    HERE,
    NOW,
    ONE,
    REVISED,
    THERE,
    TWO,
    Going,
    House,
    Kept,
    Platform,
    work_with,
)

LATER = TryLater("busy")
LOST = TryLater("the answer was lost", sent=True)


# ---- when all goes well ----------------------------------------------------------------------------------------------


def test_a_briefing_is_posted_once_with_what_it_was_made_from(tmp_path: Path) -> None:
    """From a fire in line to a settled dispatch: one message, its content kept, and nothing left to do."""

    async def work(h: House) -> None:
        number = h.take(await h.edition())
        assert h.going == [Going(number, 1, "discord", 0.0)]
        assert await h.drain() == ["posted"]
        d = h.dispatch(number)
        assert (d.state, d.settled, d.why, d.tries) == (State.POSTED, NOW, "", 0)
        (part,) = h.parts(number)
        (message,) = h.platform.channels["here"]
        assert (message.id, message.key, message.body) == (part.message, part.key, part.body)
        assert "Situation report" in message.body
        assert "All six directors" in message.body
        assert d.content is not None
        content = load(h.desk.store.ledger.content(d.content))
        assert {article for article, _ in content.members} == {a.id for a in ARTICLES[:4]}
        assert content.facts
        assert h.platform.did() == ["post"]

    work_with(tmp_path, work)


def test_a_settled_dispatch_is_nobodys(tmp_path: Path) -> None:
    """Its delivery run again does nothing; neither does one of an earlier attempt, or of a dispatch that is not."""

    async def work(h: House) -> None:
        number = await h.sent()
        h.platform.did()
        for n, attempt in ((number, 1), (number, 2), (number, 0), (999, 1)):
            assert await h.delivering.deliver(n, attempt) == "not mine"
        assert h.platform.did() == []

    work_with(tmp_path, work)


@pytest.mark.parametrize(("language", "words"), [("en", "Situation report"), ("fr", "Point de situation")])
def test_a_briefing_is_in_its_editions_language(tmp_path: Path, language: Language, words: str) -> None:
    """And by its template."""

    async def work(h: House) -> None:
        await h.sent(language=language)
        await h.sent(THERE, language=language, template="flash")
        assert words in h.platform.shown()[0]
        assert "Flash" in h.platform.shown("there")[0]

    work_with(tmp_path, work)


def test_what_several_channels_get_alike_is_rendered_once(tmp_path: Path) -> None:
    """Side by side: each has its own dispatch and message, of one content."""

    async def work(h: House) -> None:
        numbers = [h.take(await h.edition(Address("discord", f"c{i}"))) for i in range(8)]
        told = await asyncio.gather(*(h.delivering.deliver(g.number, g.attempt) for g in h.going))
        assert set(told) == {"posted"}
        assert len({h.dispatch(n).content for n in numbers}) == 1
        assert [len(h.platform.shown(f"c{i}")) for i in range(8)] == [1] * 8
        assert len(h.delivering._rendered) == 1

    work_with(tmp_path, work)


def test_what_nobody_can_get_any_more_is_not_kept(tmp_path: Path) -> None:
    """A briefing of another minute, or of the story as it was; one in another language is another channel's still."""

    async def work(h: House) -> None:
        await h.sent()
        await h.sent(THERE, language="fr")
        assert len(h.delivering._rendered) == 2
        await h.add(replace(FIRST[0], id="more", outlet="La Vigie"))
        await h.sent(Address("discord", "third"))
        assert len(h.delivering._rendered) == 1
        h.now += timedelta(minutes=1)
        await h.sent(Address("discord", "fourth"))
        assert len(h.delivering._rendered) == 1

    work_with(tmp_path, work)


# ---- when a part fails -----------------------------------------------------------------------------------------------


def test_after_a_failure_in_the_middle_only_the_rest_is_posted(tmp_path: Path) -> None:
    """What was there stays; what follows comes in order."""

    async def work(h: House) -> None:
        h.platform.pieces = 4
        h.platform.posts.extend([None, LATER, None, LATER])
        number = h.take(await h.edition())
        assert await h.drain() == ["waiting", "waiting", "posted"]
        assert h.platform.keys() == [f"{number}-{i}" for i in range(4)]
        parts = h.parts(number)
        assert [p.tries for p in parts] == [1, 2, 2, 1]
        assert h.platform.shown() == [p.body for p in parts]
        assert [p.message for p in parts] == [m.id for m in h.platform.channels["here"]]

    work_with(tmp_path, work)


def test_a_part_whose_answer_was_lost_is_looked_for_and_not_posted_again(tmp_path: Path) -> None:
    """It is there under its key: its id is taken over."""

    async def work(h: House) -> None:
        h.platform.pieces = 3
        h.platform.posts.extend([None, Kept(LOST)])
        number = h.take(await h.edition())
        assert await h.drain() == ["waiting", "posted"]
        assert h.platform.did() == ["post", "post", "find", "post"]
        assert h.platform.keys() == [f"{number}-{i}" for i in range(3)]
        assert [p.message for p in h.parts(number)] == [m.id for m in h.platform.channels["here"]]

    work_with(tmp_path, work)


def test_a_part_that_was_lost_on_its_way_is_posted_after_it_was_looked_for(tmp_path: Path) -> None:
    """It is not there for certain: it is posted, once."""

    async def work(h: House) -> None:
        h.platform.posts.append(LOST)
        h.take(await h.edition())
        assert await h.drain() == ["waiting", "posted"]
        assert h.platform.did() == ["post", "find", "post"]
        assert len(h.platform.shown()) == 1

    work_with(tmp_path, work)


def test_nothing_is_posted_as_long_as_nobody_can_say_what_is_there(tmp_path: Path) -> None:
    """The question fails, and fails: the part waits; no second message comes of it."""

    async def work(h: House) -> None:
        h.platform.posts.append(Kept(LOST))
        h.platform.finds.extend([TryLater("busy"), TryLater("busy"), RuntimeError("a library's mistake")])
        h.take(await h.edition())
        assert await h.drain() == ["waiting", "waiting", "waiting", "waiting", "posted"]
        assert h.platform.did() == ["post", "find", "find", "find", "find"]
        assert len(h.platform.shown()) == 1

    work_with(tmp_path, work)


def test_a_part_that_was_just_sent_is_not_asked_for_too_early(tmp_path: Path) -> None:
    """As long as the platform may still be at it, "not there" would mean nothing."""

    async def work(h: House) -> None:
        h.platform.unknown_for = 40.0
        h.platform.posts.append(LOST)
        number = h.take(await h.edition())
        while h.state(number) is not State.POSTED:
            await h.step()
            if "find" in [what for what, _, _ in h.platform.asked]:
                break
            assert h.now < NOW + timedelta(seconds=40)
        assert h.now >= NOW + timedelta(seconds=40)
        assert h.platform.did() == ["post", "find", "post"]

    work_with(tmp_path, work)


def test_what_cant_be_told_is_parked_and_never_sent_blindly(tmp_path: Path) -> None:
    """Uncertain, with why; the channel's next goes on."""

    async def work(h: House) -> None:
        h.platform.posts.append(Kept(LOST))
        h.platform.finds.append(Uncertain("it does not say"))
        edition = await h.edition()
        first, second = h.take(edition), h.take(edition, "f2")
        await h.drain()
        assert (h.state(first), h.dispatch(first).why) == (State.UNCERTAIN, "it does not say")
        assert h.state(second) is State.POSTED
        assert h.platform.keys() == [f"{first}-0", f"{second}-0"]

    work_with(tmp_path, work)


def test_stored_parts_are_never_rendered_again(tmp_path: Path) -> None:
    """The story changes while a briefing waits: its later parts are those that were rendered with its first."""

    async def work(h: House) -> None:
        h.platform.pieces = 3
        h.platform.posts.extend([None, LATER])
        number = h.take(await h.edition())
        assert await h.step() == "waiting"
        stored = [p.body for p in h.parts(number)]
        await h.add(REVISED, *ARTICLES[5:8])
        h.platform.pieces = 1
        assert await h.drain() == ["posted"]
        assert h.platform.shown() == stored
        assert "All six directors" in "".join(stored)

    work_with(tmp_path, work)


def test_nothing_is_stored_before_it_is_rendered(tmp_path: Path) -> None:
    """What fails in the rendering is rendered again, as things stand then."""

    async def work(h: House) -> None:
        del h.publishers["discord"]
        number = h.take(await h.edition())
        assert await h.step() == "waiting"
        assert h.parts(number) == []
        await h.add(REVISED)
        h.publishers["discord"] = h.platform
        assert await h.drain() == ["posted"]
        assert "All six directors" not in h.platform.shown()[0]

    work_with(tmp_path, work)


# ---- when it is tried again ------------------------------------------------------------------------------------------


def test_each_wait_is_longer_than_the_last_up_to_five_minutes(tmp_path: Path) -> None:
    """From two seconds on doubled, each spread over the upper half of its time."""

    async def work(h: House) -> None:
        h.platform.posts.extend([LATER] * 12)
        number = h.take(await h.edition())
        waits = []
        for i in range(12):
            assert await h.step() == "waiting"
            (next_,) = h.going
            waits.append(next_.seconds)
            d = h.dispatch(number)
            assert d.retry == h.now + timedelta(seconds=next_.seconds)
            assert (d.tries, d.attempt, d.why) == (i + 1, i + 2, "busy")
        longest = [min(300.0, 2.0 * 2**i) for i in range(12)]
        assert all(most / 2 <= w <= most for w, most in zip(waits, longest, strict=True))
        assert len({w / most for w, most in zip(waits, longest, strict=True)}) == 12
        assert await h.drain() == ["posted"]

    work_with(tmp_path, work)


@pytest.mark.parametrize("after", [0.5, 30.0, 1_000.0])
def test_the_platform_says_when(tmp_path: Path, after: float) -> None:
    """Not before, and not much later."""

    async def work(h: House) -> None:
        h.platform.posts.append(TryLater("slow down", after))
        h.take(await h.edition())
        await h.step()
        assert after <= h.going[0].seconds <= after * 1.1

    work_with(tmp_path, work)


@pytest.mark.parametrize("error", [LOST, TryLater("slow down", 0.1, sent=True)])
def test_a_lost_answer_leaves_the_platform_its_time(tmp_path: Path, error: TryLater) -> None:
    """It may still be at it: it is asked after some seconds, whatever it says."""

    async def work(h: House) -> None:
        h.platform.posts.append(error)
        h.take(await h.edition())
        await h.step()
        assert h.going[0].seconds >= 5.0

    work_with(tmp_path, work)


@pytest.mark.parametrize(
    "error", [RuntimeError("oh"), ValueError("no"), OSError(5, "broken"), TimeoutError()]
)
def test_a_publishers_mistake_is_tried_again(tmp_path: Path, error: Exception) -> None:
    """Whatever it raises: the dispatch waits, and names no more than the kind of error."""

    async def work(h: House) -> None:
        h.platform.posts.append(error)
        number = h.take(await h.edition())
        assert await h.step() == "waiting"
        assert h.dispatch(number).why == type(error).__name__
        assert await h.drain() == ["posted"]
        assert h.platform.did() == ["post", "find", "post"]

    work_with(tmp_path, work)


def test_a_dispatch_of_a_publisher_that_is_not_here_waits(tmp_path: Path) -> None:
    """For a minute at a time: a process that has it may come."""

    async def work(h: House) -> None:
        number = h.take(await h.edition(Address("slack", "c")))
        assert await h.step() == "waiting"
        assert "slack" in h.dispatch(number).why
        assert 60 <= h.going[0].seconds <= 66
        h.publishers["slack"] = slack = Platform("slack")
        assert await h.drain() == ["posted"]
        assert len(slack.shown("c")) == 1

    work_with(tmp_path, work)


# ---- when it is given up ---------------------------------------------------------------------------------------------


def test_it_is_given_up_after_the_hours_of_the_settings(tmp_path: Path) -> None:
    """Not before; it is dead, with the last reason, and the channel's next goes."""

    async def work(h: House) -> None:
        h.platform.posts.extend([LATER] * 40)
        edition = await h.edition()
        number, second = h.take(edition), h.take(edition, "f2")
        while h.state(number) is not State.DEAD:
            await h.step()
        assert timedelta(hours=1) < h.now - NOW < timedelta(hours=1, minutes=6)
        assert h.dispatch(number).why == "busy"
        h.platform.posts.clear()
        await h.drain()
        assert h.state(second) is State.POSTED
        assert h.platform.keys() == [f"{second}-0"]

    work_with(tmp_path, work, give_up_hours=1.0)


def test_what_the_platform_will_never_take_is_dead_at_once(tmp_path: Path) -> None:
    """With its reason; nothing is tried again, and the edition goes on."""

    async def work(h: House) -> None:
        h.platform.posts.append(Rejected("too long"))
        edition = await h.edition()
        number = h.take(edition)
        assert await h.drain() == ["dead"]
        assert h.dispatch(number).why == "too long"
        assert not (await h.desk.orders.edition(edition.id)).paused
        h.take(edition, "f2")
        assert await h.drain() == ["posted"]

    work_with(tmp_path, work)


def test_a_template_that_is_not_there_is_dead_at_once(tmp_path: Path) -> None:
    """With the name of it: trying again would not help."""

    async def work(h: House) -> None:
        number = h.take(await h.edition(template="gone"))
        assert await h.drain() == ["dead"]
        assert "gone" in h.dispatch(number).why

    work_with(tmp_path, work)


def test_a_channel_that_is_gone_pauses_the_editions_there_and_a_notice_says_so(tmp_path: Path) -> None:
    """Each running one, with why; whoever made it elsewhere is told there, in its language. Others go on."""

    async def work(h: House) -> None:
        h.platform.posts.append(Gone("no such channel"))
        one = await h.edition(made_in=THERE)
        french = await h.edition(made_in=THERE, language="fr")
        silent = await h.edition()
        rested = await h.edition(made_in=THERE)
        await h.desk.orders.pause(rested.id, "by hand")
        other = await h.edition(THERE)
        number = h.take(one)
        assert await h.drain() == ["dead", "posted", "posted"]
        assert h.dispatch(number).why == "no such channel"
        paused = {e.id: e.paused for e in await h.desk.orders.editions()}
        assert paused == {
            one.id: "no such channel", french.id: "no such channel", silent.id: "no such channel",
            rested.id: "by hand", other.id: "",
        }  # fmt: skip
        english, in_french = h.platform.shown("there")
        assert f"Edition {one.id} " in english
        assert "here" in english
        assert "no such channel" in english
        assert f"L’édition {french.id} " in in_french or f"L'édition {french.id} " in in_french
        kinds = [d.kind for d in h.desk.store.ledger.dispatches(ONE)]
        assert kinds.count(Sent.NOTICE) == 2

    work_with(tmp_path, work)


@dataclass
class Reaching(Platform):
    """It reaches whoever has a name; asked for one, it may fail."""

    faults: int = 0

    def person(self, user: str) -> str | None:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("oh")
        return f"user:{user}" if user else None


def test_whoever_made_an_edition_in_the_channel_that_is_gone_is_told_in_person(tmp_path: Path) -> None:
    """Where it was made elsewhere it is told there; where it has no maker, nobody is."""

    async def work(h: House) -> None:
        h.publishers["discord"] = platform = Reaching()
        mine = await h.edition(made_in=HERE, made_by="zoe")
        unplaced = await h.edition(made_by="lee")
        away = await h.edition(made_in=THERE, made_by="zoe")
        await h.edition(made_in=HERE)
        await h.delivering.rest_at(HERE, "no such channel")
        assert await h.drain() == ["posted"] * 3
        for channel, edition in (("user:zoe", mine), ("user:lee", unplaced), ("there", away)):
            (said,) = platform.shown(channel)
            assert f"Edition {edition.id} " in said
        assert set(platform.channels) == {"user:zoe", "user:lee", "there"}
        assert {e.paused for e in await h.desk.orders.editions()} == {"no such channel"}

    work_with(tmp_path, work)


def test_an_edition_does_not_rest_without_its_notice(tmp_path: Path) -> None:
    """Who is to be told can't be found out: the edition runs on and nothing is in line; done again, both are, once."""

    async def work(h: House) -> None:
        h.publishers["discord"] = platform = Reaching(faults=1)
        edition = await h.edition(made_by="zoe")
        with pytest.raises(RuntimeError):
            await h.delivering.rest_at(HERE, "gone")
        assert await h.desk.orders.edition(edition.id) == edition
        assert h.desk.store.ledger.dispatches(ONE) == []
        assert h.going == []
        for _ in range(2):
            await h.delivering.rest_at(HERE, "gone")
        assert (await h.desk.orders.edition(edition.id)).paused == "gone"
        assert await h.drain() == ["posted"]
        assert len(platform.shown("user:zoe")) == 1

    work_with(tmp_path, work)


def test_no_notice_is_posted_into_the_channel_that_is_gone(tmp_path: Path) -> None:
    """Where the edition was made in the very channel, nobody is told there; notices end where all channels are gone."""

    async def work(h: House) -> None:
        h.platform.posts.extend([Gone("gone")] * 9)
        one = await h.edition(HERE, made_in=HERE)
        h.take(one)
        assert await h.drain() == ["dead"]
        two = await h.edition(HERE, made_in=THERE)
        three = await h.edition(THERE, made_in=HERE)
        h.take(two)
        await h.drain()
        assert all(e.paused for e in await h.desk.orders.editions())
        assert (await h.desk.orders.edition(three.id)).paused == "gone"
        assert h.platform.channels == {"here": [], "there": []}

    work_with(tmp_path, work)


def test_what_stood_in_line_for_a_channel_that_is_gone_is_skipped(tmp_path: Path) -> None:
    """Its edition is paused by then: the channel is not asked again and again."""

    async def work(h: House) -> None:
        h.platform.posts.append(Gone("gone"))
        edition = await h.edition()
        numbers = [h.take(edition, f"f{i}") for i in range(4)]
        await h.drain()
        assert [h.state(n) for n in numbers] == [State.DEAD] + [State.SKIPPED] * 3
        assert h.platform.did() == ["post"]

    work_with(tmp_path, work)


# ---- when there is nothing to post -----------------------------------------------------------------------------------


def test_only_what_has_changed_is_posted_where_that_was_asked(tmp_path: Path) -> None:
    """The first one goes, the next is skipped, and after a change one goes again; one asked for by hand always goes."""

    async def work(h: House) -> None:
        edition = await h.edition(only_changed=True)
        numbers = [h.take(edition, "f1")]
        await h.drain()
        numbers.append(h.take(edition, "f2"))
        await h.drain()
        numbers.append(h.take(edition, None))
        await h.drain()
        await h.add(ARTICLES[5])
        numbers.append(h.take(edition, "f3"))
        await h.drain()
        numbers.append(h.take(edition, "f4"))
        await h.drain()
        posted, skipped = State.POSTED, State.SKIPPED
        assert [h.state(n) for n in numbers] == [posted, skipped, posted, posted, skipped]
        assert "nothing has changed" in h.dispatch(numbers[1]).why
        assert h.parts(numbers[1]) == []

    work_with(tmp_path, work)


@pytest.mark.parametrize("what", ["paused", "removed", "story"])
def test_what_rests_or_is_gone_is_skipped(tmp_path: Path, what: str) -> None:
    """An edition that was paused or removed, or whose story was, while its fire stood in line."""

    async def work(h: House) -> None:
        edition = await h.edition()
        number = h.take(edition)
        if what == "paused":
            await h.desk.orders.pause(edition.id, "rest")
        elif what == "removed":
            await h.desk.orders.remove(edition.id)
        else:
            await h.desk.remove_story(edition.slug)
        assert await h.drain() == ["skipped"]
        assert what in h.dispatch(number).why
        assert h.platform.did() == []

    work_with(tmp_path, work)


def test_what_is_asked_for_by_hand_goes_whatever_the_edition_does(tmp_path: Path) -> None:
    """A paused edition is posted now where a person says so."""

    async def work(h: House) -> None:
        edition = await h.edition()
        await h.desk.orders.pause(edition.id, "rest")
        h.take(edition, None)
        assert await h.drain() == ["posted"]

    work_with(tmp_path, work)


def test_what_is_under_way_goes_on_when_its_edition_is_paused(tmp_path: Path) -> None:
    """Half a briefing is not left standing."""

    async def work(h: House) -> None:
        h.platform.pieces = 2
        h.platform.posts.extend([None, LATER])
        edition = await h.edition()
        h.take(edition)
        await h.step()
        await h.desk.orders.pause(edition.id, "rest")
        assert await h.drain() == ["posted"]
        assert len(h.platform.shown()) == 2

    work_with(tmp_path, work)


# ---- order -----------------------------------------------------------------------------------------------------------


def test_a_channels_later_ones_stand_behind_one_that_waits(tmp_path: Path) -> None:
    """Over waits and several parts: a channel's messages are in the order of its dispatches; others don't wait for it."""

    async def work(h: House) -> None:
        h.platform.pieces = 2
        edition, other = await h.edition(), await h.edition(THERE)
        numbers = [h.take(edition, f"f{i}") for i in range(4)]
        h.platform.posts.extend([None, TryLater("busy", 30.0)])
        assert await h.step() == "waiting"
        elsewhere = h.take(other)
        while h.state(elsewhere) is not State.POSTED:
            await h.step()
        assert h.now == NOW
        h.platform.posts.extend([LATER, LATER, None, LATER, Kept(LOST)])
        assert (await h.drain()).count("posted") == 4
        assert h.platform.keys() == [f"{n}-{i}" for n in numbers for i in (0, 1)]

    work_with(tmp_path, work)


def test_deliveries_started_all_at_once_keep_the_order(tmp_path: Path) -> None:
    """Run side by side, in any order: who is not first in line leaves it to who is before."""

    async def work(h: House) -> None:
        edition = await h.edition()
        numbers = [h.take(edition, f"f{i}") for i in range(6)]
        while h.going:
            now, h.going[:] = list(reversed(h.going)), []
            await asyncio.gather(*(h.delivering.deliver(g.number, g.attempt) for g in now))
        assert h.platform.keys() == [f"{n}-0" for n in numbers]

    work_with(tmp_path, work)


# ---- the mark --------------------------------------------------------------------------------------------------------


async def marked(h: House, channel: str, tenant: Tenant = ONE) -> object:
    desk = h.desk.of(tenant)
    return await desk.last_briefed(await h.story(tenant), channel)


def test_the_mark_moves_when_a_briefing_is_posted_and_not_before(tmp_path: Path) -> None:
    """ "Since the last briefing" counts from what the channel was shown: not from what waits or was given up."""

    async def work(h: House) -> None:
        h.platform.pieces = 2
        h.platform.posts.extend([None, LATER, Rejected("no")])
        edition = await h.edition()
        h.take(edition)
        assert await h.step() == "waiting"
        assert await marked(h, "here") is None
        assert await h.drain() == ["dead"]
        assert await marked(h, "here") is None
        h.take(edition, "f2")
        await h.drain()
        assert await marked(h, "here") == h.now
        assert await marked(h, "there") is None

    work_with(tmp_path, work)


def test_the_mark_is_what_the_briefing_was_made_from(tmp_path: Path) -> None:
    """Also where the story changed before it was posted: the next one tells that change."""

    async def work(h: House) -> None:
        h.platform.posts.append(LATER)
        edition = await h.edition(template="flash")
        h.take(edition)
        await h.step()
        await h.add(ARTICLES[5])
        await h.drain()
        h.take(edition, "f2")
        await h.drain()
        first, second = h.platform.shown()
        assert "Shear" not in first
        assert "Shear" in second

    work_with(tmp_path, work)


def test_another_publishers_channel_of_the_same_name_has_a_mark_of_its_own(tmp_path: Path) -> None:
    """A tenant's channel "here" on the relay is not its channel "here"."""

    async def work(h: House) -> None:
        h.publishers["relay"] = Platform("relay")
        await h.sent(Address("relay", "here"))
        assert await marked(h, "here") is None
        assert await marked(h, "relay:here") == NOW

    work_with(tmp_path, work)


# ---- who has it ------------------------------------------------------------------------------------------------------


def test_a_run_that_is_overtaken_stops(tmp_path: Path) -> None:
    """Another run claims the dispatch while the first is at a part: the first sends no further one, the second the rest."""

    async def work(h: House) -> None:
        h.platform.pieces = 4
        claimed, go_on = asyncio.Event(), asyncio.Event()

        async def stalls() -> None:
            claimed.set()
            await go_on.wait()

        h.platform.posts.extend([None, stalls])
        number = h.take(await h.edition())
        first = asyncio.create_task(h.delivering.deliver(number, 1))
        await claimed.wait()
        d = await h.books.call(h.desk.store.ledger.claim, number, 1)
        assert d is not None
        go_on.set()
        assert await first == "overtaken"
        assert h.platform.keys() == [f"{number}-0", f"{number}-1"]
        assert [p.message != "" for p in h.parts(number)] == [True, True, False, False]
        assert await h.delivering.deliver(number, 1) == "posted"
        assert h.platform.keys() == [f"{number}-{i}" for i in range(4)]

    work_with(tmp_path, work)


def test_a_run_that_is_overtaken_at_its_last_part_notes_what_is_there(tmp_path: Path) -> None:
    """So that the second run does not send it again."""

    async def work(h: House) -> None:
        claimed, go_on = asyncio.Event(), asyncio.Event()

        async def stalls() -> None:
            claimed.set()
            await go_on.wait()

        h.platform.posts.append(stalls)
        number = h.take(await h.edition())
        first = asyncio.create_task(h.delivering.deliver(number, 1))
        await claimed.wait()
        await h.books.call(h.desk.store.ledger.claim, number, 1)
        go_on.set()
        assert await first == "overtaken"
        assert h.state(number) is State.GOING
        assert await marked(h, "here") is None
        assert await h.delivering.deliver(number, 1) == "posted"
        assert await marked(h, "here") == NOW
        assert h.platform.did() == ["post"]

    work_with(tmp_path, work)


def test_a_run_that_is_overtaken_before_it_stores_posts_nothing(tmp_path: Path) -> None:
    """What it rendered is not kept: the parts are those of the run that claimed after it."""

    async def work(h: House) -> None:
        number = h.take(await h.edition())
        ledger = h.desk.store.ledger
        d = ledger.claim(number, 1)
        assert d is not None
        assert await h.delivering.deliver(number, 1) == "posted"
        with pytest.raises(Overtaken):
            ledger.keep(d, "other", [], NOW)
        assert await h.delivering._later(d, LATER) == "overtaken"
        assert await h.delivering._settle(replace(d, kind=Sent.NOTICE), State.DEAD, "") == "overtaken"
        assert h.state(number) is State.POSTED

    work_with(tmp_path, work)


def test_a_dropped_one_stops_where_it_is(tmp_path: Path) -> None:
    """A person decides against it while it waits: its next try posts nothing, and the channel goes on."""

    async def work(h: House) -> None:
        h.platform.posts.append(LATER)
        edition = await h.edition()
        first, second = h.take(edition), h.take(edition, "f2")
        await h.step()
        h.desk.store.ledger.drop(ONE, first, h.now, h.enqueue)
        await h.drain()
        assert (h.state(first), h.state(second)) == (State.DROPPED, State.POSTED)
        assert h.platform.keys() == [f"{second}-0"]

    work_with(tmp_path, work)


def test_one_given_up_is_posted_when_a_person_says_so(tmp_path: Path) -> None:
    """With the parts that it had, and only those that are not there yet."""

    async def work(h: House) -> None:
        h.platform.pieces = 2
        h.platform.posts.extend([None, Rejected("no")])
        number = h.take(await h.edition())
        assert await h.drain() == ["dead"]
        h.desk.store.ledger.retry(ONE, number, h.enqueue)
        assert await h.drain() == ["posted"]
        assert h.platform.keys() == [f"{number}-0", f"{number}-1"]

    work_with(tmp_path, work)


def test_one_that_nobody_knew_of_is_sent_anew_when_a_person_says_so(tmp_path: Path) -> None:
    """Whoever says so has looked: its unposted messages are sent without a question, and those that are there stay."""

    async def work(h: House) -> None:
        h.platform.pieces = 3
        h.platform.posts.extend([None, LOST])
        h.platform.finds.append(Uncertain("it does not say"))
        number = h.take(await h.edition())
        assert await h.drain() == ["waiting", "uncertain"]
        before = h.parts(number)
        assert [p.tries for p in before] == [1, 1, 0]
        h.desk.store.ledger.retry(ONE, number, h.enqueue)
        after = h.parts(number)
        assert after[0] == before[0]
        assert [(p.tries, p.tried, p.message) for p in after[1:]] == [(0, None, "")] * 2
        h.platform.did()
        assert await h.drain() == ["posted"]
        assert h.platform.did() == ["post", "post"]
        assert h.platform.keys() == [f"{number}-{i}" for i in range(3)]

    work_with(tmp_path, work)


def test_one_sent_anew_is_looked_for_again_where_its_answer_is_lost_again(tmp_path: Path) -> None:
    """A person's look counts once."""

    async def work(h: House) -> None:
        h.platform.posts.extend([LOST, Kept(LOST)])
        h.platform.finds.append(Uncertain("it does not say"))
        number = h.take(await h.edition())
        await h.drain()
        h.desk.store.ledger.retry(ONE, number, h.enqueue)
        h.platform.did()
        assert await h.drain() == ["waiting", "posted"]
        assert h.platform.did() == ["post", "find"]
        assert len(h.platform.shown()) == 1

    work_with(tmp_path, work)


def test_one_given_up_is_looked_for_before_it_is_sent_again(tmp_path: Path) -> None:
    """What was said of its end may have been wrong: a message that is there is not sent twice."""

    async def work(h: House) -> None:
        h.platform.posts.append(Kept(Rejected("no")))
        number = h.take(await h.edition())
        assert await h.drain() == ["dead"]
        (before,) = h.parts(number)
        h.desk.store.ledger.retry(ONE, number, h.enqueue)
        assert h.parts(number) == [before]
        h.platform.did()
        assert await h.drain() == ["posted"]
        assert h.platform.did() == ["find"]
        assert len(h.platform.shown()) == 1

    work_with(tmp_path, work)


# ---- what is not a briefing ------------------------------------------------------------------------------------------


def test_a_notice_says_what_it_was_given(tmp_path: Path) -> None:
    """It needs no story and no edition, and moves no mark."""

    async def work(h: House) -> None:
        made = await h.desk.prepare(await h.story(), "flash", "en", NOW.tzinfo, "x")  # type: ignore[arg-type]
        body = dump(content_of(made, await h.story()))
        order = Order(ONE, Sent.NOTICE, HERE, NOW, content=body)
        h.desk.store.ledger.take([order], NOW, h.enqueue)
        assert await h.drain() == ["posted"]
        assert len(h.platform.shown()) == 1
        assert await marked(h, "here") is None

    work_with(tmp_path, work)


def test_a_public_answer_is_in_the_ledger_and_corrected(tmp_path: Path) -> None:
    """It is there already: nothing is posted for it until an article takes something back."""

    async def work(h: House) -> None:
        desk, story = h.desk, await h.story()
        made = await desk.prepare(story, "sitrep", "en", NOW.tzinfo, "here")  # type: ignore[arg-type]
        content = content_of(made, story)
        (body,) = h.platform.bodies(content)
        message = await h.platform.post("here", Part(0, 0, "answer", body, ""))
        number = await desk.orders.note_answer(
            story, HERE, dump(content), message, body, "UTC", "en", made.version
        )
        d = h.dispatch(number)
        assert (d.kind, d.state, d.settled) == (Sent.ANSWER, State.POSTED, NOW)
        assert h.going == []
        await h.add(REVISED)
        assert await h.pump.correct() == 1
        assert await h.drain() == ["posted"]
        (shown,) = h.platform.shown()
        assert "Four directors voted" in shown
        assert h.corrections()[0].of == number

    work_with(tmp_path, work)


def test_what_two_tenants_are_posted_is_each_ones_own(tmp_path: Path) -> None:
    """One platform, two tenants with a story of one name: each channel has its tenant's articles alone."""

    async def work(h: House) -> None:
        await h.add(*ARTICLES[5:7], tenant=TWO)
        await h.sent(HERE, ONE, template="dossier")
        await h.sent(THERE, TWO, template="dossier")
        assert "Shear" not in h.platform.shown("here")[0]
        assert "Shear" in h.platform.shown("there")[0]
        assert await marked(h, "there", ONE) is None
        assert await marked(h, "there", TWO) == NOW

    work_with(tmp_path, work, (ONE, TWO))
