"""What a desk keeps between questions is what it would make afresh, whoever changed the story meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.desk import Desk, Reader
from briefings.dossier import View, changes, compile_dossier
from briefings.errors import NotFound
from briefings.model import LOCAL, Article, Citation, Story, Tenant
from briefings.rendering import Briefing, Templates
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
TEMPLATES = Templates(None)
SENTENCES = (
    "The board of Norvo removed Ann Lee, its chief executive, on Friday.",
    '"We lost confidence in her," said Bo Berg, the chair.',
    "About 700 employees threatened to leave.",
    "About 730 employees threatened to leave.",
    "« Nous restons calmes », a déclaré Cléo Vidal, la directrice financière.",
    "Shares of Norvo could fall by 12% on Monday.",
    '"I am staying," said Ann Lee, the president of Norvo.',
)
OUTLETS = ("Courier", "Lantern", "Dispatch", "Herald")


@dataclass
class Clock:
    """Moves on by a second whenever it is read."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def article(which: int, text: int) -> Article:
    """One of four articles, in one of its versions."""
    body = " ".join(s for i, s in enumerate(SENTENCES) if (text + which) >> (i % 3) & 1 or i == text % 7)
    return Article(
        f"a{which}",
        body,
        f"About {which}",
        OUTLETS[which],
        language="en",
        published=NOW - timedelta(hours=which),
    )


@cache
def empty() -> bytes:
    with TemporaryDirectory() as folder:
        open_store(Path(folder)).close()
        return (Path(folder) / FILE).read_bytes()


@asynccontextmanager
async def desks(folder: Path, count: int = 2, tenant: Tenant = LOCAL) -> AsyncIterator[list[Desk]]:
    """Desks of one tenant over one file, each with a store and kept views of its own, as several processes have."""
    stores = [open_store(folder) for _ in range(count)]
    chosen, clock = Settings(), Clock()
    try:
        yield [Desk(chosen, TEMPLATES, s, clock, Reader(chosen, Worker(20)), tenant) for s in stores]
    finally:
        for s in stores:
            s.close()


async def add(desk: Desk, story: Story, *articles: Article) -> None:
    await desk.add_articles(story, articles, "", private=False)


def facts(view: View) -> list[object]:
    """All that a view says."""
    return [view.facts, view.actors, view.series, view.conflicts, view.outlets, view.articles]


async def afresh(desk: Desk, story: Story) -> View:
    """The view made of what is stored, with nothing kept."""
    stored = desk.store.readings(desk.tenant, story)
    return View(compile_dossier([reading or await desk.reader.read(a) for a, reading in stored]))


async def briefed(desk: Desk, story: Story, template: str = "dossier", *, mark: bool = False) -> Briefing:
    return await desk.brief(story, template, "en", UTC, "c", mark=mark)


CHANGE = st.tuples(st.sampled_from([0, 1]), st.sampled_from(["add", "add", "view", "brief", "search", "remake"]), st.integers(0, 3), st.integers(0, 7))  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.lists(CHANGE, min_size=3, max_size=14))
def test_the_view_that_is_kept_is_the_one_made_afresh(steps: list[tuple[int, str, int, int]]) -> None:
    """After any sequence of articles, revisions, removals and briefings, by this desk or another on the same file."""

    async def work(folder: Path) -> None:
        async with desks(folder) as (mine, theirs):
            story = await mine.new_story("Crisis")
            for who, what, which, text in steps:
                desk = (mine, theirs)[who]
                if what == "add":
                    await add(desk, story, article(which, text))
                elif what == "remake":
                    await desk.remove_story("crisis")
                    story = await desk.new_story("Crisis")
                elif what == "brief":
                    await briefed(desk, story, mark=True)
                elif what == "search":
                    await desk.search(story, "board employees")
                if what != "add":
                    assert facts(await desk.view(story)) == facts(await afresh(desk, story))
            for desk in (mine, theirs):
                assert facts(await desk.view(story)) == facts(await afresh(desk, story))
                briefing = await briefed(desk, story)
                numbering = desk.store.numbering(LOCAL, story)
                assert {s.citation: s.number for s in briefing.sources}.items() <= dict(
                    numbering.numbers
                ).items()
            one, two = await briefed(mine, story), await briefed(theirs, story)
            assert [s.number for s in one.sources] == [s.number for s in two.sources]

    with TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(empty())
        asyncio.run(work(Path(folder)))


def test_a_view_is_kept_until_something_changes(tmp_path: Path) -> None:
    """The same view as long as no article comes, whatever is briefed or searched; another after one came."""

    async def work() -> None:
        async with desks(tmp_path, 1) as (desk,):
            story = await desk.new_story("Crisis")
            await add(desk, story, article(0, 7))
            view = await desk.view(story)
            await briefed(desk, story, mark=True)
            await desk.search(story, "board")
            await add(desk, story, article(0, 7))
            assert await desk.view(story) is view
            await add(desk, story, article(0, 3))
            assert await desk.view(story) is not view

    asyncio.run(work())


