"""The demo's briefings, whole. After a wanted change: SITREP_GOLDEN=write python3 dev.py test tests/golden, then read the diff."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.cli.app import run

HERE = Path(__file__).parent
NOW = datetime(2023, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "language", "to", "suffix"),
    [
        ("sitrep", "fr", "markdown", "md"),
        ("sitrep", "en", "markdown", "md"),
        ("flash", "en", "text", "txt"),
        ("flash", "fr", "text", "txt"),
        ("conflicts", "en", "html", "html"),
        ("changes", "fr", "markdown", "md"),
    ],
)
def test_the_demo_reads_as_it_did(
    template: str, language: str, to: str, suffix: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The demo story through a template, in a language, as an output, is what was read and approved."""
    code = run(lambda: NOW, {}, ["demo", "--once", "--template", template, "--lang", language, "--to", to])
    made = capfdbinary.readouterr().out.decode("utf8")
    assert code == 0
    golden = HERE / f"demo-{template}-{language}.{suffix}"
    if os.environ.get("SITREP_GOLDEN") == "write":
        golden.write_text(made, "utf8")
    assert made == golden.read_text("utf8")
