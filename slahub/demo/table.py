"""What the demo shows: the engine's word beside the helpdesk's own."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from core.hub import Hub
from core.ports import Slot
from core.store import lists
from slahub.cli.out import ago
from slahub.demo.desk import Desk, Shown

__all__ = ["Line", "lines", "shown_table", "spoken_standing", "tally"]

WIDE = 104
"""Columns that the table takes with seconds and the time left."""

STYLES = {
    "breached": "bold red",
    "missed": "red",
    "at risk": "yellow",
    "on track": "green",
    "met": "green",
    "paused": "cyan",
}
ORDER = ("breached", "missed", "at risk", "on track", "met", "paused")


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket: what the engine wants shown, and what the helpdesk shows.

    settled: nothing is on its way to the helpdesk any more.
    """

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

    @property
    def word(self) -> str:
        """The state that the helpdesk's field shows."""
        return (self.shown or {}).get(Slot.STATE) or ""


def lines(hub: Hub, desk: Desk) -> list[Line]:
    """Return the tickets that the hub has a wish for, by due time, paused ones last, with what the helpdesk shows."""
    (source,) = hub.sources.values()
    with hub.store.view() as tx:
        fields = [row for row in lists.field_rows(tx, source.id) if row.wanted]
        heads = {row.key: row for row in lists.clock_rows(tx, source.id) if row.headline}
    wishes: dict[str, dict[Slot, str | None]] = {}
    for row in fields:
        wishes.setdefault(row.source_id, {})[Slot(row.slot)] = row.desired
    keys = {row.source_id: row.key for row in fields}
    waiting = {row.source_id for row in fields if row.pending or row.shown != row.desired}
    shown = desk.shown(list(wishes))
    made: list[Line] = []
    for source_id, desired in wishes.items():
        head = heads.get(keys[source_id])
        made.append(
            Line(
                source_id=source_id,
                key=keys[source_id],
                metric=head.metric if head else None,
                state=head.state if head else None,
                standing=(head.standing or "") if head else "",
                due_at=head.due_at if head else None,
                desired=desired,
                shown=shown.get(source_id),
                settled=source_id not in waiting,
            )
        )
    return sorted(made, key=lambda line: (line.due_at is None, line.due_at or datetime.max.replace(tzinfo=UTC)))


def spoken_standing(line: Line) -> str:
    """Return how the engine's headline stands, in the words that fields show."""
    return "paused" if line.state == "paused" and line.standing != "breached" else line.standing.replace("_", " ")


def shown_table(rows: Iterable[Line], now: datetime, width: int, *, fresh: Collection[str] = ()) -> Table:
    """Return the table, with a line drawn where the present is.

    width: of the terminal; below `WIDE` columns seconds and the time left are not shown.
    fresh: ids of the tickets whose field has just changed.
    """
    wide = width >= WIDE
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    table.add_column("ticket", justify="right", no_wrap=True)
    for name in ("metric", "due (UTC)", *(("left",) if wide else ()), "standing", "SLA state", "SLA due", ""):
        table.add_column(name, justify="right" if name == "left" else "left", no_wrap=True)
    every = list(rows)
    for index, line in enumerate(every):
        following = every[index + 1] if index + 1 < len(every) else None
        table.add_row(
            *_cells(line, now, wide=wide),
            style="reverse" if line.source_id in fresh else "",
            end_section=following is not None and _past(line, now) != _past(following, now),
        )
    return table


def _past(line: Line, now: datetime) -> bool:
    return line.due_at is not None and line.due_at <= now


def _cells(line: Line, now: datetime, *, wide: bool) -> list[Text]:
    standing = spoken_standing(line)
    due = line.due_at.strftime("%d %b %H:%M:%S" if wide else "%d %b %H:%M") if line.due_at else ""
    left = ago((line.due_at - now).total_seconds()) if line.due_at and line.state == "running" else ""
    field = (line.shown or {}).get(Slot.DUE) or ""
    mark = "=" if line.equal else "≠" if line.settled else "…"
    return [
        Text(f"#{line.key}"),
        Text((line.metric or "none").replace("_", " ")),
        Text(due),
        *([Text(left)] if wide else []),
        Text(standing, style=STYLES.get(standing, "")),
        Text(line.word, style=STYLES.get(line.word, "")),
        Text(field if wide else field[:16].replace("T", " ")),
        Text(mark, style="green" if line.equal else "bold yellow"),
    ]


def tally(rows: Sequence[Line]) -> Text:
    """Return how many tickets stand how, in one line."""
    words = [spoken_standing(line) for line in rows]
    counts = [(word, words.count(word)) for word in ORDER if word in words]
    parts = [Text(f"{count} {word}", style=STYLES.get(word, "")) for word, count in counts]
    return Text(", ").join(parts)
