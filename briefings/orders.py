"""A tenant's standing orders, and the ledger of what they posted: the use cases around editions. Async, as the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ParamSpec, TypeVar

from briefings.errors import LimitReached
from briefings.model import (
    PLAIN,
    Address,
    Dispatch,
    Edition,
    Language,
    Manner,
    Part,
    Quiet,
    Sent,
    State,
    Story,
    Tenant,
)
from briefings.settings import Settings
from briefings.store import Order, Store

P = ParamSpec("P")
T = TypeVar("T")


class StandingOrders:
    """`limited` holds the tenant to the limits of the settings. What is put in line here, whoever delivers finds."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        tenant: Tenant,
        *,
        limited: bool,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.tenant = tenant
        self.limited = limited

    async def _to_store(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(function, *args, **kwargs)

    # ---- editions ----------------------------------------------------------------------------------------------------------

    async def add(
        self,
        story: Story,
        address: Address,
        *,
        template: str,
        language: Language,
        cron: str,
        timezone: str,
        said: str,
        only_changed: bool = False,
        missed: str = "newest",
        quiet: Quiet | None = None,
        made_by: str = "",
        made_in: Address | None = None,
        manner: Manner = PLAIN,
    ) -> Edition:
        """A new edition. LimitReached, NotFound."""
        store, most = self.store.editions, self.settings.tenants.editions
        if self.limited and await self._to_store(store.count, self.tenant) >= most:
            raise LimitReached(
                f"There are {most} editions, as many as are allowed here.", "Remove one first.", most
            )
        return await self._to_store(
            store.add,
            self.tenant,
            story,
            address,
            self.clock(),
            template=template,
            language=language,
            cron=cron,
            timezone=timezone,
            said=said,
            only_changed=only_changed,
            missed=missed,
            quiet=quiet or self.quiet(),
            made_by=made_by,
            made_in=made_in,
            manner=manner,
        )

    def quiet(self) -> Quiet | None:
        """The quiet hours of editions that say nothing of their own."""
        start, _, end = self.settings.delivery.quiet.partition("-")
        return Quiet(start, end) if end else None

    async def editions(self) -> list[Edition]:
        """By number."""
        return await self._to_store(self.store.editions.editions, self.tenant)

    async def edition(self, number: int) -> Edition:
        """NotFound."""
        return await self._to_store(self.store.editions.edition, self.tenant, number)

    async def pause(self, number: int, why: str) -> Edition:
        """NotFound."""
        return await self._to_store(self.store.editions.pause, self.tenant, number, why)

    async def resume(self, number: int) -> Edition:
        """NotFound."""
        return await self._to_store(self.store.editions.resume, self.tenant, number, self.clock())

    async def remove(self, number: int) -> Edition:
        """NotFound."""
        return await self._to_store(self.store.editions.remove, self.tenant, number)

    async def now(self, number: int) -> Dispatch:
        """Post an edition once, now, whatever its schedule. NotFound."""
        edition = await self.edition(number)
        now = self.clock()
        order = Order.for_edition(edition, now, None)
        made = await self._to_store(self.store.ledger.take, [order], now, None)
        return await self.dispatch(made[0])

    # ---- the ledger --------------------------------------------------------------------------------------------------------

    async def dispatches(
        self,
        *,
        states: Iterable[State] = (),
        edition: int | None = None,
        before: int | None = None,
        most: int = 50,
    ) -> list[Dispatch]:
        """The newest first."""
        find = self.store.ledger.dispatches
        return await self._to_store(
            find, self.tenant, states=states, edition=edition, before=before, most=most
        )

    async def dispatch(self, number: int) -> Dispatch:
        """NotFound."""
        return await self._to_store(self.store.ledger.dispatch, self.tenant, number)

    async def parts(self, dispatch: Dispatch) -> list[Part]:
        return await self._to_store(self.store.ledger.parts, dispatch.id)

    async def content(self, dispatch: Dispatch) -> str | None:
        """What it holds, as delivery wrote it; None before it was rendered. NotFound where it was pruned."""
        if dispatch.content is None:
            return None
        return await self._to_store(self.store.ledger.content, dispatch.content)

    async def retry(self, number: int) -> Dispatch:
        """Try one again that was given up, or that waits. NotFound."""
        return await self._to_store(self.store.ledger.retry, self.tenant, number, None, self.clock())

    async def drop(self, number: int) -> Dispatch:
        """Give one up that is not posted. NotFound."""
        return await self._to_store(self.store.ledger.drop, self.tenant, number, self.clock(), None)

    async def keep_shown(self, body: str) -> str:
        """Keep what a message's buttons go by; the hash by which `shown` finds it, until it is pruned by age."""
        return await self._to_store(self.store.ledger.put_content, body, self.clock())

    async def shown(self, digest: str) -> str:
        """NotFound."""
        return await self._to_store(self.store.ledger.content, digest)

    async def note_answer(
        self,
        story: Story,
        address: Address,
        content: str,
        message: str,
        body: str,
        zone: str,
        language: Language,
        version: int,
    ) -> int:
        """A briefing that was an answer in a channel, and is there already."""
        now = self.clock()
        order = Order(
            self.tenant, Sent.ANSWER, address, now, story.id, template="brief", language=language, timezone=zone,
            content=content, state=State.POSTED,
        )  # fmt: skip
        return await self._to_store(self.store.ledger.note, order, [(message, body)], now, version)
