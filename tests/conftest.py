"""Databases for tests: each one empty and migrated, a copy of a template made once for each worker."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from core.store import Store, schema
from core.store.tables import metadata
from tests.postgresql_server import running

DIALECTS = ("sqlite", "postgresql")

LONG = ("tests/e2e/", "tests/soak/", "tests/docs/test_snippets.py", "tests/benchmarks/")
"""Where tests wait for processes."""


class Databases(Protocol):
    """Makes databases of one kind. `empty` leaves out the migrations."""

    def __call__(self, *, empty: bool = False) -> Store: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each worker begin with its share of the tests that wait for processes: others run meanwhile.

    Each is handed a stretch of the list, and what is left of it at the end others take over. The longest
    come soon, so that nobody is left with one in the end.
    """
    waiting = [each for place in LONG for each in items if place in each.path.as_posix()]
    others = [each for each in items if not any(place in each.path.as_posix() for place in LONG)]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = -(-len(others) // workers)
    parts = ((waiting[part::workers], others[part * size : (part + 1) * size]) for part in range(workers))
    items[:] = [each for slow, quick in parts for each in (*slow, *quick)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    store = Store(f"sqlite:///{path}")
    schema.migrate(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A server of this worker's own."""
    with running() as server:
        url = make_url(server.get_uri(driver="psycopg"))
        _administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> URL:
    _administer(postgresql_server, "CREATE DATABASE template_migrated")
    url = postgresql_server.set(database="template_migrated")
    store = Store(url.render_as_string(hide_password=False))
    schema.migrate(store)
    store.close()
    return url


@pytest.fixture
def sqlite_stores(sqlite_template: Path, tmp_path: Path) -> Iterator[Databases]:
    made: list[Store] = []

    def make(*, empty: bool = False) -> Store:
        path = tmp_path / f"store{len(made)}.db"
        if not empty:
            shutil.copyfile(sqlite_template, path)
        made.append(Store(f"sqlite:///{path}"))
        return made[-1]

    yield make
    for store in made:
        store.close()


_numbers = count()
WIPE = "TRUNCATE {} RESTART IDENTITY".format(", ".join(f'"{name}"' for name in metadata.tables))
ALONE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="session")
def postgresql_spare() -> list[str]:
    """Databases that a test has given back, wiped: making one takes longer than wiping it."""
    return []


@pytest.fixture
def postgresql_stores(
    request: pytest.FixtureRequest, postgresql_server: URL, postgresql_spare: list[str]
) -> Iterator[Databases]:
    made: list[tuple[Store, str, bool]] = []

    def make(*, empty: bool = False) -> Store:
        if empty or not postgresql_spare:
            name = f"t{next(_numbers)}"
            template = "template0" if empty else request.getfixturevalue("postgresql_template").database
            _administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {template}")
        else:
            name = postgresql_spare.pop()
        store = Store(postgresql_server.set(database=name).render_as_string(hide_password=False))
        made.append((store, name, empty))
        return store

    yield make
    for store, name, empty in made:
        # A test may have made it one of another version.
        spoilt = empty or schema.state(store).age is not schema.SchemaAge.CURRENT
        store.close()
        if spoilt:
            _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")
        else:
            _administer(postgresql_server.set(database=name), ALONE, WIPE)
            postgresql_spare.append(name)


@pytest.fixture(params=DIALECTS)
def stores(request: pytest.FixtureRequest) -> Databases:
    """Makes as many empty, migrated databases of one kind as a test wants; the test runs for each kind."""
    made: Databases = request.getfixturevalue(f"{request.param}_stores")
    return made


@pytest.fixture
def store(stores: Databases) -> Store:
    """An empty, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    return stores()


@pytest.fixture
def sqlite_store(sqlite_stores: Databases) -> Store:
    """An empty, migrated SQLite database."""
    return sqlite_stores()


def _administer(server: URL, *statements: str) -> None:
    url = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
