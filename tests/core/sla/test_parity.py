"""Each cause of a difference, found by itself: theirs is what other rules make of the same ticket."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.calendar import Calendar
from core.calendar.instants import to_us
from core.sla.agreeing import Agreeing
from core.sla.causes import Cause, Part
from core.sla.ledger import Ledger, explained
from core.sla.parity import Beside, beside, pairs_of, timed
from core.sla.policy import Agreement, Change, Metric, MetricKind, OnChange, Reopen, Target
from core.sla.supposed import Hint
from core.sla.theirs import theirs
from core.sla.weighing import Sight
from core.tickets import NativeClock, Priority, Says
from tests.core.sla.native_statements import WORD, stated

HOUR = 3600
LONG = ((8 * HOUR, 18 * HOUR),)
HOLIDAY = date(2024, 5, 7)
PAIRS = pairs_of({WORD: ("resolution",)})


def rules(
    world: Any,
    seconds: int = 4 * HOUR,
    *,
    calendar: Any = None,
    policy: Any = None,
    calendars: Any = None,
    **metric: Any,
) -> Any:
    """One promise: a resolution within four hours of the office's time, unless told otherwise."""
    own: Calendar = calendar or world.office
    given: dict[str, Calendar] = {"office": world.office, own.name: own, **(calendars or {})}
    metrics = {"resolution": world.resolution(seconds, **metric)}
    return world.rules(world.policy("gold", own.name, metrics=metrics, **(policy or {})), calendars=given)


def ledgers(world: Any, story: Any, given: Any, now: Any) -> list[Ledger]:
    return list(explained(story.history(), world.desk, (given,), world.at(now)))


def compared(
    world: Any,
    story: Any,
    ours: Any,
    theirs_are: Any,
    now: str,
    *,
    pauses: bool = True,
    business: bool | None = None,
    horizon: str = "9w 00:00",
    heard: str = "9w 00:00",
    moved: timedelta = timedelta(),
) -> list[Beside]:
    """Return what is found where theirs go by other rules. moved: by how much later they say that all is."""
    mine = ledgers(world, story, ours, now)
    others = ledgers(world, story, theirs_are, now)
    said = stated(others, world.at(now), pauses=pauses, business=business)
    said = [replace(each, at=each.at + moved) for each in said]
    sight = Sight(to_us(world.at(horizon)), to_us(world.at(heard)), pauses, ours.calendars)
    return beside(mine, theirs(said), PAIRS, sight)


def one(*arguments: Any, **more: Any) -> Beside:
    (found,) = compared(*arguments, **more)
    return found


def causes(found: Beside) -> list[tuple[Cause, int | None]]:
    return [(part.cause, part.seconds) for part in found.weighed.parts]


def test_the_same_rules_agree(world: Any) -> None:
    found = one(world, world.story("09:00"), rules(world), rules(world), "10:00")
    assert (found.weighed.by, found.weighed.difference, found.weighed.agrees) == ("due", 0, True)
    assert found.cause is None


def test_a_minute_is_no_difference_and_more_is_one(world: Any) -> None:
    story = world.story("09:00")
    near = one(world, story, rules(world), rules(world), "10:00", moved=timedelta(seconds=60))
    assert (near.weighed.agrees, near.weighed.difference) == (True, -60)
    far = one(world, story, rules(world), rules(world), "10:00", moved=timedelta(seconds=61))
    assert (far.weighed.agrees, causes(far)) == (False, [(Cause.START, -61)])


def test_another_target_is_named_with_the_priority_that_would_have_it(world: Any) -> None:
    ours = rules(world, targets={Priority.HIGH: Target(seconds=2 * HOUR), None: Target(seconds=4 * HOUR)})
    found = one(world, world.story("09:00"), ours, rules(world, 2 * HOUR), "10:00")
    assert found.weighed.parts == (Part(Cause.TARGET, 2 * HOUR, (Hint("priority", "high"),)),)
    other = one(world, world.story("09:00"), ours, rules(world, 3 * HOUR), "10:00")
    assert other.weighed.parts == (Part(Cause.TARGET, HOUR),)


