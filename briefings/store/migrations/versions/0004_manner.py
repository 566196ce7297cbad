"""How an edition is posted; which tenants have sent Sitrep away; what is remembered by name; events taken up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("editions", sa.Column("manner", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "departures",
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("left", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", name="pk_departures"),
    )
    op.create_table(
        "remembered",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_remembered"),
    )
    op.create_table(
        "taken",
        sa.Column("event", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_taken"),
    )
    op.create_index("ix_taken_at", "taken", ["at"])
