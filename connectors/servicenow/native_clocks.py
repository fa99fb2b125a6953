"""ServiceNow's own SLA clocks: the rows of `task_sla` as statements. Pure.

The figures of a row are as old as the last job that refreshed them, up to five days. Taken over is only what stands:
when it began, paused and ended, when it is due, and what was used once it has ended.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors import NativeClock, Says, SetAside, Unreadable, fields_of, set_aside
from connectors.servicenow.mapping import row_id
from connectors.servicenow.shapes import duration, instant, moment, stored, sys_id

__all__ = ["COLUMNS", "STREAM", "statements", "target_seconds", "word"]

STREAM = "native_clocks"

COLUMNS = (
    "sys_id",
    "task",
    "sla",
    "stage",
    "active",
    "start_time",
    "end_time",
    "planned_end_time",
    "pause_time",
    "pause_duration",
    "duration",
    "business_duration",
    "schedule",
    "sys_updated_on",
    "sla.name",
    "sla.type",
    "sla.target",
    "sla.duration",
    "sla.duration_type",
    "sla.collection",
    "task.sys_class_name",
)
"""What is asked of a row, its definition and its ticket."""

GOING = frozenset({"in_progress", "breached", "paused"})
OVER = frozenset({"completed", "achieved", "cancelled"})
"""Stages. `breached` and `achieved` are those of the engine of 2010; `starting` is not there yet."""

LONGEST = 255


@dataclass(frozen=True, slots=True)
class _Row:
    """One clock. over: when it ended, None while it goes on. paused: since when it stands still."""

    sys_id: str
    ticket_id: str
    metric: str
    start: datetime
    over: datetime | None
    paused: datetime | None
    fields: Mapping[str, object]


def statements(raw: Sequence[object]) -> tuple[tuple[NativeClock, ...], tuple[SetAside, ...]]:
    """Return what rows state, and those that cannot be read.

    raw: all rows of each ticket that is among them, or clocks would be numbered wrongly: those of one type and target
        count by their start.
    """
    clocks: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    aside: list[SetAside] = []
    for each in raw:
        try:
            row = _row(each)
        except Unreadable as error:
            aside.append(set_aside(STREAM, each, str(error), row_id(each)))
            continue
        if row is not None:
            clocks[row.ticket_id, row.metric].append(row)
    found = [
        said
        for rows in clocks.values()
        for cycle, row in enumerate(sorted(rows, key=lambda one: (one.start, one.sys_id)), 1)
        for said in _said(row, cycle)
    ]
    return tuple(found), tuple(aside)


def word(definition: Mapping[str, object], prefix: str = "") -> str:
    """Return the word for what a definition times: its type and target, or its name where it has no target.

    Definitions of one type and target take turns on a ticket as its priority changes, so the name is no word for it.
    """
    target = stored(definition, f"{prefix}target")
    if not target:
        return stored(definition, f"{prefix}name")[:LONGEST]
    return f"{stored(definition, f'{prefix}type') or 'SLA'} {target}"[:LONGEST]


def target_seconds(definition: Mapping[str, object], prefix: str = "") -> int | None:
    """Return what a definition allows; its days are blocks of 24 hours. None: as long as until something else."""
    found = duration(definition, f"{prefix}duration")
    return None if stored(definition, f"{prefix}duration_type") or not found or found < 0 else found


def _row(raw: object) -> _Row | None:
    row = fields_of(raw, "an SLA of a task")
    stage = stored(row, "stage")
    if stage == "starting" or not stored(row, "task"):
        return None
    if stage not in GOING | OVER:
        raise Unreadable(f"the stage '{stage}' is not known")
    metric = word(row, "sla.")
    if not metric:
        raise Unreadable("its SLA definition is gone, or may not be read")
    over: datetime | None = None
    if stage in OVER or (stage == "breached" and stored(row, "active") == "false"):
        over = moment(stored(row, "end_time")) or instant(row, "sys_updated_on")
    paused = moment(stored(row, "pause_time")) if over is None and stage == "paused" else None
    return _Row(sys_id(row), sys_id(row, "task"), metric, instant(row, "start_time"), over, paused, row)


def _said(row: _Row, cycle: int) -> Iterator[NativeClock]:
    def said(
        name: str,
        says: Says,
        at: datetime,
        seconds: int | None = None,
        *,
        business: bool | None = None,
        policy: str | None = None,
    ) -> NativeClock:
        # Not by the row: the platform repairs clocks by deleting their rows and making others.
        source_id = f"{row.ticket_id}:{row.metric}:{cycle}:{name}"
        return NativeClock(source_id, row.ticket_id, row.metric, cycle, says, at, seconds, business, policy)

    yield said("started", Says.STARTED, row.start)
    if (target := target_seconds(row.fields, "sla.")) is not None:
        scheduled, name = bool(stored(row.fields, "schedule")), stored(row.fields, "sla.name")[:LONGEST] or None
        yield said("target", Says.TARGET, row.start, target, business=scheduled, policy=name)
    if (due := moment(stored(row.fields, "planned_end_time"))) is not None:
        yield said("due", Says.DUE, due)
    # What is taken back never comes again, and a clock may pause again: one statement says what it does now.
    if row.over is not None:
        yield said("now", Says.COMPLETED, row.over)
    elif row.paused is not None:
        yield said("now", Says.PAUSED, row.paused, duration(row.fields, "pause_duration") or 0)
    else:
        yield said("now", Says.STARTED, row.start)
    for column, open_time in (("business_duration", True), ("duration", False)):
        used = duration(row.fields, column) if row.over is not None else None
        if used is not None and used >= 0:
            yield said(column, Says.ELAPSED, row.over or row.start, used, business=open_time)
