"""slahub outages: when services could not be used, as the helpdesks tell it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.flows.stop import StopSignal
from core.store import fields, histories, outages
from core.store.outages import StoredOutage
from slahub.bootstrap import Opening
from slahub.cli.out import draw, emit, plural, say, short, table
from slahub.cli.view import Seen, View, view

__all__ = ["every"]

COLUMNS = ("kind", "services", "began (UTC)", "ended (UTC)", "tickets")

Names = Mapping[tuple[str, str], str]


def every(folder: Path, connection: str, *, as_json: bool) -> None:
    """Print the outages of one connection, or of all, the latest first."""
    found = view(Opening(folder, StopSignal()))
    for seen in found.chosen(connection):
        with found.store.view() as tx:
            rows = outages.every(tx, seen.name)
            names = histories.labels(tx, seen.id)
        keys = _keys(found, seen, rows)
        if as_json:
            for row in rows:
                emit(_object(row, names, keys))
            continue
        lasting = [row for row in rows if row.withdrawn_at is None]
        draw(table(COLUMNS, [_cells(row, names, keys) for row in lasting], spare=("services",)))
        withdrawn = len(rows) - len(lasting)
        said = f", {withdrawn} more that the source has deleted since" if withdrawn else ""
        say(f"{seen.name}: {plural(len(lasting), 'outage')}{said}")


def _keys(found: View, seen: Seen, rows: Sequence[StoredOutage]) -> Mapping[str, str]:
    """Return what people call the tickets, by id."""
    ids = {each for row in rows for each in row.outage.tickets}
    with found.store.view() as tx:
        return fields.keys(tx, seen.id, ids)


def _cells(row: StoredOutage, names: Names, keys: Mapping[str, str]) -> Sequence[object]:
    outage = row.outage
    return (
        outage.kind,
        ", ".join(_services(row, names)),
        short(outage.began_at),
        short(outage.ended_at) if outage.ended_at else "lasts",
        ", ".join(keys.get(each, each) for each in outage.tickets),
    )


def _object(row: StoredOutage, names: Names, keys: Mapping[str, str]) -> Mapping[str, object]:
    outage = row.outage
    return {
        "connection": row.connection,
        "id": outage.id,
        "kind": str(outage.kind),
        "began_at": outage.began_at,
        "ended_at": outage.ended_at,
        "services": list(outage.services),
        "service_names": _services(row, names),
        "tickets": [keys.get(each, each) for each in outage.tickets],
        "withdrawn_at": row.withdrawn_at,
    }


def _services(row: StoredOutage, names: Names) -> list[str]:
    return [names.get(("service", each), each) for each in row.outage.services]
