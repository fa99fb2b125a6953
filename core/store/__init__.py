"""Tables, units of work and queries. Every query takes the connection of a unit or a view first."""

from sqlalchemy import Connection as Tx

from core.store.database import Store

__all__ = ["Store", "Tx"]
