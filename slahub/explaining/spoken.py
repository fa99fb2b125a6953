"""What a ledger says, in sentences for those who run the hub."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

from core.sla.grounds import CalendarGround, PolicyGround
from core.sla.history import LINKED_STREAM
from core.sla.ledger import Derivation, Ledger
from core.sla.lines import Why
from core.sla.marks import Effect, Mark
from core.sla.policy import Metric, Reopen
from core.sla.steps import Step
from core.sla.verdict import CREATED
from core.tickets import Label, Phase, SourceValue, Status
from slahub.explaining.folding import Row

__all__ = ["Names", "Spoken", "span"]

Names = Mapping[tuple[str, str], str]
"""The names people see, by field and source value; those of people under `person`."""

_CLOSINGS: Final = {
    "night": "night",
    "weekend": "weekend",
    "day": "day without hours",
    "break": "break",
    "hours": "day with hours of its own",
}
_WHY: Final = {
    Why.CONDITION: "its pause condition holds",
    Why.RESOLVED: "resolved",
    Why.CANCELLED: "cancelled",
    Why.OUT_OF_SCOPE: "out of scope",
    Why.GONE: "the ticket is not there",
}


def span(seconds: float) -> str:
    """Return an amount of time exactly: hours, minutes and seconds."""
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    whole = int(left)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60 + round(left - whole, 6)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest:g}s" if rest else ""]
    return sign + (" ".join(part for part in parts if part) or "0s")


class Spoken:
    """The words of one ticket. zone: of the times; labels: names people see."""

    def __init__(self, zone: tzinfo, labels: Names) -> None:
        self.zone, self.labels = zone, labels

    def at(self, at: datetime, *, year: bool = False) -> str:
        """Return an instant in the reader's zone, to the second where it is not on the minute."""
        local = at.astimezone(self.zone)
        clock = "%H:%M:%S" if local.second or local.microsecond else "%H:%M"
        return local.strftime(f"%a %Y-%m-%d {clock}" if year else f"%a %m-%d {clock}")

    def policy(self, one: PolicyGround, agreement: str) -> str:
        """Say why a policy has the ticket."""
        called = f"{one.label} ({one.name})" if one.label else one.name
        when = " when the clock ended" if one.asked == "completion" else ""
        if one.stays:
            return f"{called}: it had the ticket before, and keeps it"
        passed = [f"{each.policy} ({', '.join(map(self.field, each.fields))})" for each in one.passed]
        before = f"; none of those before it: {', '.join(passed)}" if passed else ""
        return f"{called}: the first {agreement} policy that matches{when}{before}"

    def revision(self, one: Derivation) -> str:
        """Say why a revision governs the clock."""
        why = "the newest" if one.newest else "the one in force when the clock ended"
        return f"{one.rules.revision}, {why}, applied {self.at(one.rules.applied_at, year=True)}"

    def calendar(self, ground: CalendarGround, one: Derivation, zones: str) -> str:
        """Say why a calendar was chosen."""
        why = {
            "target": "the target's own",
            "always": "the metric counts round the clock",
            "fixed": "the policy's",
            "value": f"by {self.field(ground.field)}, which is {ground.value}",
            "else": f"none of those by {self.field(ground.field)}, which is {ground.value or 'empty'}",
        }[ground.chosen]
        calendar = one.calendars.get(ground.name)
        zone = "" if calendar is None else f"; {calendar.timezone}, zones {zones}"
        return f"{ground.name}: {why}{zone}"

    def target(self, one: Derivation) -> str:
        """Say what is allowed, and why that much."""
        target = one.target
        why = f"for priority {target.priority}" if target.named else f"for all others (priority {target.priority})"
        if target.working_days is None:
            return f"{span(target.seconds or 0)}, {why}"
        days = f"{target.working_days} working day{'' if target.working_days == 1 else 's'}"
        if one.allowed is None or one.not_before is None:
            return f"{days}, {why}"
        return f"{days}, {why}: until {self.at(one.not_before)}, {span(one.allowed / 1_000_000)} of open time"

    @staticmethod
    def switches(metric: Metric) -> str:
        """Name what is set otherwise than by default."""
        said = [
            "pauses take their length on the wall" if metric.pause_accounting == "wall_clock" else "",
            "each stretch by the calendar of its time" if metric.calendar_change == "segment" else "",
            "late at the due instant itself" if metric.breach == "at" else "",
            "time as resolved counts after a reopening" if metric.reopen is Reopen.CONTINUE_INCLUDING else "",
            "a reopening starts it anew" if metric.reopen is Reopen.RESTART else "",
        ]
        return "; ".join(each for each in said if each)

    def due(self, ledger: Ledger, one: Derivation) -> str:
        """Say how the due instant follows from the lines."""
        clock = ledger.clock
        due = "" if clock.due_at is None else self.at(clock.due_at, year=True)
        left, allowed = clock.remaining_seconds or 0, clock.target_seconds or 0
        if one.ending == "reached":
            late = clock.breached_at
            since = "" if late is None or late == clock.due_at else f"; late since {self.at(late)}, when it went on"
            return f"{due}: the target of {span(allowed)} was used up{since}"
        return {
            "forecast": f"{due}, if nothing else happens: {span(left)} of {span(allowed)} are left",
            "met": f"{due}, had it gone on: {span(left)} of {span(allowed)} were left",
            "paused": f"none while it is paused: {span(left)} of {span(allowed)} are left",
            "ended": f"none: it ended without result, {clock.reason}",
            "never": f"none: {clock.calendar} never has that much open time again",
        }[one.ending]

    def row(self, row: Row) -> str:
        """Say what a stretch was."""
        closings = [_counted(count, _CLOSINGS[kind]) for kind, count in row.closings]
        closed = ", ".join((*closings, *row.named)) or "outside opening hours"
        if not row.counted or row.why is Why.RESOLVED:
            said = self.status(row.status) if row.why is Why.STATUS else _WHY[row.why]
            if row.counted:
                return f"{said}, and counts all the same"
            return f"{said} ({span(row.length)}, {span(row.paused)} of it open)"
        running = "running, late" if row.late else "running"
        if not row.open:
            plain = not row.named and [kind for kind, _ in row.closings] in (["night"], ["break"])
            return "closed: outside opening hours" if plain else f"closed: {closed}"
        return f"{running}; closed: {closed}" if row.closings or row.named else running

    @staticmethod
    def status(status: Status | None) -> str:
        """Return what people call a status in which a clock stands still."""
        if status is None:
            return "paused"
        return f"waiting on {status.wait_on}" if status.phase is Phase.WAITING else f"status {status}"

    def mark(self, mark: Mark) -> str:
        """Say what happened, and what it did."""
        did = ", ".join(self._effect(effect, mark) for effect in mark.effects)
        return f"{did}: {self._happened(mark)}"

    def _effect(self, effect: Effect, mark: Mark) -> str:
        if effect is Effect.TARGET:
            if mark.working_days is not None:
                return f"the target is now {mark.working_days} working days"
            return "no target any more" if mark.seconds is None else f"the target is now {span(mark.seconds)}"
        if effect is Effect.CALENDAR:
            return f"the calendar is now {mark.calendar}"
        return {Effect.STOPPED: "stopped for the time being"}.get(effect, str(effect))

    def _happened(self, mark: Mark) -> str:
        if mark.step is None:
            if mark.id == CREATED:
                return "the ticket was created"
            return "another text of the policies holds" if mark.id else "seen to be gone or out of scope"
        said = [f"{self.field(change.field)} {self.value(change.field, change.after)}" for change in mark.step.changes]
        if mark.step.comment is not None:
            said.insert(0, "public comment" if mark.step.comment.public else "private comment")
        elsewhere = mark.step.event.stream == LINKED_STREAM
        who = "in the linked ticket" if elsewhere else f"by {self._actor(mark.step)}"
        return f"{'; '.join(said) or 'event'}, {who} ({mark.step.event.id})"

    def _actor(self, step: Step) -> str:
        name = self.labels.get(("person", step.event.actor or ""))
        return f"{name} [{step.side}]" if name else str(step.side)

    def field(self, field: str) -> str:
        """Return what people call a field."""
        return self.labels.get((Label.FIELD, field.removeprefix(f"{Label.FIELD}:")), field)

    def value(self, field: str, value: SourceValue) -> str:
        """Return what people call a field's value."""
        each = [value] if isinstance(value, str) else list(value or ())
        return ", ".join(self.labels.get((field, one), self.labels.get(("person", one), one)) for one in each) or "-"


def _counted(count: int, noun: str) -> str:
    if count == 1:
        return noun
    if not noun.startswith("day with"):
        return f"{count} {noun}s"
    return f"{count} {noun.replace('day', 'days', 1)}"
