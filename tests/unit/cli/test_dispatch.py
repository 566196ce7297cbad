"""`sitrep dispatch`: the ledger on the command line, and what a person decides there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.dispatch.content import Content, dump
from briefings.model import LOCAL, Address, Sent, State, Tenant
from briefings.rendering import Document
from briefings.rendering.document import Paragraph, Text
from briefings.store import Draft, Order
from tests.unit.cli.calling import NOW
from tests.unit.cli.terminal import Terminal

DESK = Address("web", "desk")
ORDER = Order(LOCAL, Sent.BRIEFING, DESK, NOW, template="flash", language="en")
CONTENT = dump(Content(Document((Paragraph((Text("Said."),)),), "en"), facts=("quote:a", "figure:b")))


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def taken(sitrep: Terminal, *orders: Order) -> list[int]:
    """Dispatches put in line, or settled, as delivery leaves them."""
    with sitrep.store() as store:
        return store.ledger.take(orders, NOW, None)


def in_state(state: State, why: str = "", **values: object) -> Order:
    return replace(ORDER, state=state, why=why, **values)  # type: ignore[arg-type]


def every_state() -> list[Order]:
    """One of each, numbered in this order, each to a channel of its own."""
    return [in_state(s, f"why {s}", address=Address("web", s.value)) for s in State]


def numbers(sitrep: Terminal, *arguments: str) -> list[int]:
    """The numbers that a list gives, as JSON and in words alike."""
    as_json = [d["number"] for d in json.loads(sitrep("dispatch", "list", *arguments, "--json").out)]
    told = sitrep("dispatch", "list", *arguments).out.splitlines()
    assert [int(line.split()[0]) for line in told if line[0] == " "] == as_json
    return as_json


def state_of(sitrep: Terminal, number: int) -> str:
    return str(json.loads(sitrep("dispatch", "show", str(number), "--json").out)["state"])


# ---- list ------------------------------------------------------------------------------------------------------------------


def test_an_empty_ledger_says_so(sitrep: Terminal) -> None:
    """Exit code 0; as JSON it is an empty list; where the list was narrowed, that is what is empty."""
    assert sitrep("dispatch", "list").out == "Nothing was dispatched yet.\n"
    for narrowed in (["--dead"], ["--state", "posted"], ["--edition", "1"]):
        ran = sitrep("dispatch", "list", *narrowed)
        assert (ran.code, ran.out, ran.err) == (0, "No such dispatch.\n", "")
    assert json.loads(sitrep("dispatch", "list", "--json").out) == []


def test_the_list_is_a_line_each(sitrep: Terminal) -> None:
    """The newest first: number, state, kind, when it was due, where to, and why it is as it is."""
    taken(
        sitrep,
        in_state(State.POSTED, kind=Sent.ANSWER),
        in_state(
            State.DEAD, "404 Unknown Channel", address=Address("relay", "C1"), due=NOW - timedelta(hours=2)
        ),
    )
    assert sitrep("dispatch", "list").out.splitlines() == [
        "     2  dead      briefing   2023-11-20T06:00  relay:C1  404 Unknown Channel",
        "     1  posted    answer     2023-11-20T08:00  web:desk",
    ]


def test_the_list_is_narrowed(sitrep: Terminal) -> None:
    """By state, several of them, the troubled ones, an edition, a number of lines; never to another tenant's."""
    sitrep("edition", "add", "norvo", "flash", "hourly")
    taken(sitrep, *every_state())
    taken(sitrep, replace(ORDER, edition=1), replace(ORDER, tenant=Tenant("discord", "1")))
    numbered = {s: i for i, s in enumerate(State, 1)}
    assert numbers(sitrep) == list(range(9, 0, -1))
    assert numbers(sitrep, "--most", "3") == [9, 8, 7]
    for state in State:
        assert numbered[state] in numbers(sitrep, "--state", state.value)
    assert numbers(sitrep, "--state", "posted", "--state", "dead") == [
        numbered[State.DEAD],
        numbered[State.POSTED],
    ]
    assert numbers(sitrep, "--dead") == [numbered[State.UNCERTAIN], numbered[State.DEAD]]
    assert numbers(sitrep, "--dead", "--state", "waiting") == [
        numbered[State.UNCERTAIN],
        numbered[State.DEAD],
        numbered[State.WAITING],
    ]
    assert numbers(sitrep, "--edition", "1") == [9]
    assert numbers(sitrep, "--edition", "1", "--dead") == []


