"""The relay: what each of its answers means, on a real server; and messages that are cut without losing anything."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.dispatch.content import Content
from bots.dispatch.publisher import EditRefused, Gone, Limits, Rejected, TryLater, Uncertain
from bots.relay.messages import bodies, cut
from bots.relay.publisher import RelayPublisher
from bots.splitting import heads
from briefings.errors import SettingsFault
from briefings.model import Part
from briefings.rendering import Document, load_document, markdown_of
from briefings.rendering.document import (
    Block,
    CitationMark,
    Divider,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from briefings.settings import Relay

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
TOKEN = "the-relays-token-0123456789"
NEW = Part(1, 0, "1-0", '{"title":"T","markdown":"words"}', "digest")
CHANGED = Part(2, 0, "2-0", '{"title":"T","markdown":"other words"}', "digest", edits="m1")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Asking = Callable[[RelayPublisher], Awaitable[object]]


@dataclass
class Asked:
    """What the relay was asked: method, path as it was sent, headers, body."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """A relay that answers as it is told."""

    answer: Handler
    asked: list[Asked] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.BaseRequest)
        body = await request.read()
        self.asked.append(
            Asked(request.method, request.raw_path, dict(request.headers), json.loads(body) if body else None)
        )
        return await self.answer(request)  # type: ignore[arg-type]


def post(channel: str = "c", part: Part = NEW) -> Asking:
    return lambda p: p.post(channel, part)


def edit(channel: str = "c", part: Part = CHANGED) -> Asking:
    return lambda p: p.edit(channel, part)


def find(channel: str = "c", part: Part = NEW) -> Asking:
    return lambda p: p.find(channel, part)


ALL = pytest.mark.parametrize("ask", [post(), edit(), find()], ids=["post", "edit", "find"])


def told(answer: Handler, *asking: Asking, **chosen: Any) -> tuple[list[object], list[Asked]]:
    """What becomes of each asking, an error as itself; and what the server was asked."""

    async def work() -> tuple[list[object], list[Asked]]:
        server = Server(answer)
        runner = web.ServerRunner(web.Server(server), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        given = {"url": f"http://{host}:{port}/base/", "token": TOKEN, "timeout": 5.0, **chosen}
        publisher = RelayPublisher(Relay.model_validate(given))
        try:
            found: list[object] = []
            for ask in asking:
                try:
                    found.append(await ask(publisher))
                except Exception as e:
                    found.append(e)
            return found, server.asked
        finally:
            await publisher.close()
            await runner.cleanup()

    return asyncio.run(work())


def one(answer: Handler, ask: Asking, **chosen: Any) -> object:
    (found,), _ = told(answer, ask, **chosen)
    return found


def answering(status: int = 200, text: str = '{"id": "m7"}', **headers: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(
            status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


async def hangs(request: web.Request) -> web.Response:
    await asyncio.sleep(3)
    return web.json_response({"id": "late"})


async def drops(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


# ---- what is asked ---------------------------------------------------------------------------------------------------


def test_what_is_asked_is_what_is_documented() -> None:
    """A message with its key, a change of one by its id, a question by the key; each with the token."""
    _, asked = told(answering(), post(), edit(), find())
    assert [(a.method, a.path) for a in asked] == [
        ("POST", "/base/channels/c/messages"),
        ("PUT", "/base/channels/c/messages/m1"),
        ("GET", "/base/channels/c/messages?key=1-0"),
    ]
    assert asked[0].body == {"key": "1-0", "title": "T", "markdown": "words"}
    assert asked[1].body == {"title": "T", "markdown": "other words"}
    assert {a.headers["Authorization"] for a in asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ("a/b", "a%2Fb"),
        ("a?key=9", "a%3Fkey%3D9"),
        ("a#b", "a%23b"),
        ("Général 1", "G%C3%A9n%C3%A9ral%201"),
        ("100%", "100%25"),
        ("a%2Fb", "a%252Fb"),
        ("\r\nX: y", "%0D%0AX%3A%20y"),
    ],
)
def test_a_channels_name_stays_one_piece_of_the_address(channel: str, path: str) -> None:
    """Whatever stands in it: it reaches no other address, and no header."""
    _, asked = told(answering(), post(channel))
    raw = asked[0].path
    assert raw.startswith("/base/channels/")
    assert raw.endswith("/messages")
    assert raw.count("/") == 4
    assert raw.split("/")[3].replace("%3D", "=").replace("%3A", ":") == path.replace("%3D", "=").replace(
        "%3A", ":"
    )
    assert "X" not in asked[0].headers


def test_no_token_is_sent_where_there_is_none() -> None:
    """The relay may stand on the same machine and ask for none."""
    _, asked = told(answering(), post(), token="")
    assert "Authorization" not in asked[0].headers


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    """Its last line break does not count; a file that can't be read is told with its name."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    _, asked = told(answering(), post(), token="", token_file=file)
    assert asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    with pytest.raises(SettingsFault, match="missing"):
        RelayPublisher(Relay(url="http://localhost", token_file=tmp_path / "missing"))  # type: ignore[call-arg]


