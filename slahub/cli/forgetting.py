"""slahub db forget: taking a person out of what is stored."""

import getpass
from collections.abc import Sequence
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.stop import StopSignal
from core.settings import Secrets, hub_settings
from core.store import Store, audit, forgetting
from core.store.forgetting import Found
from core.store.veiled import Veil
from slahub.bootstrap import Opening, host_now
from slahub.cli.count_bar import measured
from slahub.cli.out import complain, draw, emit, plural, say, table
from slahub.cli.questions import agreed
from slahub.cli.view import NOTHING
from slahub.sealing import sealing_key
from slahub.stores import existing

__all__ = ["forget"]


def forget(folder: Path, who: str, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Say whom it means, ask, and replace them everywhere; return 1 where nobody is meant or nobody agreed."""
    settings = hub_settings(Opening(folder, StopSignal()).draft())
    store = existing(settings)
    if store is None:
        raise SettingsError(NOTHING)
    with store.view() as tx:
        found = forgetting.find(tx, who)
    if as_json and (dry_run or not found):
        for each in found:
            emit(_row(each, forgotten=False))
    if not found:
        if not as_json:
            complain("Nobody who is stored is called so; write CONNECTION:ID, or the name as the helpdesk shows it.")
        return 1
    if not as_json:
        cells = [(each.connection, each.source_id, each.name, each.tickets) for each in found]
        draw(table(["connection", "id", "name", ">tickets"], cells))
    if dry_run:
        return 0
    key = sealing_key(settings, Secrets(settings.secrets))
    if key is None:
        raise SettingsError(
            Problem(
                "who was forgotten is known again under the hub's own key, and none is set",
                key="hub.key",
                hint="set SLAHUB_KEY to 32 or more random characters for this command and the daemon alike",
            )
        )
    whom = "this person" if len(found) == 1 else f"these {len(found)}"
    if not agreed(f"Forget {whom}? It cannot be undone.", yes=yes, as_json=as_json):
        return 1
    rows = _forget(store, found, key, as_json=as_json)
    if as_json:
        for each in found:
            emit(_row(each, forgotten=True))
        return 0
    say(f"Forgotten; {plural(rows, 'row')} rewritten. Clocks and figures are what they were.")
    say("Backups made before still hold the name: delete them, or forget again after restoring one.")
    return 0


def _forget(store: Store, found: Sequence[Found], key: bytes, *, as_json: bool) -> int:
    rows = done = 0
    with measured("rewritten", "rows", shown=not as_json) as report:

        def told(count: int) -> None:
            nonlocal done
            done += count
            report(done, done)

        for each in found:
            veil = Veil(each.connection, key)
            with store.unit() as tx:
                digest = forgetting.mark(tx, each, veil, host_now())
                about = {"connection": each.connection, "digest": digest, "tickets": each.tickets}
                audit.add(tx, audit.Entry(host_now(), getpass.getuser(), "forget", about))
            rows += forgetting.finish(store, each.connection_id, veil, told)
    return rows


def _row(each: Found, *, forgotten: bool) -> dict[str, object]:
    return {
        "connection": each.connection,
        "id": each.source_id,
        "name": each.name or None,
        "tickets": each.tickets,
        "forgotten": forgotten,
    }
