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
from core.tickets import Label

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
        if link.source == source.name and link.field is not None:
            found += _referred(tx, link, link.field, ticket.history, desk)
    for link in active.links:
        if link.target == source.name and link.field is not None:
            found += _referring(tx, link, link.field, source, ticket)
    return list({(each.connection, each.key, each.by): each for each in found}.values())


def _referred(tx: Tx, link: Link, name: str, history: History, desk: Desk) -> Iterator[Counterpart]:
    here = references(history.ticket.values.get(called(name, desk.labels)))
    target = connections.get(tx, link.target)
    known: Mapping[str, Sequence[Target]] = {}
    if here and target is not None:
        known = links.find(tx, target.id, {word for each in here for word in each.words})
    for each in here:
        one = meant(each, known)
        (row,) = lists.ticket_rows(tx, [one.row]) if one else (None,)
        yield Counterpart(link.target, row.key if row else each.text, _title(name), row)


def _referring(tx: Tx, link: Link, name: str, source: Read, ticket: Loaded) -> Iterator[Counterpart]:
    other = connections.get(tx, link.source)
    if other is None:
        return
    one = ticket.history.ticket
    me = Target(ticket.id, one.id, one.key, one.url)
    rows = sorted(links.referring(tx, source.id, {one.key, one.id}))
    theirs = {row.id: row for row in lists.ticket_rows(tx, rows) if row.connection == link.source}
    field = called(name, histories.labels(tx, other.id)) if theirs else name
    for each in histories.load(tx, other.id, sorted(theirs)):
        here = references(each.history.ticket.values.get(field))
        if any(meant(reference, {one.key: [me], one.id: [me]}) for reference in here):
            yield Counterpart(link.source, theirs[each.id].key, _title(name), theirs[each.id])


def _title(name: str) -> str:
    return name.removeprefix(f"{Label.FIELD}:")
