"""Every command on a small story: what is answered, to whom, in which language, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bots.answers import Answer
from bots.chat import Chat, Pace
from bots.commands import COMMANDS, Command, Line, Permission
from bots.place import Asker, Place, may_manage
from briefings.desk import Desk, Gathered, Reader
from briefings.errors import AlreadyThere, FetchFailed, StoreBroken
from briefings.model import LANGUAGES, LOCAL, Article, Channel, Language, Tenant
from briefings.rendering import Briefing, Templates, to_markdown
from briefings.rendering.document import CitationMark, Document
from briefings.settings import Settings, Tenants
from briefings.sources import Worker
from briefings.sources.fetch import Fetcher
from briefings.store import open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
SERVER = Tenant("discord", "1")
BOSS = Asker("b", "Boss", manager=True)
READER = Asker("r", "Reader")
GENERAL = Place(SERVER, "general", "general")

FIRST = Article(
    "https://courier.example/a1",
    "The board of Norvo removed Ann Lee, its chief executive, on Friday. "
    '"We lost confidence in her," said Bo Berg, the chair.\n\n'
    "About 700 employees threatened to leave.",
    title="Norvo's board removes its chief executive",
    outlet="The Harbour Courier",
    url="https://courier.example/a1",
    language="en",
    published=datetime(2023, 11, 17, 18, tzinfo=UTC),
)
SECOND = Article(
    "https://quotidien.example/a2",
    "Le conseil d’administration de Norvo a limogé Ann Lee vendredi. "
    "« Nous restons calmes », a déclaré Cléo Vidal, la directrice financière.\n\n"
    "Au moins 650 salariés menacent de partir.",
    title="Norvo limoge sa directrice générale",
    outlet="Le Quotidien du Port",
    url="https://quotidien.example/a2",
    language="fr",
    published=datetime(2023, 11, 18, 9, tzinfo=UTC),
)
#: Holds no quote, no figure, no consequence and no date.
BARE = Article("https://bare.example/a3", "The harbour is grey.", title="Grey", url="https://bare.example/a3", language="en")  # fmt: skip


@dataclass
class Clock:
    """Stands still until it is moved."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


class Shelf(Reader):
    """Gives articles by their address as a page would; whatever is not there fails."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, Worker(20))
        self.articles = {a.url: a for a in (FIRST, SECOND, BARE)}

    async def gather(self, source: str, fetcher: Fetcher) -> Gathered:
        if source not in self.articles:
            raise FetchFailed(f"{source} answered 404.", "Look at the address.")
        return Gathered([self.articles[source]], private=False)


@dataclass
class World:
    """A chat, and what is typed in it."""

    chat: Chat
    shelf: Shelf
    clock: Clock
    said: list[Answer] = field(default_factory=list)

    async def ask(self, line: str, asker: Asker = BOSS, place: Place = GENERAL) -> Answer:
        answer = await self.chat.answer(line, place, asker)
        self.said.append(answer)
        return answer

    async def shown(self, line: str, asker: Asker = BOSS, place: Place = GENERAL) -> str:
        """What an answer that is no refusal says."""
        answer = await self.ask(line, asker, place)
        assert answer.ok, f"{line}: {text(answer)}"
        return text(answer)

    async def refused(self, line: str, asker: Asker = BOSS, place: Place = GENERAL) -> str:
        """What a refusal says; the asker alone is told."""
        answer = await self.ask(line, asker, place)
        assert not answer.ok, f"{line}: {text(answer)}"
        assert not answer.public
        return text(answer)

    async def story(self) -> None:
        """The crisis with both articles, the channel's."""
        await self.shown("/story new Norvo crisis")
        await self.shown(f"/story add {FIRST.url} {SECOND.url}")

    def desk(self, tenant: Tenant = SERVER) -> Desk:
        return self.chat.desk_of(tenant)


def text(answer: Answer) -> str:
    """An answer as Markdown, without what escapes its marks."""
    document = answer.document
    made = to_markdown(Briefing(document, (), (), None, "", document.language))  # type: ignore[arg-type]
    return made.replace("\\", "")


def numbers(document: Document) -> list[int]:
    return [x.number for x in document.inlines() if isinstance(x, CitationMark)]


@cache
def empty() -> bytes:
    """A database without a row: copied, it need not be made anew for every test."""
    with TemporaryDirectory() as folder:
        open_store(Path(folder)).close()
        return (Path(folder) / FILE).read_bytes()


