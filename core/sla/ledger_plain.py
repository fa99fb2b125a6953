"""A ledger as plain data: what scripts read, and all that is needed to derive the due instant anew."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from core.calendar import Calendar, Spans, Week
from core.calendar.instants import SECOND, from_us
from core.sla.ledger import Derivation, Ledger
from core.sla.lines import Line
from core.sla.marks import Mark
from core.sla.parts import Part
from core.sla.verdict import Clock

__all__ = ["Plain", "plain"]

Plain: TypeAlias = dict[str, object]

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AROUND: Final = timedelta(days=2)


def plain(ledger: Ledger, zones: str) -> Plain:
    """Return the ledger in plain data; None where a thing does not apply.

    Instants are ISO-8601 in UTC to the microsecond, amounts are seconds: whole ones, else with their fraction.
    Calendars are written as in the configuration, with the single days that matter to this clock.
    zones: the edition of the time zone database by which local times were found.
    """
    found = _clock(ledger.clock, ledger.label)
    one = ledger.derivation
    if one is None:
        return {**found, "unknown": ledger.unknown}
    ids = {mark.row: mark.id or None for mark in one.marks}
    return {
        **found,
        "because": _because(one),
        "switches": {
            "pause_accounting": one.metric.pause_accounting,
            "calendar_change": one.metric.calendar_change,
            "breach": one.metric.breach,
            "reopen": str(one.metric.reopen),
        },
        "zones": zones,
        "calendars": {name: _calendar(each, _days(one, each)) for name, each in one.calendars.items()},
        "events": [_event(mark) for mark in one.marks],
        "lines": [_line(line, ids) for line in one.lines],
        "teams": [_share(each) for each in one.shares],
        "author_unknown_since": _instant(one.maybe),
    }


def _clock(clock: Clock, label: str) -> Plain:
    return {
        "policy": clock.id.policy,
        "label": label or None,
        "agreement": str(clock.agreement),
        "metric": clock.id.metric,
        "cycle": clock.cycle,
        "team": clock.team,
        "started_by": clock.id.started_by,
        "revision": clock.revision,
        "calendar": clock.calendar,
        "state": str(clock.state),
        "standing": None if clock.standing is None else str(clock.standing),
        "confirmed": clock.confirmed,
        "started_at": _instant(clock.started_at),
        "completed_at": _instant(clock.completed_at),
        "due_at": _instant(clock.due_at),
        "target_seconds": clock.target_seconds,
        "elapsed_seconds": clock.elapsed_seconds,
        "remaining_seconds": clock.remaining_seconds,
        "paused_seconds": clock.paused_seconds,
        "paused_wall_seconds": clock.paused_wall_seconds,
        "breached": clock.breached,
        "breached_at": _instant(clock.breached_at),
        "reason": clock.reason or None,
    }


def _because(one: Derivation) -> Plain:
    target = one.target
    return {
        "revision": {
            "number": one.rules.revision,
            "applied_at": _instant(one.rules.applied_at),
            "chosen": "newest" if one.newest else "completion",
        },
        "policy": {
            "name": one.policy.name,
            "asked": one.policy.asked,
            "stays": one.policy.stays,
            "customer": one.policy.customer,
            "passed": [{"policy": each.policy, "fields": list(each.fields)} for each in one.policy.passed],
        },
        "calendars": [
            {"name": each.name, "chosen": each.chosen, "field": each.field or None, "value": each.value or None}
            for each in one.grounds
        ],
        "target": {
            "seconds": target.seconds,
            "working_days": target.working_days,
            "priority": str(target.priority),
            "key": str(target.priority) if target.named else "other",
            "allowed_seconds": None if one.allowed is None else _seconds(one.allowed),
            "not_before": _instant(one.not_before),
        },
        "due": one.ending,
    }


def _event(mark: Mark) -> Plain:
    step = mark.step
    return {
        "at": _instant(mark.at),
        "id": mark.id or None,
        "actor": None if step is None else step.event.actor,
        "side": None if step is None else str(step.side),
        "changes": []
        if step is None
        else [{"field": each.field, "from": each.before, "to": each.after} for each in step.changes],
        "comment": None if step is None or step.comment is None else {"public": step.comment.public},
        "did": [str(each) for each in mark.effects],
        "status": str(mark.status),
        "target_seconds": mark.seconds,
        "target_working_days": mark.working_days,
        "calendar": mark.calendar,
    }


def _line(line: Line, ids: Mapping[int, str | None]) -> Plain:
    return {
        "start": _instant(line.start),
        "end": _instant(line.stop),
        "counted": line.counted,
        "why": str(line.why),
        "status": None if line.status is None else str(line.status),
        "calendar": line.calendar,
        "open": line.closed is None,
        "closed": None if line.closed is None else str(line.closed),
        "name": line.name or None,
        "elapsed_seconds": _seconds(line.elapsed),
        "paused_seconds": _seconds(line.paused),
        "total_seconds": _seconds(line.total),
        "event": ids.get(line.row),
        "forecast": line.forecast,
    }


def _share(share: Part) -> Plain:
    start, end = _instant(from_us(share.start)), _instant(from_us(share.end))
    return {"team": share.team, "start": start, "end": end, "elapsed_seconds": share.seconds}


def _calendar(calendar: Calendar, between: tuple[date, date]) -> Plain:
    def near(days: Iterable[date]) -> list[date]:
        return sorted(day for day in days if between[0] <= day <= between[1])

    return {
        "timezone": calendar.timezone,
        "weekly": _week(calendar.weekly),
        "versions": [{"from": start.isoformat(), "weekly": _week(week)} for start, week in calendar.versions],
        "holidays": {day.isoformat(): calendar.holidays[day] for day in near(calendar.holidays)},
        "shifts": {day.isoformat(): _hours(calendar.shifts[day]) for day in near(calendar.shifts)},
        "breaks": {day.isoformat(): _hours(calendar.breaks[day]) for day in near(calendar.breaks)},
        "closings": [
            {
                "date": each.on.isoformat(),
                "name": each.name,
                "hours": None if each.hours is None else _hours(each.hours),
                "declared_at": _instant(each.known),
            }
            for each in calendar.closings
            if between[0] <= each.on <= between[1]
        ],
    }


def _week(week: Week) -> Plain:
    return {day: _hours(spans) for day, spans in zip(_DAYS, week, strict=True)}


def _days(one: Derivation, calendar: Calendar) -> tuple[date, date]:
    """Return the local dates within which all lies that is needed of a calendar."""
    ends = [line.stop for line in one.lines[-1:]] + [mark.at for mark in one.marks]
    ends += [] if one.not_before is None else [one.not_before]
    zone = ZoneInfo(calendar.timezone)
    first, last = (at.astimezone(zone).date() for at in (min(ends), max(ends)))
    return first - _AROUND, last + _AROUND


def _hours(spans: Spans) -> list[list[str]]:
    return [[_time(start), _time(end)] for start, end in spans]


def _time(second: int) -> str:
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if second % 60 else text


def _instant(at: datetime | None) -> str | None:
    """Return an instant to the second, and as fine as it is where it lies between two."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _seconds(amount: int) -> int | float:
    return amount // SECOND if amount % SECOND == 0 else amount / SECOND
