"""Opening the database: made or migrated as needed, backed up before, refused where it is newer than the program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect

from briefings.errors import StoreBroken, StoreError, StoreTooNew
from briefings.store.faults import told
from briefings.store.store import Store

HEAD = "0001"
FILE = "sitrep.db"
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
    with told(path):
        _migrate(engine, path)
    return Store(engine, path)


def _on_connect(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _migrate(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        tables = inspect(connection).get_table_names()
    if current == HEAD:
        return
    if current is not None and current not in {s.revision for s in _scripts().walk_revisions()}:
        raise StoreTooNew(
            f"The database {path} was written by a newer Sitrep (schema {current}; this one knows {HEAD}).",
            "Install that version or a later one.",
        )
    if current is None and tables:
        raise StoreBroken(f"{path} holds tables that are not Sitrep's.", "Name another folder with --data.")
    if current is not None:
        back_up(path, current)
    with engine.begin() as connection:
        _upgrade(connection)


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
