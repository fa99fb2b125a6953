"""slahub demo: the whole loop, on this machine, in one command."""

from typing import Annotated

import typer
from rich.live import Live

from core.flows.stop import StopSignal
from core.hub import Hub
from scheduler import Daemon
from slahub.bootstrap import Opening
from slahub.cli.commands_run import cycle, interruptible
from slahub.cli.out import console, errors
from slahub.demo.desk import Desk, open_desk
from slahub.demo.table import lines, live_table, round_table

__all__ = ["add"]

REFRESH = 1.0  # seconds between two looks at the helpdesk
SPARE_ROWS = 6  # head, caption and prompt


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="One round, a table, and whether both sides agree.")] = False,
    tickets: Annotated[int, typer.Option(min=1, help="Tickets with a past in the helpdesk.")] = 300,
    seed: Annotated[int, typer.Option(help="Another number, another helpdesk.")] = 1,
    pace: Annotated[int, typer.Option(min=0, help="What people do in the helpdesk in a minute.")] = 30,
) -> None:
    """Start a helpdesk and a hub on this machine and watch due times come back into the tickets."""
    with interruptible() as stop, open_desk(tickets=tickets, seed=seed) as desk:
        errors.print(f"a helpdesk with {tickets} tickets is at work on {desk.url}", markup=False)
        opening = Opening(desk.folder, stop, eager=True)
        hub = opening.hub()
        good = _once(hub, desk, stop) if once else _watch(hub, desk, opening, stop, pace)
    raise typer.Exit(0 if good else 1)


def _once(hub: Hub, desk: Desk, stop: StopSignal) -> bool:
    (source,) = hub.sources.values()
    bad = False
    for done in cycle(hub, source, stop):
        errors.print(
            f"{done.flow:<9} read {done.read}, evaluated {done.evaluated}, changed {done.changed}, "
            f"written {done.written}, calls {done.calls}, {done.seconds:.1f} s",
            markup=False,
        )
        if done.reason:
            bad = True
            errors.print(done.reason, markup=False)
    rows = lines(hub, desk)
    unequal = [row for row in rows if not row.equal]
    caption = f"{len(rows)} tickets carry their SLA; the helpdesk differs from the engine on {len(unequal)}"
    console.print(round_table(rows, source.now(), caption))
    return bool(rows) and not unequal and not bad


def _watch(hub: Hub, desk: Desk, opening: Opening, stop: StopSignal, pace: int) -> bool:
    (source,) = hub.sources.values()
    daemon = Daemon(hub, lambda: opening.hub(hub.store, first_revision=False), stop)
    desk.emulator.stage.people(pace)
    daemon.start()
    try:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as view:
            while not stop.wait(REFRESH):
                rows = lines(hub, desk, limit=max(5, console.height - SPARE_ROWS))
                caption = f"{desk.writes()} write calls of the hub so far; ctrl-c ends"
                view.update(live_table(rows, source.now(), caption), refresh=True)
    finally:
        daemon.end()
    return True
