"""`sitrep edition …`: standing orders into any channel that a publisher reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bots.answers import CHAT, Refused
from bots.cli.context import do, session, utc, write
from bots.cli.options import Json, Lang
from bots.fires import upcoming
from bots.handlers.channels import zone_named
from bots.handlers.editions import BY_HAND, in_zone, moment, only_if_changed, schedule
from bots.handlers.turn import template_named
from bots.telling import tell_refused
from briefings.errors import SitrepError
from briefings.model import Address, Edition, Manner, Quiet
from briefings.plain import json_text, literal
from briefings.rendering.words import Words

app = typer.Typer(help="Editions: a story into a channel, on a schedule.", no_args_is_help=True)

_HOURS = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_VIAS = ("web", "relay", "discord", "slack")
_ENGLISH = Words("en", domain=CHAT)

Number = Annotated[int, typer.Argument(help="The edition's number, as the list gives it.")]


@contextmanager
def refusals() -> Iterator[None]:
    """What a chat command would refuse, as an error of the command line."""
    try:
        yield
    except Refused as e:
        what, hint = tell_refused(e, _ENGLISH)
        raise SitrepError(*("".join(getattr(x, "text", "") for x in part) for part in (what, hint))) from e


@app.command("add")
def add(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story.")],
    template: Annotated[str, typer.Argument(help="The template: sitrep, flash, dossier, or a section.")],
    when: Annotated[
        list[str],
        typer.Argument(help="When: every weekday at 8:30, every 2 hours, or a cron line in quotes."),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", help="Where: a web channel, relay:CHANNEL, discord:ID, slack:ID.", show_default=True
        ),
    ] = "desk",
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Of its times.", show_default="the setting")
    ] = None,
    lang: Lang = None,
    only_changed: Annotated[
        bool, typer.Option("--only-if-changed", help="Only if something has changed since the last briefing.")
    ] = False,
    missed: Annotated[
        str,
        typer.Option(
            "--missed",
            help="What becomes of those that were missed while nothing ran: newest, all, or 12h for those no older.",
        ),
    ] = "newest",
    quiet: Annotated[
        str | None, typer.Option("--quiet", help="Hours in which nothing is posted, such as 22:00-07:00.")
    ] = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="Post it without a notification, where the platform can.")
    ] = False,
    crosspost: Annotated[
        bool, typer.Option("--crosspost", help="Pass it on from a Discord announcement channel.")
    ] = False,
    thread: Annotated[
        bool, typer.Option("--thread", help="In Slack: the headline in the channel, the rest in its thread.")
    ] = False,
    role: Annotated[
        str, typer.Option("--role", help="The number of a Discord role that is called.", show_default=False)
    ] = "",
) -> None:
    """Make an edition, and tell its next five times."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            found = await desk.story(story)
            with refusals():
                chosen = template_named(desk.templates.names(), template)
                spoken, said_so = only_if_changed(" ".join(when))
                spoken, said_zone = in_zone(spoken)
                cron = schedule(spoken, "en")
                zone = zone_named(timezone or said_zone or s.settings.timezone)
            address = _address(to)
            if address.via == "web":
                await desk.join(address.channel, address.channel)
            edition = await desk.orders.add(
                found,
                address,
                template=chosen,
                language=lang.value if lang else s.settings.language,
                cron=cron,
                timezone=zone,
                said=spoken,
                only_changed=only_changed or said_so,
                missed=_missed(missed),
                quiet=_quiet(quiet),
                made_by="command line",
                made_in=Address("web", "desk"),
                manner=Manner(silent, crosspost, _role(role), thread=thread),
            )
            typer.echo(f"Made edition {edition.id}: {chosen} of {found.slug} into {address}. Next:")
            for line in _next(edition, s.now()):
                typer.echo(f"  {line}")
            typer.echo("It goes out while `sitrep run` or `sitrep worker` runs.", err=True)

    do(work())


def _address(text: str) -> Address:
    via, colon, channel = text.partition(":")
    if not colon:
        via, channel = "web", text
    channel = channel.strip().lstrip("#")
    if via not in _VIAS or not channel.strip(".") or len(channel) > 128:
        raise SitrepError(
            f"{text!r} is no channel.",
            "Write it as desk, relay:CHANNEL, discord:ID or slack:ID.",
        )
    if via == "web" and not re.fullmatch(r"[a-z0-9-]{1,80}", channel):
        raise SitrepError(
            f"{channel!r} is no web channel.", "Their names have small letters, digits and hyphens."
        )
    if via == "discord" and not re.fullmatch(r"[0-9]{1,20}", channel):
        raise SitrepError(
            f"{channel!r} is no channel of Discord.",
            "Copy its number: right-click the channel, Copy Channel ID.",
        )
    if via == "slack" and not re.fullmatch(r"[A-Z0-9]{2,30}", channel):
        raise SitrepError(
            f"{channel!r} is no channel of Slack.", "Copy its ID from the bottom of the channel's details."
        )
    return Address(via, channel)