# ---- what is answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "id_"), [('{"id": "m7"}', "m7"), ('{"id": 12, "more": []}', "12"), ('{"id":0}', "0")]
)
def test_a_posted_messages_id_is_the_answers(text: str, id_: str) -> None:
    """As a string, whatever else the answer holds."""
    for status in (200, 201, 202):
        assert one(answering(status, text), post()) == id_


def test_a_change_needs_no_words_in_its_answer() -> None:
    """204 and an empty 200 are as good as any."""
    for status, text in ((204, ""), (200, ""), (200, "{}"), (200, " \n")):
        assert one(answering(status, text), edit()) is None


def test_a_message_is_found_by_its_key() -> None:
    """The first that the answer names; None where it names none."""
    assert one(answering(text='{"messages": [{"id": "m3"}, {"id": "m4"}]}'), find()) == "m3"
    assert one(answering(text='{"messages": []}'), find()) is None


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"messages": null}', '{"messages": {"id": "m"}}', '"no"'])
def test_an_answer_that_does_not_say_which_messages_there_are_settles_nothing(text: str) -> None:
    """It is not taken for "there is none": that would post twice."""
    assert isinstance(one(answering(text=text), find()), Uncertain)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "nonsense", '{"id": ""}', '{"id": null}', '{"id": ["m"]}', "{"]
)
def test_a_posted_message_without_an_id_may_be_there(text: str) -> None:
    """It was taken: it is looked for before it is sent again."""
    e = one(answering(201, text), post())
    assert isinstance(e, TryLater)
    assert e.sent


