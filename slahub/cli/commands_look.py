"""The commands that look: status, tickets, clocks, deliveries, explain, outages, connectors.

What they need is loaded when they run.
"""

from pathlib import Path
from typing import Annotated

import typer

from slahub.cli.options import AS_JSON, CONNECTION
from slahub.explaining.words import Language

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(status)
    app.command()(tickets)
    app.command()(clocks)
    app.command()(deliveries)
    app.command()(explain)
    app.command()(outages)
    app.command()(connectors)


def status(context: typer.Context, as_json: AS_JSON = False) -> None:
    """Show how each connection is."""
    from slahub.cli.status import show

    raise typer.Exit(show(context.obj, as_json=as_json))


def tickets(
    context: typer.Context,
    which: Annotated[str | None, typer.Argument(help="CONNECTION:KEY for one ticket with its history.")] = None,
    connection: CONNECTION = "",
    as_json: AS_JSON = False,
) -> None:
    """List tickets, or show one with its history."""
    from slahub.cli import tickets as listing

    if which is None:
        listing.every(context.obj, connection, as_json=as_json)
    else:
        listing.one(context.obj, which, as_json=as_json)


def clocks(
    context: typer.Context,
    which: Annotated[str | None, typer.Argument(help="CONNECTION:KEY for those of one ticket.")] = None,
    connection: CONNECTION = "",
    history: Annotated[
        bool, typer.Option("--history", help="Of one ticket: all that was held of its clocks, and since when.")
    ] = False,
    as_json: AS_JSON = False,
) -> None:
    """List the clocks of all tickets, or of one."""
    if which is None:
        from slahub.cli.clocks import every

        every(context.obj, connection, as_json=as_json)
    else:
        from slahub.cli.verdicts import one

        one(context.obj, which, history=history, as_json=as_json)


def deliveries(context: typer.Context, connection: CONNECTION = "", as_json: AS_JSON = False) -> None:
    """List the writes that wait, and for what."""
    from slahub.cli.deliveries import every

    every(context.obj, connection, as_json=as_json)


def explain(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="CONNECTION:KEY", help="The ticket.")],
    whom: Annotated[str, typer.Option("--for", help="customer: a page for them, of what was promised to them.")] = "",
    out: Annotated[list[Path] | None, typer.Option(help="Write the page there, .html or .pdf; several times.")] = None,
    language: Annotated[Language, typer.Option(help="That of the page.")] = Language.EN,
    timezone: Annotated[str, typer.Option(help="Zone of the times; else that of the connection's `show`.")] = "",
    as_json: AS_JSON = False,
) -> None:
    """Show how each clock of a ticket came to stand as it does."""
    from slahub.cli import explaining

    if whom or out:
        asked = explaining.Wanted(whom, tuple(out or ()), language, timezone, as_json=as_json)
        raise typer.Exit(explaining.for_customer(context.obj, which, asked))
    raise typer.Exit(explaining.explain(context.obj, which, zone=timezone, as_json=as_json))


def outages(context: typer.Context, connection: CONNECTION = "", as_json: AS_JSON = False) -> None:
    """List when services could not be used."""
    from slahub.cli.outages import every

    every(context.obj, connection, as_json=as_json)


def connectors(as_json: AS_JSON = False) -> None:
    """List the connectors that are installed."""
    from slahub.cli.status import connectors as show

    raise typer.Exit(show(as_json=as_json))
