"""The use cases over a real store, real files and a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from briefings.desk import Desk, Outcome, Reader, is_address, paragraph_of, slug_of
from briefings.errors import (
    AddressRefused,
    AlreadyThere,
    EmptyArticle,
    FetchFailed,
    NoArticleFound,
    NotFound,
    SitrepError,
    TooLarge,
    WorkerFailed,
)
from briefings.model import LOCAL, Article, Citation, Span, Story, Tenant
from briefings.rendering import Templates, to_json, to_text
from briefings.settings import Fetch, Limits, Settings
from briefings.sources import Worker
from briefings.store import open_store
from tests.unit.cli.calling import SECOND

T = TypeVar("T")
NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
OTHER = Tenant("discord", "1")

FIRST = """Title: The board removes its chief executive
Outlet: The Sample Courier
Published: 2023-11-17
Lang: en
Id: a1

The board of OpenAI removed Sam Altman, its chief executive, on Friday. "We lost confidence," said Mira Murati, \
the chief technology officer.

About 700 employees threatened to leave.
"""


@dataclass
class Clock:
    """Stands still until it is moved."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


def settings(**limits: object) -> Settings:
    return Settings(
        fetch=Fetch.model_validate({"allow_networks": ("127.0.0.0/8",), "timeout": 5}),
        limits=Limits.model_validate(limits),
    )


@asynccontextmanager
async def open_desk(
    folder: Path, tenant: Tenant = LOCAL, clock: Clock | None = None, **limits: object
) -> AsyncIterator[Desk]:
    store = open_store(folder / "data")
    chosen = settings(**limits)
    try:
        async with Worker(chosen.limits.extract_seconds) as worker:
            yield Desk(chosen, Templates(None), store, clock or Clock(), Reader(chosen, worker), tenant)
    finally:
        store.close()


