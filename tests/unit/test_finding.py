"""Which sentences and facts answer a search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from briefings.dossier import FigureFact, QuoteFact, View, compile_dossier
from briefings.finding import Hits, hits
from briefings.kept import KeptView
from briefings.model import Article
from briefings.reading import read
from briefings.store import wanted

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
ENGLISH = Article(
    "a1",
    "The harbour was calm on Friday. The board of Norvo removed Ann Lee, its chief executive, on Friday. "
    '"We lost confidence in her," said Bo Berg, the chair. About 700 employees threatened to leave.',
    title="Norvo's board removes its chief executive",
    outlet="The Harbour Courier",
    language="en",
    published=NOW,
)
FRENCH = Article(
    "a2",
    "« Nous restons calmes », a déclaré Cléo Vidal, la directrice financière. "
    "Au moins 650 salariés menacent de partir. « Le port est calme », a dit la mairie.",
    title="Norvo limoge sa directrice",
    outlet="Le Quotidien du Port",
    language="fr",
    published=NOW + timedelta(days=1),
)


def kept(*articles: Article) -> KeptView:
    return KeptView(1, View(compile_dossier([read(a) for a in articles or (ENGLISH, FRENCH)])))


def find(query: str, *found: str, facts: int = 8, articles: int = 5, view: KeptView | None = None) -> Hits:
    return hits(view or kept(), found or ("a1", "a2"), wanted(query), facts, articles)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("confidence", '"We lost confidence in her," said Bo Berg, the chair.'),
        ("BERG", '"We lost confidence in her," said Bo Berg, the chair.'),
        ("employee", "About 700 employees threatened to leave."),
        ("salarié", "Au moins 650 salariés menacent de partir."),
        ("SALARIES", "Au moins 650 salariés menacent de partir."),
        ("cleo", "« Nous restons calmes », a déclaré Cléo Vidal, la directrice financière."),
        ("board removed", "The board of Norvo removed Ann Lee, its chief executive, on Friday."),
        ("650", "Au moins 650 salariés menacent de partir."),
    ],
)
def test_a_fact_is_found_by_its_words(query: str, sentence: str) -> None:
    """In either language, without accents, case and endings; by a quote's speaker and a figure too."""
    found = find(query).facts
    assert found[0].sentence == sentence
    assert found[0].language == read(found[0].article).language


def test_a_fact_has_at_least_half_of_the_words() -> None:
    """One of two is enough, one of three is not; those that have more come first."""
    assert find("confidence zebra").facts
    assert not find("confidence zebra giraffe").facts
    first = find("employees threatened harbour").facts[0]
    assert first.sentence == "About 700 employees threatened to leave."


def test_only_the_articles_that_were_found_are_looked_at() -> None:
    """A fact of another article is not told, nor an article that the view does not hold."""
    assert not find("salariés", "a1").facts
    assert [h.article.id for h in find("norvo", "gone", "a2").articles] == ["a2"]
    assert hits(kept(), (), wanted("norvo"), 8, 5) == Hits()
    assert hits(kept(), ("gone",), wanted("norvo"), 8, 5) == Hits()


def test_a_sentence_is_told_once() -> None:
    """By the first fact that it tells: a quote rather than a figure in it."""
    article = Article("a3", '"We will cut 700 jobs," said Bo Berg, the chair.', language="en", published=NOW)
    found = find("jobs berg", "a3", view=kept(article)).facts
    assert len({h.citation for h in found}) == len(found) == 1
    assert isinstance(found[0].fact, QuoteFact)
    assert isinstance(find("700 employees").facts[0].fact, FigureFact)


def test_an_article_is_told_by_its_sentence_with_most_of_the_words() -> None:
    """The first of those that have as many; its first sentence where none has any."""
    (hit,) = find("board removed lee", "a1").articles
    assert hit.sentence == "The board of Norvo removed Ann Lee, its chief executive, on Friday."
    assert hit.citation.revision == 1
    (hit,) = find("friday", "a1").articles
    assert hit.sentence == "The harbour was calm on Friday."
    (hit,) = find("zebra", "a1").articles
    assert hit.sentence == "The harbour was calm on Friday."


def test_as_many_are_told_as_are_asked_for() -> None:
    """Articles in the order in which they were found."""
    assert [h.article.id for h in find("norvo", "a2", "a1").articles] == ["a2", "a1"]
    assert [h.article.id for h in find("norvo", "a2", "a1", articles=1).articles] == ["a2"]
    assert len(find("calm OR calme", facts=1).facts) == 1
    assert find("norvo board employees", facts=0, articles=0) == Hits()


def test_a_fact_of_several_articles_is_cited_where_the_best_of_them_has_it() -> None:
    """The sentence shown is of the article that was found first."""
    again = Article("a9", f"It was late. {ENGLISH.text}", outlet="Other", language="en", published=NOW)
    view = kept(ENGLISH, again)
    for first, second in (("a1", "a9"), ("a9", "a1")):
        assert find("confidence", first, second, view=view).facts[0].citation.article == first


def test_nothing_is_numbered_yet() -> None:
    """Numbers are the store's to give."""
    found = find("norvo board confidence")
    assert {h.number for h in found.facts} == {h.number for h in found.articles} == {0}
