"""The bot as people in a server meet it: commands, buttons, menus, forms; who may do what, and who sees it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from briefings.model import Address
from tests.platforms.discord import Discord, buttons_of, selects_of, text_of
from tests.platforms.discord.state import Message
from tests.unit.discord.going import (
    ARTICLES,
    ONE,
    OTHER,
    SLUG,
    TWO,
    Life,
    forged,
    living,
    manager,
    reference_of,
    refused,
    shown,
    slashed,
    with_bot,
    with_simulator,
    words,
)
from tests.unit.discord.interpreting import unescaped, unprotected
from tests.unit.lives import until

SECTION, STORY = "A section …", "Another story …"


def unadorned(message: Message) -> str:
    return unescaped(text_of(message))


# ---- answers -----------------------------------------------------------------------------------------------------------


def test_brief_answers_in_the_channel(tmp_path: Path) -> None:
    """For all who are in it, at once acknowledged, calling nobody."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        await asked.settled(10)
        assert b.sim.messages(b.sim.channel) == [asked.message]
        assert not asked.ephemeral
        assert "OpenAI, November 2023" in words(asked)
        assert not shown(asked).pings
        assert asked.acked_after is not None
        assert asked.acked_after < 1

    with_bot(tmp_path, work)


def test_a_private_answer_leaves_nothing_in_the_channel(tmp_path: Path) -> None:
    """It is the asker's alone, and the ledger does not count it as a briefing of the channel."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        for command in ("brief", "timeline"):
            asked = await (await b.sim.slash(bob, b.sim.channel, command, private=True)).settled(10)
            assert asked.ephemeral
            assert shown(asked).addressee is bob
        helped = await (await b.sim.slash(bob, b.sim.channel, "help")).settled(10)
        assert helped.ephemeral
        assert b.sim.channel.messages == []
        assert await b.dispatches() == []

    with_bot(tmp_path, work)


def test_a_refusal_is_the_askers_alone(tmp_path: Path) -> None:
    """What could not be answered leaves nothing in the channel: no message, no "thinking"."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        asked = await b.sim.slash(bob, b.sim.channel, "brief", story="no-such-story")
        assert "no-such-story" in unadorned(await refused(asked))
        french = b.sim.user("Zoé", locale="fr")
        asked = await b.sim.slash(french, b.sim.channel, "evidence", number=9999)
        assert "9999" in unadorned(await refused(asked))
        assert b.sim.messages(b.sim.channel) == []

    with_bot(tmp_path, work)


def test_managers_commands_are_refused_to_others(tmp_path: Path) -> None:
    """In their own language, and nothing is done; for managers they work."""

    async def work(b: Life) -> None:
        bob, zoe = b.sim.user("Bob", "manage_messages"), b.sim.user("Zoé", locale="fr")
        given: dict[str, dict[str, Any]] = {
            "story new": {"name": "Mine"},
            "story default": {"story": SLUG},
            "story remove": {"story": SLUG, "confirm": True},
            "edition add": {"story": SLUG, "template": "flash", "when": "daily at 8:00"},
            "edition pause": {"number": 1},
            "setup": {"language": "fr"},
        }
        for command, options in given.items():
            asked = await b.sim.slash(bob, b.sim.channel, command, **options)
            assert "managers" in unadorned(await refused(asked))
        asked = await b.sim.slash(zoe, b.sim.channel, "story new", name="Mine")
        assert "responsables" in unadorned(await refused(asked)) or "gestion" in unadorned(shown(asked))
        assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
        assert await b.desk.of(ONE).orders.editions() == []
        assert b.sim.messages(b.sim.channel) == []
        asked = await b.sim.slash(manager(b.sim), b.sim.channel, "story new", name="Ours")
        await asked.settled(10)
        assert "ours" in words(asked)
        assert len(await b.desk.of(ONE).stories()) == 2

    with_bot(tmp_path, work)


