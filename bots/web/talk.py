"""The chat page: a channel's messages, what is typed into it, what comes live, what can be typed next."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from markupsafe import Markup

from bots.commands import Permission
from bots.completing import complete
from bots.parsing import command_of
from bots.place import Place
from bots.web.access import GATE, HEADERS
from bots.web.drawings import drawn, variant
from bots.web.frame import DRAWINGS, ROOMS, Reader, asker_of, page, zone_in
from bots.web.messages import Said, event, item_html, load, message_html
from bots.web.pages import language_of
from bots.web.rooms import OPERATOR, SITREP, Exchange
from briefings.errors import NotFound
from briefings.model import Channel
from briefings.nearest import nearest

_PAGE_BYTES = 80_000  # of messages on a page; earlier ones are a link away
_PAGE_MOST = 40
_PING = 5.0  # seconds between signs of life to an open page; a closed one is noticed by then


async def first(request: web.Request) -> web.StreamResponse:
    """The newest channel that has a story, else the first."""
    channels = await request.app[ROOMS].channels(language_of(request))
    chosen = next((c for c in channels if c.story), channels[0])
    raise web.HTTPSeeOther(f"/c/{chosen.id}#end")


async def _channel(request: web.Request) -> Channel:
    """The channel that the address names. NotFound has the nearest."""
    name = request.match_info["channel"]
    channels = await request.app[ROOMS].channels(language_of(request))
    found = next((c for c in channels if c.id == name), None)
    if found is None:
        raise NotFound(f"There is no channel {name!r}.", near=nearest(name, [c.id for c in channels]))
    return found


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


async def show(request: web.Request) -> web.StreamResponse:
    return await _show(request, await _channel(request))


async def _show(request: web.Request, channel: Channel, exchange: Exchange | None = None) -> web.Response:
    """The channel's newest messages, or those before the one that the address names."""
    rooms = request.app[ROOMS]
    before = _number(request, "before")
    reader = Reader.of(request, zone_in(request, channel))
    zone = zone_in(request, channel)
    kept: list[str] = []
    size, oldest = 0, 0
    messages = await rooms.desk.messages(channel.id, before=before, most=_PAGE_MOST)
    for message in reversed(messages):
        item = message_html(message, channel.id, reader.language, zone)
        if kept and size + len(item) > _PAGE_BYTES:
            break
        kept.append(item)
        size += len(item)
        oldest = message.id
    more = bool(messages) and (len(kept) < len(messages) or len(messages) == _PAGE_MOST)
    if exchange is not None:
        kept = [
            *_aside(request, channel, exchange)[::-1],
            *kept,
        ]  # the last of them is what the address leads to
    return await page(
        request,
        "channel.html.j2",
        channel=channel,
        items=[Markup(item) for item in kept[::-1]],  # noqa: S704  # escaped in messages.py
        last=messages[-1].id if messages and before is None else 0,
        live=before is None,
        earlier=oldest if more else 0,
        zone=channel.timezone or rooms.desk.settings.timezone,
    )


def _aside(request: web.Request, channel: Channel, exchange: Exchange, *, scripts: bool = False) -> list[str]:
    """What the asker alone sees: their line and the answer."""
    zone = zone_in(request, channel)
    reader = Reader.of(request, zone)
    now = request.app[ROOMS].desk.clock()
    csrf = request.app[GATE].csrf
    return [
        item_html(exchange.typed, OPERATOR, now, reader.words, zone, channel.id),
        item_html(exchange.said, SITREP, now, reader.words, zone, channel.id, csrf=csrf, now=not scripts),
    ]


async def say(request: web.Request) -> web.StreamResponse:
    """A typed line, or a form's answers. For scripts the items to show as JSON; else a page."""
    channel = await _channel(request)
    rooms = request.app[ROOMS]
    form = {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    asker = asker_of(request)
    command = form.get("command", "")
    if command:
        exchange = await rooms.submit(channel.id, command, form, asker)
    else:
        exchange = await rooms.say(channel.id, form.get("line", ""), asker)
    if "application/json" in request.headers.get("Accept", ""):
        reader, zone = Reader.of(request), zone_in(request, channel)
        items = (
            [message_html(m, channel.id, reader.language, zone) for m in exchange.messages]
            if exchange.messages
            else _aside(request, channel, exchange, scripts=True)
        )
        typed = command_of(command or exchange.typed.line)
        changed = exchange.ok and typed is not None and typed.permission is Permission.MANAGERS
        return web.json_response({"ok": exchange.ok, "items": items, "changed": changed})
    if exchange.messages:
        raise web.HTTPSeeOther(f"/c/{channel.id}#m{exchange.messages[-1].id}")
    return await _show(request, channel, exchange)


async def events(request: web.Request) -> web.StreamResponse:
    """The channel's messages as they come, from the last one that the page has seen."""
    channel = await _channel(request)
    seen = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0
    rooms = request.app[ROOMS]
    reader, zone = Reader.of(request), zone_in(request, channel)
    stream: EventSourceResponse
    async with sse_response(request, headers=HEADERS, ping_interval=_PING) as stream:

        async def feed() -> None:
            async with aclosing(rooms.listen(channel.id, after)) as messages:
                async for message in messages:
                    await stream.write(event(message, channel.id, reader.language, zone))

        feeding = asyncio.ensure_future(feed())
        gone = asyncio.ensure_future(
            stream.wait()
        )  # it ends when the page is closed, whether anything is said or not
        try:
            await asyncio.wait({feeding, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feeding, gone):
                task.cancel()
                with suppress(asyncio.CancelledError, ConnectionResetError):
                    await task
    return stream


async def completions(request: web.Request) -> web.StreamResponse:
    """What the line can become, as JSON."""
    rooms = request.app[ROOMS]
    place = Place(rooms.tenant, request.match_info["channel"])
    line = request.query.get("line", "")[:500]
    found = await complete(rooms.chat, line, place, language_of(request))
    return web.json_response([{"text": c.text, "label": c.label, "hint": c.hint} for c in found])


async def open_channel(request: web.Request) -> web.StreamResponse:
    """A new channel with a welcome in it."""
    form = await request.post()
    name = form.get("name", "")
    made = await request.app[ROOMS].open_named(
        name.strip().lstrip("#") if isinstance(name, str) else "", language_of(request)
    )
    if made is None:
        raise web.HTTPUnprocessableEntity
    raise web.HTTPSeeOther(f"/c/{made}#end")


# ---- charts --------------------------------------------------------------------------------------------------------------


async def chart(request: web.Request) -> web.StreamResponse:
    """A chart of a message, as it was when the message was posted."""
    channel = await _channel(request)
    message = await request.app[ROOMS].desk.message(channel.id, int(request.match_info["number"]))
    body = load(message.body)
    charts = body.charts if isinstance(body, Said) else ()
    name = request.match_info["name"]
    found = next((c for c in charts if c.name == name), None)
    if found is None:
        raise NotFound(f"The message has no chart {name!r}.")
    form, theme, width = variant(request)
    return drawn(await request.app[DRAWINGS].get(found, form, theme, width), form)


async def menu(request: web.Request) -> web.StreamResponse:
    """Channels and stories as a page of their own, for narrow screens."""
    return await page(request, "menu.html.j2")
