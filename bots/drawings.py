"""Charts drawn in the child process, and kept for whoever asks for the same again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from briefings.rendering import Chart
from briefings.rendering.drawing import Format, Theme, Width, draw
from briefings.sources import Worker

_MOST = 400  # drawings of some 20 kB

Key = tuple[Chart, Format, Theme, Width]


class Drawings:
    """The same chart is drawn once, also for several who ask at the same time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._drawn: OrderedDict[Key, asyncio.Future[bytes]] = OrderedDict()

    async def get(self, chart: Chart, form: Format, theme: Theme, width: Width) -> bytes:
        """The file. WorkerFailed where it can't be drawn."""
        key: Key = (chart, form, theme, width)
        known = self._drawn.get(key)
        if known is None or known.cancelled() or (known.done() and known.exception() is not None):
            known = asyncio.ensure_future(self.worker.run(f"Drawing {chart.name}", draw, *key))
            self._drawn[key] = known
            while len(self._drawn) > _MOST:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(key)
        return await asyncio.shield(known)
