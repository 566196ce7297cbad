"""A briefing as Markdown, JSON, and on a terminal; HTML is `html.py`. Outside text is escaped by the rules of each."""

from __future__ import annotations

import re
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text as RichText

from briefings.model import Language
from briefings.plain import json_text
from briefings.rendering.blocks import dump_blocks
from briefings.rendering.briefing import Briefing
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Document,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)

Output = Literal["text", "markdown", "html", "json"]


def foreign(text: Text, language: Language) -> str:
    """The mark behind words that are not in the briefing's language: "[en]"; "" behind those that are."""
    return f" [{text.language}]" if text.language and text.language != language else ""


# ---- Markdown ------------------------------------------------------------------------------------------------------------

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&@])")
_LINE_START = re.compile(r"^( *)(?:([-+=])(?=\s|$|-|=)|(\d+)([.)])(?=\s|$))", re.MULTILINE)


def to_markdown(briefing: Briefing) -> str:
    """The briefing as Markdown that says the same."""
    return markdown_of(briefing.document)


def markdown_of(document: Document) -> str:
    """A document as Markdown."""
    return "\n".join(_md_blocks(document.blocks, document.language)).strip() + "\n"


def _md_blocks(blocks: tuple[Block, ...], language: Language) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Heading(level=level, children=children):
                lines += [f"{'#' * level} {_md(children, language)}", ""]
            case Paragraph(children=children):
                lines += [_line_starts(_md(children, language)), ""]
            case Footnote(number=number, children=children):
                lines += [f"\\[{number}\\] {_md(children, language)}", ""]
            case ListBlock(items=items, start=start):
                for i, item in enumerate(items):
                    bullet = "- " if start is None else f"{start + i}. "
                    inner = _md_blocks(item, language)[:-1]
                    lines += [bullet + inner[0] if inner else bullet.rstrip()]
                    lines += [(" " * len(bullet) + x).rstrip() for x in inner[1:]]
                lines.append("")
            case Quotation(children=inner_blocks):
                inner = _md_blocks(inner_blocks, language)
                lines += [f"> {x}".rstrip() for x in inner[:-1]] + [""]
            case Image(name=name, alt=alt):
                lines += [_SPECIAL.sub(r"\\\1", alt or name), ""]
            case Divider():
                lines += ["---", ""]
    return lines


def _line_starts(text: str) -> str:
    """The text with what would begin a list or a rule escaped, on every line of it."""
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", text)


def _md(children: tuple[Inline, ...], language: Language) -> str:
    return "".join(_md_one(c, language) for c in children)


def _md_one(x: Inline, language: Language) -> str:
    match x:
        case Text(text=text):
            return _SPECIAL.sub(r"\\\1", text) + _SPECIAL.sub(r"\\\1", foreign(x, language))
        case Strong(children=c):
            return f"**{_md(c, language)}**"
        case Emphasis(children=c):
            return f"*{_md(c, language)}*"
        case Struck(children=c):
            return f"~~{_md(c, language)}~~"
        case Code(text=text):
            fence = "`" * (max((len(m) for m in re.findall(r"`+", text)), default=0) + 1)
            pad = " " if text.startswith("`") or text.endswith("`") else ""
            return f"{fence}{pad}{text}{pad}{fence}"
        case Link(url=url, children=c):
            return f"[{_md(c, language)}](<{url.replace('<', '%3C').replace('>', '%3E')}>)"
        case CitationMark(number=n):
            return f"\\[{n}\\]"
        case LineBreak():
            return "  \n"


# ---- JSON ------------------------------------------------------------------------------------------------------------------


def to_json(briefing: Briefing, story: str) -> str:
    """The document's blocks and the cited sentences, for scripts."""
    value = {
        "story": story,
        "template": briefing.template,
        "language": briefing.language,
        "blocks": dump_blocks(briefing.document),
        "facts": list(briefing.facts),
        "citations": [
            {
                "number": s.number,
                "article": s.citation.article,
                "revision": s.citation.revision,
                "start": s.citation.span.start,
                "end": s.citation.span.end,
                "sentence": s.sentence,
                "language": s.language,
                "outlet": s.outlet,
                "title": s.title,
                "url": s.url,
                "published": s.published.isoformat() if s.published else None,
                "sample": s.sample,
            }
            for s in briefing.sources
        ],
    }
    return json_text(value, indent=1) + "\n"


# ---- terminal --------------------------------------------------------------------------------------------------------------


def to_terminal(document: Document) -> Group:
    """What rich prints. Text is literal: no markup, no escape sequences of the article's."""
    return Group(*_rich_blocks(document.blocks, document.language))


def to_text(briefing: Briefing, width: int = 100) -> str:
    """The terminal's output without colours, for pipes and files."""
    return text_of(briefing.document, width)


def text_of(document: Document, width: int = 100) -> str:
    """A document as text, without colours."""
    console = Console(
        width=width, color_system=None, force_terminal=False, highlight=False, emoji=False, markup=False
    )
    with console.capture() as captured:
        console.print(to_terminal(document))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


_HEADINGS = {1: "bold reverse", 2: "bold underline"}


def _rich_blocks(blocks: tuple[Block, ...], language: Language) -> list[RenderableType]:
    found: list[RenderableType] = []
    for block in blocks:
        match block:
            case Heading(level=level, children=children):
                text = _rich(children, language)
                text.stylize(_HEADINGS.get(level, "bold"))
                found += [text, RichText("")]
            case Paragraph(children=children):
                found += [_rich(children, language), RichText("")]
            case Footnote(number=number, children=children):
                mark = RichText(f"[{number}] ", style="cyan")
                found.append(mark + _rich(children, language))
            case ListBlock(items=items, start=start):
                for i, item in enumerate(items):
                    bullet = "• " if start is None else f"{start + i}. "
                    inner = _rich_blocks(item, language)
                    first = inner[0] if inner else RichText("")
                    line = RichText(bullet) + first if isinstance(first, RichText) else RichText(bullet)
                    found.append(Padding(line, (0, 0, 0, 1)))
                    found += [
                        Padding(x, (0, 0, 0, 3))
                        for x in inner[1:]
                        if not (isinstance(x, RichText) and not x.plain)
                    ]
                found.append(RichText(""))
            case Quotation(children=blocks_in):
                inner = _rich_blocks(blocks_in, language)
                found += [Padding(x, (0, 0, 0, 2)) for x in inner[:-1]] + inner[-1:]
            case Image(alt=alt):
                found += [RichText(alt, style="italic"), RichText("")]
            case Divider():
                found.append(RichText("─" * 20, style="dim"))
    return found


def _rich(children: tuple[Inline, ...], language: Language) -> RichText:
    text = RichText()
    for x in children:
        match x:
            case Text(text=words):
                text.append(words)
                if mark := foreign(x, language):
                    text.append(mark, style="dim")
            case Strong(children=c):
                text.append_text(_styled(c, language, "bold"))
            case Emphasis(children=c):
                text.append_text(_styled(c, language, "italic"))
            case Struck(children=c):
                text.append_text(_styled(c, language, "strike"))
            case Code(text=words):
                text.append(words, style="bold")
            case Link(url=url, children=c):
                inner = _rich(c, language)
                inner.stylize(Style(link=url, underline=True))
                text.append_text(inner)
            case CitationMark(number=n):
                text.append(f"[{n}]", style="cyan")
            case LineBreak():
                text.append("\n")
    return text


def _styled(children: tuple[Inline, ...], language: Language, style: str) -> RichText:
    text = _rich(children, language)
    text.stylize(style)
    return text
