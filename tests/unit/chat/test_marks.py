"""What a button's custom_id says: read as it was written, and nothing that is not ours."""

from __future__ import annotations

import re
import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.marks import TEMPLATE, Mark, Verb, of_kept, of_part, read

VERBS: tuple[Verb, ...] = get_args(Verb)
DIGEST = "0123456789abcdef" * 4
LONGEST_KEY = f"{10**18 - 1}-{10**6 - 1}-note"

references = st.text(string.ascii_letters + string.digits + "_.~-", max_size=72)
marks = st.builds(Mark, st.sampled_from(VERBS), references, st.integers(0, 9_999))


@given(marks)
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    """Every verb, page and reference comes back."""
    assert read(str(mark)) == mark


@given(marks)
def test_no_mark_is_too_long_for_discord(mark: Mark) -> None:
    """A custom_id has 100 characters at the most."""
    assert 1 <= len(str(mark)) <= 100


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "reference",
    [of_part(LONGEST_KEY, DIGEST), of_kept(DIGEST), of_part("1-0", DIGEST)],
    ids=["note", "kept", "first"],
)
def test_the_longest_references_fit_and_are_read(verb: Verb, reference: str) -> None:
    """A dispatch of 18 digits with a note, and a whole hash, on the last page."""
    mark = Mark(verb, reference, 9_999)
    assert len(str(mark)) <= 100
    assert read(str(mark)) == mark


@given(st.integers(0, 10**18 - 1), st.integers(0, 10**6 - 1), st.sampled_from(["", "-note"]))
def test_the_reference_of_a_part_names_the_dispatch_and_the_part(dispatch: int, part: int, end: str) -> None:
    """Of a message itself and of the note beside it; it is no kept answer."""
    mark = Mark("sources", of_part(f"{dispatch}-{part}{end}", DIGEST))
    assert mark.part == (dispatch, part)
    assert mark.kept is None


@given(st.text("0123456789abcdef", min_size=64, max_size=64))
def test_the_reference_of_a_kept_answer_names_its_hash(digest: str) -> None:
    """It is no part of a dispatch."""
    mark = Mark("page", of_kept(digest), 2)
    assert mark.kept == digest
    assert mark.part is None


@pytest.mark.parametrize(
    "reference",
    ["", "d", "d1", "d1-", "d-1", "dx-1~abc", "d1-2~", "d1-2-NOTE", "d1-2 ~a", "1-2", f"d{10**18}-1"],
)
def test_other_references_name_no_part(reference: str) -> None:
    """A form's, an empty one, one that is cut off."""
    assert Mark("form", reference).part is None


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "sitrep",
        "sitrep1",
        "sitrep1:page:0",
        "sitrep1:page::d1-0",
        "sitrep1:page:-1:d1-0",
        "sitrep1:page:10000:d1-0",
        "sitrep1:turn:0:d1-0",
        "sitrep1:Page:0:d1-0",
        "sitrep1:page:0:d1 0",
        "sitrep1:page:0:d1-0\n",
        "sitrep1:page:0:d1:0",
        " sitrep1:page:0:d1-0",
        "xsitrep1:page:0:d1-0",
        "Sitrep1:page:0:d1-0",
        "sitrep:page:0:d1-0",
        "sitrep-1:page:0:d1-0",
        f"sitrep1:page:0:{'a' * 73}",
        "other_bot:page:0:d1-0",
        "é" * 100,
    ],
    ids=ascii,
)
def test_foreign_ids_are_none_of_ours(custom_id: str) -> None:
    """Another bot's, one that is cut off, one with something before or behind it."""
    assert read(custom_id) is None


@pytest.mark.parametrize("version", ["0", "2", "10", "11", "999"])
def test_ids_of_other_versions_are_known_but_not_read(version: str) -> None:
    """They match the template, so that the click is told that its button is too old."""
    custom_id = f"sitrep{version}:page:0:d1-0"
    assert re.fullmatch(TEMPLATE, custom_id)
    assert read(custom_id) is None


@given(st.text(max_size=100) | st.from_regex(TEMPLATE, fullmatch=True))
def test_any_id_is_read_or_refused(custom_id: str) -> None:
    """Nothing that a click can bring raises, and what is read writes itself again."""
    mark = read(custom_id)
    assert mark is None or read(str(mark)) == mark
