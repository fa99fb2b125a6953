"""What each ticket's fields should show: the first of the planner's three values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from core.ports import Slot, Value
from core.store import tables
from core.store.bulk import chunks

__all__ = ["Wished", "store"]


@dataclass(frozen=True, slots=True)
class Wished:
    """What one ticket's fields shall show; `desired` None: the hub has no wish for this ticket now.

    mass: wished because of a new revision, not of new input.
    """

    ticket: int
    desired: Mapping[Slot, Value | None] | None
    urgency: int
    mass: bool


def store(tx: Connection, items: Sequence[Wished], known_from: datetime) -> set[int]:
    """Bring the wishes for the tickets' fields up to date; return the tickets whose wishes changed.

    The unit holds the connection. known_from: host time.
    """
    known = {
        (row["ticket_id"], row["slot"]): row
        for row in tx.execute(
            select(tables.field).where(tables.field.c.ticket_id.in_([item.ticket for item in items]))
        ).mappings()
    }
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    withdrawn: list[int] = []
    changed: set[int] = set()
    for item in items:
        desired = item.desired or {}
        for slot, value in desired.items():
            old = known.get((item.ticket, str(slot)))
            if old is None:
                fresh.append(_wish(item, slot, value, known_from))
            elif not old["wanted"] or old["desired"] != value:
                moved.append(
                    {
                        "b_id": old["id"],
                        "b_desired": value,
                        "b_since": known_from,
                        "b_urgency": item.urgency,
                        "b_mass": item.mass,
                    }
                )
            else:
                continue
            changed.add(item.ticket)
        for slot in Slot:
            # One that the configuration names no more, or all of a ticket that is left alone from now on.
            gone = known.get((item.ticket, str(slot)))
            if gone is not None and gone["wanted"] and slot not in desired:
                withdrawn.append(gone["id"])
    if fresh:
        tx.execute(insert(tables.field), fresh)
    if moved:
        tx.execute(_WISH, moved)
    # What was sent together has failed together, and may be taken together with what is new.
    failing = [row["id"] for row in known.values() if row["failures"] and row["ticket_id"] in changed]
    for chunk in chunks(failing):
        tx.execute(update(tables.field).where(tables.field.c.id.in_(chunk)).values(failures=None, not_before=None))
    for chunk in chunks(withdrawn):
        tx.execute(update(tables.field).where(tables.field.c.id.in_(chunk)).values(wanted=False, mass=False))
    return changed


_WISH = (
    update(tables.field)
    .where(tables.field.c.id == bindparam("b_id"))
    .values(
        wanted=True,
        desired=bindparam("b_desired"),
        desired_since=bindparam("b_since"),
        urgency=bindparam("b_urgency"),
        mass=bindparam("b_mass"),
        corrected=0,
        refused_reason="",
        not_before=None,
    )
)


def _wish(item: Wished, slot: Slot, value: Value | None, since: datetime) -> dict[str, Any]:
    return {
        "ticket_id": item.ticket,
        "slot": str(slot),
        "wanted": True,
        "desired": value,
        "desired_since": since,
        "urgency": item.urgency,
        "mass": item.mass,
    }
