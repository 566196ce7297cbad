"""`sitrep run` and `sitrep worker`: the platforms that the settings name, and delivery, until they are stopped."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, session
from bots.cli.options import Port
from briefings.errors import SettingsFault

if TYPE_CHECKING:
    from briefings.desk import Desk
    from briefings.settings import Web

Name = Annotated[
    str | None,
    typer.Option("--name", help="This process's own among all that deliver.", show_default="the host's name"),
]


def run(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", help="What to listen on.", show_default="the setting web.host")
    ] = None,
    port: Port = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Open the address in a browser of this machine.")
    ] = False,
    name: Name = None,
) -> int:
    """Run the platforms that the settings name, the schedule and delivery, until stopped by Ctrl-C or SIGTERM."""
    s = session(context)
    given = {"host": host, "port": port}
    web = s.settings.web.model_copy(update={k: v for k, v in given.items() if v is not None})
    settings = s.settings
    platforms = settings.discord.wanted or settings.slack.wanted
    if not (web.enabled or settings.delivery.enabled or settings.sources.enabled or platforms):
        raise SettingsFault(
            "There is nothing to run: web, delivery and sources are not enabled, and there is no platform.",
            "Set one of web.enabled, delivery.enabled and sources.enabled to true.",
        )

    async def work() -> int:
        async with s.desk() as desk:
            return await serve_until_stopped(
                s,
                desk,
                web if web.enabled else None,
                browser=browser,
                name=name or "",
                deliver=s.settings.delivery.enabled,
            )

    return do(work())


def worker(context: typer.Context, name: Name = None) -> int:
    """Deliver what is due, without a web channel or a gateway, until stopped; as many as you like on PostgreSQL."""
    s = session(context)

    async def work() -> int:
        async with s.desk() as desk:
            return await serve_until_stopped(s, desk, None, name=name or "", gateways=False)

    return do(work())


async def serve_until_stopped(
    s: Session,
    desk: Desk,
    web: Web | None,
    *,
    browser: bool | None = None,
    name: str = "",
    deliver: bool = True,
    gateways: bool = True,
) -> int:
    """Everything until a signal ends it; the web's address is printed. A second signal ends the process at once."""
    from bots.running import everything, stopping, until_stopped

    stop = stopping()
    async with everything(desk, web, name=name, deliver=deliver, gateways=gateways) as running:
        if running.address:
            typer.echo(f"Sitrep is at {running.address}")
        else:
            typer.echo(
                f"Sitrep delivers as {running.deliveries.identity.name}." if running.deliveries else ""
            )
        for platform, wanted in (("Discord", s.settings.discord.wanted), ("Slack", s.settings.slack.wanted)):
            if wanted and gateways:
                typer.echo(f"{platform} is being connected; what stands in the way is told here.", err=True)
        if running.figures:
            typer.echo(f"Figures are at {running.figures}", err=True)
        typer.echo("Ctrl-C ends it.", err=True)
        sys.stdout.flush()
        if running.address and (browser or (browser is None and _has_screen(s))):
            await asyncio.to_thread(webbrowser.open, running.address)
        code = await until_stopped(running, stop)
        typer.echo("Ending …", err=True)
    return code


def _has_screen(s: Session) -> bool:
    """Whether a browser can be shown here: a text browser in the terminal would be in the way."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("win32", "darwin") or bool(
        s.environment.get("DISPLAY") or s.environment.get("WAYLAND_DISPLAY")
    )
