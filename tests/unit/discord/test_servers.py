"""Servers that take the bot in and send it away, channels that go, and what is kept of whom."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bots.chat import Chat
from bots.place import Place
from bots.welcoming import Welcoming
from briefings.model import Address, State, Tenant
from briefings.store import Order, tables
from tests.platforms.discord import ANNOUNCEMENT, Discord, Guild, text_of
from tests.unit.discord.going import (
    ARTICLES,
    ONE,
    OTHER,
    SLUG,
    TWO,
    Life,
    living,
    manager,
    shown,
    with_bot,
    with_simulator,
)
from tests.unit.lives import until

THIRD = 900_000_000_000_000_003


def said(b: Life | Discord, guild: Guild) -> list[str]:
    """All that stands in a server's channels."""
    sim = b.sim if isinstance(b, Life) else b
    return [text_of(m) for c in guild.channels.values() for m in sim.messages(c)]


# ---- coming and going --------------------------------------------------------------------------------------------------


def test_a_new_server_is_welcomed_once(tmp_path: Path) -> None:
    """However often it is heard of: when it comes, when Discord lost it for a while, at the next start."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            guild = sim.add_guild("New", id=THIRD)
            await until(lambda: bool(b.going))
            assert await b.drain() == ["posted"]
            (welcome,) = said(b, guild)
            assert "/setup" in welcome
            sim._joined(guild)
            sim.set_available(guild, False)
            sim.set_available(guild, True)
            sim.gateway.invalidate()
            await until(lambda: sim.identifies == 2)
            await b.up()
        async with living(sim, tmp_path) as b:
            assert await b.drain() == []
            assert said(b, guild) == [welcome]

    with_simulator(tmp_path, work)


def test_a_server_that_came_while_nobody_listened_is_welcomed(tmp_path: Path) -> None:
    """At the next start; not again at the one after it, and not where a story says that it is known."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            await b.up()
        guild = sim.add_guild("New", id=THIRD)
        for expected in (["posted"], []):
            async with living(sim, tmp_path) as b:
                if expected:
                    await until(lambda b=b: bool(b.going))  # type: ignore[misc]
                assert await b.drain() == expected
        assert len(said(sim, guild)) == 1
        assert said(sim, sim.guild) == []

    with_simulator(tmp_path, work)


def test_a_french_server_is_welcomed_in_french(tmp_path: Path) -> None:
    """In a channel where the bot may speak, the first of them."""

    async def work(b: Life) -> None:
        guild = b.sim.add_guild("Rédaction", id=THIRD, locale="fr", channels=[])
        guild.present = False
        b.sim.remove_guild(guild)
        closed = b.sim.add_channel("fermé", guild=guild)
        opened = b.sim.add_channel("ouvert", guild=guild)
        b.sim.deny(closed, "send_messages")
        b.sim.invite(guild)
        b.sim.deny(closed, "send_messages")
        await until(lambda: bool(b.going))
        await b.drain()
        assert b.sim.messages(closed) == []
        (message,) = b.sim.messages(opened)
        assert "/réglages" in text_of(message)
        assert not message.pings

    with_bot(tmp_path, work)


def test_a_server_without_a_channel_to_speak_in_is_heard_all_the_same(tmp_path: Path) -> None:
    """No welcome, no failure: its commands are answered."""

    async def work(b: Life) -> None:
        guild = b.sim.add_guild("Shut", id=THIRD, channels=["quiet"])
        (quiet,) = guild.channels.values()
        b.sim.deny(quiet, "send_messages")
        b.sim.remove_guild(guild)
        b.sim.invite(guild)
        asked = await b.sim.slash(manager(b.sim, guild=guild), quiet, "help")
        await asked.settled(10)
        assert "/brief" in text_of(shown(asked))

    with_bot(tmp_path, work)


def test_a_server_that_sends_it_away_gets_nothing_more(tmp_path: Path) -> None:
    """Its editions rest and it is noted when; coming back clears that; another server's go on."""

    async def work(b: Life) -> None:
        mine = await b.edition(Address("discord", str(b.sim.channel.id)))
        there = next(iter(b.sim.guilds[OTHER].channels.values()))
        theirs = await b.edition(Address("discord", str(there.id)), TWO)
        b.sim.remove_guild(b.sim.guild)
        store = b.desk.store.tenants
        await until(lambda: {t: left for t, _, left in store.known()}.get(ONE) is not None)
        assert (await b.desk.of(ONE).orders.edition(mine.id)).paused
        assert not (await b.desk.of(TWO).orders.edition(theirs.id)).paused
        b.sim.invite(b.sim.guild)
        await until(lambda: {t: left for t, _, left in store.known()}.get(ONE) is None)
        assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
        assert {t: left for t, _, left in store.known()}[TWO] is None

    with_bot(tmp_path, work, tenants=2)


