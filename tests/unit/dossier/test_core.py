"""The dossier as a fold over readings: no order of arrival, nothing without a citation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefings.dossier import Dossier, QuoteFact, View, add, compile_dossier, remove
from briefings.model import Article, Citation, Language, Reading
from briefings.reading import read

ENGLISH = (
    "Sam Lane, the chief executive of Acme, resigned on Tuesday.",
    "“We will rebuild this company from the ground up,” Lane said.",
    "More than 500 employees signed a letter to the board of Acme.",
    "480 employees signed the letter.",
    "Ann Moor was appointed chief executive of Acme on Monday.",
    "Shares of Acme fell by 12%.",
    "As a result, the port of Northport was closed for two days.",
    "The strike could cost Acme 300 jobs.",
    "“Nobody will lose a job at this plant,” said Ann Moor. “You have my word.”",
    "According to the CEO of Acme, “the plan is on track”.",
    "At least 12 people were killed in the flood of 3 March.",
)
FRENCH = (
    "Le CEO d'Acme, Sam Lane, a démissionné mardi.",
    "« Nous allons reconstruire cette entreprise », a déclaré le CEO d'Acme.",
    "Environ 520 employés ont signé une lettre au conseil d'Acme.",
    "Le titre d'Acme a perdu 12 % en deux jours.",
    "Ann Moor, directrice générale d'Acme, a visité le port de Port-Nord mercredi.",
    "« Personne ne perdra son emploi », a promis Mme Moor.",
    "La grève pourrait coûter 300 emplois à Acme.",
    "Le 3 mars, au moins 15 personnes ont été tuées par la crue.",
    "« Nobody will lose a job at this plant », a déclaré Ann Moor.",
)
OUTLETS = ("North Post", "Journal du Sud", "East Herald", "", "North Post", "La Vigie")


@lru_cache(maxsize=2048)
def reading(which: int, revision: int, sentences: tuple[str, ...], language: Language) -> Reading:
    return read(
        Article(
            id=f"a{which}",
            text="\n\n".join([" ".join(sentences[:2]), " ".join(sentences[2:])]).strip(),
            title=sentences[0][:40],
            outlet=OUTLETS[which],
            language=language,
            published=datetime(2024, 3, 5 + which // 2, 9 + which, tzinfo=UTC) if which != 4 else None,
            agency="Sample Agency" if which in (1, 2) else "",
            revision=revision,
        )
    )


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Any revision of one of a few articles, in French or English."""
    language: Language = draw(st.sampled_from(("fr", "en")))
    pool = FRENCH if language == "fr" else ENGLISH
    sentences = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=5, unique=True))
    return reading(
        draw(st.integers(0, len(OUTLETS) - 1)), draw(st.integers(1, 3)), tuple(sentences), language
    )


def steps() -> st.SearchStrategy[list[Reading | str]]:
    """Adds (a reading) and removes (an article's id)."""
    removed = st.integers(0, len(OUTLETS) - 1).map(lambda i: f"a{i}")
    return st.lists(st.one_of(readings(), readings(), removed), max_size=12)


def apply(taken: Sequence[Reading | str]) -> tuple[Dossier, dict[str, Reading]]:
    """The dossier after these steps, and the readings that must be left in it."""
    dossier, left = Dossier(), dict[str, Reading]()
    for step in taken:
        if isinstance(step, str):
            dossier = remove(dossier, step)
            left.pop(step, None)
        else:
            dossier = add(dossier, step)
            left[step.article.id] = step
    return dossier, left


few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(steps(), st.randoms(use_true_random=False))
def test_any_order_of_adds_and_removes_ends_in_an_equal_dossier(
    taken: list[Reading | str], random: object
) -> None:
    """Whatever came and went before, equal readings make equal dossiers with equal indexes."""
    dossier, left = apply(taken)
    rest = list(left.values())
    random.shuffle(rest)  # type: ignore[attr-defined]
    other = compile_dossier(rest)
    assert dossier == other
    assert dict(dossier.index.items()) == dict(other.index.items())
    assert len(dossier) == len(rest)


@few
@given(steps(), st.randoms(use_true_random=False))
def test_equal_dossiers_give_equal_views(taken: list[Reading | str], random: object) -> None:
    """Facts, their keys and their order depend on the readings alone."""
    dossier, left = apply(taken)
    rest = list(left.values())
    random.shuffle(rest)  # type: ignore[attr-defined]
    one, two = View(dossier), View(compile_dossier(rest))
    assert list(one.facts.items()) == list(two.facts.items())
    assert one.actors == two.actors
    assert one.series == two.series
    assert one.conflicts == two.conflicts
    assert one.outlets == two.outlets
    assert one.articles == two.articles


