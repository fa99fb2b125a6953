"""slahub clocks CONNECTION:KEY: a ticket's clocks, and what was held of them before."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from core.flows.stop import StopSignal
from core.store import verdicts
from core.store.verdicts import VerdictRow
from slahub.bootstrap import Opening
from slahub.cli import clocks
from slahub.cli.out import draw, emit, say, short, table
from slahub.cli.view import view
from slahub.cli.which import ticket_called

__all__ = ["one"]

COLUMNS = ("known from (UTC)", "so since (UTC)", "state", "standing", "due (UTC)", "because")


def one(folder: Path, which: str, *, history: bool, as_json: bool) -> None:
    """Print the clocks of one ticket; with `history` every verdict too, in the order in which it became known."""
    found = view(Opening(folder, StopSignal()))
    seen, ticket, key = ticket_called(found, which)
    rows = clocks.rows(found, seen, [ticket])
    with found.store.view() as tx:
        past = verdicts.of_ticket(tx, ticket) if history else []
    if as_json:
        held = {clock: [_verdict(row) for row in of] for clock, of in groupby(past, _clock)}
        for row in rows:
            mine = (row["policy"], row["metric"], row["cycle"], row["started_by"])
            emit({**row, "verdicts": held.get(mine, [])} if history else row)
        return
    clocks.print_rows(rows, seen)
    for (policy, metric, cycle, _), of in groupby(past, _clock):
        say(f"\n{seen.name}:{key}  {policy}  {str(metric).replace('_', ' ')} {cycle}")
        draw(table(COLUMNS, [_cells(row) for row in of], spare=("because",)))


def _clock(row: VerdictRow) -> tuple[object, ...]:
    return row.policy, row.metric, row.cycle, row.started_by


def _verdict(row: VerdictRow) -> dict[str, object]:
    inside = {"policy", "metric", "cycle", "started_by"}
    values = {name: value for name, value in asdict(row).items() if name not in inside}
    return {**values, "reason": row.reason or None}


def _cells(row: VerdictRow) -> Sequence[object]:
    doubt = "" if row.confirmed or not row.standing else " (?)"
    return (
        short(row.known_from),
        short(row.since) if row.since else "",
        row.state,
        f"{(row.standing or '').replace('_', ' ')}{doubt}",
        short(row.due_at) if row.due_at else "",
        row.reason,
    )
