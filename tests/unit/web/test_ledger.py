"""Editions and the ledger as pages, and corrections as they come to open ones."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bots.chat import Chat
from bots.dispatch.content import Content, dump
from bots.place import home_of
from bots.web import rooms as rooms_of
from bots.web.messages import Said, Typed
from bots.web.messages import dump as dump_message
from bots.web.publisher import WebPublisher
from bots.web.rooms import Rooms
from briefings.desk import Desk
from briefings.model import LANGUAGES, LOCAL, Address, Edition, Language, Part, Quiet, Sent, State, Tenant
from briefings.plain import literal
from briefings.rendering import Document
from briefings.rendering.document import Block, Heading, Paragraph, Strong, Text
from briefings.store import Draft, Order, open_store
from tests.unit.web.visiting import NOW, SLUG, TOKEN, Site, visit

DESK = Address("web", "desk")
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>\u202e{{ 7 * 7 }}&amp;'
ORDER = Order(LOCAL, Sent.BRIEFING, DESK, NOW, template="flash", language="en")
PAGES = ("/editions", "/ledger", "/ledger/1")


async def made(site: Site, **values: object) -> Edition:
    """An edition of the demo story into the desk."""
    given = {
        "template": "flash",
        "language": "en",
        "cron": "30 8 * * *",
        "timezone": "UTC",
        "said": "every day at 8:30",
    }
    story = await site.desk.story(SLUG)
    address = values.pop("address", DESK)
    return await site.desk.orders.add(story, address, **{**given, **values})  # type: ignore[arg-type]


def taken(site: Site, *orders: Order) -> list[int]:
    """Dispatches as delivery leaves them."""
    return site.desk.store.ledger.take(orders, NOW, None)


def said(*texts: str, language: Language = "en") -> Content:
    """What a dispatch says."""
    blocks: tuple[Block, ...] = (
        Heading(1, (Text(texts[0]),)),
        *(Paragraph((Strong((Text(x),)),)) for x in texts[1:]),
    )
    return Content(Document(blocks, language), facts=("quote:a", "figure:b"))


def posted(site: Site, content: Content, *messages: str, order: Order = ORDER) -> int:
    return site.desk.store.ledger.note(
        replace(order, state=State.POSTED, content=dump(content)),
        [(m, f"body of {m}") for m in messages],
        NOW,
    )


def words(page: str) -> str:
    """What of a page is read, in its own part."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def rows(page: str) -> list[list[str]]:
    """The cells of a page's table."""
    found = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    return [
        [unescape(re.sub("<[^>]+>", "", c)) for c in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", r)] for r in found
    ]


# ---- editions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "empty", "first", "rests"),
    [
        ("en", "Editions", "type /edition add", "Thursday, November 23, 18:00 JST", ["only if changed", "quiet 22:00–07:00", "paused — by hand"]),
        ("fr", "Éditions", "tapez /édition ajouter", "jeudi 23 novembre, 18:00 JST", ["seulement si changement", "silence 22:00–07:00", "suspendue — à la main"]),
    ],
)  # fmt: skip
def test_editions_are_a_page(
    tmp_path: Path, language: str, title: str, empty: str, first: str, rests: list[str]
) -> None:
    """Each with its next three times in its own zone, or why it rests; without one, how to make one."""

    async def work(site: Site) -> None:
        assert empty in words((await site.get("/editions", language)).text)
        await made(site, cron="0 18 * * *", timezone="Asia/Tokyo", said="tous les jours à 18h")
        await made(site, only_changed=True, quiet=Quiet("22:00", "07:00"), address=Address("relay", "C1"))
        await site.desk.orders.pause(2, "by hand")
        page = await site.get("/editions", language)
        assert page.status == 200
        assert f"<h1>{title}</h1>" in page.text
        assert f'<html lang="{language}">' in page.text
        told = words(page.text)
        assert f"1 — {SLUG} flash · en · tous les jours à 18h (Asia/Tokyo) → desk {first}" in told
        assert told.count("18:00 JST") == 3
        assert f"2 — {SLUG} flash · en · every day at 8:30 (UTC) → C1" in told
        assert [r for r in rests if r not in told] == []
        assert "08:30 UTC" not in told

    visit(tmp_path, work)


