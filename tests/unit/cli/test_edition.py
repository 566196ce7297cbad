"""`sitrep edition`: standing orders on the command line, from their making to their end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from briefings.model import LOCAL, Edition
from tests.unit.cli.calling import NOW
from tests.unit.cli.terminal import Terminal

VERBS = ("next", "pause", "resume", "remove", "now")


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def kept(sitrep: Terminal) -> list[Edition]:
    """The editions as they are stored."""
    with sitrep.store() as store:
        return store.editions.editions(LOCAL)


# ---- making one ------------------------------------------------------------------------------------------------------------


def test_an_edition_is_made_and_its_times_are_told(sitrep: Terminal) -> None:
    """Five lines, the rest on standard error: exit code 0; by default into the desk, of the settings' zone and language."""
    ran = sitrep("edition", "add", "norvo", "flash", "every", "weekday", "at", "8:30")
    assert ran.code == 0
    first, *times = ran.out.splitlines()
    assert first == "Made edition 1: flash of norvo into web:desk. Next:"
    assert times[0] == "  Monday, November 20, 08:30 UTC"
    assert times[-1] == "  Friday, November 24, 08:30 UTC"
    assert len(times) == 5
    assert "sitrep run" in ran.err
    (edition,) = kept(sitrep)
    assert (edition.cron, edition.said, edition.language) == ("30 8 * * 1-5", "every weekday at 8:30", "en")
    assert (edition.since, edition.only_changed, edition.missed, edition.quiet) == (
        NOW,
        False,
        "newest",
        None,
    )


def test_every_option_is_kept(sitrep: Terminal) -> None:
    """Channel, zone, language, only if changed, what becomes of missed ones, quiet hours; the list as JSON has them."""
    made = sitrep(
        "edition", "add", "norvo", "dossier", "0 */2 * * *", "--to", "relay:C0123", "--timezone", "paris", "--lang", "fr",
        "--only-if-changed", "--missed", "12h", "--quiet", "22:00-07:00",
    )  # fmt: skip
    assert made.code == 0
    assert made.out.splitlines()[1] == "  Monday, November 20, 10:00 CET"
    assert json.loads(sitrep("edition", "list", "--json").out) == [
        {
            "number": 1,
            "story": "norvo",
            "template": "dossier",
            "language": "fr",
            "cron": "0 */2 * * *",
            "timezone": "Europe/Paris",
            "when": "0 */2 * * *",
            "to": "relay:C0123",
            "since": NOW.isoformat(),
            "only_changed": True,
            "missed": "12",
            "quiet": "22:00-07:00",
            "paused": "",
        }
    ]


def test_the_times_that_are_told_heed_quiet_hours(sitrep: Terminal) -> None:
    """Those that fall into them come once, at their end."""
    ran = sitrep("edition", "add", "norvo", "flash", "every 2 hours", "--quiet", "19:00-07:30")
    hours = [line.split(", ")[-1] for line in ran.out.splitlines()[1:]]
    assert hours == ["10:00 UTC", "12:00 UTC", "14:00 UTC", "16:00 UTC", "18:00 UTC"]
    again = sitrep("edition", "add", "norvo", "flash", "every 2 hours", "--quiet", "09:00-17:30")
    assert [line.split(", ")[-1] for line in again.out.splitlines()[1:3]] == ["17:30 UTC", "18:00 UTC"]


@pytest.mark.parametrize(
    ("to", "kept_as"),
    [("desk", "web:desk"), ("#ops-room", "web:ops-room"), ("web:ops", "web:ops"), ("relay:#C1", "relay:C1")],
)
def test_an_edition_goes_into_a_channel_by_its_name(sitrep: Terminal, to: str, kept_as: str) -> None:
    """A web channel is made where there is none; others are the platform's."""
    assert sitrep("edition", "add", "norvo", "flash", "hourly", "--to", to).code == 0
    assert [str(e.address) for e in kept(sitrep)] == [kept_as]
    with sitrep.store() as store:
        channels = [f"web:{c.id}" for c in store.channels.channels(LOCAL)]
    assert channels == ([kept_as] if kept_as.startswith("web:") else [])


@pytest.mark.parametrize(
    ("rule", "kept_as"), [("newest", "newest"), ("all", "all"), ("12h", "12"), ("999", "999")]
)
def test_missed_ones_have_a_rule(sitrep: Terminal, rule: str, kept_as: str) -> None:
    """The newest, all, or those no older than so many hours."""
    assert sitrep("edition", "add", "norvo", "flash", "hourly", "--missed", rule).code == 0
    assert [e.missed for e in kept(sitrep)] == [kept_as]


