"""GET of the Table API: shapes, pages, headers, and what is silently missing."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import Stage
from connectors.servicenow.emulator.records import OTHER_DOMAIN


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


@pytest.fixture
def ticket(stage: Stage) -> str:
    found = stage.new_ticket("Checkout terminals lose the network", impact=2, urgency=1)
    stage.assign(found, "ben.birch", "Network Support")
    return found


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def kinds(value: Any) -> Any:
    """Return what a field is made of: the keys of an object, else `text` or `null`."""
    return tuple(value) if isinstance(value, dict) else "null" if value is None else "text"


@pytest.mark.parametrize("mode", ["false", "true", "all"])
@pytest.mark.parametrize("linked", [True, False])
def test_fields_have_the_shapes_of_the_samples(site: Any, samples: Path, ticket: str, mode: str, linked: bool) -> None:
    page = read(samples / f"table_incident_display_{mode}{'' if linked else '_nolink'}.json")["result"]
    wanted = page[0]
    more = {"sysparm_display_value": mode, "sysparm_exclude_reference_link": "false" if linked else "true"}
    row = site.one("incident", ticket, **more, sysparm_fields=",".join(wanted))
    assert list(row) == list(wanted)
    # Each field of the samples is there empty and filled; what is filled here must look like what is filled there.
    shapes = {name: {kinds(one[name]) for one in page} | {kinds("")} for name in wanted}
    odd = {name for name in wanted if kinds(row[name]) not in shapes[name] and name not in EMPTY_THERE}
    assert odd == set()


EMPTY_THERE = ("location", "cmdb_ci", "parent", "problem_id", "rfc", "closed_by", "parent_incident", "resolved_by")


def test_raw_values_are_text_and_an_empty_reference_is_an_empty_text(site: Any, ticket: str) -> None:
    row = site.one("incident", ticket, sysparm_exclude_reference_link="false")
    assert row["priority"] == "2"
    assert row["active"] == "true"
    assert row["cmdb_ci"] == ""
    assert row["comments"] == row["work_notes"] == ""
    group = row["assignment_group"]
    assert group["link"] == f"{site.url}/api/now/v2/table/sys_user_group/{group['value']}"
    assert all(isinstance(one, str | dict) for one in row.values())


def test_display_values_are_labels_names_and_local_times(site: Any, stage: Stage, ticket: str) -> None:
    fields = "state,priority,hold_reason,assigned_to,opened_at,sys_class_name,sla_due,caller_id.company"
    row = site.one("incident", ticket, sysparm_display_value="true", sysparm_fields=fields)
    assert row == {
        "state": "New",
        "priority": "2 - High",
        "hold_reason": None,
        "assigned_to": "Ben Birch",
        "opened_at": "2026-03-04 10:00:00",
        "sys_class_name": "Incident",
        "sla_due": "UNKNOWN",
        "caller_id.company": "Nordwind Retail GmbH",
    }
    stage.traps(["foreign_zone", "foreign_language"])
    row = site.one("incident", ticket, sysparm_display_value="all", sysparm_fields="state,opened_at")
    assert row["state"] == {"display_value": "Neu", "value": "1"}
    assert row["opened_at"] == {"display_value": "03/04/2026 02:00:00 AM", "value": "2026-03-04 10:00:00"}


def test_the_journal_is_a_text_in_display_mode_only(site: Any, samples: Path, stage: Stage, ticket: str) -> None:
    stage.reply(ticket, "ben.birch", "We are looking into it.")
    stage.advance(60)
    stage.reply(ticket, "ben.birch", "Please restart it.")
    stage.reply(ticket, "ben.birch", "Among us.", public=False)
    stage.profile(zone="Europe/Berlin")
    row = site.one("incident", ticket, sysparm_display_value="all", sysparm_fields="sys_id,comments,work_notes")
    wanted = read(samples / "incident_comments_display_all.json")["result"]
    assert {name: kinds(value) for name, value in row.items()} == {name: kinds(one) for name, one in wanted.items()}
    assert row["comments"]["display_value"] == (
        "2026-03-04 11:01:00 - Ben Birch (Additional comments)\nPlease restart it.\n\n"
        "2026-03-04 11:00:00 - Ben Birch (Additional comments)\nWe are looking into it.\n\n"
    )
    assert "(Work notes)" in row["work_notes"]["display_value"]


def test_dotted_fields_come_flat_and_unknown_ones_are_left_out(site: Any, samples: Path, stage: Stage) -> None:
    ticket = stage.new_ticket(caller="mia.cedar" if "mia.cedar" in site.emulator.world.user_ids else "")
    wanted = read(samples / "table_incident_dotwalk.json")["result"][0]
    row = site.one("incident", ticket, sysparm_fields=",".join([*wanted, "no_such", "caller_id.no_such", "state.x"]))
    assert set(row) == set(wanted)
    assert row["caller_id.company.name"] == "Nordwind Retail GmbH"
    assert row["assignment_group.name"] == ""


def test_a_reference_that_dangles_has_a_value_and_no_name(site: Any, stage: Stage, ticket: str) -> None:
    world = site.emulator.world
    world.drop(world.first("sys_user", user_name="ben.birch"))
    row = site.one("incident", ticket, sysparm_display_value="all", sysparm_fields="assigned_to,assigned_to.email")
    assert row["assigned_to"]["display_value"] == ""
    assert row["assigned_to"]["value"]
    assert row["assigned_to.email"] == {"display_value": "", "value": ""}


def test_durations_are_offsets_from_the_epoch(site: Any, stage: Stage, ticket: str) -> None:
    stage.advance(26 * 3600 + 17 * 60)
    stage.resolve(ticket)
    row = site.one("incident", ticket, sysparm_display_value="all", sysparm_fields="calendar_duration,calendar_stc")
    assert row["calendar_duration"] == {"display_value": "1 Day 2 Hours 17 Minutes", "value": "1970-01-02 02:17:00"}
    assert row["calendar_stc"]["value"] == "94620"


def test_pages_are_linked_and_counted_before_access_control(site: Any, samples: Path, stage: Stage) -> None:
    ids = [stage.new_ticket(f"Number {place}") for place in range(7)]
    for one in ids[2:5]:
        stage.hide(one)
    query = "sys_created_on>=2026-03-04 00:00:00^ORDERBYnumber"
    answer = site.get("table/incident", sysparm_query=query, sysparm_limit=3)
    assert answer.headers["X-Total-Count"] == "7"
    assert len(answer.json()["result"]) == 2
    wanted = read(samples / "page_headers.json")["headers"]["Link"]
    assert shape_of_links(answer.headers["Link"]) == shape_of_links(wanted)
    pages = site.pages("incident", query, 3)
    assert [len(one) for one in pages] == [2, 1, 1]
    middle = site.get("table/incident", sysparm_query=query, sysparm_limit=3, sysparm_offset=3).headers["Link"]
    assert {rel for rel, _ in shape_of_links(middle)} == {"first", "next", "prev", "last"}
    last = site.get("table/incident", sysparm_query=query, sysparm_limit=3, sysparm_offset=6).headers["Link"]
    assert {rel for rel, _ in shape_of_links(last)} == {"first", "prev", "last"}


def shape_of_links(text: str) -> set[tuple[str, str]]:
    """Return (rel, the names of its parameters) of each link."""
    import re

    found = re.findall(r'<([^>]*)>;rel="(\w+)"', text)
    assert ",".join(f'<{url}>;rel="{rel}"' for url, rel in found) == text
    drop = ("sysparm_exclude_reference_link",)
    names = {rel: [one for one in httpx.URL(url).params if one not in drop] for url, rel in found}
    return {(rel, ",".join(sorted(set(one)))) for rel, one in names.items()}


def test_a_block_of_hidden_rows_is_an_empty_page_with_a_next_one(site: Any, stage: Stage) -> None:
    ids = [stage.new_ticket(f"Number {place}") for place in range(9)]
    for one in ids[3:6]:
        stage.hide(one)
    assert [len(one) for one in site.pages("incident", "ORDERBYnumber", 3)] == [3, 0, 3]


def test_counts_and_links_can_be_left_away(site: Any, ticket: str) -> None:
    more = {"sysparm_no_count": "true", "sysparm_suppress_pagination_header": "true"}
    answer = site.get("table/incident", **more)
    assert "X-Total-Count" not in answer.headers
    assert "Link" not in answer.headers


def test_only_the_first_version_answers_nothing_with_404(http: httpx.Client, samples: Path, ticket: str) -> None:
    query = {"sysparm_query": "number=INC9999999"}
    assert http.get("api/now/v1/table/incident", params=query).status_code == 404
    for path in ("api/now/v2/table/incident", "api/now/table/incident"):
        answer = http.get(path, params=query)
        assert (answer.status_code, answer.json()) == (200, read(samples / "table_empty.json"))


def test_a_link_repeats_the_version_that_was_asked_for(http: httpx.Client, ticket: str) -> None:
    for version in ("", "v1/", "v2/"):
        row = http.get(f"api/now/{version}table/incident/{ticket}").json()["result"]
        assert f"/api/now/{version}table/sys_user/" in row["caller_id"]["link"]


@pytest.mark.parametrize(
    ("path", "status", "sample"),
    [
        ("api/now/v2/table/u_no_such_table", 400, "error_400_invalid_table.json"),
        ("api/now/v9/table/incident", 400, "error_400_no_resource.json"),
        ("api/now/v2/table/incident/0123", 404, "error_404.json"),
    ],
)
def test_what_is_not_there_is_told_as_in_the_samples(
    http: httpx.Client, samples: Path, path: str, status: int, sample: str
) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()) == (status, read(samples / sample))
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize(("name", "value"), [("sysparm_offset", "-1"), ("sysparm_limit", "many")])
def test_a_parameter_that_is_no_number_is_refused(site: Any, name: str, value: str) -> None:
    assert site.get("table/incident", **{name: value}).status_code == 400


def test_a_url_that_is_too_long_is_refused_with_a_page(site: Any, samples: Path) -> None:
    def asked(count: int) -> httpx.Response:
        ids = ",".join(f"{place:032x}" for place in range(count))
        return site.http.get("api/now/v2/table/incident", params={"sysparm_query": f"sys_idIN{ids}"})

    # httpx writes each comma as three bytes.
    assert asked(200).status_code == 200
    refused = asked(250)
    assert refused.status_code == 414
    assert refused.headers["content-type"].startswith("text/html")
    assert refused.text.split() == (samples / "error_414.html").read_text(encoding="utf-8").split()


def test_headers_that_are_too_large_are_refused_with_a_page(http: httpx.Client) -> None:
    answer = http.get("api/now/v2/table/incident", headers={"X-Large": "x" * 20_000})
    assert answer.status_code == 400
    assert "Request header is too large" in answer.text


def test_a_call_says_what_it_takes_and_sends(http: httpx.Client, ticket: str) -> None:
    path = f"api/now/v2/table/incident/{ticket}"
    assert http.get(path, headers={"Accept": "text/xml"}).status_code == 406
    assert http.patch(path, content=b"{}", headers={"Content-Type": ""}).status_code == 400
    assert http.patch(path, content=b"<x/>", headers={"Content-Type": "text/xml"}).status_code == 415
    assert http.patch(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert http.put("api/now/v2/table/incident", json={}).status_code == 405
    assert http.head(path).status_code == 200
    asked = http.post(path, json={"u_sla_metric": "x"}, headers={"X-Http-Method-Override": "PATCH"})
    assert asked.json()["result"]["u_sla_metric"] == "x"


def test_an_answer_is_zipped_where_it_may_be(site: Any, ticket: str) -> None:
    assert site.get(f"table/incident/{ticket}").headers["content-encoding"] == "gzip"


def test_hidden_and_shown_again_without_a_new_stamp(site: Any, stage: Stage, ticket: str) -> None:
    before = site.one("incident", ticket)["sys_updated_on"]
    stage.hide(ticket)
    assert site.get(f"table/incident/{ticket}").status_code == 404
    assert site.rows("sys_audit", f"documentkey={ticket}") == []
    assert site.rows("task_sla", f"task={ticket}") == []
    stage.hide(ticket, on=False)
    assert site.one("incident", ticket)["sys_updated_on"] == before


def test_a_ticket_of_another_domain_is_not_even_counted(site: Any, stage: Stage) -> None:
    stage.new_ticket("Elsewhere", values={"sys_domain": OTHER_DOMAIN})
    assert site.get("table/incident").headers["X-Total-Count"] == "0"
    stage.domain("TOP")
    assert site.get("table/incident").headers["X-Total-Count"] == "1"
