"""Every path that the instance answers, and what each call is named in the log."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.servicenow.emulator.answers import Answer, Call, Refusal, failure
from connectors.servicenow.emulator.batch_api import run_batch
from connectors.servicenow.emulator.import_api import import_many, import_one, imported
from connectors.servicenow.emulator.stats_api import aggregate
from connectors.servicenow.emulator.table_read import read_list, read_one
from connectors.servicenow.emulator.table_write import change_one, create_one, delete_one
from connectors.servicenow.emulator.world import World

__all__ = ["Limit", "Note", "Route", "answer", "endpoint", "find"]

Note = Callable[[Call, str, int], None]
"""Writes an item of a batch down: the call, its path, the status of its answer."""
Limit = Callable[[Call, str, str], dict[str, str]]
"""Counts a call of an API and a table, and returns headers for its answer; may raise Refusal."""

_PATH = re.compile(r"/api/now/(?:(?P<version>v\d+)/)?(?P<rest>.*)")
_VERSIONS = {"table": ("", "v1", "v2"), "stats": ("", "v1"), "import": ("", "v1"), "batch": ("", "v1")}
_APIS = {"table": "Table API", "stats": "Aggregate API", "import": "Import Set API", "batch": "Batch API"}


@dataclass(frozen=True, slots=True)
class Route:
    """What a path leads to: its API, its parts, its version, and a name without ids."""

    api: str
    parts: tuple[str, ...]
    version: str

    @property
    def name(self) -> str:
        shown = (
            (*self.parts[:2], "{sys_id}") if len(self.parts) > 2 and self.parts[2] != "insertMultiple" else self.parts
        )
        return "/".join(shown)


_TABLE: dict[tuple[str, int], Callable[[World, Call], Answer]] = {
    ("GET", 2): read_list,
    ("GET", 3): read_one,
    ("POST", 2): create_one,
    ("PATCH", 3): change_one,
    ("PUT", 3): change_one,
    ("DELETE", 3): delete_one,
}


def find(path: str) -> Route | None:
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    parts = tuple(one for one in match["rest"].split("/") if one)
    version = match["version"] or ""
    if not parts or version not in _VERSIONS.get(parts[0], ()):
        return None
    fits = {"table": (2, 3), "stats": (2,), "import": (2, 3), "batch": (1,)}[parts[0]]
    return Route(parts[0], parts, version) if len(parts) in fits else None


def answer(world: World, call: Call, path: str, limit: Limit, note: Note) -> Answer:
    """Answer a call that was let in. Raises: Refusal."""
    route = find(path)
    if route is None:
        raise failure(400, f"Requested URI does not represent any resource: {path.removeprefix('/api')}")
    made = replace(call, path=route.parts, version=route.version)
    method = "GET" if made.method == "HEAD" else made.method
    told = limit(made, _APIS[route.api], route.parts[1] if len(route.parts) > 1 else "")
    try:
        found = _answered(world, made, route, method, limit, note)
    except Refusal as refused:
        found = refused.answer
    return Answer(found.body, found.status, {**found.headers, **told})


def _answered(world: World, call: Call, route: Route, method: str, limit: Limit, note: Note) -> Answer:
    if route.api == "table" and (method, len(route.parts)) in _TABLE:
        return _TABLE[method, len(route.parts)](world, call)
    if route.api == "stats" and method == "GET":
        return aggregate(world, call)
    if route.api == "batch" and method == "POST":
        return run_batch(world, call, lambda one, path: _item(world, one, path, limit, note))
    if route.api == "import" and method in ("GET", "POST"):
        if method == "GET":
            return imported(world, call)
        return import_many(world, call) if route.parts[2:] == ("insertMultiple",) else import_one(world, call)
    raise failure(405, "Method not supported", f"Method not supported: {method}")


def _item(world: World, call: Call, path: str, limit: Limit, note: Note) -> Answer:
    try:
        found = answer(world, call, path, limit, note)
    except Refusal as refused:
        found = refused.answer
    note(call, path, found.status)
    return found


def endpoint(path: str) -> str:
    """Return a path without the ids in it, for counting calls."""
    route = find(path)
    return path if route is None else f"/api/now/{route.version + '/' if route.version else ''}{route.name}"
