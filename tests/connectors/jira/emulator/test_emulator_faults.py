"""Limits and faults as a client meets them: on a real socket, by trap and by profile."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage
from connectors.jira.emulator.profiles import PROFILES

MYSELF = "/rest/api/3/myself"
SEARCH = "/rest/api/3/search/jql"


@pytest.fixture
def site(open_site: Callable[..., Any]) -> Any:
    """A Cloud site whose limits do not fill up again, however slow the machine is."""
    return open_site(monotonic=lambda: 1000.0)


@pytest.fixture
def center(open_site: Callable[..., Any]) -> Any:
    return open_site(flavour="datacenter", context="/jira", monotonic=lambda: 1000.0)


@pytest.fixture
def app(url: str) -> Iterator[httpx.Client]:
    """An OAuth app's way in, through the gateway."""
    with open_client(url) as http:
        given = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
        given |= {"grant_type": "refresh_token", "refresh_token": KNOWN.refresh_token}
        token = http.post("/oauth/token", json=given).json()["access_token"]
        cloud = http.get("/_edge/tenant_info").json()["cloudId"]
    with open_client(f"{url}/ex/jira/{cloud}", headers={"Authorization": f"Bearer {token}"}) as http:
        yield http


def answers(http: httpx.Client, times: int, path: str = MYSELF) -> Counter[str]:
    """Return how often each kind of answer came: a status, `cut` or `reset`."""
    found: Counter[str] = Counter()
    for _ in range(times):
        try:
            answer = http.get(path)
            answer.json()
        except httpx.TransportError:
            found["reset"] += 1
        except ValueError:
            found["cut" if answer.status_code == 200 else str(answer.status_code)] += 1
        else:
            found[str(answer.status_code)] += 1
    return found


def test_an_answer_tells_what_is_left_of_its_endpoint(http: httpx.Client, stage: Stage) -> None:
    assert http.get(MYSELF).headers["X-RateLimit-Remaining"] == "349"
    stage.drain("GET", "myself")
    refused = http.get(MYSELF)
    assert (refused.status_code, refused.headers["RateLimit-Reason"]) == (429, "jira-burst-based")
    assert refused.headers["Retry-After"] == "1"
    assert http.get("/rest/api/3/priority").status_code == 200
    stage.limits(on=False)
    assert http.get(MYSELF).status_code == 200


def test_too_many_writes_to_one_issue_wait_and_others_do_not(http: httpx.Client, stage: Stage) -> None:
    issue, other = (f"/rest/api/3/issue/{stage.new_ticket()}/properties/p" for _ in range(2))
    seen = [http.put(issue, json=number).status_code for number in range(21)]
    assert seen == [201] + [200] * 19 + [429]
    assert http.put(issue, json=1).headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert http.put(other, json=1).status_code == 201


def test_points_are_an_apps_alone_and_are_spent_on_what_it_reads(
    http: httpx.Client, app: httpx.Client, stage: Stage
) -> None:
    before = app.get(MYSELF).headers["Beta-RateLimit"]
    page = app.get(SEARCH, params={"jql": "updated >= -52w", "maxResults": 30})
    after = app.get(MYSELF).headers["Beta-RateLimit"]
    assert page.status_code == 200
    assert left(before) - left(after) == 2 + 1 + 30
    stage.limits(points=10, reason="jira-quota-tenant-based")
    refused = app.get(MYSELF)
    assert (refused.status_code, refused.headers["RateLimit-Reason"]) == (429, "jira-quota-tenant-based")
    assert int(refused.headers["Retry-After"]) > 3000
    assert http.get(MYSELF).status_code == 200


def left(header: str) -> int:
    return int(header.partition("r=")[2].partition(";")[0])


def test_a_server_has_a_bucket_for_each_user(center: Any) -> None:
    assert {center.get("myself").status_code for _ in range(50)} == {200}
    refused = center.get("myself")
    assert refused.headers["X-RateLimit-Interval-Seconds"] == "5"
    assert "RateLimit-Reason" not in refused.headers


@pytest.mark.parametrize(
    ("profile", "kinds"),
    [
        ("limits", {"429"}),
        ("errors", {"500", "502", "503", "504"}),
        ("resets", {"reset"}),
        ("cut", {"cut"}),
        ("slow", set[str]()),
    ],
)
def test_a_profile_strikes_until_it_has_done_enough(
    http: httpx.Client, stage: Stage, profile: str, kinds: set[str]
) -> None:
    stage.limits(on=False)
    stage.faults([profile], rate=0.5, budget=12, longest=0.01)
    found = answers(http, 60)
    assert found.keys() - {"200"} <= kinds
    assert 60 - found["200"] == (12 if kinds else 0)
    assert stage.strikes() == {profile: {"struck": 12, "left": 0}}
    assert answers(http, 5) == {"200": 5}


def test_a_lost_write_was_carried_out(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    stage.faults(["lost_writes"], rate=1.0, budget=6)
    metric, issues = emulator.field_ids()["metric"], [stage.new_ticket() for _ in range(6)]
    for issue in issues:
        try:
            answer = http.put(f"/rest/api/3/issue/{issue}", json={"fields": {metric: "kept"}})
        except httpx.TransportError:
            continue
        assert answer.status_code in (204, 502, 504, 524)
    assert {emulator.world.issues[one].values.get(metric) for one in issues} == {"kept"}


def test_a_bulk_task_meets_its_fate(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    stage.faults(["jobs"], rate=1.0, budget=1)
    metric = emulator.field_ids()["metric"]
    fields = {"singleLineTextFields": [{"fieldId": metric, "text": "x"}]}
    body = {"selectedActions": [metric], "editedFieldsInput": fields}
    body["selectedIssueIdsOrKeys"] = [str(stage.new_ticket()) for _ in range(3)]
    assert http.post("/rest/api/3/bulk/issues/fields", json=body).status_code == 201
    assert next(iter(emulator.world.office.tasks.values())).fate != ""


def test_things_happen_between_two_pages_and_are_the_same_for_the_same_seed(open_site: Callable[..., Any]) -> None:
    told = []
    for _ in range(2):
        site = open_site(profiles=["drift"])
        before = site.stage.truth()
        for _ in range(20):
            assert site.post("search/jql", jql="updated >= -52w", maxResults=10).status_code == 200
        told.append(site.stage.truth()["issues"])
        assert told[-1] != before["issues"]
        assert site.stage.strikes()["drift"]["struck"] > 0
    assert told[0] == told[1]


def test_profiles_strike_at_the_gateway_and_below_a_context(app: httpx.Client, stage: Stage, center: Any) -> None:
    stage.faults(["errors"], rate=1.0, budget=1)
    assert app.get(MYSELF).status_code >= 500
    center.stage.faults(["limits"], rate=1.0, budget=1)
    refused = center.get("myself")
    assert (refused.status_code, refused.headers["X-RateLimit-FillRate"]) == (429, "10")


def test_the_same_seed_strikes_the_same_calls(open_site: Callable[..., Any]) -> None:
    found = []
    for _ in range(2):
        site = open_site(tickets=3, profiles=["errors"])
        found.append([site.get("myself").status_code for _ in range(30)])
    assert found[0] == found[1]
    assert set(found[0]) - {200}


def test_unknown_profiles_are_named(stage: Stage) -> None:
    with pytest.raises(ValueError, match=", ".join(PROFILES)):
        stage.faults(["weather"])
