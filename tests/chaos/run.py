"""The whole program against a server that fails, while its processes are killed: `python -m tests.chaos.run --help`.

Every minute each of C editions is due. At moments drawn by the seed a process is killed, suspended or told to end; at
last the server behaves, what waits goes out, and the ledger and the server's log are judged. The report is JSON; the exit
code is 1 where a briefing was lost, doubled, out of order or missed, a platform's rule was broken, or a process did not
end as it should.

The server is the relay's (`tests.chaos.server`), or the simulator of Discord (`tests.platforms.discord`) or of Slack
(`tests.platforms.slack`), on which the program runs with its gateway or its sockets, and workers by HTTP alone. On Slack
every fourth channel's briefings are threaded. The long runs:

    python -m tests.chaos.run --seed 1 --kills 200 --channels 420 --minutes 25
    python -m tests.chaos.run --seed 1 --kills 200 --channels 420 --minutes 25 --database postgres --workers 3
    python -m tests.chaos.run --platform discord --seed 1 --kills 200 --channels 240 --minutes 25
    python -m tests.chaos.run --platform discord --seed 1 --kills 200 --channels 240 --minutes 25 --database postgres --workers 3
    python -m tests.chaos.run --platform slack --seed 1 --kills 200 --channels 100 --minutes 15
    python -m tests.chaos.run --platform slack --seed 1 --kills 200 --channels 100 --minutes 15 --database postgres --workers 3

On both the blows come from the seed, and how often what goes wrong; which request it befalls depends on their order.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bots.__main__ import now
from briefings.demo import articles
from briefings.model import LOCAL, UNSETTLED, Address, Edition, Sent, State
from briefings.reading import read
from briefings.store import Store, open_store
from briefings.store import tables as t
from tests import postgres
from tests.chaos.judge import Piece, Row, Verdict, fires_between, judge
from tests.chaos.plan import Blow, planned
from tests.chaos.platforms import ROOT, Name, Platform, discord, relay, slack
from tests.chaos.server import POSTING

TROUBLE = 0.2  # the share of Discord's and Slack's requests about messages that fail
ENDING = 30.0  # seconds in which a process must end
DRAINING = 300.0  # seconds in which all that waits must go out, once nothing fails any more
_LOOK = 0.05
_UP = b"Ctrl-C ends it."
_CRONS = ("* * * * *", "*/1 * * * *", "0-59 * * * *")  # the same, by other names
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMPLAINT = re.compile(r"\[(?:warning|error|critical) *\] (.{1,30})")


@dataclass(frozen=True, slots=True)
class Options:
    """`each`: editions of one channel. `minutes` count from the first fire.

    `late`: how many posts in a thousand the relay takes too late. `trouble`: the share of Discord's or Slack's requests
    that fail; `limits`: whether their rate limits are on.
    """

    seed: int
    kills: int
    channels: int
    minutes: float
    database: str = "sqlite"
    workers: int = 1
    each: int = 1
    suspensions: int | None = None
    endings: int | None = None
    late: int = POSTING["hung late"]
    keep: Path | None = None
    platform: Name = "relay"
    trouble: float = TROUBLE
    limits: bool = False


@dataclass
class Report:
    """What was done, what came of it, and how the run is judged.

    `busy`: the kills at which some dispatch was under way. `refusals`: starts that found the name still taken.
    `behind`: dispatches that stand in line after one of a later fire. `complaints`: what the program logged as
    warnings and errors, counted. `broken`: what the program sent against the platform's rules.
    """

    options: Options
    verdict: Verdict
    kills: int
    busy: int
    suspensions: int
    endings: int
    fires: int
    dispatches: int
    posts: int
    faults: dict[str, int]
    restarts: int
    refusals: int
    exits: list[str]
    behind: int
    seconds: float
    states: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)
    logs: str = ""
    broken: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.verdict.clean and not self.exits and not self.broken

    def told(self) -> dict[str, Any]:
        o = self.options
        return {
            "platform": o.platform,
            "seed": o.seed,
            "database": o.database,
            "processes": o.workers,
            "channels": o.channels,
            "each": o.each,
            "minutes": o.minutes,
            "kills": self.kills,
            "busy": self.busy,
            "suspensions": self.suspensions,
            "endings": self.endings,
            "restarts": self.restarts,
            "refusals": self.refusals,
            "fires": self.fires,
            "dispatches": self.dispatches,
            "states": self.states,
            "posts": self.posts,
            "faults": self.faults,
            "behind": self.behind,
            "seconds": round(self.seconds, 1),
            "violations": self.verdict.counts(),
            "exits": self.exits,
            "broken": self.broken[:10],
            "complaints": self.complaints,
            "examples": self.verdict.examples(),
            "logs": self.logs,
            "clean": self.clean,
        }


# ---- the processes -----------------------------------------------------------------------------------------------------


class Process:
    """One process of the program, started again whenever it was killed."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.back: float | None = None  # when it starts again
        self.goes_on: float | None = None  # when it is no longer suspended
        self.must_end: float | None = None  # when it must have ended, where it was told to
        self.pause = 0.0  # before it starts again after that
        self.said = 0  # how long its log was when it was started
        self.heeds: float | None = None  # since when it is seen to be up
        self.starts = self.refusals = 0
        self.exits: list[str] = []

    def takes(self, what: str, at: float) -> bool:
        """Whether this can be done to it now. It can be told to end once it has said that it can be."""
        if self.process is None or self.process.poll() is not None:
            return False
        at_work = self.goes_on is None and self.must_end is None
        return what == "kill" or (at_work and (what == "suspend" or self._heeds(at)))

    def _heeds(self, at: float) -> bool:
        """Whether it has been up for a moment: before that a signal ends it at once."""
        if self.heeds is None:
            with self.log.open("rb") as log:
                log.seek(self.said)
                self.heeds = at if _UP in log.read() else None
        return self.heeds is not None and at - self.heeds > 0.5

    def start(self) -> None:
        self.back = self.goes_on = self.must_end = None
        self.heeds = None
        self.starts += 1
        with self.log.open("ab") as out:
            out.write(f"---- start {self.starts}, {now():%H:%M:%S.%f}\n".encode())
            out.flush()
            self.said = out.tell()
            command = [sys.executable, "-m", "bots", "--verbose", *self.arguments]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    def kill(self, pause: float, at: float) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._note("killed")
        self.process, self.back, self.goes_on, self.must_end = None, at + pause, None, None

    def suspend(self, seconds: float, at: float) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        self._note(f"suspended for {seconds:.1f} s")
        self.goes_on = at + seconds

    def tell_to_end(self, pause: float, at: float) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self._note("told to end")
        self.must_end, self.pause = at + ENDING, pause

    def look(self, at: float) -> None:
        """Start what is due to come back, let go on what was suspended long enough, and see who ended, and how."""
        if self.goes_on is not None and at >= self.goes_on:
            self.go_on()
        if self.must_end is not None:
            self._look_for_the_end(at)
        elif self.process is not None and (code := self.process.poll()) is not None:
            if code == os.EX_TEMPFAIL:  # "another has my name": whoever supervises starts it again
                self.refusals += 1
            else:
                self.exits.append(f"{self.log.stem} ended unasked with {code}")
            self._note(f"ended with {code}")
            self.process, self.back = None, at + 1.0
        if self.process is None and self.back is not None and at >= self.back:
            self.start()

    def _look_for_the_end(self, at: float) -> None:
        assert self.process is not None
        assert self.must_end is not None
        code = self.process.poll()
        if code is None and at < self.must_end:
            return
        if code is None:
            self.exits.append(f"{self.log.stem} did not end within {ENDING:.0f} s")
            self.destroy()
        elif code != 0:
            self.exits.append(f"{self.log.stem} ended with {code} when told to")
        self._note(f"ended with {code}")
        self.process, self.must_end, self.back = None, None, at + self.pause

    def go_on(self) -> None:
        self.goes_on = None
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self._note("goes on")

    def end(self) -> None:
        """As a supervisor ends it: it must be done within its time, with 0."""
        self.tell_to_end(math.inf, time.monotonic())
        while self.must_end is not None:
            time.sleep(_LOOK)
            self.look(time.monotonic())

    def destroy(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _note(self, what: str) -> None:
        with self.log.open("a", encoding="utf8") as out:
            out.write(f"---- {what}, {now():%H:%M:%S.%f}\n")


@contextmanager
def channel_server(options: Options) -> Iterator[Platform]:
    """The server that the run posts to."""
    o = options
    if o.platform == "discord":
        with discord(o.seed, o.channels, o.trouble, o.limits) as simulator:
            yield simulator
    elif o.platform == "slack":
        with slack(o.seed, o.channels, o.trouble, o.limits) as workspace:
            yield workspace
    else:
        with relay(o.seed, o.channels, o.late) as server:
            yield server


# ---- the ledger --------------------------------------------------------------------------------------------------------


def with_story(store: Store) -> None:
    """A story with the demo's articles in it."""
    moment = now()
    story = store.create_story(LOCAL, "openai", "OpenAI", moment)
    for article in articles()[:4]:
        store.add_article(LOCAL, story, read(article), moment, True)


def with_editions(store: Store, platform: Platform, each: int) -> list[Edition]:
    """So many for each channel, all due every minute: those of one channel by schedules of their own."""
    (story,) = store.stories(LOCAL)
    return [
        store.editions.add(
            LOCAL, story, Address(platform.via, channel), now(),
            template=template, language="en", cron=_CRONS[j], timezone="UTC", said="every minute", missed="all",
            manner=manner,
        )
        for j in range(each)
        for channel, template, manner in zip(
            platform.channels, cycle(platform.templates), cycle(platform.manners), strict=False
        )
    ]  # fmt: skip


def in_state(store: Store, *states: State) -> int:
    """How many dispatches are in one of these."""
    d = t.dispatches.c
    with store.engine.connect() as c:
        return c.execute(select(func.count()).where(d.state.in_([s.value for s in states]))).scalar_one()


def of_fire(store: Store, fire: str) -> int:
    """How many dispatches a minute has."""
    with store.engine.connect() as c:
        return c.execute(select(func.count()).where(t.dispatches.c.fire == fire)).scalar_one()


def rows_of(store: Store, platform: Platform) -> list[Row]:
    """The whole ledger."""
    made = []
    with store.engine.connect() as c:
        for d in c.execute(select(t.dispatches).order_by(t.dispatches.c.id)).all():
            parts = store.ledger.parts(d.id)
            pieces = tuple(
                Piece(
                    p.number, p.key, platform.digest(p), p.message, parts[0].message if platform.threaded(p) else ""
                )
                for p in parts
            )  # fmt: skip
            count = platform.count(parts[0]) if parts else 0
            made.append(
                Row(d.id, d.edition, d.fire, d.channel, State(d.state), d.why, pieces, count, Sent(d.kind))
            )
    return made


def behind(rows: list[Row]) -> int:
    """How many dispatches stand in their channel's line after one of a later fire."""
    latest: dict[str, str] = {}
    found = 0
    for r in rows:
        if r.fire is None:
            continue
        found += r.fire < latest.get(r.channel, "")
        latest[r.channel] = max(latest.get(r.channel, ""), r.fire)
    return found


def complaints(logs: list[Path]) -> dict[str, int]:
    """The warnings and errors in the program's logs, by what they say."""
    found = Counter(
        m.group(1).strip()
        for log in logs
        for m in _COMPLAINT.finditer(_COLOUR.sub("", log.read_text("utf8")))
    )
    return dict(sorted(found.items()))


# ---- the run -----------------------------------------------------------------------------------------------------------


def run(options: Options, say: Callable[[str], None] = lambda _: None) -> Report:
    """One run from an empty database to the verdict. Its logs are left where it was not clean, or where asked for."""
    began = time.monotonic()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="sitrep-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        url = ""
        if options.database == "postgres":
            url = stack.enter_context(postgres.database(stack.enter_context(postgres.server())))
        platform = stack.enter_context(channel_server(options))
        store = stack.enter_context(closing(open_store(folder / "data", patience=30.0, url=url)))
        processes = processes_of(options, folder, platform, url)
        for p in processes:
            stack.callback(p.destroy)
        with_story(store)
        for p in processes:
            p.start()
        _until(lambda: store.ledger.mark_of("fires") is not None, 60, "the program pumps", processes)
        editions = with_editions(store, platform, options.each)
        say(f"started; {len(editions)} editions")
        done = strike(options, store, platform, processes, say)
        platform.calm()
        say("the server behaves")
        until = pause_when_quiet(store, editions, processes)
        say("paused")
        _until(lambda: not platform.seen().under_way, 30, "the server is done", processes)
        _until(lambda: all(p.takes("end", time.monotonic()) for p in processes), 60, "all are up", processes)
        for p in processes:
            p.end()
        seen = platform.seen()
        rows = rows_of(store, platform)
    fires = [(e.id, f) for e in editions for f in fires_between(e.since, until)]
    report = Report(
        options, judge(fires, rows, seen.messages, platform.notices),
        done["kill"], done["busy"], done["suspend"], done["end"], len(fires), len(rows), len(seen.messages), seen.faults,
        sum(p.starts - 1 for p in processes), sum(p.refusals for p in processes),
        [e for p in processes for e in p.exits], behind(rows), time.monotonic() - began,
        dict(Counter(r.state.value for r in rows)), complaints([p.log for p in processes]), str(folder),
        seen.broken,
    )  # fmt: skip
    (folder / "log.json").write_text(json.dumps(seen.told), "utf8")
    (folder / "ledger.txt").write_text("\n".join(map(repr, rows)) + "\n", "utf8")
    if report.clean and options.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
        report.logs = ""
    return report


def processes_of(options: Options, folder: Path, platform: Platform, url: str) -> list[Process]:
    environment = {
        k: v for k, v in os.environ.items() if not k.upper().startswith(("SITREP_", "DISCORD_", "SLACK_"))
    }
    environment |= {
        "SITREP_DATA": str(folder / "data"),
        "SITREP_WEB__ENABLED": "false",
        **platform.environment,
    }
    if not url:
        return [Process(["run"], environment, folder / "run.log")]
    environment["SITREP_DATABASE_URL"] = url
    names = [f"w{i + 1}" for i in range(options.workers)]
    return [Process(["worker", "--name", n], environment, folder / f"{n}.log") for n in names]


def strike(
    options: Options,
    store: Store,
    platform: Platform,
    processes: list[Process],
    say: Callable[[str], None],
) -> Counter[str]:
    """Carry out the plan from the next minute on; how often each kind of blow, and the kills at which it was "busy".

    A blow to a process that is down waits until it is up.
    """
    suspensions = options.suspensions if options.suspensions is not None else options.kills // 3
    endings = options.endings if options.endings is not None else options.kills // 5
    blows = planned(options.seed, options.kills, suspensions, endings, len(processes), options.minutes)
    zero = time.monotonic() + 60.0 - (now().timestamp() % 60.0)
    done: Counter[str] = Counter()
    minute = 0
    platform.turn(minute)
    while (at := time.monotonic()) < zero + options.minutes * 60 or blows:
        if at > zero + options.minutes * 120:
            raise AssertionError(f"{len(blows)} blows could not be dealt: the processes do not stay up")
        blows = [
            b for b in blows if b.at > at - zero or not _struck(b, store, processes[b.who], at, done, say)
        ]
        for p in processes:
            p.look(at)
        if (at - zero) // 60 > minute:
            minute += 1
            platform.turn(minute)
        time.sleep(_LOOK)
    for p in processes:
        if p.goes_on is not None:
            p.go_on()
    return done


def _struck(
    b: Blow, store: Store, p: Process, at: float, done: Counter[str], say: Callable[[str], None]
) -> bool:
    """Whether it could be dealt."""
    if not p.takes(b.what, at):
        return False
    match b.what:
        case "kill":
            p.kill(b.pause, at)
            done["busy"] += in_state(store, State.GOING) > 0
        case "end":
            p.tell_to_end(b.pause, at)
        case "suspend":
            p.suspend(b.pause, at)
    done[b.what] += 1
    say(f"{b.what} {p.log.stem}")
    return True


def pause_when_quiet(store: Store, editions: list[Edition], processes: list[Process]) -> datetime:
    """Pause all editions when the last minute's briefings are all out, and the next minute is not near; when that was.

    A paused edition's briefings that wait are skipped: that is no loss, but would hide one.
    """

    def quiet() -> bool:
        last = now().replace(second=0, microsecond=0).strftime("%Y-%m-%dT%H:%MZ")
        return (
            3 <= now().second < 52
            and of_fire(store, last) >= len(editions)
            and not in_state(store, *UNSETTLED)
        )

    _until(quiet, DRAINING, "all that waits is out", processes)
    until = now()
    for e in editions:
        store.editions.pause(LOCAL, e.id, "the end")
    assert now() < until.replace(second=0, microsecond=0) + timedelta(minutes=1), "pausing took too long"
    return until.astimezone(UTC)


def _until(true: Callable[[], bool], seconds: float, what: str, processes: list[Process]) -> None:
    """Wait for it. AssertionError where it does not come."""
    end = time.monotonic() + seconds
    while not true():
        for p in processes:
            p.look(time.monotonic())
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill the program while it posts to a server that fails.")
    parser.add_argument("--platform", choices=["relay", "discord", "slack"], default="relay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--suspensions", type=int, help="a third of the kills, if not given")
    parser.add_argument(
        "--endings", type=int, help="how often one is told to end; a fifth of the kills, if not given"
    )
    parser.add_argument("--channels", type=int, default=30)
    parser.add_argument(
        "--each", type=int, default=1, choices=range(1, len(_CRONS) + 1), help="editions of a channel"
    )
    parser.add_argument("--minutes", type=float, default=1.5)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=3, help="how many processes, on PostgreSQL")
    parser.add_argument(
        "--late",
        type=int,
        default=POSTING["hung late"],
        help="posts in a thousand that are taken too late, by the relay",
    )
    parser.add_argument(
        "--trouble",
        type=float,
        default=TROUBLE,
        help="the share of requests about messages that fail, on Discord and Slack",
    )
    parser.add_argument(
        "--rate-limits", dest="limits", action="store_true", help="the rate limits of Discord or Slack are on"
    )
    parser.add_argument("--keep", type=Path, help="a folder for logs and database, which stays")
    given = parser.parse_args()
    workers = given.workers if given.database == "postgres" else 1
    began = time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} {what}\n")

    try:
        report = run(Options(**{**vars(given), "workers": workers}), say)
    except pytest.skip.Exception as e:
        sys.stderr.write(f"{e}\n")
        return 2
    sys.stdout.write(json.dumps(report.told(), indent=2, ensure_ascii=False) + "\n")
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
