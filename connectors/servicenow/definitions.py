"""One SLA definition of ServiceNow's as a part of a policy: for which records, what it times, and how. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from connectors import Clause, Holding, MetricName, Priority, SuggestedMetric, SuggestedTurns, WaitOn
from connectors.servicenow.conditions import Said, Status, Terms, said, start, stops, worded
from connectors.servicenow.native_clocks import target_seconds
from connectors.servicenow.shapes import stored
from connectors.servicenow.words import RESPONSE

__all__ = ["AGREEMENTS", "Agreement", "Hours", "Part", "part", "span"]

Agreement: TypeAlias = Literal["sla", "ola", "vendor"]

AGREEMENTS: Mapping[str, Agreement] = {"": "sla", "SLA": "sla", "OLA": "ola", "Underpinning contract": "vendor"}

METRICS: Mapping[str, MetricName] = {RESPONSE: "first_response", "resolution": "resolution"}

RESOLVED, CLOSED, WAITING = "resolved", "closed", "waiting"

WAITS = frozenset(f"{WAITING}/{each}" for each in WaitOn if each is not WaitOn.NONE)

BEGINNING = frozenset({"", "opened_at", "sys_created_on"})
"""What a retroactive start may be set to that is the ticket's beginning."""

NO_MATCH = frozenset({"", "no_match"})

SINCE = "Of a ticket that comes under this later, ServiceNow counts the time since its beginning, too; here not."

DAY = 86_400

ALL = tuple(str(priority) for priority in Priority)


