"""slahub status, connections list and connectors: how things are."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from connectors import registry
from connectors.registry import Catalogue
from core.flows.configure import CODE, Standing, compared
from core.flows.source import Progress
from core.flows.stop import StopSignal
from core.ports import LaneKind
from core.settings import Configuration, Connection, configuration, hub_settings
from core.store import Tx, alerts, findings, lanes, lists, owner, revisions, waiting
from core.store.completeness import completeness
from core.store.connections import ConnectionRow
from core.store.findings import Finding
from core.store.lanes import LaneRow
from core.store.waiting import Wait
from slahub.bootstrap import Opening, host_now, offers_of
from slahub.cli import completing, hinted
from slahub.cli.out import ago, complain, draw, emit, plural, say, short, table
from slahub.cli.view import NOTHING, View, look

__all__ = ["connections", "connectors", "show"]

GOOD = {"ok", "new"}
SOME = 10
"""Tickets that are named beside the first one of which something is told."""

SPOKEN = frozenset({"past", "hints", "sentence"})
"""What is there for people alone."""

UNREAD, WHOLE = "not begun", "whole"
NEVER: dict[str, object] = {
    "state": "new",
    "tickets": 0,
    "set_aside": 0,
    "parked": 0,
    "unmapped": 0,
    "calls_used": 0,
    "calls_allowed": 0,
    "held": 0,
    "writes_parked": 0,
    "writes_in_doubt": 0,
    "findings": 0,
}
"""What can be said of a connection that was never opened."""


def show(folder: Path, *, as_json: bool) -> int:
    """Print how each connection is; return 1 when one is not well."""
    catalogue = registry.load()
    opening = Opening(folder, StopSignal())
    found = look(opening, catalogue)
    settings = _settings(opening, found, catalogue)
    standing = _standing(found, catalogue)
    draft = standing.state if standing else None
    rows = [{**_row(found, each), "draft": draft} for each in settings.connections.values()]
    good = all(row["state"] in GOOD and not row["parked"] for row in rows)
    if as_json:
        for row in rows:
            emit({name: value for name, value in row.items() if name not in SPOKEN})
        return 0 if good else 1
    _print(rows)
    for row in rows:
        if words := row.get("hints"):
            say(f"{row['connection']}: {words}")
    if found is None or standing is None:
        say(NOTHING)
    else:
        for row in rows:
            say(f"{row['connection']}: {row['sentence']}")
        _print_findings(found, rows)
        _print_alerts(found)
        say(_in_force(found, standing))
    for failure in catalogue.failures:
        complain(f"connector {failure.name} cannot be used: {failure.reason}")
    return 0 if good else 1


def _settings(opening: Opening, found: View | None, catalogue: Catalogue) -> Configuration:
    """Return what is in force, or what the folder says as long as nothing is."""
    if found is not None:
        return found.configuration
    draft = opening.draft()
    hub_settings(draft)
    return configuration(
        draft.content, offers_of(catalogue), revision=0, applied_at=host_now(), positions=draft.positions
    )


def _row(found: View | None, each: Connection) -> dict[str, object]:
    head: dict[str, object] = {"connection": each.name, "mode": str(each.mode)}
    if found is None:
        return {**head, **NEVER}
    row = found.seen[each.name].row
    with found.store.view() as tx:
        counts = lists.counts(tx, row)
        settled = lists.settled_until(tx, row.id)
        texts = [finding.text for finding in findings.open_ones(tx, each.name)]
        complete = completeness(tx, row)
        past = _past(lanes.every(tx, row.id))
        waits = waiting.counts(tx, row.id)
        told = hinted.spoken(tx, each, row.id, host_now())
    return {
        **head,
        "state": row.state,
        "reason": row.reason or None,
        "last_success_at": row.last_success_at,
        "lag_seconds": None if settled is None else max(0, int((host_now() + row.skew - settled).total_seconds())),
        "settled_until": settled,
        **counts,
        "calls_used": row.calls_used,
        "calls_allowed": row.calls_allowed,
        "past": past,
        "backfilling": past not in {UNREAD, WHOLE},
        "held": row.held,
        "writes_parked": waits.get(Wait.PARKED, 0),
        "writes_in_doubt": waits.get(Wait.IN_DOUBT, 0),
        "finding_texts": texts,
        "last_hint_at": told.last_at,
        "hints": told.words,
        "completeness": completing.row(complete),
        "sentence": completing.sentence(complete),
    }


def _past(rows: Sequence[LaneRow]) -> str:
    """Say how far the past is: not begun, a share where that can be measured, or whole."""
    past = [row for row in rows if row.kind is LaneKind.BACKFILL]
    if not past:
        return UNREAD
    if all(row.finished_at for row in past):
        return WHOLE
    shares = [share for row in past if (share := _share(row)) is not None]
    if any(share < 1 for share in shares):
        return f"{min(99, int(100 * sum(shares) / len(shares)))} % read"
    return f"{sum(row.read for row in past):,} read"


def _share(row: LaneRow) -> float | None:
    finished = row.finished_at is not None
    lane = Progress("", row.stream, row.read, row.total, row.start_at, row.until_at, row.settled_until, finished)
    return lane.share


def _print(rows: Sequence[Mapping[str, object]]) -> None:
    now = host_now()
    columns = ["connection", "mode", "state", ">last answer", ">behind", ">tickets", "past", ">calls"]
    cells = [
        (
            row["connection"],
            row["mode"],
            row["state"],
            f"{ago((now - at).total_seconds())} ago" if isinstance(at := row.get("last_success_at"), datetime) else "",
            ago(lag) if isinstance(lag := row.get("lag_seconds"), int) else "",
            f"{row['tickets']:,}",
            row.get("past", UNREAD),
            f"{row['calls_used']}/{row['calls_allowed']}" if row["calls_allowed"] else "",
        )
        for row in rows
    ]
    draw(table(columns, cells, spare=("calls", "last answer")))


def _joined(found: Iterable[Finding]) -> Iterator[str]:
    """Yield what is to be told; what is the same of several tickets but for their keys is told once."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for each in found:
        alike.setdefault((each.code, each.text.replace(each.subject, "", 1)), []).append(each)
    for first, *more in alike.values():
        others = ", ".join(each.subject for each in more[:SOME])
        rest = f" and {len(more) - SOME:,} more" if len(more) > SOME else ""
        yield f"{first.text} (the same of {others}{rest})" if more else first.text


