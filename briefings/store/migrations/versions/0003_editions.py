"""Editions, the ledger with what was sent, how far the pump has come; keys and edits of the web's messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("checked", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE stories SET checked = version")  # nothing was posted on a schedule before
    op.add_column("messages", sa.Column("key", sa.String(80)))
    op.add_column("messages", sa.Column("edited", sa.DateTime()))
    op.create_index("ix_messages_edited", "messages", ["platform", "tenant", "channel", "edited"])
    op.create_index("uq_messages_key", "messages", ["key"], unique=True)
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(80), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("cron", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("said", sa.String(200), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("only_changed", sa.Boolean(), nullable=False),
        sa.Column("missed", sa.String(8), nullable=False),
        sa.Column("quiet_start", sa.String(5)),
        sa.Column("quiet_end", sa.String(5)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_via", sa.String(32)),
        sa.Column("made_channel", sa.String(128)),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_editions_story_stories", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_editions_schedule", "editions", ["active", "cron", "timezone", "quiet_end"])
    op.create_index("ix_editions_tenant", "editions", ["platform", "tenant", "id"])
    op.create_index("ix_editions_story", "editions", ["story"])
    op.create_table(
        "contents",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_contents"),
    )
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("story", sa.Integer()),
        sa.Column("edition", sa.Integer()),
        sa.Column("of", sa.Integer()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("settled", sa.DateTime()),
        sa.Column("template", sa.String(80), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("fire", sa.String(40)),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("retry", sa.DateTime()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("content", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_dispatches"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_dispatches_story_stories", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["edition"], ["editions.id"], name="fk_dispatches_edition_editions", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["of"], ["dispatches.id"], name="fk_dispatches_of_dispatches", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["content"], ["contents.hash"], name="fk_dispatches_content_contents"),
        sa.UniqueConstraint("edition", "fire", name="uq_dispatches_edition_fire"),
        sqlite_autoincrement=True,
    )
    for name, columns in {
        "line": ["via", "channel", "state", "id"],
        "state": ["state", "id"],
        "tenant": ["platform", "tenant", "id"],
        "story": ["story", "kind", "state"],
        "of": ["of"],
        "started": ["started", "id"],
        "content": ["content"],
    }.items():
        op.create_index(f"ix_dispatches_{name}", "dispatches", columns)
    op.create_table(
        "parts",
        sa.Column("dispatch", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("message", sa.String(128), nullable=False),
        sa.Column("edits", sa.String(128), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried", sa.DateTime()),
        sa.Column("posted", sa.DateTime()),
        sa.PrimaryKeyConstraint("dispatch", "number", name="pk_parts"),
        sa.ForeignKeyConstraint(
            ["dispatch"], ["dispatches.id"], name="fk_parts_dispatch_dispatches", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["content"], ["contents.hash"], name="fk_parts_content_contents"),
    )
    op.create_index("ix_parts_content", "parts", ["content"])
    op.create_table(
        "progress",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_progress"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the migration.")
