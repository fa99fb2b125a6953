"""A ticket's events as rows of what matters to its clocks: the part of classifying that all clocks share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from core.calendar.instants import from_us, to_us
from core.sla.history import LINKED_STREAM, Desk, History
from core.sla.mapping import Unmapped
from core.sla.plans import ASSIGNED
from core.sla.program import COMBINATION, STATUS, Combination, Program, StatusView
from core.sla.sight import Sight
from core.sla.tenants import tenants
from core.sla.verdict import CREATED
from core.tickets import Event, SourceValue

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
    view, sight = program.status(values), Sight(program, values, program.era(created_us))
    rows: list[_Row] = [(created_us, created, view, sight.combination, CREATED)]
    first = sight.edge | (ASSIGNED if values.get("assignee") else 0)
    happened = [(0, first)] if first else []
    awaited, dated = program.awaited, _Dated(program, created_us, now)
    for event in history.events:
        at = event.at
        if at > now:
            break
        if dated.ahead and at >= dated.next:
            dated.add(to_us(at), sight, values, rows, happened)
        fed, edges = _applied(event, values, program.feeds)
        if event.comments:
            edges |= replies.within(event, values, unmapped)
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
    if dated.ahead:
        dated.add(to_us(now), sight, values, rows, happened)
    _lose(history, now, sight, rows, happened)
    return _timeline(program, sight, values, rows, happened, unmapped)


def _applied(event: Event, values: dict[str, SourceValue], feeds: Mapping[str, int]) -> tuple[int, int]:
    """Apply an event's changes to the values; return what they feed, and what happened by them."""
    fed = edges = 0
    for change in event.changes:
        name, after = change.field, change.after
        if values.get(name) != after:
            values[name] = after
            fed |= feeds.get(name, 0)
            if after and name == "assignee":
                edges |= ASSIGNED
    return fed, edges


def _lose(history: History, now: datetime, sight: Sight, rows: list[_Row], happened: list[tuple[int, int]]) -> None:
    """Add a row with which the ticket is gone, when its picture says so."""
    edge = sight.lose(history.ticket.presence, len(rows))
    if edge:
        own = (event.at for event in reversed(history.events) if event.stream != LINKED_STREAM)
        last = max(history.ticket.updated_at, next(own, history.ticket.created_at))
        gone = max(min(last, now), rows[-1][1])
        happened.append((len(rows), edge))
        rows.append((to_us(gone), gone, rows[-1][2], sight.combination, ""))


class _Dated:
    """The instants after a ticket's creation at which the text of some policy changes.

    next: the first of those that are ahead.
    """

    def __init__(self, program: Program, created: int, now: datetime) -> None:
        # Whose text it is that changes nobody knows yet where policies keep tickets.
        self._always = program.keeps
        self.ahead = list(program.eras[program.era(created) :])
        if self.ahead:
            until = to_us(now)
            self.ahead = [date for date in self.ahead if date <= until]
        self.next = from_us(self.ahead[0]) if self.ahead else now

    def add(
        self,
        until: int,
        sight: Sight,
        values: Mapping[str, SourceValue],
        rows: list[_Row],
        happened: list[tuple[int, int]],
    ) -> None:
        """Add a row for each date up to `until` with which other policies are in force, or may be."""
        while self.ahead and self.ahead[0] <= until:
            date = self.ahead.pop(0)
            before = sight.combination
            sight.era += 1
            sight.turn(values, len(rows))
            if self._always or sight.combination.owners != before.owners:
                since = from_us(date)
                if sight.edge:
                    happened.append((len(rows), sight.edge))
                rows.append((date, since, rows[-1][2], sight.combination, f"since {since:%Y-%m-%dT%H:%M:%SZ}"))
        if self.ahead:
            self.next = from_us(self.ahead[0])


def _timeline(
    program: Program,
    sight: Sight,
    values: Mapping[str, SourceValue],
    rows: Sequence[_Row],
    happened: Sequence[tuple[int, int]],
    unmapped: set[Unmapped],
) -> Timeline:
    at, instants, views, combinations, ids = zip(*rows, strict=True)
    if program.keeps:
        combinations = tenants(program, combinations)
    distinct = tuple({id(one): one for one in combinations}.values())
    owners = sorted({owner for one in distinct for owner in one.owners})
    _add_unmapped(unmapped, (*distinct, *views))
    return Timeline(
        values=values,
        at=at,
        instants=instants,
        views=views,
        combinations=combinations,
        present=sight.present,
        ids=ids,
        happened=happened,
        owners=owners,
        unmapped=tuple(sorted(unmapped)),
        left=sight.left,
        inside=sight.inside,
    )


def _add_unmapped(unmapped: set[Unmapped], seen: Iterable[StatusView | Combination]) -> None:
    for each in seen:
        if each.unmapped:
            unmapped.update(each.unmapped)
