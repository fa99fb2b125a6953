"""What an instance promises already: its definitions, schedules and states in our words, and never more than that."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from connectors import (
    Change,
    Event,
    Holding,
    Label,
    Phase,
    Priority,
    SourceMapping,
    Status,
    SuggestedChoice,
    SuggestedPolicy,
    SuggestedTarget,
    SuggestedTurns,
    SuggestedWord,
    Suggestion,
    Suggests,
    Ticket,
    WaitOn,
)
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.suggestion import suggested
from connectors.servicenow.survey import Survey
from connectors.servicenow.words import MAPPING
from core.settings import Configuration, Offer, configuration, read_folder, suggested_files
from core.sla import judge
from core.sla.history import Desk as Whole
from core.sla.history import History
from tests.connectors.servicenow.desk import NOON, Desk, ident, incident, staffed

TODAY = date(2026, 3, 10)
OFFICE = {"sys_id": "office", "name": "Service Desk", "time_zone": "Europe/Berlin", "parent": ""}
FLOATING = {"sys_id": "float", "name": "8-5", "time_zone": "floating", "parent": ""}
HOLIDAYS = {"sys_id": "free", "name": "Holidays", "time_zone": "", "parent": ""}
CHILD = {"sys_id": "c", "schedule": "office", "child_schedule": "free", "type": "include"}


def span(schedule: str, **more: str) -> dict[str, str]:
    return {
        "sys_id": f"s{schedule}", "schedule": schedule, "name": "Hours", "type": "", "all_day": "false",
        "start_date_time": "20230102T080000", "end_date_time": "20230102T170000", "repeat_type": "weekdays", **more,
    }  # fmt: skip


NEW_YEAR = span("free", type="exclude", name="New Year", repeat_type="yearly", yearly_type="doy",
                start_date_time="20120101T000000", end_date_time="20120101T235959")  # fmt: skip


def definition(priority: int = 3, hours: int = 8, **more: str) -> dict[str, str]:
    """Return a definition as ServiceNow's demo data has them: one for each priority."""
    return {
        "sys_id": f"r{priority}", "name": f"Priority {priority} resolution", "type": "SLA", "target": "resolution",
        "collection": "incident", "duration": f"1970-01-01 {hours:02}:00:00", "duration_type": "",
        "schedule_source": "sla_definition", "schedule": "office", "timezone_source": "task.caller_id.time_zone",
        "start_condition": f"active=true^priority={priority}^EQ", "pause_condition": "state=3^EQ",
        "stop_condition": "state=6^ORstate=7^EQ", "when_to_resume": "no_match", "when_to_cancel": "no_match",
        "reset_condition": "", "retroactive": "false", "set_start_to": "", **more,
    }  # fmt: skip


def response(priority: int = 3, hours: int = 1, **more: str) -> dict[str, str]:
    own = {"sys_id": f"a{priority}", "name": f"Priority {priority} response", "target": "response",
           "stop_condition": "assigned_toISNOTEMPTY^EQ", "pause_condition": ""}  # fmt: skip
    return definition(priority, hours, **own | more)


def settings(**scope: Any) -> ServiceNowSettings:
    auth = {"method": "basic", "username": "hub", "password": "file:desk"}
    return ServiceNowSettings.model_validate(
        {
            "url": "https://acme.service-now.com",
            "auth": auth,
            "columns": ["u_tier"],
            **({"scope": scope} if scope else {}),
        }
    )


def instance(*definitions: dict[str, str], **more: Any) -> Survey:
    found = Survey(
        TODAY, list(definitions), [OFFICE, FLOATING, HOLIDAYS], [span("office"), span("float"), NEW_YEAR], [CHILD]
    )
    return replace(found, **more)


def translated(*definitions: dict[str, str], **more: Any) -> list[SuggestedPolicy]:
    """Return the policies, without the one that ends the list."""
    found = suggested(instance(*definitions, **more), settings(), MAPPING).policies
    return [policy for policy in found if policy.title != "No promise"]


def withheld(**more: str) -> tuple[str, ...]:
    """Return why a definition with these columns is not promised."""
    (policy,) = translated(definition(**more))
    assert policy.withheld
    return policy.remarks


