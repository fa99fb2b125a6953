"""Which ticket somebody means."""

from collections.abc import Sequence

from core.errors import Problem, SettingsError
from core.store import lists
from slahub.cli.view import Seen, View

__all__ = ["ticket_called"]


def ticket_called(found: View, which: str) -> tuple[Seen, int, str]:
    """Return the connection, the row id and the key of the ticket CONNECTION:KEY, or of KEY where one alone has it.

    Raises: SettingsError when there is no such ticket, or more than one.
    """
    name, colon, key = which.partition(":")
    if not colon:
        name, key = "", which
    if not key:
        raise SettingsError(Problem(f"`{which}` does not name a ticket", hint="write CONNECTION:KEY, as in desk:4711"))
    there = [(seen, *row) for seen in found.chosen(name) for row in _tickets(found, seen, key)]
    if not there:
        where = f"connection {name} has no ticket" if name else "no connection has a ticket"
        raise SettingsError(f"{where} {key}")
    if len(there) > 1:
        names = " or ".join(f"{seen.name}:{its}" for seen, _, its in there)
        raise SettingsError(Problem(f"several tickets are called {key}", hint=f"write {names}"))
    return there[0]


def _tickets(found: View, seen: Seen, key: str) -> Sequence[tuple[int, str]]:
    """Return the ticket with this key; else those with this id at the source."""
    with found.store.view() as tx:
        rows = list(lists.ticket_rows(tx, lists.ticket_ids(tx, seen.id, key=key)))
    keyed = [row for row in rows if row.key == key] or rows
    return [(row.id, row.key) for row in keyed]
