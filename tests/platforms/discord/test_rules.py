"""The simulator's own rules: limits, permissions, mentions, the answers to interactions, and its process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import ROOT
from tests.platforms.discord import Discord, Interaction, simulated
from tests.platforms.discord.commands import flaws_of_commands
from tests.platforms.discord.limits import Shown, flaws_of, flaws_of_choices, flaws_of_modal
from tests.platforms.discord.mentions import pinged
from tests.platforms.discord.pace import Pace, Slowed
from tests.platforms.discord.permissions import ALL, Permission
from tests.platforms.discord.state import COMPONENTS_V2, permissions_of

JSON = dict[str, Any]
CALM: JSON = {"parse": []}


def text(content: str = "x") -> JSON:
    return {"type": 10, "content": content}


def button(custom_id: str = "b", label: str = "B") -> JSON:
    return {"type": 2, "style": 1, "custom_id": custom_id, "label": label}


def row(*inside: JSON) -> JSON:
    return {"type": 1, "components": list(inside)}


def select(count: int, **more: Any) -> JSON:
    options = [{"label": f"L{i}", "value": str(i)} for i in range(count)]
    return {"type": 3, "custom_id": "s", "options": options, **more}


def box(*inside: JSON) -> JSON:
    return {"type": 17, "components": list(inside)}


def gallery(count: int) -> JSON:
    return {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}] * count}


@pytest.mark.parametrize(
    "components",
    [
        [text("x" * 4000)],
        [text(f"{i}") for i in range(40)],
        [box(text(), row(*(button(str(i)) for i in range(5))), gallery(10))],
        [row(select(25)), {"type": 14}],
        [{"type": 9, "components": [text()], "accessory": button("b" * 100, "L" * 80)}],
        [text("😀" * 4000)],
    ],
)
def test_what_is_within_the_limits_is_taken(components: list[JSON]) -> None:
    """Up to each limit, characters outside the basic plane counted once."""
    assert flaws_of(Shown(components=components, flags=COMPONENTS_V2)) == []


@pytest.mark.parametrize(
    "components",
    [
        [],
        [text("")],
        [text(" ")],
        [text("x" * 2001), text("x" * 2000)],
        [box(*(text() for _ in range(40)))],
        [row(*(button(str(i)) for i in range(6)))],
        [row(button(), button())],
        [row(button("b" * 101))],
        [row(button("b", "L" * 81))],
        [row(button("b", ""))],
        [row(select(26))],
        [row(select(0))],
        [row(select(1, max_values=2))],
        [row(select(1), button())],
        [gallery(0)],
        [gallery(11)],
        [{"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}],
        [box(box(text()))],
        [button()],
        [{"type": 9, "components": [text()] * 4, "accessory": button()}],
    ],
)
def test_what_is_beyond_a_limit_of_components_is_not_taken(components: list[JSON]) -> None:
    """One beyond each limit, and what cannot be where it is."""
    assert flaws_of(Shown(components=components, flags=COMPONENTS_V2))


def test_messages_are_of_one_kind_and_not_empty() -> None:
    """Content or components v2, never both; without the flag, rows alone."""
    assert flaws_of(Shown())
    assert flaws_of(Shown(content="x")) == []
    assert flaws_of(Shown(content="x", components=[text()], flags=COMPONENTS_V2))
    assert flaws_of(Shown(content="x", components=[text()]))
    assert flaws_of(Shown(content="x", components=[row(button(str(i))) for i in range(6)]))
    assert flaws_of(Shown(content="x" * 2001))


def test_forms_and_completions_have_limits_too() -> None:
    """A title of 45 characters, five parts, 25 choices."""
    field = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "c", "style": 1}}
    good = {"title": "T" * 45, "custom_id": "m", "components": [field]}
    assert flaws_of_modal(good) == []
    assert flaws_of_modal({**good, "title": "T" * 46})
    assert flaws_of_modal({**good, "components": []})
    assert flaws_of_modal({**good, "components": [field, field]})
    assert flaws_of_choices([{"name": "n", "value": "v"}] * 25) == []
    assert flaws_of_choices([{"name": "n", "value": "v"}] * 26)
    assert flaws_of_choices([{"name": "", "value": "v"}])
    assert flaws_of_choices([{"name": "n", "value": "v" * 101}])


def command(**changed: Any) -> JSON:
    return {"name": "brief", "description": "D", **changed}


def option(name: str = "o", **changed: Any) -> JSON:
    return {"name": name, "description": "D", "type": 3, **changed}


@pytest.mark.parametrize(
    "commands",
    [
        [command(name="Brief")],
        [command(name="two words")],
        [command(name="x" * 33)],
        [command(description="")],
        [command(description="D" * 101)],
        [command(name_localizations={"fr": "Brève"})],
        [command(name_localizations={"xx": "brève"})],
        [command(options=[option(str(i)) for i in range(26)])],
        [command(options=[option("a"), option("b", required=True)])],
        [command(options=[option("a"), option("a")])],
        [command(options=[option(choices=[{"name": "n", "value": 1}])])],
        [command(options=[option("a", type=1), option("b")])],
        [command(options=[option(str(i), description="D" * 100, choices=[{"name": "n" * 100, "value": "v" * 100}] * 2)
                          for i in range(25)])],
        [command(), command()],
        [command(name=f"c{i}") for i in range(101)],
    ],
)  # fmt: skip
def test_commands_that_discord_does_not_take_are_refused(commands: list[JSON]) -> None:
    """Names, descriptions, options and their order, and how much there may be in all."""
    assert flaws_of_commands(commands)


def test_commands_that_discord_takes_are_taken() -> None:
    """Localized names, groups with subcommands, required options first, a hundred of them."""
    group = option(
        "group", type=2, options=[option("sub", type=1, options=[option(required=True), option("p")])]
    )
    assert flaws_of_commands([command(options=[group], name_localizations={"fr": "brève"})]) == []
    assert flaws_of_commands([command(name=f"c{i}") for i in range(100)]) == []


def test_a_text_calls_whom_the_allowed_mentions_let_it_call() -> None:
    """Nobody with an empty list, some by their ids, all where nothing was said."""
    said = "@here <@1> <@!2> <@&3>"
    assert not pinged(said, CALM)
    found = pinged(said, None)
    assert (found.everyone, found.roles, found.users) == (True, (3,), (1, 2))
    assert pinged(said, {"parse": [], "users": ["2"]}).users == (2,)
    assert pinged(said, {"parse": ["roles"]}).roles == (3,)


def test_permissions_follow_the_overwrites() -> None:
    """Everyone's first, then the roles', then the member's; administrators and owners may do all."""
    world = Discord()
    channel, guild = world.channel, world.guild
    role = world.add_role("Editors", "manage_messages")
    ada = world.user("Ada", roles=[role])
    assert permissions_of(ada, channel) & Permission.MANAGE_MESSAGES
    world.deny(channel, "send_messages", who=guild.everyone)
    assert not permissions_of(ada, channel) & Permission.SEND_MESSAGES
    world.allow(channel, "send_messages", who=role)
    assert permissions_of(ada, channel) & Permission.SEND_MESSAGES
    world.deny(channel, "send_messages", who=ada)
    assert not permissions_of(ada, channel) & Permission.SEND_MESSAGES
    assert permissions_of(world.user("Root", "administrator"), channel) == ALL
    assert permissions_of(guild.owner, channel) == ALL


