"""Groups, companies, services and places by name, and everybody who is in a group; users that have changed."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from connectors import Checkpoint, Label, Organisation, Page, Record, Team, perhaps, readable
from connectors.servicenow.client import Closed
from connectors.servicenow.keyset import Asked, Keyset, Place
from connectors.servicenow.mapping import row_id
from connectors.servicenow.people import COLUMNS, USERS, People
from connectors.servicenow.scope import IDS, Scope
from connectors.servicenow.shapes import stored, sys_id
from connectors.servicenow.streams import LATE, OVERLAP
from connectors.servicenow.tickets import HELD_BACK

__all__ = ["DIRECTORY", "PEOPLE", "changed", "names"]

DIRECTORY: Final = "directory"

PEOPLE: Final = "people"

LISTS: Final[Mapping[str, Callable[[str, str], Record]]] = {
    "sys_user_group": Team,
    "core_company": Organisation,
    "cmdb_ci_service": lambda ident, name: Label("service", ident, name),
    "cmn_location": lambda ident, name: Label("requester_site", ident, name),
}

AT_ONCE: Final = 500


def names(keyset: Keyset, people: People) -> Iterator[Page]:
    """Yield all names, as far as this user may read them, and the members of groups."""
    for table, record in LISTS.items():
        try:
            for batch in keyset.sweep(Asked(table, ("sys_id", "name"), size=IDS)):
                found: tuple[Record, ...]
                found, aside = readable(DIRECTORY, batch.items, partial(_named, record), row_id)
                yield Page(found, Checkpoint(""), set_aside=aside)
        except Closed:
            continue
    yield Page(people.learn(people.members(), ()), Checkpoint(""))


def _named(record: Callable[[str, str], Record], raw: object) -> Record | None:
    row = perhaps(raw)
    name = stored(row, "name")
    return record(sys_id(row), name) if name else None


def changed(keyset: Keyset, scope: Scope, people: People, since: Checkpoint) -> Iterator[Page]:
    """Yield the users that have changed; none where they may not be read."""
    place, asked = Place.loaded(since.cursor), scope.clock()
    until = asked - HELD_BACK
    # Their roles are told by groups, which do not change with them.
    people.members()
    try:
        for batch in keyset.changed(Asked(USERS, COLUMNS, size=AT_ONCE), place, until):
            found, aside = readable(PEOPLE, batch.items, people.read, row_id)
            yield Page(found, batch.place.checkpoint(), set_aside=aside)
    except Closed:
        yield Page((), since)
        return
    yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint(), asked - LATE)
