"""Write-back: the hub's own columns of a ticket in one change, several tickets in one call, and what became of each."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from connectors import Delivery, FieldUpdate, Outcome
from connectors.servicenow.client import Api, Closed, Reply
from connectors.servicenow.edits import Edit, delivered, hidden, planned
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.shapes import IDENTIFIER
from connectors.servicenow.whereabouts import Whereabouts

__all__ = ["FIRST", "READ_ONLY", "Writer"]

LEAST, FIRST, MOST = 2, 10, 20
"""Tickets in any batch, and in the first: the rules of the instance run for each, one after the other."""

AT_EASE = 20.0
"""Seconds that a batch may take. After 30 the instance leaves the rest of it undone, to be sent again."""

UNDONE = "ServiceNow found no time for it; it is tried again"

READ_ONLY = "the connection is set to `read_only: true`: nothing is written there"

OTHER_ID = "it is no sys_id of a ticket"


class Writer:
    """Changes tickets and compares what they show then with what was asked. Safe in threads.

    withheld: why nothing may be written at all; empty where it may.
    """

    def __init__(self, api: Api, layouts: Layouts, whereabouts: Whereabouts, withheld: str = "") -> None:
        self._api, self._layouts, self._where, self._withheld = api, layouts, whereabouts, withheld
        self._size = FIRST
        self._batches = True

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Show what is asked for; each update is shown, refused, or to be tried again."""
        if self._withheld:
            yield from (Delivery(each.ticket_id, Outcome.REFUSED, reason=self._withheld) for each in updates)
            return
        sound: list[FieldUpdate] = []
        for update in updates:
            if IDENTIFIER.fullmatch(update.ticket_id):
                sound.append(update)
            else:
                yield Delivery(update.ticket_id, Outcome.REFUSED, reason=OTHER_ID)
        if not sound:
            return
        where = self._where.of([each.ticket_id for each in sound])
        layout = self._layouts.get()
        left: deque[Edit] = deque()
        for update in sound:
            if update.ticket_id not in where:
                yield hidden(update.ticket_id)
                continue
            edit = planned(update, where[update.ticket_id], layout)
            if edit.values:
                left.append(edit)
            else:
                reason = "; ".join(dict.fromkeys(edit.refused.values())) or "nothing is to be shown on it"
                yield Delivery(edit.ticket_id, Outcome.REFUSED, reason=reason)
        while left:
            yield from self._next(left)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Return nothing: whatever is written is answered at once."""
        return iter(())

    def _next(self, left: deque[Edit]) -> Iterator[Delivery]:
        """Make the next call, and put back what it left undone."""
        several = [left.popleft() for _ in range(min(self._size, len(left)))]
        if len(several) == 1 or not self._batches:
            left.extendleft(reversed(several[1:]))
            edit = several[0]
            yield self._told(edit, self._api.change(edit.table, edit.ticket_id, edit.values, edit.asked))
            return
        replies = self._batch(several)
        if replies is None:
            left.extendleft(reversed(several))
            return
        undone = [edit for edit in several if edit.ticket_id not in replies]
        self._learn(len(replies), sum(each.took for each in replies.values()), short=bool(undone))
        for edit in several:
            if edit.ticket_id in replies:
                yield self._told(edit, replies[edit.ticket_id])
        if replies:
            left.extendleft(reversed(undone))
        else:
            yield from (Delivery(each.ticket_id, Outcome.RETRY, reason=UNDONE) for each in undone)

    def _batch(self, edits: Sequence[Edit]) -> Mapping[str, Reply] | None:
        """Make several changes in one call; return None where this user may make none so."""
        asked = tuple(dict.fromkeys(name for edit in edits for name in edit.asked))
        try:
            return self._api.batch([edit.item for edit in edits], asked)
        except Closed:
            self._batches = False
            return None

    def _told(self, edit: Edit, reply: Reply) -> Delivery:
        found = delivered(edit, reply)
        if found.outcome is Outcome.RETRY:
            self._where.forget(edit.ticket_id)
        return found

    def _learn(self, done: int, seconds: float, *, short: bool) -> None:
        """Have the next batch be as large as fits into the time."""
        fits = int(AT_EASE * done / seconds) if seconds > 0 else self._size
        if short:
            fits = min(fits, done)
        self._size = max(LEAST, min(MOST, fits, self._size * 2))
