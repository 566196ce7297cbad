"""When which process is killed, suspended or told to end: drawn by a seed, before the run begins."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

_BUSY = 14.0  # seconds: the mean distance of a blow from the minute before it, when the work is
_APART = 1.0  # seconds between two blows to one process


@dataclass(frozen=True, slots=True)
class Blow:
    """`at` seconds from the first fire, process number `who` is killed and comes back after `pause` seconds.

    Or it is told to end, and comes back that long after it has; or it is suspended for that long.
    """

    at: float
    what: Literal["kill", "suspend", "end"]
    who: int
    pause: float


def planned(
    seed: int, kills: int, suspensions: int, endings: int, processes: int, minutes: float
) -> list[Blow]:
    """The blows in order. Fires come on the minute, so that most blows fall soon after one."""
    randomness = Random(f"{seed} plan")
    made: list[Blow] = []
    for i in range(kills + suspensions + endings):
        who = randomness.randrange(processes)
        at = _moment(randomness, minutes)
        for _ in range(100):
            if all(abs(b.at - at) >= _APART for b in made if b.who == who):
                break
            at = _moment(randomness, minutes)
        pause = 0.0 if randomness.random() < 0.5 else randomness.uniform(0.2, 4.0)
        if i < kills:
            made.append(Blow(at, "kill", who, pause))
        elif i < kills + endings:
            made.append(Blow(at, "end", who, pause))
        else:
            longest = 12.0 if randomness.random() < 0.2 else 4.0
            made.append(Blow(at, "suspend", who, randomness.uniform(0.3, longest)))
    return sorted(made, key=lambda b: b.at)


def _moment(randomness: Random, minutes: float) -> float:
    end = minutes * 60
    while True:
        at = 60.0 * randomness.randrange(int(minutes) + 1) + randomness.expovariate(1 / _BUSY)
        if at < end - 1:
            return at
