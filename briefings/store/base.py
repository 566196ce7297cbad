"""What every part of the store has: the engine, and transactions whose errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, select

from briefings.errors import NotFound
from briefings.model import Story, Tenant
from briefings.store import tables as t
from briefings.store.faults import told

WRITING = "sitrep_writing"  # the option of a connection that is going to write


class Part:
    """One subject of the store. Methods are one transaction each: all of it or nothing."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.path = path

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with told(self.path), self.engine.connect() as raw:
            connection = raw.execution_options(**{WRITING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with told(self.path), self.engine.connect() as connection:
            yield connection

    def _owned(self, c: Connection, tenant: Tenant, story: Story) -> None:
        """NotFound where the story is not the tenant's."""
        if c.execute(select(t.stories.c.id).where(of(tenant), t.stories.c.id == story.id)).first() is None:
            raise NotFound(f"There is no story {story.slug!r}.")


def of(tenant: Tenant) -> Any:
    """The condition that a story is this tenant's. Every query has it or its like."""
    return and_(t.stories.c.platform == tenant.platform, t.stories.c.tenant == tenant.id)
