"""The words of the configuration that are one value each: hours, dates, statuses, shares, time allowed."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema

from core.settings.duration import open_seconds, wall_time, working_days
from core.settings.plain import is_items
from core.settings.values import Budget
from core.settings.words import Mistake, nearest, zone
from core.sla.policy import AtRisk, StatusPattern, StopOn, Target
from core.tickets import Phase, Status, WaitOn

__all__ = [
    "DATE",
    "STATUS_WORDS",
    "Allowed",
    "Date",
    "DateOrTime",
    "Hours",
    "LocalHours",
    "ManyHours",
    "Pattern",
    "Patterns",
    "Rate",
    "Section",
    "SourceId",
    "Span",
    "Stop",
    "Texts",
    "Threshold",
    "TimeZone",
    "WallTime",
    "Word",
    "as_list",
    "read_date",
]

DAY = 86_400
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
SPAN = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")
SPAN_SHAPE = r"^\d\d?:\d\d *- *\d\d?:\d\d$"
RATE = re.compile(r"(\d{1,9})\s*/\s*(s|min|h|d)")
SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
AT_RISK = re.compile(r"([\d.]+\s*%) left(?:, at most ([^,]+))?(?:, at least ([^,]+))?")
PER = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

VECTOR_WORDS = {
    "pending": StatusPattern(Phase.WAITING, WaitOn.CUSTOMER),
    "hold": StatusPattern(Phase.WAITING, WaitOn.VENDOR),
    "solved": StatusPattern(Phase.RESOLVED),
}
PHASES = tuple(str(phase) for phase in Phase if phase is not Phase.UNKNOWN)
WAITS = tuple(f"{Phase.WAITING}/{on}" for on in WaitOn if on is not WaitOn.NONE)
STATUS_WORDS = (*PHASES, *WAITS, *VECTOR_WORDS)
STOPS = ("agent_public_comment", "agent_private_comment", "assign")


class Section(BaseModel):
    """A part of the configuration: no other keys, numbers are fine where text is expected."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


def as_list(value: object) -> object:
    """Return a single value as a list of one."""
    return value if is_items(value) else [value]


def _text(value: object, example: str) -> str:
    if not isinstance(value, str):
        found = f", found `{value}`" if isinstance(value, int | float) else ""
        raise Mistake(f"expected text{found}", f"write {example}")
    return value.strip()


def _span(value: object) -> tuple[int, int]:
    """Return local seconds of a day; the end is before the start when the hours go over midnight."""
    text = _text(value, '"08:00-17:00"')
    match = SPAN.fullmatch(text)
    if match is None:
        raise Mistake(f"`{text}` is not a stretch of hours", 'write "08:00-17:00"')
    start, end = (int(hour) * 3600 + int(minute) * 60 for hour, minute in (match.group(1, 2), match.group(3, 4)))
    if int(match[2]) > 59 or int(match[4]) > 59 or start >= DAY or end > DAY:
        raise Mistake(f"`{text}`: there is no such time of day", "a day goes from 00:00 to 24:00")
    if start == end:
        raise Mistake(f"`{text}` is empty", 'leave it out, or write "00:00-24:00" for the whole day')
    return start, end


