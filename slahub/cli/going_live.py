"""slahub connections live and release: letting the hub write, knowingly."""

from dataclasses import asdict
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.arming import first_round
from core.flows.stop import StopSignal
from core.settings import Mode
from core.store import connections, waiting
from core.store.waiting import Wait
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


def release(folder: Path, name: str, key: str, *, dry_run: bool, as_json: bool) -> None:
    """Let a held mass change and parked writes go, of one ticket where `key` names it; or only say how many."""
    opening = Opening(folder, StopSignal())
    known(opening, [name])
    hub = opened(opening)
    source = hub.source(name)
    with hub.store.unit() as tx:
        connections.hold(tx, source.id)
        row = connections.get(tx, name)
        found = [each for each in waiting.every(tx, source.id) if not key or each.key == key]
        held = len({each.key for each in found if each.wait is Wait.HELD}) if key else row.held if row else 0
        parked = len({each.key for each in found if each.wait is Wait.PARKED})
        if not dry_run:
            waiting.release(tx, source.id, key)
            if held and not key:
                connections.update(tx, source.id, released_revision=hub.active.revision, held=0, held_revision=None)
    if as_json:
        emit({"connection": name, "held": held, "parked": parked, "released": bool(held or parked) and not dry_run})
        return
    told = " and ".join(
        f"{plural(count, 'ticket')} {word}" for count, word in ((held, "held"), (parked, "parked")) if count
    )
    where = f"{name}: {key}" if key else name
    if not told:
        say(f"{where}: nothing waits for release")
    elif dry_run:
        say(f"{where}: {told} would be written")
    else:
        say(f"{where}: {told} let go; the daemon writes what still differs, or 'slahub deliver {name}'")
