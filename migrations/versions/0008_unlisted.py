"""Since when a ticket that is there is known to be in no list of a census."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("unlisted_at", sa.BigInteger(), nullable=True))
