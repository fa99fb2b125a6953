"""What the clocks of a scenario must show, found by walking through its time step by step.

Written from the rules of the vectors alone, apart from the engine, to be held against it: nothing here adds up
intervals or calculates a deadline. A step is a minute, or a second where the scenario is told in seconds. For each
step the zone's wall clock says whether the hours are open, and the ticket's status whether the clock runs; the steps
that count are counted, and a deadline is where as many of them lie behind as the target has.

Where the rules are silent, the key is left out; a metric of which nothing is said has an empty answer. A deadline
that is not within some weeks is answered by `due_after`: it is later than that, or never.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.core.sla.oracle.hours import open_steps
from tests.core.sla.oracle.walk import Cycle, Silent, Stretch, Walk, instant, written

LOOKAHEAD = 45 * 86400
CYCLES = frozenset({"next_response", "periodic_update"})


def target(metric: Mapping[str, Any], cycle: Cycle) -> int | None:
    """Return the seconds allowed by the priority at a cycle's end; None: the rules do not say what happens then."""
    found: int | None = metric["targets"].get(cycle.priority, metric["targets"].get("*"))
    return found


class Oracle:
    """The answers for one scenario."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.case = case
        self.now = instant(case["now"])
        ticket, metrics = case["ticket"], case["policy"]["metrics"].values()
        said = [instant(at) for at in (ticket["created_at"], case["now"], *(event["at"] for event in ticket["events"]))]
        said += [allowed for metric in metrics for allowed in metric["targets"].values()]
        self.step = 1 if any(each % 60 for each in said) else 60
        self.first = instant(ticket["created_at"])
        self.last = self.now + LOOKAHEAD
        self.found: dict[str, bytearray] = {}

    def answers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what each metric's result must have."""
        for name, metric in self.case["policy"]["metrics"].items():
            try:
                yield name, self.answer(metric)
            except Silent:
                yield name, {}

    def answer(self, metric: Mapping[str, Any]) -> dict[str, Any]:
        ticket = self.case["ticket"]
        *_, priority = ticket["priority"], *(event["to"] for event in ticket["events"] if event["type"] == "priority")
        if priority not in self.case["policy"].get("applies_if", {}).get("priority", [priority]):
            return {"state": "inactive"}
        walk = Walk(self.case, metric)
        counts = self.counts(metric, walk.cycles) if metric["kind"] in CYCLES else {}
        if not walk.cycles:
            return {"state": "inactive", **counts}
        last = walk.cycles[-1]
        if last.ended == "cancelled":
            return {} if target(metric, last) is None else {"state": "inactive", **counts}
        return counts if last.doubtful else {**self.clock(metric, last, paused=walk.paused), **counts}

    def counts(self, metric: Mapping[str, Any], cycles: list[Cycle]) -> dict[str, int]:
        """Count the cycles; whether those that ended without result are some of them is not said."""
        if any(cycle.doubtful or target(metric, cycle) is None for cycle in cycles):
            return {}
        counts = {}
        breached = [(cycle, self.clock(metric, cycle, paused=False).get("breached")) for cycle in cycles]
        if all(was is not None and not (was and cycle.ended == "cancelled") for cycle, was in breached):
            counts["cycles_breached"] = sum(bool(was) for _, was in breached)
        if all(cycle.ended != "cancelled" for cycle in cycles):
            counts["cycles"] = len(cycles)
        return counts

    def clock(self, metric: Mapping[str, Any], cycle: Cycle, *, paused: bool) -> dict[str, Any]:
        """Return the state of one cycle, by the target that its last moment has."""
        allowed = target(metric, cycle)
        if allowed is None:
            return {}
        end = self.now if cycle.end is None else cycle.end
        state = "completed" if cycle.ended == "completed" else "paused" if paused else "running"
        shown = {"state": state, "started_at": written(cycle.start), "target_seconds": allowed}
        if cycle.ended == "completed":
            shown["completed_at"] = written(end)
        hours = Hours(self, metric, cycle, end)
        shown["paused_seconds"] = hours.paused.count(1) * self.step
        shown["paused_wall_seconds"] = sum(each.end - each.start for each in cycle.stretches if each.how != "runs")
        by_wall = self.case["policy"]["pause_accounting"] == "wall_clock"
        return shown | (self.by_wall if by_wall else self.by_calendar)(allowed, cycle, end, state, hours)

    def by_calendar(self, allowed: int, cycle: Cycle, end: int, state: str, hours: "Hours") -> dict[str, Any]:
        elapsed = hours.counted.count(1, self.place(cycle.start), self.place(end)) * self.step
        shown: dict[str, Any] = {"elapsed_seconds": elapsed, "remaining_seconds": allowed - elapsed}
        if elapsed != allowed:
            shown["breached"] = elapsed > allowed
        if state == "paused" and elapsed <= allowed:
            return shown
        due = self.walk_on(hours.counted, cycle.start, allowed)
        if due is None or self.stays(hours, due, self.place(end)):
            return shown | self.due(hours.counted, due)
        return shown

    def stays(self, hours: "Hours", due: int, end: int) -> bool:
        """Tell whether the deadline is beyond doubt.

        What a pause after the breach does to it is left open, and so is which end of a pause, or of the time until a
        reopening, it is at if that begins with nothing left.
        """
        goes_on = hours.counted.find(1, due, end)
        until = end if goes_on < 0 else goes_on
        return hours.waiting.find(1, due, end) < 0 and hours.paused.find(1, due, until) < 0

    def by_wall(self, allowed: int, cycle: Cycle, end: int, state: str, hours: "Hours") -> dict[str, Any]:
        """Return the same where pauses are taken by the wall clock; what is used of such a clock is not said."""
        start = self.place(cycle.start)
        shown: dict[str, Any] = {}
        pauses = [each for each in cycle.stretches if each.how != "runs" and each.end > each.start]
        if not pauses:
            shown = self.by_calendar(allowed, cycle, end, state, hours)
        for pause in pauses:
            if hours.ticking.count(1, start, self.place(pause.start)) * self.step >= allowed:
                return shown  # it comes after the breach
            allowed += pause.end - pause.start
        used = hours.ticking.count(1, start, self.place(end)) * self.step
        if used != allowed:
            shown["breached"] = used > allowed
        if state == "paused" and used <= allowed:
            return shown
        due = self.walk_on(hours.ticking, cycle.start, allowed)
        return shown | self.due(hours.ticking, due)

    def walk_on(self, counted: bytearray, start: int, seconds: int) -> int | None:
        """Return the place at which so many counted steps lie behind; None: not within the time looked at."""
        at = self.place(start)
        for _ in range(seconds // self.step):
            at = counted.find(1, at) + 1
            if not at:
                return None
        return at

    def due(self, counted: bytearray, place: int | None) -> dict[str, str]:
        if place is None:
            return {"due_after": written(self.last)}
        shown = {"due_at": written(self.first + place * self.step)}
        opens = counted.find(1, place)
        if opens > place:
            shown["due_at_next_open"] = written(self.first + opens * self.step)
        return shown

    def place(self, at: int) -> int:
        return (at - self.first) // self.step

    def steps(self, metric: Mapping[str, Any], calendar: str) -> bytearray:
        name = "" if metric["clock"] == "always" else calendar
        if name not in self.found:
            self.found[name] = (
                open_steps(self.case["calendars"][name], self.first, self.last, self.step)
                if name
                else bytearray(b"\x01") * ((self.last - self.first) // self.step)
            )
        return self.found[name]


class Hours:
    """The steps of one cycle. After its end everything is as it would be if the clock ran on.

    ticking: open, whether paused or not. counted: open and running. paused: open and not running; waiting: those of
    them that are pauses, and not the time between a solution and its reopening.
    """

    def __init__(self, oracle: Oracle, metric: Mapping[str, Any], cycle: Cycle, end: int) -> None:
        latest = oracle.case["policy"]["calendar_change"] == "latest"
        none = bytearray((oracle.last - oracle.first) // oracle.step)
        self.ticking, self.counted, self.paused, self.waiting = (bytearray(none) for _ in range(4))
        onward = Stretch(end, oracle.last, "runs", cycle.calendar)
        for each in (*cycle.stretches, onward):
            steps = oracle.steps(metric, cycle.calendar if latest else each.calendar)
            part = slice(oracle.place(each.start), oracle.place(each.end))
            self.ticking[part] = steps[part]
            (self.counted if each.how == "runs" else self.paused)[part] = steps[part]
            if each.how == "paused":
                self.waiting[part] = steps[part]


def expected(case: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what `expected` of a scenario must hold."""
    return dict(Oracle(case).answers())
