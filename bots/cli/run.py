"""`sitrep run`: the platforms that the settings name, until it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
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


def run(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", help="What to listen on.", show_default="the setting web.host")
    ] = None,
    port: Port = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Open the address in a browser of this machine.")
    ] = False,
) -> int:
    """Run the web channel over your stories, until stopped by Ctrl-C or SIGTERM."""
    s = session(context)
    given = {"host": host, "port": port}
    settings = s.settings.web.model_copy(update={k: v for k, v in given.items() if v is not None})
    if not settings.enabled:
        raise SettingsFault("There is nothing to run: web.enabled is false.", "Set it to true.")

    async def work() -> int:
        async with s.desk() as desk:
            return await serve_until_stopped(s, desk, settings, browser=browser)

    return do(work())


async def serve_until_stopped(s: Session, desk: Desk, settings: Web, *, browser: bool | None = None) -> int:
    """The web channel until a signal ends it; the address is printed. A second signal ends the process at once."""
    from bots.web.server import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ended() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ended)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt
            break
    async with serving(desk, desk.reader.worker, settings) as running:
        typer.echo(f"Sitrep is at {running.address}")
        typer.echo("Ctrl-C ends it.", err=True)
        sys.stdout.flush()
        if browser or (browser is None and _has_screen(s)):
            await asyncio.to_thread(webbrowser.open, running.address)
        await stop.wait()
        typer.echo("Ending …", err=True)
    return 0


def _has_screen(s: Session) -> bool:
    """Whether a browser can be shown here: a text browser in the terminal would be in the way."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("win32", "darwin") or bool(
        s.environment.get("DISPLAY") or s.environment.get("WAYLAND_DISPLAY")
    )
