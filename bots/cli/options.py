"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class LanguageChoice(StrEnum):
    fr = "fr"
    en = "en"


class OutputChoice(StrEnum):
    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"


def _templates(context: typer.Context, incomplete: str) -> list[str]:
    from briefings.rendering import Templates

    return [n for n in Templates().names() if n.startswith(incomplete)]


Template = Annotated[
    str,
    typer.Option(
        "--template",
        "-t",
        help="Which template: sitrep, flash, dossier, or a section.",
        autocompletion=_templates,
    ),
]
Lang = Annotated[
    LanguageChoice | None,
    typer.Option("--lang", "-l", help="The briefing's language.", show_default="the terminal's"),
]
To = Annotated[OutputChoice, typer.Option("--to", help="What to write.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
Port = Annotated[
    int | None,
    typer.Option(
        "--port", help="The web channel's port; 0 takes a free one.", min=0, max=65_535, show_default=False
    ),
]
