"""Random lives of tickets, and rules with every kind of metric to judge them by."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from core.sla.conditions import Changed, Empty, Happened, In
from core.sla.policy import Metric, MetricKind, Reopen, Target, Turns
from core.tickets import Priority

HOUR = 3600
HOURS = {None: Target(seconds=2 * HOUR)}
TAKEN = Turns(
    start=Changed("status"),
    stop=Happened(frozenset({"assign"})),
    pause=Empty("assignee"),
    cancel=In("priority", frozenset({"critical"})),
    reset=Happened(frozenset({"customer_public_comment"})),
)
GRID = timedelta(minutes=15)

statuses = st.sampled_from(["new", "open", "pending", "hold", "solved", "closed", "void"])
happenings = st.one_of(
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("priority"), st.sampled_from(["urgent", "low"])),
    st.tuples(st.just("says"), st.sampled_from(["ann", "cat"])),
    st.tuples(st.just("note"), st.sampled_from(["ann", "cat"])),
    st.tuples(st.just("assignee"), st.sampled_from(["ann", None])),
)
lives = st.lists(st.tuples(st.integers(0, 40), happenings), max_size=8)
starts = st.integers(0, 28)
reopens = st.sampled_from(Reopen)
waits = st.integers(0, 400)
accountings = st.sampled_from(["calendar", "wall_clock"])


def tell(world: Any, start: int, life: list[tuple[int, tuple[str, Any]]]) -> Any:
    at = world.at("06:00") + start * GRID
    story = world.story(at)
    for later, (what, value) in life:
        at += later * GRID
        if what == "says":
            story.says(at, value)
        elif what == "note":
            story.says(at, value, public=False)
        else:
            story.then(at, **{what: value})
    return story


def end(story: Any) -> datetime:
    return story.events[-1].at if story.events else story.created


def rules(world: Any, reopen: Reopen, **more: Any) -> Any:
    """Two policies by priority; its targets differ by priority too."""
    metrics = {
        "first_response": world.first_response(2 * HOUR, pause_in=world.patterns("waiting/vendor")),
        "resolution": world.resolution(
            targets={Priority.CRITICAL: Target(seconds=3 * HOUR), None: Target(seconds=9 * HOUR)}, reopen=reopen, **more
        ),
        "next_response": Metric(MetricKind.NEXT_RESPONSE, HOURS, end_in=world.patterns("resolved"), count_initial=True),
        "newest": Metric(MetricKind.NEXT_RESPONSE, HOURS, anchor="newest", pause_in=world.patterns("waiting")),
        "periodic_update": Metric(MetricKind.PERIODIC_UPDATE, HOURS, from_creation=True, customer_cancels=True),
        "agent_work": Metric(
            MetricKind.STATUS_TIME,
            HOURS,
            run_in=world.patterns("new", "open"),
            stop_in=world.patterns("resolved"),
            reopen=reopen,
        ),
        "taken": Metric(MetricKind.CUSTOM, HOURS, turns=TAKEN),
    }
    return world.rules(
        world.policy("gold", when=In("priority", frozenset({"critical"})), metrics=metrics),
        world.policy("plain", metrics=metrics),
    )
