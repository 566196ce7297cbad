"""Health: for people a page, for supervisors two words. And the static files."""

from __future__ import annotations

from importlib.metadata import version

from aiohttp import web

from bots.web.access import PAGES
from bots.web.frame import ROOMS, STARTED, page
from briefings.errors import StoreError
from briefings.store import HEAD


async def healthz(request: web.Request) -> web.StreamResponse:
    """The process answers."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.StreamResponse:
    """The database answers too."""
    try:
        await request.app[ROOMS].desk.counts()
    except StoreError:
        return web.Response(text="the database does not answer\n", status=503)
    return web.Response(text="ready\n")


async def health(request: web.Request) -> web.StreamResponse:
    rooms = request.app[ROOMS]
    counts = await rooms.desk.counts()
    up = rooms.desk.clock() - request.app[STARTED]
    settings = rooms.desk.settings
    return await page(
        request,
        "health.html.j2",
        sitrep=version("sitrep"),
        schema=HEAD,
        minutes=int(up.total_seconds() // 60),
        counts=counts,
        listening=rooms.listening,
        settings=settings,
    )


async def static(request: web.Request) -> web.StreamResponse:
    """A file of ours. Its address holds the version, so that it may be kept for good."""
    try:
        path = request.app[PAGES].file(request.match_info["file"])
    except KeyError:
        raise web.HTTPNotFound from None
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})