def test_leaving_and_coming_back_while_nobody_listens_is_noted(tmp_path: Path) -> None:
    """At the next start."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            edition = await b.edition(Address("discord", str(sim.channel.id)))
        sim.remove_guild(sim.guild)
        async with living(sim, tmp_path) as b:
            store = b.desk.store.tenants
            await until(lambda: [left for t, _, left in store.known() if t == ONE] != [None])
            assert (await b.desk.of(ONE).orders.edition(edition.id)).paused
        sim.invite(sim.guild)
        async with living(sim, tmp_path) as b:
            store = b.desk.store.tenants
            await until(lambda: [left for t, _, left in store.known() if t == ONE] == [None])

    with_simulator(tmp_path, work, tenants=2)


def test_a_server_that_discord_has_lost_has_not_left(tmp_path: Path) -> None:
    """An outage of Discord's pauses nothing, also when the bot starts during it."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            edition = await b.edition(Address("discord", str(sim.channel.id)))
            sim.set_available(sim.guild, False)
            await until(lambda: b.connection.bot is not None and b.connection.bot.guilds[0].unavailable)
        async with living(sim, tmp_path) as b:
            assert [left for _, _, left in b.desk.store.tenants.known()] == [None]
            assert not (await b.desk.of(ONE).orders.edition(edition.id)).paused

    with_simulator(tmp_path, work)


def test_what_a_server_left_goes_after_the_time_of_the_settings(tmp_path: Path) -> None:
    """And only of those that left before then."""

    async def work(b: Life) -> None:
        store = b.desk.store.tenants
        b.sim.remove_guild(b.sim.guild)
        await until(lambda: {t: left for t, _, left in store.known()}.get(ONE) is not None)
        assert store.gone(b.clock().replace(year=2020)) == []
        b.clock.ahead = b.clock.ahead.__class__(days=1)
        assert store.gone(b.clock()) == [ONE]

    with_bot(tmp_path, work, tenants=2)


# ---- what is kept ------------------------------------------------------------------------------------------------------


async def lived_in(b: Life) -> None:
    """Each of two servers has an edition, a posted briefing, an answer, a channel with settings, and a citation."""
    for tenant, guild in ((ONE, b.sim.guild), (TWO, b.sim.guilds[OTHER])):
        channel = next(iter(guild.channels.values()))
        ada = manager(b.sim, f"Ada of {guild.name}", guild=guild)
        await b.posted(await b.edition(Address("discord", str(channel.id)), tenant))
        for command, options in (
            ("brief", {}), ("story new", {"name": f"Of {guild.name}"}), ("setup", {"timezone": "Europe/Paris"}),
        ):  # fmt: skip
            await (await b.sim.slash(ada, channel, command, **options)).settled(10)


def rows_of(b: Life, tenant: Tenant) -> dict[str, list[Any]]:
    """All rows of the database that bear a tenant's name, by table."""
    found = {}
    with b.desk.store.engine.connect() as c:
        for table in tables.metadata.sorted_tables:
            if {"platform", "tenant"} <= set(table.c.keys()):
                query = select(table).where(table.c.platform == tenant.platform, table.c.tenant == tenant.id)
                found[table.name] = [tuple(r) for r in c.execute(query)]
    return found


def test_what_is_exported_is_all_of_ones_own_and_nobody_elses(tmp_path: Path) -> None:
    """Every row that bears the server's name is in it; none that bears another's."""

    async def work(b: Life) -> None:
        await lived_in(b)
        for mine, other in ((ONE, TWO), (TWO, ONE)):
            exported = b.desk.store.tenants.export(mine)
            written = json.dumps(exported, default=str)
            assert other.id not in written
            there = {name: rows for name, rows in rows_of(b, mine).items() if rows}
            assert {n: len(exported[n]) for n in there} == {n: len(r) for n, r in there.items()}
            for name in (
                "stories",
                "channels",
                "editions",
                "dispatches",
                "parts",
                "memberships",
                "citations",
            ):
                assert exported[name], name

    with_bot(tmp_path, work, tenants=2)


def test_purging_forgets_all_of_one_server_and_nothing_of_another(tmp_path: Path) -> None:
    """Its stories, channels, editions, ledger; the other's rows are the same as before."""

    async def work(b: Life) -> None:
        await lived_in(b)
        store = b.desk.store.tenants
        before, exported = rows_of(b, TWO), store.export(TWO)
        store.leave(ONE, "Newsroom", b.clock())
        assert store.purge(ONE) == 2
        assert not any(rows_of(b, ONE).values())
        assert not any(store.export(ONE).values())
        assert ONE not in [t for t, _, _ in store.known()]
        assert rows_of(b, TWO) == before
        assert store.export(TWO) == exported
        assert store.purge(ONE) == 0

    with_bot(tmp_path, work, tenants=2)


