"""`sitrep demo`: the demo story, briefed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, output, session
from bots.cli.options import Lang, OutputChoice, Template, To

if TYPE_CHECKING:
    from briefings.desk import Desk
    from briefings.model import Story


@asynccontextmanager
async def demo_desk(s: Session) -> AsyncIterator[tuple[Desk, Story]]:
    """A desk over a database of its own with the demo story in it, as its days went by.

    A briefing was made on the way, so that the next can say what changed since. The database goes at the end.
    """
    from briefings.demo import FIRST_BRIEFING, NAME, articles

    with TemporaryDirectory(prefix="sitrep-demo-") as folder:
        async with s.desk(folder=Path(folder)) as desk:
            story = await desk.new_story(NAME)
            for number, article in enumerate(articles()):
                if number == FIRST_BRIEFING:
                    await desk.brief(story, "sitrep", "en", s.zone, "terminal")
                    await desk.brief(story, "sitrep", "en", s.zone, "preview")
                await desk.add_articles(story, [article], article.id, private=True)
            yield desk, story


def demo(
    context: typer.Context,
    template: Template = "sitrep",
    lang: Lang = None,
    to: To = OutputChoice.text,
    once: Annotated[bool, typer.Option("--once", help="Print the briefing and exit.")] = False,
) -> None:
    """Brief the demo story: OpenAI's board against its CEO, November 2023, in sample articles of our own."""
    s = session(context)

    async def work() -> None:
        async with demo_desk(s) as (desk, story):
            briefing = await desk.brief(
                story, template, s.language(lang.value if lang else None), s.zone, "terminal"
            )
        output(briefing, to.value, story.name)

    do(work())
