"""Messages of a web channel: what is kept of them, and how they stand in a page. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from bots.answers import CHAT, Answer, Form
from bots.dispatch.content import Content, made_at
from bots.dispatch.content import charts as chart_values
from briefings.model import Language
from briefings.plain import literal
from briefings.rendering import Chart, Document, Html, dump_blocks, load_document
from briefings.rendering.document import Block, Divider, Footnote, Heading, Image
from briefings.rendering.html import escaped
from briefings.rendering.words import Words
from briefings.store import Message


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that a person typed."""

    line: str


@dataclass(frozen=True, slots=True)
class Said:
    """What Sitrep answered: a document with its charts, and the story whose numbers its citations have.

    `made` is when the story was made, in microseconds: another story that later got the same name is another.
    """

    blocks: tuple[Block, ...]
    language: Language
    story: str | None = None
    made: int = 0
    charts: tuple[Chart, ...] = ()
    form: Form | None = field(default=None)

    @classmethod
    def holding(cls, content: Content) -> Said:
        """What a dispatch holds."""
        return cls(content.document.blocks, content.language, content.story, content.made, content.charts)

    @classmethod
    def of(cls, answer: Answer) -> Said:
        story = answer.story
        slug, when = (story.slug, made_at(story)) if story is not None else (None, 0)
        return cls(answer.document.blocks, answer.language, slug, when, answer.charts, answer.form)


Body = Typed | Said


def dump(body: Body) -> str:
    """The body as it is stored. Forms are not: a public answer has none."""
    match body:
        case Typed(line=line):
            return json.dumps({"kind": "typed", "line": line}, ensure_ascii=False)
        case Said():
            value: dict[str, Any] = {
                "kind": "said",
                "language": body.language,
                "story": body.story,
                "made": body.made,
                "blocks": dump_blocks(Document(body.blocks, body.language)),
                "charts": chart_values().dump_python(body.charts, mode="json"),
            }
            return json.dumps(value, ensure_ascii=False)


def load(body: str) -> Body:
    """What `dump` stored. ValueError, KeyError or TypeError where it is something else."""
    try:
        value = json.loads(body)
    except RecursionError as e:
        raise ValueError("the message is nested too deep") from e
    if value["kind"] == "typed":
        if not isinstance(value["line"], str):
            raise TypeError("a line is text")
        return Typed(value["line"])
    story, made = value["story"], value["made"]
    if not isinstance(story, str | None) or not isinstance(made, int):
        raise TypeError("a story has a slug and a moment")
    document = load_document(value["blocks"], value["language"])
    charts = chart_values().validate_python(value["charts"])
    return Said(document.blocks, value["language"], story, made, charts)


# ---- HTML ----------------------------------------------------------------------------------------------------------------

ImageOf = Callable[[Image], str]


def evidence_path(story: str, made: int, number: int) -> str:
    return f"/s/{quote(story, safe='')}/evidence/{number}?of={made}#sentence"


def picture(base: str, alt: str, narrowed: str = "") -> str:
    """A chart in the theme and width of the reader, as large as it will be. `narrowed`: the day it begins with."""

    def at(**variant: str) -> str:
        query = urlencode({**({"since": narrowed} if narrowed else {}), **variant})
        return escaped(f"{base}?{query}" if query else base)

    return (
        '<figure class="chart"><picture>'
        '<source media="(prefers-color-scheme: dark) and (max-width: 40rem)" '
        f'srcset="{at(theme="dark", width="narrow")}" width="370" height="360">'
        f'<source media="(prefers-color-scheme: dark)" srcset="{at(theme="dark")}">'
        f'<source media="(max-width: 40rem)" srcset="{at(width="narrow")}" width="370" height="360">'
        f'<img src="{at()}" alt="{escaped(literal(alt))}" width="760" height="340" loading="lazy">'
        "</picture></figure>"
    )


def document_html(
    blocks: Sequence[Block],
    language: Language,
    story: tuple[str, int] | None,
    image: ImageOf,
    words: Words,
    deeper: int,
) -> str:
    """A document in a page: citations lead to their evidence, the list of citations is folded away.

    `story` is the slug and the making of the story that they are numbered in.
    """
    html = Html(
        language,
        cite=lambda n: evidence_path(*story, n) if story is not None else "#",
        image=image,
        deeper=deeper,
        anchors=False,
        cite_name=words.message("Citation"),
    )
    body, notes = folded(blocks)
    shown = html.blocks(body)
    if notes:
        count = words.messages("%(n)s citation", "%(n)s citations", len(notes)) % {"n": len(notes)}
        shown += (
            f'\n<details class="notes"><summary>{escaped(count)}</summary>\n{html.blocks(notes)}\n</details>'
        )
    return shown


