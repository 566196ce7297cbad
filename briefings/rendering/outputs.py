"""A briefing as Markdown, HTML, JSON, and on a terminal. Outside text is escaped by the rules of each."""

from __future__ import annotations

import re
from html import escape
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text as RichText

from briefings.model import Language
from briefings.plain import json_text, literal
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
    """CommonMark. What is outside text can't format: every mark in it is escaped."""
    return "\n".join(_md_blocks(briefing.document.blocks, briefing.language)).strip() + "\n"


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


# ---- HTML ------------------------------------------------------------------------------------------------------------------


def to_html(briefing: Briefing, title: str) -> str:
    """A page of its own, without scripts: works from a file."""
    body = "\n".join(html_block(b, briefing.language) for b in briefing.document.blocks)
    return (
        f'<!doctype html>\n<html lang="{briefing.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escaped(literal(title))}</title>\n<style>{_CSS}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


_CSS = """
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5a6068; --paper: #ffffff; --line: #d8dce1; --link: #0b57b7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #a4abb5; --paper: #17191c; --line: #373c43; --link: #8ab8ff; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
a { color: var(--link); } blockquote { margin: .8rem 0; padding: .1rem 1rem; border-left: .25rem solid var(--line); }
blockquote p { margin: .4rem 0; } li { margin: .35rem 0; } hr { border: 0; border-top: 1px solid var(--line); margin: 2.5rem 0 0; }
.cite { font-size: .8em; vertical-align: .25em; text-decoration: none; padding: 0 .1em; }
.foreign { font-size: .8em; color: var(--soft); } .note { font-size: .94rem; color: var(--ink); }
.note:target, .note:target .n { background: #fff3bf; color: #1c1e21; } .n { color: var(--soft); font-variant-numeric: tabular-nums; }
"""


def _escaped(text: str) -> str:
    """Text that can't be markup. Everything that is not ours goes through here, once."""
    return escape(text, quote=True)


def html_block(block: Block, language: Language) -> str:
    """One block as HTML, escaped."""
    match block:
        case Heading(level=level, children=children):
            return f"<h{level}>{_html(children, language)}</h{level}>"
        case Paragraph(children=children):
            return f"<p>{_html(children, language)}</p>"
        case Footnote(number=n, children=children):
            return (
                f'<p class="note" id="cite-{n}"><span class="n">[{n}]</span> {_html(children, language)}</p>'
            )
        case ListBlock(items=items, start=start):
            inner = "".join(f"<li>{_html_item(i, language)}</li>" for i in items)
            return f"<ul>{inner}</ul>" if start is None else f'<ol start="{start}">{inner}</ol>'
        case Quotation(children=blocks):
            return f"<blockquote>{''.join(html_block(b, language) for b in blocks)}</blockquote>"
        case Image(alt=alt):
            return f"<p>{_escaped(alt)}</p>"
        case Divider():
            return "<hr>"


def _html_item(blocks: tuple[Block, ...], language: Language) -> str:
    """A list item; a lone paragraph stands in it without a <p>."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _html(blocks[0].children, language)
    return "".join(html_block(b, language) for b in blocks)


def _html(children: tuple[Inline, ...], language: Language) -> str:
    return "".join([_html_one(c, language) for c in children])


def _html_one(x: Inline, language: Language) -> str:
    match x:
        case Text(text=text, language=own):
            if own and own != language:
                return f'<span lang="{own}">{_escaped(text)}</span> <span class="foreign">[{own}]</span>'
            return _escaped(text)
        case Strong(children=c):
            return f"<strong>{_html(c, language)}</strong>"
        case Emphasis(children=c):
            return f"<em>{_html(c, language)}</em>"
        case Struck(children=c):
            return f"<s>{_html(c, language)}</s>"
        case Code(text=text):
            return f"<code>{_escaped(text)}</code>"
        case Link(url=url, children=c):
            return f'<a href="{_escaped(url)}" rel="noopener noreferrer">{_html(c, language)}</a>'
        case CitationMark(number=n):
            return f'<a class="cite" href="#cite-{n}">[{n}]</a>'
        case LineBreak():
            return "<br>"


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
    console = Console(
        width=width, color_system=None, force_terminal=False, highlight=False, emoji=False, markup=False
    )
    with console.capture() as captured:
        console.print(to_terminal(briefing.document))
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
