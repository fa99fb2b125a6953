"""What is kept of what was done with the data itself: who was forgotten, what was sealed, and who did it when."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from core.store.tables.base import metadata, of_connection, row_id
from core.store.types import Identifier, Instant

__all__ = ["audit", "forgotten", "ledger"]

audit = Table(
    "audit",
    metadata,
    # added to only: the database itself refuses to change or delete a row
    row_id(),
    Column("at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("what", String(50), nullable=False),  # forget forgotten restore age
    Column("about", JSON, nullable=False),  # never a name
    Index(None, "at"),
)

forgotten = Table(
    "forgotten",
    metadata,
    # by what a person is known again who must not be: digests under a key that is not in the database
    row_id(),
    of_connection(),
    Column("digest", String(64), nullable=False),
    Column("stands", String(40), nullable=False),  # what is stored in its place
    Column("sealed_with", String(32), nullable=False),  # tells whether the key is still the same
    Column("at", Instant, nullable=False),
    UniqueConstraint("connection_id", "digest"),
)

ledger = Table(
    "ledger",
    metadata,
    # what a sealed clock follows from, kept when the events it was read from are removed
    Column("clock_id", Identifier, ForeignKey("clock.id"), primary_key=True, autoincrement=False),
    Column("sealed_at", Instant, nullable=False),
    Column("zones", String(50), nullable=False, default=""),  # the edition of the zones by which it was read
    Column("content", JSON, nullable=False),
)
