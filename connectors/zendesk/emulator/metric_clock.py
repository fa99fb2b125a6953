"""Zendesk's own SLA clock: what it writes about one ticket, audit by audit."""

from collections import Counter
from dataclasses import dataclass, field

from connectors.zendesk.emulator.agreements import Agreements, Schedule, SlaPolicy, Target
from connectors.zendesk.emulator.business import after, counted
from connectors.zendesk.emulator.conditions import matches
from connectors.zendesk.emulator.records import AUDIT_IDS, Audit, Doc

__all__ = ["METRIC_IDS", "MetricEvent", "TicketClock"]

METRIC_IDS = 70_000_000_000_000
_PER_TICKET = 4096  # distance between two tickets' event ids
_UNSOLVED = frozenset({"new", "open", "pending", "hold"})
_COUNTS_IN = {
    "agent_work_time": frozenset({"new", "open"}),
    "requester_wait_time": frozenset({"new", "open", "hold"}),
    "pausable_update_time": frozenset({"new", "open", "hold"}),
}
_ALWAYS = ("agent_work_time", "reply_time", "requester_wait_time", "resolution_time")
_REOPENED = ("agent_work_time", "requester_wait_time", "resolution_time")
_UPDATES = ("pausable_update_time", "periodic_update_time")
_OWNED = "group_ownership_time"
_NAMES = {"resolution_time": "total_resolution_time"}  # as policies call them


@dataclass(slots=True)
class MetricEvent:
    """One line. `time` is when it happened or will; `written`: since when the API shows it, minutes later at times.

    detail: what belongs to the kind: `sla`, `group_sla` or `status`.
    deleted_at: since when it counts no more, as a breach that did not come to pass.
    """

    id: int
    ticket_id: int
    metric: str
    instance: int
    kind: str
    time: int
    written: int
    detail: Doc = field(default_factory=dict[str, object])
    deleted_at: int | None = None


@dataclass(slots=True)
class _Clock:
    """One running or paused measure. `since` None: paused; `spans` are those already counted."""

    metric: str
    instance: int
    since: int | None
    spans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    policy: SlaPolicy | None = None
    target: Target | None = None
    breach: MetricEvent | None = None

    @property
    def name(self) -> str:
        """The metric as policies name it."""
        if self.metric == "reply_time":
            return "first_reply_time" if self.instance == 1 else "next_reply_time"
        return _NAMES.get(self.metric, self.metric)

    def pause(self, at: int) -> None:
        if self.since is not None:
            self.spans.append((self.since, at))
            self.since = None

    def spent(self, schedule: Schedule | None) -> int:
        return sum(counted(schedule, start, end) for start, end in self.spans)

    def due(self, target: Target, schedule: Schedule | None) -> int | None:
        """Return when the target is, or was, used up; None while the clock is paused before that."""
        left = target.seconds
        for start, end in self.spans:
            part = counted(schedule, start, end)
            if part >= left:
                return after(schedule, start, left)
            left -= part
        return None if self.since is None else after(schedule, self.since, left)


