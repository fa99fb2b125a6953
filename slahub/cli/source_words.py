"""The source's own words beside the normal ones, for scripts: by the name people see, with the id behind it."""

from collections.abc import Mapping

from core.sla.steps import Words
from core.store.lists import TicketRow
from core.tickets import SourceValue

__all__ = ["of_change", "of_ticket"]

Names = Mapping[tuple[str, str], str]


def of_ticket(row: TicketRow, names: Names) -> dict[str, object]:
    """Return `source_status` and `source_priority`; `…_id` where the source has a name for it."""
    return {
        **_named("source_status", "status", row.source_status, names),
        **_named("source_priority", "priority", row.source_priority, names),
    }


def of_change(change: Words, words: tuple[str, ...], names: Names) -> dict[str, object]:
    """Return `source_from` and `source_to`; of the fields `words` by name, with `…_id` where the source has one."""
    if change.field not in words:
        return {"source_from": change.source_before, "source_to": change.source_after}
    return {
        **_named("source_from", change.field, change.source_before, names),
        **_named("source_to", change.field, change.source_after, names),
    }


def _named(key: str, field: str, value: SourceValue, names: Names) -> dict[str, object]:
    name = names.get((field, value)) if isinstance(value, str) else None
    return {key: value} if name is None else {key: name, f"{key}_id": value}
