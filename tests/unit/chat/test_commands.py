"""The declared commands: each has its handler, its words in both languages, and fits what platforms allow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import bots
from bots.answers import CHAT
from bots.commands import CHOICES, COMMANDS, REST, Choice, Command, Kind, Option, Permission, noop
from bots.handlers import HANDLERS
from bots.parsing import command_of, groups, parse
from bots.telling import kind_of
from briefings.model import LANGUAGES, Language, fold
from briefings.rendering.words import Words
from briefings.resources import data_folder

OPTIONS = [pytest.param(c, o, id=f"{c.name} {o.name}") for c in COMMANDS for o in c.options]
COMMAND_IDS = [c.name for c in COMMANDS]
#: Discord's rule for the names of commands, subcommands and options; `\w` holds the letters and digits of any script.
NAME = re.compile(r"[-_\w]{1,32}")
MOST_HELP = 100  # Discord's limit for a description
CHANGING = {
    *("story new", "story add", "story default", "story remove", "setup"),
    *("story follow", "story unfollow", "story pause", "story resume", "story include", "story exclude"),
    *("edition add", "edition pause", "edition resume", "edition remove", "edition now"),
}
#: Said by `Words` itself for a moment that is not stated.
SPOKEN = {"no date"}
KEYWORDS = {"noop": None, "message": None, "messages": (1, 2)}
HERE = Path(bots.__file__).parent
FILES = sorted(HERE.rglob("*.py"))


def written(language: Language) -> Catalog:
    path = data_folder("templates") / "locale" / language / f"{CHAT}.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def used() -> dict[str | tuple[str, ...], str]:
    """Every message that the chat may say, with the file that says it."""
    return {
        message: file.name
        for file in FILES
        for _, message, _, _ in extract_from_file("python", file, KEYWORDS)
    }


# ---- handlers ------------------------------------------------------------------------------------------------------


def test_each_command_has_a_handler_and_each_handler_a_command() -> None:
    """Nothing is declared that does nothing, and nothing is done that can't be typed."""
    assert set(HANDLERS) == {c.name for c in COMMANDS}
    assert len({c.name for c in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_what_changes_something_is_for_managers(command: Command) -> None:
    """Stories and a channel's choices are changed by managers alone; everybody may read."""
    expected = Permission.MANAGERS if command.name in CHANGING else Permission.EVERYONE
    assert command.permission is expected


def test_help_is_for_the_asker_alone() -> None:
    """What everybody may read in the channel is a briefing, not a manual."""
    assert {c.name for c in COMMANDS if not c.public} == {"help"}


# ---- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_a_commands_names_are_such_as_platforms_take(command: Command) -> None:
    """One or two words, each lower case, of 1 to 32 letters, digits, hyphens or underscores, in both languages."""
    assert len(command.path) == len(command.fr) in (1, 2)
    for word in (*command.path, *command.fr):
        assert NAME.fullmatch(word)
        assert word == word.lower()


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_options_names_are_such_as_platforms_and_the_parser_take(command: Command, option: Option) -> None:
    """Lower case, of 1 to 32 characters, found with and without accents; the English one has none."""
    assert option.name == fold(option.name)
    for name in (option.name, option.fr):
        assert NAME.fullmatch(name)
        assert name == name.lower()
        assert command.option(name) is command.option(fold(name)) is command.option(name.upper()) is option


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_is_one_command(language: Language) -> None:
    """No two commands have one name, with or without accents."""
    names = [tuple(map(fold, c.fr if language == "fr" else c.path)) for c in COMMANDS]
    assert len(set(names)) == len(names)


def test_a_name_means_one_command_in_both_languages() -> None:
    """A French name is never another command's English one."""
    meant: dict[tuple[str, ...], str] = {}
    for c in COMMANDS:
        for path in (c.path, c.fr):
            assert meant.setdefault(tuple(map(fold, path)), c.name) == c.name


def test_a_group_is_no_command_by_itself() -> None:
    """Platforms have no command that is a group of commands too; a group has one name in each language."""
    alone = {fold(x) for c in COMMANDS if len(c.path) == 1 for x in (*c.path, *c.fr)}
    assert not alone & set(groups())
    names = {(c.path[0], c.fr[0]) for c in COMMANDS if len(c.path) == 2}
    assert len(names) == len({english for english, _ in names}) == len({french for _, french in names})


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_a_commands_options_have_a_name_each(command: Command) -> None:
    """Over both languages: "de" is never one option in French and another in English."""
    names = [n for o in command.options for n in {fold(o.name), fold(o.fr)}]
    assert len(set(names)) == len(names)
    assert len(command.options) <= 25


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_required_options_come_first(command: Command) -> None:
    """As Discord demands it."""
    required = [o.required for o in command.options]
    assert required == sorted(required, reverse=True)


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_one_option_at_most_takes_all_that_is_left(command: Command) -> None:
    """Else words without a name would be anybody's; to follow, the first takes them, and the others are named."""
    taking = [o.name for o in command.options if o.kind in REST]
    if command.name == "story follow":
        assert taking == ["what", "outlets", "like"]
        assert set(parse("/story follow dam reservoir, flood https://example.org/rss", []).values) == {
            "story",
            "what",
        }
    else:
        assert len(taking) <= 1


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_a_command_is_found_by_its_names(command: Command) -> None:
    """In English and in French, with and without accents and the slash."""
    for path in (command.path, command.fr, tuple(map(fold, command.fr))):
        line = " ".join(path)
        assert command_of(line) is command_of(f"/{line}") is command_of(line.upper()) is command


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.example], ids=lambda c: c.name)
def test_an_example_can_be_typed(command: Command) -> None:
    """It is a line that the parser takes, of the command that it is for."""
    call = parse(command.example, ["flash", "sitrep"])
    assert call.command is command
    assert call.values


