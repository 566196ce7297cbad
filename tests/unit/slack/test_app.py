"""The app as people in a workspace meet it: commands, buttons, menus; who may do what, and who sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from briefings.model import Manner, Tenant
from tests.platforms.slack import Slack, buttons_of, selects_of, text_of
from tests.unit.lives import until
from tests.unit.slack.going import (
    ARTICLES,
    BACK,
    NEXT,
    ONE,
    SECTION,
    SLUG,
    STORY,
    TWO,
    Life,
    alone,
    at,
    forged,
    labels,
    living,
    manager,
    other_channel,
    public,
    reference_of,
    shown,
    with_bot,
    with_simulator,
    words,
)

LONG = "brief template:dossier"

# ---- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "line"), [("/brief", ""), ("/sitrep", "brief"), ("/sitrep", "point"), ("/brief", "flash")]
)
def test_a_briefing_is_posted_into_the_channel(tmp_path: Path, command: str, line: str) -> None:
    """For all who are in it, at once acknowledged, calling nobody; its text says what it is."""

    async def work(b: Life) -> None:
        asked = await b.ask(b.sim.user("Bob"), line, command=command)
        message = public(asked)
        assert b.sim.messages() == [message]
        assert "OpenAI, November 2023" in text_of(message)
        assert message.text.startswith("OpenAI, November 2023 — ")
        assert not message.pings
        assert asked.acked_after is not None
        assert asked.acked_after < 1

    with_bot(tmp_path, work)


def test_french_people_are_answered_in_french(tmp_path: Path) -> None:
    """In the words of their language, typed in it too; what is public follows the channel."""

    async def work(b: Life) -> None:
        zoe = b.sim.user("Zoé", locale="fr-FR")
        assert "/sitrep citations" in alone(await b.ask(zoe, "aide"))
        said = alone(await b.ask(zoe, "citations de:Altman privé"))
        assert "Citations" in said
        assert "Il n’y a pas" in alone(await b.ask(zoe, "point sujet:rien"))

    with_bot(tmp_path, work)


def test_a_private_answer_leaves_nothing_in_the_channel(tmp_path: Path) -> None:
    """It is the asker's alone, and the ledger does not count it as a briefing of the channel."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        lines = (
            "brief private",
            "timeline private",
            "timeline privé",
            "brief template:flash Private",
            "help",
        )
        for line in lines:
            assert alone(await b.ask(bob, line))
        assert b.sim.channel.messages == []
        assert await b.dispatches() == []

    with_bot(tmp_path, work)


REFUSED = {
    "brief story:no-such-story": "no-such-story", "quotez": "quotes", "evidence 9999": "9999", "": "/sitrep",
}  # fmt: skip


