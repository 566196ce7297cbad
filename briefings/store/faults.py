"""The driver's errors as Sitrep's: what failed, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError

from briefings.errors import StoreBroken, StoreError, StoreLocked


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the database driver raises, told as a StoreError."""
    try:
        yield
    except OperationalError as e:
        reason = str(e.orig).lower()
        if "locked" in reason or "busy" in reason:
            raise StoreLocked(
                f"The database {path} is in use by another process.",
                "Wait until it is done, or use another folder with --data.",
            ) from e
        if "full" in reason:
            raise StoreError(
                f"The disk is full: {path} can't be written.",
                "Make room and run the command again; nothing was half written.",
            ) from e
        unwritable = "readonly" in reason or "unable to open" in reason or "permission" in reason
        hint = "Check that the folder can be written." if unwritable else ""
        raise StoreError(f"The database {path} can't be used: {e.orig}.", hint) from e
    except DatabaseError as e:
        raise StoreBroken(
            f"{path} is no Sitrep database, or it is damaged: {e.orig}.",
            f"Put it aside and restore a backup ({path.name}.before-…) if there is one.",
        ) from e
