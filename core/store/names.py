"""The names people see: of organisations, teams and other values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, or_, select

from core.store import mentions, tables
from core.store.bulk import Upsert, clean
from core.tickets import Label, Organisation, Team

__all__ = ["add", "load"]


@dataclass(frozen=True, slots=True)
class _Kind:
    table: Table
    field: str


_ORGANISATIONS = _Kind(tables.organisation, mentions.ORGANISATION)
_TEAMS = _Kind(tables.team, mentions.TEAM)
_LABEL = Upsert(
    tables.label,
    ("connection_id", "field", "value", "text", "category"),
    key=("connection_id", "field", "value"),
    update=("text", "category"),
)


def add(
    tx: Connection,
    connection_id: int,
    organisations: Sequence[Organisation],
    teams: Sequence[Team],
    labels: Sequence[Label],
) -> set[int]:
    """Store names; return the row ids of the tickets that show a name which is different now."""
    found = _add_named(tx, connection_id, _ORGANISATIONS, organisations)
    found |= _add_named(tx, connection_id, _TEAMS, teams)
    return found | _add_labels(tx, connection_id, labels)


def load(tx: Connection, connection_id: int) -> dict[tuple[str, str], str]:
    """Return the connection's names by (field, source value); titles of custom fields that are in use by id."""
    label = tables.label.c
    used = or_(label.field != Label.FIELD, label.category != Label.INACTIVE)
    rows = tx.execute(select(label.field, label.value, label.text).where(label.connection_id == connection_id, used))
    found = {(field, value): text for field, value, text in rows}
    for kind in (_ORGANISATIONS, _TEAMS):
        named = kind.table.c
        pairs = tx.execute(select(named.source_id, named.name).where(named.connection_id == connection_id))
        found.update({(kind.field, source_id): name for source_id, name in pairs})
    return found


def _add_named(tx: Connection, connection_id: int, kind: _Kind, items: Iterable[Organisation | Team]) -> set[int]:
    given = {clean(item.id): (clean(item.name), item.active) for item in items}
    if not given:
        return set()
    named = kind.table.c
    rows = tx.execute(select(named.source_id, named.name, named.active).where(named.connection_id == connection_id))
    stored = {source_id: (name, active) for source_id, name, active in rows if source_id in given}
    new = {source_id: item for source_id, item in given.items() if stored.get(source_id) != item}
    Upsert(
        kind.table,
        ("connection_id", "source_id", "name", "active"),
        key=("connection_id", "source_id"),
        update=("name", "active"),
    ).run(tx, [(connection_id, source_id, *item) for source_id, item in new.items()])
    renamed = [each for each, (name, _) in new.items() if each not in stored or stored[each][0] != name]
    return mentions.tickets(tx, connection_id, kind.field, renamed)


def _add_labels(tx: Connection, connection_id: int, labels: Sequence[Label]) -> set[int]:
    given = {(label.field, clean(label.value)): (clean(label.text), label.category) for label in labels}
    if not given:
        return set()
    label = tables.label.c
    rows = tx.execute(
        select(label.field, label.value, label.text, label.category).where(label.connection_id == connection_id)
    )
    stored = {(field, value): (text, category) for field, value, text, category in rows}
    if any(field == Label.FIELD for field, _ in given):
        gone = [key for key in stored.keys() - given.keys() if key[0] == Label.FIELD]
        given |= {key: (stored[key][0], Label.INACTIVE) for key in gone}
    new = {key: item for key, item in given.items() if stored.get(key) != item}
    _LABEL.run(tx, [(connection_id, *key, *item) for key, item in new.items()])
    renamed = {each for each, (text, _) in new.items() if each not in stored or stored[each][0] != text}
    renamed |= _titled_alike(stored | new, {key: (stored.get(key), item) for key, item in new.items()})
    return mentions.tickets_showing(tx, connection_id, renamed) if renamed else set()


Named = tuple[str, str]
"""What people see, and the category."""


def _titled_alike(
    labels: Mapping[tuple[str, str], Named], changes: Mapping[tuple[str, str], tuple[Named | None, Named]]
) -> set[tuple[str, str]]:
    """Return the custom fields whose title is, or was, that of a field which changed: whom it names may be another."""
    moved = {key: each for key, each in changes.items() if key[0] == Label.FIELD}
    titles = {named[0].strip().casefold() for each in moved.values() for named in each if named is not None}
    alike = {key for key, (text, _) in labels.items() if key[0] == Label.FIELD and text.strip().casefold() in titles}
    return alike | moved.keys()
