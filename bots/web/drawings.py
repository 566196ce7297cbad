"""Which drawing of a chart a page asks for, and a drawing as an answer."""

from __future__ import annotations

from aiohttp import web

from briefings.rendering.drawing import Format, Theme, Width


def variant(request: web.Request) -> tuple[Format, Theme, Width]:
    """Which drawing of a chart an address asks for."""
    form: Format = "png" if request.match_info["form"] == "png" else "svg"
    theme: Theme = "dark" if request.query.get("theme") == "dark" else "light"
    width: Width = "narrow" if request.query.get("width") == "narrow" else "wide"
    return form, theme, width


def drawn(body: bytes, form: Format) -> web.Response:
    """A drawing as an answer; the browser may keep it for a while."""
    kind = "image/png" if form == "png" else "image/svg+xml"
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": "private, max-age=300"})
