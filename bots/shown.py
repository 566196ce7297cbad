"""What an answer's message shows: noted in the ledger, kept for its buttons, found again for those whom it is for."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from bots.answers import Answer, Form, Refused
from bots.commands import Line, noop
from bots.dispatch.content import Content, dump, load, made_at
from bots.dispatch.delivering import content_of
from bots.marks import Mark, of_kept
from bots.place import Place, home_of
from briefings.desk import Desk
from briefings.errors import NotFound
from briefings.model import LOCAL, Address, Tenant
from briefings.plain import literal, safe_url
from briefings.rendering import Document
from briefings.rendering.document import (
    Block,
    Emphasis,
    Footnote,
    Heading,
    Link,
    Paragraph,
    Quotation,
    Text,
)
from briefings.rendering.words import Words

_OLD = noop("What this message shows is no longer kept.")
_AGAIN = noop("Ask for it again: %(brief)s.")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message shows, whose story that is, and its form where it has one. `asker`: whom alone it is for, "" for all."""

    tenant: Tenant
    content: Content
    form: Form | None = None
    asker: str = ""


def content_for(answer: Answer) -> Content:
    """An answer as messages are made of it: its pages are turned in place."""
    story = answer.story
    if answer.prepared is not None and story is not None:
        return replace(content_of(answer.prepared, story), paged=True)
    return Content(
        answer.document,
        literal(story.name) if story is not None else "",
        story.slug if story is not None else None,
        made_at(story) if story is not None else 0,
        answer.charts,
        paged=True,
    )


async def note(desk: Desk, place: Place, answer: Answer, content: Content, message: str, body: str) -> None:
    """A public briefing is in the ledger too: "since the last" counts from it, and it is corrected.

    `message`: the id by which it stands in the channel, `body` what was posted. Other answers are not noted.
    """
    if answer.prepared is None or answer.story is None:
        return
    await desk.orders.note_answer(
        answer.story,
        Address(home_of(place.tenant), place.channel),
        dump(content),
        message,
        body,
        (await desk.channel(place.channel)).timezone or desk.settings.timezone,
        answer.language,
        answer.prepared.version,
    )


async def keep(desk: Desk, place: Place, content: Content, form: Form | None = None, asker: str = "") -> str:
    """Keep what a message shows; the reference of its buttons."""
    value: dict[str, Any] = {
        "platform": place.tenant.platform,
        "tenant": place.tenant.id,
        "channel": place.channel,
        "asker": asker,
        "content": dump(content),
    }
    if form is not None:
        value["form"] = {"command": form.command, "fixed": dict(form.fixed)}
    return of_kept(await desk.orders.keep_shown(json.dumps(value, ensure_ascii=False)))


async def find(desk: Desk, place: Place, mark: Mark, asker: str, parents: Collection[str] = ()) -> Shown:
    """What the clicked message shows. Refused where it is not kept, or belongs to another place or person.

    `parents`: channels that the click's own is part of, such as the forum of a thread.
    """
    try:
        shown = await (
            _kept(desk, place, mark) if mark.kept is not None else _posted(desk, place, mark, parents)
        )
    except (NotFound, ValueError, KeyError, TypeError) as e:
        raise Refused(_OLD, _AGAIN, brief=Line("/brief")) from e
    if shown.asker and shown.asker != asker:
        raise Refused(noop("This answer is for somebody else."), _AGAIN, brief=Line("/brief"))
    return shown


async def _kept(desk: Desk, place: Place, mark: Mark) -> Shown:
    assert mark.kept is not None
    value = json.loads(await desk.orders.shown(mark.kept))
    tenant = Tenant(value["platform"], value["tenant"])
    if tenant != place.tenant or (not value["asker"] and value["channel"] != place.channel):
        raise NotFound(
            "It belongs to another channel."
        )  # a person's own may stand in a conversation with them
    form = value.get("form")
    return Shown(
        tenant,
        load(value["content"]),
        Form(form["command"], (), "", form["fixed"]) if form is not None else None,
        value["asker"],
    )


async def _posted(desk: Desk, place: Place, mark: Mark, parents: Collection[str]) -> Shown:
    """A part of a dispatch: of the tenant's own, or of one that the operator has posted to this very channel."""
    part = mark.part
    if part is None:
        raise NotFound("It is no part of a dispatch.")
    for tenant in (place.tenant, LOCAL):
        orders = desk.of(tenant).orders
        try:
            dispatch = await orders.dispatch(part[0])
        except NotFound:
            continue
        via = home_of(place.tenant)
        if dispatch.address not in [Address(via, c) for c in (place.channel, *parents)]:
            break
        body = await orders.content(dispatch)
        if body is not None:
            return Shown(tenant, load(body))
    raise NotFound("It belongs to another channel.")


async def sources(desk: Desk, shown: Shown, numbers: tuple[int, ...]) -> Content:
    """The sentences behind these citations: those that the briefing was printed with, else as the story has them."""
    content = shown.content
    words = Words(content.language, domain="chat")
    printed = {b.number: b for b in content.document.blocks if isinstance(b, Footnote)}
    blocks: list[Block] = [Heading(2, (Text(words.message(noop("Sources"))),))]
    own = desk.of(shown.tenant)
    for number in numbers:
        if number in printed:
            blocks.append(Paragraph((Text(f"[{number}] "), *printed[number].children)))
        else:
            blocks += await _evidence(own, content, number, words)
    return Content(
        Document(tuple(blocks), content.language), content.title, content.story, content.made, paged=True
    )


async def _evidence(desk: Desk, content: Content, number: int, words: Words) -> list[Block]:
    try:
        story = await desk.story(content.story or "")
        if made_at(story) != content.made:
            raise NotFound("Another story has its name.")
        e = await desk.evidence(story, number)
    except NotFound:
        gone = words.message(noop("This sentence is no longer kept."))
        return [Paragraph((Text(f"[{number}] {gone}"),))]
    url, title = safe_url(e.article.url), literal(e.article.title) or words.message("no headline")
    outlet = literal(e.article.outlet) or words.message("unknown outlet")
    headline = Text(title, e.article.language)
    return [
        Paragraph(
            (
                Text(f"[{number}] "),
                Emphasis((Text(outlet),)),
                Text(f", {words.moment(e.article.published)} — "),
                Link(url, (headline,)) if url else headline,
            )
        ),
        Quotation((Paragraph((Text(literal(e.citation.span.of(e.article.text)), e.language),)),)),
    ]