def by_priority(world: Any, change: Change) -> Any:
    targets = {Priority.HIGH: Target(seconds=2 * HOUR), None: Target(seconds=6 * HOUR)}
    return rules(world, policy={"on_change": OnChange(priority=change)}, targets=targets)


def test_a_target_from_before_the_priority_changed_is_named_as_that(world: Any) -> None:
    story = world.story("09:00").then("09:30", priority="high")
    keeps, follows = by_priority(world, Change.KEEP), by_priority(world, Change.CARRY_OVER)
    found = one(world, story, follows, keeps, "10:00")
    assert found.weighed.parts == (Part(Cause.PRIORITY, -4 * HOUR, (Hint("priority", "other"),)),)
    # They tell of both targets, and we keep the first one.
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), 6 * HOUR),
        NativeClock("3", "1", WORD, 1, Says.TARGET, world.at("09:30"), 2 * HOUR),
        NativeClock("4", "1", WORD, 1, Says.DUE, world.at("11:00")),
    ]
    far = to_us(world.at("9w 00:00"))
    (other,) = beside(ledgers(world, story, keeps, "10:00"), theirs(said), PAIRS, Sight(far, far, True))
    assert other.weighed.parts == (Part(Cause.PRIORITY, 4 * HOUR, (Hint("priority", "high"),)),)


def test_a_due_instant_that_has_passed_stays_that_of_the_target_of_then_and_of_its_hours(world: Any) -> None:
    targets = {Priority.HIGH: Target(seconds=2 * HOUR, calendar="always"), None: Target(seconds=6 * HOUR)}
    ours = rules(world, targets=targets)
    story = world.story("16:00", priority="high").then("19:00", priority="low").then("20:00", status="solved")
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("16:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("16:00"), 2 * HOUR, business=False),
        NativeClock("3", "1", WORD, 1, Says.DUE, world.at("18:00")),
        NativeClock("4", "1", WORD, 1, Says.TARGET, world.at("19:00"), 6 * HOUR, business=True),
        NativeClock("5", "1", WORD, 1, Says.DUE, world.at("Tue 14:00"), withdrawn=True),
        NativeClock("6", "1", WORD, 1, Says.COMPLETED, world.at("20:00")),
    ]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(ledgers(world, story, ours, "21:00"), theirs(said), PAIRS, Sight(far, far, True))
    assert found.weighed.parts == (Part(Cause.PRIORITY, 20 * HOUR, (Hint("priority", "high"),)),)


def test_a_clock_that_ended_without_result_is_compared_by_the_due_time_it_had_until_then(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="void")
    found = one(world, story, rules(world), rules(world, stop_in=world.patterns("cancelled")), "11:00")
    assert (found.weighed.agrees, found.weighed.ours) == (True, to_us(world.at("13:00")))


def test_nothing_is_due_where_ours_has_ended_without_result_and_theirs_is_due_no_more(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="void")
    mine = ledgers(world, story, rules(world), "11:00")
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), 4 * HOUR),
        NativeClock("3", "1", WORD, 1, Says.DUE, world.at("13:00"), withdrawn=True),
    ]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
    assert (found.weighed.agrees, found.cause) == (None, Cause.NOT_STATED)


def paused(world: Any) -> Any:
    """An hour of waiting; resolved after it."""
    return (
        world.story("09:00").then("10:00", status="pending").then("11:00", status="open").then("12:00", status="solved")
    )


@pytest.mark.parametrize("pauses", [True, False])
def test_another_pause_is_found_where_pauses_are_told_and_where_only_used_time_is(world: Any, pauses: bool) -> None:
    found = one(world, paused(world), rules(world), rules(world, pause_in=frozenset()), "13:00", pauses=pauses)
    assert causes(found) == [(Cause.PAUSE, HOUR)]
    reverse = one(world, paused(world), rules(world, pause_in=frozenset()), rules(world), "13:00", pauses=pauses)
    assert causes(reverse) == [(Cause.PAUSE, -HOUR)]


