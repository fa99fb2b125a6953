"""The engine: tickets judged, against a bare replay of the same events into a dictionary."""

from collections.abc import Sequence

import numpy as np

from benchmarks.measure import Result, medians
from benchmarks.tickets import EVENTS, NOW, desk, histories, rules
from core.calendar.instants import to_us
from core.sla import judge
from core.sla.classify import masks
from core.sla.found import find
from core.sla.history import Desk, History
from core.sla.plans import Plan
from core.sla.program import Program, program
from core.sla.run_bulk import Integers, run_bulk
from core.sla.timeline import timeline
from core.tickets import SourceValue

__all__ = ["measure"]


def measure(tickets: int, runs: int) -> list[Result]:
    """Return how fast tickets with three metrics are replayed, and replayed and judged."""
    given, shared, revision = histories(tickets), desk(), rules()
    ready, now = program(shared, revision), to_us(NOW)

    def judged(_run: int) -> None:
        for history in given:
            judge(history, shared, [revision], NOW)

    def replayed(_run: int) -> None:
        for history in given:
            find(ready, timeline(history, shared, ready, NOW), now)

    automaton = _automaton(given, shared, ready)

    def compiled(_run: int) -> None:
        for plan, at, bits, bounds in automaton:
            run_bulk(at, bits, bounds, now, plan.reopen, recurs=plan.recurs)

    def bare(_run: int) -> None:
        for history in given:
            _bare(history)

    seconds = medians({"judged": judged, "replayed": replayed, "compiled": compiled, "bare": bare}, runs)
    rate = {name: tickets / each for name, each in seconds.items()}
    bound = f"bare replay of the same {EVENTS} events"
    return [
        Result("engine: both stages of replay", "tickets", rate["replayed"], bound, rate["bare"]),
        Result("engine: run alone, compiled", "tickets", rate["compiled"], bound, rate["bare"]),
        Result("engine: judge, three metrics", "tickets", rate["judged"], bound, rate["bare"]),
    ]


def _automaton(
    given: Sequence[History], shared: Desk, ready: Program
) -> list[tuple[Plan, Integers, Integers, Integers]]:
    """Return what the automaton is given of all tickets, for each metric."""
    rows = [timeline(history, shared, ready, NOW) for history in given]
    at = np.array([instant for one in rows for instant in one.at], dtype=np.int64)
    bounds = np.cumsum([0, *(len(one.at) for one in rows)], dtype=np.int64)
    return [
        (plan, at, np.array([mask for one in rows for mask in masks(ready, plan, one)], dtype=np.int64), bounds)
        for plan in ready.plans
    ]


def _bare(history: History) -> dict[str, SourceValue]:
    values = dict(history.ticket.values)
    for event in history.events:
        for change in event.changes:
            values[change.field] = change.after
    return values