def test_an_edition_goes_where_its_options_say(tmp_path: Path) -> None:
    """Into a channel in which whoever makes it may write; its maker and where it was made are kept."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        news = next(c for c in b.sim.guild.channels.values() if c.name == "news")
        asked = await b.sim.slash(
            ada, b.sim.channel, "edition add", story=SLUG, template="flash", when="daily at 8:00", silent=True
        )
        await asked.settled(10)
        given = {"story": SLUG, "template": "flash", "when": "daily at 9:00", "channel": news}
        asked = slashed(b.sim, ada, b.sim.channel, "edition add", given)
        await asked.acked()
        await until(lambda: bool(asked.followups) or asked.finished)
        editions = await b.desk.of(ONE).orders.editions()
        assert [e.address.channel for e in editions] == [str(b.sim.channel.id), str(news.id)], words(asked)
        assert editions[0].manner.silent
        assert {e.made_by for e in editions} == {str(ada.id)}

    with_bot(tmp_path, work)


# ---- pages and sources -------------------------------------------------------------------------------------------------


def test_a_long_briefing_turns_its_pages_in_place(tmp_path: Path) -> None:
    """There and back, for whoever presses, also after the bot was stopped and another one started."""

    async def work(sim: Discord) -> None:
        async with living(sim, tmp_path) as b:
            asked = await (await sim.slash(sim.user("Bob"), sim.channel, "brief")).settled(10)
            message = shown(asked)
            first = text_of(message)
            await (await sim.click(sim.user("Eve"), message, "▶ Next page")).settled(10)
            second = text_of(message)
            assert second != first
            assert "2/" in second
            await b.up()
        async with living(sim, tmp_path):
            await (await sim.click(sim.user("Zed"), message, "◀ Previous page")).settled(10)
            assert text_of(message) == first
            assert sim.messages(sim.channel) == [message]

    with_simulator(tmp_path, work)


def test_turning_a_page_keeps_the_menus(tmp_path: Path) -> None:
    """What could be chosen on the first page can be chosen on the second."""

    async def work(b: Life) -> None:
        await b.desk.of(ONE).new_story("Reservoir crisis")
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief", story=SLUG)
        message = shown(await asked.settled(10))
        menus = [s["placeholder"] for s in selects_of(message)]
        assert menus == [SECTION, STORY]
        await (await b.sim.click(b.sim.user("Eve"), message, "▶ Next page")).settled(10)
        assert [s["placeholder"] for s in selects_of(message)] == menus

    with_bot(tmp_path, work)


def test_sources_shows_the_cited_sentences_to_the_presser_alone(tmp_path: Path) -> None:
    """Each citation of the page, each with a sentence that stands in the article as it is stored."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        message = shown(await asked.settled(10))
        eve = b.sim.user("Eve")
        clicked = await (await b.sim.click(eve, message, "Sources")).settled(10)
        assert shown(clicked).addressee is eve
        found = [text_of(shown(clicked))]
        while any("▶" in str(x.get("label")) for x in buttons_of(shown(clicked))):
            await (await b.sim.click(eve, shown(clicked), "▶ Next page")).settled(10)
            found.append(text_of(shown(clicked)))
        said = "\n".join(found)
        numbers = {int(n) for n in re.findall(r"\\\[(\d+)\\?\]", text_of(message))}
        desk, story = b.desk.of(ONE), await b.story()
        assert numbers
        for number in numbers:
            e = await desk.evidence(story, number)
            sentence = e.citation.span.of(e.article.text)
            assert sentence in e.article.text
            line = next(x for x in said.split("\n") if re.match(rf"\\\[{number}\\?\]", x))
            assert sentence.strip() in unescaped(line).replace("\u2066", "").replace("\u2069", "")
        assert b.sim.messages(b.sim.channel) == [message]

    with_bot(tmp_path, work)


