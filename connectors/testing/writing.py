"""The rules of writing back, as tests; `ConnectorSuite` brings them along."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import pytest

from connectors.testing.checks import check, drained, events_of, fail, records_of
from connectors.testing.records import identity
from core.ports import Connector, Delivery, Fetches, FieldUpdate, Outcome, WritesBack
from core.tickets import Record, Ticket

__all__ = ["Writable", "WritingSuite"]

POLLS = 200


class Writable(Connector, WritesBack, Protocol):
    """A connector that writes back."""


class WritingSuite:
    """Give both fixtures, or none.

    writable: a connector that writes. updates: for open tickets of its source; not all of them shown yet.
    Override `between_polls` where jobs at the source need a moment.
    """

    @pytest.fixture
    def writable(self) -> Writable:
        pytest.skip("no `writable` fixture")

    @pytest.fixture
    def updates(self) -> Sequence[FieldUpdate]:
        pytest.skip("no `updates` fixture")

    def between_polls(self) -> None:
        """Do nothing: most sources in tests finish a job when asked about it."""

    def test_each_update_gets_one_delivery(self, writable: Writable, updates: Sequence[FieldUpdate]) -> None:
        answers = list(writable.write_back(updates))
        asked = sorted(update.ticket_id for update in updates)
        check(sorted(each.ticket_id for each in answers) == asked, f"asked for {asked}, delivered {answers}")
        for each in answers:
            pending = each.outcome is Outcome.PENDING
            check(pending == bool(each.job), f"a job belongs to pending deliveries, and to no others: {each}")

    def test_what_was_written_is_shown(self, writable: Writable, updates: Sequence[FieldUpdate]) -> None:
        final = self._written(writable, updates)
        own = {each.id: each.own for each in present(writable, updates) if isinstance(each, Ticket)}
        for update in updates:
            outcome = final[update.ticket_id].outcome
            check(outcome is Outcome.SHOWN, f"ticket {update.ticket_id}: {final[update.ticket_id]}")
            for slot, value in update.fields.items():
                shown = own.get(update.ticket_id, {}).get(slot)
                check(shown == value, f"ticket {update.ticket_id}: {slot} was written as {value!r}, shows {shown!r}")
                told = final[update.ticket_id].shown.get(slot, value)
                check(told == value, f"ticket {update.ticket_id}: told that {slot} shows {told!r}, wrote {value!r}")

    def test_own_writes_never_come_back_as_events(self, writable: Writable, updates: Sequence[FieldUpdate]) -> None:
        before = changes(present(writable, updates))
        self._written(writable, updates)
        echoes = changes(present(writable, updates)) - before
        check(not echoes, f"the hub's own writes came back as changes: {sorted(echoes)[:5]}")

    def _written(self, writable: Writable, updates: Sequence[FieldUpdate]) -> dict[str, Delivery]:
        """Return the final delivery of each ticket."""
        final = {each.ticket_id: each for each in writable.write_back(updates)}
        for _ in range(POLLS):
            jobs = sorted({each.job for each in final.values() if each.outcome is Outcome.PENDING})
            if not jobs:
                return final
            final |= {each.ticket_id: each for each in writable.settle(jobs)}
            self.between_polls()
        return fail(f"jobs did not end after {POLLS} questions: {final}")


def present(connector: Writable, updates: Sequence[FieldUpdate]) -> list[Record]:
    """Return tickets and events as the source knows them now."""
    if isinstance(connector, Fetches):
        return list(connector.fetch([update.ticket_id for update in updates]).records)
    found = list[Record]()
    for stream in connector.streams():
        found += records_of(drained(connector, stream.name, connector.start(stream.name, None)))
    return found


def changes(records: Iterable[Record]) -> set[tuple[str, ...]]:
    """Return (event, field) of all changes and (event, comment) of all comments."""
    return {
        (*identity(event), part)
        for event in events_of(records).values()
        for part in (*(change.field for change in event.changes), *(comment.id for comment in event.comments))
    }
