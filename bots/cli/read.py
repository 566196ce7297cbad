"""`sitrep read`: what each article says, one JSON object a line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bots.cli.context import session, write
from briefings.errors import SitrepError
from briefings.plain import json_text, literal

if TYPE_CHECKING:
    from briefings.model import Reading


def read(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files: text, Markdown, HTML, JSON.", show_default=False)
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one article a line (JSON) from standard input.")
    ] = False,
) -> int:
    """Read articles: quotes, actors, figures, dates, developments, consequences, as JSON lines, in order."""
    from briefings.reading import read as read_article
    from briefings.sources.files import read_file, read_jsonl_line

    limits = session(context).settings.limits
    if not files and not jsonl:
        raise typer.BadParameter("Name files, or give --jsonl and articles on standard input.")
    worst = 0
    for path in files or []:
        try:
            for article in read_file(path, limits):
                _out(reading_as_json(read_article(article)))
        except SitrepError as e:
            worst = _told(e, str(path))
    if jsonl:
        for number, raw in enumerate(sys.stdin.buffer, 1):
            line = raw.decode("utf-8", "replace")
            if not line.strip():
                continue
            try:
                _out(reading_as_json(read_article(read_jsonl_line(line, limits, f"line {number}"))))
            except SitrepError as e:
                worst = _told(e, f"line {number}")
    return worst


def _told(error: SitrepError, where: str) -> int:
    typer.secho(literal(str(error) if where in error.message else f"{where}: {error}"), fg="red", err=True)
    return error.exit_code


def _out(value: dict[str, Any]) -> None:
    write(json_text(value) + "\n")


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """A reading in the format in which annotated articles are scored; places are code points of the text."""
    return {
        "doc": reading.article.id,
        "lang": reading.language,
        "quotes": [
            {
                "start": q.span.start,
                "end": q.span.end,
                "text": q.text,
                "speaker": q.speaker,
                "cue": q.cue,
                "via": q.via,
            }
            for q in reading.quotes
        ],
        "actors": [
            {
                "name": a.name,
                "kind": a.kind,
                "aliases": a.aliases,
                "roles": [r.text for r in a.roles],
                "salience": a.salience,
            }
            for a in reading.actors
        ],
        "figures": [
            {
                "start": f.span.start,
                "end": f.span.end,
                "text": f.text,
                "value": f.value,
                "unit": f.unit,
                "bound": f.bound,
                "counts": f.counts,
            }
            for f in reading.figures
        ],
        "dates": [{"start": d.span.start, "end": d.span.end, "value": d.value} for d in reading.dates],
        "developments": [
            {"date": d.date, "start": d.span.start, "end": d.span.end, "actors": d.actors}
            for d in reading.developments
        ],
        "consequences": [
            {"start": c.span.start, "end": c.span.end, "status": c.status, "on": c.on}
            for c in reading.consequences
        ],
    }