def folded(blocks: Sequence[Block]) -> tuple[Sequence[Block], Sequence[Block]]:
    """The document without its list of citations, and the list."""
    first = next((i for i, b in enumerate(blocks) if isinstance(b, Footnote)), None)
    if first is None or not all(isinstance(b, Footnote) for b in blocks[first:]):
        return blocks, ()
    end = first
    if end and isinstance(blocks[end - 1], Heading):
        end -= 1
        if end and isinstance(blocks[end - 1], Divider):
            end -= 1
    return blocks[:end], blocks[first:]


@lru_cache(128)
def message_html(message: Message, channel: str, language: Language, zone: tzinfo) -> str:
    """A kept message as an item of the log; its frame is in that language. Made once for all who look."""
    words = Words(language, zone, CHAT)
    try:
        body = load(message.body)
    except (ValueError, KeyError, TypeError):
        body = Typed("…")
    return item_html(
        body, message.author, message.at, words, zone, channel, message.id, edited=message.edited is not None
    )


@lru_cache(64)
def event(message: Message, channel: str, language: Language, zone: tzinfo) -> bytes:
    """A kept message as a server-sent event, encoded once for all who listen."""
    lines = message_html(message, channel, language, zone).splitlines()
    data = "".join(f"data: {line}\n" for line in lines)
    name = "message" if message.edited is None else "edit"
    seen = f"id: {message.id}\n" if message.edited is None else ""  # a change is no news of what was seen
    return f"{seen}event: {name}\n{data}\n".encode()


def item_html(
    body: Body,
    author: str,
    at: datetime,
    words: Words,
    zone: tzinfo,
    channel: str,
    number: int = 0,
    csrf: str = "",
    now: bool = False,
    edited: bool = False,
) -> str:
    """An item of the log. `number` 0: for the asker alone, kept nowhere. `now`: the one to scroll to."""
    local = at.astimezone(zone)
    when = f"{words.day(local.date(), 'd MMM')}, {local:%H:%M}"
    match body:
        case Typed(line=line):
            kind, who, inner = "typed", words.message(author), f"<p>{escaped(literal(line))}</p>"
            language = words.language
        case Said():
            kind, who, language = "said", "Sitrep", body.language
            base = f"/c/{quote(channel, safe='')}/m/{number}/chart/"

            def image(x: Image) -> str:
                known = number and any(c.name == x.name for c in body.charts)
                return (
                    picture(f"{base}{quote(x.name, safe='')}.svg", x.alt)
                    if known
                    else f"<p>{escaped(x.alt)}</p>"
                )

            inner = document_html(
                body.blocks, language, (body.story, body.made) if body.story else None, image, words, deeper=1
            )
            if body.form is not None:
                inner += form_html(body.form, channel, csrf)
    anchor = f' id="m{number}" data-id="{number}"' if number else ' id="now"' if now else ""
    alone = words.message("only you see this")
    private = "" if number else f' <span class="private">{escaped(alone)}</span>'
    if edited:
        private += f' <span class="private">{escaped(words.message("corrected"))}</span>'
    initial = escaped(who[:1].upper())
    return (
        f'<li class="message {kind}"{anchor}><span class="face" aria-hidden="true">{initial}</span>'
        f'<div class="bubble"><p class="by"><span class="who">{escaped(who)}</span> '
        f'<time datetime="{local.isoformat(timespec="minutes")}">{escaped(when)}</time>{private}</p>'
        f'<div class="text" lang="{language}">{inner}</div></div></li>'
    )


def form_html(form: Form, channel: str, csrf: str) -> str:
    """A form's questions; sent, they make its command's call. Works without scripts."""
    name = escaped(form.command)
    parts = [
        f'<form class="questions" method="post" action="/c/{quote(channel, safe="")}/say#now">',
        f'<input type="hidden" name="csrf" value="{escaped(csrf)}">',
        f'<input type="hidden" name="command" value="{name}">',
    ]
    for key, value in form.fixed.items():
        parts.append(f'<input type="hidden" name="{escaped(key)}" value="{escaped(value)}">')
    for f in form.fields:
        option = escaped(f.option)
        parts.append(f"<p><label>{escaped(f.label)} ")
        if f.choices:
            options = "".join(
                f'<option value="{escaped(v)}"{" selected" if v == f.value else ""}>{escaped(literal(label))}</option>'
                for v, label in f.choices
            )
            parts.append(f'<select name="{option}">{options}</select>')
        else:
            parts.append(f'<input name="{option}" value="{escaped(f.value)}" maxlength="200">')
        parts.append("</label>")
        if f.suggestions:
            parts.append(f'<span class="soft">{escaped(", ".join(f.suggestions[:3]))} …</span>')
        parts.append("</p>")
    danger = ' class="danger"' if form.danger else ""
    parts.append(f"<button{danger}>{escaped(form.submit)}</button></form>")
    return "".join(parts)
