"""`sitrep group`: which articles are about one story, one JSON object a line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bots.cli.context import session, write
from briefings.errors import SitrepError
from briefings.plain import json_text, literal


def group(
    context: typer.Context,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one article a line (JSON) from standard input.")
    ] = False,
) -> int:
    """Group articles into stories: {"doc", "story"} a line, in order, by the words, names and figures that they share."""
    from briefings.reading.language import detect
    from briefings.sources.files import read_jsonl_line
    from briefings.stories import Told, group

    limits = session(context).settings.limits
    if not jsonl:
        raise typer.BadParameter("Give --jsonl, and articles on standard input.")
    worst = 0
    told = []
    for number, raw in enumerate(sys.stdin.buffer, 1):
        line = raw.decode("utf-8", "replace")
        if not line.strip():
            continue
        try:
            a = read_jsonl_line(line, limits, f"line {number}")
        except SitrepError as e:
            typer.secho(literal(str(e)), fg="red", err=True)
            worst = e.exit_code
            continue
        told.append(Told(a.id, a.title, a.text, a.language or detect(f"{a.title}\n{a.text}")))
    for article, story in zip(told, group(told), strict=True):
        write(json_text({"doc": article.id, "story": story}) + "\n")
    return worst
