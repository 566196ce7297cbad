"""What goes wrong between a client and Discord, when a test says so or by chance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

_MESSAGES = re.compile(r"/channels/\d+/messages(/\d+)?")
KINDS = re.compile(
    r"[45]\d\d( after)?|drop (before|after)|hang (before|after)|late|429 (route|global|shared|cloudflare)|garbled"
)


@dataclass
class Trouble:
    """What befalls the next `left` requests of a method ("*": any) to a path in which `path` is found.

    Kinds: a status such as `503`, which is answered without doing anything, or `"503 after"`, after doing it;
    `"drop before"` and `"drop after"`: the connection breaks, without its being done and with it; `"hang before"`:
    nothing happens for `seconds`, then the connection breaks; `"hang after"`: it is done at once and answered after
    `seconds`; `"late"`: it is done after `seconds` and answered then; `"429 route"`, `"429 global"`, `"429 shared"`:
    too many requests, ask again after `retry_after`; `"429 cloudflare"`: a ban without JSON; `"garbled"`: done, and the
    answer is not JSON.
    """

    method: str
    path: str
    kind: str
    left: int = 1
    seconds: float = 0.5
    retry_after: float = 0.2
    met: int = 0

    def __post_init__(self) -> None:
        if not KINDS.fullmatch(self.kind):
            raise ValueError(f"no kind of trouble: {self.kind!r}")

    def meets(self, method: str, path: str) -> bool:
        return self.left > 0 and self.method in ("*", method) and re.search(self.path, path) is not None


@dataclass
class Troubles:
    """All that goes wrong. `met` counts it by kind."""

    planned: list[Trouble] = field(default_factory=list)
    random: Random | None = None
    rates: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.5
    retry_after: float = 0.2
    met: Counter[str] = field(default_factory=Counter)

    def randomly(
        self, random: Random, rates: Mapping[str | int, float], seconds: float, retry_after: float
    ) -> None:
        self.random, self.rates = random, {str(k): v for k, v in rates.items()}
        self.seconds, self.retry_after = seconds, retry_after
        for kind in self.rates:
            Trouble("*", "", kind)  # it must be one

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.planned.clear()
        self.random = None

    def befalls(self, method: str, path: str) -> Trouble | None:
        """What befalls this request; it is counted as met."""
        found = next((t for t in self.planned if t.meets(method, path)), None)
        by_chance = method in ("POST", "PATCH", "GET") and _MESSAGES.fullmatch(path)
        if found is None and self.random is not None and by_chance:
            at = self.random.random()
            for kind, rate in self.rates.items():
                at -= rate
                if at < 0:
                    found = Trouble(method, path, kind, 1, self.seconds, self.retry_after)
                    break
        if found is not None:
            found.left -= 1
            found.met += 1
            self.met[found.kind] += 1
        return found
