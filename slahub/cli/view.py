"""What the commands that look need: what is in force and stored. No source is called, no secret read, nothing made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from connectors import registry
from connectors.registry import Catalogue
from core.errors import Problem, SettingsError
from core.flows.configure import in_force
from core.flows.evaluate import Active
from core.flows.source import Source, mapping_of
from core.hub import Hub
from core.settings import Configuration, Connection, Draft, hub_settings
from core.store import Store, connections
from core.store.connections import ConnectionRow
from core.tickets import SourceMapping
from slahub.bootstrap import Opening, host_now, offers_of
from slahub.stores import existing

__all__ = ["NOTHING", "Seen", "View", "advice", "known", "look", "nearest", "opened", "view"]

NOTHING = "nothing is in force yet; 'slahub run' puts the folder into force and starts the work"


@dataclass(frozen=True, slots=True)
class Seen:
    """One connection as it is stored; satisfies `core.flows.source.Read`."""

    settings: Connection
    row: ConnectionRow
    mapping: SourceMapping

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def name(self) -> str:
        return self.row.name

    def now(self) -> datetime:
        """Return the present instant by the source's clock, as last measured."""
        return host_now() + self.row.skew


@dataclass(frozen=True, slots=True)
class View:
    """An existing database and the revision that is in force in it."""

    store: Store
    draft: Draft
    configuration: Configuration
    active: Active
    seen: Mapping[str, Seen]

    def chosen(self, name: str) -> Sequence[Seen]:
        """Return the connection of that name, or all for none. Raises: SettingsError naming the nearest one."""
        if not name:
            return list(self.seen.values())
        if name not in self.seen:
            raise nearest(name, self.seen)
        return [self.seen[name]]


def look(opening: Opening, catalogue: Catalogue | None = None) -> View | None:
    """Return what is stored, or None where no revision was ever put into force; makes no database.

    Raises: SettingsError, StoreError.
    """
    draft = opening.draft()
    store = existing(hub_settings(draft))
    if store is None:
        return None
    catalogue = catalogue or registry.load()
    found = in_force(store, offers_of(catalogue))
    if found is None:
        return None
    configuration, active = found
    with store.view() as tx:
        rows = {row.name: row for row in connections.every(tx)}
    seen = {
        each.name: Seen(each, rows[each.name], mapping_of(each, catalogue.connectors[each.connector].mapping))
        for each in configuration.connections.values()
    }
    return View(store, draft, configuration, active, seen)


def view(opening: Opening) -> View:
    """Return what is stored. Raises: SettingsError where nothing is in force, StoreError."""
    found = look(opening)
    if found is None:
        raise SettingsError(NOTHING)
    return found


def opened(opening: Opening) -> Hub:
    """Open a hub over an existing database, for work that can only follow other work.

    Raises: SettingsError where nothing is in force, StoreError.
    """
    store = existing(hub_settings(opening.draft()))
    if store is None:
        raise SettingsError(NOTHING)
    return opening.hub(store, first_revision=False)


def known(opening: Opening, names: Iterable[str]) -> None:
    """Pass when all of these connections exist, before anything is made for them.

    Raises: SettingsError naming the nearest one.
    """
    wanted = list(names)
    if not wanted:
        return
    catalogue = registry.load()
    found = look(opening, catalogue)
    there = found.seen if found else opening.checked(opening.draft(), catalogue).connections
    for name in wanted:
        if name not in there:
            raise nearest(name, there)


def advice(source: Source) -> str:
    """Say where to look after a source has refused; nothing where it was never asked, which says so itself."""
    return "" if source.barred() else f"; look at connections.{source.name}.auth"


def nearest(name: str, there: Iterable[str]) -> SettingsError:
    """Return the error about a connection that does not exist."""
    names = list(there)
    near = get_close_matches(name, names, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"there is {', '.join(names)}" if names else "there is none"
    return SettingsError(Problem(f"no connection is called `{name}`", hint=hint))
