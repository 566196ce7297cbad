"""A document in pieces that each fit into one message: cut between blocks, list items, inlines, and at last words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from briefings.rendering import Document
from briefings.rendering.document import (
    Block,
    Code,
    Emphasis,
    Footnote,
    Heading,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)

_MOST_HEADINGS = 3  # that are carried to what they head
_LONGEST_SIGN = 64  # characters that are taken for one sign
Size = tuple[int, ...]  # of a block, in as many measures as a message is bounded by; sizes add up


def split(document: Document, size: Callable[[Block], Size], room: Size) -> list[Document]:
    """Documents whose blocks fit together into `room`, in order. A block that has no seam left stands alone, fit or not.

    A long list is cut between its items, so that it fills what room there is; anything else only where it must be. A
    heading does not end a document that others follow, where it can go with what it heads.
    """
    made: list[list[tuple[Block, Size]]] = [[]]
    total = (0,) * len(room)
    quarter = tuple(r // 4 for r in room)
    listed = _pieces(document.blocks, lambda b: not _is_listed(b) or _within(size(b), quarter))
    for block in _pieces(listed, lambda b: _within(size(b), room)):
        group, measured = made[-1], size(block)
        if group and not _within(_sum(total, measured), room):
            at = len(group)
            while at > 1 and len(group) - at < _MOST_HEADINGS and heads(group[at - 1][0]):
                at -= 1
            carried = group[at:]
            moved = _sum(*(s for _, s in carried), measured)
            if carried and _within(moved, room):
                del group[at:]
            else:
                carried, moved = [], measured
            made.append([*carried, (block, measured)])
            total = moved
        else:
            group.append((block, measured))
            total = _sum(total, measured)
    return [Document(tuple(b for b, _ in group), document.language) for group in made if group]


def heads(block: Block) -> bool:
    """Whether it stands above others: a heading, or a line that is strong as a whole."""
    match block:
        case Heading() | Paragraph(children=(Strong(),)):
            return True
        case _:
            return False


def _within(size: Size, room: Size) -> bool:
    return all(a <= b for a, b in zip(size, room, strict=True))


def _sum(*sizes: Size) -> Size:
    return tuple(map(sum, zip(*sizes, strict=True)))


def _is_listed(block: Block) -> bool:
    return isinstance(block, ListBlock) and len(block.items) > 1


def _pieces(blocks: Sequence[Block], fits: Callable[[Block], bool]) -> list[Block]:
    """The blocks, those that do not fit cut into ones that do, as far as they have seams."""
    return [piece for block in blocks for piece in _cut(block, fits)]


def _cut(block: Block, fits: Callable[[Block], bool]) -> list[Block]:
    if fits(block):
        return [block]
    parts = _parts(block)
    if len(parts) == 1:
        return [block] if parts[0] == block else _cut(parts[0], fits)
    return [x for part in parts for x in _cut(part, fits)]


def _parts(block: Block) -> list[Block]:
    """A block in smaller ones; itself where it has no seam."""
    match block:
        case ListBlock(items=items, start=start) if len(items) > 1:
            return [
                ListBlock((item,), start + i if start is not None else None) for i, item in enumerate(items)
            ]
        case ListBlock(items=((first, *more),), start=start) if more:
            return [ListBlock(((b,),), start) for b in (first, *more)]
        case ListBlock(items=((only,),), start=start):
            return [ListBlock(((b,),), start) for b in _parts(only)]
        case Quotation(children=children) if len(children) > 1:
            return [Quotation((c,)) for c in children]
        case Quotation(children=(only,)):
            return [Quotation((b,)) for b in _parts(only)]
        case Heading(level=level, children=children):
            return [Heading(level, part) for part in halves(children)]
        case Paragraph(children=children):
            return [Paragraph(part) for part in halves(children)]
        case Footnote(number=number, children=children):
            return [Footnote(number, part) for part in halves(children)]
        case _:
            return [block]


def halves(children: tuple[Inline, ...]) -> list[tuple[Inline, ...]]:
    """Inlines in two parts; a single one cut within, its words at a blank where there is one."""
    if len(children) > 1:
        middle = len(children) // 2
        return [children[:middle], children[middle:]]
    match children:
        case (Text(text=text, language=language),) if len(text) > 1:
            at = _seam(text)
            return [(Text(text[:at], language),), (Text(text[at:], language),)]
        case (Code(text=text),) if len(text) > 1:
            at = _seam(text)
            return [(Code(text[:at]),), (Code(text[at:]),)]
        case ((Strong() | Emphasis() | Struck() | Link()) as x,):
            parts = halves(x.children)
            return [(replace(x, children=part),) for part in parts] if len(parts) > 1 else [children]
        case _:
            return [children]


def _seam(text: str) -> int:
    """Where a text is cut: at the blank nearest before its middle, else in its middle, never within what is one sign."""
    middle = len(text) // 2
    at = text.rfind(" ", 1, middle) + 1
    if at > middle // 2:
        return at
    for at in range(middle, max(middle - _LONGEST_SIGN, 0), -1):
        if text[at] not in _JOINED and text[at - 1] != "\u200d":
            return at
    return middle


#: Zero-width joiner, variation selectors and combining marks: they belong to what stands before them.
_JOINED = frozenset(["\u200d", "\ufe0e", "\ufe0f", *map(chr, range(0x300, 0x370))])
