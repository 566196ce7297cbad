"""The real engine on real databases: what is ordered goes out once, through ends, crashes and the deaths of others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import Connection, create_engine, text
from structlog.testing import capture_logs

from bots.__main__ import now
from bots.dispatch.identity import ServerIdentity, identity_for
from bots.dispatch.publisher import TryLater
from briefings import demo
from briefings.errors import StoreLocked
from briefings.model import Address, Edition, Sent, State
from briefings.reading import read
from briefings.store import Order, Store, open_store
from briefings.store.database import FILE
from tests import postgres
from tests.unit.delivery.posting import FIRST, HERE, ONE, REVISED, THERE, Platform, told
from tests.unit.delivery.worker import FilePlatform, engine

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 20.0  # seconds until what must happen has; it mostly does within one


@pytest.fixture(scope="module")
def begun() -> bytes:
    """A file with a story of the demo's first articles, on which an engine ran once."""
    with TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(told())
        with closing(open_store(Path(folder))) as store:
            run_once(store)
        return (Path(folder) / FILE).read_bytes()


@pytest.fixture
def file(tmp_path: Path, begun: bytes) -> Iterator[Store]:
    (tmp_path / FILE).write_bytes(begun)
    with closing(open_store(tmp_path)) as store:
        yield store


@pytest.fixture(scope="module")
def begun_on_a_server(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same on a server: the name of a database to be copied."""
    with postgres.database(postgres_server) as url:
        with closing(open_store(tmp_path_factory.mktemp("server"), url=url)) as store:
            story = store.create_story(ONE, "openai", demo.NAME, now())
            for article in FIRST:
                store.add_article(ONE, story, read(article), now(), True)
            run_once(store)
        yield url.rpartition("/")[2]


@pytest.fixture
def server(tmp_path: Path, postgres_server: str, begun_on_a_server: str) -> Iterator[Store]:
    name = f"sitrep_{uuid4().hex[:12]}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as c:
        c.execute(f'CREATE DATABASE "{name}" TEMPLATE "{begun_on_a_server}"'.encode())
    try:
        with closing(open_store(tmp_path, url=f"{postgres_server}/{name}")) as store:
            yield store
    finally:
        with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as c:
            c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def run_once(store: Store) -> None:
    async def work() -> None:
        async with engine(store):
            pass

    run(work)


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


def edition(
    store: Store, address: Address = HERE, cron: str = "0 8 1 1 *", ago: timedelta = timedelta(0)
) -> Edition:
    (story,) = store.stories(ONE)
    return store.editions.add(
        ONE, story, address, now() - ago,
        template="flash", language="en", cron=cron, timezone="UTC", said="rarely", missed="newest",
    )  # fmt: skip


def ordered(store: Store, *editions: Edition) -> list[int]:
    """Put one of each in line, as a process does that has no engine."""
    return store.ledger.take([Order.for_edition(e, now(), None) for e in editions], now(), None)


async def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def posted(store: Store, numbers: Sequence[int]) -> Callable[[], bool]:
    return lambda: all(store.ledger.dispatch(ONE, n).state is State.POSTED for n in numbers)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with asyncio.timeout(60):
            await work()

    with capture_logs():  # a traceback with all its values takes longer than the rest
        asyncio.run(inside())


@contextmanager
def worker(store: Store, folder: Path, messages: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A process that delivers, until it hangs; killed at the end."""
    url = [] if not store.shared else ["--url", store.engine.url.render_as_string(hide_password=False)]
    command = [sys.executable, "-m", "tests.unit.delivery.worker", str(folder), str(messages), *url, *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip() == "hangs":
                    break
            assert process.poll() is None
            yield process
        finally:
            process.kill()
            process.wait()


# ---- what goes out ---------------------------------------------------------------------------------------------------


def test_what_a_process_without_engine_ordered_goes_out(store: Store) -> None:
    """Before the engine starts and while it runs, each once."""
    platform = Platform()

    async def work() -> None:
        one = edition(store)
        early = ordered(store, one)
        async with engine(store, platform):
            await until(posted(store, early))
            late = ordered(store, one, edition(store, THERE))
            await until(posted(store, late))
        assert platform.keys() == [f"{early[0]}-0", f"{late[0]}-0"]
        assert platform.keys("there") == [f"{late[1]}-0"]
        assert platform.closed

    run(work)


def test_many_channels_are_served_at_once_and_each_in_order(file: Store) -> None:
    """Twenty channels with three briefings each, some of which fail at first."""
    platform = Platform()
    platform.posts.extend([TryLater("busy", 0.2)] * 10)

    async def work() -> None:
        editions = [edition(file, Address("discord", f"c{i}")) for i in range(20)]
        numbers = ordered(file, *editions * 3)
        async with engine(file, platform):
            await until(posted(file, numbers))
        for i in range(20):
            assert platform.keys(f"c{i}") == [f"{n}-0" for n in numbers[i::20]]

    run(work)


def test_what_was_due_while_nothing_ran_is_made_up_for_once(file: Store) -> None:
    """From the stored mark on, by the edition's rule; not again at the next start."""
    platform = Platform()

    async def work() -> None:
        hour = (now() + timedelta(hours=12)).hour
        daily = edition(file, cron=f"30 {hour} * * *", ago=timedelta(days=3))
        file.ledger.advance("fires", now() - timedelta(days=2, hours=6), lambda c, at: None)
        async with engine(file, platform):
            await until(lambda: len(file.ledger.dispatches(ONE, states=[State.POSTED])) == 1)
        async with engine(file, platform) as again:
            await again.pump.pump()
            await asyncio.sleep(0.5)
        (d,) = file.ledger.dispatches(ONE)
        assert (d.edition, d.due.hour, d.due.minute) == (daily.id, hour, 30)
        assert timedelta(0) < now() - d.due < timedelta(days=1)
        assert "instead of 1 missed" in d.why
        assert len(platform.shown()) == 1

    run(work)


def test_a_revision_corrects_what_was_posted(file: Store) -> None:
    """Whoever stores it: the engine looks."""
    platform = Platform()

    async def work() -> None:
        (story,) = file.stories(ONE)
        order = Order.for_edition(edition(file), now(), None)
        file.ledger.take([replace(order, template="sitrep")], now(), None)
        async with engine(file, platform):
            await until(lambda: len(platform.shown()) == 1)
            file.add_article(ONE, story, read(REVISED), now(), True)
            await until(lambda: "Four directors voted" in platform.shown()[0])
            await until(lambda: len(file.ledger.dispatches(ONE, states=[State.POSTED])) == 2)
        assert len(platform.shown()) == 1
        assert [d.kind for d in file.ledger.dispatches(ONE)] == [Sent.CORRECTION, Sent.BRIEFING]

    run(work)


def test_a_failure_is_made_good_by_the_engine(file: Store) -> None:
    """What waits comes when its time has come; a part that is there is not sent again."""
    platform = Platform(pieces=3)

    async def work() -> None:
        platform.posts.extend([None, TryLater("busy", 0.3), RuntimeError("oh")])
        numbers = ordered(file, edition(file))
        async with engine(file, platform):
            await until(posted(file, numbers))
        assert platform.keys() == [f"{numbers[0]}-{i}" for i in range(3)]

    run(work)


# ---- ends and crashes ------------------------------------------------------------------------------------------------


def test_an_end_lets_what_is_under_way_finish_and_the_rest_goes_on_at_the_next_start(store: Store) -> None:
    """The message that is being sent is sent and noted; the others come later, each once and in order."""
    begun, first, second = asyncio.Event(), Platform(), Platform()

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.6)

    async def work() -> None:
        one = edition(store)
        numbers = ordered(store, *[one] * 4, edition(store, THERE))
        first.posts.extend([slow, slow])
        async with engine(store, first):
            await begun.wait()
            await asyncio.sleep(0.1)
        under_way = first.keys() + first.keys("there")
        assert under_way
        assert len(first.keys()) <= 1
        for key in under_way:
            assert store.ledger.dispatch(ONE, int(key.partition("-")[0])).state is State.POSTED
        async with engine(store, second):
            await until(posted(store, numbers))
        assert first.keys() + second.keys() == [f"{n}-0" for n in numbers[:4]]
        assert first.keys("there") + second.keys("there") == [f"{numbers[4]}-0"]

    run(work)


def test_what_does_not_finish_in_its_time_is_left_to_the_next_start(file: Store) -> None:
    """The end is not held up; the part may be there, so it is looked for, and found."""
    begun, first, second = asyncio.Event(), Platform(), Platform()

    async def forever() -> None:
        begun.set()
        await asyncio.sleep(3_600)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        numbers = ordered(file, edition(file))
        first.posts.append(forever)
        async with engine(file, first, ending_seconds=0.2):
            await begun.wait()
            began = loop.time()
        assert loop.time() - began < 5
        assert file.ledger.dispatch(ONE, numbers[0]).state is State.GOING
        second.channels = {"here": []}
        async with engine(file, second):
            await until(posted(file, numbers))
        assert second.did() == ["find", "post"]

    run(work)


@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_crash_the_next_start_delivers_without_a_double(
    file: Store, tmp_path: Path, when: str
) -> None:
    """Killed while a message was on its way, taken by the platform or not: each part is there once, in order."""
    messages = tmp_path / "messages"
    one = edition(file)
    numbers = ordered(file, one, one, one)
    with worker(file, tmp_path, messages, "--hangs-at", "2", "--when", when):
        pass
    platform = FilePlatform(messages)
    assert len(platform.taken()) == (1 if when == "before" else 2)

    async def work() -> None:
        async with engine(file, platform):
            await until(posted(file, numbers))

    run(work)
    assert [m["key"] for m in platform.taken()] == [f"{n}-{i}" for n in numbers for i in (0, 1)]
    for n in numbers:
        assert [p.message for p in file.ledger.parts(n)] == [f"m-{n}-0", f"m-{n}-1"]


def test_a_worker_takes_up_what_a_dead_one_had(server: Store, tmp_path: Path) -> None:
    """Within ten seconds of its death, and not while it lives; what the dead one had posted is not posted again."""
    messages = tmp_path / "messages"
    one = edition(server)
    numbers = ordered(server, one, one)
    platform = FilePlatform(messages)

    async def work() -> None:
        with worker(server, tmp_path, messages, "--name", "a", "--hangs-at", "2") as other:
            async with engine(server, platform, name="b"):
                await asyncio.sleep(2.5)
                assert platform.posts == 0
                assert not posted(server, numbers[:1])()
                other.kill()
                await until(posted(server, numbers), 10.0)

    run(work)
    assert [m["key"] for m in platform.taken()] == [f"{n}-{i}" for n in numbers for i in (0, 1)]
    assert platform.posts == 2


# ---- names -----------------------------------------------------------------------------------------------------------


def test_a_second_engine_on_a_file_is_refused(file: Store, tmp_path: Path) -> None:
    """As long as the first runs, whatever it calls itself."""

    async def work() -> None:
        async with engine(file, Platform()):
            with pytest.raises(StoreLocked, match="already delivers"):
                identity_for(file, "another")
        identity = identity_for(file, "")
        assert identity.held()
        identity.release()
        assert not identity.held()

    run(work)


def test_two_of_one_name_on_a_server_are_refused(server: Store) -> None:
    """Each worker has a name of its own; a released one is free again."""
    one, two = identity_for(server, "a"), identity_for(server, "b")
    with pytest.raises(StoreLocked, match="'a'"):
        identity_for(server, "a")
    assert one.held()
    assert two.held()
    one.release()
    again = identity_for(server, "a")
    for identity in (again, two):
        identity.release()


def test_a_name_is_known_to_be_free_only_where_nobody_holds_it(server: Store) -> None:
    """Who looks takes it for as long as it looks, so that its owner does not come up meanwhile."""
    one, two = identity_for(server, "a"), identity_for(server, "b")
    with two.taken("a") as gone:
        assert not gone
    with two.taken("c") as gone:
        assert gone
        with pytest.raises(StoreLocked):
            identity_for(server, "c")
    identity_for(server, "c").release()
    one.release()
    with two.taken("a") as gone:
        assert gone
    two.release()


def test_a_name_whose_connection_was_lost_is_not_held(server: Store) -> None:
    """The engine says so, for its process to end: another may have the name by now."""

    async def work() -> None:
        async with engine(server, Platform(), name="a") as running:
            assert isinstance(running.identity, ServerIdentity)
            with server.engine.begin() as c:
                c.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE application_name = 'sitrep lock' AND datname = current_database()"
                    )
                )
            await asyncio.wait_for(running.lost.wait(), 10)
            assert not running.identity.held()

    run(work)


