"""Which of the demo's tickets are the same work in two helpdesks, as the hub knows it."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from core.flows.counterparts import counterparts
from core.flows.evaluate import desk_of
from core.hub import Hub
from core.store import Tx, histories, links

__all__ = ["Pairs", "pairs"]

Pairs = Mapping[tuple[str, str], tuple[str, ...]]
"""(connection, key) -> the keys of its counterparts, each once."""


def pairs(tx: Tx, hub: Hub, keys: Mapping[str, Collection[str]]) -> Pairs:
    """Return the counterparts of these tickets. keys: by connection."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for link in hub.active.links:
        source, target = hub.sources[link.source], hub.sources[link.target]
        known = links.find(tx, source.id, keys.get(source.name, ()))
        mine = {each.row for found_here in known.values() for each in found_here}
        mine |= links.referring(tx, target.id, keys.get(target.name, ()))
        loaded = histories.load(tx, source.id, sorted(mine))
        desk = desk_of(tx, source, loaded)
        for each in loaded:
            here = each.history.ticket.key
            for other in counterparts(tx, source, each, desk, hub.active):
                if other.stored is not None:
                    found[source.name, here].append(other.key)
                    found[other.connection, other.key].append(here)
    return {which: tuple(dict.fromkeys(others)) for which, others in found.items()}