def test_the_menu_of_sections_answers_whoever_chooses(tmp_path: Path) -> None:
    """Each of its sections, in a message that the others do not see."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")
        message = shown(await asked.settled(10))
        eve = b.sim.user("Eve")
        (menu,) = selects_of(message)
        for option in menu["options"]:
            picked = await (await b.sim.choose(eve, message, SECTION, option["value"])).settled(10)
            assert shown(picked).addressee is eve
            assert "OpenAI, November 2023" in words(picked)
        assert b.sim.messages(b.sim.channel) == [message]

    with_bot(tmp_path, work)


def test_the_menu_of_stories_briefs_another_one(tmp_path: Path) -> None:
    """To whoever chooses, alone."""

    async def work(b: Life) -> None:
        await b.desk.of(ONE).new_story("Reservoir crisis")
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief", story=SLUG)
        message = shown(await asked.settled(10))
        picked = await b.sim.choose(b.sim.user("Eve"), message, STORY, "Reservoir crisis")
        await picked.settled(10)
        assert picked.ephemeral
        assert "reservoir-crisis" in words(picked)

    with_bot(tmp_path, work)


# ---- forms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "titles", "said"),
    [
        ("en-US", ("story", "language", "time zone"), "French"),
        ("fr", ("sujet", "langue", "fuseau"), "français"),
    ],
)
def test_setup_asks_three_questions(tmp_path: Path, locale: str, titles: tuple[str, ...], said: str) -> None:
    """In the language of whoever types it; the channel is then as it was filled in."""

    async def work(b: Life) -> None:
        ada = manager(b.sim, locale=locale)
        asked = await (await b.sim.slash(ada, b.sim.channel, "setup")).acked()
        assert asked.kind == "modal"
        assert asked.modal is not None
        labels = [c["label"] for c in asked.modal["components"]]
        assert all(t in label for t, label in zip(titles, labels, strict=True)), labels
        done = await b.sim.submit(ada, asked, {"language": "fr", "timezone": "Europe/Paris"})
        await done.settled(10)
        assert done.ephemeral
        channel = await b.desk.of(ONE).channel(str(b.sim.channel.id))
        assert (channel.language, channel.timezone) == ("fr", "Europe/Paris")
        asked = await (await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")).settled(10)
        assert "Rapport de situation" in words(asked) or "Point de situation" in words(asked)

    with_bot(tmp_path, work)


def test_a_form_filled_in_wrong_is_refused_and_can_be_sent_again(tmp_path: Path) -> None:
    """It says what is wrong; the channel stays as it was."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        asked = await (await b.sim.slash(ada, b.sim.channel, "setup")).acked()
        done = await (await b.sim.submit(ada, asked, {"timezone": "Europe/Pariss"})).settled(10)
        assert "Europe/Paris" in unadorned(shown(done))
        assert not (await b.desk.of(ONE).channel(str(b.sim.channel.id))).timezone
        done = await (await b.sim.submit(ada, asked, {"timezone": "Europe/Paris"})).settled(10)
        assert (await b.desk.of(ONE).channel(str(b.sim.channel.id))).timezone == "Europe/Paris"

    with_bot(tmp_path, work)


def test_setup_is_refused_to_others_before_it_asks(tmp_path: Path) -> None:
    """Nobody fills in a form to be told that it is not for them."""

    async def work(b: Life) -> None:
        asked = await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "setup")
        assert "managers" in unadorned(await refused(asked))
        assert asked.kind != "modal"

    with_bot(tmp_path, work)


