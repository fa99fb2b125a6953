"""What the hub makes on a site, and how an administrator makes the same by hand: fields, as Jira has them. Pure."""

from collections.abc import Mapping, Sequence

from connectors import FieldName, Slot
from connectors.jira.fields import PREFIX
from connectors.jira.own import STATES, FieldKind, option

__all__ = [
    "CONTEXT",
    "KINDS",
    "OPTIONS",
    "context_steps",
    "field_body",
    "field_steps",
    "option_steps",
    "screen_steps",
]

KINDS: Mapping[Slot, tuple[str, str, str]] = {
    Slot.DUE: (FieldKind.DATETIME, "datetimerange", "date time picker"),
    Slot.STATE: (FieldKind.SELECT, "multiselectsearcher", "select list"),
    Slot.METRIC: (FieldKind.TEXT, "textsearcher", "text field"),
    Slot.POLICY: (FieldKind.TEXT, "textsearcher", "text field"),
    Slot.BREACHED_AT: (FieldKind.DATETIME, "datetimerange", "date time picker"),
    Slot.DUE_DAY: (FieldKind.DATE, "daterange", "date picker"),
}
"""Jira's type, what searches it in JQL, and people's word for it."""

IN_JIRA: Mapping[str, str] = {
    FieldKind.DATETIME: "Date time picker",
    FieldKind.DATE: "Date picker",
    FieldKind.SELECT: "Select list (single choice)",
    FieldKind.TEXT: "Text field (single line)",
}

SHOWS: Mapping[Slot, str] = {
    Slot.DUE: "when the SLA falls due; empty while its clock is paused",
    Slot.STATE: "how the SLA stands",
    Slot.METRIC: "which part of the SLA the other fields speak of",
    Slot.POLICY: "which SLA policy applies",
    Slot.BREACHED_AT: "when the SLA was breached",
    Slot.DUE_DAY: "the day on which the SLA falls due, to sort by",
}

OPTIONS = tuple(option(Slot.STATE, state) for state in STATES)

CONTEXT = "Made by slahub"


def field_body(slot: Slot, title: str) -> dict[str, object]:
    """Return what Jira is asked to make."""
    kind, searcher, _ = KINDS[slot]
    return {
        "name": title,
        "description": f"Written by slahub: {SHOWS[slot]}. What is entered here by hand does not last.",
        "type": f"{PREFIX}{kind}",
        "searcherKey": f"{PREFIX}{searcher}",
    }


def field_steps(slot: Slot, name: FieldName, where: str) -> tuple[str, ...]:
    """Return how an administrator makes the field of a slot. where: the projects, in words."""
    kind, _, _ = KINDS[slot]
    title = name.title or f"field {name.id}"
    return (
        f"Jira administration › Issues › Custom fields › Create: {IN_JIRA[kind]}, called '{title}'",
        *(option_steps(title, OPTIONS) if slot is Slot.STATE else ()),
        *context_steps(title, where),
        *screen_steps(title, where),
    )


def option_steps(title: str, options: Sequence[str]) -> tuple[str, ...]:
    """Return how an administrator adds options."""
    return (f"give '{title}' the options {', '.join(options)}",)


def context_steps(title: str, where: str) -> tuple[str, ...]:
    """Return how an administrator has projects get a field."""
    return (f"let a context of '{title}' apply to {where}, for all issue types",)


def screen_steps(title: str, where: str) -> tuple[str, ...]:
    """Return how an administrator has agents see a field. where: projects or screens, in words."""
    return (f"put '{title}' on the edit and view screens of {where}",)
