"""`sitrep discord …`: set the bot up, and tell Discord the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from bots.cli.context import Session, do, session
from briefings.errors import SettingsFault, SitrepError

if TYPE_CHECKING:
    from bots.discord.rest import Rest

app = typer.Typer(help="The Discord bot: set-up and commands.", no_args_is_help=True)

_PORTAL = "https://discord.com/developers/applications"
_AUTHORIZE = "https://discord.com/oauth2/authorize"
_MOST_SERVERS = 200


@app.command("setup")
def setup(context: typer.Context) -> None:
    """Print the invite link with the least permissions, check the token, and tell what is missing in which server."""
    s = session(context)
    if not s.settings.discord.wanted:
        raise SettingsFault(
            "There is no token of a Discord bot.",
            f"Make an application at {_PORTAL}, open its page Bot, reset the token, and give it as "
            "SITREP_DISCORD_TOKEN, or in a file named by discord.token_file. No privileged intent is needed.",
        )
    do(_set_up(s))


async def _set_up(s: Session) -> None:
    rest = _rest(s)
    try:
        application = await _asked(rest, "/applications/@me")
        typer.echo(f"The token is good: it is that of {application.get('name')} ({application['id']}).")
        if not application.get("bot_public", True):
            typer.echo("The bot is private: only its owner can invite it. That is fine for your own servers.")
        typer.echo(f"Invite it with this link:\n  {invite_link(str(application['id']))}")
        guilds = await _asked(rest, "/users/@me/guilds", query={"limit": _MOST_SERVERS})
        if not guilds:
            typer.echo("It is in no server yet.")
        for guild in guilds:
            lacking = await _lacking(rest, guild)
            name = f"{guild.get('name', '')} ({guild['id']})"
            typer.echo(f"{name}: {'missing ' + ', '.join(lacking) if lacking else 'nothing is missing'}.")
        typer.echo("Start it with: sitrep run")
    finally:
        await rest.close()


async def _lacking(rest: Rest, guild: dict[str, Any]) -> list[str]:
    """The needed permissions that the bot's roles do not give it in a server."""
    from bots.discord.servers import ADMINISTRATOR, NEEDED, named

    may = int(guild.get("permissions") or 0)
    return [] if may & ADMINISTRATOR else named(NEEDED.value & ~may)


def invite_link(application: str) -> str:
    """Where a server's manager lets the bot in, with what it needs and no more."""
    from bots.discord.servers import NEEDED

    query = {"client_id": application, "scope": "bot applications.commands", "permissions": str(NEEDED.value)}
    return f"{_AUTHORIZE}?{urlencode(query)}"


@app.command("sync")
def sync(
    context: typer.Context,
    always: Annotated[
        bool, typer.Option("--always", help="Also where nothing has changed since they were last told.")
    ] = False,
) -> None:
    """Tell Discord the commands, where they have changed. `sitrep run` does it at its start too."""
    s = session(context)

    async def work() -> None:
        from bots.discord.registry import commands, fingerprint, remembered_as

        rest = _rest(s)
        try:
            application = str((await _asked(rest, "/applications/@me"))["id"])
            async with s.desk() as desk:
                store, name = desk.store.tenants, remembered_as(application)
                if not always and store.remembered(name) == fingerprint():
                    typer.echo("Discord knows the commands as they are.")
                    return
                await _asked(rest, f"/applications/{application}/commands", "PUT", commands())
                store.remember(name, fingerprint())
                typer.echo(f"Told Discord {len(commands())} commands. They appear within a minute.")
        finally:
            await rest.close()

    do(work())


def _rest(s: Session) -> Rest:
    from bots.discord.rest import Rest

    if not s.settings.discord.wanted:
        raise SettingsFault(
            "There is no token of a Discord bot.", "sitrep discord setup says how to get one."
        )
    return Rest(s.settings.discord)


async def _asked(
    rest: Rest,
    path: str,
    method: str = "GET",
    body: Any = None,
    *,
    query: dict[str, str | int] | None = None,
) -> Any:
    """The answer; what stands against it as an error of the command line."""
    from bots.discord.rest import Denied
    from bots.dispatch.publisher import TryLater

    try:
        return await rest.ask(method, path, body=body, query=query)
    except Denied as e:
        raise SitrepError(f"{e.why}.") from e
    except TryLater as e:
        hint = f"Reset it on the bot's page of {_PORTAL}." if "token" in e.why else "Try again in a moment."
        raise SitrepError(e.why, hint) from e
