"""Two tenants with stories of the same names: nothing that either is told is the other's, whatever they type."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.answers import Answer
from bots.chat import Chat
from bots.commands import COMMANDS
from bots.completing import complete
from bots.place import Asker, Place
from briefings.desk import Desk, Gathered, Reader
from briefings.errors import FetchFailed
from briefings.model import LOCAL, Article, Channel, Tenant
from briefings.rendering import Briefing, Templates, to_json, to_markdown
from briefings.rendering.document import CitationMark, Link
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.sources.fetch import Fetcher
from briefings.store import open_store
from briefings.store.database import FILE

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
TENANTS = (Tenant("discord", "1"), Tenant("discord", "2"))
TEMPLATES = Templates(None)


@dataclass(frozen=True)
class Own:
    """What one tenant alone has: words that stand in nobody else's articles, and the story only it has."""

    chair: str
    firm: str
    outlet: str
    host: str
    figure: str
    word: str
    slug: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (*self.chair.split(), self.firm, self.outlet, self.host, self.figure, self.word, self.slug)

    @property
    def articles(self) -> tuple[Article, ...]:
        """An English article and a French one, each with a quote, a figure, a date and a consequence."""
        english = Article(
            f"https://{self.host}/a",
            f"The board of {self.firm} removed its chief executive on Friday over the {self.word}. "
            f'"We lost confidence," said {self.chair}, the chair of {self.firm}. '
            f"About {self.figure} employees threatened to leave.",
            title=f"{self.firm} removes its chief executive",
            outlet=self.outlet,
            url=f"https://{self.host}/a",
            language="en",
            published=NOW - timedelta(days=2),
        )
        french = replace(
            english,
            id=f"https://{self.host}/b",
            url=f"https://{self.host}/b",
            title=f"{self.firm} limoge sa direction",
            text=f"Le conseil de {self.firm} a limogé son directeur vendredi. « Nous restons calmes », a déclaré "
            f"{self.chair}, la présidente. Au moins {self.figure} salariés menacent de partir à cause du {self.word}.",
            language="fr",
            published=NOW - timedelta(days=1),
        )
        return english, french


OWN = (
    Own("Ysolde Quarn", "Fennwick", "The Quay Lantern", "lantern.example", "4,817", "zirconium", "kestrel-affair"),
    Own("Odalys Brevik", "Marrowby", "Moor Dispatch", "moor.example", "2,963", "palladium", "heron-affair"),
)  # fmt: skip


class Shelf(Reader):
    """Every tenant's pages: the first tenant's are public, the second's stand in its intranet."""

    def __init__(self, chosen: Settings) -> None:
        super().__init__(chosen, Worker(20))
        self.later = False

    async def gather(self, source: str, fetcher: Fetcher) -> Gathered:
        for own in OWN:
            for article in own.articles:
                if article.url == source:
                    changed = f"{article.text} {own.firm} said so again." if self.later else article.text
                    return Gathered([replace(article, text=changed)], private=own is OWN[1])
        raise FetchFailed(f"{source} answered 404.")


@dataclass
class Fuzz:
    """Both tenants' channels of the same id, and what each was told."""

    chat: Chat
    shelf: Shelf
    told: list[tuple[int, str, Answer]] = field(default_factory=list)

    async def ask(self, who: int, line: str, channel: str = "general") -> Answer:
        answer = await self.chat.answer(line, Place(TENANTS[who], channel, channel), Asker("u", manager=True))
        self.told.append((who, line, answer))
        return answer


@cache
def prepared() -> bytes:
    """A database where each tenant has the same two stories, one with its own two articles, and one story more."""

    async def fill(folder: Path) -> None:
        async with opened(folder) as fuzz:
            for who, own in enumerate(OWN):
                for line in (
                    "/story new Crisis",
                    f"/story add {own.articles[0].url} {own.articles[1].url}",
                    "/story new Other",
                    f"/story add {own.articles[1].url} story:other",
                    f"/story new {own.slug.replace('-', ' ')}",
                    f"/story add https://{own.host}/missing",
                    "/brief",
                ):
                    assert (await fuzz.ask(who, line)).ok

    with TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder)))
        return (Path(folder) / FILE).read_bytes()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Fuzz]:
    store = open_store(folder)
    try:
        chosen = Settings()
        shelf = Shelf(chosen)
        yield Fuzz(Chat(Desk(chosen, TEMPLATES, store, lambda: NOW, shelf, LOCAL)), shelf)
    finally:
        store.close()


