"""Confirm: look directly at what rests on silence, before anything is said of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from core.errors import SourceError
from core.flows import reach
from core.flows.source import Done, Source
from core.ports import Fetches, Page, Purpose, Stop
from core.store import Store, Tx, facts, marks, queue
from core.tickets import Absence, Ticket

__all__ = ["Looked", "confirm", "look"]

BATCH = 25
"""Each ticket may cost a call of its own: what is confirmed first is not to wait for a hundred others."""

RETRY_AFTER = timedelta(seconds=30)

STREAM: Final = "fetch"
"""What a direct look has brought is counted under this name, and so is what of it could not be read."""

NONE: Mapping[int, str] = MappingProxyType({})
NEVER = datetime.min.replace(tzinfo=UTC)


def confirm(store: Store, source: Source, stop: Stop) -> Done:
    """Look directly at one batch of tickets whose breach rests on silence, longest waiting first."""
    done = Done("confirm", source.name)
    connector = source.connector
    if not isinstance(connector, Fetches) or source.resting("confirm") or stop.reached():
        return done
    with store.view() as tx:
        due = queue.to_confirm(tx, source.id, source.now(), BATCH)
    if not due:
        return done
    began, calls = time.monotonic(), source.meter.calls()
    try:
        with source.meter.on(Purpose.HINTS):
            looked = look(store, source, connector, [source_id for _, source_id in due], dict(due))
        done += looked.done
        if looked.left_out:
            source.rest("confirm", looked.after)
        source.failing.pop("confirm", None)
    except SourceError as error:
        done = replace(done, reason=reach.broken(store, source, "confirm", error, stop))
    return replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))


@dataclass(frozen=True, slots=True)
class Looked:
    """What a direct look has brought.

    shown: the tickets that the source showed. left_out: those of which nothing can be said yet; they may be
    looked at again `after` from now. silent: those of which the source says nothing, as if they were not there.
    hidden: those of the silent ones that the source knows to be there. asked: when the question was put, in the
    source's time.
    """

    done: Done
    shown: frozenset[str]
    left_out: frozenset[str] = frozenset()
    after: timedelta = reach.PAUSE
    silent: frozenset[str] = frozenset()
    asked: datetime = NEVER
    hidden: frozenset[str] = frozenset()


def look(
    store: Store,
    source: Source,
    connector: Fetches,
    ids: Sequence[str],
    doubtful: Mapping[int, str] = NONE,
    then: Callable[[Tx, Looked], None] | None = None,
) -> Looked:
    """Fetch these tickets directly, with their whole history, and store what comes.

    doubtful: tickets' ids by row; the next look at those that stay in doubt is put off.
    then: is done in the unit that stores them.
    Raises: SourceError.
    """
    began, ticks = source.now(), source.ticks()
    page = connector.fetch(ids)
    # Where the host's clock was set just before, the answers alone have told how far it is off.
    asked = min(began, source.now() - timedelta(seconds=source.ticks() - ticks))
    with store.unit() as tx:
        if source.replaced(tx):
            return Looked(Done("confirm", source.name), frozenset(), frozenset(ids))
        added = facts.add(
            tx,
            source.id,
            records=page.records,
            complete=page.complete,
            set_aside=page.set_aside,
            stream=STREAM,
            outside=page.outside,
            asked=asked,
            veil=source.veil,
            seen_at=source.host_now(),
        )
        marks.covered(tx, source.id, [coverage.ticket_id for coverage in page.complete])
        if doubtful:
            # Also where the source shows the ticket no more: else it would be asked for again at once.
            looked_at = [row for row, source_id in doubtful.items() if source_id not in page.left_out]
            marks.looked_at(tx, looked_at, source.now(), RETRY_AFTER)
        done = Done("confirm", source.name, read=len(page.records), stored=added.events, changed=len(added.touched))
        looked = _looked(page, ids, done, asked)
        if then is not None:
            then(tx, looked)
    source.metrics.read(source.name, STREAM, len(page.records), len(page.set_aside))
    return looked


def _looked(page: Page, ids: Sequence[str], done: Done, asked: datetime) -> Looked:
    shown = frozenset(record.id for record in page.records if isinstance(record, Ticket))
    told = {record.ticket_id for record in page.records if isinstance(record, Absence)}
    told |= {each.source_id for each in page.set_aside} | (page.outside or frozenset())
    left_out = frozenset(page.left_out)
    # Whatever could not be read and has no id may be any of them.
    nameless = any(not each.source_id for each in page.set_aside)
    silent = frozenset[str]() if nameless else frozenset(ids) - shown - left_out - told
    return Looked(done, shown, left_out, page.after or reach.PAUSE, silent, asked, page.hidden & silent)