def test_a_revision_by_another_desk_is_seen(tmp_path: Path) -> None:
    """Also where it came by way of another story or another tenant that holds the same public article."""

    async def work() -> None:
        async with desks(tmp_path) as (mine, theirs), desks(tmp_path, 1, Tenant("discord", "1")) as (other,):
            story = await mine.new_story("Crisis")
            await add(mine, story, article(0, 2))
            before = facts(await mine.view(story))
            second = await theirs.new_story("Second")
            await add(theirs, second, article(0, 4))
            assert facts(await mine.view(story)) == facts(await afresh(mine, story)) != before
            third = await other.new_story("Third")
            await add(other, third, article(0, 5))
            for desk, held in ((mine, story), (theirs, second), (other, third)):
                assert (await desk.view(held)).article("a0").revision == 3
                assert facts(await desk.view(held)) == facts(await afresh(desk, held))

    asyncio.run(work())


def test_a_story_in_the_place_of_a_removed_one_is_another(tmp_path: Path) -> None:
    """Of the same name and id, with as many articles: nothing of the first is told of the second by any desk."""

    async def work() -> None:
        async with desks(tmp_path) as (mine, theirs):
            story = await mine.new_story("Crisis")
            await add(mine, story, article(0, 2))
            for desk in (mine, theirs):
                await briefed(desk, story, mark=True)
            await theirs.remove_story("crisis")
            with pytest.raises(NotFound):
                await mine.view(story)
            again = await theirs.new_story("Crisis")
            assert again.id == story.id
            await add(theirs, again, article(1, 5))
            for desk in (mine, theirs):
                found = await desk.story("crisis")
                assert found == again
                assert [a.id for a in (await desk.view(found)).articles] == ["a1"]
                briefing = await briefed(desk, found)
                assert {s.citation.article for s in briefing.sources} == {"a1"}
                assert min(s.number for s in briefing.sources) == 1
                assert await desk.last_briefed(found, "c") is None

    asyncio.run(work())


def test_numbers_are_the_stores_also_after_another_desk_gave_some(tmp_path: Path) -> None:
    """A desk that has a numbering of its own uses those that were given meanwhile."""

    async def work() -> None:
        async with desks(tmp_path) as (mine, theirs):
            story = await mine.new_story("Crisis")
            await add(mine, story, article(0, 7), article(1, 6))
            given: dict[Citation, int] = {}
            for desk, template in (
                (mine, "quotes"),
                (theirs, "figures"),
                (mine, "timeline"),
                (theirs, "dossier"),
                (mine, "dossier"),
            ):
                for s in (await briefed(desk, story, template)).sources:
                    assert given.setdefault(s.citation, s.number) == s.number
                hits = await desk.search(story, "Norvo board")
                found = [(h.citation, h.number) for h in hits.facts]
                found += [(h.citation, h.number) for h in hits.articles]
                for citation, number in found:
                    assert given.setdefault(citation, number) == number
            assert sorted(given.values()) == list(range(1, len(given) + 1))
            for citation, number in given.items():
                for desk in (mine, theirs):
                    assert (await desk.evidence(story, number)).citation == citation

    asyncio.run(work())


def test_several_desks_at_once_agree(tmp_path: Path) -> None:
    """Briefings, searches and additions that run together give no citation two numbers, no number two citations."""

    async def work() -> None:
        async with desks(tmp_path, 3) as three:
            story = await three[0].new_story("Crisis")
            await add(three[0], story, article(0, 7))
            made = await asyncio.gather(
                *(briefed(d, story, t) for d in three for t in ("quotes", "figures", "timeline", "dossier")),
                *(add(d, story, article(i + 1, 7)) for i, d in enumerate(three)),
            )
            pairs = {(s.citation, s.number) for b in made if b is not None for s in b.sources}
            assert len(pairs) == len({c for c, _ in pairs}) == len({n for _, n in pairs})
            for desk in three:
                assert facts(await desk.view(story)) == facts(await afresh(desk, story))

    asyncio.run(work())


def test_changes_are_those_since_the_mark_whoever_set_it(tmp_path: Path) -> None:
    """The kept earlier view gives the same changes as one made afresh of the revisions of the mark."""

    async def work() -> None:
        async with desks(tmp_path) as (mine, theirs):
            story = await mine.new_story("Crisis")
            await add(mine, story, article(0, 2), article(1, 3))
            await briefed(mine, story, mark=True)
            was = await afresh(mine, story)
            for n, desk in ((4, theirs), (5, mine), (2, theirs)):
                await add(desk, story, article(0, n), article(2, n))
                now = await afresh(mine, story)
                shown = [await briefed(d, story, "changes") for d in (mine, mine, theirs)]
                assert len({b.document for b in shown}) == 1
                assert len({b.facts for b in shown}) == 1
                assert bool(shown[0].facts) is bool(changes(was, now))
            await briefed(theirs, story, mark=True)
            assert (await briefed(mine, story, "changes")).facts == ()

    asyncio.run(work())
