"""Run all benchmarks and print their tables: `python -m benchmarks [--full] [--peers] [--write]`."""

import argparse
import os
import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    backfill,
    calendar,
    engine,
    hints,
    jira,
    peers,
    plan,
    polls,
    servicenow,
    starting,
    store,
    ticks,
    upserts,
)
from benchmarks.databases import KINDS, Databases, migrated, open_databases
from benchmarks.desk import open_desk
from benchmarks.measure import Result, Table, rates

__all__ = ["USUAL", "Size", "main", "tables", "written"]

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. tickets: of the backfill; pulls, runs: repeats of what takes long, and of the rest.

    judged: tickets of the engine, and four times as many questions to the calendar.
    stored: how many tickets lie there while nothing is due. tried: of the past that a draft is tried on.
    issues: of Jira and of ServiceNow, whose calls are what counts. changes: in a helpdesk that tells of them, one after
        the other.
    """

    tickets: int = 5_000
    pulls: int = 3
    runs: int = 15
    judged: int = 500
    rows: int = 1_000
    stored: tuple[int, ...] = (1_000, 100_000)
    tried: int = 20_000
    issues: int = 5_000
    changes: int = 40
    lasting: bool = False


USUAL = Size()
FULL = Size(tickets=100_000, stored=(10_000, 1_000_000), tried=1_000_000, lasting=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the tables into the documentation when asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast the hub is on this machine.")
    parser.add_argument("--full", action="store_true", help="read 100,000 tickets: about half an hour")
    parser.add_argument("--peers", action="store_true", help="measure other tools too; installs them for that")
    parser.add_argument("--write", action="store_true", help="put what was measured into docs/performance.md")
    given = parser.parse_args(arguments)
    print(f"Processor cores: {os.cpu_count()}. {platform.python_implementation()} {platform.python_version()}.\n")
    for table in tables(FULL if given.full else USUAL, with_peers=given.peers):
        print(table.markdown(), flush=True)
        if given.write and (given.full or not table.lasting):
            PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")


def tables(size: Size, *, with_peers: bool = False) -> Iterator[Table]:
    """Give one table after the other, as soon as it is measured."""
    yield calendar.spans(size.judged * 4, size.runs)
    with open_databases() as databases:
        found = [*calendar.measure(size.judged * 4, size.runs), *engine.measure(size.judged, size.runs)]
        yield rates("rates", [*found, *_stored(databases, size)])
        yield ticks.measure(databases, size.stored, size.runs)
        yield starting.measure(size.runs)
        yield plan.measure(databases, size.tried, lasting=True)
        with open_desk(size.tickets) as desk, open_desk(max(size.tickets // 10, 1)) as tenth:
            yield backfill.measure(desk, tenth, databases, size.pulls, lasting=True)
            yield polls.measure(tenth, databases, size.runs)
            yield jira.measure(databases, size.issues, size.pulls)
            yield servicenow.measure(databases, size.issues, size.pulls)
            yield hints.measure(size.changes)
            if with_peers:
                yield peers.measure(tenth if size.lasting else desk, databases, size.pulls)


def written(page: str, table: Table) -> str:
    """Return the page with the table between its marks."""
    begin, end = f"<!-- {table.name} -->\n", f"<!-- end {table.name} -->\n"
    between = f"{begin}\n{table.markdown()}\n{end}"
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: between, page, count=1, flags=re.DOTALL)


def _stored(databases: Databases, size: Size) -> Iterator[Result]:
    for kind in KINDS:
        with ExitStack() as stack:
            one, other, third = (stack.enter_context(migrated(databases(kind))) for _ in range(3))
            yield from store.measure(one, other, size.runs, min(size.judged, store.TICKETS_A_PAGE))
            yield from upserts.measure(third, size.runs, size.rows)


if __name__ == "__main__":
    main()