def with_desk(
    folder: Path, work: Callable[[Desk], Awaitable[T]], clock: Clock | None = None, **limits: object
) -> T:
    async def inside() -> T:
        async with open_desk(folder, LOCAL, clock, **limits) as desk:
            return await work(desk)

    return asyncio.run(inside())


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{rest:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two articles about one day, one in each language."""
    paths = [tmp_path / "a1.txt", tmp_path / "a2.txt"]
    for path, text in zip(paths, (FIRST, SECOND), strict=True):
        path.write_text(text, "utf8")
    return [str(p) for p in paths]


def rewrite(path: str, text: str) -> None:
    Path(path).write_text(text, "utf8")


async def added(desk: Desk, story: Story, sources: list[str]) -> list[Outcome]:
    return [outcome async for outcome in desk.add(story, sources)]


async def briefed(
    desk: Desk, story: Story, channel: str = "c", template: str = "sitrep", mark: bool = True
) -> str:
    return to_text(await desk.brief(story, template, "en", UTC, channel, mark=mark))


# ---- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Crise OpenAI 2023", "crise-openai-2023"),
        ("  L’Élysée — août  ", "elysee-aout"),
        ("already-a-slug", "already-a-slug"),
        ("a" * 200, "a" * 80),
        ("@everyone {{x}}", "everyone-x"),
        ("../../etc", "etc"),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_a_slug_is_plain(name: str, slug: str) -> None:
    """Accents, marks and case go; what is left can be typed."""
    assert slug_of(name) == slug


@given(st.text(max_size=120))
def test_a_slug_of_any_name_is_plain(name: str) -> None:
    """Letters, digits and single hyphens, 80 at most."""
    slug = slug_of(name)
    assert len(slug) <= 80
    assert all(part.isascii() and part.isalnum() and part == part.lower() for part in slug.split("-") if slug)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("http://example.org", True),
        ("HTTPS://example.org", True),
        ("file:///etc/passwd", True),
        ("ftp://example.org", True),
        ("a.txt", False),
        ("/srv/a.txt", False),
        ("C:\\a.txt", False),
        ("", False),
        ("://x", False),
    ],
)
def test_an_address_has_a_scheme(source: str, address: bool) -> None:
    """Everything else is a path."""
    assert is_address(source) is address


@pytest.mark.parametrize(
    ("span", "paragraph"), [(Span(0, 2), "One."), (Span(5, 9), "Two. Three."), (Span(17, 22), "Four.")]
)
def test_a_paragraph_is_the_line_that_holds_the_span(span: Span, paragraph: str) -> None:
    """First, middle and last line."""
    text = "One.\nTwo. Three.\nFour."
    assert paragraph_of(text, span).of(text) == paragraph


# ---- stories ----------------------------------------------------------------------------------------------------


def test_a_story_is_found_by_its_name_or_its_slug(tmp_path: Path) -> None:
    """However it is written."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("  Crise OpenAI 2023 ", "fr")
        assert (story.slug, story.name, story.language, story.created) == (
            "crise-openai-2023",
            "Crise OpenAI 2023",
            "fr",
            NOW,
        )
        for name in ("crise-openai-2023", "Crise OpenAI 2023", "CRISE openai 2023"):
            assert await desk.story(name) == story

    with_desk(tmp_path, work)


@pytest.mark.parametrize("name", ["", " ", "!!!", "—"])
def test_a_name_without_a_letter_is_refused(tmp_path: Path, name: str) -> None:
    """A story must be nameable in a command."""
    with pytest.raises(NotFound, match="no letter or digit"):
        with_desk(tmp_path, lambda desk: desk.new_story(name))


def test_two_names_with_one_slug_are_one(tmp_path: Path) -> None:
    """The second is refused."""

    async def work(desk: Desk) -> None:
        await desk.new_story("The Crisis")
        with pytest.raises(AlreadyThere):
            await desk.new_story("the crisis!")
        assert len(await desk.stories()) == 1

    with_desk(tmp_path, work)


def test_a_removed_story_is_gone(tmp_path: Path, files: list[str]) -> None:
    """It is told which one went, and nothing of it stays but how many articles came in that day."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        assert await desk.remove_story("CRISIS") == story
        assert await desk.stories() == []
        assert {name: n for name, n in desk.store.counts().items() if n} == {"intake": 1}

    with_desk(tmp_path, work)


# ---- adding -----------------------------------------------------------------------------------------------------


def test_what_fails_does_not_stop_the_others(tmp_path: Path, files: list[str]) -> None:
    """Each source has its outcome, in order; the good ones are in the story."""
    (tmp_path / "empty.txt").write_text("", "utf8")
    sources = [
        files[0],
        str(tmp_path / "empty.txt"),
        str(tmp_path / "nothing.txt"),
        "file:///etc/passwd",
        files[1],
    ]

    async def work(desk: Desk) -> tuple[list[Outcome], list[str]]:
        story = await desk.new_story("Crisis")
        return await added(desk, story, sources), [m.article.id for m in await desk.members(story)]

    outcomes, members = with_desk(tmp_path, work)
    assert [o.source for o in outcomes] == sources
    assert [o.what for o in outcomes] == ["new", "failed", "failed", "failed", "new"]
    assert [type(o.error) for o in outcomes[1:4]] == [EmptyArticle, NotFound, AddressRefused]
    assert members == ["a1", "a2"]


def test_adding_again_is_unchanged_and_another_text_revised(tmp_path: Path, files: list[str]) -> None:
    """The outcome says what became of it."""

    async def work(desk: Desk) -> list[str]:
        story = await desk.new_story("Crisis")
        said: list[str] = [o.what for o in await added(desk, story, [files[0], files[0]])]
        rewrite(files[0], FIRST.replace("About 700", "About 730"))
        return said + [o.what for o in await added(desk, story, [files[0]])]

    assert with_desk(tmp_path, work) == ["new", "unchanged", "revised"]


def test_an_address_that_fails_is_a_gap_until_it_comes(tmp_path: Path) -> None:
    """A briefing states what could not be fetched, and no longer once it was."""
    status = [503]
    paragraphs = "".join(
        f"<p>The board met again on Monday, said Ann Lee, the chair, in its hall {n}.</p>" for n in range(5)
    )

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(
            text=f"<html><body><article><h1>Board</h1>{paragraphs}</article></body></html>",
            status=status[0],
            content_type="text/html",
        )

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        async with serving(handler) as base:
            url = f"{base}/a"
            (outcome,) = await added(desk, story, [url])
            assert isinstance(outcome.error, FetchFailed)
            assert [(g.what, g.at) for g in await desk.gaps(story)] == [(url, NOW)]
            assert "503" in await briefed(desk, story)
            status[0] = 200
            (outcome,) = await added(desk, story, [url])
            assert outcome.what == "new"
            assert "in its hall 4." in outcome.articles[0].text
            assert await desk.gaps(story) == []
            assert "503" not in await briefed(desk, story)

    with_desk(tmp_path, work)


def paged(words: str = "said Ann Lee, the chair, in its hall", paragraphs: int = 5) -> str:
    """A page with an article in it."""
    body = "".join(f"<p>The board met again on Monday, {words} {n}.</p>" for n in range(paragraphs))
    return f"<html><body><article><h1>Board</h1>{body}</article></body></html>"


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("/none", NoArticleFound, "No article was found"),
        ("/large", TooLarge, "is larger than"),
        ("/long", TooLarge, "characters; the limit is"),
        ("/binary", FetchFailed, "not a page of text"),
        ("/inside", AddressRefused, "not a public address"),
        ("/nowhere", AddressRefused, "is no address"),
        ("/gone", FetchFailed, "answered 410"),
    ],
)
def test_whatever_is_wrong_with_an_address_is_a_gap(
    tmp_path: Path, path: str, kind: type[SitrepError], told: str
) -> None:
    """No article in it, too large, refused: the briefing says that it is missing, and why."""
    answers: dict[str, Callable[[], web.Response]] = {
        "/none": lambda: web.Response(text="<html><body></body></html>", content_type="text/html"),
        "/large": lambda: web.Response(text="x" * 6_000_000, content_type="text/html"),
        "/long": lambda: web.Response(text=paged(paragraphs=200), content_type="text/html"),
        "/binary": lambda: web.Response(body=b"%PDF", content_type="application/pdf"),
        "/inside": lambda: web.Response(status=302, headers={"Location": "http://10.0.0.1/"}),
        "/nowhere": lambda: web.Response(status=302, headers={"Location": "http://xn--/"}),
        "/gone": lambda: web.Response(status=410),
    }

    async def handler(request: web.Request) -> web.StreamResponse:
        return answers[request.path]()

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        async with serving(handler) as base:
            url = base + path
            (outcome,) = await added(desk, story, [url])
            assert isinstance(outcome.error, kind)
            (gap,) = await desk.gaps(story)
            assert (gap.what, gap.at) == (url, NOW)
            assert told in gap.why
            assert url in " ".join((await briefed(desk, story)).split())

    with_desk(tmp_path, work, article_characters=5000)


@pytest.mark.parametrize("source", ["http://10.0.0.1/", "http://[bad", "http://xn--/", "ftp://example.org/"])
def test_an_address_that_is_never_asked_is_a_gap_too(tmp_path: Path, source: str) -> None:
    """What is refused is missing like what failed."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        (outcome,) = await added(desk, story, [source])
        assert isinstance(outcome.error, AddressRefused)
        assert [g.what for g in await desk.gaps(story)] == [source]

    with_desk(tmp_path, work)


def test_a_file_that_fails_is_no_gap(tmp_path: Path) -> None:
    """A mistyped path is the operator's matter, not the readers'."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        (outcome,) = await added(desk, story, [str(tmp_path / "nothing.txt")])
        assert isinstance(outcome.error, NotFound)
        assert await desk.gaps(story) == []

    with_desk(tmp_path, work)


def test_an_address_that_leads_elsewhere_closes_its_own_gap(tmp_path: Path) -> None:
    """The gap is of the address that was given; a page found at another address fills it."""
    status = [503]

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path != "/new":
            return web.Response(status=301, headers={"Location": "/new"})
        return web.Response(text=paged(), status=status[0], content_type="text/html")

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        async with serving(handler) as base:
            sources = [f"{base}/old", f"{base}/older?utm_source=x#top"]
            await added(desk, story, sources)
            assert {g.what for g in await desk.gaps(story)} == set(sources)
            status[0] = 200
            (outcome,) = await added(desk, story, sources[:1])
            assert (outcome.what, outcome.articles[0].url) == ("new", f"{base}/new")
            assert [g.what for g in await desk.gaps(story)] == sources[1:]
            (outcome,) = await added(desk, story, sources[1:])
            assert outcome.what == "unchanged"
            assert await desk.gaps(story) == []

    with_desk(tmp_path, work)


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "utf-8", None])
def test_a_page_is_read_in_the_charset_that_came_with_it(tmp_path: Path, charset: str | None) -> None:
    """What the server declares reaches the reading of the page."""
    words = "« Très déçue », a déclaré l'élue à l'issue de la réunion"

    async def handler(request: web.Request) -> web.StreamResponse:
        kind = f"text/html; charset={charset}" if charset else "text/html"
        return web.Response(body=paged(words).encode(charset or "utf-8"), headers={"Content-Type": kind})

    async def work(desk: Desk) -> None:
        async with serving(handler) as base:
            (outcome,) = await added(desk, await desk.new_story("Crisis"), [f"{base}/a"])
            assert words in outcome.articles[0].text

    with_desk(tmp_path, work)


def test_a_page_of_an_allowed_private_network_stays_with_its_tenant(tmp_path: Path) -> None:
    """Two tenants that fetched one intranet page each have it as their own, and neither sees the other's."""
    words = ["said Ann Lee, the chair"]

    async def handler(request: web.Request) -> web.StreamResponse:
        page = paged(words[0]).replace("</body>", f"<!--{'x' * 500_000}--></body>")
        return web.Response(text=page, content_type="text/html")

    async def work() -> None:
        async with (
            open_desk(tmp_path) as mine,
            open_desk(tmp_path, OTHER) as theirs,
            serving(handler) as base,
        ):
            await added(mine, await mine.new_story("Crisis"), [f"{base}/a"])
            words[0] = "said Bo Berg, the chair"
            (outcome,) = await added(theirs, await theirs.new_story("Crisis"), [f"{base}/a"])
            assert (outcome.what, outcome.articles[0].revision) == ("new", 1)
            assert mine.store.counts()["articles"] == 2
            (member,) = await mine.members(await mine.story("crisis"))
            assert "Ann Lee" in member.article.text

    asyncio.run(work())


def test_a_local_page_is_read_in_the_child_process_under_its_deadline(tmp_path: Path) -> None:
    """A saved page that takes too long is given up like a fetched one, and names its file."""
    path = tmp_path / "page.html"
    path.write_text(paged(paragraphs=3000), "utf8")

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        (outcome,) = await added(desk, story, [str(path)])
        assert isinstance(outcome.error, WorkerFailed)
        assert "longer than 0.05 seconds" in outcome.error.message
        assert str(path) in outcome.error.message
        assert await desk.members(story) == []

    with_desk(tmp_path, work, extract_seconds=0.05, article_characters=2_000_000)


def test_a_local_page_without_an_article_is_told_by_its_file(tmp_path: Path) -> None:
    """Among several sources it is clear which one."""
    path = tmp_path / "page.html"
    path.write_text("<html><body></body></html>", "utf8")

    async def work(desk: Desk) -> None:
        (outcome,) = await added(desk, await desk.new_story("Crisis"), [str(path)])
        assert isinstance(outcome.error, NoArticleFound)
        assert str(path) in outcome.error.message

    with_desk(tmp_path, work)


def test_a_local_file_stays_with_its_tenant(tmp_path: Path, files: list[str]) -> None:
    """Two tenants' files of one identity are two articles."""

    async def work() -> None:
        async with open_desk(tmp_path) as mine, open_desk(tmp_path, OTHER) as theirs:
            await added(mine, await mine.new_story("Crisis"), [files[0]])
            rewrite(files[0], FIRST.replace("removed", "dismissed"))
            (outcome,) = await added(theirs, await theirs.new_story("Crisis"), [files[0]])
            assert (outcome.what, outcome.articles[0].revision) == ("new", 1)
            (member,) = await mine.members(await mine.story("crisis"))
            assert "removed Sam Altman" in member.article.text

    asyncio.run(work())


def test_tenants_desks_do_not_see_each_other(tmp_path: Path, files: list[str]) -> None:
    """Neither by name nor with the story itself in hand."""

    async def work() -> None:
        async with open_desk(tmp_path) as mine, open_desk(tmp_path, OTHER) as theirs:
            story = await mine.new_story("Crisis")
            await added(mine, story, files)
            await mine.brief(story, "sitrep", "en", UTC, "c")
            assert await theirs.stories() == []
            with pytest.raises(NotFound):
                await theirs.story("crisis")
            with pytest.raises(NotFound):
                await theirs.evidence(story, 1)
            assert await theirs.members(story) == []
            assert not (await theirs.dossier(story)).readings
            with pytest.raises(NotFound):
                await theirs.brief(story, "sitrep", "en", UTC, "c")
            with pytest.raises(NotFound):
                await theirs.remove_story("crisis")

    asyncio.run(work())


def test_a_long_article_is_read_in_the_child_process_the_same(tmp_path: Path, files: list[str]) -> None:
    """Where it is read makes no difference to what is read."""

    async def work(desk: Desk) -> list[object]:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        return [r for _, r in desk.store.readings(LOCAL, story)]

    here = with_desk(tmp_path / "here", work)
    assert with_desk(tmp_path / "there", work, inline_characters=0) == here


def test_an_article_that_takes_too_long_is_told(tmp_path: Path, files: list[str]) -> None:
    """The deadline is an outcome like another, and the story stays as it was."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        rewrite(files[0], FIRST * 400)
        (outcome,) = await added(desk, story, [files[0]])
        assert isinstance(outcome.error, WorkerFailed)
        assert await desk.members(story) == []

    with_desk(tmp_path, work, inline_characters=0, extract_seconds=0.05)


# ---- briefing ---------------------------------------------------------------------------------------------------


def test_a_citation_has_one_number_in_every_briefing(tmp_path: Path, files: list[str]) -> None:
    """Whatever template, language or channel, and after more articles came."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files[:1])
        seen: dict[Citation, int] = {}
        for template, language, channel in (
            ("sitrep", "en", "a"),
            ("quotes", "fr", "b"),
            ("dossier", "en", "a"),
        ):
            briefing = await desk.brief(story, template, language, UTC, channel)  # type: ignore[arg-type]
            for source in briefing.sources:
                assert seen.setdefault(source.citation, source.number) == source.number
        before = dict(seen)
        await added(desk, story, files[1:])
        for source in (await desk.brief(story, "dossier", "fr", UTC, "a")).sources:
            assert before.get(source.citation, source.number) == source.number
            if source.citation not in before:
                assert source.number not in before.values()

    with_desk(tmp_path, work)


def test_every_citation_stands_in_the_stored_article(tmp_path: Path, files: list[str]) -> None:
    """The sentence is the article's, to the letter."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        briefing = await desk.brief(story, "dossier", "en", UTC, "c")
        assert briefing.sources
        for source in briefing.sources:
            c = source.citation
            stored = desk.store.article(LOCAL, story, c.article, c.revision)
            assert c.span.of(stored.text) == source.sentence

    with_desk(tmp_path, work)


def test_a_briefing_counts_changes_from_the_one_before_in_its_channel(
    tmp_path: Path, files: list[str]
) -> None:
    """Another channel, and a briefing that keeps the mark, move nothing."""
    clock = Clock()

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files[:1])
        await briefed(desk, story, "a")
        first = desk.store.mark(LOCAL, story, "a")
        assert first is not None
        assert first.members == (("a1", 1),)
        clock.moment += timedelta(hours=1)
        await added(desk, story, files[1:])
        await briefed(desk, story, "b")
        await briefed(desk, story, "a", "changes", mark=False)
        assert desk.store.mark(LOCAL, story, "a") == first
        await briefed(desk, story, "a", "changes")
        second = desk.store.mark(LOCAL, story, "a")
        assert second is not None
        assert second.members == (("a1", 1), ("a2", 1))
        assert second.at == clock.moment

    with_desk(tmp_path, work, clock)


def test_the_same_story_gives_the_same_briefing(tmp_path: Path, files: list[str]) -> None:
    """Articles in any order, the same lines."""

    async def work(desk: Desk, sources: list[str]) -> set[str]:
        story = await desk.new_story("Crisis")
        await added(desk, story, sources)
        return set((await desk.brief(story, "dossier", "en", UTC, "c")).facts)

    forth = with_desk(tmp_path / "forth", lambda desk: work(desk, files))
    back = with_desk(tmp_path / "back", lambda desk: work(desk, files[::-1]))
    assert forth == back
    assert forth


@pytest.mark.parametrize("template", Templates(None).names())
def test_a_story_without_articles_can_be_briefed(tmp_path: Path, template: str) -> None:
    """Every template has something to say about nothing."""

    async def work(desk: Desk) -> str:
        return await briefed(desk, await desk.new_story("Crisis"), template=template)

    assert "Crisis" in with_desk(tmp_path, work)


def test_an_unknown_template_is_told_and_moves_no_mark(tmp_path: Path, files: list[str]) -> None:
    """NotFound lists those there are."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        with pytest.raises(NotFound) as caught:
            await desk.brief(story, "nothing", "en", UTC, "c")
        assert "sitrep" in caught.value.hint
        assert desk.store.mark(LOCAL, story, "c") is None

    with_desk(tmp_path, work)


def test_two_briefings_at_once_agree_on_the_numbers(tmp_path: Path, files: list[str]) -> None:
    """No citation has two numbers, no number two citations."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        templates = ("quotes", "figures", "timeline", "sitrep", "actors", "dossier")
        made = await asyncio.gather(*(desk.brief(story, t, "en", UTC, t) for t in templates))
        pairs = {(s.citation, s.number) for briefing in made for s in briefing.sources}
        assert len(pairs) == len({c for c, _ in pairs}) == len({n for _, n in pairs})

    with_desk(tmp_path, work)


def test_a_briefing_of_articles_alone_needs_no_store(tmp_path: Path) -> None:
    """Nothing is stored, and no database made."""

    async def work() -> str:
        chosen = settings()
        async with Worker(20) as worker:
            desk = Desk(chosen, Templates(None), None, Clock(), Reader(chosen, worker), LOCAL)
            article = Article(
                "a",
                "The board met on Monday. “No,” said Ann Lee, the chair.",
                "Board",
                "Courier",
                published=NOW,
            )
            other = replace(article, id="b", outlet="Herald")
            briefing = await desk.brief_articles([article, other], "Board", "sitrep", "en", UTC)
            return to_json(briefing, "Board")

    assert "Ann Lee" in asyncio.run(work())
    assert list(tmp_path.iterdir()) == []


# ---- evidence ---------------------------------------------------------------------------------------------------


def test_evidence_is_the_sentence_in_its_paragraph(tmp_path: Path, files: list[str]) -> None:
    """With the article, the fact and who carries it."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files)
        briefing = await desk.brief(story, "sitrep", "en", UTC, "c")
        for source in briefing.sources:
            evidence = await desk.evidence(story, source.number)
            assert evidence.citation == source.citation
            assert evidence.citation.span.of(evidence.article.text) == source.sentence
            assert evidence.paragraph.holds(evidence.citation.span)
            assert "\n" not in evidence.paragraph.of(evidence.article.text)
            assert evidence.language == source.language
            assert source.outlet in evidence.outlets
            assert evidence.latest

    with_desk(tmp_path, work)


def test_evidence_of_an_earlier_revision_is_still_there(tmp_path: Path, files: list[str]) -> None:
    """A number of a sentence that was rewritten shows what was written."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        await added(desk, story, files[:1])
        briefing = await desk.brief(story, "figures", "en", UTC, "c")
        (source,) = [s for s in briefing.sources if "700" in s.sentence]
        rewrite(files[0], FIRST.replace("About 700", "About 730"))
        await added(desk, story, files[:1])
        evidence = await desk.evidence(story, source.number)
        assert not evidence.latest
        assert evidence.citation.revision == evidence.article.revision == 1
        assert evidence.citation.span.of(evidence.article.text) == source.sentence

    with_desk(tmp_path, work)


@pytest.mark.parametrize("number", [0, -1, 1000, 10**30])
def test_evidence_out_of_range_is_told(tmp_path: Path, files: list[str], number: int) -> None:
    """NotFound says which numbers there are."""

    async def work(desk: Desk) -> None:
        story = await desk.new_story("Crisis")
        with pytest.raises(NotFound, match=str(number)) as none:
            await desk.evidence(story, number)
        assert "No briefing" in none.value.hint
        await added(desk, story, files)
        last = max(s.number for s in (await desk.brief(story, "sitrep", "en", UTC, "c")).sources)
        with pytest.raises(NotFound) as some:
            await desk.evidence(story, number)
        assert f"from 1 to {last}" in some.value.hint

    with_desk(tmp_path, work)
