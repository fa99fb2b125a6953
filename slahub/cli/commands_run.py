"""The commands that do the work: demo, init, provision, run and its parts, census.

What they need is loaded when they run.
"""

from pathlib import Path
from typing import Annotated

import typer

from slahub.cli.options import AS_JSON, NAMES, YES

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(demo)
    app.command()(init)
    app.command()(provision)
    app.command()(run)
    app.command()(sync)
    app.command()(evaluate)
    app.command()(deliver)
    app.command()(census)


def demo(
    once: Annotated[bool, typer.Option("--once", help="One round, a table, and whether all sides agree.")] = False,
    tickets: Annotated[int, typer.Option(min=1, max=20_000, help="Tickets with a past in each helpdesk.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Another number, other helpdesks.")] = 1,
    pace: Annotated[int, typer.Option(min=0, max=600, help="What people do in each helpdesk in a minute.")] = 30,
) -> None:
    """Watch a hub at work on three helpdesks of its own."""
    from slahub.cli.demo import show

    raise typer.Exit(show(once=once, tickets=tickets, seed=seed, pace=pace))


def init(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="Where; the configuration's folder when left out.")] = None,
    connection: Annotated[
        str, typer.Option("--from", metavar="CONNECTION", help="Take over what this connection's helpdesk promises.")
    ] = "",
    as_json: AS_JSON = False,
) -> None:
    """Write a commented starter folder, or one out of a helpdesk."""
    from slahub.cli import starting

    where = folder or context.obj
    if not connection:
        starting.init(where, as_json=as_json)
        return
    raise typer.Exit(starting.suggest(connection, where, context.obj, as_json=as_json))


def provision(
    context: typer.Context,
    names: NAMES = None,
    yes: YES = False,
    by_hand: Annotated[bool, typer.Option("--print", help="Make nothing; tell an admin how to by hand.")] = False,
    views: Annotated[
        bool, typer.Option("--views/--no-views", help="Also views of what is at risk and breached.")
    ] = True,
    as_json: AS_JSON = False,
) -> None:
    """Make the fields and views in the helpdesk that agents need."""
    from slahub.cli import provisioning

    raise typer.Exit(
        provisioning.provision(context.obj, names or [], yes=yes, by_hand=by_hand, views=views, as_json=as_json)
    )


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One whole cycle, then end.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Run the daemon, or one whole cycle."""
    from slahub.cli import work

    if once:
        raise typer.Exit(work.run_once(context.obj, as_json=as_json))
    work.run(context.obj, quiet=context.meta["log level given"])


def sync(context: typer.Context, names: NAMES = None, as_json: AS_JSON = False) -> None:
    """Pull now: the past to its end, and the present."""
    from slahub.cli import work

    raise typer.Exit(work.sync(context.obj, names or [], as_json=as_json))


def evaluate(context: typer.Context, names: NAMES = None, as_json: AS_JSON = False) -> None:
    """Judge the tickets that wait for it."""
    from slahub.cli import work

    raise typer.Exit(work.evaluate(context.obj, names or [], as_json=as_json))


def deliver(context: typer.Context, names: NAMES = None, as_json: AS_JSON = False) -> None:
    """Write what tickets should show and do not."""
    from slahub.cli import work

    raise typer.Exit(work.deliver(context.obj, names or [], as_json=as_json))


def census(context: typer.Context, names: NAMES = None, as_json: AS_JSON = False) -> None:
    """Count what the helpdesk has, and fetch what is missing."""
    from slahub.cli import counting

    raise typer.Exit(counting.census(context.obj, names or [], as_json=as_json))
