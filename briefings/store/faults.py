"""The driver's errors as Sitrep's: what failed, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from briefings.errors import StoreBroken, StoreError, StoreLocked

if TYPE_CHECKING:
    from briefings.store.base import Place


@contextmanager
def told(place: Place) -> Iterator[None]:
    """What the database driver raises, told as a StoreError."""
    try:
        yield
    except PoolTimeout as e:
        raise StoreLocked(f"The database {place} has no connection left.", "Try again in a moment.") from e
    except UnicodeEncodeError as e:
        raise StoreError(
            "The text holds half a character, which no encoding has.", "Give it as UTF-8."
        ) from e
    except DBAPIError as e:
        raise (_of_file(e, place) if place.file is not None else _of_server(e, place)) from e


def _of_file(e: DBAPIError, place: Place) -> Exception:
    reason = str(e.orig).lower()
    if isinstance(e, OperationalError):
        if "locked" in reason or "busy" in reason:
            return StoreLocked(
                f"The database {place} is in use by another process.",
                "Wait until it is done, or use another folder with --data.",
            )
        if "full" in reason:
            return StoreError(
                f"The disk is full: {place} can't be written.",
                "Make room and run the command again; nothing was half written.",
            )
        unwritable = "readonly" in reason or "unable to open" in reason or "permission" in reason
        hint = "Check that the folder can be written." if unwritable else ""
        return StoreError(f"The database {place} can't be used: {e.orig}.", hint)
    if isinstance(e, IntegrityError):
        return StoreError(f"What {place} holds has changed meanwhile.", "Try again.")
    if not isinstance(e, DatabaseError):
        return e
    assert place.file is not None
    return StoreBroken(
        f"{place} is no Sitrep database, or it is damaged: {e.orig}.",
        f"Put it aside and restore a backup ({place.file.name}.before-…) if there is one.",
    )


def _of_server(e: DBAPIError, place: Place) -> Exception:
    """The server's own words hold no password; its first line is enough."""
    reason = str(e.orig).strip().splitlines()[0] if str(e.orig).strip() else type(e.orig).__name__
    state = getattr(e.orig, "sqlstate", None) or ""
    if state == "53100" or "no space left" in reason.lower():
        return StoreError(
            f"The disk of the database {place} is full.", "Make room; nothing was half written."
        )
    if state in ("55P03", "40P01", "40001", "57014"):
        return StoreLocked(f"The database {place} is busy: {reason}.", "Try again in a moment.")
    if isinstance(e, IntegrityError):
        return StoreError(f"What the database {place} holds has changed meanwhile.", "Try again.")
    unreachable = state[:2] in ("08", "28", "3D", "53", "57") or not state
    if e.connection_invalidated or (isinstance(e, OperationalError) and unreachable):
        return StoreError(
            f"The database {place} can't be reached: {reason}.",
            "Check database_url, and that the server runs and takes this user's password.",
        )
    return StoreError(f"The database {place} can't be used: {reason}.")
