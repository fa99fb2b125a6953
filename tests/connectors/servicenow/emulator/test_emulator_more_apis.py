"""Batch, aggregates, import sets."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


def item(name: str, method: str, url: str, body: Any = None) -> dict[str, Any]:
    kinds = [{"name": one, "value": "application/json"} for one in ("Content-Type", "Accept")]
    found = {"id": name, "method": method, "url": url, "headers": kinds, "exclude_response_headers": True}
    return found if body is None else {**found, "body": base64.b64encode(json.dumps(body).encode()).decode()}


def run(http: httpx.Client, *items: dict[str, Any]) -> dict[str, Any]:
    answer = http.post("api/now/v1/batch", json={"batch_request_id": "7", "rest_requests": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bodies(found: dict[str, Any]) -> dict[str, Any]:
    return {one["id"]: json.loads(base64.b64decode(one["body"])) for one in found["serviced_requests"] if "body" in one}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_items_of_a_batch_end_each_in_their_own_way(http: httpx.Client, samples: Path, stage: Stage) -> None:
    good, closed = stage.new_ticket(), stage.new_ticket()
    stage.lock(closed)
    where = "/api/now/v2/table/incident/{}?sysparm_fields=sys_id,u_sla_metric&sysparm_exclude_reference_link=true"
    body = {"u_sla_metric": "resolution"}
    found = run(
        http,
        item("w1", "PATCH", where.format(good), body),
        item("w2", "PATCH", where.format("0" * 32), body),
        item("w3", "PATCH", where.format(closed), body),
        item("w4", "GET", "/api/now/v2/table/incident?sysparm_limit=1"),
        item("w5", "GET", "/api/now/v2/table/u_no_such"),
    )
    wanted = read(samples / "batch_response.json")
    assert set(found) == set(wanted)
    assert all(set(one) == set(wanted["serviced_requests"][0]) for one in found["serviced_requests"])
    assert {one["id"]: one["status_code"] for one in found["serviced_requests"]} == {
        "w1": 200,
        "w2": 404,
        "w3": 403,
        "w4": 200,
        "w5": 400,
    }
    told = bodies(found)
    assert told["w1"] == {"result": {"sys_id": good, "u_sla_metric": "resolution"}}
    decoded = read(samples / "batch_decoded_bodies.json")["response"]
    assert (told["w2"], told["w3"]) == (decoded["w3"], decoded["w4"])


def test_the_order_of_a_batch_is_not_that_of_its_items(http: httpx.Client, stage: Stage) -> None:
    stage.batch_seconds(0.1)
    items = [item(f"r{place}", "GET", "/api/now/v2/table/incident?sysparm_limit=1") for place in range(12)]
    found = run(http, *items)
    order = [one["id"] for one in found["serviced_requests"]]
    assert sorted(order) == sorted(one["id"] for one in items)
    assert order != [one["id"] for one in items]


def test_what_thirty_seconds_do_not_suffice_for_is_not_done(http: httpx.Client, samples: Path, stage: Stage) -> None:
    ids = [stage.new_ticket() for _ in range(5)]
    stage.batch_seconds(10)
    where = "/api/now/v2/table/incident/{}"
    found = run(http, *(item(f"w{n}", "PATCH", where.format(one), {"u_sla_metric": "x"}) for n, one in enumerate(ids)))
    assert set(found) == set(read(samples / "batch_response_unserviced.json"))
    assert found["unserviced_requests"] == ["w3", "w4"]
    done = [http.get(f"api/now/v2/table/incident/{one}").json()["result"]["u_sla_metric"] for one in ids]
    assert done == ["x", "x", "x", "", ""]


def test_writes_of_a_batch_are_written_down_one_by_one(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    run(http, item("w1", "PATCH", f"/api/now/v2/table/incident/{ticket}", {"u_sla_metric": "x"}))
    log = stage.writes()
    assert log["calls"] == {"POST /api/now/v1/batch": 1, "PATCH /api/now/v2/table/incident/{sys_id}": 1}
    assert {"u_sla_metric": "x"} in [one["body"] for one in log["writes"]]


@pytest.mark.parametrize(
    "requests", [[], [{"method": "GET", "url": "/x"}], [item("a", "GET", "/x"), item("a", "GET", "/x")]]
)
def test_a_batch_without_items_or_ids_of_their_own_is_refused(http: httpx.Client, requests: list[Any]) -> None:
    assert http.post("api/now/v1/batch", json={"rest_requests": requests}).status_code == 400


def test_an_item_that_is_too_large_fails_alone(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    large = item("a", "PATCH", f"/api/now/v2/table/incident/{ticket}", {"u_sla_metric": "x" * (5 * 1024 * 1024)})
    found = run(http, large, item("b", "GET", "/api/now/v2/table/incident"))
    assert {one["id"]: one["status_code"] for one in found["serviced_requests"]} == {"a": 413, "b": 200}


def test_counts_come_as_text_and_know_no_access_control(site: Any, samples: Path, stage: Stage) -> None:
    for impact in (1, 1, 2):
        stage.hide(stage.new_ticket(impact=impact, urgency=impact))
        stage.advance(60)
    answer = site.http.get("api/now/stats/incident", params={"sysparm_count": "true"})
    assert answer.json() == {"result": {"stats": {"count": "3"}}}
    assert kinds(answer.json()) == kinds(read(samples / "stats_count.json"))
    grouped = site.http.get(
        "api/now/v1/stats/incident", params={"sysparm_count": "true", "sysparm_group_by": "priority"}
    )
    assert kinds(grouped.json()) == kinds(read(samples / "stats_grouped.json"))
    figures = [(one["groupby_fields"][0]["value"], one["stats"]["count"]) for one in grouped.json()["result"]]
    assert figures == [("1", "2"), ("3", "1")]
    edges = {
        "sysparm_count": "true",
        "sysparm_min_fields": "sys_updated_on",
        "sysparm_max_fields": "sys_updated_on",
        "sysparm_query": "priority=1",
    }
    found = site.http.get("api/now/v1/stats/incident", params=edges).json()
    assert kinds(found) == kinds(read(samples / "stats_min_max.json"))
    assert found["result"]["stats"]["max"] == {"sys_updated_on": "2026-03-04 10:01:00"}
    average = {"sysparm_avg_fields": "impact", "sysparm_sum_fields": "impact"}
    found = site.http.get("api/now/v1/stats/incident", params=average).json()["result"]["stats"]
    assert found == {"sum": {"impact": "4"}, "avg": {"impact": "1.3333"}}


def kinds(value: Any) -> Any:
    """Return the keys of objects, and what the first element of a list is made of."""
    if isinstance(value, dict):
        return {name: kinds(one) for name, one in value.items()}
    return [kinds(value[0])] if isinstance(value, list) else type(value).__name__


def test_an_aggregate_of_a_table_out_of_reach_is_refused(nobody: httpx.Client, http: httpx.Client) -> None:
    assert nobody.get("api/now/stats/incident", params={"sysparm_count": "true"}).status_code == 403
    assert http.get("api/now/stats/incident").status_code == 400


def test_an_import_set_leaves_no_audit(site: Any, http: httpx.Client, samples: Path, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.advance(60)
    number = stage.number_of(ticket)
    answer = http.post("api/now/import/u_slahub_import", json={"u_number": number, "u_state": "2"})
    wanted = read(samples / "import_set_response.json")
    assert answer.status_code == 201
    assert set(answer.json()) == set(wanted)
    assert set(answer.json()["result"][0]) == set(wanted["result"][0])
    row = site.one("incident", ticket)
    assert (row["state"], row["sys_mod_count"], row["sys_updated_by"]) == ("2", "1", KNOWN.user)
    assert site.history(ticket) == []
    again = http.post("api/now/import/u_slahub_import", json={"u_number": number, "u_state": "2"})
    assert again.json()["result"][0]["status"] == "ignored"
    lost = http.post("api/now/import/u_slahub_import", json={"u_number": "INC1"})
    assert lost.json()["result"][0]["status"] == "error"
    assert http.post("api/now/import/u_other", json={}).status_code == 400


def test_many_rows_are_imported_later(site: Any, http: httpx.Client, samples: Path, stage: Stage) -> None:
    ids = [stage.new_ticket() for _ in range(2)]
    records = [{"u_number": stage.number_of(one), "u_sla_metric": "x"} for one in ids]
    answer = http.post("api/now/import/u_slahub_import/insertMultiple", json={"records": records})
    assert set(answer.json()) == set(read(samples / "import_set_insert_multiple_response.json"))
    assert {site.one("incident", one)["u_sla_metric"] for one in ids} == {""}
    stage.advance(5)
    assert {site.one("incident", one)["u_sla_metric"] for one in ids} == {"x"}
    staged = site.rows("u_slahub_import")[0]["sys_id"]
    assert http.get(f"api/now/import/u_slahub_import/{staged}").json()["result"]["u_sla_metric"] == "x"
