"""What a census has found, and since when a ticket is not shown any more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = ("present", "out_of_scope", "unseen", "deleted", "forbidden", "lost", "back", "repaired")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("lost_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "census",
        sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False),
        sa.Column("connection_id", IDENTIFIER, nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("believed", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_census_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_census")),
    )
    op.create_index(op.f("ix_census_connection_id_field_value"), "census", ["connection_id", "field", "value"])
