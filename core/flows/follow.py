"""Follow: look where a source has said by itself that something has happened."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.errors import SourceError
from core.flows import reach
from core.flows.confirm import Looked, look
from core.flows.source import Done, Source
from core.ports import Fetches, Purpose, Stop
from core.store import Store, Tx, connections, hints, queue
from core.store.hints import Waiting

__all__ = ["FLOW", "REMEMBERED", "follow"]

FLOW: Final = "follow"

BATCH = 25
"""Each ticket may cost a call of its own: what is told first is not to wait for a hundred others."""

REMEMBERED = timedelta(days=1)
"""How long a delivery is known again. What could not be followed for so long the usual pulls have long brought."""

TIDIED = timedelta(minutes=10)


def follow(store: Store, source: Source, stop: Stop) -> Done:
    """Look directly at one batch of the tickets that hints are about, longest waiting first.

    What is known already beyond what a hint tells is not asked for. What fails waits, and pulls go on meanwhile. Of a
    ticket that is not shown nothing is believed but what the source itself says: a census, or its stream, tells.
    """
    done, connector = Done(FLOW, source.name), source.connector
    if not isinstance(connector, Fetches) or source.resting(FLOW) or stop.reached():
        return done
    _tidy(store, source)
    with store.view() as tx:
        told = hints.waiting(tx, source.id, BATCH)
        seen = hints.seen(tx, source.id, told) if told else frozenset[str]()
        due = queue.to_confirm(tx, source.id, source.now(), BATCH) if told else []
    if not told:
        return done
    began, calls = time.monotonic(), source.meter.calls()
    unseen = {each.ticket_id: each for each in told if each.ticket_id not in seen}
    try:
        _settle(store, source, [each for each in told if each.ticket_id in seen])
        if unseen:
            doubtful = {row: ticket_id for row, ticket_id in due if ticket_id in unseen}

            def followed(tx: Tx, looked: Looked) -> None:
                told_of = [each for ticket_id, each in unseen.items() if ticket_id not in looked.left_out]
                hints.settle(tx, source.id, told_of, source.host_now())

            with source.meter.on(Purpose.HINTS):
                looked = look(store, source, connector, list(unseen), doubtful, then=followed)
            done += replace(looked.done, flow=FLOW)
            if looked.left_out:
                source.rest(FLOW, looked.after)
        source.failing.pop(FLOW, None)
    except SourceError as error:
        done = replace(done, reason=reach.broken(store, source, FLOW, error, stop))
    return replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))


def _settle(store: Store, source: Source, seen: list[Waiting]) -> None:
    if seen:
        with store.unit() as tx:
            connections.hold(tx, source.id)
            hints.settle(tx, source.id, seen, source.host_now())


def _tidy(store: Store, source: Source) -> None:
    if not source.resting("tidy hints"):
        source.rest("tidy hints", TIDIED)
        with store.unit() as tx:
            connections.hold(tx, source.id)
            hints.forget(tx, source.id, source.host_now() - REMEMBERED)
