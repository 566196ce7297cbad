"""The wheel: all that Sitrep needs is in it, and it runs where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN, SUFFIX = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def ran(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in `folder`, with no setting of the machine and nothing that leads to the checkout; it must end well."""
    environment = {
        k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.upper().startswith("SITREP_")
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf8", check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def built(folder: Path) -> Path:
    """The wheel of the checkout, built into `folder`."""
    out = folder / "dist"
    ran([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT], folder)
    (wheel,) = out.glob("sitrep-*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    """The interpreter of a fresh environment with the wheel in it; the libraries are those of this environment."""
    home = folder / "venv"
    venv.create(home, with_pip=False, system_site_packages=False, symlinks=os.name != "nt")
    python = home / BIN / f"python{SUFFIX}"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    ran([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], folder)
    # Only now: pip must not see the Sitrep of this environment. A path file inside it is not followed from here.
    ours = ran([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder)
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (Path(ours.stdout.strip()) / "libraries.pth").write_text("\n".join(paths) + "\n", "utf8")
    return python


def shipped(folder: str, *patterns: str) -> set[str]:
    """The checkout's files of that kind, as paths from its root."""
    found = {p.relative_to(ROOT).as_posix() for pattern in patterns for p in (ROOT / folder).rglob(pattern)}
    assert found
    return found


@pytest.mark.slow
def test_the_wheel_runs_without_the_checkout(tmp_path: Path) -> None:
    """It holds every template, setting, lexicon, catalogue, demo article and migration, and finds them where it is."""
    wheel = built(tmp_path)
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = shipped("templates", "*.j2", "*.po") | shipped("config", "*.toml")
    assert {f"briefings/_data/{name}" for name in data} <= names
    inside = (
        shipped("briefings", "*.py", "*.toml")
        | shipped("briefings/demo/articles", "*.txt")
        | shipped("briefings/store/migrations/versions", "*.py")
        | shipped("bots", "*.py")
    )
    assert inside <= names
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"bots", "briefings"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".db")]

    python = installed(wheel, tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    places = (
        "import bots.cli.app, briefings.desk, briefings.resources as r, sys\n"
        "for x in (bots.cli.app.__file__, briefings.desk.__file__, r.data_folder('templates'), r.data_folder('config')):\n"
        "    print(x)\n"
        "print(*sys.path, sep='\\n')\n"
    )
    told = ran([python, "-c", places], empty).stdout.splitlines()
    home = (tmp_path / "venv").resolve()
    for place in told[:4]:
        assert home in Path(place).resolve().parents
    assert ROOT not in {Path(path).resolve() for path in told[4:] if path}

    sitrep = python.with_name(f"sitrep{SUFFIX}")
    demo = ran([sitrep, "demo", "--once", "--lang", "en"], empty)
    assert "Altman" in demo.stdout
    assert demo.stderr == ""
    assert "Usage:" in ran([sitrep, "check", "--help"], empty).stdout
    assert list(empty.iterdir()) == []
