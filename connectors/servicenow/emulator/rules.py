"""The instance's own business rules that run before a save, as a fresh instance has them."""

from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.stamps import duration, instant, stamp
from connectors.servicenow.emulator.world import World

__all__ = ["CLOSED", "RESOLVED", "before_save", "is_open"]

RESOLVED = "6"
CLOSED = {
    "incident": ("7", "8"),
    "problem": ("106", "107"),
    "change_request": ("3", "4"),
}
_CLOSED_TASK = ("3", "4", "7")
_TICKET_DEFAULTS = {
    "incident": {"state": "1", "incident_state": "1", "severity": "3", "category": "inquiry", "reopen_count": "0"},
    "problem": {"state": "101", "problem_state": "101", "known_error": "false"},
    "change_request": {"state": "-5", "type": "normal", "risk": "3", "on_hold": "false"},
    "sc_req_item": {"state": "1", "stage": "fulfillment", "quantity": "1"},
}
_TWINS = {"incident": "incident_state", "problem": "problem_state"}
Draft = dict[str, str]


def is_open(row: Row) -> bool:
    """Return whether somebody still has to work on a ticket."""
    return row["active"] == "true" and not (row.table == "incident" and row["state"] == RESOLVED)


def before_save(world: World, row: Row, draft: Draft, by: str) -> None:
    """Add to a save of a ticket what the rules add. A row that is being made holds its id alone."""
    if row.table not in world.schema.below("task"):
        return
    by_hand = "priority" in draft
    if "sys_created_on" not in row.values:
        _defaults(world, row, draft, by)
    twin = _TWINS.get(row.table)
    if twin is not None:
        if "state" in draft:
            draft[twin] = draft["state"]
        elif twin in draft:
            draft["state"] = draft[twin]
    if not by_hand and ("impact" in draft or "urgency" in draft):
        _prioritise(row, draft)
    group = draft.get("assignment_group")
    if group is not None and row["assignment_group"] not in ("", group):
        draft["reassignment_count"] = str(int(row["reassignment_count"] or "0") + 1)
    if row.table == "incident":
        _incident(world, row, draft, by)
    state = draft.get("state")
    if state is not None and state != row["state"]:
        _open_or_close(world, row, draft, by, state)


def _defaults(world: World, row: Row, draft: Draft, by: str) -> None:
    given = _TICKET_DEFAULTS.get(row.table, {"state": "1"})
    common = {
        "active": "true",
        "priority": "4",
        "impact": "3",
        "urgency": "3",
        "opened_at": world.stamp(),
        "opened_by": world.user_ids.get(by, ""),
        "made_sla": "true",
        "escalation": "0",
        "approval": "not requested",
        "reassignment_count": "0",
        "contact_type": "self-service",
        "sys_domain": "global",
        "sys_domain_path": "/",
    }
    for name, value in {**common, **given}.items():
        draft.setdefault(name, value)
    caller = world.find("sys_user", draft.get("caller_id") or draft.get("requested_for", ""))
    if caller is not None and "company" not in draft:
        draft["company"] = caller["company"]


def _prioritise(row: Row, draft: Draft) -> None:
    """Look the priority up: 1 and 1 make 1, each step down makes it one less."""
    impact, urgency = draft.get("impact", row["impact"]), draft.get("urgency", row["urgency"])
    if impact and urgency:
        draft["priority"] = str(int(impact) + int(urgency) - 1)


def _incident(world: World, row: Row, draft: Draft, by: str) -> None:
    caller = row["caller_id"]
    on_hold = row["state"] == "3" and draft.get("state", "3") == "3"
    if draft.get("comments") and on_hold and caller and world.user_ids.get(by) == caller:
        draft["state"] = draft["incident_state"] = "2"
    state = draft.get("state", row["state"])
    if state == row["state"]:
        return
    if row["state"] == "3" and "stale_hold_reason" not in world.traps:
        draft["hold_reason"] = ""
    now = world.stamp()
    if state == RESOLVED:
        draft.setdefault("resolved_at", now)
        draft.setdefault("resolved_by", world.user_ids.get(by, ""))
        opened, resolved = instant(row["opened_at"]), instant(draft["resolved_at"])
        if opened is not None and resolved is not None:
            draft["calendar_stc"] = str(resolved - opened)
            draft["calendar_duration"] = duration(resolved - opened)
    elif row["state"] == RESOLVED and state in ("1", "2", "3"):
        draft["reopen_count"] = str(int(row["reopen_count"] or "0") + 1)
        draft.update(reopened_time=now, reopened_by=world.user_ids.get(by, ""), resolved_at="", resolved_by="")


def _open_or_close(world: World, row: Row, draft: Draft, by: str, state: str) -> None:
    ends = CLOSED.get(row.table, _CLOSED_TASK)
    if state in ends:
        draft["active"] = "false"
        draft.setdefault("closed_at", stamp(world.now()))
        draft.setdefault("closed_by", world.user_ids.get(by, ""))
    elif row["state"] in ends:
        draft.update(active="true", closed_at="", closed_by="")
