"""What Slack answers when it does not do a thing: the name of an error, and where in the request the flaw is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

JSON = dict[str, Any]

_STATUSES = {"ratelimited": 429, "service_unavailable": 503}


class Refused(Exception):
    """An answer that is not a success. `more` goes into its body beside `ok` and `error`."""

    def __init__(self, error: str, *, retry_after: float | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = _STATUSES.get(error, 200)
        self.retry_after = retry_after
        self.body: JSON = {"ok": False, "error": error, **more}


class Flaw(NamedTuple):
    """What is wrong at a place such as `/blocks/0/text`. Without an `error` it breaks a rule of ours: noted, not refused."""

    path: str
    said: str
    error: str = "invalid_blocks"

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.said}"


def invalid(flaws: Iterable[Flaw]) -> Refused | None:
    """The answer to these, named after the first that Slack refuses. None where it refuses none."""
    refused = [f for f in flaws if f.error]
    if not refused:
        return None
    messages = [f"[ERROR] {f.said} [json-pointer:{f.path}]" for f in refused]
    return Refused(refused[0].error, errors=[m.removeprefix("[ERROR] ") for m in messages],
                   response_metadata={"messages": messages})  # fmt: skip
