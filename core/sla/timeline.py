"""A ticket's events as rows of what matters to its clocks: the part of classifying that all clocks share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from core.calendar.instants import to_us
from core.sla.history import Desk, History
from core.sla.mapping import Unmapped
from core.sla.plans import ASSIGNED
from core.sla.program import COMBINATION, STATUS, Combination, Program, StatusView
from core.sla.sight import Sight
from core.sla.verdict import CREATED
from core.tickets import SourceValue

__all__ = ["Timeline", "initial_values", "timeline"]


class Timeline(NamedTuple):
    """Rows from the ticket's creation to the judged instant; entry i of `at` to `ids` is row i.

    at: microseconds, ascending, may repeat. instants: the same as datetimes. ids: the source event.
    combinations: what the clocks go by; present: what the values at the judged instant mean.
    left: the row with which the ticket left the connection's scope for good, ending what ran. inside: it is in scope.
    happened: (row, bits) of what happened besides values, ascending.
    values: the ticket's fields at the judged instant. owners: the policies in force in any row, ascending.
    unmapped: every field and source value on the way that the mapping does not know, sorted.
    """

    values: Mapping[str, SourceValue]
    at: Sequence[int]
    instants: Sequence[datetime]
    views: Sequence[StatusView]
    combinations: Sequence[Combination]
    present: Combination
    ids: Sequence[str]
    happened: Sequence[tuple[int, int]]
    owners: Sequence[int]
    unmapped: tuple[Unmapped, ...]
    left: int | None
    inside: bool


_Row: TypeAlias = tuple[int, datetime, StatusView, Combination, str]


def initial_values(history: History) -> dict[str, SourceValue]:
    """Return the fields at creation: what the first change of each started from, else the snapshot's value."""
    values = dict(history.ticket.values)
    for event in reversed(history.events):
        for change in reversed(event.changes):
            values[change.field] = change.after if change.initial else change.before
    return values


def timeline(history: History, desk: Desk, program: Program, now: datetime) -> Timeline:
    """Replay the events up to `now`. A row shows the ticket after a whole event.

    Events from before the creation (clocks of two machines differ) count as of the creation.
    """
    values = initial_values(history)
    replies, unmapped = program.replies(desk), set[Unmapped]()
    created = history.ticket.created_at
    created_us = to_us(created)
    view, sight = program.status(values), Sight(program, values)
    rows: list[_Row] = [(created_us, created, view, sight.combination, CREATED)]
    first = sight.edge | (ASSIGNED if values.get("assignee") else 0)
    happened = [(0, first)] if first else []
    feeds, awaited = program.feeds, program.awaited
    for event in history.events:
        at = event.at
        if at > now:
            break
        fed = edges = 0
        for change in event.changes:
            name, after = change.field, change.after
            if values.get(name) != after:
                values[name] = after
                fed |= feeds.get(name, 0)
                if after and name == "assignee":
                    edges |= ASSIGNED
        if event.comments:
            edges |= replies.within(event, values.get("requester"), unmapped)
        edges &= awaited
        if not (fed or edges):
            continue
        if fed & STATUS:
            view = program.status(values)
        if fed & COMBINATION:
            sight.turn(values, len(rows))
        edges |= sight.edge
        if edges:
            happened.append((len(rows), edges))
        at_us = to_us(at)
        if at_us < created_us:
            at, at_us = created, created_us
        rows.append((at_us, at, view, sight.combination, event.id))
    edge = sight.lose(history.ticket.presence, len(rows))
    if edge:
        last = max([history.ticket.updated_at, *(event.at for event in history.events[-1:])])
        gone = max(min(last, now), rows[-1][1])
        happened.append((len(rows), edge))
        rows.append((to_us(gone), gone, view, sight.combination, ""))
    ats, instants, views, combinations, ids = zip(*rows, strict=True)
    distinct = tuple({id(one): one for one in combinations}.values())
    owners = sorted({owner for one in distinct for owner in one.owners})
    _add_unmapped(unmapped, (*distinct, *views))
    return Timeline(
        values,
        ats,
        instants,
        views,
        combinations,
        sight.present,
        ids,
        happened,
        owners,
        tuple(sorted(unmapped)),
        sight.left,
        sight.inside,
    )


def _add_unmapped(unmapped: set[Unmapped], seen: Iterable[StatusView | Combination]) -> None:
    for each in seen:
        if each.unmapped:
            unmapped.update(each.unmapped)
