"""Who may come in, by which name, and what every answer carries.

A token stands in the printed address; it is changed into a cookie at once, so that it stays in no history and no
referrer. What changes state needs a second secret that only our own pages hold, from our own origin.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bots.web.pages import Pages, language_of
from briefings.errors import NotFound, SitrepError, StoreError
from briefings.settings import Web

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BYTES = 64 * 1024  # of a request's body
OPEN = frozenset({"/healthz", "/readyz"})  # answered without the token
_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "Sitrep",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """The token's derivates, and the names by which the server may be asked for."""

    token: str = field(repr=False)
    settings: Web
    port: int

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.token.encode(), purpose.encode(), sha256).hexdigest()

    @property
    def cookie_name(self) -> str:
        """With the port: servers on one host share their cookies."""
        return f"sitrep-{self.port}"

    @property
    def cookie(self) -> str:
        return self._derived("cookie")

    @property
    def csrf(self) -> str:
        return self._derived("csrf")

    def opens(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(errors="replace"), self.token.encode())

    def known(self, cookie: str) -> bool:
        return hmac.compare_digest(cookie.encode(errors="replace"), self.cookie.encode())

    def may_post(self, csrf: str) -> bool:
        return hmac.compare_digest(csrf.encode(errors="replace"), self.csrf.encode())

    def hosts(self) -> frozenset[str]:
        """Lower case, with the port where it is not the scheme's own."""
        names = {"localhost", "127.0.0.1", "[::1]", bracketed(self.settings.host)}
        own = {f"{n}:{self.port}" for n in names} | (names if self.port == 80 else set())
        return frozenset(own | {h.lower() for h in self.settings.hosts})


def bracketed(host: str) -> str:
    """A host as it stands in an address."""
    try:
        return f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        return host.lower()


GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)
PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What every answer carries, whatever becomes of the request."""
    try:
        response = await handler(request)
    except web.HTTPException as e:  # a redirection
        _headed(e)
        raise
    if not response.prepared:  # an event stream sets its own
        _headed(response)
    return response


def _headed(response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as pages, in the reader's language and without a traceback."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as e:
        return _page(request, e.status)
    except NotFound as e:
        return _page(request, 404, near=e.near)
    except StoreError as e:
        log.error("store", why=e.message)
        return _page(request, 503)
    except SitrepError as e:
        log.error("failed", path=request.path, why=e.message)
        return _page(request, 500)
    except ConnectionResetError:  # the page was closed
        raise
    except Exception:
        log.exception("failed", path=request.path)
        return _page(request, 500)


def _page(request: web.Request, status: int, near: tuple[str, ...] = ()) -> web.Response:
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"error": status}, status=status)
    page = request.app[PAGES].render(
        "error.html.j2",
        language_of(request),
        status=status,
        near=near,
    )
    return web.Response(text=page, content_type="text/html", status=status)


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The host it is asked by, then the token or its cookie, then for what changes state origin and second secret."""
    at = request.app[GATE]
    if (request.headers.get("Host") or "").lower() not in at.hosts():
        raise web.HTTPMisdirectedRequest(reason="host")
    if request.path in OPEN or request.path.startswith("/static/"):
        return await handler(request)
    given = request.query.get("token")
    if given is not None:
        return _let_in(request, at, given)
    if not at.known(request.cookies.get(at.cookie_name, "")):
        raise web.HTTPForbidden
    if request.method not in ("GET", "HEAD"):
        await _our_own(request, at)
    return await handler(request)


def _let_in(request: web.Request, at: Gate, token: str) -> web.Response:
    """The token changed into a cookie, and the same address without it."""
    if request.method != "GET" or not at.opens(token):
        raise web.HTTPForbidden
    rest = [(k, v) for k, v in request.query.items() if k != "token"]
    query = f"?{urlencode(rest)}" if rest else ""
    path = "/" + request.rel_url.raw_path.lstrip("/")  # never "//elsewhere"; what is escaped stays so
    response = web.Response(status=303, headers={"Location": path + query})
    response.set_cookie(
        at.cookie_name, at.cookie, httponly=True, samesite="Lax", secure=at.settings.secure, path="/"
    )
    return response


async def _our_own(request: web.Request, at: Gate) -> None:
    """Refuse what another site's page has sent."""
    origin = request.headers.get("Origin")
    host = (request.headers.get("Host") or "").lower()
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        raise web.HTTPForbidden
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden
    try:
        form = await request.post()
    except (LookupError, ValueError):  # no form, whatever it says it is
        raise web.HTTPBadRequest from None
    sent = form.get("csrf", "")
    if not isinstance(sent, str) or not at.may_post(sent):
        raise web.HTTPForbidden
