"""What can be typed next: of the commands, the options, and the values that the channel's stories have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.answers import CHAT
from bots.chat import Chat
from bots.commands import CHOICES, COMMANDS, Kind
from bots.completing import MOST, Completion, complete, suggestions
from bots.handlers.channels import COMMON_ZONES
from bots.parsing import choice_of, command_of, parse
from bots.place import Place
from briefings.desk import Desk, Reader
from briefings.model import LANGUAGES, LOCAL, Article, Language, Tenant
from briefings.rendering import Templates
from briefings.rendering.words import Words
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
SERVER = Tenant("discord", "1")
GENERAL = Place(SERVER, "general")
ARTICLE = Article(
    "a1",
    "The board of Norvo removed Ann Lee, its chief executive, on Friday. "
    '"We lost confidence in her," said Bo Berg, the chair. "I am not leaving," said Zoé Brun, the treasurer.',
    title="Norvo's board removes its chief executive",
    outlet="The Harbour Courier",
    language="en",
    published=NOW,
)
OTHERS = Article(
    "b1", '"We will pay," said Olga Tarn, the banker.', outlet="Tideway", language="en", published=NOW
)
#: The command line's names are no part of this; those of a template are.
TEMPLATES = Templates(None)
#: Kinds of which anything may be typed: nothing is offered for them.
FREE = {Kind.DAY, Kind.NUMBER, Kind.WORDS, Kind.ADDRESSES, Kind.EDITION, Kind.TOPICS}


@asynccontextmanager
async def opened(folder: Path, *, stories: bool = True) -> AsyncIterator[Chat]:
    """A chat where one tenant has two stories, the channel's with an article, and another tenant one."""
    store = open_store(folder)
    try:
        chosen = Settings()
        reader = Reader(chosen, Worker(20))
        chat = Chat(Desk(chosen, TEMPLATES, store, lambda: NOW, reader, LOCAL))
        if stories:
            desk = chat.desk_of(SERVER)
            story = await desk.new_story("Norvo crisis")
            await desk.add_articles(story, [ARTICLE], "", private=False)
            await desk.new_story("Été au port")
            await desk.choose("general", story=story)
            theirs = chat.desk_of(Tenant("discord", "2"))
            story = await theirs.new_story("Tarn bank")
            await theirs.add_articles(story, [OTHERS], "", private=False)
        yield chat
    finally:
        store.close()


def run(folder: Path, work: Callable[[Chat], Awaitable[None]], *, stories: bool = True) -> None:
    async def inside() -> None:
        async with opened(folder, stories=stories) as chat:
            await work(chat)

    asyncio.run(inside())


