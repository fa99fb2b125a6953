"""The database of a hub: opened, made ready, and what of it a connection is opened with."""

from collections.abc import Iterable

from core.flows.source import Source
from core.settings import HubSettings
from core.store import Store, connections, naming, provisions, revisions, schema

__all__ = ["begun", "existing", "hide_names", "open_store", "recorded"]


def open_store(settings: HubSettings, *, make: bool = False) -> Store:
    """Open the database and see that its schema is this version's; `make` an empty one ready.

    Raises: StoreError when it is of another version.
    """
    store = Store(settings.database)
    if make and schema.state(store).age is schema.SchemaAge.EMPTY:
        schema.migrate(store)
    schema.require(store)
    return store


def existing(settings: HubSettings) -> Store | None:
    """Return the database, or None where there is none or it has no tables; makes none.

    Raises: StoreError when its schema is not this version's.
    """
    store = Store(settings.database)
    if store.path is not None and not store.path.exists():
        return None
    if schema.state(store).age is schema.SchemaAge.EMPTY:
        return None
    schema.require(store)
    return store


def begun(store: Store) -> bool:
    """Say whether a revision is in force."""
    with store.view() as tx:
        return revisions.last(tx) > 0


def hide_names(store: Store, sources: Iterable[Source]) -> None:
    """Replace what is stored in clear of people whose names are not to be stored any more."""
    for source in sources:
        if source.veil.names:
            with store.view() as tx:
                names = naming.clear(tx, source.id)
            if names:
                with store.unit() as tx:
                    connections.hold(tx, source.id)
                    naming.hide(tx, source.id, source.veil, names)
                store.flush()


def recorded(store: Store | None, name: str) -> provisions.Recorded:
    """Return the ids that were recorded for a connection."""
    if store is None:
        return {}
    with store.view() as tx:
        row = connections.get(tx, name)
        return provisions.recorded(tx, row.id) if row else {}