def prepared(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(empty())
    return folder


@asynccontextmanager
async def opened(folder: Path, **values: object) -> AsyncIterator[World]:
    tenants = Tenants.model_validate(values.pop("tenants", {}))
    chosen = Settings(tenants=tenants, **values)  # type: ignore[arg-type]
    clock, shelf = Clock(), Shelf(chosen)
    store = open_store(prepared(folder))
    try:
        yield World(Chat(Desk(chosen, Templates(None), store, clock, shelf, LOCAL)), shelf, clock)
    finally:
        store.close()


def run(folder: Path, work: Callable[[World], Awaitable[None]], **values: object) -> None:
    async def inside() -> None:
        async with opened(folder, **values) as world:
            await work(world)

    asyncio.run(inside())


# ---- briefings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/brief", ["Norvo crisis — Situation report", "Ann Lee", "“We lost confidence in her”", "About 700", "[1]"]),
        ("/brief template:flash", ["Norvo crisis — Flash"]),
        ("/point modele:flash langue:fr", ["Norvo crisis — Flash", "vendredi 17 novembre"]),
        ("/actors", ["Ann Lee", "Cléo Vidal", "Bo Berg", "chair"]),
        ("/quotes", ["“We lost confidence in her” — **Bo Berg**", "« Nous restons calmes » [fr] — **Cléo Vidal**"]),
        ("/consequences", ["expected", "About 700 employees threatened to leave."]),
        ("/consequences attendue", ["Consequences (expected)", "Au moins 650"]),
        ("/timeline", ["Friday, November 17", "The board of Norvo removed Ann Lee"]),
        ("/timeline since:2023-11-17", ["since November 17, 2023", "The board of Norvo removed Ann Lee"]),
        ("/timeline since:17 nov", ["since November 17, 2023"]),
        ("/timeline 3 days ago", ["since November 17, 2023"]),
        ("/figures", ["About 700", "Au moins 650", "The Harbour Courier"]),
        ("/outlets", ["The Harbour Courier", "Le Quotidien du Port"]),
        ("/conflicts", ["Where outlets contradict each other"]),
        ("/story list", ["**Norvo crisis** — `norvo-crisis` · 2 articles · this channel's"]),
        ("/story show", ["Norvo limoge sa directrice générale", "*The Harbour Courier*", "(<https://courier.example/a1>)"]),
        ("/search board", ["“board” in Norvo crisis", "The board of Norvo removed Ann Lee", "Articles"]),
        ("/search CONFIDENCE", ["We lost confidence"]),
        ("/search salarie", ["Au moins 650 salariés menacent de partir."]),
    ],
)  # fmt: skip
def test_a_command_tells_of_the_story(tmp_path: Path, line: str, said: list[str]) -> None:
    """To everyone in the channel, whoever asks; with the story that its citations are numbered in."""

    async def work(world: World) -> None:
        await world.story()
        shown = await world.shown(line, READER)
        assert [s for s in said if s not in shown] == []
        answer = world.said[-1]
        assert answer.public
        if numbers(answer.document):
            assert answer.story is not None
            assert answer.story.slug == "norvo-crisis"

    run(tmp_path, work)


@pytest.mark.parametrize("by", ["Berg", "bo berg", "Bo Berg", "BERG"])
def test_quotes_are_narrowed_to_a_speaker(tmp_path: Path, by: str) -> None:
    """By a part of the name, in any case."""

    async def work(world: World) -> None:
        await world.story()
        shown = await world.shown(f"/quotes by:{by}")
        assert "Quotes by Bo Berg" in shown
        assert "Nous restons calmes" not in shown
        assert "Nous restons calmes" in await world.shown("/quotes Cleo Vidal")

    run(tmp_path, work)


def test_brief_moves_the_mark_and_nothing_else_does(tmp_path: Path) -> None:
    """What changed is counted from the last `/brief` in the channel, whatever else was asked in between."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        await world.shown(f"/story add {FIRST.url}")
        assert "no briefing of norvo-crisis" in (await world.refused("/changes")).replace("`", "")
        await world.shown("/brief")
        assert "Nothing has changed" in await world.shown("/changes")
        await world.shown(f"/story add {SECOND.url}")
        for _ in range(2):
            shown = await world.shown("/changes")
            assert "Nous restons calmes" in shown
            for line in ("/actors", "/quotes", "/timeline", "/figures", "/search board", "/evidence 1"):
                await world.shown(line)
        other = replace(GENERAL, channel="other")
        await world.shown("/brief flash", place=other)
        assert "Nous restons calmes" in await world.shown("/changes")
        assert "Nous restons calmes" in await world.shown("/brief")
        assert "Nothing has changed" in await world.shown("/changes")

    run(tmp_path, work)


def test_a_refused_briefing_moves_no_mark(tmp_path: Path) -> None:
    """Neither an unknown template nor an empty story counts as a briefing."""

    async def work(world: World) -> None:
        await world.story()
        await world.refused("/brief template:nothing")
        await world.refused("/changes")

    run(tmp_path, work)


def test_evidence_shows_the_sentence_in_its_paragraph(tmp_path: Path) -> None:
    """Strong, with its outlet, its headline's link and who carries the fact; every number of a briefing has it."""

    async def work(world: World) -> None:
        await world.story()
        await world.ask("/brief")
        cited = sorted(set(numbers(world.said[-1].document)))
        assert cited == list(range(1, len(cited) + 1))
        for number in cited:
            shown = await world.shown(f"/evidence {number}", READER)
            assert f"Citation {number} of Norvo crisis" in shown
            assert "> " in shown
            assert "**" in shown
            assert "Carried by: " in shown
        found = [await world.shown(f"/preuve [{n}]") for n in cited]
        assert any(
            '**The board of Norvo removed Ann Lee, its chief executive, on Friday.** "We lost' in s
            for s in found
        )
        assert any(
            "[Norvo limoge sa directrice générale [fr]](<https://quotidien.example/a2>)" in s for s in found
        )

    run(tmp_path, work)


def test_evidence_of_a_revised_article_says_so(tmp_path: Path) -> None:
    """And shows what was written."""

    async def work(world: World) -> None:
        await world.story()
        await world.ask("/figures")
        found = {n: await world.shown(f"/evidence {n}") for n in numbers(world.said[-1].document)}
        number = next(n for n, shown in found.items() if "**About 700" in shown)
        world.shelf.articles[FIRST.url] = replace(FIRST, text=FIRST.text.replace("700", "730"))
        assert "**revised**" in await world.shown(f"/story add {FIRST.url}")
        shown = await world.shown(f"/evidence {number}")
        assert "**About 700 employees threatened to leave.**" in shown
        assert "The article was revised since" in shown
        assert "(revision 2)" in await world.shown("/story show")
        assert "730" in await world.shown("/search employees")
        assert "700 employees" not in await world.shown("/search employees")

    run(tmp_path, work)


