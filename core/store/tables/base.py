"""What all tables have in common: how constraints are called, and the columns that point to each other."""

from sqlalchemy import Column, ForeignKey, MetaData

from core.store.types import Identifier

__all__ = ["metadata", "of_connection", "of_ticket", "row_id"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    return Column("id", Identifier, primary_key=True, autoincrement=True)


def of_connection() -> Column[int]:
    return Column("connection_id", Identifier, ForeignKey("connection.id"), nullable=False)


def of_ticket() -> Column[int]:
    return Column("ticket_id", Identifier, ForeignKey("ticket.id"), nullable=False)