def _local_hours(value: object) -> tuple[time, time]:
    start, end = (second % DAY for second in _span(value))
    return time(start // 3600, start // 60 % 60), time(end // 3600, end // 60 % 60)


def read_date(value: object) -> date:
    """Return the date of `2026-12-24`. Raises: Mistake."""
    text = _text(value, "2026-12-24")
    match = DATE.fullmatch(text)
    if match is None:
        raise Mistake(f"`{text}` is not a date", "write 2026-12-24")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as exc:
        raise Mistake(f"there is no {text} in any calendar") from exc


def _date_or_time(value: object) -> date | datetime:
    text = _text(value, "2026-12-24")
    if DATE.fullmatch(text):
        return read_date(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise Mistake(f"`{text}` is not a date or an instant", "write 2026-12-24, or 2026-12-24 14:30") from exc


def _pattern(value: object) -> StatusPattern:
    text = _text(value, "waiting/customer")
    phase, _, wait_on = text.partition("/")
    if text not in STATUS_WORDS:
        raise Mistake(f"`{text}` is not a status", nearest(text, STATUS_WORDS))
    return VECTOR_WORDS.get(text) or StatusPattern(Phase(phase), WaitOn(wait_on) if wait_on else None)


def _status(value: object) -> Status:
    pattern = _pattern(value)
    return Status(pattern.phase, pattern.wait_on or WaitOn.NONE)


def _stop(value: object) -> StopOn:
    text = _text(value, "agent_public_comment")
    for known in ("agent_public_comment", "agent_private_comment", "assign"):
        if text == known:
            return known
    if text.startswith("status:"):
        return _pattern(text.removeprefix("status:"))
    hint = f"write status:{text}" if text in STATUS_WORDS else nearest(text, STOPS)
    raise Mistake(f"`{text}` does not end a first response", hint)


def _allowed(value: object) -> Target:
    days = working_days(value) if isinstance(value, str) else None
    return Target(working_days=days) if days is not None else Target(seconds=open_seconds(value))


def _share(text: str) -> float:
    match = SHARE.fullmatch(text)
    if match is None or not 0 < float(match[1]) <= 100:
        raise Mistake(f"`{text}` is not a share", "write 25%")
    return float(match[1]) / 100


def _rate(value: object) -> Budget:
    text = _text(value, "25%")
    match = RATE.fullmatch(text)
    if match is None and "/" in text:
        raise Mistake(f"`{text}` is not a number of calls in a time", "write 25%, 600/h or 2/s; possible: s, min, h, d")
    if match is None:
        return Budget(share=_share(text))
    if int(match[1]) == 0:
        raise Mistake(f"`{text}` allows no call at all")
    return Budget(share=None, calls=int(match[1]), per=PER[match[2]])


def _at_risk(value: object) -> AtRisk:
    text = _text(value, '"25% left, at most 4h, at least 10m"')
    match = AT_RISK.fullmatch(text)
    if match is None:
        raise Mistake(f"`{text}` is not a threshold", "write 25% left, at most 4h, at least 10m")
    share, most, least = _share(match[1]), match[2], match[3]
    at_most, at_least = (open_seconds(bound) if bound else None for bound in (most, least))
    if at_most is not None and at_least is not None and at_most < at_least:
        raise Mistake(f"`{text}`: at most {most} is less than at least {least}")
    return AtRisk(share, at_most, at_least)


def _zone(value: object) -> str:
    return zone(_text(value, "Europe/Berlin"))


def _shape(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


STATUS = WithJsonSchema({"type": "string", "enum": list(STATUS_WORDS)})
OPEN = r"([0-9]+ *[smh] *)+"

Word: TypeAlias = Annotated[Status, PlainValidator(_status), STATUS]
Pattern: TypeAlias = Annotated[StatusPattern, PlainValidator(_pattern), STATUS]
Stop: TypeAlias = Annotated[
    StopOn,
    PlainValidator(_stop),
    WithJsonSchema({"type": "string", "enum": [*STOPS, *map("status:{}".format, STATUS_WORDS)]}),
]
Span: TypeAlias = Annotated[tuple[int, int], PlainValidator(_span), _shape(SPAN_SHAPE, "08:00-17:00")]
Hours: TypeAlias = tuple[Span, ...]
LocalHours: TypeAlias = Annotated[tuple[time, time], PlainValidator(_local_hours), _shape(SPAN_SHAPE, "20:00-06:00")]
Date: TypeAlias = Annotated[date, PlainValidator(read_date), _shape(r"^\d{4}-\d\d-\d\d$", "2026-12-24")]
DateOrTime: TypeAlias = Annotated[
    date | datetime, PlainValidator(_date_or_time), _shape(r"^\d{4}-\d\d-\d\d", "2026-12-24")
]
Allowed: TypeAlias = Annotated[
    Target, PlainValidator(_allowed), _shape(rf"^({OPEN}|[0-9]+[ _]working[ _]days?)$", "4h")
]
Rate: TypeAlias = Annotated[Budget, PlainValidator(_rate), _shape(r"^([0-9.]+ *%|[0-9]+ */ *(s|min|h|d))$", "25%")]
Threshold: TypeAlias = Annotated[
    AtRisk, PlainValidator(_at_risk), _shape(r"^[0-9.]+ *% left", "25% left, at most 4h, at least 10m")
]
TimeZone: TypeAlias = Annotated[str, PlainValidator(_zone), _shape(r"^[A-Za-z]", "Europe/Berlin")]
WallTime: TypeAlias = Annotated[timedelta, PlainValidator(wall_time), _shape(r"^[0-9]+ *[a-z]+", "15m")]
SourceId: TypeAlias = Annotated[str, WithJsonSchema({"type": ["string", "integer"]})]
Texts: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(as_list, json_schema_input_type=tuple[str | int, ...] | str | int)
]
ManyHours: TypeAlias = Annotated[Hours, BeforeValidator(as_list, json_schema_input_type=Hours | Span)]
Patterns: TypeAlias = Annotated[
    frozenset[Pattern], BeforeValidator(as_list, json_schema_input_type=frozenset[Pattern] | Pattern)
]
