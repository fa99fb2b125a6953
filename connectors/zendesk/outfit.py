"""What the hub makes in an account, and how an admin makes the same by hand: fields and views, as Zendesk has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import FieldName, Slot
from connectors.zendesk.fields import DAY, DROPDOWN, STATES, OwnField, tag_of

__all__ = ["KINDS", "OPTIONS", "VIEWS", "ViewPlan", "field_body", "field_steps", "view_bodies", "view_steps"]

KINDS: Mapping[Slot, tuple[str, str]] = {
    Slot.DUE: ("text", "text field"),
    Slot.STATE: (DROPDOWN, "drop-down"),
    Slot.METRIC: ("text", "text field"),
    Slot.POLICY: ("text", "text field"),
    Slot.BREACHED_AT: ("text", "text field"),
    Slot.DUE_DAY: (DAY, "date field"),
}
"""Zendesk's type and people's word for it. A due time is a text: a date field drops the time of day."""

SHOWS: Mapping[Slot, str] = {
    Slot.DUE: "when the SLA falls due, in UTC; empty while its clock is paused",
    Slot.STATE: "how the SLA stands",
    Slot.METRIC: "which part of the SLA the other fields speak of",
    Slot.POLICY: "which SLA policy applies",
    Slot.BREACHED_AT: "when the SLA was breached, in UTC",
    Slot.DUE_DAY: "the day on which the SLA falls due, to sort by",
}

OPTIONS = tuple((state, tag_of(state)) for state in STATES)

OPEN: Mapping[str, object] = {"field": "status", "operator": "less_than", "value": "solved"}

BESIDES = ("nice_id", "description", "requester", "group", "assignee", "priority")
SHOWN = (Slot.DUE_DAY, Slot.DUE, Slot.METRIC, Slot.POLICY)
"""Columns of a view, Zendesk's and ours; ten are the most that it may have."""


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """A view of the unsolved tickets in one state."""

    what: str
    title: str
    state: str


VIEWS = (
    ViewPlan("view:at_risk", "SLA at risk", "at risk"),
    ViewPlan("view:breached", "Breached", "breached"),
)


def field_body(slot: Slot, title: str) -> dict[str, object]:
    """Return what Zendesk is asked to make: a field that agents see and end users do not."""
    kind, _ = KINDS[slot]
    body: dict[str, object] = {
        "type": kind,
        "title": title,
        "agent_description": f"Written by slahub: {SHOWS[slot]}. What is entered here by hand does not last.",
        "visible_in_portal": False,
        "editable_in_portal": False,
        "required": False,
        "required_in_portal": False,
    }
    if kind == DROPDOWN:
        body["custom_field_options"] = [{"name": state, "value": tag} for state, tag in OPTIONS]
    return body


def field_steps(slot: Slot, name: FieldName) -> tuple[str, ...]:
    """Return how an admin makes the field of a slot."""
    kind, _ = KINDS[slot]
    word = {DROPDOWN: "Drop-down", DAY: "Date"}.get(kind, "Text")
    options = ", ".join(f"{state} ({tag})" for state, tag in OPTIONS)
    return (
        f"Admin Center › Objects and rules › Tickets › Fields › Add field: {word}, called '{name.title}'",
        *([f"its values, each with its tag: {options}"] if kind == DROPDOWN else []),
        "permissions: 'Agents can edit', so that end users do not see it; not required",
    )


def view_bodies(plan: ViewPlan, fields: Mapping[Slot, OwnField]) -> list[dict[str, object]]:
    """Return what Zendesk is asked to make, and what else where it does not sort by a field of ours."""
    state = fields[Slot.STATE]
    ours = [int(fields[slot].id) for slot in SHOWN if slot in fields]
    day = fields.get(Slot.DUE_DAY)
    body: dict[str, object] = {
        "title": plan.title,
        "description": f"Made by slahub: unsolved tickets whose '{state.title}' is '{plan.state}'.",
        "active": True,
        "all": [OPEN, {"field": f"custom_fields_{state.id}", "operator": "is", "value": state.write(plan.state)}],
        "any": [],
    }
    return [
        {**body, "output": {"columns": [*BESIDES, *ours], "sort_by": by, "sort_order": "asc"}}
        for by in ([day.id] if day else []) + ["created"]
    ]


def view_steps(plan: ViewPlan, names: Mapping[Slot, str]) -> tuple[str, ...]:
    """Return how an admin makes a view. names: what the slots' fields are called."""
    columns = ", ".join(names[slot] for slot in SHOWN if slot in names)
    order = f", ordered by {names[Slot.DUE_DAY]}, ascending" if Slot.DUE_DAY in names else ""
    return (
        f"Admin Center › Workspaces › Agent tools › Views › Create view: '{plan.title}', for any agent",
        f"all conditions: Status category is less than Solved; {names[Slot.STATE]} is '{plan.state}'",
        f"columns: ID, Subject, Requester, Group, Assignee, Priority, {columns}{order}",
    )