def test_every_status_has_a_meaning_for_a_new_message() -> None:
    """403, 404, 410: no such channel; 429, 5xx and a few more: later; the others: never."""
    statuses = iter(range(300, 600))

    async def each(request: web.Request) -> web.Response:
        status = next(statuses)
        return web.Response(status=status, text="" if status == 304 else "{}")

    found, _ = told(each, *[post()] * 300)
    for status, e in zip(range(300, 600), found, strict=True):
        if status in (403, 404, 410):
            assert isinstance(e, Gone)
        elif status in (401, 408, 425, 429) or status >= 500:
            assert isinstance(e, TryLater)
            assert e.sent == (status >= 500)
            assert e.after is None
        else:
            assert isinstance(e, Rejected)
        assert str(status) in str(e)
        assert TOKEN not in repr(e)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(s, EditRefused) for s in (403, 404, 405, 409, 410, 501)]
    + [(s, TryLater) for s in (401, 408, 425, 429, 500, 502, 503, 504, 599)]
    + [(s, Rejected) for s in (302, 400, 413, 422)],
)
def test_every_status_has_a_meaning_for_a_change(status: int, kind: type[Exception]) -> None:
    """What can't be changed any more is told otherwise; a channel is not gone because of it. A change is never twice."""
    e = one(answering(status, "{}"), edit())
    assert type(e) is kind
    assert not getattr(e, "sent", False)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, Gone), (403, Gone), (429, TryLater), (500, TryLater), (503, TryLater)]
)
def test_a_question_that_fails_is_never_taken_for_no(status: int, kind: type[Exception]) -> None:
    """It is asked again, and nothing is sent meanwhile."""
    e = one(answering(status, "{}"), find())
    assert type(e) is kind
    assert not getattr(e, "sent", False)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0), ("0.25", 0.25), ("0", 0.0), ("-3", 0.0), ("99999999", 3_600.0), (" 5 ", 5.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_the_relay_may_say_when(header: str, seconds: float | None) -> None:
    """In seconds, an hour at most; what it says in another way, it did not say."""
    for status in (429, 503):
        e = one(answering(status, "{}", Retry_After=header), post())
        assert isinstance(e, TryLater)
        assert e.after == seconds


@ALL
def test_a_redirect_is_not_followed(ask: Asking) -> None:
    """The token goes nowhere else."""
    (e,), asked = told(answering(307, "", Location="/elsewhere"), ask)
    assert isinstance(e, Rejected | Uncertain)
    assert len(asked) == 1


# ---- what goes wrong -------------------------------------------------------------------------------------------------


@ALL
def test_a_lost_answer_leaves_a_new_message_in_doubt(ask: Asking, request: pytest.FixtureRequest) -> None:
    """The connection ends under way: a new message may be there; a change is made again, a question asked again."""
    e = one(drops, ask)
    assert isinstance(e, TryLater)
    assert e.sent == ("post" in request.node.name)
    assert TOKEN not in repr(e)


@ALL
def test_a_relay_that_hangs_is_not_waited_for(ask: Asking, request: pytest.FixtureRequest) -> None:
    """As long as the settings say, and not longer."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.to_thread(lambda: found.append(one(hangs, ask, timeout=0.3)))
        return loop.time() - began

    found: list[object] = []
    assert asyncio.run(work()) < 2.5
    assert isinstance(found[0], TryLater)
    assert found[0].sent == ("post" in request.node.name)


def test_an_answer_that_never_ends_is_not_waited_for() -> None:
    """The time that the settings give holds for the whole answer, not for each piece of it."""

    async def drips(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            for _ in range(30):
                await answer.write(b" ")
                await asyncio.sleep(0.1)
        return answer

    e = one(drips, post(), timeout=0.3)
    assert isinstance(e, TryLater)
    assert e.sent


def test_a_relay_that_is_not_there_has_taken_nothing() -> None:
    """Nothing listens: nothing need be looked for."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    e = one(answering(), post(), url=f"http://127.0.0.1:{port}")
    assert isinstance(e, TryLater)
    assert not e.sent
    assert TOKEN not in repr(e)


def test_an_answer_without_end_is_not_kept() -> None:
    """Of one too long no more than a megabyte is read; the message may be there."""

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            for _ in range(200):
                await answer.write(b" " * 100_000)
        return answer

    e = one(endless, post())
    assert isinstance(e, TryLater)
    assert e.sent


def test_after_a_failure_the_next_request_is_as_good_as_any() -> None:
    """One publisher goes on after every kind of failure."""
    fates = iter([answering(500), drops, answering(429), answering(201, '{"id": "m9"}')])

    async def answer(request: web.Request) -> web.StreamResponse:
        return await next(fates)(request)

    found, asked = told(answer, *[post()] * 4)
    assert found[-1] == "m9"
    assert len(asked) == 4


def test_a_closed_publisher_can_be_used_again() -> None:
    """Closed twice it is closed once."""

    async def closing(publisher: RelayPublisher) -> None:
        await publisher.close()
        await publisher.close()

    found, _ = told(answering(), post(), closing, post())
    assert found == ["m7", None, "m7"]


def test_the_limit_is_that_of_the_settings() -> None:
    """So many messages a second over all channels; a message may turn up as long as its answer is waited for, and some."""
    limits = RelayPublisher(Relay(url="http://localhost", a_second=7, timeout=3)).limits  # type: ignore[call-arg]
    assert limits == Limits(7, unknown_for=8.0)


# ---- messages --------------------------------------------------------------------------------------------------------

WORDS = st.text("abc éß*_[]()<>~`\\#-1.&@\n", min_size=1, max_size=30)
TEXTS = st.builds(Text, WORDS, st.sampled_from([None, "fr", "en"]))
INLINES: st.SearchStrategy[Inline] = st.one_of(
    TEXTS,
    st.builds(lambda t: Strong((t,)), TEXTS),
    st.builds(lambda t: Emphasis((t,)), TEXTS),
    st.builds(lambda t: Struck((t,)), TEXTS),
    st.builds(lambda t: Link("https://example.org/a", (t,)), TEXTS),
    st.builds(CitationMark, st.integers(1, 99), st.sampled_from(["", "k1", "k2"])),
)
RUNS = st.lists(INLINES, min_size=1, max_size=6).map(tuple)
PARAGRAPHS = st.builds(Paragraph, RUNS)
INNER = st.lists(PARAGRAPHS, min_size=1, max_size=3).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, st.integers(1, 4), RUNS),
    PARAGRAPHS,
    st.builds(ListBlock, st.lists(INNER, min_size=1, max_size=4).map(tuple), st.sampled_from([None, 1, 7])),
    st.builds(Quotation, INNER),
    st.builds(Image, st.just("chart"), WORDS),
    st.just(Divider()),
    st.builds(Footnote, st.integers(1, 99), RUNS),
)
DOCUMENTS = st.builds(
    Document, st.lists(BLOCKS, min_size=1, max_size=6).map(tuple), st.sampled_from(["fr", "en"])
)