# ---- what a release left ---------------------------------------------------------------------------------------------


@contextmanager
def client_of(store: Store) -> Iterator[DBOSClient]:
    engine_ = create_engine(store.engine.url if store.shared else f"sqlite:///{store.path}")
    client = DBOSClient(
        system_database_engine=engine_,
        serializer=DBOSPortableJSONSerializer(),
        application_name="sitrep",
        lazy=True,
    )
    try:
        yield client
    finally:
        client.destroy()
        engine_.dispose()


def nothing(c: Connection, number: int, attempt: int, via: str, seconds: float) -> None:
    """The row says that a delivery was started."""


def test_workflows_that_an_earlier_release_left_are_run(store: Store) -> None:
    """Under the names, queues, version and arguments that are released: these never change."""
    platform = Platform()

    async def work() -> None:
        one = edition(store, cron="30 5 * * *", ago=timedelta(days=3))
        store.ledger.advance("fires", now(), lambda c, at: None)
        (number,) = store.ledger.take([Order.for_edition(one, now(), None)], now(), nothing)
        after = (now() - timedelta(days=1)).replace(hour=5, minute=29, second=0, microsecond=0)
        with client_of(store) as client:
            await client.enqueue_async(
                {
                    "workflow_name": "deliver_1",
                    "queue_name": "deliver-discord",
                    "workflow_id": f"deliver-{number:012d}-000001",
                    "app_version": "1",
                },
                number,
                1,
            )
            await client.enqueue_async(
                {
                    "workflow_name": "fan_1",
                    "queue_name": "fan",
                    "workflow_id": "fan-000000000000001-left",
                    "app_version": "1",
                },
                "30 5 * * *",
                "UTC",
                None,
                after.isoformat(),
                (after + timedelta(minutes=2)).isoformat(),
            )
        async with engine(store, platform):
            await until(lambda: len(store.ledger.dispatches(ONE, states=[State.POSTED])) == 2)
        fired, asked = store.ledger.dispatches(ONE)  # the newest first
        assert asked.id == number
        assert fired.fire == after.strftime("%Y-%m-%dT05:30")
        assert platform.keys() == [f"{number}-0", f"{fired.id}-0"]

    run(work)


