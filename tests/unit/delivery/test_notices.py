"""What is told where an edition was made that can't be posted any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bots.dispatch.content import load
from bots.dispatch.delivering import notice
from briefings.model import Address, Edition, Language, Tenant
from briefings.rendering import markdown_of

NOW = datetime(2024, 3, 5, 8, tzinfo=UTC)
WHY = "The thread is locked or archived."


@pytest.mark.parametrize(
    ("language", "said"), [("en", "locked or archived"), ("fr", "Le fil est verrouillé ou archivé")]
)
def test_why_is_told_in_the_editions_language(language: Language, said: str) -> None:
    """With the edition's number, its story and its times."""
    there = Address("discord", "1")
    edition = Edition(
        7, Tenant("discord", "9"), 1, "norvo", "flash", language, "0 8 * * *", "UTC", "à 8h", there, NOW
    )
    order = notice(edition, WHY, Address("discord", "user:5"), NOW)
    assert order.content is not None
    words = markdown_of(load(order.content).document)
    assert said in words
    assert "norvo" in words
    assert "7" in words


def test_a_reason_of_somebody_elses_is_told_as_it_is() -> None:
    """A platform's own words have no translation."""
    there = Address("relay", "1")
    edition = Edition(
        7, Tenant("local", "desk"), 1, "norvo", "flash", "fr", "0 8 * * *", "UTC", "à 8h", there, NOW
    )
    order = notice(edition, "The relay answers 404.", Address("web", "desk"), NOW)
    assert order.content is not None
    assert "The relay answers 404." in markdown_of(load(order.content).document)