async def texts(chat: Chat, line: str, language: Language = "en", place: Place = GENERAL) -> list[str]:
    return [c.text for c in await complete(chat, line, place, language)]


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("/ti", "en", ["/timeline "]),
        ("ti", "en", ["/timeline "]),
        ("/TI", "en", ["/timeline "]),
        ("/chro", "en", ["/chronologie "]),
        ("/chro", "fr", ["/chronologie "]),
        ("/timel", "fr", ["/timeline "]),
        ("/reg", "fr", ["/réglages "]),
        ("/rég", "fr", ["/réglages "]),
        ("/story d", "en", ["/story default "]),
        ("/sujet d", "fr", ["/sujet défaut "]),
        ("/story li", "en", ["/story list"]),
        ("/xyzzy", "en", []),
        ("/story x", "en", []),
    ],
)
def test_a_command_is_completed(tmp_path: Path, line: str, language: Language, expected: list[str]) -> None:
    """In either language; a space follows where there is more to say."""

    async def work(chat: Chat) -> None:
        assert await texts(chat, line, language) == expected

    run(tmp_path, work, stories=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_commands_are_offered_first(tmp_path: Path, language: Language) -> None:
    """In the language's names, each with what it does."""

    async def work(chat: Chat) -> None:
        for line in ("", "/", " "):
            found = await complete(chat, line, GENERAL, language)
            assert [c.label for c in found] == [
                f"/{' '.join(c.fr if language == 'fr' else c.path)}" for c in COMMANDS
            ]
            assert all(c.hint for c in found)

    run(tmp_path, work, stories=False)


@pytest.mark.parametrize("line", ["/story", "/story "])
def test_a_groups_commands_are_offered(tmp_path: Path, line: str) -> None:
    """All of them."""

    async def work(chat: Chat) -> None:
        assert [t.strip() for t in await texts(chat, line)] == [
            f"/{c.name}" for c in COMMANDS if c.path[0] == "story"
        ]

    run(tmp_path, work, stories=False)


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("/actors ", "en", ["/actors story:ete-au-port", "/actors story:norvo-crisis", "/actors story:"]),
        ("/actors no", "en", ["/actors story:norvo-crisis"]),
        ("/actors story:no", "en", ["/actors story:norvo-crisis"]),
        ("/actors story:ETE", "en", ["/actors story:ete-au-port"]),
        ("/actors story:crisis", "en", ["/actors story:norvo-crisis"]),
        ("/actors sujet:no", "en", ["/actors story:norvo-crisis"]),
        ("/acteurs no", "fr", ["/acteurs sujet:norvo-crisis"]),
        ("/acteurs sujet=no", "fr", ["/acteurs sujet:norvo-crisis"]),
        ("/quotes by:", "en", ['/quotes by:"Bo Berg"', '/quotes by:"Zoé Brun"']),
        ("/quotes by:zoe", "en", ['/quotes by:"Zoé Brun"']),
        ("/quotes by:brun", "en", ['/quotes by:"Zoé Brun"']),
        ("/quotes by:lee", "en", []),
        ("/quotes by:olga", "en", []),
        ("/citations de:ber", "fr", ['/citations de:"Bo Berg"']),
        ("/brief template:fl", "en", ["/brief template:flash"]),
        ("/brief norvo-crisis fl", "en", ["/brief norvo-crisis template:flash"]),
        ("/brief story:norvo-crisis language:f", "en", ["/brief story:norvo-crisis language:fr"]),
        ("/brief lang", "en", ["/brief language:"]),
        ("/point lang", "fr", ["/point langue:"]),
        ("/consequences status:d", "en", ["/consequences status:denied"]),
        ("/consequences exp", "en", ["/consequences status:expected"]),
        ("/setup timezone:europe/par", "en", ["/setup timezone:Europe/Paris"]),
        ("/story remove norvo-crisis ", "en", ["/story remove norvo-crisis confirm:yes"]),
        ("/help quo", "en", ["/help command:quotes"]),
        ("/evidence ", "en", ["/evidence number:", "/evidence story:"]),
        ("/search board ", "en", ["/search board story:ete-au-port", "/search board story:norvo-crisis"]),
        ("/actors story:nothing", "en", []),
        ("/story list ", "en", []),
    ],
)  # fmt: skip
def test_an_option_is_completed(tmp_path: Path, line: str, language: Language, expected: list[str]) -> None:
    """With the values that the channel's stories have for it, then by its name; never with another tenant's."""

    async def work(chat: Chat) -> None:
        found = await texts(chat, line, language)
        assert found[: len(expected)] == expected
        assert bool(found) is bool(expected)

    run(tmp_path, work)


def test_the_names_of_those_quoted_are_the_channels(tmp_path: Path) -> None:
    """Of the channel's story, else of the only one; elsewhere nobody's."""

    async def work(chat: Chat) -> None:
        assert await texts(chat, "/quotes by:", place=Place(SERVER, "elsewhere")) == []
        theirs = Place(Tenant("discord", "2"), "general")
        assert await texts(chat, "/quotes by:", place=theirs) == ['/quotes by:"Olga Tarn"']
        assert await texts(chat, "/quotes by:", place=Place(Tenant("discord", "3"), "general")) == []

    run(tmp_path, work)


def test_common_zones_come_first(tmp_path: Path) -> None:
    """Before anything is typed they alone are offered."""

    async def work(chat: Chat) -> None:
        command = command_of("setup")
        assert command is not None
        option = command.option("timezone")
        assert option is not None
        words = Words("en", domain=CHAT)
        found = await suggestions(chat, option, "", GENERAL, words)
        assert tuple(s.value for s in found) == COMMON_ZONES
        found = await suggestions(chat, option, "america", GENERAL, words)
        assert len(found) == MOST
        common = {z for z in COMMON_ZONES if z.startswith("America")}
        assert {s.value for s in found[: len(common)]} == common

    run(tmp_path, work, stories=False)


