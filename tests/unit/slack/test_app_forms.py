"""Forms and the App Home: what is missing is asked for, what is wrong is told in place, what is right is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.slack import Interaction, Slack, User, View, buttons_of, selects_of, text_of
from tests.unit.lives import until
from tests.unit.slack.going import (
    NEXT,
    ONE,
    PATIENCE,
    SLUG,
    Life,
    alone,
    labels,
    living,
    manager,
    other_channel,
    shown,
    with_bot,
    with_simulator,
    words,
)

EDITION = {"story": SLUG, "template": "flash", "when": "daily at 8:00"}


def inputs(view: View) -> dict[str, dict[str, Any]]:
    """The questions of a form by their names."""
    return {b["block_id"]: b for b in view.blocks if b["type"] == "input"}


def initial(view: View, name: str) -> str:
    """What a question was filled in with."""
    element = inputs(view)[name]["element"]
    option = element.get("initial_option") or {}
    return str(option.get("value") or element.get("initial_value") or "")


async def form(b: Life, line: str, **more: Any) -> View:
    """The form that a command opens for a manager."""
    asked = await b.ask(more.pop("user", None) or manager(b.sim), line, **more)
    (view,) = asked.views
    assert asked.responses == []
    return view


async def send(b: Life, user: User, view: View, values: dict[str, Any]) -> Interaction:
    """Send a form, until something is wrong with it or it was answered."""
    done = await (await b.sim.submit(user, view, values)).acked()
    return await done.until(lambda x: x.errors or x.message, 10)


# ---- what is missing -------------------------------------------------------------------------------------------------------


def test_a_missing_option_is_asked_for_with_the_others_filled_in(tmp_path: Path) -> None:
    """Nobody types a line twice."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        await b.ask(bob, "brief private")  # citations are numbered when they are shown
        view = await form(b, f"evidence story:{SLUG}", user=bob)
        assert inputs(view)["number"]["optional"] is False
        assert initial(view, "story") == SLUG
        done = await send(b, bob, view, {"number": "1"})
        assert done.closed
        assert "Citation 1 of" in words(done)

    with_bot(tmp_path, work)


def test_what_was_typed_of_an_edition_stands_in_its_form(tmp_path: Path) -> None:
    """Also in French, in whose words the form asks."""

    async def work(b: Life) -> None:
        view = await form(b, f"edition add {SLUG} flash")
        assert (initial(view, "story"), initial(view, "template")) == (SLUG, "flash")
        zoe = manager(b.sim, "Zoé", locale="fr-FR")
        french = await form(b, f"édition ajouter sujet:{SLUG} modele:flash", user=zoe)
        assert (initial(french, "story"), initial(french, "template")) == (SLUG, "flash")
        assert french.title == "/édition ajouter"
        assert "Sujet" in text_of(french)

    with_bot(tmp_path, work)


def test_a_private_answer_is_private_also_by_its_form(tmp_path: Path) -> None:
    """What was asked for the asker alone is not told to all once the form was filled in."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        view = await form(b, "search private", user=bob)
        done = await send(b, bob, view, {"words": "board"})
        assert alone(done)
        assert b.sim.messages() == []

    with_bot(tmp_path, work)


def test_an_answer_to_a_form_arrives_where_the_app_is_no_member(tmp_path: Path) -> None:
    """The form's request has no address to answer to: it comes to whoever filled it in."""

    async def work(b: Life) -> None:
        far = b.sim.add_channel("far", invited=False)
        bob = b.sim.user("Bob")
        await b.ask(bob, "brief private")
        view = await form(b, "evidence", user=bob, channel=far)
        await (await b.sim.submit(bob, view, {"number": "1"})).acked()
        await until(lambda: bool(b.sim.messages(b.sim.dm(bob))), 3)
        assert "Citation 1 of" in text_of(b.sim.messages(b.sim.dm(bob))[-1])

    with_bot(tmp_path, work)


def test_a_trigger_that_has_run_out_is_told(tmp_path: Path) -> None:
    """Whoever typed the command learns that the form can't be opened, and what to do; the app goes on."""

    async def work(b: Life) -> None:
        b.sim.trigger_life = 0.0
        asked = await b.sim.command(manager(b.sim), b.sim.channel, "/sitrep", "edition add")
        await asked.acked()
        await until(lambda: bool(b.logged("expired_trigger_id")))
        b.sim.trigger_life = PATIENCE
        assert (await b.ask(manager(b.sim, "Eve"), "edition add")).views
        await until(lambda: bool(asked.responses), 2)

    with_bot(tmp_path, work)


