"""What the demo shows: the engine's word beside the helpdesk's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table
from rich.text import Text

from core.hub import Hub
from core.ports import Slot
from core.store import lists
from slahub.cli.out import ago
from slahub.demo.desk import Desk, Shown

__all__ = ["Line", "lines", "live_table", "round_table"]

STYLES = {
    "breached": "bold red",
    "missed": "red",
    "at risk": "yellow",
    "on track": "green",
    "met": "green",
    "paused": "cyan",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket: what the engine wants shown, and what the helpdesk shows."""

    source_id: str
    key: str
    metric: str | None
    state: str | None
    standing: str
    due_at: datetime | None
    desired: Shown
    shown: Shown | None
    settled: bool

    @property
    def equal(self) -> bool:
        return self.shown is not None and all(self.shown.get(slot) == value for slot, value in self.desired.items())


def lines(hub: Hub, desk: Desk, *, limit: int | None = None, now: datetime | None = None) -> list[Line]:
    """Return the tickets that the hub has a wish for, nearest due time first, with what the helpdesk shows."""
    (source,) = hub.sources.values()
    with hub.store.view() as tx:
        fields = lists.field_rows(tx, source.id)
        heads = {row.key: row for row in lists.clock_rows(tx, source.id) if row.headline}
    wishes: dict[str, dict[Slot, str | None]] = {}
    keys: dict[str, str] = {}
    waiting: set[str] = set()
    for row in fields:
        if row.wanted:
            wishes.setdefault(row.source_id, {})[Slot(row.slot)] = row.desired
            keys[row.source_id] = row.key
            if row.pending or row.shown != row.desired:
                waiting.add(row.source_id)
    at = now or source.now()
    order = sorted(wishes, key=lambda each: _distance(heads[keys[each]].due_at if keys[each] in heads else None, at))
    chosen = order if limit is None else order[:limit]
    shown = desk.shown(chosen)
    made: list[Line] = []
    for source_id in chosen:
        head = heads.get(keys[source_id])
        made.append(
            Line(
                source_id=source_id,
                key=keys[source_id],
                metric=head.metric if head else None,
                state=head.state if head else None,
                standing=(head.standing or "") if head else "",
                due_at=head.due_at if head else None,
                desired=wishes[source_id],
                shown=shown.get(source_id),
                settled=source_id not in waiting,
            )
        )
    return made


def _distance(due: datetime | None, now: datetime) -> float:
    return float("inf") if due is None else abs((due - now).total_seconds())


def live_table(rows: Sequence[Line], now: datetime, caption: str) -> Table:
    """Return the table of the running demo."""
    table = _table(caption)
    for row in rows:
        table.add_row(*_cells(row, now))
    return table


def round_table(rows: Sequence[Line], now: datetime, caption: str) -> Table:
    """Return the table of one round: every ticket whose fields the helpdesk shows."""
    return live_table(rows, now, caption)


def _table(caption: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, caption=caption, caption_justify="left")
    table.add_column("ticket", justify="right", no_wrap=True)
    table.add_column("metric", no_wrap=True)
    table.add_column("due (UTC)", no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("standing", no_wrap=True)
    table.add_column("field in the helpdesk", no_wrap=True)
    return table


def _cells(row: Line, now: datetime) -> list[Text]:
    shown = row.shown or {}
    word = shown.get(Slot.STATE) or ""
    field = " ".join(part for part in (word, shown.get(Slot.DUE)) if part)
    mark = "" if row.equal else "  …" if row.settled is False else "  ≠"
    left = ago((row.due_at - now).total_seconds()) if row.due_at and row.state == "running" else ""
    standing = "paused" if row.state == "paused" else row.standing.replace("_", " ")
    return [
        Text(f"#{row.key}"),
        Text((row.metric or "none").replace("_", " ")),
        Text(row.due_at.strftime("%d %b %H:%M:%S") if row.due_at else ""),
        Text(left),
        Text(standing, style=STYLES.get(standing, "")),
        Text(field + mark, style=STYLES.get(word, "")),
    ]
