"""`sitrep brief` and `sitrep evidence`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.calling import FIRST, SECOND, Sitrep


@pytest.fixture
def crisis(sitrep: Sitrep, files: list[Path]) -> str:
    """A story with both articles in it."""
    sitrep("story", "add", "Crisis")
    assert sitrep("add", "crisis", *files).code == 0
    return "crisis"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_story_is_briefed_as_text(sitrep: Sitrep, crisis: str, lang: str) -> None:
    """Quotes in their own language, citations with their outlets."""
    ran = sitrep("brief", crisis, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert "We lost confidence" in ran.out
    assert "Nous avons perdu confiance" in ran.out
    assert "The Sample Courier" in ran.out
    assert "Le Quotidien Modèle" in ran.out
    assert ("Citations" if lang == "en" else "vendredi 17 novembre") in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_story_is_briefed_as_markdown(sitrep: Sitrep, crisis: str, lang: str) -> None:
    """With headings."""
    ran = sitrep("brief", crisis, "--to", "markdown", "--lang", lang)
    assert ran.code == 0
    assert ran.out.startswith("# ")
    assert "Nous avons perdu confiance" in ran.out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_story_is_briefed_as_a_page(sitrep: Sitrep, crisis: str, lang: str) -> None:
    """A whole document in its language, nothing loaded from anywhere."""
    ran = sitrep("brief", crisis, "--to", "html", "--lang", lang)
    assert ran.code == 0
    assert ran.out.lower().startswith("<!doctype html>")
    assert f'<html lang="{lang}">' in ran.out
    assert "<script" not in ran.out
    assert "src=" not in ran.out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_story_is_briefed_as_json(sitrep: Sitrep, crisis: str, lang: str) -> None:
    """Blocks, facts, and citations that stand in the articles to the letter."""
    ran = sitrep("brief", crisis, "--to", "json", "--lang", lang)
    assert ran.code == 0
    value = json.loads(ran.out)
    assert (value["story"], value["template"], value["language"]) == ("Crisis", "sitrep", lang)
    texts = {"a1": FIRST, "a2": SECOND}
    assert value["citations"]
    for citation in value["citations"]:
        assert citation["sentence"] in texts[citation["article"]]


@pytest.mark.parametrize(
    "template",
    "actors changes conflicts consequences dossier figures flash outlets quotes sitrep timeline".split(),
)
def test_every_template_that_ships_can_be_named(sitrep: Sitrep, crisis: str, template: str) -> None:
    """In both languages, with nothing on standard error."""
    for lang in ("en", "fr"):
        ran = sitrep("brief", crisis, "-t", template, "-l", lang)
        assert (ran.code, ran.err) == (0, "")
        assert "Crisis" in ran.out


def test_numbers_are_the_same_in_every_output(sitrep: Sitrep, crisis: str) -> None:
    """What is [1] in English text is 1 in French JSON."""
    english = json.loads(sitrep("brief", crisis, "--to", "json", "-l", "en").out)["citations"]
    french = json.loads(sitrep("brief", crisis, "--to", "json", "-l", "fr", "-t", "dossier").out)["citations"]
    numbers = {c["sentence"]: c["number"] for c in english}
    assert all(numbers.get(c["sentence"], c["number"]) == c["number"] for c in french)
    text = sitrep("brief", crisis).out
    first = next(c for c in english if c["number"] == 1)
    assert f"[1] {first['sentence']}"[:60] in text


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminals_language_is_the_briefings(
    sitrep: Sitrep, crisis: str, environment: dict[str, str], lang: str
) -> None:
    """Where Sitrep speaks it; else the setting's."""
    ran = sitrep("brief", crisis, "--to", "json", **environment)
    assert json.loads(ran.out)["language"] == lang
    chosen = sitrep("brief", crisis, "--to", "json", "--lang", "fr", **environment)
    assert json.loads(chosen.out)["language"] == "fr"


