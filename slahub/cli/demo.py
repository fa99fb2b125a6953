"""slahub demo: the whole loop, on this machine, in one command."""

from contextlib import nullcontext

from rich.live import Live

from core.flows.stop import StopSignal
from core.hub import Hub
from scheduler import Daemon
from slahub.bootstrap import Opening
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, console, draw, plural, say
from slahub.cli.work import cycle, interruptible, tell
from slahub.demo.desk import Desk, open_desk
from slahub.demo.screen import Screen
from slahub.demo.table import lines, shown_table, tally

__all__ = ["show"]

REFRESH = 1.0
"""Seconds between two looks at the helpdesk."""


def show(*, once: bool, tickets: int, seed: int, pace: int) -> int:
    """Start a helpdesk and a hub on this machine; return 0 when both say the same at the end, or ctrl-c ended it."""
    complain(f"starting a helpdesk with {plural(tickets, 'ticket')} …")
    with interruptible() as stop, open_desk(tickets=tickets, seed=seed, at_work=not once) as desk:
        complain(f"a helpdesk is at work on {desk.url}; a hub reads it, judges, and writes back")
        opening = Opening(desk.folder, stop, eager=True)
        hub = opening.hub()
        if once:
            return _once(hub, desk, stop)
        _watch(hub, desk, opening, stop, pace)
        writes = desk.writes()
    complain(f"ended after {plural(writes, 'write call')}; the helpdesk and the database are gone")
    return 0


def _once(hub: Hub, desk: Desk, stop: StopSignal) -> int:
    (source,) = hub.sources.values()
    bad = False
    for done in cycle(hub, source, stop):
        complain(tell(done))
        if done.reason:
            bad = True
            complain(done.reason)
    if stop.reached():
        return INTERRUPTED
    rows = lines(hub, desk)
    if not rows:
        say("no ticket carries an SLA in the helpdesk: there was nothing to compare; try more --tickets")
        return 1
    unequal = [row for row in rows if not row.equal]
    draw(shown_table(rows, source.now(), console.width))
    console.print(tally(rows), soft_wrap=True)
    verb = "carries its" if len(rows) == 1 else "carry their"
    said = f"{len(unequal)} of them differs from" if unequal else "every one equals"
    say(f"{plural(len(rows), 'ticket')} {verb} SLA in the helpdesk; {said} what the engine says")
    return 0 if not unequal and not bad else 1


def _watch(hub: Hub, desk: Desk, opening: Opening, stop: StopSignal, pace: int) -> None:
    (source,) = hub.sources.values()
    daemon = Daemon(hub, lambda: opening.hub(hub.store, first_revision=False), stop)
    screen = Screen(desk)
    desk.emulator.stage.people(pace)
    daemon.start()
    try:
        with Live(console=console, auto_refresh=False, screen=True) if console.is_terminal else nullcontext() as view:
            while not stop.wait(REFRESH):
                rows, now = lines(hub, desk), source.now()
                changes = screen.look(rows, now)
                if view is not None:
                    view.update(screen.picture(rows, now, console.width, console.height), refresh=True)
                    continue
                for change in changes:
                    say(change.plain)
    finally:
        desk.emulator.stage.people(0)
        daemon.end()
