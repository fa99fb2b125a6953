"""What the hub makes in an instance, and how its admin makes the same by hand: columns, choices, forms, lists. Pure."""

from collections.abc import Mapping, Sequence

from connectors import FieldName, Slot
from connectors.servicenow.columns import NAME, derived
from connectors.servicenow.own import STATES, value_of

__all__ = [
    "CHOICES",
    "KINDS",
    "UNAUDITED",
    "access_steps",
    "audit_steps",
    "choice_bodies",
    "choice_steps",
    "column_body",
    "column_steps",
    "element_of",
    "form_steps",
    "label_of",
]

KINDS: Mapping[Slot, tuple[str, str, int]] = {
    Slot.DUE: ("glide_date_time", "Date/Time", 40),
    Slot.STATE: ("choice", "Choice", 40),
    Slot.METRIC: ("string", "String", 100),
    Slot.POLICY: ("string", "String", 255),
    Slot.BREACHED_AT: ("glide_date_time", "Date/Time", 40),
    Slot.DUE_DAY: ("glide_date", "Date", 40),
}
"""ServiceNow's type, people's word for it, and how many characters it holds."""

LABELS: Mapping[Slot, str] = {
    Slot.DUE: "SLA due",
    Slot.STATE: "SLA state",
    Slot.METRIC: "SLA metric",
    Slot.POLICY: "SLA policy",
    Slot.BREACHED_AT: "SLA breached at",
    Slot.DUE_DAY: "SLA due day",
}

CHOICES: Mapping[str, str] = {state: state.capitalize() for state in STATES}
"""The label of each state's choice."""

UNAUDITED = "no_audit"

SECTION = "SLA"


def element_of(name: FieldName) -> str:
    """Return what the column of a slot is to be called by machines."""
    for told in (name.id, name.title.strip()):
        if NAME.fullmatch(told):
            return told
    return derived(name.title)


def label_of(slot: Slot, name: FieldName) -> str:
    """Return what the column of a slot is to be called by people."""
    title = name.title.strip()
    return LABELS[slot] if not title or NAME.fullmatch(title) else title


def column_body(slot: Slot, name: FieldName, table: str) -> dict[str, str]:
    """Return what ServiceNow is asked to make: a column of which no change is audited."""
    kind, _, longest = KINDS[slot]
    return {
        "name": table,
        "element": element_of(name),
        "internal_type": kind,
        "column_label": label_of(slot, name),
        "max_length": str(longest),
        "attributes": UNAUDITED,
        "active": "true",
    }


def choice_bodies(table: str, element: str, states: Sequence[str]) -> list[dict[str, str]]:
    """Return the choices of a column, in the order in which they are offered."""
    return [
        {
            "name": table,
            "element": element,
            "value": value_of(state),
            "label": CHOICES[state],
            "language": "en",
            "sequence": str(10 * STATES.index(state)),
        }
        for state in states
    ]


def column_steps(slot: Slot, name: FieldName, tables: Sequence[str]) -> tuple[str, ...]:
    """Return how an admin makes the column of a slot."""
    _, kind, longest = KINDS[slot]
    element, label = element_of(name), label_of(slot, name)
    length = f", Max length {longest}" if kind == "String" else ""
    return (
        f"for each of {', '.join(tables)}: System Definition › Tables › the table › Columns › New: "
        f"Type {kind}, Column label '{label}', Column name {element}{length}",
        *(choice_steps(label, STATES) if slot is Slot.STATE else ()),
        *audit_steps(label),
        *access_steps(element, tables),
        *form_steps(slot, label, tables),
    )


def choice_steps(label: str, states: Sequence[str]) -> tuple[str, ...]:
    """Return how an admin gives a column its choices."""
    words = ", ".join(f"{CHOICES[state]} ({value_of(state)})" for state in states)
    return (
        f"on '{label}' › Choice list specification: Dropdown with -- None --; choices, each with its value: {words}",
    )


def audit_steps(label: str) -> tuple[str, ...]:
    """Return how an admin keeps the hub's writes out of the audit."""
    return (f"on '{label}' › Attributes: {UNAUDITED}, or each write leaves rows in the audit",)


def access_steps(element: str, tables: Sequence[str]) -> tuple[str, ...]:
    """Return how an admin lets the hub's account write a column."""
    names = ", ".join(f"{table}.{element}" for table in tables)
    return (f"let the hub's account read and write it, where roles for the table do not (ACLs on {names})",)


def form_steps(slot: Slot, label: str, tables: Sequence[str]) -> tuple[str, ...]:
    """Return how an admin has agents see a column."""
    where = ", ".join(tables)
    steps = [f"form of {where} › Configure › Form Layout: a section '{SECTION}' that holds '{label}'"]
    if slot in {Slot.DUE, Slot.STATE}:
        steps.append(f"list of {where} › Configure › List Layout: add '{label}'")
    return tuple(steps)