def test_the_settings_say_what_is_not_said(sitrep: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zone, language and quiet hours."""
    monkeypatch.setenv("SITREP_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("SITREP_LANGUAGE", "fr")
    monkeypatch.setenv("SITREP_DELIVERY__QUIET", "23:00-06:00")
    assert "18:00 JST" in sitrep("edition", "add", "norvo", "flash", "tous les jours à 18h").out
    (edition,) = kept(sitrep)
    assert (edition.timezone, edition.language) == ("Asia/Tokyo", "fr")
    assert edition.quiet is not None
    assert (edition.quiet.start, edition.quiet.end) == ("23:00", "06:00")


def test_the_command_line_is_held_to_no_limit(sitrep: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are for tenants who come by chat: whoever has the machine may have as many and as often as they like."""
    monkeypatch.setenv("SITREP_TENANTS__EDITIONS", "1")
    monkeypatch.setenv("SITREP_TENANTS__MINUTES_BETWEEN", "60")
    for _ in range(2):
        assert sitrep("edition", "add", "norvo", "flash", "every 5 minutes").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["norvo", "flash", "every 90 minutes"], 1, ["every 90 minutes", "every hour · every 2 hours"]),
        (["norvo", "flash", "whenever"], 1, ["whenever", "every weekday at 8:30"]),
        (["norvo", "flash", "every day at 25:00"], 1, ["every day at 25:00"]),
        (["norvo", "flsh", "hourly"], 1, ["template “flsh”", "Did you mean flash?"]),
        (["nothing", "flash", "hourly"], 66, ["story 'nothing'", "Stories: norvo."]),
        (["norvo", "flash", "hourly", "--timezone", "Pariss"], 1, ["“Pariss”", "Did you mean Europe/Paris?"]),
        (["norvo", "flash", "hourly", "--timezone", "%%"], 1, ["Write it as Europe/Paris."]),
        (["norvo", "flash", "hourly", "--to", "sms:1"], 1, ["'sms:1'", "relay:CHANNEL"]),
        (["norvo", "flash", "hourly", "--to", "Desk!"], 1, ["'Desk!'", "small letters, digits and hyphens"]),
        (["norvo", "flash", "hourly", "--to", ""], 1, ["is no channel"]),
        (["norvo", "flash", "hourly", "--to", "relay:"], 1, ["'relay:' is no channel"]),
        (["norvo", "flash", "hourly", "--to", "relay:" + "x" * 129], 1, ["is no channel"]),
        (["norvo", "flash", "hourly", "--missed", "0h"], 1, ["'0h'", "newest, all, or hours such as 12h"]),
        (["norvo", "flash", "hourly", "--missed", "1000h"], 1, ["'1000h'"]),
        (["norvo", "flash", "hourly", "--missed", "٣h"], 1, ["rule for missed ones"]),
        (["norvo", "flash", "hourly", "--quiet", "24:00-07:00"], 1, ["'24:00-07:00'", "22:00-07:00"]),
        (["norvo", "flash", "hourly", "--quiet", "22:00"], 1, ["'22:00' says no hours"]),
        (["norvo", "flash", "hourly", "--lang", "de"], 2, ["--lang"]),
        (["norvo", "flash"], 2, ["Missing argument 'when'", "Usage:"]),
        ([], 2, ["Missing argument", "Usage:"]),
    ],
    ids=lambda x: " ".join(x)[:60] if isinstance(x, list) else str(x),
)
def test_a_mistake_is_told_with_what_to_do(
    sitrep: Terminal, arguments: list[str], code: int, said: list[str]
) -> None:
    """On standard error, with its exit code; no edition is made."""
    ran = sitrep("edition", "add", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert [s for s in said if s not in ran.err] == []
    assert kept(sitrep) == []


# ---- what there is ---------------------------------------------------------------------------------------------------------


def test_without_an_edition_the_list_says_how_to_make_one(sitrep: Terminal) -> None:
    """With exit code 0; as JSON it is empty."""
    ran = sitrep("edition", "list")
    assert (ran.code, ran.err) == (0, "")
    assert "sitrep edition add STORY TEMPLATE WHEN" in ran.out
    assert json.loads(sitrep("edition", "list", "--json").out) == []


def test_the_list_tells_what_runs_and_what_rests(sitrep: Terminal) -> None:
    """A line each by number: what, when, where, and the next time in its own zone, or that it is paused."""
    sitrep("edition", "add", "norvo", "flash", "every day at 9:00", "--timezone", "Asia/Tokyo")
    sitrep("edition", "add", "norvo", "sitrep", "hourly", "--to", "relay:C1", "--lang", "fr")
    sitrep("edition", "pause", "2")
    ran = sitrep("edition", "list")
    assert ran.out.splitlines() == [
        "   1  norvo · flash · en · every day at 9:00 (Asia/Tokyo) → web:desk · next: Tuesday, November 21, 09:00 JST",
        "   2  norvo · sitrep · fr · hourly (UTC) → relay:C1 · paused: by hand",
    ]
    assert [e["paused"] for e in json.loads(sitrep("edition", "list", "--json").out)] == ["", "by hand"]


def test_the_next_five_times_are_told(sitrep: Terminal) -> None:
    """In the edition's zone; of a paused one too, which is said."""
    sitrep("edition", "add", "norvo", "flash", "weekends at 8", "--timezone", "Europe/Paris")
    ran = sitrep("edition", "next", "1")
    assert ran.out.splitlines()[0] == "Saturday, November 25, 08:00 CET"
    assert len(ran.out.splitlines()) == 5
    sitrep("edition", "pause", "1")
    paused = sitrep("edition", "next", "1")
    assert paused.out.splitlines() == [
        "Edition 1 is paused: by hand. These would be its times:",
        *ran.out.splitlines(),
    ]
    assert (ran.code, paused.code) == (0, 0)


def test_an_edition_is_paused_and_resumed(sitrep: Terminal) -> None:
    """Each answer says what comes next."""
    sitrep("edition", "add", "norvo", "flash", "hourly")
    paused = sitrep("edition", "pause", "1")
    assert (paused.code, paused.out) == (
        0,
        "Edition 1 rests. Let it go out again with: sitrep edition resume 1\n",
    )
    assert [e.paused for e in kept(sitrep)] == ["by hand"]
    resumed = sitrep("edition", "resume", "1")
    assert resumed.code == 0
    assert resumed.out.splitlines()[:2] == [
        "Edition 1 goes out again, next:",
        "  Monday, November 20, 09:00 UTC",
    ]
    assert [e.paused for e in kept(sitrep)] == [""]


def test_an_edition_is_removed(sitrep: Terminal) -> None:
    """It is gone from the list, its number is nobody's, and what it has posted stays in the ledger."""
    sitrep("edition", "add", "norvo", "flash", "hourly")
    sitrep("edition", "now", "1")
    removed = sitrep("edition", "remove", "1")
    assert (removed.code, removed.out) == (0, "Removed edition 1.\n")
    assert "No edition yet" in sitrep("edition", "list").out
    assert sitrep("edition", "remove", "1").code == 66
    (left,) = json.loads(sitrep("dispatch", "list", "--json").out)
    assert (left["number"], left["template"], left["edition"]) == (1, "flash", None)


def test_an_edition_is_posted_at_once(sitrep: Terminal) -> None:
    """The answer names the dispatch and how to look at it; it is in line, due now, beside the schedule."""
    sitrep("edition", "add", "norvo", "flash", "hourly", "--lang", "fr")
    ran = sitrep("edition", "now", "1")
    assert (ran.code, ran.out) == (0, "Edition 1 goes out as dispatch 1: sitrep dispatch show 1\n")
    (made,) = json.loads(sitrep("dispatch", "list", "--json").out)
    assert (made["state"], made["kind"], made["edition"], made["to"]) == ("queued", "briefing", 1, "web:desk")
    assert (made["due"], made["template"], made["language"]) == (NOW.isoformat(), "flash", "fr")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("number", "code"), [("9", 66), ("0", 66), ("x", 2), ("1.5", 2)])
