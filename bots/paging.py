"""What every chat does with a document before it is cut into messages: footnotes left to a button, words shortened. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bots.commands import noop
from briefings.plain import literal
from briefings.rendering import Chart, Document
from briefings.rendering.document import Block, Divider, Footnote, Heading, Image, Paragraph, Text

#: What the menu of sections offers: the name of a command without required options, and its label.
SECTIONS = (
    ("changes", noop("What changed")),
    ("actors", noop("Key actors")),
    ("quotes", noop("Quotes")),
    ("consequences", noop("Consequences")),
    ("figures", noop("Figures")),
    ("timeline", noop("Timeline")),
    ("conflicts", noop("Contradictions")),
    ("outlets", noop("Outlets")),
)


def units(text: str) -> int:
    """How long a platform may find a text: UTF-16 units, never fewer than its characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def drawable(block: Block, charts: Mapping[str, Chart]) -> Block:
    """An image whose chart is not known as its words."""
    match block:
        case Image(name=name, alt=alt) if name not in charts:
            return Paragraph((Text(literal(alt or name)),))
        case _:
            return block


def heading_of(document: Document) -> str:
    """The words of the first heading."""
    first = next((b for b in document.blocks if isinstance(b, Heading)), None)
    if first is None:
        return ""
    found = Document((first,), document.language).inlines()
    return "".join(x.text for x in found if hasattr(x, "text")).strip()


def cut(text: str, most: int) -> str:
    """So many units at the most, "…" where something is missing."""
    if units(text) <= most:
        return text
    while units(text) > most - 1:
        text = text[: len(text) - max((units(text) - most + 1) // 2, 1)]
    return text.rstrip() + "…"


def shortened(text: str, most: int) -> str:
    """Outside text in so many units at the most, its direction closed within it."""
    room = most
    while units(made := literal(cut(text, room))) > most:
        room = room * 3 // 4
    return made


def without_footnotes(blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks without the footnotes and what stood above these alone; all of them where there is nothing else."""
    kept: list[Block] = []
    footnote = False
    for block in blocks:
        if isinstance(block, Footnote):
            while not footnote and len(kept) > 1 and isinstance(kept[-1], Heading | Divider):
                kept.pop()
            footnote = True
        else:
            kept.append(block)
            footnote = False
    return kept or list(blocks)
