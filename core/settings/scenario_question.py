"""A scenario of business time: one question to one calendar."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.settings.plain import KeyPath
from core.settings.positions import Problems
from core.settings.scenario_around import Around
from core.settings.scenario_sections import (
    Answer,
    FromOn,
    FromTo,
    IsOpen,
    Landed,
    OpenSeconds,
    Question,
    TimeCaseSection,
    answer,
    question,
)
from core.settings.scenario_ticket import instant
from core.settings.scenario_values import Endpoints, Landing, TimeScenario, Way
from core.settings.translation import validated

__all__ = ["time_scenario"]


def time_scenario(around: Around, index: int, raw: object) -> TimeScenario | None:
    """Return one scenario; None when it has mistakes, which are then in the problems of the file."""
    place, problems = ("cases", index), around.problems
    before = problems.count()
    section = validated(TimeCaseSection, raw, place, problems)
    if section is None or problems.count() > before:
        return None
    zone = around.zone_of(section)
    asked = question(section.op, section.input, (*place, "input"), problems)
    ways = defaultdict[str, list[Way]](list)
    for key, endpoints, raw_answer in _answers(section):
        here = (*place, key)
        said = answer(section.op, raw_answer, here, problems)
        for name, way in _ways(said, zone, here, problems) if said else ():
            ways[name].append(replace(way, endpoints=endpoints))
    if asked is None or problems.count() > before:
        return None
    at, end, seconds = _asked(asked, zone, (*place, "input"), problems)
    calendar = around.named(section.calendar, (*place, "calendar"), at, end or at)
    if calendar is None or problems.count() > before:
        return None
    return TimeScenario(
        id=section.id or str(index + 1),
        title=section.title or section.note,
        file=around.file,
        tolerance=section.tolerance_seconds,
        calendar=calendar,
        op=section.op,
        at=at,
        end=end,
        seconds=seconds,
        expected={name: tuple(found) for name, found in ways.items()},
    )


def _answers(section: TimeCaseSection) -> Iterator[tuple[str, Endpoints | None, object]]:
    both = section.dst_endpoint_rule and section.expected_wall is not None
    yield "expected", Endpoints.INSTANTS if both else None, section.expected
    if both:
        yield "expected_wall", Endpoints.WALL, section.expected_wall


def _ways(said: Answer, zone: ZoneInfo | None, place: KeyPath, problems: Problems) -> Iterator[tuple[str, Way]]:
    def at(key: str, given: datetime | None) -> datetime | None:
        return None if given is None else instant(given, zone, (*place, key), problems)

    match said:
        case OpenSeconds(seconds=seconds):
            yield "seconds", Way(seconds)
        case IsOpen(open=is_open):
            yield "open", Way(is_open)
        case Landed(at=closing, at_next_open=opening) if opening is not None:
            yield "at", Way(at("at", closing), Landing.CLOSING)
            yield "at", Way(at("at_next_open", opening), Landing.OPENING)
        case _:
            yield "at", Way(at("at", said.at))


def _asked(
    asked: Question, zone: ZoneInfo | None, place: KeyPath, problems: Problems
) -> tuple[datetime, datetime | None, int]:
    match asked:
        case FromTo(start=start, end=end):
            return (
                instant(start, zone, (*place, "start"), problems),
                instant(end, zone, (*place, "end"), problems),
                0,
            )
        case FromOn(start=start, seconds=seconds):
            return instant(start, zone, (*place, "start"), problems), None, seconds
        case _:
            return instant(asked.at, zone, (*place, "at"), problems), None, 0
