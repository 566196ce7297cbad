"""The child process: deadlines, crashes, and errors that pass through."""

from __future__ import annotations

import asyncio
import operator
import os
import pickle
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from briefings import errors
from briefings.errors import NoArticleFound, NotFound, SitrepError, TemplateFault, WorkerFailed
from briefings.model import Article
from briefings.reading import read
from briefings.settings import Limits
from briefings.sources import Worker, article_from_page, read_file

T = TypeVar("T")

ALL = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, SitrepError)]


def working(work: Callable[[Worker], Awaitable[T]], seconds: float = 20) -> T:
    """What `work` comes to with a worker of its own."""

    async def inside() -> T:
        async with Worker(seconds) as worker:
            return await work(worker)

    return asyncio.run(inside())


def test_work_is_done_in_another_process() -> None:
    """The same one for one call after the other."""

    async def work(worker: Worker) -> set[int]:
        return {await worker.run("Telling the process", os.getpid) for _ in range(3)}

    pids = working(work)
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_worker_that_is_never_used_starts_no_process() -> None:
    """The process starts with the first call."""

    async def work(worker: Worker) -> bool:
        return worker.pool is None

    assert working(work)


def test_a_reading_comes_back_as_it_would_be_here() -> None:
    """The whole reading passes through the process."""
    article = Article("a", "“No,” said Ann Lee, the chair, on Monday. About 700 people signed.")

    async def work(worker: Worker) -> object:
        return await worker.run("Reading", read, article)

    assert working(work) == read(article)


def test_the_deadline_ends_work_and_the_next_call_works() -> None:
    """What takes too long is given up at its deadline; the process after it is fresh."""

    async def work(worker: Worker) -> int:
        await worker.run("Warming", os.getpid)
        worker.seconds = 0.4
        begun = time.monotonic()
        with pytest.raises(WorkerFailed, match=r"Sleeping took longer than 0\.4 seconds"):
            await worker.run("Sleeping", time.sleep, 60)
        assert time.monotonic() - begun < 10
        worker.seconds = 20
        return await worker.run("Adding", operator.add, 1, 2)

    assert working(work) == 3


def test_a_loop_that_never_yields_is_ended_too() -> None:
    """Work that hears no signal is killed."""

    async def work(worker: Worker) -> int:
        await worker.run("Warming", os.getpid)
        worker.seconds = 0.4
        with pytest.raises(WorkerFailed):
            await worker.run("Looping", exec, "while True: pass")
        worker.seconds = 20
        return await worker.run("Adding", operator.add, 1, 2)

    assert working(work) == 3


@pytest.mark.parametrize("code", [1, 3, 139])
def test_a_crash_is_told_and_the_next_call_works(code: int) -> None:
    """A process that dies under its work is WorkerFailed with its exit code."""

    async def work(worker: Worker) -> int:
        with pytest.raises(WorkerFailed, match="Crashing ended the process"):
            await worker.run("Crashing", os._exit, code)
        return await worker.run("Adding", operator.add, 1, 2)

    assert working(work) == 3


def test_other_errors_are_told_as_worker_failed() -> None:
    """A mistake inside is WorkerFailed with its reason, and names the work."""

    async def work(worker: Worker) -> None:
        await worker.run("Dividing", operator.truediv, 1, 0)

    with pytest.raises(WorkerFailed, match=r"Dividing failed: division by zero") as caught:
        working(work)
    assert caught.value.__cause__ is not None


def test_endless_recursion_is_told() -> None:
    """It neither hangs nor takes the caller along."""

    async def work(worker: Worker) -> None:
        await worker.run("Recursing", exec, "def f(): f()\nglobals()['f'] = f\nf()", {})

    with pytest.raises(WorkerFailed, match="Recursing failed"):
        working(work)


def test_a_missing_file_is_not_found_through_the_process(tmp_path: Path) -> None:
    """A SitrepError keeps its class, message and hint."""
    path = tmp_path / "nothing.txt"
    with pytest.raises(NotFound) as here:
        read_file(path, Limits.model_validate({}))

    async def work(worker: Worker) -> None:
        await worker.run("Reading", read_file, path, Limits.model_validate({}))

    with pytest.raises(NotFound) as there:
        working(work)
    assert (there.value.message, there.value.hint) == (here.value.message, here.value.hint)


def test_no_article_is_told_through_the_process() -> None:
    """NoArticleFound comes as itself, so that a page without an article is not a failed worker."""

    async def work(worker: Worker) -> None:
        await worker.run("Reading", article_from_page, b"<html></html>", "https://example.org/")

    with pytest.raises(NoArticleFound) as caught:
        working(work)
    assert caught.value.hint


def test_a_template_fault_keeps_its_place_through_the_process() -> None:
    """File and line of the mistake come along, and stand in the message once."""
    raising = "from briefings.errors import TemplateFault\nraise TemplateFault('what', 'do', 'a.md.j2:7')"

    async def work(worker: Worker) -> None:
        await worker.run("Rendering", exec, raising)

    with pytest.raises(TemplateFault) as caught:
        working(work)
    fault = caught.value
    assert (fault.message, fault.hint, fault.place) == ("a.md.j2:7: what", "do", "a.md.j2:7")


@pytest.mark.parametrize("kind", ALL)
def test_every_error_survives_pickling(kind: type[SitrepError]) -> None:
    """Class, message and hint are the same on the other side."""
    error = kind("What failed.", "What to do.")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.message, back.hint, str(back)) == (error.message, error.hint, str(error))


def test_calls_at_once_all_come_back() -> None:
    """They wait for each other in the one process."""

    async def work(worker: Worker) -> list[int]:
        calls = [worker.run("Squaring", pow, n, 2) for n in range(20)]
        return list(await asyncio.gather(*calls))

    assert working(work) == [n * n for n in range(20)]


def test_leaving_ends_the_process() -> None:
    """No child stays behind, even one that is busy."""

    async def work() -> int:
        async with Worker(60) as worker:
            pid = await worker.run("Telling the process", os.getpid)
            sleeping = asyncio.create_task(worker.run("Sleeping", time.sleep, 60))
            await asyncio.sleep(0.2)
            sleeping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sleeping
        return pid

    pid = asyncio.run(work())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
