"""Which open tickets have a policy, which have none, which have one that promises them nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.sla.conditions import All, Empty, HasTag, In, Not
from core.sla.conditions import Any as AnyOf
from core.sla.coverage import SAMPLES, Gap, Shadow, cover, shadows
from core.sla.implied import holds_wherever
from core.sla.policy import Agreement, Target
from core.tickets import Priority


def has(field: str, *values: str) -> In:
    return In(field, frozenset(values))


def tickets(world: Any, *values: dict[str, Any]) -> Sequence[Any]:
    return [world.story(**each).history(id=str(at), key=f"T-{at}").ticket for at, each in enumerate(values, 1)]


def test_tickets_are_counted_by_policy_by_none_and_with_samples(world: Any) -> None:
    rules = world.rules(
        world.policy("network", when=has("team", "Network")),
        world.policy("vip", when=HasTag(frozenset({"vip"}))),
        world.policy("ours", when=has("team", "network"), agreement=Agreement.OLA),
    )
    some = tickets(world, {"team": "3"}, {"tags": ("vip",)}, *({},) * (SAMPLES + 1), {"team": "3", "tags": ("vip",)})
    found = cover(some, world.desk, rules)
    assert found.tickets == len(some)
    assert {name: share.tickets for name, share in found.governed.items()} == {"network": 2, "vip": 1, "ours": 2}
    assert found.governed["network"].samples == ["T-1", "T-7"]
    assert (found.uncovered.tickets, found.uncovered.samples) == (SAMPLES + 1, ["T-3", "T-4", "T-5"])
    assert {pair: share.tickets for pair, share in found.lost.items()} == {("vip", "network"): 1}


def test_a_policy_without_a_target_for_the_priority_is_a_gap_and_one_without_metrics_is_none(world: Any) -> None:
    urgent = world.resolution(targets={Priority.CRITICAL: Target(seconds=60)})
    rules = world.rules(
        world.policy("none", metrics={}, when=HasTag(frozenset({"internal"}))),
        world.policy("gold", metrics={"resolution": urgent}),
    )
    some = tickets(world, {"priority": "urgent"}, {"priority": "low"}, {"priority": None}, {"tags": ("internal",)})
    found = cover(some, world.desk, rules)
    assert {gap: share.samples for gap, share in found.gaps.items()} == {
        Gap("gold", "resolution", Priority.LOW): ["T-2"],
        Gap("gold", "resolution", Priority.NONE): ["T-3"],
    }
    assert found.short["gold"].samples == ["T-2", "T-3"]
    assert found.uncovered.tickets == 0


def test_values_that_the_mapping_does_not_know_are_counted(world: Any) -> None:
    some = tickets(world, {"status": "parked"}, {"status": "parked"}, {"priority": "p0"}, {"kind": "wish"})
    found = cover(some, world.desk, world.rules())
    assert {value: share.tickets for value, share in found.unmapped.items()} == {
        ("status", "parked"): 2,
        ("priority", "p0"): 1,
        ("kind", "wish"): 1,
    }


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (All(), has("team", "a")),
        (has("team", "A", "b"), has("team", "a")),
        (has("team", "a"), All((has("team", "a"), has("brand", "x")))),
        (AnyOf((has("team", "a"), has("team", "b"))), has("team", "b")),
        (has("team", "a", "b"), AnyOf((has("team", "a"), has("team", "b")))),
        (HasTag(frozenset({"a", "b"})), HasTag(frozenset({"a"}))),
        (Not(has("team", "a")), All((Not(has("team", "a")), has("brand", "x")))),
        (All((has("team", "a"), has("brand", "x"))), All((has("brand", "x"), has("kind", "task"), has("team", "a")))),
        (Not(has("team", "a")), Not(has("team", "a", "b"))),
        (Empty("kind"), has("kind", "none")),
    ],
)
def test_a_condition_holds_wherever_a_narrower_one_does(wide: Any, narrow: Any) -> None:
    assert holds_wherever(wide, narrow)
    assert wide == Empty("kind") or not holds_wherever(narrow, wide)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (has("team", "a"), has("brand", "a")),
        (Empty("team"), has("team", "none")),
        (AnyOf(()), has("team", "a")),
        (has("team", "a"), AnyOf(())),
        (Not(has("team", "a", "b")), Not(has("team", "a"))),
    ],
)
def test_what_cannot_be_told_is_not_claimed(wide: Any, narrow: Any) -> None:
    assert not holds_wherever(wide, narrow)


def test_a_policy_behind_one_that_means_all_its_tickets_is_never_reached(world: Any) -> None:
    found = shadows(
        (
            world.policy("all"),
            world.policy("owners", agreement=Agreement.OLA),
            world.policy("gold", when=has("customer", "acme")),
        )
    )
    assert [(each.policy, each.by) for each in found] == [("gold", "all")]
    assert shadows((world.policy("gold", when=has("customer", "acme")), world.policy("all"))) == []


NEW_YEAR, MARCH = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)


def test_policies_are_compared_only_while_both_hold(world: Any) -> None:
    gold = world.policy("gold", when=has("customer", "acme"))
    narrow = world.policy("first", when=has("team", "a"), until=NEW_YEAR)
    wide = world.policy("first", since=NEW_YEAR, until=MARCH)
    again = world.policy("first", when=has("team", "b"), since=MARCH)
    assert shadows((narrow, wide, again, gold)) == [Shadow("gold", "first", Agreement.SLA, NEW_YEAR, MARCH)]
    assert shadows((narrow, replace(wide, until=None), gold)) == [Shadow("gold", "first", Agreement.SLA, NEW_YEAR)]
    assert shadows((replace(wide, since=None), again, replace(gold, since=MARCH))) == []
    assert not shadows((narrow, wide, gold))[0].whole


def test_the_texts_of_one_policy_do_not_shadow_one_another_and_are_one_finding(world: Any) -> None:
    some, others = (world.policy("gold", when=has("team", "a"), until=NEW_YEAR), world.policy("gold", since=NEW_YEAR))
    assert shadows((some, others)) == []
    assert shadows((world.policy("all"), some, others)) == [Shadow("gold", "all", Agreement.SLA)]
    assert shadows((world.policy("all"), some, others))[0].whole


def test_tickets_are_covered_by_the_texts_that_hold_at_present(world: Any) -> None:
    rules = world.rules(
        world.policy("gold", when=has("team", "3"), until=NEW_YEAR),
        world.policy("gold", when=HasTag(frozenset({"vip"})), since=NEW_YEAR),
        world.policy("rest", when=has("team", "3")),
    )
    some = tickets(world, {"team": "3"}, {"tags": ("vip",)})
    before, after = (cover(some, world.desk, rules, at) for at in (NEW_YEAR - timedelta(seconds=1), NEW_YEAR))
    assert (before.governed["gold"].samples, after.governed["gold"].samples) == (["T-1"], ["T-2"])
    assert (before.governed["rest"].samples, after.governed["rest"].samples) == ([], ["T-1"])
    assert (list(before.lost), list(after.lost)) == ([("rest", "gold")], [])


def test_a_status_that_is_mapped_by_a_more_general_field_alone_is_told(world: Any) -> None:
    mapping = replace(world.mapping, status_fields=("custom_status", "status"))
    mapping = replace(mapping, status={**mapping.status, ("custom_status", "7"): mapping.status["status", "open"]})
    desk = replace(world.desk, mapping=mapping)
    tickets = [world.story(custom_status=value).history().ticket for value in ("7", "8", "8", None)]
    tickets.append(world.story(custom_status="9", status="in orbit").history().ticket)
    found = cover(tickets, desk, world.rules())
    assert {value: share.tickets for value, share in found.fallbacks.items()} == {("custom_status", "8"): 2}
    assert {value: share.tickets for value, share in found.unmapped.items()} == {("status", "in orbit"): 1}
