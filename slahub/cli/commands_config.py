"""The commands that configure: check, scenarios, config, connections, policy, alerts, db.

Their parts load as they run.
"""

from pathlib import Path
from typing import Annotated

import typer

from slahub.cli.options import AS_JSON, NAME, YES

__all__ = ["add"]

config = typer.Typer(help="The draft in the folder and what is in force.", no_args_is_help=True)
connections = typer.Typer(help="The helpdesks that are connected.", no_args_is_help=True)
policy = typer.Typer(help="What is promised to whom.", no_args_is_help=True)
alerts = typer.Typer(help="Who is told when something is not well.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(check)
    app.command()(scenarios)
    app.add_typer(config, name="config")
    app.add_typer(connections, name="connections")
    app.add_typer(policy, name="policy")
    app.add_typer(alerts, name="alerts")
    app.add_typer(db, name="db")


def check(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Look at the folder only, call nobody.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Check the folder, the secrets and the connections."""
    from slahub.cli.checking import check as look

    raise typer.Exit(look(context.obj, offline=offline, as_json=as_json))


def scenarios(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Tests for policies, as YAML or JSON.")],
    folder: Annotated[
        Path | None, typer.Option("--config", help="The folder whose policies and calendars they name.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Run tests for policies and calendars."""
    from slahub.cli import testing_policies

    raise typer.Exit(testing_policies.scenarios(folder or context.obj, files, as_json=as_json))


@config.command("diff")
def config_diff(context: typer.Context, as_json: AS_JSON = False) -> None:
    """Show how the folder differs from what is in force."""
    from slahub.cli import configuring

    raise typer.Exit(configuring.diff(context.obj, as_json=as_json))


@config.command("apply")
def config_apply(
    context: typer.Context,
    note: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    author: Annotated[str, typer.Option(help="Who; the login name when left out.")] = "",
    restate: Annotated[bool, typer.Option("--restate", help="Judge finished clocks by it too.")] = False,
    since: Annotated[
        str, typer.Option(metavar="DATE", help="With --restate: only clocks that were over at or after this day (UTC).")
    ] = "",
    policy: Annotated[list[str] | None, typer.Option(help="With --restate: only this policy's; repeatable.")] = None,
    calendar: Annotated[
        list[str] | None, typer.Option(help="With --restate: only those of this calendar; repeatable.")
    ] = None,
    customer: Annotated[
        list[str] | None, typer.Option(help="With --restate: only this customer's; repeatable.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Put the folder into force as a new revision."""
    from slahub.cli import configuring
    from slahub.cli.restating import Narrow

    narrow = Narrow(since, policy or [], calendar or [], customer or [])
    configuring.put_into_force(context.obj, note=note, author=author, restate=restate, narrow=narrow, as_json=as_json)


@config.command("show")
def config_show(
    context: typer.Context,
    revision: Annotated[int | None, typer.Option(help="Which one; the one in force when left out.")] = None,
    as_json: AS_JSON = False,
) -> None:
    """List the revisions and show what one of them says."""
    from slahub.cli import configuring

    configuring.show(context.obj, revision, as_json=as_json)


@connections.command("list")
def connections_list(context: typer.Context, as_json: AS_JSON = False) -> None:
    """List the connections, their mode and state."""
    from slahub.cli.status import connections as show

    show(context.obj, as_json=as_json)


@connections.command("live")
def connections_live(context: typer.Context, name: NAME, yes: YES = False, as_json: AS_JSON = False) -> None:
    """Say what the first round of writing takes, ask, and go live."""
    from slahub.cli.going_live import live

    raise typer.Exit(live(context.obj, name, yes=yes, as_json=as_json))


@connections.command("trust")
def connections_trust(context: typer.Context, name: NAME, yes: YES = False, as_json: AS_JSON = False) -> None:
    """Let its secrets go to another host than before."""
    from slahub.cli.trusting import trust

    raise typer.Exit(trust(context.obj, name, yes=yes, as_json=as_json))


@connections.command("authorise")
def connections_authorise(
    context: typer.Context,
    name: NAME,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="The browser runs elsewhere: paste the address it ends on.")
    ] = False,
    as_json: AS_JSON = False,
) -> None:
    """Consent in a browser to what it does in your name."""
    from slahub.cli.authorising import authorise

    raise typer.Exit(authorise(context.obj, name, no_browser=no_browser, as_json=as_json))


@connections.command("retract")
def connections_retract(context: typer.Context, name: NAME, yes: YES = False, as_json: AS_JSON = False) -> None:
    """Take what the hub shows off the tickets, and write no more."""
    from slahub.cli.retracting import retract

    raise typer.Exit(retract(context.obj, name, yes=yes, as_json=as_json))


@connections.command("release")
def connections_release(
    context: typer.Context,
    name: NAME,
    key: Annotated[str, typer.Argument(help="One ticket only.", show_default=False)] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many tickets wait.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Let a held mass change and parked writes go."""
    from slahub.cli.going_live import release

    release(context.obj, name, key, dry_run=dry_run, as_json=as_json)


@policy.command("list")
def policy_list(context: typer.Context, as_json: AS_JSON = False) -> None:
    """List the folder's policies in the order in which they are tried."""
    from slahub.cli import policies

    policies.every(context.obj, as_json=as_json)


@policy.command("show")
def policy_show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The policy.")],
    as_json: AS_JSON = False,
) -> None:
    """Say in plain words what a policy does, every default filled in."""
    from slahub.cli import policies

    policies.show(context.obj, name, as_json=as_json)


@alerts.command("test")
def alerts_test(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[REFERENCE]...", help="As in `alerts.to`; all when left out.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Send a test message, by what the folder says."""
    from slahub.cli import alerting

    raise typer.Exit(alerting.test(context.obj, names or [], as_json=as_json))


@alerts.command("list")
def alerts_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AS_JSON = False,
) -> None:
    """List what was told, newest first."""
    from slahub.cli import alerting

    alerting.every(context.obj, limit, as_json=as_json)


@db.command("migrate")
def db_migrate(context: typer.Context, as_json: AS_JSON = False) -> None:
    """Bring the database to this version's schema."""
    from slahub.cli import database

    database.migrate(context.obj, as_json=as_json)


@db.command("status")
def db_status(context: typer.Context, as_json: AS_JSON = False) -> None:
    """Say which schema the database has."""
    from slahub.cli import database

    raise typer.Exit(database.status(context.obj, as_json=as_json))


@db.command("rebuild")
def db_rebuild(
    context: typer.Context,
    into: Annotated[str, typer.Option(help="URL of an empty database, such as sqlite:////var/tmp/again.db.")],
    as_json: AS_JSON = False,
) -> None:
    """Judge all again in an empty database, and compare."""
    from slahub.cli import database

    raise typer.Exit(database.rebuild(context.obj, into, as_json=as_json))


@db.command("backup")
def db_backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where; a file that is not there yet.")],
    as_json: AS_JSON = False,
) -> None:
    """Write the database into one file, beside a daemon at work."""
    from slahub.cli import moving

    moving.backup(context.obj, file, as_json=as_json)


@db.command("restore")
def db_restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'db backup' has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the database holds; otherwise it has to be empty.")
    ] = False,
    yes: YES = False,
    as_json: AS_JSON = False,
) -> None:
    """Fill the database from a backup; the daemon has to be stopped."""
    from slahub.cli import moving

    raise typer.Exit(moving.restore(context.obj, file, replace=replace, yes=yes, as_json=as_json))


@db.command("copy")
def db_copy(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="An empty database, such as postgresql://user@host/name.")],
    as_json: AS_JSON = False,
) -> None:
    """Carry all into another database, of either kind."""
    from slahub.cli import moving

    moving.copy(context.obj, url, as_json=as_json)


@db.command("forget")
def db_forget(
    context: typer.Context,
    who: Annotated[str, typer.Argument(metavar="PERSON", help="CONNECTION:ID, an e-mail address, or a whole name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who is meant.")] = False,
    yes: YES = False,
    as_json: AS_JSON = False,
) -> None:
    """Take a person's name and identity out of all that is stored."""
    from slahub.cli import forgetting

    raise typer.Exit(forgetting.forget(context.obj, who, dry_run=dry_run, yes=yes, as_json=as_json))


@db.command("age")
def db_age(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would go.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Remove what is older than `retention` says."""
    from slahub.cli import keeping

    raise typer.Exit(keeping.age(context.obj, dry_run=dry_run, as_json=as_json))
