"""One process under one name: two that took themselves for the same would each post what the other has under way.

On a file of SQLite one process delivers, and holds a lock beside the file. On a server each holds a session's advisory
lock on its name; who finds the name of pending work unlocked knows that its process is gone.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep

from filelock import FileLock, Timeout
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from briefings.errors import SitrepError, StoreLocked
from briefings.store import Store
from briefings.store.faults import told

ALONE = "sitrep"  # the name of the one process that delivers from a file
_ASKED, _PAUSE = 8, 0.25  # times and seconds
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


class Identity:
    """A name that is this process's alone for as long as it is held."""

    name: str

    def held(self) -> bool:
        """Whether it still is."""
        raise NotImplementedError

    @contextmanager
    def taken(self, other: str) -> Iterator[bool]:
        """Whether another name could be taken, and it is for as long as the context lasts: its process is gone."""
        yield False

    def release(self) -> None:
        raise NotImplementedError


class FileIdentity(Identity):
    def __init__(self, store: Store) -> None:
        self.name = ALONE
        self._lock = FileLock(
            store.path.with_name(f"{store.path.name}.delivery.lock"), timeout=0, thread_local=False
        )
        try:
            self._lock.acquire()
        except Timeout as e:
            raise StoreLocked(
                f"Another Sitrep already delivers from {store.path}.",
                "End that one, or give this one a folder of its own with --data. Several workers need database_url.",
            ) from e
        except OSError as e:
            raise SitrepError(f"The lock beside {store.path} can't be taken: {e.strerror or e}.") from e

    def held(self) -> bool:
        return self._lock.is_locked

    def release(self) -> None:
        self._lock.release()


class ServerIdentity(Identity):
    def __init__(self, store: Store, name: str) -> None:
        self.name = name or socket.gethostname()
        self._place = store.place
        self._engine = create_engine(
            store.engine.url, poolclass=NullPool, connect_args=_patient(), isolation_level="AUTOCOMMIT"
        )
        with told(self._place):
            self._connection = self._engine.connect()
            mine = self._lock_mine()
        if not mine:
            self._connection.close()
            raise StoreLocked(
                f"Another process delivers under the name {self.name!r}.",
                "End that one, or give this one a name of its own: --name or delivery.name.",
            )

    def _lock_mine(self) -> bool:
        """Whoever takes up the work of a dead process holds its name for a moment: we ask for a while."""
        for _ in range(_ASKED):
            if self._connection.execute(_LOCK, {"name": _key(self.name)}).scalar_one():
                return True
            sleep(_PAUSE)
        return False

    def held(self) -> bool:
        try:
            return bool(self._connection.execute(text("SELECT 1")).scalar_one())
        except SQLAlchemyError:
            return False

    @contextmanager
    def taken(self, other: str) -> Iterator[bool]:
        connection: Connection = self._engine.connect()
        try:
            yield bool(connection.execute(_LOCK, {"name": _key(other)}).scalar_one())
        finally:
            with suppress(SQLAlchemyError):
                connection.execute(_UNLOCK, {"name": _key(other)})
            connection.close()

    def release(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.execute(
                _UNLOCK, {"name": _key(self.name)}
            )  # at once, not when the server sees us go
            self._connection.close()
        self._engine.dispose()


def _key(name: str) -> str:
    return f"sitrep delivery {name}"


def _patient() -> dict[str, object]:
    """A connection whose loss is noticed within seconds, at both ends."""
    return {
        "connect_timeout": 10,
        "application_name": "sitrep lock",
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "options": "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3",
    }


def identity_for(store: Store, name: str) -> Identity:
    """The name held. StoreLocked where another process has it, StoreError."""
    return ServerIdentity(store, name) if store.shared else FileIdentity(store)
