"""A document as Slack messages: Block Kit, each within the limits, split where one would be too long. Pure.

Source of the limits: Slack's developer documentation, "Block Kit" and "chat.postMessage".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bots.answers import CHAT
from bots.commands import noop
from bots.dispatch.content import Content
from bots.marks import Mark
from bots.paging import SECTIONS, drawable, heading_of, shortened, without_footnotes
from bots.slack.rich import Element, escaped, joined, parts_of, size_of
from bots.splitting import Size, heads, split
from briefings.model import PLAIN, Language, Manner
from briefings.rendering import Chart, Document
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Emphasis,
    Heading,
    Image,
    Inline,
    LineBreak,
    Paragraph,
    Text,
)
from briefings.rendering.words import Words

MOST_HEADER = 150
# Characters of a message's text, and blocks, that its document may take: of Slack's 12,000 and 50. The rest is for what
# stands around it.
_CHARACTERS, _BLOCKS = 9_000, 40
_IMAGES = 4
_MENU = 1_500  # characters of the labels of a menu of stories
_SUMMARY = 300
_TITLE = 90
_ALT = 1_900
_HEADLINE = 3  # headings: what stands before the third is the headline of a threaded briefing


@dataclass(frozen=True, slots=True)
class Page:
    """One message before anyone knows whose it is: its blocks, its charts, the citations in it.

    A chart's block has its number under "chart" instead of a file. `turned`: its pages are turned in place.
    """

    language: Language
    blocks: tuple[dict[str, Any], ...]
    summary: str
    charts: tuple[Chart, ...] = ()
    numbers: tuple[int, ...] = ()
    number: int = 0
    of: int = 1
    turned: bool = False
    story: bool = False
    manner: Manner = PLAIN


# ---- a document's pages ----------------------------------------------------------------------------------------------------


def pages(content: Content, slash: str = "/sitrep") -> tuple[Page, ...]:
    """The pages of a document in order; never none. Footnotes are left to the button that shows them.

    `slash`: the slash command that stands for all; commands are shown as they are typed with it.
    """
    document = content.document
    charts = {c.name: c for c in content.charts}
    blocks = [drawable(b, charts) for b in without_footnotes(document.blocks)]
    parts = _Parts(document.language, slash)
    documents: list[Document] = []
    for group in _groups(blocks, threaded=content.manner.thread and not content.paged):
        documents += split(
            Document(tuple(group), document.language), parts.size, (_CHARACTERS, _BLOCKS, _IMAGES)
        )
    documents = [d for d in documents if parts.seen(d)] or documents[:1] or [Document((), document.language)]
    title = shortened(content.title.strip() or heading_of(document), _TITLE)
    return tuple(_page(d, parts, charts, i, len(documents), title, content) for i, d in enumerate(documents))


def _groups(blocks: list[Block], *, threaded: bool) -> list[list[Block]]:
    """The blocks; of a threaded briefing its headline and the rest apart."""
    if not threaded:
        return [blocks]
    at = [i for i, b in enumerate(blocks) if isinstance(b, Heading)]
    seam = at[_HEADLINE - 1] if len(at) >= _HEADLINE else len(blocks)
    return [g for g in (blocks[:seam], blocks[seam:]) if g]


class _Parts:
    """Blocks' parts of rich text, each block rendered once."""

    def __init__(self, language: Language, slash: str) -> None:
        self.language = language
        self.slash = slash
        self._known: dict[int, tuple[Block, list[Element], Size]] = {}

    def seen(self, document: Document) -> bool:
        """Whether anything of it can be seen."""
        return any(isinstance(b, Image | Divider) or self.of(b) for b in document.blocks)

    def of(self, block: Block) -> list[Element]:
        return self._of(block)[1]

    def size(self, block: Block) -> Size:
        return self._of(block)[2]

    def _of(self, block: Block) -> tuple[Block, list[Element], Size]:
        known = self._known.get(id(block))
        if known is None:
            parts = parts_of(block, self.language, self.slash)
            known = self._known[id(block)] = block, parts, _size(block, parts)
        return known


def _size(block: Block, parts: list[Element]) -> Size:
    match block:
        case Image(alt=alt):
            return min(len(alt), _ALT), 2, 1
        case Divider() | Heading():
            return size_of(parts) + 2, 2, 0
        case _:
            return size_of(parts) + 2, 0, 0


def _page(
    part: Document,
    known: _Parts,
    charts: Mapping[str, Chart],
    number: int,
    of: int,
    title: str,
    content: Content,
) -> Page:
    blocks: list[dict[str, Any]] = []
    drawn: list[Chart] = []
    run: list[Element] = []

    def text() -> None:
        if run:
            blocks.append(joined(run))
        run.clear()

    for block in part.blocks:
        match block:
            case Image(name=name, alt=alt):
                text()
                blocks.append(
                    {"type": "image", "chart": len(drawn), "alt_text": shortened(alt or name, _ALT)}
                )
                drawn.append(charts[name])
            case Divider():
                text()
                if blocks and blocks[-1]["type"] != "divider":
                    blocks.append({"type": "divider"})
            case Heading(level=level) if level < 3 and (header := _header(block, part.language)) is not None:
                text()
                blocks.append(header)
            case _:
                run += known.of(block)
    text()
    while blocks and blocks[-1]["type"] == "divider":
        blocks.pop()
    if of > 1 and (number > 0 or not content.manner.thread or content.paged):
        blocks.append({"type": "context", "elements": [_plain(f"{title} · {number + 1}/{of}")]})
    if not blocks:
        blocks.append(joined([{"type": "rich_text_section", "elements": [{"type": "text", "text": "—"}]}]))
    numbers = tuple(dict.fromkeys(x.number for x in part.inlines() if isinstance(x, CitationMark)))
    return Page(
        part.language, tuple(blocks), _summary(part, title), tuple(drawn), numbers, number, of, content.paged,
        content.story is not None, content.manner,
    )  # fmt: skip