def test_the_list_is_json_for_scripts(sitrep: Terminal) -> None:
    """Every field of a dispatch, moments in UTC, "" or null where there is none."""
    taken(sitrep, in_state(State.DEAD, "gone"))
    assert json.loads(sitrep("dispatch", "list", "--json").out) == [
        {
            "number": 1,
            "kind": "briefing",
            "state": "dead",
            "why": "gone",
            "to": "web:desk",
            "edition": None,
            "corrects": None,
            "template": "flash",
            "language": "en",
            "due": NOW.isoformat(),
            "settled": NOW.isoformat(),
            "retry": "",
            "tries": 0,
            "content": None,
        }
    ]


@pytest.mark.parametrize(
    "arguments",
    [["--state", "lost"], ["--state", "POSTED!"], ["--most", "0"], ["--most", "10001"], ["--edition", "x"]],
    ids=" ".join,
)
def test_a_list_that_can_not_be_is_a_mistake_in_the_arguments(sitrep: Terminal, arguments: list[str]) -> None:
    """Exit code 2 with the usage; of a state, those that there are."""
    ran = sitrep("dispatch", "list", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage:" in ran.err
    if arguments == ["--state", "lost"]:
        assert all(f"'{s}'" in ran.err for s in State)


# ---- show ------------------------------------------------------------------------------------------------------------------


def posted(sitrep: Terminal) -> None:
    """Dispatch 1, in two parts, and dispatch 2, its correction, which is under way."""
    with sitrep.store() as store:
        order = in_state(State.POSTED, content=CONTENT)
        store.ledger.note(order, [("m1", "first body"), ("m2", "second body")], NOW)
        store.ledger.take([replace(ORDER, kind=Sent.CORRECTION, of=1, content=CONTENT)], NOW, None)


def test_a_dispatch_is_shown_with_its_parts(sitrep: Terminal) -> None:
    """What it is, how many facts it carries, and each part with the platform's message, its tries and its hash."""
    posted(sitrep)
    ran = sitrep("dispatch", "show", "1")
    assert ran.code == 0
    told = dict(line.split(maxsplit=1) for line in ran.out.splitlines() if not line.startswith("part"))
    assert (told["number"], told["state"], told["to"], told["facts"]) == ("1", "posted", "web:desk", "2")
    assert "why" not in told
    parts = [line for line in ran.out.splitlines() if line.startswith("part")]
    assert [p.split("posted ")[1].split(",")[0] for p in parts] == [
        f"{NOW.isoformat()} as m1",
        f"{NOW.isoformat()} as m2",
    ]
    assert all("tried 1 time," in p for p in parts)
    assert [p.split()[1] for p in parts] == ["1", "2"]
    correction = sitrep("dispatch", "show", "2").out
    assert "corrects   1" in correction
    assert "kind       correction" in correction


def test_a_dispatch_is_shown_as_json_for_scripts(sitrep: Terminal) -> None:
    """With the facts' keys, and every part."""
    posted(sitrep)
    shown = json.loads(sitrep("dispatch", "show", "1", "--json").out)
    assert shown["facts"] == ["quote:a", "figure:b"]
    assert [(p["number"], p["message"], p["key"], p["tries"]) for p in shown["parts"]] == [
        (0, "m1", "1-0", 1),
        (1, "m2", "1-1", 1),
    ]
    assert all(len(p["hash"]) == 64 and p["posted"] == NOW.isoformat() for p in shown["parts"])
    assert json.loads(sitrep("dispatch", "show", "2", "--json").out)["corrects"] == 1


def test_a_part_that_is_not_posted_says_so(sitrep: Terminal) -> None:
    """With what it would change, and how often it was tried."""
    posted(sitrep)
    with sitrep.store() as store:
        claimed = store.ledger.claim(2, 1)
        assert claimed is not None
        store.ledger.keep(claimed, CONTENT, [Draft("new body", "m1"), Draft("another")], NOW)
        store.ledger.trying(claimed, 0, NOW)
        store.ledger.trying(claimed, 0, NOW)
    first, second = [x for x in sitrep("dispatch", "show", "2").out.splitlines() if x.startswith("part")]
    assert "not posted, changes m1, tried 2 times," in first
    assert "not posted, tried 0 times," in second


# ---- retry and drop --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.DEAD, State.UNCERTAIN, State.WAITING])
def test_one_that_failed_is_tried_again(sitrep: Terminal, state: State) -> None:
    """It stands in line as at the first time, for whoever delivers, without its reason."""
    taken(sitrep, in_state(state, "503"))
    ran = sitrep("dispatch", "retry", "1")
    assert ran.code == 0
    assert "Dispatch 1 is tried again as soon as `sitrep run` or `sitrep worker` runs." in ran.out
    shown = json.loads(sitrep("dispatch", "show", "1", "--json").out)
    assert (shown["state"], shown["why"], shown["settled"], shown["tries"]) == ("queued", "", "", 0)
    with sitrep.store() as store:
        assert [d.id for d in store.ledger.unstarted(10)] == [1]


@pytest.mark.parametrize("state", [State.POSTED, State.SKIPPED, State.DROPPED, State.GOING])
def test_one_that_did_not_fail_is_not_tried_again(sitrep: Terminal, state: State) -> None:
    """Exit code 1, and what it is; nothing has changed."""
    taken(sitrep, in_state(state))
    ran = sitrep("dispatch", "retry", "1")
    assert (ran.code, ran.out) == (1, "")
    assert f"Dispatch 1 is {state}: there is nothing to try again." in ran.err
    assert state_of(sitrep, 1) == state


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.GOING, State.WAITING, State.DEAD, State.UNCERTAIN, State.DROPPED]
)
def test_one_that_is_not_posted_is_dropped(sitrep: Terminal, state: State) -> None:
    """The next one of its channel goes; dropped twice it is dropped once."""
    taken(sitrep, in_state(state))
    for _ in range(2):
        ran = sitrep("dispatch", "drop", "1")
        assert (ran.code, ran.out, ran.err) == (0, "Dropped dispatch 1.\n", "")
    assert state_of(sitrep, 1) == "dropped"


