"""What goes wrong between a client and Slack's Web API, when a test says so or by chance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

_BY_CHANCE = re.compile(r"chat\..*|conversations\.history")
KINDS = re.compile(
    r"[45]\d\d( after)?|(drop|hang) (before|after)|late|429|error:[a-z_]+( after)?|garbled|plain|array"
)


@dataclass
class Trouble:
    """What befalls the next `left` calls of the methods that `method` matches as a whole. "response_url" and "upload" are
    methods here too.

    Kinds: a status such as `503`, which is answered without doing anything, or `"503 after"`, after doing it;
    `"drop before"` and `"drop after"`: the connection breaks, without its being done and with it; `"hang before"`:
    nothing happens for `seconds`, then the connection breaks; `"hang after"`: it is done at once and answered after
    `seconds`; `"late"`: it is done after `seconds` and answered then; `"429"`: ask again after `retry_after`;
    `"error:fatal_error"`: this error, not done, and with `" after"` done; `"garbled"`: done, and the answer is cut off;
    `"plain"`: done, and the answer is text without JSON; `"array"`: done, and the answer is a list.
    """

    method: str
    kind: str
    left: int = 1
    seconds: float = 0.5
    retry_after: float = 1
    met: int = 0

    def __post_init__(self) -> None:
        if not KINDS.fullmatch(self.kind):
            raise ValueError(f"no kind of trouble: {self.kind!r}")

    def meets(self, method: str) -> bool:
        return self.left > 0 and re.fullmatch(self.method, method) is not None

    @property
    def name(self) -> str:
        """The error of `error:…`."""
        return self.kind.removeprefix("error:").removesuffix(" after")


@dataclass
class Troubles:
    """All that goes wrong. `met` counts it by kind."""

    planned: list[Trouble] = field(default_factory=list)
    random: Random | None = None
    rates: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.5
    retry_after: float = 1
    met: Counter[str] = field(default_factory=Counter)

    def randomly(
        self, random: Random, rates: Mapping[str | int, float], seconds: float, retry_after: float
    ) -> None:
        self.random, self.rates = random, {str(k): v for k, v in rates.items()}
        self.seconds, self.retry_after = seconds, retry_after
        for kind in self.rates:
            Trouble("", kind)  # it must be one

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.planned.clear()
        self.random = None

    def befalls(self, method: str) -> Trouble | None:
        """What befalls this call; it is counted as met."""
        found = next((t for t in self.planned if t.meets(method)), None)
        if found is None and self.random is not None and _BY_CHANCE.fullmatch(method):
            at = self.random.random()
            for kind, rate in self.rates.items():
                at -= rate
                if at < 0:
                    found = Trouble(method, kind, 1, self.seconds, self.retry_after)
                    break
        if found is not None:
            found.left -= 1
            found.met += 1
            self.met[found.kind] += 1
        return found
