"""What an interaction's options ask for is what the same line would, typed on the web."""

from __future__ import annotations

from typing import Any

import pytest

from bots.answers import Refused
from bots.commands import COMMANDS, Kind, Option
from bots.discord.options import Known, call_of, read
from bots.discord.registry import commands
from bots.parsing import parse
from briefings.model import PLAIN, Address, Manner

JSON = dict[str, Any]
VALUES: dict[Kind, Any] = {
    Kind.STORY: "dam-crisis",
    Kind.ANY_STORY: "dam-crisis",
    Kind.TEMPLATE: "flash",
    Kind.LANGUAGE: "fr",
    Kind.STATUS: "expected",
    Kind.ACTOR: "Sam Altman",
    Kind.DAY: "2023-11-18",
    Kind.ZONE: "Europe/Paris",
    Kind.NUMBER: 12,
    Kind.WORDS: "board resign",
    Kind.ADDRESSES: "https://a.example/1 https://b.example/2",
    Kind.COMMAND: "quotes",
    Kind.YES: True,
    Kind.WHEN: "every weekday at 8:30",
    Kind.EDITION: 3,
    Kind.TOPICS: 'dam, "sluice gate" https://a.example/rss',
    Kind.ARTICLE: "The sluice fails",
}
ROLE, FORUM, NEWS = "900000000000000007", "900000000000000008", "900000000000000009"
TAGS = {FORUM: [("1", "Alerte"), ("2", "water")]}
POSTING = {"story": "dam", "template": "flash", "when": "daily at 8:00"}


def data(name: str, given: JSON, **more: Any) -> JSON:
    """An interaction's data, with the types that Discord was told."""
    path = name.split()
    command = next(c for c in commands() if c["name"] == path[0])
    inner = next(o for o in command["options"] if o["name"] == path[1]) if len(path) > 1 else command
    kinds = {o["name"]: o["type"] for o in inner["options"]}
    options = [{"name": n, "type": kinds.get(n, 3), "value": v} for n, v in given.items()]
    if len(path) > 1:
        options = [{"name": path[1], "type": 1, "options": options}]
    return {"id": "1", "name": path[0], "type": 1, "options": options, **more}


def typed(option: Option, value: Any) -> str:
    said = {True: "yes"}.get(value, str(value)) if option.kind is Kind.YES else str(value)
    bare = option.kind in (Kind.ADDRESSES, Kind.TOPICS)  # of these, each word may be quoted by itself
    return f"{option.name}:{said}" if bare else f'{option.name}:"{said}"'


def call(name: str, given: JSON, may: int = 0, **more: Any) -> Any:
    asked = read(data(name, given, **more))
    assert asked is not None
    return call_of(asked, "discord", Known(TAGS, may))


@pytest.mark.parametrize("name", [c.name for c in COMMANDS])
def test_each_command_is_the_one_that_is_typed(name: str) -> None:
    """With all of its options, and with those alone that it must have."""
    command = next(c for c in COMMANDS if c.name == name)
    for options in (command.options, tuple(o for o in command.options if o.required)):
        given = {o.name: VALUES[o.kind] for o in options}
        found = call(name, given)
        line = " ".join(["/" + name, *(typed(o, VALUES[o.kind]) for o in options)])
        assert (found.command, dict(found.values)) == (command, dict(parse(line).values)), line
        assert not found.private


@pytest.mark.parametrize("name", [c.name for c in COMMANDS if any(o.kind is Kind.YES for o in c.options)])
def test_a_no_is_as_if_it_was_not_said(name: str) -> None:
    """Typed, there is no "no" either."""
    command = next(c for c in COMMANDS if c.name == name)
    given = {o.name: VALUES[o.kind] for o in command.options if o.required}
    no = {o.name: False for o in command.options if o.kind is Kind.YES}
    assert dict(call(name, given | no).values) == dict(call(name, given).values)


