"""Limits, faults and sessions as a client meets them: on a real socket, by hand and by profile."""

import base64
import json
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage
from connectors.servicenow.emulator.profiles import PROFILES

LIST = "api/now/v2/table/incident?sysparm_limit=5"


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


@pytest.fixture
def six(stage: Stage) -> list[str]:
    return [stage.new_ticket(f"Number {place}") for place in range(6)]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def answers(http: httpx.Client, times: int, path: str = LIST) -> Counter[str]:
    """Return how often each kind of answer came: `good`, a status, `html`, `broken`, `both`, or `reset`."""
    found: Counter[str] = Counter()
    for _ in range(times):
        try:
            answer = http.get(path)
        except httpx.TransportError:
            found["reset"] += 1
            continue
        if answer.status_code != 200:
            found[str(answer.status_code)] += 1
        elif not answer.headers["content-type"].startswith("application/json"):
            found["html"] += 1
        else:
            found[_kind(answer)] += 1
    return found


def _kind(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return "broken"
    return "both" if "error" in body else "good"


def test_a_rule_limits_calls_an_hour_and_tells_of_itself(http: httpx.Client, samples: Path, stage: Stage) -> None:
    stage.limit(3)
    told = http.get(LIST)
    wanted = {one for one in read(samples / "page_headers_rate_rule.json")["headers"] if one.startswith("X-RateLimit")}
    assert {one for one in wanted if one in told.headers} == wanted
    assert (told.headers["X-RateLimit-Limit"], told.headers["X-RateLimit-Reset"]) == ("3", "1772622000")
    assert answers(http, 3) == {"good": 2, "429": 1}
    refused = http.get(LIST)
    sample = read(samples / "error_429.headers.json")["headers"]
    assert set(sample) <= {name.title().replace("Ratelimit", "RateLimit") for name in refused.headers}
    assert refused.headers["Retry-After"] == "3600"
    assert refused.json()["error"]["message"] == read(samples / "error_429.json")["error"]["message"]
    stage.advance(3600)
    assert http.get(LIST).status_code == 200


def test_the_most_specific_rule_counts(http: httpx.Client, admin: httpx.Client, stage: Stage) -> None:
    stage.limit(100)
    stage.limit(50, role="itil")
    stage.limit(20, role="audit_viewer")
    assert http.get(LIST).headers["X-RateLimit-Limit"] == "20"
    stage.limit(500, who=KNOWN.user)
    assert http.get(LIST).headers["X-RateLimit-Limit"] == "500"
    assert admin.get(LIST).headers["X-RateLimit-Limit"] == "100"
    assert "X-RateLimit-Limit" not in http.get("api/now/stats/incident?sysparm_count=true").headers
    stage.unlimit()
    assert "X-RateLimit-Limit" not in http.get(LIST).headers


def test_a_count_that_is_known_late_lets_more_through(http: httpx.Client, stage: Stage) -> None:
    stage.limit(2, lag=30)
    assert answers(http, 6)["good"] > 2
    stage.advance(31)
    assert http.get(LIST).status_code == 429


def test_items_of_a_batch_count_each(http: httpx.Client, stage: Stage) -> None:
    stage.limit(2)
    items = [{"id": str(place), "method": "GET", "url": f"/{LIST}"} for place in range(3)]
    found = http.post("api/now/v1/batch", json={"rest_requests": items}).json()["serviced_requests"]
    assert Counter(one["status_code"] for one in found) == {200: 2, 429: 1}


def test_a_sleeping_instance_answers_everything_with_a_page(http: httpx.Client, samples: Path, stage: Stage) -> None:
    stage.page("hibernation")
    wanted = (samples / "hibernation.html").read_text(encoding="utf-8")
    for answer in (http.get(LIST), http.post("oauth_token.do", data={"grant_type": "client_credentials"})):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
        assert answer.text.split() == wanted.split()
    stage.page("login")
    assert http.get(LIST).text.split() == (samples / "login_page_200.html").read_text(encoding="utf-8").split()
    stage.page("redirect")
    moved = http.get(LIST)
    assert (moved.status_code, httpx.URL(moved.headers["location"]).host) == (302, "developer.example.test")
    stage.page()
    assert http.get(LIST).json() == {"result": []}


def test_a_cancelled_query_breaks_in_three_ways(http: httpx.Client, samples: Path, stage: Stage, six: Any) -> None:
    stage.cancel("error")
    refused = http.get(LIST)
    assert (refused.status_code, refused.json()) == (500, read(samples / "error_500_quota.json"))
    stage.cancel("both")
    assert http.get(LIST).json()["error"] == read(samples / "error_200_result_and_error.json")["error"]
    stage.cancel("truncated")
    broken = http.get(LIST)
    sample = (samples / "error_200_truncated.txt").read_text(encoding="utf-8").strip()
    assert (broken.status_code, broken.text[:10]) == (200, sample[:10])
    assert broken.text[broken.text.index(',"error":') :] == sample[sample.index(',"error":') :]
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        broken.json()
    assert answers(http, 1) == {"good": 1}


def test_large_pages_are_cancelled_until_they_are_smaller(site: Any, stage: Stage, six: Any) -> None:
    stage.traps(["slow_pages"])
    site.emulator.world.traps.page = 3
    assert set(answers(site.http, 6)) == {"500", "both", "broken"}
    assert answers(site.http, 3, "api/now/v2/table/incident?sysparm_limit=3") == {"good": 3}


def test_a_corrupt_row_breaks_each_page_that_holds_it(http: httpx.Client, stage: Stage, six: list[str]) -> None:
    stage.corrupt(six[2])
    path = "api/now/v2/table/incident?sysparm_query=ORDERBYnumber&sysparm_limit={}&sysparm_offset={}"
    assert answers(http, 1, path.format(6, 0)) == {"broken": 1}
    assert answers(http, 1, path.format(2, 0)) == {"good": 1}
    assert answers(http, 1, path.format(1, 2)) == {"broken": 1}
    stage.corrupt(six[2], on=False)
    assert answers(http, 1, path.format(6, 0)) == {"good": 1}


def test_four_slow_reads_of_the_audit_take_the_instance_down(http: httpx.Client, samples: Path, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.traps(["slow_audit"])
    wide = "api/now/v2/table/sys_audit?sysparm_query=fieldname=state"
    narrow = f"api/now/v2/table/sys_audit?sysparm_query=documentkeyIN{ticket}"
    window = "api/now/v2/table/sys_audit?sysparm_query=tablename=incident^sys_created_on>=2026-03-04 00:00:00"
    assert answers(http, 5, narrow) == {"good": 5}
    assert answers(http, 5, window) == {"good": 5}
    assert answers(http, 4, wide) == {"500": 4}
    refused = http.get(LIST)
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/html")
    assert not [one for one in refused.headers if one.startswith(("x-ratelimit", "retry"))]
    stage.advance(3601)
    assert http.get(LIST).status_code == 200


def test_parallel_calls_of_one_session_wait_and_the_surplus_is_dropped(url: str, stage: Stage) -> None:
    ticket = stage.new_ticket()
    path = f"/api/now/v2/table/incident/{ticket}"
    with httpx.Client(base_url=url, auth=(KNOWN.user, KNOWN.password)) as http:
        assert http.get(path).status_code == 200
        stage.slow("incident", 0.05, times=40)
        with ThreadPoolExecutor(24) as pool:
            bodies = [{"u_sla_metric": f"n{place}"} for place in range(24)]
            found = list(pool.map(lambda body: http.patch(path, json=body), bodies))
    dropped = [one for one in found if one.status_code == 202]
    assert dropped
    assert {one.status_code for one in found} == {200, 202}
    assert {one.content for one in dropped} == {b""}
    row = stage.truth()["tickets"][0]
    assert row["values"]["sys_mod_count"] == str(len(found) - len(dropped))


def test_a_node_runs_four_calls_at_once_and_lets_fifty_wait(url: str, stage: Stage) -> None:
    known = base64.b64encode(f"{KNOWN.user}:{KNOWN.password}".encode()).decode()
    head = (
        f"GET /{LIST} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nAuthorization: Basic {known}\r\nConnection: close\r\n\r\n"
    )
    port = httpx.URL(url).port
    stage.slow("incident", 1.5, times=4)
    with ExitStack() as stack:
        calls = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(70)]
        for one in calls:
            one.sendall(head.encode())
        answers = [b"".join(iter(lambda one=one: one.recv(65_536), b"")).decode() for one in calls]
    assert Counter(one.split()[1] for one in answers) == {"200": 54, "429": 16}
    refused = next(one for one in answers if one.split()[1] == "429").lower()
    assert "content-type: text/html" in refused
    assert "retry-after" not in refused
    assert stage.writes()["calls"]["GET /api/now/v2/table/incident"] == 70


def test_faults_by_hand_spoil_the_next_answers(http: httpx.Client, stage: Stage) -> None:
    stage.fail("incident", times=2, status=503)
    assert answers(http, 3) == {"503": 2, "good": 1}
    stage.fail("incident", "reset")
    assert answers(http, 2) == {"reset": 1, "good": 1}


@pytest.fixture
def profiled(site: Any, six: Any) -> Iterator[Any]:
    yield site
    site.stage.heal()


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("limits", {"429"}),
        ("errors", {"500", "502", "503", "504", "401"}),
        ("resets", {"reset"}),
        ("cut", {"broken"}),
        ("pages", {"html"}),
        ("dropped", {"202"}),
        ("slow", set()),
        ("cancelled", {"500", "broken", "both"}),
    ],
)
def test_a_profile_strikes_so_often_and_no_more(profiled: Any, name: str, kinds: set[str]) -> None:
    profiled.stage.faults([name], rate=0.5, budget=6, longest=0.01)
    found = answers(profiled.http, 40)
    assert profiled.stage.strikes() == {name: {"struck": 6, "left": 0}}
    assert set(found) - {"good"} <= kinds
    assert found["good"] == (40 if not kinds else 34)


