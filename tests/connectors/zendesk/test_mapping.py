"""One case for each odd record, read from recordings; an audit and its export give one event."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import (
    Change,
    Comment,
    FieldName,
    Kind,
    Label,
    Person,
    Phase,
    Presence,
    Side,
    Slot,
    Status,
    WaitOn,
    readable,
)
from connectors.zendesk import ZendeskConnector, events, fields, mapping

Recording = Callable[[str], Any]

DUE, STATE = "7100000000001", "7100000000002"
OURS = fields.Layout(
    fields={
        Slot.DUE: fields.OwnField(Slot.DUE, DUE, "SLA due"),
        Slot.STATE: fields.OwnField(
            Slot.STATE,
            STATE,
            "SLA state",
            {"sla_at_risk": "at risk", "sla_on_track": "on track", "sla_paused": "paused"},
        ),
    },
    ids=frozenset({DUE, STATE}),
    tags=frozenset({"sla_at_risk", "sla_on_track", "sla_paused"}),
)
SITE = "https://lumen.zendesk.com"


def audited(*raw: Any) -> list[Any]:
    return list(events.audits(raw, OURS)[0])


def exported(*raw: Any) -> list[Any]:
    return list(events.exported(raw, OURS)[0])


@pytest.mark.parametrize(
    "name",
    [
        "creation",
        "trigger_moves_the_status_again",
        "trigger_puts_the_status_back",
        "own_fields_only",
        "own_tag_beside_another",
        "custom_status_alone",
        "sla_bookkeeping",
        "automation",
        "comment_by_trigger",
        "voice_comment",
    ],
)
def test_an_audit_and_its_export_are_the_same_event(name: str, recording: Recording) -> None:
    told = recording(name)
    assert audited(told["audit"]) == exported(told["exported"])


@pytest.mark.parametrize("name", ["deleted_and_restored", "comment_made_private_later"])
def test_several_audits_and_their_exports_are_the_same_events(name: str, recording: Recording) -> None:
    told = recording(name)
    assert audited(*told["audits"]) == exported(*told["exports"])


def test_a_creation_tells_initial_values_and_no_texts(recording: Recording) -> None:
    (event,) = audited(recording("creation")["audit"])
    assert (event.ticket_id, event.stream, event.id, event.order) == ("77", "ticket_events", "9001", 9001)
    assert (event.at, event.actor) == (datetime(2026, 2, 3, 8, tzinfo=UTC), "601")
    assert event.changes == (
        Change("custom_status", None, "7300000000041", initial=True),
        Change("field:7100000000009", None, "gold", initial=True),
        Change("kind", None, "question", initial=True),
        Change("requester", None, "601", initial=True),
        Change("status", None, "new", initial=True),
        Change("tags", None, ("eu", "vpn"), initial=True),
    )
    assert event.comments == (Comment("9002", "601", public=True),)


def test_a_field_that_a_trigger_moves_on_changes_once(recording: Recording) -> None:
    (event,) = audited(recording("trigger_moves_the_status_again")["audit"])
    assert event.changes == (Change("status", "new", "pending"),)


@pytest.mark.parametrize(
    "name", ["trigger_puts_the_status_back", "own_fields_only", "sla_bookkeeping", "unknown_kinds"]
)
def test_what_changes_nothing_followed_is_no_event(name: str, recording: Recording) -> None:
    assert audited(recording(name)["audit"]) == []


def test_tags_of_the_own_dropdown_are_left_out_of_a_change(recording: Recording) -> None:
    (event,) = exported(recording("own_tag_beside_another")["exported"])
    assert event.changes == (Change("tags", ("vpn",), ("urgent", "vpn")),)


def test_a_move_between_custom_statuses_leaves_the_status_alone(recording: Recording) -> None:
    (event,) = exported(recording("custom_status_alone")["exported"])
    assert event.changes == (Change("custom_status", "7300000000042", "7300000000043"),)


def test_an_automation_is_the_system_and_its_comment_automated(recording: Recording) -> None:
    (event,) = audited(recording("automation")["audit"])
    assert event.actor == "-1"
    assert event.actor in mapping.MAPPING.system
    assert event.comments == (Comment("9502", "-1", public=True, automated=True),)


def test_a_triggers_comment_is_automated_whoever_fired_it(recording: Recording) -> None:
    (event,) = exported(recording("comment_by_trigger")["exported"])
    assert event.actor == "502"
    assert event.comments == (Comment("9553", "503", public=True, automated=True),)


def test_deletion_and_restoring_are_changes_of_the_status(recording: Recording) -> None:
    gone, back = exported(*recording("deleted_and_restored")["exports"])
    assert gone.changes == (Change("status", "open", "deleted"),)
    assert back.changes == (Change("status", "deleted", "open"),)


def test_a_reply_that_was_hidden_later_was_public(recording: Recording) -> None:
    (event,) = audited(*recording("comment_made_private_later")["audits"])
    assert event.comments == (Comment("9802", "502", public=True),)


def test_a_comment_without_the_sideload_is_by_whoever_acted(recording: Recording) -> None:
    (event,) = exported(recording("without_sideload")["exported"])
    assert event.comments == (Comment("9902", "502", public=False),)


def test_an_audit_that_cannot_be_read_is_set_aside_alone(recording: Recording) -> None:
    found, aside = events.audits(recording("comment_of_unknown_publicness")["audits"], OURS)
    assert [event.id for event in found] == ["9921", "9941"]
    assert [(each.stream, each.source_id, each.reason) for each in aside] == [
        ("ticket_events", "9931", "comment 9932 does not say whether it is public")
    ]
    assert len(aside[0].payload_hash) == 64


def test_values_of_every_type_have_one_form(recording: Recording) -> None:
    ticket = mapping.ticket(recording("ticket_without_priority_and_kind")["ticket"], OURS, SITE)
    assert ticket.values == {
        "status": "open", "custom_status": "7300000000042", "priority": None, "kind": None, "requester": "601",
        "assignee": None, "team": "11", "organisation": "71", "brand": "31", "form": "21", "channel": "email",
        "tags": ("eu", "vpn"), "field:7100000000005": "true", "field:7100000000006": ("a", "b"),
        "field:7100000000007": "12", "field:7100000000008": "9.50", "field:7100000000011": "false",
    }  # fmt: skip
    assert (ticket.id, ticket.key, ticket.url) == ("77", "77", "https://lumen.zendesk.com/agent/tickets/77")
    assert ticket.presence is Presence.PRESENT


def test_the_own_fields_are_read_back_in_the_hubs_words(recording: Recording) -> None:
    raw = recording("ticket_without_priority_and_kind")["ticket"]
    assert mapping.ticket(raw, OURS, SITE).own == {"due": "2026-02-03T18:00:00Z", "state": "at risk"}
    raw["custom_fields"][1]["value"] = "by_hand"
    assert mapping.ticket(raw, OURS, SITE).own["state"] == "by_hand"
    raw["custom_fields"] = [{"id": int(DUE), "value": None}]
    assert mapping.ticket(raw, OURS, SITE).own == {"due": None}


def test_no_text_of_a_ticket_is_kept(recording: Recording) -> None:
    told = recording("ticket_without_priority_and_kind")["ticket"]
    told["custom_fields"].append({"id": 5, "value": "so much prose " * 100})
    ticket = mapping.ticket(told, OURS, SITE)
    assert "Printer" not in repr(ticket)
    assert "words" not in repr(ticket)
    assert len(ticket.values["field:5"] or "") == 255


def test_a_direct_picture_beats_an_older_export_and_gives_way_to_a_newer_one(recording: Recording) -> None:
    def version(name: str, **more: Any) -> int:
        return mapping.ticket(recording(name)["ticket"] | more, OURS, SITE).version

    changed = {"updated_at": "2026-02-03T08:01:00Z"}  # the very second of the export's timestamp
    later = {"updated_at": "2026-02-03T08:02:00Z"}
    export = version("ticket_without_priority_and_kind", **changed)
    assert version("ticket_shown_directly") < export
    assert version("ticket_shown_directly", **changed) < export
    assert version("ticket_shown_directly", **later) > export
    assert version("ticket_without_priority_and_kind", generated_timestamp=1770105720) > version(
        "ticket_shown_directly", **later
    )
    absent = recording("ticket_shown_directly")["ticket"]
    del absent["generated_timestamp"]
    assert mapping.ticket(absent, OURS, SITE).version == version("ticket_shown_directly")


def test_of_two_exports_generated_in_one_second_the_one_with_the_later_change_is_newer(recording: Recording) -> None:
    told = recording("ticket_without_priority_and_kind")["ticket"]
    generated = told["generated_timestamp"]
    seconds = (0, 30, 100_000, 200_000)
    found = []
    for ago in seconds:
        at = datetime.fromtimestamp(generated - ago, UTC)
        changed = told | {"created_at": "2020-01-01T00:00:00Z", "updated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        found.append(mapping.ticket(changed, OURS, SITE).version)
    assert found == sorted(set(found), reverse=True)
    assert mapping.ticket(told | {"generated_timestamp": generated + 1}, OURS, SITE).version > found[0]


def test_a_system_update_is_newer_though_nothing_else_moved(recording: Recording) -> None:
    touched = mapping.ticket(recording("ticket_touched_by_the_system")["ticket"], OURS, SITE)
    before = mapping.ticket(recording("ticket_without_priority_and_kind")["ticket"], OURS, SITE)
    assert touched.version > before.version
    assert touched.updated_at == before.updated_at


@pytest.mark.parametrize(
    ("name", "presence"),
    [
        ("ticket_deleted", Presence.TRASHED),
        ("ticket_scrubbed", Presence.DELETED),
        ("ticket_merged", Presence.MERGED),
        ("ticket_following_a_merged_one", Presence.PRESENT),
        ("ticket_touched_by_the_system", Presence.ARCHIVED),
    ],
)
def test_where_a_ticket_went(name: str, presence: Presence, recording: Recording) -> None:
    assert mapping.ticket(recording(name)["ticket"], OURS, SITE).presence is presence


@pytest.mark.parametrize(
    ("status", "days", "exported", "presence"),
    [
        ("closed", 119, True, Presence.PRESENT),
        ("closed", 120, True, Presence.ARCHIVED),
        ("closed", 120, False, Presence.ARCHIVED),
        ("solved", 400, True, Presence.PRESENT),
    ],
)
def test_a_closed_ticket_is_archived_after_its_time(
    status: str, days: int, exported: bool, presence: Presence, recording: Recording
) -> None:
    row = recording("ticket_touched_by_the_system")["ticket"] | {"status": status, "generated_timestamp": 0}
    seen = datetime.fromisoformat(row["updated_at"]) + timedelta(days=days)
    if exported:
        row["generated_timestamp"], seen = int(seen.timestamp()), seen + timedelta(days=900)
    assert mapping.ticket(row, OURS, SITE, seen).presence is presence


@pytest.mark.parametrize("place", [{"from": {"ticket_ids": [12]}}, {"to": {"ticket_id": "12"}}])
def test_a_merged_ticket_says_into_which_one_and_the_other_says_nothing(place: dict[str, Any]) -> None:
    source = {"from": {}, "to": {}, "rel": "merge", **place}
    comment = {"id": 2, "type": "Comment", "public": False, "author_id": 5, "via": {"channel": "web", "source": source}}
    tags = {"id": 1, "type": "Change", "field_name": "tags", "value": ["a", "closed_by_merge"], "previous_value": ["a"]}
    audit = {"id": 9, "ticket_id": 8, "created_at": "2026-03-02T08:00:00Z", "author_id": 5}
    (merged,), _ = events.audits([audit | {"events": [tags, comment]}], OURS)
    assert {change.field: change.after for change in merged.changes}["merged_into"] == "12"
    (other,), _ = events.audits([audit | {"events": [comment]}], OURS)
    assert other.changes == ()


def nested(depth: int) -> Any:
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("id", "--5"),
        ("id", "٣"),
        ("id", "1" * 5000),
        ("id", 2**63),
        ("created_at", "9999-12-31T23:59:59-14:00"),
        ("created_at", "0001-01-01T00:00:00+14:00"),
        ("generated_timestamp", 10**13),
        ("generated_timestamp", -1),
        ("organization_id", nested(900)),
        ("custom_fields", [{"id": "\ud83d"}]),
    ],
)
def test_an_odd_value_sets_aside_its_record_alone(key: str, odd: Any, recording: Recording) -> None:
    good = recording("ticket_without_priority_and_kind")["ticket"]
    tickets, aside = readable("tickets", [good | {key: odd}, good], lambda raw: mapping.ticket(raw, OURS, SITE))
    assert (len(tickets), len(aside)) == (1, 1)
    assert aside[0].reason


def test_people_keep_their_role_since_their_last_change(recording: Recording) -> None:
    people, aside = readable("people", recording("users")["users"], mapping.person)
    assert people == (
        Person("502", "Ada Özil", "agent", datetime(2025, 11, 5, 10, tzinfo=UTC)),
        Person("601", "Bo Ng", "end-user", datetime(2025, 12, 5, 10, tzinfo=UTC), "71", active=False),
    )
    assert [each.reason for each in aside] == ["'id' is not a whole number"]


def test_a_custom_status_carries_its_category() -> None:
    raw = {"id": 7300000000043, "agent_label": "Bei Lieferant", "status_category": "hold", "active": True}
    assert mapping.status_label(raw) == Label("custom_status", "7300000000043", "Bei Lieferant", "hold")


def test_zendesks_words_read_as_normal_ones() -> None:
    said = ZendeskConnector.mapping
    assert said.status[("status", "pending")] == Status(Phase.WAITING, WaitOn.CUSTOMER)
    assert said.status[("status", "hold")] == Status(Phase.WAITING, WaitOn.VENDOR)
    assert said.status[("status", "deleted")] == Status(Phase.CANCELLED)
    assert said.status_fields == ("custom_status", "status")
    assert said.kind["question"] is Kind.QUESTION
    assert said.sides == {"agent": Side.AGENT, "admin": Side.AGENT, "end-user": Side.CUSTOMER}
    assert json.dumps(sorted(said.priority)) == '["high", "low", "normal", "urgent"]'


def test_fields_are_found_by_title_or_id_and_options_by_name_or_value(recording: Recording) -> None:
    raw = recording("ticket_fields")["ticket_fields"]
    found = fields.layout(
        raw,
        {
            Slot.DUE: FieldName("sla due"),
            Slot.STATE: FieldName("SLA state"),
            Slot.POLICY: FieldName(id="7100000000022"),
        },
    )
    assert {slot: own.id for slot, own in found.fields.items()} == {
        Slot.DUE: DUE, Slot.STATE: STATE, Slot.POLICY: "7100000000022",
    }  # fmt: skip
    state = found.fields[Slot.STATE]
    assert [state.write(word) for word in ("on track", "at risk", "unknown")] == ["sla_ok", "sla_at_risk", None]
    assert state.read("sla_ok") == "on track"
    assert "other" in found.tags
    assert found.problems == ("write_back.state: 'SLA state' has no option named 'unknown'",)


@pytest.mark.parametrize("options", [None, [], "x", [None], [{"name": 5, "value": "x"}]])
def test_a_dropdown_without_options_is_a_problem_and_stops_nothing(options: Any, recording: Recording) -> None:
    raw = recording("ticket_fields")["ticket_fields"]
    for each in raw:
        if each["title"] == "SLA state":
            each["custom_field_options"] = options
    found = fields.layout([*raw, None], {Slot.STATE: FieldName("SLA state"), Slot.DUE: FieldName("sla due")})
    assert Slot.DUE in found.fields
    assert len(found.problems) == 1
    assert found.problems[0].startswith("write_back.state: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (FieldName("SLA metric"), "there is no ticket field called 'SLA metric'; the nearest is 'SLA metrics'"),
        (FieldName("Wetter"), "there is no ticket field called 'Wetter'"),
        (FieldName(id="5"), "there is no ticket field with the id 5"),
        (FieldName("SLA day"), "is of type 'date', it must be a text field: a date field keeps no time of day"),
        (FieldName("SLA twin"), "several ticket fields are called 'SLA twin' (ids 7100000000022, 7100000000023)"),
        (FieldName("SLA asleep"), "the ticket field 'SLA asleep' is switched off"),
        (FieldName("Subject"), "is of type 'subject'"),
    ],
)
def test_a_field_that_cannot_be_used_is_a_problem_with_its_reason(
    name: FieldName, said: str, recording: Recording
) -> None:
    found = fields.layout(recording("ticket_fields")["ticket_fields"], {Slot.METRIC: name})
    assert found.fields == {}
    assert len(found.problems) == 1
    assert said in found.problems[0]
    assert found.problems[0].startswith("write_back.metric: ")


def test_a_recorded_field_is_ours_whatever_it_is_called(recording: Recording) -> None:
    raw = recording("ticket_fields")["ticket_fields"]
    found = fields.layout(raw, {Slot.DUE: FieldName("Due, as it was called", DUE)})
    assert (found.fields[Slot.DUE].id, found.problems) == (DUE, ())


def test_a_recorded_field_that_is_gone_gives_way_to_the_one_of_its_title_and_that_is_told(recording: Recording) -> None:
    raw = recording("ticket_fields")["ticket_fields"]
    found = fields.layout(raw, {Slot.DUE: FieldName("sla due", "5"), Slot.METRIC: FieldName("Wetter", "6")})
    assert {slot: own.id for slot, own in found.fields.items()} == {Slot.DUE: DUE}
    assert found.problems == (
        f"write_back.due: the ticket field that showed it (id 5) is gone, and 'SLA due' (id {DUE}) has its title; "
        "if that is the right one: slahub provision",
        "write_back.metric: the ticket field that showed it (id 6) is gone, and there is no ticket field called "
        "'Wetter'; 'slahub provision' makes it",
    )
    assert found.absent == (Slot.METRIC,)


@pytest.mark.parametrize("kind", ["date", "text"])
@pytest.mark.parametrize("raw", ["2026-05-11", "2026-05-11T00:00:00Z", None])
def test_the_due_day_is_read_as_the_day_alone(kind: str, raw: str | None) -> None:
    row = {"id": 5, "title": "SLA day", "type": kind}
    found = fields.layout([row], {Slot.DUE_DAY: FieldName("SLA day")})
    assert found.problems == ()
    shown = mapping.own({"custom_fields": [{"id": 5, "value": raw}]}, found)
    assert shown == {Slot.DUE_DAY: raw and "2026-05-11"}
    assert found.fields[Slot.DUE_DAY].write("2026-05-11") == "2026-05-11"
