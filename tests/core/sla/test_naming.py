"""Custom fields called by title: one field in use has it, or it is told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.sla import judge
from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, HasTag, In, Not
from core.sla.history import Desk, History
from core.sla.naming import named, unresolved
from core.sla.policy import CalendarChoice, Link, Metric, MetricKind, Policy, Rules, Target, Turns
from core.tickets import SourceMapping, Ticket

LABELS = {
    ("field", "11"): "Region",
    ("field", "12"): "Tier",
    ("field", "13"): "tier ",
    ("field:11", "north"): "The North",
}
NINE = datetime(2026, 5, 11, 9, tzinfo=UTC)


def policy(when: Condition, by: str | None = None) -> Policy:
    return Policy("gold", {}, CalendarChoice("office", by=by), when=when)


def is_in(field: str) -> In:
    return In(field, frozenset({"north"}))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("field:Region", "field:11"),
        ("field: REGION", "field:11"),
        ("field:11", "field:11"),
        ("field:4711", "field:4711"),
        ("field:Tier", "field:Tier"),
        ("field:Land", "field:Land"),
        ("team", "team"),
    ],
)
def test_a_title_stands_for_the_id_where_one_field_has_it(asked: str, meant: str) -> None:
    nested = All((Any((is_in(asked), HasTag(frozenset({"vip"})))), Not(Empty(asked))))
    (found,) = named((policy(nested, by=asked),), LABELS)
    assert found.when == All((Any((is_in(meant), HasTag(frozenset({"vip"})))), Not(Empty(meant))))
    assert found.calendar.by == meant


def test_titles_that_lead_nowhere_or_to_several_fields_are_told_of_policies_for_this_connection() -> None:
    elsewhere = All((In("connection", frozenset({"jira"})), is_in("field:Sprint")))
    policies = [policy(is_in("field:Tier")), policy(Not(is_in("field:Land")), by="field:Site"), policy(elsewhere)]
    policies.append(policy(is_in("field:region")))
    customers = {"desk": {"field:Kunde": {"acme": "acme"}, "field:Region": {}, "project": {}}}
    rules = Rules(1, NINE, tuple(policies), {}, customer_fields=customers)
    assert unresolved(rules, LABELS, "desk") == {"Kunde": (), "Land": (), "Site": (), "Tier": ("12", "13")}
    assert unresolved(rules, LABELS, "jira").keys() == {"Land", "Site", "Sprint", "Tier"}
    assert unresolved(rules, {}, "desk") == {}


@pytest.mark.parametrize("value", ["north", "The North"])
def test_a_policy_that_calls_a_field_and_its_option_by_name_is_judged_by_them(value: str) -> None:
    metrics = {"resolution": Metric(MetricKind.RESOLUTION, {None: Target(seconds=3600)})}
    called = Policy("north", metrics, when=In("field:Region", frozenset({value})))
    ticket = Ticket("1", "1", "", NINE, NINE, 1, {"status": "open", "field:11": "north"})
    history = History(ticket, (), NINE, NINE)
    desk = Desk("desk", SourceMapping(), labels=LABELS)
    rules = Rules(1, NINE, (called,), {})
    assert [clock.id.policy for clock in judge(history, desk, (rules,), NINE).clocks] == ["north"]
    other = replace(history, ticket=replace(ticket, values={"status": "open", "field:11": "south"}))
    assert judge(other, desk, (rules,), NINE).clocks == ()


def test_the_conditions_of_a_custom_metric_are_named_in_each_part() -> None:
    def turns(field: str) -> Turns:
        changed = Changed(field, frozenset({"north"}))
        return Turns(
            is_in(field), changed, Empty(field), All((changed, Happened(frozenset({"assign"})))), Not(is_in(field))
        )

    def timed(field: str) -> Policy:
        metric = Metric(MetricKind.CUSTOM, {None: Target(seconds=60)}, turns=turns(field))
        bare = Metric(MetricKind.CUSTOM, {None: Target(seconds=60)}, turns=Turns(is_in(field), Empty(field)))
        return replace(policy(All()), metrics={"it": metric, "bare": bare, "plain": replace(bare, turns=None)})

    assert named((timed("field:Region"),), LABELS) == (timed("field:11"),)
    assert unresolved(Rules(1, NINE, (timed("field:Land"),), {}), LABELS, "desk") == {"Land": ()}


def test_the_field_of_a_link_is_told_where_the_link_starts() -> None:
    links = (Link("desk", "eng", "field:Key"), Link("eng", "desk", "field:Desk"), Link("desk", "eng", "remote_links"))
    rules = Rules(1, NINE, (), {}, links=links)
    assert unresolved(rules, LABELS, "desk") == {"Key": ()}
    assert unresolved(rules, {**LABELS, ("field", "14"): "Key"}, "desk") == {}
