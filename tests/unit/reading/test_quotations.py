"""Where quotation marks open and close."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.model import Language
from briefings.reading.quotations import Quotation, quotations
from briefings.reading.text import cut


def _found(raw: str, language: Language = "fr") -> list[Quotation]:
    return quotations(cut(raw, language))


def _inner(raw: str, language: Language = "fr") -> list[str]:
    return [q.inner.of(raw) for q in _found(raw, language)]


@pytest.mark.parametrize(
    "quoted",
    [
        "« bon vent »",
        "«bon vent»",
        "«\u202fbon vent\u00a0»",
        "“bon vent”",
        '"bon vent"',
        "„bon vent“",
        "„bon vent”",
        "‹ bon vent ›",
        "``bon vent''",
        "'bon vent'",
        "‘bon vent’",
    ],
)
def test_every_kind_of_mark_is_known(quoted: str) -> None:
    """The words between a pair of marks are found without the marks and the blanks inside them."""
    raw = f"Elle dit {quoted} à tous"
    assert _inner(raw) == ["bon vent"]
    assert [q.outer.of(raw) for q in _found(raw)] == [quoted]


@pytest.mark.parametrize(
    ("raw", "inner"),
    [
        ("« a “b” c »", "a “b” c"),
        ("« a « b » c »", "a « b » c"),
        ('« a "b" c »', 'a "b" c'),
        ("“a 'b' c”", "a 'b' c"),
        ("«« a »»", "« a »"),
    ],
)
def test_a_quotation_in_a_quotation_belongs_to_the_outer(raw: str, inner: str) -> None:
    """Nested marks give one quotation: the outermost."""
    assert _inner(raw) == [inner]


def test_two_quotations_in_a_sentence_are_two() -> None:
    """Straight marks open and close in turn."""
    assert _inner('Il dit "un pont" puis "deux routes" ici') == ["un pont", "deux routes"]


@pytest.mark.parametrize(
    "raw",
    [
        "« Un pont\n« deux routes »",
        "« Un pont\n» deux routes »",
        "« Un pont\ndeux routes »",
        "“Un pont\n“deux routes”",
        '"Un pont\n"deux routes"',
    ],
)
def test_a_quotation_over_paragraphs_is_one_for_each(raw: str) -> None:
    """A quotation that runs on gives one for each paragraph; the later ones say that they continue."""
    first, second = _found(raw)
    assert (first.inner.of(raw), second.inner.of(raw)) == ("Un pont", "deux routes")
    assert first.unclosed
    assert not first.continues
    assert second.continues
    assert not second.unclosed


@pytest.mark.parametrize(
    "raw", ["« Un pont", "Un pont »", "« »", '""', "“ ”", "« !!! »", "''", "l'an d'hier", '"', "«"]
)
def test_lone_and_empty_marks_quote_nothing(raw: str) -> None:
    """A mark without its partner, or with no letter between, makes no quotation."""
    assert _found(raw) == []


def test_apostrophes_are_no_marks() -> None:
    """Elisions, possessives and contractions do not open a quotation."""
    assert _inner("L'idée d'hier n'était pas l'idée d'aujourd'hui") == []
    assert _inner("The dogs' owners don't know the cats' owners", "en") == []
    assert _inner("The dogs' owners 'left early' today", "en") == ["left early"]


def test_single_marks_say_so() -> None:
    """A quotation in single marks is told apart: it is more often a term than speech."""
    assert [q.single for q in _found("Elle dit 'bon vent' à tous")] == [True]
    assert [q.single for q in _found("Elle dit « bon vent » à tous")] == [False]


@given(st.text(alphabet=st.sampled_from(list("ab .\n«»“”„‹›\"'‘’`")), max_size=60))
def test_quotations_are_in_order_and_disjoint(raw: str) -> None:
    """Whatever the marks, quotations follow each other, and each holds its words inside its marks."""
    found = _found(raw)
    assert [q.inner.start for q in found] == sorted(q.inner.start for q in found)
    for q in found:
        assert 0 <= q.outer.start <= q.inner.start < q.inner.end <= q.outer.end <= len(raw)
        assert any(c.isalnum() for c in q.inner.of(raw))
    assert all(a.outer.end <= b.outer.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    "quoted", ['«" un pont »', '«"un pont »', '« " un pont »', '«\u202f"\u202fun pont\u202f»']
)
def test_a_doubled_mark_leaves_no_blank(quoted: str) -> None:
    """Where two marks open together, the words begin after the blank that follows the inner one."""
    assert _inner(f"Elle dit {quoted} à tous") == ["un pont"]