def test_editions_of_others_are_not_on_the_page(tmp_path: Path) -> None:
    """Nor are their dispatches in the ledger: their numbers are not there."""
    other = Tenant("discord", "1")

    async def work(site: Site) -> None:
        desk = site.desk.of(other)
        story = await desk.new_story("Hidden matter")
        await desk.orders.add(
            story, Address("discord", "secret"), template="flash", language="en", cron="* * * * *", timezone="UTC", said="now"
        )  # fmt: skip
        taken(
            site, replace(ORDER, tenant=other, address=Address(home_of(other), "secret"), why="their reason")
        )
        for path in ("/editions", "/ledger"):
            page = await site.get(path)
            assert "hidden-matter" not in page.text
            assert "secret" not in page.text
            assert "their reason" not in page.text
        assert (await site.get("/ledger/1")).status == 404

    visit(tmp_path, work)


# ---- the ledger ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "cells", "empty"),
    [
        ("en", ["Nov 23, 2023, 08:00", "desk", "correction", "uncertain", "no answer"], "Nothing was dispatched yet."),
        ("fr", ["23 nov. 2023 à 08:00", "desk", "correction", "incertain", "no answer"], "Rien n’a encore été envoyé."),
    ],
)  # fmt: skip
def test_the_ledger_is_a_table(tmp_path: Path, language: str, cells: list[str], empty: str) -> None:
    """The newest first: number, when it was due, where to, what it is, how far, and why."""

    async def work(site: Site) -> None:
        assert empty in words((await site.get("/ledger", language)).text)
        taken(site, replace(ORDER, state=State.DEAD, why="404"))
        taken(site, replace(ORDER, state=State.UNCERTAIN, kind=Sent.CORRECTION, of=1, why="no answer"))
        page = await site.get("/ledger", language)
        assert page.status == 200
        found = rows(page.text)
        assert [r[0] for r in found] == ["2", "1"]
        assert found[0][1:] == cells
        assert '<a href="/ledger/2">2</a>' in page.text
        assert page.text.count("<h1>") == 1

    visit(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ledger_is_narrowed_to_a_state(tmp_path: Path, language: Language) -> None:
    """By a form that works without scripts and keeps what is chosen; a state that is none counts as all."""

    async def work(site: Site) -> None:
        taken(site, *(replace(ORDER, state=s, address=Address("web", s.value)) for s in State))
        for number, state in enumerate(State, 1):
            page = await site.get(f"/ledger?state={state}", language)
            assert number in [int(r[0]) for r in rows(page.text)]
            assert len(rows(page.text)) == 1
            assert f'<option value="{state}" selected>' in page.text
            assert page.text.count(" selected>") == 1
        for odd in ("", "lost", "POSTED", "%00", "<script>", "posted,dead"):
            page = await site.get(f"/ledger?state={odd}", language)
            assert (page.status, len(rows(page.text))) == (200, len(State)), odd
            assert "selected>" not in page.text
            assert "<script>alert" not in page.text

    visit(tmp_path, work)


@pytest.mark.parametrize("narrowed", ["", "state=posted"])
def test_the_ledger_is_paged_through(tmp_path: Path, narrowed: str) -> None:
    """Fifty a page, each dispatch once and in order, the state kept from page to page."""

    async def work(site: Site) -> None:
        states = [State.POSTED, State.SKIPPED] * 65
        taken(site, *(replace(ORDER, state=s) for s in states))
        wanted = [n for n in range(130, 0, -1) if not narrowed or states[n - 1] is State.POSTED]
        seen: list[int] = []
        path, pages = f"/ledger?{narrowed}", 0
        while path:
            page = await site.get(path)
            seen += [int(r[0]) for r in rows(page.text)]
            earlier = re.search(r'<a href="(/ledger\?before=[^"]+)"', page.text)
            path, pages = unescape(earlier[1]) if earlier else "", pages + 1
        assert seen == wanted
        assert pages == -(-len(wanted) // 50)
        for odd in ("x", "-1", "", "9" * 30, "٣", "1.5", "%00"):
            page = await site.get(f"/ledger?before={odd}&{narrowed}")
            assert [int(r[0]) for r in rows(page.text)] == wanted[:50], odd
        assert rows((await site.get("/ledger?before=0")).text) == []

    visit(tmp_path, work)


def test_moments_are_told_in_the_zone_of_the_settings(tmp_path: Path) -> None:
    """Due, settled and posted alike."""

    async def work(site: Site) -> None:
        site.desk.settings = site.desk.settings.model_copy(update={"timezone": "Asia/Tokyo"})
        posted(site, said("Now"), "7")
        assert rows((await site.get("/ledger")).text)[0][1] == "Nov 23, 2023, 17:00"
        page = (await site.get("/ledger/1")).text
        assert page.count("Nov 23, 2023, 17:00") == 3

    visit(tmp_path, work)


# ---- one dispatch ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Dispatch 1", "Kind briefing", "Status posted", "Channel desk", "Facts 2", "Part 1", "· 7 · tried 1 time ·", "Part 2", "What it says"]),
        ("fr", ["Envoi 1", "Nature point", "publié", "Canal desk", "Faits 2", "Partie 1", "· 7 · essayée 1 fois ·", "Partie 2", "Ce qu’il dit"]),
    ],
)  # fmt: skip
def test_a_dispatch_is_a_page(tmp_path: Path, language: str, told: list[str]) -> None:
    """What it is, its parts with the platform's messages and their tries, and what it says, in its own language."""

    async def work(site: Site) -> None:
        posted(
            site,
            said("Le point", "Rien de neuf.", language="fr"),
            "7",
            "8",
            order=replace(ORDER, language="fr"),
        )
        page = await site.get("/ledger/1", language)
        assert page.status == 200
        read = words(page.text)
        assert [t for t in told if t not in read] == []
        shown = page.text.partition('<div lang="fr">')[2]
        assert "<h2>Le point</h2>" in shown
        assert "<strong>Rien de neuf.</strong>" in shown
        assert "<title>" + told[0] in page.text

    visit(tmp_path, work)


