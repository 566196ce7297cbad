"""What is missing, told in the reader's language."""

from __future__ import annotations

import pytest

from briefings import errors
from briefings.model import Gap
from briefings.rendering.gaps import _KINDS, gap_words
from briefings.rendering.words import Words

URL = "https://courier.example/a1"


def test_english_has_the_errors_own_words() -> None:
    """With the address where the error does not name it."""
    words = Words("en")
    assert gap_words(Gap(URL, f"{URL} answered 404.", kind="FetchFailed"), words) == f"{URL} answered 404."
    assert gap_words(Gap(URL, "It is empty."), words) == f"{URL}: It is empty."


@pytest.mark.parametrize("kind", _KINDS)
def test_french_tells_the_kind(kind: str) -> None:
    """The address, and no English word of the error."""
    told = gap_words(Gap(URL, "in English words", kind=kind), Words("fr"))
    assert told.startswith(f"{URL}\u00a0: ")
    assert "English" not in told


@pytest.mark.parametrize("kind", _KINDS)
def test_every_kind_is_an_error_of_ours(kind: str) -> None:
    """By its class's name; that a feed only teases is no error."""
    assert kind == "OnlyTeaser" or issubclass(getattr(errors, kind), errors.SitrepError)


def test_an_unknown_kind_has_the_errors_own_words() -> None:
    """Rather English than nothing: those were kept before kinds were."""
    assert gap_words(Gap(URL, "It is empty."), Words("fr")) == f"{URL}: It is empty."


def test_outside_text_is_literal() -> None:
    """An address can't turn the line around."""
    told = gap_words(Gap("https://x.example/\u202e", "why", kind="NotText"), Words("fr"))
    assert told.count("\u2068") == told.count("\u2069") == 1
