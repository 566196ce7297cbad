"""The chat page: what is typed, answered, paged through, completed and heard live."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape
from pathlib import Path

import pytest

from bots.web import talk
from bots.web.messages import Typed
from tests.unit.web.visiting import SLUG, TOKEN, Site, visit


async def channel(site: Site, name: str = "desk", follow: bool = True) -> None:
    """A channel that follows the demo story."""
    await site.running.rooms.open(name, name)
    if follow:
        await site.desk.choose(name, story=await site.desk.story(SLUG))


def ids(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'data-id="(\d+)"', page)]


def test_the_first_page_is_the_channel_that_has_a_story(tmp_path: Path) -> None:
    """Else the first channel; one is made, with a welcome, where there is none."""

    async def work(site: Site) -> None:
        assert (await site.get("/")).headers["Location"] == "/c/desk#end"
        page = await site.get("/c/desk")
        assert page.status == 200
        assert "I am Sitrep" in page.text
        await channel(site, "openai")
        assert (await site.get("/")).headers["Location"] == "/c/openai#end"

    visit(tmp_path, work)


def test_a_channels_messages_are_paged_through(tmp_path: Path) -> None:
    """Newest first page, then earlier ones: each message once, in order, and an end."""

    async def work(site: Site) -> None:
        await channel(site)
        for n in range(100):
            await site.desk.post("desk", "operator", json.dumps({"kind": "typed", "line": f"line {n}"}))
        seen: list[int] = []
        path, pages = "/c/desk", 0
        while path:
            page = await site.get(path)
            found = ids(page.text)
            assert found == sorted(found)
            seen[:0] = found
            pages += 1
            earlier = re.search(r'href="(/c/desk\?before=\d+)"', page.text)
            assert ("data-events" in page.text) is (pages == 1)
            path = earlier[1] if earlier else ""
        assert seen == sorted(set(seen))
        assert len(seen) == 101
        assert pages == 3
        for odd in ("x", "-1", "", "99999999999999999999", "٣", "1.5"):
            assert ids((await site.get(f"/c/desk?before={odd}")).text) == seen[-40:]

    visit(tmp_path, work)


def test_a_page_of_long_messages_is_not_endless(tmp_path: Path) -> None:
    """Fewer are shown where they are long, and the others are a link away."""

    async def work(site: Site) -> None:
        await channel(site)
        for _ in range(10):
            await site.post("/c/desk/say", line="/brief template:dossier")
        seen: list[int] = []
        path = "/c/desk"
        while path:
            page = await site.get(path)
            seen[:0] = ids(page.text)
            earlier = re.search(r'href="(/c/desk\?before=\d+)"', page.text)
            path = earlier[1] if earlier else ""
        assert len(seen) == len(set(seen)) == 21
        assert len((await site.get("/c/desk")).text) < 400_000

    visit(tmp_path, work)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_line_is_answered_with_and_without_scripts(tmp_path: Path, language: str) -> None:
    """With them as JSON, the two items as they stand in the page; without as a redirect to the answer."""

    async def work(site: Site) -> None:
        await channel(site)
        given = await site.post("/c/desk/say", "application/json", language, line="/quotes by:Altman")
        value = json.loads(given.text)
        assert (given.status, value["ok"], len(value["items"])) == (200, True, 2)
        page = await site.get("/c/desk", language)
        assert all(item in page.text for item in value["items"])
        assert "/s/openai-november-2023/evidence/" in value["items"][1]
        plain = await site.post("/c/desk/say", reader=language, line="/actors")
        assert plain.status == 303
        page = await site.get("/c/desk", language)
        assert plain.headers["Location"] == f"/c/desk#m{ids(page.text)[-1]}"

    visit(tmp_path, work)


def test_a_private_answer_is_shown_in_place(tmp_path: Path) -> None:
    """On the page that follows, or as JSON; it is not there when the page is loaded again."""

    async def work(site: Site) -> None:
        await channel(site)
        before = ids((await site.get("/c/desk")).text)
        shown = await site.post("/c/desk/say", line="/help quotes")
        assert shown.status == 200
        assert "only you see this" in shown.text
        refused = await site.post("/c/desk/say", line="/qoutes")
        assert refused.status == 200
        assert "only you see this" in refused.text
        assert "/quotes" in refused.text
        for page in (shown, refused):
            assert page.text.count('id="now"') == 1
            assert re.search(r'<li class="message said" id="now">.*only you see this', page.text)
            assert 'action="/c/desk/say#now"' in page.text
        scripted = await site.post("/c/desk/say", "application/json", line="/qoutes")
        assert scripted.status == 200
        assert 'id="now"' not in scripted.text.replace("\\", "")
        assert not json.loads(scripted.text)["ok"]
        assert len(json.loads(scripted.text)["items"]) == 2
        after = await site.get("/c/desk")
        assert ids(after.text) == before
        assert "only you see this" not in after.text

    visit(tmp_path, work)


def test_what_is_typed_is_shown_as_text(tmp_path: Path) -> None:
    """Also where it is refused."""

    async def work(site: Site) -> None:
        await channel(site)
        for accept in ("text/html", "application/json"):
            given = await site.post("/c/desk/say", accept, line="/<script>alert(1)</script>")
            assert "<script>alert" not in given.text
        assert "only you see this" in (await site.post("/c/desk/say")).text

    visit(tmp_path, work)


def test_a_set_up_form_is_answered(tmp_path: Path) -> None:
    """The questions are a form on the page; sent, they are the channel's choices, told to everyone."""

    async def work(site: Site) -> None:
        await channel(site, follow=False)
        asked = await site.post("/c/desk/say", line="/setup")
        assert asked.status == 200
        (form,) = re.findall(r'<form class="questions".*?</form>', asked.text, re.DOTALL)
        assert set(re.findall(r'name="(\w+)"', form)) == {"csrf", "command", "story", "language", "timezone"}
        assert f'value="{SLUG}"' in form
        sent = await site.post(
            "/c/desk/say", command="setup", story=SLUG, language="fr", timezone="Europe/Paris"
        )
        assert sent.status == 303
        known = await site.desk.channel("desk")
        assert (known.story, known.language, known.timezone) == (SLUG, "fr", "Europe/Paris")
        page = await site.get("/c/desk")
        assert "Europe/Paris" in page.text
        assert "/setup story:openai-november-2023 language:fr timezone:Europe/Paris" in page.text
        wrong = await site.post("/c/desk/say", command="setup", timezone="Europe/Pariss")
        assert "only you see this" in wrong.text
        assert "Europe/Paris" in wrong.text

    visit(tmp_path, work)