def test_files_are_briefed_without_a_database(sitrep: Sitrep, files: list[Path], tmp_path: Path) -> None:
    """Nothing is stored."""
    ran = sitrep("brief", *files)
    assert (ran.code, ran.err) == (0, "")
    assert "We lost confidence" in ran.out
    assert "Nous avons perdu confiance" in ran.out
    assert not (tmp_path / "data").exists()


def test_a_file_that_fails_does_not_stop_the_briefing(
    sitrep: Sitrep, files: list[Path], tmp_path: Path
) -> None:
    """It is told, the others are briefed, and the exit code is its own."""
    ran = sitrep("brief", files[0], tmp_path / "nothing.txt")
    assert ran.code == 66
    assert "nothing.txt" in ran.err
    assert "We lost confidence" in ran.out


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 65), (b" \n", 65), (b"\x00\x01", 65), (b"Title: T\n\n", 65), (b"<html></html>", 65)],
)
def test_a_file_that_is_no_article_has_its_exit_code(
    sitrep: Sitrep, tmp_path: Path, body: bytes, code: int
) -> None:
    """And no briefing of nothing."""
    (tmp_path / "bad.txt").write_bytes(body)
    ran = sitrep("brief", tmp_path / "bad.txt")
    assert (ran.code, ran.out) == (code, "")
    assert "bad.txt" in ran.err or "this page" in ran.err


def test_an_unknown_template_is_told_with_those_there_are(
    sitrep: Sitrep, crisis: str, files: list[Path]
) -> None:
    """For stories and for files."""
    for source in (crisis, files[0]):
        ran = sitrep("brief", source, "--template", "nothing")
        assert (ran.code, ran.out) == (66, "")
        assert "There is no template 'nothing'" in ran.err
        assert "flash" in ran.err


