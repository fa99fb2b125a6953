"""slahub targets: which share of the past each candidate target would have kept."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.stop import StopSignal
from core.flows.targets import Group, Only, targets
from core.settings import likeliest
from core.sla.policy import Target
from core.sla.targets import PERCENT, Candidate
from core.store import taken
from core.tickets import Priority
from slahub.bootstrap import Opening
from slahub.cli import completing
from slahub.cli.out import draw, emit, plural, say, table
from slahub.cli.view import view

__all__ = ["show"]

SHOWN = 8
"""How many candidates fit beside each other."""


def show(folder: Path, metric: str, only: Only, connection: str, *, as_json: bool) -> None:
    """Print what each candidate target would have come to. Raises: SettingsError for a name that is not there."""
    found = view(Opening(folder, StopSignal()))
    chosen = {seen.id: seen.now() for seen in found.chosen(connection)}
    name = metric.replace("-", "_").replace(" ", "_")
    if only.priority and only.priority not in set(Priority):
        raise _unknown("priority", only.priority, list(Priority), "--priority")
    with found.store.view() as tx:
        there = {each for one in chosen for each in taken.metrics(tx, one)}
        if name not in there:
            raise _unknown("metric", metric, sorted(there))
        groups = targets(tx, chosen, found.active, name, only)
    if as_json:
        for group in groups:
            emit(_row(name, group))
        completing.tell(found.store, found.chosen(connection), as_json=True)
        return
    if not groups:
        say("no clock of these was ever finished or is going")
    for (policy, calendar), each in groupby(groups, key=lambda one: (one.policy, one.calendar)):
        say(f"{policy}: {name.replace('_', ' ')}, in the open time of calendar {calendar}")
        _draw(list(each))
    completing.tell(found.store, found.chosen(connection), as_json=False)


def _unknown(kind: str, name: str, there: Sequence[str], key: str = "") -> SettingsError:
    near = likeliest(name, there)
    hint = f"did you mean `{near}`?" if near else f"there is {', '.join(there)}" if there else "there is no clock yet"
    return SettingsError(Problem(f"no {kind} is called `{name}`", key=key, hint=hint))


def _draw(groups: Sequence[Group]) -> None:
    steps = sorted({one.seconds for group in groups for one in group.spread.candidates})[-SHOWN:]
    heads = ("priority", ">finished", ">going", *(f">{_open_time(step)}" for step in steps))
    lines: list[Sequence[object]] = []
    for group in groups:
        every = {one.seconds: one for one in group.spread.candidates}
        first, last = min(every), max(every)
        cells = [_percent(every[first if step < first else last if step > last else step]) for step in steps]
        enough = (group.spread.enough.get(percent) for percent in PERCENT)
        lines.append(
            (
                group.priority or "all",
                f"{group.spread.finished:,}",
                f"{group.spread.going:,}",
                *cells,
                *("" if one is None else _open_time(one.seconds) for one in enough),
                _promised(group.promised),
            )
        )
    draw(table((*heads, *(f">{percent} % in" for percent in PERCENT), ">promised"), lines))


def _percent(one: Candidate) -> str:
    return "" if one.attained is None else f"{100 * one.attained:.0f} %"


def _open_time(seconds: int) -> str:
    """Return a target as it is written in a policy: no days, which are not the same for every calendar."""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = [f"{hours}h"] if hours else []
    return " ".join([*parts, f"{minutes}m"] if minutes or not hours else parts)


def _promised(target: Target | None) -> str:
    if target is None:
        return ""
    return plural(target.working_days or 0, "day") if target.seconds is None else _open_time(target.seconds)


def _row(metric: str, group: Group) -> dict[str, object]:
    return {
        "metric": metric,
        "policy": group.policy,
        "calendar": group.calendar,
        "priority": group.priority,
        "finished": group.spread.finished,
        "going": group.spread.going,
        "promised_seconds": None if group.promised is None else group.promised.seconds,
        "promised_working_days": None if group.promised is None else group.promised.working_days,
        "candidates": [_candidate(one) for one in group.spread.candidates],
        "enough": {str(percent): _candidate(one) for percent, one in group.spread.enough.items()},
    }


def _candidate(one: Candidate) -> dict[str, object]:
    return {
        "seconds": one.seconds,
        "met": one.met,
        "missed": one.missed,
        "undecided": one.undecided,
        "attained": None if one.attained is None else round(one.attained, 4),
    }
