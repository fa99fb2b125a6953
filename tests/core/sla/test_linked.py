"""Linked tickets woven into a ticket: what it shows of them at each instant, and what is known of that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.calendar import always
from core.sla import judge
from core.sla.conditions import All, Empty, In, Not
from core.sla.history import Desk, History
from core.sla.leaning import leaning, leans
from core.sla.linked import Counterpart, Join, weave
from core.sla.policy import (
    Agreement,
    CalendarChoice,
    Metric,
    MetricKind,
    Policy,
    Rules,
    Target,
    Turns,
)
from core.sla.timeline import initial_values
from core.tickets import (
    Change,
    Event,
    Kind,
    Phase,
    Presence,
    Priority,
    SourceMapping,
    SourceValue,
    Status,
    Ticket,
    WaitOn,
)

FIELD = "field:7"
NINE = datetime(2026, 5, 11, 9, tzinfo=UTC)
END = NINE + timedelta(days=1)
MAPPING = SourceMapping(
    status={
        ("status", "new"): Status(Phase.NEW),
        ("status", "open"): Status(Phase.OPEN),
        ("status", "hold"): Status(Phase.WAITING, WaitOn.VENDOR),
        ("status", "solved"): Status(Phase.RESOLVED),
        ("status", "closed"): Status(Phase.CLOSED),
        ("status", "void"): Status(Phase.CANCELLED),
    },
    priority={"p1": Priority.CRITICAL, "p3": Priority.NORMAL},
    kind={"bug": Kind.PROBLEM},
)
ENG = Desk("eng", MAPPING, labels={("team", "4"): "Network"})
DESK = Desk("desk", MAPPING)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def ticket(key: str, *happened: tuple[float, str, str], created: float = 0, **values: SourceValue) -> History:
    """A ticket and the (minute, field, value) that it changed to, each an event of its own."""
    now: dict[str, SourceValue] = {"status": "new", **values}
    events: list[Event] = []
    for number, (minute, field, value) in enumerate(happened):
        change = Change(field, now.get(field), value or None)
        events.append(Event(key, "events", f"{key}-{number}", at(minute), number, "ben", (change,)))
        now[field] = value or None
    picture = Ticket(key, key, f"https://x.test/{key}", at(created), at(created), 1, now)
    return History(picture, tuple(events), END, at(created))


def woven(mine: History, *others: History, desk: Desk = ENG, **join: object) -> History:
    named = {each.ticket.key: Counterpart(each, desk) for each in others}
    return weave(mine, [Join(FIELD, "eng", named, **join)])


def told(history: History, field: str) -> list[tuple[float | None, SourceValue]]:
    """Return the values of a field with the minute since which each holds; None: from the beginning."""
    found: list[tuple[float | None, SourceValue]] = [(None, initial_values(history).get(field))]
    for event in history.events:
        found += [((event.at - NINE) / timedelta(minutes=1), one.after) for one in event.changes if one.field == field]
    assert found[-1][1] == history.ticket.values.get(field)
    return found


def test_a_linked_ticket_shows_from_the_reference_on_with_what_becomes_of_it() -> None:
    other = ticket("E-1", (10, "status", "open"), (30, "status", "solved"))
    mine = woven(ticket("1", (20, FIELD, "E-1")), other)
    assert told(mine, "linked.key") == [(None, None), (20, "E-1")]
    assert told(mine, "linked.status") == [(None, None), (20, "open"), (30, "resolved")]
    assert [event.id for event in mine.events] == ["1-0", "linked:eng:events:E-1-1"]


def test_before_its_creation_a_linked_ticket_is_not_there() -> None:
    mine = woven(ticket("1", **{FIELD: "E-1"}), ticket("E-1", created=15))
    assert told(mine, "linked.key") == [(None, None), (15, "E-1")]
    assert mine.events[0].id == "linked:eng:E-1:created"


def test_what_a_linked_ticket_went_through_before_the_ticket_itself_is_how_it_begins() -> None:
    mine = woven(
        ticket("1", created=60, **{FIELD: "E-1"}), ticket("E-1", (10, "status", "open"), (70, "status", "hold"))
    )
    assert told(mine, "linked.status") == [(None, "open"), (70, "waiting/vendor")]


def test_another_reference_shows_another_ticket_and_none_shows_nothing() -> None:
    mine = ticket("1", (10, FIELD, "E-2"), (20, FIELD, ""), **{FIELD: "E-1"})
    mine = woven(mine, ticket("E-1", status="open"), ticket("E-2", (15, "status", "solved")))
    assert told(mine, "linked.key") == [(None, "E-1"), (10, "E-2"), (20, None)]
    assert told(mine, "linked.status") == [(None, "open"), (10, "new"), (15, "resolved"), (20, None)]


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("new", "solved", "new"),
        ("open", "new", "open"),
        ("hold", "solved", "waiting/vendor"),
        ("solved", "closed", "resolved"),
        ("closed", "void", "closed"),
        ("void", "void", "cancelled"),
        ("odd", "open", "unknown"),
    ],
)
def test_of_several_the_status_is_that_of_the_one_furthest_from_its_end(one: str, other: str, shown: str) -> None:
    mine = ticket("1", **{FIELD: "E-1, E-2"})
    for first, second in ((one, other), (other, one)):
        found = woven(mine, ticket("E-1", status=first), ticket("E-2", status=second))
        assert found.ticket.values["linked.status"] == shown


def test_of_several_the_priority_is_the_most_urgent_and_the_rest_is_that_of_all() -> None:
    first = ticket("E-1", priority="p3", kind="bug", team="4", assignee="ann")
    second = ticket("E-2", priority="p1", team="5")
    found = woven(ticket("1", **{FIELD: "E-2 E-1"}), first, second).ticket.values
    assert {name: found[f"linked.{name}"] for name in ("key", "priority", "kind", "team", "assignee")} == {
        "key": ("E-1", "E-2"),
        "priority": "critical",
        "kind": ("none", "problem"),
        "team": ("5", "Network"),
        "assignee": "ann",
    }


def test_a_ticket_that_is_gone_counts_as_cancelled_since_it_was_last_seen() -> None:
    other = ticket("E-1", (10, "status", "open"))
    other = replace(other, ticket=replace(other.ticket, presence=Presence.DELETED, updated_at=at(40)))
    assert told(woven(ticket("1", **{FIELD: "E-1"}), other), "linked.status") == [
        (None, "new"),
        (10, "open"),
        (40, "cancelled"),
    ]


def test_without_a_reference_a_ticket_stays_as_it_is() -> None:
    mine = ticket("1", (10, "status", "open"))
    assert woven(mine, ticket("E-1")) is mine


def test_an_id_longer_than_any_source_s_stays_within_what_is_stored() -> None:
    other = ticket("E-1", (10, "status", "open"))
    long = replace(other, events=(replace(other.events[0], id="x" * 200),))
    (event,) = woven(ticket("1", **{FIELD: "E-1"}), long).events
    assert len(event.id) == 200


def test_the_horizon_is_the_least_one_also_of_a_ticket_that_is_not_stored() -> None:
    mine = ticket("1", **{FIELD: "E-1 E-9"})
    other = replace(ticket("E-1"), horizon=at(50))
    assert woven(mine, other, until=at(90)).linked.horizon == at(50)
    assert woven(mine, other, until=at(40)).linked.horizon == at(40)
    assert woven(mine, other).linked.horizon is None


def test_what_is_missing_of_a_linked_ticket_is_said() -> None:
    mine = ticket("1", **{FIELD: "E-1 E-9"})
    other = ticket("E-1")
    assert woven(mine, other).linked.gap == ""
    assert "E-9" in woven(mine, other, reading=True).linked.gap
    assert woven(mine, other, reading=True).linked.closing
    unread = woven(mine, replace(other, whole_since=None), reading=True).linked
    assert "eng:E-1" in unread.gap
    assert not unread.closing


def test_of_two_links_by_one_field_the_one_that_has_the_ticket_is_asked() -> None:
    mine = ticket("1", **{FIELD: "E-1"})
    joins = [Join(FIELD, "ops", {}, reading=True), Join(FIELD, "eng", {"E-1": Counterpart(ticket("E-1"), ENG)})]
    assert weave(mine, joins).linked.gap == ""


HOLDING = Metric(
    MetricKind.CUSTOM,
    {None: Target(seconds=3600)},
    turns=Turns(start=Not(Empty("linked.key")), stop=In("linked.status", frozenset({"resolved", "waiting"}))),
)
RESOLUTION = Metric(MetricKind.RESOLUTION, {None: Target(seconds=600)})
OLA = Policy("fix", {"fix": HOLDING}, agreement=Agreement.GOAL)
SLA = Policy("sla", {"resolution": RESOLUTION})


def rules(*policies: Policy) -> Rules:
    return Rules(1, NINE - timedelta(days=1), policies, {"always": always()})


def clocks(history: History, *policies: Policy, now: float = 120):
    judgement = judge(history, DESK, (rules(*policies),), at(now))
    return {clock.id.metric: clock for clock in judgement.clocks}, judgement


def test_a_wait_of_any_kind_is_a_wait() -> None:
    mine = woven(ticket("1", **{FIELD: "E-1"}), ticket("E-1", (30, "status", "hold")))
    assert clocks(mine, OLA)[0]["fix"].elapsed_seconds == 1800


def test_a_ticket_s_own_end_is_not_put_off_by_what_happens_to_a_linked_one() -> None:
    mine = ticket("1", **{FIELD: "E-1"})
    mine = replace(mine, ticket=replace(mine.ticket, presence=Presence.DELETED, updated_at=at(5)))
    found, _ = clocks(woven(mine, ticket("E-1", (30, "status", "open"))), SLA)
    assert found["resolution"].elapsed_seconds == 300


def test_only_clocks_that_lean_on_the_linked_ticket_rest_on_its_horizon() -> None:
    other = replace(ticket("E-1"), horizon=at(30))
    found, judgement = clocks(woven(ticket("1", **{FIELD: "E-1"}), other), SLA, OLA)
    assert {name: clock.confirmed for name, clock in found.items()} == {"resolution": True, "fix": False}
    assert judgement.next_check_at == at(121)
    assert judgement.headline == found["resolution"]


def test_only_clocks_that_lean_on_the_linked_ticket_are_unknown_with_its_history() -> None:
    other = replace(ticket("E-1"), whole_since=None)
    found, judgement = clocks(woven(ticket("1", **{FIELD: "E-1"}), other), SLA, OLA)
    assert (found["resolution"].state, found["fix"].state) == ("running", "unknown")
    assert found["fix"].reason == "the history of eng:E-1 is not read back to its creation yet"
    assert judgement.next_check_at is None


def test_what_will_be_read_is_looked_for_again_later() -> None:
    mine = woven(ticket("1", **{FIELD: "E-1"}), reading=True, until=END)
    assert clocks(mine, OLA)[1].next_check_at == at(130)
    assert clocks(mine, SLA)[1].next_check_at is None


def test_a_ticket_that_is_not_whole_itself_says_so() -> None:
    mine = replace(ticket("1", **{FIELD: "E-1"}), whole_since=None)
    found, _ = clocks(woven(mine, replace(ticket("E-1"), whole_since=None)), SLA, OLA)
    assert {clock.reason for clock in found.values()} == {"history not read back to the ticket's creation yet"}


def test_clocks_lean_by_their_conditions_their_calendar_and_the_choice_within_their_agreement() -> None:
    urgent = replace(SLA, name="urgent", when=All((In("linked.priority", frozenset({"critical"})),)))
    by = replace(SLA, name="by", calendar=CalendarChoice("always", by="linked.team"), agreement=Agreement.VENDOR)
    plain = replace(SLA, name="plain", agreement=Agreement.OLA)
    assert leaning((plain, by, OLA)) == {("by", "resolution"), ("fix", "fix")}
    assert leaning((urgent, SLA, plain)) == {("urgent", "resolution"), ("sla", "resolution")}
    assert [leans([one]) for one in (urgent, by, OLA, SLA)] == [True, True, True, False]
