"""Every change of a record goes through here: stamps, audit, journal, and those who listen."""

from collections.abc import Mapping

from connectors.servicenow.emulator.records import SAVED, How, Row, Update
from connectors.servicenow.emulator.schema import JOURNALS, Table
from connectors.servicenow.emulator.stamps import stamp
from connectors.servicenow.emulator.world import World

__all__ = ["insert", "reclass", "remove", "update"]

_LOGS = frozenset({"sys_audit", "sys_journal_field", "sys_audit_delete"})
_Entry = tuple[str, str, str]


def insert(world: World, table: str, by: str, values: Mapping[str, str], how: How = SAVED) -> Row:
    """Make a record at the present moment; a ticket gets its number. Initial values leave no audit rows."""
    at = world.clock.now()
    draft = {name: value for name, value in values.items() if value != ""}
    row = Row(table, {"sys_id": draft.pop("sys_id", "") or world.new_id()})
    found = world.schema.tables[table]
    if found.prefix and "number" not in draft:
        draft["number"] = f"{found.prefix}{world.number(found.prefix, 10_001):07d}"
    if how.workflow:
        for rule in world.before:
            rule(world, row, draft, by)
    written = stamp(at)
    spoken = [(name, draft.pop(name)) for name in JOURNALS if name in draft]
    row.values.update({name: value for name, value in draft.items() if value != ""})
    row.values["sys_created_on"], row.values["sys_created_by"] = written, by
    if table not in _LOGS:
        row.values.update(sys_updated_on=written, sys_updated_by=by, sys_mod_count="0")
    if "sys_class_name" in world.schema.columns(table):
        row.values["sys_class_name"] = table
    _late(world, row, None, how)
    world.keep(row)
    journal = _speak(world, row, spoken, by, written, how)
    _tell(world, Update("insert", row, at, by, 0, {}, journal, how))
    return row


def update(world: World, row: Row, by: str, values: Mapping[str, str], how: How = SAVED) -> Update | None:
    """Save values of a record at the present moment; None: nothing is different, and nothing happened.

    `comments` and `work_notes` among the values are new entries.
    """
    at = world.clock.now()
    draft = dict(values)
    if how.workflow:
        for rule in world.before:
            rule(world, row, draft, by)
    spoken = [(name, draft.pop(name)) for name in JOURNALS if draft.get(name)]
    before = row.values
    changes = {name: (before.get(name, ""), new) for name, new in draft.items() if before.get(name, "") != new}
    for name in JOURNALS:
        changes.pop(name, None)
    if not changes and not spoken:
        return None
    _late(world, row, dict(before) if how.lag else None, how)
    for name, (_, new) in changes.items():
        if new == "":
            before.pop(name, None)
        else:
            before[name] = new
    written, count = stamp(at), int(before.get("sys_mod_count") or "0")
    if how.stamps:
        count += 1
        before.update(sys_updated_on=written, sys_updated_by=by, sys_mod_count=str(count))
    journal = _speak(world, row, spoken, by, written, how)
    done = Update("update", row, at, by, count, changes, journal, how)
    if how.audit:
        _audit(world, world.schema.tables[row.table], done)
    _tell(world, done)
    return done


def remove(world: World, row: Row, by: str, *, archive: bool = False) -> None:
    """Delete a record, or move a ticket into its archive; both leave a row among the deletions."""
    at = world.clock.now()
    written, count = stamp(at), int(row["sys_mod_count"] or "0")
    world.drop(row)
    if row.table not in _LOGS:
        _write(world, row.table, "DELETED", row.id, "DELETED", "DELETED", by, count, written, 0.0)
        display = row[world.schema.tables[row.table].display]
        _log(
            world, "sys_audit_delete", by, written, 0.0, tablename=row.table, documentkey=row.id, display_value=display
        )
    if archive:
        world.keep(Row(f"ar_{row.table}", {**row.values}))
    if world.schema.is_a(row.table, "task"):
        world.gone[row.id] = (row, "archived" if archive else "deleted")
    _tell(world, Update("delete", row, at, by, count))


