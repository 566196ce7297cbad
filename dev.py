#!/usr/bin/env python3
"""Set the project up and run it, with nothing but Python 3.11 or newer.

Usage: python3 dev.py COMMAND [arguments]

  demo    open the demo in your browser (arguments go to `sitrep demo`)
  test    run the tests (arguments go to pytest)
  lint    format, lint, types, imports
  check   lint and test: all that CI runs
  setup   install into .venv and stop
  bench   install the benchmark extras and run tests/benchmarks
  lock    write requirements.lock anew from pyproject.toml
  run     run `sitrep` itself with the arguments that follow

Every command first makes `.venv` beside this file and installs what requirements.lock pins into it.
Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
BENCH_LOCK = ROOT / "requirements-bench.lock"
STAMP = VENV / ".sitrep-setup"


class SetupError(Exception):
    """The set-up can't go on; the message says what to do."""


def run(*command: str | Path, **environment: str) -> None:
    """Run a command in the checkout; a failure ends this program with its exit code."""
    done = subprocess.run([str(c) for c in command], cwd=ROOT, env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def fingerprint() -> str:
    """What the environment was made from: a change in it means installing again. Tools' settings are no part of it."""
    import tomllib  # new in 3.11: an older Python is told so before

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))
    kept = {key: project[key] for key in ("build-system", "project", "dependency-groups")}
    parts = [sys.version, json.dumps(kept, sort_keys=True), LOCK.read_text("utf8")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def setup() -> None:
    """Make `.venv` and install the lock file and the project into it, if that has not been done."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs this has what they have
        raise SetupError(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if STAMP.exists() and STAMP.read_text("utf8") == fingerprint() and PYTHON.exists():
        return
    print("Setting up .venv (this happens once) …", file=sys.stderr, flush=True)
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise SetupError(
            "This Python has no 'venv'. On Debian or Ubuntu: apt-get install python3-venv. "
            "Elsewhere install Python from python.org, then run the same command again."
        ) from None
    if VENV.exists():
        shutil.rmtree(VENV)
    venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input")
    run(*pip, "--require-hashes", "-r", LOCK)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT)
    STAMP.write_text(fingerprint(), "utf8")


def tool(name: str) -> Path:
    return BIN / (name + (".exe" if os.name == "nt" else ""))


def demo(arguments: Sequence[str]) -> None:
    run(tool("sitrep"), "demo", *arguments)


def test(arguments: Sequence[str]) -> None:
    """Two at a time, file by file; a file or a folder that is named, one after the other, as pytest does."""
    named = any((ROOT / a.partition("::")[0]).exists() for a in arguments if not a.startswith("-"))
    several = () if named else ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    run(PYTHON, "-m", "pytest", *several, *arguments)


def lint(_: Sequence[str]) -> None:
    run(tool("ruff"), "format", "--check", ".")
    run(tool("ruff"), "check", ".")
    run(tool("mypy"))
    run(tool("lint-imports"))


def check(arguments: Sequence[str]) -> None:
    lint(arguments)
    test(arguments)


def bench(arguments: Sequence[str]) -> None:
    run(
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        BENCH_LOCK,
    )
    run(PYTHON, "-m", "pytest", "tests/benchmarks", "--benchmark-enable", "--benchmark-only", *arguments)


def lock(_: Sequence[str]) -> None:
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "uv")
    options = "--quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11"
    compile_ = [
        str(PYTHON),
        "-m",
        "uv",
        "pip",
        "compile",
        *options.split(),
        "pyproject.toml",
        "--group",
        "test",
    ]
    run(*compile_, "-o", LOCK.name)
    run(*compile_, "--group", "bench", "-o", BENCH_LOCK.name)


COMMANDS = {"demo": demo, "test": test, "lint": lint, "check": check, "bench": bench, "lock": lock}


def main(arguments: Sequence[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name not in {*COMMANDS, "setup", "run"}:
        print(__doc__.strip())
        return 0 if name in {"help", "-h", "--help"} else 2
    try:
        setup()
    except SetupError as e:
        print(e, file=sys.stderr)
        return 1
    if name == "run":
        run(tool("sitrep"), *rest)
    elif name != "setup":
        COMMANDS[name](rest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
