"""What the tests of the ledger share: tenants and channels, a fake that starts deliveries, dispatches that are settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from briefings.model import Address, Dispatch, Edition, Part, Sent, State, Story, Tenant
from briefings.store import Order, Store

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
ONE = Tenant("discord", "1")
TWO = Tenant("discord", "2")
OTHERS = (TWO, Tenant("slack", "1"))
HERE = Address("discord", "c")
THERE = Address("discord", "d")
NOTICE = Order(ONE, Sent.NOTICE, HERE, NOW)


class Broken(Exception):
    pass


@dataclass
class Starts:
    """A fake of what starts deliveries: it notes them, and fails from one on."""

    made: list[tuple[int, int, str, float]] = field(default_factory=list)
    fails_after: int = 10**6

    def __call__(self, c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
        if len(self.made) >= self.fails_after:
            raise Broken
        self.made.append((number, attempt, via, seconds))

    def told(self) -> list[tuple[int, int]]:
        """The (dispatch, attempt) pairs since it was asked last."""
        found = [(n, a) for n, a, _, _ in self.made]
        self.made.clear()
        return found


def take(store: Store, *orders: Order, now: datetime = NOW) -> list[int]:
    return store.ledger.take(orders or [NOTICE], now, Starts())


def claim(store: Store, number: int, attempt: int = 1) -> Dispatch:
    claimed = store.ledger.claim(number, attempt)
    assert claimed is not None
    return claimed


def settled(
    store: Store, order: Order = NOTICE, state: State = State.POSTED, now: datetime = NOW
) -> Dispatch:
    """One that stands alone in its channel's line, as it is after it was settled."""
    (number,) = take(store, order, now=now)
    store.ledger.settle(claim(store, number), state, "", now, None)
    return store.ledger.dispatch(order.tenant, number)


def edition(store: Store, story: Story) -> Edition:
    return store.editions.add(
        ONE, story, HERE, NOW, template="flash", language="fr", cron="0 7 * * *", timezone="Europe/Paris", said="daily"
    )  # fmt: skip


def shows(parts: list[Part]) -> list[tuple[str, str]]:
    return [(p.message, p.body) for p in parts]
