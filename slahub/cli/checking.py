"""slahub check: the folder, the secrets, and what each connection can really do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from connectors import registry
from core.errors import SourceError, SourceRefused
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.settings import Configuration, Connection, Secrets, exposed_secrets, hub_settings
from core.sla.policy import ALWAYS
from core.store import Store
from slahub.bootstrap import Opening
from slahub.cli.out import ago, complain, emit, near, plural, say
from slahub.cli.view import advice

__all__ = ["check"]


def check(folder: Path, *, offline: bool, as_json: bool) -> int:
    """Print what is found; return 1 when a connection is not ready. Raises: SettingsError with every mistake."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    settings = hub_settings(draft)
    read = opening.checked(draft, registry.load())
    store = Store(settings.database)
    for warning in exposed_secrets(draft, read, Secrets(settings.secrets)):
        complain(f"warning: {warning}")
    if not as_json:
        say(f"The folder {near(folder)} is sound: {_contents(read)}.")
        say(f"database {near(store.path) if store.path else store.url.render_as_string(hide_password=True)}")
    sources = {} if offline else opening.trial(draft)
    status = 0
    for each in read.connections.values():
        found, problems = _asked(sources.get(each.name))
        status = 1 if problems else status
        if as_json:
            head = {"connection": each.name, "connector": each.connector, "mode": str(each.mode)}
            emit({**head, **found, "problems": problems if found else None})
        else:
            _print(each, found, problems)
    return status


def _contents(read: Configuration) -> str:
    rules = read.rules
    return ", ".join(
        [
            plural(len(read.connections), "connection"),
            plural(len(rules.calendars.keys() - {ALWAYS}), "calendar"),
            f"{len(rules.policies)} {'policy' if len(rules.policies) == 1 else 'policies'}",
        ]
    )


def _asked(source: Source | None) -> tuple[dict[str, object], Sequence[str]]:
    """Ask the source who it is and what is missing there; None: nobody is to be asked."""
    if source is None:
        return {}, ()
    try:
        found = source.connector.probe()
    except SourceError as error:
        return {"reached": False}, [f"{error}{advice(source) if isinstance(error, SourceRefused) else ''}"]
    about: dict[str, object] = {"reached": True, "account": found.account, "instance": found.instance}
    about["notes"] = found.notes
    return about, found.problems


def _print(each: Connection, found: Mapping[str, object], problems: Sequence[str]) -> None:
    say(f"{each.name}: {each.connector}, mode {each.mode}, asked every {ago(each.every.total_seconds())}")
    if found.get("reached"):
        say(f"{each.name}: works as {found['account']} in {found['instance']}")
    for note in cast("Sequence[str]", found.get("notes", ())):
        say(f"{each.name}: {note}")
    for problem in problems:
        complain(f"! {each.name}: {problem}")
