"""What the sources told by themselves, and which of it is still to be looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hint",
        sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False),
        sa.Column("connection_id", IDENTIFIER, nullable=False),
        sa.Column("delivery", sa.String(length=200), nullable=False),
        sa.Column("ticket_source_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("followed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_hint_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hint")),
        sa.UniqueConstraint("connection_id", "delivery", name=op.f("uq_hint_connection_id_delivery")),
    )
    op.create_index(op.f("ix_hint_connection_id_noted_at"), "hint", ["connection_id", "noted_at"])
    waiting = sa.text("followed_at IS NULL")
    op.create_index("ix_hint_waiting", "hint", ["connection_id", "id"], sqlite_where=waiting, postgresql_where=waiting)
