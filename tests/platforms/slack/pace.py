"""Rate limits: about one message a second to a channel, and so many calls a minute of a method."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

_POSTING = ("chat.postMessage", "chat.postEphemeral")


@dataclass
class Pace:
    """A bucket for each channel, `burst` messages deep, that fills by `per_second`. `minutely` limits other methods by
    their names. `given` counts the 429s by method. `whole` is whether answers tell whole seconds, as Slack's do.
    """

    burst: int = 3
    per_second: float = 1.0
    minutely: dict[str, int] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    _left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def take(self, method: str, channel: str) -> float | None:
        """Count a call: the seconds to wait, or None where it may be."""
        if method in _POSTING:
            return self._from((method, channel), self.burst, self.per_second)
        if method in self.minutely:
            return self._from((method, ""), self.minutely[method], self.minutely[method] / 60)
        return None

    def _from(self, bucket: tuple[str, str], most: float, fills: float) -> float | None:
        moment = time.monotonic()
        left, at = self._left.get(bucket, (float(most), moment))
        left = min(float(most), left + (moment - at) * fills)
        if left < 1:
            self._left[bucket] = (left, moment)
            self.given[bucket[0]] += 1
            return (1 - left) / fills
        self._left[bucket] = (left - 1, moment)
        return None
