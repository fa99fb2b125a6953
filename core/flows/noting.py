"""Note: tell the agents of a confirmed breach by one internal note on the ticket, however often a process dies."""

import hashlib
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from core.errors import RetryLater, SourceError
from core.flows import reach
from core.flows.source import Done, Source
from core.ports import Purpose, Stop, WritesNotes, marker
from core.settings import Connection, Mode
from core.sla.verdict import Clock, Judgement
from core.store import Store, connections, findings, notes
from core.store.notes import Note

__all__ = ["REFUSED", "note", "wished"]

LATE: Final = timedelta(days=1)
"""A breach that was found out later than that is told by no note: nobody can do anything about it."""

ARRIVES: Final = timedelta(minutes=1)
"""Within it what was sent has arrived, or never will."""

LOOKS: Final = timedelta(seconds=2)

BATCH: Final = 20

REFUSED: Final = "note_refused"
"""Code of the finding that tickets take no note."""


def wished(
    judgement: Judgement, settings: Connection, ticket_id: str, armed_at: datetime | None, now: datetime
) -> dict[str, str]:
    """Return the notes that a ticket is to have, by their marks. now: in the source's time."""
    if not settings.note or armed_at is None:
        return {}
    since = max(armed_at, now - LATE)
    return {
        _mark(settings.name, ticket_id, clock): _text(clock, at, settings.show.timezone)
        for clock in judgement.clocks
        if clock.breached and clock.confirmed and clock.agreement in settings.show.agreements
        if (at := clock.breached_at) is not None and at >= since
    }


def _mark(connection: str, ticket_id: str, clock: Clock) -> str:
    identity = "\0".join((connection, ticket_id, clock.id.policy, clock.id.metric, clock.id.started_by))
    return marker(hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()[:16])


def _text(clock: Clock, at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    metric = clock.id.metric.replace("_", " ")
    return f"SLA breached: the {metric} was due {local:%Y-%m-%d %H:%M} ({zone}), by policy {clock.id.policy}."


def note(store: Store, source: Source, stop: Stop) -> Done:
    """Leave the notes that are wished; one that may have arrived is looked for before it is sent again."""
    done, connector = Done(_Noting.flow, source.name), source.connector
    silent = source.settings.mode is Mode.OBSERVE or not source.settings.note or source.withheld
    if silent or not isinstance(connector, WritesNotes) or source.resting(_Noting.flow) or stop.reached():
        return done
    with store.view() as tx:
        row = connections.get(tx, source.name)
        due = notes.due(tx, source.id, source.host_now() - ARRIVES, BATCH)
    if not due or row is None or row.held:
        source.rest(_Noting.flow, LOOKS)
        return done
    began, calls = time.monotonic(), source.meter.calls()
    noting = _Noting(store, source, connector)
    try:
        with source.meter.on(Purpose.WRITES):
            for each in due:
                if stop.reached():
                    break
                noting.leave(each)
        source.failing.pop(_Noting.flow, None)
    except SourceError as error:
        done = replace(done, reason=reach.broken(store, source, _Noting.flow, error, stop))
    calls = source.meter.calls() - calls
    return replace(done, written=noting.left, calls=calls, seconds=round(time.monotonic() - began, 3))


class _Noting:
    """One run; `left` counts the notes that are there since."""

    flow: ClassVar[str] = "note"

    def __init__(self, store: Store, source: Source, connector: WritesNotes) -> None:
        self._store, self._source, self._connector = store, source, connector
        self.left = 0

    def leave(self, each: Note) -> None:
        """Leave one note. Raises: SourceError; what may have arrived stays in doubt."""
        if each.in_doubt:
            if self._connector.noted(each.source_id, each.mark):
                self._done(each)
                return
            with self._store.unit() as tx:
                notes.unsent(tx, each.id)
        with self._store.unit() as tx:
            if self._source.replaced(tx) or not notes.sent(tx, each.id, self._source.host_now()):
                return
        try:
            refused = self._connector.note(each.source_id, f"{each.text} {each.mark}")
        except RetryLater as error:
            if error.after is not None:
                # A source that asks for time has not done what it was asked.
                with self._store.unit() as tx:
                    notes.unsent(tx, each.id)
            raise
        self._done(each, refused)

    def _done(self, each: Note, refused: str = "") -> None:
        now = self._source.host_now()
        with self._store.unit() as tx:
            notes.done(tx, each.id, now, refused)
            if refused:
                # One for each reason, not for each ticket; the next probe ends it, and the next refusal opens it again.
                text = f"ticket {each.key} takes no internal note: {refused}"
                findings.note(tx, self._source.name, REFUSED, refused, text, now)
        self.left += not refused
