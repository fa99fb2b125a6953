"""What an admin was told of findings, and why tickets are missing that a census has listed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("finding", sa.Column("step", sa.String(length=20), nullable=False, server_default=""))
    for name in ("hidden", "aside"):
        op.add_column("census", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "alert",
        sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False),
        sa.Column("finding_id", IDENTIFIER, nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("says", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(length=100), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_alert_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "finding_id", "recipient", "says", "step", name=op.f("uq_alert_finding_id_recipient_says_step")
        ),
    )
    op.create_index(op.f("ix_alert_recipient_state"), "alert", ["recipient", "state"])
