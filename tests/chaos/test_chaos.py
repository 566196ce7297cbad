"""Exactly once and in order, though processes are killed and the server fails; and the judge who says so can say no."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiohttp import ClientSession, ClientTimeout
from aiohttp.test_utils import TestClient, TestServer

from bots.discord.publisher import DiscordPublisher
from bots.dispatch.pacing import READY_WITHIN
from bots.drawings import Drawings
from bots.marks import of_part
from bots.slack.publisher import SlackPublisher
from briefings import settings
from briefings.model import Sent, State
from briefings.sources import Worker
from tests.chaos.judge import Piece, Row, fires_between, judge
from tests.chaos.plan import planned
from tests.chaos.platforms import HANGING, SLACK_HANGING, TIMEOUT, standing, visible
from tests.chaos.run import Options, Report, run
from tests.chaos.server import ASKING, POSTING, Channels, Message, drawn
from tests.platforms.discord import simulated

# ---- the program -------------------------------------------------------------------------------------------------------

ALONE = Options(seed=11, kills=20, channels=30, minutes=1.8)
SEVERAL = Options(seed=12, kills=20, channels=20, each=2, minutes=1.3, database="postgres", workers=3)
DISCORD = Options(  # seeds with which it is often up for a while before it is killed
    seed=1937, kills=20, suspensions=2, endings=1, channels=30, minutes=1.3, platform="discord"
)
SLACK = replace(DISCORD, seed=885, channels=40, platform="slack", trouble=0.4)


@pytest.fixture(scope="module")
def reports() -> Iterator[dict[int, Future[Report]]]:
    """The runs by their seeds, which go on at the same time: most of it is waiting for minutes to come."""
    with ThreadPoolExecutor(4) as pool:
        yield {o.seed: pool.submit(run, o) for o in (ALONE, SEVERAL, DISCORD, SLACK)}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
@pytest.mark.parametrize(
    "options", [ALONE, SEVERAL, DISCORD, SLACK], ids=["sqlite", "postgres", "discord", "slack"]
)
def test_every_briefing_is_there_once_and_in_order_whenever_processes_die(
    reports: dict[int, Future[Report]], options: Options
) -> None:
    """One process on SQLite, three workers on PostgreSQL, one on Discord, one on Slack: killed at least twenty times each,
    and nothing is wrong at the end.
    """
    report = reports[options.seed].result()
    told = json.dumps(report.told(), indent=2)
    assert report.clean, told
    assert not any(report.verdict.counts().values()), told
    assert report.kills == options.kills >= 20, told
    if options is not SLACK:  # its messages are a second apart, and on a slow machine few kills meet one
        assert report.busy >= 1, f"the kills hit nobody at work\n{told}"
    assert report.dispatches >= 2 * options.channels * options.each, told
    assert sum(report.faults.values()) >= 10, told


# ---- the judge ---------------------------------------------------------------------------------------------------------

FIRE = "2026-11-24T08:01Z"
LATER = "2026-11-24T08:02Z"
FIRES = [(1, FIRE), (1, LATER), (2, FIRE)]


def row(number: int, edition: int, fire: str, channel: str) -> Row:
    """A dispatch of two parts, posted."""
    pieces = tuple(Piece(i, f"{number}-{i}", f"text {number}-{i}", f"m{number}-{i}") for i in range(2))
    return Row(number, edition, fire, channel, State.POSTED, "", pieces, 2)


ROWS = [row(9, 1, FIRE, "a"), row(10, 2, FIRE, "b"), row(11, 1, LATER, "a")]
LOG = [
    Message(r.channel, p.key, p.message, p.digest)
    for r, p in [(ROWS[n], ROWS[n].pieces[i]) for n, i in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1)]]
]


def wrong(rows: list[Row] = ROWS, log: list[Message] = LOG) -> dict[str, int]:
    """What the judge finds, by kind."""
    return {name: n for name, n in judge(FIRES, rows, log).counts().items() if n}


def test_the_judge_lets_a_right_run_pass() -> None:
    """Channels may be mixed as they like: the order is each channel's own, by numbers and not by letters."""
    assert judge(FIRES, ROWS, LOG).clean
    assert wrong() == {}


def test_the_judge_sees_a_double() -> None:
    """The same key twice, next to the first or long after it, is one double and no disorder."""
    assert wrong(log=[LOG[0], replace(LOG[0], id="m99"), *LOG[1:]]) == {"doubled": 1}
    assert wrong(log=[*LOG, replace(LOG[0], id="m99")]) == {"doubled": 1}


def test_the_judge_sees_a_lost_part() -> None:
    """One that the ledger holds for posted and that the server never took, or that is missing in the ledger."""
    assert wrong(log=LOG[:-1]) == {"lost": 1}
    assert wrong(rows=[*ROWS[:2], replace(ROWS[2], pieces=ROWS[2].pieces[:1])], log=LOG[:-1]) == {"lost": 1}
    assert wrong(rows=[*ROWS[:2], replace(ROWS[2], pieces=(), parts=0)], log=LOG[:-2]) == {"lost": 1}


