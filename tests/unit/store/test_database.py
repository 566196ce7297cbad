"""Opening the database: made, migrated, backed up, or refused with a reason."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from briefings.errors import StoreBroken, StoreError, StoreLocked, StoreTooNew
from briefings.model import LOCAL, Article
from briefings.reading import read
from briefings.store import HEAD, database, migrating, open_store
from briefings.store.base import Place
from briefings.store.faults import told

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
NEXT = f"{int(HEAD) + 1:04}"  # the schema after this one


def made(folder: Path) -> Path:
    """A fresh database with one story in it; its file."""
    with closing(open_store(folder)) as store:
        store.create_story(LOCAL, "crisis", "Crisis", NOW)
        return store.path


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """What another process does that holds the whole file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def test_a_fresh_folder_gets_a_database_at_the_newest_schema(tmp_path: Path) -> None:
    """Opening makes the folder and the file, with the schema that the program knows."""
    path = made(tmp_path / "new" / "folder")
    assert sql(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_opening_again_keeps_what_was_stored(tmp_path: Path) -> None:
    """A second opening finds the first one's story."""
    made(tmp_path)
    with closing(open_store(tmp_path)) as store:
        assert [s.slug for s in store.stories(LOCAL)] == ["crisis"]


def test_opening_again_makes_no_backup(tmp_path: Path) -> None:
    """A database at the newest schema is not copied."""
    made(tmp_path)
    open_store(tmp_path).close()
    assert not list(tmp_path.glob("*.before-*"))


def test_a_newer_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    """A schema that this program does not know is refused without a byte changed."""
    path = made(tmp_path)
    sql(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="9999") as caught:
        open_store(tmp_path)
    assert "later" in caught.value.hint
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.before-*"))


def test_a_backup_holds_all_that_was_committed(tmp_path: Path) -> None:
    """The copy has what stands in the write-ahead log too, and names the schema it is of."""
    with closing(open_store(tmp_path)) as store:
        store.create_story(LOCAL, "late", "Late", NOW)
        copy = database.back_up(store.path, HEAD)
    assert copy.name == f"sitrep.db.before-{HEAD}"
    assert sql(copy, "SELECT slug FROM stories") == [("late",)]


def test_a_backup_replaces_an_older_one_of_the_same_schema(tmp_path: Path) -> None:
    """Backing up twice leaves one good copy."""
    path = made(tmp_path)
    database.back_up(path, HEAD)
    sql(path, "UPDATE stories SET name = 'Other'")
    copy = database.back_up(path, HEAD)
    assert sql(copy, "SELECT name FROM stories") == [("Other",)]


def test_a_migration_backs_the_file_up_first(tmp_path: Path) -> None:
    """An older database is copied, then taken to the new schema with its stories."""
    data = tmp_path / "data"
    path = made(data)
    with pytest.MonkeyPatch.context() as patch:
        _ahead(tmp_path, patch)
        with closing(open_store(data)) as store:
            assert [s.slug for s in store.stories(LOCAL)] == ["crisis"]
    assert sql(path, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    copy = data / f"sitrep.db.before-{HEAD}"
    assert sql(copy, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert sql(copy, "SELECT slug FROM stories") == [("crisis",)]


def test_a_failing_migration_leaves_a_good_backup(tmp_path: Path) -> None:
    """Where a step fails, the copy made before it is whole."""
    data = tmp_path / "data"
    made(data)
    with pytest.MonkeyPatch.context() as patch:
        step = _ahead(tmp_path, patch)
        step.write_text(step.read_text("utf8") + '    op.execute("SELECT * FROM nowhere")\n', "utf8")
        with pytest.raises(StoreError):
            open_store(data)
    copy = data / f"sitrep.db.before-{HEAD}"
    assert sql(copy, "SELECT slug FROM stories") == [("crisis",)]
    assert sql(copy, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("garbage", [b"no database " * 500, b"no database", b"\xff" * 8192])
def test_a_file_that_is_no_database_is_told_and_left(tmp_path: Path, garbage: bytes) -> None:
    """Garbage is StoreBroken, and its bytes stay as they are."""
    path = tmp_path / "sitrep.db"
    path.write_bytes(garbage)
    with pytest.raises(StoreBroken, match=r"sitrep\.db"):
        open_store(tmp_path)
    assert path.read_bytes() == garbage


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    """A file of no bytes is a database without tables, and is filled."""
    (tmp_path / "sitrep.db").touch()
    with closing(open_store(tmp_path)) as store:
        assert store.stories(LOCAL) == []


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """Tables that are not Sitrep's stay alone."""
    path = tmp_path / "sitrep.db"
    sql(path, "CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(StoreBroken, match="not Sitrep's"):
        open_store(tmp_path)
    assert sql(path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    """A database with its pages overwritten is StoreBroken at the latest when it is read."""
    path = made(tmp_path)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:100] + os.urandom(size - 100))
    with pytest.raises(StoreBroken), closing(open_store(tmp_path)) as store:
        store.stories(LOCAL)


def test_a_fresh_database_that_another_process_holds_is_locked(tmp_path: Path) -> None:
    """An exclusive lock is waited for as long as was said, then StoreLocked."""
    path = tmp_path / "sitrep.db"
    with exclusive(path), pytest.raises(StoreLocked, match="another process"):
        open_store(tmp_path, patience=0.2)


def test_a_write_while_another_process_holds_the_file_is_locked(tmp_path: Path) -> None:
    """Writing waits for the patience given, then StoreLocked; afterwards it works."""
    path = made(tmp_path)
    with closing(open_store(tmp_path, patience=0.2)) as store:
        with exclusive(path), pytest.raises(StoreLocked):
            store.create_story(LOCAL, "two", "Two", NOW)
        store.create_story(LOCAL, "two", "Two", NOW)
        assert [s.slug for s in store.stories(LOCAL)] == ["crisis", "two"]


def test_reading_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    """The write-ahead log lets readers read what was committed."""
    path = made(tmp_path)
    with closing(open_store(tmp_path, patience=0.2)) as store, exclusive(path):
        assert [s.slug for s in store.stories(LOCAL)] == ["crisis"]


@pytest.mark.parametrize("folder", ["file", "file/under"])
def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path, folder: str) -> None:
    """A file where the folder should be is a StoreError with what to do."""
    (tmp_path / "file").write_text("x", "utf8")
    with pytest.raises(StoreError, match="can't be made") as caught:
        open_store(tmp_path / folder)
    assert "--data" in caught.value.hint


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    """A directory named like the database is a StoreError."""
    (tmp_path / "sitrep.db").mkdir()
    with pytest.raises(StoreError, match="can't be used"):
        open_store(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    """A folder without the right to write is a StoreError."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError):
            open_store(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """An article that does not fit leaves no row of itself, and the rest stays readable."""
    with closing(open_store(tmp_path)) as store:
        story = store.create_story(LOCAL, "crisis", "Crisis", NOW)
        small = read(Article("small", "The board met on Monday."))
        store.add_article(LOCAL, story, small, NOW)
        before = store.counts()
        with store.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        large = read(Article("large", "The board met on Monday. " * 8000))
        with pytest.raises(StoreError, match="full"):
            store.add_article(LOCAL, story, large, NOW)
        assert store.counts() == before
        assert [m.article.id for m in store.members(LOCAL, story)] == ["small"]


@pytest.mark.parametrize("pages", [1, 4, 8, 16])
def test_a_disk_that_is_full_at_the_first_opening_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """Wherever the first migration ran out of room, no table of it stays, and the next opening works."""
    connecting = database._on_connect

    def cramped(connection: sqlite3.Connection, record: object) -> None:
        connecting(connection, record)
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patch:
        patch.setattr(database, "_on_connect", cramped)
        with pytest.raises(StoreError, match="full") as caught:
            open_store(tmp_path)
        assert "Make room" in caught.value.hint
    assert sql(tmp_path / "sitrep.db", "SELECT name FROM sqlite_master") == []
    with closing(open_store(tmp_path)) as store:
        store.create_story(LOCAL, "crisis", "Crisis", NOW)
        assert [s.slug for s in store.stories(LOCAL)] == ["crisis"]


def test_a_failing_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """A step that fails after it made a table takes the table back, and the old program goes on with the file."""
    data = tmp_path / "data"
    path = made(data)
    before = sql(path, "SELECT name FROM sqlite_master ORDER BY name")
    with pytest.MonkeyPatch.context() as patch:
        step = _ahead(tmp_path, patch)
        step.write_text(step.read_text("utf8") + '    op.execute("SELECT * FROM nowhere")\n', "utf8")
        with pytest.raises(StoreError, match="nowhere"):
            open_store(data)
    assert sql(path, "SELECT name FROM sqlite_master ORDER BY name") == before
    with closing(open_store(data)) as store:
        assert [s.slug for s in store.stories(LOCAL)] == ["crisis"]


@pytest.mark.parametrize(
    ("reason", "kind", "hint"),
    [
        ("database is locked", StoreLocked, "Wait until it is done"),
        ("database table is locked: stories", StoreLocked, "Wait until it is done"),
        ("database or disk is full", StoreError, "Make room"),
        ("attempt to write a readonly database", StoreError, "folder can be written"),
        ("unable to open database file", StoreError, "folder can be written"),
        ("no such table: stories", StoreError, ""),
        ("disk I/O error", StoreError, ""),
    ],
)
def test_a_failure_of_the_driver_has_the_hint_that_fits(
    tmp_path: Path, reason: str, kind: type[StoreError], hint: str
) -> None:
    """Only what a person can do about that failure is suggested; where it is nothing, nothing is."""
    path = tmp_path / "sitrep.db"
    with pytest.raises(StoreError) as caught, told(Place(path)):
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError(reason))
    assert type(caught.value) is kind
    assert str(path) in caught.value.message
    assert hint in caught.value.hint
    assert bool(caught.value.hint) is bool(hint)


def test_a_database_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    """Writing to it is a StoreError that says to look at the folder's rights."""
    with closing(open_store(tmp_path)) as store:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="readonly") as caught:
            store.create_story(LOCAL, "crisis", "Crisis", NOW)
    assert "can be written" in caught.value.hint


def _ahead(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Make the program one migration newer; the file of that migration."""
    scripts = folder / "migrations"
    shutil.copytree(Path(database.__file__).parent / "migrations", scripts)
    step = scripts / "versions" / f"{NEXT}_next.py"
    step.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "{NEXT}"\ndown_revision = "{HEAD}"\nbranch_labels = None\ndepends_on = None\n\n'
        'def upgrade():\n    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))\n',
        "utf8",
    )

    def config() -> Config:
        made = Config()
        made.set_main_option("script_location", str(scripts))
        return made

    patch.setattr(migrating, "config", config)
    patch.setattr(database, "HEAD", NEXT)
    return step
