"""What the demo shows: the engine's word beside each helpdesk's own."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from core.flows.source import Source
from core.hub import Hub
from core.ports import Slot
from core.store import Tx, lists
from slahub.cli.out import ago, plural
from slahub.demo.desk import Desk, Shown
from slahub.demo.pairs import pairs

__all__ = ["Line", "Which", "agreement", "lines", "named", "shown_table", "spoken_standing", "tally"]

WIDE, MIDDLE, NARROW = 110, 86, 74
"""Columns of a terminal that the table takes whole; with neither seconds, years nor the time left; and without the
due times that the helpdesks show."""

HEADS = ("desk", "ticket", "metric", "due (UTC)", "left", "standing", "SLA state", "SLA due", "")

ROOMY = 1
"""The most spaces that are added between two columns."""

STYLES = {
    "breached": "bold red",
    "missed": "red",
    "at risk": "yellow",
    "on track": "green",
    "met": "green",
    "paused": "cyan",
}
ORDER = ("breached", "missed", "at risk", "on track", "met", "paused")


Which = tuple[str, str]
"""A ticket: its connection and its id there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket: what the engine wants shown, and what the helpdesk shows.

    linked: the keys of the tickets in other helpdesks that are the same work.
    settled: nothing is on its way to the helpdesk any more.
    """

    connection: str
    source_id: str
    key: str
    linked: tuple[str, ...]
    metric: str | None
    state: str | None
    standing: str
    due_at: datetime | None
    desired: Shown
    shown: Shown | None
    settled: bool

    @property
    def which(self) -> Which:
        return self.connection, self.source_id

    @property
    def equal(self) -> bool:
        return self.shown is not None and all(self.shown.get(slot) == value for slot, value in self.desired.items())

    @property
    def word(self) -> str:
        """The state that the helpdesk's field shows."""
        return (self.shown or {}).get(Slot.STATE) or ""


def lines(hub: Hub, desks: Sequence[Desk]) -> list[Line]:
    """Return the tickets that the hub has a wish for, by due time, paused ones last, with what each helpdesk shows."""
    with hub.store.view() as tx:
        wished = {desk.name: list(_wished(tx, hub.sources[desk.name])) for desk in desks}
        linked = pairs(tx, hub, {name: [each.key for each in found] for name, found in wished.items()})
    made: list[Line] = []
    for desk in desks:
        mine = wished[desk.name]
        shown = desk.shown([each.source_id for each in mine])
        made += (
            replace(each, linked=linked.get((desk.name, each.key), ()), shown=shown.get(each.source_id))
            for each in mine
        )
    return sorted(made, key=lambda line: (line.due_at is None, line.due_at or datetime.max.replace(tzinfo=UTC)))


def _wished(tx: Tx, source: Source) -> Iterator[Line]:
    """Yield what one connection's tickets are to show, as long as nobody has looked there."""
    fields = [row for row in lists.field_rows(tx, source.id) if row.wanted]
    heads = {row.key: row for row in lists.clock_rows(tx, source.id) if row.headline}
    wishes: dict[str, dict[Slot, str | None]] = {}
    for row in fields:
        wishes.setdefault(row.source_id, {})[Slot(row.slot)] = row.desired
    keys = {row.source_id: row.key for row in fields}
    waiting = {row.source_id for row in fields if row.pending or row.shown != row.desired}
    for source_id, desired in wishes.items():
        head = heads.get(keys[source_id])
        yield Line(
            connection=source.name,
            source_id=source_id,
            key=keys[source_id],
            linked=(),
            metric=head.metric if head else None,
            state=head.state if head else None,
            standing=(head.standing or "") if head else "",
            due_at=head.due_at if head else None,
            desired=desired,
            shown=None,
            settled=source_id not in waiting,
        )


def named(key: str) -> str:
    """Return a key as people write it: a number alone says nothing."""
    return f"#{key}" if key.isdecimal() else key


def spoken_standing(line: Line) -> str:
    """Return how the engine's headline stands, in the words that fields show."""
    return "paused" if line.state == "paused" and line.standing != "breached" else line.standing.replace("_", " ")


def shown_table(rows: Iterable[Line], now: datetime, width: int, *, fresh: Collection[Which] = ()) -> Table:
    """Return the table, with a line drawn where the present is.

    width: of the terminal; what is left out where it is small, see `WIDE`.
    fresh: the tickets whose field has just changed.
    """
    least = next((each for each in (WIDE, MIDDLE) if width >= each), NARROW)
    hidden = {WIDE: (), MIDDLE: ("left",), NARROW: ("left", "SLA due")}[least]
    heads = [head for head in HEADS if head not in hidden]
    gap = min(ROOMY, max(0, width - least) // (len(heads) - 1))
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, padding=(0, gap, 0, 0))
    for name in heads:
        table.add_column(name, justify="right" if name == "left" else "left", no_wrap=True)
    every = list(rows)
    for index, line in enumerate(every):
        following = every[index + 1] if index + 1 < len(every) else None
        cells = _cells(line, now, wide=least == WIDE)
        table.add_row(
            *(cells[head] for head in heads),
            style="reverse" if line.which in fresh else "",
            end_section=following is not None and _past(line, now) != _past(following, now),
        )
    return table


def _past(line: Line, now: datetime) -> bool:
    return line.due_at is not None and line.due_at <= now


def _cells(line: Line, now: datetime, *, wide: bool) -> dict[str, Text]:
    standing = spoken_standing(line)
    due = line.due_at.strftime("%d %b %H:%M:%S" if wide else "%m-%d %H:%M") if line.due_at else ""
    left = ago((line.due_at - now).total_seconds()) if line.due_at and line.state == "running" else ""
    field = (line.shown or {}).get(Slot.DUE) or ""
    mark = "=" if line.equal else "≠" if line.settled else "…"
    return {
        "desk": Text(line.connection),
        "ticket": _ticket(line, wide=wide),
        "metric": Text((line.metric or "none").replace("_", " ")),
        "due (UTC)": Text(due),
        "left": Text(left),
        "standing": Text(standing, style=STYLES.get(standing, "")),
        "SLA state": Text(line.word, style=STYLES.get(line.word, "")),
        "SLA due": Text(field if wide else field[5:16].replace("T", " ")),
        "": Text(mark, style="green" if line.equal else "bold yellow"),
    }


def _ticket(line: Line, *, wide: bool) -> Text:
    """Return a ticket's key, and those of the tickets elsewhere that are the same work."""
    between = " ↔ " if wide else "↔"
    return Text.assemble(named(line.key), *((f"{between}{named(each)}", "bold cyan") for each in line.linked))


def tally(rows: Sequence[Line]) -> Text:
    """Return how many tickets stand how, in one line."""
    words = [spoken_standing(line) for line in rows]
    counts = [(word, words.count(word)) for word in ORDER if word in words]
    parts = [Text(f"{count} {word}", style=STYLES.get(word, "")) for word, count in counts]
    return Text(", ").join(parts)


def agreement(name: str, rows: Sequence[Line]) -> tuple[bool, str]:
    """Return whether a helpdesk says of all its tickets what the engine says, and that in words; none is not good."""
    mine = [row for row in rows if row.connection == name]
    unequal = sum(not row.equal for row in mine)
    verb = "carries its" if len(mine) == 1 else "carry their"
    said = f"{unequal} of them {'differs' if unequal == 1 else 'differ'} from" if unequal else "every one equals"
    text = f"{name}: {plural(len(mine), 'ticket')} {verb} SLA there; {said} what the engine says"
    return bool(mine) and not unequal, text if mine else f"{name}: no ticket carries an SLA there"