def test_a_story_is_removed_where_it_is_confirmed(tmp_path: Path) -> None:
    """The first time a question with a form, by the form for good."""

    async def work(site: Site) -> None:
        await channel(site)
        asked = await site.post("/c/desk/say", line=f"/story remove {SLUG}")
        (form,) = re.findall(r'<form class="questions".*?</form>', asked.text, re.DOTALL)
        assert 'class="danger"' in form
        assert (await site.get(f"/s/{SLUG}")).status == 200
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert (await site.post("/c/desk/say", **{k: unescape(v) for k, v in hidden.items()})).status == 303
        assert (await site.get(f"/s/{SLUG}")).status == 404
        assert (await site.get("/c/desk")).status == 200

    visit(tmp_path, work)


def test_a_line_is_completed(tmp_path: Path) -> None:
    """As JSON, in the browser's language; what fits nothing is an empty list."""

    async def work(site: Site) -> None:
        await channel(site)
        found = json.loads((await site.get("/c/desk/complete?line=/qu")).text)
        assert [set(c) for c in found] == [{"text", "label", "hint"}] * len(found)
        assert found[0]["label"] == "/quotes"
        french = json.loads((await site.get("/c/desk/complete?line=/cit", "fr")).text)
        assert french[0]["label"] == "/citations"
        actors = json.loads((await site.get("/c/desk/complete?line=/quotes%20by:Alt")).text)
        assert any("Altman" in c["text"] for c in actors)
        for line in ("/zzzz", "x" * 5_000, "%00", "/quotes%20by:%22"):
            got = await site.get(f"/c/desk/complete?line={line}")
            assert got.status == 200
            assert isinstance(json.loads(got.text), list)
        assert json.loads((await site.get("/c/desk/complete?line=/zzzz")).text) == []

    visit(tmp_path, work)


