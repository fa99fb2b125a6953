"""Which policy and which revision governs a clock; conditions; normal values."""

from dataclasses import replace
from typing import Any

import pytest

from core.errors import SettingsError
from core.sla.conditions import All, Condition, Empty, HasTag, In, Not
from core.sla.conditions import Any as AnyOf
from core.sla.policy import Agreement, Restating
from core.sla.verdict import State
from core.tickets import Kind, Priority, Status

HOUR = 3600


def has(field: str, *values: str) -> In:
    return In(field, frozenset(values))


def names(judgement: Any) -> list[tuple[str, str]]:
    return [(clock.id.policy, clock.id.metric) for clock in judgement.clocks]


def test_the_first_match_within_an_agreement_wins(world: Any) -> None:
    one = {"resolution": world.resolution()}
    rules = world.rules(
        world.policy("gold", when=has("priority", "critical"), metrics=one),
        world.policy("silver", metrics=one),
        world.policy("bronze", metrics=one),
        world.policy("team", metrics=one, agreement=Agreement.VENDOR),
    )
    assert names(world.judge(world.story(), rules)) == [("silver", "resolution"), ("team", "resolution")]
    assert ("gold", "resolution") in names(world.judge(world.story(priority="urgent"), rules))


def test_a_policy_without_metrics_is_an_outcome_and_stops_the_search(world: Any) -> None:
    rules = world.rules(world.policy("none", when=has("kind", "question"), metrics={}), world.policy("rest"))
    assert world.judge(world.story(kind="question"), rules).clocks == ()
    assert len(world.judge(world.story(), rules).clocks) == 2


def test_a_new_policy_takes_over_what_runs_from_its_beginning_and_leaves_what_is_over(world: Any) -> None:
    rules = world.rules(world.policy("gold", when=has("priority", "critical")), world.policy("silver"))
    story = world.story(priority="urgent").says("09:30", "ann").then("10:00", priority="low")
    judgement = world.judge(story, rules, "11:00")
    assert names(judgement) == [("gold", "first_response"), ("silver", "resolution")]
    assert judgement.clocks[1].started_at == world.at("09:00")


def test_a_clock_that_one_policy_completed_is_not_run_again_by_the_next(world: Any) -> None:
    taken = world.first_response(stop_on=frozenset({"assign"}))
    rules = world.rules(
        world.policy("gold", when=has("priority", "critical"), metrics={"first_response": taken}),
        world.policy("silver"),
    )
    story = world.story(priority="urgent").then("09:30", assignee="ann").then("10:00", priority="low")
    judgement = world.judge(story, rules, "11:00")
    assert names(judgement) == [("gold", "first_response"), ("silver", "resolution")]


def test_the_policy_that_completed_a_clock_has_it_wherever_it_stands(world: Any) -> None:
    taken = world.first_response(stop_on=frozenset({"assign"}))
    rules = world.rules(
        world.policy("gold", when=has("priority", "critical")),
        world.policy("silver", metrics={"first_response": taken}),
    )
    story = world.story().then("09:30", assignee="ann").then("10:00", priority="urgent")
    judgement = world.judge(story, rules, "11:00")
    assert names(judgement) == [("gold", "resolution"), ("silver", "first_response")]


def test_a_running_clock_is_governed_by_the_newest_revision(world: Any) -> None:
    old = world.rules(world.policy())
    new = world.rules(world.policy(metrics={"resolution": world.resolution(HOUR)}), revision=2, applied_at="09:30")
    clock = world.clock(world.story(), (old, new), "11:00")
    assert (clock.revision, clock.due_at) == (2, world.at("10:00"))


def test_a_completed_clock_stays_with_the_revision_of_its_time(world: Any) -> None:
    metrics = {"first_response": world.first_response(60), "resolution": world.resolution(HOUR)}
    old = world.rules(world.policy())
    new = world.rules(world.policy(metrics=metrics), revision=2, applied_at="10:00")
    first, resolution = world.judge(world.story().says("09:30", "ann"), (old, new), "11:00").clocks
    assert (first.revision, first.breached) == (1, False)
    assert (resolution.revision, resolution.breached) == (2, True)
    restated = world.judge(world.story().says("09:30", "ann"), (old, replace(new, restates=Restating())), "11:00")
    assert [(clock.revision, clock.breached) for clock in restated.clocks] == [(2, True), (2, True)]


def test_a_clock_reopened_after_a_revision_is_governed_by_it(world: Any) -> None:
    old = world.rules(world.policy())
    new = world.rules(world.policy(metrics={"resolution": world.resolution(HOUR)}), revision=2, applied_at="11:00")
    story = world.story().then("10:00", status="solved").then("12:00", status="open")
    assert world.clock(story, (old, new), "13:00").revision == 2


