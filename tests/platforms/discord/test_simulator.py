"""The real discord.py against the simulator: each does what the other expects of it."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from discord.http import handle_message_parameters

from tests.platforms.discord import (
    ANNOUNCEMENT,
    FORUM,
    Discord,
    Message,
    buttons_of,
    selects_of,
    simulated,
    text_of,
)
from tests.platforms.discord.connecting import pointed

NOBODY = discord.AllowedMentions.none()
Work = Callable[[Discord, "Bot"], Awaitable[None]]


class Panel(ui.LayoutView):
    """A text, a button and a select that answer."""

    def __init__(self, text: str = "Which?") -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Container(ui.TextDisplay(text), ui.ActionRow(Press()), ui.ActionRow(Pick())))


class Press(ui.Button[Panel]):
    def __init__(self) -> None:
        super().__init__(label="Press", custom_id="press")

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=Panel("Pressed"), allowed_mentions=NOBODY)


class Pick(ui.Select[Panel]):
    def __init__(self) -> None:
        options = [discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two", value="2")]
        super().__init__(custom_id="pick", options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form(self.values[0]))


class Form(ui.Modal):
    def __init__(self, chosen: str) -> None:
        super().__init__(title="Form", custom_id="form")
        self.chosen = chosen
        self.words: ui.TextInput[Form] = ui.TextInput(custom_id="words")
        self.add_item(ui.Label(text="Words", component=self.words))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(
            f"{self.chosen}: {self.words.value}", allowed_mentions=NOBODY, ephemeral=True
        )


class Bot(discord.AutoShardedClient):
    """A client with a few commands; `joined` and `lost` are the guilds that it heard of."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=NOBODY,
            guild_ready_timeout=0.05,
            max_messages=None,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.slow = 0.0
        self.tree.command(name="brief", description="A briefing")(self.brief())
        group = app_commands.Group(name="edition", description="Editions")
        group.command(name="add", description="Add one")(self.add())
        self.tree.add_command(group)

    def brief(self) -> Any:
        async def brief(interaction: discord.Interaction, template: str, count: int = 1) -> None:
            await asyncio.sleep(self.slow)
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(
                content=f"{template} {count}", attachments=[discord.File(io.BytesIO(b"words"), "brief.txt")]
            )
            await interaction.followup.send("And more", ephemeral=True)

        async def templates(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [
                app_commands.Choice(name=n.title(), value=n)
                for n in ("flash", "sitrep")
                if n.startswith(typed)
            ]

        return app_commands.autocomplete(template=templates)(brief)

    def add(self) -> Any:
        @app_commands.default_permissions(manage_guild=True)
        async def add(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(view=Panel())

        return add

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds between two shards."""

    async def setup_hook(self) -> None:
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append(event)
        super().dispatch(event, *args, **kwargs)

    async def until(self, event: str, times: int = 1) -> None:
        async with asyncio.timeout(8):
            while self.heard.count(event) < times:  # noqa: ASYNC110  # what the client itself hears
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(simulator: Discord, **options: Any) -> AsyncIterator[Bot]:
    bot = Bot(**options)
    with pointed(simulator):
        task = asyncio.create_task(bot.start(simulator.token))
        try:
            await bot.until("ready")
            yield bot
        finally:
            await bot.close()
            with suppress(discord.DiscordException, Exception):
                await task


def work_with(work: Work, *, faults: bool = False, **options: Any) -> None:
    """Do it with a simulator and a client that is ready. Nothing may break a rule, unless it is to."""

    async def inside() -> None:
        async with asyncio.timeout(25), simulated(**options) as simulator:
            async with running(simulator) as bot:
                await work(simulator, bot)
            if not faults:
                simulator.checked()

    logging.getLogger("discord").setLevel(logging.CRITICAL)
    asyncio.run(inside())


def ask_with(work: Callable[[Discord, discord.http.HTTPClient], Awaitable[None]], **options: Any) -> None:
    """The same with the bare HTTP client."""
    faults = options.pop("faults", False)

    async def inside() -> None:
        async with asyncio.timeout(25), simulated(**options) as simulator:
            client = discord.http.HTTPClient(asyncio.get_running_loop())
            with pointed(simulator):
                await client.static_login(simulator.token)
                try:
                    await work(simulator, client)
                finally:
                    await client.close()
            if not faults:
                simulator.checked()

    logging.getLogger("discord").setLevel(logging.CRITICAL)
    asyncio.run(inside())


async def sent(client: discord.http.HTTPClient, channel: int, **given: Any) -> Any:
    given.setdefault("allowed_mentions", NOBODY)
    with handle_message_parameters(**given) as params:
        return await client.send_message(channel, params=params)


def shown(message: Message | None) -> Message:
    assert message is not None
    return message


# ---- commands and what follows ---------------------------------------------------------------------------------------


def test_a_client_logs_in_and_registers_its_commands() -> None:
    """It is ready, knows its guilds, and has replaced the commands once."""

    async def work(simulator: Discord, bot: Bot) -> None:
        assert bot.user
        assert {g.id for g in bot.guilds} == set(simulator.guilds)
        assert simulator.syncs == 1
        assert {c["name"] for c in simulator.commands[None].values()} == {"brief", "edition"}
        assert simulator.identifies == 1

    work_with(work, guilds=2)


def test_a_deferred_answer_is_settled_by_its_edit() -> None:
    """The loading message becomes the answer, with its file; another follows that only the user sees."""

    async def work(simulator: Discord, bot: Bot) -> None:
        ada = simulator.user("Ada", locale="fr")
        asked = await simulator.slash(ada, simulator.channel, "brief", template="flash", count=3)
        await asked.settled()
        assert asked.kind == "deferred"
        assert asked.acked_after is not None
        assert asked.acked_after < 1
        assert text_of(shown(asked.message)) == "flash 3"
        assert [(a.name, a.bytes) for a in shown(asked.message).attachments] == [("brief.txt", b"words")]
        await asked.followed()
        assert [m.ephemeral for m in asked.followups] == [True]
        assert simulator.messages(simulator.channel) == [asked.message]

    work_with(work)


def test_options_are_completed_while_they_are_typed() -> None:
    """The choices are those of the bot for what was typed."""

    async def work(simulator: Discord, bot: Bot) -> None:
        found = await simulator.complete(simulator.user("Ada"), simulator.channel, "brief", "template", "fl")
        assert found == [("Flash", "flash")]

    work_with(work)


def test_buttons_selects_and_forms_work_on_one_another() -> None:
    """A click changes its message, a choice opens a form, and the form's answer is for the user alone."""

    async def work(simulator: Discord, bot: Bot) -> None:
        ada, ben = simulator.user("Ada", "manage_guild"), simulator.user("Ben")
        asked = await (await simulator.slash(ada, simulator.channel, "edition add")).settled()
        message = shown(asked.message)
        assert [b["label"] for b in buttons_of(message)] == ["Press"]
        clicked = await (await simulator.click(ben, message, "Press")).settled()
        assert clicked.kind == "update"
        assert clicked.message is message
        assert text_of(message) == "Pressed"
        assert [s["custom_id"] for s in selects_of(message)] == ["pick"]
        chosen = await (await simulator.choose(ada, message, "pick", "Two")).settled()
        assert chosen.kind == "modal"
        done = await (await simulator.submit(ada, chosen, {"Words": "hello"})).settled()
        assert done.ephemeral
        assert text_of(shown(done.message)) == "2: hello"
        with pytest.raises(AssertionError, match="only Ada"):
            await simulator.click(ben, shown(done.message), "x")

    work_with(work)


def test_what_a_user_cannot_do_is_an_error_of_the_test() -> None:
    """Commands that are not registered or not allowed, options that are not declared, missing or of another type."""

    async def work(simulator: Discord, bot: Bot) -> None:
        ada, where = simulator.user("Ada"), simulator.channel
        for command, options, said in (
            ("nothing", {}, "no command"),
            ("brief", {}, "required"),
            ("brief", {"template": "x", "other": 1}, "no options"),
            ("brief", {"template": 7}, "wrong type"),
            ("edition", {}, "not complete"),
            ("edition remove", {}, "no 'remove'"),
        ):
            with pytest.raises(AssertionError, match=said):
                await simulator.slash(ada, where, command, **options)
        simulator.commands[None][next(iter(simulator.commands[None]))]["default_member_permissions"] = "32"
        with pytest.raises(AssertionError, match="may not use"):
            await simulator.slash(ada, where, "brief", template="x")

    work_with(work)


def test_an_answer_that_comes_too_late_is_to_nobody() -> None:
    """After its time an interaction is unknown."""

    async def work(simulator: Discord, bot: Bot) -> None:
        simulator.acknowledging, bot.slow = 0.1, 0.3
        failed: list[Exception] = []

        async def note(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
            failed.append(error)

        bot.tree.error(note)
        asked = await simulator.slash(simulator.user("Ada"), simulator.channel, "brief", template="x")
        with pytest.raises(AssertionError, match="not answered"):
            await asked.settled(0.6)
        assert asked.late
        assert "10062" in str(failed[0])

    work_with(work)


def test_an_interaction_says_what_user_and_bot_may_do_there() -> None:
    """Permissions with the channel's overwrites, where it was, and in which languages."""

    async def work(simulator: Discord, bot: Bot) -> None:
        simulator.deny(simulator.channel, "attach_files")
        ada = simulator.user("Ada", "manage_messages", locale="fr")
        asked = await simulator.slash(ada, simulator.channel, "brief", template="x")
        await asked.settled()
        seen = discord.Interaction(data=asked.payload, state=bot._connection)  # type: ignore[arg-type]
        assert seen.permissions.manage_messages
        assert not seen.app_permissions.attach_files
        assert seen.app_permissions.send_messages
        assert seen.locale is discord.Locale.french
        assert seen.context.guild
        assert seen.filesize_limit == 10 * 1024 * 1024

    work_with(work)


# ---- messages --------------------------------------------------------------------------------------------------------


def test_messages_are_posted_read_changed_and_deleted() -> None:
    """Each is there as it was sent, in order; the newest is told first."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        channel = simulator.channel
        made = [await sent(client, channel.id, content=str(i)) for i in range(4)]
        assert [m["content"] for m in await client.logs_from(channel.id, 2)] == ["3", "2"]
        after = await client.logs_from(channel.id, 2, after=int(made[0]["id"]))
        assert [m["content"] for m in after] == ["2", "1"]
        before = await client.logs_from(channel.id, 50, before=int(made[2]["id"]))
        assert [m["content"] for m in before] == ["1", "0"]
        with handle_message_parameters(content="new", allowed_mentions=NOBODY) as params:
            told = await client.edit_message(channel.id, made[1]["id"], params=params)
        assert told["edited_timestamp"]
        await client.delete_message(channel.id, made[0]["id"])
        assert [m.content for m in simulator.messages(channel)] == ["new", "2", "3"]
        with pytest.raises(discord.NotFound, match="10008"):
            await client.get_message(channel.id, made[0]["id"])

    ask_with(work)


def test_a_nonce_makes_one_message() -> None:
    """Sent again within its time, it gives the message that is there; afterwards another one."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        simulator.nonce_window = 0.3
        found = [await sent(client, simulator.channel.id, content="x", nonce="a-key") for _ in range(2)]
        assert found[0]["id"] == found[1]["id"]
        await asyncio.sleep(0.4)
        await sent(client, simulator.channel.id, content="x", nonce="a-key")
        assert [m.nonce for m in simulator.messages(simulator.channel)] == ["a-key", "a-key"]

    ask_with(work)


def test_files_stay_with_their_message() -> None:
    """They are kept with their description, can be read, are shown by components, and go when an edit leaves them out."""

    async def work(simulator: Discord, bot: Bot) -> None:
        channel = bot.get_channel(simulator.channel.id)
        assert isinstance(channel, discord.TextChannel)
        view = ui.LayoutView()
        view.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png", description="A chart")))
        file = discord.File(io.BytesIO(b"picture"), "a.png", description="A chart")
        made = await channel.send(view=view, file=file)
        assert await made.attachments[0].read() == b"picture"
        (kept,) = simulator.messages(simulator.channel)
        assert kept.attachments[0].description == "A chart"
        other = ui.LayoutView()
        other.add_item(ui.TextDisplay("Gone"))
        await made.edit(view=other, attachments=[], allowed_mentions=NOBODY)
        assert kept.attachments == []
        with pytest.raises(discord.HTTPException, match="50035"):
            await channel.send(view=view)
        assert len(simulator.faults) == 1
        simulator.faults.clear()

    work_with(work)


def test_threads_and_posts_of_a_forum_are_channels_of_their_own() -> None:
    """A thread on a message has its id, a forum asks for a tag, and what was archived is opened by a message."""

    async def work(simulator: Discord, bot: Bot) -> None:
        forum_ = simulator.add_channel("forum", FORUM, tags=["red"], require_tag=True)
        await bot.until("guild_channel_create")
        channel, forum = bot.get_channel(simulator.channel.id), bot.get_channel(forum_.id)
        assert isinstance(channel, discord.TextChannel)
        assert isinstance(forum, discord.ForumChannel)
        message = await channel.send("Start")
        thread = await message.create_thread(name="Thread")
        assert thread.id == message.id
        await thread.send("In it")
        with pytest.raises(discord.HTTPException, match="160004"):
            await message.create_thread(name="Again")
        with pytest.raises(discord.HTTPException, match="40067"):
            await forum.create_thread(name="Post", content="First", allowed_mentions=NOBODY)
        post, first = await forum.create_thread(
            name="Post", content="First", applied_tags=forum.available_tags, allowed_mentions=NOBODY
        )
        assert post.id == first.id
        simulator.archive(simulator.channels[thread.id])
        with pytest.raises(discord.HTTPException, match="50083"):
            await thread.get_partial_message(simulator.channels[thread.id].messages[0].id).edit(
                content="x", allowed_mentions=NOBODY
            )
        await thread.send("Open again")
        assert not simulator.channels[thread.id].archived
        simulator.lock(simulator.channels[thread.id])
        with pytest.raises(discord.Forbidden, match="50083"):
            await thread.send("No")
        with pytest.raises(discord.HTTPException, match="50008"):
            await bot.http.send_message(
                forum.id, params=handle_message_parameters("x", allowed_mentions=NOBODY)
            )

    work_with(work)


def test_announcements_are_published_once() -> None:
    """In another channel, and a second time, it is refused."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        news = simulator.add_channel("news", ANNOUNCEMENT)
        made = await sent(client, news.id, content="x")
        await client.publish_message(news.id, made["id"])
        assert simulator.messages(news)[0].crossposted
        with pytest.raises(discord.HTTPException, match="40033"):
            await client.publish_message(news.id, made["id"])
        other = await sent(client, simulator.channel.id, content="x")
        with pytest.raises(discord.HTTPException, match="50024"):
            await client.publish_message(simulator.channel.id, other["id"])

    ask_with(work)


def test_permissions_decide_what_the_bot_may_do() -> None:
    """Without sight it has no access, without the right no permission; what is gone is unknown."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        channel = simulator.channel
        simulator.deny(channel, "send_messages", who=simulator.guild.everyone)
        with pytest.raises(discord.Forbidden, match="50013"):
            await sent(client, channel.id, content="x")
        simulator.allow(channel, "send_messages")
        await sent(client, channel.id, content="x")
        simulator.deny(channel, "view_channel")
        with pytest.raises(discord.Forbidden, match="50001"):
            await sent(client, channel.id, content="x")
        simulator.allow(channel, "view_channel")
        dm = await client.start_private_message(simulator.user("Ada").id)
        await sent(client, int(dm["id"]), content="x")
        simulator.remove_channel(channel)
        with pytest.raises(discord.NotFound, match="10003"):
            await sent(client, channel.id, content="x")

    ask_with(work)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"content": "x" * 2001}, "2000"),
        ({"content": None}, "empty"),
        ({"content": "x", "nonce": "n" * 26}, "25"),
        ({"embed": discord.Embed(description="x" * 4097)}, "4096"),
        ({"embeds": [discord.Embed(description="x" * 3001)] * 2}, "6000"),
        ({"content": "x", "view": Panel}, "components v2"),
        ({"view": lambda: Panel("x" * 4001)}, "4000"),
    ],
)
def test_what_breaks_a_limit_is_refused_and_noted(given: dict[str, Any], said: str) -> None:
    """As Discord refuses it; and the test hears of it."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        made = {k: v() if k == "view" else v for k, v in given.items()}
        with pytest.raises(discord.HTTPException, match=r"50035|50006"):
            await sent(client, simulator.channel.id, **made)
        assert said.casefold() in " ".join(simulator.faults).casefold()
        with pytest.raises(AssertionError):
            simulator.checked()

    ask_with(work, faults=True)


def test_a_message_that_may_call_people_is_noted() -> None:
    """Discord takes it and calls them; our rule is that each message says that it calls nobody."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        ada = simulator.user("Ada")
        said = f"@everyone {ada.mention}"
        await sent(client, simulator.channel.id, content=said)
        await sent(client, simulator.channel.id, content=said, allowed_mentions=None)
        calm, loud = simulator.messages(simulator.channel)
        assert not calm.pings
        assert loud.pings.everyone
        assert loud.pings.users == (ada.id,)
        assert len(simulator.faults) == 1

    ask_with(work, faults=True)


