"""What every command has: settings, a desk over the opened store, and ways to print."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import typer

from briefings.errors import SettingsFault
from briefings.model import LOCAL, Language

if TYPE_CHECKING:
    from rich.progress import Progress

    from briefings.desk import Desk
    from briefings.rendering import Briefing, Templates
    from briefings.settings import Settings

T = TypeVar("T")


class _Lines:
    """Writes log lines to standard error. One that can't be written (a full disk, a closed pipe) stops nothing."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


@dataclass
class Session:
    """One run of the command line."""

    now: Callable[[], datetime]
    environment: Mapping[str, str]
    config: Path | None = None
    data: Path | None = None
    verbose: bool = False

    @cached_property
    def settings(self) -> Settings:
        from briefings.settings import load_settings

        self._log()
        return load_settings(self.config)

    def _log(self) -> None:
        import structlog

        level = logging.DEBUG if self.verbose else logging.WARNING
        plain = structlog.dev.ConsoleRenderer(
            colors=sys.stderr is not None and sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        )
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.StackInfoRenderer(),
                structlog.dev.set_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                plain,  # a traceback without the values in it: they may be secrets
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=_Lines,
        )
        for name in ("trafilatura", "htmldate", "justext", "charset_normalizer", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)

    @cached_property
    def templates(self) -> Templates:
        from briefings.rendering import Templates

        return Templates(self.settings.templates)

    @property
    def folder(self) -> Path:
        """Where the database is: --data, the setting, or the platform's user data folder."""
        from platformdirs import user_data_path

        return self.data or self.settings.data or user_data_path("sitrep")

    @cached_property
    def zone(self) -> tzinfo:
        from briefings.rendering.words import zone_of

        try:
            return zone_of(self.settings.timezone)
        except LookupError as e:
            raise SettingsFault(
                f"There is no time zone {self.settings.timezone!r}.",
                "Give an IANA name such as Europe/Paris.",
            ) from e

    def language(self, chosen: str | None = None) -> Language:
        """The option, else the terminal's language where Sitrep speaks it, else the setting."""
        if chosen:
            return cast(Language, chosen)
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            value = self.environment.get(name, "")
            if value[:2] in ("fr", "en"):
                return cast(Language, value[:2])
        return self.settings.language

    @asynccontextmanager
    async def desk(self, *, store: bool = True, folder: Path | None = None) -> AsyncIterator[Desk]:
        """A desk for this run, its store and child process closed at the end."""
        from briefings.desk import Desk, Reader
        from briefings.sources import Worker

        opened = None
        if store:
            from briefings.store import open_store

            url = "" if folder is not None else self.settings.database_url.get_secret_value()
            opened = await asyncio.to_thread(open_store, folder or self.folder, url=url)
        try:
            async with Worker(self.settings.limits.extract_seconds) as worker:
                yield Desk(
                    self.settings, self.templates, opened, self.now, Reader(self.settings, worker), LOCAL
                )
        finally:
            if opened is not None:
                await asyncio.to_thread(opened.close)


def session(context: typer.Context) -> Session:
    found = context.find_object(Session)
    assert found is not None  # the callback made it
    return found


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""
    return asyncio.run(work)


def progress(total: int) -> Progress:
    """A bar on standard error for what takes more than a second; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(
        console=Console(stderr=True), transient=True, disable=total < 2 or not sys.stderr.isatty()
    )


def utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def write(text: str) -> None:
    """Text to standard output as UTF-8, whatever the locale says."""
    if sys.stdout is None:
        return
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text)


def output(briefing: Briefing, to: Literal["text", "markdown", "html", "json"], name: str) -> None:
    """Print a briefing: on a terminal with its colours and width, elsewhere as plain text."""
    from briefings import rendering

    if to == "text" and sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False, emoji=False, markup=False).print(rendering.to_terminal(briefing.document))
    elif to == "text":
        write(rendering.to_text(briefing))
    elif to == "markdown":
        write(rendering.to_markdown(briefing))
    elif to == "html":
        write(rendering.to_html(briefing, name))
    else:
        write(rendering.to_json(briefing, name))
