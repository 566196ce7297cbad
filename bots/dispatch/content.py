"""What a dispatch holds once it is rendered: the document, and what is needed to correct it later. As JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from briefings.model import PLAIN, Language, Manner, Story
from briefings.rendering import Chart, Document, dump_blocks, load_document


@dataclass(frozen=True, slots=True)
class Content:
    """A document ready to be posted. `title` is what it is about, `story` its slug and when that was made (µs).

    `facts` are the keys of those it carries, `members` the (article, revision) pairs that it was made from. `notes` are
    a correction's changes as a message of their own, for where the posted one can't be changed. `paged`: it stands in
    one message whose pages are turned, where the platform can.
    """

    document: Document
    title: str = ""
    story: str | None = None
    made: int = 0
    charts: tuple[Chart, ...] = ()
    facts: tuple[str, ...] = ()
    members: tuple[tuple[str, int], ...] = ()
    version: int = 0
    notes: Document | None = field(default=None)
    manner: Manner = PLAIN
    paged: bool = False

    @property
    def language(self) -> Language:
        return self.document.language


def made_at(story: Story) -> int:
    """When a story was made, in microseconds."""
    return int(story.created.timestamp() * 1_000_000)


@cache
def charts() -> TypeAdapter[tuple[Chart, ...]]:
    """How charts are written as JSON and read back."""
    return TypeAdapter(tuple[Chart, ...])


def dump(content: Content) -> str:
    value: dict[str, Any] = {
        "language": content.language,
        "blocks": dump_blocks(content.document),
        "title": content.title,
        "story": content.story,
        "made": content.made,
        "charts": charts().dump_python(content.charts, mode="json"),
        "facts": content.facts,
        "members": content.members,
        "version": content.version,
        "notes": dump_blocks(content.notes) if content.notes is not None else None,
    }
    if content.manner != PLAIN:
        value["manner"] = asdict(content.manner)
    if content.paged:
        value["paged"] = True
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(body: str) -> Content:
    """What `dump` gave. ValueError, KeyError or TypeError where it is something else."""
    value = json.loads(body)
    document = load_document(value["blocks"], value["language"])
    notes = value["notes"]
    return Content(
        document,
        value["title"],
        value["story"],
        value["made"],
        charts().validate_python(value["charts"]),
        tuple(value["facts"]),
        tuple((article, revision) for article, revision in value["members"]),
        value["version"],
        load_document(notes, value["language"]) if notes is not None else None,
        Manner(**{**manner, "tags": tuple(manner["tags"])}) if (manner := value.get("manner")) else PLAIN,
        bool(value.get("paged")),
    )