def _role(text: str) -> str:
    if text and not re.fullmatch(r"[0-9]{1,20}", text):
        raise SitrepError(f"{text!r} is no role's number.", "Copy it: right-click the role, Copy Role ID.")
    return text


def _missed(text: str) -> str:
    if text in ("newest", "all"):
        return text
    hours = text.removesuffix("h")
    if not hours.isascii() or not hours.isdigit() or not 0 < int(hours) <= 999:
        raise SitrepError(f"{text!r} is no rule for missed ones.", "Write newest, all, or hours such as 12h.")
    return str(int(hours))


def _quiet(text: str | None) -> Quiet | None:
    if text is None:
        return None
    found = _HOURS.fullmatch(text.strip())
    hours = [int(x) for x in found.groups()] if found is not None else []
    if not hours or hours[0] > 23 or hours[2] > 23 or hours[1] > 59 or hours[3] > 59:
        raise SitrepError(f"{text!r} says no hours.", "Write them as 22:00-07:00.")
    return Quiet(f"{hours[0]:02}:{hours[1]:02}", f"{hours[2]:02}:{hours[3]:02}")


def _next(e: Edition, now: datetime) -> list[str]:
    zone = ZoneInfo(e.timezone)
    return [moment(at, zone, _ENGLISH) for at in upcoming(e, now)]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the editions."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            found = await desk.orders.editions()
        if as_json:
            write(json_text([_value(e) for e in found]) + "\n")
            return
        if not found:
            typer.echo("No edition yet. Make one with: sitrep edition add STORY TEMPLATE WHEN")
        for e in found:
            following = _next(e, s.now())[:1]
            state = f"paused: {e.paused}" if e.paused else f"next: {following[0]}" if following else "no next"
            typer.echo(
                f"{e.id:4}  {e.slug} · {e.template} · {e.language} · {literal(e.said)} ({e.timezone}) → "
                f"{literal(str(e.address))} · {state}"
            )

    do(work())


def _value(e: Edition) -> dict[str, object]:
    return {
        "number": e.id,
        "story": e.slug,
        "template": e.template,
        "language": e.language,
        "cron": e.cron,
        "timezone": e.timezone,
        "when": e.said,
        "to": str(e.address),
        "since": utc(e.since),
        "only_changed": e.only_changed,
        "missed": e.missed,
        "quiet": f"{e.quiet.start}-{e.quiet.end}" if e.quiet else None,
        "paused": e.paused,
    }


@app.command("next")
def next_(context: typer.Context, number: Number) -> None:
    """Tell an edition's next five times."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            edition = await desk.orders.edition(number)
        if edition.paused:
            typer.echo(f"Edition {number} is paused: {edition.paused}. These would be its times:")
        for line in _next(edition, s.now()):
            typer.echo(line)

    do(work())


@app.command("pause")
def pause(context: typer.Context, number: Number) -> None:
    """Stop an edition for a while."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            await desk.orders.pause(number, BY_HAND)
        typer.echo(f"Edition {number} rests. Let it go out again with: sitrep edition resume {number}")

    do(work())


@app.command("resume")
def resume(context: typer.Context, number: Number) -> None:
    """Let a paused edition go out again."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            edition = await desk.orders.resume(number)
        typer.echo(f"Edition {number} goes out again, next:")
        for line in _next(edition, s.now()):
            typer.echo(f"  {line}")

    do(work())


@app.command("remove")
def remove(context: typer.Context, number: Number) -> None:
    """Remove an edition; what it has posted stays, in the channel and in the ledger."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            await desk.orders.remove(number)
        typer.echo(f"Removed edition {number}.")

    do(work())


@app.command("now")
def now(context: typer.Context, number: Number) -> None:
    """Post an edition once, now: as soon as `sitrep run` or `sitrep worker` runs."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            made = await desk.orders.now(number)
        typer.echo(f"Edition {number} goes out as dispatch {made.id}: sitrep dispatch show {made.id}")

    do(work())
