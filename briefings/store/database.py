"""Opening the database: made or migrated as needed, backed up before, refused where it is newer than the program.

A file of SQLite in the data folder, or a PostgreSQL server by `database_url`; the tables and migrations are the same.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    column,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError

from briefings.errors import SettingsFault, StoreBroken, StoreError, StoreTooNew
from briefings.store.base import WRITING, Place
from briefings.store.faults import told
from briefings.store.store import Store

HEAD = "0005"
FILE = "sitrep.db"
_SCHEMAS = table("alembic_version", column("version_num"))  # where Alembic keeps it
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a global
_MIGRATING = 7_230_000  # the advisory lock of whoever migrates
_PATIENCE = 5.0  # seconds to wait for another process's lock
_CONNECTIONS = 8  # of one process to a server, and as many more for a while
_DROPPED = {"keepalives": 1, "keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 4}


def open_store(folder: Path, patience: float = _PATIENCE, url: str = "") -> Store:
    """The store in `folder`, or at `url`, made or migrated if need be.

    SettingsFault (a url of no PostgreSQL), StoreLocked, StoreBroken, StoreTooNew, StoreError.
    """
    return _open_server(url) if url else _open_file(folder, patience)


def _open_file(folder: Path, patience: float) -> Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StoreError(
            f"The data folder {folder} can't be made: {e.strerror or e}.", "Name another with --data."
        ) from e
    path = folder / FILE
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": patience})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _begin)
    return _opened(engine, Place(path))


def server_url(url: str) -> URL:
    """The address of a PostgreSQL server with the driver that we bring. SettingsFault; it never shows the password."""
    try:
        url.encode()
        parsed = make_url(url)
        odd = "@" in (parsed.host or "")  # a password with an @ that is not written as %40
    except (ArgumentError, ValueError):
        odd = True
    if odd:
        raise SettingsFault(
            "database_url is no address of a database.",
            "Write it as postgresql://user:password@host/database, signs in the password as %40 and the like.",
        )
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsFault(
            f"database_url is of {parsed.get_backend_name()!r}; Sitrep works on PostgreSQL.",
            "Write it as postgresql://user:password@host/database, or leave it out for a file of SQLite.",
        )
    return parsed.set(drivername="postgresql+psycopg")


def _open_server(url: str) -> Store:
    parsed = server_url(url)
    engine = create_engine(
        parsed,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "sitrep", **_DROPPED},
    )
    return _opened(engine, Place(None, _shown(parsed)))


def _shown(url: URL) -> str:
    """An address without the password, wherever it stands in it."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return bare.render_as_string()


def _opened(engine: Engine, place: Place) -> Store:
    try:
        with told(place):
            _migrate(engine, place)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, place)


def _on_connect(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = (
        None  # the driver's own BEGIN would leave schema changes out of the transaction
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    """A writer takes the lock at once, so that what it reads can't change before it writes."""
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _schema(connection: Connection) -> str | None:
    """The schema that the database is of; None: it has none of ours yet."""
    if not inspect(connection).has_table(_SCHEMAS.name):
        return None
    return connection.execute(select(_SCHEMAS.c.version_num)).scalars().first()


def _migrate(engine: Engine, place: Place) -> None:
    """Bring the schema up to date: looked at and changed under one lock, all of it or nothing."""
    if place.file is not None:
        _use_wal(place.file)
    with engine.connect() as connection:
        if _schema(connection) == HEAD:
            return
    from briefings.store.migrating import schemas, upgrade

    with (
        _ONE_AT_A_TIME,
        engine.connect().execution_options(**{WRITING: True}) as connection,
        connection.begin(),
    ):
        if place.file is None:
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        current = _schema(connection)
        if current == HEAD:
            return
        if current is not None and current not in schemas():
            raise StoreTooNew(
                f"The database {place} was written by a newer Sitrep (schema {current}; this one knows {HEAD}).",
                "Install that version or a later one.",
            )
        if current is None and inspect(connection).get_table_names():
            raise StoreBroken(
                f"{place} holds tables that are not Sitrep's.",
                "Name another folder with --data."
                if place.file is not None
                else "Give it a database of its own.",
            )
        if current is not None and place.file is not None:
            back_up(place.file, current)
        upgrade(connection)


def _use_wal(path: Path) -> None:
    """Readers beside a writer, for good: the mode stays with the file. What is wrong with the file is told later."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")


def back_up(path: Path, schema: str) -> Path:
    """A copy of the database beside it, made while nobody writes. Its path."""
    copy = path.with_name(f"{path.name}.before-{schema}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
