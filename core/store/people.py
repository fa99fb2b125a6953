"""Who people are at the source, and which role they had since when."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from core.sla.history import RoleSpan
from core.store import tables
from core.store.bulk import Upsert, chunks, clean
from core.store.types import to_microseconds
from core.tickets import Person

__all__ = ["Sightings", "add", "names", "sightings", "spans"]

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)

Sightings = Mapping[datetime, str]
"""Which role was seen at which instant. `ALWAYS` stands for no date."""

_PERSON = Upsert(
    tables.person,
    ("connection_id", "source_id", "name", "organisation", "active"),
    key=("connection_id", "source_id"),
    update=("name", "organisation", "active"),
)
_ROLE = Upsert(tables.person_role, ("person_id", "since", "role"), key=("person_id", "since"), update=("role",))


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    name: str
    organisation: str | None
    active: bool
    roles: Sightings


def add(tx: Connection, connection_id: int, people: Sequence[Person]) -> tuple[int, set[str]]:
    """Store people and the roles they were seen in.

    Returns: how many were new or changed, and the ids of those whose role spans are different now.
    """
    seen: defaultdict[str, dict[datetime, Person]] = defaultdict(dict)
    for person in people:
        seen[clean(person.id)][person.since or ALWAYS] = person
    before = _stored(tx, connection_id, seen)
    newest = {source_id: sighted[max(sighted)] for source_id, sighted in seen.items()}
    current = {
        source_id: (clean(person.name), person.organisation and clean(person.organisation), person.active)
        for source_id, person in newest.items()
    }
    rows = [
        (connection_id, source_id, *current[source_id])
        for source_id, sighted in seen.items()
        if _replaces(before.get(source_id), max(sighted), current[source_id])
    ]
    _PERSON.run(tx, rows)
    fresh = seen.keys() - before.keys()
    ids = {source_id: old.id for source_id, old in before.items()} | {
        source_id: old.id for source_id, old in (_stored(tx, connection_id, fresh) if fresh else {}).items()
    }
    roles: list[tuple[int, int, str]] = []
    changed = {row[1] for row in rows}
    turned: set[str] = set()
    for source_id, sighted in seen.items():
        known: Sightings = before[source_id].roles if source_id in before else {}
        new = {at: clean(person.role) for at, person in sighted.items() if known.get(at) != clean(person.role)}
        roles += [(ids[source_id], to_microseconds(at), role) for at, role in new.items()]
        if new:
            changed.add(source_id)
        if spans(known) != spans({**known, **new}):
            turned.add(source_id)
    _ROLE.run(tx, roles)
    return len(changed), turned


def spans(roles: Sightings) -> tuple[RoleSpan, ...]:
    """Return the role spans, ascending, no two neighbours equal; the first one reaches back to the beginning.

    A role of no date counts only where there is no dated one: a source that shows somebody no more says
    nothing of who they were.
    """
    found: list[RoleSpan] = []
    for at in sorted(roles.keys() - {ALWAYS}) or roles:
        if not found or found[-1].role != roles[at]:
            found.append(RoleSpan(at if found else None, roles[at]))
    return tuple(found)


def sightings(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, dict[datetime, str]]:
    """Return by person which role was seen when; people who are not stored are absent."""
    person, role = tables.person.c, tables.person_role.c
    found: defaultdict[str, dict[datetime, str]] = defaultdict(dict)
    for chunk in chunks(source_ids):
        rows = tx.execute(
            select(person.source_id, role.since, role.role)
            .join_from(tables.person, tables.person_role, role.person_id == person.id)
            .where(person.connection_id == connection_id, person.source_id.in_(chunk))
        )
        for source_id, since, word in rows:
            found[source_id][since] = word
    return found


def names(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, str]:
    """Return the names of these people; those who are not stored, or have none, are absent."""
    person = tables.person.c
    found: dict[str, str] = {}
    for chunk in chunks(source_ids):
        rows = tx.execute(
            select(person.source_id, person.name).where(
                person.connection_id == connection_id, person.source_id.in_(chunk)
            )
        )
        found.update({source_id: name for source_id, name in rows if name})
    return found


def _stored(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, _Stored]:
    roles = sightings(tx, connection_id, source_ids)
    person = tables.person.c
    found: dict[str, _Stored] = {}
    for chunk in chunks(source_ids):
        rows = tx.execute(
            select(person.id, person.source_id, person.name, person.organisation, person.active).where(
                person.connection_id == connection_id, person.source_id.in_(chunk)
            )
        )
        for row in rows.all():
            found[row.source_id] = _Stored(row.id, row.name, row.organisation, row.active, roles.get(row.source_id, {}))
    return found


def _replaces(old: _Stored | None, at: datetime, current: tuple[str, str | None, bool]) -> bool:
    """Say whether the picture seen at `at` is to be stored: an older one never replaces a newer one."""
    if old is None:
        return True
    return (old.name, old.organisation, old.active) != current and (not old.roles or at >= max(old.roles))
