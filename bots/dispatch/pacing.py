"""The pace of requests to a platform, and how long one that sends a message may take to be made ready."""

from __future__ import annotations

import asyncio

from bots.dispatch.publisher import TryLater

READY_WITHIN = 4.0  # seconds from noting that a message is being sent to sending it


class Pacing:
    """All requests of one loop together keep to so many a second."""

    def __init__(self, a_second: float) -> None:
        self.a_second = a_second
        self._next = 0.0

    async def turn(self, since: float | None = None) -> None:
        """Wait for a turn. TryLater.

        `since`: the loop's time when it was noted that a message is being sent; what is ready too long after it is not
        sent, since nobody would wait long enough to look for it.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        turn = max(self._next, now)
        self._next = turn + 1 / self.a_second
        if turn > now:
            await asyncio.sleep(turn - now)
        if since is not None and loop.time() - since > READY_WITHIN:
            raise TryLater("Making it ready took too long.", 1.0)