def everything(answer: Answer) -> str:
    """All that an answer carries: its words, addresses, charts and form."""
    document = answer.document
    briefing = Briefing(document, (), (), None, "", document.language)  # type: ignore[arg-type]
    urls = " ".join(x.url for x in document.inlines() if isinstance(x, Link))
    return "\n".join(
        (to_markdown(briefing), to_json(briefing, ""), urls, repr(answer.charts), repr(answer.form))
    )


def check(who: int, line: str, shown: str) -> None:
    """Nothing of the other tenant's stands in what is shown, but what was typed."""
    typed = line.casefold()
    for secret in OWN[1 - who].secrets:
        if secret.casefold() not in typed:
            assert secret not in shown, (who, line, secret)


STORIES = ["crisis", "other", "Crisis", "kestrel-affair", "heron-affair", "kestrel", "", "norvo"]
STORY = st.sampled_from(STORIES).map(lambda s: f" story:{s}" if s else "")
WORDS = st.sampled_from(
    ["board", "confiance", "employees", *(s for o in OWN for s in o.secrets), "salariés conseil", "*"]
)
NAMES = st.sampled_from(["Crisis", "Other", "{slug}", "Third"])


def line_of(name: str) -> st.SearchStrategy[str]:
    """Lines of a command, with options that may be right."""
    own: dict[str, st.SearchStrategy[str]] = {
        "brief": st.sampled_from(["", " template:flash", " template:dossier", " language:fr"]),
        "quotes": st.sampled_from(["", *(f" by:{w}" for o in OWN for w in (o.chair, o.firm, "board"))]),
        "consequences": st.sampled_from(["", " expected", " reported"]),
        "timeline": st.sampled_from(["", " since:2023-11-10", " since:2024-01-01"]),
        "evidence": st.integers(1, 20).map(lambda n: f" {n}"),
        "search": WORDS.map(lambda w: f" words:{w}"),
        "story new": NAMES.map(lambda n: f" {n}"),
        "story remove": st.sampled_from([" confirm:yes", ""]),
        "setup": st.sampled_from(["", " language:fr", " timezone:Europe/Paris", " language:en"]),
        "help": st.sampled_from(["", " story", " quotes"]),
        "story unfollow": st.sampled_from(["", " what:1", " what:employees"]),
        "story include": st.sampled_from(["{own}/a", "{own}/b", "{own}/missing"]).map(lambda x: f" article:https://{x}"),
        "story exclude": st.sampled_from(["{own}/a", "{theirs}/a"]).map(lambda x: f" article:https://{x}"),
    }  # fmt: skip
    option = own.get(name, st.just(""))
    if name == "story add":
        # Each tenant is given its own pages: what is private to one is never at an address that the other reaches.
        return st.tuples(st.sampled_from(["{own}/a", "{own}/b", "{own}/missing"]), STORY).map(
            lambda x: f"/story add https://{x[0]}{x[1]}"
        )
    if name == "story follow":  # what is there not yet is made, and its name is the tenant's own from then on
        followed = st.sampled_from(["", " employees, confiance", " outlets:{own}", " like:https://{own}/a"])
        return st.tuples(NAMES, followed).map(lambda x: f'/story follow story:"{x[0]}"{x[1]}')
    story = STORY if name not in ("story new", "story list", "help", "setup") else st.just("")
    return st.tuples(option, story).map(lambda x: f"/{name}{x[0]}{x[1]}")


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["general", "side"]),
        st.sampled_from([c.name for c in COMMANDS]).flatmap(line_of),
        st.booleans(),
    ),
    min_size=6,
    max_size=16,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_tenant_is_ever_told_what_is_anothers(steps: list[tuple[int, str, str, bool]]) -> None:
    """In any order of any commands: no word, outlet, address or story that the other alone has; citations are own."""

    async def work(folder: Path) -> None:
        (folder / FILE).write_bytes(start)
        async with opened(folder) as fuzz:
            for who, channel, line, later in steps:
                fuzz.shelf.later = later
                typed = line.replace("{own}", OWN[who].host).replace("{slug}", OWN[who].slug)
                typed = typed.replace("{theirs}", OWN[1 - who].host)
                answer = await fuzz.ask(who, typed, channel)
                check(who, typed, everything(answer))
                await resolve(fuzz, who, answer)
            for who in (0, 1):
                for line in (
                    "/story list",
                    "/story show story:crisis",
                    "/story matches story:crisis",
                    "/brief story:crisis",
                    "/search conseil story:other",
                ):
                    check(who, line, everything(await fuzz.ask(who, line)))
                for line in ("/", "/brief story:", "/quotes by:", "/story remove ", "/story exclude "):
                    found = await complete(fuzz.chat, line, Place(TENANTS[who], "general"), "en")
                    check(who, line, repr(found))

    start = prepared()
    with TemporaryDirectory() as folder:
        asyncio.run(work(Path(folder)))


