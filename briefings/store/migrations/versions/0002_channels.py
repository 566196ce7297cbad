"""Channels with their choices, the web's messages, a version for each story, articles an hour, full text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from briefings.store import search

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("gaps", sa.Column("kind", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "channels",
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("story", sa.Integer()),
        sa.Column("language", sa.String(2)),
        sa.Column("timezone", sa.String(64)),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", "channel", name="pk_channels"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_channels_story_stories", ondelete="SET NULL"
        ),
    )
    op.create_table(
        "intake",
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", "hour", name="pk_intake"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_channel", "messages", ["platform", "tenant", "channel", "id"])
    connection = op.get_bind()
    search.create(connection)
    search.index_all(connection)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the migration.")
