"""Keeps metric_instance: a row for each stretch that a field held a value, written a little later."""

from functools import partial

from connectors.servicenow.emulator.change import insert, update
from connectors.servicenow.emulator.records import How, Row, Update
from connectors.servicenow.emulator.stamps import duration, instant, stamp
from connectors.servicenow.emulator.world import World

__all__ = ["Metrics"]

_QUIET = How(workflow=False)
_LATE = 20  # seconds
_DEFINED = {"incident_state": "Incident State Duration", "assignment_group": "Assignment Group Duration"}


class Metrics:
    """Listens to saves of incidents. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._definitions: dict[str, str] = {}
        self._open: dict[tuple[str, str], Row] = {}

    def __call__(self, done: Update) -> None:
        if done.row.table != "incident" or done.kind == "delete":
            return
        begun = done.kind == "insert"
        values = {field: done.row[field] for field in _DEFINED if field in done.changes or (begun and done.row[field])}
        if not values:
            return
        act = partial(self._write, done.row, values, done.at)
        if self._world.opened:
            self._world.later(done.at + _LATE, act)
        else:
            act()

    def _write(self, row: Row, values: dict[str, str], at: int) -> None:
        world = self._world
        for field, value in values.items():
            last = self._open.pop((row.id, field), None)
            if last is not None:
                ended = {"end": stamp(at), "duration": duration(at - (instant(last["start"]) or at))}
                update(world, last, "system", {**ended, "calculation_complete": "true"}, _QUIET)
            given = {
                "definition": self._definition(field),
                "table": "incident",
                "id": row.id,
                "field": field,
                "field_value": value,
                "value": world.choices.label("incident", field, value, "en") if field == "incident_state" else value,
                "start": stamp(at),
                "calculation_complete": "false",
            }
            self._open[row.id, field] = insert(world, "metric_instance", "system", given, _QUIET)

    def _definition(self, field: str) -> str:
        if field not in self._definitions:
            given = {"name": _DEFINED[field], "table": "incident", "field": field, "active": "true"}
            made = insert(self._world, "metric_definition", "admin", {**given, "type": "field_value_duration"}, _QUIET)
            self._definitions[field] = made.id
        return self._definitions[field]
