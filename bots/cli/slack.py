"""`sitrep slack …`: the app's manifest, and its set-up step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bots.cli.context import Session, do, session, write
from briefings.errors import SettingsFault, SitrepError
from briefings.plain import json_text

if TYPE_CHECKING:
    from bots.slack.web import Web
    from briefings.settings import Slack

app = typer.Typer(help="The Slack app: manifest and set-up.", no_args_is_help=True)

_APPS = "https://api.slack.com/apps"


@app.command("manifest")
def manifest(
    context: typer.Context,
    address: Annotated[
        str,
        typer.Option(
            "--address", help="Where Slack reaches Sitrep, in the mode http: https://sitrep.example.org"
        ),
    ] = "https://sitrep.example.org",
) -> None:
    """Print the app's manifest as JSON: paste it where Slack makes an app from one."""
    from bots.slack.manifest import manifest as made

    write(json_text(made(session(context).settings.slack, address), indent=2) + "\n")


@app.command("setup")
def setup(context: typer.Context) -> None:
    """Walk through creating the app; check its tokens and scopes, and tell what is missing."""
    s = session(context)
    slack = s.settings.slack
    if not slack.wanted:
        raise SettingsFault("There is no token of a Slack app.", _steps(slack))
    do(_set_up(s, slack))


def _steps(slack: Slack) -> str:
    second = (
        "3. On Basic Information make an app-level token with connections:write: SLACK_APP_TOKEN."
        if slack.mode == "socket"
        else "3. On Basic Information copy the signing secret: SLACK_SIGNING_SECRET."
    )
    return "\n".join(
        (
            f"1. Open {_APPS}, Create New App, From a manifest, and paste what `sitrep slack manifest` prints.",
            "2. Install it to the workspace; on OAuth & Permissions copy the bot token: SLACK_BOT_TOKEN.",
            second,
            "4. Run `sitrep slack setup` again: it checks them.",
        )
    )


async def _set_up(s: Session, slack: Slack) -> None:
    from bots.slack.client import check
    from bots.slack.manifest import SCOPES
    from bots.slack.web import Web

    web = Web(slack)
    try:
        me, scopes = await _asked(web)
        typer.echo(f"The bot token is good: {me.get('user')} in {me.get('team')} ({me.get('team_id')}).")
        missing = sorted(set(SCOPES) - scopes) if scopes else []
        for scope in missing:
            typer.echo(f"Missing scope: {scope} ({SCOPES[scope]}).")
        if missing:
            typer.echo(f"Add them on OAuth & Permissions of {_APPS}, and install the app again.")
        elif scopes:
            typer.echo("No scope is missing.")
        check(slack)
        if slack.mode == "socket":
            await _socket(slack)
            typer.echo("The app-level token is good: a socket can be opened.")
        else:
            typer.echo(f"Slack's requests are listened for on {slack.host}:{slack.port}; lead https there.")
        typer.echo("Invite the bot into a channel with /invite, and start it with: sitrep run")
    finally:
        await web.close()


async def _asked(web: Web) -> tuple[dict[str, Any], set[str]]:
    """Whose token it is, and its scopes."""
    from bots.dispatch.publisher import TryLater
    from bots.slack.web import Denied

    try:
        return await web.identity()
    except Denied as e:
        raise SitrepError(f"{e.why}.") from e
    except TryLater as e:
        hint = f"Copy the bot token again from {_APPS}." if "token" in e.why else "Try again in a moment."
        raise SitrepError(e.why, hint) from e


async def _socket(slack: Slack) -> None:
    """Ask for a socket, without opening it."""
    from slack_sdk.errors import SlackApiError

    from bots.slack.web import client_for
    from briefings.settings import secret_of

    try:
        token = secret_of(slack.app_token, slack.app_token_file)
        await client_for(slack).apps_connections_open(app_token=token)
    except SlackApiError as e:
        error = e.response.get("error")
        raise SitrepError(
            f"Slack refuses the app-level token: {error}.",
            "Make one with the scope connections:write on the app's page Basic Information.",
        ) from e
    except Exception as e:
        raise SitrepError(f"Slack can't be reached: {type(e).__name__}.", "Try again in a moment.") from e
