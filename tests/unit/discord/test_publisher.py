"""Delivery to Discord by REST alone: into every kind of channel, and what each trouble means to whoever delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.discord import rest
from bots.discord.messages import bodies
from bots.discord.publisher import DiscordPublisher
from bots.dispatch.content import Content
from bots.dispatch.publisher import EditRefused, Gone, NotThere, Rejected, TryLater, Uncertain
from bots.drawings import Drawings
from briefings.model import PLAIN, Manner, Part
from briefings.rendering.charts import Bar, TimelineChart
from briefings.rendering.document import Block, CitationMark, Document, Heading, Image, Paragraph, Text
from tests.platforms.discord import ANNOUNCEMENT, FORUM, Channel, Discord, simulated, text_of
from tests.platforms.discord.connecting import pointed
from tests.platforms.discord.state import Message, now
from tests.unit.discord.going import PNG, Painter, chosen

ALT = "One article on November 20."
CHART = TimelineChart("timeline", "en", "By day", ALT, ("one", "several"), (Bar("2023-11-20", 1, 0),), False)


@dataclass
class House:
    sim: Discord
    publisher: DiscordPublisher
    painter: Painter

    @property
    def here(self) -> str:
        return str(self.sim.channel.id)

    @property
    def there(self) -> list[Message]:
        return self.sim.messages(self.sim.channel)


Work = Callable[[House], Awaitable[None]]


def with_house(
    work: Work,
    *,
    fails: bool = False,
    kinds: dict[str, int] | None = None,
    limited: bool = False,
    **more: Any,
) -> None:
    async def inside() -> None:
        async with simulated(rate_limits=limited) as sim:
            painter = Painter(fails=fails)
            publisher = DiscordPublisher(chosen(sim, **more), Drawings(painter), (kinds or {}).get)
            with pointed(sim), capture_logs():
                try:
                    async with asyncio.timeout(30):
                        await work(House(sim, publisher, painter))
                finally:
                    await publisher.close()
            sim.checked()

    asyncio.run(inside())


def part(
    words: str = "words",
    number: int = 0,
    *,
    manner: Manner = PLAIN,
    blocks: tuple[Block, ...] = (),
    charts: tuple[TimelineChart, ...] = (),
    **more: Any,
) -> Part:
    document = Document((Heading(2, (Text("Dam"),)), *(blocks or (Paragraph((Text(words),)),))), "en")
    (body,) = bodies(Content(document, "Dam", "dam", 1, charts, manner=manner))
    return Part(1, number, f"1-{number}", body, f"{abs(hash(words)):x}" * 4, **more)


def tried(of: Part) -> Part:
    return replace(of, tries=1, tried=datetime.fromtimestamp(now(), UTC))


async def lost(house: House, asked: Awaitable[object]) -> TryLater:
    with pytest.raises(TryLater) as raised:
        await asked
    return raised.value


# ---- kinds of channels -------------------------------------------------------------------------------------------------


def test_a_message_is_posted_changed_and_found() -> None:
    """In a text channel, by the id that posting gave; once, and calling nobody."""

    async def work(h: House) -> None:
        first = part()
        assert await h.publisher.find(h.here, tried(first)) is None
        id_ = await h.publisher.post(h.here, first)
        (message,) = h.there
        assert str(message.id) == id_
        assert "words" in text_of(message)
        assert not message.pings
        assert await h.publisher.find(h.here, tried(first)) == id_
        await h.publisher.edit(h.here, part("other words", edits=id_))
        assert "other words" in text_of(h.there[0])
        assert len(h.there) == 1

    with_house(work)


def test_the_same_part_sent_twice_is_one_message() -> None:
    """Discord knows it by its nonce; another part is another message."""

    async def work(h: House) -> None:
        assert await h.publisher.post(h.here, part()) == await h.publisher.post(h.here, part())
        assert await h.publisher.post(h.here, part("more", 1)) != str(h.there[0].id)
        assert len(h.there) == 2

    with_house(work)


def test_a_thread_that_sleeps_is_woken() -> None:
    """Posting and changing both."""

    async def work(h: House) -> None:
        thread = h.sim.add_thread(h.sim.channel, "talk")
        id_ = await h.publisher.post(str(thread.id), part())
        h.sim.archive(thread)
        await h.publisher.edit(str(thread.id), part("other", edits=id_))
        assert not thread.archived
        h.sim.archive(thread)
        await h.publisher.post(str(thread.id), part("more", 1))
        assert not thread.archived
        assert [text_of(m).split("\n")[-1] for m in h.sim.messages(thread)] == ["other", "more"]

    with_house(work)


@pytest.mark.parametrize("archived", [True, False])
def test_a_locked_thread_is_gone(archived: bool) -> None:
    """Only moderators may write in it."""

    async def work(h: House) -> None:
        thread = h.sim.add_thread(h.sim.channel, "talk")
        h.sim.lock(thread, archived=archived)
        with pytest.raises(Gone):
            await h.publisher.post(str(thread.id), part())
        assert h.sim.messages(thread) == []

    with_house(work)


@pytest.mark.parametrize("known", [True, False])
def test_a_briefing_in_a_forum_is_a_post(known: bool) -> None:
    """With its heading as the name and the edition's tags; the later parts go into the same post."""

    async def work(h: House) -> None:
        forum = h.sim.add_channel("crises", FORUM, tags=["alert", "water"])
        if known:
            h.publisher.kind_of = {str(forum.id): FORUM}.get
        tag = next(i for i, name in forum.tags.items() if name == "water")
        first = await h.publisher.post(str(forum.id), part(manner=Manner(tags=(str(tag),))))
        second = await h.publisher.post(str(forum.id), part("more", 1, first=first))
        (post,) = [c for c in h.sim.channels.values() if c.parent is forum]
        assert post.name == "Dam"
        assert post.applied == [tag]
        assert [f"{post.id}/{m.id}" for m in h.sim.messages(post)] == [first, second]
        await h.publisher.edit(str(forum.id), part("other", edits=first))
        await h.publisher.edit(str(forum.id), part("others", 1, edits=second))
        assert [text_of(m).split("\n")[-1] for m in h.sim.messages(post)] == ["other", "others"]
        assert await h.publisher.find(str(forum.id), tried(part("others", 1, first=first))) == second
        h.sim.archive(post)
        await h.publisher.post(str(forum.id), part("last", 2, first=first))
        assert len(h.sim.messages(post)) == 3

    with_house(work)


