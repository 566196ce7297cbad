"""The composition root: the only place that reads the clock and the environment."""

from __future__ import annotations

import gc
import os
import sys
from datetime import UTC, datetime


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def main() -> None:
    """Run the `sitrep` command."""
    from bots.cli.app import run

    gc.freeze()  # what is imported stays: the collector need not look at it again
    gc.set_threshold(50_000, 20, 100)
    sys.exit(run(now, os.environ))


if __name__ == "__main__":
    main()