def leaves(document: Document) -> list[object]:
    """The words, marks, images and rules of a document in order, however it is cut: texts as one string between others."""
    found: list[object] = []
    for x in document.inlines():
        if isinstance(x, Text):
            if found and isinstance(found[-1], str):
                found[-1] += x.text
            else:
                found.append(x.text)
        elif isinstance(x, CitationMark):
            found.append((x.number, x.fact))
    return found


def things(document: Document) -> list[Block]:
    return [b for b in document.blocks if isinstance(b, Image | Divider)]


def joined(documents: list[Document]) -> Document:
    return Document(tuple(b for d in documents for b in d.blocks), documents[0].language)


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS, characters=st.integers(0, 300))
def test_nothing_is_lost_in_cutting(document: Document, characters: int) -> None:
    """All words, citations, images and rules are there, in order, under the language of the whole."""
    made = cut(document, characters)
    assert made
    assert all(d.blocks and d.language == document.language for d in made)
    assert leaves(joined(made)) == leaves(document)
    assert things(joined(made)) == things(document)


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS, characters=st.integers(40, 300))
def test_a_message_is_within_the_limit_or_one_block_alone(document: Document, characters: int) -> None:
    """Blocks are put together only as far as the limit goes; one message is not cut in two without need.

    What stands above others may have gone with them.
    """
    made = cut(document, characters)
    for d in made:
        assert len(markdown_of(d)) <= characters or len(d.blocks) == 1
    for a, b in pairwise(made):
        first = markdown_of(joined([a, Document(b.blocks[:1], b.language)]))
        assert len(first) > characters or heads(b.blocks[0])


def test_a_numbered_list_goes_on_counting() -> None:
    """In the next message its numbers follow."""
    items = tuple((Paragraph((Text("word " * 10 + str(i)),)),) for i in range(6))
    made = cut(Document((ListBlock(items, 3),), "en"), 130)
    assert len(made) > 1
    numbers = [b.start for d in made for b in d.blocks if isinstance(b, ListBlock)]
    assert numbers == [3, 4, 5, 6, 7, 8]


def test_a_document_within_the_limit_is_one_message() -> None:
    """And one without a limit always."""
    document = Document((Paragraph((Text("words " * 500),)), Divider()), "en")
    assert cut(document, 0) == [document]
    assert cut(document, 10_000) == [document]


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS, characters=st.integers(0, 200))
def test_a_message_says_all_of_its_part_in_each_form(document: Document, characters: int) -> None:
    """JSON with the title, the language, its place among the parts, Markdown, HTML, and blocks that load again."""
    parts = cut(document, characters)
    made = [json.loads(b) for b in bodies(Content(document, title="<Crisis>"), characters)]
    assert len(made) == len(parts)
    for i, (value, part) in enumerate(zip(made, parts, strict=True)):
        assert value["title"] == "<Crisis>"
        assert value["language"] == document.language
        assert (value["part"], value["parts"]) == (i + 1, len(parts))
        assert value["markdown"] == markdown_of(part)
        assert load_document(value["blocks"], value["language"]) == part
        assert "<script" not in value["html"]
