"""Linking: tickets are loaded together with what is known of those that they are linked with elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from core.flows.active import Active
from core.flows.source import Read, meanings
from core.sla.history import Desk, History
from core.sla.linked import Counterpart, Join, ever, weave
from core.sla.naming import called
from core.sla.policy import Link
from core.sla.references import Reference, Target, meant
from core.store import Store, Tx, connections, histories, lanes, links, lists
from core.store.connections import ConnectionRow
from core.store.histories import Loaded

__all__ = ["Joins", "joined", "joins", "note", "pass_on", "woven"]

Joins: TypeAlias = Mapping[int, Sequence[Join]]
"""What tickets are linked with, by row."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One link as it stands for the tickets of its source. refer: what stands in its field, by the ticket's row."""

    link: Link
    field: str
    target: ConnectionRow
    refer: Mapping[int, Sequence[Reference]]

    @property
    def words(self) -> set[str]:
        return {word for each in self.refer.values() for one in each for word in one.words}


def pass_on(store: Store, source: Read, active: Active) -> None:
    """Have tickets judged again whose counterparts at other connections have changed."""
    mine = [link for link in active.links if link.source == source.name and active.leans]
    if not mine:
        return
    with store.view() as tx:
        ids = {row.name: row.id for row in connections.every(tx)}
        targets = {ids[link.target] for link in mine if link.target in ids}
        waiting = links.stirred(tx, targets)
    holders = {ids[link.source] for link in active.links if link.source in ids and ids.get(link.target) in targets}
    while waiting:
        with store.unit() as tx:
            waiting = links.pass_on(tx, targets, holders)


def note(store: Store, source: Read, loaded: Sequence[Loaded], desk: Desk, active: Active) -> None:
    """Keep whom these tickets refer to, before those are read: from now on it is told when they change."""
    if not any(link.source == source.name for link in active.links):
        return
    with store.view() as tx:
        fresh = {
            side.target.id: links.missing(tx, side.target.id, _referred(side))
            for side in _sides(tx, source, loaded, desk, active)
        }
    if not any(fresh.values()):
        return
    with store.unit() as tx:
        for held in sorted({source.id, *fresh}):
            connections.hold(tx, held)
        for target, found in fresh.items():
            links.note(tx, target, found)


def _referred(side: _Side) -> set[links.Referred]:
    return {(word, row) for row, each in side.refer.items() for one in each for word in one.words}


def joined(tx: Tx, source: Read, loaded: Sequence[Loaded], desk: Desk, active: Active) -> list[Loaded]:
    """Return the tickets with what became of those that they are linked with, where any policy asks for it."""
    found = joins(tx, source, loaded, desk, active)
    return [woven(each, found) for each in loaded]


def woven(each: Loaded, found: Joins) -> Loaded:
    """Return one ticket with what became of those that it is linked with."""
    return replace(each, history=weave(each.history, found[each.id])) if each.id in found else each


def joins(tx: Tx, source: Read, loaded: Sequence[Loaded], desk: Desk, active: Active) -> Joins:
    """Return what these tickets are linked with, by row; nothing where no policy asks for it."""
    if not active.leans:
        return {}
    desks: dict[str, Desk] = {}
    by_ticket: dict[int, list[Join]] = {}
    for side in _sides(tx, source, loaded, desk, active):
        found = links.find(tx, side.target.id, side.words)
        rows = sorted({target.row for each in found.values() for target in each})
        theirs = {each.id: each.history for each in histories.load(tx, side.target.id, rows)} if rows else {}
        other = desks.get(side.link.target) or _desk(tx, side.target, active)
        desks[side.link.target] = other
        until, reading = lists.settled_until(tx, side.target.id), lanes.backfilling(tx, side.target.id)
        for row, refer in side.refer.items():
            named = _named(refer, found, theirs, other)
            by_ticket.setdefault(row, []).append(Join(side.field, other.connection, named, until, reading))
    return by_ticket


def _named(
    refer: Sequence[Reference], found: Mapping[str, Sequence[Target]], theirs: Mapping[int, History], desk: Desk
) -> dict[str, Counterpart]:
    targets = ((one.text, meant(one, found)) for one in refer)
    return {text: Counterpart(theirs[one.row], desk) for text, one in targets if one is not None and one.row in theirs}


def _desk(tx: Tx, row: ConnectionRow, active: Active) -> Desk:
    mapping = meanings(tx, row.id, active.mappings[row.name])
    return Desk(row.name, mapping, labels=histories.labels(tx, row.id))


def _sides(tx: Tx, source: Read, loaded: Sequence[Loaded], desk: Desk, active: Active) -> list[_Side]:
    """Return the links of these tickets, without those in whose field nothing stands and never stood."""
    sides: list[_Side] = []
    for link in active.links:
        if link.source != source.name or link.target not in active.mappings:
            continue
        field = called(link.field, desk.labels)
        refer = {each.id: found for each in loaded if (found := ever(each.history, field))}
        target = connections.get(tx, link.target) if refer else None
        if target is not None:
            sides.append(_Side(link, field, target, refer))
    return sides