@pytest.mark.parametrize("archived", [True, False])
def test_a_forum_post_whose_answer_was_lost_is_found(archived: bool) -> None:
    """A post has no nonce: it is looked for among the forum's posts, sleeping ones too."""

    async def work(h: House) -> None:
        forum = h.sim.add_channel("crises", FORUM)
        assert await h.publisher.find(str(forum.id), tried(part())) is None
        h.sim.trouble("POST", "/threads", "drop after")
        h.publisher.kind_of = {str(forum.id): FORUM}.get
        e = await lost(h, h.publisher.post(str(forum.id), part()))
        assert e.sent
        (post,) = [c for c in h.sim.channels.values() if c.parent is forum]
        if archived:
            h.sim.archive(post)
        (message,) = h.sim.messages(post)
        assert await h.publisher.find(str(forum.id), tried(part())) == f"{post.id}/{message.id}"
        assert await h.publisher.find(str(forum.id), tried(part("another"))) is None

    with_house(work)


def test_what_is_to_be_passed_on_is_passed_on() -> None:
    """From an announcement channel, once; elsewhere it is posted all the same."""

    async def work(h: House) -> None:
        news = h.sim.add_channel("news", ANNOUNCEMENT)
        on = part(manner=Manner(crosspost=True))
        await h.publisher.post(str(news.id), on)
        await h.publisher.post(str(news.id), on)
        await h.publisher.post(str(news.id), part("quiet"))
        await h.publisher.post(h.here, on)
        assert [m.crossposted for m in h.sim.messages(news)] == [True, False]
        assert [m.crossposted for m in h.there] == [False]

    with_house(work)


