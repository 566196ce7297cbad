"""The ledger and the editions for coroutines: the one place where delivery calls the synchronous store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from briefings.store import Enqueue, Store

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 12  # that ask a server at the same time


class Books:
    """`enqueue` starts deliveries, within the store's transactions.

    A file has one writer at a time, and those who wait for it sleep: so all calls to one go through one thread, in turn.
    """

    def __init__(self, store: Store, enqueue: Enqueue) -> None:
        self.store = store
        self.ledger = store.ledger
        self.editions = store.editions
        self.enqueue = enqueue
        self._threads = ThreadPoolExecutor(
            _THREADS if store.shared else 1, thread_name_prefix="sitrep-ledger"
        )

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A method of the store, in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(function, *args, **kwargs)
        )

    def close(self) -> None:
        self._threads.shutdown(wait=False)
