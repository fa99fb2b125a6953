"""The keys of a scenario, as files write them: the vectors' own words and those of the configuration."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator

from core.settings.duration import open_seconds
from core.settings.plain import KeyPath
from core.settings.positions import Problems
from core.settings.scalars import Section, Texts, TimeZone, Word
from core.settings.scenario_values import Op
from core.settings.translation import validated
from core.settings.words import Mistake
from core.tickets import Phase, Status

__all__ = [
    "EVENTS",
    "Answer",
    "AnyEvent",
    "AppliesSection",
    "AssignEvent",
    "AtMoment",
    "CalendarEvent",
    "CaseSection",
    "CommentEvent",
    "EventSection",
    "FieldEvent",
    "FileSection",
    "FromOn",
    "FromTo",
    "IsOpen",
    "Landed",
    "OpenSeconds",
    "PriorityEvent",
    "Question",
    "Reached",
    "ResultSection",
    "StatusEvent",
    "TicketCaseSection",
    "TicketSection",
    "TimeCaseSection",
    "answer",
    "question",
]


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise Mistake("expected an instant", "write 2026-05-04T09:00:00Z")
    text = value.strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise Mistake(f"`{text}` is not an instant", "write 2026-05-04T09:00:00Z") from exc
    if ":" not in text:
        raise Mistake(f"`{text}` says no time of day", "write 2026-05-04T09:00:00Z")
    return at


def _seconds(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise Mistake("expected seconds or a duration", "write 7200 or 2h")
    text = value.strip()
    if text in {"0s", "0m", "0h"}:
        return 0
    return -open_seconds(text[1:].lstrip()) if text.startswith("-") else open_seconds(text)


def _at_least(least: int) -> Callable[[int], int]:
    def checked(value: int) -> int:
        if value < least:
            raise Mistake(f"`{value}` is too little", f"{least} is the least")
        return value

    return checked


def _version(value: int) -> int:
    if value != 1:
        raise Mistake(f"`{value}` is no version that can be read", "write 1, or leave it out")
    return value


Moment: TypeAlias = Annotated[datetime, PlainValidator(_moment)]
"""An instant, or a local time that says no zone."""

Seconds: TypeAlias = Annotated[int, PlainValidator(_seconds)]
"""Seconds as a number, or as a duration: `2h 05m`, `-30m`, `0s`."""

Count: TypeAlias = Annotated[int, Field(ge=0)]


class FileSection(Section):
    """kind: as the keys of its cases say it when left out. timezone: of all times in it that say none."""

    kind: Literal["sla_tickets", "business_time"] | None = None
    version: Annotated[int, AfterValidator(_version)] = 1
    description: str = ""
    timezone: TimeZone | None = None
    cases: object


class CaseSection(Section):
    """What both kinds know. source, note, asserted_by_source: for people; nothing depends on them.

    timezone: of the times in it that say no zone.
    """

    id: str | None = None
    title: str = ""
    note: str = ""
    source: object = None
    timezone: TimeZone | None = None
    tolerance_seconds: Annotated[Seconds, AfterValidator(_at_least(0))] = 0


class TicketCaseSection(CaseSection):
    """calendars, calendar, policy, ticket, expected: read one by one, for each has a form of its own."""

    calendars: object = None
    calendar: object = None
    policy: object = None
    ticket: object
    now: Moment
    expected: dict[str, object]
    asserted_by_source: object = None


class TimeCaseSection(CaseSection):
    calendar: object
    op: Op
    input: object
    expected: object
    expected_wall: object = None
    dst_endpoint_rule: bool = False


class AppliesSection(Section):
    """With a priority of any other kind at `now` all clocks are inactive."""

    priority: Texts


class TicketSection(Section):
    created_at: Moment
    status: Word = Status(Phase.NEW)
    priority: str | None = None
    events: tuple[object, ...] = ()


class EventSection(Section):
    """`attach`, and what every event knows."""

    at: Moment
    type: str


class StatusEvent(EventSection):
    to: Word


class PriorityEvent(EventSection):
    to: str | None


class CalendarEvent(EventSection):
    to: str


class AssignEvent(EventSection):
    """to: the agent; one who has not had it yet when left out."""

    to: str | None = None


class CommentEvent(EventSection):
    author: Literal["agent", "customer"]
    public: bool = True


class FieldEvent(EventSection):
    """Any other field that a policy may ask for has another value, or several, or none."""

    to: Texts | None


class AnyEvent(EventSection):
    """One whose type nobody knows: its other keys are no mistakes."""

    to: object = None
    author: object = None
    public: object = None


EVENTS: Mapping[str, type[EventSection]] = {
    "status": StatusEvent,
    "priority": PriorityEvent,
    "comment": CommentEvent,
    "calendar": CalendarEvent,
    "assign": AssignEvent,
    "attach": EventSection,
}


class ResultSection(Section):
    """How the last clock of a metric stands; an instant that is null must not be there.

    policy: which one it is, where a metric has clocks of several. calendar: which one it is measured in.
    """

    state: Literal["inactive", "running", "paused", "completed"] | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    target_seconds: Seconds | None = None
    due_at: Moment | None = None
    due_at_next_open: Moment | None = None
    elapsed_seconds: Seconds | None = None
    remaining_seconds: Seconds | None = None
    breached: bool | None = None
    paused_seconds: Seconds | None = None
    paused_wall_seconds: Seconds | None = None
    cycles: Count | None = None
    cycles_breached: Count | None = None
    policy: str | None = None
    calendar: str | None = None


class FromTo(Section):
    start: Moment
    end: Moment


class FromOn(Section):
    start: Moment
    seconds: Annotated[Seconds, AfterValidator(_at_least(1))]


class AtMoment(Section):
    at: Moment


class OpenSeconds(Section):
    seconds: Annotated[Seconds, AfterValidator(_at_least(0))]


class IsOpen(Section):
    open: bool


class Reached(Section):
    """at: None for never."""

    at: Moment | None


class Landed(Reached):
    at_next_open: Moment | None = None


Question: TypeAlias = FromTo | FromOn | AtMoment
Answer: TypeAlias = OpenSeconds | IsOpen | Reached

_QUESTIONS: Mapping[Op, type[Question]] = {
    Op.ELAPSED: FromTo,
    Op.ADD: FromOn,
    Op.IS_OPEN: AtMoment,
    Op.NEXT_OPEN: AtMoment,
}
_ANSWERS: Mapping[Op, type[Answer]] = {
    Op.ELAPSED: OpenSeconds,
    Op.ADD: Landed,
    Op.IS_OPEN: IsOpen,
    Op.NEXT_OPEN: Reached,
}


def question(op: Op, raw: object, path: KeyPath, problems: Problems) -> Question | None:
    """Return what is asked; None when it has mistakes, which are then in `problems`."""
    return validated(_QUESTIONS[op], raw, path, problems)


def answer(op: Op, raw: object, path: KeyPath, problems: Problems) -> Answer | None:
    """Return what is answered; None when it has mistakes, which are then in `problems`."""
    return validated(_ANSWERS[op], raw, path, problems)
