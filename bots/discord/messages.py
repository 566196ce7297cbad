"""A document as Discord messages: Components V2, each within the limits, split where one would be too long. Pure.

Source of the limits: Discord's developer documentation, "Component Reference" and "Create Message".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bots.answers import CHAT
from bots.commands import noop
from bots.discord.markdown import escaped, lines_of, text_of
from bots.dispatch.content import Content
from bots.marks import Mark
from bots.paging import SECTIONS, cut, drawable, heading_of, shortened, units, without_footnotes
from bots.splitting import Size, split
from briefings.model import PLAIN, Language, Manner
from briefings.rendering import Chart, Document
from briefings.rendering.document import (
    Block,
    CitationMark,
    Divider,
    Image,
)
from briefings.rendering.words import Words

# Units of a message's text, and components of a container, that blocks may take: of Discord's 4,000 and 40. The rest is
# for the container, the rows below it, and what stands above.
_TEXT, _COMPONENTS = 3_700, 26
_IMAGES = 4  # of a message
_TITLE = 90  # characters of a title in the line below a part
_NAME = 100  # characters of a post's name in a forum
_ALT = 1_024
_COLOUR = 0x2F6FDE

COMPONENTS_V2, SILENT, EPHEMERAL = 1 << 15, 1 << 12, 1 << 6
ACTION_ROW, BUTTON, SELECT, TEXT_DISPLAY, GALLERY, SEPARATOR, CONTAINER = 1, 2, 3, 10, 12, 14, 17
PRIMARY, SECONDARY, DANGER = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Page:
    """One message before anyone knows whose it is: what stands in its container, its charts, the citations in it.

    `turned`: its pages are turned in place; else each page is a message. `story`: whether it is about one.
    """

    language: Language
    children: tuple[dict[str, Any], ...]
    name: str = ""
    charts: tuple[Chart, ...] = ()
    alts: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    number: int = 0
    of: int = 1
    turned: bool = False
    story: bool = False
    manner: Manner = PLAIN


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent: the JSON of a message, and the charts that are attached as the files it names."""

    body: dict[str, Any]
    charts: tuple[tuple[str, Chart], ...] = ()


# ---- a document's pages ----------------------------------------------------------------------------------------------------


def pages(content: Content) -> tuple[Page, ...]:
    """The pages of a document in order; never none. Footnotes are left to the button that shows them."""
    document = content.document
    charts = {c.name: c for c in content.charts}
    blocks = tuple(drawable(b, charts) for b in without_footnotes(document.blocks))
    lines = _Lines(document.language)
    parts = split(Document(blocks, document.language), lines.size, (_TEXT, _COMPONENTS, _IMAGES))
    parts = parts or [Document((), document.language)]
    title = shortened(content.title.strip(), _TITLE)
    name = shortened(heading_of(document) or content.title.strip() or "Sitrep", _NAME)
    return tuple(
        _page(part, lines, charts, i, len(parts), title, name, content) for i, part in enumerate(parts)
    )