def test_private_is_not_a_value_of_the_command() -> None:
    """It says who sees the answer."""
    assert call("quotes", {"private": True}).private
    assert not call("quotes", {"private": False}).private
    assert dict(call("quotes", {"private": True}).values) == {}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("consequences", {"status": "wild"}),
        ("brief", {"language": "xx"}),
        ("evidence", {"number": -1}),
        ("story new", {"name": "x" * 5_000}),
    ],
)
def test_what_is_refused_typed_is_refused_here(name: str, given: JSON) -> None:
    """In the same words."""
    with pytest.raises(Refused) as here:
        call(name, given)
    with pytest.raises(Refused) as there:
        parse(" ".join(["/" + name, *(f'{n}:"{v}"' for n, v in given.items())]))
    assert here.value.what == there.value.what


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "weather"}, {"name": "story"}, {"name": "story", "options": [{"type": 1, "name": "burn"}]}],
)
def test_what_is_not_declared_is_nothing(given: JSON) -> None:
    """An old command, or none at all."""
    assert read(given) is None


def test_the_focused_option_is_the_one_that_is_typed() -> None:
    """While a command is being filled in."""
    asked = read({"name": "quotes", "options": [{"name": "by", "type": 3, "value": "Alt", "focused": True}]})
    assert asked is not None
    assert asked.focused is not None
    assert asked.focused.name == "by"
    assert asked.values == {"by": "Alt"}


# ---- how an edition is posted --------------------------------------------------------------------------------------------


def channel(id_: str, kind: int, permissions: int = 0xC00) -> JSON:
    return {"channels": {id_: {"id": id_, "name": "there", "type": kind, "permissions": str(permissions)}}}


def role(**more: Any) -> JSON:
    return {"roles": {ROLE: {"id": ROLE, "name": "desk", "mentionable": False, **more}}}


def test_an_edition_is_posted_where_it_was_made_unless_it_is_said() -> None:
    """Without a word about its manner it is plain."""
    posting = call("edition add", POSTING).posting
    assert posting.address is None
    assert posting.manner == PLAIN
    chosen = call("edition add", {**POSTING, "channel": NEWS}, resolved=channel(NEWS, 5)).posting
    assert chosen.address == Address("discord", NEWS)
    assert chosen.name == "#there"


def test_a_manner_is_what_its_options_say() -> None:
    """Silence, passing on, the tags of a forum by their names in any case, a role that may be called."""
    given = {**POSTING, "channel": NEWS, "silent": True, "crosspost": True, "role": ROLE}
    resolved = {**channel(NEWS, 5), **role(mentionable=True)}
    assert call("edition add", given, resolved=resolved).posting.manner == Manner(True, True, ROLE)
    given = {**POSTING, "channel": FORUM, "tags": "WATER, alerte , water"}
    found = call("edition add", given, resolved=channel(FORUM, 15)).posting.manner
    assert found == Manner(tags=("2", "1"))


@pytest.mark.parametrize(
    ("given", "resolved", "said"),
    [
        ({"channel": NEWS}, channel(NEWS, 0, 0), "may not post"),
        ({"channel": NEWS}, channel(NEWS, 0, 1 << 10), "may not post"),
        ({"channel": NEWS, "crosspost": True}, channel(NEWS, 0), "announcement"),
        ({"role": ROLE}, role(), "may not call"),
        ({"role": ROLE}, role(name="@everyone", mentionable=True), "never everyone"),
        ({"tags": "water"}, {}, "forum"),
        ({"tags": "water", "channel": NEWS}, channel(NEWS, 0), "forum"),
        ({"tags": "fire", "channel": FORUM}, channel(FORUM, 15), "no tag"),
    ],
)
def test_what_whoever_asks_may_not_do_is_refused(given: JSON, resolved: JSON, said: str) -> None:
    """The bot does for nobody what they may not do themselves."""
    with pytest.raises(Refused) as raised:
        call("edition add", {**POSTING, **given}, resolved=resolved)
    assert said in raised.value.what


@pytest.mark.parametrize("may", [1 << 3, 1 << 17])
def test_who_may_call_everyone_may_have_a_role_called(may: int) -> None:
    """And nobody has everyone called, not even an administrator."""
    assert call("edition add", {**POSTING, "role": ROLE}, may, resolved=role()).posting.manner.role == ROLE
    with pytest.raises(Refused):
        call("edition add", {**POSTING, "role": ROLE}, may, resolved=role(name="@everyone"))


def test_a_channel_that_discord_does_not_describe_is_none() -> None:
    """An id that was made up, of another server's channel, is not posted to."""
    assert call("edition add", {**POSTING, "channel": NEWS}).posting.address is None
