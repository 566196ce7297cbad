"""Delivery to Slack by the Web API alone: into every kind of channel, and what each trouble means to whoever delivers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.dispatch import pacing
from bots.dispatch.content import Content
from bots.dispatch.publisher import EditRefused, Gone, NotThere, Rejected, TryLater, Uncertain
from bots.drawings import Drawings
from bots.slack import publisher
from bots.slack.messages import bodies
from bots.slack.publisher import SlackPublisher
from briefings.model import PLAIN, Manner, Part
from briefings.rendering.charts import Bar, TimelineChart
from briefings.rendering.document import Block, Document, Heading, Image, Paragraph, Text
from tests.platforms.slack import Message, Slack, simulated, text_of
from tests.platforms.slack.state import now
from tests.unit.slack.going import PNG, Painter, chosen

ALT = "One article on November 20."
CHART = TimelineChart("timeline", "en", "By day", ALT, ("one", "several"), (Bar("2023-11-20", 1, 0),), False)
THREAD = Manner(thread=True)


@dataclass
class House:
    sim: Slack
    publisher: SlackPublisher
    painter: Painter

    @property
    def here(self) -> str:
        return self.sim.channel.id

    @property
    def there(self) -> list[Message]:
        return self.sim.messages()


Work = Callable[[House], Awaitable[None]]


def with_house(
    work: Work, *, fails: bool = False, limited: bool = False, apart: float = 0.0, **more: Any
) -> None:
    async def inside() -> None:
        async with simulated(rate_limits=limited) as sim:
            painter = Painter(fails=fails)
            out = SlackPublisher(chosen(sim, **more), Drawings(painter))
            with capture_logs():
                try:
                    async with asyncio.timeout(30):
                        await work(House(sim, out, painter))
                finally:
                    await out.close()
            sim.checked()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publisher, "_APART", apart)
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


async def lost(asked: Awaitable[object]) -> TryLater:
    with pytest.raises(TryLater) as raised:
        await asked
    return raised.value


# ---- kinds of channels -------------------------------------------------------------------------------------------------


def test_a_message_is_posted_changed_and_found() -> None:
    """By the ts that posting gave; calling nobody, with a summary for those who listen, marked by its metadata."""

    async def work(h: House) -> None:
        first = part()
        assert await h.publisher.find(h.here, tried(first)) is None
        ts = await h.publisher.post(h.here, first)
        (message,) = h.there
        assert message.ts == ts
        assert "words" in text_of(message)
        assert message.text == "Dam — words"
        assert message.metadata is not None
        assert message.metadata["event_payload"]["key"] == first.key
        assert not message.pings
        assert await h.publisher.find(h.here, tried(first)) == ts
        await h.publisher.edit(h.here, part("other words", edits=ts))
        await h.publisher.edit(h.here, part("other words", edits=ts))
        assert "other words" in text_of(h.there[0])
        assert len(h.there) == 1
        assert await h.publisher.find(h.here, tried(first)) == ts

    with_house(work)


def test_the_rest_of_a_threaded_briefing_stands_beneath_its_headline() -> None:
    """It is found there, and changed there."""

    async def work(h: House) -> None:
        head = await h.publisher.post(h.here, part("headline", manner=THREAD))
        body = part("body", 1, manner=THREAD, first=head)
        assert await h.publisher.find(h.here, tried(body)) is None
        ts = await h.publisher.post(h.here, body)
        first, second = h.there
        assert not first.reply
        assert second.thread_ts == head
        assert not second.in_channel
        assert await h.publisher.find(h.here, tried(body)) == ts
        assert await h.publisher.find(h.here, tried(part("headline", manner=THREAD))) == head
        await h.publisher.edit(h.here, part("another body", 1, manner=THREAD, first=head, edits=ts))
        assert "another body" in text_of(h.there[1])

    with_house(work)


def test_without_the_manner_all_parts_stand_in_the_channel() -> None:
    """One after another."""

    async def work(h: House) -> None:
        head = await h.publisher.post(h.here, part())
        await h.publisher.post(h.here, part("more", 1, first=head))
        assert [m.thread_ts for m in h.there] == [None, None]

    with_house(work)


def test_a_reply_whose_headline_was_deleted_does_not_end_in_error() -> None:
    """Whether it is there can be told, or is uncertain; it is no mistake of ours."""

    async def work(h: House) -> None:
        head = await h.publisher.post(h.here, part("headline", manner=THREAD))
        h.there[0].deleted = True
        with pytest.raises((Gone, Rejected, Uncertain)):
            await h.publisher.find(h.here, tried(part("body", 1, manner=THREAD, first=head)))

    with_house(work)


def test_a_person_is_reached_alone() -> None:
    """By a direct message, which is changed and found like any."""

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        to = h.publisher.person(ada.id)
        assert to is not None
        assert h.publisher.person("@ada") is None
        assert h.publisher.person(h.here) is None
        ts = await h.publisher.post(to, part())
        assert await h.publisher.find(to, tried(part())) == ts
        await h.publisher.edit(to, part("other", edits=ts))
        (message,) = h.sim.messages(h.sim.dm(ada))
        assert "other" in text_of(message)
        assert h.there == []
        with pytest.raises(Gone):
            await h.publisher.post("U0NOBODY000", part())

    with_house(work)


@pytest.mark.parametrize("said", ["<!channel> <!here>", "<@{user}>", "*bold* <https://a.example|b>", "&lt;"])
def test_words_that_look_like_a_call_are_words(said: str) -> None:
    """In the message, in its summary and after a change."""

    async def work(h: House) -> None:
        written = said.format(user=h.sim.user("Ada").id)
        ts = await h.publisher.post(h.here, part(written))
        (message,) = h.there
        assert written in text_of(message)
        assert not message.pings
        await h.publisher.edit(h.here, part(f"again {written}", edits=ts))
        assert f"again {written}" in text_of(message)
        assert not message.pings

    with_house(work)


# ---- charts ------------------------------------------------------------------------------------------------------------


def test_a_chart_is_uploaded_with_what_it_shows_in_words() -> None:
    """It stands in the message, and is drawn once however often it is sent."""

    async def work(h: House) -> None:
        charted = part(blocks=(Image("timeline", ALT),), charts=(CHART,))
        ts = await h.publisher.post(h.here, charted)
        await h.publisher.edit(h.here, replace(charted, edits=ts))
        (message,) = h.there
        images = [b for b in message.blocks if b["type"] == "image"]
        assert [b["alt_text"] for b in images] == [ALT]
        file = h.sim.files[images[0]["slack_file"]["id"]]
        assert file.completed
        assert file.bytes == PNG
        assert file.alt_txt == ALT
        assert h.painter.drawn == 1

    with_house(work)


@pytest.mark.parametrize("why", ["drawn", "scope", "refused"])
def test_a_chart_that_cant_be_shown_is_replaced_by_its_words(why: str) -> None:
    """Whether it can't be drawn or not be uploaded: the briefing goes out all the same."""

    async def work(h: House) -> None:
        if why == "scope":
            h.sim.scopes.discard("files:write")
        if why == "refused":
            h.sim.trouble(r"files\.completeUploadExternal", "error:file_not_found")
        await h.publisher.post(h.here, part(blocks=(Image("timeline", ALT),), charts=(CHART,)))
        (message,) = h.there
        assert not [b for b in message.blocks if b["type"] == "image"]
        assert ALT in text_of(message)

    with_house(work, fails=why == "drawn")


