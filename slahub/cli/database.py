"""slahub db: the schema, and the proof that everything follows from the stored events."""

from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.rebuild import belief
from core.flows.rebuild import rebuild as rebuild_into
from core.flows.stop import StopSignal
from core.settings import hub_settings
from core.settings.hub_section import database_url
from core.settings.words import Mistake
from core.store import Store, schema
from core.store.schema import SchemaAge
from slahub.bootstrap import Opening, host_now
from slahub.cli.out import emit, near, say
from slahub.cli.view import opened

__all__ = ["migrate", "place", "rebuild", "status", "target_of"]


def migrate(folder: Path, *, as_json: bool) -> None:
    """Bring the database to this version's schema; make one where there is none."""
    store = _store(folder)
    before = schema.state(store)
    schema.migrate(store)
    after = schema.state(store)
    if as_json:
        emit({"database": str(store.path or place(store)), "from": before.current, "to": after.current})
        return
    if before.age is SchemaAge.CURRENT:
        say(f"{place(store)} is at migration {after.current}, as it should be")
    else:
        say(f"{place(store)}: {before.current or 'empty'} -> {after.current}")


def status(folder: Path, *, as_json: bool) -> int:
    """Print which schema the database has; return 1 when it is not this version's. Makes no database."""
    store = _store(folder)
    missing = store.path is not None and not store.path.exists()
    found = None if missing else schema.state(store)
    age = "missing" if found is None else str(found.age)
    if as_json:
        emit(
            {
                "database": str(store.path or place(store)),
                "age": age,
                "current": found and found.current,
                "head": schema.HEAD,
            }
        )
    else:
        at = f"at migration {found.current}" if found and found.current else "without tables"
        advice = {
            "missing": "there is no database yet; 'slahub run' or 'slahub db migrate' makes it",
            "empty": "run 'slahub db migrate'",
            "behind": "make a backup, then run 'slahub db migrate'",
            "newer": "it was written by a newer slahub; install that one again",
        }.get(age, "as this version needs it")
        say(f"{place(store)}: {advice}" if missing else f"{place(store)} is {at}, {advice}")
    return 0 if age == SchemaAge.CURRENT else 1


def rebuild(folder: Path, into: str, *, as_json: bool) -> int:
    """Judge everything again in an empty database; return 1 when it believes something else."""
    target = target_of(into, "--into")
    if target.path is not None and not target.path.parent.is_dir():
        raise SettingsError(Problem(f"there is no folder {target.path.parent}", key="--into"))
    if (target.path is None or target.path.exists()) and schema.state(target).age is not SchemaAge.EMPTY:
        raise SettingsError(Problem(f"{place(target)} is not empty", key="--into"))
    stop = StopSignal()
    hub = opened(Opening(folder, stop))
    for source in hub.sources.values():
        # What still waits to be judged would differ for that reason alone.
        hub.evaluate(source, stop)
    now = host_now()
    schema.migrate(target)
    rebuild_into(hub.store, target, hub.sources.values(), hub.active, now)
    mine, again = belief(hub.store, hub.sources.values()), belief(target, hub.sources.values())
    if as_json:
        emit({"database": mine, "rebuilt": again, "same": mine == again})
        return 0 if mine == again else 1
    say(f"this database  {mine}\nrebuilt        {again}")
    say("both believe the same" if mine == again else "they differ: something is believed that does not follow")
    return 0 if mine == again else 1


def target_of(url: str, key: str) -> Store:
    """Return the database at an address that was typed. Raises: SettingsError naming `key`."""
    try:
        return Store(database_url(url))
    except Mistake as exc:
        hint = exc.hint or "as in sqlite:////var/tmp/again.db, or postgresql://user@host/name"
        raise SettingsError(Problem(exc.text, key=key, hint=hint)) from exc


def _store(folder: Path) -> Store:
    return Store(hub_settings(Opening(folder, StopSignal()).draft()).database)


def place(store: Store) -> str:
    """Return where a database is, as a person writes it; without a password."""
    return str(near(store.path)) if store.path else store.url.render_as_string(hide_password=True)
