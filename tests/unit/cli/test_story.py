"""`sitrep story` and `sitrep add`."""

from __future__ import annotations

import io
import json
import socket
import unicodedata
from pathlib import Path

import pytest

from tests.unit.cli.calling import FIRST, NOW, Ran, Sitrep

# ---- stories ----------------------------------------------------------------------------------------------------


def test_a_story_is_made_listed_shown_and_removed(sitrep: Sitrep) -> None:
    """Its whole life, each step with exit code 0."""
    made = sitrep("story", "add", "Crise OpenAI")
    assert made.code == 0
    assert "crise-openai" in made.out
    assert "sitrep add crise-openai" in made.out
    assert "Crise OpenAI" in sitrep("story", "list").out
    assert "No article yet" in sitrep("story", "show", "crise-openai").out
    removed = sitrep("story", "remove", "crise-openai", "--yes")
    assert (removed.code, removed.err) == (0, "")
    assert "No story yet" in sitrep("story", "list").out


def test_a_story_made_twice_is_refused(sitrep: Sitrep) -> None:
    """Exit code 73, the message on standard error."""
    sitrep("story", "add", "Crisis")
    again = sitrep("story", "add", "crisis")
    assert (again.code, again.out) == (73, "")
    assert "already is a story 'crisis'" in again.err


@pytest.mark.parametrize("name", ["", "!!!"])
def test_a_name_without_a_letter_is_refused(sitrep: Sitrep, name: str) -> None:
    """Exit code 66 and an example of a name."""
    ran = sitrep("story", "add", name)
    assert ran.code == 66
    assert "openai-crisis" in ran.err


@pytest.mark.parametrize(
    "command",
    [["story", "show"], ["story", "remove", "-y"], ["brief"], ["evidence"], ["add"]],
    ids=" ".join,
)
def test_an_unknown_story_is_told_with_those_there_are(
    sitrep: Sitrep, files: list[Path], command: list[str]
) -> None:
    """Every command exits with 66 and lists the stories."""
    rest = {"evidence": ["1"], "add": [str(files[0])]}.get(command[-1], [])
    sitrep("story", "add", "openai-crisis")
    ran = sitrep(*command, "openai", *rest)
    assert (ran.code, ran.out) == (66, "")
    assert "There is no story 'openai'" in ran.err
    assert "Stories: openai-crisis." in ran.err


def test_the_list_is_json_for_scripts(sitrep: Sitrep, files: list[Path]) -> None:
    """Slug, name, number of articles and moment."""
    assert json.loads(sitrep("story", "list", "--json").out) == []
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", *files)
    assert json.loads(sitrep("story", "list", "--json").out) == [
        {"slug": "crisis", "name": "Crisis", "articles": 2, "created": NOW.isoformat()}
    ]


def test_a_story_is_shown_as_json_for_scripts(sitrep: Sitrep, files: list[Path]) -> None:
    """Its articles in order of publication, and its gaps."""
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", *files, "http://127.0.0.1/private")
    shown = json.loads(sitrep("story", "show", "crisis", "--json").out)
    assert [(a["id"], a["outlet"], a["revision"]) for a in shown["articles"]] == [
        ("a1", "The Sample Courier", 1),
        ("a2", "Le Quotidien Modèle", 1),
    ]
    assert shown["articles"][0]["published"] == "2023-11-17T00:00:00+00:00"
    assert [g["what"] for g in shown["gaps"]] == ["http://127.0.0.1/private"]


def test_a_story_is_shown_with_revisions_and_gaps(sitrep: Sitrep, files: list[Path]) -> None:
    """One line for each."""
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", files[0])
    files[0].write_text(FIRST.replace("About 700", "About 730"), "utf8")
    sitrep("add", "crisis", files[0], "http://10.0.0.1/")
    shown = sitrep("story", "show", "crisis").out
    assert "2023-11-17  The Sample Courier: The board removes its chief executive (revision 2)" in shown
    assert "missing: http://10.0.0.1/" in shown