@pytest.mark.parametrize(
    "method", [r"files\.getUploadURLExternal", "upload", r"files\.completeUploadExternal"]
)
@pytest.mark.parametrize("kind", ["503", "drop after", "429", "garbled"])
def test_a_lost_answer_to_an_upload_sends_nothing(method: str, kind: str) -> None:
    """It is tried later, and there is no message; or its words go out."""

    async def work(h: House) -> None:
        h.sim.trouble(method, kind)
        charted = part(blocks=(Image("timeline", ALT),), charts=(CHART,))
        try:
            await h.publisher.post(h.here, charted)
        except TryLater as later:
            if later.sent or h.there:
                raise
            await h.publisher.post(h.here, charted)
        assert len(h.there) == 1
        assert ALT in text_of(h.there[0]) or h.there[0].blocks[-2]["type"] == "image"

    with_house(work, timeout=1.0)


# ---- trouble -----------------------------------------------------------------------------------------------------------

LOST = [
    "drop before", "drop after", "hang before", "hang after", "503", "503 after", "502", "502 after", "500", "garbled",
    "plain", "array", "error:fatal_error", "error:internal_error after",
]  # fmt: skip


@pytest.mark.parametrize("threaded", [False, True])
@pytest.mark.parametrize("kind", LOST)
def test_after_a_lost_answer_finding_tells_the_truth(kind: str, threaded: bool) -> None:
    """It may have been sent, and nothing is sent again by itself; whether it was, the channel tells."""

    async def work(h: House) -> None:
        asked = part()
        if threaded:
            head = await h.publisher.post(h.here, part("headline", manner=THREAD))
            asked = part("body", 1, manner=THREAD, first=head)
        before = len(h.there)
        met = h.sim.trouble(r"chat\.postMessage", kind, 5, seconds=20.0 if "hang" in kind else 0.0)
        e = await lost(h.publisher.post(h.here, asked))
        assert e.sent
        assert met.met == 1
        h.sim.calm()
        there = kind.endswith("after") or kind in ("garbled", "plain", "array")
        assert len(h.there) == before + there
        found = await h.publisher.find(h.here, tried(asked))
        assert found == (h.there[-1].ts if there else None)

    with_house(work, timeout=0.4 if "hang" in kind else 5.0)


