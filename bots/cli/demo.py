"""`sitrep demo`: the demo story, briefed: in the browser from a terminal, printed elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, output, session
from bots.cli.options import Lang, OutputChoice, Port, Template, To

if TYPE_CHECKING:
    from briefings.desk import Desk
    from briefings.model import Language, Story

CHANNEL = ("openai", "openai")  # the demo's channel: id and name

Midway = Callable[["Desk", "Story"], Awaitable[None]]


async def _brief_midway(desk: Desk, story: Story) -> None:
    """A briefing on the way, so that the next can say what changed since."""
    from briefings.rendering.words import zone_of

    for channel in ("terminal", "preview"):
        await desk.brief(story, "sitrep", "en", zone_of("UTC"), channel)


@asynccontextmanager
async def demo_desk(s: Session, midway: Midway = _brief_midway) -> AsyncIterator[tuple[Desk, Story]]:
    """A desk over a database of its own with the demo story in it, as its days went by.

    `midway` is done when its first articles are in. The database goes at the end.
    """
    from briefings.demo import FIRST_BRIEFING, NAME, articles

    with TemporaryDirectory(prefix="sitrep-demo-") as folder:
        async with s.desk(folder=Path(folder)) as desk:
            story = await desk.new_story(NAME)
            for number, article in enumerate(articles()):
                if number == FIRST_BRIEFING:
                    await midway(desk, story)
                await desk.add_articles(story, [article], article.id, private=True)
            yield desk, story


def demo(
    context: typer.Context,
    template: Template = "sitrep",
    lang: Lang = None,
    to: To = OutputChoice.text,
    once: Annotated[bool, typer.Option("--once", help="Print the briefing and exit.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Open the web channel, also where this is no terminal.")
    ] = False,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay", help="Let its days go by in a minute: briefings change, a correction strikes through."
        ),
    ] = False,
    port: Port = None,
) -> int:
    """Brief the demo story: OpenAI's board against its CEO, November 2023, in sample articles of our own.

    On a terminal it opens as a chat in your browser; with --once, or in a pipe, the briefing is printed. With --replay its
    days go by in a minute.
    """
    import sys

    s = session(context)
    language = s.language(lang.value if lang else None)
    if replay:
        return do(_replay(s, language, serve or (not once and sys.stdout.isatty()), port or 0))
    plain = template == "sitrep" and to is OutputChoice.text
    if serve or (plain and not once and sys.stdout.isatty()):
        return do(_serve(s, language, 0 if port is None else port))
    return do(_print(s, template, language, to))


async def _replay(s: Session, language: Language, served: bool, port: int) -> int:
    """The demo's days as they went by, a flash at each change and the digest every morning."""
    from bots.cli.replay import played
    from bots.replay import arrivals
    from briefings.demo import NAME, articles

    seen: set[str] = set()
    came = []
    for article in articles():
        came.append((article, None if article.id in seen else article.published))  # a revision came after it
        seen.add(article.id)
    return await played(s, NAME, arrivals(came), (), language, None, None, None, served, port)


async def _print(s: Session, template: str, language: Language, to: OutputChoice) -> int:
    async with demo_desk(s) as (desk, story):
        briefing = await desk.brief(story, template, language, s.zone, "terminal")
    output(briefing, to.value, story.name)
    return 0


async def _serve(s: Session, language: Language, port: int) -> int:
    """The demo story in a channel of its own: the briefing of the first day, then all of it and what changed since.

    One of the articles is corrected in between: the first briefing is, too, where it stands, once delivery runs.
    """
    from bots.chat import Chat
    from bots.cli.run import serve_until_stopped
    from bots.place import Asker
    from bots.web.rooms import OPERATOR, Rooms

    asker = Asker("operator", OPERATOR, manager=True, language=language)

    async def first_day(desk: Desk, story: Story) -> None:
        rooms = Rooms(Chat(desk))
        await rooms.open(*CHANNEL, language)
        await rooms.desk.choose(CHANNEL[0], story=story)
        await rooms.say(CHANNEL[0], "/brief", asker)

    async with demo_desk(s, midway=first_day) as (desk, _):
        await Rooms(Chat(desk)).say(CHANNEL[0], "/brief", asker)
        typer.echo("To see its days go by in a minute: sitrep demo --replay", err=True)
        settings = s.settings.web.model_copy(update={"port": port, "enabled": True})
        return await serve_until_stopped(s, desk, settings)
