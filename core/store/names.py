"""The names people see: of organisations, teams and other values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Table, or_, select

from core.sla.words import folded
from core.store import mentions, tables
from core.store.bulk import Upsert, clean, dumps
from core.tickets import Label, Organisation, Team

__all__ = ["add", "load", "words"]

MOST_FORMER = 20
"""Nobody remembers more names of one thing."""


@dataclass(frozen=True, slots=True)
class _Kind:
    table: Table
    field: str


_ORGANISATIONS = _Kind(tables.organisation, mentions.ORGANISATION)
_TEAMS = _Kind(tables.team, mentions.TEAM)
_LABEL = Upsert(
    tables.label,
    ("connection_id", "field", "value", "text", "category", "former"),
    key=("connection_id", "field", "value"),
    update=("text", "category", "former"),
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
    mine = label.connection_id == connection_id
    rows = tx.execute(select(label.field, label.value, label.text).where(mine, used, label.text != ""))
    found = {(field, value): text for field, value, text in rows}
    for kind in (_ORGANISATIONS, _TEAMS):
        named = kind.table.c
        pairs = tx.execute(select(named.source_id, named.name).where(named.connection_id == connection_id))
        found.update({(kind.field, source_id): name for source_id, name in pairs})
    return found


def words(tx: Connection, connection_id: int, fields: Collection[str]) -> tuple[Label, ...]:
    """Return the labels of the values of these fields, always in the same order."""
    label = tables.label.c
    rows = tx.execute(
        select(label.field, label.value, label.text, label.category, label.former)
        .where(label.connection_id == connection_id, label.field.in_(fields))
        .order_by(label.field, label.value)
    )
    return tuple([Label(*row[:-1], former=tuple(row.former or ())) for row in rows])


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


class _Named(NamedTuple):
    """What people see, and saw before; and the category."""

    text: str
    category: str
    former: tuple[str, ...] = ()


def _add_labels(tx: Connection, connection_id: int, labels: Sequence[Label]) -> set[int]:
    if not labels:
        return set()
    label = tables.label.c
    rows = tx.execute(
        select(label.field, label.value, label.text, label.category, label.former).where(
            label.connection_id == connection_id
        )
    )
    stored = {(row.field, row.value): _Named(row.text, row.category, tuple(row.former or ())) for row in rows}
    given = dict[tuple[str, str], _Named]()
    for each in labels:
        key = (each.field, clean(each.value))
        given[key] = _named(each, given.get(key) or stored.get(key))
    if any(field == Label.FIELD for field, _ in given):
        gone = [key for key in stored.keys() - given.keys() if key[0] == Label.FIELD]
        given |= {key: stored[key]._replace(category=Label.INACTIVE) for key in gone}
    new = {key: item for key, item in given.items() if stored.get(key) != item}
    cells = [(*key, item.text, item.category, dumps(item.former) if item.former else None) for key, item in new.items()]
    _LABEL.run(tx, [(connection_id, *row) for row in cells])
    changed = {key for key, item in new.items() if key not in stored or _means(key, stored[key]) != _means(key, item)}
    changed |= _titled_alike(stored | new, {key: (stored.get(key), item) for key, item in new.items()})
    return mentions.tickets_showing(tx, connection_id, changed) if changed else set()


def _named(label: Label, before: _Named | None) -> _Named:
    """Return a label as it is to be stored, with the names that it had before."""
    text = clean(label.text)
    if before is not None and not text:
        return before._replace(category=label.category or before.category)
    names = [*([before.text, *before.former] if before else ()), *map(clean, label.former)]
    former = dict[str, str]()
    for name in names:
        former.setdefault(folded(name), name)
    for none in ("", folded(text)):
        former.pop(none, None)
    return _Named(text, label.category, tuple(former.values())[:MOST_FORMER])


def _means(key: tuple[str, str], named: _Named) -> object:
    """Return that of a label by which tickets are judged: of a word also its category and former names."""
    return named if mentions.is_word(key[0]) else named.text


def _titled_alike(
    labels: Mapping[tuple[str, str], _Named], changes: Mapping[tuple[str, str], tuple[_Named | None, _Named]]
) -> set[tuple[str, str]]:
    """Return the custom fields whose title is, or was, that of a field which changed: whom it names may be another."""
    moved = {key: each for key, each in changes.items() if key[0] == Label.FIELD}
    titles = {folded(named.text) for each in moved.values() for named in each if named is not None}
    alike = {key for key, named in labels.items() if key[0] == Label.FIELD and folded(named.text) in titles}
    return alike | moved.keys()
