"""Encoded queries, in the instance's grammar and with its silences."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import Stage

DYNAMIC_ME = "90d1921e5f510100a9ad2572f2b477fe"


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


def make_four(stage: Stage) -> dict[str, str]:
    """Make four incidents, opened ten minutes after each other from 10:00 on."""
    ids: dict[str, str] = {}
    for name, impact in (("Ants", 1), ("Bees", 2), ("Cats", 3), ("Dogs & co", 3)):
        ids[name] = stage.new_ticket(name, impact=impact, urgency=impact)
        stage.advance(600)
    stage.assign(ids["Ants"], "ada.alder")
    return ids


@pytest.fixture
def four(stage: Stage) -> dict[str, str]:
    return make_four(stage)


@pytest.fixture(scope="module")
def still(opened: Any) -> Iterator[Any]:
    """An instance with these four, that nothing is changed on."""
    with opened(tickets=0) as found:
        make_four(found.stage)
        yield found


def said(site: Any, query: str, table: str = "incident") -> list[str]:
    rows = site.rows(table, query, sysparm_fields="short_description")
    return [one["short_description"] for one in rows]


ALL = ["Ants", "Bees", "Cats", "Dogs & co"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("short_description=Bees", ["Bees"]),
        ("short_description=bees", []),
        ("short_description!=Bees", ["Ants", "Cats", "Dogs & co"]),
        ("priority=1", ["Ants"]),
        ("priority<=3", ["Ants", "Bees"]),
        ("priority>1^priority<5", ["Bees"]),
        ("priorityIN1,3", ["Ants", "Bees"]),
        ("priorityNOT IN1,3", ["Cats", "Dogs & co"]),
        ("short_descriptionLIKEat", ["Cats"]),
        ("short_descriptionNOT LIKEat", ["Ants", "Bees", "Dogs & co"]),
        ("short_descriptionSTARTSWITHDogs", ["Dogs & co"]),
        ("short_descriptionENDSWITHts", ["Ants", "Cats"]),
        ("assigned_toISNOTEMPTY", ["Ants"]),
        ("assigned_toISEMPTY", ["Bees", "Cats", "Dogs & co"]),
        ("assigned_toEMPTYSTRING", ["Bees", "Cats", "Dogs & co"]),
        ("assigned_toANYTHING", ALL),
        ("impactSAMEASurgency", ALL),
        ("impactNSAMEASurgency", []),
        ("prioritySAMEASurgency", ["Ants"]),
        ("sys_created_onBETWEEN2026-03-04 10:10:00@2026-03-04 10:20:00", ["Bees", "Cats"]),
        ("sys_created_on>2026-03-04 10:20:00", ["Dogs & co"]),
        ("sys_created_on>=2026-03-04 10:20:00", ["Cats", "Dogs & co"]),
        ("sys_class_nameINSTANCEOFtask", ALL),
        ("sys_class_nameINSTANCEOFproblem", []),
        ("caller_id.company.name=Nordwind Retail GmbH", ALL),
        ("caller_id.company.name=Nobody", []),
        ("active=true^priority=1^ORpriority=3", ["Ants", "Bees"]),
        ("priority=1^NQshort_description=Cats", ["Ants", "Cats"]),
        ("priority=1^active=false^NQshort_description=Cats", ["Cats"]),
        ("^^^priority=1^^", ["Ants"]),
        ("priority=1^EQ", ["Ants"]),
        ("priority=9999x", []),
        ("sys_created_on>yesterday", []),
        ("sys_created_onRELATIVEGT@minute@ago@25", ["Cats", "Dogs & co"]),
        ("sys_created_onRELATIVELT@minute@ago@25", ["Ants", "Bees"]),
    ],
)
def test_a_query_finds(still: Any, query: str, found: list[str]) -> None:
    assert said(still, query) == found


def test_rows_come_in_the_order_asked_for(still: Any) -> None:
    site = still
    assert said(site, "ORDERBYDESCshort_description") == ALL[::-1]
    assert said(site, "ORDERBYDESCpriority^ORDERBYshort_description") == ["Cats", "Dogs & co", "Bees", "Ants"]
    assert said(site, "priority>0^ORDERBYDESCsys_created_on^NQpriority=0") == ALL[::-1]


def test_negation_leaves_empty_references_out(still: Any) -> None:
    assert said(still, "assigned_to!=nobody") == ["Ants"]
    assert said(still, "assigned_to!=nobody^ORassigned_toISEMPTY") == ALL


def test_an_unknown_field_is_dropped_and_everything_comes_back(site: Any, four: dict[str, str]) -> None:
    assert said(site, "no_such_field=banana") == ALL
    assert said(site, "no_such_field=banana^priority=1") == ["Ants"]
    assert said(site, "no_such_field=banana^ORpriority=1") == ["Ants"]
    assert said(site, "sys_update_on>2030-01-01 00:00:00") == ALL
    site.stage.configure("glide.invalid_query.returns_no_rows", "true")
    assert said(site, "no_such_field=banana") == []


def test_an_unknown_field_may_be_refused_as_forbidden(site: Any, samples: Any, four: dict[str, str]) -> None:
    site.stage.traps(["unknown_403"])
    answer = site.get("table/incident", sysparm_query="no_such_field=banana")
    assert (answer.status_code, answer.text.split()) == (403, answer.text.split())
    assert answer.json() == _json(samples / "error_403_query_field.json")


def test_a_field_that_may_not_be_read_is_refused_in_a_query(site: Any, samples: Any, four: dict[str, str]) -> None:
    site.stage.deny("task", "priority")
    answer = site.get("table/incident", sysparm_query="priority=1")
    assert answer.status_code == 403
    assert answer.json() == _json(samples / "error_403_query_field.json")


def test_scripts_compute_dates_in_the_callers_zone(site: Any, stage: Stage, four: dict[str, str]) -> None:
    generated = "sys_created_on>=javascript:gs.dateGenerate('2026-03-04','10:20:00')"
    assert said(site, generated) == ["Cats", "Dogs & co"]
    stage.profile(zone="Europe/Berlin")
    assert said(site, generated) == ALL
    assert said(site, "sys_created_on>=2026-03-04 10:20:00") == ["Cats", "Dogs & co"]
    assert said(site, "sys_created_on>javascript:gs.minutesAgo(25)") == ["Cats", "Dogs & co"]
    today = "sys_created_onONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()"
    assert said(site, today) == ALL
    stage.traps(["javascript_closed"])
    assert said(site, generated) == []


def test_bare_literals_may_be_read_in_the_callers_zone(site: Any, stage: Stage, four: dict[str, str]) -> None:
    stage.traps(["local_literals"])
    stage.profile(zone="Europe/Berlin")
    assert said(site, "sys_created_on>=2026-03-04 11:20:00") == ["Cats", "Dogs & co"]


def test_a_dynamic_filter_means_the_caller(site: Any, stage: Stage, four: dict[str, str]) -> None:
    assert said(site, f"assigned_toDYNAMIC{DYNAMIC_ME}") == []
    stage.assign(four["Bees"], "svc.slahub")
    assert said(site, f"assigned_toDYNAMIC{DYNAMIC_ME}") == ["Bees"]


def test_plain_pairs_are_a_query_too(http: httpx.Client, four: dict[str, str]) -> None:
    rows = http.get("api/now/table/incident", params={"priority": "1", "sysparm_limit": "5"}).json()["result"]
    assert [one["short_description"] for one in rows] == ["Ants"]


def test_a_base_table_holds_all_classes_and_only_its_own_columns(site: Any, stage: Stage, four: dict[str, str]) -> None:
    stage.new_ticket("Order", table="sc_req_item")
    fields = "sys_class_name,short_description,caller_id,hold_reason"
    rows = site.rows("task", "sys_class_nameINincident,sc_req_item", sysparm_fields=fields)
    assert {one["sys_class_name"] for one in rows} == {"incident", "sc_req_item"}
    assert all(set(one) == {"sys_class_name", "short_description"} for one in rows)


def _json(path: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
