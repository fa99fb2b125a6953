"""Where tickets are that are not among those that were asked for: hidden from this user, in the trash, or nowhere.

Zendesk leaves all three out of an answer without a word. Asked for a single one it refuses what may not be seen, and
knows nothing of the others; of these the list of deleted tickets has those that may still be restored.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors import Absence, Event, RetryLater, readable
from connectors.zendesk.client import Api, CursorExpired, Found
from connectors.zendesk.trash import RESOURCE, deletion, trashed

__all__ = ["Absent", "Where"]


@dataclass(slots=True)
class Where:
    """What became of some tickets.

    done: those of which all is known that will be, also those that are nowhere; the rest is to be asked for again.
    shown: tickets that are shown after all. interrupted: why the rest was not asked for.
    """

    done: set[str] = field(default_factory=set[str])
    trashed: list[tuple[Absence, Event]] = field(default_factory=list[tuple[Absence, Event]])
    hidden: set[str] = field(default_factory=set[str])
    shown: list[Found] = field(default_factory=list[Found])
    interrupted: RetryLater | None = None


@dataclass(slots=True)
class _Trash:
    """A reading of the list of deleted tickets. gone: tickets that Zendesk knew nothing of before it began."""

    gone: frozenset[str]
    after: str = ""
    found: dict[str, tuple[Absence, Event]] = field(default_factory=dict[str, tuple[Absence, Event]])


class Absent:
    """Looks for tickets of one account. Safe in threads.

    A list of deleted tickets that the call limits broke off is read on when the same tickets are asked for again.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._trash: _Trash | None = None

    def of(self, ids: Sequence[str]) -> Where:
        """Return where these tickets are: a call for each, and where any is unknown one for a hundred in the trash."""
        where = Where()
        with self._lock:
            known = self._trash.gone if self._trash is not None else frozenset[str]()
            gone = known.intersection(ids)
            try:
                for each in ids:
                    if each not in known and self._nowhere(each, where):
                        gone |= {each}
                while gone:
                    gone -= self._looked_for(gone, where)
            except RetryLater as error:
                where.interrupted = error
        return where

    def _nowhere(self, ticket_id: str, where: Where) -> bool:
        """Say whether Zendesk knows nothing of a ticket; else note where it is. Raises: RetryLater."""
        found = self._api.single(ticket_id)
        if found is None:
            where.hidden.add(ticket_id)
            where.done.add(ticket_id)
        elif found.items:
            where.shown.append(found)
        return found is not None and not found.items

    def _looked_for(self, gone: frozenset[str], where: Where) -> frozenset[str]:
        """Look for tickets in the trash; return those of which it is known now. Raises: RetryLater."""
        trash = self._trash or _Trash(gone)
        self._trash = trash
        while self._read(trash):
            pass
        self._trash = None
        where.trashed += [trash.found[each] for each in sorted(gone & trash.gone) if each in trash.found]
        where.done |= gone & trash.gone
        return trash.gone

    def _read(self, trash: _Trash) -> bool:
        """Read a page; say whether there is another one."""
        try:
            page = self._api.page(RESOURCE, trash.after, optional=True)
        except CursorExpired:
            trash.after = ""
            return True
        told = readable(RESOURCE, page.items, lambda raw: (trashed(raw), deletion(raw)))[0]
        trash.found |= {each[0].ticket_id: each for each in told}
        more = bool(page.after) and page.after != trash.after
        trash.after = page.after
        return more