def test_the_judge_sees_a_swap() -> None:
    """Two parts of a dispatch, or two dispatches of a channel, the wrong way round."""
    assert wrong(log=[LOG[2], LOG[1], LOG[0], *LOG[3:]]) == {"disordered": 1}
    assert wrong(log=[LOG[4], LOG[5], *LOG[:4]]) == {"disordered": 1}


def test_the_judge_sees_fires_that_were_missed_or_made_up() -> None:
    """Each fire has one dispatch: none is too few, two are too many, and where nothing was due there is none."""
    assert wrong(rows=ROWS[:2], log=LOG[:4]) == {"missed": 1}
    again = row(12, 1, LATER, "a")
    more = [Message("a", p.key, p.message, p.digest) for p in again.pieces]
    assert wrong(rows=[*ROWS, again], log=[*LOG, *more]) == {"surplus": 2}
    assert wrong(rows=[*ROWS, replace(again, fire="2026-11-24T08:03Z")], log=[*LOG, *more]) == {"surplus": 1}


def test_the_judge_sees_what_is_not_as_the_ledger_has_it() -> None:
    """A text rendered anew, another channel, another id, a message of nobody; a dispatch that was given up."""
    assert wrong(log=[replace(LOG[0], digest="other"), *LOG[1:]]) == {"astray": 1}
    assert wrong(log=[*LOG[:5], replace(LOG[5], channel="b")]) == {"astray": 1}
    assert wrong(log=[replace(LOG[0], id="m99"), *LOG[1:]]) == {"astray": 1}
    assert wrong(log=[*LOG, Message("a", "", "m99", "")]) == {"astray": 1}
    assert wrong(rows=[replace(ROWS[0], state=State.UNCERTAIN), *ROWS[1:]]) == {"unposted": 1}


def test_the_judge_sees_a_reply_that_stands_beneath_another_message() -> None:
    """Or in the channel itself; and what belongs into the channel, in a thread."""
    head, reply = ROWS[0].pieces
    threaded = [replace(ROWS[0], pieces=(head, replace(reply, under=head.message))), *ROWS[1:]]
    assert wrong(rows=threaded, log=[*LOG[:2], replace(LOG[2], under=head.message), *LOG[3:]]) == {}
    assert wrong(rows=threaded) == {"astray": 1}
    assert wrong(rows=threaded, log=[*LOG[:2], replace(LOG[2], under="m99"), *LOG[3:]]) == {"astray": 1}
    assert wrong(log=[replace(LOG[0], under="m99"), *LOG[1:]]) == {"astray": 1}


def test_the_judge_lets_as_many_notices_pass_as_there_may_be() -> None:
    """A welcome is of no fire; a second one is too many. Its parts are looked for as any other's."""
    told = Message("a", "12-0", "m12", "hi")
    welcome = replace(
        row(12, 0, "", "a"), edition=None, fire=None, kind=Sent.NOTICE, pieces=(Piece(0, "12-0", "hi", "m12"),), parts=1
    )  # fmt: skip
    assert judge(FIRES, [*ROWS, welcome], [*LOG, told], notices=1).clean
    assert wrong(rows=[*ROWS, welcome], log=[*LOG, told]) == {"surplus": 1}
    assert judge(FIRES, [*ROWS, welcome], LOG, notices=1).counts()["lost"] == 1


def test_fires_are_counted_as_the_program_counts_them() -> None:
    """After the moment at which an edition was made, up to and with the one at which it was paused."""
    since = datetime(2026, 11, 24, 8, 0, 30, tzinfo=UTC)
    assert fires_between(since, since + timedelta(seconds=29)) == []
    assert fires_between(since, since + timedelta(seconds=100)) == [FIRE, LATER]
    assert fires_between(since.replace(second=0), since + timedelta(seconds=90)) == [FIRE, LATER]


# ---- the plan and the server -------------------------------------------------------------------------------------------


def test_the_plan_comes_from_the_seed() -> None:
    """The same seed, the same blows; all of them, in order and within the time; another seed, others."""
    plan = planned(3, 20, 5, 4, 3, 2.0)
    assert plan == planned(3, 20, 5, 4, 3, 2.0)
    assert plan != planned(4, 20, 5, 4, 3, 2.0)
    assert Counter(b.what for b in plan) == {"kill": 20, "suspend": 5, "end": 4}
    assert plan == sorted(plan, key=lambda b: b.at)
    assert all(0 <= b.at < 120 for b in plan)
    assert {b.who for b in plan} == {0, 1, 2}


def test_every_fault_is_drawn() -> None:
    """About as often as its share says; and most requests go well."""
    for faults in (POSTING, ASKING):
        drawn_ = Counter(drawn(faults, Random(i)) for i in range(5_000))
        assert drawn_.keys() == {"none", *faults}
        assert drawn_["none"] > 3_500


