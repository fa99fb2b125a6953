"""slahub connections live and release: letting the hub write, knowingly."""

from dataclasses import asdict
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.arming import first_round
from core.flows.stop import StopSignal
from core.settings import Mode
from core.store import connections
from slahub.bootstrap import Opening
from slahub.cli.out import complain, emit, near, plural, say
from slahub.cli.questions import agreed
from slahub.cli.switching import edit_of, switch
from slahub.cli.view import known, opened

__all__ = ["live", "release"]


def live(folder: Path, name: str, *, yes: bool, as_json: bool) -> int:
    """Say what the first round of writing takes, ask, and put the connection into live mode."""
    opening = Opening(folder, StopSignal())
    known(opening, [name])
    hub = opened(opening)
    source = hub.source(name)
    if source.withheld:
        raise SettingsError(Problem(source.withheld, key=f"connections.{name}"))
    if source.settings.mode is Mode.LIVE:
        if as_json:
            emit({"connection": name, "live": True})
        else:
            say(f"{name} is live already")
        return 0
    if not source.settings.write_back:
        key = f"connections.{name}.write_back"
        raise SettingsError(Problem("names no field, so there is nothing to write", key=key))
    edit_of(hub, opening, name, Mode.LIVE)
    size = first_round(hub.store, source)
    minutes = max(1, round(size.minutes))
    row = {"connection": name, **asdict(size), "minutes": minutes}
    if not as_json:
        say(
            f"{name}: the first round writes {plural(size.tickets, 'ticket')} with about {plural(size.calls, 'call')}, "
            f"in about {plural(minutes, 'minute')}."
        )
    if hub.backfilling(source):
        complain(f"{name}: the past is not read to its end yet; open tickets that are still to come are not counted.")
    if not agreed(f"Write to {name} from now on?", yes=yes, as_json=as_json):
        if as_json:
            emit({**row, "live": False})
        return 1
    path, number = switch(hub, opening, name, Mode.LIVE, note=f"{name} goes live")
    with hub.store.unit() as tx:
        connections.update(tx, source.id, released_revision=number)
    if as_json:
        emit({**row, "live": True, "revision": number})
        return 0
    say(f"{name} is live: {near(path)} says so, and revision {number} is in force.")
    return 0


def release(folder: Path, name: str, *, dry_run: bool, as_json: bool) -> None:
    """Let a held mass change go, or only say how large it is."""
    opening = Opening(folder, StopSignal())
    known(opening, [name])
    hub = opened(opening)
    source = hub.source(name)
    with hub.store.unit() as tx:
        row = connections.get(tx, name)
        held = row.held if row else 0
        if held and not dry_run:
            connections.update(tx, source.id, released_revision=hub.active.revision, held=0, held_revision=None)
    if as_json:
        emit({"connection": name, "held": held, "released": bool(held) and not dry_run})
    elif not held:
        say(f"{name}: nothing waits for release")
    elif dry_run:
        say(f"{name}: {plural(held, 'ticket')} would be written")
    else:
        say(f"{name}: {plural(held, 'ticket')} let go; the daemon writes them, or 'slahub deliver {name}'")
