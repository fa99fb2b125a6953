"""Tickets asked for by their ids: whole where they are shown, and else where they are."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import chain

from connectors import Checkpoint, Page, Record, SetAside, perhaps
from connectors.zendesk import events
from connectors.zendesk.absent import Absent, Where
from connectors.zendesk.client import Api, Found
from connectors.zendesk.histories import Histories, histories
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.shapes import identifier

__all__ = ["Direct"]


class Direct:
    """Looks at tickets of one account."""

    def __init__(self, api: Api, layouts: Layouts, site: str, *, exports: bool) -> None:
        """site: the address that people open. exports: whether these tell of deletions, under the audits' own ids."""
        self._api, self._layouts, self._site, self._exports = api, layouts, site, exports
        self._absent = Absent(api)

    def fetch(self, ids: Sequence[str]) -> Page:
        """Return these tickets; what the call limits cut short as far as it came. At most 100.

        Raises: RetryLater when there was no room for a single one.
        """
        read = histories(self._api, self._layouts.get(), self._site, ids)
        where = Where() if read.interrupted else self._absent.of(read.unshown)
        late = [self._late(each) for each in where.shown]
        whole = (read, *late)
        broken_off = (where.interrupted, *(each.interrupted for each in whole))
        interrupted = next(filter(None, broken_off), None)
        bare = {*chain.from_iterable(each.unshown for each in late)}
        done = where.done.union(bare, *({*each.done} - {*each.unshown} for each in whole))
        trashed: list[Record] = [absence for absence, _ in where.trashed]
        trashed += [] if self._exports else [deletion for _, deletion in where.trashed]
        if interrupted is not None and not done:
            raise interrupted
        return Page(
            (*chain.from_iterable(each.records for each in whole), *trashed),
            Checkpoint(""),
            complete=tuple(chain.from_iterable(each.complete for each in whole)),
            set_aside=(*chain.from_iterable(each.set_aside for each in whole), *map(_bare, sorted(bare))),
            left_out=tuple(each for each in dict.fromkeys(ids) if each not in done),
            after=interrupted.after if interrupted else None,
            hidden=frozenset(where.hidden),
        )

    def _late(self, shown: Found) -> Histories:
        """Return a ticket that was not shown among others, or not with its audits, and is by itself: it may be back."""
        ids = [identifier(perhaps(raw), "id") for raw in shown.items]
        return histories(self._api, self._layouts.get(), self._site, ids, shown)


def _bare(ticket_id: str) -> SetAside:
    reason = "Zendesk shows this ticket, and nothing of what happened to it"
    return SetAside(events.STREAM, ticket_id, reason, sha256(f"{ticket_id}: {reason}".encode()).hexdigest())
