"""What every handler of the pages needs: the rooms, who asks, and the frame around a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from aiohttp import web

from bots.answers import CHAT
from bots.drawings import Drawings
from bots.place import Asker, zone_at
from bots.web.access import GATE, PAGES
from bots.web.pages import language_of
from bots.web.rooms import OPERATOR, Rooms
from briefings.model import Channel, Language
from briefings.rendering.words import Words, zone_of

ROOMS: web.AppKey[Rooms] = web.AppKey("rooms", Rooms)
DRAWINGS: web.AppKey[Drawings] = web.AppKey("drawings", Drawings)
STARTED: web.AppKey[datetime] = web.AppKey("started", datetime)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language of the browser, and the words of the pages in it."""

    language: Language
    words: Words

    @classmethod
    def of(cls, request: web.Request, zone: tzinfo | None = None) -> Reader:
        language = language_of(request)
        return cls(language, Words(language, zone or zone_of("UTC"), CHAT))


def asker_of(request: web.Request) -> Asker:
    """Whoever holds the token runs this desk, and manages it."""
    return Asker("operator", OPERATOR, manager=True, language=language_of(request))


def zone_in(request: web.Request, channel: Channel | None = None) -> tzinfo:
    """The channel's time zone, else the settings'."""
    return zone_at(channel, request.app[ROOMS].desk.settings)


async def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page in the browser's language, with channels and stories beside it."""
    rooms = request.app[ROOMS]
    shown = {
        "channels": await rooms.channels(language_of(request)),
        "stories": await rooms.desk.stories(),
        "csrf": request.app[GATE].csrf,
        "here": request.path,
        "channel": None,
        "story": None,
        **values,
    }
    text = request.app[PAGES].render(template, language_of(request), **shown)
    return web.Response(text=text, content_type="text/html", status=status)