def test_purging_leaves_no_word_of_a_private_article(tmp_path: Path) -> None:
    """What only that server had is nowhere in the database afterwards."""

    async def work(b: Life) -> None:
        secret = "The zephyr protocol was signed in Ouagadougou."
        desk = b.desk.of(ONE)
        story = await desk.new_story("Secret")
        article = replace(
            ARTICLES[0], id="secret", title=secret, text=secret, url="https://intranet.example/1"
        )
        await desk.add_articles(story, [article], "secret", private=True)
        b.desk.store.tenants.purge(ONE)
        with b.desk.store.engine.connect() as c:
            for table in tables.metadata.sorted_tables:
                for row in c.execute(select(table)):
                    assert "zephyr" not in str(tuple(row)), table.name

    with_bot(tmp_path, work, tenants=2)


# ---- channels ----------------------------------------------------------------------------------------------------------


def test_a_deleted_channels_editions_rest_and_their_maker_is_told(tmp_path: Path) -> None:
    """In the channel where it was made; the other channels' editions go on."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        news = b.sim.add_channel("wire", ANNOUNCEMENT)
        here = Address("discord", str(b.sim.channel.id))
        lost = await b.edition(Address("discord", str(news.id)), made_by=str(ada.id), made_in=here)
        kept = await b.edition(here, made_by=str(ada.id), made_in=here)
        b.sim.remove_channel(news)
        await until(lambda: bool(b.going))
        assert await b.drain() == ["posted"]
        orders = b.desk.of(ONE).orders
        assert (await orders.edition(lost.id)).paused == "The channel was deleted."
        assert not (await orders.edition(kept.id)).paused
        (notice,) = b.sim.messages(b.sim.channel)
        assert f"Edition {lost.id}" in text_of(notice)
        assert "deleted" in text_of(notice)

    with_bot(tmp_path, work)


def test_who_made_an_edition_in_the_deleted_channel_is_told_alone(tmp_path: Path) -> None:
    """By a direct message; where they take none, the notice ends and nothing else is disturbed."""

    async def work(b: Life) -> None:
        ada, bob = manager(b.sim), manager(b.sim, "Bob")
        bob.reachable = False
        wire = b.sim.add_channel("wire")
        address = Address("discord", str(wire.id))
        for who in (ada, bob):
            await b.edition(address, made_by=str(who.id), made_in=address)
        b.sim.remove_channel(wire)
        await until(lambda: len(b.going) == 2)
        assert sorted(await b.drain()) == sorted([State.POSTED.value, State.DEAD.value])
        (notice,) = b.sim.messages(b.sim.dm(ada))
        assert "paused" in text_of(notice)
        assert b.sim.messages(b.sim.dm(bob)) == []

    with_bot(tmp_path, work)


@pytest.mark.parametrize("archived", [False, True])
def test_a_deleted_threads_editions_rest(tmp_path: Path, archived: bool) -> None:
    """Also one that slept, which the bot no longer has in mind."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        thread = b.sim.add_thread(b.sim.channel, "talk")
        here = Address("discord", str(b.sim.channel.id))
        edition = await b.edition(Address("discord", str(thread.id)), made_by=str(ada.id), made_in=here)
        if archived:
            b.sim.archive(thread)
        b.sim.remove_channel(thread)
        await until(lambda: bool(b.going))
        await b.drain()
        assert (await b.desk.of(ONE).orders.edition(edition.id)).paused
        assert len(b.sim.messages(b.sim.channel)) == 1

    with_bot(tmp_path, work)


def test_a_channel_that_went_while_nobody_listened_rests_at_the_next_briefing(tmp_path: Path) -> None:
    """The delivery finds out, and tells whoever made the edition, once."""

    async def work(sim: Discord) -> None:
        ada = manager(sim)
        wire = sim.add_channel("wire")
        sim.remove_channel(wire)
        async with living(sim, tmp_path) as b:
            here = Address("discord", str(sim.channel.id))
            edition = await b.edition(Address("discord", str(wire.id)), made_by=str(ada.id), made_in=here)
            assert sorted(await b.posted(edition)) == ["dead", "posted"]
            assert (await b.desk.of(ONE).orders.edition(edition.id)).paused
            assert len(sim.messages(sim.channel)) == 1

    with_simulator(tmp_path, work)


def test_a_welcome_outlives_a_kill_between_its_two_steps(tmp_path: Path) -> None:
    """In line and not yet noted: it is noted at the next start, and not said again."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path, wait=False) as b:
            orders: list[Order] = []

            async def send(made: list[Order]) -> None:
                orders.extend(made)
                b.desk.store.ledger.take(made, b.desk.clock(), None)
                raise RuntimeError("killed here")

            place = Place(Tenant("discord", "77"), "770", "#new")
            with pytest.raises(RuntimeError, match="killed here"):
                await Welcoming(Chat(b.desk), send).welcome(place)
            assert await Welcoming(Chat(b.desk), send).welcome(place)
            assert not await Welcoming(Chat(b.desk), send).welcome(place)
            assert len(orders) == 1

    with_simulator(tmp_path, work)