def test_a_new_channel_is_welcomed(tmp_path: Path) -> None:
    """In the browser's language; a name without a letter or digit is told."""

    async def work(site: Site) -> None:
        made = await site.post("/channels", reader="fr", name="#Cellule de crise")
        assert (made.status, made.headers["Location"]) == (303, "/c/cellule-de-crise#end")
        page = await site.get("/c/cellule-de-crise#end")
        assert "Je suis Sitrep" in page.text
        again = await site.post("/channels", name="cellule de crise")
        assert again.status == 303
        assert len(ids((await site.get("/c/cellule-de-crise")).text)) == 1
        refused = await site.post("/channels", name="  --- ")
        assert refused.status == 422
        assert "A name needs a letter or a digit." in refused.text
        assert (await site.post("/channels")).status == 422
        long = await site.post("/channels", name="a" * 5_000)
        assert (await site.get(long.headers["Location"])).status == 200

    visit(tmp_path, work)


def test_what_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    """Channels and stories by name; 404 for whatever else is not there."""

    async def work(site: Site) -> None:
        await channel(site, "openai")
        for path, near in [("/c/opneai", "openai"), ("/s/openai-novembre-2023", SLUG)]:
            got = await site.get(path)
            assert got.status == 404
            assert f'<span class="name">{near}</span>' in got.text
        for path in (
            "/c/zzzzzz", "/c/OPENAI", "/c/", "/c/openai/x", "/c/openai/m/1/chart/timeline.svg",
            "/c/openai/m/999/chart/timeline.svg", "/c/openai/m/1/chart/timeline.gif", "/c/zzzzzz/events",
        ):  # fmt: skip
            assert (await site.get(path)).status == 404, path
        assert (await site.post("/c/opneai/say", line="/help")).status == 404

    visit(tmp_path, work)


async def events(site: Site, count: int, query: str = "", **headers: str) -> list[tuple[int, str]]:
    """The first events of a channel's stream: id and data."""
    found: list[tuple[int, str]] = []
    given = {k.replace("_", "-"): v for k, v in headers.items()}
    async with site.browser.get(f"/c/desk/events{query}", headers=given) as answer:
        assert answer.content_type == "text/event-stream"
        number, data = 0, ""
        while len(found) < count:
            line = (await answer.content.readline()).decode().rstrip("\r\n")
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                data += line[6:] + "\n"
            elif not line and data:
                found.append((number, data[:-1]))
                data = ""
    return found


def test_a_stream_goes_on_where_the_page_was(tmp_path: Path) -> None:
    """From ?after, and after a break from Last-Event-ID, which counts for more."""

    async def work(site: Site) -> None:
        await channel(site)
        for line in ("/actors", "/quotes", "/figures"):
            await site.post("/c/desk/say", line=line)
        known = ids((await site.get("/c/desk")).text)
        assert [n for n, _ in await events(site, 7)] == known
        assert [n for n, _ in await events(site, 2, f"?after={known[4]}")] == known[5:]
        assert [n for n, _ in await events(site, 1, "?after=0", Last_Event_ID=str(known[5]))] == known[6:]
        for odd in ("x", "-1", "٣", "9" * 30):
            assert (await events(site, 1, "", Last_Event_ID=odd))[0][0] == known[0]
        page = await site.get("/c/desk")
        for _, data in await events(site, 7):
            assert data in page.text

    visit(tmp_path, work)


def test_what_is_said_comes_live(tmp_path: Path) -> None:
    """To a page that is open, while it is open."""

    async def work(site: Site) -> None:
        await channel(site)
        last = ids((await site.get("/c/desk")).text)[-1]
        listening = asyncio.create_task(events(site, 2, f"?after={last}"))
        while not site.running.rooms.listening:  # noqa: ASYNC110  # the server's own state
            await asyncio.sleep(0.002)
        said = json.loads((await site.post("/c/desk/say", "application/json", line="/actors")).text)
        assert [data for _, data in await listening] == said["items"]

    visit(tmp_path, work)