def test_removing_a_story_asks_first(tmp_path: Path) -> None:
    """Its red button removes it for a manager, not for one who is none any more, nor for somebody else."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        message = await refused(await b.sim.slash(ada, b.sim.channel, "story remove", story=SLUG))
        (button,) = [x for x in buttons_of(message) if x["style"] == 4]
        assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]

        b.sim.guild.members[ada.id].roles.clear()
        clicked = await b.sim.click(ada, message, button["custom_id"])
        assert "managers" in unadorned(await refused(clicked))
        other = await (await b.sim.slash(b.sim.user("Bob"), b.sim.channel, "brief")).settled(10)
        stolen = forged(shown(other), reference_of(shown(other)), reference_of(message))
        stolen = forged(shown(other), stolen, button["custom_id"])
        eve = manager(b.sim, "Eve")
        clicked = await b.sim.click(eve, shown(other), stolen)
        assert "somebody else" in unadorned(await refused(clicked))
        assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]

        message = await refused(await b.sim.slash(eve, b.sim.channel, "story remove", story=SLUG))
        (button,) = [x for x in buttons_of(message) if x["style"] == 4]
        clicked = await (await b.sim.click(eve, message, button["custom_id"])).settled(10)
        assert SLUG in unadorned(shown(clicked)) or "OpenAI" in unadorned(shown(clicked))
        assert await b.desk.of(ONE).stories() == []

    with_bot(tmp_path, work)


# ---- forgeries ---------------------------------------------------------------------------------------------------------


def test_a_reference_of_another_server_is_refused(tmp_path: Path) -> None:
    """Its pages, its sources, its sections: a click's server is where it was clicked, whatever the button says."""

    async def work(b: Life) -> None:
        there = next(iter(b.sim.guilds[OTHER].channels.values()))
        zed = manager(b.sim, "Zed", guild=b.sim.guilds[OTHER])
        secret = shown(await (await b.sim.slash(zed, there, "brief")).settled(10))
        reference = reference_of(secret)
        eve = manager(b.sim, "Eve")
        for what in ("▶ Next page", "Sources"):
            mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
            before = text_of(mine)
            forged(mine, reference_of(mine), reference)
            message = await refused(await b.sim.click(eve, mine, what))
            assert "no longer kept" in unadorned(message)
            assert text_of(mine) == before
        picked = await b.sim.choose(eve, mine, SECTION, "quotes")
        assert "no longer kept" in unadorned(await refused(picked))

    with_bot(tmp_path, work, tenants=2)


def test_a_dispatch_of_another_server_or_channel_is_refused(tmp_path: Path) -> None:
    """Dispatches are numbered over all servers: a number that is another's opens nothing."""

    async def work(b: Life) -> None:
        there = next(iter(b.sim.guilds[OTHER].channels.values()))
        news = next(c for c in b.sim.guild.channels.values() if c.name == "news")
        await b.posted(await b.edition(Address("discord", str(there.id)), TWO))
        await b.posted(await b.edition(Address("discord", str(news.id))))
        assert [len(b.sim.messages(c)) > 0 for c in (there, news)] == [True, True]
        eve = manager(b.sim, "Eve")
        for place in (there, news):
            mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
            forged(mine, reference_of(mine), reference_of(b.sim.messages(place)[0]))
            for what in ("▶ Next page", "Sources"):
                message = await refused(await b.sim.click(eve, mine, what))
                assert "no longer kept" in unadorned(message)
        mine = b.sim.messages(news)[0]
        clicked = await (await b.sim.click(eve, mine, "Sources")).settled(10)
        assert "Sources" in words(clicked)

    with_bot(tmp_path, work, tenants=2)


def test_anothers_private_answer_is_refused(tmp_path: Path) -> None:
    """And one of another channel of the same server, which not everyone may see."""

    async def work(b: Life) -> None:
        ada, eve = b.sim.user("Ada"), b.sim.user("Eve")
        private = await (await b.sim.slash(ada, b.sim.channel, "brief", private=True)).settled(10)
        news = next(c for c in b.sim.guild.channels.values() if c.name == "news")
        elsewhere = await (await b.sim.slash(ada, news, "brief")).settled(10)
        for stolen, why in ((private, "somebody else"), (elsewhere, "no longer kept")):
            mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
            before = text_of(mine)
            forged(mine, reference_of(mine), reference_of(shown(stolen)))
            for what in ("▶ Next page", "Sources"):
                message = await refused(await b.sim.click(eve, mine, what))
                assert why in unadorned(message)
            assert text_of(mine) == before

    with_bot(tmp_path, work)


@pytest.mark.parametrize(
    "made_up", ["k" + "0" * 64, "k", "d77-0", "d999999999999999999-999999", "", "x~y", "d0-0-note~ab"]
)
def test_a_reference_that_was_made_up_is_refused(tmp_path: Path, made_up: str) -> None:
    """Nothing is kept by it; the bot goes on."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
        forged(mine, reference_of(mine), made_up)
        for what in ("▶ Next page", "Sources"):
            message = await refused(await b.sim.click(eve, mine, what))
            assert "no longer kept" in unadorned(message)

    with_bot(tmp_path, work)


def test_a_page_that_was_made_up_is_the_last_one(tmp_path: Path) -> None:
    """There is nothing beyond it."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
        forged(mine, ":page:1:", ":page:9999:")
        await (await b.sim.click(eve, mine, "▶ Next page")).settled(10)
        last = re.search(r"(\d+)/(\d+)$", text_of(mine))
        assert last is not None
        assert last[1] == last[2]

    with_bot(tmp_path, work)