# ---- trouble ---------------------------------------------------------------------------------------------------------


def test_a_client_waits_as_long_as_it_is_told() -> None:
    """After each kind of 429 it asks again, and the message is there once."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        for scope in ("route", "global", "shared"):
            simulator.trouble("POST", "/messages$", f"429 {scope}", retry_after=0.05)
            await sent(client, simulator.channel.id, content=scope)
        assert [m.content for m in simulator.messages(simulator.channel)] == ["route", "global", "shared"]
        assert simulator.limited == 3
        simulator.trouble("POST", "/messages$", "429 cloudflare")
        with pytest.raises(discord.HTTPException, match="429"):
            await sent(client, simulator.channel.id, content="x")

    ask_with(work)


def test_rate_limits_are_kept_by_a_client_that_reads_their_headers() -> None:
    """It slows down by itself: none of its requests is refused."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        simulator.pace.window = 0.3
        await sent(client, simulator.channel.id, content="first")
        await asyncio.gather(*(sent(client, simulator.channel.id, content=str(i)) for i in range(11)))
        assert len(simulator.messages(simulator.channel)) == 12
        assert simulator.limited == 0

    ask_with(work, rate_limits=True)


def test_who_does_not_keep_rate_limits_gets_a_429() -> None:
    """The sixth message within the window is refused, and counted."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        session = client._HTTPClient__session  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bot {simulator.token}"}
        body = {"content": "x", "allowed_mentions": {"parse": []}}
        found = []
        for _ in range(6):
            url = f"{simulator.api_url}/channels/{simulator.channel.id}/messages"
            async with session.post(url, json=body, headers=headers) as answer:
                found.append((answer.status, answer.headers["X-RateLimit-Remaining"]))
        assert found == [(200, "4"), (200, "3"), (200, "2"), (200, "1"), (200, "0"), (429, "0")]
        assert simulator.limited == 1

    ask_with(work, rate_limits=True)


def test_what_breaks_before_is_not_done_and_what_breaks_after_is() -> None:
    """Connections that break and answers of 503, before and after the message was made."""

    async def work(simulator: Discord, client: discord.http.HTTPClient) -> None:
        for kind in ("drop before", "drop after", "503", "503 after", "hang before"):
            simulator.trouble("POST", "/messages$", kind, seconds=0.05)
            with pytest.raises((OSError, discord.DiscordServerError, discord.DiscordException, Exception)):
                await sent(client, simulator.channel.id, content=kind)
        simulator.trouble("POST", "/messages$", "late", seconds=0.05)
        await sent(client, simulator.channel.id, content="late")
        found = [m.content for m in simulator.messages(simulator.channel)]
        assert found == ["drop after", "503 after", "late"]

    ask_with(work)


def test_trouble_by_chance_comes_from_its_seed() -> None:
    """The same seed, the same fates; and when it is calm, all goes well."""

    async def fates() -> list[bool]:
        found: list[bool] = []
        async with simulated() as simulator:
            client = discord.http.HTTPClient(asyncio.get_running_loop())
            with pointed(simulator):
                await client.static_login(simulator.token)
                simulator.randomly(Random(3), {"503": 0.3, "drop after": 0.2})
                for _ in range(20):
                    try:
                        await sent(client, simulator.channel.id, content="x")
                        found.append(True)
                    except Exception:
                        found.append(False)
                simulator.calm()
                await sent(client, simulator.channel.id, content="x")
                await client.close()
        return found

    first = asyncio.run(fates())
    assert first == asyncio.run(fates())
    assert {True, False} == set(first)


# ---- the gateway -----------------------------------------------------------------------------------------------------


def test_a_client_resumes_and_hears_what_it_missed() -> None:
    """After a connection that broke, and after one that Discord asked to be made anew."""

    async def work(simulator: Discord, bot: Bot) -> None:
        simulator.gateway.drop()
        simulator.add_channel("missed")
        await bot.until("resumed")
        await bot.until("guild_channel_create")
        simulator.gateway.reconnect()
        await bot.until("resumed", 2)
        simulator.gateway.invalidate(resumable=True)
        await bot.until("resumed", 3)
        assert (simulator.identifies, simulator.resumes) == (1, 3)

    work_with(work)


def test_a_client_begins_anew_when_its_session_is_worth_nothing() -> None:
    """It identifies again and is ready."""

    async def work(simulator: Discord, bot: Bot) -> None:
        simulator.gateway.invalidate()
        await bot.until("ready", 2)
        simulator.gateway.close(4009)
        await bot.until("ready", 3)
        assert simulator.identifies == 3

    work_with(work)


def test_events_go_to_the_shard_of_their_guild() -> None:
    """Each shard hears of its guilds alone, and what users do arrives."""

    async def work(simulator: Discord, bot: Bot) -> None:
        assert sorted(g.shard_id for g in bot.guilds) == [0, 0, 1, 1]
        assert simulator.identifies == 2
        for guild in simulator.guilds.values():
            ada = simulator.user("Ada", guild=guild)
            asked = await simulator.slash(ada, next(iter(guild.channels.values())), "brief", template="x")
            await asked.settled()

    work_with(work, guilds=4, shards=2)


def test_guilds_come_and_go() -> None:
    """Guilds that are added, unavailable and lost."""

    async def work(simulator: Discord, bot: Bot) -> None:
        guild = simulator.add_guild("Other")
        await bot.until("guild_join")
        simulator.set_available(guild, False)
        await bot.until("guild_unavailable")
        simulator.set_available(guild, True)
        await bot.until("guild_available", 2)
        simulator.remove_guild(guild)
        await bot.until("guild_remove")
        with pytest.raises(discord.Forbidden, match="50001"):
            await bot.http.get_channel(next(iter(guild.channels)))
        with pytest.raises(discord.NotFound, match="10004"):
            await bot.http.get_guild(guild.id)

    work_with(work)


def test_a_token_that_was_revoked_opens_nothing() -> None:
    """The client is thrown out with 4004, and each request is unauthorized."""

    async def inside() -> None:
        async with asyncio.timeout(20), simulated() as simulator:
            bot = Bot()
            with pointed(simulator):
                task = asyncio.create_task(bot.start(simulator.token))
                await bot.until("ready")
                simulator.revoke_token()
                with pytest.raises(discord.ConnectionClosed, match="4004"):
                    await task
                await bot.close()
                client = discord.http.HTTPClient(asyncio.get_running_loop())
                with pytest.raises(discord.LoginFailure):
                    await client.static_login(simulator.token)
                await client.close()

    logging.getLogger("discord").setLevel(logging.CRITICAL)
    asyncio.run(inside())


def test_a_gateway_without_heartbeats_is_left() -> None:
    """A client that gets no answer to its heartbeats connects anew."""

    async def inside() -> None:
        async with asyncio.timeout(20), simulated() as simulator:
            simulator.gateway.heartbeat = 0.1
            async with running(simulator, heartbeat_timeout=0.3) as bot:
                simulator.gateway.silent = True
                await bot.until("disconnect")
                simulator.gateway.silent = False
                await bot.until("resumed")

    logging.getLogger("discord").setLevel(logging.CRITICAL)
    asyncio.run(inside())


def test_an_outage_is_over_when_it_is_over() -> None:
    """Nobody can connect while it lasts; then all is at the same address as it was, and the client knows the rest."""

    async def work(simulator: Discord, bot: Bot) -> None:
        await simulator.stop()
        await bot.until("disconnect")
        missed = simulator.add_channel("missed")
        await simulator.start()
        while bot.get_channel(missed.id) is None:  # noqa: ASYNC110  # what the client itself knows
            await asyncio.sleep(0.01)

    work_with(work)


def test_events_can_be_slow_and_malformed() -> None:
    """What is slow comes later; discord.py ends at an event that lacks what it needs."""

    async def inside() -> None:
        async with asyncio.timeout(20), simulated() as simulator:
            bot = Bot()
            with pointed(simulator):
                task = asyncio.create_task(bot.start(simulator.token))
                await bot.until("ready")
                simulator.gateway.slow = 0.2
                simulator.add_channel("slow")
                await asyncio.sleep(0.1)
                assert "guild_channel_create" not in bot.heard
                await bot.until("guild_channel_create")
                simulator.gateway.send("INTERACTION_CREATE", {"id": "1"})
                with pytest.raises(KeyError):
                    await task
                await bot.close()

    logging.getLogger("discord").setLevel(logging.CRITICAL)
    asyncio.run(inside())
