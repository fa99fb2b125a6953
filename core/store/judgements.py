"""Clocks, their verdicts and the fields they wish for: what an evaluation leaves behind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, insert, or_, select, update

from core.ports import Slot, Value
from core.sla.verdict import Clock, Judgement
from core.store import tables

__all__ = ["Evaluated", "looked_at", "mark_covered", "mark_everything", "mark_passed", "mark_unsure", "record"]

_VERDICT = (
    "revision",
    "state",
    "standing",
    "confirmed",
    "started_at",
    "completed_at",
    "due_at",
    "target_seconds",
    "breached_at",
    "reason",
)
_SHOWN_ORDER = {"breached": 0, "at_risk": 1}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One ticket's judgement and what follows from it.

    input_version: the version that was read; a newer one stays waiting.
    desired: what the slots shall show; None when the hub has no wish for this ticket now.
    mass: the judgement was made for a new revision, not for new input.
    confirm_at: from when on a direct look can confirm a breach, in the source's time.
    settle_at: what the horizon must pass before every clock is confirmed.
    """

    ticket: int
    input_version: int
    judgement: Judgement
    desired: Mapping[Slot, Value | None] | None
    mass: bool = False
    confirm_at: datetime | None = None
    settle_at: datetime | None = None


def record(
    tx: Connection, items: Sequence[Evaluated], *, revision: int, judged_at: datetime, known_from: datetime
) -> int:
    """Store the judgements; return how many tickets changed in anything but the passing of time.

    judged_at: the instant judged for, in the source's time. known_from: host time.
    """
    changed = _clocks(tx, items, judged_at, known_from)
    changed |= _fields(tx, items, known_from)
    if items:
        tx.execute(_TICKET, [_ticket_row(item, revision) for item in items])
    return len(changed)


_TICKET = (
    update(tables.ticket)
    .where(tables.ticket.c.id == bindparam("ticket"), tables.ticket.c.evaluated_version <= bindparam("read_version"))
    .values(
        phase=bindparam("b_phase"),
        wait_on=bindparam("b_wait_on"),
        priority=bindparam("b_priority"),
        kind=bindparam("b_kind"),
        requester=bindparam("b_requester"),
        assignee=bindparam("b_assignee"),
        team=bindparam("b_team"),
        organisation=bindparam("b_organisation"),
        customer=bindparam("b_customer"),
        resolved_at=bindparam("b_resolved_at"),
        evaluated_version=bindparam("read_version"),
        evaluated_revision=bindparam("b_revision"),
        next_check_at=bindparam("b_next_check_at"),
        confirm_at=bindparam("b_confirm_at"),
        settle_at=bindparam("b_settle_at"),
        parked_at=None,
        parked_reason="",
    )
)


def _ticket_row(item: Evaluated, revision: int) -> dict[str, object]:
    normal = item.judgement.normal
    return {
        "ticket": item.ticket,
        "read_version": item.input_version,
        "b_phase": normal.status.phase,
        "b_wait_on": normal.status.wait_on,
        "b_priority": normal.priority,
        "b_kind": normal.kind,
        "b_requester": normal.requester,
        "b_assignee": normal.assignee,
        "b_team": normal.team,
        "b_organisation": normal.organisation,
        "b_customer": normal.customer,
        "b_resolved_at": normal.resolved_at,
        "b_revision": revision,
        "b_next_check_at": item.judgement.next_check_at,
        "b_confirm_at": item.confirm_at,
        "b_settle_at": item.settle_at,
    }


def _clock_row(ticket: int, clock: Clock, headline: bool, judged_at: datetime) -> dict[str, Any]:
    return {
        "ticket_id": ticket,
        "policy": clock.id.policy,
        "metric": clock.id.metric,
        "started_by": clock.id.started_by,
        "cycle": clock.cycle,
        "revision": clock.revision,
        "agreement": str(clock.agreement),
        "calendar": clock.calendar,
        "state": str(clock.state),
        "standing": None if clock.standing is None else str(clock.standing),
        "confirmed": clock.confirmed,
        "started_at": clock.started_at,
        "completed_at": clock.completed_at,
        "due_at": clock.due_at,
        "target_seconds": clock.target_seconds,
        "elapsed_seconds": clock.elapsed_seconds,
        "remaining_seconds": clock.remaining_seconds,
        "paused_seconds": clock.paused_seconds,
        "paused_wall_seconds": clock.paused_wall_seconds,
        "breached": clock.breached,
        "breached_at": clock.breached_at,
        "next_check_at": clock.next_check_at,
        "headline": headline,
        "reason": clock.reason,
        "judged_at": judged_at,
        "gone": False,
    }


