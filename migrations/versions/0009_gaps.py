"""Since when the history of single fields of a ticket is whole, where it is not from the beginning."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("gaps", sa.JSON(), nullable=True))
