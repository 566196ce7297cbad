"""The README's commands, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST = """Title: The reservoir holds, says the prefect
Outlet: Sample Herald
Published: 2024-03-05

The prefect, Anna Ek, closed the valley road on Monday. "The dam holds," she said. Some 400 people were evacuated.
"""
SECOND = """<html lang="en"><head><title>Reservoir: 450 evacuated</title><meta property="og:site_name" content="Sample Post">
</head><body><article><h1>Reservoir: 450 evacuated</h1><p>More than 450 people were evacuated on Tuesday as a result of
the leak, according to the fire service of the valley, which expects the road to stay closed for a week.</p>
<p>"We will not take a risk," said Anna Ek, the prefect.</p></article></body></html>
"""


def commands() -> list[str]:
    """The lines of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def served(folder: Path, environment: dict[str, str]) -> None:
    """`sitrep run` prints an address that opens, and ends well when it is told to."""
    with subprocess.Popen(
        ["sitrep", "run"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = re.search(r"http://\S+", process.stdout.readline())
        assert printed is not None
        browser = build_opener(HTTPCookieProcessor())
        with browser.open(printed[0]) as answer:
            assert "Sitrep" in answer.read().decode("utf8")
        process.terminate()
        assert process.wait(20) == 0


@contextmanager
def simulator(platform: str) -> Iterator[dict[str, Any]]:
    """A chat platform on loopback, as a process of its own; what it tells of itself."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests.platforms.{platform}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.mark.slow
def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    """Each command of the README, in order, in a folder with two articles, ends well."""
    (tmp_path / "first.txt").write_text(FIRST, "utf8")
    (tmp_path / "second.html").write_text(SECOND, "utf8")
    (tmp_path / "press").mkdir()
    (tmp_path / "press" / "third.txt").write_text(f"Title: The reservoir is closed\n\n{FIRST}", "utf8")
    (tmp_path / "articles.jsonl").write_text(json.dumps({"doc": "a", "text": FIRST}) + "\n", "utf8")
    folder = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "SITREP_DATA": str(tmp_path / "data"),
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
    }
    assert shutil.which("sitrep", path=environment["PATH"])
    found = commands()
    assert len(found) >= 10
    with simulator("discord") as discord, simulator("slack") as slack:
        environment |= {
            "SITREP_DISCORD_TOKEN": discord["token"],
            "SITREP_DISCORD_API_URL": discord["api_url"],
            "SITREP_DISCORD_GATEWAY_URL": discord["gateway_url"],
            "SLACK_BOT_TOKEN": slack["bot_token"],
            "SLACK_APP_TOKEN": slack["app_token"],
            "SLACK_API_URL": slack["api_url"],
        }
        for command in found:
            if command == "sitrep run":
                served(tmp_path, {**environment, "SITREP_WEB__PORT": "0"})
                continue
            done = subprocess.run(
                command,
                shell=True,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr
    assert "prefect" in (tmp_path / "briefing.html").read_text("utf8")


def test_the_readme_names_the_two_commands() -> None:
    """A newcomer finds the demo and the tests at once."""
    text = (ROOT / "README.md").read_text("utf8")
    assert "python3 dev.py demo" in text
    assert "python3 dev.py test" in text
