"""Editions by chat: made, listed, paused, removed, posted at once; in English and French; what is refused, with the nearest."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bots.answers import Answer
from bots.commands import Line
from briefings.model import LANGUAGES, Address, Dispatch, Edition, Language, Sent, State, Tenant
from briefings.rendering.document import Code
from briefings.store import Order
from tests.unit.chat.test_chat import BOSS, GENERAL, NOW, READER, SERVER, World, opened, text

FRENCH = replace(BOSS, language="fr")
BOSSES = {"en": BOSS, "fr": FRENCH}
SLUG = "norvo-crisis"
ELSEWHERE = replace(GENERAL, tenant=Tenant("discord", "2"))
#: Words that stand in every other English sentence, and in no French one of ours.
ENGLISH = frozenset(
    "the is are there of that this it its an and or not no to be by has have can for from with write choose did you"
    " mean give nearest every day hour paused posted once again rests wait which what may managers allowed more often"
    " template story edition number zone".split()
)


def run(folder: Path, work: Callable[[World], Awaitable[None]], **values: object) -> None:
    """As the chat's own, with a story without articles: editions ask for no more."""

    async def inside() -> None:
        async with opened(folder, **values) as world:
            await world.desk().new_story("Norvo crisis")
            await work(world)

    asyncio.run(inside())


async def only(world: World, tenant: Tenant = SERVER) -> Edition:
    """The tenant's one edition."""
    (edition,) = await world.desk(tenant).orders.editions()
    return edition


async def dispatches(world: World) -> list[Dispatch]:
    return await world.desk().orders.dispatches()


def failed(edition: Edition, state: State, why: str, tenant: Tenant = SERVER) -> Order:
    """A dispatch of an edition that could not be posted."""
    order = Order.for_edition(edition, NOW, f"{state}-{why}")
    return replace(order, state=state, why=why, tenant=tenant)


def english(answer: Answer, typed: str) -> set[str]:
    """The English words of an answer, outside of commands, and of what was typed."""
    said = " ".join(
        x.text for x in answer.document.inlines() if not isinstance(x, Code) and hasattr(x, "text")
    )
    for quoted in re.findall(r"«[^»]*»", said):
        assert quoted.strip("« »\u202f\xa0")[:20] in typed.replace("’", "'"), quoted
    said = re.sub(r"«[^»]*»", "", said)
    return {w for w in re.findall(r"[a-z]+", said.lower()) if w in ENGLISH}


# ---- making one ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    [
        f"/edition add {SLUG} flash every weekday at 8:30",
        f'/edition add {SLUG} flash "every weekday at 8:30"',
        f"/edition add flash {SLUG} every weekday at 8:30",
        f"/edition add story:{SLUG} template:flash when:every weekday at 8:30",
        f'/edition add when:"every weekday at 8:30" template:flash story:{SLUG}',
        f"/edition add --story {SLUG} --template flash --when every weekday at 8:30",
        f"/edition add {SLUG} template=flash when=every weekday at 8:30",
        f"/edition add {SLUG} flash 30 8 * * 1-5",
        f'/édition ajouter {SLUG} flash "en semaine à 8h30"',
        f"/édition ajouter {SLUG} flash du lundi au vendredi à 8h30",
        f"/edition ajouter {SLUG} flash les jours ouvrables à 8h30",
        f"/édition ajouter sujet:{SLUG} modèle:flash quand:en semaine à 8h30",
        f'/edition ajouter quand:"en semaine à 8h30" modele:flash sujet:{SLUG}',
        f"/édition ajouter --sujet {SLUG} --modèle flash --quand en semaine à 8h30",
    ],
)
def test_an_edition_is_made_however_it_is_typed(tmp_path: Path, line: str, language: Language) -> None:
    """Options by name or by place, in either language: the same edition, into this channel, with its next five times."""

    async def work(world: World) -> None:
        shown = await world.shown(line, BOSSES[language])
        edition = await only(world)
        assert (edition.slug, edition.template, edition.cron) == (SLUG, "flash", "30 8 * * 1-5")
        assert edition.address == edition.made_in == Address("discord", "general")
        assert (edition.timezone, edition.language, edition.only_changed) == ("UTC", "en", False)
        assert (edition.made_by, edition.since, edition.paused) == ("b", NOW, "")
        assert edition.said in line
        assert shown.startswith(
            f"Édition {edition.id} : `flash`" if language == "fr" else f"Edition {edition.id}: `flash`"
        )
        first, last = {
            "en": ("- Monday, November 20, 08:30 UTC", "- Friday, November 24, 08:30 UTC"),
            "fr": ("- lundi 20 novembre, 08:30 UTC", "- vendredi 24 novembre, 08:30 UTC"),
        }[language]
        assert shown.count("08:30 UTC") == 5
        assert shown.index(first) < shown.index(last)
        assert world.said[-1].public
        assert world.said[-1].story is not None

    run(tmp_path, work)


