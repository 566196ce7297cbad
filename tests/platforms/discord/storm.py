"""Many people at once: so many commands a second for a while, and how long each waited for its acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.platforms.discord.interactions import Interaction

if TYPE_CHECKING:
    from tests.platforms.discord.server import Discord

_PATIENCE = 30.0  # seconds for the last answers


async def storm(
    discord: Discord,
    channels: Sequence[int],
    commands: Sequence[tuple[str, Mapping[str, Any]]],
    a_second: int,
    seconds: float,
) -> dict[str, float]:
    """Milliseconds until acknowledged: p50, p99, max; `late`: how many waited more than 3 s; `answered` of `asked`."""
    loop = asyncio.get_running_loop()
    users = {c: discord.user(f"Storm {c}", guild=discord.channels[c].guild) for c in channels}
    asked: list[Interaction] = []
    began = loop.time()
    for i in range(int(a_second * seconds)):
        await asyncio.sleep(began + i / a_second - loop.time())
        channel = discord.channels[channels[i % len(channels)]]
        command, options = commands[i % len(commands)]
        asked.append(await discord.slash(users[channel.id], channel, command, **options))
    results = await asyncio.gather(*(x.settled(_PATIENCE) for x in asked), return_exceptions=True)
    waits = sorted(x.acked_after * 1000 for x in asked if x.acked_after is not None)
    return {
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
        "max": waits[-1],
        "late": sum(x.late for x in asked),
        "asked": len(asked),
        "answered": sum(not isinstance(r, BaseException) for r in results),
        "seconds": loop.time() - began,
    }