def _clocks(tx: Connection, items: Sequence[Evaluated], judged_at: datetime, known_from: datetime) -> set[int]:
    """Upsert clocks, add a verdict wherever one differs from the last; return the tickets concerned."""
    known = {
        (row["ticket_id"], row["policy"], row["metric"], row["started_by"]): row
        for row in tx.execute(
            select(tables.clock).where(tables.clock.c.ticket_id.in_([item.ticket for item in items]))
        ).mappings()
    }
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    verdicts: list[dict[str, Any]] = []
    changed: set[int] = set()
    for item in items:
        for clock in item.judgement.clocks:
            row = _clock_row(item.ticket, clock, clock == item.judgement.headline, judged_at)
            old = known.pop((item.ticket, clock.id.policy, clock.id.metric, clock.id.started_by), None)
            if old is None:
                fresh.append(row)
                changed.add(item.ticket)
            else:
                if old["gone"] or any(old[name] != row[name] for name in _VERDICT):
                    verdicts.append({"clock_id": old["id"], "known_from": known_from, **_verdict(row)})
                    changed.add(item.ticket)
                moved.append({"b_id": old["id"], **{f"b_{name}": value for name, value in row.items()}})
    for old in known.values():
        if not old["gone"]:
            gone = {**_verdict(old), "state": "inactive", "standing": None, "reason": "no policy promises it any more"}
            verdicts.append({"clock_id": old["id"], "known_from": known_from, **gone})
            changed.add(old["ticket_id"])
    leaving = [old["id"] for old in known.values() if not old["gone"]]
    if leaving:
        tx.execute(update(tables.clock).where(tables.clock.c.id.in_(leaving)).values(gone=True, headline=False))
    if moved:
        columns = [name for name in moved[0] if name not in {"b_id", "b_ticket_id"}]
        tx.execute(
            update(tables.clock)
            .where(tables.clock.c.id == bindparam("b_id"))
            .values({name.removeprefix("b_"): bindparam(name) for name in columns}),
            [{name: row[name] for name in ("b_id", *columns)} for row in moved],
        )
    if fresh:
        ids = tx.execute(insert(tables.clock).returning(tables.clock.c.id, sort_by_parameter_order=True), fresh)
        verdicts += [
            {"clock_id": clock_id, "known_from": known_from, **_verdict(row)}
            for clock_id, row in zip(ids.scalars(), fresh, strict=True)
        ]
    if verdicts:
        tx.execute(insert(tables.verdict), verdicts)
    return changed


def _verdict(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in _VERDICT}


def _fields(tx: Connection, items: Sequence[Evaluated], known_from: datetime) -> set[int]:
    """Bring the wishes for the tickets' fields up to date; return the tickets whose wishes changed."""
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
        if item.desired is None:
            withdrawn += [row["id"] for (ticket, _), row in known.items() if ticket == item.ticket and row["wanted"]]
            continue
        urgency = _urgency(item.judgement)
        for slot, value in item.desired.items():
            old = known.get((item.ticket, str(slot)))
            if old is None:
                fresh.append(_wish(item, slot, value, urgency, known_from))
            elif not old["wanted"] or old["desired"] != value:
                moved.append(
                    {
                        "b_id": old["id"],
                        "b_desired": value,
                        "b_since": known_from,
                        "b_urgency": urgency,
                        "b_mass": item.mass,
                    }
                )
            else:
                continue
            changed.add(item.ticket)
    if fresh:
        tx.execute(insert(tables.field), fresh)
    if moved:
        tx.execute(_WISH, moved)
    if withdrawn:
        tx.execute(update(tables.field).where(tables.field.c.id.in_(withdrawn)).values(wanted=False))
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


def _wish(item: Evaluated, slot: Slot, value: Value | None, urgency: int, since: datetime) -> dict[str, Any]:
    return {
        "ticket_id": item.ticket,
        "slot": str(slot),
        "wanted": True,
        "desired": value,
        "desired_since": since,
        "urgency": urgency,
        "mass": item.mass,
    }


def _urgency(judgement: Judgement) -> int:
    head = judgement.headline
    if head is None or head.standing is None:
        return 5
    return _SHOWN_ORDER.get(str(head.standing), 3)


def mark_covered(tx: Connection, connection_id: int, source_ids: Collection[str]) -> None:
    """Have these tickets judged again: a direct look has shown their whole history."""
    if source_ids:
        _mark(tx, connection_id, tables.ticket.c.source_id.in_(source_ids))


def mark_passed(tx: Connection, connection_id: int, settled_until: datetime | None) -> None:
    """Have the tickets judged again whose doubts lie before `settled_until` (exclusive)."""
    if settled_until is not None:
        _mark(tx, connection_id, tables.ticket.c.settle_at < settled_until)


def mark_unsure(tx: Connection, connection_id: int) -> None:
    """Have every ticket judged again that has an unknown or unconfirmed clock: the past has been read."""
    unknown = select(tables.clock.c.ticket_id).where(tables.clock.c.state == "unknown", ~tables.clock.c.gone)
    _mark(tx, connection_id, or_(tables.ticket.c.id.in_(unknown), tables.ticket.c.settle_at.is_not(None)))


def looked_at(tx: Connection, tickets: Sequence[int], again_at: datetime) -> None:
    """Put off the next direct look at these tickets; what came of this one is judged first."""
    tx.execute(update(tables.ticket).where(tables.ticket.c.id.in_(tickets)).values(confirm_at=again_at))


def mark_everything(tx: Connection) -> None:
    """Have every ticket judged again: a new revision is in force."""
    tx.execute(update(tables.ticket).values(_NEXT))


_NEXT = {"input_version": tables.ticket.c.input_version + 1}


def _mark(tx: Connection, connection_id: int, which: ColumnElement[bool]) -> None:
    tx.execute(update(tables.ticket).where(tables.ticket.c.connection_id == connection_id, which).values(_NEXT))