@pytest.mark.parametrize(
    "line",
    [
        f"/edition add {SLUG} flash every day at 18:00 timezone:Asia/Tokyo language:fr changed:yes",
        f"/edition add {SLUG} flash timezone:tokyo language:French changed:yes every day at 18:00",
        f"/edition add story:{SLUG} template:flash when:every day at 18:00 timezone:asia/tokyo language:fr changed:yes",
        f"/édition ajouter {SLUG} flash tous les jours à 18h fuseau:tokyo langue:français changé:oui",
        f'/édition ajouter sujet:{SLUG} modèle:flash quand:"tous les jours à 18h" fuseau:Asia/Tokyo langue:fr change:oui',
    ],
)
def test_zone_language_and_only_if_changed_are_options(tmp_path: Path, line: str) -> None:
    """The times are told in the edition's zone, the answer in its language, and the edition is kept with all three."""

    async def work(world: World) -> None:
        shown = await world.shown(line)
        edition = await only(world)
        assert (edition.cron, edition.timezone, edition.language) == ("0 18 * * *", "Asia/Tokyo", "fr")
        assert edition.only_changed
        assert "lundi 20 novembre, 18:00 JST" in shown
        assert "Seulement si quelque chose a changé" in shown

    run(tmp_path, work)


@pytest.mark.parametrize(
    "style", ["{slug} flash {when} {only}", "story:{slug} template:flash when:{when} {only}"]
)
@pytest.mark.parametrize(
    ("when", "only_if"),
    [
        ("every day at 18:00", "only if changed"),
        ("every day at 18:00", "if changed"),
        ("every day at 18:00", "if anything has changed"),
        ("every day at 18:00", "Only if something has changed"),
        ("every day at 18:00,", "only if changed"),
        ("every day at 18:00", "(only if changed)"),
        ("0 18 * * *", "only changed"),
        ("tous les jours à 18h", "seulement si ça change"),
        ("tous les jours à 18h", "seulement si ça a changé"),
        ("tous les jours à 18h", "si quelque chose a changé"),
        ("tous les jours à 18h,", "s'il y a du nouveau"),
        ("tous les jours à 18h", "seulement s’il y a du nouveau"),
        ("tous les jours à 18h", "s’il y a du changement"),
    ],
)
def test_only_if_changed_is_said_at_the_end(tmp_path: Path, style: str, when: str, only_if: str) -> None:
    """As people write it, in either language and both styles of options; the schedule is told without it."""

    async def work(world: World) -> None:
        shown = await world.shown("/edition add " + style.format(slug=SLUG, when=when, only=only_if))
        edition = await only(world)
        assert (edition.cron, edition.only_changed) == ("0 18 * * *", True)
        assert edition.said == when.rstrip(",")
        assert "Only if something has changed since the last briefing here." in shown

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_has_the_channels_language_and_zone(tmp_path: Path, language: Language) -> None:
    """Where it says neither; a channel that has chosen none has those of the settings."""
    there = replace(GENERAL, channel="there")

    async def work(world: World) -> None:
        await world.shown(f"/setup language:{language} timezone:America/Montreal")
        await world.shown(f"/edition add {SLUG} flash every day at 6:00")
        await world.shown(f"/edition add {SLUG} flash every day at 6:00", place=there)
        here, other = await world.desk().orders.editions()
        assert (here.language, here.timezone) == (language, "America/Montreal")
        assert (other.language, other.timezone) == ("fr", "Europe/Paris")
        assert other.address.channel == "there"

    run(tmp_path, work, language="fr", timezone="Europe/Paris")


