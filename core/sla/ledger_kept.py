"""A ledger as it is kept when the events it was read from are removed: enough to say all of it again, word for word.

What a revision says is referred to, never copied: revisions do not change. Of an event only what a ledger says is kept.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

from core.calendar import Calendar, always
from core.sla.grounds import CalendarGround, PolicyGround, TargetGround
from core.sla.ledger import Derivation, Ending, Ledger, Unknown
from core.sla.lines import Line
from core.sla.marks import Mark
from core.sla.parts import Part
from core.sla.policy import Metric, Rules
from core.sla.verdict import Clock
from core.tickets import SourceValue

__all__ = ["kept", "read", "without"]

FORM: Final = 1
"""Of this shape; another one gets another number, and both are read."""


def kept(ledger: Ledger) -> Mapping[str, object]:
    """Return the ledger as plain data, for `read`."""
    found: dict[str, object] = {
        "form": FORM,
        "clock": _plain(ledger.clock),
        "label": ledger.label,
        "unknown": ledger.unknown,
    }
    one = ledger.derivation
    if one is None:
        return found
    return {
        **found,
        "revision": one.rules.revision,
        "newest": one.newest,
        "policy": _plain(one.policy),
        "target": _plain(one.target),
        "metric": _text_of(one.rules, ledger.clock, one.metric),
        "grounds": _plain(one.grounds),
        "calendars": {name: _belief(_calendar(one.rules, name), each) for name, each in one.calendars.items()},
        "allowed": one.allowed,
        "not_before": _plain(one.not_before),
        "ending": one.ending,
        "marks": [_plain(_short(each)) for each in one.marks],
        "lines": _plain(one.lines),
        "maybe": _plain(one.maybe),
        "shares": [list(each) for each in one.shares],
    }


def read(row: Mapping[str, Any], rules: Sequence[Rules]) -> Ledger:
    """Return the ledger that was kept. rules: every revision. Raises: LookupError where its revision is not there."""
    clock = cast("Clock", _made(Clock, row["clock"]))
    unknown = cast("Unknown | None", row["unknown"])
    if "revision" not in row:
        return Ledger(clock, row["label"], None, unknown)
    one: Rules | None = next((each for each in reversed(rules) if each.revision == row["revision"]), None)
    if one is None:
        raise LookupError(f"revision {row['revision']} is not there any more")
    derivation = Derivation(
        rules=one,
        newest=row["newest"],
        policy=cast("PolicyGround", _made(PolicyGround, row["policy"])),
        target=cast("TargetGround", _made(TargetGround, row["target"])),
        metric=one.policies[int(row["metric"])].metrics[clock.id.metric],
        grounds=cast("tuple[CalendarGround, ...]", _made(tuple[CalendarGround, ...], row["grounds"])),
        calendars={
            name: _calendar(one, name) if known is None else _calendar(one, name).known_at(known)
            for name, known in row["calendars"].items()
        },
        allowed=row["allowed"],
        not_before=cast("datetime | None", _made(datetime | None, row["not_before"])),
        ending=cast("Ending", row["ending"]),
        marks=cast("tuple[Mark, ...]", _made(tuple[Mark, ...], row["marks"])),
        lines=cast("tuple[Line, ...]", _made(tuple[Line, ...], row["lines"])),
        maybe=cast("datetime | None", _made(datetime | None, row["maybe"])),
        shares=tuple(Part(*each) for each in row["shares"]),
    )
    return Ledger(clock, row["label"], derivation, unknown)


def without(
    row: Mapping[str, Any], person: Callable[[str], str], value: Callable[[str, SourceValue], SourceValue]
) -> Mapping[str, Any]:
    """Return what was kept with other people in it. person: whose id stands for an id; value: what for a field's."""
    if "marks" not in row:
        return row
    marks = cast("tuple[Mark, ...]", _made(tuple[Mark, ...], row["marks"]))
    return {**row, "marks": [_plain(_turned(each, person, value)) for each in marks]}


def _turned(mark: Mark, person: Callable[[str], str], value: Callable[[str, SourceValue], SourceValue]) -> Mark:
    step = mark.step
    if step is None:
        return mark
    actor = None if step.event.actor is None else person(step.event.actor)
    said = step.comment
    if said is not None and said.author is not None:
        said = replace(said, author=person(said.author))
    changes = tuple(
        replace(
            each,
            before=value(each.field, each.before),
            after=value(each.field, each.after),
            source_before=value(each.field, each.source_before),
            source_after=value(each.field, each.source_after),
        )
        for each in step.changes
    )
    return replace(mark, step=replace(step, event=replace(step.event, actor=actor), changes=changes, comment=said))


def _short(mark: Mark) -> Mark:
    """Return the mark with no more of its event than who did it and where it is found."""
    if mark.step is None:
        return mark
    event = replace(mark.step.event, changes=(), comments=())
    return replace(mark, step=replace(mark.step, event=event))


def _calendar(rules: Rules, name: str) -> Calendar:
    return rules.calendars[name] if name in rules.calendars else always()


def _text_of(rules: Rules, clock: Clock, metric: Metric) -> int:
    """Return by which of the revision's texts of its policy the clock goes."""
    return next(
        number
        for number, text in enumerate(rules.policies)
        if text.name == clock.id.policy and text.metrics.get(clock.id.metric) == metric
    )


def _belief(calendar: Calendar, used: Calendar) -> int | None:
    """Return the latest instant as of which the calendar was believed to be this one; None: as it is now."""
    if calendar == used:
        return None
    beliefs = (at - 1 for at in reversed(calendar.declared_us))
    return next(at for at in beliefs if calendar.known_at(at) == used)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    return value


_HINTS: Final = dict[object, tuple[object, ...]]()


def _hints(kind: Any) -> tuple[object, ...]:
    """Return the types of what a value of this type is made of, in order."""
    if kind not in _HINTS:
        known = get_type_hints(kind)
        _HINTS[kind] = tuple(known[each.name] for each in fields(kind))
    return _HINTS[kind]


def _made(kind: Any, plain: Any) -> object:
    """Return the value of this type that was made plain."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _either(inner, plain)
    if origin is tuple:
        each = [inner[0]] * len(plain) if inner[-1] is Ellipsis else inner
        return tuple(_made(one, part) for one, part in zip(each, plain, strict=True))
    if origin is Literal or plain is None:
        return plain
    if is_dataclass(kind):
        make: Any = kind
        return make(*[_made(hint, part) for hint, part in zip(_hints(make), plain, strict=True)])
    if kind is datetime:
        return datetime.fromisoformat(plain)
    return kind(plain) if issubclass(kind, Enum) else plain


def _either(kinds: Sequence[Any], plain: Any) -> object:
    """Return a value that may be of several types: nothing, text, or several texts; or nothing and one other."""
    if plain is None:
        return None
    wanted = [each for each in kinds if each is not type(None)]
    listed = [each for each in wanted if get_origin(each) is tuple]
    if len(wanted) > 1:
        return _made(listed[0], plain) if isinstance(plain, list) else plain
    return _made(wanted[0], plain)
