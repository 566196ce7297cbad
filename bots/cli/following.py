"""`sitrep story follow …` and its like, and `sitrep poll`: what stories are followed by, and what that brings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, session
from bots.parsing import tokens
from briefings.plain import literal

if TYPE_CHECKING:
    from datetime import datetime

    from briefings.errors import SitrepError
    from briefings.model import Follow, Followed, Polled

Story = Annotated[str, typer.Argument(help="The story's name.")]
_WHO = "command line"


def follow(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story's name; one that is not there is made.")],
    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="Words (commas between alternatives, quotes around phrases), addresses of feeds or pages.",
            metavar="[WORDS_OR_URLS]…",
        ),
    ] = None,
    outlet: Annotated[
        list[str] | None, typer.Option("--outlet", help="Only what this outlet publishes: its name or host.")
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option("--like", help="An article, by address or id: what is like it belongs too."),
    ] = None,
    folder: Annotated[
        list[Path] | None, typer.Option("--folder", help="A folder: the articles that appear in it.")
    ] = None,
) -> int:
    """Follow a story by words, outlets, feeds, pages, folders or examples."""
    s = session(context)

    async def work() -> int:
        from briefings.errors import NotFound
        from briefings.following import StoryFollowing

        async with s.desk() as desk:
            try:
                found = await desk.story(story)
            except NotFound:
                found = await desk.new_story(story)
                typer.echo(f"Made the story {found.slug}.")
            following = StoryFollowing(desk)
            words = [
                x
                for w in what or []
                for x in ([t.raw if t.name else t.text for t in tokens(w)] if "," in w else [w])
            ]
            asked = await following.follow(found, words, outlets=outlet or [], likes=like or [], made_by=_WHO)
            for path in folder or []:
                asked.append(await following.asked(str(path), following.by_folder(found, path)))
            await following.rest(found, False)
            worst = 0
            for a in asked:
                if a.error is not None:
                    typer.secho(f"failed     {literal(a.value)}: {literal(str(a.error))}", fg="red", err=True)
                    worst = a.error.exit_code
            shown = await following.follows(found)
            for number, f in enumerate(shown, 1):
                typer.echo(line(number, f))
            if not shown:
                typer.echo(f"The story {found.slug} is followed by nothing. Give words or addresses.")
            else:
                typer.echo("What is new comes in while `sitrep run` runs, or with: sitrep poll", err=True)
        return worst

    return do(work())


def line(number: int, f: Follow) -> str:
    """One thing that a story is followed by, as `sitrep story show` has it."""
    named = f"{literal(f.title)} ({literal(f.value)})" if f.title else literal(f.value)
    trouble = f"  fails: {literal(f.why)}" if f.why else ""
    return f"  {number:2}  {f.kind.value:7} {named}{trouble}"


def unfollow(
    context: typer.Context,
    story: Story,
    what: Annotated[
        list[str] | None, typer.Argument(help="Its words, address or number in the list; without it, all.")
    ] = None,
) -> None:
    """Follow a story no more by one thing, or by anything. Its articles stay."""
    s = session(context)

    async def work() -> None:
        from briefings.following import StoryFollowing

        async with s.desk() as desk:
            found = await desk.story(story)
            gone = await StoryFollowing(desk).unfollow(found, " ".join(what or []))
            if not gone:
                typer.echo(f"The story {found.slug} is followed by nothing.")
            for f in gone:
                typer.echo(f"No longer followed by: {f.kind.value} {literal(f.title or f.value)}")

    do(work())


def pause(context: typer.Context, story: Story) -> None:
    """Let nothing new into a story for a while."""
    _rest(session(context), story, True)


def resume(context: typer.Context, story: Story) -> None:
    """Go on following a story."""
    _rest(session(context), story, False)


def _rest(s: Session, story: str, resting: bool) -> None:
    async def work() -> None:
        from briefings.following import StoryFollowing

        async with s.desk() as desk:
            found = await desk.story(story)
            await StoryFollowing(desk).rest(found, resting)
            typer.echo(f"The story {found.slug} {'rests' if resting else 'is followed again'}.")

    do(work())


def matches(context: typer.Context, story: Story) -> None:
    """Tell which articles were matched to a story, how near they are, and why."""
    s = session(context)

    async def work() -> None:
        from briefings.following import StoryFollowing

        async with s.desk() as desk:
            found = await desk.story(story)
            matched = await StoryFollowing(desk).matches(found)
        for m in matched:
            why = "; ".join(
                f"{r.kind.value} {', '.join(r.shared) or literal(r.value)}" for r in m.verdict.reasons
            )
            by = f" · by {m.decided_by}" if m.decided_by else ""
            title = literal(m.article.title or m.article.id)
            typer.echo(
                f"{m.verdict.decision.value:5} {m.verdict.score:4.2f}  {literal(m.article.outlet)}: {title}  [{why}]{by}"
            )
            typer.echo(f"            {literal(m.article.url or m.article.id)}")
        if not matched:
            typer.echo(f"Nothing was matched to {found.slug} yet.")

    do(work())


def include(
    context: typer.Context,
    story: Story,
    article: Annotated[str, typer.Argument(help="The article's address, id or headline.")],
) -> None:
    """Take an article into a story, whatever a match says."""
    _decide(session(context), story, article, True)


def exclude(
    context: typer.Context,
    story: Story,
    article: Annotated[str, typer.Argument(help="The article's address, id or headline.")],
) -> None:
    """Take an article out of a story, for good. What it alone said is taken back where it was posted."""
    _decide(session(context), story, article, False)


def _decide(s: Session, story: str, named: str, belongs: bool) -> None:
    async def work() -> None:
        from briefings.following import StoryFollowing

        async with s.desk() as desk:
            found = await desk.story(story)
            following = StoryFollowing(desk)
            article = await (following.include if belongs else following.exclude)(found, named, _WHO)
            typer.echo(
                f"{'In' if belongs else 'Out of'} {found.slug}: {literal(article.title or article.id)}"
            )

    do(work())


def poll(context: typer.Context) -> int:
    """Ask everything that is followed once, now, and tell what came in."""
    s = session(context)

    async def work() -> int:
        from random import Random

        from briefings.collecting import Collector
        from briefings.following import StoryFollowing
        from briefings.sources.fetch import Fetcher

        async def tell(
            followers: Sequence[tuple[Followed, Follow]],
            polled: Polled,
            error: SitrepError | None,
            since: datetime,
        ) -> None:
            state = f"fails: {literal(error.message)}" if error is not None else "is back"
            typer.secho(f"{literal(polled.url)} {state}", fg="red", err=True)

        async with s.desk() as desk, Fetcher(s.settings.fetch) as fetcher:
            before = {x.slug: len(await desk.members(x)) for x in await desk.stories()}
            collector = Collector(desk, fetcher, "", Random(), tell)  # noqa: S311  # spreads retries
            await collector.prepare()
            await asyncio.to_thread(desk.store.follows.all_due, s.now())
            asked = await collector.once()
            for x in await desk.stories():
                now = len(await desk.members(x))
                typer.echo(
                    f"{x.slug:30} {now:4} article{'s' if now != 1 else ' '}, {now - before.get(x.slug, 0)} new"
                )
                for f in await StoryFollowing(desk).follows(x):
                    if f.why:
                        typer.secho(f"  {literal(f.value)}: {literal(f.why)}", fg="red", err=True)
        typer.echo(f"Asked: {asked} (feeds, pages, folders)." if asked else "Nothing is followed.")
        return 0

    return do(work())