def test_an_answer_that_came_too_late_is_found() -> None:
    """What Slack did after we gave up is there by the time that nobody can tell before."""

    async def work(h: House) -> None:
        h.sim.trouble(r"chat\.postMessage", "late", seconds=0.5)
        assert (await lost(h.publisher.post(h.here, part()))).sent
        assert h.there == []
        await asyncio.sleep(0.5)
        assert await h.publisher.find(h.here, tried(part())) == h.there[0].ts
        assert h.publisher.limits.unknown_for > h.publisher.settings.timeout

    with_house(work, timeout=0.2)


@pytest.mark.parametrize("kind", ["503", "drop before", "drop after", "garbled", "429"])
def test_a_lost_answer_to_a_change_is_tried_later(kind: str) -> None:
    """Nothing new may be there by it."""

    async def work(h: House) -> None:
        ts = await h.publisher.post(h.here, part())
        h.sim.trouble(r"chat\.update", kind)
        assert not (await lost(h.publisher.edit(h.here, part("other", edits=ts)))).sent
        await h.publisher.edit(h.here, part("other", edits=ts))
        assert "other" in text_of(h.there[0])
        assert len(h.there) == 1

    with_house(work)


@pytest.mark.parametrize("kind", ["503", "drop after", "garbled", "429", "array"])
def test_a_search_whose_answer_is_lost_says_nothing(kind: str) -> None:
    """It is asked again later; it does not say that nothing is there."""

    async def work(h: House) -> None:
        ts = await h.publisher.post(h.here, part())
        h.sim.trouble(r"conversations\.history", kind)
        try:
            assert await h.publisher.find(h.here, tried(part())) == ts
        except (TryLater, Uncertain):
            assert await h.publisher.find(h.here, tried(part())) == ts

    with_house(work)


def test_a_slack_that_is_away_is_tried_later() -> None:
    """Before the first request as after it; and nothing was sent."""

    async def work(h: House) -> None:
        await h.sim.stop()
        assert not (await lost(h.publisher.post(h.here, part()))).sent
        await h.sim.start()
        await h.publisher.post(h.here, part())
        await h.sim.stop()
        await lost(h.publisher.post(h.here, part("more", 1)))
        await h.sim.start()
        assert await h.publisher.find(h.here, tried(part("more", 1))) is None

    with_house(work)


@pytest.mark.parametrize("seconds", [1.0, 40.0])
def test_a_limit_is_told(seconds: float) -> None:
    """With the time that Slack asks for; nothing was sent, and no slot is held for it."""

    async def work(h: House) -> None:
        h.sim.trouble(r"chat\.postMessage", "429", retry_after=seconds)
        began = time.monotonic()
        e = await lost(h.publisher.post(h.here, part()))
        assert e.after == seconds
        assert not e.sent
        assert time.monotonic() - began < 1
        assert h.there == []

    with_house(work)


