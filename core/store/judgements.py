"""Clocks and their verdicts: what an evaluation leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, RowMapping, and_, bindparam, case, func, insert, select, update

from core.ports import Slot, Value
from core.sla.verdict import Clock, Judgement
from core.store import notes, tables, wishes
from core.store.bulk import chunks
from core.store.types import Instant

__all__ = ["Evaluated", "record"]

_VERDICT = (
    "revision",
    "state",
    "standing",
    "confirmed",
    "since",
    "started_at",
    "completed_at",
    "due_at",
    "target_seconds",
    "breached_at",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One ticket's judgement and what follows from it.

    input_version: the version that was read; a newer one stays waiting.
    desired: what the slots shall show; None when the hub has no wish for this ticket now.
    mass: the judgement was made for a new revision, not for new input.
    confirm_at: from when on a direct look can confirm a breach, in the source's time.
    settle_at: what the horizon must pass before every clock is confirmed.
    notes: texts of internal notes that are to be left, by their marks.
    """

    ticket: int
    input_version: int
    judgement: Judgement
    desired: Mapping[Slot, Value | None] | None
    mass: bool = False
    confirm_at: datetime | None = None
    settle_at: datetime | None = None
    notes: Mapping[str, str] = field(default_factory=dict[str, str])


def record(
    tx: Connection,
    items: Sequence[Evaluated],
    *,
    revision: int,
    judged_at: datetime,
    known_from: datetime,
    noting: bool = False,
) -> int:
    """Store the judgements; return how many tickets changed in anything but the passing of time.

    A judgement is left out where a newer one has been stored meanwhile. The unit holds the connection.
    judged_at: the instant judged for, in the source's time. known_from: host time. noting: notes are left at all.
    """
    items = _newest(tx, items, judged_at)
    if not items:
        return 0
    changed = _clocks(tx, items, judged_at, known_from)
    changed |= wishes.store(
        tx,
        [wishes.Wished(item.ticket, item.desired, _urgency(item.judgement), item.mass) for item in items],
        known_from,
    )
    if noting:
        notes.wish(tx, [notes.Noted(item.ticket, item.notes) for item in items], known_from)
    tx.execute(_TICKET, [_ticket_row(item, revision, judged_at) for item in items])
    return len(changed)


def _newest(tx: Connection, items: Sequence[Evaluated], judged_at: datetime) -> list[Evaluated]:
    """Return the items of which no later judgement is stored: of a newer input, or of the same at a later instant."""
    ticket, clock = tables.ticket.c, tables.clock.c
    stored: dict[int, Row[Any]] = {}
    for chunk in chunks([item.ticket for item in items]):
        rows = tx.execute(
            select(ticket.id, ticket.evaluated_version, func.max(clock.judged_at, type_=Instant()).label("judged_at"))
            .join_from(tables.ticket, tables.clock, clock.ticket_id == ticket.id, isouter=True)
            .where(ticket.id.in_(chunk))
            .group_by(ticket.id, ticket.evaluated_version)
        )
        stored.update({row.id: row for row in rows.all()})
    return [
        item
        for item in items
        if (row := stored.get(item.ticket)) is not None
        and (
            row.evaluated_version < item.input_version
            or (row.evaluated_version == item.input_version and (row.judged_at is None or row.judged_at <= judged_at))
        )
    ]


_CONFIRM = bindparam("b_confirm_at", type_=Instant())
_TICKET = (
    update(tables.ticket)
    .where(tables.ticket.c.id == bindparam("ticket"))
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
        # A look that was put off stays put off: judging the same silence again is no reason to ask sooner.
        confirm_at=case(
            (
                and_(_CONFIRM.is_not(None), tables.ticket.c.confirm_at > bindparam("b_judged_at", type_=Instant())),
                tables.ticket.c.confirm_at,
            ),
            else_=_CONFIRM,
        ),
        settle_at=bindparam("b_settle_at"),
        parked_at=None,
        parked_reason="",
    )
)


def _ticket_row(item: Evaluated, revision: int, judged_at: datetime) -> dict[str, object]:
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
        "b_judged_at": judged_at,
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
        "team": clock.team,
        "state": str(clock.state),
        "standing": None if clock.standing is None else str(clock.standing),
        "confirmed": clock.confirmed,
        "since": clock.since,
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
            gone = {**_verdict(old), **_GONE}
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


_GONE: Final = {"state": "inactive", "standing": None, "since": None, "reason": "no policy promises it any more"}


def _verdict(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in _VERDICT}


_SHOWN_ORDER = {"breached": 0, "at_risk": 1}


def _urgency(judgement: Judgement) -> int:
    head = judgement.headline
    if head is None or head.standing is None:
        return 5
    return _SHOWN_ORDER.get(str(head.standing), 3)