class _Lines:
    """Blocks' lines, each block rendered once."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._known: dict[int, tuple[Block, list[str], Size]] = {}

    def of(self, block: Block) -> list[str]:
        return self._of(block)[1]

    def size(self, block: Block) -> Size:
        return self._of(block)[2]

    def _of(self, block: Block) -> tuple[Block, list[str], Size]:
        known = self._known.get(id(block))
        if known is None:
            lines = lines_of(block, self.language)
            known = self._known[id(block)] = block, lines, _size(block, lines)
        return known


def _size(block: Block, lines: list[str]) -> Size:
    match block:
        case Image():
            return 0, 3, 1
        case Divider():
            return 0, 2, 0
        case _:
            return sum(units(x) + 1 for x in lines) + 2, 0, 0


def _page(
    part: Document,
    lines: _Lines,
    known: Mapping[str, Chart],
    number: int,
    of: int,
    title: str,
    name: str,
    content: Content,
) -> Page:
    children: list[dict[str, Any]] = []
    charts: list[Chart] = []
    alts: list[str] = []
    run: list[Block] = []

    def text() -> None:
        words = text_of([(b, lines.of(b)) for b in run])
        if words.strip():
            children.append(_text(words))
        run.clear()

    for block in part.blocks:
        match block:
            case Image(name=image, alt=alt) if image in known:
                text()
                children.append(_gallery(len(charts), alt or image))
                charts.append(known[image])
                alts.append(shortened(alt or image, _ALT))
            case Divider():
                text()
                if children and children[-1]["type"] != SEPARATOR:
                    children.append({"type": SEPARATOR})
            case _:
                run.append(block)
    text()
    while children and children[-1]["type"] == SEPARATOR:
        children.pop()
    if of > 1:
        children.append(_text(f"-# {escaped(title)} · {number + 1}/{of}"))
    if not children:
        children.append(_text("—"))
    numbers = tuple(dict.fromkeys(x.number for x in part.inlines() if isinstance(x, CitationMark)))
    return Page(
        part.language, tuple(children), name, tuple(charts), tuple(alts), numbers, number, of, content.paged,
        content.story is not None and bool(content.facts), content.manner,
    )  # fmt: skip


def _text(words: str) -> dict[str, Any]:
    return {"type": TEXT_DISPLAY, "content": words}


def _gallery(number: int, alt: str) -> dict[str, Any]:
    item = {"media": {"url": f"attachment://{_file(number)}"}, "description": shortened(alt, _ALT)}
    return {"type": GALLERY, "items": [item]}


def _file(number: int) -> str:
    return f"chart-{number}.png"


# ---- as the ledger keeps it ------------------------------------------------------------------------------------------------


def bodies(content: Content) -> tuple[str, ...]:
    """The messages as they are stored: all pages, or where they are turned in place the first."""
    made = pages(content)
    return tuple(dump(p) for p in (made[:1] if content.paged else made))


def dump(page: Page) -> str:
    return _adapter().dump_json(page).decode()


def load(body: str) -> Page:
    """What `dump` gave. ValueError where it is something else."""
    return _adapter().validate_json(body)


@cache
def _adapter() -> TypeAdapter[Page]:
    return TypeAdapter(Page)


# ---- as it is sent ---------------------------------------------------------------------------------------------------------


def payload(
    page: Page,
    reference: str,
    *,
    ephemeral: bool = False,
    stories: Sequence[tuple[str, str]] = (),
    found: bool = True,
    extra: Sequence[dict[str, Any]] = (),
) -> Payload:
    """The message of a page; `reference` is what its buttons go by.

    `found`: it must be told from others later, so that it has a button in any case. `stories`: (slug, name) pairs for a
    menu; `extra`: rows of its own.
    """
    manner = page.manner
    top: list[dict[str, Any]] = []
    mentions: dict[str, Any] = {"parse": []}
    if manner.role and page.number == 0:
        top.append(_text(f"<@&{manner.role}>"))
        mentions["roles"] = [manner.role]
    container = {"type": CONTAINER, "accent_color": _COLOUR, "components": list(page.children)}
    rows = [*extra, *_rows(page, reference, stories, found=found)]
    flags = (
        COMPONENTS_V2 | (SILENT if manner.silent and not ephemeral else 0) | (EPHEMERAL if ephemeral else 0)
    )
    body: dict[str, Any] = {
        "flags": flags,
        "components": [*top, container, *rows],
        "allowed_mentions": mentions,
        "attachments": [
            {"id": i, "filename": _file(i), "description": alt} for i, alt in enumerate(page.alts)
        ],
    }
    return Payload(body, tuple((_file(i), chart) for i, chart in enumerate(page.charts)))


def _rows(
    page: Page, reference: str, stories: Sequence[tuple[str, str]], *, found: bool
) -> list[dict[str, Any]]:
    words = Words(page.language, domain=CHAT)
    buttons: list[dict[str, Any]] = []
    if page.turned and page.of > 1:
        before, after = page.number - 1, page.number + 1
        if before >= 0:
            buttons.append(
                _button("◀", Mark("page", reference, before), words.message(noop("Previous page")))
            )
        if after < page.of:
            buttons.append(_button("▶", Mark("page", reference, after), words.message(noop("Next page"))))
    if page.numbers:
        buttons.append(_button(words.message(noop("Sources")), Mark("sources", reference, page.number)))
    if found and not buttons:
        buttons.append(_button(words.message(noop("Editions")), Mark("editions", reference, page.number)))
    rows = [_row(buttons)] if buttons else []
    if page.story and (page.turned or page.number == page.of - 1):
        options = [{"label": words.message(label), "value": name} for name, label in SECTIONS]
        rows.append(
            _menu(Mark("section", reference, page.number), words.message(noop("A section …")), options)
        )
    if stories:
        named = [
            {"label": shortened(name, 100).strip() or slug, "value": slug} for slug, name in stories[:25]
        ]
        rows.append(
            _menu(Mark("story", reference, page.number), words.message(noop("Another story …")), named)
        )
    return rows


def _button(label: str, mark: Mark, spoken: str = "") -> dict[str, Any]:
    shown = f"{label} {spoken}" if spoken else label
    return {"type": BUTTON, "style": SECONDARY, "label": cut(shown, 80), "custom_id": str(mark)}


def button_row(label: str, mark: Mark, *, danger: bool = False) -> dict[str, Any]:
    """A row of one button; a red one where what it does can't be undone."""
    return _row([{**_button(label, mark), "style": DANGER if danger else PRIMARY}])


def _row(components: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": ACTION_ROW, "components": components}


def _menu(mark: Mark, prompt: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    return _row(
        [
            {
                "type": SELECT,
                "custom_id": str(mark),
                "placeholder": cut(prompt, 150),
                "min_values": 1,
                "max_values": 1,
                "options": options,
            }
        ]
    )


def as_change(sent: Payload) -> dict[str, Any]:
    """A message as a change of one that is there: whom it is for, and how loud, can't be changed."""
    return {**sent.body, "flags": COMPONENTS_V2}


def undrawn(page: Page) -> Page:
    """The page with the words of its charts instead of them."""
    children = [
        _text(escaped(child["items"][0]["description"]) or "—") if child["type"] == GALLERY else child
        for child in page.children
    ]
    return replace(page, children=tuple(children), charts=(), alts=())


def in_forum(page: Page, sent: Payload) -> dict[str, Any]:
    """The post in a forum whose first message this is."""
    post: dict[str, Any] = {"name": page.name or "Sitrep", "message": sent.body}
    if page.manner.tags:
        post["applied_tags"] = list(page.manner.tags[:5])
    return post