# ---- what is refused -------------------------------------------------------------------------------------------------------

REFUSED = [
    (
        f"/edition add {SLUG} flash every 90 minutes",
        {
            "en": ["every 90 minutes", "every hour · every 2 hours"],
            "fr": ["toutes les heures · toutes les 2 heures"],
        },
    ),
    (
        f"/édition ajouter {SLUG} flash toutes les 90 minutes",
        {
            "en": ["every hour · every 2 hours"],
            "fr": ["toutes les 90 minutes", "toutes les heures · toutes les 2 heures"],
        },
    ),
    (
        f"/edition add {SLUG} flash every other day",
        {"en": ["every day at 8:00"], "fr": ["tous les jours à 8h"]},
    ),
    (
        f"/édition ajouter {SLUG} flash bientôt",
        {"en": ["every weekday at 8:30", "30 8 * * 1-5"], "fr": ["en semaine à 8h30", "30 8 * * 1-5"]},
    ),
    (
        f"/edition add {SLUG} flash every Tuesday",
        {"en": ["Tuesday at 8:00 · Tuesday at 18:00"], "fr": ["mardi à 8h00 · mardi à 18h00"]},
    ),
    (
        f"/edition add {SLUG} template:flsh every day at 8:30",
        {"en": ["template “flsh”", "Did you mean flash?"], "fr": ["modèle « flsh »", "flash"]},
    ),
    (
        f"/edition add {SLUG} template:%%% every day at 8:30",
        {"en": ["There is: ", "dossier", "sitrep"], "fr": ["Il y a : ", "dossier", "sitrep"]},
    ),
    (
        "/edition add norvo-crises flash every day at 8:30",
        {"en": ["norvo-crises", f"Did you mean {SLUG}?"], "fr": ["norvo-crises", SLUG]},
    ),
    (
        f"/edition add {SLUG} flash every day at 8:30 timezone:Europe/Pariss",
        {"en": ["Europe/Pariss", "Did you mean Europe/Paris?"], "fr": ["Europe/Pariss", "Europe/Paris"]},
    ),
    (
        f"/édition ajouter {SLUG} flash tous les jours à 8h30 fuseau:%%%%",
        {"en": ["Write it as Europe/Paris."], "fr": ["Europe/Paris"]},
    ),
    (
        f"/edition add {SLUG} flash every 5 minutes",
        {
            "en": ["every 15 minutes", "longer interval"],
            "fr": ["toutes les 15 minutes", "intervalle plus long"],
        },
    ),
    (
        f"/edition add {SLUG} flash 0,10 8 * * *",
        {"en": ["every 15 minutes"], "fr": ["toutes les 15 minutes"]},
    ),
    (
        "/edition add",
        {"en": ["`story`", "/edition add reservoir"], "fr": ["`sujet`", "/édition ajouter crise"]},
    ),
    (f"/edition add {SLUG} flash", {"en": ["`when`"], "fr": ["`quand`"]}),
    (f"/edition add {SLUG} when:every day at 8", {"en": ["`template`"], "fr": ["`modèle`"]}),
    (
        f"/edition add {SLUG} flash every day at 8 language:de",
        {"en": ["“de”", "language", "fr, en"], "fr": ["« de »", "langue", "français, anglais"]},
    ),
    ("/edition", {"en": ["/edition add, /edition list"], "fr": ["/édition ajouter, /édition liste"]}),
    ("/edition lst", {"en": ["/edition add, /edition list"], "fr": ["/édition ajouter, /édition liste"]}),
    ("/edition list", {"en": ["`/edition add …`"], "fr": ["`/édition ajouter …`"]}),
    *(
        (
            f"/edition {verb} {number}",
            {"en": [number, "`/edition list`"], "fr": [number, "`/édition liste`"]},
        )
        for verb in ("next", "pause", "resume", "remove", "now")
        for number in ("1", "999999999")
    ),
    ("/edition next x", {"en": ["“x”", "`/edition list`"], "fr": ["« x »", "`/édition liste`"]}),
    ("/edition pause -1", {"en": ["“-1”", "`/edition list`"], "fr": ["« -1 »", "`/édition liste`"]}),
    ("/edition now 9999999999", {"en": ["`/edition list`"], "fr": ["`/édition liste`"]}),
    (
        "/edition resume",
        {"en": ["`number`", "/edition resume 3"], "fr": ["`numéro`", "/édition reprendre 3"]},
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[line for line, _ in REFUSED])
def test_what_is_refused_has_the_nearest(
    tmp_path: Path, line: str, said: dict[str, list[str]], language: Language
) -> None:
    """To the asker alone, in their language, and nothing is made; in French no English word is left."""

    async def work(world: World) -> None:
        told = await world.refused(line, BOSSES[language])
        assert [x for x in said[language] if x not in told] == []
        assert await world.desk().orders.editions() == []
        assert await dispatches(world) == []
        assert bool(english(world.said[-1], line)) is (language == "en")

    run(tmp_path, work)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("minutes", "when", "taken"),
    [(15, "every 15 minutes", True), (60, "every 30 minutes", False), (60, "hourly", True), (1, "* * * * *", True),
     (1440, "every day at 8", True), (1440, "at 8:00 and 18:00", False), (121, "every 2 hours", False)],
)  # fmt: skip
def test_the_settings_say_how_often_is_too_often(
    tmp_path: Path, minutes: int, when: str, taken: bool, language: Language
) -> None:
    """By `tenants.minutes_between`, which the refusal names."""

    async def work(world: World) -> None:
        line = f'/edition add {SLUG} flash "{when}"'
        if taken:
            await world.shown(line, BOSSES[language])
        else:
            assert f"{minutes} minutes" in await world.refused(line, BOSSES[language])
            assert language == "en" or english(world.said[-1], line) == set()
        assert len(await world.desk().orders.editions()) == taken

    run(tmp_path, work, tenants={"minutes_between": minutes})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tenant_has_so_many_editions(tmp_path: Path, language: Language) -> None:
    """The next is refused with the number; a paused one counts; removing one makes room; another tenant has its own."""
    line = f"/edition add {SLUG} flash every day at 8"

    async def work(world: World) -> None:
        await world.desk(ELSEWHERE.tenant).new_story("Norvo crisis")
        await world.shown(line)
        await world.shown(line)
        await world.shown("/edition pause 1")
        told = await world.refused(line, BOSSES[language])
        assert "2" in told
        assert language == "en" or english(world.said[-1], line) == set()
        await world.shown(line, place=ELSEWHERE)
        await world.shown("/edition remove 1")
        await world.shown(line, BOSSES[language])

    run(tmp_path, work, tenants={"editions": 2})


