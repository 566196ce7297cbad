"""The numbers of citations last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.dossier import Numbering
from briefings.model import Citation, Span

citations = st.builds(
    Citation,
    st.sampled_from(("a", "b", "c")),
    st.integers(1, 2),
    st.builds(lambda start: Span(start, start + 5), st.integers(0, 3)),
)


@given(st.lists(st.lists(citations, max_size=6), max_size=6))
def test_a_number_once_given_stays_and_is_nobody_elses(batches: list[list[Citation]]) -> None:
    """Over any run of briefings each citation keeps its number, and no two share one."""
    numbering = Numbering()
    given_before: dict[Citation, int] = {}
    for batch in batches:
        numbering = numbering.assign(batch)
        now = dict(numbering.numbers.items())
        assert given_before.items() <= now.items()
        assert len(set(now.values())) == len(now)
        assert numbering.next == max(now.values(), default=0) + 1
        given_before = now


@given(st.lists(citations, unique=True))
def test_numbers_count_from_one_in_order(batch: list[Citation]) -> None:
    """The first briefing numbers its citations 1, 2, 3 in the order in which they appear."""
    numbering = Numbering().assign(batch)
    assert [numbering.of(c) for c in batch] == list(range(1, len(batch) + 1))


def test_a_removed_articles_numbers_are_not_given_again() -> None:
    """A citation that no briefing shows any more keeps its number; the next one is higher."""
    gone, kept, come = (Citation(a, 1, Span(0, 5)) for a in ("gone", "kept", "come"))
    numbering = Numbering().assign([kept, gone])
    later = numbering.assign([kept]).assign([kept, come])
    assert (later.of(kept), later.of(come)) == (1, 3)
    assert later.find(2) == gone


def test_a_revisions_sentence_has_a_number_of_its_own() -> None:
    """The same place in another revision is another citation."""
    numbering = Numbering().assign([Citation("a", 1, Span(0, 5)), Citation("a", 2, Span(0, 5))])
    assert numbering.next == 3


def test_a_citation_is_found_by_its_number() -> None:
    """A number leads back to its citation, and an unknown one to none."""
    cited = Citation("a", 1, Span(0, 5))
    numbering = Numbering().assign([cited])
    assert numbering.find(1) == cited
    assert numbering.find(2) is None


def test_a_citation_without_a_number_is_an_error() -> None:
    """Asking for a number never gives one."""
    with pytest.raises(KeyError):
        Numbering().of(Citation("a", 1, Span(0, 5)))


def test_a_numbering_handed_out_never_changes() -> None:
    """Assigning makes a new numbering."""
    before = Numbering()
    before.assign([Citation("a", 1, Span(0, 5))])
    assert before == Numbering()