FOR_TWO = (Holding("priority", ("high", "normal")),)
ASSIGNED = Holding("assignee", (None,), negated=True)


# What belongs together.


def test_definitions_that_differ_by_priority_and_by_what_they_time_are_one_policy() -> None:
    found = suggested(instance(definition(2, 4), definition(3), response(3), response(2)), settings(), MAPPING)
    policy, _ = found.policies
    assert (policy.title, policy.agreement, policy.withheld) == ("incident SLA", "sla", False)
    assert policy.when == (FOR_TWO,)
    assert policy.on_change == {"priority": "restart", "policy": "restart"}
    answer, solution = policy.metrics
    assert answer.targets == (
        SuggestedTarget(Priority.HIGH, 3600, "office"),
        SuggestedTarget(Priority.NORMAL, 3600, "office"),
    )
    assert answer.turns == SuggestedTurns(
        "response",
        start=(FOR_TWO, (Holding("assignee", (None,)),)),
        stop=((ASSIGNED,),),
        cancel=((Holding("status", ("closed",)),),),
    )
    assert [target.seconds for target in solution.targets] == [14400, 28800]
    assert (solution.start, solution.pause_in, solution.stop_in, solution.reopen) == (
        "attached", ("waiting",), (), "restart",
    )  # fmt: skip
    assert policy.notes == (
        "ServiceNow's definitions: Priority 2 resolution; Priority 2 response; Priority 3 resolution; Priority 3 "
        "response.",
    )


def test_other_tickets_are_promised_nothing() -> None:
    found = suggested(instance(definition(2, 4), definition(3)), settings(), MAPPING)
    policy, rest = found.policies
    assert policy.when == ((Holding("priority", ("high", "normal")),),)
    assert (rest.title, rest.metrics, rest.when) == ("No promise", (), ())


def test_clocks_that_go_otherwise_are_policies_of_their_own() -> None:
    found = translated(definition(1, pause_condition=""), definition(3), response(3), response(1))
    assert [(policy.title, policy.when, [metric.name for metric in policy.metrics]) for policy in found] == [
        ("incident SLA critical", ((Holding("priority", ("critical",)),),), ["first_response", "resolution"]),
        ("incident SLA normal", ((Holding("priority", ("normal",)),),), ["first_response", "resolution"]),
    ]
    assert [policy.remarks for policy in found] == [(), ()], "no ticket is meant by both"


def test_a_definition_for_every_priority_has_a_target_for_each() -> None:
    (policy,) = translated(definition(start_condition="active=true^EQ"))
    assert (policy.id, policy.title, policy.when) == ("r3", "Priority 3 resolution", ())
    assert [target.priority for target in policy.metrics[0].targets] == list(Priority)
    assert policy.on_change == {"policy": "restart"}, "a change of the priority is nothing to it"


def test_a_clock_that_takes_no_notice_of_the_priority_says_so_beside_one_that_does() -> None:
    (policy,) = translated(definition(3), response(start_condition="active=true^EQ", name="Any response"))
    answer, solution = policy.metrics
    assert answer.remarks[-1] == (
        "A change of the priority leaves the clock of 'Any response' as it is in ServiceNow; here not."
    )
    assert (len(answer.targets), len(solution.targets), solution.remarks) == (6, 1, ())


def test_a_clock_from_the_beginning_and_one_that_attaches_are_one_policy_for_one_priority() -> None:
    early = {"retroactive": "true", "set_start_to": "opened_at"}
    found = translated(*(each for at in (1, 2) for each in (response(at), definition(at, **early))))
    assert [(policy.title, [metric.start for metric in policy.metrics], policy.on_change) for policy in found] == [
        ("incident SLA critical", ["attached", ""], {}),
        ("incident SLA high", ["attached", ""], {}),
    ]


def test_a_response_from_the_beginning_is_one_policy_with_its_resolution() -> None:
    early = {"retroactive": "true", "set_start_to": "opened_at"}
    (policy,) = translated(*(each for at in (1, 2) for each in (response(at, **early), definition(at, **early))))
    assert ([metric.start for metric in policy.metrics], policy.on_change, policy.when) == (
        ["", ""], {}, ((Holding("priority", ("critical", "high")),),),
    )  # fmt: skip
    assert policy.metrics[0].remarks == (
        "Of a ticket that comes under this later, ServiceNow counts the time since its beginning, too; here not.",
    )