@pytest.mark.parametrize("request_lost", ["messages$", "crosspost"])
def test_a_message_whose_answer_was_lost_is_passed_on_when_it_is_found(request_lost: str) -> None:
    """Also where the answer to passing it on was the one that was lost."""

    async def work(h: House) -> None:
        news = h.sim.add_channel("news", ANNOUNCEMENT)
        on = part(manner=Manner(crosspost=True))
        kind = "drop after" if request_lost == "messages$" else "drop before"
        h.sim.trouble("POST", request_lost, kind)
        assert (await lost(h, h.publisher.post(str(news.id), on))).sent
        assert await h.publisher.find(str(news.id), tried(on)) == str(h.sim.messages(news)[0].id)
        assert [m.crossposted for m in h.sim.messages(news)] == [True]

    with_house(work)


def test_a_message_that_is_there_counts_as_sent_where_its_channel_cant_be_asked_after() -> None:
    """Before passing on, the kind of channel is asked for; that failing does not unsend the message."""

    async def work(h: House) -> None:
        news = h.sim.add_channel("news", ANNOUNCEMENT)
        h.sim.trouble("GET", f"/channels/{news.id}$", 503)
        assert (await lost(h, h.publisher.post(str(news.id), part(manner=Manner(crosspost=True))))).sent
        assert len(h.sim.messages(news)) == 1

    with_house(work)


def test_only_the_manner_calls_a_role() -> None:
    """Once, above the first part; words that look like a call are words; silence is a flag."""

    async def work(h: House) -> None:
        role, other = h.sim.add_role("desk"), h.sim.add_role("everybody", mentionable=True)
        said = f"{other.mention} {role.mention} @everyone @here {h.sim.guild.owner.mention}"
        await h.publisher.post(h.here, part(said))
        await h.publisher.post(h.here, part(said, 1, manner=Manner(silent=True, role=str(role.id))))
        plain, calling = h.there
        assert not plain.pings
        assert plain.flags & 1 << 12 == 0
        assert calling.pings.roles == (role.id,)
        assert not calling.pings.users
        assert not calling.pings.everyone
        assert calling.flags & 1 << 12

    with_house(work)


def test_a_person_is_reached_alone() -> None:
    """By a direct message, which is changed and found like any; who takes none is gone."""

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        to = h.publisher.person(str(ada.id))
        assert to is not None
        assert h.publisher.person("@ada") is None
        id_ = await h.publisher.post(to, part())
        assert await h.publisher.find(to, tried(part())) == id_
        await h.publisher.edit(to, part("other", edits=id_))
        assert [text_of(m).split("\n")[-1] for m in h.sim.messages(h.sim.dm(ada))] == ["other"]
        ada.reachable = False
        with pytest.raises(Gone):
            await h.publisher.post(to, part("more", 1))

    with_house(work)


def test_a_correction_to_nobody_is_refused_and_no_mistake() -> None:
    """A person who is no more can't be opened a conversation with; that is told as any refusal of a change."""

    async def work(h: House) -> None:
        with pytest.raises(EditRefused):
            await h.publisher.edit("user:123456789012345678", part(edits="123456789012345679"))

    with_house(work)


# ---- charts ------------------------------------------------------------------------------------------------------------


def test_a_chart_is_attached_with_what_it_shows_in_words() -> None:
    """And stays through a change; its file is drawn once."""

    async def work(h: House) -> None:
        charted = part(blocks=(Image("timeline", ALT),), charts=(CHART,))
        id_ = await h.publisher.post(h.here, charted)
        await h.publisher.edit(h.here, replace(charted, edits=id_))
        (message,) = h.there
        assert [a.description for a in message.attachments] == [ALT]
        assert message.attachments[0].bytes == PNG
        assert h.painter.drawn == 1

    with_house(work)


