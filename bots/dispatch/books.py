"""The ledger and the editions for coroutines: the one place where delivery calls the synchronous store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from briefings.store import Enqueue, Store

P = ParamSpec("P")
T = TypeVar("T")


class Books:
    """`enqueue` starts deliveries; None in a process that delivers nothing: whoever does finds them."""

    def __init__(self, store: Store, enqueue: Enqueue | None = None) -> None:
        self.store = store
        self.ledger = store.ledger
        self.editions = store.editions
        self.enqueue = enqueue

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A method of the store, in a thread."""
        return await asyncio.to_thread(function, *args, **kwargs)
