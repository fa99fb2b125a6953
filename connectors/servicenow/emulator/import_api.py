"""The Import Set API: rows for a staging table, which a transform map brings to incidents without any audit."""

from typing import cast

from connectors.emulation import as_doc
from connectors.servicenow.emulator.answers import JSON, Answer, Call, Doc, failure, not_found
from connectors.servicenow.emulator.change import insert, update
from connectors.servicenow.emulator.inputs import written
from connectors.servicenow.emulator.records import How
from connectors.servicenow.emulator.rights import may_write
from connectors.servicenow.emulator.world import World

__all__ = ["import_many", "import_one", "imported"]

_STAGING, _MAP = "u_slahub_import", "SLA hub to incident"
_UNAUDITED = How(audit=False)
_TO = {
    "u_sla_due": "u_sla_due",
    "u_sla_state": "u_sla_state",
    "u_sla_metric": "u_sla_metric",
    "u_sla_policy": "u_sla_policy",
    "u_sla_breached_at": "u_sla_breached_at",
    "u_state": "state",
}


def import_one(world: World, call: Call) -> Answer:
    """Bring one record in, and answer what became of it."""
    staging = _staging(world, call)
    name = f"ISET{world.number('ISET', 10_001):07d}"
    result = _transform(world, call, as_doc(call.body), name)
    answer = {"import_set": name, "staging_table": staging, "result": [result]}
    return Answer(answer, 201, {"content-type": JSON})


def import_many(world: World, call: Call) -> Answer:
    """Take many records in, to be transformed later; the answer tells nothing of any of them."""
    _staging(world, call)
    records = as_doc(call.body).get("records")
    if not isinstance(records, list):
        raise failure(400, "records is mandatory")
    name = f"ISET{world.number('ISET', 10_001):07d}"
    rows = [as_doc(one) for one in cast("list[object]", records)]
    world.later(world.clock.exact() + 2, lambda: [_transform(world, call, one, name) for one in rows])
    answer = {"import_set_id": world.new_id(), "multi_import_set_id": world.new_id()}
    return Answer(answer, 201, {"content-type": JSON})


def imported(world: World, call: Call) -> Answer:
    """Answer one row of the staging table."""
    row = world.find(_staging(world, call), call.path[2])
    if row is None:
        raise not_found()
    return Answer({"result": dict(row.values)}, 200, {"content-type": JSON})


def _staging(world: World, call: Call) -> str:
    staging = call.path[1]
    if staging != _STAGING:
        raise failure(400, f"Invalid staging table {staging}")
    if not may_write(world, call.account, None, staging):
        raise failure(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
    return staging


def _transform(world: World, call: Call, values: Doc, name: str) -> Doc:
    row = world.first("incident", number=str(values.get("u_number", "")))
    staged = insert(world, _STAGING, call.account.name, written(world, call, _STAGING, values))
    staged.values.update(sys_import_set=name, sys_import_state="processed")
    doc: Doc = {"transform_map": _MAP, "table": "incident"}
    if row is None:
        return {**doc, "status": "error", "error_message": "No field values changed", "sys_id": ""}
    draft = written(world, call, "incident", {_TO[key]: value for key, value in values.items() if key in _TO})
    done = update(world, row, call.account.name, draft, _UNAUDITED)
    return {
        **doc,
        "display_name": "number",
        "display_value": row["number"],
        "record_link": f"{call.base}/api/now/table/incident/{row.id}",
        "status": "ignored" if done is None else "updated",
        "sys_id": row.id,
    }