def test_a_chart_that_cant_be_drawn_is_replaced_by_its_words() -> None:
    """The briefing goes out all the same."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part(blocks=(Image("timeline", ALT),), charts=(CHART,)))
        (message,) = h.there
        assert message.attachments == []
        assert ALT in text_of(message)

    with_house(work, fails=True)


# ---- trouble -----------------------------------------------------------------------------------------------------------

LOST = ["drop before", "drop after", "hang before", "hang after", "503", "503 after", "502", "garbled"]


@pytest.mark.parametrize("kind", LOST)
def test_after_a_lost_answer_finding_tells_the_truth(kind: str) -> None:
    """It may have been sent, and nothing is sent again by itself; whether it was, the channel tells."""

    async def work(h: House) -> None:
        await h.publisher.rest.ask("GET", "/users/@me")
        met = h.sim.trouble("POST", "/messages", kind, 5, seconds=60.0 if "hang" in kind else 0.0)
        e = await lost(h, h.publisher.post(h.here, part()))
        assert e.sent
        assert met.met == 1
        h.sim.calm()
        there = kind.endswith("after") or kind == "garbled"
        assert len(h.there) == int(there)
        found = await h.publisher.find(h.here, tried(part()))
        assert found == (str(h.there[0].id) if there else None)
        await h.publisher.post(h.here, part())
        assert len(h.there) == 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rest, "_BUCKET", 0.1)
        with_house(work, timeout=0.4)


@pytest.mark.parametrize("kind", ["503", "drop before", "garbled"])
def test_a_lost_answer_to_a_change_is_tried_later(kind: str) -> None:
    """Nothing new may be there by it."""

    async def work(h: House) -> None:
        id_ = await h.publisher.post(h.here, part())
        h.sim.trouble("PATCH", "/messages", kind)
        assert not (await lost(h, h.publisher.edit(h.here, part("other", edits=id_)))).sent
        await h.publisher.edit(h.here, part("other", edits=id_))
        assert "other" in text_of(h.there[0])

    with_house(work)


def test_a_discord_that_is_away_is_tried_later() -> None:
    """Before the first request as after it; and nothing was sent."""

    async def work(h: House) -> None:
        await h.sim.stop()
        assert not (await lost(h, h.publisher.post(h.here, part()))).sent
        await h.sim.start()
        await h.publisher.post(h.here, part())
        await h.sim.stop()
        await lost(h, h.publisher.post(h.here, part("more", 1)))
        await h.sim.start()
        assert await h.publisher.find(h.here, tried(part("more", 1))) is None

    with_house(work)


@pytest.mark.parametrize("scope", ["route", "global", "shared"])
def test_a_short_limit_is_waited_for(scope: str) -> None:
    """As Discord says; the message goes out once."""

    async def work(h: House) -> None:
        met = h.sim.trouble("POST", "/messages", f"429 {scope}", retry_after=0.05)
        await h.publisher.post(h.here, part())
        assert met.met == 1
        assert len(h.there) == 1

    with_house(work)


@pytest.mark.parametrize("scope", ["route", "global", "shared"])
def test_a_long_limit_is_told(scope: str) -> None:
    """With the time that Discord asks for; nothing was sent, and no slot is held for it."""

    async def work(h: House) -> None:
        await h.publisher.rest.ask("GET", "/users/@me")
        h.sim.trouble("POST", "/messages", f"429 {scope}", retry_after=40.0)
        e = await lost(h, h.publisher.post(h.here, part()))
        assert e.after is not None
        assert 30 < e.after < 50
        assert not e.sent

    with_house(work)


def test_a_ban_of_discords_front_is_told() -> None:
    """It is no JSON and names no time."""

    async def work(h: House) -> None:
        h.sim.trouble("POST", "/messages", "429 cloudflare")
        e = await lost(h, h.publisher.post(h.here, part()))
        assert e.after is not None
        assert e.after >= 30
        assert not e.sent

    with_house(work)


def test_many_messages_keep_to_the_limits() -> None:
    """Those of Discord's headers: none is refused for coming too fast, or few are, and all are there."""

    async def work(h: House) -> None:
        h.sim.pace.window = 0.3
        await asyncio.gather(*(h.publisher.post(h.here, part(f"words {i}", i)) for i in range(12)))
        assert len(h.there) == 12
        assert h.sim.limited <= 3

    with_house(work, limited=True)


