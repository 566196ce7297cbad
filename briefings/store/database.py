"""Opening the database: made or migrated as needed, backed up before, refused where it is newer than the program."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect

from briefings.errors import StoreBroken, StoreError, StoreTooNew
from briefings.store.base import WRITING
from briefings.store.faults import told
from briefings.store.store import Store

HEAD = "0002"
FILE = "sitrep.db"
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a global
_PATIENCE = 5.0  # seconds to wait for another process's lock


def open_store(folder: Path, patience: float = _PATIENCE) -> Store:
    """The store in `folder`, made or migrated if need be. StoreLocked, StoreBroken, StoreTooNew, StoreError."""
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
    try:
        with told(path):
            _migrate(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, path)


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


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _migrate(engine: Engine, path: Path) -> None:
    """Bring the schema up to date: looked at and changed under one lock, all of it or nothing."""
    _use_wal(path)
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == HEAD:
            return
    with (
        _ONE_AT_A_TIME,
        engine.connect().execution_options(**{WRITING: True}) as connection,
        connection.begin(),
    ):
        current = MigrationContext.configure(connection).get_current_revision()
        if current == HEAD:
            return
        if current is not None and current not in {s.revision for s in _scripts().walk_revisions()}:
            raise StoreTooNew(
                f"The database {path} was written by a newer Sitrep (schema {current}; this one knows {HEAD}).",
                "Install that version or a later one.",
            )
        if current is None and inspect(connection).get_table_names():
            raise StoreBroken(
                f"{path} holds tables that are not Sitrep's.", "Name another folder with --data."
            )
        if current is not None:
            back_up(path, current)
        _upgrade(connection)


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


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
