"""The application: its routes, and what the handlers share."""

from __future__ import annotations

from aiohttp import web

from bots.chat import Chat
from bots.drawings import Drawings
from bots.web import access, ledger, status, stories, talk
from bots.web.access import GATE, PAGES, Gate
from bots.web.frame import DRAWINGS, ROOMS, STARTED
from bots.web.pages import Pages
from bots.web.rooms import Rooms
from briefings.sources import Worker

_NAME = r"[a-z0-9-]{1,80}"
_CHART = r"{name:[a-z0-9-]{1,80}}.{form:svg|png}"


def make_app(chat: Chat, rooms: Rooms, worker: Worker, at: Gate) -> web.Application:
    """The web channel over one desk. `worker` draws its charts."""
    app = web.Application(
        middlewares=[access.headers, access.errors, access.gate], client_max_size=access.MOST_BYTES
    )
    app[GATE] = at
    app[PAGES] = Pages()
    app[ROOMS] = rooms
    app[DRAWINGS] = Drawings(worker)
    app[STARTED] = chat.desk.clock()
    channel = f"/c/{{channel:{_NAME}}}"
    story = f"/s/{{story:{_NAME}}}"
    app.add_routes(
        [
            web.get("/", talk.first),
            web.post("/channels", talk.open_channel),
            web.get(channel, talk.show),
            web.post(f"{channel}/say", talk.say),
            web.get(f"{channel}/events", talk.events),
            web.get(f"{channel}/complete", talk.completions),
            web.get(f"{channel}/m/{{number:[0-9]{{1,15}}}}/chart/{_CHART}", talk.chart),
            web.get(f"{story}/evidence/{{number:[0-9]{{1,9}}}}", stories.evidence),
            web.get(f"{story}/chart/{{section:[a-z]*}}/{_CHART}", stories.chart),
            web.get(f"{story}/search", stories.search),
            web.get(story, stories.show),
            web.get(f"{story}/{{section:[a-z]+}}", stories.show),
            web.get("/editions", ledger.editions),
            web.get("/ledger", ledger.ledger),
            web.get("/ledger/{number:[0-9]{1,15}}", ledger.dispatch),
            web.get("/menu", talk.menu),
            web.get("/health", status.health),
            web.get("/healthz", status.healthz),
            web.get("/readyz", status.readyz),
            web.get("/static/{version:[0-9a-f]+}/{file}", status.static),
        ]
    )

    async def end(_: web.Application) -> None:
        rooms.close()

    app.on_shutdown.append(end)
    return app