# ---- editions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "when", "typed"),
    [("en-US", "daily at 8:00", "paris"), ("fr-FR", "tous les jours à 8 h", "paris")],
)
def test_an_edition_is_made_by_its_form(tmp_path: Path, locale: str, when: str, typed: str) -> None:
    """Story and zone are chosen from what is offered for what is typed; it goes into the channel where it was asked for."""

    async def work(b: Life) -> None:
        ada = manager(b.sim, locale=locale)
        view = await form(b, "edition add", user=ada)
        offered = await b.sim.suggest(ada, view, "story", "open")
        assert [o["value"] for o in offered] == [SLUG]
        zones = await b.sim.suggest(ada, view, "timezone", typed)
        assert "Europe/Paris" in [o["value"] for o in zones]
        assert await b.sim.suggest(ada, view, "story", "zzzz") == []
        given = {**EDITION, "when": when, "timezone": "Europe/Paris"}
        done = await send(b, ada, view, given)
        assert done.closed
        assert done.errors == {}
        (edition,) = await b.editions()
        assert (edition.slug, edition.template, edition.timezone) == (SLUG, "flash", "Europe/Paris")
        assert edition.cron.startswith("0 8 ")
        assert edition.address.channel == b.sim.channel.id
        assert (edition.made_by, edition.manner.thread) == (ada.id, False)

    with_bot(tmp_path, work)


def test_an_edition_goes_into_another_channel_and_into_threads(tmp_path: Path) -> None:
    """As its form says; it then goes out so."""

    async def work(b: Life) -> None:
        ada, there = manager(b.sim), other_channel(b.sim)
        view = await form(b, "edition add", user=ada)
        given = {**EDITION, "template": "dossier", "channel": there, "thread": ["yes"]}
        await send(b, ada, view, given)
        (edition,) = await b.editions()
        assert edition.address.channel == there.id
        assert edition.manner.thread
        await b.posted(edition)
        first, *rest = b.sim.messages(there)
        assert not first.reply
        assert rest
        assert {m.thread_ts for m in rest} == {first.ts}
        assert not any(m.in_channel for m in rest)

    with_bot(tmp_path, work)


@pytest.mark.parametrize(
    ("line", "threaded"),
    [
        (f"edition add {SLUG} flash daily at 8:00 in a thread", True),
        (f"edition add {SLUG} flash daily at 8:00, in threads", True),
        (f"édition ajouter {SLUG} flash tous les jours à 8 h dans un fil", True),
        (f"edition add {SLUG} flash daily at 8:00", False),
    ],
)
def test_an_edition_is_typed_with_its_thread(tmp_path: Path, line: str, threaded: bool) -> None:
    """At the end of the line, in either language."""

    async def work(b: Life) -> None:
        ada = manager(b.sim, locale="fr-FR" if line.startswith("é") else "en-US")
        await b.ask(ada, line)
        (edition,) = await b.editions()
        assert edition.manner.thread is threaded
        assert edition.cron.startswith("0 8 ")

    with_bot(tmp_path, work)


@pytest.mark.parametrize(
    ("locale", "when", "said"),
    [
        ("en-US", "sometimes", "understood"),
        ("fr-FR", "parfois", "compr"),
        ("en-US", "every minute", "minutes"),
    ],
)
def test_what_is_wrong_in_a_form_is_told_in_its_place(
    tmp_path: Path, locale: str, when: str, said: str
) -> None:
    """In the reader's language; the form stays, and a right one makes the edition, once."""

    async def work(b: Life) -> None:
        ada = manager(b.sim, locale=locale)
        view = await form(b, "edition add", user=ada)
        done = await send(b, ada, view, {**EDITION, "when": when})
        assert list(done.errors) == ["when"]
        assert said in done.errors["when"] or when in done.errors["when"], done.errors
        assert view.open
        assert await b.editions() == []
        right = "daily at 8:00" if locale == "en-US" else "tous les jours à 8 h"
        done = await send(b, ada, view, {"when": right})
        assert done.closed
        assert len(await b.editions()) == 1

    with_bot(tmp_path, work)