# ---- what there is ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "running", "paused"),
    [
        ("en", "next: Tuesday, November 21, 07:30 EST", "paused: by hand"),
        ("fr", "prochain envoi : mardi 21 novembre, 07:30 EST", "suspendue : à la main"),
    ],
)
def test_the_list_tells_what_runs_and_what_rests(
    tmp_path: Path, language: Language, running: str, paused: str
) -> None:
    """Number, story, template, language, schedule as it was written, its own zone's next time, or why there is none."""

    async def work(world: World) -> None:
        await world.shown(
            f"/edition add {SLUG} flash every day at 7:30 timezone:New_York",
            place=replace(GENERAL, channel="ops"),
        )
        await world.shown(f'/edition add {SLUG} dossier "en semaine à 9h" language:fr')
        await world.shown("/edition pause 2")
        world.clock.moment = NOW.replace(hour=12, minute=30)  # 07:30 in New York: today's has gone
        first, second = (await world.shown("/edition list", replace(READER, language=language))).splitlines()
        assert (
            first
            == f"- **1** — `{SLUG}` · flash · en · every day at 7:30 (America/New_York) → ops · {running}"
        )
        assert second == f"- **2** — `{SLUG}` · dossier · fr · en semaine à 9h (UTC) → general · {paused}"
        assert world.said[-1].public

    run(tmp_path, work)


