"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2)),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        sa.UniqueConstraint("platform", "tenant", "slug", name="uq_stories_platform_tenant_slug"),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(161), nullable=False),
        sa.Column("identity", sa.String(200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("owner", "identity", name="uq_articles_owner_identity"),
    )
    op.create_table(
        "revisions",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outlet", sa.String(200), nullable=False),
        sa.Column("byline", sa.Text(), nullable=False),
        sa.Column("agency", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2)),
        sa.Column("published", sa.DateTime()),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("added", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("article", "revision", name="pk_revisions"),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name="fk_revisions_article_articles", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "readings",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article", "revision", name="pk_readings"),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name="fk_readings_article_articles", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("added", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("story", "article", name="pk_memberships"),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_memberships_story_stories", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name="fk_memberships_article_articles", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_memberships_article", "memberships", ["article"])
    op.create_table(
        "citations",
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("story", "number", name="pk_citations"),
        sa.UniqueConstraint(
            "story",
            "article",
            "revision",
            "start",
            "end",
            name="uq_citations_story_article_revision_start_end",
        ),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name="fk_citations_story_stories", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name="fk_citations_article_articles"),
    )
    op.create_table(
        "marks",
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("story", "channel", name="pk_marks"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name="fk_marks_story_stories", ondelete="CASCADE"),
    )
    op.create_table(
        "gaps",
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(500), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("story", "what", name="pk_gaps"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name="fk_gaps_story_stories", ondelete="CASCADE"),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the migration.")
