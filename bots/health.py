"""Health and figures on a listener of their own: /healthz, /readyz, /metrics, for supervisors and Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bots.dispatch.counting import Figures
from briefings.desk import Desk
from briefings.errors import SettingsFault, StoreError
from briefings.settings import Metrics

Ready = Callable[[], Awaitable[bool]]


def make_app(desk: Desk, figures: Figures, ready: Ready) -> web.Application:
    """`ready` says whether this process does its work."""

    async def healthz(_: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.StreamResponse:
        if await ready():
            return web.Response(text="ready\n")
        return web.Response(
            text="not ready: the database does not answer, or another process has our name\n", status=503
        )

    async def metrics(_: web.Request) -> web.StreamResponse:
        ledger = desk.store.ledger
        try:
            depth = await asyncio.to_thread(ledger.counts)
            oldest = await asyncio.to_thread(ledger.oldest)
        except StoreError as e:
            return web.Response(text=f"# {e.message}\n", status=503)
        body = figures.text(depth, oldest, desk.clock())
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


@asynccontextmanager
async def showing(desk: Desk, figures: Figures, settings: Metrics, ready: Ready) -> AsyncIterator[str | None]:
    """Listening until the context ends; the address, None where the settings want none. SettingsFault."""
    if not settings.port:
        yield None
        return
    runner = web.AppRunner(make_app(desk, figures, ready), access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as e:
            raise SettingsFault(
                f"Metrics can't listen on {settings.host}:{settings.port}: {e.strerror or e}.",
                "Give them another port with metrics.port, or 0 for none.",
            ) from e
        yield f"http://{settings.host}:{settings.port}/metrics"
    finally:
        await runner.cleanup()
