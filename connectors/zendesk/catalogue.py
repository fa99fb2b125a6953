"""The names that people see: of teams, statuses, brands, forms, custom fields and what these may hold."""

from collections.abc import Iterator, Sequence

from connectors import Checkpoint, Label, Page, Record, SetAside, fields_of, flag, readable, several, text
from connectors.zendesk import mapping
from connectors.zendesk.account import Account
from connectors.zendesk.fields import Layout
from connectors.zendesk.mapping import Read, custom
from connectors.zendesk.shapes import identifier

__all__ = ["STREAM", "field_labels", "read"]

STREAM = "catalogue"

LONGEST = 200
"""No name is given to a value longer than this; it is shown as it is."""

NAMED: tuple[tuple[str, Read], ...] = (
    ("groups", mapping.each(STREAM, mapping.team)),
    ("custom_statuses", mapping.each(STREAM, mapping.status_label)),
    ("brands", mapping.each(STREAM, mapping.label("brand"))),
    ("ticket_forms", mapping.each(STREAM, mapping.label("form"))),
)


def read(account: Account) -> Page:
    """Return all names; what the plan does not have stays empty."""
    raw = account.api.everything("ticket_fields")
    records, aside = field_labels(raw, account.layouts.renewed(raw))
    found: list[Record] = list(records)
    unreadable: list[SetAside] = list(aside)
    for resource, reading in NAMED:
        named, failed = reading(account.api.everything(resource, optional=resource != "groups"))
        found += named
        unreadable += failed
    return Page(tuple(found), Checkpoint(""), set_aside=tuple(unreadable))


def field_labels(raw: Sequence[object], layout: Layout) -> tuple[tuple[Label, ...], tuple[SetAside, ...]]:
    """Return the titles of custom fields, and the names of their options; the hub's own fields are not followed."""
    labels, aside = readable(STREAM, raw, lambda each: tuple(_labels(each, layout)))
    return tuple(label for several_labels in labels for label in several_labels), aside


def _labels(raw: object, layout: Layout) -> Iterator[Label]:
    row = fields_of(raw, "ticket field")
    source_id = identifier(row, "id")
    # Fields that cannot be removed are Zendesk's own: status, priority and their like.
    if not flag(row, "removable", default=True) or source_id in layout.ids:
        return
    active = flag(row, "active", default=True)
    yield Label(Label.FIELD, source_id, text(row, "title"), text(row, "type") if active else Label.INACTIVE)
    for each in several(row.get("custom_field_options")):
        option = fields_of(each, "field option")
        value, name = text(option, "value"), text(option, "name")
        if value and name and len(value) <= LONGEST:
            yield Label(custom(source_id), value, name)
