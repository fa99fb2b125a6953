"""The calls to the sources, counted for all processes, and what these say of their limits."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "spent",
        sa.Column("connection_id", IDENTIFIER, nullable=False),
        sa.Column("bound", sa.String(length=100), nullable=False),
        sa.Column("boot", sa.String(length=100), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_spent_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "bound", "boot", "part", name=op.f("pk_spent")),
    )
    op.create_table(
        "call_limit",
        sa.Column("connection_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_call_limit_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "name", name=op.f("pk_call_limit")),
    )
