"""Scenario files: tests for policies and calendars, in the schema of the shared vectors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import Problem, SettingsError
from core.settings.plain import Json, entry, is_items, is_keys
from core.settings.positions import Positions, Problems
from core.settings.scenario_around import Around, FolderOf
from core.settings.scenario_case import ticket_scenario
from core.settings.scenario_question import time_scenario
from core.settings.scenario_sections import FileSection
from core.settings.scenario_values import Scenario
from core.settings.translation import validated
from core.settings.yaml_file import YamlFile

__all__ = ["read_scenarios"]

SHAPE = "expected a file with `cases`, each with what is given and what is expected"


def read_scenarios(files: Iterable[Path], folder: FolderOf) -> list[Scenario]:
    """Return the scenarios of all files, in their order.

    Raises: SettingsError with every mistake of every file, so that nothing is tried before all can be.
    """
    found, wrong = list[Scenario](), list[Problem]()
    for file in files:
        try:
            found += _read(file, folder)
        except SettingsError as exc:
            wrong += exc.problems
    if wrong:
        raise SettingsError(list(dict.fromkeys(wrong)))
    return found


def _read(file: Path, folder: FolderOf) -> Sequence[Scenario]:
    """Return the scenarios of one file. Where keys stand is looked for only when something is wrong with them."""
    quick = _quick(file)
    if quick is not None:
        problems = Problems(quick)
        found = _scenarios(file, quick, folder, problems)
        if problems.count() == 0:
            return found
    wrong = list[Problem]()
    reading = YamlFile(str(file), wrong, SHAPE)
    content = reading.read(file)
    if wrong:
        raise SettingsError(wrong)
    problems = Problems(content, Positions(reading.places))
    found = _scenarios(file, content, folder, problems)
    problems.raise_any()
    return found


def _quick(file: Path) -> Mapping[str, object] | None:
    """Return the content of a file that is JSON; None when it is not, or says a key twice.

    Raises: SettingsError for one that says it is and is not.
    """
    try:
        content = json.loads(file.read_text("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except json.JSONDecodeError as exc:
        if file.suffix == ".json":
            raise SettingsError(Problem(f"this is not JSON: {exc.msg}", str(file), exc.lineno)) from exc
        return None
    except (OSError, ValueError, RecursionError):
        return None
    return content if is_keys(content) else None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _refused(name: str) -> Json:
    raise ValueError(name)


def _scenarios(file: Path, content: Mapping[str, object], folder: FolderOf, problems: Problems) -> list[Scenario]:
    cases = content.get("cases")
    if not is_items(cases) or not cases:
        raise SettingsError(Problem(SHAPE, str(file), 1, "cases"))
    section = validated(FileSection, {**content, "cases": ()}, (), problems)
    business = any("op" in case for case in cases if is_keys(case))
    kind = section.kind if section and section.kind else "business_time" if business else "sla_tickets"
    zone = ZoneInfo(section.timezone) if section and section.timezone else None
    around = Around(str(file), zone, folder, problems)
    read = time_scenario if kind == "business_time" else ticket_scenario
    found = [read(around, index, case) for index, case in enumerate(cases)]
    _tell_twice(cases, problems)
    return [each for each in found if each is not None]


def _tell_twice(cases: Sequence[object], problems: Problems) -> None:
    """Tell of ids that two scenarios have: nobody would know which one is meant."""
    first = dict[object, int]()
    for index, case in enumerate(cases):
        name = entry(case, "id")
        if isinstance(name, str | int) and first.setdefault(name, index) != index:
            where = problems.place(("cases", first[name], "id"))
            problems.add(("cases", index, "id"), f"`{name}` stands twice, first in {where}", "give each its own id")