@pytest.mark.parametrize("arguments", [["--lang", "de"], ["--to", "pdf"], ["--nothing"]])
def test_a_choice_that_is_none_is_a_mistake_in_the_arguments(
    sitrep: Sitrep, crisis: str, arguments: list[str]
) -> None:
    """Exit code 2."""
    ran = sitrep("brief", crisis, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Error" in ran.err


def test_a_mistake_in_an_operators_template_is_told_with_its_line(
    sitrep: Sitrep, crisis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 78, file and line."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "mine.md.j2").write_text("# {{ story }}\n\n{{ nothing_of_that_name }}\n", "utf8")
    monkeypatch.setenv("SITREP_TEMPLATES", str(folder))
    ran = sitrep("brief", crisis, "-t", "mine")
    assert (ran.code, ran.out) == (78, "")
    assert "mine.md.j2:3" in ran.err
    assert "nothing_of_that_name" in ran.err


def test_the_mark_moves_unless_it_is_to_be_kept(sitrep: Sitrep, files: list[Path]) -> None:
    """Changes count from the last briefing that moved it."""
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", files[0])
    sitrep("brief", "crisis")
    sitrep("add", "crisis", files[1])
    kept = sitrep("brief", "crisis", "-t", "changes", "--keep-mark").out
    assert "Nous avons perdu confiance" in kept
    assert sitrep("brief", "crisis", "-t", "changes", "--keep-mark").out == kept
    assert sitrep("brief", "crisis", "-t", "changes").out == kept
    assert "Nous avons perdu confiance" not in sitrep("brief", "crisis", "-t", "changes").out


def test_what_articles_say_stays_text(sitrep: Sitrep, tmp_path: Path) -> None:
    """Pings, templates, Markdown and HTML neither run nor format."""
    hostile = "@everyone {{ 7777 * 1111 }} <script>alert(1)</script> [x](javascript:alert(1))"
    text = f'Title: {hostile}\nOutlet: {hostile}\n\n"{hostile}," said Ann Lee, the chair, on Monday.'
    (tmp_path / "a.txt").write_text(text, "utf8")
    for to in ("text", "markdown", "html", "json"):
        ran = sitrep("brief", tmp_path / "a.txt", "--to", to)
        assert ran.code == 0
        assert "8640247" not in ran.out
        if to == "html":
            assert "<script" not in ran.out
            assert 'href="javascript' not in ran.out


# ---- evidence ---------------------------------------------------------------------------------------------------


def test_evidence_shows_the_sentence_in_its_paragraph(sitrep: Sitrep, crisis: str) -> None:
    """With its outlet and who carries the fact."""
    citations = json.loads(sitrep("brief", crisis, "--to", "json").out)["citations"]
    for citation in citations:
        ran = sitrep("evidence", crisis, str(citation["number"]))
        assert (ran.code, ran.err) == (0, "")
        assert citation["outlet"] in ran.out
        assert "▶" in ran.out
        assert "Carried by:" in ran.out


def test_evidence_is_json_for_scripts(sitrep: Sitrep, crisis: str) -> None:
    """The same sentence and place as in the briefing."""
    (first, *_) = json.loads(sitrep("brief", crisis, "--to", "json").out)["citations"]
    value = json.loads(sitrep("evidence", crisis, str(first["number"]), "--json").out)
    for key in ("number", "sentence", "article", "revision", "start", "end", "outlet", "title"):
        assert value[key] == first[key]
    assert value["sentence"] in value["paragraph"]
    assert value["latest"] is True
    assert value["facts"]


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999999"])
def test_evidence_out_of_range_is_told(sitrep: Sitrep, crisis: str, number: str) -> None:
    """Exit code 66, and which numbers there are."""
    sitrep("brief", crisis)
    ran = sitrep("evidence", crisis, number)
    assert (ran.code, ran.out) == (66, "")
    assert f"no citation {number}" in ran.err
    assert "from 1 to" in ran.err


def test_evidence_before_any_briefing_is_told(sitrep: Sitrep, crisis: str) -> None:
    """No number was given yet."""
    ran = sitrep("evidence", crisis, "1")
    assert ran.code == 66
    assert "No briefing" in ran.err


@pytest.mark.parametrize("number", ["x", "1.5", ""])
def test_evidence_of_no_number_is_a_mistake_in_the_arguments(
    sitrep: Sitrep, crisis: str, number: str
) -> None:
    """Exit code 2."""
    assert sitrep("evidence", crisis, number).code == 2


def test_evidence_of_a_revised_article_says_so(sitrep: Sitrep, files: list[Path]) -> None:
    """The sentence as it was cited, and that the article was revised since."""
    sitrep("story", "add", "Crisis")
    sitrep("add", "crisis", files[0])
    citations = json.loads(sitrep("brief", "crisis", "--to", "json").out)["citations"]
    (number,) = [c["number"] for c in citations if "700" in c["sentence"]]
    files[0].write_text(FIRST.replace("About 700", "About 730"), "utf8")
    sitrep("add", "crisis", files[0])
    ran = sitrep("evidence", "crisis", str(number))
    assert "About 700 employees" in " ".join(ran.out.split())
    assert "revised since" in " ".join(ran.out.split())


# ---- names that can't be files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x" * 300, "é" * 300, "x" * 5000, "a/" + "x" * 300, "nothing\n"])
def test_a_name_that_can_not_be_a_file_is_an_unknown_story(sitrep: Sitrep, crisis: str, name: str) -> None:
    """Too long for any file system: exit code 66, and the stories there are."""
    ran = sitrep("brief", name)
    assert (ran.code, ran.out) == (66, "")
    assert f"Stories: {crisis}." in ran.err


def test_a_long_name_among_files_is_told_and_the_rest_briefed(sitrep: Sitrep, files: list[Path]) -> None:
    """Exit code 65, with the good file's briefing."""
    ran = sitrep("brief", "x" * 300, files[0])
    assert ran.code == 65
    assert "can't be read" in ran.err
    assert "We lost confidence" in ran.out
