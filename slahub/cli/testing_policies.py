"""slahub scenarios: tests that admins write for their policies and calendars."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import registry
from core.flows.scenarios import Outcome, pauses, run
from core.settings import configuration, configuration_files, read_folder
from core.settings.plain import is_keys
from core.settings.scenario_file import read_scenarios
from core.settings.scenario_values import Folder, Op, TicketScenario, TimeScenario
from core.sla.verdict import Clock, State
from slahub.bootstrap import host_now, offers_of
from slahub.cli.out import draw, emit, instant, say, table

__all__ = ["scenarios"]

HEADS = ("metric", "key", "expected", "got", "why")
UTC = ZoneInfo("UTC")


def scenarios(folder: Path, files: Sequence[Path], *, as_json: bool) -> int:
    """Print what comes of each scenario; return 1 when one of them fails.

    Raises: SettingsError with every mistake, before anything is tried.
    """
    passed = failed = 0
    for outcome in run(read_scenarios(files, cache(lambda: _folder(folder)))):
        if as_json:
            emit(_row(outcome))
        elif not outcome.passed:
            _tell(outcome)
        passed, failed = passed + outcome.passed, failed + (not outcome.passed)
    if not as_json:
        say(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _folder(path: Path) -> Folder | None:
    """Return what the folder of the configuration says; None where it has nothing."""
    if not configuration_files(path):
        return None
    draft = read_folder(path)
    read = configuration(
        draft.content, offers_of(registry.load()), revision=0, applied_at=host_now(), positions=draft.positions
    )
    calendars = draft.content.get("calendars")
    return Folder(read.rules, calendars if is_keys(calendars) else {}, frozenset(read.connections))


def _row(outcome: Outcome) -> dict[str, object]:
    scenario = outcome.scenario
    return {
        "id": scenario.id,
        "passed": outcome.passed,
        "differences": [
            {
                "metric": each.metric or None,
                "key": each.key,
                "expected": each.expected,
                "got": each.got,
                "why": each.why or None,
            }
            for each in outcome.differences
        ],
        "title": scenario.title or None,
        "file": scenario.file,
    }


def _tell(outcome: Outcome) -> None:
    """Print what is different, and what led to it."""
    scenario = outcome.scenario
    say(f"{scenario.id}: {scenario.title}" if scenario.title else scenario.id)
    rows = [_cells(outcome, number) for number in range(len(outcome.differences))]
    used = [at for at, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    draw(table([HEADS[at] for at in used], [[row[at] for at in used] for row in rows]))
    for line in _asked(scenario) if isinstance(scenario, TimeScenario) else _courses(scenario, outcome):
        say(line)
    say("")


def _cells(outcome: Outcome, number: int) -> Sequence[str]:
    each, scenario = outcome.differences[number], outcome.scenario
    if isinstance(scenario, TimeScenario):
        zone = ZoneInfo(scenario.calendar.timezone)
    else:
        zone = _zone(scenario, outcome.clocks.get(each.metric))
    return each.metric, each.key, _shown(each.key, each.expected, zone), _shown(each.key, each.got, zone), each.why


def _zone(scenario: TicketScenario, clock: Clock | None) -> ZoneInfo:
    return UTC if clock is None else ZoneInfo(scenario.rules[0].calendars[clock.calendar].timezone)


def _shown(key: str, value: object, zone: ZoneInfo) -> str:
    """Return a value as a file has it, and as people read it."""
    if isinstance(value, datetime):
        return _when(value, zone)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and key.endswith("seconds"):
        return f"{value} ({_length(value)})"
    return "none" if value is None else str(value)


def _when(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{instant(at)} ({local:%a} {clock} {local:%Z})"


def _length(seconds: int) -> str:
    """Return `2h 05m`, `45s`, `-1h 00m 30s`."""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}h {minutes:02}m"] if hours else [f"{minutes}m"] if minutes else []
    if rest or not parts:
        parts.append(f"{rest:02}s" if parts else f"{rest}s")
    return ("-" if seconds < 0 else "") + " ".join(parts)


def _asked(scenario: TimeScenario) -> Iterator[str]:
    zone = ZoneInfo(scenario.calendar.timezone)
    at = _when(scenario.at, zone)
    match scenario.op:
        case Op.ELAPSED:
            yield f"asked: the open time from {at} to {_when(scenario.end or scenario.at, zone)}"
        case Op.ADD:
            yield f"asked: {at} and {_length(scenario.seconds)} of open time after it"
        case Op.IS_OPEN:
            yield f"asked: whether it is open at {at}"
        case Op.NEXT_OPEN:
            yield f"asked: the next opening, seen from {at}"


def _courses(scenario: TicketScenario, outcome: Outcome) -> Iterator[str]:
    """Yield what each clock did that does not stand as expected."""
    for metric in dict.fromkeys(each.metric for each in outcome.differences):
        clock = outcome.clocks.get(metric)
        if clock is None:
            yield f"{metric}: there is no such clock on {_when(scenario.now, UTC)}"
            continue
        zone = _zone(scenario, clock)
        yield f"{metric}, by policy {clock.id.policy} in calendar {clock.calendar} ({zone.key}):"
        yield from (
            f"  {_when(at, zone)}  {what}" for at, what in sorted(_steps(scenario, clock), key=lambda each: each[0])
        )


def _steps(scenario: TicketScenario, clock: Clock) -> Iterator[tuple[datetime, str]]:
    """Yield what became of a clock, and when."""
    if clock.started_at is not None:
        yield clock.started_at, "started"
    for each in pauses(scenario, clock):
        yield each.since, f"stood still: {each.status}"
        if each.until != clock.completed_at and (each.until != scenario.now or clock.state is State.RUNNING):
            yield each.until, "went on"
    if clock.completed_at is not None:
        yield clock.completed_at, "completed"
    if clock.due_at is not None:
        yield clock.due_at, "due"
    if clock.completed_at is None:
        yield scenario.now, f"now: {clock.state}{f', {clock.reason}' if clock.reason else ''}"