def test_a_refused_token_is_tried_later() -> None:
    """Whoever runs Sitrep may set a new one; nothing is lost meanwhile."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part())
        h.sim.revoke_token()
        for asked in (h.publisher.post(h.here, part("more", 1)), h.publisher.find(h.here, tried(part()))):
            e = await lost(h, asked)
            assert e.after
            assert not e.sent

    with_house(work)


def test_a_new_token_in_the_file_is_read(tmp_path: Any) -> None:
    """Without a restart: a delivery after the change goes out."""
    file = tmp_path / "token"

    async def work(h: House) -> None:
        file.write_text("an-old-token")
        h.publisher.rest.settings = chosen(h.sim, token="", token_file=file)
        await lost(h, h.publisher.post(h.here, part()))
        file.write_text(h.sim.token)
        await h.publisher.post(h.here, part())
        h.sim.token = "another-token.in-three.parts"
        await lost(h, h.publisher.post(h.here, part("more", 1)))
        file.write_text(h.sim.token)
        await h.publisher.post(h.here, part("more", 1))
        assert len(h.there) == 2

    with_house(work)


# ---- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", ["view_channel", "send_messages"])
def test_a_channel_where_it_may_not_post_is_gone(permission: str) -> None:
    """And it is said what is needed there."""

    async def work(h: House) -> None:
        h.sim.deny(h.sim.channel, permission)
        with pytest.raises(Gone) as raised:
            await h.publisher.post(h.here, part())
        assert "Send Messages" in raised.value.why

    with_house(work)


def test_an_unknown_channel_is_gone() -> None:
    """Also for a search, and for a server that has sent the bot away."""

    async def work(h: House) -> None:
        with pytest.raises(Gone):
            await h.publisher.post("123456789012345678", part())
        with pytest.raises(Gone):
            await h.publisher.find("123456789012345678", tried(part()))
        h.sim.remove_guild(h.sim.guild)
        with pytest.raises(Gone):
            await h.publisher.post(h.here, part())

    with_house(work)


def test_a_message_that_discord_will_never_take_is_rejected() -> None:
    """Trying it again would change nothing."""

    async def work(h: House) -> None:
        forum = h.sim.add_channel("crises", FORUM, require_tag=True)
        with pytest.raises(Rejected):
            await h.publisher.post(str(forum.id), part())

    with_house(work)


def test_a_deleted_message_is_not_there_to_be_changed() -> None:
    """One that can't be changed any more is refused."""

    async def work(h: House) -> None:
        id_ = await h.publisher.post(h.here, part())
        h.sim.deny(h.sim.channel, "view_channel")
        with pytest.raises(EditRefused):
            await h.publisher.edit(h.here, part("other", edits=id_))
        h.sim.allow(h.sim.channel, "view_channel")
        h.sim.delete_message(h.there[0])
        with pytest.raises(NotThere):
            await h.publisher.edit(h.here, part("other", edits=id_))

    with_house(work)


def test_too_many_changes_of_an_old_message_are_tried_later() -> None:
    """Discord says when; the message can be changed then."""

    async def work(h: House) -> None:
        id_ = await h.publisher.post(h.here, part())
        h.there[0].edits_left = 0
        e = await lost(h, h.publisher.edit(h.here, part("other", edits=id_)))
        assert e.after is not None
        assert e.after > 60

    with_house(work)


