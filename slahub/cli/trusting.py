"""slahub connections trust: letting a connection's secrets go to another host, knowingly."""

from pathlib import Path

from connectors import registry
from core.flows.stop import StopSignal
from core.store import connections
from slahub.bootstrap import Opening
from slahub.cli.out import emit, say
from slahub.cli.questions import agreed
from slahub.cli.view import known, view
from slahub.doors import Entrance

__all__ = ["trust"]


def trust(folder: Path, name: str, *, yes: bool, as_json: bool) -> int:
    """Bind a connection's secrets to the host that its url in force leads to; return the exit status."""
    opening = Opening(folder, StopSignal())
    known(opening, [name])
    found = view(opening)
    (seen,) = found.chosen(name)
    host = Entrance(seen.settings, registry.load(), folder, found.draft.positions).host
    old = seen.row.bound_to
    told = {"connection": name, "from": old, "to": host}
    if old in {None, host}:
        if as_json:
            emit({**told, "trusted": True})
        else:
            say(f"{name}: its secrets go to {host} already")
        return 0
    if not as_json:
        say(f"{name}: its secrets were given to {old}; with this they go to {host}.")
    if not agreed(f"Give the secrets of {name} to {host}?", yes=yes, as_json=as_json):
        if as_json:
            emit({**told, "trusted": False})
        return 1
    with found.store.unit() as tx:
        connections.update(tx, seen.id, bound_to=host)
        if seen.row.state == "refused":
            # It was refused for this, as far as anybody knows: a daemon asks it again at once.
            connections.update(tx, seen.id, state="new", reason="")
    if as_json:
        emit({**told, "trusted": True})
    else:
        say(f"{name}: its secrets go to {host} from now on.")
    return 0