@few
@given(st.lists(readings(), max_size=8))
def test_every_fact_is_cited_from_inside_an_article_as_stored(found: list[Reading]) -> None:
    """Each fact has at least one citation, of the revision held, whose span is not empty and within its text."""
    view = View(compile_dossier(found))
    for fact in (*view.facts.values(), *view.actors):
        assert fact.citations
        for c in fact.citations:
            assert_stands(view, c)
        assert set(fact.outlets) == {view.article(c.article).outlet for c in fact.citations}
        assert 1 <= fact.voices <= len({c.article for c in fact.citations})
    for conflict in view.conflicts:
        assert len(conflict.sides) >= 2
        for side in conflict.sides:
            assert_stands(view, side.text.citation)


def assert_stands(view: View, citation: Citation) -> None:
    article = view.article(citation.article)
    assert article.revision == citation.revision
    assert 0 <= citation.span.start < citation.span.end <= len(article.text)
    assert citation.span.of(article.text).strip()


@few
@given(st.lists(readings(), max_size=8))
def test_every_quote_stands_to_the_letter_in_the_words_that_it_cites(found: list[Reading]) -> None:
    """Each printing of a quote, a figure and a role is the article's characters at the cited place."""
    view = View(compile_dossier(found))
    for fact in view.facts.values():
        if isinstance(fact, QuoteFact):
            for printed in (fact.text, *fact.texts, *(text for _, text in fact.attributions)):
                assert printed.words in printed.citation.span.of(view.article(printed.citation.article).text)
                assert printed.citation in fact.citations
    for figure in view.figures:
        place = figure.text.citation
        assert figure.text.words in place.span.of(view.article(place.article).text)
        assert figure.sentence.words == place.span.of(view.article(place.article).text)
    for role in view.roles:
        for printed in role.texts:
            assert printed.words in printed.citation.span.of(view.article(printed.citation.article).text)


@few
@given(st.lists(readings(), max_size=8))
def test_no_two_facts_share_a_key(found: list[Reading]) -> None:
    """A key stands for one fact, and no fact's key is another's alias."""
    view = View(compile_dossier(found))
    every = [*view.quotes, *view.figures, *view.developments, *view.consequences, *view.roles]
    keys = [fact.key for fact in every]
    assert len(keys) == len(set(keys))
    assert not {alias for fact in every for alias in fact.aliases} & set(keys)


def test_a_revision_takes_the_place_of_the_one_before() -> None:
    """Of two revisions of one article the dossier holds the one added last, and nothing of the other."""
    first = reading(0, 1, (ENGLISH[2],), "en")
    second = reading(0, 2, (ENGLISH[5],), "en")
    dossier = add(add(Dossier(), first), second)
    assert dossier == add(Dossier(), second)
    assert [a.revision for a in View(dossier).articles] == [2]


def test_adding_what_is_there_changes_nothing() -> None:
    """The same reading twice is the same dossier."""
    dossier = add(Dossier(), reading(0, 1, ENGLISH[:3], "en"))
    assert add(dossier, reading(0, 1, ENGLISH[:3], "en")) is dossier


def test_removing_what_is_not_there_changes_nothing() -> None:
    """An unknown article's removal gives the dossier back."""
    dossier = add(Dossier(), reading(0, 1, ENGLISH[:3], "en"))
    assert remove(dossier, "unknown") is dossier


def test_a_dossier_handed_out_never_changes() -> None:
    """Adding and removing make new dossiers and leave the old one as it was."""
    dossier = add(Dossier(), reading(0, 1, ENGLISH[:3], "en"))
    before = View(dossier).facts
    add(dossier, reading(1, 1, FRENCH[:4], "fr"))
    remove(dossier, "a0")
    assert View(dossier).facts == before
    assert len(dossier) == 1


def test_an_empty_dossier_has_no_facts() -> None:
    """A view of nothing is empty, not an error."""
    view = View(Dossier())
    assert not view.facts
    assert (view.actors, view.series, view.conflicts, view.outlets, view.articles) == ((), (), (), (), ())


def test_an_article_without_text_is_held_and_adds_no_fact() -> None:
    """An empty reading is in the dossier, so that its outlet is stated, and says nothing."""
    view = View(add(Dossier(), read(Article(id="empty", text="", outlet="North Post", language="en"))))
    assert [o.name for o in view.outlets] == ["North Post"]
    assert not view.facts


_SCRIPT = """
import sys
from datetime import UTC, datetime
from briefings.dossier import View, compile_dossier
from briefings.model import Article
from briefings.reading import read

lines = sys.stdin.read().splitlines()
view = View(compile_dossier(
    read(Article(id=f"a{i}", text=line[2:], outlet=f"Outlet {i}", language=line[:2],
                 published=datetime(2024, 3, 6, tzinfo=UTC)))
    for i, line in enumerate(lines)
))
print(ascii([view.facts, view.actors, view.series, view.conflicts, view.outlets]))
"""


def test_a_view_is_the_same_in_every_process() -> None:
    """Keys and order do not hang on how a process hashes its strings."""
    lines = [*(f"en{s}" for s in ENGLISH), *(f"fr{s}" for s in FRENCH)]
    said = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            input="\n".join(lines),
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            check=True,
        )
        said.add(done.stdout)
    assert len(said) == 1
