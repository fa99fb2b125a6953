"""The engine against a slow evaluator that walks a ticket's life in steps of a quarter of an hour."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import Calendar
from core.sla.policy import Reopen, Target

STEP = timedelta(minutes=15)
QUARTER = 900
MONDAY = datetime(2024, 5, 6, tzinfo=UTC)
FAR = 15 * 96
"""How many steps the forecast looks ahead."""

statuses = st.sampled_from(["open", "open", "pending", "hold", "solved", "closed"])
lives = st.lists(st.tuples(st.integers(0, 30), statuses, st.booleans()), max_size=9)


@st.composite
def weeks(draw: Any) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Seven days of up to two spans, in seconds."""
    week = []
    for _ in range(7):
        marks = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
        week.append(tuple((a * QUARTER, b * QUARTER) for a, b in zip(marks[::2], marks[1::2], strict=False)))
    return tuple(week)


@dataclass
class Slow:
    """One clock, told step by step."""

    start: datetime
    week: tuple[tuple[tuple[int, int], ...], ...]
    pause_in: frozenset[str]
    stop_in: frozenset[str]
    reply_ends: bool
    including: bool
    strict: bool
    wall: bool
    target: int
    marks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = (self.start - MONDAY) // STEP
        self.quarters = [
            any(begin <= second < stop for begin, stop in spans)
            for spans in self.week
            for second in range(0, 86_400, QUARTER)
        ]

    def open(self, step: int) -> bool:
        return self.quarters[(self.first + step) % len(self.quarters)]

    def closed_since(self, step: int) -> int:
        """Return the last closing time, or the step itself while open: a clock with nothing left is due there."""
        while step > 0 and not self.open(step - 1):
            step -= 1
        return step

    def judge(self, life: list[tuple[int, str, bool]], now: int) -> dict[str, Any]:
        status, ended, end, step = "open", False, None, 0
        pending = list(life)
        while True:
            while pending and pending[0][0] == step:
                _, status, replied = pending.pop(0)
                ended = ended or (replied and self.reply_ends)
                stopped = ended or status in self.stop_in
                if stopped and end is None:
                    end = step
                elif not stopped and end is not None:
                    self.marks[end:] = ["run" if self.including else "pause"] * (step - end)
                    end = None
            if step >= now or ended:
                break
            self.marks.append("pause" if status in self.pause_in else "run")
            step += 1
        state = "completed" if end is not None else "paused" if status in self.pause_in else "running"
        return self.measured(self.marks[: now if end is None else end], state, now if end is None else end, now)

    def measured(self, marks: list[str], state: str, end: int, now: int) -> dict[str, Any]:
        used = paused = 0
        due = None
        for step, mark in enumerate(marks):
            if due is None and mark == "run" and used >= self.target:
                due = self.closed_since(step)
            if self.open(step):
                used += QUARTER * (mark == "run")
                paused += QUARTER * (mark == "pause")
            elif mark == "pause" and self.wall and due is None:
                used -= QUARTER
            if due is None and mark == "run" and used >= self.target and not self.strict:
                due = step + 1
        breached = due is not None
        if due is None and state != "paused":
            left = self.target - used
            due = end if left > 0 else self.closed_since(end)
            while left > 0 and due < end + FAR:
                left -= QUARTER * self.open(due)
                due += 1
            due = due if left <= 0 else None
        return {
            "state": state,
            "elapsed_seconds": used,
            "remaining_seconds": self.target - used,
            "paused_seconds": paused,
            "paused_wall_seconds": QUARTER * marks.count("pause"),
            "breached": breached,
            "completed_at": self.start + end * STEP if state == "completed" else None,
            "due_at": None if due is None else self.start + due * STEP,
        }


@settings(max_examples=300)
@given(
    start=st.integers(0, 600),
    week=weeks(),
    life=lives,
    wait=st.integers(0, 200),
    target=st.one_of(st.integers(1, 60), st.none()),
    reply_ends=st.booleans(),
    including=st.booleans(),
    strict=st.booleans(),
    wall=st.booleans(),
)
def test_the_engine_agrees_with_a_walk_in_small_steps(
    world: Any,
    start: int,
    week: Any,
    life: list[tuple[int, str, bool]],
    wait: int,
    target: int | None,
    reply_ends: bool,
    including: bool,
    strict: bool,
    wall: bool,
) -> None:
    created = world.at("00:00") + start * STEP
    story = world.story(created)
    told, step = [], 0
    for later, status, replied in life:
        step += later
        told.append((step, status, replied))
        if replied:
            story.says(created + step * STEP, "ann", status=status)
        else:
            story.then(created + step * STEP, status=status)
    slow = Slow(
        start=created,
        week=week,
        pause_in=frozenset() if reply_ends else frozenset({"pending"}),
        stop_in=frozenset() if reply_ends else frozenset({"solved", "closed"}),
        reply_ends=reply_ends,
        including=including,
        strict=strict,
        wall=wall,
        target=(target or 1) * QUARTER,
    )
    if target is None and told:
        # All that is used when the ticket changes for the first time, so that the clock goes on with nothing left.
        first = replace(slow, marks=[]).judge(told[:1], told[0][0])["elapsed_seconds"]
        slow.target = max(first, QUARTER)
    common = {
        "targets": {None: Target(seconds=slow.target)},
        "reopen": Reopen.CONTINUE_INCLUDING if including else Reopen.CONTINUE_EXCLUDING,
        "breach": "after" if strict else "at",
        "pause_accounting": "wall_clock" if wall else "calendar",
    }
    metric = world.first_response(**common) if reply_ends else world.resolution(**common)
    calendar = Calendar(name="week", timezone="UTC", weekly=week)
    rules = world.rules(world.policy(metrics={"clock": metric}, calendar="week"), calendars={"week": calendar})
    now = step + wait
    clock = world.clock(story, rules, created + now * STEP, metric="clock")
    expected = slow.judge(told, now)
    if clock.due_at is not None and clock.due_at > created + (now + FAR - 1) * STEP:
        expected["due_at"] = clock.due_at
    assert {key: getattr(clock, key) for key in expected} == expected
