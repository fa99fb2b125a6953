"""Commands that configure: check, config, connections, db."""

import getpass
from typing import Annotated

import typer

from connectors import registry
from core.errors import Problem, SettingsError, SourceError
from core.flows.arming import first_round
from core.flows.configure import apply
from core.flows.rebuild import belief, rebuild
from core.flows.stop import StopSignal
from core.settings import (
    Mode,
    Secrets,
    differences,
    exposed_secrets,
    hub_settings,
    lock,
    parse,
    set_mode,
)
from core.store import Store, connections, revisions, schema
from slahub.bootstrap import Opening, host_now, offers_of, open_store
from slahub.cli.out import ago, console, emit, errors, short, table

__all__ = ["add"]

JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

config_app = typer.Typer(help="The draft in the folder and the revisions in force.", no_args_is_help=True)
connections_app = typer.Typer(help="The helpdesks that are connected.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(check)
    app.add_typer(config_app, name="config")
    app.add_typer(connections_app, name="connections")
    app.add_typer(db_app, name="db")


def _opening(context: typer.Context) -> Opening:
    return Opening(context.obj, StopSignal())


def check(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Look at the folder only, call nobody.")] = False,
) -> None:
    """Check the folder, the secrets, and what each connection can really do."""
    opening = _opening(context)
    draft = opening.draft()
    settings = hub_settings(draft)
    read = opening.checked(draft, registry.load())
    for warning in exposed_secrets(draft, read, Secrets(settings.secrets)):
        errors.print(f"warning: {warning}", markup=False, soft_wrap=True)
    console.print(f"the folder {context.obj} is sound", markup=False, soft_wrap=True)
    console.print(f"database  {Store(settings.database)!r}", markup=False, soft_wrap=True)
    for each in read.connections.values():
        console.print(f"{each.name}  {each.connector}, mode {each.mode}, every {ago(each.every.total_seconds())}")
    if offline:
        return
    bad = False
    for source in opening.trial(draft).values():
        try:
            found = source.connector.probe()
        except SourceError as error:
            bad = True
            errors.print(f"{source.name}: {error}", markup=False, soft_wrap=True)
            continue
        console.print(f"{source.name}: {found.account} ({found.instance})", markup=False, soft_wrap=True)
        for problem in found.problems:
            bad = True
            errors.print(f"{source.name}: {problem}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if bad else 0)


@config_app.command("apply")
def apply_(
    context: typer.Context,
    note: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    author: Annotated[str, typer.Option(help="Who; the login name when left out.")] = "",
    restate: Annotated[bool, typer.Option("--restate", help="Judge finished clocks by it too.")] = False,
) -> None:
    """Put the folder into force as a new revision."""
    opening = _opening(context)
    draft = opening.draft()
    catalogue = registry.load()
    opening.checked(draft, catalogue)
    store = open_store(hub_settings(draft), make=True)
    done = apply(
        store,
        draft.content,
        offers_of(catalogue),
        author=author or getpass.getuser(),
        note=note,
        now=host_now(),
        restates=restate,
        positions=draft.positions,
    )
    if done.number is None:
        console.print("nothing to do: the folder says what is in force")
        return
    console.print(done.diff, markup=False, soft_wrap=True)
    console.print(f"revision {done.number} is in force")


@config_app.command("show")
def show(
    context: typer.Context,
    revision: Annotated[int | None, typer.Option(help="Which one; the active one when left out.")] = None,
    as_json: JSON = False,
) -> None:
    """Show the revisions, and the content of one."""
    store = open_store(hub_settings(_opening(context).draft()))
    with store.view() as tx:
        rows = revisions.every(tx)
    if not rows:
        raise SettingsError("nothing is in force yet; run 'slahub config apply'")
    chosen = rows[-1] if revision is None else next((row for row in rows if row.number == revision), None)
    if chosen is None:
        raise SettingsError(Problem(f"there is no revision {revision}", hint=f"the newest is {rows[-1].number}"))
    if as_json:
        emit(
            {
                "revision": chosen.number,
                "applied_at": chosen.applied_at,
                "author": chosen.author,
                "note": chosen.note,
                "content": parse(chosen.content),
            }
        )
        return
    cells = [(row.number, short(row.applied_at), row.author, row.note) for row in rows]
    console.print(table("", [">revision", "applied (UTC)", "by", "note"], cells))
    for line in differences(None, parse(chosen.content)):
        console.print(str(line), markup=False, soft_wrap=True)


@config_app.command("diff")
def diff(context: typer.Context) -> None:
    """Show how the folder differs from what is in force; status 1 when it does."""
    opening = _opening(context)
    draft = opening.draft()
    opening.checked(draft, registry.load())
    store = open_store(hub_settings(draft))
    with store.view() as tx:
        newest = revisions.newest(tx)
    found = differences(parse(newest.content) if newest else None, lock(draft.content, host_now().year))
    for each in found:
        console.print(str(each), markup=False, soft_wrap=True)
    if not found:
        console.print("the folder says what is in force")
    raise typer.Exit(1 if found else 0)


@connections_app.command("list")
def list_(context: typer.Context, as_json: JSON = False) -> None:
    """List the connections, their mode and state."""
    hub = _opening(context).hub()
    with hub.store.view() as tx:
        rows = {row.name: row for row in connections.every(tx)}
    cells = [
        {
            "connection": each.name,
            "connector": each.connector,
            "mode": str(each.mode),
            "state": rows[each.name].state,
            "account": rows[each.name].account,
            "instance": rows[each.name].instance,
            "held": rows[each.name].held,
            "reason": rows[each.name].reason or None,
        }
        for each in hub.configuration.connections.values()
    ]
    if as_json:
        for cell in cells:
            emit(cell)
        return
    columns = ["connection", "connector", "mode", "state", "account", ">held", "reason"]
    console.print(table("", columns, [[cell[column.removeprefix(">")] for column in columns] for cell in cells]))


@connections_app.command("live")
def live(
    context: typer.Context,
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Say what the first round of writing takes, ask, and put the connection into live mode."""
    opening = _opening(context)
    hub = opening.hub()
    source = hub.source(name)
    if source.settings.mode is Mode.LIVE:
        console.print(f"{name} is live already")
        return
    size = first_round(hub.store, source)
    console.print(
        f"{name}: the first round writes {size.tickets} tickets with about {size.calls} calls "
        f"in about {max(1, round(size.minutes))} minutes",
        markup=False,
    )
    if not yes and not typer.confirm("Write to this helpdesk from now on?"):
        raise typer.Exit(1)
    set_mode(opening.draft(), name, Mode.LIVE)
    draft = opening.draft()
    done = apply(
        hub.store, draft.content, hub.offers, author=getpass.getuser(), note=f"{name} goes live", now=host_now()
    )
    if done.number is not None:
        with hub.store.unit() as tx:
            connections.update(tx, source.id, released_revision=done.number)
    console.print(f"{name} is live, revision {done.number}")


@connections_app.command("release")
def release(
    context: typer.Context,
    name: str,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many tickets wait.")] = False,
) -> None:
    """Let a held mass change go."""
    hub = _opening(context).hub()
    source = hub.source(name)
    with hub.store.unit() as tx:
        row = connections.get(tx, name)
        held = row.held if row else 0
        if held and not dry_run:
            connections.update(tx, source.id, released_revision=hub.active.revision, held=0, held_revision=None)
    console.print(f"{name}: {held} tickets {'wait' if dry_run else 'are let go' if held else 'wait'}")


@db_app.command("migrate")
def migrate(context: typer.Context) -> None:
    """Bring the database to this version's schema."""
    store = Store(hub_settings(_opening(context).draft()).database)
    before = schema.state(store)
    schema.migrate(store)
    console.print(f"{before.current or 'empty'} -> {schema.state(store).current}")


@db_app.command("status")
def db_status(context: typer.Context) -> None:
    """Say which schema the database has; status 1 when it is not this version's."""
    store = Store(hub_settings(_opening(context).draft()).database)
    state = schema.state(store)
    console.print(
        f"{store!r}: {state.age} ({state.current or 'no schema'}, this version has {state.head})", markup=False
    )
    raise typer.Exit(0 if state.age is schema.SchemaAge.CURRENT else 1)


@db_app.command("rebuild")
def rebuild_(
    context: typer.Context,
    into: Annotated[str, typer.Option(help="URL of an empty database, such as sqlite:////tmp/again.db.")],
) -> None:
    """Judge everything again from the stored events in an empty database; status 1 if the beliefs differ."""
    hub = _opening(context).hub()
    now = host_now()
    target = Store(into)
    schema.migrate(target)
    rebuild(hub.store, target, hub.sources.values(), hub.active, now)
    mine, again = belief(hub.store, hub.sources.values()), belief(target, hub.sources.values())
    console.print(f"this database  {mine}\nrebuilt        {again}", markup=False)
    raise typer.Exit(0 if mine == again else 1)