def test_a_refusal_is_the_askers_alone(tmp_path: Path) -> None:
    """What could not be answered leaves nothing in the channel."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        for line, said in REFUSED.items():
            assert said in alone(await b.ask(bob, line))
        assert b.sim.messages() == []

    with_bot(tmp_path, work)


MANAGERS = (
    "story new Mine", "story default openai-november-2023", "story remove openai-november-2023", "story new",
    "edition add", "edition add openai-november-2023 flash daily at 8:00", "edition pause 1", "setup",
    "setup language:fr",
)  # fmt: skip


def test_managers_commands_are_refused_to_others(tmp_path: Path) -> None:
    """Without a form to fill in before, and nothing is done."""

    async def work(b: Life) -> None:
        for who, said in (
            (b.sim.user("Bob"), "managers"),
            (b.sim.user("Zoé", locale="fr-FR"), "gestionnaires"),
        ):
            for line in MANAGERS:
                asked = await b.ask(who, line)
                assert said in alone(asked)
                assert asked.views == []
        assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
        assert await b.editions() == []
        assert not (await b.desk.of(ONE).channel(b.sim.channel.id)).language

    with_bot(tmp_path, work)


def test_admins_owners_and_those_of_the_settings_manage(tmp_path: Path) -> None:
    """Each of them makes a story; the settings name a person of this workspace."""

    async def work(sim: Slack) -> None:
        cleo = sim.user("Cleo")
        named = {"managers": (f"slack/{sim.team.id}/{cleo.id}",)}
        async with living(sim, tmp_path, tenants=named) as b:
            for who in (sim.user("Ada", admin=True), sim.user("Olga", owner=True), cleo):
                assert who.name.lower() in words(await b.ask(who, f"story new Of {who.name}"))
            assert len(await b.desk.of(ONE).stories()) == 4

    with_simulator(tmp_path, work)


def test_an_answer_where_the_app_is_no_member_arrives(tmp_path: Path) -> None:
    """By the address that came with the command: in the channel where it is public, to the asker where it is not."""

    async def work(b: Life) -> None:
        far = b.sim.add_channel("far", invited=False)
        bob = b.sim.user("Bob")
        asked = await b.ask(bob, "brief", far)
        assert not shown(asked).ephemeral
        assert shown(asked).via == "response_url"
        assert "OpenAI, November 2023" in words(asked)
        assert "Quotes" in alone(await b.ask(bob, "quotes private", far))
        assert "nothing" in alone(await b.ask(bob, "brief story:nothing", far))

    with_bot(tmp_path, work)


def test_buttons_work_where_the_app_is_no_member(tmp_path: Path) -> None:
    """The pages of a public answer there are turned, and its sources open."""

    async def work(b: Life) -> None:
        far = b.sim.add_channel("far", invited=False)
        bob = b.sim.user("Bob")
        message = shown(await b.ask(bob, LONG, far))
        assert "Sources" in alone(await b.click(bob, message, "Sources"))
        await b.click(bob, message, NEXT)
        assert "2/" in text_of(message)

    with_bot(tmp_path, work)


# ---- pages and sources -------------------------------------------------------------------------------------------------


def test_a_public_briefing_turns_its_pages_in_place(tmp_path: Path) -> None:
    """There and back, for whoever presses, also after the app was stopped and another one started."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path) as b:
            message = public(await b.ask(sim.user("Bob"), LONG))
            first = text_of(message)
            await b.click(sim.user("Eve"), message, NEXT)
            second = text_of(message)
            assert second != first
            assert "2/" in second
        async with living(sim, tmp_path) as b:
            await b.click(sim.user("Zed"), message, BACK)
            assert text_of(message) == first
            assert sim.messages() == [message]
            assert [c["ts"] for c in sim.calls("chat.update")] == [message.ts] * 2

    with_simulator(tmp_path, work)


