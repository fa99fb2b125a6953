"""The engine: tickets judged, against a bare replay of the same events into a dictionary."""

from benchmarks.measure import Result, medians
from benchmarks.tickets import EVENTS, NOW, desk, histories, rules
from core.calendar.instants import to_us
from core.sla import judge
from core.sla.found import find
from core.sla.history import History
from core.sla.program import program
from core.sla.timeline import timeline
from core.tickets import SourceValue

__all__ = ["measure"]


def measure(tickets: int, runs: int) -> list[Result]:
    """Return how fast tickets with two clocks are replayed, and replayed and judged."""
    given, shared, revision = histories(tickets), desk(), rules()
    ready, now = program(shared, revision), to_us(NOW)

    def judged(_run: int) -> None:
        for history in given:
            judge(history, shared, [revision], NOW)

    def replayed(_run: int) -> None:
        for history in given:
            find(ready, timeline(history, shared, ready, NOW), now)

    def bare(_run: int) -> None:
        for history in given:
            _bare(history)

    seconds = medians({"judged": judged, "replayed": replayed, "bare": bare}, runs)
    rate = {name: tickets / each for name, each in seconds.items()}
    bound = f"bare replay of the same {EVENTS} events"
    return [
        Result("engine: both stages of replay", "tickets", rate["replayed"], bound, rate["bare"]),
        Result("engine: judge, two clocks", "tickets", rate["judged"], bound, rate["bare"]),
    ]


def _bare(history: History) -> dict[str, SourceValue]:
    values = dict(history.ticket.values)
    for event in history.events:
        for change in event.changes:
            values[change.field] = change.after
    return values
