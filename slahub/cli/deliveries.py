"""slahub deliveries: which writes wait, and for what."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core.flows.stop import StopSignal
from core.store import waiting
from core.store.waiting import Wait, Waiting
from slahub.bootstrap import Opening
from slahub.cli.out import draw, emit, plural, say, short, table
from slahub.cli.view import view

__all__ = ["every"]

WORDS = {
    Wait.PARKED: "parked",
    Wait.IN_DOUBT: "in doubt",
    Wait.PENDING: "in a job",
    Wait.HELD: "held",
    Wait.PUT_OFF: "put off",
}

RELEASED = frozenset({Wait.PARKED, Wait.HELD})
"""What waits for an admin; all else goes on by itself."""


def every(folder: Path, connection: str, *, as_json: bool) -> None:
    """Print what waits of one connection, or of all."""
    found = view(Opening(folder, StopSignal()))
    for seen in found.chosen(connection):
        with found.store.view() as tx:
            rows = list(waiting.every(tx, seen.id))
        if as_json:
            for row in rows:
                emit({"connection": seen.name, **asdict(row), "wait": str(row.wait), "reason": row.reason or None})
            continue
        if rows:
            columns = [">ticket", "fields", "waits", "since (UTC)", "next (UTC)", ">failed", "reason"]
            draw(table(columns, [_cells(row) for row in rows], spare=("failed", "fields"), folding="reason"))
        say(_sum(seen.name, rows))


def _cells(row: Waiting) -> Sequence[object]:
    return (
        row.key,
        ", ".join(row.slots),
        WORDS[row.wait],
        short(row.since) if row.since else "",
        short(row.until) if row.until and row.wait is Wait.PUT_OFF else "",
        row.failures or "",
        row.reason,
    )


def _sum(name: str, rows: Sequence[Waiting]) -> str:
    if not rows:
        return f"{name}: nothing waits"
    tickets = {wait: len({row.key for row in rows if row.wait is wait}) for wait in Wait}
    told = ", ".join(f"{plural(count, 'ticket')} {WORDS[wait]}" for wait, count in tickets.items() if count)
    goes = f"; let go with 'slahub connections release {name} [KEY]'" if any(tickets[each] for each in RELEASED) else ""
    return f"{name}: {told}{goes}"