def test_the_list_tells_in_their_own_words_why_a_channel_was_given_up(tmp_path: Path) -> None:
    """An edition that delivery has paused shows the platform's reason, as literal text."""

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash every day at 7:30")
        await world.desk().orders.pause(1, "the bot was **removed** from <#1>")
        shown = text(await world.ask("/edition list", READER))
        assert "paused: the bot was **removed** from" in shown
        marked = [x for x in world.said[-1].document.inlines() if "removed" in getattr(x, "text", "")]
        assert [type(x).__name__ for x in marked] == ["Text"]

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("language", "heading", "states"),
    [
        ("en", "### What could not be posted", ("dead", "uncertain", "waiting")),
        ("fr", "### Ce qui n’a pas pu être publié", ("abandonné", "incertain", "en attente")),
    ],
)
def test_the_list_tells_what_could_not_be_posted(
    tmp_path: Path, language: Language, heading: str, states: tuple[str, str, str]
) -> None:
    """Given up, uncertain and waiting, the newest first, each with its channel and why; what went well is not there."""
    asker = replace(READER, language=language)

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash every day at 7:30")
        edition = await only(world)
        orders = [
            failed(edition, State.DEAD, "404 Unknown Channel"),
            failed(edition, State.UNCERTAIN, "nobody knows"),
            failed(edition, State.WAITING, "503"),
            failed(edition, State.POSTED, "fine"),
            failed(edition, State.SKIPPED, "nothing new"),
            failed(edition, State.DROPPED, "not wanted"),
            failed(edition, State.QUEUED, "its turn comes"),
        ]
        world.desk().store.ledger.take(orders, NOW, None)
        shown = await world.shown("/edition list", asker)
        assert heading in shown
        told = [x for x in shown.partition(heading)[2].splitlines() if x.strip()]
        assert [x.split(" — ")[0] for x in told] == ["- **3**", "- **2**", "- **1**"]
        for line, state, why in zip(
            told, reversed(states), ("503", "nobody knows", "404 Unknown Channel"), strict=True
        ):
            assert f"→ general: {state}. {why}" in line
        for absent in ("fine", "nothing new", "not wanted", "its turn comes"):
            assert absent not in shown
        await world.shown("/edition remove 1")
        assert heading in await world.shown("/edition list", asker)

    run(tmp_path, work)


def test_times_of_trouble_are_the_channels(tmp_path: Path) -> None:
    """What could not be posted is told at the hour of whoever asks; an edition's next time at the edition's own."""

    async def work(world: World) -> None:
        await world.shown("/setup timezone:Asia/Tokyo")
        await world.shown(f"/edition add {SLUG} flash every day at 7:30 timezone:UTC")
        world.desk().store.ledger.take([failed(await only(world), State.DEAD, "gone")], NOW, None)
        shown = await world.shown("/edition list")
        assert "next: Tuesday, November 21, 07:30 UTC" in shown
        assert "Nov 20, 2023, 17:00" in shown

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("line", "language", "first"),
    [
        ("/edition next 1", "en", "- Saturday, November 25, 08:00 CET"),
        ("/edition next #1", "en", "- Saturday, November 25, 08:00 CET"),
        ("/edition next number:1", "en", "- Saturday, November 25, 08:00 CET"),
        ("/édition prochaines 1", "fr", "- samedi 25 novembre, 08:00 CET"),
        ("/edition prochaines n°1", "fr", "- samedi 25 novembre, 08:00 CET"),
        ("/édition prochaines numéro:1", "fr", "- samedi 25 novembre, 08:00 CET"),
    ],
)
def test_the_next_five_times_are_told(tmp_path: Path, line: str, language: Language, first: str) -> None:
    """In the edition's zone and the asker's language, without making anything; for everyone who asks."""

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash weekends at 8 timezone:Europe/Paris")
        before = world.desk().store.counts()
        shown = (await world.shown(line, replace(READER, language=language))).strip().splitlines()
        assert shown[0] == first
        assert len(shown) == 5
        assert world.desk().store.counts() == before

    run(tmp_path, work)


