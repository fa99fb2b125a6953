"""What an account promises already: read from its lists, said in our words, and never more than it says."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from connectors import Holding, SourceRefused, SuggestedPolicy, SuggestedTarget, Suggestion, Suggests
from connectors.zendesk.mapping import MAPPING
from connectors.zendesk.suggestion import suggestion
from connectors.zendesk.survey import Survey
from connectors.zendesk.zones import NAMES, iana
from core.settings import Offer, configuration, read_folder, suggested_files
from core.sla.matching import Facts, matches
from core.sla.policy import Policy
from core.tickets import Phase, Priority, SourceMapping, Status, WaitOn

HOURS = {"id": 1, "name": "Office", "time_zone": "Berlin", "intervals": [{"start_time": 1980, "end_time": 2460}]}
NIGHT = {"id": 2, "name": "Night", "time_zone": "Hawaii", "intervals": [{"start_time": 0, "end_time": 60}]}
STATUSES = [
    {"id": 41, "agent_label": "New", "status_category": "new"},
    {"id": 42, "agent_label": "Open", "status_category": "open"},
    {"id": 43, "agent_label": "Pending", "status_category": "pending"},
    {"id": 44, "agent_label": "Parts ordered", "status_category": "hold"},
    {"id": 45, "agent_label": "With engineering", "status_category": "hold", "active": False},
    {"id": 46, "agent_label": "Solved", "status_category": "solved"},
]
GROUPS = [{"id": 11, "name": "First line"}, {"id": 12, "name": "Twice"}, {"id": 13, "name": "twice"}]
NAMED: dict[str, list[object]] = {
    "team": [*GROUPS, {"id": 14, "name": "none"}, {"id": 15, "name": "file:x"}],
    "organisation": [{"id": 71, "name": "Ost AG"}],
    "brand": [{"id": 31, "name": "Lumen"}],
    "assignee": [{"id": 501, "name": "Ada"}],
}
FIELDS = [
    {
        "id": 90,
        "type": "tagger",
        "custom_field_options": [{"id": 900, "value": "gold"}, {"id": 901, "value": "silver"}],
    },
    {"id": 91, "type": "checkbox"},
    {"id": 92, "type": "text"},
]
RULES = Survey([HOURS], [], [], STATUSES, {"1": []}, FIELDS, NAMED)


def line(metric: str, minutes: int = 60, priority: str = "high", *, open_time: bool = False, **more: Any) -> Any:
    return {"metric": metric, "priority": priority, "target": minutes, "business_hours": open_time, **more}


def told(field: str, operator: str, value: object = None) -> dict[str, object]:
    return {"field": field, "operator": operator, "value": value}


def sla(*lines: Any, every: Sequence[object] = (), some: Sequence[object] = (), **more: Any) -> dict[str, Any]:
    filters = {"all": list(every), "any": list(some)}
    return {"id": 7, "title": "Gold", "position": 1, "filter": filters, "policy_metrics": list(lines), **more}


def translated(*policies: object, mapping: SourceMapping = MAPPING, **more: Any) -> list[SuggestedPolicy]:
    """Return the policies, without the one that ends the list."""
    found = suggestion(replace(RULES, policies=list(policies), **more), mapping).policies
    return [policy for policy in found if policy.title != "No promise"]


def condition(field: str, operator: str, value: object = None, **more: Any) -> tuple[SuggestedPolicy, ...]:
    return tuple(translated(sla(line("first_reply_time"), every=[told(field, operator, value)]), **more))


# Policies: what they promise.


def test_the_clocks_that_mean_the_same_are_taken_over_with_their_pauses() -> None:
    theirs = (
        "total_resolution_time",
        "agent_work_time",
        "requester_wait_time",
        "pausable_update_time",
        "periodic_update_time",
        "next_reply_time",
        "first_reply_time",
    )
    (policy,) = translated(sla(*(line(metric, 30 + at) for at, metric in enumerate(theirs))))
    found = {metric.name: metric for metric in policy.metrics}
    assert list(found) == [
        "first_response",
        "next_response",
        "periodic_update",
        "pausable_update",
        "requester_wait",
        "agent_work",
        "resolution",
    ]
    assert [metric.targets for metric in reversed(policy.metrics)] == [
        (SuggestedTarget(Priority.HIGH, 60 * (30 + at)),) for at in range(len(theirs))
    ]
    assert found["first_response"].stop_on == ("agent_public_comment", "status:resolved", "status:closed")
    replies = [found[name] for name in ("next_response", "periodic_update", "pausable_update")]
    assert [metric.end_in for metric in replies] == [("resolved", "closed")] * 3
    assert [metric.pause_in for metric in replies] == [(), (), ("waiting/customer",)]
    assert found["requester_wait"].run_in == ("new", "open", "waiting/vendor")
    assert found["agent_work"].run_in == ("new", "open")
    assert (found["resolution"].pause_in, found["resolution"].run_in) == ((), ())
    assert policy.remarks == ()


def test_a_clock_that_there_is_none_of_is_told_with_its_targets() -> None:
    (policy,) = translated(sla(line("some_new_time", 90, open_time=True), line("some_new_time", 30, "urgent")))
    assert policy.metrics == ()
    assert policy.remarks == (
        "Zendesk also promises some new time: high 1h30m of business hours, urgent 30m; "
        "this version has no such metric.",
    )


def test_pauses_are_said_in_the_words_that_the_connection_has_for_its_statuses() -> None:
    mapping = replace(
        MAPPING, status={**MAPPING.status, ("custom_status", "45"): Status(Phase.WAITING, WaitOn.INTERNAL)}
    )
    (policy,) = translated(sla(line("agent_work_time"), line("requester_wait_time")), mapping=mapping)
    assert [metric.run_in for metric in policy.metrics] == [
        ("new", "open", "waiting/vendor", "waiting/internal"),
        ("new", "open"),
    ]
    shared = replace(
        MAPPING, status={**MAPPING.status, ("custom_status", "45"): Status(Phase.WAITING, WaitOn.CUSTOMER)}
    )
    (policy,) = translated(sla(line("requester_wait_time")), mapping=shared)
    assert policy.metrics[0].remarks == ("The clock also stands still in Zendesk's 45, which mean the same here.",)


def test_seconds_go_before_minutes_and_minutes_of_group_policies_are_seconds() -> None:
    (policy,) = translated(sla(line("first_reply_time", 1, target_in_seconds=90)))
    assert policy.metrics[0].targets[0].seconds == 90
    group = sla(line("group_ownership_time", 90), every=[told("group_id", "includes", [11])])
    (owned,) = translated(group_policies=[group])
    assert owned.metrics[0].targets[0].seconds == 90


def test_a_target_that_cannot_be_read_is_told_and_the_others_stay() -> None:
    lines = (line("first_reply_time", 0), line("first_reply_time", 5, "urgent"), {"metric": None}, "?")
    (policy,) = translated(sla(*lines))
    assert [target.priority for target in policy.metrics[0].targets] == [Priority.CRITICAL]
    assert len(policy.remarks) == 3


def test_two_priorities_that_are_one_here_get_the_longer_time() -> None:
    one = replace(MAPPING, priority={**MAPPING.priority, "high": Priority.CRITICAL})
    lines = (line("first_reply_time", 60), line("first_reply_time", 30, "urgent"))
    (policy,) = translated(sla(*lines), mapping=one)
    assert policy.metrics[0].targets == (SuggestedTarget(Priority.CRITICAL, 3600),)
    lines = (line("first_reply_time", 60), line("first_reply_time", 30, "urgent", open_time=True))
    (policy,) = translated(sla(*lines), mapping=one)
    assert (policy.metrics, len(policy.remarks)) == ((), 1)


def test_an_internal_note_ends_the_first_response_where_the_policy_says_so() -> None:
    special = {"first_reply_time": {"fulfill_on_agent_internal_note": True, "activate_on_something": True, "x": False}}
    (policy,) = translated(sla(line("first_reply_time"), metrics_settings=special))
    assert "agent_private_comment" in policy.metrics[0].stop_on
    assert policy.metrics[0].remarks == ("Zendesk's special settings of this clock: activate_on_something.",)


def test_policies_come_in_the_order_of_their_positions_and_an_end_after_them() -> None:
    later, first = sla(line("first_reply_time"), id=8, title="B", position=2), sla(line("first_reply_time"))
    found = suggestion(replace(RULES, policies=[later, first]), MAPPING).policies
    assert [policy.title for policy in found] == ["Gold", "B", "No promise"]
    assert suggestion(RULES, MAPPING).policies == ()


# Policies: hours.


def test_business_hours_are_those_of_the_first_schedule() -> None:
    policy = sla(line("first_reply_time", open_time=True))
    survey = replace(RULES, schedules=[HOURS, NIGHT], holidays={"1": [], "2": []}, policies=[policy])
    found = suggestion(survey, MAPPING)
    assert found.policies[0].metrics[0].targets[0].calendar == "1"
    (remark,) = found.remarks["policies"]
    assert "Tickets to which a trigger gives another (Night)" in remark


@pytest.mark.parametrize(
    ("schedules", "reason"),
    [
        (None, "shows none to this user"),
        ([], "has none"),
        ([{**HOURS, "time_zone": "Mars"}], "the schedule Office, which cannot be used"),
        ([{**HOURS, "intervals": []}], "the schedule Office, which cannot be used"),
    ],
)
def test_targets_of_hours_that_are_not_known_are_told_and_not_promised(schedules: Any, reason: str) -> None:
    lines = (line("first_reply_time", 30, open_time=True), line("first_reply_time", 20, "urgent"))
    (policy,) = translated(sla(*lines), schedules=schedules)
    assert policy.metrics[0].targets == (SuggestedTarget(Priority.CRITICAL, 1200),)
    (remark,) = policy.remarks
    assert "high 30m of business hours" in remark
    assert reason in remark


# Calendars.


def test_zendesks_week_begins_on_sunday() -> None:
    intervals = [(0, 60), (1440 + 540, 1440 + 1020), (6 * 1440 + 1320, 7 * 1440)]
    row = {**HOURS, "intervals": [{"start_time": start, "end_time": end} for start, end in intervals]}
    (calendar,) = suggestion(replace(RULES, schedules=[row]), MAPPING).calendars
    sunday = 6 * 1440
    assert calendar.spans == ((sunday, sunday + 60), (540, 1020), (5 * 1440 + 1320, sunday))
    assert (calendar.zone, calendar.remarks) == ("Europe/Berlin", ())


def test_what_cannot_be_read_of_a_schedule_is_told_beside_it() -> None:
    row = {**HOURS, "time_zone": "Mars", "intervals": [{"start_time": 60, "end_time": 60}, {"start_time": None}]}
    days = [
        {"name": "Christmas", "start_date": "2026-12-24", "end_date": "2026-12-26"},
        {"name": "Odd", "start_date": "2026-12-24", "end_date": "2026-12-23"},
        {"name": "Odd", "start_date": "soon"},
    ]
    (calendar,) = suggestion(replace(RULES, schedules=[row], holidays={"1": days}), MAPPING).calendars
    assert not calendar.usable
    assert [(day.name, day.first, day.last) for day in calendar.holidays] == [
        ("Christmas", date(2026, 12, 24), date(2026, 12, 26))
    ]
    zone, *others = calendar.remarks
    assert zone == "Zendesk's time zone 'Mars' is not known: fill in its IANA name, as in Europe/Berlin."
    assert len(others) == 5
    (unseen,) = suggestion(replace(RULES, holidays={"1": None}), MAPPING).calendars
    assert unseen.remarks == ("Zendesk shows this user no holidays of this schedule.",)


def test_every_zone_that_zendesk_names_is_one_that_exists() -> None:
    assert set(NAMES.values()) <= available_timezones()
    assert iana("Eastern Time (US & Canada)") == "America/New_York"
    assert iana("Asia/Kolkata") == "Asia/Kolkata"
    assert (iana("Samoa"), iana("localtime"), iana("")) == ("", "", "")


# Policies: which tickets.


@pytest.mark.parametrize(
    ("field", "operator", "value", "said"),
    [
        ("group_id", "is", "11", Holding("team", ("First line",))),
        ("group_id", "is", 12, Holding("team", ("12",))),
        ("group_id", "includes", [14, 15], Holding("team", ("14", "15"))),
        ("group_id", "is", "", Holding("team", (None,))),
        ("organization_id", "is_not", 71, Holding("organisation", ("Ost AG",), negated=True)),
        ("organization_id", "not_includes", ["71", 99], Holding("organisation", ("Ost AG", "99"), negated=True)),
        ("brand_id", "is", 31, Holding("brand", ("Lumen",))),
        ("ticket_form_id", "is", 21, Holding("form", ("21",))),
        ("assignee_id", "present", None, Holding("assignee", (None,), negated=True)),
        ("requester_id", "is", 601, Holding("requester", ("601",))),
        ("type", "is", "incident", Holding("kind", ("incident",))),
        ("type", "is_not", "", Holding("kind", ("none",), negated=True)),
        ("priority", "greater_than", "normal", Holding("priority", ("high", "critical"))),
        ("priority", "not_present", None, Holding("priority", ("none",))),
        ("status", "less_than", "solved", Holding("status", ("new", "open", "waiting/customer", "waiting/vendor"))),
        ("custom_status_id", "includes", ["44", "45"], Holding("status", ("waiting/vendor",))),
        ("current_tags", "includes", "vip eu", Holding("tags", ("vip", "eu"))),
        ("current_tags", "not_includes", ["vip"], Holding("tags", ("vip",), negated=True)),
        ("via_id", "is", "4", Holding("channel", ("email",))),
        ("custom_fields_90", "is", "900", Holding("field:90", ("gold",))),
        ("custom_fields_90", "includes", ["gold", "901"], Holding("field:90", ("gold", "silver"))),
        ("custom_fields_90", "is", "", Holding("field:90", (None,))),
        ("custom_fields_91", "is", False, Holding("field:91", ("false", None))),
        ("custom_fields_92", "present", None, Holding("field:92", (None,), negated=True)),
    ],
)
def test_a_condition_that_can_be_said_is_said(field: str, operator: str, value: object, said: Holding) -> None:
    (policy,) = condition(field, operator, value)
    assert policy.when == ((said,),)
    assert not policy.withheld
    assert policy.remarks == ()


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("requester_role", "is", "agent"),
        ("group_id", "is", "current_groups"),
        ("assignee_id", "is", "current_user"),
        ("group_id", "changed_to", 11),
        ("type", "is", "ticket"),
        ("status", "less_than", "later"),
        ("via_id", "is", "99"),
        ("via_id", "is_not", "99"),
        ("current_tags", "present", None),
        ("current_tags", "is", "file:x"),
        ("custom_fields_90", "is", "bronze"),
        ("custom_fields_92", "is", "words"),
        ("custom_fields_99", "is", "x"),
        ("custom_status_id", "is", "99"),
        ("organization.custom_fields.plan", "is", "gold"),
    ],
)
def test_where_a_condition_cannot_be_said_nothing_is_promised_to_whom_it_may_mean(
    field: str, operator: str, value: object
) -> None:
    exact, other = told("brand_id", "is", 31), told(field, operator, value)
    (policy,) = translated(sla(line("first_reply_time"), every=[other, exact]))
    assert policy.withheld
    assert policy.when == ((Holding("brand", ("Lumen",)),),)
    assert policy.metrics
    (remark,) = policy.remarks
    assert f"cannot be said exactly: {field} {operator.replace('_', ' ')}" in remark


def test_a_condition_that_can_be_said_more_widely_keeps_others_out_of_it() -> None:
    (policy,) = condition("via_id", "is", "0")
    assert (policy.withheld, policy.when) == (True, ((Holding("channel", ("web",)),),))
    (policy,) = condition("custom_status_id", "is", "44")
    assert (policy.withheld, policy.when) == (True, ((Holding("status", ("waiting/vendor",)),),))


def test_a_choice_that_can_be_said_in_part_is_promised_in_part_and_the_rest_ends_there() -> None:
    some = [told("group_id", "is", 11), told("requester_role", "is", "agent")]
    sure, perhaps = translated(sla(line("first_reply_time"), every=[told("brand_id", "is", 31)], some=some))
    assert sure.when == ((Holding("brand", ("Lumen",)),), (Holding("team", ("First line",)),))
    assert sure.metrics
    assert "requester_role is agent" in sure.remarks[0]
    assert (perhaps.when, perhaps.metrics) == (((Holding("brand", ("Lumen",)),),), ())


def test_people_are_named_beside_their_ids() -> None:
    (policy,) = condition("assignee_id", "is", 501)
    assert policy.when == ((Holding("assignee", ("501",)),),)
    assert policy.notes == ("assignee 501 is Ada",)


def test_a_word_that_means_more_here_than_in_zendesk_is_not_taken_for_it() -> None:
    mapping = replace(MAPPING, kind={**MAPPING.kind, "": MAPPING.kind["incident"]})
    (policy,) = condition("type", "is", "incident", mapping=mapping)
    assert policy.withheld
    narrower, rest = condition("type", "is_not", "incident", mapping=mapping)
    assert narrower.when == ((Holding("kind", ("incident",), negated=True),),)
    assert (rest.when, rest.metrics) == ((), ())


# Group policies.


def test_a_group_policy_is_an_ola_for_each_of_its_groups() -> None:
    row = sla(line("group_ownership_time", 3600), every=[told("group_id", "includes", [11, 12])])
    first, second = translated(group_policies=[row])
    assert [(each.title, each.agreement, each.when) for each in (first, second)] == [
        ("Gold (First line)", "ola", ((Holding("team", ("First line",)),),)),
        ("Gold (12)", "ola", ((Holding("team", ("12",)),),)),
    ]
    (metric,) = first.metrics
    assert (metric.name, metric.start, metric.reopen, metric.targets) == (
        "resolution", "attached", "restart", (SuggestedTarget(Priority.HIGH, 3600),)
    )  # fmt: skip


def test_a_group_policy_for_whatever_group_is_told() -> None:
    (policy,) = translated(group_policies=[sla(line("group_ownership_time"))])
    assert policy.withheld
    assert policy.remarks[0].startswith("It names no group")


# The words.


def test_each_status_of_the_account_is_shown_with_its_label_and_its_category() -> None:
    words = {word.source: word for word in suggestion(RULES, MAPPING).words if word.part == "status"}
    assert words["pending"].word == "waiting/customer"
    assert (words["custom_status:44"].word, words["custom_status:44"].label) == (
        "waiting/vendor", "Parts ordered, hold"
    )  # fmt: skip
    assert words["custom_status:45"].label == "With engineering, hold, no longer in use"


# The account.


def test_what_the_plan_does_not_have_is_told_and_the_rest_is_read(desk: Any) -> None:
    forbidden = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    for path in ("business_hours/schedules", "slas/policies", "group_slas/policies"):
        desk.answers[path] = [httpx.Response(403, json=forbidden)]
    found = desk.connector().suggest(MAPPING)
    assert (found.calendars, found.policies) == ((), ())
    assert [len(found.remarks[part]) for part in ("calendars", "policies", "mapping")] == [1, 2, 0]
    assert [word.source for word in found.words if word.label] == ["custom_status:41"]


def test_the_lists_are_read_with_the_names_of_what_they_mention(desk: Any) -> None:
    desk.person(601)
    every = [told("group_id", "is", 11), told("organization_id", "is", 71), told("requester_id", "is", 601)]
    desk.answers["business_hours/schedules"] = [httpx.Response(200, json={"schedules": [HOURS]})]
    days = {"holidays": [{"name": "May", "start_date": "2026-05-01", "end_date": "2026-05-01"}]}
    desk.answers["business_hours/schedules/1/holidays"] = [httpx.Response(200, json=days)]
    listed = {"sla_policies": [sla(line("first_reply_time"), every=every)], "next_page": None}
    desk.answers["slas/policies"] = [httpx.Response(200, json=listed)]
    desk.answers["organizations/show_many"] = [
        httpx.Response(200, json={"organizations": [{"id": 71, "name": "Ost AG"}]})
    ]
    assert isinstance(desk.connector(), Suggests)
    found = desk.connector().suggest(MAPPING)
    assert found.calendars[0].holidays[0].name == "May"
    assert [clause[0].values for clause in found.policies[0].when] == [("First line",), ("Ost AG",), ("601",)]
    assert found.policies[0].notes == ("requester 601 is User 601",)
    assert desk.calls["ticket_fields"] == desk.calls["brands"] == 0


def test_names_that_this_user_may_not_see_leave_the_ids(desk: Any) -> None:
    listed = {"sla_policies": [sla(line("first_reply_time"), every=[told("organization_id", "is", 71)])]}
    desk.answers["slas/policies"] = [httpx.Response(200, json=listed)]
    desk.answers["organizations/show_many"] = [httpx.Response(403, json={"error": "Forbidden"})]
    assert desk.connector().suggest(MAPPING).policies[0].when == ((Holding("organisation", ("71",)),),)


def test_a_stranger_is_not_told_that_the_account_promises_nothing(desk: Any) -> None:
    desk.me = {"id": None, "name": "Anonymous user", "role": "end-user"}
    with pytest.raises(SourceRefused, match="anonymous"):
        desk.connector().suggest(MAPPING)


# All of it together, against a reading of Zendesk's own that shares no code with ours.

CHANNELS = {"0": "web", "17": "web", "4": "email"}
OPERATORS = ("is", "is_not")
LISTS = ("includes", "not_includes")
CONDITIONS = st.one_of(
    st.tuples(st.just(field), st.sampled_from(operators), st.sampled_from(values))
    for field, operators, values in (
        ("group_id", OPERATORS, ("", 11, 12)),
        ("organization_id", LISTS, ([71], [72, 71])),
        ("type", OPERATORS, ("incident", "task", "")),
        ("priority", (*OPERATORS, "less_than", "greater_than"), ("normal", "high")),
        ("status", (*OPERATORS, "less_than"), ("open", "hold")),
        ("custom_status_id", LISTS, (["44"], ["44", "45"], ["42"])),
        ("current_tags", LISTS, ("vip", "vip eu")),
        ("via_id", OPERATORS, ("0", "4")),
        ("custom_fields_90", OPERATORS, ("gold", "901", "")),
        ("custom_fields_91", ("is",), ("true", "false")),
        ("requester_role", OPERATORS, ("agent",)),
    )
).map(lambda parts: told(*parts))
THEIRS = {
    "first_response": "first_reply_time",
    "next_response": "next_reply_time",
    "pausable_update": "pausable_update_time",
    "requester_wait": "requester_wait_time",
    "agent_work": "agent_work_time",
    "resolution": "total_resolution_time",
}
METRICS = st.builds(
    line,
    st.sampled_from(tuple(THEIRS.values())),
    st.integers(1, 500),
    st.sampled_from(("low", "normal", "high", "urgent")),
    open_time=st.booleans(),
)
SLAS = st.lists(
    st.builds(
        lambda lines, every, some: sla(*lines, every=every, some=some),
        st.lists(METRICS, max_size=6, unique_by=lambda one: (one["metric"], one["priority"])),
        st.lists(CONDITIONS, max_size=3),
        st.lists(CONDITIONS, max_size=3),
    ),
    min_size=1,
    max_size=4,
)
TICKETS = st.fixed_dictionaries(
    {
        "group_id": st.sampled_from((None, "11", "12")),
        "organization_id": st.sampled_from((None, "71", "72")),
        "type": st.sampled_from((None, "incident", "task", "problem")),
        "priority": st.sampled_from((None, "low", "normal", "high", "urgent")),
        "custom_status_id": st.sampled_from(("41", "42", "43", "44", "45", "46")),
        "current_tags": st.sets(st.sampled_from(("vip", "eu", "x"))),
        "via_id": st.sampled_from(tuple(CHANNELS)),
        "custom_fields_90": st.sampled_from((None, "gold", "silver")),
        "custom_fields_91": st.sampled_from((None, "true", "false")),
        "requester_role": st.sampled_from(("agent", "end-user")),
    }
)
MAPPINGS = st.sampled_from(
    (
        MAPPING,
        replace(MAPPING, status={**MAPPING.status, ("custom_status", "45"): Status(Phase.WAITING, WaitOn.INTERNAL)}),
        replace(MAPPING, status={**MAPPING.status, ("custom_status", "44"): Status(Phase.OPEN)}),
        replace(MAPPING, kind={**MAPPING.kind, "": MAPPING.kind["incident"]}),
    )
)
CATEGORY = {str(row["id"]): str(row["status_category"]) for row in STATUSES}
ORDERS = {
    "priority": ("low", "normal", "high", "urgent"),
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
}


def zendesk_holds(ticket: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    field, operator, value = one["field"], one["operator"], one["value"]
    has = CATEGORY[ticket["custom_status_id"]] if field == "status" else ticket[field]
    if operator in ("less_than", "greater_than"):
        order = ORDERS[field]
        if has is None:
            return False
        return (
            order.index(has) < order.index(value) if operator == "less_than" else order.index(has) > order.index(value)
        )
    wanted = {str(each) for each in value} if isinstance(value, list) else {str(value)}
    if field == "current_tags":
        found = bool(has & set(str(value).split()))
    elif field == "custom_fields_91":
        found = (has == "true") == (value == "true")
    else:
        found = ("" if has is None else has) in {"silver" if each == "901" else each for each in wanted}
    return not found if operator in ("is_not", "not_includes") else found


def zendesk_matches(ticket: Mapping[str, Any], policy: Mapping[str, Any]) -> bool:
    every, some = policy["filter"]["all"], policy["filter"]["any"]
    return all(zendesk_holds(ticket, one) for one in every) and (
        not some or any(zendesk_holds(ticket, one) for one in some)
    )


def ours(ticket: Mapping[str, Any], mapping: SourceMapping) -> Facts:
    values = {
        "team": ticket["group_id"],
        "organisation": ticket["organization_id"],
        "kind": ticket["type"],
        "priority": ticket["priority"],
        "custom_status": ticket["custom_status_id"],
        "status": CATEGORY[ticket["custom_status_id"]],
        "tags": tuple(sorted(ticket["current_tags"])) or None,
        "channel": CHANNELS[ticket["via_id"]],
        "field:90": ticket["custom_fields_90"],
        "field:91": ticket["custom_fields_91"],
    }
    labels = {("team", str(row["id"])): str(row["name"]) for row in GROUPS} | {("organisation", "71"): "Ost AG"}
    return Facts("desk", mapping, labels, {}, values)


class Nothing(BaseModel):
    """A connector without keys of its own."""


Written = Callable[[Suggestion], tuple[Policy, ...]]


@pytest.fixture
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Writes a suggestion as files, and returns the policies that the hub reads out of them."""

    def written(found: Suggestion) -> tuple[Policy, ...]:
        folder = tmp_path_factory.mktemp("folder")
        (folder / "a.yaml").write_text("connections: {desk: {connector: list}}")
        for file in suggested_files(found, "desk"):
            (folder / file.name).write_text(file.text, "utf-8")
        draft = read_folder(folder)
        offers = {"list": Offer(Nothing)}
        return configuration(draft.content, offers, revision=1, applied_at=NOON).rules.policies

    return written


NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def clock_of(policy: Policy | None, name: str, priority: str | None) -> tuple[int | None, str] | None:
    metric = policy.metrics.get(name) if policy else None
    target = metric.targets.get(MAPPING.priority[priority]) if metric and priority else None
    return (target.seconds, target.calendar or policy.calendar.default) if target and policy else None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(SLAS, st.lists(TICKETS, min_size=8, max_size=8), MAPPINGS)
def test_nobody_is_promised_what_zendesk_does_not_promise(
    written: Written, slas: list[dict[str, Any]], tickets: list[dict[str, Any]], mapping: SourceMapping
) -> None:
    rows = [{**row, "id": number, "position": number, "title": f"P{number}"} for number, row in enumerate(slas)]
    found = suggestion(replace(RULES, policies=rows), mapping)
    policies = written(found)
    exact = not any(policy.withheld or "narrower" in " ".join(policy.remarks) for policy in found.policies)
    for ticket in tickets:
        theirs = next((row for row in rows if zendesk_matches(ticket, row)), None)
        promised = {
            (one["metric"], one["priority"]): (one["target"] * 60, "office" if one["business_hours"] else "always")
            for one in (theirs["policy_metrics"] if theirs else ())
        }
        policy = next((each for each in policies if matches(each.when, ours(ticket, mapping))), None)
        assert policy is not None
        for name, metric in THEIRS.items():
            said = promised.get((metric, ticket["priority"]))
            clock = clock_of(policy, name, ticket["priority"])
            assert clock in (None, said)
            if exact:
                assert clock == said


def test_the_vendors_own_samples_are_read_without_a_remark(vendor: Path) -> None:
    def sample(name: str, key: str) -> list[object]:
        text = (vendor / "samples" / "zendesk" / f"{name}.json").read_text("utf-8")
        return json.loads(text)["response"]["body"][key]

    found = suggestion(
        Survey(
            schedules=sample("schedules", "schedules"),
            policies=sample("sla_policies", "sla_policies"),
            group_policies=sample("group_sla_policies", "group_sla_policies"),
            statuses=sample("custom_statuses", "custom_statuses"),
            holidays={"26155800000000": sample("schedule_holidays", "holidays"), "26155800000007": []},
            named={"team": sample("groups", "groups")},
        ),
        MAPPING,
    )
    assert [calendar.zone for calendar in found.calendars] == ["Europe/Berlin", "America/New_York"]
    assert [policy.title for policy in found.policies] == [
        "VIP organisations", "Incidents", "Default", "No promise", "Tier 2 ownership"
    ]  # fmt: skip
    assert [remark for policy in found.policies for remark in policy.remarks] == []
