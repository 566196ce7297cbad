"""Editions with their next runs, and the ledger of what they posted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from bots.dispatch.content import load
from bots.fires import upcoming
from bots.handlers.editions import moment, reason
from bots.web.frame import ROOMS, Reader, page, zone_in
from bots.web.messages import document_html
from briefings.errors import NotFound
from briefings.model import Dispatch, Edition, State
from briefings.rendering.words import Words

_PAGE = 50


@dataclass(frozen=True, slots=True)
class _Row:
    """An edition with its next times, as they are shown."""

    edition: Edition
    following: tuple[str, ...]
    paused: str


async def editions(request: web.Request) -> web.StreamResponse:
    """Every edition of the desk, with when it goes out next."""
    desk = request.app[ROOMS].desk
    words = Reader.of(request).words
    now = desk.clock()
    found = await desk.orders.editions()
    rows = await asyncio.to_thread(lambda: [_row(e, now, words) for e in found])  # times to work out for each
    return await page(request, "editions.html.j2", rows=rows)


def _row(e: Edition, now: datetime, words: Words) -> _Row:
    times = [] if e.paused else upcoming(e, now, 3)
    zone = ZoneInfo(e.timezone)
    shown = tuple(moment(at, zone, words) for at in times)
    if e.instant and not e.paused:
        shown = (words.message("Whenever there is something new."),)
    return _Row(e, shown, reason(e.paused, words) if e.paused else "")


async def ledger(request: web.Request) -> web.StreamResponse:
    """The dispatches, the newest first; those of one state, or before one."""
    desk = request.app[ROOMS].desk
    state = next((s for s in State if s.value == request.query.get("state")), None)
    before = request.query.get("before", "")
    found = await desk.orders.dispatches(
        states=(state,) if state is not None else (),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        most=_PAGE + 1,
    )
    words = Reader.of(request, zone_in(request)).words
    more, found = len(found) > _PAGE, found[:_PAGE]
    rows = [(d, words.moment(d.due), words.moment(d.settled) if d.settled else "") for d in found]
    return await page(
        request,
        "ledger.html.j2",
        rows=rows,
        states=tuple(State),
        state=state.value if state is not None else "",
        earlier=found[-1].id if more else 0,
    )


async def dispatch(request: web.Request) -> web.StreamResponse:
    """One dispatch: its parts, tries and facts, and what it says."""
    desk = request.app[ROOMS].desk
    d = await desk.orders.dispatch(int(request.match_info["number"]))
    reader = Reader.of(request, zone_in(request))
    words = reader.words
    parts = [(p, words.moment(p.posted) if p.posted is not None else "") for p in await desk.orders.parts(d)]
    shown, facts = await _shown(request, d, reader)
    return await page(
        request,
        "dispatch.html.j2",
        d=d,
        due=words.moment(d.due),
        settled=words.moment(d.settled) if d.settled else "",
        parts=parts,
        shown=shown,
        facts=facts,
    )


async def _shown(request: web.Request, d: Dispatch, reader: Reader) -> tuple[Markup, int]:
    """What it says as HTML, and how many facts it carries; nothing where it was not rendered yet, or is forgotten."""
    desk = request.app[ROOMS].desk
    try:
        body = await desk.orders.content(d)
    except NotFound:
        body = None
    if body is None:
        return Markup(""), 0
    content = load(body)
    story = (content.story, content.made) if content.story else None
    html = document_html(
        content.document.blocks, content.language, story, lambda x: "", reader.words, deeper=1
    )
    return Markup(html), len(content.facts)  # noqa: S704  # escaped by Html
