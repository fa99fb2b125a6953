"""slahub db age: removing what is older than it is to be kept."""

import getpass
from dataclasses import asdict
from pathlib import Path

from core.flows import old_enough
from core.flows.old_enough import Aged
from core.ports import Stop
from core.settings import Secrets, hub_settings
from core.store import Store, aging
from slahub.bootstrap import Opening, host_now
from slahub.cli.count_bar import counted
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, emit, plural, say
from slahub.cli.view import View, opened, view
from slahub.cli.work import interruptible
from slahub.sealing import sealing_key, veil

__all__ = ["age", "say_sealed"]

STOPPED = "interrupted; what is done is done, and the next run goes on from there"
COUNTED = "interrupted; there is more than was counted"


def age(folder: Path, *, dry_run: bool, as_json: bool) -> int:
    """Seal and remove, or only say how much; return the exit status."""
    with interruptible() as stop:
        opening = Opening(folder, stop)
        found = view(opening)
        if dry_run:
            settings = hub_settings(found.draft)
            key = sealing_key(settings, Secrets(settings.secrets))
            done = _foreseen(found, stop, key)
            keyed = key is not None
        else:
            looked_at = old_enough.waiting(found.store, list(found.seen.values()), found.configuration.retention)
            hub = opened(opening)
            with counted("sealed", looked_at, shown=not as_json) as told:
                done = hub.age(stop, author=getpass.getuser(), forced=True, told=told) or Aged()
            keyed = all(each.veil.key is not None for each in hub.sources.values())
        if as_json:
            emit(asdict(done))
        else:
            _tell(done, "would be " if dry_run else "", keyed=keyed)
        if stop.reached():
            complain(COUNTED if dry_run else STOPPED)
            return INTERRUPTED
        return 0


def say_sealed(store: Store) -> None:
    """Say of how many tickets the clocks are left alone by whatever judges again; nothing where there is none."""
    with store.view() as tx:
        tickets = aging.tickets_sealed(tx)
    if tickets:
        say(f"The clocks of {plural(tickets, 'ticket')} are sealed by age and stay as they are.")


def _foreseen(found: View, stop: Stop, key: bytes | None) -> Aged:
    seen = list(found.seen.values())
    veils = {each.id: veil(each.settings, key) for each in seen}
    kept = found.configuration.retention
    return old_enough.foreseen(found.store, seen, veils, found.active, kept, stop, now=host_now(), key=key)


def _tell(done: Aged, would: str, *, keyed: bool) -> None:
    say(f"{plural(done.tickets, 'ticket')} {would}sealed, {plural(done.events, 'event')} {would}removed")
    if done.clocks:
        say(f"{plural(done.clocks, 'clock')} {would}removed for good, as old as `retention.clocks` says")
    say(f"{plural(done.names, 'name')} {would}replaced by pseudonyms, {plural(done.runs, 'run')} {would}removed")
    if done.forgotten:
        say(f"{plural(done.forgotten, 'person')} {would}forgotten to the end, which had been broken off")
    if not keyed:
        complain("! names are not replaced: pseudonyms take `hub.key` or SLAHUB_KEY, and none is set")
    if done.left:
        complain(f"! {plural(done.left, 'ticket')} {would}left as before: judged again they would have other clocks")
