"""Provision: what agents need at the helpdesk is looked for and made, and the ids of it are kept."""

from collections.abc import Iterator, Mapping, Sequence

from core.flows.source import Source
from core.ports import FieldName, Provision, Provisions, ProvisionState, Slot, field_of
from core.settings import parse
from core.settings.plain import entry, is_keys
from core.store import Store, Tx, connections, fields, provisions, revisions
from core.store.provisions import Recorded

__all__ = ["keep", "known_by", "look", "make"]

THERE = frozenset({ProvisionState.PRESENT, ProvisionState.CREATED})


def known_by(names: Mapping[Slot, FieldName], recorded: Recorded) -> dict[Slot, FieldName]:
    """Return the names with the ids that were recorded for them; an id that the configuration gives goes before."""
    return {
        slot: name if name.id else FieldName(name.title, recorded.get((field_of(slot), name.title), ""))
        for slot, name in names.items()
    }


def look(connector: Provisions, source: Source, store: Store | None) -> Sequence[Provision]:
    """Return how everything stands; nothing is made or kept. Raises: SourceError."""
    return connector.provisions(_ids(store, source))


def make(connector: Provisions, source: Source, store: Store, wanted: Sequence[str]) -> Iterator[Provision]:
    """Make what is missing of `wanted`, and keep each id as soon as it is known. Raises: SourceError."""
    for each in connector.provision(wanted, _ids(store, source)):
        keep(store, source, [each])
        yield each


def keep(store: Store, source: Source, found: Sequence[Provision]) -> None:
    """Record the ids of what is there.

    A slot that stands for another field from now on, or for one at last, is looked at anew on every ticket.
    """
    slots = {field_of(slot): slot for slot in source.settings.write_back}
    with store.unit() as tx:
        connections.hold(tx, source.id)
        moved: list[Slot] = []
        for each in found:
            slot = slots.get(each.what)
            title = source.settings.write_back[slot].title if slot else ""
            # What the configuration pins by its id needs no record.
            if each.state not in THERE or (slot and not title):
                continue
            before = provisions.record(tx, source.id, each.what, title, each.id, source.host_now())
            another = each.state is ProvisionState.CREATED or before not in {"", each.id}
            if slot and another and _in_force(tx, source, slot) == title:
                moved.append(slot)
        if moved:
            fields.renamed(tx, source.id, moved)


def _ids(store: Store | None, source: Source) -> dict[str, str]:
    """Return the ids that were recorded, of fields by the titles that they have in the configuration now."""
    if store is None:
        return {}
    with store.view() as tx:
        row = connections.get(tx, source.name)
        recorded: Recorded = provisions.recorded(tx, row.id) if row else {}
    titles = {field_of(slot): name.title for slot, name in source.settings.write_back.items()}
    return {what: source_id for (what, title), source_id in recorded.items() if title == titles.get(what, "")}


def _in_force(tx: Tx, source: Source, slot: Slot) -> object:
    """Return the title that the active revision has for a slot."""
    newest = revisions.newest(tx)
    content = entry(entry(parse(newest.content) if newest else None, "connections"), source.name)
    written = entry(entry(content, "write_back"), slot)
    written = entry(written, "title") if is_keys(written) else written
    return written.strip() if isinstance(written, str) else None
