"""What is only seen by comparing: that a ticket came or went, between two looks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from core.store.types import to_microseconds
from core.tickets import Change, Event, Presence

__all__ = ["LAST", "observed"]

LAST: Final = 2**31 - 1
"""The order of what comes after everything else of its instant: until then all was as before."""


def observed(
    stream: str, ticket_id: str, before: Presence, after: Presence, *, known: Iterable[datetime], until: datetime
) -> Event:
    """Return the event of a ticket whose presence was found to be another one at `until`.

    known: when it was still as before, in any order; the latest of those that lie before `until` holds, and one does.
    """
    return Event(
        ticket_id=ticket_id,
        stream=stream,
        id=f"{ticket_id}:{to_microseconds(until)}",
        at=max(at for at in known if at <= until),
        order=LAST,
        actor=None,
        changes=(Change("presence", str(before), str(after)),),
        latest=until,
    )
