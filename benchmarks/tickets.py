"""Tickets to measure with: made up, the same each time, ten events each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from core.calendar import Calendar
from core.sla.history import Desk, History, RoleSpan
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Rules, StatusPattern, StopOn, Target
from core.tickets import (
    Change,
    Comment,
    Event,
    Kind,
    Phase,
    Priority,
    Record,
    Side,
    SourceMapping,
    SourceValue,
    Status,
    Ticket,
    WaitOn,
)

__all__ = ["EVENTS", "NOW", "START", "desk", "histories", "office", "records", "rules"]

EVENTS = 10
"""How many events a ticket has."""
START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)

_AGENTS = tuple(f"agent{number}" for number in range(40))
_CUSTOMERS = tuple(f"customer{number}" for number in range(400))
_STATUSES = {
    "new": Status(Phase.NEW),
    "open": Status(Phase.OPEN),
    "pending": Status(Phase.WAITING, WaitOn.CUSTOMER),
    "hold": Status(Phase.WAITING, WaitOn.VENDOR),
    "solved": Status(Phase.RESOLVED),
}
_PRIORITIES = {
    "urgent": Priority.CRITICAL,
    "high": Priority.HIGH,
    "normal": Priority.NORMAL,
    "low": Priority.LOW,
}
_LIFE: tuple[tuple[str, bool, bool], ...] = (
    ("open", False, False),
    ("open", True, True),
    ("pending", True, True),
    ("open", False, True),
    ("hold", True, False),
    ("open", True, True),
    ("pending", True, True),
    ("open", False, True),
    ("pending", True, True),
    ("solved", True, True),
)
"""Of each event: the status it leads to, whether an agent acts, whether there is a public comment."""


def office() -> Calendar:
    """Return working hours with a lunch break, a short Friday and holidays, in a zone with summer time."""
    day = ((8 * 3600, 12 * 3600), (13 * 3600, 18 * 3600))
    holidays = {START.date() + timedelta(days=offset): "holiday" for offset in range(1, 700, 37)}
    return Calendar("office", "Europe/Berlin", (*(day,) * 4, ((8 * 3600, 16 * 3600),), (), ()), holidays)


def desk() -> Desk:
    """Return what all the tickets share."""
    spans = {person: (RoleSpan(None, "agent"),) for person in _AGENTS}
    spans |= {person: (RoleSpan(None, "end-user"),) for person in _CUSTOMERS}
    mapping = SourceMapping(
        status={("status", word): status for word, status in _STATUSES.items()},
        priority=_PRIORITIES,
        kind={"incident": Kind.INCIDENT},
        sides={"agent": Side.AGENT, "end-user": Side.CUSTOMER},
    )
    return Desk("desk", mapping, spans)


def rules() -> Rules:
    """Return one policy with three metrics: both kinds of response, and a resolution that waits for the customer."""
    targets: dict[Priority | None, Target] = {Priority.CRITICAL: Target(seconds=3600), None: Target(seconds=4 * 3600)}
    solution: dict[Priority | None, Target] = {
        Priority.CRITICAL: Target(seconds=8 * 3600),
        None: Target(seconds=40 * 3600),
    }
    metrics = {
        "first_response": Metric(
            MetricKind.FIRST_RESPONSE, targets, stop_on=frozenset[StopOn]({"agent_public_comment"})
        ),
        "next_response": Metric(MetricKind.NEXT_RESPONSE, targets),
        "resolution": Metric(
            MetricKind.RESOLUTION,
            solution,
            stop_in=frozenset({StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)}),
            pause_in=frozenset({StatusPattern(Phase.WAITING, WaitOn.CUSTOMER)}),
        ),
    }
    policy = Policy("gold", metrics, CalendarChoice("office"))
    return Rules(1, START, (policy,), {"office": office()})


def histories(count: int) -> list[History]:
    """Return tickets with their events, every second one not solved yet."""
    chance = Random(1)
    return [_history(str(number), chance) for number in range(count)]


def records(count: int) -> Iterator[Record]:
    """Yield the same tickets as a connector would: each ticket, then its events."""
    for history in histories(count):
        yield history.ticket
        yield from history.events


def _history(ticket_id: str, chance: Random) -> History:
    created = START + timedelta(seconds=chance.randrange(150 * 86_400))
    requester = chance.choice(_CUSTOMERS)
    values: dict[str, SourceValue] = {
        "status": "new",
        "priority": chance.choice(tuple(_PRIORITIES)),
        "kind": "incident",
        "requester": requester,
        "organisation": f"organisation{chance.randrange(50)}",
        "team": f"team{chance.randrange(10)}",
        "assignee": None,
        "tags": ("mail", "office"),
    }
    at = created
    events: list[Event] = []
    for number, (status, agent, public) in enumerate(_LIFE if chance.random() < 0.5 else (*_LIFE[:-1], _LIFE[1])):
        at += timedelta(seconds=chance.randrange(60, 6 * 3600))
        actor = chance.choice(_AGENTS) if agent else requester
        changes = [Change("status", values["status"], status)] if status != values["status"] else []
        if number == 1:
            changes.append(Change("assignee", None, actor))
            values["assignee"] = actor
        values["status"] = status
        comment = Comment(f"{ticket_id}-{number}", actor, public)
        events.append(
            Event(ticket_id, "events", f"{ticket_id}-{number}", at, number, actor, tuple(changes), (comment,))
        )
    ticket = Ticket(ticket_id, f"K-{ticket_id}", f"https://desk.example/{ticket_id}", created, at, EVENTS, values)
    return History(ticket, tuple(events), NOW, created)
