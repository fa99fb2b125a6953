"""A ticket's events as rows of what matters to its clocks: the part of classifying that all clocks share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from core.calendar.instants import to_us
from core.sla.history import Desk, History
from core.sla.mapping import Unmapped, text_of
from core.sla.plans import ASSIGNED, HIDDEN, PRIVATE_MAYBE, PRIVATE_REPLY, PUBLIC_MAYBE, PUBLIC_REPLY
from core.sla.program import COMBINATION, STATUS, Combination, Program, StatusView
from core.sla.sides import side
from core.sla.verdict import CREATED
from core.tickets import Event, Presence, Side, SourceValue

__all__ = ["Timeline", "initial_values", "timeline"]

_IN_SIGHT: Final = frozenset({Presence.PRESENT, Presence.ARCHIVED, Presence.UNSEEN})
_REPLY: Final = {
    (Side.AGENT, True): PUBLIC_REPLY,
    (Side.AGENT, False): PRIVATE_REPLY,
    (Side.UNKNOWN, True): PUBLIC_MAYBE,
    (Side.UNKNOWN, False): PRIVATE_MAYBE,
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows from the ticket's creation to the judged instant; entry i of each tuple is row i.

    at: microseconds, ascending, may repeat. instants: the same as datetimes. ids: the source event.
    happened: (row, bits) of what happened besides values, ascending.
    values: the ticket's fields at the judged instant. roles: role words that the mapping does not know.
    """

    values: Mapping[str, SourceValue]
    at: tuple[int, ...]
    instants: tuple[datetime, ...]
    views: tuple[StatusView, ...]
    combinations: tuple[Combination, ...]
    ids: tuple[str, ...]
    happened: tuple[tuple[int, int], ...]
    roles: frozenset[str]

    def unmapped(self) -> tuple[Unmapped, ...]:
        """Return every field and source value on the way that the mapping does not know, once, sorted."""
        found: set[Unmapped] = {("role", word) for word in self.roles}
        for view in self.views:
            if view.unmapped is not None:
                found.add(view.unmapped)
        for combination in self.combinations:
            found.update(combination.unmapped)
        return tuple(sorted(found))


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
    ticket = history.ticket
    values = initial_values(history)
    roles: set[str] = set()
    created, created_us = ticket.created_at, to_us(ticket.created_at)
    view, combination = program.status(values), program.combination(values)
    rows: list[_Row] = [(created_us, created, view, combination, CREATED)]
    happened = [(0, ASSIGNED)] if values.get("assignee") else []
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
            edges |= _replies(event, desk, text_of(values.get("requester")), roles)
        edges &= awaited
        if not (fed or edges):
            continue
        if fed & STATUS:
            view = program.status(values)
        if fed & COMBINATION:
            combination = program.combination(values)
        if edges:
            happened.append((len(rows), edges))
        at_us = to_us(at)
        if at_us < created_us:
            at, at_us = created, created_us
        rows.append((at_us, at, view, combination, event.id))
    if ticket.presence not in _IN_SIGHT:
        happened.append((len(rows), HIDDEN))
        gone = max(min(max(ticket.updated_at, *(event.at for event in history.events[-1:])), now), rows[-1][1])
        rows.append((to_us(gone), gone, view, combination, ""))
    ats, instants, views, combinations, ids = zip(*rows, strict=True)
    return Timeline(values, ats, instants, views, combinations, ids, tuple(happened), frozenset(roles))


def _replies(event: Event, desk: Desk, requester: str | None, roles: set[str]) -> int:
    """Return what the comments are: replies of agents, perhaps replies, or nothing. The requester never replies."""
    found = 0
    for comment in event.comments:
        if comment.automated or (comment.author is not None and comment.author == requester):
            continue
        author, unmapped = side(desk, comment.author, event.at, requester)
        found |= _REPLY.get((author, comment.public), 0)
        if unmapped is not None:
            roles.add(unmapped)
    return found