def _print_findings(found: View, rows: Sequence[Mapping[str, object]]) -> None:
    with found.store.view() as tx:
        for finding in findings.open_ones(tx, ""):
            if finding.code != CODE:  # told with what is in force, and as the folder is now
                complain(f"! {finding.text}")
    for row in rows:
        name, aside, parked = row["connection"], row["set_aside"], row["parked"]
        with found.store.view() as tx:
            for text in _joined(findings.open_ones(tx, str(name))):
                complain(f"! {name}: {text}")
        if isinstance(aside, int) and aside:
            complain(f"! {name}: {plural(aside, 'record')} could not be read and lie aside")
        if isinstance(parked, int) and parked:
            complain(f"! {name}: {plural(parked, 'ticket')} could not be judged and are parked")
        if isinstance(waits := row["writes_parked"], int) and waits:
            complain(f"! {name}: writes to {plural(waits, 'ticket')} are parked; look with 'slahub deliveries'")
        if isinstance(waits := row["writes_in_doubt"], int) and waits:
            complain(f"! {name}: writes to {plural(waits, 'ticket')} were sent and are not answered yet")


def _print_alerts(found: View) -> None:
    """Tell what became of what an admin was to be told."""
    for ref in found.configuration.alerts.to:
        with found.store.view() as tx:
            told = alerts.told(tx, ref.text)
        parts = [f"{told.sent:,} told" if told.sent else "nothing told yet"]
        if told.last_sent_at is not None:
            parts.append(f"the last {ago((host_now() - told.last_sent_at).total_seconds())} ago")
        if told.doubtful:
            parts.append(f"{told.doubtful:,} perhaps twice or not at all")
        say(f"alerts to {ref.text}: {', '.join(parts)}")
        if told.failures:
            again = f", next try at {short(told.not_before)} UTC" if told.not_before else ""
            complain(f"! alerts to {ref.text} are not taken, {plural(told.failures, 'attempt')} in a row{again}")


def _standing(found: View | None, catalogue: Catalogue) -> Standing | None:
    """Return how the folder stands to what is in force; None where nothing is."""
    if found is None:
        return None
    with found.store.view() as tx:
        newest = revisions.newest(tx)
    return compared(found.draft.content, newest, offers_of(catalogue), host_now()) if newest else None


def _in_force(found: View, standing: Standing) -> str:
    with found.store.view() as tx:
        newest = revisions.newest(tx)
        daemon = _daemon(tx)
    if newest is None:
        return NOTHING
    draft = standing.text or "the folder says the same"
    return f"revision {newest.number} of {short(newest.applied_at)} UTC is in force, {draft}; {daemon}"


def _daemon(tx: Tx) -> str:
    holder = owner.holder(tx)
    if holder is None or (holder.host == socket.gethostname() and not _alive(holder.pid)):
        return "no daemon runs"
    return f"the daemon runs as process {holder.pid} on {holder.host}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connections(folder: Path, *, as_json: bool) -> None:
    """Print the connections, whose account each is, and what waits for release there."""
    catalogue = registry.load()
    opening = Opening(folder, StopSignal())
    found = look(opening, catalogue)
    settings = _settings(opening, found, catalogue)
    rows = [_about(each, found.seen[each.name].row if found else None) for each in settings.connections.values()]
    if as_json:
        for row in rows:
            emit(row)
        return
    columns = ["connection", "connector", "mode", "state", "account", ">held", "reason"]
    cells = [[row.get(column.removeprefix(">")) for column in columns] for row in rows]
    draw(table(columns, cells, spare=("connector", "held"), folding="reason"))


def _about(each: Connection, row: ConnectionRow | None) -> dict[str, object]:
    head: dict[str, object] = {"connection": each.name, "connector": each.connector, "mode": str(each.mode)}
    if row is None:
        return {**head, "state": "new", "held": 0}
    return {
        **head,
        "state": row.state,
        "account": row.account,
        "instance": row.instance,
        "armed_at": row.armed_at,
        "held": row.held,
        "reason": row.reason or None,
    }


def connectors(*, as_json: bool) -> int:
    """Print the installed connectors; return 1 when one cannot be used."""
    catalogue = registry.load()
    rows: list[dict[str, object]] = [
        {"connector": name, "usable": True, "limits": [bucket.name for bucket in kind.buckets]}
        for name, kind in catalogue.connectors.items()
    ]
    for each in catalogue.failures:
        told = {"connector": each.name, "distribution": each.distribution, "reason": each.reason}
        rows.append({**told, "usable": False})
    if as_json:
        for row in rows:
            emit(row)
    else:
        cells = [(row["connector"], "yes" if row["usable"] else "no", row.get("reason")) for row in rows]
        draw(table(["connector", "usable", "reason"], cells, folding="reason"))
    return 1 if catalogue.failures else 0
