"""`sitrep tenant …`: the servers and workspaces whose stories these are; their data given out, and forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from bots.cli.context import do, session, utc, write
from briefings.errors import NotFound, SitrepError
from briefings.model import Tenant
from briefings.plain import json_text, literal

app = typer.Typer(help="Servers and workspaces: what is kept of them.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Which one: platform/id, as the list gives it.", metavar="TENANT")]


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the servers and workspaces, and when one has sent Sitrep away."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            for tenant, stories, left in desk.store.tenants.known():
                gone = f" · sent Sitrep away {utc(left)}" if left is not None else ""
                typer.echo(f"{literal(tenant.platform)}/{literal(tenant.id)} · stories: {stories}{gone}")

    do(work())


@app.command("export")
def export(context: typer.Context, tenant: Which) -> None:
    """Write all that is kept of one, as JSON."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            found = desk.store.tenants.export(_tenant(tenant))
        if not any(found.values()):
            raise NotFound(f"Nothing is kept of {tenant}.", "sitrep tenant list names those there are.")
        shown = {
            table: [{k: utc(v) if hasattr(v, "tzinfo") else v for k, v in row.items()} for row in rows]
            for table, rows in found.items()
        }
        write(json_text(shown, indent=1) + "\n")

    do(work())


@app.command("purge")
def purge(
    context: typer.Context,
    tenant: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget all that is kept of one, for good: stories, channels, editions, what was posted."""
    s = session(context)
    which = _tenant(tenant)
    if not yes:
        typer.confirm(f"Forget everything of {tenant}?", abort=True)

    async def work() -> None:
        async with s.desk() as desk:
            stories = desk.store.tenants.purge(which)
        typer.echo(f"Forgot {tenant}: {stories} stories.")

    do(work())


def _tenant(text: str) -> Tenant:
    platform, slash, identity = text.partition("/")
    if not slash or not platform or not identity:
        raise SitrepError(f"{text!r} is no server or workspace.", "Write it as discord/123456789.")
    return Tenant(platform, identity)