def _header(block: Heading, language: Language) -> dict[str, Any] | None:
    """A heading as a header; None where it is longer than one may be, or empty: it is strong text then."""
    words = " ".join(
        "".join(x["text"] for part in parts_of(block, language) for x in part["elements"]).split()
    )
    if not words or len(words) > MOST_HEADER:
        return None
    return {"type": "header", "text": _plain(words)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or "—", "emoji": False}


def _said(x: Inline) -> str:
    match x:
        case Text(text=text) | Code(text=text):
            return text
        case CitationMark(number=number):
            return f"[{number}]"
        case LineBreak():
            return " "
        case _:
            return ""


def _is_aside(block: Block) -> bool:
    """A line that is emphasised as a whole: when and from what the briefing was made."""
    match block:
        case Paragraph(children=(Emphasis(),)):
            return True
        case _:
            return False


def _summary(part: Document, title: str) -> str:
    """What the message says in a line, for notifications and those who listen: its title, and its first words."""
    said = ""
    for block in part.blocks:
        if heads(block) or _is_aside(block):
            continue
        said = "".join(_said(x) for x in Document((block,), part.language).inlines()).strip()
        if said:
            break
    words = " — ".join(x for x in (title, " ".join(said.split())) if x)
    return shortened(words, _SUMMARY) or "Sitrep"


# ---- as the ledger keeps it ------------------------------------------------------------------------------------------------


def bodies(content: Content, slash: str = "/sitrep") -> tuple[str, ...]:
    """The messages as they are stored: all pages, or where they are turned in place the first."""
    made = pages(content, slash)
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
    files: Sequence[str],
    *,
    stories: Sequence[tuple[str, str]] = (),
    extra: Sequence[dict[str, Any]] = (),
    found: bool = True,
) -> dict[str, Any]:
    """The message of a page: its text and blocks. `files` are the ids of its charts' files.

    `found`: it must be told from others later. `stories`: (slug, name) pairs for a menu; `extra`: blocks of its own.
    """
    blocks: list[dict[str, Any]] = []
    for block in page.blocks:
        if "chart" in block:
            file = {"id": files[block["chart"]]}
            blocks.append({"type": "image", "slack_file": file, "alt_text": block["alt_text"] or "—"})
        else:
            blocks.append(block)
    return {
        "text": escaped(page.summary),
        "blocks": [*blocks, *extra, *_actions(page, reference, stories, found=found)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def undrawn(page: Page) -> Page:
    """The page with the words of its charts instead of them."""
    blocks = [
        joined([{"type": "rich_text_section", "elements": [{"type": "text", "text": b["alt_text"] or "—"}]}])
        if "chart" in b
        else b
        for b in page.blocks
    ]
    return replace(page, blocks=tuple(blocks), charts=())


def _actions(
    page: Page, reference: str, stories: Sequence[tuple[str, str]], *, found: bool
) -> list[dict[str, Any]]:
    words = Words(page.language, domain=CHAT)
    made: list[dict[str, Any]] = []
    if page.turned and page.of > 1:
        if page.number > 0:
            made.append(_turn("◀", noop("Previous page"), reference, page.number - 1, words))
        if page.number + 1 < page.of:
            made.append(_turn("▶", noop("Next page"), reference, page.number + 1, words))
    if page.numbers:
        made.append(button(words.message(noop("Sources")), Mark("sources", reference, page.number)))
    if found and not made:
        made.append(button(words.message(noop("Editions")), Mark("editions", reference, page.number)))
    if page.story and (page.turned or page.number == page.of - 1):
        options = [(name, words.message(label)) for name, label in SECTIONS]
        made.append(
            _menu(Mark("section", reference, page.number), words.message(noop("A section …")), options)
        )
    named = _choosable(stories)
    if named:
        made.append(
            _menu(Mark("story", reference, page.number), words.message(noop("Another story …")), named)
        )
    return [{"type": "actions", "elements": made}] if made else []


def _choosable(stories: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The stories of a menu: as many as the message has room for."""
    named = [(slug, shortened(name, 75).strip() or slug[:75]) for slug, name in stories if len(slug) <= 150]
    kept: list[tuple[str, str]] = []
    room = _MENU
    for slug, name in named[:100]:
        room -= len(name)
        if room < 0:
            break
        kept.append((slug, name))
    return kept


def _turn(sign: str, message: str, reference: str, page: int, words: Words) -> dict[str, Any]:
    return button(f"{sign} {words.message(message)}", Mark("page", reference, page))


def button(label: str, mark: Mark, *, style: str = "") -> dict[str, Any]:
    made = {"type": "button", "text": _plain(shortened(label, 75)), "action_id": str(mark)}
    return {**made, "style": style} if style else made


def _menu(mark: Mark, prompt: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "static_select",
        "action_id": str(mark),
        "placeholder": _plain(prompt),
        "options": [{"text": _plain(label), "value": value} for value, label in options],
    }
