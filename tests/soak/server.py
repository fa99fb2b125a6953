"""A PostgreSQL server that can be killed where it stands."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tests.postgresql_server import running

__all__ = ["DatabaseServer", "database_server"]

RECOVERY = 60.0
"""Seconds within which it has to come back."""


class DatabaseServer:
    """url: of an empty database. killed: how often it was."""

    def __init__(self, server: Any) -> None:
        self._server = server
        plain = make_url(server.get_uri(driver="psycopg"))
        self._admin = plain.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE soak TEMPLATE template0")
        self.url = plain.set(database="soak").render_as_string(hide_password=False)
        self.killed = 0

    def kill(self) -> None:
        """Kill the server; its children end by themselves."""
        os.kill(self._server.get_pid(), signal.SIGKILL)
        self.killed += 1

    def start(self) -> None:
        """Start it again; it is refused while children of the dead one are there."""
        end = time.monotonic() + RECOVERY
        while True:
            try:
                self._server.ensure_postgres_running()
                with psycopg.connect(self._admin):
                    return
            except (psycopg.OperationalError, subprocess.SubprocessError):
                if time.monotonic() > end:
                    raise
            select.select([], [], [], 0.2)


@contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """Run a server of its own inside the block, which writes to its disk as in earnest."""
    with running() as server:
        yield DatabaseServer(server)
