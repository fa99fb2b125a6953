"""What PostgreSQL's planner has to know of tables that have just been filled for the first time."""

from sqlalchemy import Connection, Table, text

__all__ = ["learn"]

_UNKNOWN = text("SELECT relname FROM pg_class WHERE oid = ANY (CAST(:names AS regclass[])) AND reltuples <= 0")


def learn(tx: Connection, *filled: Table) -> None:
    """Have the server look at these tables where it never has, or found them empty.

    Until it has, it guesses, and reads whole tables where an index would do.
    It looks by itself a minute or so later; by then a backfill has read a hundred pages.
    """
    if tx.dialect.name == "sqlite" or not filled:
        return
    unknown = tx.execute(_UNKNOWN, {"names": [table.name for table in filled]}).scalars().all()
    if unknown:
        tx.exec_driver_sql(f"ANALYZE {', '.join(sorted(unknown))}")