def test_removing_asks_first(sitrep: Sitrep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer, or with no, the story stays and the exit code is 130."""
    sitrep("story", "add", "Crisis")
    for answer in ("n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        ran = sitrep("story", "remove", "crisis")
        assert ran.code == 130
        assert "Stopped." in ran.err
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert sitrep("story", "remove", "crisis").code == 0
    assert sitrep("story", "show", "crisis").code == 66


# ---- adding -----------------------------------------------------------------------------------------------------


def test_good_articles_go_in_and_bad_ones_are_told(sitrep: Sitrep, files: list[Path], tmp_path: Path) -> None:
    """Each failure on standard error with its file; the exit code is not 0."""
    (tmp_path / "empty.txt").write_text("", "utf8")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02")
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis", files[0], tmp_path / "empty.txt", tmp_path / "binary.txt", files[1])
    assert ran.code == 65
    assert [line.split()[0] for line in ran.out.splitlines()] == ["new", "new"]
    assert "The Sample Courier: The board removes its chief executive" in ran.out
    assert [line.split()[0] for line in ran.err.splitlines()] == ["failed", "failed"]
    assert "empty.txt is empty" in ran.err
    assert "binary.txt is binary" in ran.err
    assert len(json.loads(sitrep("story", "show", "crisis", "--json").out)["articles"]) == 2


def test_only_good_articles_exit_with_0(sitrep: Sitrep, files: list[Path]) -> None:
    """And again, unchanged."""
    sitrep("story", "add", "Crisis")
    assert sitrep("add", "crisis", *files).code == 0
    again = sitrep("add", "crisis", *files)
    assert (again.code, again.err) == (0, "")
    assert [line.split()[0] for line in again.out.splitlines()] == ["unchanged", "unchanged"]


def test_a_changed_file_is_revised(sitrep: Sitrep, files: list[Path]) -> None:
    """The line says so."""
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", files[0])
    files[0].write_text(FIRST.replace("About 700", "About 730"), "utf8")
    assert sitrep("add", "crisis", files[0]).out.startswith("revised")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nothing.txt", 66),
        ("http://127.0.0.1/", 77),
        ("http://localhost/", 77),
        ("http://[::1]/", 77),
        ("http://169.254.169.254/", 77),
        ("file:///etc/passwd", 77),
        ("ftp://example.org/", 77),
        ("http://user:word@example.org/", 77),
        ("javascript:alert(1)", 66),
        (".", 65),
    ],
)
def test_a_bad_source_has_its_exit_code(sitrep: Sitrep, source: str, code: int) -> None:
    """And its reason on standard error."""
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis", source)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("failed")


def test_a_dead_server_has_its_exit_code_and_is_a_gap(
    sitrep: Sitrep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """69, and the briefing says what is missing."""
    monkeypatch.setenv("SITREP_FETCH__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis", url)
    assert ran.code == 69
    assert "can't be reached" in ran.err
    assert url in sitrep("brief", "crisis").out


def test_adding_nothing_is_a_mistake_in_the_arguments(sitrep: Sitrep) -> None:
    """Exit code 2, with the usage."""
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis")
    assert ran.code == 2
    assert "Usage:" in ran.err


def test_a_title_is_printed_as_it_is(sitrep: Sitrep, tmp_path: Path) -> None:
    """Markup of terminals and chats is text."""
    title = "[bold]@everyone[/bold] :smile: {{ 7 * 7 }} **x**"
    (tmp_path / "a.txt").write_text(f"Title: {title}\n\nThe board met on Monday.", "utf8")
    sitrep("story", "add", "Crisis")
    assert title in sitrep("add", "crisis", tmp_path / "a.txt").out
    assert title in sitrep("story", "show", "crisis").out


# ---- what is shown of outside text ------------------------------------------------------------------------------

HOSTILE = "a\x1b]0;owned\x07b\x1bc\x1b[31mc\x9b31md\x08e\x7f"


def harmless(ran: Ran) -> bool:
    """Whether nothing in it could steer a terminal."""
    return not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in ran.out + ran.err)


def test_no_escape_sequence_of_an_article_reaches_the_terminal(sitrep: Sitrep, tmp_path: Path) -> None:
    """Titles and outlets are shown in one line of plain characters, the rest of their words kept."""
    (tmp_path / "a.txt").write_text(
        f"Title: {HOSTILE}\nOutlet: {HOSTILE}\n\nThe board met on Monday.", "utf8"
    )
    sitrep("story", "add", "Crisis")
    for ran in (sitrep("add", "crisis", tmp_path / "a.txt"), sitrep("story", "show", "crisis")):
        assert ran.code == 0
        assert harmless(ran)
        assert "owned" in ran.out


def test_no_escape_sequence_of_a_storys_name_reaches_the_terminal(sitrep: Sitrep) -> None:
    """Made, listed, shown and removed."""
    slug = sitrep("story", "add", HOSTILE).out.split()[3].rstrip(".")
    for arguments in (["list"], ["show", slug], ["show", HOSTILE], ["remove", slug, "--yes"]):
        ran = sitrep("story", *arguments)
        assert ran.code == 0
        assert harmless(ran)


def test_a_title_of_several_lines_is_shown_in_one(sitrep: Sitrep, tmp_path: Path) -> None:
    """It can't pass for another line of the list."""
    title = "Board\n  2023-11-17  Forged: Line\u2028new   Forged: Line\rnew"
    (tmp_path / "a.json").write_text(json.dumps({"text": "The board met.", "title": title}), "utf8")
    sitrep("story", "add", "Crisis")
    assert len(sitrep("add", "crisis", tmp_path / "a.json").out.splitlines()) == 1
    assert len(sitrep("story", "show", "crisis").out.splitlines()) == 2


def test_no_escape_sequence_comes_in_an_error(sitrep: Sitrep, tmp_path: Path) -> None:
    """Neither of a file's name, nor of what stands in it, nor of an address."""
    (tmp_path / "date.txt").write_text(f"Published: {HOSTILE}\n\nText.", "utf8")
    (tmp_path / "date.json").write_text(json.dumps({"text": "T.", "published": HOSTILE}), "utf8")
    (tmp_path / f"empty {HOSTILE}.txt").write_text("", "utf8")
    bad = [
        tmp_path / "date.txt",
        tmp_path / "date.json",
        tmp_path / f"empty {HOSTILE}.txt",
        tmp_path / f"nothing {HOSTILE}.txt",
        f"http://127.0.0.1/{HOSTILE}",
        f"http://{HOSTILE}/",
        f"http://[{HOSTILE}",
    ]
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis", *bad)
    assert (ran.code, ran.out) == (77, "")
    assert harmless(ran)
    assert ran.err.count("failed ") == len(ran.err.splitlines()) == len(bad)
    shown = sitrep("story", "show", "crisis")
    assert shown.out.count("missing: ") == 3
    assert harmless(shown)
    for arguments in (["show", HOSTILE], ["remove", f"x{HOSTILE}", "-y"]):
        ran = sitrep("story", *arguments)
        assert ran.code == 66
        assert harmless(ran)
    assert harmless(sitrep("--config", HOSTILE, "story", "list"))
    assert harmless(sitrep(HOSTILE))


def test_an_error_names_its_file_once(sitrep: Sitrep, tmp_path: Path) -> None:
    """By `add`, `read` and `brief` alike, whatever is wrong with it."""
    bad: dict[str, bytes | None] = {
        "nothing.txt": None,
        "empty.txt": b"",
        "head.txt": b"Title: T\n",
        "binary.txt": b"\0\1",
        "date.txt": b"Published: x\n\nText.",
        "long.txt": b"x" * 300_000,
        "broken.json": b"{",
        "shape.json": b"5",
        "line.jsonl": b'{"text": "Good."}\n5\n',
        "page.html": b"<html><body></body></html>",
        "x" * 300: None,
    }
    for name, content in bad.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in bad]
    sitrep("story", "add", "Crisis")
    for ran in (sitrep("add", "crisis", *paths), sitrep("read", *paths), sitrep("brief", *paths)):
        assert ran.code in (65, 66)
        for path in paths:
            assert ran.err.count(path) == 1


def test_an_error_names_its_address_once(sitrep: Sitrep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the message has it or not."""
    urls = [
        "http://[bad",
        "http://a:99999/",
        "http://xn--/",
        "http://10.0.0.1/",
        "http://user@example.org/",
        "ftp://example.org/",
        "http://127.0.0.1:1/",
    ]
    monkeypatch.setenv("SITREP_FETCH__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    sitrep("story", "add", "Crisis")
    ran = sitrep("add", "crisis", *urls)
    assert len(ran.err.splitlines()) == len(urls)
    for url in urls:
        assert ran.err.count(url) == 1
