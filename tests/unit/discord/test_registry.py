"""The slash commands as Discord is told them: all that are declared, in both languages, within Discord's limits."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.commands import COMMANDS, Kind, Permission
from bots.discord.registry import EXTRAS, commands, extras_of, fingerprint
from tests.platforms.discord.commands import flaws_of_commands

JSON = dict[str, Any]
NAME = re.compile(r"[-_'\w]{1,32}")
SUBCOMMAND, GROUP = 1, 2


def spelled(command: JSON, locale: str = "") -> Iterator[tuple[str, JSON]]:
    """Each command that can be given, with its whole name."""
    below = [o for o in command["options"] if o["type"] in (SUBCOMMAND, GROUP)]
    name = command["name_localizations"][locale] if locale else command["name"]
    if not below:
        yield name, command
    for inner in below:
        for rest, found in spelled(inner, locale):
            yield f"{name} {rest}", found


def given() -> dict[str, JSON]:
    return {name: found for c in commands() for name, found in spelled(c)}


def all_of(thing: JSON) -> Iterator[JSON]:
    yield thing
    for inner in (*thing.get("options", ()), *thing.get("choices", ())):
        yield from all_of(inner)


def test_they_are_valid_by_discords_own_description(shared: Callable[[str], Path]) -> None:
    """As the body of the request that replaces all commands."""
    path = shared("contracts/discord_contract.py")
    spec = importlib.util.spec_from_file_location("discord_contract", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    checker = module.SpecChecker()
    assert checker.request("PUT", "/applications/123456789012345678/commands", commands()) == []
    assert checker.request("PUT", "/applications/123456789012345678/commands", [{"name": 1}]) != []


def test_they_keep_discords_rules() -> None:
    """Those that its documentation states beside the description, as the simulator holds them."""
    assert list(flaws_of_commands(commands())) == []


def test_every_command_and_option_is_there() -> None:
    """With what Discord alone adds to it; and no other."""
    found = given()
    assert set(found) == {c.name for c in COMMANDS}
    for c in COMMANDS:
        assert {o["name"] for o in found[c.name]["options"]} == {
            *(o.name for o in c.options),
            *extras_of(c),
        }


def test_french_names_are_the_declared_ones() -> None:
    """Command by command, option by option."""
    french = {name for c in commands() for name, _ in spelled(c, "fr")}
    assert french == {" ".join(c.fr) for c in COMMANDS}
    for c in COMMANDS:
        named = {o["name"]: o["name_localizations"]["fr"] for o in given()[c.name]["options"]}
        assert all(named[o.name] == o.fr for o in c.options)


@pytest.mark.parametrize("locale", ["", "fr"])
def test_names_and_descriptions_fit_in_both_languages(locale: str) -> None:
    """Names of 1 to 32 characters, lower case and no spaces, unique among their siblings; descriptions of 1 to 100."""
    for command in commands():
        for thing in all_of(command):
            if "value" in thing:  # a choice
                assert 1 <= len(thing["name_localizations"][locale] if locale else thing["name"]) <= 100
                continue
            name = thing["name_localizations"][locale] if locale else thing["name"]
            said = thing["description_localizations"][locale] if locale else thing["description"]
            assert NAME.fullmatch(name), name
            assert name == name.lower()
            assert 1 <= len(said) <= 100, said
            siblings = [
                o["name_localizations"][locale] if locale else o["name"] for o in thing.get("options", ())
            ]
            assert len(siblings) == len(set(siblings)) <= 25
            assert len(thing.get("choices", ())) <= 25


def test_every_description_is_translated() -> None:
    """What a French reader sees is not the English text."""
    for command in commands():
        for thing in all_of(command):
            if "description" in thing:
                assert thing["description_localizations"]["fr"] != thing["description"], thing["name"]


def test_required_options_come_first() -> None:
    """Discord refuses them in another order."""
    for found in given().values():
        required = [bool(o.get("required")) for o in found["options"]]
        assert required == sorted(required, reverse=True)


def test_each_command_has_at_most_8000_characters() -> None:
    """Of names, descriptions and values, in its longest language."""
    for command in commands():
        size = 0
        for thing in all_of(command):
            for key in ("name", "description"):
                size += max(
                    len(str(thing.get(key, ""))),
                    *(len(x) for x in thing.get(f"{key}_localizations", {"": ""}).values()),
                )
            size += len(str(thing.get("value", "")))
        assert size <= 8_000, command["name"]
    assert len(commands()) <= 100


def test_commands_are_offered_to_all_and_in_servers_alone() -> None:
    """Who may use them Sitrep itself decides at each one, so that its answer can say why not."""
    for command in commands():
        assert command["contexts"] == [0]
        assert command["integration_types"] == [0]
        assert "default_member_permissions" not in command


def test_what_only_the_asker_sees_can_be_chosen_where_the_answer_is_for_all() -> None:
    """Not for commands that are private anyway, nor for those that change things."""
    for c in COMMANDS:
        has = "private" in [o["name"] for o in given()[c.name]["options"]]
        assert has == (c.public and c.permission is Permission.EVERYONE)
    assert set(EXTRAS) >= {x for c in COMMANDS for x in extras_of(c)}


def test_open_sets_are_completed_and_closed_ones_listed() -> None:
    """An option is one or the other, never both."""
    closed = {Kind.LANGUAGE, Kind.STATUS}
    free = {Kind.WORDS, Kind.ADDRESSES, Kind.DAY, Kind.NUMBER, Kind.YES, Kind.TOPICS}
    for c in COMMANDS:
        there = {o["name"]: o for o in given()[c.name]["options"]}
        for o in c.options:
            option = there[o.name]
            assert bool(option.get("choices")) == (o.kind in closed)
            assert bool(option.get("autocomplete")) == (o.kind not in closed | free)


def test_the_fingerprint_is_that_of_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same at each call; another one when a word changes."""
    known = fingerprint()
    assert fingerprint() == known
    changed = json.loads(json.dumps(commands()))
    changed[0]["description_localizations"]["fr"] += "!"
    monkeypatch.setattr("bots.discord.registry.commands", lambda: changed)
    assert fingerprint() != known