def test_a_definition_for_several_priorities_takes_no_notice_of_a_change_between_them() -> None:
    (policy,) = translated(definition(start_condition="priorityIN2,3"))
    assert policy.when == ((Holding("priority", ("high", "normal")),),)
    assert (policy.on_change, policy.metrics[0].remarks) == ({"policy": "restart"}, ())


def test_two_promises_to_the_same_tickets_are_told_and_one_counts() -> None:
    (policy,) = translated(definition(3), definition(3, 2, name="Also", sys_id="r0"))
    assert [target.seconds for target in policy.metrics[0].targets] == [28800]
    assert policy.remarks == (
        "ServiceNow promises 'Also', 2h, to tickets of 'Priority 3 resolution', too: here one clock of a kind counts, "
        "that of the first.",
    )


def test_narrower_policies_come_first_and_the_wider_ones_say_what_they_lose() -> None:
    vip = definition(3, 2, start_condition="active=true^priority=3^u_tier=gold", name="Gold", sys_id="r0")
    first, second = translated(definition(3), vip)
    assert first.when == ((Holding("field:u_tier", ("gold",)),), (Holding("priority", ("normal",)),))
    assert (first.title, first.remarks) == ("Gold", ())
    assert second.remarks == (
        "Tickets of Gold have what that promises, and not this as well, as they have in ServiceNow.",
    )


def test_olas_and_underpinning_contracts_are_agreements_of_their_own() -> None:
    team = "active=true^priority=3^assignment_group=g1"
    named = {"assignment_group": [{"sys_id": "g1", "name": "First line"}]}
    found = translated(
        definition(3),
        definition(3, type="OLA", start_condition=team, sys_id="o"),
        definition(3, type="Underpinning contract", sys_id="u"),
        named=named,
    )
    assert [(policy.agreement, policy.withheld, policy.remarks) for policy in found] == [
        ("sla", False, ()), ("ola", False, ()), ("vendor", False, ()),
    ]  # fmt: skip
    assert found[1].when[0] == (Holding("team", ("First line",)),)
    (anyone,) = translated(definition(3, type="OLA"))
    assert anyone.remarks == ("It is not for one team alone: an OLA here begins anew with each team.",)


def test_a_name_that_several_have_gives_way_to_the_id_with_the_name_beside_it() -> None:
    row = definition(start_condition="assignment_group=g1^caller_id=p1")
    named = {
        "assignment_group": [{"sys_id": "g1", "name": "Twice"}],
        "caller_id": [{"sys_id": "p1", "name": "Ada"}],
    }
    (policy,) = translated(row, named=named, alike={"assignment_group": frozenset({"twice"})})
    assert set(policy.when) == {(Holding("team", ("g1",)),), (Holding("requester", ("p1",)),)}
    assert set(policy.notes) == {"team g1 is Twice", "requester p1 is Ada"}


def test_each_of_several_tables_has_its_own_policies_and_those_not_read_are_told() -> None:
    task = {"collection": "sc_task", "stop_condition": "active=false", "pause_condition": "state=-5", "sys_id": "t"}
    rows = [definition(3), definition(3, **task), definition(3, collection="problem", name="Problems")]
    found = suggested(instance(*rows), settings(tables=["incident", "sc_task"]), MAPPING)
    assert [policy.when[0] for policy in found.policies[:-1]] == [
        (Holding("table", ("incident",)),), (Holding("table", ("sc_task",)),),
    ]  # fmt: skip
    (metric,) = found.policies[1].metrics
    assert (metric.stop_in, metric.pause_in) == (("closed", "cancelled"), ("waiting/internal",))
    assert found.remarks["policies"] == ("Definitions for problem, which this connection does not read: Problems.",)


# How a clock goes.


