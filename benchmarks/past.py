"""A past of years in a database: tickets with ten events each and their clocks, made up, the same each time."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert

from benchmarks.tickets import desk as shared
from benchmarks.tickets import rules
from core.calendar.instants import to_us
from core.ports import Checkpoint, LaneKind
from core.sla import judge
from core.sla.history import Desk, History
from core.sla.policy import Agreement, AtRisk, CalendarChoice, Metric, MetricKind, Policy, Rules, StopOn, Target
from core.sla.verdict import Clock
from core.store import Store, Tx, connections, events, lanes, people, tables
from core.store.bulk import Cell, Upsert
from core.tickets import Change, Comment, Event, Person, SourceValue, Ticket

__all__ = ["EVENTS", "NOW", "draft", "fill", "in_force"]

EVENTS = 10
"""How many events a ticket has."""
START = datetime(2023, 7, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)

_AT_ONCE = 5_000
_OPEN = 0.03
"""Which part of the tickets is not solved."""
_AGENTS = 40
_EACH = 20
"""Tickets of one customer."""
_PRIORITIES = ("urgent", "high", "normal", "normal", "low")
_LIFE: tuple[tuple[str, bool, bool], ...] = (
    ("new", False, True),
    ("open", True, False),
    ("open", True, True),
    ("pending", True, True),
    ("open", False, True),
    ("hold", True, False),
    ("open", True, True),
    ("pending", True, True),
    ("open", False, True),
    ("solved", True, True),
)
"""Of each event: the status it leads to, whether an agent acts, whether there is a public comment."""

_TICKET = Upsert(
    tables.ticket,
    (
        "id",
        "connection_id",
        "source_id",
        "key",
        "url",
        "created_at",
        "updated_at",
        "version",
        "source_values",
        "presence",
        "input_version",
        "evaluated_version",
        "evaluated_revision",
        "parked_reason",
        "writes",
    ),
    key=("id",),
)
_EVENT = Upsert(
    tables.event,
    (
        "connection_id",
        "ticket_source_id",
        "stream",
        "source_id",
        "at",
        "order_key",
        "actor",
        "changes",
        "comments",
        "seen_at",
    ),
    key=("connection_id", "stream", "source_id"),
)
_CLOCK = Upsert(
    tables.clock,
    (
        "ticket_id",
        "policy",
        "metric",
        "started_by",
        "cycle",
        "revision",
        "agreement",
        "calendar",
        "state",
        "standing",
        "confirmed",
        "started_at",
        "completed_at",
        "due_at",
        "target_seconds",
        "elapsed_seconds",
        "remaining_seconds",
        "paused_seconds",
        "paused_wall_seconds",
        "breached",
        "breached_at",
        "next_check_at",
        "headline",
        "reason",
        "judged_at",
        "gone",
    ),
    key=("ticket_id", "policy", "metric", "started_by"),
)


def in_force() -> Rules:
    """Return what governs, three clocks a ticket: a promise with two, and one between teams that it is taken up."""
    taken = Metric(MetricKind.FIRST_RESPONSE, {None: Target(seconds=1800)}, stop_on=frozenset[StopOn]({"assign"}))
    between = Policy("pick-up", {"pick_up": taken}, CalendarChoice("office"), Agreement.OLA)
    given = rules()
    (gold,) = given.policies
    promised = {name: gold.metrics[name] for name in ("first_response", "resolution")}
    return replace(given, applied_at=START, policies=(replace(gold, metrics=promised), between))


def draft() -> Rules:
    """Return what is tried: shorter targets for a solution, and an earlier warning of all of them."""
    given = in_force()
    gold, between = given.policies
    solution = replace(gold.metrics["resolution"], targets={None: Target(seconds=16 * 3600)})
    changed = replace(gold, metrics={**gold.metrics, "resolution": solution}, at_risk=AtRisk(share=0.5))
    return replace(given, revision=2, applied_at=NOW, policies=(changed, between))


def fill(store: Store, count: int, *, clocks: bool = True) -> int:
    """Put `count` tickets into an empty, migrated database; return the connection's row id.

    clocks: with those that are in force, as an evaluation leaves them; else the tickets wait for it.
    """
    governing, chance = in_force(), Random(1)
    with store.unit() as tx:
        row = connections.ensure(tx, "desk", "none").id
        everybody = _everybody(count)
        _read(tx, row, everybody)
    with store.view() as tx:
        known = people.sightings(tx, row, [each.id for each in everybody])
    desk = replace(shared(), people={person: people.spans(seen) for person, seen in known.items()})
    for first in range(0, count, _AT_ONCE):
        _page(
            store, row, list(_histories(first, min(first + _AT_ONCE, count), count, chance)), desk, clocks and governing
        )
    with store.unit() as tx:
        if store.dialect == "postgresql":
            tx.exec_driver_sql("ANALYZE")
    return row


def _everybody(count: int) -> list[Person]:
    found = [Person(f"agent{number}", f"Agent {number}", "agent") for number in range(_AGENTS)]
    customers = range(_customers(count))
    return found + [Person(f"customer{number}", f"Customer {number}", "end-user") for number in customers]


def _customers(count: int) -> int:
    return -(-count // _EACH)


def _read(tx: Tx, connection: int, everybody: Sequence[Person]) -> None:
    for kind, start, until in ((LaneKind.BACKFILL, None, NOW - timedelta(days=1)), (LaneKind.LIVE, NOW, NOW)):
        lane = lanes.open_lane(
            tx, connection, "events", kind, Checkpoint("c"), carries_history=True, start_at=start, until_at=None
        )
        lanes.advance(tx, lane.id, Checkpoint("d"), until if kind is LaneKind.LIVE else NOW, 1, None, NOW)
    people.add(tx, connection, everybody)
    named = [("team", f"team{number}", f"Team {number}") for number in range(10)]
    tx.execute(insert(tables.team), [{"connection_id": connection, "source_id": s, "name": n} for _, s, n in named])


def _histories(first: int, last: int, count: int, chance: Random) -> Iterator[History]:
    step = (NOW - START) / count
    for number in range(first, last):
        yield _history(str(number), START + step * number, _customers(count), chance)


def _history(ticket_id: str, created: datetime, customers: int, chance: Random) -> History:
    requester = f"customer{chance.randrange(customers)}"
    values: dict[str, SourceValue] = {
        "status": "new",
        "priority": chance.choice(_PRIORITIES),
        "kind": "incident",
        "requester": requester,
        "organisation": f"organisation{chance.randrange(300)}",
        "team": f"team{chance.randrange(10)}",
        "assignee": None,
        "tags": ("mail", "office"),
    }
    at = created
    found: list[Event] = []
    life = _LIFE if chance.random() >= _OPEN else (*_LIFE[:-1], _LIFE[2])
    for number, (status, agent, public) in enumerate(life):
        at += timedelta(seconds=chance.randrange(60, 6 * 3600)) if number else timedelta()
        if at > NOW:
            break
        actor = f"agent{chance.randrange(_AGENTS)}" if agent else requester
        changes = [Change("status", values["status"], status)] if status != values["status"] else []
        if number == 0:
            changes = [Change(field, None, value, initial=True) for field, value in values.items() if value is not None]
        if number == 1:
            changes.append(Change("assignee", None, actor))
            values["assignee"] = actor
        values["status"] = status
        said = (Comment(f"{ticket_id}-{number}-c", actor, public),) if public or number % 2 else ()
        found.append(Event(ticket_id, "events", f"{ticket_id}-{number}", at, number, actor, tuple(changes), said))
    ticket = Ticket(ticket_id, f"K-{ticket_id}", f"https://desk.example/{ticket_id}", created, at, len(found), values)
    return History(ticket, tuple(found), NOW, created)


def _page(store: Store, row: int, page: Sequence[History], desk: Desk, governing: Rules | bool) -> None:
    happened = [(one.ticket.id, event) for one in page for event in one.events]
    happened.sort(key=lambda one: one[1].at)
    judged: list[tuple[Cell, ...]] = []
    if isinstance(governing, Rules):
        for one in page:
            found = judge(one, desk, (governing,), NOW)
            judged += [_clock(int(one.ticket.id) + 1, each, each == found.headline) for each in found.clocks]
    with store.unit() as tx:
        _TICKET.run(tx, [_ticket(row, one, evaluated=bool(governing)) for one in page])
        _EVENT.run(tx, [_event(row, ticket, event) for ticket, event in happened])
        _CLOCK.run(tx, judged)


def _ticket(row: int, history: History, *, evaluated: bool) -> tuple[Cell, ...]:
    ticket = history.ticket
    return (
        int(ticket.id) + 1,
        row,
        ticket.id,
        ticket.key,
        ticket.url,
        to_us(ticket.created_at),
        to_us(ticket.updated_at),
        ticket.version,
        json.dumps(ticket.values, separators=(",", ":")),
        "present",
        1,
        int(evaluated),
        1 if evaluated else None,
        "",
        0,
    )


def _event(row: int, ticket: str, event: Event) -> tuple[Cell, ...]:
    changes, comments = events.changes_json(event), events.comments_json(event)
    at = to_us(event.at)
    return row, ticket, event.stream, event.id, at, event.order, event.actor, changes, comments, at


def _clock(ticket: int, clock: Clock, headline: bool) -> tuple[Cell, ...]:
    def at(instant: datetime | None) -> int | None:
        return None if instant is None else to_us(instant)

    return (
        ticket,
        clock.id.policy,
        clock.id.metric,
        clock.id.started_by,
        clock.cycle,
        clock.revision,
        str(clock.agreement),
        clock.calendar,
        str(clock.state),
        None if clock.standing is None else str(clock.standing),
        clock.confirmed,
        at(clock.started_at),
        at(clock.completed_at),
        at(clock.due_at),
        clock.target_seconds,
        clock.elapsed_seconds,
        clock.remaining_seconds,
        clock.paused_seconds,
        clock.paused_wall_seconds,
        clock.breached,
        at(clock.breached_at),
        at(clock.next_check_at),
        headline,
        clock.reason,
        to_us(NOW),
        False,
    )
