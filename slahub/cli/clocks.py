"""slahub clocks: what is promised, how it stands, how much time is left."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from core.flows.evaluate import Active
from core.flows.stop import StopSignal
from core.sla.policy import Metric
from core.sla.reading import Durations, later
from core.sla.verdict import State
from core.store import lists
from core.store.lists import ClockRow
from slahub.bootstrap import Opening
from slahub.cli.out import ago, draw, emit, plural, say, short, table
from slahub.cli.view import Seen, View, view

__all__ = ["every", "print_rows", "rows"]

INSIDE = frozenset({"id", "ticket", "judged_at"})
"""Columns that mean nothing outside the database."""


def every(folder: Path, connection: str, *, as_json: bool) -> None:
    """Print the clocks of one connection, or of all."""
    found = view(Opening(folder, StopSignal()))
    for seen in found.chosen(connection):
        each = rows(found, seen)
        if as_json:
            for row in each:
                emit(row)
        else:
            print_rows(each, seen)


def rows(found: View, seen: Seen, tickets: Sequence[int] | None = None) -> list[dict[str, object]]:
    """Return the clocks as scripts read them, durations as of now."""
    with found.store.view() as tx:
        stored = lists.clock_rows(tx, seen.id, tickets=tickets)
    now = seen.now()
    return [_row(found.active, row, now) for row in stored]


def _row(active: Active, row: ClockRow, now: datetime) -> dict[str, object]:
    """Return a clock with its durations brought from the judged instant to now; nothing else moves by itself."""
    values = {name: value for name, value in asdict(row).items() if name not in INSIDE}
    values["reason"] = row.reason or None
    metric, calendar = _metric(active, row), active.calendar(row.revision, row.calendar)
    if metric is None or calendar is None:
        return values
    judged = Durations(row.elapsed_seconds, row.remaining_seconds, row.paused_seconds)
    read = later(judged, State(row.state), metric, calendar, row.judged_at, now, breached=row.breached)
    return {
        **values,
        "elapsed_seconds": read.elapsed,
        "remaining_seconds": read.remaining,
        "paused_seconds": read.paused,
    }


def _metric(active: Active, row: ClockRow) -> Metric | None:
    """Return what the clock was judged by."""
    at = row.completed_at or row.judged_at
    found = (each.metric(row.policy, row.metric, at) for each in active.rules if each.revision == row.revision)
    return next(found, None)


def print_rows(each: Sequence[dict[str, object]], seen: Seen) -> None:
    """Print clocks as a table, and how many there are."""
    columns = [">ticket", "policy", "metric", "state", "standing", "due (UTC)", ">open time left", ">of"]
    draw(table(columns, [_cells(row) for row in each], spare=("of", "policy", "state")))
    breached = sum(row["standing"] == "breached" for row in each)
    say(f"{seen.name}: {plural(len(each), 'clock')}, {breached:,} breached")


def _cells(row: dict[str, object]) -> Sequence[object]:
    standing, confirmed, state = row["standing"] or "", row["confirmed"], row["state"]
    due, left, target = row["due_at"], row["remaining_seconds"], row["target_seconds"]
    return (
        row["key"],
        row["policy"],
        str(row["metric"]).replace("_", " "),
        state,
        f"{str(standing).replace('_', ' ')}{'' if confirmed or not standing else ' (?)'}",
        short(due) if isinstance(due, datetime) else "",
        ago(left) if isinstance(left, int) and state in {"running", "paused"} else "",
        ago(target) if isinstance(target, int) else "",
    )
