"""Counterparts: the tickets elsewhere that one ticket is linked with at present, whichever of them says so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.flows.active import Active
from core.flows.source import Read
from core.sla.history import Desk, History
from core.sla.naming import called
from core.sla.policy import Link
from core.sla.references import Target, meant, references
from core.store import Tx, connections, histories, links, lists
from core.store.histories import Loaded
from core.store.lists import TicketRow
from core.tickets import REMOTE_LINKS, Label

__all__ = ["Counterpart", "counterparts"]


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A ticket of another connection. by: the field that says so, as the link names it.

    key: what stands in the field where no such ticket is stored, and then `stored` is None.
    """

    connection: str
    key: str
    by: str
    stored: TicketRow | None


def counterparts(tx: Tx, source: Read, ticket: Loaded, desk: Desk, active: Active) -> list[Counterpart]:
    """Return the tickets that this one refers to, then those that refer to it; each once for each field."""
    found: list[Counterpart] = []
    for link in active.links:
        if link.source == source.name:
            found += _referred(tx, link, ticket.history, desk)
    for link in active.links:
        if link.target == source.name:
            found += _referring(tx, link, source, ticket)
    return list({(each.connection, each.key, each.by): each for each in found}.values())


def _referred(tx: Tx, link: Link, history: History, desk: Desk) -> Iterator[Counterpart]:
    here = references(history.ticket.values.get(called(link.field, desk.labels)))
    target = connections.get(tx, link.target)
    known: Mapping[str, Sequence[Target]] = {}
    host = ""
    if here and target is not None:
        known = links.find(tx, target.id, {word for each in here for word in each.words})
        host = links.site(tx, target.id)
    for each in here:
        one = meant(each, known)
        # A helpdesk's own links lead to pages and code as well, which nobody misses among the tickets.
        if one is None and link.field == REMOTE_LINKS and host and each.host not in {"", host}:
            continue
        (row,) = lists.ticket_rows(tx, [one.row]) if one else (None,)
        yield Counterpart(link.target, row.key if row else each.text, _title(link.field), row)


def _referring(tx: Tx, link: Link, source: Read, ticket: Loaded) -> Iterator[Counterpart]:
    other = connections.get(tx, link.source)
    if other is None:
        return
    one = ticket.history.ticket
    me = Target(ticket.id, one.id, one.key, one.url)
    rows = sorted(links.referring(tx, source.id, {one.key, one.id}))
    theirs = {row.id: row for row in lists.ticket_rows(tx, rows) if row.connection == link.source}
    field = called(link.field, histories.labels(tx, other.id)) if theirs else link.field
    for each in histories.load(tx, other.id, sorted(theirs)):
        here = references(each.history.ticket.values.get(field))
        if any(meant(reference, {one.key: [me], one.id: [me]}) for reference in here):
            yield Counterpart(link.source, theirs[each.id].key, _title(link.field), theirs[each.id])


def _title(name: str) -> str:
    return name.removeprefix(f"{Label.FIELD}:")