def test_what_a_search_cites_has_its_evidence(tmp_path: Path) -> None:
    """A number given by a search lasts like one of a briefing."""

    async def work(world: World) -> None:
        await world.story()
        await world.ask("/search board")
        for number in numbers(world.said[-1].document):
            assert "**The board of Norvo" in await world.shown(f"/evidence {number}")

    run(tmp_path, work)


# ---- languages -----------------------------------------------------------------------------------------------------


def test_the_language_is_the_options_then_the_channels_then_the_askers_then_the_settings(
    tmp_path: Path,
) -> None:
    """For briefings as for every other answer."""

    async def work(world: World) -> None:
        await world.story()
        french, english = replace(READER, language="fr"), replace(READER, language="en")
        there = replace(GENERAL, channel="there")

        async def spoken(line: str, asker: Asker, place: Place = GENERAL) -> Language:
            return (await world.ask(line, asker, place)).language

        for line in ("/actors", "/story list", "/nothing", "/evidence 999", "/help", "/story new x"):
            assert await spoken(line, READER) == "en"
            assert await spoken(line, french) == "fr"
        await world.shown("/setup language:fr")
        for line in ("/actors", "/story list", "/nothing", "/evidence 999", "/help", "/story new x"):
            assert await spoken(line, english) == await spoken(line, READER) == "fr"
            assert await spoken(line, english, there) == "en"
        assert await spoken("/brief language:en", french) == "en"
        assert await spoken("/brief template:nothing language:en", french) == "en"
        assert await spoken("/brief language:fr", english, there) == "fr"

    run(tmp_path, work)


def test_the_settings_language_is_the_last_word(tmp_path: Path) -> None:
    """Where nobody has said anything else."""

    async def work(world: World) -> None:
        assert (await world.ask("/story list")).language == "fr"
        assert "Il n’y a pas encore de sujet." in await world.refused("/story list")

    run(tmp_path, work, language="fr")


def test_a_channels_times_are_its_zones(tmp_path: Path) -> None:
    """Else those of the settings."""

    async def work(world: World) -> None:
        await world.story()
        assert "Nov 17, 2023, 13:00" in await world.shown("/story show")
        await world.shown("/setup timezone:asia/tokyo")
        assert "Nov 18, 2023, 03:00" in await world.shown("/story show")

    run(tmp_path, work, timezone="America/New_York")


# ---- which story ---------------------------------------------------------------------------------------------------


def test_the_first_story_made_in_a_channel_is_the_channels(tmp_path: Path) -> None:
    """A second one is not, and is named in what comes next."""

    async def work(world: World) -> None:
        assert "it is this channel's" in await world.shown("/story new Norvo crisis")
        second = await world.shown("/story new Other")
        assert "channel's" not in second
        assert "story:other" in second
        assert (await world.desk().channel("general")).story == "norvo-crisis"

    run(tmp_path, work)


def test_the_only_story_needs_no_name(tmp_path: Path) -> None:
    """In a channel that has chosen none; with two, one must be named, and the refusal lists them."""
    elsewhere = replace(GENERAL, channel="elsewhere")

    async def work(world: World) -> None:
        await world.story()
        assert "Ann Lee" in await world.shown("/actors", place=elsewhere)
        await world.shown("/story new Other")
        told = await world.refused("/actors", place=elsewhere)
        assert "This channel has no story of its own." in told
        assert "norvo-crisis, other" in told
        assert "/story default" in told
        assert "Ann Lee" in await world.shown("/actors norvo-crisis", place=elsewhere)
        assert "Ann Lee" in await world.shown(
            "/actors story:Norvo crisis".replace(" crisis", "-CRISIS"), place=elsewhere
        )
        assert "**Other** now" in await world.shown("/story default other", place=elsewhere)
        assert "no article yet" in await world.refused("/actors", place=elsewhere)
        assert "Ann Lee" in await world.shown("/actors")

    run(tmp_path, work)


def test_a_channel_whose_story_went_is_without_one(tmp_path: Path) -> None:
    """And not with another that came in its place."""

    async def work(world: World) -> None:
        await world.story()
        await world.shown("/story remove norvo-crisis yes")
        assert "no story yet" in await world.refused("/brief")
        await world.shown("/story new Third", place=replace(GENERAL, channel="x"))
        await world.shown("/story new Fourth", place=replace(GENERAL, channel="x"))
        assert "no story of its own" in await world.refused("/brief")

    run(tmp_path, work)


# ---- stories -------------------------------------------------------------------------------------------------------


def test_what_fails_is_told_and_the_others_go_in(tmp_path: Path) -> None:
    """Each address has its line; what is missing is shown with the story until it comes."""
    missing = "https://courier.example/missing"

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        shown = await world.shown(f"/story add {FIRST.url} {missing} <{SECOND.url}|quotidien> {FIRST.url}")
        assert "2 of 3 added" in shown
        assert f"**failed** — {missing} answered 404. Look at the address." in shown
        assert "**new** — The Harbour Courier: Norvo's board removes its chief executive" in shown
        assert f"{missing} answered 404." in await world.shown("/story show")
        world.shelf.articles[missing] = replace(BARE, id=missing, url=missing)
        assert "**new** — unknown outlet: Grey" in await world.shown(f"/story add {missing}")
        assert "404" not in await world.shown("/story show")
        assert "**unchanged**" in await world.shown(f"/story add {FIRST.url}")

    run(tmp_path, work)


