"""Which language a text is in."""

from __future__ import annotations

import pytest

from briefings.reading.language import detect


@pytest.mark.parametrize(
    "text",
    [
        "Le pont de la ville est fermé depuis mardi.",
        "LE PONT EST FERMÉ DANS LA VILLE",
        "The Dunes Club est un groupe de la ville, et il joue dans les rues.",
    ],
)
def test_french_is_told_by_its_small_words(text: str) -> None:
    """French words that no text can do without outweigh names in English."""
    assert detect(text) == "fr"


@pytest.mark.parametrize(
    "text",
    [
        "The bridge in the town has been closed since Tuesday.",
        "THE BRIDGE IS CLOSED AND THE ROAD WAS CUT",
        "Le Vent des Dunes is the title of the book that she has written about her town.",
    ],
)
def test_english_is_told_by_its_small_words(text: str) -> None:
    """English words that no text can do without outweigh names in French."""
    assert detect(text) == "en"


@pytest.mark.parametrize("text", ["", "12345", "Kraken!", "…", "\u202e\u200b"])
def test_french_where_nothing_tells(text: str) -> None:
    """A text without telling words is taken for French."""
    assert detect(text) == "fr"


def test_a_long_text_is_told_by_its_beginning() -> None:
    """Only a sample is read: what stands far behind does not change the answer."""
    assert detect("The bridge is closed and the road was cut. " * 200 + "le la les des " * 9000) == "en"
