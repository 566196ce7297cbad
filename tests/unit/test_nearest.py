"""The names most like one that was not found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.nearest import nearest

NAMES = ["Sam Altman", "Mira Murati", "Greg Brockman", "Satya Nadella", "Conseil d’administration", "Élysée"]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("altmann", "Sam Altman"),
        ("ALTMAN", "Sam Altman"),
        ("sam altman", "Sam Altman"),
        ("mirra muratti", "Mira Murati"),
        ("nadela", "Satya Nadella"),
        ("elysee", "Élysée"),
        ("l'Élysée", "Élysée"),
        ("conseil d'administration", "Conseil d’administration"),
    ],
)
def test_a_misspelt_name_is_found(wanted: str, first: str) -> None:
    """Whatever its case and accents, and by a part of it."""
    assert nearest(wanted, NAMES)[0] == first


@pytest.mark.parametrize("wanted", ["", " ", "zzzzzz", "!!!", "\x00", "数"])
def test_a_name_like_none_has_none(wanted: str) -> None:
    """Rather nothing than anything."""
    assert nearest(wanted, NAMES) == ()


def test_no_more_are_told_than_are_asked_for() -> None:
    """The likest first; a name that is there twice is told once; of no names none."""
    names = [f"story {n}" for n in range(9)]
    assert len(nearest("story", names)) == 3
    assert len(nearest("story", names, most=5)) == 5
    assert nearest("story 7", names, most=1) == ("story 7",)
    assert nearest("story 7", [*names, *names], most=2)[0] == "story 7"
    assert len(set(nearest("story 7", [*names, *names]))) == 3
    assert nearest("story", []) == ()


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=8), st.integers(1, 4))
def test_the_nearest_are_of_the_names(wanted: str, names: list[str], most: int) -> None:
    """Whatever is asked for: some of them, each once, as they are written."""
    found = nearest(wanted, names, most)
    assert len(found) == len(set(found)) <= most
    assert set(found) <= set(names)
