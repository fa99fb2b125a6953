"""slahub plan: what the folder would have made of the stored past, and what applying it changes now."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors import registry
from core.errors import Problem, SettingsError
from core.flows.plan import Asked, Listed, Part, Trial
from core.flows.plan_parts import compare, lots
from core.flows.source import mapping_of
from core.settings import Difference, configuration, differences, lock, parse
from core.sla.compare import Change
from core.sla.tally import Narrowed
from core.store import revisions
from slahub.bootstrap import Opening, offers_of
from slahub.cli import completing
from slahub.cli.configuring import difference_row, tell_differences
from slahub.cli.count_bar import counted
from slahub.cli.keeping import say_sealed
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, emit, say
from slahub.cli.planned import listed_row, rows, tell, tell_listed
from slahub.cli.view import NOTHING, View, look
from slahub.cli.work import interruptible

__all__ = ["Wanted", "kinds", "plan"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. sample: that many tickets instead of all. listed: which changes, clock by clock."""

    sample: int | None = None
    processes: int | None = None
    narrowed: Narrowed = Narrowed()
    listed: frozenset[Change] = frozenset()


def plan(folder: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Print what the draft would change; return 1 when it would change a clock. Writes nothing.

    Raises: SettingsError for a draft with mistakes, or where nothing is in force; StoreError.
    """
    with interruptible() as stop:
        found, trial, changes = _trial(Opening(folder, stop), wanted)
        if as_json:
            for change in changes:
                emit({"part": "difference", **difference_row(change)})
        else:
            tell_differences(changes, f"revision {found.active.revision}")
        todo = lots(found.store, trial, wanted.sample)
        part, listed, began = Part(), list[Listed](), time.monotonic()
        processes = wanted.processes or os.cpu_count() or 1
        with counted("replaying", sum(len(lot.ids) for lot in todo), shown=not as_json) as advance:
            for lot, each in zip(todo, compare(trial, found.store, todo, processes, stop), strict=False):
                part.absorb(each)
                if as_json:
                    for one in each.listed:
                        emit(listed_row(one))
                else:
                    listed += each.listed
                advance(len(lot.ids))
        if stop.reached():
            complain("interrupted; nothing was written, and the next plan begins anew")
            return INTERRUPTED
    seconds = time.monotonic() - began
    if as_json:
        for row in rows(part, seconds):
            emit(row)
    else:
        if listed:
            tell_listed(listed)
        _tell_left_out(found, trial)
        tell(part, seconds)
        say_sealed(found.store)
    asked = {each.name for each in trial.asked}
    completing.tell(found.store, [each for name, each in found.seen.items() if name in asked], as_json=as_json)
    return 1 if part.tallies.total.changes() else 0


def kinds(named: Sequence[str], *, every: bool) -> frozenset[Change]:
    """Return the changes that are meant; none named: every one, or none at all.

    Raises: SettingsError for a word that is no change.
    """
    words = [word.replace("-", "_").replace(" ", "_") for word in named]
    for word in words:
        if word not in set(Change):
            raise SettingsError(
                Problem(f"`{word}` is no kind of change", key="--change", hint=f"one of {', '.join(Change)}")
            )
    if words:
        return frozenset(map(Change, words))
    return frozenset(Change) - {Change.SAME} if every else frozenset()


def _trial(opening: Opening, wanted: Wanted) -> tuple[View, Trial, Sequence[Difference]]:
    """Return what is stored, what is compared with it, and how the draft differs."""
    catalogue = registry.load()
    draft = opening.draft()
    opening.checked(draft, catalogue)
    found = look(opening, catalogue)
    if found is None:
        raise SettingsError(NOTHING)
    with found.store.view() as tx:
        newest = revisions.newest(tx)
    now = opening.now()
    locked = lock(draft.content, now.year)
    read = configuration(
        locked, offers_of(catalogue), revision=found.active.revision + 1, applied_at=now, positions=draft.positions
    )
    asked = [
        Asked(
            seen.id,
            name,
            now + seen.row.skew,
            seen.mapping,
            mapping_of(read.connections[name], catalogue.connectors[read.connections[name].connector].mapping),
        )
        for name, seen in found.seen.items()
        if name in read.connections
    ]
    trial = Trial(
        url=found.store.url.render_as_string(hide_password=False),
        active=found.active.rules,
        draft=read.rules,
        asked=tuple(asked),
        narrowed=wanted.narrowed,
        listed=wanted.listed,
    )
    return found, trial, differences(parse(newest.content) if newest else None, locked)


def _tell_left_out(found: View, trial: Trial) -> None:
    for name in found.seen.keys() - {each.name for each in trial.asked}:
        say(f"- {name} is not in the folder: its tickets were not looked at, and no longer would be")