def test_a_pause_of_another_length_is_told_by_what_was_used_and_what_is_ahead(world: Any) -> None:
    story = paused(world).then("12:30", status="open").then("13:30", status="hold").then("14:00", status="solved")
    ours = rules(world, 6 * HOUR, pause_in=world.patterns("waiting/customer"))
    other = rules(world, 6 * HOUR, pause_in=world.patterns("waiting/vendor"))
    found = one(world, story, ours, other, "15:00", pauses=False)
    assert causes(found) == [(Cause.PAUSE, HOUR // 2)]


def test_a_clock_that_stands_still_on_one_side_alone_has_no_difference_but_a_cause(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="pending")
    found = one(world, story, rules(world), rules(world, pause_in=frozenset()), "11:00")
    assert (found.weighed.difference, found.weighed.agrees, causes(found)) == (None, False, [(Cause.PAUSE, None)])
    other = one(world, story, rules(world, pause_in=frozenset()), rules(world), "11:00")
    assert causes(other) == [(Cause.PAUSE, None)]
    # Jira states neither a pause nor, meanwhile, a due instant.
    untold = one(world, story, rules(world, pause_in=frozenset()), rules(world), "11:00", pauses=False)
    assert causes(untold) == [(Cause.PAUSE, None)]


def test_a_due_instant_from_before_our_pause_says_nothing_where_pauses_are_not_told(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="pending")
    same = one(world, story, rules(world), rules(world, pause_in=frozenset()), "11:00", pauses=False)
    assert (same.weighed.agrees, same.cause) == (None, Cause.ONGOING)
    other = one(world, story, rules(world), rules(world, 5 * HOUR, pause_in=frozenset()), "11:00", pauses=False)
    assert (other.weighed.agrees, causes(other)) == (False, [(Cause.TARGET, -HOUR)])


def test_two_clocks_that_stand_still_are_compared_by_what_is_left(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="pending")
    same = one(world, story, rules(world), rules(world), "11:00")
    assert (same.weighed.by, same.weighed.difference, same.weighed.agrees) == ("left", 0, True)
    other = one(world, story, rules(world), rules(world, 5 * HOUR), "11:00")
    assert (other.weighed.by, causes(other)) == ("left", [(Cause.TARGET, -HOUR)])


def calendar(name: str = "theirs", week: Any = ((9 * HOUR, 17 * HOUR),), **more: Any) -> Calendar:
    return Calendar(name, more.pop("timezone", "UTC"), (week,) * 5 + ((), ()), **more)


LATE = "2w 09:00"


@pytest.mark.parametrize("pauses", [True, False])
@pytest.mark.parametrize(
    ("own", "other", "hint"),
    [
        (calendar("office"), calendar("always", ((0, 24 * HOUR),)), Hint("always")),
        (calendar("office"), calendar("long", LONG), Hint("calendar", "long")),
        (calendar("office", holidays={HOLIDAY: "Fair"}), calendar(), Hint("open", "Fair")),
        (
            calendar("office", holidays={HOLIDAY: "Fair", date(2024, 5, 8): "Feast", date(2024, 5, 9): "Rest"}),
            calendar(),
            Hint("no_holidays"),
        ),
        (calendar("office"), calendar(timezone="Asia/Tokyo"), Hint("zone", "Asia/Tokyo")),
        (calendar("office"), calendar(holidays={HOLIDAY: "Fair"}), Hint("closed")),
    ],
)
def test_other_hours_are_named_where_some_come_to_the_same(
    world: Any, own: Calendar, other: Calendar, hint: Hint, pauses: bool
) -> None:
    others = {"long": calendar("long", LONG), "tokyo": calendar("tokyo", LONG, timezone="Asia/Tokyo")}
    story = world.story("14:00").then("Tue 09:30", tags=("seen",))
    ours = rules(world, calendar=own, calendars=others, seconds=20 * HOUR)
    theirs_are = rules(world, calendar=replace(other, name="theirs"), seconds=20 * HOUR)
    if other.name == "always":
        theirs_are = rules(world, seconds=20 * HOUR, clock="always")
    found = one(world, story, ours, theirs_are, LATE, pauses=pauses)
    (part,) = found.weighed.parts
    assert part.cause is Cause.CALENDAR
    assert part.seconds == found.weighed.difference
    assert hint in part.hints


def test_the_one_day_that_they_close_besides_is_named(world: Any) -> None:
    ours, other = rules(world), rules(world, calendar=calendar(holidays={date(2024, 5, 6): "Monday"}))
    found = one(world, world.story("09:00"), ours, other, "10:00")
    assert found.weighed.parts == (Part(Cause.CALENDAR, -24 * HOUR, (Hint("closed", "2024-05-06"),)),)


def test_all_hours_are_known_where_the_source_says_so(world: Any) -> None:
    story = world.story("16:00")
    found = one(world, story, rules(world), rules(world, clock="always"), "16:30", business=False)
    assert found.weighed.parts == (Part(Cause.CALENDAR, 16 * HOUR, (Hint("always"),)),)
    agrees = one(world, story, rules(world, clock="always"), rules(world, clock="always"), "16:30", business=False)
    assert agrees.weighed.agrees


def test_hours_that_nobody_here_knows_are_the_calendar_where_all_else_is_told(world: Any) -> None:
    odd = calendar("odd", ((9 * HOUR, 13 * HOUR + 1620),))
    ours = rules(world, 20 * HOUR)
    found = one(
        world, world.story("09:00"), ours, rules(world, calendar=odd, seconds=20 * HOUR), "10:00", business=True
    )
    assert found.weighed.parts == (Part(Cause.CALENDAR, found.weighed.difference),)
    # Where pauses are not told either, either may be it.
    other = one(world, world.story("09:00"), ours, rules(world, calendar=odd, seconds=20 * HOUR), "10:00", pauses=False)
    assert other.cause is Cause.PAUSE_OR_CALENDAR


def test_a_pause_and_hours_that_come_to_the_same_are_both_named(world: Any) -> None:
    lunch = calendar("lunch", ((9 * HOUR, 10 * HOUR), (11 * HOUR, 17 * HOUR)))
    # We stand still just while that calendar is closed: they may go by it without pausing, or not stand still at all.
    ours = rules(world, calendars={"lunch": lunch, "split": calendar("split", ((8 * HOUR, 17 * HOUR),))})
    story = (
        world.story("08:00").then("09:30", status="pending").then("10:30", status="open").then("12:00", status="solved")
    )
    found = one(world, story, ours, rules(world, pause_in=frozenset()), "13:00", pauses=False)
    assert found.cause is Cause.PAUSE_OR_CALENDAR
    assert found.weighed.parts[0].hints == (Hint("calendar", "split"), Hint("always"))


def test_time_that_they_count_while_we_are_closed_is_the_calendar(world: Any) -> None:
    odd = calendar("odd", ((7 * HOUR + 1620, 17 * HOUR),))
    story = world.story("06:00").then("12:00", status="solved")
    found = one(world, story, rules(world), rules(world, calendar=odd), "13:00", pauses=False)
    assert found.cause is Cause.CALENDAR


def test_several_causes_add_up_to_the_difference(world: Any) -> None:
    ours = rules(world, 8 * HOUR)
    other = rules(world, 10 * HOUR, pause_in=frozenset(), clock="always")
    found = one(world, paused(world), ours, other, "13:00", business=False)
    shares = dict(causes(found))
    assert shares == {Cause.TARGET: -2 * HOUR, Cause.PAUSE: HOUR, Cause.CALENDAR: 16 * HOUR}
    assert sum(seconds or 0 for seconds in shares.values()) == found.weighed.difference
    assert found.cause is Cause.CALENDAR


def reopened(world: Any) -> Any:
    return (
        world.story("09:00").then("10:00", status="solved").then("12:00", status="open").then("12:30", status="solved")
    )


def test_a_clock_that_goes_on_after_a_reopening_is_told_from_one_that_begins_anew(world: Any) -> None:
    goes_on, anew = rules(world), rules(world, reopen=Reopen.RESTART)
    first, second = compared(world, reopened(world), goes_on, anew, "13:00")
    assert causes(first) == [(Cause.REOPENED, 2 * HOUR)]
    assert (second.ours, second.cause) == (None, Cause.REOPENED)
    first, second = compared(world, reopened(world), anew, goes_on, "13:00")
    assert first.cause is Cause.END
    assert (second.theirs, second.cause) == (None, Cause.REOPENED)


def test_a_clock_that_a_new_priority_began_is_not_there_because_of_a_reopening(world: Any) -> None:
    ours = rules(
        world,
        policy={"on_change": OnChange(priority=Change.RESTART)},
        targets={None: Target(seconds=6 * HOUR)},
        reopen=Reopen.RESTART,
    )
    story = world.story("09:00").then("10:00", priority="high")
    first, second = compared(world, story, ours, rules(world, 6 * HOUR), "13:00")
    assert first.weighed.agrees
    assert (second.theirs, second.cause) == (None, Cause.ANOTHER_CYCLE)


def test_a_clock_that_ends_at_another_time_is_named_as_that(world: Any) -> None:
    story = (
        world.story("09:00").then("10:00", status="hold").then("10:30", status="pending").then("11:00", status="open")
    )
    early = rules(world, stop_in=world.patterns("waiting/vendor"), reopen=Reopen.RESTART)
    first, *_ = compared(world, story, rules(world), early, "11:30")
    assert causes(first) == [(Cause.END, HOUR // 2)]


def test_a_history_that_is_not_whole_and_a_word_without_meaning_are_the_causes(world: Any) -> None:
    story = world.story("09:00")
    said = stated(ledgers(world, story, rules(world), "10:00"), world.at("10:00"))
    far = to_us(world.at("9w 00:00"))
    for history, cause in (
        (story.history(whole_since=None), Cause.MISSING_HISTORY),
        (world.story("09:00", status="odd").history(), Cause.UNMAPPED),
    ):
        mine = explained(history, world.desk, (rules(world),), world.at("10:00"))
        (found,) = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
        assert (found.cause, found.weighed.agrees) == (cause, False)


def test_statements_that_do_not_reach_back_to_the_start_are_missing_history(world: Any) -> None:
    story = world.story("09:00")
    said = stated(ledgers(world, story, rules(world, 5 * HOUR), "10:00"), world.at("10:00"))
    known = [each for each in said if each.says is not Says.STARTED]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(ledgers(world, story, rules(world), "10:00"), theirs(known), PAIRS, Sight(far, far, True))
    assert found.cause is Cause.MISSING_HISTORY


@pytest.mark.parametrize(("horizon", "heard", "agrees"), [("09:59", "9w 00:00", None), ("10:01", "9w 00:00", False)])
def test_what_only_they_know_of_yet_is_not_confirmed(world: Any, horizon: str, heard: str, agrees: Any) -> None:
    story = paused(world)
    never = rules(world, pause_in=frozenset())
    found = one(world, story, never, rules(world), "13:00", horizon=horizon, heard=heard)
    assert found.weighed.agrees is agrees
    assert (found.cause is Cause.NOT_CONFIRMED) is (agrees is None)


@pytest.mark.parametrize(("heard", "agrees"), [("09:59", None), ("10:01", False)])
def test_what_only_we_know_of_yet_is_not_confirmed(world: Any, heard: str, agrees: Any) -> None:
    found = one(world, paused(world), rules(world), rules(world, pause_in=frozenset()), "13:00", heard=heard)
    assert found.weighed.agrees is agrees


def test_a_start_or_a_target_beyond_what_is_known_is_not_confirmed(world: Any) -> None:
    story = world.story("09:00")
    moved = one(world, story, rules(world), rules(world), "10:00", moved=timedelta(minutes=5), horizon="09:03")
    assert moved.cause is Cause.NOT_CONFIRMED
    target = one(world, story, rules(world), rules(world, 5 * HOUR), "10:00", horizon="08:59")
    assert target.cause is Cause.NOT_CONFIRMED


def test_nothing_stated_to_compare_is_no_disagreement(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="pending")
    mine = ledgers(world, story, rules(world), "11:00")
    said = [each for each in stated(mine, world.at("11:00")) if each.says is not Says.ELAPSED]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
    assert (found.weighed.agrees, found.cause) == (None, Cause.ONGOING)


def test_a_due_instant_that_they_took_back_from_a_running_clock_is_no_promise(world: Any) -> None:
    mine = ledgers(world, world.story("09:00"), rules(world), "10:00")
    said = [
        replace(each, withdrawn=True) if each.says is Says.DUE else each for each in stated(mine, world.at("10:00"))
    ]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
    assert (found.weighed.agrees, found.cause) == (False, Cause.NO_PROMISE)


def test_a_promise_of_one_side_alone_says_so(world: Any) -> None:
    story = world.story("09:00")
    mine = ledgers(world, story, rules(world), "10:00")
    said = stated(mine, world.at("10:00"))
    far = to_us(world.at("9w 00:00"))
    sight = Sight(far, far, True)
    (found,) = beside([], theirs(said), PAIRS, sight)
    assert (found.ours, found.cause, found.start) == (None, Cause.NO_CLOCK, to_us(world.at("09:00")))
    measured = [each for each in said if each.says is Says.STARTED]
    (found,) = beside(mine, theirs(measured), PAIRS, sight)
    assert (found.theirs, found.cause, found.start) == (None, Cause.NO_PROMISE, to_us(world.at("09:00")))
    assert beside([], theirs(measured), PAIRS, sight) == []
    assert beside(mine, theirs(said), {}, sight) == []
    (early,) = beside([], theirs(said), PAIRS, replace(sight, ours=to_us(world.at("08:00"))))
    assert (early.weighed.agrees, early.cause) == (None, Cause.NOT_CONFIRMED)


def test_cycles_find_each_other_by_their_start_whatever_their_numbers(world: Any) -> None:
    anew = rules(world, reopen=Reopen.RESTART)
    mine = ledgers(world, reopened(world), anew, "13:00")
    said = stated(mine[1:], world.at("13:00"))
    far = to_us(world.at("9w 00:00"))
    first, second = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
    assert (first.theirs, first.cause) == (None, Cause.ANOTHER_CYCLE)
    assert second.weighed.agrees
    assert (second.ours and second.ours.clock.cycle, second.theirs and second.theirs.cycle) == (2, 1)


def test_a_promise_to_the_customer_goes_before_one_between_teams(world: Any) -> None:
    metrics = {"resolution": world.resolution()}
    both = world.rules(
        world.policy("inner", metrics=metrics, agreement=Agreement.GOAL), world.policy("outer", metrics=metrics)
    )
    mine = ledgers(world, world.story("09:00"), both, "10:00")
    said = theirs(stated(mine[:1], world.at("10:00")))
    far = to_us(world.at("9w 00:00"))
    for names, policy in ((("resolution",), "outer"), (("goal/resolution",), "inner"), (("ola/resolution",), None)):
        (found,) = beside(mine, said, pairs_of({"THEIRS": names}), Sight(far, far, True))
        assert (found.ours and found.ours.clock.id.policy) == policy


def test_what_is_left_may_differ_by_a_minute_and_whole_minutes_are_compared_as_such(world: Any) -> None:
    story = world.story("09:00").then("10:00:59", status="pending")
    mine, far = ledgers(world, story, rules(world), "11:00"), to_us(world.at("9w 00:00"))
    for told, agrees in ((3600, True), (3540, True), (3480, False), (3601, True), (3598, False)):
        said = [
            replace(each, seconds=told) if each.says is Says.ELAPSED else each
            for each in stated(mine, world.at("11:00"))
        ]
        (found,) = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
        assert (told, found.weighed.by, found.weighed.agrees) == (told, "left", agrees)


def test_what_a_paused_clock_of_theirs_has_used_is_compared_with_what_ours_has_used_by_now(world: Any) -> None:
    story = (
        world.story("09:00")
        .then("10:00", status="pending")
        .then("10:30", status="hold")
        .then("11:00", status="pending")
    )
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), 4 * HOUR),
        NativeClock("3", "1", WORD, 1, Says.PAUSED, world.at("10:00")),
        NativeClock("4", "1", WORD, 1, Says.ELAPSED, world.at("10:00"), HOUR),
    ]
    far = to_us(world.at("9w 00:00"))
    (found,) = beside(ledgers(world, story, rules(world), "12:00"), theirs(said), PAIRS, Sight(far, far, True))
    assert (found.weighed.by, causes(found)) == ("left", [(Cause.PAUSE, -HOUR // 2)])


@pytest.mark.parametrize(("horizon", "heard"), [("09:59", "9w 00:00"), ("9w 00:00", "09:59")])
def test_a_pause_that_one_side_cannot_know_of_yet_is_not_confirmed(world: Any, horizon: str, heard: str) -> None:
    story = world.story("09:00").then("10:00", status="pending")
    pausing, running = rules(world), rules(world, pause_in=frozenset())
    ours, other = (running, pausing) if heard > horizon else (pausing, running)
    found = one(world, story, ours, other, "11:00", horizon=horizon, heard=heard)
    assert (found.weighed.agrees, found.cause) == (None, Cause.NOT_CONFIRMED)
    assert one(world, story, ours, other, "11:00").weighed.agrees is False
    assert one(world, story, ours, other, "11:00", horizon=heard, heard=horizon).weighed.agrees is False


def test_less_than_a_minute_is_no_parting(world: Any) -> None:
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), 4 * HOUR),
        NativeClock("3", "1", WORD, 1, Says.PAUSED, world.at("10:00:30")),
        NativeClock("4", "1", WORD, 1, Says.STARTED, world.at("11:30")),
        NativeClock("5", "1", WORD, 1, Says.DUE, world.at("14:29:30")),
    ]
    mine, far = ledgers(world, paused(world), rules(world), "13:00"), to_us(world.at("9w 00:00"))
    for heard, cause in (("10:30", Cause.NOT_CONFIRMED), ("11:30", Cause.PAUSE)):
        (found,) = beside(mine, theirs(said), PAIRS, Sight(far, to_us(world.at(heard)), True))
        assert found.cause is cause


def test_pauses_that_move_due_times_by_the_wall_clock_are_a_pause_that_differs(world: Any) -> None:
    story = world.story("14:00").then("15:00", status="pending").then("Tue 10:00", status="open")
    wall, plain = rules(world, pause_accounting="wall_clock"), rules(world)
    for pauses in (True, False):
        found = one(world, story, wall, plain, "Tue 10:30", pauses=pauses)
        assert [cause for cause, _ in causes(found)] == [Cause.PAUSE]
        assert causes(found)[0][1] == found.weighed.difference


def test_no_pauses_and_other_hours_together_are_both_named(world: Any) -> None:
    ours, other = rules(world, 9 * HOUR), rules(world, 9 * HOUR, pause_in=frozenset(), clock="always")
    found = one(world, paused(world), ours, other, "13:00", pauses=False)
    assert {cause for cause, _ in causes(found)} == {Cause.PAUSE, Cause.CALENDAR}
    assert found.weighed.parts[0].hints == (Hint("always"),)


def test_a_due_instant_that_was_taken_back_by_a_pause_is_none(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="pending").then("11:00", status="solved")
    said = stated(ledgers(world, story, rules(world), "12:00"), world.at("12:00"))
    (found,) = theirs(said)
    assert (found.due, found.paused, found.pauses) == (
        None,
        True,
        ((to_us(world.at("10:00")), to_us(world.at("11:00"))),),
    )


def test_what_was_used_is_told_in_the_hours_of_the_target(world: Any) -> None:
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), 4 * HOUR, business=True),
        NativeClock("3:b", "1", WORD, 1, Says.ELAPSED, world.at("10:00"), 60, business=True),
        NativeClock("3:c", "1", WORD, 1, Says.ELAPSED, world.at("10:00"), 3600, business=False),
    ]
    (found,) = theirs(said)
    assert found.elapsed == (to_us(world.at("10:00")), 60_000_000)