def test_a_private_briefing_turns_its_pages_by_its_address(tmp_path: Path) -> None:
    """What one person sees can't be changed by the Web API."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        message = shown(await b.ask(bob, f"{LONG} private"))
        first = text_of(message)
        await b.click(bob, message, NEXT)
        assert text_of(message) != first
        assert message.ephemeral
        assert b.sim.calls("chat.update") == []
        await b.click(bob, message, BACK)
        assert text_of(message) == first
        assert b.sim.channel.messages == []

    with_bot(tmp_path, work)


def test_turning_a_page_keeps_the_menus(tmp_path: Path) -> None:
    """What could be chosen on the first page can be chosen on the second."""

    async def work(b: Life) -> None:
        await b.desk.of(ONE).new_story("Reservoir crisis")
        message = public(await b.ask(b.sim.user("Bob"), f"{LONG} story:{SLUG}"))
        menus = [s["placeholder"]["text"] for s in selects_of(message)]
        assert menus == [SECTION, STORY]
        await b.click(b.sim.user("Eve"), message, NEXT)
        assert [s["placeholder"]["text"] for s in selects_of(message)] == menus

    with_bot(tmp_path, work)


def test_sources_shows_the_cited_sentences_to_the_presser_alone(tmp_path: Path) -> None:
    """Each citation of the page, each with a sentence that stands in the article as it is stored."""

    async def work(b: Life) -> None:
        message = public(await b.ask(b.sim.user("Bob"), "brief"))
        eve = b.sim.user("Eve")
        clicked = await b.click(eve, message, "Sources")
        found = [alone(clicked)]
        answer = shown(clicked)
        while NEXT in labels(answer):
            await b.click(eve, answer, NEXT)
            found.append(text_of(answer))
        said = "\n".join(found)
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", text_of(message))}
        assert numbers
        story = await b.story()
        for number in numbers:
            e = await b.desk.of(ONE).evidence(story, number)
            sentence = e.citation.span.of(e.article.text).strip()
            line = next(x for x in said.split("\n") if x.startswith(f"[{number}] "))
            assert sentence in line.replace("\u2066", "").replace("\u2069", "")
        assert b.sim.messages() == [message]

    with_bot(tmp_path, work)


def test_the_menu_of_sections_answers_whoever_chooses(tmp_path: Path) -> None:
    """Each of its sections, in a message that the others do not see."""

    async def work(b: Life) -> None:
        message = public(await b.ask(b.sim.user("Bob"), "brief"))
        eve = b.sim.user("Eve")
        (menu,) = selects_of(message)
        assert len(menu["options"]) > 5
        for option in menu["options"]:
            picked = await b.choose(eve, message, SECTION, option["value"])
            assert "OpenAI, November 2023" in alone(picked)
        assert b.sim.messages() == [message]

    with_bot(tmp_path, work)


def test_the_menu_of_stories_briefs_another_one(tmp_path: Path) -> None:
    """To whoever chooses, alone."""

    async def work(b: Life) -> None:
        await b.desk.of(ONE).new_story("Reservoir crisis")
        message = public(await b.ask(b.sim.user("Bob"), f"brief {SLUG}"))
        picked = await b.choose(b.sim.user("Eve"), message, STORY, "Reservoir crisis")
        assert "reservoir-crisis" in alone(picked)

    with_bot(tmp_path, work)


def test_a_click_in_a_thread_is_answered_in_the_thread(tmp_path: Path) -> None:
    """Where the clicked message stands, to the presser alone."""

    async def work(b: Life) -> None:
        edition = await b.edition(b.sim.channel, template="dossier", manner=Manner(thread=True))
        await b.posted(edition)
        reply = b.sim.messages()[-1]
        assert reply.reply
        eve = b.sim.user("Eve")
        clicked = await b.click(eve, reply, "Sources")
        assert shown(clicked).addressee is eve
        assert shown(clicked).thread_ts == reply.thread_ts
        picked = await b.choose(eve, reply, SECTION, "quotes")
        assert shown(picked).thread_ts == reply.thread_ts

    with_bot(tmp_path, work)


# ---- removing ------------------------------------------------------------------------------------------------------------


def test_removing_a_story_asks_first(tmp_path: Path) -> None:
    """Its red button removes it for a manager, not for one who is none any more, nor for somebody else."""

    async def work(sim: Slack) -> None:
        ada, eve = manager(sim), manager(sim, "Eve")
        async with living(sim, tmp_path) as b:
            asked = await b.ask(ada, f"story remove {SLUG}")
            assert alone(asked)
            message = shown(asked)
            (button,) = [x for x in buttons_of(message) if x.get("style") == "danger"]
            assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
            other = public(await b.ask(sim.user("Bob"), LONG))
            forged(other, reference_of(other), reference_of(message))
            stolen = forged(other, ":page:1:", ":form:0:")
            assert "somebody else" in alone(await b.click(eve, other, stolen))
            ada.admin = False
        async with living(sim, tmp_path) as b:
            assert "managers" in alone(await b.click(ada, message, button["action_id"]))
            assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
            ada.admin = True
        async with living(sim, tmp_path) as b:
            await b.click(ada, message, button["action_id"])
            assert await b.desk.of(ONE).stories() == []

    with_simulator(tmp_path, work)


# ---- whose it is -----------------------------------------------------------------------------------------------------------


def test_another_workspaces_message_opens_nothing(tmp_path: Path) -> None:
    """Buttons with the reference of a briefing that another workspace's database rows keep are refused."""

    async def work(sim: Slack) -> None:
        async with living(sim, tmp_path) as b:
            await b.posted(await b.edition("C0FOREIGN01", TWO))
            answer = public(await b.ask(sim.user("Bob"), LONG))
            mine = reference_of(answer)
            store = b.desk.store
            with store.engine.begin() as c:
                kept = c.execute(text("SELECT body FROM contents")).scalars().all()
            assert kept
            moved = [str(x).replace(ONE.id, TWO.id) for x in kept if ONE.id in str(x)]
            hashed = [await b.desk.of(TWO).orders.keep_shown(x) for x in moved]
            eve = manager(sim, "Eve")
            for stolen in (f"k{hashed[-1]}", "d1-0"):
                forged(answer, mine, stolen)
                mine = stolen
                before = text_of(answer)
                for what in (NEXT, "Sources"):
                    assert "no longer kept" in alone(await b.click(eve, answer, what))
                assert "no longer kept" in alone(await b.choose(eve, answer, SECTION, "quotes"))
                assert text_of(answer) == before

    with_simulator(tmp_path, work, tenants=2)


