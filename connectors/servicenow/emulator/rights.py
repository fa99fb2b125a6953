"""Who may read and write what: table by table as it was measured, row by row, column by column."""

from connectors.servicenow.emulator.records import Account, Row
from connectors.servicenow.emulator.world import Sight, World

__all__ = ["concealed", "may_write", "may_write_column", "readable", "sees", "sight"]

_READERS = {
    "incident": "sn_incident_read",
    "change_request": "sn_change_read",
    "problem": "sn_problem_read",
    "sc_request": "sn_request_read",
    "sc_req_item": "sn_request_read",
    "sc_task": "sn_request_read",
}
_AUDIT = ("sys_audit", "sys_journal_field")
_ITIL_OR_403 = ("metric_definition", "metric_instance", "sys_db_object", "sys_plugins")
_ADMIN_OR_EMPTY = ("sys_dictionary", "sys_properties", "sys_audit_delete", "sys_user_has_role")
_WORKED = (
    *("task_outage", "cmdb_ci_outage", "cmdb_outage_ci_mtom", "u_slahub_import"),
    *("asmt_assessment_instance", "asmt_metric_result", "asmt_metric", "ar_incident"),
)


def sight(world: World, account: Account, table: str) -> Sight:
    """Return what somebody sees of a table as a whole."""
    told = world.acls.get((table, account.name)) or world.acls.get((table, ""))
    if account.admin or told is not None:
        return "rows" if account.admin else told or "rows"
    roles = account.roles
    if table in _ITIL_OR_403:
        return "rows" if "itil" in roles else "forbidden"
    if table in _ADMIN_OR_EMPTY:
        return "rows" if "personalize_dictionary" in roles and table == "sys_dictionary" else "empty"
    if table == "sys_choice":
        return "rows"
    if table in _AUDIT:
        return "rows" if "audit_viewer" in roles else "empty"
    reads = "itil" in roles or any(role in roles for role in _READERS.values())
    if world.schema.is_a(table, "task") and table != "task":
        reads = "itil" in roles or _READERS.get(table, "itil") in roles
    elif table in _WORKED:
        reads = "itil" in roles
    return "rows" if reads else "empty"


def sees(world: World, account: Account, row: Row) -> bool:
    """Return whether somebody may read a record of a table that they may read."""
    if account.admin:
        return True
    ticket = row.values.get("documentkey") or row.values.get("element_id") or row.values.get("task") or row.id
    if ticket in world.hidden or concealed(world, row):
        return False
    return not world.schema.is_a(row.table, "task") or sight(world, account, row.table) == "rows"


def concealed(world: World, row: Row) -> bool:
    """Return whether a record is a ticket in one of the stretches of numbers that the trap `empty_pages` hides."""
    if "empty_pages" not in world.traps or not world.schema.is_a(row.table, "task"):
        return False
    digits = "".join(one for one in row["number"] if one.isdecimal())
    return bool(digits) and int(digits) // 40 % 4 == 3


def readable(world: World, account: Account, table: str, column: str) -> bool:
    if account.admin:
        return True
    if table == "sys_choice":
        return column in ("label", "sys_id")
    return not any((name, column) in world.unreadable for name in world.schema.lineage(table))


def may_write(world: World, account: Account, row: Row | None, table: str) -> bool:
    """Return whether somebody may write a record; row: None for a new one."""
    if account.admin:
        return True
    if not world.schema.is_a(table, "task") and table not in ("u_slahub_import",):
        return False
    if "itil" not in account.roles and f"sn_{table}_write" not in account.roles:
        return False
    closed = row is not None and row.table == "incident" and row["state"] in ("7", "8")
    return not closed and (row is None or row.id not in world.locked)


def may_write_column(world: World, account: Account, table: str, column: str) -> bool:
    if account.admin:
        return True
    return not any((name, column) in world.unwritable for name in world.schema.lineage(table))