def test_lost_writes_are_done_and_only_their_answer_is_lost(profiled: Any, six: list[str]) -> None:
    profiled.stage.faults(["lost_writes"], rate=1, budget=5)
    for place in range(5):
        try:
            answer = profiled.patch("incident", six[0], {"u_sla_metric": f"n{place}"})
            assert answer.status_code != 200 or not _readable(answer)
        except httpx.TransportError:
            pass
        assert profiled.one("incident", six[0])["u_sla_metric"] == f"n{place}"


def _readable(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def test_things_happen_between_pages(profiled: Any) -> None:
    before = profiled.stage.truth()
    profiled.stage.faults(["drift"], rate=1, budget=10)
    assert answers(profiled.http, 10) == {"good": 10}
    assert profiled.stage.truth()["tickets"] != before["tickets"]


def test_unknown_profiles_pages_and_shapes_are_errors(stage: Stage) -> None:
    with pytest.raises(ValueError, match="profiles are"):
        stage.faults(["nothing"])
    with pytest.raises(ValueError, match="login and redirect"):
        stage.page("nothing")
    with pytest.raises(ValueError, match="shapes are"):
        stage.cancel("nothing")


def test_every_profile_is_tried_here() -> None:
    tried = {"limits", "errors", "resets", "cut", "pages", "dropped", "slow", "cancelled", "lost_writes", "drift"}
    assert set(PROFILES) == tried
