"""A ticket's columns as the hub's fields, in the one form that rows and the audit agree on. Pure.

A state's number means another thing in each table, and a ticket on hold says in a second column what it waits for:
both are part of the status, `incident/3/1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors import SourceValue
from connectors.servicenow.shapes import LONGEST, moment, spoken

__all__ = ["FOLLOWED", "Columns", "custom", "status_value"]

PLAIN: Final[Mapping[str, str]] = {
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "assigned_to": "assignee",
    "assignment_group": "team",
    "business_service": "service",
    "location": "requester_site",
}
"""ServiceNow's name -> ours, of the columns that every ticket may have."""

REQUESTERS: Final[Mapping[str, str]] = {
    "incident": "caller_id",
    "sc_req_item": "requested_for",
    "sc_request": "requested_for",
    "change_request": "requested_by",
}

OPENER: Final = "opened_by"

HOLDS: Final[Mapping[str, tuple[str, frozenset[str] | None]]] = {
    "incident": ("hold_reason", frozenset({"3"})),
    "change_request": ("on_hold", None),
}
"""By table the column that says what is waited for, and the states in which it counts; None: in all of them.

The platform does not clear it everywhere when the wait is over.
"""

NOTHING: Final = frozenset({"", "false", "0"})

FOLLOWED: Final = frozenset({*PLAIN, *REQUESTERS.values(), OPENER, "state", "company", "sys_class_name"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What is followed of one table's tickets.

    tables: all that are read. A row whose class is none of them is one of the table that it was asked of.
    more: further columns, of an administrator's choice; `caller_id.time_zone` is one of what a ticket refers to.
    """

    table: str
    tables: frozenset[str] = frozenset()
    more: tuple[str, ...] = ()
    requester: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "requester", REQUESTERS.get(self.table, OPENER))

    @property
    def hold(self) -> str:
        return HOLDS[self.table][0] if self.table in HOLDS else ""

    def audited(self) -> tuple[str, ...]:
        """Return the columns of which the past is read."""
        # A ticket of one table may have been on hold in another one.
        holds = (HOLDS[each][0] for each in sorted(self.tables) if each in HOLDS)
        return tuple(dict.fromkeys((*self._told(), *holds)))

    def asked(self) -> tuple[str, ...]:
        """Return the columns of a picture. One that only another table has is left out of the answer."""
        return tuple(dict.fromkeys((*self.needed(), *self.audited())))

    def needed(self) -> tuple[str, ...]:
        """Return the columns that the table itself has to show."""
        kept = ("sys_id", "number", "sys_created_on", "sys_updated_on", "sys_updated_by", "sys_mod_count", "active")
        return tuple(dict.fromkeys((*kept, OPENER, self.company, *self._told(), *self.walked)))

    def _told(self) -> tuple[str, ...]:
        chosen = (each.partition(".")[0] for each in self.more)
        some = ("state", self.hold, "sys_class_name", "company", self.requester, *PLAIN, *chosen)
        return tuple(each for each in some if each)

    @property
    def company(self) -> str:
        """The column that holds the requester's company, where the ticket has none of its own."""
        return f"{self.requester}.company"

    @property
    def walked(self) -> tuple[str, ...]:
        """The further columns of what tickets refer to: no log tells what they were."""
        return tuple(each for each in self.more if "." in each)

    def fields(self, raw: Mapping[str, str]) -> dict[str, SourceValue]:
        """Return the fields that columns add up to. raw: every column that is known, as it is stored."""
        kind = raw.get("sys_class_name") or self.table
        found: dict[str, SourceValue] = {name: cut(raw.get(column)) for column, name in PLAIN.items()}
        found["status"] = status_value(kind, raw.get("state", ""), self._held(kind, raw))
        found["kind"], found["table"] = kind, self.place(kind)
        found["requester"] = cut(raw.get(self.requester))
        found["organisation"] = cut(raw.get("company") or raw.get(self.company))
        for column in self.more:
            told = raw.get(column, "")
            at = moment(told)
            found[custom(column)] = cut(told) if at is None else spoken(at)
        return found

    def fed(self, column: str) -> tuple[str, ...]:
        """Return the fields that a column is part of."""
        found = [name for each, name in PLAIN.items() if each == column]
        found += ["status"] if column in {"state", self.hold} else []
        found += ["kind", "table", "status"] if column == "sys_class_name" else []
        found += ["requester"] if column == self.requester else []
        found += ["organisation"] if column == "company" else []
        return (*found, *([custom(column)] if column in self.more else []), *self.behind(column))

    def behind(self, column: str) -> tuple[str, ...]:
        """Return the fields that are told of what a column refers to."""
        return tuple(custom(each) for each in self.walked if each.partition(".")[0] == column)

    def place(self, kind: str) -> str:
        """Return the table, of those that are read, in which a row of a class is."""
        return kind if kind in self.tables else self.table

    def _held(self, kind: str, raw: Mapping[str, str]) -> str:
        column, states = HOLDS.get(kind, HOLDS.get(self.table, ("", None)))
        told = raw.get(column, "")
        if not column or told in NOTHING or (states is not None and raw.get("state") not in states):
            return ""
        return "hold" if states is None else told


def status_value(table: str, state: str, hold: str = "") -> SourceValue:
    """Return a status as it is stored. hold: what is waited for."""
    return cut("/".join((table, state, hold)).rstrip("/")) if state else None


def custom(column: str) -> str:
    """Return the name under which a column of an administrator's choice is followed."""
    return f"field:{column}"


def cut(told: str | None) -> SourceValue:
    """Return a value as it is kept, None for an empty one."""
    return told[:LONGEST] or None if told else None