def test_what_an_older_revision_completed_is_not_run_again_by_a_newer_one(world: Any) -> None:
    taken = {"first_response": world.first_response(stop_on=frozenset({"assign"}))}
    old = world.rules(world.policy())
    for name in ("gold", "renamed"):
        new = world.rules(world.policy(name, metrics=taken), revision=2, applied_at="10:00")
        (clock,) = world.judge(world.story().says("09:30", "ann"), (old, new), "11:00").clocks
        assert (clock.id.policy, clock.revision, clock.state) == ("gold", 1, State.COMPLETED)


def test_a_new_policy_makes_no_clocks_that_were_over_before_it(world: Any) -> None:
    old = world.rules(world.policy(when=has("priority", "critical")))
    new = world.rules(world.policy("new"), revision=2, applied_at="11:00")
    story = world.story().says("09:30", "ann")
    assert names(world.judge(story, (old, new), "12:00")) == [("new", "resolution")]


def test_what_a_revision_in_between_completed_stays_its_own(world: Any) -> None:
    revisions = [
        world.rules(world.policy(f"p{number}"), revision=number, applied_at=at)
        for number, at in ((1, "09:00"), (2, "10:00"), (3, "11:00"))
    ]
    story = world.story("08:00").says("10:00", "ann")
    assert names(world.judge(story, revisions, "12:00")) == [("p2", "first_response"), ("p3", "resolution")]


def test_the_first_revision_governs_what_was_before_it(world: Any) -> None:
    clock = world.clock(world.story(), world.rules(revision=1, applied_at="Tue 09:00"), "11:00")
    assert clock.revision == 1


def test_a_revision_that_comes_later_is_an_instant_to_look_again(world: Any) -> None:
    later = world.rules(world.policy("new"), revision=2, applied_at="09:45")
    judgement = world.judge(world.story(), (world.rules(), later), "09:10")
    assert judgement.next_check_at == world.at("09:45")
    assert {clock.revision for clock in judgement.clocks} == {1}


def test_a_policy_with_a_calendar_that_does_not_exist_is_refused(world: Any) -> None:
    with pytest.raises(SettingsError, match=r"policy gold uses calendar nowhere"):
        world.judge(world.story(), world.rules(world.policy(calendar="nowhere")))


def test_without_any_revision_there_is_no_clock(world: Any) -> None:
    judgement = world.judge(world.story(), ())
    assert (judgement.clocks, judgement.headline) == ((), None)
    assert judgement.normal.priority is Priority.NORMAL


CONDITIONS: list[tuple[Condition, bool]] = [
    (has("connection", "acme"), True),
    (has("connection", "other"), False),
    (has("customer", "acme-gmbh"), True),
    (has("kind", "incident", "none"), True),
    (has("priority", "normal"), True),
    (has("priority", "high", "critical"), False),
    (has("status", "waiting/customer"), True),
    (has("status", "waiting"), True),
    (has("status", "waiting/vendor"), False),
    (has("phase", "waiting"), True),
    (has("wait_on", "customer"), True),
    (has("organisation", "acme"), True),
    (has("organisation", "7"), True),
    (has("team", "NETWORK"), True),
    (has("team", "30"), False),
    (has("field:55", "a", "b"), True),
    (has("field:77", "x"), False),
    (HasTag(frozenset({"VIP", "other"})), True),
    (HasTag(frozenset({"other"})), False),
    (Empty("assignee"), True),
    (Empty("team"), False),
    (Empty("tags"), False),
    (Empty("kind"), False),
    (All(), True),
    (All((has("kind", "incident"), has("kind", "question"))), False),
    (AnyOf((has("kind", "incident"), has("kind", "question"))), True),
    (AnyOf(), False),
    (Not(has("kind", "question")), True),
]


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_a_condition_says_which_tickets_a_policy_means(world: Any, condition: Condition, holds: bool) -> None:
    story = world.story(status="pending", team="3", tags=("a", "vip"), field__55="x")
    story.values["field:55"] = ("b", "c")
    rules = world.rules(world.policy(when=condition), customers={("acme", "acme"): "acme-gmbh"})
    assert bool(world.judge(story, rules).clocks) is holds


def test_a_value_without_meaning_is_none_of_the_words(world: Any) -> None:
    rules = world.rules(world.policy(when=has("kind", "none")))
    judgement = world.judge(world.story(kind="wish"), rules)
    assert judgement.clocks == ()
    assert judgement.unmapped == (("kind", "wish"),)
    assert world.judge(world.story(kind=None), rules).clocks


