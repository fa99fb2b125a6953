"""A small desk and tickets told in a few words. Monday is 6 May 2024; times are UTC."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.calendar import Calendar, always
from core.sla import judge
from core.sla.history import Desk, History, RoleSpan
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Rules, StatusPattern, Target
from core.sla.run import _remembered
from core.sla.verdict import Clock, Judgement
from core.tickets import (
    Change,
    Comment,
    Event,
    Kind,
    Phase,
    Presence,
    Priority,
    Side,
    SourceMapping,
    Status,
    Ticket,
    WaitOn,
)

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NINE_TO_FIVE = ((9 * 3600, 17 * 3600),)

STATUSES = {
    "new": Status(Phase.NEW),
    "open": Status(Phase.OPEN),
    "pending": Status(Phase.WAITING, WaitOn.CUSTOMER),
    "hold": Status(Phase.WAITING, WaitOn.VENDOR),
    "solved": Status(Phase.RESOLVED),
    "closed": Status(Phase.CLOSED),
    "void": Status(Phase.CANCELLED),
}
MAPPING = SourceMapping(
    status={("status", word): status for word, status in STATUSES.items()},
    priority={
        "urgent": Priority.CRITICAL,
        "high": Priority.HIGH,
        "normal": Priority.NORMAL,
        "low": Priority.LOW,
    },
    kind={"incident": Kind.INCIDENT, "question": Kind.QUESTION},
    sides={"agent": Side.AGENT, "end-user": Side.CUSTOMER},
    system=frozenset({"-1"}),
    own=frozenset({"hub"}),
)


class World:
    """What tests need of a desk."""

    statuses = STATUSES
    mapping = MAPPING
    always = always()
    office = Calendar(name="office", timezone="UTC", weekly=(NINE_TO_FIVE,) * 5 + ((),) * 2)
    desk = Desk(
        connection="acme",
        mapping=MAPPING,
        people={
            "ann": (RoleSpan(None, "agent"),),
            "bob": (RoleSpan(None, "agent"),),
            "cat": (RoleSpan(None, "end-user"),),
        },
        labels={("organisation", "7"): "ACME", ("team", "3"): "Network"},
    )

    @staticmethod
    def at(text: str | datetime) -> datetime:
        """`09:00`, `Tue 09:00:30`, `2w Tue 09:00` (two weeks on)."""
        if isinstance(text, datetime):
            return text
        *days, clock = text.split()
        moved = timedelta()
        for word in days:
            moved += timedelta(weeks=int(word[:-1])) if word.endswith("w") else timedelta(days=DAYS.index(word))
        hours, minutes, seconds = (clock + ":00").split(":")[:3]
        return (
            datetime(2024, 5, 6, tzinfo=UTC)
            + moved
            + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
        )

    @staticmethod
    def patterns(*words: str) -> frozenset[StatusPattern]:
        return frozenset(
            StatusPattern(Phase(phase), WaitOn(wait_on) if wait_on else None)
            for phase, _, wait_on in (word.partition("/") for word in words)
        )

    def first_response(self, seconds: int = 3600, **more: Any) -> Metric:
        more.setdefault("stop_on", frozenset({"agent_public_comment"}))
        more.setdefault("targets", {None: Target(seconds=seconds)})
        return Metric(kind=MetricKind.FIRST_RESPONSE, **more)

    def resolution(self, seconds: int = 4 * 3600, **more: Any) -> Metric:
        more.setdefault("stop_in", self.patterns("resolved", "closed"))
        more.setdefault("pause_in", self.patterns("waiting/customer"))
        more.setdefault("targets", {None: Target(seconds=seconds)})
        return Metric(kind=MetricKind.RESOLUTION, **more)

    def policy(self, name: str = "gold", calendar: str | CalendarChoice = "office", **more: Any) -> Policy:
        more.setdefault("metrics", {"first_response": self.first_response(), "resolution": self.resolution()})
        choice = CalendarChoice(calendar) if isinstance(calendar, str) else calendar
        return Policy(name=name, calendar=choice, **more)

    def rules(self, *policies: Policy, revision: int = 1, applied_at: str = "00:00", **more: Any) -> Rules:
        more.setdefault("calendars", {"office": self.office})
        return Rules(revision=revision, applied_at=self.at(applied_at), policies=policies or (self.policy(),), **more)

    def story(self, created: str | datetime = "09:00", **values: Any) -> "Story":
        return Story(self, self.at(created), values)

    def judge(
        self,
        story: "Story | History",
        rules: Rules | Sequence[Rules] | None = None,
        now: str | datetime = "10:00",
        **more: Any,
    ) -> Judgement:
        history = story if isinstance(story, History) else story.history()
        given = (rules or self.rules(),) if not isinstance(rules, Sequence) else rules
        return judge(history, more.pop("desk", self.desk), given, self.at(now), **more)

    def clock(self, *args: Any, metric: str = "resolution", **more: Any) -> Clock:
        """Judge and return the last clock of one metric."""
        return [clock for clock in self.judge(*args, **more).clocks if clock.id.metric == metric][-1]


class Story:
    """A ticket's life so far; its snapshot always agrees with its events."""

    def __init__(self, world: World, created: datetime, values: Mapping[str, Any]) -> None:
        self.world = world
        self.created = created
        self.values: dict[str, Any] = {
            "status": "open",
            "priority": "normal",
            "kind": "incident",
            "requester": "cat",
            "organisation": "7",
            "assignee": None,
            "tags": (),
            **values,
        }
        self.events: list[Event] = []

    def then(
        self, at: str | datetime, actor: str | None = "ann", comments: Iterable[Comment] = (), **changes: Any
    ) -> "Story":
        """One event. Fields with a colon are written with two underscores."""
        made = []
        for name, after in changes.items():
            field = name.replace("__", ":")
            made.append(Change(field, self.values.get(field), after))
            self.values[field] = after
        number = len(self.events) + 1
        self.events.append(
            Event(
                ticket_id="1",
                stream="ticket_events",
                id=f"e{number}",
                at=self.world.at(at),
                order=number,
                actor=actor,
                changes=tuple(made),
                comments=tuple(comments),
            )
        )
        return self

    def says(self, at: str | datetime, author: str | None, public: bool = True, **more: Any) -> "Story":
        automated = more.pop("automated", False)
        comment = Comment(id=f"c{len(self.events) + 1}", author=author, public=public, automated=automated)
        return self.then(at, author, [comment], **more)

    def history(self, horizon: str | datetime | None = "9w 00:00", whole_since: Any = ..., **more: Any) -> History:
        ticket = Ticket(
            id="1",
            key="1",
            url="https://acme.example/1",
            created_at=self.created,
            updated_at=self.events[-1].at if self.events else self.created,
            version=len(self.events) + 1,
            values=dict(self.values),
            presence=more.pop("presence", Presence.PRESENT),
        )
        return History(
            ticket=replace(ticket, **more),
            events=tuple(self.events),
            horizon=None if horizon is None else self.world.at(horizon),
            whole_since=self.created if whole_since is ... else whole_since,
        )


@pytest.fixture(scope="session")
def world() -> World:
    return World()


def pytest_sessionstart() -> None:
    """Forget the lives that were run before: broken code that is tried in a copied process must run them itself."""
    _remembered.cache_clear()
