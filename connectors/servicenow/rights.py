"""What an account may read, by what it is shown: what it may not is left out of answers without a word. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors import Right
from connectors.servicenow.shapes import number, stored

__all__ = ["AUDIT", "JOURNAL", "OTHERS", "SAID", "Look", "Past", "columns_right", "past_rights", "table_right"]

AUDIT: Final = "sys_audit"

JOURNAL: Final = "sys_journal_field"

SAID: Final = ("comments", "work_notes")

ROLES: Final[Mapping[str, str]] = {
    "incident": "sn_incident_read",
    "change_request": "sn_change_read",
    "sc_req_item": "sn_request_read",
    "sc_task": "sn_request_read",
    "sc_request": "sn_request_read",
}
"""The roles that read a table and write nothing."""

OTHERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "sys_user": ("knowing who wrote what", ("sys_id", "user_name", "name", "active")),
    "sys_user_group": ("the names of teams", ("sys_id", "name")),
    "sys_user_grmember": ("telling agents from customers", ("user", "group")),
    "core_company": ("the names of customers", ("sys_id", "name")),
}
"""Tables that every instance has rows in: what they are needed for, and with which columns."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a table shows. refused: what it says where it may not be asked at all.

    there: how many rows it has, also those that are not shown; None where that may not be counted.
    missing: there is no such table.
    """

    table: str
    rows: tuple[Mapping[str, object], ...] = ()
    there: int | None = None
    refused: str = ""
    missing: bool = False

    @property
    def shown(self) -> frozenset[str]:
        """The columns that some row tells."""
        return frozenset(name for row in self.rows for name in row)

    @property
    def changed(self) -> tuple[str, ...]:
        """The tickets of which there has to be a past: they were changed after they were made."""
        return tuple(stored(row, "sys_id") for row in self.rows if number(row, "sys_mod_count") > 1)


@dataclass(frozen=True, slots=True)
class Past:
    """What logs tell of tickets that were changed.

    audited: rows of the audit about them; None where it was not asked. written: rows of the journal about them.
    journal: whether the journal shows anything at all; None where it was not asked.
    """

    audited: tuple[Mapping[str, object], ...] | None = None
    written: tuple[Mapping[str, object], ...] | None = None
    journal: bool | None = field(default=None)


def table_right(look: Look, needed_for: str) -> Right | None:
    """Return whether a table can be read: it looks empty to those whom it is forbidden. None where it is empty."""
    role = f"the role {ROLES[look.table]} or itil" if look.table in ROLES else "a role that reads it"
    name = f"read {look.table}"
    if look.rows:
        return Right(name, True, needed_for)
    if look.missing:
        return Right(name, False, needed_for, f"name another one in scope.tables: {look.refused}")
    if look.refused:
        return Right(name, False, needed_for, f"give the account {role} ({look.refused})")
    if look.there is None:
        advice = f"it shows no row, and does not let them be counted; give the account {role}"
        return Right(name, False, needed_for, advice)
    if look.there:
        advice = (
            f"it looks empty and is not: {look.there:,} rows are there, and this account is shown none; "
            f"give it {role}, and a domain above theirs where the instance has domains"
        )
        return Right(name, False, needed_for, advice)
    return None


def columns_right(look: Look, wanted: Sequence[str], needed_for: str) -> Right | None:
    """Return whether a table tells columns; None where it shows no row that could."""
    if not look.rows:
        return None
    lacking = [each for each in wanted if each not in look.shown]
    names = ", ".join(f"{look.table}.{each}" for each in lacking or wanted)
    advice = f"no row tells {names}: it is not there, or a field ACL hides it; let the account read it"
    return Right(f"read {names}", not lacking, needed_for, advice if lacking else "")


def past_rights(past: Past) -> list[Right]:
    """Return whether what became of tickets can be read."""
    role = "give the account the role audit_viewer, or an ACL that lets it read the table"
    found: list[Right] = []
    if past.audited is not None:
        told = bool(past.audited)
        advice = "" if told else f"it shows nothing of tickets that were changed; {role}"
        found.append(Right(f"read {AUDIT}", told, "what tickets were like before they were first looked at", advice))
    if past.written is None:
        return found
    spoken = any(stored(row, "fieldname") in SAID for row in past.audited or ())
    granted = True if past.written or past.journal else False if spoken or past.journal is False else None
    advice = "" if granted else f"it shows nothing that was written on tickets; {role}"
    found.append(Right(f"read {JOURNAL}", granted, "responses to tickets", advice))
    return found