def test_a_retroactive_clock_begins_with_the_ticket_and_goes_on_as_the_priority_changes() -> None:
    (policy,) = translated(definition(3, retroactive="true", set_start_to="opened_at"))
    assert (policy.metrics[0].start, policy.on_change, policy.withheld) == ("", {}, False)
    assert withheld(retroactive="true", set_start_to="u_called_at") == (
        "It begins at 'u_called_at', perhaps not the ticket's beginning.",
    )


@pytest.mark.parametrize(
    ("stop", "ends"),
    [
        ("assigned_toISNOTEMPTY^ORstate=6", (ASSIGNED, Holding("status", ("resolved",)))),
        ("state=2^ORstate=7", (Holding("status", ("open", "closed")),)),
    ],
)
def test_a_response_ends_by_what_can_be_said_and_does_not_begin_on_what_has_ended(
    stop: str, ends: tuple[Holding, ...]
) -> None:
    (policy,) = translated(response(stop_condition=stop))
    turns = policy.metrics[0].turns
    assert turns is not None
    assert (turns.stop, policy.withheld) == ((ends,), False)
    assert turns.start[1:] == tuple((replace(each, negated=not each.negated),) for each in ends)


def test_a_response_is_cancelled_with_the_ticket_only_where_it_asks_for_an_active_one() -> None:
    for start, cancelled in (("active=true^priority=3", True), ("priority=3", False)):
        (policy,) = translated(response(start_condition=start, pause_condition="state=3"))
        turns = policy.metrics[0].turns
        assert turns is not None
        assert (bool(turns.cancel), turns.pause) == (cancelled, ((Holding("status", ("waiting",)),),))


def test_a_resolution_always_ends_with_the_ticket() -> None:
    (policy,) = translated(definition(stop_condition="state=6"))
    assert policy.metrics[0].stop_in == ()
    assert policy.metrics[0].remarks == (
        "Closing a ticket at once ends it without a result in ServiceNow, here with one.",
    )


def test_days_of_an_allowance_are_blocks_of_24_hours() -> None:
    (policy,) = translated(definition(duration="1970-01-03 08:00:00"))
    assert policy.metrics[0].targets[0].seconds == 56 * 3600
    assert policy.metrics[0].notes == ("A day of ServiceNow's is 24 hours of the calendar.",)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"stop_condition": "u_done=true"}, "What ends it cannot be said: u_done=true."),
        ({"stop_condition": ""}, "What ends it cannot be said: nothing does."),
        ({"stop_condition": "state=6^state=7"}, "What ends it cannot be said: state=6^state=7."),
        ({"pause_condition": "state=3^u_parts=true"}, "When it pauses cannot be said: state=3^u_parts=true."),
        ({"pause_condition": "state=3^hold_reason=3"}, "When it pauses cannot be said: state=3^hold_reason=3."),
        ({"when_to_resume": "on_condition"}, "It goes on by a condition of its own."),
        ({"when_to_cancel": "never"}, "It is cancelled in another way than by its start condition."),
        ({"reset_condition": "priorityVALCHANGES"}, "It begins anew by a condition of its own: priorityVALCHANGES."),
        ({"target": ""}, "Whether it times the response or the resolution is not said: ''."),
        ({"type": "Handshake"}, "Its type is 'Handshake', which is no agreement here."),
        (
            {"start_condition": "active=true^priority=3^caller_id.vip=true"},
            "Which tickets this is for cannot be said exactly: caller_id.vip = true.",
        ),
        (
            {"start_condition": "company=c1"},
            "Which tickets this is for cannot be said exactly: company = c1 (a ticket without a company has here that "
            "of its requester).",
        ),
        (
            {"start_condition": "state=2", "pause_condition": ""},
            "It does not begin, or is cancelled, in some statuses: new, waiting/internal, waiting/customer, "
            "waiting/vendor.",
        ),
    ],
)
def test_what_is_not_exactly_so_here_is_shown_and_promises_nothing(more: dict[str, str], why: str) -> None:
    assert withheld(**more) == (why,)


def test_what_promises_nothing_stands_behind_what_does() -> None:
    found = translated(definition(1, start_condition="caller_id.vip=true"), definition(3))
    assert [policy.withheld for policy in found] == [False, True]


# Hours.


