"""Linked tickets woven into a ticket's history: what they were like at each instant, as fields of its own.

`linked.key`, `linked.status`, `linked.priority`, `linked.kind`, `linked.team` and `linked.assignee` are empty while
no linked ticket exists. Of several, the status is that of the one furthest from its end, a cancelled one aside;
the priority is the most urgent one; the others hold the values of all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from core.sla.history import LINKED_STREAM, Desk, History, Linked
from core.sla.mapping import kind_of, priority_of, status_of, text_of
from core.sla.references import LONGEST, Reference, references
from core.sla.timeline import initial_values
from core.tickets import Change, Event, Phase, Presence, Priority, SourceValue, Status

__all__ = ["Counterpart", "Join", "ever", "weave"]

_GONE: Final = frozenset({Presence.TRASHED, Presence.MERGED, Presence.DELETED, Presence.FORBIDDEN})
_CANCELLED: Final = Status(Phase.CANCELLED)
_UNFINISHED: Final = (
    Phase.UNKNOWN,
    Phase.OPEN,
    Phase.NEW,
    Phase.WAITING,
    Phase.RESOLVED,
    Phase.CLOSED,
    Phase.CANCELLED,
)
_URGENT: Final = tuple(Priority)
_FIELDS: Final = ("key", "status", "priority", "kind", "team", "assignee")


class Counterpart(NamedTuple):
    """A ticket of another connection, and what is the same for all tickets there."""

    history: History
    desk: Desk


@dataclass(frozen=True, slots=True)
class Join:
    """Whom one field of a ticket means. field: of the ticket, by its id.

    named: by the references' texts; one that is missing here is not stored.
    connection: theirs; until: up to when it has shown everything new; reading: its past is still being read.
    """

    field: str
    connection: str
    named: Mapping[str, Counterpart]
    until: datetime | None = None
    reading: bool = False


def weave(history: History, joins: Sequence[Join]) -> History:
    """Return the history with the `linked.*` fields and the events that change them; without links as it is.

    joins: in order of precedence among several linked tickets. An event of the ticket itself that changes its links
        changes these fields, too; others are events of their own, whose ids begin with `linked:`.
    Source: docs/adr/0015-linked-tickets.md.
    """
    texts = {join.field: [one.text for one in ever(history, join.field)] for join in joins}
    if not any(texts.values()):
        return history
    others = [_Other(each) for each in _ordered(joins, texts)]
    created, values = history.ticket.created_at, initial_values(history)
    ahead: list[tuple[datetime, int, int, _Point | Event]] = []
    for place, other in enumerate(others, start=1):
        for number, point in enumerate(_points(other.of)):
            if point.at <= created:
                other.apply(point)
            else:
                ahead.append((point.at, place, number, point))
    ahead += [(event.at, 0, number, event) for number, event in enumerate(history.events)]
    known = _fields(joins, values, others)
    events: list[Event] = []
    for at, place, _, what in sorted(ahead, key=lambda each: each[:3]):
        before = known
        if isinstance(what, Event):
            values.update({change.field: change.after for change in what.changes})
            known = _fields(joins, values, others)
            changes = _changes(before, known)
            events.append(replace(what, changes=(*what.changes, *changes)) if changes else what)
            continue
        others[place - 1].apply(what)
        known = _fields(joins, values, others)
        if changes := _changes(before, known):
            events.append(Event(history.ticket.id, LINKED_STREAM, what.id, at, 0, None, changes))
    ticket = replace(history.ticket, values={**history.ticket.values, **known})
    return replace(history, ticket=ticket, events=tuple(events), linked=_knowledge(joins, texts))


def ever(history: History, name: str) -> tuple[Reference, ...]:
    """Return the references that stand in a field or have ever stood there."""
    changes = (change for event in history.events for change in event.changes if change.field == name)
    held = [history.ticket.values.get(name), *(value for each in changes for value in (each.before, each.after))]
    return tuple(dict.fromkeys(one for value in held for one in references(value)))


def _ordered(joins: Sequence[Join], texts: Mapping[str, Sequence[str]]) -> Iterable[Counterpart]:
    """Return the linked tickets, each once, in an order that does not depend on what came when."""
    found = {_identity(one): one for join in joins for text in texts[join.field] if (one := join.named.get(text))}
    return [found[identity] for identity in sorted(found)]


def _identity(one: Counterpart) -> tuple[str, str]:
    return one.desk.connection, one.history.ticket.id


class _Point(NamedTuple):
    """What becomes of a linked ticket at an instant; id: of the event that it makes of the ticket.

    changes: None: it begins to exist. gone: it is no longer there.
    """

    at: datetime
    id: str
    changes: tuple[Change, ...] | None
    gone: bool = False


def _points(one: Counterpart) -> Iterator[_Point]:
    """Yield what becomes of a linked ticket, in order; what is told of before its creation counts as of it."""
    ticket, events = one.history.ticket, one.history.events
    yield _Point(ticket.created_at, _id(one, ticket.id, "created"), None)
    for event in events:
        if event.changes:
            yield _Point(max(event.at, ticket.created_at), _id(one, event.stream, event.id), event.changes)
    if ticket.presence in _GONE:
        last = max([ticket.created_at, ticket.updated_at, *(event.at for event in events[-1:])])
        yield _Point(last, _id(one, ticket.id, "gone"), (), gone=True)


def _id(one: Counterpart, *parts: str) -> str:
    text = ":".join((LINKED_STREAM, one.desk.connection, *parts))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 65]}:{sha256(text.encode()).hexdigest()}"


@dataclass(slots=True)
class _Other:
    """A linked ticket as it stands at the instant that the weaving has come to."""

    of: Counterpart
    there: bool = False
    gone: bool = False
    values: dict[str, SourceValue] = field(default_factory=dict[str, SourceValue])

    def apply(self, point: _Point) -> None:
        if point.changes is None:
            self.there, self.values = True, initial_values(self.of.history)
            return
        self.gone = self.gone or point.gone
        self.values.update({change.field: change.after for change in point.changes})

    def status(self) -> Status:
        return _CANCELLED if self.gone else status_of(self.of.desk.mapping, self.values)[0]

    def named(self, name: str) -> str | None:
        value = text_of(self.values.get(name))
        return None if value is None else self.of.desk.labels.get((name, value), value)


def _fields(
    joins: Sequence[Join], values: Mapping[str, SourceValue], others: Sequence[_Other]
) -> dict[str, SourceValue]:
    """Return the fields of the linked tickets that exist and are meant, as all of them stand."""
    meant = {
        _identity(one)
        for join in joins
        for reference in references(values.get(join.field))
        if (one := join.named.get(reference.text)) is not None
    }
    here = [other for other in others if other.there and _identity(other.of) in meant]
    if not here:
        return dict.fromkeys((f"linked.{name}" for name in _FIELDS), None)
    mapped = [(other.of.desk.mapping, other.values) for other in here]
    # The phase decides; two that wait are told apart by what they wait for, so that the answer is always the same.
    status = min((other.status() for other in here), key=lambda one: (_UNFINISHED.index(one.phase), one.wait_on))
    priority = min((priority_of(*each)[0] for each in mapped), key=_URGENT.index)
    return {
        "linked.key": _several(other.of.history.ticket.key for other in here),
        "linked.status": str(status),
        "linked.priority": str(priority),
        "linked.kind": _several(str(kind_of(*each)[0]) for each in mapped),
        "linked.team": _several(other.named("team") for other in here),
        "linked.assignee": _several(other.named("assignee") for other in here),
    }


def _several(values: Iterable[str | None]) -> SourceValue:
    found = sorted({value for value in values if value})
    return found[0] if len(found) == 1 else tuple(found) or None


def _changes(before: Mapping[str, SourceValue], after: Mapping[str, SourceValue]) -> tuple[Change, ...]:
    return tuple(Change(name, before[name], value) for name, value in after.items() if before[name] != value)


def _knowledge(joins: Sequence[Join], texts: Mapping[str, Sequence[str]]) -> Linked:
    """Return what is known of all that the ticket was ever linked with."""
    horizons: list[datetime | None] = []
    gap, closing = "", False
    stored = {(join.field, text) for join in joins for text in join.named}
    for join in joins:
        for text in texts[join.field]:
            one = join.named.get(text)
            if one is None and (join.field, text) in stored:
                continue
            horizons.append(join.until if one is None else one.history.horizon)
            if gap:
                continue
            if one is None and join.reading:
                gap, closing = f"{join.connection} is still being read, and {text} is not there yet", True
            elif one is not None and not _whole(one.history):
                gap = f"the history of {join.connection}:{one.history.ticket.key} is not read back to its creation yet"
    return Linked(None if None in horizons else min(h for h in horizons if h is not None), gap, closing)


def _whole(history: History) -> bool:
    created = history.ticket.created_at
    told = all(at <= created for at in history.gaps.values())
    return history.whole_since is not None and history.whole_since <= created and told