def test_an_address_without_its_scheme_is_taken(tmp_path: Path) -> None:
    """As people copy it from the address line."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        assert "1 of 1 added" in await world.shown("/story add courier.example/a1")

    run(tmp_path, work)


@pytest.mark.parametrize(
    "word", ["/etc/passwd", "article.txt/../x", "C:\\a.txt", "crisis", "../secret", "~/a.txt"]
)
def test_a_path_is_never_read_from_chat(tmp_path: Path, word: str) -> None:
    """What is no address is refused before anything is gathered."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        answer = await world.ask(f"/story add {word}")
        assert not answer.ok or "0 of 1 added" in text(answer)
        assert await world.desk().members(await world.desk().story("norvo-crisis")) == []

    run(tmp_path, work)


def test_too_many_addresses_are_refused_as_a_whole(tmp_path: Path) -> None:
    """Twenty go into one command."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        urls = " ".join(f"https://courier.example/{n}" for n in range(21))
        told = await world.refused(f"/story add {urls}")
        assert "21" in told
        assert "20" in told
        assert await world.desk().gaps(await world.desk().story("norvo-crisis")) == []

    run(tmp_path, work)


def test_a_long_story_is_shown_by_its_newest_articles(tmp_path: Path) -> None:
    """With how many more there are."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        urls = []
        for n in range(18):
            url = f"https://courier.example/n{n}"
            published = NOW - timedelta(days=n)
            world.shelf.articles[url] = replace(
                FIRST, id=url, url=url, title=f"Number {n}.", published=published
            )
            urls.append(url)
        await world.shown(f"/story add {' '.join(urls)}")
        shown = await world.shown("/story show")
        assert [n for n in range(18) if f"Number {n}." in shown] == list(range(15))
        assert "And 3 earlier ones." in shown

    run(tmp_path, work)


def test_removing_a_story_asks_first(tmp_path: Path) -> None:
    """Privately, with what would go and how to say yes; the form says the same. Only then it goes."""

    async def work(world: World) -> None:
        await world.story()
        answer = await world.ask("/story remove norvo-crisis")
        assert answer.ok
        assert not answer.public
        assert "2 articles" in text(answer)
        assert answer.form is not None
        assert (answer.form.command, dict(answer.form.fixed)) == (
            "story remove",
            {"story": "norvo-crisis", "confirm": "yes"},
        )
        assert answer.form.danger
        assert "`/story remove norvo-crisis confirm:yes`" in text(answer)
        assert "norvo-crisis" in await world.shown("/story list")
        assert "Removed the story **Norvo crisis**." in await world.shown(
            "/story remove norvo-crisis confirm:yes"
        )
        assert "no story yet" in await world.refused("/story list")

    run(tmp_path, work)


def test_two_stories_have_two_names(tmp_path: Path) -> None:
    """A name that comes to the same is refused."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        assert "Choose another name" in await world.refused('/story new "NORVO  crisis!"')
        french = replace(BOSS, language="fr")
        assert "choisissez-en un autre" in await world.refused("/story new Norvo crisis", french)

    run(tmp_path, work)


# ---- setting up ----------------------------------------------------------------------------------------------------


def test_setting_up_asks_three_questions(tmp_path: Path) -> None:
    """Privately; without a story it asks for a name, with some for a choice; what holds now is filled in."""

    async def work(world: World) -> None:
        answer = await world.ask("/setup")
        assert answer.ok
        assert not answer.public
        form = answer.form
        assert form is not None
        assert (form.command, [f.option for f in form.fields]) == ("setup", ["story", "language", "timezone"])
        assert form.fields[0].choices == ()
        assert form.fields[1].choices == (("fr", "French"), ("en", "English"))
        assert [f.value for f in form.fields] == ["", "en", "Europe/Paris"]
        assert "Europe/Paris" in form.fields[2].suggestions
        assert all(f.label for f in form.fields)
        await world.shown("/story new Beta")
        await world.shown("/story new Alpha", place=replace(GENERAL, channel="other"))
        await world.shown("/setup language:fr timezone:UTC")
        form = (await world.ask("/réglages")).form
        assert form is not None
        assert form.fields[0].choices == (("alpha", "Alpha"), ("beta", "Beta"))
        assert form.fields[1].choices == (("fr", "français"), ("en", "anglais"))
        assert [f.value for f in form.fields] == ["beta", "fr", "UTC"]

    run(tmp_path, work, timezone="Europe/Paris")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "/setup story:… language:en timezone:Europe/Paris"),
        ("fr", "/réglages sujet:… langue:fr fuseau:Europe/Paris"),
    ],
)
def test_the_questions_are_told_as_one_line(tmp_path: Path, language: Language, line: str) -> None:
    """In the reader's language, as it may be typed."""

    async def work(world: World) -> None:
        await world.shown("/story new Alpha")
        asker = replace(BOSS, language=language)
        assert f"`{line}`" in await world.shown("/setup", asker)
        assert "Alpha" in await world.shown(line.replace("…", "alpha"), asker)

    run(tmp_path, work)