async def closed(site: Site) -> None:
    """A page that listens, and is closed."""
    answer = await site.browser.get("/c/desk/events")
    await answer.content.readline()
    assert site.running.rooms.listening
    answer.close()


def test_a_page_that_is_closed_listens_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while nothing is said: by the next sign of life, a few seconds later."""
    assert talk._PING <= 5
    monkeypatch.setattr(talk, "_PING", 0.05)

    async def work(site: Site) -> None:
        await channel(site)
        for _ in range(3):
            await closed(site)
        async with asyncio.timeout(2):
            while site.running.rooms.listening:  # noqa: ASYNC110  # the server's own state
                await asyncio.sleep(0.002)

    visit(tmp_path, work)


def test_a_page_that_was_closed_is_no_failure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is logged as failed when something is said after it."""

    async def work(site: Site) -> None:
        await channel(site)
        await closed(site)
        await site.running.rooms.post("desk", Typed("at once"))
        await asyncio.sleep(0.2)
        await site.running.rooms.post("desk", Typed("later"))
        await asyncio.sleep(0.3)
        logs = "".join(capfd.readouterr())
        assert "Traceback" not in logs
        assert "failed" not in logs
        assert TOKEN not in logs

    visit(tmp_path, work)


def test_a_charts_drawing_stays_as_it_was_posted(tmp_path: Path) -> None:
    """Also after the story went on: a message is what was said then."""

    async def work(site: Site) -> None:
        await channel(site)
        said = json.loads((await site.post("/c/desk/say", "application/json", line="/timeline")).text)
        (path,) = re.findall(r'<img src="([^"]+)"', said["items"][1])
        assert re.fullmatch(r"/c/desk/m/\d+/chart/timeline\.svg", path)
        first = await site.get(path)
        assert (first.status, first.headers["Content-Type"]) == (200, "image/svg+xml")
        assert first.text.startswith("<?xml")
        png = await site.get(path.replace(".svg", ".png"))
        assert png.body.startswith(b"\x89PNG")
        drawn = {
            (await site.get(f"{path}{q}")).text for q in ("", "?theme=dark", "?width=narrow", "?theme=x")
        }
        assert len(drawn) == 3
        await site.desk.remove_story(SLUG)
        again = await site.get(f"{path}?width=wide")
        assert again.body == first.body

    visit(tmp_path, work)


def test_a_worker_that_fails_is_an_error_and_no_hang(tmp_path: Path) -> None:
    """A drawing that takes too long, or whose process died, is 500; the pages go on."""

    async def work(site: Site) -> None:
        await channel(site)
        said = json.loads((await site.post("/c/desk/say", "application/json", line="/timeline")).text)
        (path,) = re.findall(r'<img src="([^"]+)"', said["items"][1])
        site.worker.seconds = 0.01
        assert (await site.get(path)).status == 500
        site.worker.seconds = 30
        assert (await site.get("/c/desk")).status == 200
        assert (await site.get(path)).status == 200

    visit(tmp_path, work)


def test_health_counts(tmp_path: Path) -> None:
    """Stories, articles, messages as there are, open pages, in both languages."""

    async def work(site: Site) -> None:
        await channel(site)
        counts = await site.desk.counts()
        for language in ("en", "fr"):
            page = await site.get("/health", language)
            assert page.status == 200
            rows = re.findall(r"<td>(\d+)</td>", page.text)
            for name in ("stories", "articles", "revisions", "messages", "channels"):
                assert str(counts[name]) in rows
            assert TOKEN not in page.text

    visit(tmp_path, work)


def test_the_menu_lists_channels_and_stories(tmp_path: Path) -> None:
    """Each a link, and a form for a new channel."""

    async def work(site: Site) -> None:
        await channel(site, "openai")
        page = (await site.get("/menu")).text
        for place in ('href="/c/openai#end"', f'href="/s/{SLUG}"', 'action="/channels"', 'href="/health"'):
            assert place in page

    visit(tmp_path, work)