def test_a_story_that_was_removed_meanwhile_is_told(tmp_path: Path) -> None:
    """The form can't know; the answer says so, and nothing is made."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        view = await form(b, "edition add", user=ada)
        await b.sim.submit(ada, view, {**EDITION, "when": "sometimes"})  # the story is chosen by now
        await b.desk.of(ONE).remove_story(SLUG)
        left = {k: v for k, v in EDITION.items() if k != "story"}
        done = await send(b, ada, view, left)
        assert SLUG in (done.errors.get("story") or alone(done))
        assert await b.editions() == []

    with_bot(tmp_path, work)


def test_an_edition_into_a_channel_without_the_app_says_so(tmp_path: Path) -> None:
    """When it is made, or in its answer, rather than never: the channel must invite the app."""

    async def work(b: Life) -> None:
        ada = manager(b.sim)
        far = b.sim.add_channel("far", invited=False)
        view = await form(b, "edition add", user=ada)
        done = await send(b, ada, view, {**EDITION, "channel": far})
        told = done.errors.get("channel") or words(done)
        assert "invite" in told

    with_bot(tmp_path, work)


def test_a_form_sent_by_one_who_is_no_manager_any_more_does_nothing(tmp_path: Path) -> None:
    """Rights are looked at when it is sent, too."""

    async def work(sim: Slack) -> None:
        ada = manager(sim)
        async with living(sim, tmp_path) as b:
            view = await form(b, "edition add", user=ada)
        ada.admin = False
        async with living(sim, tmp_path) as b:
            done = await send(b, ada, view, EDITION)
            assert "managers" in alone(done)
            assert await b.editions() == []

    with_simulator(tmp_path, work)


# ---- set-up ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "titles"),
    [("en-US", ("Story", "Language", "Timezone")), ("fr-FR", ("Sujet", "Langue", "Fuseau"))],
)
def test_setup_asks_its_questions(tmp_path: Path, locale: str, titles: tuple[str, ...]) -> None:
    """In the language of whoever types it; the channel is then as it was filled in."""

    async def work(b: Life) -> None:
        ada = manager(b.sim, locale=locale)
        view = await form(b, "setup", user=ada)
        asked = [x["label"]["text"] for x in inputs(view).values()]
        assert [a.split(" ")[0] for a in asked] == list(titles)
        given = {"language": "fr", "timezone": "Europe/Paris"}
        await send(b, ada, view, given)
        channel = await b.desk.of(ONE).channel(b.sim.channel.id)
        assert (channel.language, channel.timezone) == ("fr", "Europe/Paris")
        briefed = await b.ask(b.sim.user("Bob"), "brief")
        assert "Point de situation" in words(briefed) or "Rapport de situation" in words(briefed)

    with_bot(tmp_path, work)


def test_setup_may_be_typed_too(tmp_path: Path) -> None:
    """Then nothing is asked."""

    async def work(b: Life) -> None:
        asked = await b.ask(manager(b.sim), "setup language:fr timezone:Europe/Paris")
        assert asked.views == []
        assert (await b.desk.of(ONE).channel(b.sim.channel.id)).timezone == "Europe/Paris"

    with_bot(tmp_path, work)


# ---- the App Home ------------------------------------------------------------------------------------------------------------


def test_the_home_shows_what_there_is(tmp_path: Path) -> None:
    """Stories, editions with their next run, the last briefings; in the reader's language."""

    async def work(b: Life) -> None:
        edition = await b.edition(b.sim.channel)
        await b.posted(edition)
        for locale, said in (("en-US", ("Stories", "next:")), ("fr-FR", ("Sujets", "prochain"))):
            for admin in (False, True):
                home = await b.sim.open_home(b.sim.user("Ada", admin=admin, locale=locale))
                told = text_of(home)
                assert all(x in told for x in said), told
                assert "OpenAI, November 2023" in told
                assert "sitrep" in told

    with_bot(tmp_path, work)


def test_a_story_is_briefed_from_the_home_in_a_direct_message(tmp_path: Path) -> None:
    """To whoever pressed, and its buttons work there."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        home = await b.sim.open_home(bob)
        assert labels(home) == ["Brief me"]
        await (await b.sim.click(bob, home, "Brief me")).acked()
        dm = b.sim.dm(bob)
        await until(lambda: bool(dm.visible or dm.ephemeral))
        message = (*dm.visible, *dm.ephemeral)[0]
        assert "OpenAI, November 2023" in text_of(message)
        assert b.sim.messages() == []
        assert "no longer kept" not in words(await b.click(bob, message, "Sources"))

    with_bot(tmp_path, work)


def test_the_home_of_a_workspace_without_stories_tells_how_to_begin(tmp_path: Path) -> None:
    """And has no button that leads nowhere."""

    async def work(b: Life) -> None:
        await b.desk.of(ONE).remove_story(SLUG)
        home = await b.sim.open_home(b.sim.user("Bob"))
        assert "There is no story yet" in text_of(home)
        assert "/sitrep story new" in text_of(home)
        assert buttons_of(home) == []
        assert selects_of(home) == []

    with_bot(tmp_path, work)


def test_a_command_in_a_direct_message_is_answered_there(tmp_path: Path) -> None:
    """And its pages and sources open."""

    async def work(b: Life) -> None:
        bob = b.sim.user("Bob")
        asked = await b.ask(bob, "brief template:dossier", b.sim.dm(bob))
        message = shown(asked)
        assert "Sources" in words(await b.click(bob, message, "Sources"))
        await b.click(bob, message, NEXT)
        assert "2/" in text_of(message)

    with_bot(tmp_path, work)
