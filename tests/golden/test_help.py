"""The help, whole, in each language. After a wanted change: SITREP_GOLDEN=write python3 dev.py test tests/golden, then read the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bots.answers import CHAT
from bots.commands import COMMANDS
from bots.handlers.channels import manual, overview, welcome
from briefings.dossier import Numbering
from briefings.model import LANGUAGES, Language
from briefings.rendering import Briefing, Document, to_markdown
from briefings.rendering.document import Divider
from briefings.rendering.words import Words

HERE = Path(__file__).parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_reads_as_it_did(language: Language) -> None:
    """The welcome, the list of the commands and the page of each are what was read and approved."""
    words = Words(language, domain=CHAT)
    pages = [welcome(words).document.blocks, overview(words), *(manual(c, words) for c in COMMANDS)]
    blocks = tuple(block for page in pages for block in (*page, Divider()))[:-1]
    made = to_markdown(Briefing(Document(blocks, language), (), (), Numbering(), "help", language))
    golden = HERE / f"help-{language}.md"
    if os.environ.get("SITREP_GOLDEN") == "write":
        golden.write_text(made, "utf8")
    assert made == golden.read_text("utf8")
