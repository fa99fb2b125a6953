"""Commands that look: status, tickets, clocks, connectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from connectors import registry
from core.errors import Problem, SettingsError
from core.flows.evaluate import desk_of
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.sla.steps import Step, steps
from core.store import connections, findings, histories, lists
from core.store.lists import ClockRow, TicketRow
from core.tickets import SourceValue
from slahub.bootstrap import Opening
from slahub.cli.commands_run import chosen
from slahub.cli.out import ago, console, emit, short, table

__all__ = ["add"]

JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
CONNECTION = Annotated[str, typer.Option("--connection", help="Only this connection.")]
BATCH = 500


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(status)
    app.command()(tickets)
    app.command()(clocks)
    app.command("connectors")(connectors_)


def _open(context: typer.Context) -> Hub:
    return Opening(context.obj, StopSignal()).hub()


def status(context: typer.Context, as_json: JSON = False) -> None:
    """Show how each connection is."""
    hub = _open(context)
    rows = [_status(hub, source) for source in hub.sources.values()]
    good = all(row["state"] in {"ok", "new"} and not row["parked"] for row in rows)
    if as_json:
        for row in rows:
            emit(row)
        raise typer.Exit(0 if good else 1)
    columns = ["connection", "mode", "state", "last success", ">lag", ">tickets", ">aside", ">parked", ">calls"]
    console.print(
        table(
            "",
            columns,
            [
                (
                    row["connection"],
                    row["mode"],
                    row["state"],
                    _short(row.get("last_success_at")),
                    ago(_number(row["lag_seconds"])) if row.get("lag_seconds") is not None else "",
                    row["tickets"],
                    row["set_aside"],
                    row["parked"],
                    f"{row['calls_used']}/{row['calls_allowed']}",
                )
                for row in rows
            ],
        )
    )
    with hub.store.view() as tx:
        for source in hub.sources.values():
            for finding in findings.open_ones(tx, source.name):
                console.print(f"! {source.name}: {finding.text}", markup=False, soft_wrap=True)
    for name, reason in hub.broken.items():
        console.print(f"! connector {name} cannot be used: {reason}", markup=False, soft_wrap=True)
    raise typer.Exit(0 if good else 1)


def _short(value: object) -> str:
    return short(value) if isinstance(value, datetime) else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _status(hub: Hub, source: Source) -> dict[str, object]:
    now = hub.now()
    with hub.store.view() as tx:
        row = connections.ensure(tx, source.name, source.settings.connector)
        counts = lists.counts(tx, row)
        settled = lists.settled_until(tx, source.id)
        texts = [finding.text for finding in findings.open_ones(tx, source.name)]
    return {
        "connection": source.name,
        "mode": str(source.settings.mode),
        "state": row.state,
        "reason": row.reason or None,
        "last_success_at": row.last_success_at,
        "lag_seconds": None if settled is None else max(0, int((now + row.skew - settled).total_seconds())),
        "settled_until": settled,
        "calls_used": row.calls_used,
        "calls_allowed": row.calls_allowed,
        "backfilling": hub.backfilling(source),
        "held": row.held,
        **counts,
        "finding_texts": texts,
    }


def tickets(
    context: typer.Context,
    which: Annotated[str | None, typer.Argument(help="CONNECTION:KEY for one ticket with its history.")] = None,
    connection: CONNECTION = "",
    as_json: JSON = False,
) -> None:
    """List tickets, or one with its history."""
    hub = _open(context)
    if which is not None:
        _one_ticket(hub, which, as_json=as_json)
        return
    sources = chosen(hub, [connection] if connection else None)
    if as_json:
        for source in sources:
            for row in _ticket_rows(hub, source):
                emit(row)
        return
    for source in sources:
        with hub.store.view() as tx:
            rows = list(lists.ticket_rows(tx, lists.ticket_ids(tx, source.id)))
            names = histories.labels(tx, source.id)
        columns = ["ticket", "status", "priority", "kind", "team", "organisation", "created", "resolved"]
        console.print(table(source.name, columns, [_ticket_cells(row, names) for row in rows]))


def _ticket_cells(row: TicketRow, names: Mapping[tuple[str, str], str]) -> Sequence[object]:
    return (
        row.key,
        _status_word(row),
        row.priority,
        row.kind,
        names.get(("team", row.team or ""), row.team),
        names.get(("organisation", row.organisation or ""), row.organisation),
        short(row.created_at),
        short(row.resolved_at),
    )


def _status_word(row: TicketRow) -> str:
    if row.phase is None:
        return "parked" if row.parked_reason else "not judged yet"
    return f"{row.phase}/{row.wait_on}" if row.wait_on not in {None, "none"} else row.phase


def _ticket_rows(hub: Hub, source: Source, ids: Sequence[int] | None = None) -> Iterator[dict[str, object]]:
    with hub.store.view() as tx:
        every = lists.ticket_ids(tx, source.id) if ids is None else list(ids)
        for start in range(0, len(every), BATCH):
            batch = every[start : start + BATCH]
            loaded = {each.id: each.history for each in histories.load(tx, source.id, batch)}
            for row in lists.ticket_rows(tx, batch):
                history = loaded.get(row.id)
                yield {
                    "connection": row.connection,
                    "id": row.source_id,
                    **{name: value for name, value in asdict(row).items() if name not in {"id", "source_id"}},
                    "parked_reason": row.parked_reason or None,
                    "settled_until": history.horizon if history else None,
                    "events": len(history.events) if history else 0,
                }


def _one_ticket(hub: Hub, which: str, *, as_json: bool) -> None:
    name, _, key = which.partition(":")
    source = hub.source(name)
    with hub.store.view() as tx:
        ids = lists.ticket_ids(tx, source.id, key=key)
        if not ids:
            raise SettingsError(Problem(f"connection {name} has no ticket {key!r}", hint="write CONNECTION:KEY"))
        loaded = histories.load(tx, source.id, ids)
        desk = desk_of(tx, source, loaded)
    past = steps(loaded[0].history, desk)
    (row,) = _ticket_rows(hub, source, ids)
    if as_json:
        emit({**row, "history": [_step(step) for step in past]})
        return
    console.print(f"{name}:{row['key']}  {row['phase']}  {row['priority']}  {row.get('url') or ''}", markup=False)
    lines = [(short(step.event.at), step.event.id, str(step.side), _spoken(step)) for step in past]
    console.print(table("", ["at (UTC)", "event", "side", "what"], lines))
    _print_clocks(hub, source, _clock_rows(hub, source, tickets=ids))


def _step(step: Step) -> dict[str, object]:
    return {
        "at": step.event.at,
        "id": step.event.id,
        "actor": step.event.actor,
        "side": str(step.side),
        "changes": [
            {
                "field": change.field,
                "from": change.before,
                "to": change.after,
                "source_from": change.source_before,
                "source_to": change.source_after,
            }
            for change in step.changes
        ],
        "comment": {"public": step.comment.public, "automated": step.comment.automated} if step.comment else None,
    }


def _spoken(step: Step) -> str:
    said = [f"{change.field}: {_word(change.before)} → {_word(change.after)}" for change in step.changes]
    if step.comment:
        said.insert(0, "public comment" if step.comment.public else "private comment")
    return "; ".join(said)


def _word(value: SourceValue) -> str:
    return "-" if value is None else value if isinstance(value, str) else ", ".join(value) or "-"


def clocks(context: typer.Context, connection: CONNECTION = "", as_json: JSON = False) -> None:
    """List clocks."""
    hub = _open(context)
    for source in chosen(hub, [connection] if connection else None):
        rows = _clock_rows(hub, source)
        if as_json:
            for row in rows:
                emit(row)
        else:
            _print_clocks(hub, source, rows)


def _clock_rows(hub: Hub, source: Source, tickets: Sequence[int] | None = None) -> list[dict[str, object]]:
    now = source.now()
    with hub.store.view() as tx:
        rows = lists.clock_rows(tx, source.id, tickets=tickets)
    return [_clock(hub, row, now) for row in rows]


def _clock(hub: Hub, row: ClockRow, now: datetime) -> dict[str, object]:
    """Return a clock with its durations brought from the judged instant to now; nothing else moves by itself."""
    values = {name: value for name, value in asdict(row).items() if name not in {"id", "ticket", "judged_at"}}
    if row.state not in {"running", "paused"}:
        return {**values, "reason": row.reason or None}
    calendar = hub.calendar(row.revision, row.calendar)
    passed = int(calendar.elapsed(row.judged_at, now).total_seconds()) if calendar else 0
    if row.state == "paused":
        return {**values, "reason": row.reason or None, "paused_seconds": row.paused_seconds + passed}
    left = None if row.remaining_seconds is None else row.remaining_seconds - passed
    return {
        **values,
        "reason": row.reason or None,
        "elapsed_seconds": row.elapsed_seconds + passed,
        "remaining_seconds": left,
    }


def _print_clocks(hub: Hub, source: Source, rows: Sequence[dict[str, object]]) -> None:
    columns = ["ticket", "policy", "metric", "state", "standing", "due (UTC)", ">left", ">target"]
    cells = [
        (
            row["key"],
            row["policy"],
            row["metric"],
            row["state"],
            f"{row['standing'] or ''}{'' if row['confirmed'] else ' (not confirmed)'}",
            _short(row["due_at"]),
            "" if row["remaining_seconds"] is None else ago(_number(row["remaining_seconds"])),
            "" if row["target_seconds"] is None else ago(_number(row["target_seconds"])),
        )
        for row in rows
    ]
    console.print(table(source.name, columns, cells))


def connectors_(as_json: JSON = False) -> None:
    """List the connectors that are installed, and those that cannot be used."""
    catalogue = registry.load()
    rows: list[dict[str, object]] = []
    for name, kind in catalogue.connectors.items():
        rows.append({"connector": name, "usable": True, "limits": [bucket.name for bucket in kind.buckets]})
    for failure in catalogue.failures:
        row = {"connector": failure.name, "distribution": failure.distribution, "reason": failure.reason}
        rows.append({**row, "usable": False})
    if as_json:
        for row in rows:
            emit(row)
    else:
        cells = [(row["connector"], "yes" if row["usable"] else "no", row.get("reason")) for row in rows]
        console.print(table("", ["connector", "usable", "reason"], cells))
    raise typer.Exit(1 if catalogue.failures else 0)
