"""Everything that happened at the instance, as plain data: what a store that read it all has to end equal to."""

from connectors.emulation import Doc
from connectors.servicenow.emulator.records import Row, Update
from connectors.servicenow.emulator.rights import concealed
from connectors.servicenow.emulator.stamps import stamp
from connectors.servicenow.emulator.tables import TICKETS
from connectors.servicenow.emulator.world import World

__all__ = ["presence", "truth"]

_TABLES = ("sys_user", "sys_user_group", "sys_user_grmember", "core_company", "cmdb_ci_service")
_MORE = ("cmdb_ci_outage", "asmt_metric_result", "asmt_assessment_instance", "contract_sla", "cmn_schedule")


def presence(world: World, row: Row) -> str:
    """Return where a ticket is for the hub: `present`, `archived`, `deleted`, or `hidden` (out of reach)."""
    if row.id in world.gone:
        return world.gone[row.id][1]
    if row.id in world.hidden or concealed(world, row) or row["sys_domain"] not in ("", "global"):
        return "hidden"
    return "present"


def truth(world: World) -> Doc:
    """Return tickets with all their saves and native clocks, and what is around them.

    Nothing is late, paged or cut: what is deleted or not committed yet is there, marked. Instants are texts, UTC.
    """
    gone = [row for row, _ in world.gone.values()]
    tickets = [row for row in [*world.all("task"), *gone] if row.table in TICKETS]
    return {
        "now": world.stamp(),
        "tickets": [_ticket(world, row) for row in tickets],
        **{name: [dict(row.values) for row in world.rows[name].values()] for name in (*_TABLES, *_MORE)},
    }


def _ticket(world: World, row: Row) -> Doc:
    now = world.clock.exact()
    return {
        "sys_id": row.id,
        "number": row["number"],
        "table": row.table,
        "presence": presence(world, row),
        "committed": row.commits <= now,
        "values": dict(row.values),
        "updates": [_update(one) for one in world.updates.get(row.id, [])],
        "task_sla": [dict(one.values) for one in world.related("task_sla", row.id)],
    }


def _update(done: Update) -> Doc:
    """Return one save. `audited`: whether it was made as saves are that leave a trace in the audit."""
    return {
        "kind": done.kind,
        "at": stamp(done.at),
        "by": done.by,
        "count": done.count,
        "audited": done.how.audit,
        "stamped": done.how.stamps,
        "changes": {name: list(pair) for name, pair in done.changes.items()},
        "lost": dict(done.lost),
        "journal": [{"element": name, "value": text, "sys_id": entry} for name, text, entry in done.journal],
    }