def test_without_a_schedule_a_clock_goes_round_the_clock() -> None:
    for more in ({"schedule": ""}, {"schedule_source": "no_schedule"}):
        (policy,) = translated(definition(**more))
        assert policy.metrics[0].targets[0].calendar is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            {"schedule_source": "task_field", "schedule_source_field": "cmdb_ci.schedule"},
            "its hours are those of a schedule that the ticket itself names, in cmdb_ci.schedule.",
        ),
        ({"schedule": "gone"}, "its hours are those of a schedule that ServiceNow does not show to this user."),
        ({"schedule": "float"}, "its hours are those of the schedule 8-5, which cannot be used as it stands."),
    ],
)
def test_what_is_promised_in_hours_that_are_not_known_is_told_with_its_time(more: dict[str, str], why: str) -> None:
    (policy,) = translated(definition(**more))
    assert (policy.metrics, policy.remarks) == ((), (f"ServiceNow promises 'Priority 3 resolution', 8h: {why}",))


def test_what_lasts_until_something_else_is_told() -> None:
    (policy,) = translated(definition(duration_type="next_business_day"))
    assert policy.remarks == (
        "ServiceNow promises 'Priority 3 resolution': it lasts until another time than one that is counted.",
    )


def test_a_floating_schedule_goes_by_the_zone_of_its_definition() -> None:
    row = definition(schedule="float", timezone_source="sla.timezone", timezone="US/Pacific")
    found = suggested(instance(row), settings(), MAPPING)
    calendar = next(each for each in found.calendars if each.id == "float@US/Pacific")
    assert (calendar.zone, calendar.usable) == ("America/Los_Angeles", True)
    assert found.policies[0].metrics[0].targets[0].calendar == calendar.id
    assert not found.policies[0].withheld


CALLERS = "caller_id.time_zone"


def by_zone(*definitions: dict[str, str], columns: tuple[str, ...] = (CALLERS,), **more: Any) -> Suggestion:
    known = {"zone": "Europe/Berlin", "zones": {CALLERS: ("", "Europe/Berlin", "US/Pacific")}, **more}
    return suggested(instance(*definitions, **known), settings().model_copy(update={"columns": columns}), MAPPING)


def test_hours_by_each_caller_s_zone_are_chosen_by_that() -> None:
    found = by_zone(definition(schedule="float"))
    policy = found.policies[0]
    assert (policy.withheld, policy.remarks) == (False, ())
    assert policy.metrics[0].targets[0].calendar == f"float@{CALLERS}"
    zones = {"Europe/Berlin": "float@Europe/Berlin", "US/Pacific": "float@US/Pacific"}
    assert found.choices == (SuggestedChoice(f"float@{CALLERS}", f"field:{CALLERS}", zones, "float@Europe/Berlin"),)
    assert {each.id: each.zone for each in found.calendars} == {
        "float@Europe/Berlin": "Europe/Berlin",
        "float@US/Pacific": "America/Los_Angeles",
        "office": "Europe/Berlin",
    }


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"columns": ()}, "Write `columns: [caller_id.time_zone]` at the connection"),
        ({"zone": ""}, "the instance's own time zone holds, which ServiceNow does not tell this user"),
        ({"zones": {CALLERS: ("US/Pacific", "Mars/North")}}, "The time zone 'Mars/North' is not known."),
        ({"zones": {CALLERS: None}}, "here by one zone for all: ServiceNow does not say which there are."),
    ],
)
def test_hours_by_each_caller_s_zone_are_withheld_where_something_of_it_is_not_known(
    more: dict[str, Any], why: str
) -> None:
    policy = by_zone(definition(schedule="float"), **more).policies[0]
    assert policy.withheld
    assert [why in each for each in policy.remarks] == [True]


def test_where_nobody_has_a_zone_of_their_own_that_of_the_instance_is_everybody_s() -> None:
    found = by_zone(definition(schedule="float"), zones={CALLERS: ("",)})
    assert not found.policies[0].withheld
    assert (found.policies[0].metrics[0].targets[0].calendar, found.choices) == ("float@Europe/Berlin", ())