def test_the_server_takes_a_message_as_often_as_it_is_sent() -> None:
    """Whoever posts a key twice is seen: it keeps both, tells both when it is asked, and has them in its log."""

    async def asked() -> tuple[list[object], list[object]]:
        channels = Channels(1, 0.1)
        channels.faulty = False
        async with TestClient(TestServer(channels.app())) as client:
            for _ in range(2):
                done = await client.post("/channels/a/messages", json={"key": "1-0", "markdown": "é"})
                assert done.status == 201
            found = await (await client.get("/channels/a/messages", params={"key": "1-0"})).json()
            log = await (await client.get("/log")).json()
        return found["messages"], log["messages"]

    found, log = asyncio.run(asked())
    assert found == [{"id": "m1"}, {"id": "m2"}]
    assert len(log) == 2


# ---- Discord -----------------------------------------------------------------------------------------------------------


def test_a_message_on_discord_is_known_by_its_buttons() -> None:
    """By the one part that they name; one that names none or two, is of no part. What was deleted is not there."""

    def told(number: str, *references: str, deleted: bool = False) -> dict[str, object]:
        ids = [f"sitrep1:sources:0:{r}" for r in references]
        return {"id": number, "custom_ids": [*ids, "other"], "deleted": deleted}

    both = [
        told("1", of_part("7-0", "ab" * 32), of_part("7-0", "ab" * 32)),
        told("2", "kabc"),
        told("3", "d7-0~x", "d7-1~x"),
    ]
    gone = told("4", of_part("7-1", "cd" * 32), deleted=True)
    assert visible({"a": [], "b": [*both, gone]}) == [
        Message("b", "7-0", "1", "ababababab"),
        Message("b", "", "2", ""),
        Message("b", "", "3", ""),
    ]


def test_what_hangs_on_discord_does_so_within_the_time_in_which_nobody_asks() -> None:
    """Longer than the program waits for an answer, and shorter, by seconds, than it waits until it looks for the message."""
    limits = DiscordPublisher(settings.Discord(timeout=TIMEOUT, a_second=45), Drawings(Worker(1))).limits
    assert TIMEOUT + 6 < HANGING < limits.unknown_for - 3


def test_the_simulator_takes_what_comes_late_though_nobody_waits_any_more() -> None:
    """And says until then that a request is under way."""

    async def asked() -> tuple[int, int, list[str]]:
        async with simulated() as simulator:
            simulator.trouble("POST", "/messages$", "late", seconds=0.6)
            address = f"{simulator.api_url}/channels/{simulator.channel.id}/messages"
            body = {"content": "late", "allowed_mentions": {"parse": []}}
            headers = {"Authorization": f"Bot {simulator.token}"}
            async with ClientSession(headers=headers, timeout=ClientTimeout(0.2)) as client:
                with pytest.raises(TimeoutError):
                    await client.post(address, json=body)
            before, under_way = len(simulator.messages(simulator.channel)), simulator.rest.under_way
            await asyncio.sleep(0.7)
            assert not simulator.rest.under_way
            return before, under_way, [m.content for m in simulator.messages(simulator.channel)]

    assert asyncio.run(asked()) == (0, 1, ["late"])


# ---- Slack -------------------------------------------------------------------------------------------------------------


def test_a_message_on_slack_is_known_by_its_metadata() -> None:
    """Of our kind alone; with the message in whose thread it stands. What was deleted is not there."""

    def told(
        ts: str, metadata: object, thread: str | None = None, *, deleted: bool = False
    ) -> dict[str, object]:
        return {"ts": ts, "thread_ts": thread, "metadata": metadata, "deleted": deleted}

    def of(key: str, kind: str = "sitrep_part") -> dict[str, object]:
        return {"event_type": kind, "event_payload": {"key": key, "digest": f"digest of {key}"}}

    head = told("1.0", of("7-0"), "1.0")  # as Slack tells it of one that has a thread
    others = [told("3.0", None), told("4.0", of("8-0", "other")), told("5.0", of("9-0"), deleted=True)]
    assert standing({"a": [], "b": [head, told("2.0", of("7-1"), "1.0"), *others]}) == [
        Message("b", "7-0", "1.0", "digest of 7-0"),
        Message("b", "7-1", "2.0", "digest of 7-1", "1.0"),
        Message("b", "", "3.0", ""),
        Message("b", "", "4.0", ""),
    ]


def test_what_hangs_on_slack_does_so_within_the_time_in_which_nobody_asks() -> None:
    """Longer than the program waits for an answer; and there before it looks, though it was sent as late as may be."""
    limits = SlackPublisher(
        settings.Slack(timeout=TIMEOUT, port=0, sockets=1, a_second=20), Drawings(Worker(1))
    ).limits
    assert TIMEOUT < SLACK_HANGING <= limits.unknown_for - READY_WITHIN - 0.5