@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_a_command_that_must_be_told_something_has_an_example(command: Command) -> None:
    """But that which is dangerous to copy."""
    if any(o.required for o in command.options) and command.name != "story remove":
        assert command.example


# ---- choices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHOICES)
def test_a_choice_is_one_value_in_every_language(kind: Kind) -> None:
    """The value, the label and the French word of a choice are never another's."""
    meant: dict[str, Choice] = {}
    for choice in CHOICES[kind]:
        labels = {Words(x, domain=CHAT).message(choice.label) for x in LANGUAGES}
        for word in {choice.value, choice.label, choice.fr, *labels}:
            assert meant.setdefault(fold(word), choice) is choice
    assert len(CHOICES[kind]) <= 25


def test_the_french_word_of_a_choice_is_its_translation() -> None:
    """What French help shows is what the catalogue says."""
    words = Words("fr", domain=CHAT)
    for choices in CHOICES.values():
        for choice in choices:
            assert words.message(choice.label) == choice.fr


# ---- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=COMMAND_IDS)
def test_a_commands_help_fits(command: Command, language: Language) -> None:
    """A description has 1 to 100 characters in each language."""
    assert 1 <= len(Words(language, domain=CHAT).message(command.help)) <= MOST_HELP


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_options_help_fits(command: Command, option: Option, language: Language) -> None:
    """A description has 1 to 100 characters in each language."""
    assert 1 <= len(Words(language, domain=CHAT).message(option.help)) <= MOST_HELP


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_chat_is_translated(language: Language) -> None:
    """Each message that the code may say has words in each language, in each plural form."""
    catalog = written(language)
    messages = used()
    assert len(messages) > 100
    for message in (*messages, *SPOKEN):
        entry = catalog.get(message if isinstance(message, str) else message[0])
        assert entry is not None, (message, messages.get(message))
        assert not entry.fuzzy
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert len(strings) == (catalog.num_plurals if isinstance(message, tuple) else 1)
        assert all(strings), message
        if isinstance(message, tuple):
            assert entry.id == message


def test_english_says_the_message_itself() -> None:
    """The messages are English; their catalogue changes nothing in them."""
    for entry in written("en"):
        if entry.id:
            assert both(entry.string) == both(entry.id)


def both(strings: str | Iterable[str] | None) -> tuple[str, ...]:
    """A message or its translation as a tuple of its forms."""
    return (strings,) if isinstance(strings, str) else tuple(strings or ())


def test_the_catalogues_hold_the_same_messages() -> None:
    """What one language can say, the other can."""
    french, english = ({str(entry.id) for entry in written(language)} for language in LANGUAGES)
    assert french == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_takes_the_values_of_its_message(language: Language) -> None:
    """Placeholders are the same in a message and its translation, whatever their order."""
    for entry in written(language):
        if not entry.id:
            continue
        expected = {m for i in both(entry.id) for m in re.findall(r"%\(\w+\)s", i)}
        for string in both(entry.string):
            assert set(re.findall(r"%\(\w+\)s", string)) == expected, entry.id
            assert "%" not in re.sub(r"%\(\w+\)s", "", string), entry.id


def test_a_message_is_marked_and_nothing_else() -> None:
    """Marking a message leaves it as it is."""
    assert noop("French") == "French"


def test_a_fact_of_no_known_kind_has_a_word() -> None:
    """A kind that is added later is at least a fact."""
    assert kind_of(object()) == "Fact"  # type: ignore[arg-type]
