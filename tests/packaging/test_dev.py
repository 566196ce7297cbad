"""`dev.py`, which runs before anything is installed, and the locks that it installs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-bench.lock"]
COMMANDS = ["demo", "test", "lint", "check", "setup", "bench", "lock", "run"]


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev.py"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf8", check=False)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["help"], ["-h"], ["--help"]], ids=" ".join)
def test_without_a_command_it_says_what_there_is(arguments: list[str]) -> None:
    """Every command with a line on it, and exit code 0."""
    done = dev(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: python3 dev.py COMMAND" in done.stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["nothing"], ["--nothing"], ["Test"], ["nothing", "help"]], ids=" ".join
)
def test_an_unknown_command_is_a_mistake(arguments: list[str]) -> None:
    """Exit code 2, and what there is."""
    done = dev(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stdout + done.stderr


def test_it_needs_the_standard_library_alone() -> None:
    """Nothing that it imports, anywhere in it, must be installed first."""
    tree = ast.parse((ROOT / "dev.py").read_text("utf8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            names.add(node.module.split(".")[0])
    assert names
    assert names <= set(sys.stdlib_module_names) | {"__future__"}


def requirements(lock: str) -> list[str]:
    """The requirements of a lock file, each in one line."""
    text = re.sub(r"\\\n\s*", "", (ROOT / lock).read_text("utf8"))
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_requirement_is_pinned_and_has_a_hash(lock: str) -> None:
    """One version, and at least one SHA-256 of a file of it."""
    found = requirements(lock)
    assert len(found) > 30
    pinned = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!+-]+(?: *;[^#]*?)?(?: *--hash=sha256:[0-9a-f]{64})+ *")
    assert [line[:60] for line in found if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index_or_an_address(lock: str) -> None:
    """Where packages come from is the machine's matter; a lock installs from any mirror."""
    text = (ROOT / lock).read_text("utf8")
    assert "://" not in text
    assert not re.search(
        r"^\s*(?:-i|-f|--\S*index\S*|--find-links|--trusted-host|-e|-r|-c)\b", text, re.MULTILINE
    )


def test_each_dependency_is_in_the_lock() -> None:
    """What the project declares is what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    names = {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in declared}
    locked = {line.split("==")[0].lower().replace("_", "-") for line in requirements("requirements.lock")}
    assert names <= locked
