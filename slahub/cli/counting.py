"""slahub census: what a helpdesk lists, and what of it is in store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.flows import census as flow
from core.flows.census_findings import CODES, HIDDEN, SHRUNK, UNSEEN
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.store import census as counts
from core.store import findings
from core.store.census import CensusRow
from slahub.bootstrap import Opening
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, draw, emit, say, table
from slahub.cli.view import known, opened
from slahub.cli.work import PATIENCE, ROUND, interruptible, meet, tell

__all__ = ["census", "counted"]

INCOMPLETE = frozenset({HIDDEN, SHRUNK, UNSEEN})
COLUMNS: Mapping[str, str] = {
    "connection": "connection",
    "part": "part",
    "listed": ">listed",
    "stored": ">stored",
    "out_of_scope": ">out of scope",
    "unseen": ">not shown",
    "deleted": ">deleted",
    "forbidden": ">forbidden",
    "repaired": ">fetched",
}
"""What a person is told of a part, and under which head."""


def census(folder: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Count the named connections now, or all; return the exit status."""
    with interruptible() as stop:
        opening = Opening(folder, stop, eager=True)
        known(opening, names)
        hub = opened(opening)
        sources = [hub.source(name) for name in names] or list(hub.sources.values())
        return counted(hub, sources, stop, as_json=as_json)


def counted(hub: Hub, sources: Sequence[Source], stop: StopSignal, *, as_json: bool) -> int:
    """Count these connections and tell what was found; return the exit status."""
    runs = [_taken(hub, source, stop) for source in sources if flow.able(source)]
    rows = [row for source in sources if flow.able(source) for row in _rows(hub, source)]
    if as_json:
        for row in rows:
            emit(row)
    elif rows:
        cells = [[row.get(name) for name in COLUMNS] for row in rows]
        draw(table(list(COLUMNS.values()), cells, spare=("fetched", "out of scope", "forbidden", "deleted")))
    for source in sources:
        if not flow.able(source):
            complain(f"{source.name}: a census cannot be taken: its connector does not list ids")
    for done in runs:
        if not as_json and not done.reason:
            say(tell(done))
        if done.reason:
            complain(f"{done.connection}: {done.reason}")
    lacking = _complain(hub, sources)
    if stop.reached():
        complain("interrupted; what is done is kept, and the next census goes on from there")
        return INTERRUPTED
    return 1 if lacking or any(done.reason for done in runs) else 0


def _taken(hub: Hub, source: Source, stop: StopSignal) -> Done:
    """Take one census to its end, waiting for the limits where it must."""
    meet(hub, source, stop)
    done, since = Done(flow.NAME, source.name), source.ticks()
    while not stop.reached():
        part = hub.census(source, stop, forced=True)
        done += part
        if part.reason or not source.resting(flow.NAME):
            break
        if part.stored or part.changed:
            since = source.ticks()
        if source.ticks() - since > PATIENCE.total_seconds():
            return replace(done, reason="not all is counted: the source's limits leave too few calls")
        stop.wait(ROUND)
    return done


def _rows(hub: Hub, source: Source) -> list[dict[str, object]]:
    with hub.store.view() as tx:
        return [_row(source.name, row) for row in counts.latest(tx, source.id)]


def _row(name: str, row: CensusRow) -> dict[str, object]:
    return {
        "connection": name,
        "part": row.part,
        "field": row.field,
        "value": row.value,
        "at": row.at,
        "believed": row.believed,
        "shown": row.listed is not None,
        "listed": row.listed,
        "stored": row.present,
        "out_of_scope": row.out_of_scope,
        "unseen": row.unseen,
        "deleted": row.deleted,
        "forbidden": row.forbidden,
        "lost": row.lost,
        "back": row.back,
        "repaired": row.repaired,
    }


def _complain(hub: Hub, sources: Sequence[Source]) -> bool:
    """Tell what was found; say whether something is not known."""
    lacking = False
    for source in sources:
        with hub.store.view() as tx:
            found = [each for each in findings.open_ones(tx, source.name) if each.code in CODES]
        for each in found:
            complain(f"! {source.name}: {each.text}")
            lacking = lacking or each.code in INCOMPLETE
    return lacking
