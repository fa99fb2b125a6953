"""The instance's own SLA clocks: attaches, pauses, stops and cancels rows of task_sla after each save of a ticket."""

from connectors.servicenow.emulator.change import insert, update
from connectors.servicenow.emulator.records import How, Row, Update
from connectors.servicenow.emulator.sla_past import past_pauses
from connectors.servicenow.emulator.sla_terms import Definition, Definitions
from connectors.servicenow.emulator.stamps import duration, instant, length, stamp
from connectors.servicenow.emulator.world import World

__all__ = ["SlaEngine"]

_SYSTEM, _ASYNC = "system", 5  # seconds that the engine is late where it runs by itself
_QUIET = How(workflow=False)
_TERMS = ("contract_sla", "cmn_schedule", "cmn_schedule_span", "cmn_other_schedule")


class SlaEngine:
    """Listens to a world, and refreshes stored numbers as the instance's scheduled jobs do. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world, self._definitions = world, Definitions(world)
        self._refresh_at: dict[str, int] = {}  # sys_id of a running row -> when its numbers are due

    def __call__(self, done: Update) -> None:
        row = done.row
        if row.table in _TERMS:
            self._definitions.forget()
        elif row.table in self._world.schema.below("task"):
            if done.kind == "delete":
                for one in [*self._world.related("task_sla", row.id)]:
                    self._world.drop(one)
            elif self._world.properties.get("com.snc.sla.engine.async") == "true" and self._world.opened:
                self._world.later(done.at + _ASYNC, lambda: self._look(row, self._world.now()))
            else:
                self._look(row, done.at)

    def refresh(self, now: int) -> None:
        """Bring the numbers of running rows up to date whose turn it is; between two turns they are stale."""
        for sys_id, due in [*self._refresh_at.items()]:
            row = self._world.rows["task_sla"].get(sys_id)
            if row is None or row["stage"] != "in_progress":
                del self._refresh_at[sys_id]
            elif due <= now:
                definition, task = self._definition(row), self._world.find("task", row["task"])
                if definition is not None and task is not None:
                    update(self._world, row, _SYSTEM, self._numbers(row, definition, task, now), _QUIET)
                self._refresh_at[sys_id] = now + _rhythm(length(row["business_time_left"]))

    def _look(self, task: Row, at: int) -> None:
        """Go through the rows of one ticket, then see what is to be attached."""
        values = task.values
        running: set[str] = set()
        for row in self._world.related("task_sla", task.id):
            if row["active"] != "true":
                continue
            definition = self._definition(row)
            if definition is None:  # the ticket's class changed
                ended = {"stage": "cancelled", "active": "false", "end_time": stamp(at)}
                update(self._world, row, _SYSTEM, ended, _QUIET)
            elif definition.stop(values) or definition.reset(values):
                self._end(row, definition, task, at, "completed")
            elif definition.ends(values):
                self._end(row, definition, task, at, "cancelled")
            else:
                running.add(definition.row.id)
                self._pause_or_resume(row, definition, task, at)
        for definition in self._definitions.of(task.table):
            fresh = definition.row.id not in running
            if fresh and definition.start(values) and not definition.stop(values) and not definition.cancel(values):
                self._attach(definition, task, at)

    def _definition(self, row: Row) -> Definition | None:
        task = self._world.find("task", row["task"])
        known = [] if task is None else self._definitions.of(task.table)
        return next((one for one in known if one.row.id == row["sla"]), None)

    def _attach(self, definition: Definition, task: Row, at: int) -> None:
        world, hours = self._world, self._definitions.hours(definition, task.values)
        paused, start = definition.pause(task.values), definition.begins(task, at)
        held = (0, 0)
        if definition.row["retroactive_pause"] == "true":
            held = past_pauses(world, task, definition.pause, hours, start, at)
        due = hours.after(start, definition.target + held[1])
        planned = "" if due is None else stamp(due)
        row = insert(
            world,
            "task_sla",
            _SYSTEM,
            {
                "task": task.id,
                "sla": definition.row.id,
                "stage": "paused" if paused else "in_progress",
                "active": "true",
                "start_time": stamp(start),
                "planned_end_time": planned,
                "original_breach_time": planned,
                "pause_time": stamp(at) if paused else "",
                "pause_duration": duration(held[0]) if held[0] else "",
                "business_pause_duration": duration(held[1]) if held[1] else "",
                "schedule": definition.row["schedule"],
                "timezone": self._definitions.zone(definition, task.values),
            },
            _QUIET,
        )
        row.values.update(self._numbers(row, definition, task, at))
        self._running(row, due)

    def _running(self, row: Row, due: int | None) -> None:
        """Let the row be refreshed from now on, and marked when its time is up."""
        if row["stage"] != "in_progress":
            return
        world = self._world
        self._refresh_at[row.id] = world.now() + _rhythm(length(row["business_time_left"]))
        if due is not None and row["has_breached"] != "true":
            planned = row["planned_end_time"]
            world.later(due, lambda: self._breach(row, planned))

    def _breach(self, row: Row, planned: str) -> None:
        still = row["stage"] == "in_progress" and row["planned_end_time"] == planned
        definition, task = self._definition(row), self._world.find("task", row["task"])
        if still and definition is not None and task is not None:
            numbers = self._numbers(row, definition, task, self._world.now())
            update(self._world, row, _SYSTEM, {**numbers, "has_breached": "true"}, _QUIET)

    def _pause_or_resume(self, row: Row, definition: Definition, task: Row, at: int) -> None:
        paused = row["stage"] == "paused"
        holds = definition.pauses(task.values, paused=paused)
        if holds and not paused:
            numbers = self._numbers(row, definition, task, at)
            update(self._world, row, _SYSTEM, {**numbers, "stage": "paused", "pause_time": stamp(at)}, _QUIET)
        elif paused and not holds:
            changed = self._unpaused(row, definition, task, at)
            update(self._world, row, _SYSTEM, {**changed, "stage": "in_progress"}, _QUIET)
            self._running(row, instant(row["planned_end_time"]))

    def _unpaused(self, row: Row, definition: Definition, task: Row, at: int) -> dict[str, str]:
        """Return what the end of a pause changes: its length is added, and the breach time moves, unless it is past."""
        hours = self._definitions.hours(definition, task.values)
        began = instant(row["pause_time"]) or at
        whole = length(row["pause_duration"]) + at - began
        open_time = length(row["business_pause_duration"]) + hours.counted(began, at)
        changed = {
            "pause_time": "",
            "pause_duration": duration(whole),
            "business_pause_duration": duration(open_time),
        }
        if row["has_breached"] != "true":
            due = hours.after(at, definition.target - length(row["business_duration"]))
            changed["planned_end_time"] = "" if due is None else stamp(due)
        return changed

    def _end(self, row: Row, definition: Definition, task: Row, at: int, stage: str) -> None:
        changed = self._unpaused(row, definition, task, at) if row["stage"] == "paused" else {}
        numbers = {} if row["stage"] == "paused" else self._numbers(row, definition, task, at)
        ended = {"stage": stage, "active": "false", "end_time": stamp(at)}
        update(self._world, row, _SYSTEM, {**changed, **numbers, **ended}, _QUIET)

    def _numbers(self, row: Row, definition: Definition, task: Row, at: int) -> dict[str, str]:
        """Return what has been used of the target at a moment at which the clock runs."""
        hours, start = self._definitions.hours(definition, task.values), instant(row["start_time"]) or at
        whole = at - start - length(row["pause_duration"])
        open_time = hours.counted(start, at) - length(row["business_pause_duration"])
        target = max(1, definition.target)
        share = _hundredths(open_time, target)
        return {
            "duration": duration(whole),
            "percentage": _percent(_hundredths(whole, target)),
            "time_left": duration(max(0, definition.target - whole)),
            "business_duration": duration(open_time),
            "business_percentage": _percent(share),
            "business_time_left": duration(max(0, definition.target - open_time)),
            "has_breached": "true" if share >= 10_000 else "false",
        }


def _hundredths(used: int, target: int) -> int:
    """Return a share in hundredths of a percent, halves rounded up."""
    return (used * 20_000 + target) // (2 * target)


def _percent(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _rhythm(left: int) -> int:
    """Return after how many seconds a job looks again, by what is left."""
    for most, seconds in ((0, 86_400), (600, 60), (3600, 600), (86_400, 3600), (30 * 86_400, 86_400)):
        if left <= most:
            return seconds
    return 5 * 86_400