@dataclass(frozen=True, slots=True)
class Hours:
    """In which hours a definition counts. calendar: its id, None for round the clock.

    chosen: it is that of a choice by a field of the ticket.
    lost: why there is no calendar that could be used. roughly: why it is not exactly this one.
    """

    calendar: str | None = None
    lost: str = ""
    roughly: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one definition says.

    clauses: for which tickets, without their priority. priorities: in words, all of them for any.
    shape: the metric without its targets; None where the definition does not say what it times.
    chosen: `calendar` is a choice by a field of the ticket.
    reasons: why it may not be promised. lost: what is promised in hours or until a time that there is no word for.
    """

    id: str
    title: str
    agreement: Agreement
    table: str
    clauses: tuple[Clause, ...]
    priorities: tuple[str, ...]
    shape: SuggestedMetric | None
    seconds: int
    calendar: str | None
    reasons: tuple[str, ...] = ()
    lost: str = ""
    chosen: bool = False


class _Reading:
    """One definition as it is read; what stands in the way is gathered."""

    def __init__(self, row: Mapping[str, object], terms: Terms) -> None:
        self._row, self._terms = row, terms
        self.reasons: list[str] = []
        self.remarks: list[str] = []

    def part(self, hours: Hours) -> Part:
        row = self._row
        kind, title = stored(row, "type"), stored(row, "name") or f"definition {stored(row, 'sys_id')}"
        agreement = AGREEMENTS.get(kind)
        if agreement is None:
            self.reasons.append(f"Its type is '{kind}', which is no agreement here.")
        found = start(stored(row, "start_condition"), self._terms)
        if found.left_out:
            self.reasons.append(f"Which tickets this is for cannot be said exactly: {'; '.join(found.left_out)}.")
        shape = self._shape(found)
        priorities = self._priorities(found)
        if agreement == "ola" and not _of_one_team(found.clauses):
            self.reasons.append("It is not for one team alone: an OLA here begins anew with each team.")
        self._ways()
        if hours.roughly:
            self.reasons.append(hours.roughly)
        seconds = target_seconds(row)
        lost = hours.lost
        if seconds is None:
            lost = "it lasts until another time than one that is counted."
        return Part(
            id=stored(row, "sys_id"),
            title=title,
            agreement=agreement or "sla",
            table=self._terms.table,
            clauses=tuple(sorted(found.clauses, key=str)),
            priorities=priorities,
            shape=shape,
            seconds=seconds or 0,
            calendar=hours.calendar,
            chosen=hours.chosen,
            reasons=tuple(self.reasons),
            lost=f"ServiceNow promises '{title}'{f', {span(seconds)}' if seconds else ''}: {lost}" if lost else "",
        )

    def _shape(self, found: Said) -> SuggestedMetric | None:
        target = stored(self._row, "target")
        name = METRICS.get(target)
        if name is None:
            self.reasons.append(f"Whether it times the response or the resolution is not said: '{target}'.")
            return None
        attached = stored(self._row, "retroactive") != "true"
        if name == "resolution":
            stopped, words = self._resolution()
            self._only_in_some_statuses(found, stopped)
            return SuggestedMetric(
                name,
                (),
                start="attached" if attached else "",
                stop_in=words if words != (RESOLVED, CLOSED) else (),
                pause_in=self._pauses(stopped),
                reopen="restart",
                remarks=tuple(self.remarks),
            )
        stopped, stop = self._response()
        self._only_in_some_statuses(found, stopped)
        pauses = self._pauses(stopped)
        return SuggestedMetric(
            name,
            (),
            start="attached" if attached else "",
            turns=SuggestedTurns(
                RESPONSE,
                # What has ended already does not begin. For whom it is stands before that, by policy.
                start=tuple((replace(each, negated=not each.negated),) for each in stop),
                stop=(stop,),
                pause=((Holding("status", pauses),),) if pauses else (),
                cancel=self._cancelled(found),
            ),
            remarks=() if attached else (SINCE,),
        )

    def _response(self) -> tuple[frozenset[Status], Clause]:
        """Return the statuses in which a response ends, and what ends it, one of it being enough."""
        query = stored(self._row, "stop_condition")
        found = stops(query, self._terms)
        words = worded(found[1], self._terms.statuses) if found and found[1] else ()
        assigned = Holding("assignee", (None,), negated=True)
        if found is None or words is None or not (found[0] or words):
            self.reasons.append(f"What ends it cannot be said: {query or 'nothing does'}.")
            return frozenset(), (assigned,)
        by_status = (Holding("status", words),) if words else ()
        return found[1], (*((assigned,) if found[0] else ()), *by_status)

    def _cancelled(self, found: Said) -> tuple[Clause, ...]:
        """Return the end without a result: where the start condition asks for an active record."""
        statuses = self._terms.statuses
        gone = {each for each in statuses if statuses[each] == CLOSED and each not in (found.statuses or statuses)}
        return ((Holding("status", (CLOSED,)),),) if gone else ()

    def _resolution(self) -> tuple[frozenset[Status], tuple[str, ...]]:
        query = stored(self._row, "stop_condition")
        found = said(query, self._terms) if query else None
        words = worded(found, self._terms.statuses) if found else None
        if found is None or words is None:
            self.reasons.append(f"What ends it cannot be said: {query or 'nothing does'}.")
            return frozenset(), (RESOLVED, CLOSED)
        if CLOSED not in words:
            words = (*words, CLOSED)
            self.remarks.append("Closing a ticket at once ends it without a result in ServiceNow, here with one.")
        return found, tuple(sorted(words, key=(RESOLVED, CLOSED, *words).index))

    def _only_in_some_statuses(self, found: Said, stopped: frozenset[Status]) -> None:
        """Tell of a start condition that asks for a status: here that would end the clock before it can be met."""
        if found.statuses is None:
            return
        terms = self._terms
        left = {each for each in terms.statuses if each not in found.statuses | stopped and terms.active(each)}
        if left:
            words = dict.fromkeys(word for status, word in terms.statuses.items() if status in left)
            self.reasons.append(f"It does not begin, or is cancelled, in some statuses: {', '.join(words)}.")

    def _pauses(self, stopped: frozenset[Status]) -> tuple[str, ...]:
        query = stored(self._row, "pause_condition")
        if not query:
            return ()
        found = said(query, self._terms)
        paused = None if found is None else found - stopped
        words = () if paused == frozenset() else worded(paused, self._terms.statuses) if paused else None
        if words is None:
            self.reasons.append(f"When it pauses cannot be said: {query}.")
        return (WAITING,) if words and WAITS <= set(words) <= {WAITING, *WAITS} else words or ()

    def _priorities(self, found: Said) -> tuple[str, ...]:
        if found.priorities is None:
            return ALL
        words = worded(found.priorities, self._terms.priorities)
        if words is None:
            numbers = ", ".join(sorted(found.priorities)) or "none"
            self.reasons.append(f"Its priorities have no words of their own here: {numbers}.")
            return tuple(dict.fromkeys(self._terms.priorities[each] for each in found.priorities)) or ALL
        return words

    def _ways(self) -> None:
        row = self._row
        if stored(row, "when_to_resume") not in NO_MATCH:
            self.reasons.append("It goes on by a condition of its own.")
        if stored(row, "when_to_cancel") not in NO_MATCH:
            self.reasons.append("It is cancelled in another way than by its start condition.")
        if stored(row, "reset_condition"):
            self.reasons.append(f"It begins anew by a condition of its own: {stored(row, 'reset_condition')}.")
        if stored(row, "retroactive") == "true" and stored(row, "set_start_to") not in BEGINNING:
            self.reasons.append(f"It begins at '{stored(row, 'set_start_to')}', perhaps not the ticket's beginning.")


def part(row: Mapping[str, object], terms: Terms, hours: Hours) -> Part:
    """Return what a row of `contract_sla` says."""
    return _Reading(row, terms).part(hours)


def span(seconds: int) -> str:
    """Return a time allowed as it is written in policies."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def _of_one_team(clauses: tuple[Clause, ...]) -> bool:
    ours = [clause for clause in clauses if any(each.field == "team" for each in clause)]
    return any(len(clause) == 1 and not clause[0].negated and len(clause[0].values) == 1 for clause in ours)
