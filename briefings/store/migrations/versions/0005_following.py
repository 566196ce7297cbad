"""What stories are followed by, what is polled, which articles were matched and why; editions that go out at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("resting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("editions", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("editions", sa.Column("told_at", sa.DateTime(), nullable=True))
    op.create_index("ix_revisions_digest", "revisions", ["digest"])
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("url", sa.String(2_000), nullable=False),
        sa.Column("article", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(500), nullable=False, server_default=""),
        sa.Column("etag", sa.String(600), nullable=False, server_default=""),
        sa.Column("modified", sa.String(64), nullable=False, server_default=""),
        sa.Column("digest", sa.String(64), nullable=False, server_default=""),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("leased", sa.DateTime(), nullable=True),
        sa.Column("lease", sa.String(64), nullable=False, server_default=""),
        sa.Column("asked", sa.DateTime(), nullable=True),
        sa.Column("brought", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing", sa.DateTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("error", sa.String(40), nullable=False, server_default=""),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name="fk_feeds_article_articles", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("kind", "url", name="uq_feeds_kind_url"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feeds_due", "feeds", ["gone", "due"])
    op.create_index("ix_feeds_article", "feeds", ["article"])
    op.create_table(
        "entries",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("seen", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "key", name="pk_entries"),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name="fk_entries_feed_feeds", ondelete="CASCADE"),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(2_000), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=True),
        sa.Column("added", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("via", sa.String(32), nullable=True),
        sa.Column("channel", sa.String(128), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_follows"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_follows_story_stories", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name="fk_follows_feed_feeds"),
        sa.UniqueConstraint("story", "kind", "value", name="uq_follows_story_kind_value"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follows_feed", "follows", ["feed"])
    op.create_table(
        "matches",
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False, server_default=""),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("story", "article", name="pk_matches"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_matches_story_stories", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name="fk_matches_article_articles", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_matches_article", "matches", ["article"])
