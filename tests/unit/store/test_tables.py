"""The tables and the migrations say the same."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.dialects import sqlite

from briefings.store import HEAD, migrating, open_store
from briefings.store.search import TABLE
from briefings.store.tables import Moment, metadata


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    """A freshly migrated file differs in nothing from the tables as declared."""
    with closing(open_store(tmp_path)) as store, store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith(TABLE),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrations_name_every_constraint_as_the_tables_do(tmp_path: Path) -> None:
    """Keys, foreign keys and unique constraints bear the names that a later migration will look for.

    But the key of a table whose numbers are never given twice: SQLite has no name for it.
    """
    with closing(open_store(tmp_path)) as store:
        inspector = inspect(store.engine)
        for name, table in metadata.tables.items():
            nameless = {table.primary_key} if table.kwargs.get("sqlite_autoincrement") else set()
            declared = {None if c in nameless else str(c.name) for c in table.constraints}
            found = {
                inspector.get_pk_constraint(name)["name"],
                *(k["name"] for k in inspector.get_foreign_keys(name)),
                *(u["name"] for u in inspector.get_unique_constraints(name)),
            }
            assert found == declared, name


def test_a_messages_number_is_never_given_twice(tmp_path: Path) -> None:
    """In the file as in the tables as declared: a page asks for what came after the number that it saw last."""
    with closing(open_store(tmp_path)) as store, store.engine.connect() as connection:
        made = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
        found = {name for name, sql in made if "AUTOINCREMENT" in sql}
    declared = {name for name, table in metadata.tables.items() if table.kwargs.get("sqlite_autoincrement")}
    assert found == declared == {"messages", "editions", "dispatches", "feeds", "follows"}


def test_foreign_keys_cascade_as_declared(tmp_path: Path) -> None:
    """What happens to rows whose story or article goes is the same in both."""
    with closing(open_store(tmp_path)) as store:
        inspector = inspect(store.engine)
        for name, table in metadata.tables.items():
            found = {
                (k["constrained_columns"][0], k["options"].get("ondelete"))
                for k in inspector.get_foreign_keys(name)
            }
            assert found == {(k.parent.name, k.ondelete) for k in table.foreign_keys}, name


def test_the_newest_migration_is_the_schema_that_the_program_names() -> None:
    """HEAD is the one head of the migrations."""
    assert migrating.scripts().get_heads() == [HEAD]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2023, 11, 17, 22, 30, tzinfo=UTC),
        datetime(2023, 11, 17, 22, 30, 1, 234567, tzinfo=UTC),
        datetime(2023, 11, 18, 0, 30, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    """Whatever its zone, a moment is stored without one and read as UTC."""
    kind, dialect = Moment(), sqlite.dialect()
    stored = kind.process_bind_param(moment, dialect)
    assert stored is not None
    assert stored.tzinfo is None
    back = kind.process_result_value(stored, dialect)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


def test_no_moment_stays_none() -> None:
    """Not stated is stored as not stated."""
    assert Moment().process_bind_param(None, sqlite.dialect()) is None
    assert Moment().process_result_value(None, sqlite.dialect()) is None
