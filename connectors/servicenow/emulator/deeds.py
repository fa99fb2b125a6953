"""What people, rules and scripts do to tickets."""

from collections.abc import Mapping

from connectors.servicenow.emulator.change import insert, update
from connectors.servicenow.emulator.records import SAVED, How, Row, Update
from connectors.servicenow.emulator.stamps import duration, stamp
from connectors.servicenow.emulator.words import CLOSE_CODES
from connectors.servicenow.emulator.world import World

__all__ = ["close", "hold", "open_ticket", "outage", "reopen", "resolve", "survey", "work"]

_WORKING = {"incident": "2", "problem": "104", "change_request": "-1"}
_RESOLVED = {"incident": "6", "problem": "106", "change_request": "0"}
_CLOSED = {"incident": "7", "problem": "107", "change_request": "3"}


def open_ticket(world: World, table: str, by: str, caller: str, values: Mapping[str, str], how: How = SAVED) -> Row:
    """Open a ticket of somebody; a requested item comes with its request."""
    given = dict(values)
    if table == "incident":
        given.setdefault("caller_id", caller)
    elif table == "sc_req_item":
        given.setdefault("requested_for", caller)
        request = insert(world, "sc_request", by, {"requested_for": caller, "opened_by": caller})
        given.setdefault("request", request.id)
    elif table in ("problem", "change_request", "sc_task", "u_field_work"):
        given.setdefault("opened_by", caller)
        if table == "change_request":
            given.setdefault("requested_by", caller)
    return insert(world, table, by, given, how)


def work(world: World, row: Row, by: str, values: Mapping[str, str], how: How = SAVED) -> Update | None:
    """Take a ticket into work, with further values."""
    return update(world, row, by, {"state": _WORKING.get(row.table, "2"), **values}, how)


def hold(world: World, row: Row, by: str, reason: str, how: How = SAVED, comment: str = "") -> Update | None:
    """Put a ticket on hold; only incidents say why."""
    values = {"state": "3", "hold_reason": reason} if row.table == "incident" else {"state": "-5"}
    return update(world, row, by, {**values, **({"comments": comment} if comment else {})}, how)


def resolve(world: World, row: Row, by: str, how: How = SAVED, code: str = CLOSE_CODES[0]) -> Update | None:
    """Resolve, which for most classes is to close."""
    values = {"state": _RESOLVED.get(row.table, "3"), "close_notes": "Done as asked."}
    return update(world, row, by, {**values, **({"close_code": code} if row.table == "incident" else {})}, how)


def close(world: World, row: Row, by: str, how: How = SAVED) -> Update | None:
    return update(world, row, by, {"state": _CLOSED.get(row.table, "3")}, how)


def reopen(world: World, row: Row, by: str, how: How = SAVED, comment: str = "It happens again.") -> Update | None:
    return update(world, row, by, {"state": _WORKING.get(row.table, "2"), "comments": comment}, how)


def survey(world: World, row: Row, score: int, *, anonymous: bool = False) -> Row:
    """Let the caller say how it was, from 1 to 5; nothing of the ticket changes."""
    user = "" if anonymous else row["caller_id"]
    metric = world.first("asmt_metric", name="Satisfaction")
    if metric is None:
        scale = {"name": "Satisfaction", "datatype": "scale", "scale_min": "1", "scale_max": "5"}
        metric = insert(world, "asmt_metric", "admin", scale)
    now = world.now()
    instance = insert(
        world,
        "asmt_assessment_instance",
        "system",
        {
            "number": f"AINST{world.number('AINST', 10_001):07d}",
            "metric_type": "satisfaction",
            "user": user,
            "state": "complete",
            "task_id": row.id,
            "trigger_table": row.table,
            "trigger_id": row.id,
            "taken_on": stamp(now),
            "due_date": stamp(now + 14 * 86_400)[:10],
            "percent_answered": "100",
        },
    )
    answer = {"instance": instance.id, "metric": metric.id, "user": user, "source_table": "asmt_metric_type"}
    numbers = {
        "actual_value": str(score),
        "scaled_value": str(score * 2),
        "normalized_value": f"{(score - 1) * 25}",
        "source_id": "satisfaction",
    }
    insert(world, "asmt_metric_result", "system", {**answer, **numbers})
    return instance


def outage(world: World, service: Row, begin: int, end: int | None, kind: str, ticket: Row | None = None) -> Row:
    """Write an outage of a service down; end: None while it lasts."""
    ended = {} if end is None else {"end": stamp(end), "duration": duration(end - begin)}
    values = {
        "number": f"OUTAGE{world.number('OUTAGE', 10_001):07d}",
        "cmdb_ci": service.id,
        "type": kind,
        "begin": stamp(begin),
        "short_description": f"{service['name']}: {kind}",
        "task_number": "" if ticket is None else ticket.id,
    }
    row = insert(world, "cmdb_ci_outage", "admin", {**values, **ended})
    insert(world, "cmdb_outage_ci_mtom", "admin", {"outage": row.id, "ci_item": service.id})
    if ticket is not None:
        insert(world, "task_outage", "admin", {"task": ticket.id, "outage": row.id})
    return row
