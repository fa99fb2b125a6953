"""What Jira Service Management says of its own SLAs: one statement for each thing that it says of a cycle. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors import NativeClock, Says, Unreadable, fields_of, perhaps, several, text
from connectors.jira.shapes import moment

__all__ = ["statements"]


def statements(ticket_id: str, raw: object) -> tuple[NativeClock, ...]:
    """Return the statements of one SLA, as its field or the request's list shows it; none where there is no SLA.

    Cycles are counted from 1 in the order of their beginning. A pause leaves no instant, only a due time that is away.
    """
    sla = perhaps(raw)
    if not sla:
        return ()
    metric, number = text(sla, "name"), str(sla.get("id"))
    cycles = [fields_of(each, "cycle") for each in several(sla.get("completedCycles"))]
    cycles.sort(key=lambda each: _when(each, "startTime"))
    if ongoing := perhaps(sla.get("ongoingCycle")):
        cycles.append(ongoing)
    return tuple(
        NativeClock(f"{ticket_id}:{number}:{count}:{says}", ticket_id, metric, count, says, at, seconds)
        for count, cycle in enumerate(cycles, 1)
        for says, at, seconds in _said(cycle)
    )


def _said(cycle: Mapping[str, object]) -> Iterator[tuple[Says, datetime, int | None]]:
    start = _when(cycle, "startTime")
    yield Says.STARTED, start, None
    if (goal := _seconds(cycle, "goalDuration")) is not None:
        yield Says.TARGET, start, goal
    if (due := _moment(cycle, "breachTime")) is not None:
        yield Says.DUE, due, None
    if (stop := _moment(cycle, "stopTime")) is not None:
        yield Says.COMPLETED, stop, None
        if (used := _seconds(cycle, "elapsedTime")) is not None:
            yield Says.ELAPSED, stop, used


def _when(cycle: Mapping[str, object], key: str) -> datetime:
    found = _moment(cycle, key)
    if found is None:
        raise Unreadable(f"a cycle of an SLA without '{key}'")
    return found


def _moment(cycle: Mapping[str, object], key: str) -> datetime | None:
    """Return an instant out of the four forms in which a service desk tells each; the number is exact."""
    told = perhaps(cycle.get(key))
    return moment(told.get("epochMillis")) or moment(told.get("jira")) or moment(told.get("iso8601"))


def _seconds(cycle: Mapping[str, object], key: str) -> int | None:
    lasts = perhaps(cycle.get(key)).get("millis")
    return lasts // 1000 if type(lasts) is int else None
