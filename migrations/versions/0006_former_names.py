"""Which names a source value had before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("label", sa.Column("former", sa.JSON(), nullable=True))
