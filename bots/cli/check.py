"""`sitrep check`: settings, templates and database, before they matter."""

from __future__ import annotations

import asyncio

import typer

from bots.cli.context import do, session
from briefings.errors import SitrepError


def check(context: typer.Context) -> int:
    """Check the settings, every template, and the database."""
    s = session(context)
    worst = 0

    def told(what: str, error: SitrepError) -> int:
        typer.secho(f"wrong  {what}: {error}", fg="red", err=True)
        return error.exit_code

    try:
        typer.echo(
            f"good   settings: language {s.settings.language}, time zone {s.settings.timezone}{s.zone and ''}"
        )
    except SitrepError as e:
        return told("settings", e)
    from bots.cli.brief import preview

    worst = preview(context, None, None) or worst
    typer.echo("good   templates" if not worst else "wrong  templates: see above")

    async def database() -> str:
        from briefings.store import HEAD, open_store

        store = await asyncio.to_thread(open_store, s.folder, url=s.settings.database_url.get_secret_value())
        try:
            counts = await asyncio.to_thread(store.counts)
        finally:
            store.close()
        return f"{store.place} (schema {HEAD}): {counts['stories']} stories, {counts['articles']} articles"

    try:
        typer.echo(f"good   database: {do(database())}")
    except SitrepError as e:
        worst = told("database", e)
    return worst
