"""slahub db backup, restore and copy: the whole database in another place."""

import getpass
from pathlib import Path

from core.errors import Problem, SettingsError, StoreError
from core.flows.stop import StopSignal
from core.settings import Secrets, hub_settings
from core.store import Store, audit, connections, forgetting, owner, schema, transfer
from core.store import backup as backups
from core.store.schema import SchemaAge
from core.store.veiled import Veil
from slahub.bootstrap import Opening, host_now
from slahub.cli.count_bar import measured
from slahub.cli.database import place, target_of
from slahub.cli.out import emit, near, plural, say
from slahub.cli.questions import agreed
from slahub.cli.view import NOTHING
from slahub.sealing import sealing_key
from slahub.stores import existing, open_store

__all__ = ["backup", "copy", "restore"]


def backup(folder: Path, file: Path, *, as_json: bool) -> None:
    """Write the database into a new file."""
    store = _existing(folder)
    noun = "pages" if store.path is not None else "rows"
    with measured("written", noun, shown=not as_json) as report:
        backups.write(store, file, report)
    size = file.stat().st_size
    if as_json:
        emit({"database": str(store.path or place(store)), "file": str(file), "bytes": size})
    else:
        say(f"{near(file)} holds {place(store)} as it was just now, {size / 1e6:,.1f} MB")


def restore(folder: Path, file: Path, *, replace: bool, yes: bool, as_json: bool) -> int:
    """Fill the database from a backup; return 1 where nobody agreed to have it replaced."""
    settings = hub_settings(Opening(folder, StopSignal()).draft())
    with backups.opened(file) as saved:
        store = open_store(settings, make=True)
        with owner.claim(store, now=host_now()):
            filled = not transfer.empty(store)
            if filled and not replace:
                raise StoreError(
                    f"{place(store)} holds data ({_tickets(store)}); --replace throws it away, "
                    "or name another database under `hub.database`"
                )
            if filled and not as_json:
                say(f"{place(store)} holds {_tickets(store)}; {_tickets(saved)} of {near(file)} take their place.")
            if filled and not agreed(f"Replace {place(store)}?", yes=yes, as_json=as_json):
                return 1
            rows = _carried(saved, store, "restored", replace=replace, as_json=as_json)
            with store.unit() as tx:
                about = {"file": file.name, "rows": rows, "replaced": filled}
                audit.add(tx, audit.Entry(host_now(), getpass.getuser(), "restore", about))
            _forget_again(store, sealing_key(settings, Secrets(settings.secrets)))
    if as_json:
        emit({"database": str(store.path or place(store)), "file": str(file), "rows": rows})
    else:
        say(f"{place(store)} holds what {near(file)} does: {plural(rows, 'row')}, each table counted and compared")
        say("The next 'slahub run' reads what has happened since.")
    return 0


def copy(folder: Path, url: str, *, as_json: bool) -> None:
    """Carry the database into an empty one."""
    store = _existing(folder)
    target = target_of(url, "URL")
    if target.url == store.url:
        raise SettingsError(Problem("that is the database itself", key="URL"))
    if schema.state(target).age is SchemaAge.EMPTY:
        schema.migrate(target)
    schema.require(target)
    with owner.claim(target, now=host_now()):
        rows = _carried(store, target, "copied", replace=False, as_json=as_json)
    if as_json:
        emit({"database": str(store.path or place(store)), "copy": url, "rows": rows})
    else:
        say(f"{place(target)} holds what {place(store)} held just now: {plural(rows, 'row')}, counted and compared")
        say("To move there for good, stop the daemon, copy, and name the new one under `hub.database`.")


def _forget_again(store: Store, key: bytes | None) -> None:
    """Take out whom the backup still names, and who has been forgotten since it was made."""
    with store.view() as tx:
        found = connections.every(tx)
    for each in found:
        forgetting.finish(store, each.id, Veil(each.name, key))


def _carried(source: Store, target: Store, doing: str, *, replace: bool, as_json: bool) -> int:
    whole, done = transfer.count(source), 0
    with measured(doing, "rows", shown=not as_json) as report:

        def told(_table: str, rows: int) -> None:
            nonlocal done
            done += rows
            report(done, whole)

        return transfer.whole(source, target, replace=replace, report=told)


def _existing(folder: Path) -> Store:
    store = existing(hub_settings(Opening(folder, StopSignal()).draft()))
    if store is None:
        raise SettingsError(NOTHING)
    return store


def _tickets(store: Store) -> str:
    return plural(transfer.tickets(store), "ticket")
