"""What a ledger says: the reasons in their own words, and why each rule applies."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.calendar import Calendar, Closing
from core.sla.conditions import All, HasTag, In, Not
from core.sla.ledger import Derivation, Ledger, explained
from core.sla.ledger_plain import plain
from core.sla.policy import CalendarChoice, Reopen, Target
from core.tickets import OnLeave, Presence, Priority
from tests.core.sla.ledger_checker import Checker

HOUR = 3600
OFFICE = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
BERLIN = Calendar(
    "berlin",
    "Europe/Berlin",
    (OFFICE,) * 5 + ((), ()),
    holidays={date(2024, 5, 9): "Christi Himmelfahrt"},
    breaks={date(2024, 5, 7): ((15 * HOUR, 24 * HOUR),)},
)


def ledger(world: Any, story: Any, rules: Any = None, now: str = "10:00", **more: Any) -> Ledger:
    """Return the last ledger of a resolution."""
    given = rules if isinstance(rules, tuple) else (rules or world.rules(),)
    history = story.history(**more.pop("history", {}))
    found = explained(history, more.pop("desk", world.desk), given, world.at(now))
    return [each for each in found if each.clock.id.metric == "resolution"][-1]


def derived(world: Any, *arguments: Any, **more: Any) -> Derivation:
    found = ledger(world, *arguments, **more).derivation
    assert found is not None
    return found


def one(world: Any, calendar: Any = "office", calendars: Any = None, **metric: Any) -> Any:
    """Rules with a resolution only."""
    given = {"office": world.office, "berlin": BERLIN} if calendars is None else calendars
    return world.rules(
        world.policy("gold", calendar, metrics={"resolution": world.resolution(**metric)}), calendars=given
    )


def told(found: Derivation) -> list[str]:
    return [
        f"{line.start:%a %H:%M} {line.why}{'' if line.closed is None else f' {line.closed}'}"
        f"{f' {line.name}' if line.name else ''}{' (ahead)' if line.forecast else ''}"
        for line in found.lines
    ]


def test_each_closing_has_its_own_reason(world: Any) -> None:
    story = world.story("Tue 12:30").then("2w 00:00", tags=("late",))
    found = derived(world, story, one(world, "berlin", targets={None: Target(seconds=100 * HOUR)}), now="Mon 1w 06:00")
    assert told(found)[:13] == [
        "Tue 12:30 running",  # 14:30 in Berlin, and at 15:00 that day is over
        "Tue 13:00 running date",
        "Tue 22:00 running hours",
        "Wed 06:00 running",
        "Wed 10:00 running hours",
        "Wed 11:00 running",
        "Wed 15:00 running hours",
        "Wed 22:00 running named Christi Himmelfahrt",
        "Thu 22:00 running hours",
        "Fri 06:00 running",
        "Fri 10:00 running hours",
        "Fri 11:00 running",
        "Fri 15:00 running hours",
    ]
    assert told(found)[13:15] == ["Fri 22:00 running day", "Sun 22:00 running hours"]


def test_a_wait_is_named_by_its_status_and_goes_over_into_another(world: Any) -> None:
    story = (
        world.story("09:00").then("10:00", status="pending").then("11:00", status="hold").then("12:00", status="open")
    )
    found = derived(world, story, one(world, pause_in=world.patterns("waiting")), now="12:30")
    assert [(str(line.why), str(line.status or ""), line.elapsed // 60_000_000) for line in found.lines][:4] == [
        ("running", "", 60),
        ("status", "waiting/customer", 0),
        ("status", "waiting/vendor", 0),
        ("running", "", 30),
    ]
    assert [(mark.step and mark.step.event.id, *map(str, mark.effects)) for mark in found.marks] == [
        (None, "started"),
        ("e1", "paused"),
        ("e2", "paused"),
        ("e3", "resumed"),
    ]


@pytest.mark.parametrize(("reopen", "counted"), [(Reopen.CONTINUE_EXCLUDING, False), (Reopen.CONTINUE_INCLUDING, True)])
def test_time_as_resolved_is_told_apart_whether_it_counts_or_not(world: Any, reopen: Reopen, counted: bool) -> None:
    story = world.story("09:00").then("10:00", status="solved").then("11:00", status="open")
    found = derived(world, story, one(world, reopen=reopen), now="11:30")
    assert [(str(line.why), line.counted) for line in found.lines if not line.forecast] == [
        ("running", True),
        ("resolved", counted),
        ("running", True),
    ]
    assert [list(map(str, mark.effects)) for mark in found.marks] == [["started"], ["stopped"], ["reopened"]]


def test_a_ticket_out_of_scope_stands_still_for_that_reason(world: Any) -> None:
    desk = replace(world.desk, mapping=replace(world.mapping, on_leave=OnLeave.PAUSE))
    story = world.story("09:00", presence="present").then("10:00", presence="out_of_scope")
    found = derived(world, story, one(world), now="11:00", desk=desk)
    assert [str(line.why) for line in found.lines] == ["running", "out_of_scope"]


def test_a_ticket_seen_to_be_gone_has_an_end_without_an_event(world: Any) -> None:
    story = world.story("09:00").says("09:30", "cat")
    found = ledger(world, story, one(world), now="11:00", history={"presence": Presence.DELETED})
    assert found.derivation is not None
    assert found.derivation.ending == "ended"
    mark = found.derivation.marks[-1]
    assert (mark.step, [str(each) for each in mark.effects]) == (None, ["cancelled"])


@pytest.mark.parametrize(
    ("choice", "metric", "chosen"),
    [
        ("berlin", {}, ("berlin", "fixed", "", "")),
        ("berlin", {"clock": "always"}, ("always", "always", "", "")),
        ("berlin", {"targets": {None: Target(seconds=60, calendar="office")}}, ("office", "target", "", "")),
        (CalendarChoice("office", "team", {"Network": "berlin"}), {}, ("berlin", "value", "team", "Network")),
        (CalendarChoice("office", "team", {"Desk": "berlin"}), {}, ("office", "else", "team", "3, network")),
    ],
)
def test_a_calendar_has_the_reason_for_its_choice(world: Any, choice: Any, metric: Any, chosen: Any) -> None:
    (ground,) = derived(world, world.story("09:00", team="3"), one(world, choice, **metric)).grounds
    assert (ground.name, ground.chosen, ground.field, ground.value) == chosen


def test_each_calendar_of_a_segmented_clock_has_its_reason(world: Any) -> None:
    story = world.story("09:00", team="4").then("10:00", team="3")
    choice = CalendarChoice("office", "team", {"Network": "berlin"})
    found = derived(world, story, one(world, choice, calendar_change="segment"), now="11:00")
    assert [(each.name, each.chosen) for each in found.grounds] == [("office", "else"), ("berlin", "value")]
    assert [line.calendar for line in found.lines if not line.forecast][:2] == ["office", "berlin"]
    assert [str(each) for each in found.marks[-1].effects] == ["calendar"]


def test_the_target_says_whether_it_is_that_of_the_priority_or_the_one_for_the_rest(world: Any) -> None:
    targets = {Priority.HIGH: Target(seconds=HOUR), None: Target(working_days=2)}
    named = derived(world, world.story("09:00", priority="high"), one(world, targets=targets))
    other = derived(world, world.story("09:00", priority="low"), one(world, targets=targets))
    assert (named.target.named, named.target.seconds, named.not_before) == (True, HOUR, None)
    assert (other.target.named, other.target.working_days, other.allowed) == (False, 2, 16 * HOUR * 1_000_000)
    assert other.not_before == world.at("Wed 09:00")


def test_the_policies_before_the_one_that_has_the_ticket_say_what_they_lack(world: Any) -> None:
    metrics = {"resolution": world.resolution()}
    rules = world.rules(
        world.policy(
            "first", when=All((In("organisation", frozenset({"ACME"})), HasTag(frozenset({"vip"})))), metrics={}
        ),
        world.policy("second", when=Not(In("kind", frozenset({"incident"}))), metrics={}),
        world.policy("third", when=In("priority", frozenset({"normal"})), label="Gold support", metrics=metrics),
    )
    found = ledger(world, world.story("09:00"), rules)
    assert found.label == "Gold support"
    assert found.derivation is not None
    assert [(each.policy, each.fields) for each in found.derivation.policy.passed] == [
        ("first", ("tags",)),
        ("second", ("kind",)),
    ]


def test_a_clock_that_is_over_speaks_of_the_revision_that_was_in_force_then(world: Any) -> None:
    story = world.story("09:00").then("10:00", status="solved")
    metrics = {"resolution": world.resolution(9 * HOUR)}
    rules = (one(world), world.rules(world.policy(metrics=metrics), revision=2, applied_at="12:00"))
    found = derived(world, story, rules, now="14:00")
    assert (found.rules.revision, found.newest, found.target.seconds) == (1, False, 4 * HOUR)
    story.then("13:00", status="open")
    again = derived(world, story, rules, now="14:00")
    assert (again.rules.revision, again.newest, again.target.seconds) == (2, True, 9 * HOUR)


def test_pauses_that_are_owed_by_the_wall_clock_give_closed_time_back(world: Any) -> None:
    story = world.story("16:00").then("16:30", status="pending").then("Tue 09:00", status="open")
    found = derived(world, story, one(world, pause_accounting="wall_clock"), now="Tue 10:00")
    assert [line.elapsed // 60_000_000 for line in found.lines if not line.forecast] == [30, 0, -16 * 60, 60]


@pytest.mark.parametrize("change", ["latest", "segment"])
def test_a_closing_that_was_declared_later_is_not_in_the_ledger_of_a_clock_that_was_over(
    world: Any, change: str
) -> None:
    storm = Closing(date(2024, 5, 6), "Storm", ((12 * HOUR, 24 * HOUR),), world.at("Tue 09:00"))
    office = replace(world.office, closings=(storm,))
    rules = one(world, "office", {"office": office}, calendar_change=change)
    found = ledger(world, world.story("09:00").then("16:00", status="solved"), rules, now="Wed 09:00")
    said: Any = plain(found, "2026a")
    assert Checker(said).check() == []
    assert (said["elapsed_seconds"], said["calendars"]["office"]["closings"]) == (7 * HOUR, [])
    running: Any = plain(ledger(world, world.story("09:00"), rules, now="Wed 09:00"), "2026a")
    assert Checker(running).check() == []
    assert [line["name"] for line in running["lines"] if line["closed"] == "named"] == ["Storm"]


def test_a_due_instant_that_never_comes_is_no_forecast(world: Any) -> None:
    once = Calendar("once", "UTC", ((),) * 7, shifts={date(2024, 5, 6): ((9 * HOUR, 10 * HOUR),)})
    found = ledger(world, world.story("09:00"), one(world, "once", {"once": once}), now="12:00")
    assert (found.clock.due_at, found.derivation and found.derivation.ending) == (None, "never")


def test_an_unknown_clock_says_what_is_missing_and_has_no_lines(world: Any) -> None:
    early = ledger(world, world.story("09:00"), history={"whole_since": None})
    unmapped = ledger(world, world.story("09:00", status="odd"))
    assert (early.unknown, early.derivation) == ("history", None)
    assert (unmapped.unknown, unmapped.derivation) == ("mapping", None)
    assert "odd" in unmapped.clock.reason
    assert "lines" not in plain(early, "2026a")


def test_a_ticket_from_the_future_is_explained_as_of_its_creation(world: Any) -> None:
    found = ledger(world, world.story("12:00"), now="09:00")
    assert found.clock.started_at == world.at("12:00")
    assert found.derivation is not None
    assert [line.forecast for line in found.derivation.lines] == [True]


def test_a_reply_whose_author_is_unknown_is_named(world: Any) -> None:
    found = explained(
        world.story("09:00").says("09:30", "who").history(), world.desk, (world.rules(),), world.at("10:00")
    )
    (first,) = [each.derivation for each in found if each.clock.id.metric == "first_response"]
    assert first is not None
    assert first.maybe == world.at("09:30")


def test_plain_data_keeps_what_is_finer_than_a_second(world: Any) -> None:
    story = world.story(datetime(2024, 5, 6, 9, 0, 0, 250_000, tzinfo=UTC))
    said = plain(ledger(world, story, one(world), now="10:00"), "2026a")
    assert said["started_at"] == "2024-05-06T09:00:00.250000Z"
    assert isinstance(said["lines"], list)
    assert said["lines"][0]["total_seconds"] == 3599.75


def test_plain_data_holds_only_the_days_that_matter(world: Any) -> None:
    many = replace(BERLIN, holidays={date(year, 5, 9): "Himmelfahrt" for year in range(2000, 2050)})
    rules = one(world, "berlin", {"berlin": many})
    said: Any = plain(ledger(world, world.story("09:00"), rules), "2026a")
    assert said["calendars"]["berlin"]["holidays"] == {}
    later: Any = plain(ledger(world, world.story("Wed 09:00"), rules, now="Wed 10:00"), "2026a")
    assert later["calendars"]["berlin"]["holidays"] == {"2024-05-09": "Himmelfahrt"}
    assert later["calendars"]["berlin"]["weekly"]["mon"] == [["08:00", "12:00"], ["13:00", "17:00"]]


def test_the_customer_is_named_whose_ticket_it_was_when_the_policy_was_chosen(world: Any) -> None:
    rules = replace(one(world), customers={("acme", "acme"): "acme-gmbh"})
    assert derived(world, world.story("09:00"), rules).policy.customer == "acme-gmbh"
    assert derived(world, world.story("09:00", organisation="8"), rules).policy.customer is None


def test_the_ending_says_how_the_due_time_stands(world: Any) -> None:
    story = world.story("09:00")
    assert derived(world, story, one(world), now="10:00").ending == "forecast"
    story.then("10:00", status="pending")
    assert derived(world, story, one(world), now="10:30").ending == "paused"
    late = world.story("09:00")
    assert derived(world, late, one(world), now="14:00").ending == "reached"
    assert derived(world, late.then("14:30", status="solved"), one(world), now="15:00").ending == "reached"
    assert derived(world, world.story("09:00").then("09:30", status="solved"), one(world)).ending == "met"
    assert derived(world, world.story("09:00").then("09:30", status="void"), one(world)).ending == "ended"
