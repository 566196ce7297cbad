"""The composition root: the only place that reads the clock and the environment."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

_ARENAS = -8  # M_ARENA_MAX of mallopt(3)
_SWITCH = 0.0005  # seconds; Python's own is ten times as long


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def settle_threads() -> None:
    """Threads that compute (the database's) give way to the event loop sooner: it acknowledges commands."""
    sys.setswitchinterval(_SWITCH)


def settle_memory() -> None:
    """Keep the garbage collector from what stays: what is imported and loaded by now, and short-lived facts."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with suppress(OSError, AttributeError, TypeError):  # where the C library is glibc
        # Two heaps for all threads instead of eight a core: what one thread gives back, another takes.
        ctypes.CDLL(None).mallopt(_ARENAS, 2)


def main() -> None:
    """Run the `sitrep` command."""
    from bots.cli.app import run

    settle_memory()
    settle_threads()
    sys.exit(run(now, os.environ))


if __name__ == "__main__":
    main()
