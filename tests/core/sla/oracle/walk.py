"""What happens to a metric's clocks from one event to the next, and how the time between counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> int:
    return int((datetime.fromisoformat(text) - EPOCH).total_seconds())


def written(at: int) -> str:
    return f"{EPOCH + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Stretch:
    """Time in which nothing happens to a cycle. how: it `runs`, it is `paused`, or it is `over` until reopened."""

    start: int
    end: int
    how: str
    calendar: str


@dataclass
class Cycle:
    """One clock of a metric. doubtful: the rules do not say whether there is such a cycle."""

    start: int
    stretches: list[Stretch] = field(default_factory=list)
    after: list[Stretch] = field(default_factory=list)
    end: int | None = None
    ended: str = ""
    priority: str = ""
    calendar: str = ""
    doubtful: bool = False


class Silent(Exception):
    """The rules do not say what happens."""


class Walk:
    """One metric's way through the ticket: which cycles there were, and how each stretch of them counts."""

    def __init__(self, case: Mapping[str, Any], metric: Mapping[str, Any]) -> None:
        ticket = case["ticket"]
        self.metric = metric
        self.at = instant(ticket["created_at"])
        self.status: str = ticket["status"]
        self.priority: str = ticket["priority"]
        self.calendar: str = case["calendar"]
        self.cycles: list[Cycle] = []
        self.open: Cycle | None = None
        self.stopped = False
        self.replied = False
        kind = metric["kind"]
        if kind == "status_time" or (kind in {"first_response", "resolution"} and metric.get("start") != "attached"):
            self.begin_once()
        elif kind == "periodic_update" and metric.get("from_creation"):
            if self.status in metric.get("end_in", []):
                raise Silent
            self.begin()
        for event in ticket["events"]:
            self.pass_to(instant(event["at"]))
            before = self.status
            if event["type"] in {"status", "priority", "calendar"}:
                setattr(self, event["type"], event["to"])
            getattr(self, kind)(event, before)
        self.pass_to(instant(case["now"]))
        if self.open is not None:
            self.open.priority, self.open.calendar = self.priority, self.calendar

    @property
    def paused(self) -> bool:
        if self.metric["kind"] == "status_time":
            return self.status not in self.metric["run_in"]
        return self.status in self.metric.get("pause_in", [])

    def pass_to(self, at: int) -> None:
        if self.open is not None:
            how = "paused" if self.paused else "runs"
            self.open.stretches.append(Stretch(self.at, at, how, self.calendar))
        elif self.cycles:
            how = "over" if self.metric.get("reopen") == "continue_excluding" else "runs"
            self.cycles[-1].after.append(Stretch(self.at, at, how, self.calendar))
        self.at = at

    def begin(self) -> None:
        self.open = Cycle(self.at)
        self.cycles.append(self.open)

    def begin_once(self) -> None:
        """Begin at creation or attachment; what happened to the ticket before is in nobody's rules."""
        entered = f"status:{self.status}" in self.metric.get("stop_on", [])
        if self.stopped or entered or self.status in self.metric.get("stop_in", []):
            raise Silent
        self.begin()

    def end(self, how: str) -> None:
        if self.open is not None:
            self.open.end, self.open.ended = self.at, how
            self.open.priority, self.open.calendar = self.priority, self.calendar
            self.open = None

    def first_response(self, event: Mapping[str, Any], before: str) -> None:
        if event["type"] == "attach" and self.metric.get("start") == "attached":
            self.begin_once()
        if names(event, before) in self.metric["stop_on"]:
            self.stopped = True
            self.end("completed")

    def resolution(self, event: Mapping[str, Any], before: str) -> None:
        if event["type"] == "attach" and self.metric.get("start") == "attached":
            self.begin_once()
        stops = self.metric["stop_in"]
        if self.status in stops and before not in stops:
            self.end("completed")
        elif before in stops and self.status not in stops and self.cycles:
            last = self.cycles[-1]
            if self.metric["reopen"] == "restart":
                self.begin()
            else:
                last.stretches += last.after
                last.after, last.end, last.ended = [], None, ""
                self.open = last

    def status_time(self, event: Mapping[str, Any], before: str) -> None:
        stops = self.metric["stop_in"]
        if self.status in stops and before not in stops:
            self.end("completed")
        elif before in stops and self.status not in stops:
            raise Silent

    def next_response(self, event: Mapping[str, Any], before: str) -> None:
        said = names(event, before)
        if said == "agent_public_comment":
            self.replied = True
            self.end("completed")
        elif said == "customer_public_comment" and (self.replied or self.metric["count_initial"]):
            if self.open is None:
                self.begin()
            elif self.metric["anchor"] == "newest":
                self.open.start, self.open.stretches = self.at, []

    def periodic_update(self, event: Mapping[str, Any], before: str) -> None:
        said, ends = names(event, before), self.metric.get("end_in", [])
        if said == "agent_public_comment":
            self.end("completed")
            self.begin()
            assert self.open is not None
            self.open.doubtful = self.status in ends
            return
        answered = said == "customer_public_comment" and self.metric["customer_cancels"]
        if answered or (self.status in ends and before not in ends):
            self.end("cancelled")


def names(event: Mapping[str, Any], before: str) -> str:
    """Return an event in the words of `stop_on`, and a customer's comment likewise."""
    match event["type"]:
        case "comment":
            return f"{event['author']}_{'public' if event['public'] else 'private'}_comment"
        case "status":
            return f"status:{event['to']}" if event["to"] != before else ""
        case kind:
            return str(kind)
