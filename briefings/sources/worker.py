"""One recycled child process with a deadline, for work on hostile input: a page can't stall or swell the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from multiprocessing import get_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from briefings.errors import SitrepError, WorkerFailed

P = ParamSpec("P")
T = TypeVar("T")

_TASKS = 2_000  # after so many the process is replaced


class Worker:
    """Runs functions in the child process. An async context manager; the process starts with the first call."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.pool: ProcessPool | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool is not None:
            self.pool.stop()  # type: ignore[no-untyped-call]
            await asyncio.to_thread(self.pool.join)
            self.pool = None

    async def run(self, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` in the child process; its SitrepErrors pass through. WorkerFailed after the deadline or a crash."""
        if self.pool is None:
            self.pool = ProcessPool(max_workers=1, max_tasks=_TASKS, context=get_context("spawn"))
        future = self.pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds)
        try:
            result: T = await asyncio.wrap_future(future)
        except (TimeoutError, FutureTimeout) as e:
            if e.__cause__ is not None:  # raised inside the function, with its traceback from there
                raise WorkerFailed(f"{what} failed: {e or 'it waited too long'}.") from e
            raise WorkerFailed(f"{what} took longer than {self.seconds:g} seconds and was given up.") from e
        except ProcessExpired as e:
            raise WorkerFailed(f"{what} ended the process that worked on it (exit {e.exitcode}).") from e
        except SitrepError:
            raise
        except Exception as e:
            raise WorkerFailed(f"{what} failed: {e or type(e).__name__}.") from e
        return result