def test_setting_up_chooses_what_is_given_and_leaves_the_rest(tmp_path: Path) -> None:
    """Where there is no story at all, the name makes one; the next step is said."""

    async def work(world: World) -> None:
        shown = await world.shown("/setup timezone:europe/paris")
        assert "no story yet" in shown
        assert "/story new" in shown
        shown = await world.shown('/setup story:"Norvo crisis"')
        assert "This channel follows **Norvo crisis**, in English, with times of Europe/Paris." in shown
        assert "/story add" in shown
        await world.shown(f"/story add {FIRST.url}")
        shown = await world.shown("/setup language:fr")
        assert "Ce salon suit **Norvo crisis**, en français, fuseau horaire : Europe/Paris." in shown
        assert "/point" in shown
        assert await world.desk().channel("general") == Channel(
            SERVER, "general", "general", "norvo-crisis", "fr", "Europe/Paris"
        )
        told = await world.refused("/setup story:nothing-like-it")
        assert (await world.desk().channel("general")).story == "norvo-crisis", told

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("zone", "near"), [("pariss", "Europe/Paris"), ("Europe/Pariss", "Europe/Paris"), ("Tokio", "Asia/Tokyo")]
)
def test_an_unknown_zone_is_told_with_the_nearest(tmp_path: Path, zone: str, near: str) -> None:
    """And nothing is chosen, neither the zone nor what stands beside it."""

    async def work(world: World) -> None:
        assert near in await world.refused(f"/setup story:New language:fr timezone:{zone}")
        assert await world.desk().channel("general") == Channel(SERVER, "general")
        assert await world.desk().stories() == []

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("paris", "Europe/Paris"),
        ("New York", "America/New_York"),
        ("new_york", "America/New_York"),
        ("são paulo", "America/Sao_Paulo"),
        ("europe/paris", "Europe/Paris"),
        ("utc", "UTC"),
    ],
)
def test_a_city_alone_is_a_zone(tmp_path: Path, typed: str, zone: str) -> None:
    """In any case, with or without accents."""

    async def work(world: World) -> None:
        await world.shown(f'/setup timezone:"{typed}"')
        assert (await world.desk().channel("general")).timezone == zone

    run(tmp_path, work)


def test_a_zone_like_none_is_told_how_to_write_one(tmp_path: Path) -> None:
    """There is always something to type next."""

    async def work(world: World) -> None:
        assert "Write it as Europe/Paris." in await world.refused("/setup timezone:%%%%")

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "I am Sitrep"), ("fr", "Je suis Sitrep"), (None, "Je suis")]
)
def test_a_channel_is_welcomed_once(tmp_path: Path, language: Language | None, said: str) -> None:
    """In the language that is asked for, else that of the settings; another tenant's channel of that id by itself."""

    async def work(world: World) -> None:
        answer = await world.chat.welcome(GENERAL, language)
        assert answer is not None
        assert said in text(answer)
        spoken: Language = language or "fr"
        assert Line("/setup").named(spoken).text in text(answer)
        assert Line("/help").named(spoken).text in text(answer)
        assert await world.chat.welcome(GENERAL, language) is None
        assert await world.chat.welcome(replace(GENERAL, tenant=Tenant("slack", "1"))) is not None
        assert [(c.id, c.name) for c in await world.desk().channels()] == [("general", "general")]

    run(tmp_path, work, language="fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_help_tells_of_a_command_by_any_name(tmp_path: Path, command: Command, language: Language) -> None:
    """With each of its options, its other name, and an example where there is one; to the asker alone."""
    asker = replace(READER, language=language)

    async def work(world: World) -> None:
        shown = {
            await world.shown(f"/help {slash}{' '.join(path)}", asker)
            for path in (command.path, command.fr)
            for slash in ("", "/")
        }
        assert len(shown) == 1
        assert not world.said[-1].public
        (told,) = shown
        own, other = (command.fr, command.path) if language == "fr" else (command.path, command.fr)
        assert told.startswith(f"## `/{' '.join(own)}")
        assert f"`/{' '.join(other)}`" in told
        for option in command.options:
            assert f"- `{option.fr if language == 'fr' else option.name}` — " in told
        assert bool(command.example) is bool(command.example_fr)
        if command.example:
            assert f": `{command.example_fr if language == 'fr' else command.example}`\n" in told

    run(tmp_path, work)


def test_help_lists_every_command(tmp_path: Path) -> None:
    """And those of a group by its name; a name like none is told with the help."""

    async def work(world: World) -> None:
        shown = await world.shown("/help", READER)
        assert all(f"- `/{c.name}" in shown for c in COMMANDS)
        for line in ("/help story", "/help sujet", "/help /story"):
            group = await world.shown(line, READER)
            assert [c.name for c in COMMANDS if f"- `/{c.name}" in group] == [
                c.name for c in COMMANDS if c.path[0] == "story"
            ]
        assert "/quotes" in await world.refused("/help quotse")
        assert "`/help` lists what there is." in await world.refused("/help xyzzyx")

    run(tmp_path, work)


# ---- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.permission is Permission.MANAGERS], ids=lambda c: c.name
)
def test_only_managers_change_things(tmp_path: Path, command: Command) -> None:
    """Anybody else is told so, and to whom to turn; nothing has changed."""
    lines = {
        "story new": "/story new Second",
        "story add": f"/story add {BARE.url}",
        "story default": "/story default norvo-crisis",
        "story remove": "/story remove norvo-crisis yes",
        "story follow": "/story follow norvo-crisis board, chair",
        "story unfollow": "/story unfollow norvo-crisis Norvo",
        "story pause": "/story pause norvo-crisis",
        "story resume": "/story resume norvo-crisis",
        "story include": f"/story include {BARE.url} story:norvo-crisis",
        "story exclude": f"/story exclude {FIRST.url} story:norvo-crisis",
        "setup": "/setup language:fr timezone:Europe/Paris",
        "edition add": "/edition add norvo-crisis flash every day at 8:30",
        "edition pause": "/edition pause 1",
        "edition resume": "/edition resume 1",
        "edition remove": "/edition remove 1",
        "edition now": "/edition now 1",
    }

    async def work(world: World) -> None:
        await world.story()
        if command.path[0] == "edition" and command.name != "edition add":
            await world.ask("/edition add norvo-crisis flash every day at 18:00")
        await world.ask("/story follow norvo-crisis Norvo")
        before = world.desk().store.counts()
        elsewhere = replace(GENERAL, channel="elsewhere")
        told = await world.refused(lines[command.name], READER, elsewhere)
        assert f"`/{command.name}` is for the managers of this place." in told
        assert "Ask one of them" in told
        assert world.desk().store.counts() == before
        assert (await world.ask(lines[command.name], BOSS, elsewhere)).ok

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("manager", "allowed"),
    [
        ("discord/1/r", True),
        ("*/*/r", True),
        ("discord/*/*", True),
        ("discord/1/*", True),
        ("*/*/*", True),
        ("discord/2/r", False),
        ("slack/1/r", False),
        ("discord/1/x", False),
        ("discord/1/R", False),
    ],
)
def test_the_settings_name_managers(tmp_path: Path, manager: str, allowed: bool) -> None:
    """By platform, tenant and user; a star stands for any."""

    async def work(world: World) -> None:
        assert (await world.ask("/story new Norvo crisis", READER)).ok is allowed

    run(tmp_path, work, tenants={"managers": [manager]})
    assert may_manage(READER, SERVER, [manager]) is allowed
    assert may_manage(BOSS, SERVER, [])
    assert not may_manage(READER, SERVER, ["", "r", "discord/r", "a/b/c/d"])


