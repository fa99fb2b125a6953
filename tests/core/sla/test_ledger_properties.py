"""Every ledger derives its clock: random lives under every switch, checked by what knows nothing of the engine."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import Calendar, Closing
from core.sla.conditions import Happened, In, Not
from core.sla.ledger import explained
from core.sla.ledger_kept import kept, read
from core.sla.ledger_plain import plain
from core.sla.policy import Agreement, CalendarChoice, Change, Metric, MetricKind, OnChange, Reopen, Target, Turns
from core.tickets import OnLeave, Priority
from tests.core.sla.ledger_checker import Checker

HOUR = 3600
STEP = timedelta(minutes=5)
SPLIT = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR))

BERLIN = Calendar(
    "berlin",
    "Europe/Berlin",
    (SPLIT,) * 4 + (((8 * HOUR, 16 * HOUR),), (), ()),
    holidays={date(2024, 10, 31): "Reformationstag", date(2024, 10, 3): "Tag der Deutschen Einheit"},
    breaks={date(2024, 10, 28): ((14 * HOUR, 24 * HOUR),)},
    closings=(
        Closing(
            date(2024, 10, 29), "Betriebsausflug", ((12 * HOUR, 24 * HOUR),), datetime(2024, 10, 28, 9, tzinfo=UTC)
        ),
        Closing(date(2024, 10, 4), "Brückentag", None, datetime(2024, 10, 2, 9, tzinfo=UTC)),
    ),
    versions=((date(2024, 11, 1), (((9 * HOUR, 15 * HOUR),),) * 5 + ((), ())),),
    shifts={date(2024, 11, 2): ((10 * HOUR, 12 * HOUR),)},
)
NIGHT = Calendar("night", "America/New_York", (((0, 6 * HOUR), (22 * HOUR, 24 * HOUR)),) * 7)
STARTS = [datetime(2024, month, day, tzinfo=UTC) for month, day in ((5, 6), (10, 1), (10, 25), (10, 30), (3, 8))]

statuses = st.sampled_from(["open", "open", "pending", "pending", "hold", "new", "solved", "closed", "void"])
happenings = st.one_of(
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("priority"), st.sampled_from(["urgent", "high", "low"])),
    st.tuples(st.just("team"), st.sampled_from(["3", "4", None])),
    st.tuples(st.just("says"), st.sampled_from(["ann", "cat", "who"])),
    st.tuples(st.just("presence"), st.sampled_from(["present", "out_of_scope"])),
)
gaps = st.one_of(st.integers(0, 60), st.integers(0, 500))
lives = st.lists(st.tuples(gaps, happenings), min_size=1, max_size=9)
odd = st.sampled_from([timedelta(), timedelta(seconds=7), timedelta(microseconds=123_456)])
switches = st.fixed_dictionaries(
    {
        "reopen": st.sampled_from(Reopen),
        "pause_accounting": st.sampled_from(["calendar", "wall_clock"]),
        "calendar_change": st.sampled_from(["latest", "segment"]),
        "breach": st.sampled_from(["after", "at"]),
        "clock": st.sampled_from(["calendar", "calendar", "always"]),
        "start": st.sampled_from(["created", "attached"]),
    }
)
targets = st.fixed_dictionaries(
    {
        Priority.CRITICAL: st.sampled_from([Target(seconds=3 * HOUR), Target(seconds=2 * HOUR, calendar="always")]),
        None: st.sampled_from([Target(seconds=9 * HOUR), Target(seconds=40 * HOUR), Target(working_days=2)]),
    }
)


changes = st.builds(OnChange, st.sampled_from(Change), st.sampled_from(Change), st.sampled_from(Change))


def recurring(world: Any) -> dict[str, Any]:
    every = {None: Target(seconds=2 * HOUR)}
    waiting = world.patterns("waiting/customer")
    solved = world.patterns("resolved", "closed")
    return {
        "next_response": Metric(MetricKind.NEXT_RESPONSE, every, anchor="newest", count_initial=True, end_in=solved),
        "periodic_update": Metric(
            MetricKind.PERIODIC_UPDATE, every, from_creation=True, customer_cancels=True, pause_in=waiting
        ),
        "agent_work": Metric(
            MetricKind.STATUS_TIME,
            every,
            stop_in=solved,
            run_in=world.patterns("new", "open"),
            calendar_change="segment",
        ),
        "with_network": Metric(
            MetricKind.CUSTOM,
            every,
            turns=Turns(
                start=In("team", frozenset({"3"})),
                stop=Not(In("team", frozenset({"3"}))),
                pause=In("status", frozenset({"waiting"})),
                cancel=In("status", frozenset({"resolved"})),
                reset=Happened(frozenset({"customer_public_comment"})),
            ),
        ),
    }


def rules(world: Any, switched: dict[str, Any], allowed: dict[Any, Target], change: OnChange) -> Any:
    """Two revisions of two policies, one of them with a newer text within the first."""
    metrics = {
        "first_response": world.first_response(
            2 * HOUR, **{key: switched[key] for key in ("pause_accounting", "breach", "start")}
        ),
        "resolution": world.resolution(targets=allowed, **switched),
        **recurring(world),
    }
    shorter = {**metrics, "resolution": world.resolution(HOUR, **switched)}
    calendars = {"office": world.office, "berlin": BERLIN, "night": NIGHT}
    choice = CalendarChoice("berlin", "team", {"network": "night"})
    date = datetime(2024, 10, 2, tzinfo=UTC)

    def named(name: str, metrics: Any, **more: Any) -> Any:
        return world.policy(name, choice, metrics=metrics, on_change=change, **more)

    urgent = In("priority", frozenset({"critical"}))
    first = (
        named("gold", metrics, when=urgent, until=date),
        named("gold", shorter, when=urgent, since=date),
        named("plain", metrics),
        named("inner", metrics, agreement=Agreement.OLA),
    )
    return (
        world.rules(*first, calendars=calendars, applied_at=datetime(2024, 1, 1, tzinfo=UTC)),
        world.rules(
            named("plain", metrics), calendars=calendars, revision=2, applied_at=datetime(2024, 10, 26, tzinfo=UTC)
        ),
    )


def tell(world: Any, start: datetime, life: list[Any]) -> Any:
    at = start
    story = world.story(at, presence="present", team="4")
    for later, (what, value) in life:
        at += later * STEP
        if what == "says":
            story.says(at, value)
        else:
            story.then(at, **{what: value})
    return story, at


@settings(max_examples=400)
@given(st.sampled_from(STARTS), odd, lives, switches, targets, gaps, st.sampled_from(OnLeave), changes)
def test_each_clock_follows_from_its_ledger_alone(
    world: Any,
    start: datetime,
    moved: timedelta,
    life: Any,
    switched: Any,
    allowed: Any,
    wait: int,
    on_leave: OnLeave,
    change: OnChange,
) -> None:
    story, last = tell(world, start + timedelta(hours=7) + moved, life)
    desk = replace(world.desk, mapping=replace(world.mapping, on_leave=on_leave))
    given_rules = rules(world, switched, allowed, change)
    found = explained(story.history(), desk, given_rules, last + wait * STEP)
    for ledger in found:
        said = json.loads(json.dumps(plain(ledger, "2026a")))
        assert Checker(said).check() == []
        # What is kept of it, once the events are gone, says the same.
        again = read(json.loads(json.dumps(kept(ledger))), given_rules)
        assert again.clock == ledger.clock
        assert json.loads(json.dumps(plain(again, "2026a"))) == said


@settings(max_examples=100)
@given(st.sampled_from(STARTS), lives, switches, targets, gaps, changes)
def test_there_is_a_ledger_for_each_clock_that_is_judged(
    world: Any, start: datetime, life: Any, switched: Any, allowed: Any, wait: int, change: OnChange
) -> None:
    story, last = tell(world, start, life)
    given_rules = rules(world, switched, allowed, change)
    now = last + wait * STEP
    judged = world.judge(story, given_rules, now)
    assert tuple(ledger.clock for ledger in explained(story.history(), world.desk, given_rules, now)) == judged.clocks


@pytest.mark.parametrize("key", ["due_at", "breached_at"])
def test_the_checker_notices_an_instant_that_does_not_follow(world: Any, key: str) -> None:
    (ledger,) = explained(
        world.story("09:00").history(),
        world.desk,
        (world.rules(world.policy(metrics={"resolution": world.resolution()})),),
        world.at("16:00"),
    )
    said = plain(ledger, "2026a")
    assert Checker(said).check() == []
    assert Checker({**said, key: "2024-05-06T13:00:01Z"}).check() != []