# ---- resting, going on, going ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "paused", "refused", "resumed"),
    [
        ("en", "Edition 1 rests.", "Edition 1 is paused: by hand.", "Edition 1 goes out again, next:"),
        ("fr", "L’édition 1 est suspendue.", "L’édition 1 est suspendue : à la main.", "L’édition 1 reprend"),
    ],
)
def test_an_edition_is_paused_and_resumed(
    tmp_path: Path, language: Language, paused: str, refused: str, resumed: str
) -> None:
    """Each answer says how to go on; resumed, its fires count from then, not from when it was made."""
    asker = BOSSES[language]
    resume = Line("/edition resume 1").named(language).text

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash every day at 18:00")
        told = await world.shown("/edition pause 1" if language == "en" else "/édition pause 1", asker)
        assert paused in told
        assert f"`{resume}`" in told
        assert (await only(world)).paused == "by hand"
        told = await world.refused("/edition next 1", asker)
        assert refused in told
        assert f"`{resume}`" in told
        assert language == "en" or english(world.said[-1], "") == set()
        world.clock.moment = NOW.replace(day=22)
        told = await world.shown(resume, asker)
        assert resumed in told
        assert "22" in told.splitlines()[2]
        edition = await only(world)
        assert (edition.paused, edition.since) == ("", NOW.replace(day=22))
        await world.shown("/edition next 1", asker)

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("line", "language", "said"),
    [
        ("/edition remove 1", "en", f"Removed edition 1 (`{SLUG}`, every day at 18:00)."),
        ("/édition supprimer 1", "fr", f"Édition 1 supprimée (`{SLUG}`, every day at 18:00)."),
    ],
)
def test_an_edition_is_removed(tmp_path: Path, line: str, language: Language, said: str) -> None:
    """Its number is nobody's afterwards; what it has posted, and what stands in line, stays in the ledger."""

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash every day at 18:00")
        await world.shown("/edition now 1")
        assert said in await world.shown(line, BOSSES[language])
        assert await world.desk().orders.editions() == []
        (left,) = await dispatches(world)
        assert left.kind is Sent.BRIEFING
        await world.refused(line, BOSSES[language])
        await world.shown(f"/edition add {SLUG} flash every day at 18:00")
        assert (await only(world)).id == 2

    run(tmp_path, work)


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize(
    ("line", "language", "said"),
    [
        ("/edition now 1", "en", "Edition 1 goes out now, as dispatch 1."),
        ("/édition maintenant 1", "fr", "L’édition 1 part maintenant : envoi 1."),
    ],
)
def test_an_edition_is_posted_at_once(
    tmp_path: Path, line: str, language: Language, said: str, paused: bool
) -> None:
    """Put in line for whoever delivers, due now and as the edition says, whether it rests or not; its schedule stays."""

    async def work(world: World) -> None:
        await world.shown(f"/edition add {SLUG} flash every day at 18:00 timezone:Asia/Tokyo language:fr")
        if paused:
            await world.shown("/edition pause 1")
        before = await only(world)
        assert said in await world.shown(line, BOSSES[language])
        (made,) = await dispatches(world)
        assert (made.kind, made.state, made.due, made.fire) == (Sent.BRIEFING, State.QUEUED, NOW, None)
        assert (made.template, made.language, made.timezone) == ("flash", "fr", "Asia/Tokyo")
        assert (made.address, made.edition) == (Address("discord", "general"), 1)
        assert [d.id for d in world.desk().store.ledger.unstarted(10)] == [made.id]
        assert await only(world) == before
        await world.shown(line, BOSSES[language])
        assert len(await dispatches(world)) == 2

    run(tmp_path, work)


# ---- other tenants ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", ["next", "pause", "resume", "remove", "now"])
def test_another_tenants_edition_is_not_there(tmp_path: Path, verb: str, language: Language) -> None:
    """Its number is answered as one that nobody has, word for word, and nothing happens to it."""
    asker = BOSSES[language]

    async def work(world: World) -> None:
        await world.desk(ELSEWHERE.tenant).new_story("Norvo crisis")
        await world.shown(f"/edition add {SLUG} flash every day at 18:00")
        await world.shown("/edition pause 1")
        before = await only(world)
        told = await world.refused(f"/edition {verb} 1", asker, ELSEWHERE)
        assert told.replace("1", "7") == await world.refused(f"/edition {verb} 7", asker, ELSEWHERE)
        assert await only(world) == before
        assert await dispatches(world) == []

    run(tmp_path, work)


