"""POST, PATCH, PUT and DELETE of the Table API."""

from functools import partial

from connectors.servicenow.emulator.answers import JSON, Answer, Call, failure, not_found
from connectors.servicenow.emulator.change import insert, remove, update
from connectors.servicenow.emulator.finding import check_table
from connectors.servicenow.emulator.inputs import given, written
from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.rights import may_write, sees, sight
from connectors.servicenow.emulator.shapes import shape_of
from connectors.servicenow.emulator.world import World

__all__ = ["change_one", "create_one", "delete_one"]

_STATE_MODELS = ("problem", "change_request")
_DICTIONARY = ("sys_dictionary", "sys_choice", "sys_db_object")


def create_one(world: World, call: Call) -> Answer:
    """Make a record; the unknown among its values is dropped."""
    table = call.path[1]
    check_table(world, table)
    if not may_write(world, call.account, None, table) or table == "cmn_schedule_span":
        raise _denied("Insert")
    values = given(call.body)
    draft = written(world, call, table, values)
    wished = values.get("sys_id")
    if isinstance(wished, str) and wished:
        if world.find(table, wished) is not None:
            raise failure(403, "Operation Failed", f"Error during insert of {table}: Unique Key violation")
        draft["sys_id"] = wished
    if table == "sys_dictionary":
        draft = _new_column(world, draft)
    row = insert(world, table, call.account.name, draft)
    version = f"{call.version}/" if call.version else ""
    headers = {"Location": f"{call.base}/api/now/{version}table/{table}/{row.id}"}
    return _shown(world, call, row, 201, headers)


def change_one(world: World, call: Call) -> Answer:
    """Change some columns of a record. The rules of the instance run as after any save."""
    table, sys_id = call.path[1], call.path[2]
    check_table(world, table)
    row = world.find(table, sys_id)
    visible = sight(world, call.account, table) == "rows" or table in _DICTIONARY
    if row is None or not visible or not sees(world, call.account, row):
        raise not_found()
    if not may_write(world, call.account, row, row.table):
        raise _denied("Update")
    draft = written(world, call, row.table, given(call.body))
    _check_policies(world, call, row, draft)
    for name in world.overruled & draft.keys():
        draft.pop(name)
    if "overruled" in world.traps and not call.account.admin:
        draft.pop("u_sla_due", None)
    if "reopens_on_update" in world.traps and row.table == "incident" and row["state"] == "6" and draft:
        draft.setdefault("state", "2")
    done = update(world, row, call.account.name, draft)
    if done is not None and "async_rules" in world.traps and world.schema.is_a(row.table, "task"):
        mark = {"correlation_display": f"rule after {done.count}"}
        world.later(world.clock.exact() + 3, partial(update, world, row, "system", mark))
    return _shown(world, call, row, 200, {})


def delete_one(world: World, call: Call) -> Answer:
    table, sys_id = call.path[1], call.path[2]
    check_table(world, table)
    row = world.find(table, sys_id)
    if row is None or not sees(world, call.account, row):
        raise not_found()
    if not call.account.admin:
        raise _denied("Delete")
    remove(world, row, call.account.name)
    return Answer(None, 204)


def _shown(world: World, call: Call, row: Row, status: int, headers: dict[str, str]) -> Answer:
    if call.headers.get("x-no-response-body", "").lower() == "true":
        return Answer("", 204 if status == 200 else status, headers)
    body = {"result": shape_of(world, call, call.path[1])(row.values)}
    return Answer(body, status, {"content-type": JSON, **headers})


def _check_policies(world: World, call: Call, row: Row, draft: dict[str, str]) -> None:
    """Raises: Refusal where a data policy, a state model or a business rule stands against the save."""
    if row.table in _STATE_MODELS and draft.get("state", row["state"]) != row["state"]:
        raise failure(403, "Operation Failed", f"Error during update of {row.table} ({row['number']})")
    if row.table == "incident" and draft.get("state") == "6" != row["state"]:
        needed = {"close_code": "Resolution code", "close_notes": "Resolution notes"}
        missing = [label for name, label in needed.items() if not draft.get(name, row[name])]
        if missing:
            detail = f"Data Policy Exception: The following fields are mandatory: {', '.join(missing)}"
            raise failure(403, "Operation Failed", detail)
    if row.id in world.aborted and not call.account.admin:
        raise failure(403, "Operation Failed", f"Error during update of {row.table} ({row['number']})")


def _new_column(world: World, draft: dict[str, str]) -> dict[str, str]:
    """Return the values of a new column; in the global scope its name begins with `u_`."""
    name = draft.get("element", "")
    if draft.get("name", "") not in world.schema.tables:
        raise failure(403, "Operation Failed", "Error during insert of sys_dictionary: Invalid table")
    if name and not name.startswith(("u_", "x_")):
        draft["element"] = f"u_{name}"
    return {"internal_type": "string", "max_length": "40", "active": "true", **draft}


def _denied(deed: str) -> Exception:
    return failure(403, "Operation Failed", f"ACL Exception {deed} Failed due to security constraints")