def test_a_tenant_of_a_name_with_a_slash_has_no_other_tenants_managers(tmp_path: Path) -> None:
    """Parts are compared one by one, never as a whole line."""
    assert not may_manage(Asker("r"), Tenant("discord", "1/r"), ["discord/1/r"])
    assert not may_manage(Asker("1/r"), Tenant("discord", ""), ["discord/1/r"])


# ---- limits --------------------------------------------------------------------------------------------------------


def test_a_tenant_has_so_many_stories(tmp_path: Path) -> None:
    """The next is refused with the number; removing one makes room; another tenant has its own."""

    async def work(world: World) -> None:
        await world.shown("/story new One")
        await world.shown("/story new Two")
        assert "2" in await world.refused("/story new Three")
        assert "(2)" in await world.refused("/story new Three", replace(BOSS, language="fr"))
        await world.shown("/story new Three", place=replace(GENERAL, tenant=Tenant("discord", "2")))
        await world.shown("/story remove one yes")
        await world.shown("/story new Three")

    run(tmp_path, work, tenants={"stories": 2})


def test_a_tenant_adds_so_many_articles_a_day(tmp_path: Path) -> None:
    """The next fails with the number and is no gap; another tenant has its own.

    A day after the end of the hour that the first came in, it goes in.
    """

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        assert "1 of 2 added" in await world.shown(f"/story add {FIRST.url} {SECOND.url}")
        assert "1 article a day" in text(world.said[-1])
        assert await world.desk().gaps(await world.desk().story("norvo-crisis")) == []
        theirs = replace(GENERAL, tenant=Tenant("discord", "2"))
        await world.shown("/story new Norvo crisis", place=theirs)
        assert "1 of 1 added" in await world.shown(f"/story add {FIRST.url}", place=theirs)
        world.clock.moment += timedelta(hours=24, minutes=59)
        assert "0 of 1 added" in await world.shown(f"/story add {SECOND.url}")
        world.clock.moment += timedelta(minutes=1)
        assert "1 of 1 added" in await world.shown(f"/story add {SECOND.url}")

    run(tmp_path, work, tenants={"articles_a_day": 1})


def test_a_tenant_types_so_many_commands_a_minute(tmp_path: Path) -> None:
    """Whoever types them and wherever, right or wrong; a minute later it goes on; another tenant has its own."""

    async def work(world: World) -> None:
        await world.story()
        world.clock.moment += timedelta(minutes=1)
        await world.shown("/actors")
        world.clock.moment += timedelta(seconds=30)
        await world.refused("/nothing", READER)
        await world.shown("/help", READER, replace(GENERAL, channel="other"))
        told = await world.refused("/actors")
        assert "more than 3 commands in a minute" in told
        assert "Wait a moment" in told
        assert (await world.chat.answer("/help", replace(GENERAL, tenant=Tenant("slack", "1")), READER)).ok
        world.clock.moment += timedelta(seconds=30)
        await world.shown("/actors")
        await world.refused("/actors")

    run(tmp_path, work, tenants={"commands_a_minute": 3})


def test_a_pace_counts_the_last_minute() -> None:
    """What was refused does not count, and a clock that is set back does no harm."""
    clock = Clock()
    pace = Pace(2, clock)
    assert [pace.take(SERVER) for _ in range(4)] == [True, True, False, False]
    clock.moment += timedelta(seconds=60)
    assert [pace.take(SERVER) for _ in range(3)] == [True, True, False]
    clock.moment -= timedelta(hours=1)
    assert not pace.take(SERVER)
    assert pace.take(Tenant("discord", "2"))