# ---- looking -----------------------------------------------------------------------------------------------------------


def test_a_history_that_cant_be_read_leaves_it_uncertain() -> None:
    """Rather than posting twice: without the permission Discord shows an empty channel."""

    async def work(h: House) -> None:
        h.sim.trouble("POST", "/messages", "drop after")
        await lost(h, h.publisher.post(h.here, part()))
        h.sim.deny(h.sim.channel, "read_message_history")
        with pytest.raises(Uncertain):
            await h.publisher.find(h.here, tried(part()))
        h.sim.deny(h.sim.channel, "view_channel")
        with pytest.raises(Uncertain):
            await h.publisher.find(h.here, tried(part()))

    with_house(work)


def test_an_empty_channel_holds_nothing_also_where_its_history_is_closed() -> None:
    """Nothing was ever posted there: that is certain."""

    async def work(h: House) -> None:
        h.sim.deny(h.sim.channel, "read_message_history")
        assert await h.publisher.find(h.here, tried(part())) is None

    with_house(work)


def test_anothers_message_is_not_taken_for_ours() -> None:
    """Though it bears the very same custom_ids."""

    async def work(h: House) -> None:
        h.sim.reads_content = True
        await h.publisher.post(h.here, part())
        ours = h.there[0]
        for who in (h.sim.user("Eve"), h.sim._user("Copycat", bot=True)):
            copied = h.sim.say(who, h.sim.channel, "mine")
            copied.components, copied.sent = ours.components, ours.sent
        h.sim.delete_message(ours)
        assert await h.publisher.find(h.here, tried(part())) is None

    with_house(work)


def test_another_databases_message_is_not_taken_for_ours() -> None:
    """Parts of the same number, another briefing: their digests differ."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part("of another database"))
        assert await h.publisher.find(h.here, tried(part())) is None

    with_house(work)


def test_it_is_found_behind_hundreds_of_others() -> None:
    """Page by page, as far back as it was sent."""

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        id_ = await h.publisher.post(h.here, part())
        for i in range(250):
            h.sim.say(ada, h.sim.channel, f"chatter {i}")
        assert await h.publisher.find(h.here, tried(part())) == id_
        assert await h.publisher.find(h.here, tried(part("none"))) is None

    with_house(work)


def test_too_many_others_leave_it_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an end to looking."""
    monkeypatch.setattr("bots.discord.publisher._PAGES", 2)

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        await h.publisher.post(h.here, part())
        for i in range(250):
            h.sim.say(ada, h.sim.channel, f"chatter {i}")
        with pytest.raises(Uncertain):
            await h.publisher.find(h.here, tried(part()))

    with_house(work)


def posts(h: House, forum: Channel) -> list[Channel]:
    return [c for c in h.sim.channels.values() if c.parent is forum]


def test_another_post_of_the_forum_is_not_taken_for_ours() -> None:
    """Somebody else's, and one whose first message was deleted."""

    async def work(h: House) -> None:
        forum = h.sim.add_channel("crises", FORUM)
        await h.publisher.post(str(forum.id), part())
        (post,) = posts(h, forum)
        h.sim.delete_message(h.sim.messages(post)[0])
        eve = h.sim.user("Eve")
        h.sim.say(eve, h.sim.add_thread(forum, "mine", owner=eve), "mine")
        assert await h.publisher.find(str(forum.id), tried(part())) is None

    with_house(work)


def test_a_page_with_citations_is_known_by_its_button() -> None:
    """Where there is a button for sources, it is the mark; else one is put there for it."""

    async def work(h: House) -> None:
        cited = part(blocks=(Paragraph((Text("Said"), CitationMark(1))),))
        id_ = await h.publisher.post(h.here, cited)
        assert await h.publisher.find(h.here, tried(cited)) == id_

    with_house(work)