def test_a_correction_leads_to_what_it_corrects(tmp_path: Path) -> None:
    """By a link; one that was not rendered yet says nothing, and of a part that is not posted that it is not."""

    async def work(site: Site) -> None:
        posted(site, said("First"), "7")
        taken(site, replace(ORDER, kind=Sent.CORRECTION, of=1, content=dump(said("Second"))), ORDER)
        claimed = site.desk.store.ledger.claim(2, 1)
        assert claimed is not None
        site.desk.store.ledger.keep(claimed, dump(said("Second")), [Draft("body", "7")], NOW)
        correction = (await site.get("/ledger/2")).text
        assert '<a href="/ledger/1">1</a>' in correction
        assert "not posted" in words(correction)
        waiting = await site.get("/ledger/3")
        assert waiting.status == 200
        assert "What it says" not in waiting.text
        assert "Facts 0" in words(waiting.text)

    visit(tmp_path, work)


def test_a_delivered_briefings_citations_have_their_evidence(tmp_path: Path) -> None:
    """A briefing that was asked for in the chat stands in the ledger with links to the cited sentences."""

    async def work(site: Site) -> None:
        await site.running.rooms.open("desk", "desk")
        await site.desk.choose("desk", story=await site.desk.story(SLUG))
        await site.post("/c/desk/say", line="/brief")
        (row,) = rows((await site.get("/ledger")).text)
        assert (row[0], row[3], row[4]) == ("1", "answer", "posted")
        page = (await site.get("/ledger/1")).text
        links = re.findall(r'<a class="cite" href="([^"]+)"', page)
        assert links
        assert (await site.get(unescape(links[0]))).status == 200
        facts = next(r[1] for r in rows(page) if r[0] == "Facts")
        assert int(facts) > 5
        assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))

    visit(tmp_path, work)


