"""A ledger as text: its rules, its life as a drawn line, its stretches one after the other."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from core.sla.ledger import Derivation, Ledger
from core.sla.marks import Mark
from slahub.explaining.drawing import Shade, Strip, strip
from slahub.explaining.folding import Row, folded
from slahub.explaining.spoken import Spoken, span

__all__ = ["picture"]

_LONGEST: Final = 7
_SHADES: Final[dict[Shade, tuple[str, str, str]]] = {
    Shade.RUNNING: ("█", "green", "counts"),
    Shade.LATE: ("▓", "red", "counts, late"),
    Shade.PAUSED: ("░", "yellow", "stands still"),
    Shade.RESOLVED: ("▒", "blue", "resolved"),
    Shade.CLOSED: ("·", "dim", "closed"),
    Shade.AHEAD: ("─", "cyan", "ahead"),
}
"""How each part of the line looks: without colours it is told apart by its shape."""

_STANDINGS: Final = {"breached": "bold red", "at_risk": "bold yellow", "met": "bold green", "on_track": "green"}


def picture(ledger: Ledger, heading: str, spoken: Spoken, zones: str, width: int) -> RenderableType:
    """Return all that is to say of one clock; of one that is unknown that much. width: columns of the drawn line."""
    clock, one = ledger.clock, ledger.derivation
    standing = "" if clock.standing is None else str(clock.standing)
    confirmed = "" if clock.confirmed or not standing else " (not confirmed)"
    title = Text.assemble(
        (heading, "bold"),
        f"  {str(clock.id.metric).replace('_', ' ')} {clock.cycle}  ",
        str(clock.state),
        " " if standing else "",
        (f"{standing.replace('_', ' ')}{confirmed}", _STANDINGS.get(standing, "")),
    )
    if one is None:
        return title
    due = clock.due_at if clock.breached else None
    drawn = strip(one, due, width)
    parts: list[RenderableType] = [title, _facts(ledger, one, spoken, zones), Text("")]
    if drawn is not None:
        parts += [*_line(drawn, ledger, one, spoken), Text("")]
    parts.append(_stretches(ledger, one, spoken))
    return Group(*parts)


def _facts(ledger: Ledger, one: Derivation, spoken: Spoken, zones: str) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row("policy", Text(spoken.policy(one.policy, str(ledger.clock.agreement))))
    if one.policy.customer is not None:
        made.add_row("customer", Text(one.policy.customer))
    made.add_row("revision", Text(spoken.revision(one)))
    for ground in one.grounds:
        made.add_row("calendar", Text(spoken.calendar(ground, one, zones)))
    made.add_row("target", Text(spoken.target(one)))
    switches = spoken.switches(one.metric)
    if switches:
        made.add_row("switches", Text(switches))
    made.add_row("due", Text(spoken.due(ledger, one)))
    if one.maybe is not None:
        text = f"a comment at {spoken.at(one.maybe, year=True)} might have ended it; its author is not known yet"
        made.add_row("in doubt", Text(text))
    return made


def _line(drawn: Strip, ledger: Ledger, one: Derivation, spoken: Spoken) -> Iterator[Text]:
    """Yield the drawn line, the marks below it, and what is what."""
    cells = Text()
    for cell in drawn.cells:
        shape, style, _ = _SHADES[cell]
        cells.append(shape, style)
    yield cells
    marks = [" "] * len(drawn.cells)
    for mark in one.marks:
        marks[drawn.place(mark.at)] = "╵"
    if ledger.clock.due_at is not None:
        marks[drawn.place(ledger.clock.due_at)] = "▲"
    yield Text("".join(marks).rstrip())
    yield _ends(drawn, spoken)
    legend = Text()
    for kind in dict.fromkeys(drawn.cells):
        shape, style, meaning = _SHADES[kind]
        legend.append(shape, style)
        legend.append(f" {meaning}   ", "dim")
    legend.append("╵ event", "dim")
    if ledger.clock.due_at is not None:
        legend.append("   ▲ due", "dim")
    yield legend


def _ends(drawn: Strip, spoken: Spoken) -> Text:
    first, last = spoken.at(drawn.start, year=True), spoken.at(drawn.stop, year=True)
    return Text(first + last.rjust(max(len(drawn.cells) - len(first), len(last) + 2)), "dim")


def _stretches(ledger: Ledger, one: Derivation, spoken: Spoken) -> Table:
    made = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(f"from ({spoken.zone})", no_wrap=True)
    made.add_column("what", overflow="fold")
    made.add_column("counted", justify="right", no_wrap=True)
    made.add_column("total", justify="right", no_wrap=True)
    waiting = list(one.marks)
    last: datetime | None = None
    ahead = False
    for row in folded(one, ledger.clock.due_at if ledger.clock.breached else None, _LONGEST):
        if row.forecast and not ahead:
            ahead = True
            last = _mark_until(made, waiting, None, spoken, last)
            made.add_row(_at(row.start, last, spoken), Text(_now(ledger), "dim"), "", "")
            last = row.start
        last = _mark_until(made, waiting, row.start, spoken, last)
        made.add_row(
            _at(row.start, last, spoken),
            Text(spoken.row(row), _style(row)),
            span(row.elapsed) if row.elapsed else "",
            span(row.total),
            style="dim" if row.forecast else "",
        )
        last = row.start
    last = _mark_until(made, waiting, None, spoken, last)
    _end(made, ledger, one, spoken, last)
    return made


def _mark_until(
    made: Table, waiting: list[Mark], until: datetime | None, spoken: Spoken, last: datetime | None
) -> datetime | None:
    """Add the events up to an instant; return the instant that was told last."""
    while waiting and (until is None or waiting[0].at <= until):
        mark = waiting.pop(0)
        made.add_row(_at(mark.at, last, spoken), _event(spoken.mark(mark)), "", "")
        last = mark.at
    return last


def _event(said: str) -> Text:
    did, _, happened = said.partition(": ")
    return Text.assemble((f"• {did}", "bold"), f": {happened}")


def _at(at: datetime, last: datetime | None, spoken: Spoken) -> str:
    return "" if at == last else spoken.at(at)


def _now(ledger: Ledger) -> str:
    return "had it gone on:" if ledger.clock.completed_at is not None else "now; if nothing else happens:"


def _end(made: Table, ledger: Ledger, one: Derivation, spoken: Spoken, last: datetime | None) -> None:
    """Add where the lines end: when it is due, or as of when it was judged."""
    if not one.lines:
        return
    final, stop = one.lines[-1], one.lines[-1].stop
    if final.forecast:
        made.add_row(_at(stop, last, spoken), Text("due", "bold"), "", "")
    elif ledger.clock.state in ("running", "paused"):
        made.add_row(_at(stop, last, spoken), Text("now", "dim"), "", "")


def _style(row: Row) -> str:
    if row.late and row.open:
        return "red"
    return "" if row.counted and row.open else "dim" if row.counted else "yellow"
