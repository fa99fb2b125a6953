"""Two judgements of a ticket beside each other, and many of them summed up."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from core.sla.compare import Change, Held, Outcome, at_risk_seconds, held, outcome_of, pairs
from core.sla.policy import AtRisk
from core.sla.tally import SAMPLES, Grouping, Narrowed, Tallies

HERE = Grouping("acme", "Network", "2024-05")


def one(**more: Any) -> Held:
    values: dict[str, Any] = {
        "agreement": "sla",
        "metric": "resolution",
        "started_by": "created",
        "policy": "gold",
        "outcome": Outcome.MET,
        "due": 100,
        "target": 3600,
        "at_risk": 0,
    }
    return Held(**{**values, **more})


@pytest.mark.parametrize(
    ("state", "breached", "counts"),
    [
        ("completed", False, Outcome.MET),
        ("completed", True, Outcome.BREACHED),
        ("running", True, Outcome.BREACHED),
        ("paused", True, Outcome.BREACHED),
        ("running", False, Outcome.OPEN),
        ("paused", False, Outcome.OPEN),
        ("cancelled", True, Outcome.CANCELLED),
        ("unknown", False, Outcome.UNKNOWN),
        ("inactive", False, Outcome.UNKNOWN),
    ],
)
def test_a_clock_counts_by_its_state_and_its_breach(state: str, breached: bool, counts: Outcome) -> None:
    assert outcome_of(state, breached=breached) is counts


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (one(), one(), Change.SAME),
        (one(), one(at_risk=60), Change.SAME),
        (one(), one(policy="silver"), Change.REASSIGNED),
        (one(), one(due=101), Change.MOVED),
        (one(due=None), one(due=None, target=60), Change.MOVED),
        (one(), one(due=101, policy="silver"), Change.MOVED),
        (one(), one(outcome=Outcome.BREACHED, due=99), Change.NEWLY_BREACHED),
        (one(outcome=Outcome.OPEN), one(outcome=Outcome.BREACHED), Change.NEWLY_BREACHED),
        (one(outcome=Outcome.BREACHED), one(), Change.NO_LONGER_BREACHED),
        (one(outcome=Outcome.BREACHED), one(outcome=Outcome.UNKNOWN), Change.NO_LONGER_BREACHED),
        (one(outcome=Outcome.OPEN), one(), Change.OTHERWISE),
        (one(), one(outcome=Outcome.CANCELLED), Change.OTHERWISE),
    ],
)
def test_what_becomes_of_a_clock_is_the_first_that_applies(before: Held, after: Held, change: Change) -> None:
    assert pairs([before], [after]) == [(before, after, change)]


def test_a_promise_is_the_same_by_its_agreement_its_metric_and_what_started_it() -> None:
    kept, gone, new = one(), one(started_by="7"), one(agreement="ola")
    assert pairs([kept, gone], [new, kept]) == [
        (None, new, Change.APPEARS),
        (kept, kept, Change.SAME),
        (gone, None, Change.VANISHES),
    ]


def test_two_policies_of_one_agreement_each_keep_their_own_and_what_is_left_over_is_paired() -> None:
    first, second, third = one(due=1), one(policy="silver", due=2), one(policy="bronze", due=3)
    assert pairs([first, second], [second, third]) == [
        (second, second, Change.SAME),
        (first, third, Change.MOVED),
    ]


def test_a_team_does_not_take_over_another_teams_promise() -> None:
    network, desk = one(agreement="ola", policy="network"), one(agreement="ola", policy="desk")
    assert pairs([network], [desk]) == [(None, desk, Change.APPEARS), (network, None, Change.VANISHES)]


@pytest.mark.parametrize(
    ("elapsed", "target", "seconds"),
    [(0, 100, 0), (75, 100, 0), (80, 100, 5), (100, 100, 25), (400, 100, 25), (-50, 100, 0), (80, None, 0)],
)
def test_time_at_risk_passes_between_the_threshold_and_the_due_instant(
    elapsed: int, target: int | None, seconds: int
) -> None:
    assert at_risk_seconds(AtRisk(share=0.25, at_least=None), elapsed, target) == seconds


def test_time_at_risk_of_a_judged_clock_agrees_with_the_standing_that_it_had(world: Any) -> None:
    # Of four hours the last one is at risk: from 12:00 on.
    for now, seconds in (("11:59", 0), ("12:00", 0), ("12:30", 1800), ("13:00", 3600), ("15:00", 3600)):
        clock = world.clock(world.story("09:00"), now=now)
        assert held(clock, AtRisk()).at_risk == seconds
        assert (clock.standing == "at_risk") == ("12:00" <= now <= "13:00")


def test_a_clock_of_a_ticket_whose_beginning_was_not_read_stood_at_risk_for_no_time(world: Any) -> None:
    history = replace(world.story("09:00").history(), whole_since=None)
    assert [held(clock, AtRisk()).at_risk for clock in world.judge(history).clocks] == [0, 0]


def _tallied(*tickets: tuple[str, Grouping, list[Any]]) -> Tallies:
    found = Tallies()
    for key, grouping, compared in tickets:
        found.add(key, grouping, compared)
    return found


def test_clocks_are_counted_on_both_sides_and_by_every_grouping() -> None:
    late = one(outcome=Outcome.BREACHED, at_risk=30)
    found = _tallied(
        ("T-1", HERE, pairs([one(at_risk=10)], [late])),
        ("T-2", Grouping(None, "Network", "2024-06"), pairs([late], [late])),
    )
    total = found.total
    assert (total.tickets, total.before(), total.after(), total.at_risk) == (2, 2, 2, (40, 60))
    assert (total.before(Outcome.MET), total.after(Outcome.MET)) == (1, 0)
    assert (total.changes(), total.changes(Change.NEWLY_BREACHED), total.changes(Change.SAME)) == (1, 1, 1)
    assert total.samples == {Change.NEWLY_BREACHED: ["T-1"]}
    assert {value: tally.tickets for value, tally in found.by("customer").items()} == {"acme": 1, None: 1}
    assert {value: tally.tickets for value, tally in found.by("team").items()} == {"Network": 2}
    assert {value: tally.changes() for value, tally in found.by("month").items()} == {"2024-05": 1, "2024-06": 0}


def test_a_clock_that_another_policy_takes_over_counts_for_both_and_changes_once() -> None:
    found = _tallied(("T-1", HERE, pairs([one(at_risk=10)], [one(policy="silver", at_risk=20)])))
    gold, silver = found.by("policy")["gold"], found.by("policy")["silver"]
    assert (gold.tickets, gold.before(), gold.after(), gold.changes(), gold.at_risk) == (1, 1, 0, 0, (10, 0))
    assert (silver.tickets, silver.before(), silver.after(), silver.changes(), silver.at_risk) == (1, 0, 1, 1, (0, 20))


def test_a_clock_that_comes_or_goes_counts_on_the_side_that_has_it() -> None:
    found = _tallied(("T-1", HERE, pairs([one(at_risk=10)], [])), ("T-2", HERE, pairs([], [one(at_risk=20)])))
    total = found.total
    assert (total.before(), total.after(), total.at_risk) == (1, 1, (10, 20))
    assert (total.changes(Change.VANISHES), total.changes(Change.APPEARS), total.tickets) == (1, 1, 2)
    assert found.by("total") == {None: total}
    assert {value: tally.tickets for value, tally in found.by("customer").items()} == {"acme": 2}


def test_the_groups_where_most_changes_come_first() -> None:
    moved = pairs([one()], [one(due=7)])
    found = _tallied(
        *((f"A-{n}", Grouping("quiet", None, "2024-05"), pairs([one()], [one()])) for n in range(5)),
        ("B-1", Grouping("busy", None, "2024-05"), moved),
        ("C-1", Grouping("busier", None, "2024-05"), moved),
        ("C-2", Grouping("busier", None, "2024-05"), moved),
    )
    assert list(found.by("customer")) == ["busier", "busy", "quiet"]


def test_parts_that_are_joined_say_what_counting_all_at_once_says() -> None:
    policies = itertools.cycle(("gold", "silver"))
    tickets = [
        (
            f"T-{n}",
            Grouping(f"c{n % 3}", None, f"2024-0{n % 2 + 1}"),
            pairs([one()], [one(due=n, policy=next(policies))]),
        )
        for n in range(20)
    ]
    whole = _tallied(*tickets)
    for cut in (0, 1, 7, 19):
        joined = _tallied(*tickets[:cut])
        joined.absorb(_tallied(*tickets[cut:]))
        assert joined.groups == whole.groups
    assert all(len(keys) <= SAMPLES for tally in whole.groups.values() for keys in tally.samples.values())


def test_what_counts_can_be_narrowed_to_a_policy_on_either_side_a_customer_a_team_or_a_month() -> None:
    compared = pairs([one(), one(metric="first_response")], [one(policy="silver"), one(metric="first_response")])
    assert Narrowed().of(HERE, compared) == compared
    assert Narrowed(policy="silver").of(HERE, compared) == compared[:1]
    assert Narrowed(policy="bronze").of(HERE, compared) is None
    assert Narrowed(customer="acme", team="Network", month="2024-05").of(HERE, compared) == compared
    for other in (Narrowed(customer="b"), Narrowed(team="b"), Narrowed(month="2024-06")):
        assert other.of(HERE, compared) is None


def test_the_threshold_never_reaches_the_target() -> None:
    assert at_risk_seconds(AtRisk(share=1.0, at_most=None), 50, 100) == 49