def test_the_values_of_a_closed_kind_are_all_offered(tmp_path: Path) -> None:
    """In their order, in the words of the language."""

    async def work(chat: Chat) -> None:
        for option in (o for c in COMMANDS for o in c.options if o.kind in CHOICES):
            choices = CHOICES[option.kind]
            found = await suggestions(chat, option, "", GENERAL, Words("en", domain=CHAT))
            assert [s.value for s in found] == [x.value for x in choices]
            found = await suggestions(chat, option, "", GENERAL, Words("fr", domain=CHAT))
            assert [s.value for s in found] == [x.fr for x in choices]

    run(tmp_path, work, stories=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_taking_a_completion_gives_a_line_that_is_understood(tmp_path: Path, language: Language) -> None:
    """Every value that is offered is one that the command takes, as it was shown."""

    async def work(chat: Chat) -> None:
        names = TEMPLATES.names()
        for command in COMMANDS:
            for option in command.options:
                if option.kind in FREE:
                    continue
                filled = {
                    "search": "board ",
                    "evidence": "1 ",
                    "story add": "https://a.example ",
                    "story include": "article:https://a.example " if option.kind is Kind.STORY else "",
                    "story exclude": "article:https://a.example " if option.kind is Kind.STORY else "",
                }.get(command.name, "")
                if command.name == "story remove" and option.kind is Kind.YES:
                    filled = "story:norvo-crisis "
                if command.name == "edition add":
                    given = {
                        "story": "story:norvo-crisis ",
                        "template": "template:flash ",
                        "when": "when:noon ",
                    }
                    filled = "".join(v for k, v in given.items() if k != option.name)
                found = await complete(chat, f"/{command.name} {filled}{option.name}:", GENERAL, language)
                assert found, (command.name, option.name)
                for c in found:
                    value = parse(c.text, names).text(option.name)
                    assert value is not None
                    name, _, shown = c.text.removeprefix(f"/{command.name} {filled}").partition(":")
                    shown = shown.strip('"')
                    assert name == option.word(language)
                    assert value == (choice_of(option.kind, shown) if option.kind in CHOICES else shown)

    run(tmp_path, work)


LINES = st.one_of(
    st.text(max_size=60),
    st.tuples(
        st.sampled_from([" ".join(p) for c in COMMANDS for p in (c.path, c.fr)]),
        st.lists(
            st.one_of(
                st.sampled_from(["story:", "by:", "de:", "--", "--story ", '"', "«", "“x", ":", "=", "template=", "langue:", " "]),
                st.text(max_size=5),
            ),
            max_size=6,
        ).map("".join),
    ).map(lambda x: f"/{x[0]} {x[1]}"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("completing")


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(LINES, max_size=8), language=st.sampled_from(LANGUAGES))
@example(
    lines=["/actors --", "/actors --story", "/actors --story ", '/quotes by:"Bo', "/ brief ", "//brief x"],
    language="fr",
)
def test_whatever_is_typed_is_completed_or_not(folder: Path, lines: list[str], language: Language) -> None:
    """Nothing raises; at most twenty-five are offered, each a whole line; nothing of another tenant's."""

    async def work() -> None:
        async with opened(folder, stories=False) as chat:
            if not await chat.desk_of(SERVER).stories():
                story = await chat.desk_of(SERVER).new_story("Norvo crisis")
                await chat.desk_of(SERVER).add_articles(story, [ARTICLE], "", private=False)
                await chat.desk_of(Tenant("discord", "2")).new_story("Tarn bank")
            for line in lines:
                found = await complete(chat, line, GENERAL, language)
                assert len(found) <= max(MOST, len(COMMANDS))
                for c in found:
                    assert isinstance(c, Completion)
                    assert c.text.lstrip(" ").startswith("/") or line.strip()
                    assert "tarn" not in c.text.replace(line, "").lower()

    asyncio.run(work())
