"""Many people at once: so many commands a second for a while, or all at once, and how long each waited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.platforms.slack.interactions import Interaction
from tests.platforms.slack.state import Channel, User

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

_PATIENCE = 30.0  # seconds for the last answers


async def storm(
    slack: Slack,
    channels: Sequence[str],
    commands: Sequence[tuple[str, str]],
    a_second: float,
    seconds: float,
) -> dict[str, float]:
    """Milliseconds until acknowledged: p50, p99, max; `late`: how many waited too long; `answered` of `asked`."""
    loop = asyncio.get_running_loop()
    who = _people(slack, channels)
    began = loop.time()
    asked: list[Interaction] = []
    for i in range(int(a_second * seconds)):
        await asyncio.sleep(began + i / a_second - loop.time())
        asked.append(await _ask(slack, who, commands, i))
    return await _told(asked, began)


async def burst(
    slack: Slack, channels: Sequence[str], commands: Sequence[tuple[str, str]], count: int
) -> dict[str, float]:
    """The same with all of them at once."""
    began = asyncio.get_running_loop().time()
    who = _people(slack, channels)
    asked = []
    for i in range(count):
        asked.append(await _ask(slack, who, commands, i))
        await asyncio.sleep(0)  # acknowledgements are heard meanwhile
    return await _told(asked, began)


def _people(slack: Slack, channels: Sequence[str]) -> list[tuple[User, Channel]]:
    return [(slack.user(f"Storm {c}"), slack.channels[c]) for c in channels]


async def _ask(
    slack: Slack, who: Sequence[tuple[User, Channel]], commands: Sequence[tuple[str, str]], number: int
) -> Interaction:
    user, channel = who[number % len(who)]
    return await slack.command(user, channel, *commands[number % len(commands)])


async def _told(asked: Sequence[Interaction], began: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_PATIENCE + 1):
        results = await asyncio.gather(*(x.acked(_PATIENCE) for x in asked), return_exceptions=True)
    ends = loop.time() + _PATIENCE
    while loop.time() < ends and not all(x.responses or x.messages or x.failure for x in asked):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    waits = sorted(x.acked_after * 1000 for x in asked if x.acked_after is not None) or [0.0]
    return {
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
        "max": waits[-1],
        "late": sum(x.late for x in asked),
        "failed": sum(isinstance(r, BaseException) for r in results),
        "asked": len(asked),
        "answered": sum(bool(x.responses or x.messages) for x in asked),
        "seconds": loop.time() - began,
    }
