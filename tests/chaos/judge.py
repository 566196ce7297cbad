"""What a run came to: the ledger and the server's log, held against the fires that there were. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from briefings.model import Sent, State
from tests.chaos.server import Message


@dataclass(frozen=True, slots=True)
class Piece:
    """A part as the ledger has it. `message`: the id under which it was posted, "" where it was not. `under`: the id of the
    message in whose thread it must stand, "" where it stands in the channel itself.
    """

    number: int
    key: str
    digest: str
    message: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A dispatch as the ledger has it, its parts in order. `parts` says how many there should be."""

    id: int
    edition: int | None
    fire: str | None
    channel: str
    state: State
    why: str
    pieces: tuple[Piece, ...]
    parts: int
    kind: Sent = Sent.BRIEFING


@dataclass(frozen=True)
class Verdict:
    """Each a list of what is wrong; all empty where the run is as it must be.

    missed: a fire without a dispatch           surplus: a dispatch without a fire, or a second one of it; a notice too many
    lost: a part that is not in the log         doubled: a key that is in the log twice
    disordered: a channel's later before its earlier
    astray: a message of no part, or in another channel or thread, or with another text or id than the ledger's
    unposted: a dispatch in any state but posted
    """

    missed: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    unposted: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not any(asdict(self).values())

    def counts(self) -> dict[str, int]:
        return {name: len(found) for name, found in asdict(self).items()}

    def examples(self, most: int = 10) -> dict[str, Any]:
        """The first few of each kind that there is."""
        return {name: found[:most] for name, found in asdict(self).items() if found}


def fires_between(since: datetime, until: datetime) -> list[str]:
    """The keys of every minute's fire in (since, until]."""
    first = since.replace(second=0, microsecond=0) + timedelta(minutes=1)
    minutes = int((until - first).total_seconds() // 60) + 1
    return [(first + timedelta(minutes=i)).strftime("%Y-%m-%dT%H:%MZ") for i in range(max(0, minutes))]


def judge(
    expected: Iterable[tuple[int, str]], rows: Sequence[Row], log: Sequence[Message], notices: int = 0
) -> Verdict:
    """`expected`: (edition, fire). `log` in the order in which the server took the messages, of each channel at least.

    `notices`: so many there may be beside the briefings.
    """
    verdict = Verdict()
    wanted = set(expected)
    there = Counter((r.edition, r.fire) for r in rows)
    verdict.missed.extend(f"edition {e}, {f}" for e, f in sorted(wanted - there.keys()))
    told = [r for r in rows if r.kind is Sent.NOTICE]
    verdict.surplus.extend(f"dispatch {r.id}: a notice" for r in told[notices:])
    for r in rows:
        briefs = r.kind is not Sent.NOTICE
        if briefs and ((r.edition, r.fire) not in wanted or there[r.edition, r.fire] > 1):
            verdict.surplus.append(f"dispatch {r.id}: edition {r.edition}, {r.fire}")
        if r.state is not State.POSTED:
            verdict.unposted.append(f"dispatch {r.id} is {r.state.value}: {r.why}")
        elif [p.number for p in r.pieces] != list(range(r.parts)) or not r.parts:
            verdict.lost.append(f"dispatch {r.id} has {len(r.pieces)} parts in the ledger, not {r.parts}")
    _look_for_each(verdict, rows, log)
    _look_at_order(verdict, log)
    return verdict


def _look_for_each(verdict: Verdict, rows: Sequence[Row], log: Sequence[Message]) -> None:
    """Every part once in the log, where and as the ledger says, and nothing else."""
    posted: dict[str, list[Message]] = {}
    for m in log:
        posted.setdefault(m.key, []).append(m)
    known = {p.key: (r, p) for r in rows for p in r.pieces}
    for key, (r, p) in known.items():
        found = posted.get(key, [])
        if not found:
            verdict.lost.append(f"part {key} in {r.channel}")
        elif all(m.id != p.message for m in found):
            verdict.astray.append(f"part {key} is {found[0].id}, by the ledger {p.message!r}")
    for key, found in posted.items():
        if len(found) > 1:
            verdict.doubled.append(f"part {key} as {', '.join(m.id for m in found)}")
        of = known.get(key)
        for m in found:
            if of is None:
                verdict.astray.append(f"message {m.id} is of no part: {key!r}")
            elif m.channel != of[0].channel or m.digest != of[1].digest:
                verdict.astray.append(f"message {m.id} of part {key} is not what the ledger has")
            elif m.under != of[1].under:
                verdict.astray.append(
                    f"message {m.id} of part {key} is under {m.under!r}, not {of[1].under!r}"
                )


def _look_at_order(verdict: Verdict, log: Sequence[Message]) -> None:
    """Within a channel, with all its threads, keys only grow: a dispatch is at an end before the next one begins. A second
    message of a key is a double, and out of no order.
    """
    lines: dict[str, dict[tuple[int, int], Message]] = {}
    for m in log:
        dispatch, _, number = m.key.partition("-")
        if dispatch.isdigit() and number.isdigit():
            lines.setdefault(m.channel, {}).setdefault((int(dispatch), int(number)), m)
    for channel, line in lines.items():
        for a, b in pairwise(line):
            if b < a:
                verdict.disordered.append(f"{channel}: {line[b].key} after {line[a].key}")
