"""The root of the command line: global options, and what becomes of an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bots.cli import (
    brief,
    check,
    demo,
    discord,
    dispatch,
    edition,
    following,
    group,
    read,
    replay,
    slack,
    story,
    tenant,
)
from bots.cli import run as running
from bots.cli.context import Session
from briefings.errors import SitrepError
from briefings.plain import literal

app = typer.Typer(
    name="sitrep",
    help="Follow a crisis in the news; brief the people who must act on it, every line linked to its sentence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("run")(running.run)
app.command("worker")(running.worker)
app.command("brief")(brief.brief)
app.command("evidence")(brief.evidence)
app.command("add")(story.add)
app.add_typer(story.app, name="story")
app.add_typer(edition.app, name="edition")
app.add_typer(dispatch.app, name="dispatch")
app.add_typer(discord.app, name="discord")
app.add_typer(slack.app, name="slack")
app.add_typer(tenant.app, name="tenant")
app.command("poll")(following.poll)
app.command("replay")(replay.replay)
app.command("read")(read.read)
app.command("group")(group.group)
app.command("preview")(brief.preview)
app.command("check")(check.check)

_now: Callable[[], datetime]
_environment: Mapping[str, str]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sitrep {version('sitrep')}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar="SITREP_CONFIG", help="A settings file (TOML).", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="SITREP_DATA",
            help="The folder of the database.",
            show_default="your user data folder",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell on standard error what is done.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    context.obj = Session(now=_now, environment=_environment, config=config, data=data, verbose=verbose)


def run(
    now: Callable[[], datetime], environment: Mapping[str, str], arguments: list[str] | None = None
) -> int:
    """Run one command; its exit code. An error is told on standard error, without a traceback."""
    global _now, _environment
    _now, _environment = now, environment
    try:
        result = app(args=arguments, standalone_mode=False)
    except SitrepError as e:
        return _tell(e)
    except typer.Abort:
        typer.echo("Stopped.", err=True)
        return 130
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:  # whoever read the output has had enough
        sys.stderr.close()
        return 0
    except OSError as e:
        typer.secho(f"Error: the output can't be written: {e.strerror or e}.", fg="red", err=True)
        return 74
    except Exception as e:
        shown = getattr(e, "show", None)
        if callable(shown):  # a mistake in the arguments
            shown()
            return int(getattr(e, "exit_code", 2))
        raise
    return result if isinstance(result, int) else 0


def _tell(error: SitrepError) -> int:
    typer.secho(f"Error: {literal(error.message)}", fg="red", err=True)
    if error.hint:
        typer.echo(literal(error.hint), err=True)
    return error.exit_code
