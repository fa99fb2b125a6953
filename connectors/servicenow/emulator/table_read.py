"""GET of the Table API: pages of records, and one record."""

import json
from urllib.parse import quote_plus

from connectors.emulation import as_doc
from connectors.servicenow.emulator.answers import JSON, Answer, Call, cancelled, forbidden, not_found, truncated
from connectors.servicenow.emulator.finding import Found, check_table, find_rows
from connectors.servicenow.emulator.rights import sees, sight
from connectors.servicenow.emulator.shapes import shape_of
from connectors.servicenow.emulator.world import World

__all__ = ["read_list", "read_one"]

_DEFAULT = 10_000


def read_list(world: World, call: Call) -> Answer:
    """Answer a page. The limit counts rows before access control, and so does the total."""
    table = call.path[1]
    check_table(world, table)
    limit, offset = call.number("sysparm_limit", _DEFAULT), call.number("sysparm_offset", 0)
    look = sight(world, call.account, table)
    if look == "forbidden":
        raise forbidden()
    found = find_rows(world, call, table)
    window = found.rows[offset : offset + limit]
    shape = shape_of(world, call, table)
    shown = [] if look == "empty" else [shape(values) for row, values in window if sees(world, call.account, row)]
    if call.version == "v1" and not shown:
        raise not_found()
    headers = {"content-type": JSON, **_headers(call, table, len(found.rows), limit, offset)}
    broken = _cancelled(world, call, found, limit, [row.id for row, _ in window])
    if broken == "error":
        raise cancelled()
    if broken == "truncated":
        return Answer(truncated(json.dumps({"result": shown}, separators=(",", ":"))), 200, headers)
    if broken == "both":
        half = {"result": shown[: len(shown) // 2], **as_doc(cancelled().answer.body)}
        return Answer(half, 200, headers)
    return Answer({"result": shown}, 200, headers)


def read_one(world: World, call: Call) -> Answer:
    """Answer one record; what one may not read is not there."""
    table, sys_id = call.path[1], call.path[2]
    check_table(world, table)
    row = world.find(table, sys_id)
    seen = None if row is None else row.seen(world.clock.exact())
    if row is None or seen is None or sight(world, call.account, table) != "rows":
        raise not_found()
    if not sees(world, call.account, row):
        raise not_found()
    if row.id in world.corrupt:
        raise cancelled()
    return Answer({"result": shape_of(world, call, table)(seen)}, 200, {"content-type": JSON})


def _cancelled(world: World, call: Call, found: Found, limit: int, ids: list[str]) -> str:
    """Return how the answer breaks, if it does: `error`, `truncated` or `both`."""
    fate, world.fate = world.fate, ""
    if fate:
        return fate
    if world.corrupt.intersection(ids):
        return "truncated"
    table = call.path[1]
    if "slow_pages" in world.traps and min(limit, len(ids)) > world.traps.page:
        return ("error", "truncated", "both")[world.number("slow page") % 3]
    if "slow_audit" in world.traps and table == "sys_audit" and not found.query.confined:
        world.slots.append(world.clock.exact() + 3600)
        return "error"
    return ""


def _headers(call: Call, table: str, total: int, limit: int, offset: int) -> dict[str, str]:
    told: dict[str, str] = {}
    if not call.flag("sysparm_no_count"):
        told["X-Total-Count"] = str(total)
    if not call.flag("sysparm_suppress_pagination_header") and limit:
        told["Link"] = _links(call, table, total, limit, offset)
    return told


def _links(call: Call, table: str, total: int, limit: int, offset: int) -> str:
    """Return the pages around this one, as the instance writes them."""
    version = f"{call.version}/" if call.version else ""
    rest = [
        f"{name}={quote_plus(value, safe=',')}"
        for name, value in call.query.items()
        if name not in ("sysparm_limit", "sysparm_offset")
    ]
    where = f"{call.base}/api/now/{version}table/{table}?{'&'.join([*rest, f'sysparm_limit={limit}'])}"
    last = max(0, (total - 1) // limit * limit)
    pages = {"first": 0}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset > 0:
        pages["prev"] = max(0, offset - limit)
    pages["last"] = last
    order = [name for name in ("next", "prev", "first", "last") if name in pages]
    return ",".join(f'<{where}&sysparm_offset={pages[name]}>;rel="{name}"' for name in order)