@pytest.mark.parametrize("state", [State.POSTED, State.SKIPPED])
def test_one_that_is_done_with_is_not_dropped(sitrep: Terminal, state: State) -> None:
    """Exit code 1: what is in the channel stays in the ledger."""
    taken(sitrep, in_state(state))
    ran = sitrep("dispatch", "drop", "1")
    assert (ran.code, ran.out) == (1, "")
    assert f"Dispatch 1 is {state}: there is nothing to drop." in ran.err
    assert state_of(sitrep, 1) == state


# ---- what is not there -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["show", "retry", "drop"])
@pytest.mark.parametrize(("number", "code"), [("9", 66), ("0", 66), ("2", 66), ("x", 2)])
def test_a_dispatch_that_is_not_there_is_told(sitrep: Terminal, verb: str, number: str, code: int) -> None:
    """Exit code 66 for an unknown number and for another tenant's, which is dispatch 2; 2 for what is no number."""
    taken(sitrep, in_state(State.DEAD), replace(in_state(State.DEAD), tenant=Tenant("discord", "1")))
    ran = sitrep("dispatch", verb, number)
    assert (ran.code, ran.out) == (code, "")
    assert ("There is no dispatch" in ran.err) is (code == 66)
    assert state_of(sitrep, 1) == "dead"


def test_no_escape_sequence_of_a_platform_reaches_the_terminal(sitrep: Terminal) -> None:
    """Neither of why it failed, nor of channels' names, nor of message ids; a reason of several lines is one."""
    hostile = "a\x1b]0;owned\x07b\x1b[31mc\x9b31md\x7f\n  9  posted  forged"
    with sitrep.store() as store:
        order = in_state(State.DEAD, hostile, address=Address("relay", hostile), template=hostile)
        store.ledger.note(order, [(hostile, "body")], NOW)
    listed, shown = sitrep("dispatch", "list"), sitrep("dispatch", "show", "1")
    assert len(listed.out.splitlines()) == 1
    assert listed.harmless
    assert shown.harmless
    assert "owned" in listed.out
    assert "owned" in shown.out
