"""Who sees what: the measured matrix, fields, and history."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage

TASKS = ("incident", "task", "change_request", "sc_task")


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


@pytest.fixture(scope="module")
def still(opened: Any) -> Any:
    """An instance with a ticket of each class, that nothing is changed on."""
    with opened(tickets=0) as found:
        for table in ("incident", "change_request", "sc_task", "problem"):
            found.stage.reply(found.stage.new_ticket(table=table), "ada.alder")
        found.stage.advance(60)
        yield found


def look(site: Any, who: str, password: str, table: str) -> int | str:
    """Return how a table looks to somebody: the status of a refusal, `empty` or `rows`."""
    with httpx.Client(base_url=site.url, auth=(who, password)) as http:
        answer = http.get(f"/api/now/v2/table/{table}", params={"sysparm_limit": "5"})
    if answer.status_code != 200:
        return answer.status_code
    return "rows" if answer.json()["result"] else "empty"


@pytest.mark.parametrize(
    ("tables", "nobody", "reader", "itil", "admin"),
    [
        (TASKS, "empty", "rows", "rows", "rows"),
        (("metric_definition", "metric_instance"), 403, 403, "rows", "rows"),
        (("sys_db_object",), 403, 403, "rows", "rows"),
        (("sys_dictionary", "sys_properties"), "empty", "empty", "empty", "rows"),
        (("sys_choice",), "rows", "rows", "rows", "rows"),
        (("sys_user", "sys_user_group", "core_company"), "empty", "rows", "rows", "rows"),
        (("sys_audit", "sys_journal_field"), "empty", "empty", "rows", "rows"),
    ],
)
def test_tables_look_to_each_as_was_measured(
    still: Any, tables: tuple[str, ...], nobody: Any, reader: Any, itil: Any, admin: Any
) -> None:
    for table in tables:
        found = (
            look(still, KNOWN.nobody, KNOWN.nobody_password, table),
            look(still, KNOWN.reader, KNOWN.reader_password, table),
            look(still, KNOWN.user, KNOWN.password, table),
            look(still, KNOWN.admin, KNOWN.admin_password, table),
        )
        assert found == (nobody, reader, itil, admin), table


def test_a_forbidden_table_is_told_as_in_the_samples(reader: httpx.Client, samples: Path) -> None:
    answer = reader.get("api/now/v2/table/sys_db_object")
    assert (answer.status_code, answer.json()) == (403, _read(samples / "error_403_table.json"))


def test_small_accounts_read_labels_of_choices_and_nothing_else(http: httpx.Client, samples: Path, site: Any) -> None:
    rows = site.rows("sys_choice", "", sysparm_limit="2")
    assert set(rows[0]) == set(_read(samples / "sys_choice_low_privilege.json")["result"][0])
    refused = site.get("table/sys_choice", sysparm_query="name=incident^element=state")
    assert (refused.status_code, refused.json()) == (403, _read(samples / "error_403_query_field.json"))


def test_administrators_read_choices_in_each_language_and_columns(admin: httpx.Client, samples: Path) -> None:
    def rows(table: str, query: str) -> list[dict[str, str]]:
        return admin.get(f"api/now/v2/table/{table}", params={"sysparm_query": query}).json()["result"]

    wanted = _read(samples / "sys_choice_incident.json")["result"]
    states = {(one["value"], one["label"]) for one in rows("sys_choice", "name=incident^element=state^language=en")}
    assert states == {(one["value"], one["label"]) for one in wanted if one["element"] == "state"}
    assert rows("sys_choice", "name=incident^element=state^language=de^value=1")[0]["label"] == "Neu"
    assert rows("sys_choice", "name=sc_task^element=state") == []
    entry = rows("sys_dictionary", "name=task^element=u_sla_due")[0]
    (told,) = [
        one for one in _read(samples / "sys_dictionary_incident.json")["result"] if one["element"] == "u_sla_due"
    ]
    assert {name: entry[name] for name in told if name not in ("sys_id", "name")} == {
        name: value for name, value in told.items() if name not in ("sys_id", "name")
    }
    tables = {one["name"]: one for one in rows("sys_db_object", "")}
    assert tables["u_field_work"]["super_class"]["value"] == tables["task"]["sys_id"]


def test_roles_columns_and_tables_can_be_given_and_taken(site: Any, stage: Stage, reader: httpx.Client) -> None:
    ticket = stage.new_ticket()
    stage.reply(ticket)

    def count(table: str) -> int:
        return len(reader.get(f"api/now/v2/table/{table}").json().get("result", []))

    assert count("sys_journal_field") == 0
    stage.grant("audit_viewer", KNOWN.reader)
    assert count("sys_journal_field") == 1
    stage.deprive("audit_viewer", KNOWN.reader)
    assert count("sys_journal_field") == 0
    stage.acl("incident", "empty", KNOWN.user)
    answer = site.get("table/incident")
    assert (answer.json()["result"], answer.headers["X-Total-Count"]) == ([], "1")
    stage.acl("incident", None, KNOWN.user)
    stage.acl("incident", "forbidden")
    assert site.get("table/incident").status_code == 403
    stage.acl("incident", None)
    stage.deny("task", "priority")
    row = site.one("incident", ticket)
    assert "priority" not in row
    assert "impact" in row


def test_a_ciphertext_column_is_there_for_who_asks_for_all(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket(table="u_field_work", values={"u_site": "Branch 14", "u_gate_code": "enc:12ab"})
    assert site.one("u_field_work", ticket)["u_gate_code"] == "enc:12ab"


def test_unknown_roles_of_the_stage_are_errors(stage: Any) -> None:
    with pytest.raises(LookupError, match="no account"):
        stage.grant("itil", "nobody.here")
    with pytest.raises(ValueError, match="rows, is empty"):
        stage.acl("incident", "full")
    with pytest.raises(ValueError, match="read or write"):
        stage.deny("task", "state", "see")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
