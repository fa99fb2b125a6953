"""slahub demo: the whole loop, on this machine, in one command."""

from contextlib import nullcontext

from rich.live import Live

from core.flows.stop import StopSignal
from core.hub import Hub
from scheduler import Daemon
from slahub.bootstrap import Opening, host_now
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, console, draw, plural, say
from slahub.cli.work import cycle, interruptible, tell
from slahub.demo.place import Place, open_place
from slahub.demo.screen import Screen
from slahub.demo.table import agreement, lines, shown_table, tally

__all__ = ["show"]

REFRESH = 1.0
"""Seconds between two looks at the helpdesks."""


def show(*, once: bool, tickets: int, seed: int, pace: int) -> int:
    """Start three helpdesks and a hub on this machine; return 0 when all say the same, or ctrl-c ended it."""
    complain(f"starting Zendesk, Jira and ServiceNow with {plural(tickets, 'ticket')} each …")
    with interruptible() as stop, open_place(tickets=tickets, seed=seed, at_work=not once) as place:
        zendesk, jira, servicenow = (desk.url for desk in place.desks)
        complain(f"Zendesk {zendesk}, Jira {jira}, ServiceNow {servicenow}")
        complain("a hub reads all three, judges, and writes back")
        opening = Opening(place.folder, stop, eager=True)
        hub = opening.hub()
        if once:
            return _once(hub, place, stop)
        _watch(hub, place, opening, stop, pace)
        writes = place.writes()
    complain(f"ended after {plural(writes, 'write call')}; the helpdesks and the database are gone")
    return 0


def _once(hub: Hub, place: Place, stop: StopSignal) -> int:
    bad = False
    for done in cycle(hub, stop):
        complain(tell(done))
        if done.reason:
            bad = True
            complain(done.reason)
    if stop.reached():
        return INTERRUPTED
    rows = lines(hub, place.desks)
    say("")
    draw(shown_table(rows, host_now(), console.width))
    say("")
    console.print(tally(rows), soft_wrap=True)
    for desk in place.desks:
        good, said = agreement(desk.name, rows)
        bad = bad or not good
        say(said)
    return 1 if bad else 0


def _watch(hub: Hub, place: Place, opening: Opening, stop: StopSignal, pace: int) -> None:
    daemon = Daemon(hub, lambda: opening.hub(hub.store, first_revision=False), stop)
    screen = Screen(place.desks)
    place.people(pace)
    daemon.start()
    try:
        with Live(console=console, auto_refresh=False, screen=True) if console.is_terminal else nullcontext() as view:
            while not stop.wait(REFRESH):
                rows, now = lines(hub, place.desks), host_now()
                changes = screen.look(rows, now)
                if view is not None:
                    view.update(screen.picture(rows, now, console.width, console.height), refresh=True)
                    continue
                for change in changes:
                    say(change.plain)
    finally:
        place.people(0)
        daemon.end()
