"""Source values read in the normal words of one connection."""

from collections.abc import Mapping

from core.tickets import Kind, Phase, Priority, SourceMapping, SourceValue, Status

__all__ = ["Unmapped", "customer_of", "kind_of", "priority_of", "status_of", "text_of"]

Unmapped = tuple[str, str]
"""A field and a source value that the mapping does not know."""


def text_of(value: SourceValue) -> str | None:
    """Return a single value, None for nothing or several."""
    return value if isinstance(value, str) and value else None


def status_of(mapping: SourceMapping, values: Mapping[str, SourceValue]) -> tuple[Status, Unmapped | None]:
    """Return the normal status; the phase is unknown when no status field has a value that the mapping knows."""
    unmapped: Unmapped | None = None
    for name in mapping.status_fields:
        value = text_of(values.get(name))
        if value is None:
            continue
        known = mapping.status.get((name, value))
        if known is not None:
            return known, None
        unmapped = (name, value)
    return Status(Phase.UNKNOWN), unmapped


def priority_of(mapping: SourceMapping, values: Mapping[str, SourceValue]) -> tuple[Priority, Unmapped | None]:
    """Return the normal priority; `none` when it is empty (the mapping may say otherwise under "") or unmapped."""
    value = text_of(values.get("priority"))
    known = mapping.priority.get(value or "")
    if known is not None or value is None:
        return known or Priority.NONE, None
    return Priority.NONE, ("priority", value)


def kind_of(mapping: SourceMapping, values: Mapping[str, SourceValue]) -> tuple[Kind, Unmapped | None]:
    """Return the normal kind; `none` when it is empty (the mapping may say otherwise under "") or unmapped."""
    value = text_of(values.get("kind"))
    known = mapping.kind.get(value or "")
    if known is not None or value is None:
        return known or Kind.NONE, None
    return Kind.NONE, ("kind", value)


def customer_of(
    customers: Mapping[tuple[str, str], str],
    fields: Mapping[str, Mapping[str, str]],
    connection: str,
    values: Mapping[str, SourceValue],
    labels: Mapping[tuple[str, str], str],
) -> str | None:
    """Return the configured customer of a ticket's values.

    fields: those that name one at this connection, which go before the organisation, and that before the
        customer of the whole connection. Each is asked by its value's id, then by its name.
    """
    for name, named in fields.items():
        value = values.get(name)
        for word in (value,) if isinstance(value, str) else value or ():
            found = named.get(word) or named.get(labels.get((name, word), word).lower())
            if found is not None:
                return found
    known: str | None = None
    one = text_of(values.get("organisation"))
    if one is not None:
        known = customers.get((connection, one))
        if known is None:
            known = customers.get((connection, labels.get(("organisation", one), one).lower()))
    return known if known is not None else customers.get((connection, "*"))
