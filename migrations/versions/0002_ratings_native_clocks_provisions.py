"""Ratings, the sources' own clocks, what was made at the source, events that were not kept, and writes that fail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("connection", sa.Column("bound_to", sa.Text(), nullable=True))
    op.add_column("field", sa.Column("failures", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("left_out_until", sa.BigInteger(), nullable=True))
    op.add_column("ticket", sa.Column("listed", sa.Boolean(), nullable=True))
    _table_of_a_connection(
        "rating",
        sa.Column("ticket_source_id", sa.String(length=200), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("score", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("requester", sa.String(length=200), nullable=True),
        sa.Column("assignee", sa.String(length=200), nullable=True),
        sa.Column("team", sa.String(length=200), nullable=True),
        one_for=("source_id",),
    )
    _table_of_a_connection(
        "native_clock",
        sa.Column("ticket_source_id", sa.String(length=200), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("metric", sa.String(length=100), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("says", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("business", sa.Boolean(), nullable=True),
        sa.Column("policy", sa.String(length=200), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        one_for=("source_id",),
    )
    _table_of_a_connection(
        "provision",
        sa.Column("what", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        one_for=("what", "title"),
    )
    for table in ("rating", "native_clock"):
        name = op.f(f"ix_{table}_connection_id_ticket_source_id")
        op.create_index(name, table, ["connection_id", "ticket_source_id"])

    _address_alone()


def _address_alone() -> None:
    """Take the brand's id off a Zendesk account's identity: brands come and go, and not everybody sees them."""
    connection = sa.table("connection", sa.column("id"), sa.column("connector"), sa.column("instance"))
    known = sa.select(connection.c.id, connection.c.instance).where(
        connection.c.connector == "zendesk", connection.c.instance.is_not(None)
    )
    for row in op.get_bind().execute(known).all():
        address = row.instance.partition("/")[0]
        op.execute(connection.update().where(connection.c.id == row.id).values(instance=address))


def _table_of_a_connection(name: str, *columns: sa.Column, one_for: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False),
        sa.Column("connection_id", IDENTIFIER, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f(f"fk_{name}_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("connection_id", *one_for, name=op.f(f"uq_{name}_connection_id_{'_'.join(one_for)}")),
    )
