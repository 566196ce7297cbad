"""`sitrep demo`, and what stands in the demo story."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from briefings.demo import FIRST_BRIEFING, articles
from briefings.model import Article
from briefings.reading import read
from briefings.rendering import Templates
from tests.unit.cli.calling import Sitrep, calling

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sitrep:
    """The command line some days later."""
    return calling(tmp_path / "data", capsys, NOW)


# ---- the commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("to", ["text", "markdown", "html", "json"])
def test_the_demo_is_briefed(sitrep: Sitrep, tmp_path: Path, lang: str, to: str) -> None:
    """In both languages and as every output, with exit code 0 and without a database of the operator's."""
    ran = sitrep("demo", "--once", "--lang", lang, "--to", to)
    assert (ran.code, ran.err) == (0, "")
    assert "Altman" in ran.out
    assert "\x1b" not in ran.out
    assert not (tmp_path / "data").exists()
    if to == "json":
        value = json.loads(ran.out)
        assert value["language"] == lang
        assert value["citations"]
    elif to == "html":
        assert f'<html lang="{lang}">' in ran.out


def test_the_demo_cites_its_articles_to_the_letter(sitrep: Sitrep) -> None:
    """Each cited sentence stands in the article and revision that it names."""
    texts = {(a.id, a.revision): a.text for a in revised()}
    citations = json.loads(sitrep("demo", "--once", "--to", "json").out)["citations"]
    assert len(citations) >= 10
    for citation in citations:
        text = texts[citation["article"], citation["revision"]]
        assert citation["sentence"] == text[citation["start"] : citation["end"]]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_template_is_previewed(sitrep: Sitrep, lang: str) -> None:
    """One line for each, nothing on standard error."""
    ran = sitrep("preview", "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == list(Templates(None).names())


def test_one_template_is_previewed(sitrep: Sitrep) -> None:
    """The briefing itself."""
    ran = sitrep("preview", "quotes", "--lang", "en")
    assert (ran.code, ran.err) == (0, "")
    assert "open to both options" in ran.out


def test_a_fresh_installation_checks_well(sitrep: Sitrep) -> None:
    """Settings, templates on the demo story, and database."""
    ran = sitrep("check")
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if line.startswith("good ")][1] == "good   templates"


# ---- the articles -----------------------------------------------------------------------------------------------


def revised() -> list[Article]:
    """The demo's articles with the revisions that the store gives them."""
    seen: Counter[str] = Counter()
    found = []
    for article in articles():
        seen[article.id] += 1
        found.append(Article(article.id, article.text, article.title, revision=seen[article.id]))
    return found


def test_the_demo_has_articles_in_both_languages() -> None:
    """Ten at least, one half French and one half English."""
    languages = Counter({a.id: a.language for a in articles()}.values())
    assert sum(languages.values()) >= 10
    assert set(languages) == {"fr", "en"}
    assert abs(languages["fr"] - languages["en"]) <= 2


def test_the_demos_languages_are_those_of_its_texts() -> None:
    """What an article says of its language is what its words say."""
    for article in articles():
        bare = Article(article.id, article.text, article.title)
        assert read(bare).language == article.language


def test_all_of_the_demo_is_marked_as_sample() -> None:
    """No outlet of the demo can be taken for one that exists: flag, name and address say so."""
    for article in articles():
        assert article.sample
        assert re.search(r"sample|example|exemple|échantillon", article.outlet, re.IGNORECASE)
        assert re.match(r"https://[\w-]+\.example/", article.url)
        assert article.published is not None


def test_one_article_of_the_demo_was_revised_after_the_first_briefing() -> None:
    """The same identity twice, another text the second time."""
    twice = [i for i, count in Counter(a.id for a in articles()).items() if count > 1]
    assert len(twice) == 1
    first, second = [a for a in articles() if a.id == twice[0]]
    assert first.text != second.text
    assert articles().index(first) < FIRST_BRIEFING <= articles().index(second)


def test_one_agency_text_of_the_demo_stands_in_two_outlets() -> None:
    """Word for word, and both name the agency."""
    texts: dict[str, set[str]] = {}
    for article in articles():
        if article.agency:
            texts.setdefault(article.text, set()).add(article.outlet)
    assert [len(outlets) for outlets in texts.values()] == [2]


def test_what_the_demo_quotes_in_english_was_said(shared: Callable[[str], Path]) -> None:
    """Each quotation of an English article is among the checked ones, to the letter."""

    def plain(words: str) -> str:
        return words.casefold().replace("’", "'").strip().rstrip(",.")

    facts = plain(shared("demo/facts.md").read_text("utf8"))
    quotations = [
        words
        for article in articles()
        if article.language == "en"
        for words in re.findall(r"[\"“]([^\"“”]+)[\"”]", article.text)
    ]
    assert len(quotations) >= 10
    assert [words for words in quotations if plain(words) not in facts] == []
