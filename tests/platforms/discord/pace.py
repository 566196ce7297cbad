"""Rate limits: five messages in five seconds to a channel, fifty requests a second in all."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import md5

_BUCKETS = (
    ("post", "POST", re.compile(r"/channels/(\d+)/messages")),
    ("patch", "PATCH", re.compile(r"/channels/(\d+)/messages/\d+")),
    ("delete", "DELETE", re.compile(r"/channels/(\d+)/messages/\d+")),
    ("threads", "POST", re.compile(r"/channels/(\d+)/(?:messages/\d+/)?threads")),
    ("hook", "*", re.compile(r"/webhooks/(\d+/[^/]+)(?:/.*)?")),
)
_EXEMPT = re.compile(r"/(interactions|webhooks)/.*")  # the global limit does not count them


@dataclass
class Slowed:
    """A 429. `scope` is user, global or shared."""

    scope: str
    retry_after: float
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Pace:
    """The limits and how far they are used. Each window begins with its first request."""

    messages: int = 5
    window: float = 5.0
    per_second: int = 50
    given: Counter[str] = field(default_factory=Counter)
    _used: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    _second: tuple[int, float] = (0, 0.0)

    def take(self, method: str, path: str) -> Slowed | dict[str, str]:
        """Count a request: what stops it, or the headers that its answer carries."""
        moment = time.monotonic()
        if not _EXEMPT.fullmatch(path):
            count, ends = self._second if self._second[1] > moment else (0, moment + 1.0)
            if count >= self.per_second:
                return self._stop("global", ends - moment, {})
            self._second = (count + 1, ends)
        for name, verb, pattern in _BUCKETS:
            found = pattern.fullmatch(path)
            if found and verb in (method, "*"):
                return self._in_bucket(name, found[1], moment)
        return {}

    def _in_bucket(self, name: str, major: str, moment: float) -> Slowed | dict[str, str]:
        count, ends = self._used.get((name, major), (0, 0.0))
        if ends <= moment:
            count, ends = 0, moment + self.window
        full = count >= self.messages
        count = min(count + 1, self.messages)
        self._used[name, major] = (count, ends)
        headers = {
            "X-RateLimit-Limit": str(self.messages),
            "X-RateLimit-Remaining": str(self.messages - count),
            "X-RateLimit-Reset": f"{time.time_ns() / 1e9 + ends - moment:.3f}",
            "X-RateLimit-Reset-After": f"{ends - moment:.3f}",
            "X-RateLimit-Bucket": md5(name.encode()).hexdigest(),
        }
        return self._stop("user", ends - moment, headers) if full else headers

    def _stop(self, scope: str, seconds: float, headers: dict[str, str]) -> Slowed:
        self.given[scope] += 1
        return Slowed(scope, round(seconds + 0.001, 3), headers)
