"""What every section of the store has: the engine, and transactions whose errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from briefings.errors import NotFound, StoreLocked
from briefings.model import Story, Tenant
from briefings.store import tables as t
from briefings.store.faults import told

WRITING = "sitrep_writing"  # the option of a connection that is going to write
_PATIENCE = 30.0  # seconds to wait for this process's other writers
_STORIES = 7_230_001  # the advisory lock of those who write stories


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is: its file, or the server's address without its password."""

    file: Path | None
    address: str = ""
    turn: Lock = field(
        default_factory=Lock, compare=False, repr=False
    )  # of this process's writers to the file

    def __str__(self) -> str:
        return str(self.file) if self.file is not None else self.address


class Section:
    """One subject of the store. Methods are one transaction each: all of it or nothing."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self.engine = engine
        self.place = place

    @property
    def shared(self) -> bool:
        """Whether many processes write at the same time: a server, not a file."""
        return self.engine.dialect.name != "sqlite"

    def insert(self, table: Any) -> Any:
        """An INSERT that knows ON CONFLICT: both databases spell it alike."""
        return postgresql.insert(table) if self.shared else sqlite.insert(table)

    @contextmanager
    def _write(self, *, alone: bool = True) -> Iterator[Connection]:
        """A transaction that writes. `alone`: no other such one runs meanwhile, so that what it reads holds.

        On SQLite no other writer ever does.
        """
        with told(self.place), self._turn(), self.engine.connect() as raw:
            connection = raw.execution_options(**{WRITING: True})
            with connection.begin():
                if alone and self.shared:
                    connection.execute(select(func.pg_advisory_xact_lock(_STORIES)))
                yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process after the other: SQLite has all who wait try again, and ever more seldom."""
        if self.shared:
            yield
            return
        if not self.place.turn.acquire(timeout=_PATIENCE):
            raise StoreLocked(f"The database {self.place} is busy.", "Try again in a moment.")
        try:
            yield
        finally:
            self.place.turn.release()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with told(self.place), self.engine.connect() as connection:
            yield connection

    def _owned(self, c: Connection, tenant: Tenant, story: Story) -> None:
        """NotFound where the story is not the tenant's."""
        mine = {"of_platform": tenant.platform, "of_tenant": tenant.id, "of_story": story.id}
        if c.execute(_MINE, mine).first() is None:
            raise NotFound(f"There is no story {story.slug!r}.")


_MINE = select(t.stories.c.id).where(
    t.stories.c.platform == bindparam("of_platform"),
    t.stories.c.tenant == bindparam("of_tenant"),
    t.stories.c.id == bindparam("of_story"),
)


def of(tenant: Tenant) -> Any:
    """The condition that a story is this tenant's. Every query has it or its like."""
    return and_(t.stories.c.platform == tenant.platform, t.stories.c.tenant == tenant.id)


def known(number: int) -> int:
    """A row's number as both databases can look for it; 0, which no row has, for one that can't be."""
    return number if 0 < number < 2**31 else 0