class TicketClock:
    """Everything that one ticket's audits make the desk measure. It reads each audit once, in order."""

    def __init__(self, agreements: Agreements, ticket_id: int) -> None:
        self._agreements, self._ticket_id = agreements, ticket_id
        self._sla: SlaPolicy | None = None
        self._group_sla: SlaPolicy | None = None
        self._picture: dict[str, object] = {}
        self._open: dict[str, _Clock] = {}
        self._instances: Counter[str] = Counter()
        self._at = self._written = 0
        self.events: list[MetricEvent] = []

    def read(self, audit: Audit) -> list[MetricEvent]:
        """Add what follows from an audit and return it."""
        first, known = not self.events, len(self.events)
        # Now and then the desk is late, and what it then writes bears the time at which it should have been written.
        number = audit.id // AUDIT_IDS
        self._at, self._written = audit.created_at, audit.created_at + (660 + number % 120 if number % 16 == 5 else 0)
        before, group = self._picture.get("status"), self._picture.get("group_id")
        changed = self._see(audit)
        if first or changed & self._agreements.read:
            self._sla = self._match(self._agreements.policies)
            self._group_sla = self._match(self._agreements.group_policies)
        status = str(self._picture.get("status", "new"))
        if first:
            for metric in _ALWAYS:
                self._add("measure", metric, 0)
                self._activate(metric)
        else:
            self._hear(audit)
        if group != self._picture.get("group_id"):
            self._change_hands()
        if before in ("solved", "closed") and status in _UNSOLVED:
            for metric in _REOPENED:
                self._activate(metric)
        self._follow(status)
        self._apply()
        return self.events[known:]

    def _see(self, audit: Audit) -> set[str]:
        """Take in what an audit says of the ticket, and return the names of what changed."""
        changed: Doc = {}
        for event in audit.events:
            if event.kind in ("Create", "Change"):
                name = "current_tags" if event.field == "tags" else event.field
                changed[f"custom_fields_{name}" if name.isdigit() else name] = event.value
        self._picture |= changed
        return set(changed)

    def _hear(self, audit: Audit) -> None:
        """Let a public reply end the wait for it, and a customer's word begin the next."""
        comments = [event.comment for event in audit.events if event.comment is not None]
        for comment in (one for one in comments if one.was_public):
            if comment.is_reply:
                self._fulfill("reply_time")
                for metric in _UPDATES:
                    self._fulfill(metric)
                    if self._policy(metric) is not None:
                        self._activate(metric)
            elif not comment.by_staff and "reply_time" not in self._open:
                self._activate("reply_time")

    def _change_hands(self) -> None:
        self._fulfill(_OWNED)
        if self._picture.get("group_id") is not None and self._policy(_OWNED) is not None:
            self._activate(_OWNED)

    def _follow(self, status: str) -> None:
        """Pause, go on or end as the status says. A deleted ticket's clocks stand still without a word."""
        if status in ("solved", "closed"):
            for metric in list(self._open):
                self._fulfill(metric)
            return
        for clock in self._open.values():
            counts = status in _COUNTS_IN.get(clock.metric, _UNSOLVED)
            if counts and clock.since is None:
                clock.since = self._at
                if status in _UNSOLVED and clock.metric in _COUNTS_IN:
                    self._add("activate", clock.metric, clock.instance)
            elif not counts and clock.since is not None:
                clock.pause(self._at)
                if status in _UNSOLVED:
                    self._add("pause", clock.metric, clock.instance)
                    self._tell(clock)

    def _activate(self, metric: str) -> None:
        if metric not in self._open:
            self._instances[metric] += 1
            self._open[metric] = _Clock(metric, self._instances[metric], self._at)
            self._add("activate", metric, self._instances[metric])

    def _fulfill(self, metric: str) -> None:
        clock = self._open.pop(metric, None)
        if clock is None:
            return
        clock.pause(self._at)
        self._take_back(clock)
        self._add("fulfill", metric, clock.instance)
        self._tell(clock)

    def _apply(self) -> None:
        """Give each open clock the target that now holds for it, and write its breach in advance."""
        for clock in self._open.values():
            policy = self._policy(clock.metric)
            priority = self._picture.get("priority")
            target = policy.target(clock.name, str(priority)) if policy is not None and priority else None
            if target != clock.target or policy is not clock.policy:
                self._take_back(clock)
                clock.policy, clock.target, clock.breach = policy, target, None
                if target is not None and policy is not None:
                    self._promise(clock, policy, target)
            due = None if target is None else clock.due(target, self._schedule(target))
            if clock.breach is not None and clock.breach.time != due and self._take_back(clock):
                clock.breach = None
            if due is not None and clock.breach is None:
                clock.breach = self._add("breach", clock.metric, clock.instance, at=due)

    def _promise(self, clock: _Clock, policy: SlaPolicy, target: Target) -> None:
        named: Doc = {"id": policy.id, "title": policy.title, "description": policy.description}
        if clock.metric == _OWNED:
            promise: Doc = {"target": target.seconds, "business_hours": target.business_hours, "policy": named}
            self._add("apply_group_sla", clock.metric, clock.instance, {"group_sla": promise})
            return
        promise = {
            "target": target.seconds // 60,
            "business_hours": target.business_hours,
            "policy": named,
            "target_in_seconds": target.seconds,
        }
        self._add("apply_sla", clock.metric, clock.instance, {"sla": promise})

    def _take_back(self, clock: _Clock) -> bool:
        """Delete a breach that has not come yet; one that has stays for ever."""
        if clock.breach is None or clock.breach.time <= self._at:
            return False
        clock.breach.deleted_at = self._written
        return True

    def _tell(self, clock: _Clock) -> None:
        if clock.target is not None:
            minutes: Doc = {"business": clock.spent(self._hours()) // 60, "calendar": clock.spent(None) // 60}
            self._add("update_status", clock.metric, clock.instance, {"status": minutes})

    def _add(
        self, kind: str, metric: str, instance: int, detail: Doc | None = None, *, at: int | None = None
    ) -> MetricEvent:
        number = METRIC_IDS + self._ticket_id * _PER_TICKET + len(self.events)
        time = self._at if at is None else at
        event = MetricEvent(number, self._ticket_id, metric, instance, kind, time, self._written, detail or {})
        self.events.append(event)
        return event

    def _match(self, policies: list[SlaPolicy]) -> SlaPolicy | None:
        return next((one for one in policies if matches(self._picture, one.all, one.any)), None)

    def _policy(self, metric: str) -> SlaPolicy | None:
        """Return the policy that holds for the ticket, if it says anything of the metric."""
        if metric == _OWNED:
            return self._group_sla
        says = self._sla is not None and any(one.metric == metric for one in self._sla.targets)
        return self._sla if says or metric not in _UPDATES else None

    def _hours(self) -> Schedule | None:
        return self._agreements.schedules[0] if self._agreements.schedules else None

    def _schedule(self, target: Target) -> Schedule | None:
        return self._hours() if target.business_hours else None