def test_definitions_that_go_by_the_zones_of_different_people_are_policies_of_their_own() -> None:
    places = "location.time_zone"
    found = by_zone(
        definition(2, schedule="float"),
        definition(3, schedule="float", timezone_source=f"task.{places}"),
        definition(4),
        columns=(CALLERS, places),
        zones={CALLERS: ("US/Pacific",), places: ("US/Eastern",)},
    )
    by_priority = [
        [(str(each.priority), each.calendar) for each in one.metrics[0].targets] for one in found.policies[:2]
    ]
    assert by_priority == [
        [("high", f"float@{CALLERS}"), ("low", "office")],
        [("normal", f"float@{places}")],
    ]


def test_a_policy_has_one_choice_of_calendars() -> None:
    other = response(3, schedule="float", timezone_source="task.location.time_zone")
    zones = {CALLERS: ("US/Pacific",), "location.time_zone": ("US/Eastern",)}
    columns = (CALLERS, "location.time_zone")
    policy = by_zone(definition(schedule="float"), other, columns=columns, zones=zones).policies[0]
    assert [each.name for each in policy.metrics] == ["resolution"]
    assert "its hours go by another field than those of the definitions above" in policy.remarks[0]


def test_schedules_that_only_close_others_are_no_calendars() -> None:
    found = suggested(instance(definition()), settings(), MAPPING)
    assert [each.title for each in found.calendars] == ["Service Desk", "8-5"]
    assert found.remarks["calendars"] == ("Schedules without hours of their own, which only close others: Holidays.",)


# Words.


CHOICES = [
    Label("status", "incident/2", "In Progress", "incident/2"),
    Label("status", "incident/3", "On Hold", "incident/3"),
    Label("status", "incident/3/4", "On Hold: With the shop", "incident/3/4"),
    Label("status", "incident/6", "Resolved", "incident/6"),
    Label("status", "incident/18", "Awaiting parts"),
    Label("priority", "6", "6 - Someday"),
]


def test_states_that_the_hub_does_not_know_are_words_to_look_at() -> None:
    found = suggested(instance(definition(), labels=CHOICES), settings(), MAPPING)
    assert SuggestedWord("status", "incident/18", "open", "Awaiting parts, incident") in found.words
    assert SuggestedWord("status", "incident/3/4", "waiting/vendor", "On Hold: With the shop, incident") in found.words
    assert SuggestedWord("priority", "6", "normal", "6 - Someday") in found.words
    assert len(found.words) == 3, "what is known by its name is left out"
    assert found.remarks["mapping"] == ()


def test_the_words_of_the_connection_decide_what_can_be_said() -> None:
    own = replace(
        MAPPING, status={**MAPPING.status, ("status", "awaiting parts"): Status(Phase.WAITING, WaitOn.VENDOR)}
    )
    row = definition(pause_condition="state=3^ORstate=18")
    for mapping, reasons in ((own, 0), (MAPPING, 1)):
        (policy, _) = suggested(instance(row, labels=CHOICES), settings(), mapping).policies
        assert len(policy.remarks) == reasons, policy.remarks


def test_what_this_user_may_not_see_is_told() -> None:
    found = suggested(Survey(TODAY), settings(), MAPPING)
    assert (found.calendars, found.policies) == ((), ())
    assert found.remarks["policies"] == (
        "ServiceNow shows this user no rows of contract_sla: there are none, or the user may not read it.",
    )
    assert found.remarks["mapping"] == (
        "ServiceNow shows this user no names of states, so they are taken to be its usual ones.",
    )


# Judged.


Read = Callable[[Suggestion], Configuration]