def test_a_managers_command_is_not_reached_by_a_menu(tmp_path: Path) -> None:
    """A forged choice runs sections alone."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        mine = shown(await (await b.sim.slash(ada, b.sim.channel, "brief")).settled(10))
        (menu,) = selects_of(mine)
        for value in ("story remove", "story new", "setup", "no such"):
            menu["options"][0]["value"] = value
            picked = await b.sim.choose(ada, mine, SECTION, value)
            assert "no such section" in unadorned(await refused(picked))
        assert len(await b.desk.of(ONE).stories()) == 1

    with_bot(tmp_path, work)


@pytest.mark.parametrize("what", ["▶ Next page", "Sources", SECTION])
def test_a_button_of_another_version_is_told(tmp_path: Path, what: str) -> None:
    """It says so, to whoever pressed it, and leaves the message as it is."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        mine = shown(await (await b.sim.slash(eve, b.sim.channel, "brief")).settled(10))
        before = text_of(mine)
        forged(mine, "sitrep1:", "sitrep0:")
        clicked = await (
            b.sim.choose(eve, mine, what, "quotes") if what == SECTION else b.sim.click(eve, mine, what)
        )
        assert "another version" in unadorned(await refused(clicked))
        assert text_of(mine) == before

    with_bot(tmp_path, work)


# ---- completing --------------------------------------------------------------------------------------------------------


def test_options_are_completed_in_both_languages(tmp_path: Path) -> None:
    """Stories, templates, actors, schedules, zones, editions, commands; in a server by what is its own."""

    async def work(b: Life) -> None:
        ada, zoe = manager(b.sim), manager(b.sim, "Zoé", locale="fr")
        here = b.sim.channel
        edition = await b.edition(Address("discord", str(here.id)))
        for who in (ada, zoe):
            assert [c.value for c in await b.sim.complete(who, here, "brief", "story", "open")] == [SLUG]
            found = await b.sim.complete(who, here, "quotes", "by", "alt")
            assert [c.value for c in found] == ["Sam Altman"]
            found = await b.sim.complete(who, here, "brief", "template", "fla")
            assert [c.value for c in found] == ["flash"]
            found = await b.sim.complete(who, here, "edition now", "number", "")
            assert [c.value for c in found] == [edition.id]
            assert await b.sim.complete(who, here, "setup", "timezone", "paris")
        english = await b.sim.complete(ada, here, "edition add", "when", "", story=SLUG)
        french = await b.sim.complete(zoe, here, "edition add", "when", "", story=SLUG)
        assert english
        assert french
        assert {c.name for c in english} != {c.name for c in french}
        assert await b.sim.complete(ada, here, "brief", "story", "zzzz") == []
        there = next(iter(b.sim.guilds[OTHER].channels.values()))
        zed = manager(b.sim, "Zed", guild=b.sim.guilds[OTHER])
        assert await b.sim.complete(zed, there, "edition now", "number", "") == []

    with_bot(tmp_path, work, tenants=2)


