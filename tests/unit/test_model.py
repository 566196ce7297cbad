"""The words of Sitrep as types: frozen, in order, comparable."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.model import Article, Bound, Citation, Kind, Reading, Span, Status, Via, day_of, fold


def test_a_span_is_the_text_from_start_to_before_end() -> None:
    """Code points, with what lies outside a script's basic plane counted once."""
    assert Span(2, 5).of("a\U0001f4f0bcdé") == "bcd"
    assert Span(3, 3).of("abcdef") == ""


@pytest.mark.parametrize(
    ("other", "held"),
    [(Span(2, 8), True), (Span(3, 4), True), (Span(1, 4), False), (Span(4, 9), False), (Span(5, 5), True)],
)
def test_a_span_holds_what_lies_within_it(other: Span, held: bool) -> None:
    """Its own ends included."""
    assert Span(2, 8).holds(other) is held


def test_spans_stand_in_the_order_of_the_text() -> None:
    """By start, then by end."""
    assert sorted([Span(5, 6), Span(1, 9), Span(1, 3)]) == [Span(1, 3), Span(1, 9), Span(5, 6)]


def test_nothing_of_the_model_changes() -> None:
    """A reading that is stored is the reading that was made."""
    article = Article("a", "Text.")
    for value, field in ((article, "text"), (Reading(article, "en"), "language"), (Span(0, 1), "start")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, field, None)


def test_equal_citations_are_one_key() -> None:
    """Numbers are looked up by them."""
    assert {Citation("a", 1, Span(0, 2)): 7}[Citation("a", 1, Span(0, 2))] == 7
    assert Citation("a", 1, Span(0, 2)) != Citation("a", 2, Span(0, 2))


@pytest.mark.parametrize("kind", [Kind, Bound, Status, Via])
def test_a_kind_is_written_as_its_word(kind: type[Kind | Bound | Status | Via]) -> None:
    """In JSON and in templates alike."""
    for member in kind:
        assert str(member) == member.value == member.name.lower()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L’Équipe  dirigeante", "equipe dirigeante"),
        ("d'Évry", "evry"),
        ("The Board", "board"),
        ("LES Élus", "elus"),
        ("A.B.-C.", "a b c"),
        ("Straße", "strasse"),
        ("12 %", "12 %"),
        ("  ", ""),
        ("", ""),
        ("Theatre", "theatre"),
        ("ﬁn", "fin"),
    ],
)
def test_folded_words_can_be_compared(text: str, folded: str) -> None:
    """No case, accent, leading article or double blank is left; words that only begin like an article stay."""
    assert fold(text) == folded


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_folds_to_single_spaces(text: str) -> None:
    """No blank at the ends, none doubled; case makes no difference."""
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert fold(f"  {text} ") == folded


@pytest.mark.parametrize(
    ("moment", "day"),
    [(None, None), (datetime(2023, 11, 17, 23, 59, tzinfo=UTC), date(2023, 11, 17))],
)
def test_the_day_of_an_article_is_its_publications(moment: datetime | None, day: date | None) -> None:
    """None where it states none."""
    assert day_of(Article("a", "Text.", published=moment)) == day
