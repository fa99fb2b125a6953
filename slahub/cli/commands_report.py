"""The commands that report: report parity. What they need is loaded when they run."""

from typing import Annotated

import typer

from slahub.cli.options import AS_JSON, CONNECTION

__all__ = ["add"]

report = typer.Typer(help="What can be said of the past.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(report, name="report")


@report.command("parity")
def report_parity(
    context: typer.Context,
    connection: CONNECTION = "",
    metric: Annotated[str, typer.Option(help="Only this metric, by the helpdesk's word for it or by ours.")] = "",
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Only clocks that started on or after this day (UTC).")
    ] = "",
    differing: Annotated[bool, typer.Option("--differing", help="Also list each clock that differs.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also list each clock.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Hold our due times against those of the helpdesk's own SLA."""
    from slahub.cli.parity import Wanted, parity

    wanted = Wanted(connection, metric, since, differing=differing, every=every)
    raise typer.Exit(parity(context.obj, wanted, as_json=as_json))