def test_the_list_has_the_tenants_own_alone(tmp_path: Path) -> None:
    """Neither another's editions, nor what could not be posted there, though channel and story have the same names."""

    async def work(world: World) -> None:
        await world.desk(ELSEWHERE.tenant).new_story("Norvo crisis")
        await world.shown(f"/edition add {SLUG} flash every day at 18:00")
        mine = await only(world)
        world.desk().store.ledger.take([failed(mine, State.DEAD, "a secret of theirs")], NOW, None)
        assert "no edition yet" in await world.refused("/edition list", place=ELSEWHERE)
        await world.shown(f"/edition add {SLUG} dossier every day at 9:00", place=ELSEWHERE)
        shown = await world.shown("/edition list", place=ELSEWHERE)
        assert "dossier" in shown
        assert "flash" not in shown
        assert "secret" not in shown
        assert "a secret of theirs" in await world.shown("/edition list")

    run(tmp_path, work)


def test_a_story_of_another_tenant_gets_no_edition(tmp_path: Path) -> None:
    """A story that only the other has is not there, whatever it is called."""

    async def work(world: World) -> None:
        await world.desk(ELSEWHERE.tenant).new_story("Hidden matter")
        told = await world.refused("/edition add hidden-matter flash every day at 18:00")
        assert SLUG in told
        assert await world.desk().orders.editions() == []

    run(tmp_path, work)


# ---- whatever is typed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    [
        f"/edition add {SLUG} flash %(when)s %s",
        "/edition add %(story)s flash every day at 8",
        f"/edition add {SLUG} template:../../etc/passwd when:every day at 8",
        f"/edition add {SLUG} template:_head when:every day at 8",
        f"/edition add {SLUG} flash every day at 8 timezone:../../etc/passwd",
        f"/edition add {SLUG} flash every day at 8 timezone:localtime",
        f"/edition add {SLUG} flash every day at 25:00",
        f"/edition add {SLUG} flash 0 0 30 2 *",
        f"/edition add {SLUG} flash 99 99 * * *",
        f"/edition add {SLUG} flash " + "9" * 3000,
        f"/edition add {SLUG} flash " + "every " * 600,
        f"/edition add {SLUG} flash \u202e8:30 @everyone {{{{ 7 * 7 }}}}",
        "/edition next ٣",
        "/edition now 1.5",
        "/edition remove %(number)s",
        "/edition pause " + "1" * 400,
    ],
    ids=lambda x: x[:50].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_whatever_is_typed_is_refused_in_words(tmp_path: Path, line: str, language: Language) -> None:
    """No exception, nothing made, a short answer; in French without English."""

    async def work(world: World) -> None:
        told = await world.refused(line, BOSSES[language])
        assert len(told) < 1_000
        assert "root:" not in told
        assert "did not work" not in told
        assert "pas marché" not in told
        assert await world.desk().orders.editions() == []

    run(tmp_path, work)


def test_a_schedule_is_told_as_literal_text(tmp_path: Path) -> None:
    """What someone wrote around the times formats nothing and pings nobody wherever the edition is told."""

    async def work(world: World) -> None:
        edition = await world.desk().orders.add(
            await world.desk().story(SLUG), Address("discord", "<!channel> *x*"), template="flash", language="en",
            cron="0 8 * * *", timezone="UTC", said="*every* [day](http://x.example) \u202e@everyone",
        )  # fmt: skip
        for line in ("/edition list", f"/edition remove {edition.id}"):
            answer = await world.ask(line)
            assert answer.ok
            kinds = {type(x).__name__ for x in answer.document.inlines() if "every" in getattr(x, "text", "")}
            assert kinds == {"Text"}
            assert "\u202e" not in text(answer) or "\u2069" in text(answer)

    run(tmp_path, work)