def test_a_number_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A page of its own, status 404, in the reader's language; for scripts as JSON."""

    async def work(site: Site) -> None:
        posted(site, said("First"), "7")
        for number in ("0", "2", "9" * 15, "9" * 16, "9" * 400, "-1", "x", "1.0", "%D9%A1", "1/", "1/x", ""):
            got = await site.get(f"/ledger/{number}")
            assert got.status == 404, number
            assert "There is nothing here" in got.text
        assert "Il n’y a rien ici" in (await site.get("/ledger/2", "fr")).text
        assert (await site.get("/ledger/2", Accept="application/json")).text == '{"error": 404}'
        assert (await site.get("/editions/1")).status == 404

    visit(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
def test_outside_text_is_only_text(tmp_path: Path, language: Language) -> None:
    """Schedules, reasons, channels' names, message ids and what was said are escaped and isolated on every page."""
    channel = f"C{HOSTILE}"

    async def work(site: Site) -> None:
        await made(site, said=HOSTILE, address=Address("relay", channel))
        await made(site, said=HOSTILE, address=Address("relay", channel))
        await site.desk.orders.pause(2, HOSTILE)
        await site.desk.join("ops", HOSTILE)
        order = replace(ORDER, address=Address("relay", channel), why=HOSTILE, template=HOSTILE)
        posted(site, said(literal(HOSTILE), literal(HOSTILE)), HOSTILE, f"8{HOSTILE}", order=order)
        taken(site, replace(order, state=State.DEAD))
        for path in (*PAGES, "/ledger/2"):
            page = (await site.get(path, language)).text
            assert "&lt;script&gt;alert(" in page, path
            for raw in ("<script>alert", "<img src=x", "49&amp;"):
                assert raw not in page, (path, raw)
            assert page.count("<script") == 1, path
            assert page.count("\u202e") <= page.count("\u2069"), path
            assert "&amp;amp;" in page, path

    visit(tmp_path, work)


def test_the_pages_need_the_token(tmp_path: Path) -> None:
    """Without it, or with a wrong one, nothing of editions or the ledger is told; with it, by a redirect, all."""

    async def work(site: Site) -> None:
        await made(site)
        posted(site, said("First"), "7")
        async with ClientSession(site.running.url) as stranger:
            for path in (*PAGES, "/ledger/99", "/ledger?state=posted"):
                for query in ("", "token=wrong"):
                    address = path + ("&" if "?" in path else "?") + query if query else path
                    async with stranger.get(address, allow_redirects=False) as answer:
                        assert answer.status == 403, address
                        told = await answer.text()
                        assert SLUG not in told
                        assert "First" not in told
            async with stranger.get(f"/ledger/1?token={TOKEN}", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/ledger/1")
        for path in PAGES:
            got = await site.get(path)
            assert got.status == 200
            assert "default-src 'none'" in got.headers["Content-Security-Policy"]
            assert got.headers["Cache-Control"] == "no-store"

    visit(tmp_path, work)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_marked_in_the_menu(tmp_path: Path, path: str) -> None:
    """One of the links at the left says where one is; every other page leads here."""

    async def work(site: Site) -> None:
        posted(site, said("First"), "7")
        page = (await site.get(path)).text
        section = "/" + path.split("/")[1]
        assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [section]
        assert f'<a href="{section}">' in (await site.get("/menu")).text

    visit(tmp_path, work)


# ---- listening -------------------------------------------------------------------------------------------------------------


class Stream:
    """A channel's events as a browser takes them: (name, id, data), the id 0 where the event has none."""

    def __init__(self, site: Site, after: int = 0) -> None:
        self.heard: list[tuple[str, int, str]] = []
        self._task = asyncio.create_task(self._listen(site, after))

    async def _listen(self, site: Site, after: int) -> None:
        async with site.browser.get(f"/c/desk/events?after={after}") as answer:
            name, number, data = "message", 0, ""
            async for raw in answer.content:
                line = raw.decode().rstrip("\r\n")
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    number = int(value)
                elif field == "data":
                    data += value + "\n"
                elif not line and data:
                    self.heard.append((name, number, data))
                    name, number, data = "message", 0, ""

    async def until(self, count: int) -> list[tuple[str, int, str]]:
        async with asyncio.timeout(10):
            while len(self.heard) < count:  # noqa: ASYNC110  # what comes from the server's own stream
                await asyncio.sleep(0.005)
        return self.heard

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def part(content: Content, key: str, edits: str = "") -> Part:
    body = dump_message(Said.holding(content))
    return Part(1, 0, key, body, "hash", edits=edits)


async def open_desk(site: Site) -> int:
    """The desk with its welcome; the welcome's number."""
    await site.running.rooms.open("desk", "desk")
    return (await site.desk.messages("desk"))[-1].id


def test_a_correction_reaches_an_open_page(tmp_path: Path) -> None:
    """As an "edit" of the message where it stands, marked as corrected; without an id, since it is not a later message."""

    async def work(site: Site) -> None:
        last = await open_desk(site)
        stream = Stream(site, last)
        publisher = WebPublisher(site.running.rooms)
        number = await publisher.post("desk", part(said("About 700"), "1-0"))
        (first,) = await stream.until(1)
        await publisher.edit("desk", part(said("About 730"), "2-0", number))
        second = (await stream.until(2))[1]
        await site.running.rooms.post("desk", Typed("later"))
        third = (await stream.until(3))[2]
        await stream.close()
        assert (first[:2], second[:2], third[0]) == (("message", int(number)), ("edit", 0), "message")
        assert third[1] > int(number)
        assert f'id="m{number}"' in first[2]
        assert f'id="m{number}"' in second[2]
        assert "About 700" in first[2]
        assert "About 730" in second[2]
        assert "About 700" not in second[2]
        assert ("corrected" in first[2], "corrected" in second[2]) == (False, True)
        page = (await site.get("/c/desk")).text
        assert second[2].strip() in page
        assert "corrigé" in (await site.get("/c/desk", "fr")).text

    visit(tmp_path, work)


def test_a_page_that_comes_again_gets_what_was_corrected_meanwhile(tmp_path: Path) -> None:
    """Of the messages that it has seen; and after it what is new, once."""

    async def work(site: Site) -> None:
        await open_desk(site)
        publisher = WebPublisher(site.running.rooms)
        number = await publisher.post("desk", part(said("About 700"), "1-0"))
        last = (await site.running.rooms.post("desk", Typed("seen"))).id
        await publisher.edit("desk", part(said("About 730"), "2-0", number))
        stream = Stream(site, last)
        (edit,) = await stream.until(1)
        new = await site.running.rooms.post("desk", Typed("new"))
        heard = await stream.until(2)
        await asyncio.sleep(0.05)
        await stream.close()
        assert edit[:2] == ("edit", 0)
        assert "About 730" in edit[2]
        assert [h[:2] for h in heard] == [("edit", 0), ("message", new.id)]

    visit(tmp_path, work)


def test_a_briefing_posted_twice_is_there_once(tmp_path: Path) -> None:
    """Under its part's key: the message's number is the same, and the page holds it once."""

    async def work(site: Site) -> None:
        await open_desk(site)
        publisher = WebPublisher(site.running.rooms)
        twice = [await publisher.post("desk", part(said("Once"), "1-0")) for _ in range(2)]
        assert twice[0] == twice[1]
        assert (await site.get("/c/desk")).text.count("<h2>Once</h2>") == 1

    visit(tmp_path, work)


def test_what_another_process_posts_and_corrects_comes_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a page's process looks for it: new messages as they are, changed ones as edits, each once."""
    monkeypatch.setattr(rooms_of, "_LOOK", 0.02)

    async def work(site: Site) -> None:
        last = await open_desk(site)
        watching = asyncio.create_task(site.running.rooms.watch())
        stream = Stream(site, last)
        with closing(open_store(tmp_path)) as store:
            mine = site.desk
            other = Rooms(Chat(Desk(mine.settings, mine.templates, store, mine.clock, mine.reader, LOCAL)))
            publisher = WebPublisher(other)
            while not stream.heard:  # until the watch has had its first look
                await publisher.post("desk", part(said("first"), f"{asyncio.get_running_loop().time()}"))
                await asyncio.sleep(0.1)
            known = len(stream.heard)
            number = await publisher.post("desk", part(said("About 700"), "1-0"))
            await stream.until(known + 1)
            await publisher.edit("desk", part(said("About 730"), "2-0", number))
            heard = (await stream.until(known + 2))[known:]
        await stream.close()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert heard[0][:2] == ("message", int(number))
        assert "About 700" in heard[0][2]
        assert heard[1][:2] == ("edit", 0)
        assert "About 730" in heard[1][2]

    visit(tmp_path, work)
