"""What is read of tickets: their picture, what happened to them, and how far that is to be believed."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import pytest

from connectors import (
    Absence,
    Checkpoint,
    Event,
    FieldName,
    Label,
    Organisation,
    Outage,
    OutageKind,
    OutageWithdrawn,
    Page,
    Person,
    Presence,
    Rating,
    RetryLater,
    Slot,
    SourceError,
    Team,
    Ticket,
)
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.histories import Histories
from connectors.servicenow.shapes import stamp
from tests.connectors.servicenow.desk import NOON, SECOND, SITE, Desk, changed, ident, incident, staffed, wrote

T = TypeVar("T")

HOUR = timedelta(hours=1)
MARA, IVO = ident(0xA1), ident(0xA2)


def pulled(connector: ServiceNowConnector, stream: str = "incident", since: Checkpoint | None = None) -> list[Page]:
    return list(connector.pull(stream, since or connector.start(stream, None)))


def of(pages: Sequence[Page], kind: type[T]) -> list[T]:
    return [each for page in pages for each in page.records if isinstance(each, kind)]


def changes_of(event: Event) -> dict[str, tuple[object, object]]:
    return {each.field: (each.before, each.after) for each in event.changes}


@pytest.fixture
def desk() -> Desk:
    return staffed(Desk())


def lived(desk: Desk) -> None:
    """One incident: taken at eleven hours before noon, put on hold, and answered by its caller."""
    at = NOON - 12 * HOUR
    incident(desk, 1, at + 8 * HOUR, sys_mod_count="4", state="2", assigned_to=IVO, sys_created_on=stamp(at))
    one = ident(1)
    changed(desk, one, 1, at + HOUR, "ivo.petrak", state=("1", "2"), assigned_to=("", IVO))
    wrote(desk, one, at + HOUR, "ivo.petrak", "work_notes")
    changed(desk, one, 3, at + 4 * HOUR, "ivo.petrak", state=("2", "3"), hold_reason=("", "1"))
    wrote(desk, one, at + 4 * HOUR + SECOND, "ivo.petrak")
    changed(desk, one, 4, at + 8 * HOUR, "mara.lindqvist", state=("3", "2"), hold_reason=("1", ""))
    wrote(desk, one, at + 8 * HOUR, "mara.lindqvist")


def test_an_update_is_one_event_with_all_its_changes_and_what_was_written_with_it(desk: Desk) -> None:
    lived(desk)
    taken, held, answered = of(pulled(desk.connector()), Event)
    assert changes_of(taken) == {"assignee": (None, IVO), "status": ("incident/1", "incident/2")}
    assert (taken.actor, taken.order) == (IVO, 1)
    assert [(each.public, each.author) for each in taken.comments] == [(False, IVO)]
    assert changes_of(held) == {"status": ("incident/2", "incident/3/1")}
    assert [each.public for each in held.comments] == [True]
    assert changes_of(answered) == {"status": ("incident/3/1", "incident/2")}
    assert answered.actor == MARA


def test_what_was_written_alone_is_an_event_of_its_own(desk: Desk) -> None:
    lived(desk)
    wrote(desk, ident(1), NOON - 3 * HOUR, "ivo.petrak")
    last = of(pulled(desk.connector()), Event)[-1]
    assert (last.changes, [each.public for each in last.comments]) == ((), [True])


def test_a_reason_to_wait_counts_only_while_the_ticket_waits(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR, state="6", hold_reason="1")
    (ticket,) = of(pulled(desk.connector()), Ticket)
    assert ticket.values["status"] == "incident/6"


def test_a_change_on_hold_waits_in_any_state(desk: Desk) -> None:
    desk.tables["change_request"] = []
    row = incident(desk, 1, NOON - HOUR, sys_class_name="change_request", state="-1", on_hold="true")
    desk.tables["change_request"].append(row)
    (ticket,) = of(pulled(desk.connector(scope={"tables": ["change_request"]}), "change_request"), Ticket)
    assert ticket.values["status"] == "change_request/-1/hold"


def test_a_ticket_is_told_with_its_values_its_address_and_the_names_in_it(desk: Desk) -> None:
    desk.names = {"3": "3 - Moderate", ident(0xB1): "Service Desk", ident(0xC1): "Nordwind", "incident": "Incident"}
    incident(desk, 1, NOON - HOUR, u_region="EMEA", u_due="2026-03-10 09:20:00", location=ident(0xD1))
    fields = {Slot.DUE: FieldName("u_due")}
    pages = pulled(desk.connector(fields, columns=["u_region"]))
    (ticket,) = of(pages, Ticket)
    assert ticket.url == f"{SITE}/nav_to.do?uri=%2Fincident.do%3Fsys_id%3D{ident(1)}"
    assert {
        "status": "incident/2",
        "kind": "incident",
        "table": "incident",
        "requester": MARA,
        "organisation": ident(0xC1),
        "team": ident(0xB1),
        "requester_site": ident(0xD1),
        "field:u_region": "EMEA",
    }.items() <= ticket.values.items()
    assert ticket.own == {"due": "2026-03-10T09:20:00Z"}
    assert "field:u_due" not in ticket.values
    assert of(pages, Team) == [Team(ident(0xB1), "Service Desk")]
    assert of(pages, Organisation) == [Organisation(ident(0xC1), "Nordwind")]
    assert Label("kind", "incident", "Incident") in of(pages, Label)


def test_a_ticket_that_waits_has_a_name_for_what_it_waits_for(desk: Desk) -> None:
    desk.names = {"3": "In Wartestellung", "4": "Wartet auf Lieferant"}
    incident(desk, 1, NOON - HOUR, state="3", hold_reason="4", priority="1")
    labels = [each for each in of(pulled(desk.connector()), Label) if each.field == "status"]
    assert labels == [
        Label("status", "incident/3", "In Wartestellung", "incident/3"),
        Label("status", "incident/3/4", "In Wartestellung: Wartet auf Lieferant", "incident/3/4"),
    ]


def test_a_status_that_only_the_past_knows_still_means_something(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR, state="2", sys_mod_count="3")
    changed(desk, ident(1), 2, NOON - 3 * HOUR, "ivo.petrak", state=("2", "3"), hold_reason=("", "4"))
    changed(desk, ident(1), 3, NOON - 2 * HOUR, "ivo.petrak", state=("3", "2"), hold_reason=("4", ""))
    labels = {each for each in of(pulled(desk.connector()), Label) if each.field == "status"}
    assert Label("status", "incident/3/4", "", "incident/3/4") in labels


def test_who_is_in_a_group_is_an_agent_and_who_is_not_is_none(desk: Desk) -> None:
    lived(desk)
    wrote(desk, ident(1), NOON - 3 * HOUR, "system")
    wrote(desk, ident(1), NOON - 3 * HOUR, "gone.long.ago")
    roles = {each.id: each.role for each in of(pulled(desk.connector()), Person)}
    assert roles == {MARA: "user", IVO: "agent", "system": "system", "gone.long.ago": "deleted"}


def test_a_ticket_with_a_whole_past_is_covered_and_one_whose_audit_is_not_shown_loses_nothing(desk: Desk) -> None:
    lived(desk)
    connector = desk.connector()
    covered = [each for page in pulled(connector) for each in page.complete]
    until = NOON - 4 * HOUR + SECOND
    # What was seen in pictures while the audit was closed is told by the audit now.
    assert [(each.ticket_id, each.stream, each.until) for each in covered] == [
        (ident(1), "incident", until),
        (ident(1), "pictures", until),
    ]
    # The right to read it is lost, and ServiceNow says so by showing nothing.
    for closed in ("sys_audit", "sys_journal_field"):
        desk.closed = {closed}
        assert not [each for page in pulled(connector) for each in page.complete]


def test_logs_whose_first_rows_may_not_be_read_are_not_taken_for_closed_ones(desk: Desk) -> None:
    lived(desk)
    incident(desk, 2, NOON - HOUR, sys_created_on=stamp(NOON - 2 * HOUR))
    desk.hidden = {desk.tables[each][0]["sys_id"] for each in ("sys_audit", "sys_journal_field")}
    (young,) = [each for each in of(pulled(desk.connector()), Ticket) if each.id == ident(2)]
    assert young.gaps == {}


def test_an_audit_whose_beginning_cannot_be_asked_for_is_given_up_after_some_looks_only(desk: Desk) -> None:
    lived(desk)
    incident(desk, 2, NOON - HOUR)
    connector = desk.connector()
    desk.corrupt = {each["sys_id"] for each in desk.tables["sys_audit"]}
    for _ in range(2):
        with pytest.raises(RetryLater, match="cancels the question since when it is kept of incident"):
            pulled(connector)
    assert of(pulled(connector), Ticket)[0].gaps["status"] is None
    other = desk.connector()
    with pytest.raises(RetryLater):
        pulled(other)
    desk.corrupt = set()
    assert {each.ticket_id for page in pulled(other) for each in page.complete} == {ident(1), ident(2)}


def test_an_audit_that_is_refused_keeps_no_ticket_back(desk: Desk) -> None:
    lived(desk)
    desk.refused = {"sys_audit", "sys_journal_field"}
    pages = pulled(desk.connector())
    assert len(of(pages, Ticket)) == 1
    assert not [each for page in pages for each in page.complete]


def test_where_the_journal_is_closed_the_audit_tells_what_was_written(desk: Desk) -> None:
    lived(desk)
    changed(desk, ident(1), 5, NOON - HOUR, "ivo.petrak", comments=("", "what nobody is to keep"))
    desk.closed = {"sys_journal_field"}
    pages = pulled(desk.connector())
    assert [each.public for event in of(pages, Event) for each in event.comments] == [True]
    assert "what nobody" not in repr(pages)


def test_an_account_that_may_ask_for_one_document_only_asks_for_one(desk: Desk) -> None:
    lived(desk)
    incident(desk, 2, NOON - 3 * HOUR)
    changed(desk, ident(2), 1, NOON - 3 * HOUR, "ivo.petrak", priority=("4", "3"))
    desk.blanked = "documentkey"
    assert len(of(pulled(desk.connector()), Event)) == 4


def test_rows_of_the_audit_that_nobody_asked_for_stop_the_reading(desk: Desk) -> None:
    lived(desk)
    changed(desk, ident(77), 1, NOON - HOUR, "ivo.petrak", state=("1", "2"))
    desk.unknown = {"documentkey"}
    with pytest.raises(SourceError, match="sys_audit: asked for some"):
        pulled(desk.connector())


def test_the_audit_is_asked_by_one_lane_at_a_time(desk: Desk) -> None:
    lived(desk)
    live, past = Histories(desk.api(), SITE), Histories(desk.api(), SITE, patience=0.01)
    inside, over = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        over.wait(10)

    desk.before = wait
    reader = threading.Thread(target=lambda: live.read("incident", [ident(1)], ["state"]))
    reader.start()
    inside.wait(10)
    desk.before = lambda: None
    try:
        with pytest.raises(RetryLater, match="another reader"):
            past.read("incident", [ident(1)], ["state"])
    finally:
        over.set()
        reader.join()
    assert len(past.read("incident", [ident(1)], ["state"])[ident(1)].changes) == 3


def test_what_has_not_changed_since_it_was_read_is_not_asked_for_again(desk: Desk) -> None:
    incident(desk, 1, NOON - timedelta(seconds=100))
    incident(desk, 2, NOON - timedelta(seconds=40))
    changed(desk, ident(1), 1, NOON - timedelta(seconds=100), "ivo.petrak", state=("1", "2"))
    wrote(desk, ident(1), NOON - timedelta(seconds=100), "ivo.petrak")
    connector = desk.connector()
    pages = pulled(connector)
    settled = pages[-1].settled_until
    # A call that has begun in another second has asked in that one.
    assert settled is not None
    assert NOON - timedelta(minutes=2, seconds=1) <= settled <= NOON - timedelta(minutes=2)
    again = pulled(connector, "incident", pages[-1].checkpoint)
    # The audit of the younger one may be late.
    assert [each.id for each in of(again, Ticket)] == [ident(2)]


def test_columns_of_a_query_are_looked_for_before_they_filter(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR)
    connector = desk.connector(scope={"tables": {"incident": "actve=true^ORDERBYnumber"}})
    with pytest.raises(SourceError, match="no row shows actve"):
        pulled(connector)
    assert any("no row shows actve" in each for each in connector.probe().problems)


def test_a_table_of_which_nothing_is_shown_is_not_taken_for_an_empty_one(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR)
    desk.closed = {"incident"}
    with pytest.raises(SourceError, match="though it has 1 rows"):
        pulled(desk.connector())
    desk.tables["incident"].clear()
    assert pulled(desk.connector())[-1].settled_until is not None


def test_the_open_ones_are_read_without_the_others(desk: Desk) -> None:
    for number in range(1, 6):
        incident(desk, number, NOON - number * HOUR, active=str(number % 2 == 0).lower())
    connector = desk.connector()
    pages = pulled(connector, "open_tickets")
    assert {each.id for each in of(pages, Ticket)} == {ident(2), ident(4)}
    assert pulled(connector, "open_tickets", pages[-1].checkpoint)[0].records == ()


def test_tickets_are_fetched_by_id_wherever_they_are(desk: Desk) -> None:
    lived(desk)
    incident(desk, 2, NOON - HOUR, active="false")
    desk.tables["task"] = [incident(desk, 3, NOON - HOUR, sys_class_name="u_request")]
    desk.tables["incident"].pop()
    for number, name in ((4, "sys_audit_delete"), (5, "sys_audit_delete")):
        desk.add(name, tablename="incident", documentkey=ident(number), sys_created_on=stamp(NOON - HOUR))
    archived = {"sys_updated_on": stamp(NOON - 9 * HOUR), "sys_mod_count": "4"}
    desk.tables["ar_incident"] = [{"sys_id": ident(each), **archived} for each in (5, 7)]
    desk.tables["task"].append({"sys_id": ident(8)})
    desk.hidden = {ident(8)}
    connector = desk.connector(scope={"tables": {"incident": "active=true"}})
    page = connector.fetch([ident(number) for number in range(1, 10)])
    assert {each.id: each.presence for each in of([page], Ticket)} == {
        ident(1): Presence.PRESENT,
        ident(2): Presence.OUT_OF_SCOPE,
    }
    assert {each.ticket_id: each.presence for each in of([page], Absence)} == {
        ident(3): Presence.OUT_OF_SCOPE,
        ident(4): Presence.DELETED,
        ident(5): Presence.ARCHIVED,
        ident(7): Presence.ARCHIVED,
    }
    assert page.hidden == {ident(8)}
    assert page.outside == {ident(2), ident(3)}
    assert all(NOON - timedelta(seconds=31) <= each.until <= NOON - timedelta(seconds=30) for each in page.complete)
    assert {each.ticket_id for each in page.complete} == {ident(1), ident(2)}


def test_deletions_are_told_as_they_happen(desk: Desk) -> None:
    lived(desk)
    desk.add("sys_audit_delete", tablename="incident", documentkey=ident(9), sys_created_on=stamp(NOON - HOUR))
    desk.add("sys_audit_delete", tablename="cmdb_ci", documentkey=ident(8), sys_created_on=stamp(NOON - HOUR))
    (gone,) = of(pulled(desk.connector(), "deletions"), Absence)
    assert (gone.ticket_id, gone.presence, gone.updated_at) == (ident(9), Presence.DELETED, NOON - HOUR)


def test_a_list_of_what_is_in_scope_is_given_where_a_query_says_it(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR)
    incident(desk, 2, NOON - HOUR, active="false")
    assert "scope" not in {each.name for each in desk.connector().streams()}
    connector = desk.connector(scope={"tables": {"incident": "active=true"}})
    assert "scope" in {each.name for each in connector.streams()}
    (page,) = pulled(connector, "scope", Checkpoint(""))
    assert page.inside == {ident(1)}


def test_a_record_that_becomes_one_of_another_table_takes_its_events_along(desk: Desk) -> None:
    lived(desk)
    row = desk.tables["incident"].pop()
    row |= {"sys_class_name": "problem", "state": "101", "sys_mod_count": "5"}
    desk.tables["problem"] = [row]
    changed(
        desk, ident(1), 5, NOON - 2 * HOUR, "ivo.petrak", sys_class_name=("incident", "problem"), state=("2", "101")
    )
    connector = desk.connector(scope={"tables": ["incident", "problem"]})
    page = connector.fetch([ident(1)])
    events = of([page], Event)
    assert {each.stream for each in events} == {"problem"}
    assert {each.stream for each in page.complete} == {"incident", "problem", "pictures"}
    assert changes_of(events[-1]) == {
        "kind": ("incident", "problem"),
        "status": ("incident/2", "problem/101"),
        "table": ("incident", "problem"),
    }
    # For what it waited as long as it was an incident stays known.
    assert [changes_of(each).get("status") for each in events[1:3]] == [
        ("incident/2", "incident/3/1"),
        ("incident/3/1", "incident/2"),
    ]


def test_a_rating_is_the_mean_of_the_answers_that_are_numbers(desk: Desk) -> None:
    incident(desk, 3, NOON - HOUR)
    desk.add(
        "asmt_assessment_instance",
        user=MARA,
        state="complete",
        trigger_table="incident",
        trigger_id=ident(3),
        task_id=ident(3),
        taken_on=stamp(NOON - HOUR),
        sys_updated_on=stamp(NOON - HOUR),
    )
    for answer in ("75", "50", ""):
        desk.add("asmt_metric_result", instance=ident(1), normalized_value=answer)
    (rating,) = of(pulled(desk.connector(), "ratings"), Rating)
    assert (rating.ticket_id, rating.score, rating.requester) == (ident(3), "62", MARA)


ERP, MAIL = ident(0xE1), ident(0xE2)


def down(desk: Desk, number: int, **more: str) -> None:
    given = {"type": "outage", "begin": stamp(NOON - 3 * HOUR), "end": stamp(NOON - HOUR), "cmdb_ci": ERP}
    ids = {"sys_id": ident(number), "sys_updated_on": stamp(NOON - HOUR)}
    desk.add("cmdb_ci_outage", **{**given, **ids, "task_number": "", **more})


def test_an_outage_comes_with_all_that_was_down_and_the_tickets_about_it(desk: Desk) -> None:
    down(desk, 1, task_number=ident(7))
    down(desk, 2, type="planned", end="", cmdb_ci="")
    desk.add("cmdb_outage_ci_mtom", outage=ident(1), ci_item=MAIL)
    desk.add("task_outage", outage=ident(1), task=ident(8))
    first, second = of(pulled(desk.connector(), "outages"), Outage)
    assert first == Outage(ident(1), OutageKind.OUTAGE, NOON - 3 * HOUR, NOON - HOUR, (ERP, MAIL), (ident(7), ident(8)))
    assert second == Outage(ident(2), OutageKind.PLANNED, NOON - 3 * HOUR, None)


@pytest.mark.parametrize("stream", ["outage_services", "outage_tickets"])
def test_what_is_joined_to_an_outage_later_brings_it_again(desk: Desk, stream: str) -> None:
    down(desk, 1, sys_updated_on=stamp(NOON - 40 * HOUR))
    connector = desk.connector()
    at = stamp(NOON - 2 * HOUR)
    desk.add("cmdb_outage_ci_mtom", outage=ident(1), ci_item=MAIL, sys_updated_on=at)
    desk.add("task_outage", outage=ident(1), task=ident(8), sys_updated_on=at)
    since = connector.start(stream, NOON - 20 * HOUR)
    (found,) = of(pulled(connector, stream, since), Outage)
    assert (found.services, found.tickets) == ((ERP, MAIL), (ident(8),))


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"type": "party"}, "the type 'party' of an outage is not known"),
        ({"end": "soon"}, "'end' is not a time"),
        ({"end": stamp(NOON - 9 * HOUR)}, "it ends before it begins"),
        ({"begin": ""}, "'begin' is not a time"),
    ],
)
def test_an_outage_that_makes_no_sense_is_set_aside(desk: Desk, odd: dict[str, str], reason: str) -> None:
    down(desk, 1, **odd)
    down(desk, 2)
    pages = pulled(desk.connector(), "outages")
    assert [each.id for each in of(pages, Outage)] == [ident(2)]
    assert [(each.source_id, each.reason) for page in pages for each in page.set_aside] == [(ident(1), reason)]


def test_an_outage_that_was_deleted_is_withdrawn(desk: Desk) -> None:
    at = NOON - HOUR
    desk.add("sys_audit_delete", tablename="cmdb_ci_outage", documentkey=ident(1), sys_created_on=stamp(at))
    desk.add("sys_audit_delete", tablename="incident", documentkey=ident(2), sys_created_on=stamp(at))
    pages = pulled(desk.connector(), "deletions")
    assert of(pages, OutageWithdrawn) == [OutageWithdrawn(ident(1), at)]
    assert [each.ticket_id for each in of(pages, Absence)] == [ident(2)]


def test_an_account_that_may_not_read_outages_reads_none(desk: Desk) -> None:
    desk.refused = {"cmdb_ci_outage", "cmdb_outage_ci_mtom", "task_outage"}
    for stream in ("outages", "outage_services", "outage_tickets"):
        assert of(pulled(desk.connector(), stream), Outage) == []
    desk.refused = {"cmdb_outage_ci_mtom", "task_outage"}
    down(desk, 1)
    (found,) = of(pulled(desk.connector(), "outages"), Outage)
    assert found.services == (ERP,)


def test_names_of_values_are_told_in_the_language_of_the_account(desk: Desk) -> None:
    desk.names = {"2": "In Arbeit", "3": "3 - Mittel"}
    incident(desk, 1, NOON - HOUR, state="2", priority="3")
    words = {"en": ("In Progress", "On Hold", "Awaiting Caller"), "de": ("In Arbeit", "Wartet", "Auf Anrufer")}
    for language, (progress, hold, caller) in words.items():
        for element, value, label in (("state", "2", progress), ("state", "3", hold), ("hold_reason", "1", caller)):
            desk.add("sys_choice", name="incident", element=element, value=value, label=label, language=language)
    (page,) = pulled(desk.connector(columns=["u_region"]), "catalogue", Checkpoint(""))
    assert set(page.records) == {
        Label("field", "u_region", "u_region"),
        Label("status", "incident/2", "In Arbeit", "incident/2"),
        Label("status", "incident/3", "Wartet", "incident/3"),
        Label("status", "incident/3/1", "Wartet: Auf Anrufer", "incident/3/1"),
    }


def test_a_query_that_is_missing_is_worth_a_note(desk: Desk) -> None:
    lived(desk)
    found = desk.connector().probe()
    assert (found.instance, found.account, found.actor) == ("acme.service-now.example", "acme", ident(0xA3))
    assert found.problems == ()
    assert [each for each in found.notes if "scope.tables.incident has no query" in each]


def test_rows_that_may_not_be_read_do_not_make_a_table_look_forbidden(desk: Desk) -> None:
    for number in range(1, 4):
        incident(desk, number, NOON - number * HOUR)
    desk.hidden = {ident(1), ident(2)}
    assert [each.id for each in of(pulled(desk.connector()), Ticket)] == [ident(3)]


def test_how_far_back_the_audit_goes_is_found_in_stretches_of_time(desk: Desk) -> None:
    year = timedelta(days=365)
    incident(desk, 1, NOON - HOUR, sys_created_on=stamp(NOON - 3 * year), sys_mod_count="9")
    incident(desk, 2, NOON - 2 * HOUR, sys_created_on=stamp(NOON - year))
    changed(desk, ident(1), 8, NOON - 2 * year, "ivo.petrak", state=("6", "2"))
    changed(desk, ident(2), 1, NOON - year + HOUR, "ivo.petrak", state=("1", "2"))
    old, young = sorted(of(pulled(desk.connector()), Ticket), key=lambda each: each.created_at)
    assert old.gaps["status"] == old.gaps["priority"] == NOON - 2 * year
    assert young.gaps == {}
    looks = [query for table, query in desk.asked if table == "sys_audit" and "tablename" in query]
    assert 0 < len(looks) < 25
    assert all("sys_created_on>=" in each and "documentkey" not in each for each in looks)


def test_an_instance_that_reads_times_in_another_zone_is_not_asked_by_them(desk: Desk) -> None:
    incident(desk, 1, NOON - HOUR)
    elsewhere = f"sys_updated_on={stamp(NOON - 7 * HOUR)}"
    desk.taken = lambda term: elsewhere if term.startswith("sys_updated_on=") else term
    with pytest.raises(SourceError, match="time zone to GMT"):
        pulled(desk.connector())