def test_messages_of_one_channel_stand_a_second_apart() -> None:
    """As Slack asks; those of another channel do not wait for them, and none is refused for coming too fast."""

    async def work(h: House) -> None:
        other = h.sim.add_channel("other")
        h.sim.pace.burst = 2
        began = time.monotonic()
        await asyncio.gather(
            *(h.publisher.post(h.here, part(f"words {i}", i)) for i in range(3)),
            h.publisher.post(other.id, part()),
        )
        assert time.monotonic() - began >= 2
        made = [m.made for m in h.there]
        assert all(b - a > 0.9 for a, b in pairwise(made))
        assert h.sim.messages(other)[0].made - began < 0.9
        assert h.sim.limited == 0

    with_house(work, limited=True, apart=1.0)


def test_the_apart_of_messages_is_a_second() -> None:
    """What Slack's documentation says of chat.postMessage."""
    assert publisher._APART >= 1.0


def test_what_took_long_to_make_ready_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """By then nobody would look for it long enough: it is tried later, and nothing was sent."""
    monkeypatch.setattr(pacing, "READY_WITHIN", 0.05)

    async def work(h: House) -> None:
        h.sim.trouble(r"files\.getUploadURLExternal", "late", seconds=0.3)
        charted = part(blocks=(Image("timeline", ALT),), charts=(CHART,))
        assert not (await lost(h.publisher.post(h.here, charted))).sent
        assert h.there == []

    with_house(work)


@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "account_inactive"])
def test_a_refused_token_is_tried_later(error: str) -> None:
    """Whoever runs Sitrep may set a new one; nothing is lost meanwhile."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part())
        h.sim.revoke_token(error)
        for asked in (h.publisher.post(h.here, part("more", 1)), h.publisher.find(h.here, tried(part()))):
            e = await lost(asked)
            assert e.after
            assert not e.sent
            assert "token" in e.why

    with_house(work)


def test_a_new_token_in_the_file_is_read(tmp_path: Path) -> None:
    """Without a restart: a delivery after the change goes out."""
    file = tmp_path / "token"

    async def work(h: House) -> None:
        file.write_text("xoxb-an-old-token")
        h.publisher.web.settings = chosen(h.sim, bot_token="", bot_token_file=file)
        await lost(h.publisher.post(h.here, part()))
        file.write_text(h.sim.bot_token)
        await h.publisher.post(h.here, part())
        h.sim.bot_token = "xoxb-another-token"
        await lost(h.publisher.post(h.here, part("more", 1)))
        file.write_text(h.sim.bot_token)
        await h.publisher.post(h.here, part("more", 1))
        assert len(h.there) == 2

    with_house(work)


# ---- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "said"), [("kick", "/invite"), ("archive", "archived"), ("delete", "not there")]
)
def test_a_channel_where_it_may_not_post_is_gone(what: str, said: str) -> None:
    """And it is said what can be done."""

    async def work(h: House) -> None:
        getattr(h.sim, what)(h.sim.channel)
        with pytest.raises(Gone) as raised:
            await h.publisher.post(h.here, part())
        assert said in raised.value.why
        if what != "archive":
            with pytest.raises(Gone):
                await h.publisher.find(h.here, tried(part()))

    with_house(work)


def test_an_unknown_channel_is_gone() -> None:
    """Also for a search."""

    async def work(h: House) -> None:
        with pytest.raises(Gone):
            await h.publisher.post("C0NOWHERE00", part())
        with pytest.raises(Gone):
            await h.publisher.find("C0NOWHERE00", tried(part()))

    with_house(work)


def test_a_message_that_slack_will_never_take_is_rejected() -> None:
    """Trying it again would change nothing; a scope that is missing is named."""

    async def work(h: House) -> None:
        h.sim.trouble(r"chat\.postMessage", "error:msg_too_long")
        with pytest.raises(Rejected):
            await h.publisher.post(h.here, part())
        h.sim.scopes.discard("chat:write")
        with pytest.raises(Rejected) as raised:
            await h.publisher.post(h.here, part())
        assert "chat:write" in raised.value.why

    with_house(work)


def test_a_deleted_message_is_not_there_to_be_changed() -> None:
    """One that can't be changed is refused."""

    async def work(h: House) -> None:
        ts = await h.publisher.post(h.here, part())
        theirs = h.sim.say(h.sim.user("Eve"), h.sim.channel, "mine")
        with pytest.raises(EditRefused):
            await h.publisher.edit(h.here, part("other", edits=theirs.ts))
        h.sim.trouble(r"chat\.update", "error:edit_window_closed")
        with pytest.raises(EditRefused):
            await h.publisher.edit(h.here, part("other", edits=ts))
        h.there[0].deleted = True
        with pytest.raises(NotThere):
            await h.publisher.edit(h.here, part("other", edits=ts))

    with_house(work)