def test_anothers_private_answer_and_another_channels_are_refused(tmp_path: Path) -> None:
    """Not everyone may see what stands there."""

    async def work(b: Life) -> None:
        ada, eve = b.sim.user("Ada"), b.sim.user("Eve")
        private = shown(await b.ask(ada, f"{LONG} private"))
        elsewhere = public(await b.ask(ada, LONG, other_channel(b.sim)))
        await b.posted(await b.edition(other_channel(b.sim)))
        delivered = b.sim.messages(other_channel(b.sim))[-1]
        for stolen, why in (
            (private, "somebody else"),
            (elsewhere, "no longer kept"),
            (delivered, "no longer kept"),
        ):
            mine = public(await b.ask(eve, LONG))
            before = text_of(mine)
            forged(mine, reference_of(mine), reference_of(stolen))
            for what in (NEXT, "Sources"):
                assert why in alone(await b.click(eve, mine, what))
            assert text_of(mine) == before

    with_bot(tmp_path, work)


def test_a_reference_that_was_made_up_is_refused(tmp_path: Path) -> None:
    """Nothing is kept by it; the app goes on."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        for made_up in ("k" + "0" * 64, "k", "d77-0", "d999999999999999999-999999", "", "x~y"):
            mine = public(await b.ask(eve, LONG))
            forged(mine, reference_of(mine), made_up)
            for what in (NEXT, "Sources"):
                assert "no longer kept" in alone(await b.click(eve, mine, what))

    with_bot(tmp_path, work)


def test_a_page_that_was_made_up_is_the_last_one(tmp_path: Path) -> None:
    """There is nothing beyond it."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        mine = public(await b.ask(eve, LONG))
        forged(mine, ":page:1:", ":page:9999:")
        await b.click(eve, mine, NEXT)
        last = re.search(r"(\d+)/(\d+)$", text_of(mine))
        assert last is not None
        assert last[1] == last[2]

    with_bot(tmp_path, work)


def test_a_managers_command_is_not_reached_by_a_menu(tmp_path: Path) -> None:
    """A forged choice runs sections alone."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        mine = public(await b.ask(ada, "brief"))
        (menu,) = selects_of(mine)
        for value in ("story remove", "story new", "setup", "no such"):
            menu["options"][0]["value"] = value
            assert "no such section" in alone(await b.choose(ada, mine, SECTION, value))
        assert len(await b.desk.of(ONE).stories()) == 1

    with_bot(tmp_path, work)


def test_a_button_of_another_version_is_told(tmp_path: Path) -> None:
    """It says so, to whoever pressed it, and leaves the message as it is."""

    async def work(b: Life) -> None:
        eve = b.sim.user("Eve")
        mine = public(await b.ask(eve, LONG))
        before = text_of(mine)
        forged(mine, "sitrep1:", "sitrep0:")
        for clicked in (
            await b.click(eve, mine, NEXT),
            await b.click(eve, mine, "Sources"),
            await b.choose(eve, mine, SECTION, "quotes"),
        ):
            assert "another version" in alone(clicked)
        assert text_of(mine) == before

    with_bot(tmp_path, work)


def test_a_guest_of_a_shared_channel_manages_nothing(tmp_path: Path) -> None:
    """An admin of another workspace opens what the channel's installation keeps, and is no manager there."""

    async def work(sim: Slack) -> None:
        team = sim.another_team("Elsewhere")
        shared = sim.add_channel("shared", shared=[team])
        guest = sim.user("Gus", admin=True, team=team, channels=[shared])
        ada = manager(sim)
        async with living(sim, tmp_path) as b:
            message = public(await b.ask(ada, "brief", shared))
            clicked = await b.click(guest, message, "Sources")
            assert "Sources" in alone(clicked)
            assert "OpenAI" in alone(await b.choose(guest, message, SECTION, "quotes"))
            removing = shown(await b.ask(ada, f"story remove {SLUG}", shared))
            (button,) = [x for x in buttons_of(removing) if x.get("style") == "danger"]
            removing.addressee = guest
            await b.click(guest, removing, button["action_id"])
            assert [s.slug for s in await b.desk.of(ONE).stories()] == [SLUG]
            assert await b.desk.of(Tenant("slack", team.id)).stories() == []
            assert [t for t, _, _ in b.desk.store.tenants.known()] == [ONE]

    with_simulator(tmp_path, work)


# ---- hostile words -----------------------------------------------------------------------------------------------------

HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@{user}> <#{channel}> <!subteam^S0123456789>",
    "*bold* _under_ ~struck~ `code` <https://evil.example|x>",
    "&lt;!channel&gt; &amp; <",
    "\u202egnp.exe \u2066",
    "x" * 5_000,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_call_nobody_and_format_nothing(tmp_path: Path, hostile: str) -> None:
    """As a story's name, an article's headline, and what a command is given: they stand there as they are."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        said = hostile.replace("{user}", ada.id).replace("{channel}", b.sim.channel.id)
        desk = b.desk.of(ONE)
        for line in ("story new {}", "search {}", "quotes by:{}", "brief story:{}", "{}"):
            await b.ask(ada, line.format(said[:3_500]))
        article = replace(ARTICLES[0], id="hostile", title=said, outlet=said[:200], url="https://a.example/h")
        story = (await desk.stories())[-1]
        await desk.add_articles(story, [article], "hostile", private=True)
        for line in ("brief {}", "outlets {}", "story show {}", "story list", "edition list"):
            asked = await b.ask(ada, line.format(story.slug))
            if "Sources" in labels(shown(asked)):
                await b.click(ada, shown(asked), "Sources")
        await b.sim.open_home(ada)
        everything = [m for c in b.sim.channels.values() for m in (*b.sim.messages(c), *c.ephemeral)]
        assert len(everything) >= 8
        for message in everything:
            assert not message.pings
            assert "<http" not in message.text
            assert "<!" not in message.text
            assert "<@" not in message.text

    with_bot(tmp_path, work)


# ---- channels and the workspace --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["kick", "archive", "delete"])
@pytest.mark.parametrize("private", [False, True])
def test_a_channel_that_goes_rests_its_editions_and_tells_their_maker(
    tmp_path: Path, what: str, private: bool
) -> None:
    """In the channel where it was made; the other channels' editions go on."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        wire = b.sim.add_channel("wire", private=private)
        lost = await b.edition(wire, made_by=ada.id, made_in=at(b.sim.channel))
        kept = await b.edition(b.sim.channel, made_by=ada.id, made_in=at(b.sim.channel))
        getattr(b.sim, what)(wire)
        await until(lambda: bool(b.going))
        assert await b.drain() == ["posted"]
        by_id = {e.id: e for e in await b.editions()}
        assert by_id[lost.id].paused
        assert not by_id[kept.id].paused
        (notice,) = b.sim.messages()
        assert f"Edition {lost.id}" in text_of(notice)
        assert not notice.pings

    with_bot(tmp_path, work)


def test_who_made_an_edition_in_the_lost_channel_is_told_alone(tmp_path: Path) -> None:
    """By a direct message."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        wire = b.sim.add_channel("wire")
        await b.edition(wire, made_by=ada.id, made_in=at(wire))
        b.sim.kick(wire)
        await until(lambda: bool(b.going))
        assert await b.drain() == ["posted"]
        (notice,) = b.sim.messages(b.sim.dm(ada))
        assert "paused" in text_of(notice)

    with_bot(tmp_path, work)


def test_a_channel_that_takes_the_app_in_is_welcomed(tmp_path: Path) -> None:
    """Once, where nothing is set up yet; another person's joining is nothing to it."""

    async def work(sim: Slack) -> None:
        (tmp_path / "sitrep.db").unlink(missing_ok=True)
        async with living(sim, tmp_path) as b:
            far = sim.add_channel("far", invited=False)
            sim.tell(
                {
                    "type": "member_joined_channel",
                    "user": sim.user("Bob").id,
                    "channel": far.id,
                    "event_ts": "1.1",
                }
            )
            sim.invite(far)
            await until(lambda: bool(b.going))
            assert await b.drain() == ["posted"]
            (welcome,) = sim.messages(far)
            assert "/sitrep" in text_of(welcome)
            assert not welcome.pings

    with_simulator(tmp_path, work)


def test_an_uninstalled_app_is_noted_and_its_editions_rest(tmp_path: Path) -> None:
    """Another workspace's go on; the log says what to do."""

    async def work(b: Life) -> None:
        mine = await b.edition(b.sim.channel)
        theirs = await b.edition("C0FOREIGN01", TWO)
        b.sim.revoke_token(events=True)
        store = b.desk.store.tenants
        await until(lambda: {t: left for t, _, left in store.known()}.get(ONE) is not None)
        assert (await b.desk.of(ONE).orders.edition(mine.id)).paused
        assert not (await b.desk.of(TWO).orders.edition(theirs.id)).paused
        assert b.logged("taken out of the workspace")

    with_bot(tmp_path, work, tenants=2)
