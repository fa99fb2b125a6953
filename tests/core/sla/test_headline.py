"""What a ticket's fields show, and when to look again."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.ports import Slot
from core.sla import shown
from core.sla.policy import Agreement, AtRisk
from core.sla.verdict import Standing

HOUR = 3600


def test_a_running_clock_is_shown_with_its_due_instant(world: Any) -> None:
    judgement = world.judge(world.story("09:00:30"), None, "09:10")
    assert shown(judgement) == {
        Slot.DUE: "2024-05-06T10:00:30Z",
        Slot.STATE: "on track",
        Slot.METRIC: "first_response",
        Slot.POLICY: "gold",
        Slot.BREACHED_AT: None,
        Slot.DUE_DAY: "2024-05-06",
    }


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2024-05-06"), ("Pacific/Auckland", "2024-05-07"), ("Pacific/Honolulu", "2024-05-06")]
)
def test_the_due_day_is_that_of_the_zone_where_it_is_read(world: Any, zone: str, day: str) -> None:
    judgement = world.judge(world.story("12:30"))
    assert shown(judgement)[Slot.DUE] == "2024-05-06T13:30:00Z"
    assert shown(judgement, zone=ZoneInfo(zone))[Slot.DUE_DAY] == day


def test_the_due_day_is_blank_while_due_is(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution()}))
    said = shown(world.judge(world.story().then("10:00", status="pending"), rules, "10:30"))
    assert (said[Slot.STATE], said[Slot.DUE], said[Slot.DUE_DAY]) == ("paused", None, None)


def test_a_policy_is_shown_by_its_label(world: Any) -> None:
    judgement = world.judge(world.story())
    assert shown(judgement, {"gold": "Gold 24/7"})[Slot.POLICY] == "Gold 24/7"
    assert shown(judgement, {"gold": ""})[Slot.POLICY] == "gold"


def test_the_words_of_one_clock_through_its_life(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution()}))
    story = world.story()

    def told(now: str) -> tuple[str | None, ...]:
        said = shown(world.judge(story, rules, now))
        return said[Slot.STATE], said[Slot.DUE], said[Slot.BREACHED_AT]

    due = "2024-05-06T13:00:00Z"
    assert told("11:59:59") == ("on track", due, None)
    assert told("12:00") == ("at risk", due, None)
    assert told("13:00") == ("at risk", due, None)
    assert told("13:00:01") == ("breached", due, due)
    story.then("14:00", status="pending")
    assert told("14:00") == ("breached", due, due)
    story.then("15:00", status="solved")
    assert told("15:00") == ("missed", due, due)
    story = world.story().then("10:00", status="pending")
    assert told("10:30") == ("paused", None, None)
    story.then("11:00", status="solved")
    assert told("11:00") == ("met", "2024-05-06T14:00:00Z", None)


def test_an_unconfirmed_breach_reads_at_risk(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution()}))
    story = world.story().then("14:00", status="solved")
    for history, now in ((world.story().history("12:00"), "13:30"), (story.history("12:00"), "15:00")):
        said = shown(world.judge(history, rules, now))
        assert (said[Slot.STATE], said[Slot.DUE], said[Slot.BREACHED_AT]) == (
            "at risk",
            "2024-05-06T13:00:00Z",
            None,
        )


def test_without_a_clock_the_state_is_none(world: Any) -> None:
    said = shown(world.judge(world.story(), ()))
    assert said == {**dict.fromkeys(Slot), Slot.STATE: "none"}


def test_what_nobody_can_say_is_shown_as_unknown(world: Any) -> None:
    said = shown(world.judge(world.story(status="limbo")))
    assert (said[Slot.STATE], said[Slot.DUE], said[Slot.METRIC]) == ("unknown", None, "first_response")


def metric_shown(world: Any, story: Any, now: str, **seconds: int) -> str | None:
    made = {name: world.resolution(limit) for name, limit in seconds.items()}
    return shown(world.judge(story, world.rules(world.policy(metrics=made)), now))[Slot.METRIC]


def test_the_clock_that_is_due_first_is_shown(world: Any) -> None:
    assert metric_shown(world, world.story(), "09:10", late=4 * HOUR, soon=2 * HOUR) == "soon"


def test_a_completed_clock_gives_way_to_a_running_one(world: Any) -> None:
    judgement = world.judge(world.story().says("09:30", "ann"))
    assert judgement.headline.id.metric == "resolution"


def test_a_paused_clock_gives_way_to_a_running_one_even_when_breached(world: Any) -> None:
    metrics = {"a": world.resolution(60), "b": world.resolution(8 * HOUR, pause_in=frozenset())}
    rules = world.rules(world.policy(metrics=metrics))
    story = world.story().then("10:00", status="pending")
    assert world.judge(story, rules, "10:30").headline.id.metric == "b"


def test_of_completed_clocks_the_missed_one_is_shown(world: Any) -> None:
    story = world.story().then("11:00", status="solved")
    assert metric_shown(world, story, "12:00", late=4 * HOUR, soon=HOUR) == "soon"


def test_a_missed_clock_is_shown_before_a_met_one_that_was_due_earlier(world: Any) -> None:
    story = world.story().says("09:30", "ann").then("14:00", status="solved")
    said = shown(world.judge(story, None, "15:00"))
    assert (said[Slot.METRIC], said[Slot.STATE]) == ("resolution", "missed")


def test_only_the_agreements_to_show_are_shown(world: Any) -> None:
    metrics = {"resolution": world.resolution(60)}
    rules = world.rules(world.policy("team", metrics=metrics, agreement=Agreement.VENDOR), world.policy())
    assert world.judge(world.story(), rules).headline.id.policy == "gold"
    both = frozenset({Agreement.SLA, Agreement.VENDOR})
    assert world.judge(world.story(), rules, show=both).headline.id.policy == "team"
    assert world.judge(world.story(), rules, show=frozenset({Agreement.GOAL})).headline is None


@pytest.mark.parametrize(
    ("now", "looks"),
    [
        ("09:10", "09:45"),
        ("09:45", "10:00:00.000001"),
        ("10:00", "10:00:00.000001"),
        ("10:00:00.000001", "12:00"),
        ("12:00", "13:00:00.000001"),
        ("14:00", None),
    ],
)
def test_the_next_look_is_when_something_changes_by_itself(world: Any, now: str, looks: str | None) -> None:
    judgement = world.judge(world.story(), None, now)
    assert judgement.next_check_at == (None if looks is None else world.at(looks))


def test_a_breach_at_the_due_instant_is_looked_at_then(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution(breach="at")}))
    assert world.judge(world.story(), rules, "12:30").next_check_at == world.at("13:00")


def test_nothing_changes_by_itself_while_paused_or_done(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution()}))
    for status in ("pending", "solved", "void"):
        story = world.story().then("09:30", status=status)
        assert world.judge(story, rules).next_check_at is None


def test_a_threshold_that_falls_overnight_is_looked_at_in_open_time(world: Any) -> None:
    policy = world.policy(metrics={"resolution": world.resolution(2 * HOUR)}, at_risk=AtRisk(0.5, None, None))
    judgement = world.judge(world.story("16:30"), world.rules(policy), "17:30")
    assert judgement.clocks[0].standing is Standing.ON_TRACK
    assert judgement.next_check_at == world.at("Tue 09:30")


@pytest.mark.parametrize(("target", "left"), [(300, 299), (600, 599), (601, 600), (4 * HOUR, HOUR), (1, 0)])
def test_a_clock_does_not_begin_at_risk_however_short_its_target(world: Any, target: int, left: int) -> None:
    policy = world.policy(metrics={"resolution": world.resolution(target)})
    assert policy.at_risk.threshold(target) == left
    began = world.clock(world.story(), world.rules(policy), "09:00")
    assert (began.standing, began.next_check_at) == (
        Standing.ON_TRACK,
        world.at("09:00") + timedelta(seconds=target - left),
    )
