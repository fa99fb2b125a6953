"""Deliver: a planner over what each field should show, what was sent, and what it shows."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.evaluate import Active
from core.flows.source import Done, Source
from core.ports import Connector, Delivery, Fetches, FieldUpdate, Outcome, Stop, WritesBack
from core.settings import Mode
from core.store import Store, Tx, connections, facts, fields, findings, judgements, queue
from core.store.fields import Wish

__all__ = ["confirm", "deliver", "look"]

BATCH = 100
FIRST_WRITES_AN_HOUR = 500
WRITES_A_TICKET_AN_HOUR = 6
LOST_AFTER = timedelta(minutes=2)
RETRY_AFTER = timedelta(seconds=30)


def confirm(store: Store, source: Source, stop: Stop) -> Done:
    """Look directly at tickets whose breach rests on silence, in batches with their neighbours."""
    began, calls = time.monotonic(), source.meter.calls()
    done = Done("confirm", source.name)
    while not stop.reached():
        with store.view() as tx:
            due = queue.to_confirm(tx, source.id, source.now(), BATCH)
        if not due or not isinstance(source.connector, Fetches):
            break
        done += look(store, source, source.connector, [source_id for _, source_id in due])
        with store.unit() as tx:
            # Judged again even where the source no longer has the ticket: else it would be asked for ever.
            judgements.looked_at(tx, [ticket for ticket, _ in due], source.now() + RETRY_AFTER)
    return replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))


def look(store: Store, source: Source, connector: Fetches, ids: Sequence[str]) -> Done:
    """Fetch these tickets directly, with their whole history, and store what comes.

    Raises: SourceError.
    """
    page = connector.fetch(ids)
    with store.unit() as tx:
        added = facts.add(
            tx,
            source.id,
            records=page.records,
            complete=page.complete,
            set_aside=page.set_aside,
            stream="fetch",
            seen_at=source.host_now(),
        )
        judgements.mark_covered(tx, source.id, [coverage.ticket_id for coverage in page.complete])
    return Done("confirm", source.name, read=len(page.records), stored=added.events, changed=len(added.touched))


def deliver(store: Store, source: Source, active: Active, stop: Stop, *, process: str) -> Done:
    """Ask after pending jobs, then write what differs, most urgent first.

    process: a name that is this process's alone; what another one sent without an answer is looked at again.
    """
    began, calls = time.monotonic(), source.meter.calls()
    done = Done("deliver", source.name)
    connector = source.connector
    if source.settings.mode is Mode.OBSERVE or not source.settings.write_back or not isinstance(connector, WritesBack):
        return done
    with store.view() as tx:
        if not fields.restless(tx, source.id):
            return done
    try:
        done += _settle(store, source, connector)
        _find_lost(store, source, connector, process)
        masses = _masses_may_go(store, source, active)
        while not stop.reached():
            planned = _plan(store, source, masses=masses)
            if not planned:
                break
            done += _write(store, source, connector, planned, process)
    except SourceRefused as error:
        done = replace(done, reason=str(error))
        with store.unit() as tx:
            connections.update(tx, source.id, state="refused", reason=str(error))
            findings.note(tx, source.name, "refused", source.name, str(error), source.host_now())
    except SourceError as error:
        done = replace(done, reason=str(error))
    return replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))


def _settle(store: Store, source: Source, connector: WritesBack) -> Done:
    with store.view() as tx:
        jobs = fields.jobs(tx, source.id)
    written = 0
    for batch in _batches(jobs):
        deliveries = list(connector.settle(batch))
        written += _store(store, source, deliveries)
    return Done("deliver", source.name, written=written)


def _find_lost(store: Store, source: Source, connector: Connector | WritesBack, process: str) -> None:
    """Look at fields whose last write has no known fate, and at those that nobody has seen yet."""
    with store.unit() as tx:
        fields.lost(tx, source.id, process, source.host_now() - LOST_AFTER)
    if not isinstance(connector, Fetches):
        with store.unit() as tx:
            fields.assume_empty(tx, source.id)
        return
    with store.view() as tx:
        unseen = fields.unseen(tx, source.id, source.host_now(), BATCH)
    if unseen:
        look(store, source, connector, unseen)
        with store.unit() as tx:
            fields.assume_empty(tx, source.id, unseen)


def _masses_may_go(store: Store, source: Source, active: Active) -> bool:
    """Decide whether what a revision changed is written now; hold it, visibly, where it is too much."""
    now = source.host_now()
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        if row is None or fields.mass_unsettled(tx, source.id, active.revision):
            return False
        count = fields.mass_pending(tx, source.id)
        if count <= source.settings.at_once or row.released_revision == active.revision:
            fields.release(tx, source.id)
            connections.update(tx, source.id, held=0, held_revision=None)
            findings.end(tx, source.name, "held", None, now)
            return True
        connections.update(tx, source.id, held=count, held_revision=active.revision)
        findings.note(
            tx,
            source.name,
            "held",
            f"revision {active.revision}",
            f"revision {active.revision} would change {count} tickets at once (at_once is "
            f"{source.settings.at_once}); look with 'slahub connections release {source.name} --dry-run', "
            f"then let them go with 'slahub connections release {source.name}'",
            now,
        )
        return False


def _plan(store: Store, source: Source, *, masses: bool) -> list[Wish]:
    """Choose at most one batch, inside the hourly bounds; report what is left out for good."""
    now = source.host_now()
    with store.unit() as tx:
        room = FIRST_WRITES_AN_HOUR - fields.first_writes(tx, source.id, now - timedelta(hours=1))
        planned: list[Wish] = []
        for wish in fields.wishes(tx, source.id, now, masses=masses, limit=BATCH):
            busy = wish.recent >= WRITES_A_TICKET_AN_HOUR and wish.urgency > 0
            if busy:
                _note(tx, source, "busy", wish, f"was written {wish.recent} times within an hour; only breaches go on")
                fields.postpone(tx, [wish.ticket], now + RETRY_AFTER * 20)
                continue
            if wish.overruled:
                slots = ", ".join(sorted(wish.overruled))
                _note(tx, source, "overwritten", wish, f"somebody keeps overwriting {slots}; it is left alone now")
                fields.give_way(tx, wish.ticket, wish.overruled)
            if not wish.fields or (wish.first and room <= 0):
                continue
            room -= 1 if wish.first else 0
            planned.append(wish)
        return planned


def _note(tx: Tx, source: Source, code: str, wish: Wish, text: str) -> None:
    findings.note(tx, source.name, code, wish.key, f"ticket {wish.key} {text}", source.host_now())


def _write(store: Store, source: Source, connector: WritesBack, planned: Sequence[Wish], process: str) -> Done:
    with store.unit() as tx:
        fields.sent(tx, planned, source.host_now(), process)
    updates = [FieldUpdate(wish.source_id, wish.fields) for wish in planned]
    answered: set[str] = set()
    written = 0
    try:
        for delivery in connector.write_back(updates):
            answered.add(delivery.ticket_id)
            written += _store(store, source, [delivery])
    except SourceError as error:
        after = error.after if isinstance(error, RetryLater) else None
        open_ones = [
            Delivery(wish.source_id, Outcome.RETRY, reason=str(error))
            for wish in planned
            if wish.source_id not in answered
        ]
        _store(store, source, open_ones, after or RETRY_AFTER)
        raise
    return Done("deliver", source.name, written=written)


def _store(store: Store, source: Source, deliveries: Sequence[Delivery], retry_after: timedelta = RETRY_AFTER) -> int:
    """Store answers; return how many tickets now show what was sent."""
    now = source.host_now()
    with store.unit() as tx:
        fields.delivered(tx, source.id, deliveries, now, retry_after)
        for delivery in deliveries:
            if delivery.outcome is Outcome.REFUSED:
                text = f"ticket {delivery.ticket_id} takes no more updates: {delivery.reason}"
                findings.note(tx, source.name, "write_refused", delivery.ticket_id, text, now)
    return sum(delivery.outcome is Outcome.SHOWN for delivery in deliveries)


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
