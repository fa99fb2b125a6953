"""A ticket's history in normal words, step by step, for people and scripts to read."""

from dataclasses import dataclass

from core.sla.history import Desk, History
from core.sla.mapping import text_of
from core.sla.sides import side
from core.tickets import Change, Comment, Event, Kind, Phase, Priority, Side, SourceMapping, SourceValue

__all__ = ["Step", "Words", "steps"]


@dataclass(frozen=True, slots=True)
class Words:
    """One change: in normal words, and as the source has it."""

    field: str
    before: SourceValue
    after: SourceValue
    source_before: SourceValue
    source_after: SourceValue


@dataclass(frozen=True, slots=True)
class Step:
    """One event. comment: the first public one, else the first."""

    event: Event
    side: Side
    changes: tuple[Words, ...]
    comment: Comment | None


def steps(history: History, desk: Desk) -> tuple[Step, ...]:
    """Return the ticket's events in order, with the side of each actor at that instant."""
    requester = text_of(history.ticket.values.get("requester"))
    return tuple(
        Step(
            event=event,
            side=side(desk, event.actor, event.at, requester)[0],
            changes=tuple(_words(change, desk.mapping) for change in event.changes),
            comment=min(event.comments, key=lambda comment: not comment.public, default=None),
        )
        for event in history.events
    )


def _words(change: Change, mapping: SourceMapping) -> Words:
    return Words(
        field=change.field,
        before=None if change.initial else _normal(change.field, change.before, mapping),
        after=_normal(change.field, change.after, mapping),
        source_before=change.before,
        source_after=change.after,
    )


def _normal(field: str, value: SourceValue, mapping: SourceMapping) -> SourceValue:
    """Return the normal word of a status, priority or kind; every other field has none but the source's."""
    single = text_of(value)
    if field in mapping.status_fields:
        known = None if single is None else mapping.status.get((field, single))
        # A status field that is not the last resort may leave a value to the next one.
        fallback = str(Phase.UNKNOWN) if field == mapping.status_fields[-1] and single is not None else single
        return str(known) if known is not None else fallback
    if field == "priority":
        return str(mapping.priority.get(single or "", Priority.NONE))
    if field == "kind":
        return str(mapping.kind.get(single or "", Kind.NONE))
    return value
