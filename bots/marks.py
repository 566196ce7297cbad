"""What the custom_id of a button or a menu says: a version, what it does, of which message, and a page. Pure.

`sitrep1:<verb>:<page>:<reference>`. A reference names what the message shows, never whose it is: that is looked up, and
compared with where the click came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Verb = Literal["sources", "page", "section", "story", "form", "editions"]

VERBS: tuple[Verb, ...] = get_args(Verb)
VERSION = 1


def template(verbs: Sequence[Verb]) -> str:
    """The custom_ids of ours that do one of these, as a pattern. Another version's are told that they are too old."""
    reference = "[A-Za-z0-9_.~-]{0,72}"
    return rf"sitrep(?P<version>[0-9]{{1,4}}):(?P<verb>{'|'.join(verbs)}):(?P<page>[0-9]{{1,4}}):(?P<reference>{reference})"


TEMPLATE = template(VERBS)
_PATTERN = re.compile(TEMPLATE)


@dataclass(frozen=True, slots=True)
class Mark:
    """`reference`: "d" and a part's key (of the ledger), "k" and the hash of a kept answer; for forms what they are of.

    A posted part's reference ends in "~" and the beginning of its hash, by which it is told from another database's.
    """

    verb: Verb
    reference: str
    page: int = 0

    def __str__(self) -> str:
        return f"sitrep{VERSION}:{self.verb}:{self.page}:{self.reference}"

    @property
    def kept(self) -> str | None:
        """The hash of a kept answer."""
        return self.reference[1:] if self.reference.startswith("k") else None

    @property
    def part(self) -> tuple[int, int] | None:
        """The dispatch and the part's number."""
        found = re.fullmatch(r"d([0-9]{1,18})-([0-9]{1,6})(?:-[a-z]+)?(?:~\w+)?", self.reference)
        return (int(found[1]), int(found[2])) if found is not None else None


def read(custom_id: str) -> Mark | None:
    """The mark of a custom_id; None where it is not ours, or of another version."""
    found = _PATTERN.fullmatch(custom_id)
    if found is None or found["version"] != str(VERSION):
        return None
    return Mark(found["verb"], found["reference"], int(found["page"]))  # type: ignore[arg-type]  # one of them


def of_part(key: str, digest: str) -> str:
    """The reference of a part of a dispatch."""
    return f"d{key}~{digest[:10]}"


def of_kept(digest: str) -> str:
    return f"k{digest}"
