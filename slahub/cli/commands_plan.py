"""The commands that try what is not promised yet: plan, targets. What they need is loaded when they run."""

from typing import Annotated

import typer

from slahub.cli.options import AS_JSON, CONNECTION

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(plan)
    app.command()(targets)


def plan(
    context: typer.Context,
    sample: Annotated[int | None, typer.Option(min=1, help="So many tickets, evenly chosen, instead of all.")] = None,
    tickets: Annotated[bool, typer.Option("--tickets", help="Also each clock that changes.")] = False,
    change: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Also each clock to which this happens; repeatable.")
    ] = None,
    policy: Annotated[str, typer.Option(help="Only clocks that this policy has, now or by the folder.")] = "",
    customer: Annotated[str, typer.Option(help="Only this customer's tickets.")] = "",
    team: Annotated[str, typer.Option(help="Only this team's tickets.")] = "",
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Only tickets that were created in this month.")] = "",
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many processes replay; one for each core when left out.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Try the folder on the whole stored past; changes nothing."""
    from core.sla.tally import Narrowed
    from slahub.cli.planning import Wanted, kinds
    from slahub.cli.planning import plan as compare

    wanted = Wanted(sample, processes, Narrowed(policy, customer, team, month), kinds(change or [], every=tickets))
    raise typer.Exit(compare(context.obj, wanted, as_json=as_json))


def targets(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="What was timed, such as first_response or resolution.")],
    policy: Annotated[str, typer.Option(help="Only clocks of this policy.")] = "",
    priority: Annotated[str, typer.Option(help="Only tickets that have this priority now.")] = "",
    calendar: Annotated[str, typer.Option(help="Only clocks that were timed in this calendar.")] = "",
    connection: CONNECTION = "",
    as_json: AS_JSON = False,
) -> None:
    """Find targets that the past would have kept."""
    from core.flows.targets import Only
    from slahub.cli.targeting import show

    show(context.obj, metric, Only(policy, calendar, priority), connection, as_json=as_json)