@pytest.mark.parametrize(
    ("key", "organisation", "customer"),
    [
        (("acme", "7"), "7", "x"),
        (("acme", "acme"), "7", "x"),
        (("acme", "*"), "7", "x"),
        (("acme", "*"), None, "x"),
        (("acme", "8"), "7", None),
        (("other", "7"), "7", None),
    ],
)
def test_a_customer_is_known_by_id_name_or_the_whole_connection(
    world: Any, key: tuple[str, str], organisation: str | None, customer: str | None
) -> None:
    rules = world.rules(customers={key: "x"})
    assert world.judge(world.story(organisation=organisation), rules).normal.customer == customer


def test_the_id_of_an_organisation_says_more_than_the_connection(world: Any) -> None:
    rules = world.rules(customers={("acme", "*"): "rest", ("acme", "7"): "x", ("acme", "acme"): "y"})
    assert world.judge(world.story(), rules).normal.customer == "x"


FIELDS = {"field:Kunde": {"acme": "by field"}, "project": {"plat": "by project"}}


@pytest.mark.parametrize(
    ("values", "customer"),
    [
        ({}, "by organisation"),
        ({"organisation": None}, "rest"),
        ({"project": "PLAT"}, "by project"),
        ({"project": "10"}, "by project"),
        ({"project": "NET"}, "by organisation"),
        ({"project": "PLAT", "field__36": "acme"}, "by field"),
        ({"field__36": ("other", "a1")}, "by field"),
        ({"field__37": "acme"}, "by organisation"),
    ],
)
def test_a_field_or_a_project_names_the_customer_before_the_organisation_does(
    world: Any, values: dict[str, Any], customer: str
) -> None:
    labels = {("field", "36"): "Kunde", ("field:36", "a1"): "ACME", ("project", "10"): "Plat"}
    named = {("acme", "*"): "rest", ("acme", "7"): "by organisation"}
    rules = world.rules(
        world.policy(when=has("customer", customer)), customers=named, customer_fields={"acme": FIELDS, "eng": {}}
    )
    story = world.story(**{name.replace("__", ":"): value for name, value in values.items()})
    desk = replace(world.desk, labels={**world.desk.labels, **labels})
    found = world.judge(story, rules, desk=desk)
    assert found.normal.customer == customer
    assert found.clocks


def test_a_change_of_the_field_that_names_the_customer_changes_the_policy(world: Any) -> None:
    rules = world.rules(
        world.policy("gold", when=has("customer", "by field")),
        world.policy("rest"),
        customer_fields={"acme": {"field:36": {"acme": "by field"}}},
    )
    story = world.story().then("09:10", field__36="acme").then("09:30", field__36=None)
    assert {clock.id.policy for clock in world.judge(story, rules).clocks} == {"rest"}


def test_normal_values_are_those_of_the_judged_instant(world: Any) -> None:
    story = (
        world.story(team="3")
        .then("09:30", status="solved", assignee="ann")
        .then("09:45", status="closed", priority="urgent")
    )
    normal = world.judge(story).normal
    assert (normal.status, normal.priority, normal.kind) == (
        Status(normal.status.phase),
        Priority.CRITICAL,
        Kind.INCIDENT,
    )
    assert str(normal.status) == "closed"
    assert (normal.requester, normal.assignee, normal.team, normal.organisation) == ("cat", "ann", "3", "7")
    assert (normal.source_status, normal.source_priority) == ("closed", "urgent")
    assert normal.resolved_at == world.at("09:30")
    assert world.judge(story.then("09:50", status="open")).normal.resolved_at is None


def test_a_status_field_that_knows_nothing_of_a_value_leaves_it_to_the_next(world: Any) -> None:
    mapping = replace(
        world.mapping,
        status={**world.mapping.status, ("custom_status", "42"): world.statuses["hold"]},
        status_fields=("custom_status", "status"),
    )
    desk = replace(world.desk, mapping=mapping)
    told = world.judge(world.story(custom_status="42"), desk=desk)
    silent = world.judge(world.story(custom_status="43"), desk=desk)
    assert (str(told.normal.status), told.normal.source_status) == ("waiting/vendor", "42")
    assert (str(silent.normal.status), silent.unmapped) == ("open", ())


def test_the_initial_value_is_what_the_first_change_started_from(world: Any) -> None:
    story = world.story(status="pending").then("10:00", status="open").then("11:00", status="solved")
    assert world.clock(story, None, "10:30").paused_seconds == HOUR


def test_an_initial_change_tells_the_value_at_creation(world: Any) -> None:
    story = world.story(status="new")
    story.then("09:00", status="pending")
    first = story.events[0]
    story.events[0] = replace(first, changes=(replace(first.changes[0], before=None, initial=True),))
    assert world.clock(story.then("10:00", status="open"), None, "10:30").paused_seconds == HOUR


def test_a_ticket_whose_status_nobody_knows_is_unknown(world: Any) -> None:
    clock = world.clock(world.story(status=None))
    assert (clock.state, clock.reason) == (State.UNKNOWN, "the source names no status")