def test_actors_are_those_of_the_story_that_was_named(tmp_path: Path) -> None:
    """An option that was filled in before counts."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        await b.desk.of(ONE).new_story("Reservoir crisis")
        named = await b.sim.complete(bob, b.sim.channel, "quotes", "by", "alt", story=SLUG)
        other = await b.sim.complete(bob, b.sim.channel, "quotes", "by", "alt", story="reservoir-crisis")
        assert [c.value for c in named] == ["Sam Altman"]
        assert other == []

    with_bot(tmp_path, work)


# ---- hostile words -----------------------------------------------------------------------------------------------------

HOSTILE = [
    "@everyone @here",
    "<@&{role}> <@{user}> <#{channel}>",
    "**bold** __under__ ||hidden|| `code` [x](https://evil.example)",
    "# Heading\n> quote\n- list",
    "\u202egnp.exe \u2066",
    "x" * 5_000,
    "*_~`|\\<>" * 60,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_call_nobody_and_format_nothing(tmp_path: Path, hostile: str) -> None:
    """As a story's name, an article's headline, and what a command is given."""

    async def work(b: Life) -> None:
        role = b.sim.add_role("desk", mentionable=True)
        ada = manager(b.sim)
        said = (
            hostile.format(role=role.id, user=ada.id, channel=b.sim.channel.id) if "{" in hostile else hostile
        )
        desk = b.desk.of(ONE)
        answers = [
            await b.sim.slash(ada, b.sim.channel, "story new", name=said[:4000]),
            await b.sim.slash(ada, b.sim.channel, "search", words=said[:4000]),
            await b.sim.slash(ada, b.sim.channel, "quotes", by=said[:4000]),
            await b.sim.slash(ada, b.sim.channel, "brief", story=said[:4000]),
        ]
        for asked in answers:
            await asked.acked()
            await until(lambda a=asked: bool(a.followups) or a.finished, 10)  # type: ignore[misc]
        article = replace(ARTICLES[0], id="hostile", title=said, outlet=said[:200], url="https://a.example/h")
        story = (await desk.stories())[-1]
        await desk.add_articles(story, [article], "hostile", private=True)
        for command in ("brief", "outlets", "story show", "story list", "edition list"):
            options = {} if command in ("story list", "edition list") else {"story": story.slug}
            asked = await b.sim.slash(ada, b.sim.channel, command, **options)
            await asked.acked()
            await until(lambda a=asked: bool(a.followups) or a.finished, 10)  # type: ignore[misc]
        everything = [m for m in b.sim.messages_by_id.values() if m.author is b.sim.bot]
        assert len(everything) >= 9
        for message in everything:
            assert not message.pings
            bare = unprotected(text_of(message))
            assert "@everyone" not in bare
            assert not re.search(r"<[@#]", bare)
            assert "evil.example" not in "".join(re.findall(r"\]\(([^)]*)\)", bare))
            assert "||hidden||" not in bare
            assert "**bold**" not in bare

    with_bot(tmp_path, work)


def test_one_servers_buttons_outlive_anothers_end(tmp_path: Path) -> None:
    """When what a server left behind is forgotten, the others' messages go on working."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        message = shown(await (await b.sim.slash(bob, b.sim.channel, "quotes")).settled(10))
        b.desk.store.tenants.purge(TWO)
        clicked = await (await b.sim.click(bob, message, "Sources")).settled(10)
        assert "no longer kept" not in unadorned(shown(clicked))

    with_bot(tmp_path, work, tenants=2)


def test_it_answers_in_servers_alone(tmp_path: Path) -> None:
    """In a direct message no command is offered."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        with pytest.raises(AssertionError, match="direct messages"):
            await b.sim.slash(bob, b.sim.dm(bob), "brief")
        with pytest.raises(AssertionError, match="direct messages"):
            await b.sim.slash(bob, b.sim.dm(bob), "help")

    with_bot(tmp_path, work)


def test_an_edition_where_the_bot_may_not_post_is_refused(tmp_path: Path) -> None:
    """It says what is missing, when the edition is made and not when it is due."""

    async def work(life: Life) -> None:
        sim = life.sim
        news = list(sim.guild.channels.values())[1]
        sim.deny(news, "attach_files")
        await asyncio.sleep(0.2)  # the gateway tells the bot
        asked = await sim.slash(
            manager(sim),
            sim.channel,
            "edition add",
            story=SLUG,
            template="flash",
            when="daily at 8:00",
            channel=news,
        )
        await asked.followed(1)
        assert "#news: it lacks Attach Files" in unescaped(text_of(asked.followups[0]))
        assert not await life.desk.orders.editions()

    with_bot(tmp_path, work)
