"""slahub tickets: what is known of tickets, and one ticket's history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.counterparts import Counterpart, counterparts
from core.flows.evaluate import desk_of
from core.flows.stop import StopSignal
from core.sla import native, words
from core.sla.native import NativeReading
from core.sla.steps import Step, steps
from core.store import histories, lists, native_clocks, people, ratings
from core.store.lists import TicketRow
from core.tickets import Label, Rating, SourceValue
from slahub.bootstrap import Opening
from slahub.cli import clocks, source_words
from slahub.cli.out import ago, draw, emit, plural, say, short, table
from slahub.cli.view import Seen, View, view

__all__ = ["every", "one"]

BATCH = 500

NATIVE = ("policy", "state", "started (UTC)", "due (UTC)", "completed (UTC)", ">used", ">of", "hours")

Names = Mapping[tuple[str, str], str]


def every(folder: Path, connection: str, *, as_json: bool) -> None:
    """Print the tickets of one connection, or of all."""
    found = view(Opening(folder, StopSignal()))
    for seen in found.chosen(connection):
        if as_json:
            for row in _rows(found, seen):
                emit(row)
            continue
        with found.store.view() as tx:
            rows = list(lists.ticket_rows(tx, lists.ticket_ids(tx, seen.id)))
            names = histories.labels(tx, seen.id)
        columns = [">ticket", "status", "priority", "kind", "team", "organisation", "created (UTC)"]
        draw(table(columns, [_cells(row, names) for row in rows], spare=("kind", "team")))
        say(f"{seen.name}: {plural(len(rows), 'ticket')}")


def _cells(row: TicketRow, names: Names) -> Sequence[object]:
    return (
        row.key,
        _status(row),
        row.priority,
        row.kind,
        names.get(("team", row.team or ""), row.team),
        names.get(("organisation", row.organisation or ""), row.organisation),
        short(row.created_at),
    )


def _status(row: TicketRow) -> str:
    if row.phase is None:
        return "parked" if row.parked_reason else "not judged yet"
    return f"{row.phase}/{row.wait_on}" if row.wait_on not in {None, "none"} else row.phase


def _rows(found: View, seen: Seen, ids: Sequence[int] | None = None) -> Iterator[dict[str, object]]:
    with found.store.view() as tx:
        names = histories.labels(tx, seen.id)
        every = lists.ticket_ids(tx, seen.id) if ids is None else list(ids)
        for start in range(0, len(every), BATCH):
            batch = every[start : start + BATCH]
            loaded = {each.id: each.history for each in histories.load(tx, seen.id, batch)}
            rows = list(lists.ticket_rows(tx, batch))
            requesters = people.names(tx, seen.id, {row.requester for row in rows if row.requester})
            for row in rows:
                history = loaded.get(row.id)
                yield {
                    "connection": row.connection,
                    "id": row.source_id,
                    **{name: value for name, value in asdict(row).items() if name not in {"id", "source_id"}},
                    **source_words.of_ticket(row, names),
                    "requester_name": requesters.get(row.requester or ""),
                    "team_name": names.get(("team", row.team or "")),
                    "organisation_name": names.get(("organisation", row.organisation or "")),
                    "parked_reason": row.parked_reason or None,
                    "settled_until": history.horizon if history else None,
                    "events": len(history.events) if history else 0,
                }


def one(folder: Path, which: str, *, as_json: bool) -> None:
    """Print one ticket, named CONNECTION:KEY, with its history and its clocks."""
    name, colon, key = which.partition(":")
    if not colon or not key:
        raise SettingsError(Problem(f"`{which}` does not name a ticket", hint="write CONNECTION:KEY, as in desk:4711"))
    found = view(Opening(folder, StopSignal()))
    (seen,) = found.chosen(name)
    with found.store.view() as tx:
        ids = lists.ticket_ids(tx, seen.id, key=key)
        if not ids:
            raise SettingsError(f"connection {name} has no ticket {key}")
        loaded = histories.load(tx, seen.id, ids)
        desk = desk_of(tx, seen, loaded)
        (source_id,) = [each.source_id for each in lists.ticket_rows(tx, ids)]
        rated = ratings.of_ticket(tx, seen.id, source_id)
        others = counterparts(tx, seen, loaded[0], desk, found.active)
        natives = native.read(native_clocks.of_ticket(tx, seen.id, source_id), seen.now())
        raters = {each.requester for each in rated if each.requester}
        people_names = people.names(tx, seen.id, {*desk.people, *raters})
    past = steps(loaded[0].history, desk)
    (row,) = _rows(found, seen, ids)
    if as_json:
        emit(
            {
                **row,
                "links": [_link(each) for each in others],
                "history": [_step(step, words.fields(desk.mapping), desk.labels) for step in past],
                "ratings": [_rating(each) for each in rated],
                "native_clocks": [_native(each) for each in natives],
            }
        )
        return
    (ticket,) = _shown(found, ids)
    say(f"{name}:{row['key']}  {_status(ticket)}  {row['priority']}  {row.get('url') or ''}".rstrip())
    if others:
        say("")
        draw(table(["linked ticket", "status", "by"], [_link_cells(each) for each in others]))
        say("")
    names = {**desk.labels, **{("person", each): text for each, text in people_names.items()}}
    cells = [(f"{step.event.at:%Y-%m-%d %H:%M:%S}", _actor(step, names), _spoken(step, names)) for step in past]
    draw(table(["at (UTC)", "who", "what"], cells, folding="what"))
    if rated:
        say("")
        scores = [(short(each.at), names.get(("person", each.requester or "")), each.score) for each in rated]
        draw(table(["rated at (UTC)", "by", "score"], scores))
    promised = [each for each in natives if each.target_seconds is not None]
    if promised:
        say("")
        draw(table([f"{seen.settings.connector}'s own clock", *NATIVE], [_native_cells(each) for each in promised]))
    say("")
    clocks.print_rows(clocks.rows(found, seen, tickets=ids), seen)


def _shown(found: View, ids: Sequence[int]) -> list[TicketRow]:
    with found.store.view() as tx:
        return list(lists.ticket_rows(tx, ids))


def _step(step: Step, mapped: tuple[str, ...], names: Names) -> dict[str, object]:
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
                **source_words.of_change(change, mapped, names),
            }
            for change in step.changes
        ],
        "comment": {"public": step.comment.public, "automated": step.comment.automated} if step.comment else None,
    }


def _link(each: Counterpart) -> dict[str, object]:
    return {"connection": each.connection, "key": each.key, "by": each.by, "stored": each.stored is not None}


def _link_cells(each: Counterpart) -> Sequence[object]:
    return f"{each.connection}:{each.key}", "not stored" if each.stored is None else _status(each.stored), each.by


def _rating(each: Rating) -> dict[str, object]:
    return {name: value for name, value in asdict(each).items() if name != "ticket_id"}


def _native(each: NativeReading) -> dict[str, object]:
    return {**asdict(each), "breached": each.breached}


def _native_cells(each: NativeReading) -> Sequence[object]:
    return (
        f"{each.metric.replace('_', ' ')} {each.cycle}",
        each.policy,
        "breached" if each.breached else each.state,
        short(each.started_at) if each.started_at else "",
        short(each.due_at) if each.due_at else "",
        short(each.completed_at) if each.completed_at else "",
        "" if each.elapsed_seconds is None else ago(each.elapsed_seconds),
        "" if each.target_seconds is None else ago(each.target_seconds),
        "" if each.business is None else "business" if each.business else "calendar",
    )


def _actor(step: Step, names: Names) -> str:
    actor = step.event.actor
    name = names.get(("person", actor or ""))
    return f"{name} ({step.side})" if name else str(step.side)


def _spoken(step: Step, names: Names) -> str:
    said = [
        f"{_field(change.field, names)} {_word(change.field, change.after, names)}"
        if change.before in {None, ""}
        else f"{_field(change.field, names)} {_word(change.field, change.before, names)} → "
        f"{_word(change.field, change.after, names)}"
        for change in step.changes
    ]
    if step.comment:
        said.insert(0, "public comment" if step.comment.public else "private comment")
    return "; ".join(said)


def _field(field: str, names: Names) -> str:
    return names.get((Label.FIELD, field.removeprefix(f"{Label.FIELD}:")), field)


def _word(field: str, value: SourceValue, names: Names) -> str:
    if value is None:
        return "-"
    each = [value] if isinstance(value, str) else list(value)
    return ", ".join(names.get((field, one), names.get(("person", one), one)) for one in each) or "-"
