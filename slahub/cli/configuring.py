"""slahub config: the draft in the folder against the revisions in the database."""

import getpass
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors import registry
from core.errors import Problem, SettingsError
from core.flows.configure import apply, in_force
from core.flows.stop import StopSignal
from core.settings import Difference, differences, hub_settings, lock, parse
from core.settings.plain import Json
from core.settings.revision import LOCKED, Absent, Side
from core.store import revisions
from slahub.binding import bind
from slahub.bootstrap import Opening, host_now, offers_of
from slahub.cli.keeping import say_sealed
from slahub.cli.out import Whole, complain, draw, emit, plural, say, short, table
from slahub.cli.restating import Narrow, restating_row, told
from slahub.cli.view import NOTHING
from slahub.stores import existing, open_store

__all__ = ["diff", "difference_row", "put_into_force", "show", "tell_differences"]


def put_into_force(folder: Path, *, note: str, author: str, restate: bool, narrow: Narrow, as_json: bool) -> None:
    """Make the folder the active revision, and print what that changes."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    catalogue = registry.load()
    read = opening.checked(draft, catalogue)
    store = open_store(hub_settings(draft), make=True)
    now, offers = host_now(), offers_of(catalogue)
    active = in_force(store, offers)
    restates = narrow.read(restate, [read, *([] if active is None else [active[0]])], now)
    done = apply(
        store,
        draft.content,
        offers,
        author=author or getpass.getuser(),
        note=note,
        now=now,
        restates=restates,
        positions=draft.positions,
    )
    for reason in bind(store, opening.entrances(read, catalogue, draft)):
        complain(f"! {reason}")
    lines = done.diff.splitlines()
    if as_json:
        emit({"revision": done.number, "changes": len(lines), "restates": restating_row(restates)})
        return
    if done.number is None:
        say("Nothing to do: the folder says what is in force.")
        return
    for line in lines:
        say(line)
    say(f"revision {done.number} is in force, {plural(len(lines), 'change')}")
    if restates is not None:
        say(f"It restates {told(restates)}, when they are evaluated.")
        say_sealed(store)


def diff(folder: Path, *, as_json: bool) -> int:
    """Print how the folder differs from what is in force; return 1 when it does. Makes no database."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    opening.checked(draft, registry.load())
    store = existing(hub_settings(draft))
    newest = None
    if store is not None:
        with store.view() as tx:
            newest = revisions.newest(tx)
    found = differences(parse(newest.content) if newest else None, lock(draft.content, host_now().year))
    against = f"revision {newest.number}" if newest else "nothing: no revision is in force yet"
    if as_json:
        for each in found:
            emit(difference_row(each))
    else:
        tell_differences(found, against)
    return 1 if found else 0


def tell_differences(found: Sequence[Difference], against: str) -> None:
    """Print for people how the folder differs from what it is held against."""
    for each in found:
        say(str(each))
    say(f"{plural(len(found), 'change')} against {against}")


def difference_row(each: Difference) -> dict[str, object]:
    """Return one key that two contents say differently as scripts read it."""
    return {"path": each.path, "from": _side(each.before), "to": _side(each.after), "kind": each.kind}


def _side(value: Side) -> Whole | None:
    return None if isinstance(value, Absent) else Whole(value)


def show(folder: Path, revision: int | None, *, as_json: bool) -> None:
    """Print the list of revisions and the content of one: the active one, if none is named."""
    store = existing(hub_settings(Opening(folder, StopSignal()).draft()))
    rows = []
    if store is not None:
        with store.view() as tx:
            rows = revisions.every(tx)
    if not rows:
        raise SettingsError(NOTHING)
    chosen = rows[-1] if revision is None else next((row for row in rows if row.number == revision), None)
    if chosen is None:
        raise SettingsError(Problem(f"there is no revision {revision}", hint=f"the newest is {rows[-1].number}"))
    content = parse(chosen.content)
    if as_json:
        emit(
            {
                "revision": chosen.number,
                "applied_at": chosen.applied_at,
                "author": chosen.author,
                "note": chosen.note or None,
                "restates": restating_row(chosen.restates),
                "content": Whole(content),
            }
        )
        return
    if revision is None:
        cells = [
            (
                row.number,
                short(row.applied_at),
                row.author,
                row.note,
                "" if row.restates is None else told(row.restates),
            )
            for row in rows
        ]
        heads = [">revision", "applied (UTC)", "by", "note", *(["restates"] if any(row[4] for row in cells) else [])]
        draw(table(heads, [row[: len(heads)] for row in cells], folding="note"))
    say(f"# revision {chosen.number}\n{_yaml(content)}")


def _yaml(content: dict[str, Json]) -> str:
    """Return a revision's content as one would write it, without the dates that its holidays stand for."""
    # The library's writer carries no types; nothing of it leaves this function.
    yaml: Any = YAML(typ="safe")
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 4096
    text = io.StringIO()
    yaml.dump(_written(content), text)
    return text.getvalue().rstrip()


def _written(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _written(part) for key, part in value.items() if key not in LOCKED}
    return value
