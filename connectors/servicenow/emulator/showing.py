"""Values as people see them: labels, names, local times."""

from collections.abc import Mapping

from connectors.servicenow.emulator.records import Account
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.stamps import length, shown_duration, shown_time
from connectors.servicenow.emulator.world import World

__all__ = ["journal_text", "shown"]

_HEADINGS = {"comments": "Additional comments", "work_notes": "Work notes"}


def shown(world: World, account: Account, table: str, column: Column, values: Mapping[str, str]) -> str | None:
    """Return the display value of a column; None for an empty choice."""
    value = values.get(column.name, "")
    if column.type.startswith("journal"):
        return journal_text(world, account, column.name, values["sys_id"])
    if column.type == "due_date" and value == "":
        return "UNKNOWN"
    if value == "":
        return None if column.choice else ""
    if column.choice:
        return world.choices.label(table, column.name, value, account.language)
    if column.type == "reference":
        return _name(world, account, column.reference, value)
    return _plain(world, account, column, value)


def _plain(world: World, account: Account, column: Column, value: str) -> str:
    if column.is_time or column.type == "due_date":
        return shown_time(value, account.zone, account.form)
    if column.type == "glide_duration":
        return shown_duration(length(value))
    known = world.schema.tables.get(value) if column.name == "sys_class_name" else None
    return value if known is None else known.label


def _name(world: World, account: Account, table: str, sys_id: str) -> str:
    """Return what stands for a record; nothing if it is gone or out of reach."""
    row = world.find(table, sys_id)
    if row is None or (row.id in world.hidden and not account.admin):
        return ""
    seen = row.seen(world.clock.exact())
    return "" if seen is None else seen.get(world.schema.tables[table].display, "")


def journal_text(world: World, account: Account, name: str, sys_id: str) -> str:
    """Return the entries of a record as one text, newest first, each under a line with time, author and kind."""
    now = world.clock.exact()
    parts: list[str] = []
    for row in sorted(world.related("sys_journal_field", sys_id), key=lambda one: one["sys_created_on"], reverse=True):
        fits = name in (row["element"], "comments_and_work_notes")
        if not fits or row.seen(now) is None:
            continue
        author = world.find("sys_user", world.user_ids.get(row["sys_created_by"], ""))
        who = row["sys_created_by"] if author is None else author["name"]
        at = shown_time(row["sys_created_on"], account.zone, account.form)
        parts.append(f"{at} - {who} ({_HEADINGS[row['element']]})\n{row['value']}\n\n")
    return "".join(parts)