async def resolve(fuzz: Fuzz, who: int, answer: Answer) -> None:
    """Every citation in an answer is a sentence of one of the tenant's own articles."""
    cited = {x.number for x in answer.document.inlines() if isinstance(x, CitationMark)}
    if not cited:
        return
    assert answer.story is not None
    desk = fuzz.chat.desk_of(TENANTS[who])
    for number in cited:
        evidence = await desk.evidence(answer.story, number)
        assert evidence.article.id in {a.id for a in OWN[who].articles}
        check(who, "", evidence.citation.span.of(evidence.article.text))


@pytest.mark.parametrize("who", [0, 1])
def test_the_words_that_are_looked_for_are_told_to_their_owner(tmp_path: Path, who: int) -> None:
    """So that not finding them elsewhere means something: each stands in what its own tenant is told."""

    (tmp_path / FILE).write_bytes(prepared())

    async def work() -> None:
        async with opened(tmp_path) as fuzz:
            shown = "".join(
                [
                    everything(await fuzz.ask(who, x))
                    for x in ("/brief template:dossier", "/story list", "/story show")
                ]
            )
            for secret in OWN[who].secrets:
                assert secret in shown
            with pytest.raises(AssertionError):
                check(1 - who, "", shown)

    asyncio.run(work())


def test_a_channel_is_its_tenants(tmp_path: Path) -> None:
    """Channels of one id choose each for itself; a mark set in one is none in the other."""

    async def work() -> None:
        async with opened(tmp_path) as fuzz:
            for who in (0, 1):
                await fuzz.ask(who, "/story new Crisis")
                await fuzz.ask(who, f"/story add {OWN[who].articles[0].url}")
            await fuzz.ask(0, "/setup language:fr timezone:Europe/Paris")
            await fuzz.ask(0, "/brief")
            one, two = (fuzz.chat.desk_of(t) for t in TENANTS)
            assert await one.channel("general") == Channel(
                TENANTS[0], "general", "general", "crisis", "fr", "Europe/Paris"
            )
            assert await two.channel("general") == Channel(TENANTS[1], "general", "general", "crisis")
            assert (await fuzz.ask(0, "/changes")).ok
            assert not (await fuzz.ask(1, "/changes")).ok
            await fuzz.ask(0, "/story remove crisis yes")
            assert (await one.channel("general")).story is None
            assert (await two.channel("general")).story == "crisis"
            assert (await fuzz.ask(1, "/brief")).ok
            await one.leave("general")
            assert (await two.channel("general")).story == "crisis"

    asyncio.run(work())


def test_a_number_is_a_storys(tmp_path: Path) -> None:
    """The same number typed by two tenants is each one's own sentence, also where their stories have one name."""

    (tmp_path / FILE).write_bytes(prepared())

    async def work() -> None:
        async with opened(tmp_path) as fuzz:
            for number in range(1, 5):
                for who in (0, 1):
                    shown = everything(await fuzz.ask(who, f"/evidence {number} story:crisis"))
                    assert OWN[who].host in shown
                    assert not re.search(OWN[1 - who].host, shown)

    asyncio.run(work())