def test_all_routes_together_have_fifty_requests_a_second() -> None:
    """The next one is a global 429; answers to interactions are not counted."""
    pace = Pace()
    assert not any(isinstance(pace.take("GET", "/users/@me"), Slowed) for _ in range(50))
    stopped = pace.take("GET", "/users/@me")
    assert isinstance(stopped, Slowed)
    assert stopped.scope == "global"
    assert not isinstance(pace.take("POST", "/interactions/1/t/callback"), Slowed)
    assert pace.given == {"global": 1}


# ---- answers to interactions -----------------------------------------------------------------------------------------


class Answering:
    """A bot that answers by hand: what it asks for, and the status and code that it gets."""

    def __init__(self, simulator: Discord, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def ask(self, method: str, path: str, body: JSON | None = None) -> tuple[int, JSON]:
        async with self.session.request(method, self.simulator.api_url + path, json=body) as answer:
            told = await answer.json() if answer.status != 204 else {}
            return answer.status, told

    async def callback(self, interaction: Interaction, kind: int, **data: Any) -> tuple[int, int]:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        status, told = await self.ask("POST", path, {"type": kind, "data": data})
        return status, told.get("code", 0)

    async def hook(
        self, interaction: Interaction, method: str, rest: str = "", **body: Any
    ) -> tuple[int, int]:
        path = f"/webhooks/{self.simulator.application_id}/{interaction.token}{rest}"
        status, told = await self.ask(method, path, body or None)
        return status, told.get("code", 0)


def answering(work: Callable[[Discord, Answering, Interaction], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with asyncio.timeout(20), simulated() as simulator, aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bot {simulator.token}"}
            url = f"{simulator.api_url}/applications/{simulator.application_id}/commands"
            async with session.put(url, json=[command()], headers=headers) as answer:
                assert answer.status == 200
            asked = await simulator.slash(simulator.user("Ada"), simulator.channel, "brief")
            await work(simulator, Answering(simulator, session), asked)
            simulator.checked()

    asyncio.run(inside())


def test_an_interaction_is_acknowledged_once() -> None:
    """The second time it is refused; and before the first, nothing can follow."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        assert await bot.hook(asked, "POST", content="x", allowed_mentions=CALM) == (404, 10015)
        assert await bot.callback(asked, 4, content="x", allowed_mentions=CALM) == (204, 0)
        assert await bot.callback(asked, 5) == (400, 40060)
        assert await bot.hook(asked, "POST", content="more", allowed_mentions=CALM) == (200, 0)
        assert [m.content for m in simulator.messages(simulator.channel)] == ["x", "more"]

    answering(work)


def test_what_follows_a_deferred_answer_takes_its_place() -> None:
    """It is as visible as the deferred one said; the next is another message."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        assert await bot.callback(asked, 5, flags=64) == (204, 0)
        assert not asked.answered
        assert await bot.hook(asked, "POST", content="x", allowed_mentions=CALM) == (200, 0)
        await asked.settled()
        assert asked.message is not None
        assert (asked.message.content, asked.ephemeral, asked.followups) == ("x", True, [])
        assert await bot.hook(asked, "GET", "/messages/@original") == (200, 0)
        assert await bot.hook(asked, "DELETE", "/messages/@original") == (204, 0)
        assert await bot.hook(asked, "PATCH", "/messages/@original", content="y", allowed_mentions=CALM) == (
            404,
            10008,
        )
        assert simulator.messages(simulator.channel) == []

    answering(work)


def test_the_token_of_an_interaction_expires() -> None:
    """After its life it is invalid, and a token that never was is unknown."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        await bot.callback(asked, 4, content="x", allowed_mentions=CALM)
        simulator.token_life = 0.0
        assert await bot.hook(asked, "POST", content="x", allowed_mentions=CALM) == (401, 50027)
        asked.token = "other"
        assert await bot.hook(asked, "POST", content="x", allowed_mentions=CALM) == (404, 10015)

    answering(work)


def test_components_v2_cannot_be_taken_back() -> None:
    """An edit that says flags without it is refused; one that does not speak of flags keeps it."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        await bot.callback(asked, 4, components=[text()], flags=COMPONENTS_V2, allowed_mentions=CALM)
        rest = "/messages/@original"
        assert await bot.hook(asked, "PATCH", rest, components=[text("y")], allowed_mentions=CALM) == (200, 0)
        assert simulator.faults == []
        assert await bot.hook(asked, "PATCH", rest, flags=0, allowed_mentions=CALM) == (400, 50035)
        assert len(simulator.faults) == 1
        simulator.faults.clear()

    answering(work)


def test_users_talk_to_the_bot_directly() -> None:
    """In a direct conversation there is no guild, and the interaction says so."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        ada = asked.user
        direct = await simulator.slash(ada, simulator.dm(ada), "brief")
        assert direct.payload["context"] == 1
        assert "guild_id" not in direct.payload
        assert await bot.callback(direct, 4, content="x", allowed_mentions=CALM) == (204, 0)
        assert [m.content for m in simulator.messages(simulator.dm(ada))] == ["x"]

    answering(work)


def test_requests_without_a_token_are_unauthorized() -> None:
    """Where a token is needed."""

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        assert (await bot.ask("GET", "/users/@me"))[0] == 401
        assert (await bot.ask("GET", "/gateway/bot"))[0] == 401
        assert (await bot.ask("GET", "/gateway"))[0] == 200

    answering(work)


def test_what_discords_own_description_does_not_allow_is_refused(shared: Callable[[str], Path]) -> None:
    """Of a wrong type, though within all limits."""
    shared("contracts/discord_contract.py")

    async def work(simulator: Discord, bot: Answering, asked: Interaction) -> None:
        assert await bot.callback(asked, 4, content=7, allowed_mentions=CALM) == (400, 50035)
        assert simulator.faults
        simulator.faults.clear()

    answering(work)


# ---- as a process ----------------------------------------------------------------------------------------------------


def test_another_process_can_look_at_what_is_there() -> None:
    """The first line says where it is; its control tells each channel's messages in order."""
    args = [sys.executable, "-m", "tests.platforms.discord", "--guilds", "2", "--channels", "2"]
    with subprocess.Popen(args, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            told = json.loads(process.stdout.readline())
            url = f"{told['api_url']}/channels/{told['channels'][1]}/messages"
            body = json.dumps(
                {"content": "x", "nonce": "n", "enforce_nonce": True, "allowed_mentions": CALM}
            ).encode()
            headers = {"Authorization": f"Bot {told['token']}", "Content-Type": "application/json"}
            for _ in range(2):
                with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
                    assert answer.status == 200
            with urllib.request.urlopen(f"{told['control_url']}/messages") as answer:
                seen = json.load(answer)
        finally:
            process.terminate()
    assert list(seen) == told["channels"]
    assert [[(m["nonce"], m["text"]) for m in there] for there in seen.values()] == [[], [("n", "x")], [], []]
