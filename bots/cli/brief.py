"""`sitrep brief`, `sitrep evidence`, `sitrep preview`: what a story says, what stands behind a line, how templates look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bots.cli.context import Session, do, output, session, utc, write
from bots.cli.options import Json, Lang, OutputChoice, Template, To
from briefings.errors import SitrepError, TemplateFault
from briefings.plain import json_text, literal

if TYPE_CHECKING:
    from briefings.rendering import Briefing


def brief(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(help="A story's name, or files and addresses.", metavar="STORY|FILE…")
    ],
    template: Template = "sitrep",
    lang: Lang = None,
    to: To = OutputChoice.text,
    keep_mark: Annotated[
        bool, typer.Option("--keep-mark", help='Leave "since the last briefing" where it is.')
    ] = False,
) -> int:
    """Brief a story, or files that belong to none."""
    s = session(context)
    one = len(sources) == 1 and not _is_file(sources[0])
    return do(_brief(s, sources, one, template, lang.value if lang else None, to.value, keep_mark))


def _is_file(source: str) -> bool:
    """Whether there is a file of that name; what can't even be one is none."""
    try:
        return Path(source).exists()
    except OSError:
        return False


async def _brief(
    s: Session,
    sources: list[str],
    may_be_story: bool,
    template: str,
    lang: str | None,
    to: str,
    keep_mark: bool,
) -> int:
    from briefings.desk import is_address
    from briefings.sources.fetch import Fetcher

    language = s.language(lang)
    if may_be_story and not is_address(sources[0]):
        async with s.desk() as desk:
            story = await desk.story(sources[0])
            briefing = await desk.brief(story, template, language, s.zone, "terminal", mark=not keep_mark)
        output(briefing, to, story.name)  # type: ignore[arg-type]
        return 0
    worst = 0
    async with s.desk(store=False) as desk, Fetcher(s.settings.fetch) as fetcher:
        articles = []
        for source in sources:
            try:
                articles += (await desk.reader.gather(source, fetcher)).articles
            except SitrepError as e:
                typer.secho(f"Error: {literal(str(e))}", fg="red", err=True)
                worst = e.exit_code
        if not articles:
            return worst
        name = articles[0].title or Path(sources[0]).stem
        briefing = await desk.brief_articles(articles, name, template, language, s.zone)
    output(briefing, to, name)  # type: ignore[arg-type]
    return worst


def evidence(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story's name.")],
    number: Annotated[int, typer.Argument(help="The citation's number in a briefing.")],
    as_json: Json = False,
) -> None:
    """Show a cited sentence in its paragraph, and which outlets carry the fact."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            e = await desk.evidence(await desk.story(story), number)
        sentence = e.citation.span.of(e.article.text)
        if as_json:
            value = {
                "number": e.number,
                "sentence": sentence,
                "paragraph": e.paragraph.of(e.article.text),
                "article": e.article.id,
                "revision": e.citation.revision,
                "latest": e.latest,
                "start": e.citation.span.start,
                "end": e.citation.span.end,
                "outlet": e.article.outlet,
                "title": e.article.title,
                "url": e.article.url,
                "published": utc(e.article.published),
                "outlets": e.outlets,
                "voices": e.voices,
                "facts": [f.key for f in e.facts],
            }
            write(json_text(value, indent=1) + "\n")
            return
        from rich.console import Console
        from rich.text import Text

        text = Text(literal(e.article.text[e.paragraph.start : e.citation.span.start]))
        if e.citation.span.start > e.paragraph.start:
            text.append(" ")
        text.append("▶ " + literal(sentence) + " ◀", style="bold reverse")
        rest = literal(e.article.text[e.citation.span.end : e.paragraph.end])
        text.append(rest)
        console = Console(highlight=False, emoji=False, markup=False)
        when = utc(e.article.published)[:16].replace("T", " ")
        console.print(
            Text(
                f"[{e.number}] {literal(e.article.outlet) or 'unknown outlet'}, {when}: {literal(e.article.title)}",
                style="bold",
            )
        )
        if e.article.url:
            console.print(Text(literal(e.article.url)))
        console.print()
        console.print(text)
        console.print()
        if not e.latest:
            console.print(Text("This article was revised since: the sentence stands in an earlier revision."))
        console.print(
            Text(f"Carried by: {', '.join(literal(o) for o in e.outlets)} ({e.voices} independent).")
        )

    do(work())


def preview(
    context: typer.Context,
    template: Annotated[
        str | None, typer.Argument(help="A template's name; all of them without one.", show_default=False)
    ] = None,
    lang: Lang = None,
    to: To = OutputChoice.text,
) -> int:
    """Show a template on the demo story, or check all of them."""
    s = session(context)

    async def work() -> int:
        from bots.cli.demo import demo_desk

        worst = 0
        async with demo_desk(s) as (desk, story):
            language = s.language(lang.value if lang else None)
            if template is not None:
                output(await desk.brief(story, template, language, s.zone, "preview"), to.value, story.name)
                return 0
            for name in s.templates.names():
                try:
                    made = await desk.brief(story, name, language, s.zone, "preview", mark=False)
                except TemplateFault as e:
                    typer.secho(f"{name:14} {e}", fg="red", err=True)
                    worst = e.exit_code
                else:
                    typer.echo(
                        f"{name:14} {len(made.document.blocks):4} blocks, {len(made.sources):3} citations; "
                        f"messages: {_messages(made)}"
                    )
        return worst

    return do(work())


def _messages(made: Briefing) -> str:
    """How many messages a briefing takes where messages have limits."""
    from bots.discord.messages import pages as discord_pages
    from bots.dispatch.content import Content
    from bots.slack.messages import pages as slack_pages

    content = Content(made.document, charts=made.charts)
    return f"{len(discord_pages(content))} in Discord, {len(slack_pages(content))} in Slack"