def test_a_correction_to_nobody_is_refused_and_no_mistake() -> None:
    """A person who is no more can't be opened a conversation with; that is told as any refusal of a change."""

    async def work(h: House) -> None:
        with pytest.raises((EditRefused, NotThere)):
            await h.publisher.edit("U0NOBODY000", part(edits="1.1"))

    with_house(work)


# ---- looking -----------------------------------------------------------------------------------------------------------


def test_a_history_that_cant_be_read_leaves_it_uncertain() -> None:
    """Rather than posting twice; it says which scope is missing."""

    async def work(h: House) -> None:
        h.sim.trouble(r"chat\.postMessage", "drop after")
        await lost(h.publisher.post(h.here, part()))
        h.sim.scopes.discard("channels:history")
        with pytest.raises(Uncertain) as raised:
            await h.publisher.find(h.here, tried(part()))
        assert "channels:history" in raised.value.why

    with_house(work)


def test_a_person_who_cant_be_looked_up_leaves_it_uncertain() -> None:
    """Without the scope to open a conversation."""

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        await h.publisher.post(ada.id, part())
        h.sim.scopes.discard("im:write")
        with pytest.raises(Uncertain):
            await h.publisher.find(ada.id, tried(part()))

    with_house(work)


def test_anothers_message_is_not_taken_for_ours() -> None:
    """Neither one of another database, whose digest differs, nor one of other metadata, nor a deleted one."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part("of another database"))
        h.sim.say(h.sim.user("Eve"), h.sim.channel, "1-0")
        assert await h.publisher.find(h.here, tried(part())) is None
        await h.publisher.post(h.here, part())
        h.there[-1].deleted = True
        assert await h.publisher.find(h.here, tried(part())) is None

    with_house(work)


def test_a_copy_by_another_app_is_not_taken_for_ours() -> None:
    """Metadata can be read and copied by any app that is in the channel."""

    async def work(h: House) -> None:
        await h.publisher.post(h.here, part())
        ours = h.there[0]
        copied = h.sim.say(h.sim._user("Copycat", h.sim.team, bot=True), h.sim.channel, "mine")
        copied.metadata = ours.metadata
        ours.deleted = True
        h.publisher.web._me = "B0OURS"  # the simulator has one app: whose messages are marked otherwise
        assert await h.publisher.find(h.here, tried(part())) is None

    with_house(work)


@pytest.mark.parametrize("threaded", [False, True])
def test_it_is_found_behind_hundreds_of_others(threaded: bool) -> None:
    """Page by page, as far back as it was sent."""

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        head = await h.publisher.post(h.here, part("headline", manner=THREAD))
        parent = h.there[0]
        asked = part("body", 1, manner=THREAD, first=head) if threaded else part("body", 1)
        if threaded:
            for i in range(250):
                h.sim.say(ada, h.sim.channel, f"chatter {i}", parent)
        ts = await h.publisher.post(h.here, asked)
        if not threaded:
            for i in range(250):
                h.sim.say(ada, h.sim.channel, f"chatter {i}")
        assert await h.publisher.find(h.here, tried(asked)) == ts
        assert await h.publisher.find(h.here, tried(replace(asked, key="9-9"))) is None

    with_house(work)


def test_too_many_others_leave_it_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an end to looking."""
    monkeypatch.setattr(publisher, "_PAGES", 1)

    async def work(h: House) -> None:
        ada = h.sim.user("Ada")
        await h.publisher.post(h.here, part())
        for i in range(250):
            h.sim.say(ada, h.sim.channel, f"chatter {i}")
        with pytest.raises(Uncertain):
            await h.publisher.find(h.here, tried(part()))

    with_house(work)