async def fan_out(store: Store, client: DBOSClient) -> None:
    """Order what was due yesterday at half past five."""
    edition(store, cron="30 5 * * *", ago=timedelta(days=3))
    store.ledger.advance("fires", now(), lambda c, at: None)
    after = (now() - timedelta(days=1)).replace(hour=5, minute=29, second=0, microsecond=0)
    until_ = (after + timedelta(minutes=2)).isoformat()
    options: Any = {
        "workflow_name": "fan_1", "queue_name": "fan", "workflow_id": "fan-000000000000001-x", "app_version": "1",
    }  # fmt: skip
    await client.enqueue_async(options, "30 5 * * *", "UTC", None, after.isoformat(), until_)


def test_a_fan_out_that_an_error_has_ended_is_started_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that it had left, and once."""
    platform = Platform()

    async def work() -> None:
        with client_of(store) as client:
            async with engine(store, platform) as e:

                async def fails(*_: Any) -> int | None:
                    raise RuntimeError("a mistake of ours")

                with monkeypatch.context() as patch:
                    patch.setattr(e.pump, "fan_block", fails)
                    await fan_out(store, client)
                    await until(lambda: bool(client.list_workflows(name="fan_1", status=["ERROR"])))
                assert store.ledger.dispatches(ONE) == []
                await e._sweep()
                await until(lambda: len(store.ledger.dispatches(ONE, states=[State.POSTED])) == 1)
                await e._sweep()
                assert client.list_workflows(name="fan_1", status=["ERROR"]) == []
        assert len(platform.shown()) == 1

    run(work)


def test_a_fan_out_that_cannot_be_noted_any_more_is_left_to_the_next_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ending process has no thread left for it: that is no error of the fan-out's."""
    platform = Platform()

    async def work() -> None:
        with client_of(store) as client:
            async with engine(store, platform) as e:
                asked = asyncio.Event()

                async def ending(*_: Any) -> int | None:
                    e._ending = True
                    asked.set()
                    raise RuntimeError("cannot schedule new futures after shutdown")

                with monkeypatch.context() as patch:
                    patch.setattr(DBOS, "run_step_async", ending)
                    await fan_out(store, client)
                    async with asyncio.timeout(20):
                        await asked.wait()
                    await asyncio.sleep(0.5)
                assert client.list_workflows(name="fan_1", status=["ERROR"]) == []
            async with engine(store, platform):
                await until(lambda: len(store.ledger.dispatches(ONE, states=[State.POSTED])) == 1)
        assert len(platform.shown()) == 1

    run(work)


def test_what_no_workflow_has_any_more_is_started_anew(file: Store) -> None:
    """A dispatch whose workflow is lost is found by its row; one that has a workflow is left to it."""
    platform = Platform()

    async def work() -> None:
        one = edition(file)
        long_ago = now() - timedelta(minutes=5)
        numbers = file.ledger.take([Order.for_edition(one, now(), None)] * 2, long_ago, nothing)
        async with engine(file, platform):
            await until(posted(file, numbers))
        assert platform.keys() == [f"{n}-0" for n in numbers]

    run(work)


def test_what_is_old_and_settled_is_forgotten(file: Store) -> None:
    """After the days of the settings; what is younger stays."""

    async def work() -> None:
        long_ago = now() - timedelta(days=100)
        notice = Order(ONE, Sent.NOTICE, HERE, long_ago, state=State.DEAD, content="{}")
        old = file.ledger.take([notice], long_ago, None)
        young = file.ledger.take([notice], now(), None)
        async with engine(file, Platform()):
            await until(lambda: len(file.ledger.dispatches(ONE)) == 1)
        assert [d.id for d in file.ledger.dispatches(ONE)] == young
        assert old != young

    run(work)
