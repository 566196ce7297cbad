"""From a view to words: a template (Markdown with Jinja) makes a `Document`, which each output renders.

template + view ─► templates.py ─► Markdown with slots ─► markdown.py ─► Document ─► to_terminal / to_markdown / to_html / to_json
"""

from briefings.rendering.blocks import dump_blocks, load_document
from briefings.rendering.briefing import Briefing, Source, render
from briefings.rendering.charts import Chart
from briefings.rendering.choosing import Only
from briefings.rendering.document import Document
from briefings.rendering.gaps import gap_words
from briefings.rendering.html import Html, to_html
from briefings.rendering.outputs import Output, markdown_of, to_json, to_markdown, to_terminal, to_text
from briefings.rendering.templates import Templates

__all__ = [
    "Briefing",
    "Chart",
    "Document",
    "Html",
    "Only",
    "Output",
    "Source",
    "Templates",
    "dump_blocks",
    "gap_words",
    "load_document",
    "markdown_of",
    "render",
    "to_html",
    "to_json",
    "to_markdown",
    "to_terminal",
    "to_text",
]
