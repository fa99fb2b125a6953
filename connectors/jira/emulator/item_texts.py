"""What a history writes down of a field's old and new value: ids, and texts of that time."""

from collections.abc import Mapping
from typing import Protocol, cast

from connectors.jira.emulator.records import Item, Value
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.stamps import friendly, stamp
from connectors.jira.emulator.world import World

__all__ = ["item_of", "words"]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def item_of(world: World, field_id: str, old: Value, new: Value) -> Item:
    """Return the line about one field."""
    field = world.fields[field_id]
    before, after = words(world, field, old), words(world, field, new)
    name = field.name if field.custom else field_id
    return Item(name, "custom" if field.custom else "jira", field_id, before[0], before[1], after[0], after[1])


def words(world: World, field: Field, value: Value) -> tuple[str | None, str | None]:
    """Return a value's id and text as a history keeps them."""
    if value is None:
        return None, None
    found: tuple[str | None, str | None]
    if isinstance(value, list):
        found = _many(world, field, value)
    elif isinstance(value, str):
        found = _text(world, field, value)
    elif field.id in ("status", "priority", "resolution", "issuetype", "project"):
        found = str(value), _named(world, field.id, int(value))
    elif field.type == "option":
        found = str(value), world.options[int(value)].value
    elif field.type == "datetime":
        found = stamp(world, int(value)), friendly(world, int(value))
    elif field.type == "sd-customerrequesttype":
        found = None, world.request_types[int(value)].name
    else:
        found = None, f"{value:g}"
    return found


def _named(world: World, kind: str, number: int) -> str:
    things: dict[str, Mapping[int, _Named]] = {
        "status": world.statuses,
        "priority": world.priorities,
        "resolution": world.resolutions,
        "issuetype": world.types,
        "project": world.projects,
    }
    return things[kind][number].name


def _text(world: World, field: Field, value: str) -> tuple[str | None, str | None]:
    if field.type == "user":
        user = world.users.get(value)
        return value, value if user is None else user.display_name
    if field.type == "date":
        return value, value
    return None, value


def _many(world: World, field: Field, values: list[str] | list[int]) -> tuple[str | None, str | None]:
    if field.items == "user":
        people = [world.users[one] for one in cast("list[str]", values)]
        return f"[{', '.join(one.id for one in people)}]", f"[{', '.join(one.display_name for one in people)}]"
    if field.items == "sd-customerorganization":
        found = [world.organisations[one] for one in cast("list[int]", values)]
        return f"[{', '.join(str(one.id) for one in found)}]", ", ".join(one.name for one in found)
    return None, " ".join(str(one) for one in values)
