"""What a write may set: values coerced to their columns; what does not fit is dropped without a word."""

from typing import cast

from connectors.servicenow.emulator.answers import Call
from connectors.servicenow.emulator.rights import may_write_column
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.stamps import instant, typed_time
from connectors.servicenow.emulator.world import World

__all__ = ["given", "written"]

_SILENT = ("password", "password2", "GUID", "domain_path", "journal_list")


def given(body: object) -> dict[str, object]:
    """Return the values of a body; of a list only the first record is looked at."""
    if isinstance(body, list):
        rows = cast("list[object]", body)
        body = rows[0] if rows else {}
    return cast("dict[str, object]", body) if isinstance(body, dict) else {}


def written(world: World, call: Call, table: str, values: dict[str, object]) -> dict[str, str]:
    """Return what is really stored: unknown and unwritable columns are left out, odd values become empty."""
    known = world.schema.columns(table)
    found: dict[str, str] = {}
    for name, value in values.items():
        column = known.get(name)
        if column is None or column.type in _SILENT or name.startswith("sys_"):
            continue
        if may_write_column(world, call.account, table, name):
            text = _stored(world, call, table, column, _text(value))
            if text is not None:
                found[name] = text
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)


def _stored(world: World, call: Call, table: str, column: Column, text: str) -> str | None:
    """Return a value as its column takes it; None: the column stays as it is."""
    shown = call.flag("sysparm_input_display_value")
    if column.choice:
        return _choice(world, call, table, column, text, shown=shown)
    if column.type == "reference":
        return _reference(world, column.reference, text, shown=shown)
    if column.is_time and text:
        if shown:
            return typed_time(text, call.account.zone, call.account.form)
        return text if instant(text) is not None else None
    return _plain(column, text)


def _plain(column: Column, text: str) -> str:
    if column.type == "boolean":
        return "true" if text.lower() in ("true", "1") else "false"
    if column.type == "integer":
        return text if text.lstrip("-").isdecimal() or text == "" else "0"
    return text[: column.length]


def _choice(world: World, call: Call, table: str, column: Column, text: str, *, shown: bool) -> str | None:
    """Return a value that is on the column's list, else an empty one; a choice cannot be cleared by an empty text."""
    known = world.choices.of(table, column.name)
    if text == "":
        return None
    if not known:
        return text[: column.length]
    if text in known:
        return text
    value = world.choices.value(table, column.name, text, call.account.language) if shown else None
    return value or ""


def _reference(world: World, table: str, text: str, *, shown: bool) -> str:
    if not shown or not text or table not in world.schema.tables:
        return text[:32]
    display = world.schema.tables[table].display
    row = world.find(table, text) or world.first(table, **{display: text})
    return "" if row is None else row.id
