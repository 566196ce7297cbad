"""The schema's steps, carried out by Alembic. It is imported where there is one to carry out: it takes time and memory."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def config() -> Config:
    """Where the steps are."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return made


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def schemas() -> frozenset[str]:
    """Those that this program knows."""
    return frozenset(s.revision for s in scripts().walk_revisions())


def upgrade(connection: Connection) -> None:
    """To the newest schema, in the connection's transaction."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