def test_a_clock_that_only_we_have_begun_so_far_is_not_confirmed(world: Any) -> None:
    anew = rules(world, reopen=Reopen.RESTART)
    mine = ledgers(world, reopened(world), anew, "13:00")
    said = theirs(stated(mine[:1], world.at("13:00")))
    far = to_us(world.at("9w 00:00"))
    for heard, cause in (("11:00", Cause.NOT_CONFIRMED), ("12:30", Cause.ANOTHER_CYCLE)):
        _, second = beside(mine, said, PAIRS, Sight(far, to_us(world.at(heard)), True))
        assert (second.theirs, second.cause) == (None, cause)


def test_an_answer_that_only_we_wait_for_is_another_cycle(world: Any) -> None:
    waits = Metric(MetricKind.NEXT_RESPONSE, {None: Target(seconds=HOUR)}, count_initial=True)
    given = world.rules(world.policy(metrics={"resolution": waits}))
    story = world.story("08:30").says("09:00", "cat").says("09:30", "ann").says("10:00", "cat").says("10:30", "ann")
    mine = ledgers(world, story, given, "11:00")
    said = [
        NativeClock("1", "1", WORD, 1, Says.STARTED, world.at("09:00")),
        NativeClock("2", "1", WORD, 1, Says.TARGET, world.at("09:00"), HOUR),
        NativeClock("3", "1", WORD, 1, Says.DUE, world.at("10:00")),
    ]
    far = to_us(world.at("9w 00:00"))
    _, second = beside(mine, theirs(said), PAIRS, Sight(far, far, True))
    assert (second.theirs, second.cause) == (None, Cause.ANOTHER_CYCLE)


def test_a_word_that_no_policy_times_is_known_as_that(world: Any) -> None:
    pairs = pairs_of(
        {"Solve": ("resolution",), "Own": ("ola/resolution",), "Nothing": (), "Reply": ("x", "resolution")}
    )
    assert timed(pairs, rules(world)) == {"solve", "reply"}


def test_sums_leave_out_what_cannot_be_told(world: Any) -> None:
    total = Agreeing()
    assert total.share is None
    story = paused(world)
    for key, found in (
        ("1", one(world, story, rules(world), rules(world), "13:00")),
        ("2", one(world, story, rules(world), rules(world, 5 * HOUR), "13:00")),
        ("3", one(world, story, rules(world), rules(world, 5 * HOUR), "13:00", horizon="08:00")),
    ):
        total.add(key, found)
    assert (total.clocks, total.within_minute, total.undecided, total.share) == (3, 1, 1, 0.5)
    assert total.causes == {Cause.TARGET: 1, Cause.NOT_CONFIRMED: 1}
    assert total.samples == {Cause.TARGET: ["2"], Cause.NOT_CONFIRMED: ["3"]}
