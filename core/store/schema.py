"""Brings the database to the schema of this version, and tells how far it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from core.assets import folder
from core.errors import StoreError
from core.store.database import Store

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "SchemaAge", "SchemaState", "migrate", "require", "state"]


HEAD = "0015"
"""This version's last migration. Alembic, slow to load, is asked only about a database that is not there."""

_VERSION = table("alembic_version", column("version_num"))


class SchemaAge(StrEnum):
    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """current: the migration the database is at, None for an empty one. head: this version's last one."""

    current: str | None
    head: str
    age: SchemaAge


def state(store: Store) -> SchemaState:
    """Return how the database's schema stands to this version's. Raises: StoreError."""
    with store.view() as tx:
        return _state(tx)


def require(store: Store) -> None:
    """Pass when the schema is this version's. Raises: StoreError that says what to do."""
    _refuse_newer(found := state(store))
    if found.age is SchemaAge.EMPTY:
        raise StoreError("the database is empty; run 'slahub db migrate'")
    if found.age is SchemaAge.BEHIND:
        raise StoreError(
            f"the database is at migration {found.current}, this slahub needs {found.head}; "
            "make a backup and run 'slahub db migrate'"
        )


def migrate(store: Store) -> None:
    """Run all missing migrations in one transaction, alone over all processes; does nothing when current.

    Raises: StoreError when the database is newer, or a migration fails (nothing is changed then).
    """
    if (found := state(store)).age is SchemaAge.CURRENT:
        return
    _refuse_newer(found)
    with store.reshaping() as tx:
        _refuse_newer(_state(tx))
        from alembic import command

        config = _config()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def _state(tx: Connection) -> SchemaState:
    current = tx.execute(select(_VERSION.c.version_num)).scalar() if inspect(tx).has_table(_VERSION.name) else None
    if current is None:
        return SchemaState(None, HEAD, SchemaAge.EMPTY)
    if current == HEAD:
        return SchemaState(current, HEAD, SchemaAge.CURRENT)
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        ScriptDirectory.from_config(_config()).get_revision(current)
    except CommandError:
        return SchemaState(current, HEAD, SchemaAge.NEWER)
    return SchemaState(current, HEAD, SchemaAge.BEHIND)


def _refuse_newer(found: SchemaState) -> None:
    if found.age is SchemaAge.NEWER:
        raise StoreError(
            f"the database was written by a newer slahub (migration {found.current}, this one knows up to "
            f"{found.head}); install that version again, or restore the backup made before its upgrade"
        )


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    # Alembic keeps its options in an INI file's way, in which a per cent sign begins a reference.
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config
