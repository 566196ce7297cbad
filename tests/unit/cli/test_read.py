"""`sitrep read`: articles in, JSON lines out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.calling import Sitrep

KEYS = {"doc", "lang", "quotes", "actors", "figures", "dates", "developments", "consequences"}


def stream(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own, with `given` on standard input."""
    return subprocess.run(
        [sys.executable, "-m", "bots", "read", *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


def line(identity: str, text: str = 'The board met. "No," said Ann Lee, the chair.') -> bytes:
    return json.dumps({"doc": identity, "text": text}).encode() + b"\n"


def test_files_are_read_in_order_a_line_each(sitrep: Sitrep, files: list[Path]) -> None:
    """Each line is one reading, as JSON."""
    ran = sitrep("read", *files)
    assert (ran.code, ran.err) == (0, "")
    readings = [json.loads(x) for x in ran.out.splitlines()]
    assert [(r["doc"], r["lang"]) for r in readings] == [("a1", "en"), ("a2", "fr")]
    assert all(r.keys() == KEYS for r in readings)


def test_places_are_code_points_of_the_text(sitrep: Sitrep, tmp_path: Path) -> None:
    """Text before a quote that needs two units elsewhere counts one here."""
    text = (
        "\U0001f4f0\U0001f4f0 e\u0301. “We lost confidence,” said Ann Lee, the chair. About 700 people left."
    )
    (tmp_path / "a.json").write_text(json.dumps({"id": "x", "text": text, "lang": "en"}), "utf8")
    (reading,) = [json.loads(x) for x in sitrep("read", tmp_path / "a.json").out.splitlines()]
    assert reading["quotes"]
    assert reading["figures"]
    for found in reading["quotes"] + reading["figures"]:
        assert text[found["start"] : found["end"]] == found["text"]


def test_a_file_of_several_articles_is_a_line_for_each(sitrep: Sitrep, tmp_path: Path) -> None:
    """A JSON list and JSON Lines."""
    articles = [{"id": n, "text": f"Text {n}."} for n in range(3)]
    (tmp_path / "a.json").write_text(json.dumps(articles), "utf8")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, articles)), "utf8")
    for name in ("a.json", "a.jsonl"):
        lines = sitrep("read", tmp_path / name).out.splitlines()
        assert [json.loads(x)["doc"] for x in lines] == ["0", "1", "2"]


def test_a_bad_file_is_told_and_the_rest_read(sitrep: Sitrep, files: list[Path], tmp_path: Path) -> None:
    """Its reason on standard error, its code at the end."""
    (tmp_path / "empty.txt").touch()
    ran = sitrep("read", files[0], tmp_path / "empty.txt", files[1])
    assert ran.code == 65
    assert [json.loads(x)["doc"] for x in ran.out.splitlines()] == ["a1", "a2"]
    assert len(ran.err.splitlines()) == 1
    assert "empty.txt" in ran.err


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.json", b"{", 65),
        ("a.json", b"[" * 100_000, 65),
        ("a.json", b'{"title": "T"}', 65),
        ("a.jsonl", b"x\n", 65),
        ("a.txt", b"\x00", 65),
        ("a.txt", b"Published: yesterday\n\nText.", 65),
        ("a.html", b"<html></html>", 65),
    ],
)
def test_a_file_that_is_no_article_has_its_exit_code(
    sitrep: Sitrep, tmp_path: Path, name: str, body: bytes, code: int
) -> None:
    """Nothing on standard output."""
    (tmp_path / name).write_bytes(body)
    ran = sitrep("read", tmp_path / name)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err


def test_a_missing_file_has_its_exit_code(sitrep: Sitrep, tmp_path: Path) -> None:
    """66, as for every name that is not there."""
    ran = sitrep("read", tmp_path / "nothing.txt")
    assert (ran.code, ran.out) == (66, "")
    assert "There is no file" in ran.err


def test_reading_makes_no_database(sitrep: Sitrep, files: list[Path], tmp_path: Path) -> None:
    """Nothing is stored."""
    sitrep("read", *files)
    assert not (tmp_path / "data").exists()


def test_reading_nothing_is_a_mistake_in_the_arguments(sitrep: Sitrep) -> None:
    """Exit code 2, and what to give."""
    ran = sitrep("read")
    assert ran.code == 2
    assert "--jsonl" in ran.err


# ---- standard input ---------------------------------------------------------------------------------------------


def test_lines_are_read_in_order() -> None:
    """As many lines come out as articles went in."""
    ran = stream("--jsonl", given=b"".join(line(f"d{n}") for n in range(30)))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert [json.loads(x)["doc"] for x in ran.stdout.splitlines()] == [f"d{n}" for n in range(30)]


def test_a_broken_line_is_told_with_its_number_and_the_rest_read() -> None:
    """Blank lines count and say nothing."""
    given = line("first") + b"\nbroken\n" + b"[5]\n" + b'{"title": "T"}\n' + b"\xff\xfe\n" + line("last")
    ran = stream("--jsonl", given=given)
    told = ran.stderr.decode()
    assert "Traceback" not in told
    assert [json.loads(x)["doc"] for x in ran.stdout.splitlines()] == ["first", "last"]
    assert ran.returncode == 65
    assert [x.split()[1] for x in told.splitlines()] == ["3", "4", "5", "6"]


def test_a_line_comes_out_before_the_next_goes_in() -> None:
    """A stream is answered as it flows."""
    with subprocess.Popen(
        [sys.executable, "-m", "bots", "read", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for n in range(3):
            process.stdin.write(line(f"d{n}"))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["doc"] == f"d{n}"
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(30) == 0


def test_no_input_is_no_output() -> None:
    """An empty stream is no mistake."""
    ran = stream("--jsonl", given=b"")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_output_is_utf8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accents come out in a terminal that knows none."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    ran = stream(
        "--jsonl", given=line("d", "« Très déçue », a déclaré Élise Noël, la présidente, lundi.") + b"x\n"
    )
    assert "Très déçue" in ran.stdout.decode("utf8")
    assert ran.returncode == 65


def test_a_line_longer_than_the_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next is read."""
    monkeypatch.setenv("SITREP_LIMITS__ARTICLE_CHARACTERS", "100")
    ran = stream("--jsonl", given=line("long", "x" * 101) + line("short", "Text."))
    assert [json.loads(x)["doc"] for x in ran.stdout.splitlines()] == ["short"]
    assert ran.returncode == 65
    assert b"line 1" in ran.stderr


def test_a_reader_that_leaves_ends_the_stream_quietly() -> None:
    """`| head -1` shows no traceback."""
    with subprocess.Popen(
        [sys.executable, "-m", "bots", "read", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(line("d0"))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(b"".join(line(f"d{n}") for n in range(50)))
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert b"Traceback" not in process.stderr.read()
        process.wait(30)
