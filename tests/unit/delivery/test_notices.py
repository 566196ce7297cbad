"""What is told where an edition was made that can't be posted any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.dispatch.content import load
from bots.dispatch.delivering import notice
from bots.running import Running, _ways_out
from briefings.model import Address, Edition, Language, Sent, State, Tenant
from briefings.rendering import markdown_of
from tests.unit.delivery.posting import HERE, ONE, THERE, House, work_with

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


def test_a_process_without_delivery_leaves_the_notice_to_a_worker(tmp_path: Path) -> None:
    """The edition rests and its notice is in the ledger, started by nobody yet; a worker posts it, once."""

    async def work(h: House) -> None:
        edition = await h.edition(made_in=THERE)
        other = await h.edition(THERE)
        _, rest = _ways_out(h.desk, Running(), h.publishers)
        for _ in range(2):
            await rest(HERE, WHY)
        assert {e.id: e.paused for e in await h.desk.orders.editions()} == {edition.id: WHY, other.id: ""}
        (found,) = h.desk.store.ledger.dispatches(ONE)
        assert (found.kind, found.state, found.address) == (Sent.NOTICE, State.QUEUED, THERE)
        assert (found.edition, found.due) == (edition.id, h.now)
        assert h.going == []
        for d in h.desk.store.ledger.unstarted(9):
            h.desk.store.ledger.restart(d, h.enqueue)
        assert await h.drain() == ["posted"]
        (said,) = h.platform.shown("there")
        assert "locked or archived" in said

    work_with(tmp_path, work)


def test_a_process_without_delivery_has_the_maker_told_of_a_channel_that_is_gone(tmp_path: Path) -> None:
    """Where the edition was made in the very channel that is gone: in person."""

    async def work(h: House) -> None:
        await h.edition(made_in=HERE, made_by="77")
        h.platform.people["77"] = "user:77"
        _, rest = _ways_out(h.desk, Running(), h.publishers)
        await rest(HERE, WHY)
        (found,) = h.desk.store.ledger.dispatches(ONE)
        assert (found.kind, found.address) == (Sent.NOTICE, Address("discord", "user:77"))

    work_with(tmp_path, work)
