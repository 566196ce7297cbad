"""What Discord answers when it does not do a thing: status, code, and where in the body the flaw is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

JSON = dict[str, Any]


class Refused(Exception):
    """An answer that is not a success. `more` goes into its body beside message and code."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.body: JSON = {"message": message, "code": code, **more}


class Flaw(NamedTuple):
    """A place in the body, such as `components.0.label`, and what is wrong there."""

    path: str
    code: str
    said: str

    def __str__(self) -> str:
        return f"{self.path or 'body'}: {self.said}"


def invalid(flaws: Iterable[Flaw]) -> Refused:
    """50035 with the tree of flaws. A message of nothing has a code of its own."""
    flaws = list(flaws)
    if all(f.code == "EMPTY" for f in flaws):
        return Refused(400, 50006, "Cannot send an empty message")
    tree: JSON = {}
    for flaw in flaws:
        at = tree
        for step in filter(None, flaw.path.split(".")):
            at = at.setdefault(step, {})
        at.setdefault("_errors", []).append({"code": flaw.code, "message": flaw.said})
    return Refused(400, 50035, "Invalid Form Body", errors=tree)


def unauthorized() -> Refused:
    return Refused(401, 0, "401: Unauthorized")


def unknown_channel() -> Refused:
    return Refused(404, 10003, "Unknown Channel")


def unknown_guild() -> Refused:
    return Refused(404, 10004, "Unknown Guild")


def unknown_message() -> Refused:
    return Refused(404, 10008, "Unknown Message")


def unknown_interaction() -> Refused:
    return Refused(404, 10062, "Unknown interaction")


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")