# ---- what there is nothing of --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("/brief", "/story new"),
        ("/story list", "/story new"),
        ("/evidence 1", "/story new"),
        ("/story show", "/story new"),
    ],
)
def test_without_a_story_the_next_step_is_to_make_one(
    tmp_path: Path, line: str, following: str, language: Language
) -> None:
    """In every language."""

    async def work(world: World) -> None:
        step = Line(following).named(language).text
        assert step in await world.refused(line, replace(READER, language=language))

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    ["/brief", "/changes", "/actors", "/quotes", "/consequences", "/timeline", "/figures", "/outlets", "/conflicts",
     "/search x", "/quotes by:x", "/story show"],
)  # fmt: skip
def test_without_an_article_the_next_step_is_to_add_some(
    tmp_path: Path, line: str, language: Language
) -> None:
    """In every language."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        answer = await world.ask(line, replace(READER, language=language))
        assert f"`{Line('/story add https://…').named(language).text}`" in text(answer)
        assert answer.ok is (line == "/story show")

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("/quotes", "/story add"),
        ("/consequences", "/story add"),
        ("/timeline", "/story add"),
        ("/figures", "/story add"),
        ("/quotes by:Nobody Known", "/actors"),
        ("/changes", "/brief"),
        ("/evidence 9", "[]"),
        ("/search lighthouse", "2"),
    ],
)
def test_an_empty_section_names_a_next_step(
    tmp_path: Path, line: str, following: str, language: Language
) -> None:
    """A command to type, or what else can be tried; in every language."""
    hints = {
        "[]": {"en": "square brackets", "fr": "entre crochets"},
        "2": {"en": "fewer words", "fr": "moins de mots"},
    }

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        await world.shown(f"/story add {BARE.url}")
        told = await world.refused(line, replace(READER, language=language))
        step = Line(following).named(language).text if following.startswith("/") else following
        assert hints.get(following, {}).get(language, step) in told

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("/brief story:norvo-crises", "norvo-crisis"),
        ("/brief norvo", "norvo-crisis"),
        ("/story default norvo-krisis", "norvo-crisis"),
        ("/story remove norvocrisis yes", "norvo-crisis"),
        ("/brief template:flsh", "flash"),
        ("/brief template:%%%", "flash, "),
        ("/quotes by:Bergg", "Bo Berg"),
        ("/quotes by:Ann Lee", "Bo Berg, Cléo Vidal"),
        ("/qotes", {"en": "/quotes", "fr": "/citations"}),
        ("/help figurs", {"en": "/figures", "fr": "/chiffres"}),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(
    tmp_path: Path, line: str, near: str | dict[str, str], language: Language
) -> None:
    """In every language, commands by their names in it, and nothing has happened."""
    expected = near if isinstance(near, str) else near[language]

    async def work(world: World) -> None:
        await world.story()
        before = world.desk().store.counts()
        assert expected in await world.refused(line, replace(BOSS, language=language))
        assert world.desk().store.counts() == before

    run(tmp_path, work)


def test_a_day_is_told_with_what_there_is(tmp_path: Path) -> None:
    """What is no day, how to write one; where nothing is since, when the last thing was; of a status, which there are."""

    async def work(world: World) -> None:
        await world.story()
        assert "Write it as 2023-11-18" in await world.refused("/timeline soonish")
        told = await world.refused("/timeline 2023-11-18")
        assert "since November 18, 2023" in told
        assert "November 17, 2023" in told
        assert "There are: expected." in await world.refused("/consequences denied")

    run(tmp_path, work)


# ---- errors --------------------------------------------------------------------------------------------------------

HOSTILE = [
    "/story new %(name)s {{ 7 * 7 }} @everyone",
    "/search %(query)s %s %d",
    '/search " OR * NEAR(',
    "/search ' ; DROP TABLE stories --",
    "/search \x00",
    "/quotes by:%(who)s",
    "/quotes by:\u202eevil",
    "/brief template:../../etc/passwd",
    "/brief template:_head",
    "/brief story:../x",
    "/evidence 999999999",
    "/timeline 9999-12-31",
    "/timeline 0001-01-01",
    "/story add http://",
    "/story add https://%(x)s file:///etc/passwd",
    "/setup timezone:../../etc/passwd",
    "/setup timezone:Factory",
    "/setup timezone:localtime",
    "/setup story:%(story)s",
    "/help %(command)s",
    "/%(name)s",
    "/story remove %(story)s",
    "/story new " + "x" * 3000,
    "/actors " + "y" * 3000,
    "/quotes by:" + "z" * 3000,
    "/search " + "w " * 1900,
    "\U0001f4a5",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", HOSTILE, ids=lambda x: x[:30].encode("ascii", "replace").decode())
def test_whatever_is_typed_is_answered(tmp_path: Path, line: str, language: Language) -> None:
    """With an answer that is literal and reasonably short, not with an exception; and the next command works."""

    async def work(world: World) -> None:
        await world.story()
        told = text(await world.ask(line, replace(BOSS, language=language)))
        assert told.strip()
        assert "Traceback" not in told
        assert "\x00" not in told
        assert "root:" not in told
        assert "49" not in told or "7 * 7" in told
        assert len(told) < 6000
        assert (await world.ask("/story list")).ok

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_database_that_fails_is_told_without_its_path(tmp_path: Path, language: Language) -> None:
    """An error of the machine is an answer that says what to do, and nothing of the machine."""

    async def work(world: World) -> None:
        await world.story()
        with world.desk().store.engine.connect() as connection:
            connection.exec_driver_sql("DROP TABLE gaps")
            connection.commit()
        told = await world.refused("/brief", replace(READER, language=language))
        assert str(tmp_path) not in told
        assert "sqlite" not in told.lower()
        assert "gaps" not in told
        assert ("try again" if language == "en" else "réessayez") in told

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_with_a_mistake_is_told_without_its_place(tmp_path: Path, language: Language) -> None:
    """Its author is told in the log; the channel that it is not theirs to mend."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "broken.md.j2").write_text("# {{ nothing.of_it }}", "utf8")

    async def work() -> None:
        async with opened(tmp_path / "data") as world:
            await world.story()
            desk = world.chat.desk
            chat = Chat(Desk(desk.settings, Templates(folder), desk.store, world.clock, world.shelf, LOCAL))
            answer = await chat.answer("/brief template:broken", GENERAL, replace(READER, language=language))
            assert not answer.ok
            assert str(folder) not in text(answer)
            assert "broken.md" not in text(answer)
            assert not (await chat.answer("/changes", GENERAL, READER)).ok

    asyncio.run(work())


