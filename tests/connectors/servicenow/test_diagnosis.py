"""Diagnosis: what an account may read, what looks empty because it is forbidden, and traps in filters."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors import Diagnosis, Right, SourceRefused
from connectors.servicenow.diagnosis import Examination
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.scope import Scope
from connectors.servicenow.settings import ServiceNowSettings
from tests.connectors.servicenow.nordwind import NAMES, URL, Nordwind, error

BASIC = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_P}"}
TICKETS = [f"{number:032x}" for number in range(1, 6)]


def instance(count: int = 3) -> Nordwind:
    """An instance that shows everything."""
    desk = Nordwind()
    scope = Scope(desk.api(), settings(scope={"tables": ["incident", "sc_task"]}).scope)
    for number, sys_id in enumerate(TICKETS[:count]):
        for table in ("incident", "sc_task"):
            ident = sys_id if table == "incident" else sys_id.replace("0", "f", 1)
            columns = dict.fromkeys(scope.tables[table].asked(), "")
            row = desk.ticket(ident, table, state=str(1 + number % 2))
            desk.rows[table][ident] = {**columns, **row, "sys_updated_on": f"2026-03-09 08:00:0{number}"}
            desk.rows.setdefault("sys_audit", {})[f"a-{ident}"] = {
                "sys_id": f"a-{ident}",
                "documentkey": ident,
                "fieldname": "state",
            }
    desk.rows["sys_journal_field"] = {
        "j1": {"sys_id": "j1", "element_id": TICKETS[0], "element": "comments", "value": "never asked for"}
    }
    desk.rows["sys_user"] = {"u1": {"sys_id": "u1", "user_name": "anna.berg", "name": "Anna Berg", "active": "true"}}
    desk.rows["sys_user_group"] = {"g1": {"sys_id": "g1", "name": "Service Desk"}}
    desk.rows["sys_user_grmember"] = {"m1": {"sys_id": "m1", "user": "u1", "group": "g1"}}
    desk.rows["core_company"] = {"c1": {"sys_id": "c1", "name": "Nordwind"}}
    return desk


def settings(**more: Any) -> ServiceNowSettings:
    return ServiceNowSettings.model_validate({"url": URL, "auth": BASIC, **more})


def diagnosed(desk: Nordwind, since: datetime | None = None, **more: Any) -> Diagnosis:
    chosen, api = settings(**more), desk.api()
    scope = Scope(api, chosen.scope, chosen.columns)
    layout = Layouts(api, tuple(scope.tables), NAMES).get()
    return Examination(api, chosen, scope, layout, writes=True).diagnose(since)


def rights(found: Diagnosis) -> dict[str, Right]:
    return {each.name: each for each in found.rights}


def codes(found: Diagnosis) -> list[str]:
    return [each.code for each in found.remarks]


def test_an_account_that_may_read_everything_is_told_so() -> None:
    found = diagnosed(instance(), scope={"tables": ["incident", "sc_task"]})
    assert {each.granted for each in found.rights} == {True}
    assert set(rights(found)) == {
        "read incident",
        "read sc_task",
        "read sys_audit",
        "read sys_journal_field",
        "read sys_user",
        "read sys_user_group",
        "read sys_user_grmember",
        "read core_company",
    }
    assert (found.account, found.instance, found.user) == ("nordwind", "nordwind.service-now.com", "svc.slahub")
    assert found.signed_with == "the password of svc.slahub"
    assert found.left_out == ()


def test_a_table_that_looks_empty_because_it_is_forbidden_says_how_many_rows_there_are() -> None:
    desk = instance()
    desk.unreadable = {"incident"}
    right = rights(diagnosed(desk))["read incident"]
    assert right.granted is False
    assert "it looks empty and is not: 3 rows are there" in right.advice
    assert "sn_incident_read or itil" in right.advice


def test_a_table_that_is_empty_is_not_taken_for_a_forbidden_one() -> None:
    desk = instance()
    desk.rows["incident"] = {}
    found = diagnosed(desk)
    assert "read incident" not in rights(found)
    assert codes(found) == ["empty"]


def test_a_table_that_may_not_be_asked_says_what_the_instance_said() -> None:
    desk = instance()
    desk.shut |= {"incident"}
    right = rights(diagnosed(desk))["read incident"]
    assert right.granted is False
    assert "Insufficient rights to query records" in right.advice


def test_a_table_that_there_is_not_is_told_as_it_is() -> None:
    desk = instance()
    desk.answers = {"incident": [error(400, "Invalid table incident") for _ in range(9)]}
    assert "Invalid table incident" in rights(diagnosed(desk))["read incident"].advice


def test_a_column_that_no_row_tells_is_a_right_that_is_missing() -> None:
    desk = instance()
    desk.unreadable = {"incident.caller_id", "incident.priority"}
    found = rights(diagnosed(desk))
    (name,) = [each for each in found if "incident." in each]
    assert set(name.removeprefix("read ").split(", ")) == {"incident.caller_id", "incident.priority"}
    assert "a field ACL hides it" in found[name].advice


@pytest.mark.parametrize("table", ["sys_user", "sys_user_group", "sys_user_grmember", "core_company"])
def test_a_table_of_people_that_shows_nobody_is_forbidden(table: str) -> None:
    desk = instance()
    desk.unreadable = {table}
    assert rights(diagnosed(desk))[f"read {table}"].granted is False


def test_an_audit_that_shows_nothing_of_changed_tickets_is_forbidden() -> None:
    desk = instance()
    desk.rows["sys_audit"] = {}
    right = rights(diagnosed(desk))["read sys_audit"]
    assert (right.granted, "role audit_viewer" in right.advice) == (False, True)


def test_an_audit_is_not_asked_of_tickets_that_were_never_changed() -> None:
    desk = instance()
    for row in desk.rows["incident"].values():
        row["sys_mod_count"] = "0"
    found = diagnosed(desk)
    assert "read sys_audit" not in rights(found)
    assert not [each for each in desk.queries if each.startswith("sys_audit")]


def test_an_account_that_is_shown_one_ticket_s_audit_at_a_time_may_read_it() -> None:
    desk = instance()
    desk.answers = {"sys_audit": [httpx.Response(200, json={"result": []})]}
    assert rights(diagnosed(desk))["read sys_audit"].granted is True


def test_an_audit_that_takes_no_notice_of_the_filter_is_no_proof() -> None:
    desk = instance()
    strange = {"result": [{"sys_id": "x", "documentkey": "of another", "fieldname": "state"}]}
    desk.answers = {"sys_audit": [httpx.Response(200, json=strange), httpx.Response(200, json=strange)]}
    assert rights(diagnosed(desk))["read sys_audit"].granted is False


def test_a_journal_that_shows_nothing_at_all_is_forbidden() -> None:
    desk = instance()
    desk.unreadable = {"sys_journal_field"}
    assert rights(diagnosed(desk))["read sys_journal_field"].granted is False


def test_a_journal_that_shows_something_of_others_is_readable() -> None:
    desk = instance()
    desk.rows["sys_journal_field"]["j1"]["element_id"] = "of another"
    assert rights(diagnosed(desk))["read sys_journal_field"].granted is True


def test_what_people_wrote_is_never_asked_for() -> None:
    desk, seen = instance(), list[str]()
    desk.before = lambda request: seen.append(str(request.url))
    diagnosed(desk)
    asked = [each for each in seen if "sys_journal_field" in each or "sys_audit" in each]
    assert asked
    assert not any("value" in each.partition("sysparm_fields=")[2].partition("&")[0] for each in asked)


def test_a_ticket_that_is_not_found_by_its_own_time_is_a_trap() -> None:
    desk = instance()
    answered = [httpx.Response(200, json={"result": []})]

    def asks_for_a_second(request: httpx.Request) -> None:
        if "sys_updated_on=" in request.url.params.get("sysparm_query", "").replace(">=", ""):
            desk.answers["/incident"] = answered

    desk.before = asks_for_a_second
    found = diagnosed(desk)
    assert "zone" in codes(found)
    assert [each.grave for each in found.remarks if each.code == "zone"] == [True]


def test_a_ticket_that_has_changed_meanwhile_is_no_trap() -> None:
    desk = instance()

    def asks_for_a_second(request: httpx.Request) -> None:
        if "^sys_updated_on=" in request.url.params.get("sysparm_query", ""):
            for row in desk.rows["incident"].values():
                row["sys_updated_on"] = "2026-03-09 11:59:59"

    desk.before = asks_for_a_second
    assert "zone" not in codes(diagnosed(desk))


def test_how_queries_are_guarded_is_told_where_the_instance_overlooks_what_it_does_not_know() -> None:
    desk = instance()
    found = diagnosed(desk, scope={"tables": {"incident": "active=true"}})
    assert "filters" in codes(found)
    assert "filters" not in codes(diagnosed(desk))
    strict = {"incident": [NO_RIGHT for _ in range(1)]}

    def asks_for_nothing_known(request: httpx.Request) -> None:
        if "slahub_no_such_column" in request.url.params.get("sysparm_query", ""):
            desk.answers = strict

    desk.before = asks_for_nothing_known
    found = diagnosed(desk, scope={"tables": {"incident": "active=true"}})
    assert ("filters" in codes(found), found.left_out) == (False, ())


NO_RIGHT = error(403, "Insufficient rights to query records", "Field(s) present in the query do not have permission")


def test_how_much_there_is_and_how_far_back_it_goes() -> None:
    desk = instance()
    desk.rows["incident"][TICKETS[0]]["sys_created_on"] = "2025-01-01 00:00:00"
    desk.rows["incident"][TICKETS[1]]["active"] = "false"
    found = diagnosed(desk)
    assert (found.tickets, found.open_tickets, found.events) == (3, 2, 9)
    assert found.history_from == datetime(2025, 1, 1, tzinfo=UTC)
    assert [each.calls for each in found.backfill] == [10]
    lately = diagnosed(desk, datetime(2026, 3, 9, 8, 0, 1, tzinfo=UTC))
    assert lately.tickets == 2


def test_states_are_named_by_table() -> None:
    found = diagnosed(instance(), scope={"tables": ["incident", "sc_task"]})
    assert found.names["status"].names["incident/1"] == "New"
    assert found.names["status"].names["incident/2"] == "In Progress"
    assert "sc_task/2" in found.names["status"].names
    assert found.names["status"].whole is False
    assert found.names["status"].categories["incident/1"] == "incident/1"
    assert ("status", "incident/1") in found.plain
    assert found.names["team"].names == {"g1": "Service Desk"}
    assert found.names["organisation"].names == {"c1": "Nordwind"}


def test_a_connection_that_is_read_only_says_so_and_is_not_told_to_write() -> None:
    assert codes(diagnosed(instance(), read_only=True)) == ["read_only"]
    found = diagnosed(instance())
    assert codes(found) == ["untried"]
    assert "incident.u_sla_due" in found.remarks[0].what


def test_a_question_that_the_limits_leave_no_room_for_stops_no_other() -> None:
    desk = instance()
    desk.answers = {"stats/incident": [httpx.Response(503)]}
    found = diagnosed(desk)
    assert (found.tickets, found.open_tickets) == (None, 3)
    assert [each.partition(": ")[0] for each in found.left_out] == ["the tickets' number"]


def test_a_second_table_that_there_is_no_room_for_is_left_out() -> None:
    desk = instance()

    def asks_for_the_newest(request: httpx.Request) -> None:
        if request.url.path.endswith("sc_task") and "ORDERBYDESC" in request.url.params["sysparm_query"]:
            desk.answers = {"table/sc_task": [httpx.Response(503)]}

    desk.before = asks_for_the_newest
    found = diagnosed(desk, scope={"tables": ["incident", "sc_task"]})
    assert rights(found)["read incident"].granted is True
    assert "read sc_task" not in rights(found)
    assert [each.partition(": ")[0] for each in found.left_out] == ["sc_task"]


def test_credentials_that_are_not_taken_are_no_lack_of_rights() -> None:
    desk = instance()
    scope = Scope(desk.api(), settings().scope)
    examination = Examination(desk.api(), settings(), scope, Layouts(desk.api(), ("incident",), NAMES).get(), True)
    desk.answers = {"": [error(401, "User Not Authenticated") for _ in range(99)]}
    with pytest.raises(SourceRefused, match="User Not Authenticated"):
        examination.diagnose(None)
