"""slahub db age: removing what is older than it is to be kept."""

import getpass
from dataclasses import asdict
from pathlib import Path

from core.flows import age as flow
from core.flows.age import Aged
from core.store import Store, aging
from slahub.bootstrap import Opening
from slahub.cli.count_bar import counted
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, emit, plural, say
from slahub.cli.view import opened, view
from slahub.cli.work import interruptible

__all__ = ["age", "say_sealed"]


def age(folder: Path, *, dry_run: bool, as_json: bool) -> int:
    """Seal and remove, or only say how much; return the exit status."""
    with interruptible() as stop:
        opening = Opening(folder, stop)
        found = view(opening)
        now = {each.id: each.now() for each in found.seen.values()}
        old = flow.waiting(found.store, now, found.configuration.retention)
        if dry_run:
            _said(old, as_json=as_json)
            return 0
        hub = opened(opening)
        with counted("sealed", old, shown=not as_json) as told:
            done = hub.age(stop, author=getpass.getuser(), forced=True, told=told) or Aged()
        if as_json:
            emit(asdict(done))
        else:
            _tell(done, keyed=all(each.veil.key is not None for each in hub.sources.values()))
        if stop.reached():
            complain("interrupted; what is done is done, and the next run goes on from there")
            return INTERRUPTED
        return 0


def say_sealed(store: Store) -> None:
    """Say of how many tickets the clocks are left alone by whatever judges again; nothing where there is none."""
    with store.view() as tx:
        tickets = aging.tickets_sealed(tx)
    if tickets:
        say(f"The clocks of {plural(tickets, 'ticket')} are sealed by age and stay as they are.")


def _said(old: int, *, as_json: bool) -> None:
    if as_json:
        emit({"tickets": old})
    else:
        say(f"{plural(old, 'ticket')} old enough: clocks would be sealed, and what they follow from removed")


def _tell(done: Aged, *, keyed: bool) -> None:
    say(f"{plural(done.tickets, 'ticket')} sealed, {plural(done.events, 'event')} removed")
    if done.clocks:
        say(f"{plural(done.clocks, 'clock')} removed for good, as old as `retention.clocks` says")
    say(f"{plural(done.names, 'name')} replaced by pseudonyms, {plural(done.runs, 'run')} removed")
    if done.forgotten:
        say(f"forgetting had been broken off, and is ended now for {plural(done.forgotten, 'person')}")
    if not keyed:
        complain("! names are not replaced: pseudonyms take `hub.key` or SLAHUB_KEY, and none is set")
    if done.left:
        complain(f"! {plural(done.left, 'ticket')} left as before: judged again they would have other clocks")
