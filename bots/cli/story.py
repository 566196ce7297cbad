"""`sitrep story …` and `sitrep add`: stories and their articles."""

from __future__ import annotations

from typing import Annotated

import typer

from bots.cli import following
from bots.cli.context import do, progress, session, utc, write
from bots.cli.options import Json, Lang
from briefings.plain import json_text, literal

app = typer.Typer(help="Stories: make, follow, list, show, remove.", no_args_is_help=True)
for _command in (
    following.follow,
    following.unfollow,
    following.pause,
    following.resume,
    following.matches,
    following.include,
    following.exclude,
):
    app.command(_command.__name__)(_command)


@app.command("add")
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the crisis is called.")],
    lang: Lang = None,
) -> None:
    """Make a story."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            story = await desk.new_story(name, lang.value if lang else None)
            typer.echo(f"Made the story {story.slug}. Next: sitrep add {story.slug} FILE_OR_URL…")

    do(work())


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the stories."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            stories = [(x, len(await desk.members(x))) for x in await desk.stories()]
        if as_json:
            write(
                json_text(
                    [
                        {"slug": x.slug, "name": x.name, "articles": n, "created": utc(x.created)}
                        for x, n in stories
                    ],
                )
                + "\n"
            )
        elif not stories:
            typer.echo("No story yet. Make one with: sitrep story add NAME")
        for x, n in stories if not as_json else []:
            typer.echo(f"{x.slug:30} {n:4} article{'s' if n != 1 else ' '}  {literal(x.name)}")

    do(work())


@app.command("show")
def show(
    context: typer.Context, story: Annotated[str, typer.Argument(help="Its name.")], as_json: Json = False
) -> None:
    """Show a story's articles, and what could not be fetched."""
    s = session(context)

    async def work() -> None:
        from briefings.following import StoryFollowing
        from briefings.rendering import gap_words
        from briefings.rendering.words import Words

        words = Words("en")  # the command line speaks English
        async with s.desk() as desk:
            found = await desk.story(story)
            members, gaps = await desk.members(found), await desk.gaps(found)
            follows = await StoryFollowing(desk).follows(found)
        if as_json:
            value = {
                "slug": found.slug,
                "name": found.name,
                "articles": [
                    {
                        "id": m.article.id,
                        "title": m.article.title,
                        "outlet": m.article.outlet,
                        "url": m.article.url,
                        "published": utc(m.article.published),
                        "revision": m.article.revision,
                    }
                    for m in members
                ],
                "followed_by": [
                    {"kind": f.kind.value, "value": f.value, "title": f.title, "why": f.why} for f in follows
                ],
                "resting": found.resting,
                "gaps": [{"what": g.what, "why": g.why, "at": utc(g.at)} for g in gaps],
            }
            write(json_text(value, indent=1) + "\n")
            return
        typer.echo(f"{literal(found.name)} ({found.slug})")
        if follows:
            typer.echo(f"  followed by{' (it rests)' if found.resting else ''}:")
        for number, f in enumerate(follows, 1):
            typer.echo(following.line(number, f))
        for m in members:
            when = m.article.published.date().isoformat() if m.article.published else "no date   "
            revised = f" (revision {m.article.revision})" if m.article.revision > 1 else ""
            typer.echo(
                f"  {when}  {literal(m.article.outlet) or 'unknown outlet'}: {literal(m.article.title or m.article.id)}{revised}"
            )
        for g in gaps:
            typer.echo(f"  missing: {gap_words(g, words)}")
        if not members:
            typer.echo(f"  No article yet. Add some with: sitrep add {found.slug} FILE_OR_URL…")

    do(work())


@app.command("remove")
def remove(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="Its name.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a story, with its citation numbers."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            found = await desk.story(story)
            if not yes:
                typer.confirm(
                    f"Remove the story {found.slug} with its {len(await desk.members(found))} articles?",
                    abort=True,
                )
            await desk.remove_story(found.slug)
            typer.echo(f"Removed the story {found.slug}.")

    do(work())


def add(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story's name.")],
    sources: Annotated[
        list[str],
        typer.Argument(help="Files (text, HTML, Markdown, JSON) or addresses.", metavar="FILE_OR_URL…"),
    ],
) -> int:
    """Add articles to a story. What fails is told and left out; the others go in."""
    s = session(context)

    async def work() -> int:
        worst = 0
        async with s.desk() as desk:
            found = await desk.story(story)
            with progress(len(sources)) as bar:
                task = bar.add_task("Adding", total=len(sources))
                async for outcome in desk.add(found, sources):
                    bar.advance(task)
                    if outcome.error is not None:
                        told = str(outcome.error)
                        told = told if outcome.source in told else f"{outcome.source}: {told}"
                        typer.secho(f"failed     {literal(told)}", fg="red", err=True)
                        worst = outcome.error.exit_code
                    for a in outcome.articles:
                        typer.echo(
                            f"{outcome.what:10} {literal(a.outlet) or 'unknown outlet'}: {literal(a.title) or literal(outcome.source)}"
                        )
        return worst

    return do(work())
