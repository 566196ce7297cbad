"""`sitrep replay`: a story's past once more, through schedule and channels, in a database of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, session, write
from bots.cli.options import Lang, Port
from briefings.errors import NotFound, SitrepError
from briefings.plain import literal

if TYPE_CHECKING:
    from bots.replay import Arrival, Clock
    from briefings.desk import Desk
    from briefings.model import Edition, Language, Story

ROOM = "replay"
_MINUTE = 60.0  # seconds that a replay takes where no speed is given
_LEAST, _MOST = 1.0, 10_000_000.0

From = Annotated[str | None, typer.Option("--from", help="Only from this day or moment on: 2023-11-17.")]
To = Annotated[str | None, typer.Option("--to", help="Only up to this day or moment.")]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed", help="So many times as fast as it went.", show_default="as fast as takes a minute"
    ),
]
Serve = Annotated[
    bool, typer.Option("--serve", help="Show it in the web channel, also where this is no terminal.")
]
Printed = Annotated[bool, typer.Option("--print", help="Print what is posted instead, and end with it.")]


def replay(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story.")],
    start: From = None,
    end: To = None,
    speed: Speed = None,
    lang: Lang = None,
    serve: Serve = False,
    printed: Printed = False,
    port: Port = None,
) -> int:
    """Run a story's past through schedule and channels: briefings change, figures are contradicted, corrections strike through.

    The story's own editions go out as they would have, into one web channel; without any, a flash at each change and the
    digest every morning. Everything happens in a database of its own: nothing is posted elsewhere.
    """
    s = session(context)

    async def work() -> int:
        from bots.replay import past

        if speed is not None and not speed > 0:
            raise SitrepError(
                f"{speed:g} is no speed.", "Give how many times as fast it is to go by, such as 7200."
            )
        async with s.desk() as desk:
            found = await desk.story(story)
            came = await past(desk, found)
            editions = [e for e in await desk.orders.editions() if e.story == found.id]
        first, last = moment(start, s), moment(end, s, end=True)
        if first is not None:
            came = _begun(came, first)
        if last is not None:
            came = [a for a in came if a.at <= last]
        if not came:
            raise NotFound(
                f"Nothing came into the story {found.slug!r} in that time.", "Give it articles first."
            )
        shown = s.language(lang.value if lang else found.language)
        return await played(
            s, found.name, came, editions, shown, first, last, speed, serve or (not printed and sys.stdout.isatty()), port or 0
        )  # fmt: skip

    return do(work())


def _begun(came: Sequence[Arrival], first: datetime) -> list[Arrival]:
    """What is there at the beginning comes in at once; of each article the last revision before."""
    before: dict[str, Arrival] = {}
    for a in came:
        if a.at < first:
            before[a.article.id] = a
    return [replace(a, at=first) for a in before.values()] + [a for a in came if a.at >= first]


def moment(text: str | None, s: Session, *, end: bool = False) -> datetime | None:
    """A day or a moment of the command line, in the settings' time zone; the day's end for an end. SitrepError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as e:
        raise SitrepError(f"{text!r} is no day.", "Write it as 2023-11-17 or 2023-11-17T22:30.") from e
    if end and len(text) <= 10:
        found += timedelta(days=1) - timedelta(seconds=1)
    return (found if found.tzinfo is not None else found.replace(tzinfo=s.zone)).astimezone(UTC)


async def played(
    s: Session,
    name: str,
    came: Sequence[Arrival],
    editions: Sequence[Edition],
    language: Language,
    first: datetime | None,
    last: datetime | None,
    speed: float | None,
    served: bool,
    port: int,
) -> int:
    """The past in a room of its own: in the browser, or printed."""
    from bots.replay import Clock, replay
    from bots.running import everything, stopping

    start = (first or came[0].at) - timedelta(minutes=1)
    end = last or came[-1].at
    pace = speed or min(_MOST, max(_LEAST, (end - start).total_seconds() / _MINUTE))
    clock = Clock(start)
    stop = stopping()
    async with _room(s, clock, name, editions, language) as (desk, story):
        web = s.settings.web.model_copy(update={"port": port, "enabled": True}) if served else None
        async with everything(desk, web, collect=False, gateways=False) as running:
            assert running.deliveries is not None
            if running.address:
                typer.echo(f"Sitrep is at {running.address}")
                typer.echo(f"The past goes by {pace:,.0f} times as fast as it did. Ctrl-C ends it.", err=True)
                sys.stdout.flush()
            shown: dict[int, str] = {}

            async def after_each(at: datetime) -> None:
                if not served:
                    await _print_new(desk, at, shown)

            task = asyncio.ensure_future(
                replay(
                    desk,
                    story,
                    running.deliveries,
                    clock,
                    came,
                    speed=pace,
                    until=last,
                    after_each=after_each,
                )
            )
            stopped = asyncio.ensure_future(stop.wait())
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                typer.echo(f"It is over. Articles and revisions that came in: {task.result()}.", err=True)
                if served:
                    await stopped
            stopped.cancel()
            task.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)
    return 0


@asynccontextmanager
async def _room(
    s: Session, clock: Clock, name: str, editions: Sequence[Edition], language: Language
) -> AsyncIterator[tuple[Desk, Story]]:
    """A database of its own with the story, empty, and its editions into one room."""
    from bots.chat import Chat
    from bots.web.rooms import Rooms
    from briefings.model import INSTANT, Address

    past = replace(s, now=clock)
    with TemporaryDirectory(prefix="sitrep-replay-") as folder:
        async with past.desk(folder=Path(folder)) as desk:
            story = await desk.new_story(name, language)
            rooms = Rooms(Chat(desk))
            await rooms.open(ROOM, ROOM, language)
            await desk.choose(ROOM, story=story, language=language)
            room = Address("web", ROOM)
            chosen = [
                (e.template, e.language, e.cron, e.timezone, e.said, e.only_changed) for e in editions
            ] or [
                ("flash", language, INSTANT, s.settings.timezone, "at once", True),
                ("sitrep", language, "0 8 * * *", s.settings.timezone, "every day at 8:00", False),
            ]
            for template, spoken, cron, zone, said, only_changed in dict.fromkeys(chosen):
                await desk.orders.add(
                    story, room, template=template, language=spoken, cron=cron, timezone=zone, said=said, only_changed=only_changed,
                    missed="1",
                )  # fmt: skip
            yield desk, story


async def _print_new(desk: Desk, at: datetime, shown: dict[int, str]) -> None:
    """What has been posted or corrected since, as text, the oldest first."""
    from bots.dispatch.content import load
    from briefings.model import State
    from briefings.rendering.outputs import text_of

    for d in reversed(await desk.orders.dispatches(states=[State.POSTED], most=20)):
        body = await desk.orders.content(d)
        if body is None or d.id in shown:
            continue
        shown[d.id] = body
        head = f"{at:%Y-%m-%d %H:%M} UTC — {d.kind.value} {d.template}"
        write(f"{'─' * 100}\n{literal(head)}\n\n{text_of(load(body).document)}\n")