def test_an_edition_that_is_not_there_is_told(sitrep: Terminal, verb: str, number: str, code: int) -> None:
    """Exit code 66 for an unknown number, 2 for what is none."""
    sitrep("edition", "add", "norvo", "flash", "hourly")
    ran = sitrep("edition", verb, number)
    assert (ran.code, ran.out) == (code, "")
    assert number in ran.err or "integer" in ran.err


# ---- outside text ----------------------------------------------------------------------------------------------------------


def test_no_escape_sequence_of_an_edition_reaches_the_terminal(sitrep: Terminal) -> None:
    """Neither of its schedule nor of its channel, as a chat platform may have brought them in."""
    hostile = "a\x1b]0;owned\x07b\x1b[31mc\x9b31md\x7f\nforged"
    sitrep("edition", "add", "norvo", "flash", "hourly", "--to", f"relay:{hostile}")
    refused = [
        sitrep("edition", "add", "norvo", "flash", hostile),
        sitrep("edition", "add", "norvo", hostile, "hourly"),
        sitrep("edition", "add", hostile, "flash", "hourly"),
        sitrep("edition", "add", "norvo", "flash", "hourly", "--timezone", hostile),
        sitrep("edition", "add", "norvo", "flash", "hourly", "--to", hostile),
        sitrep("edition", "add", "norvo", "flash", "hourly", "--missed", hostile),
        sitrep("edition", "add", "norvo", "flash", "hourly", "--quiet", hostile),
    ]
    listed = sitrep("edition", "list")
    assert len(listed.out.splitlines()) == 1
    assert [r.code for r in refused].count(0) == 0
    assert all(ran.harmless for ran in (listed, *refused))