@pytest.mark.parametrize("error", [AlreadyThere("a", "b"), StoreBroken("a", "b")])
def test_an_error_while_the_channel_is_looked_up_is_an_answer(tmp_path: Path, error: Exception) -> None:
    """Also before its language is known: the asker's is taken."""

    async def work(world: World) -> None:
        world.desk().store.close()
        (tmp_path / "sitrep.db").write_bytes(b"no database " * 500)
        for name in ("sitrep.db-wal", "sitrep.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        answer = await world.ask("/brief", replace(READER, language="fr"))
        assert not answer.ok
        assert answer.language == "fr"
        assert "base de données" in text(answer)

    run(tmp_path, work)


@pytest.mark.parametrize(
    "line",
    ["/story new \ud800x", "/setup story:\ud800", "/story add https://x.example/\ud800 story:norvo-crisis"],
)
def test_a_lone_surrogate_is_answered(tmp_path: Path, line: str) -> None:
    """A character that no encoding has is typed like any other."""

    async def work(world: World) -> None:
        if "add" in line:
            await world.story()
        await world.ask(line)

    run(tmp_path, work)


def test_removing_a_story_gives_no_articles_back(tmp_path: Path) -> None:
    """What came in today counts, also where its story has gone."""

    async def work(world: World) -> None:
        for n in range(2):
            await world.shown("/story new Norvo crisis")
            assert ("1 of 1" in await world.shown(f"/story add {FIRST.url}")) is (n == 0)
            await world.shown("/story remove norvo-crisis yes")

    run(tmp_path, work, tenants={"articles_a_day": 1})


def test_a_revision_comes_in_at_the_limit(tmp_path: Path) -> None:
    """An article that the story has is no new one: unchanged or revised, it takes none of the day's."""

    async def work(world: World) -> None:
        await world.shown("/story new Norvo crisis")
        await world.shown(f"/story add {FIRST.url}")
        assert "**unchanged**" in await world.shown(f"/story add {FIRST.url}")
        world.shelf.articles[FIRST.url] = replace(FIRST, text=FIRST.text.replace("700", "730"))
        assert "**revised**" in await world.shown(f"/story add {FIRST.url}")

    run(tmp_path, work, tenants={"articles_a_day": 1})


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_story_names_a_next_step(tmp_path: Path, language: Language) -> None:
    """In every language, in words of the chat."""

    async def work(world: World) -> None:
        asker = replace(BOSS, language=language)
        told = await world.refused("/brief story:xyzzy", asker)
        assert Line("/story new").named(language).text in told
        assert "sitrep story" not in told
        await world.shown("/story new Norvo crisis")
        assert "norvo-crisis" in await world.refused("/brief story:xyzzy", asker)

    run(tmp_path, work)


@pytest.mark.parametrize(
    "line",
    [
        "/consequences norvo-crisis",
        "/consequences norvo-crisis expected",
        "/brief story: norvo-crisis",
        "/brief template: flash",
        "/Brief FLASH",
        "/timeline since 2 march",
        "/help Story",
        "/help Sujet",
    ],
)
def test_a_plain_line_is_understood(tmp_path: Path, line: str) -> None:
    """As people write it."""

    async def work(world: World) -> None:
        await world.story()
        await world.shown(line)

    run(tmp_path, work)


@pytest.mark.parametrize("words", ["E=mc2", "x --bar y"])
def test_words_stay_as_they_were_typed(tmp_path: Path, words: str) -> None:
    """What is no option's name is left alone."""

    async def work(world: World) -> None:
        await world.story()
        assert words in text(await world.ask(f"/search {words}"))

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/conséquences statut:x", "statut"),
        ("/sujet", "/sujet ajouter"),
        ("/point langage:fr", "langue"),
        ("/preuve", "numéro"),
        ("/aide acteur", "/acteurs"),
    ],
)
def test_a_french_refusal_names_french_things(tmp_path: Path, line: str, said: str) -> None:
    """Commands, options and choices as French help has them."""

    async def work(world: World) -> None:
        await world.story()
        assert said in await world.refused(line, replace(BOSS, language="fr"))

    run(tmp_path, work)