@pytest.fixture
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Writes a suggestion as `init --from` does, and reads the folder as every command does."""

    class Nothing(BaseModel):
        url: str

    def read(found: Suggestion) -> Configuration:
        folder = tmp_path_factory.mktemp("folder")
        (folder / "hub.yaml").write_text("connections:\n  snow: {connector: servicenow, url: 'https://x.example'}\n")
        for file in suggested_files(found, "snow"):
            (folder / file.name).write_text(file.text, "utf-8")
        draft = read_folder(folder)
        offers = {"servicenow": Offer(Nothing, MAPPING)}
        return configuration(draft.content, offers, revision=1, applied_at=datetime(2026, 1, 1, tzinfo=UTC))

    return read


def at(told: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{told}").replace(tzinfo=UTC)


def event(when: str, **changes: tuple[str | None, str | None]) -> Event:
    made = tuple(Change(field, before, after) for field, (before, after) in changes.items())
    return Event("1", "incident", when, at(when), 0, "agent", made)


def test_the_clocks_of_a_ticket_s_life_are_those_that_servicenow_counted(read: Read) -> None:
    """An incident assigned, put on hold, raised to priority 2, resolved late; the figures are its `task_sla` rows."""
    rules = read(suggested(instance(response(3), definition(3), definition(2, 4)), settings(), MAPPING)).rules
    events = (
        event("09 08:11:05", assignee=(None, "ann"), status=("incident/1", "incident/2")),
        event("09 09:40:00", status=("incident/2", "incident/3/1")),
        event("09 13:05:22", status=("incident/3/1", "incident/2")),
        event("09 14:20:00", priority=("3", "2"), team=("desk", "network")),
        event("10 10:15:30", status=("incident/2", "incident/6")),
    )
    values = {"status": "incident/6", "priority": "2", "assignee": "ann", "team": "network", "kind": "incident"}
    ticket = Ticket("1", "INC1", "", at("09 07:58:12"), at("10 10:15:30"), 1, values)
    of = Whole("snow", replace(MAPPING, status=_by_value(MAPPING)))
    found = judge(History(ticket, events, at("11 00:00:00"), ticket.created_at), of, [rules], at("10 12:00:00")).clocks
    clocks = [
        (each.id.metric, each.state, each.standing, each.started_at, each.due_at, each.completed_at or each.since)
        for each in found
    ]
    assert [(metric, state, standing) for metric, state, standing, *_ in clocks] == [
        ("resolution", "cancelled", None),
        ("resolution", "completed", "breached"),
        ("response", "completed", "met"),
    ]
    assert clocks[2][3:] == (at("09 07:58:12"), at("09 08:58:12"), at("09 08:11:05"))
    assert (clocks[0][3], clocks[0][5]) == (at("09 07:58:12"), at("09 14:20:00"))
    assert clocks[1][3:] == (at("09 14:20:00"), at("10 09:20:00"), at("10 10:15:30"))


def test_a_ticket_that_was_answered_at_a_priority_without_a_promise_owes_no_answer_at_another(read: Read) -> None:
    rules = read(suggested(instance(response(3), definition(3)), settings(), MAPPING)).rules
    events = (
        event("09 08:11:05", assignee=(None, "ann"), status=("incident/1", "incident/2")),
        event("09 14:20:00", priority=("4", "3")),
    )
    values = {"status": "incident/2", "priority": "3", "assignee": "ann", "kind": "incident"}
    ticket = Ticket("1", "INC1", "", at("09 07:58:12"), at("09 14:20:00"), 1, values)
    of = Whole("snow", replace(MAPPING, status=_by_value(MAPPING)))
    found = judge(History(ticket, events, at("11 00:00:00"), ticket.created_at), of, [rules], at("10 12:00:00")).clocks
    promised = [
        (each.id.metric, each.started_at, each.due_at) for each in found if each.target_seconds and each.standing
    ]
    assert promised == [("resolution", at("09 14:20:00"), at("10 13:20:00"))]


def test_a_ticket_that_waits_for_an_answer_is_owed_it_from_the_change_of_its_priority_on(read: Read) -> None:
    rules = read(suggested(instance(response(3), definition(3)), settings(), MAPPING)).rules
    events = (event("09 10:00:00", priority=("4", "3")), event("09 10:30:00", assignee=(None, "ann")))
    values = {"status": "incident/1", "priority": "3", "assignee": "ann", "kind": "incident"}
    ticket = Ticket("1", "INC1", "", at("09 07:58:12"), at("09 10:30:00"), 1, values)
    of = Whole("snow", replace(MAPPING, status=_by_value(MAPPING)))
    found = judge(History(ticket, events, at("11 00:00:00"), ticket.created_at), of, [rules], at("10 12:00:00")).clocks
    (answer,) = [each for each in found if each.id.metric == "response" and each.standing]
    assert (answer.started_at, answer.due_at, answer.standing) == (at("09 10:00:00"), at("09 11:00:00"), "met")


def test_a_ticket_that_nobody_has_any_more_is_owed_another_answer(read: Read) -> None:
    rules = read(suggested(instance(response(3)), settings(), MAPPING)).rules
    events = (
        event("09 08:11:05", assignee=(None, "ann")),
        event("09 09:00:00", assignee=("ann", None)),
        event("09 13:00:00", status=("incident/1", "incident/7")),
    )
    values = {"status": "incident/7", "priority": "3", "kind": "incident"}
    ticket = Ticket("1", "INC1", "", at("09 07:58:12"), at("09 13:00:00"), 1, values)
    of = Whole("snow", replace(MAPPING, status=_by_value(MAPPING)))
    found = judge(History(ticket, events, at("11 00:00:00"), ticket.created_at), of, [rules], at("10 12:00:00")).clocks
    assert [(each.started_at, each.state) for each in found] == [
        (at("09 07:58:12"), "completed"), (at("09 09:00:00"), "cancelled"),
    ]  # fmt: skip


def _by_value(mapping: SourceMapping) -> Mapping[tuple[str, str], Status]:
    return {("status", value): status for value, status in mapping.categories.items()}


# Asked for.


def desk() -> Desk:
    """Return an instance that shows an admin everything."""
    made = staffed(Desk())
    incident(made, 1, NOON)
    named = {"start_condition": f"active=true^priority=3^assignment_group={ident(0xB1)}", "active": "true"}
    made.add("contract_sla", **definition(**named, sys_id=ident(0xD1)))
    made.add("contract_sla", **response(**named, sys_id=ident(0xD2)))
    made.add("contract_sla", **definition(2, active="false", sys_id=ident(0xD3)))
    for row in (OFFICE, HOLIDAYS):
        made.add("cmn_schedule", **row)
    for row in (span("office"), NEW_YEAR):
        made.add("cmn_schedule_span", **row)
    made.add("cmn_other_schedule", **CHILD)
    for value, label in {
        "2": "In Progress",
        "3": "On Hold",
        "6": "Resolved",
        "7": "Closed",
        "18": "In the shop",
    }.items():
        told = {"name": "incident", "element": "state", "value": value, "label": label, "language": "en"}
        made.add("sys_choice", sys_id=ident(0xE0 + int(value)), **told)
    made.add("sys_properties", name="glide.sys.default.tz", value="Europe/Berlin")
    return made


def test_an_instance_is_asked_for_its_definitions_schedules_and_the_names_in_them() -> None:
    connector = desk().connector()
    assert isinstance(connector, Suggests)
    found = connector.suggest(MAPPING)
    policy, _ = found.policies
    assert set(policy.when) == {(Holding("team", ("Service Desk",)),), (Holding("priority", ("normal",)),)}
    assert [metric.name for metric in policy.metrics] == ["first_response", "resolution"]
    assert [(each.title, each.usable) for each in found.calendars] == [("Service Desk", True)]
    assert [word.source for word in found.words] == ["incident/18"]


def test_a_name_that_two_groups_have_is_found_out() -> None:
    made = desk()
    made.add("sys_user_group", sys_id=ident(0xB2), name="Service Desk")
    policy = made.connector().suggest(MAPPING).policies[0]
    assert (Holding("team", (ident(0xB1),)),) in policy.when
    assert f"team {ident(0xB1)} is Service Desk" in policy.notes


@pytest.mark.parametrize("how", ["refused", "closed", "absent"])
def test_what_may_not_be_read_is_a_remark_and_no_failure(how: str) -> None:
    made = desk()
    schedules = ("cmn_schedule", "cmn_schedule_span", "cmn_other_schedule")
    for table in ("contract_sla", *schedules, "sys_choice", "sys_properties", "sys_user_group"):
        if how == "absent":
            del made.tables[table]
        else:
            getattr(made, how).add(table)
    found = made.connector().suggest(MAPPING)
    assert (found.policies, found.calendars) == ((), ())
    assert all(found.remarks[part] for part in ("calendars", "policies", "mapping"))
