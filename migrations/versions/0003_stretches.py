"""Whose stretch an operational clock times, and since when a clock stands as it does."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clock", sa.Column("team", sa.String(length=200), nullable=True))
    for table in ("clock", "verdict"):
        op.add_column(table, sa.Column("since", sa.BigInteger(), nullable=True))