def reclass(world: World, row: Row, table: str, by: str, how: How = SAVED) -> None:
    """Give a ticket another class. It keeps its sys_id; columns that the new class lacks are lost."""
    old = row.table
    world.drop(row)
    known = world.schema.columns(table)
    row.table = table
    lost = {name: value for name, value in row.values.items() if name not in known}
    row.values = {name: value for name, value in row.values.items() if name in known}
    world.keep(row)
    at = world.clock.now()
    written = stamp(at)
    changes = {"sys_class_name": (old, table)}
    row.values["sys_class_name"] = table
    count = int(row["sys_mod_count"] or "0")
    if how.stamps:
        count += 1
        row.values.update(sys_updated_on=written, sys_updated_by=by, sys_mod_count=str(count))
    done = Update("update", row, at, by, count, changes, (), how, lost)
    if how.audit:
        _audit(world, world.schema.tables[table], done)
    _tell(world, done)


def _late(world: World, row: Row, before: dict[str, str] | None, how: How) -> None:
    """Let others see what was there until the change is committed; an earlier one is by now, with its traces.

    A record is held by whoever changes it: the next save of it waits for the end of the one before.
    """
    if row.commits > world.clock.exact():
        for one in (*world.related("sys_audit", row.id), *world.related("sys_journal_field", row.id)):
            one.commits = 0.0
    if how.lag:
        row.before, row.commits = before, world.clock.exact() + how.lag
    else:
        row.before, row.commits = None, 0.0


def _audit(world: World, table: Table, done: Update) -> None:
    """Leave a row for each audited field, and one for each journal entry."""
    if not table.audit:
        return
    known, row = world.schema.columns(table.name), done.row
    late = 1 if "audit_late" in world.traps else 0
    written = stamp(done.at + late)
    for name, (old, new) in done.changes.items():
        column = known.get(name)
        if column is not None and column.audit and old != new:
            _write(world, table.name, name, row.id, old, new, done.by, done.count, written, row.commits)
    for name, text, _ in done.journal:
        times = 1
        if "journal_split" in world.traps:
            times = world.dice.choice((0, 1, 1, 2))
        for _ in range(times):
            _write(world, table.name, name, row.id, "", text, done.by, done.count, written, row.commits)


def _write(
    world: World, table: str, name: str, key: str, old: str, new: str, by: str, count: int, written: str, commits: float
) -> None:
    values = {
        "sys_id": world.new_id(),
        "tablename": table,
        "fieldname": name,
        "documentkey": key,
        "oldvalue": old,
        "newvalue": new,
        "user": by,
        "record_checkpoint": str(count),
        "sys_created_on": written,
        "sys_created_by": by,
    }
    world.keep(Row("sys_audit", values, None, commits))


def _speak(
    world: World, row: Row, spoken: list[tuple[str, str]], by: str, written: str, how: How
) -> tuple[_Entry, ...]:
    """Leave a row in the journal for each entry; the audit has nothing to say in that."""
    if not spoken:
        return ()
    entries = list[_Entry]()
    for name, text in spoken:
        under = row.table
        if "journal_under_task" in world.traps and world.dice.random() < 0.5:
            under = "task"
        entry = _log(
            world,
            "sys_journal_field",
            by,
            written,
            row.commits,
            name=under,
            element=name,
            element_id=row.id,
            value=text,
        )
        entries.append((name, text, entry.id))
    return tuple(entries)


def _log(world: World, table: str, by: str, written: str, commits: float, **values: str) -> Row:
    row = Row(
        table, {"sys_id": world.new_id(), **values, "sys_created_on": written, "sys_created_by": by}, None, commits
    )
    world.keep(row)
    return row


def _tell(world: World, done: Update) -> None:
    if world.schema.is_a(done.row.table, "task"):
        world.updates.setdefault(done.row.id, []).append(done)
    if done.how.workflow:
        for listener in world.listeners:
            listener(done)
