"""SLA definitions made ready: their conditions as tests, their hours."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.servicenow.emulator.hours import Hours
from connectors.servicenow.emulator.query import Asker, compiled
from connectors.servicenow.emulator.query_terms import Test
from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.stamps import instant, length
from connectors.servicenow.emulator.world import World

__all__ = ["Definition", "Definitions"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One SLA definition. An empty condition never holds, but for `start`."""

    row: Row
    target: int
    start: Test
    pause: Test
    stop: Test
    reset: Test
    resume: Test
    cancel: Test

    def pauses(self, values: Mapping[str, str], *, paused: bool) -> bool:
        """Return whether the clock stands, `paused` so far."""
        held = paused and self.row["when_to_resume"] == "on_condition" and not self.resume(values)
        return held or self.pause(values)

    def ends(self, values: Mapping[str, str]) -> bool:
        """Return whether the clock is cancelled."""
        unmatched = self.row["when_to_cancel"] in ("no_match", "") and not self.start(values)
        return unmatched or self.cancel(values)

    def begins(self, task: Row, at: int) -> int:
        """Return when a clock that is attached at `at` begins: earlier for a retroactive one."""
        if self.row["retroactive"] != "true":
            return at
        return instant(task[self.row["set_start_to"] or "sys_created_on"]) or at


class Definitions:
    """The definitions by table, read again after each change of one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of: dict[str, list[Definition]] = {}
        self._hours: dict[tuple[str, str], Hours] = {}

    def forget(self) -> None:
        self._of.clear()
        self._hours.clear()

    def of(self, table: str) -> list[Definition]:
        """Return the active definitions that a ticket of this class may come under."""
        found = self._of.get(table)
        if found is None:
            above = set(self._world.schema.lineage(table))
            rows = [one for one in self._world.all("contract_sla") if one["active"] == "true"]
            found = self._of[table] = [self._made(one) for one in rows if one["collection"] in above]
        return found

    def hours(self, definition: Definition, task: Mapping[str, str]) -> Hours:
        """Return the hours that a clock of this ticket counts in."""
        schedule = definition.row["schedule"] if definition.row["schedule_source"] != "no_schedule" else ""
        key = (schedule, self.zone(definition, task))
        found = self._hours.get(key)
        if found is None:
            found = self._hours[key] = Hours(self._world, *key)
        return found

    def zone(self, definition: Definition, task: Mapping[str, str]) -> str:
        """Return the zone that a schedule which floats is read in."""
        world, source = self._world, definition.row["timezone_source"]
        system = world.properties.get("glide.sys.default.tz", "GMT")
        if source == "sla.timezone":
            return definition.row["timezone"] or system
        if source in ("", "task.caller_id.time_zone"):
            caller = world.find("sys_user", task.get("caller_id", ""))
            return (caller["time_zone"] if caller is not None else "") or system
        return system

    def _made(self, row: Row) -> Definition:
        kinds = ("start", "pause", "stop", "reset", "resume", "cancel")
        tests = [self._test(row, f"{kind}_condition") for kind in kinds]
        return Definition(row, length(row["duration"]), *tests)

    def _test(self, row: Row, name: str) -> Test:
        if not row[name]:
            always = name == "start_condition"
            return lambda _: always
        return compiled(Asker(self._world), row["collection"], row[name]).test
