import json
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from connectors import open_client
from connectors.emulation import Crew
from connectors.zendesk.emulator import KNOWN, Emulator, Stage
from connectors.zendesk.emulator.people import People
from connectors.zendesk.emulator.world import World

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def tell(url: str, verb: str, **arguments: object) -> httpx.Response:
    return httpx.post(f"{url}/_stage/{verb}", json=arguments)


def test_the_stage_hand_works_over_http(url: str, http: httpx.Client) -> None:
    ticket = tell(url, "new_ticket", subject="By wire", priority="high").json()["result"]
    tell(url, "assign", ticket=ticket, assignee="agent").raise_for_status()
    tell(url, "status", ticket=ticket, status="Waiting on vendor").raise_for_status()
    tell(url, "reply", ticket=ticket, by="agent", body="Done.", status="solved").raise_for_status()
    assert tell(url, "advance", seconds=90).json()["result"] == "2026-03-04T10:01:30Z"
    assert http.get(f"tickets/{ticket}").json()["ticket"]["status"] == "solved"
    truth = httpx.get(f"{url}/_stage/truth").json()
    mine = next(one for one in truth["tickets"] if one["ticket"]["id"] == ticket)
    assert mine["audits"] == http.get(f"tickets/{ticket}/audits").json()["audits"]
    assert truth["now"] == "2026-03-04T10:01:30Z"


def test_wrong_stage_calls_are_explained(url: str) -> None:
    assert "advance" in tell(url, "rewind").json()["error"]
    assert tell(url, "rewind").status_code == 404
    assert tell(url, "advance", minutes=1).status_code == 400
    assert tell(url, "advance", seconds=-1).status_code == 400
    assert tell(url, "note", ticket=99_999).status_code == 404
    assert tell(url, "change_role", person="hub", role="king").status_code == 400
    assert httpx.get(f"{url}/_stage/advance").status_code == 404


def test_the_date_header_tells_the_desks_time(http: httpx.Client, stage: Stage) -> None:
    stage.advance(3600)
    answer = http.get("tickets/count")
    assert len(answer.headers.get_list("date")) == 1
    assert parsedate_to_datetime(answer.headers["date"]).isoformat() == "2026-03-04T11:00:00+00:00"
    assert http.get("nope").headers["date"] == answer.headers["date"]


def test_time_runs_on_from_where_it_was_held(emulator: Emulator) -> None:
    clock = emulator.world.clock
    emulator.stage.advance(30)
    held = clock.exact()
    emulator.stage.release_time()
    assert clock.exact() >= held
    with pytest.raises(ValueError, match="forward only"):
        emulator.stage.advance(-1)


def test_writes_and_calls_are_counted(url: str, http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    http.get(f"tickets/{ticket}/audits.json")
    http.get("tickets/1")
    http.put(f"tickets/{ticket}.json", json={"ticket": {"priority": "low"}})
    told = httpx.get(f"{url}/_stage/writes").json()
    assert told["count"] == 1
    assert told["writes"] == [
        {
            "method": "PUT",
            "path": f"/api/v2/tickets/{ticket}.json",
            "query": "",
            "body": {"ticket": {"priority": "low"}},
            "status": 200,
            "at": "2026-03-04T10:00:00Z",
        }
    ]
    assert told["calls"] == {
        "GET /api/v2/tickets/{id}/audits": 1,
        "GET /api/v2/tickets/{id}": 1,
        "PUT /api/v2/tickets/{id}": 1,
    }
    stage.forget_calls()
    assert stage.writes() == {"count": 0, "writes": [], "calls": {}}


def test_a_fault_hits_matching_calls_only_and_so_often(http: httpx.Client, stage: Stage) -> None:
    stage.fail("tickets/count", status=503, times=2, headers={"Retry-After": "7"})
    assert http.get("users/me").status_code == 200
    first = http.get("tickets/count")
    assert (first.status_code, first.headers["retry-after"]) == (503, "7")
    assert http.get("tickets/count").status_code == 503
    assert http.get("tickets/count").status_code == 200
    stage.fail("tickets", method="PUT")
    assert http.get("tickets/count").status_code == 200
    stage.heal()
    with pytest.raises(ValueError, match="kind"):
        stage.fail(kind="meteor")
    with pytest.raises(ValueError, match="regular expression"):
        stage.fail("[")


def test_gateways_answer_without_json(http: httpx.Client, stage: Stage) -> None:
    stage.fail(kind="html", status=502)
    answer = http.get("tickets/count")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=UTF-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    stage.fail(kind="text", status=429, body="Too many requests")
    answer = http.get("tickets/count")
    assert (answer.status_code, answer.text) == (429, "Too many requests")


def test_answers_can_be_cut_broken_or_missing(http: httpx.Client, stage: Stage) -> None:
    stage.fail(kind="cut")
    cut = http.get("tickets/count")
    assert cut.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        cut.json()
    for kind in ("broken", "reset"):
        stage.fail(kind=kind)
        with pytest.raises(httpx.TransportError):
            http.get("tickets/count")
    assert http.get("tickets/count").status_code == 200


def test_the_answer_alone_can_be_lost(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    for kind, priority in (("reset", "low"), ("html", "high")):
        stage.fail("tickets", kind=kind, status=504, method="PUT", served=True)
        try:
            assert http.put(f"tickets/{ticket}", json={"ticket": {"priority": priority}}).status_code == 504
        except httpx.TransportError:
            assert kind == "reset"
        assert http.get(f"tickets/{ticket}").json()["ticket"]["priority"] == priority


def test_a_slow_answer_comes_late(url: str, stage: Stage) -> None:
    stage.slow("tickets/count", seconds=5)
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{url}/api/v2/tickets/count", auth=auth, timeout=httpx.Timeout(5, read=0.2))


def test_many_callers_at_once_lose_nothing(url: str, stage: Stage, emulator: Emulator) -> None:
    stage.limits(on=False)
    stage.release_time()
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)

    def create(count: int) -> None:
        with open_client(f"{url}/api/v2/", auth=auth) as client:
            for _ in range(count):
                body = {"ticket": {"subject": "s", "comment": {"body": "b"}}}
                client.post("tickets", json=body).raise_for_status()

    before = len(emulator.world.tickets)
    callers = [threading.Thread(target=create, args=(10,)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for _ in range(10):
        stage.new_ticket()
    for caller in callers:
        caller.join()
    assert len(emulator.world.tickets) == before + 50
    ids = [audit.id for audit in emulator.world.audits]
    assert ids == sorted(set(ids))


class Counted(People):
    """People at work who tell when they have done ten things."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.done = 0
        self.ten = threading.Event()

    def step(self) -> None:
        super().step()
        self.done += 1
        if self.done == 10:
            self.ten.set()


def test_people_keep_working_until_sent_home(emulator: Emulator) -> None:
    before, people = len(emulator.world.audits), Counted(emulator.world)
    crew = Crew(people.step)
    crew.work(6000)
    assert people.ten.wait(60)
    crew.work(0)
    assert not any(thread.name == "people" for thread in threading.enumerate())
    assert len(emulator.world.audits) >= before + 8, "hardly anything they do changes nothing"


def test_people_do_the_same_for_the_same_seed() -> None:
    truths = []
    for _ in range(2):
        emulator = Emulator(seed=5, tickets=20, start=START)
        emulator.stage.hold_time()
        people = People(emulator.world)
        for _ in range(60):
            emulator.stage.advance(600)
            people.step()
        truths.append(emulator.stage.truth()["tickets"])
    assert truths[0] == truths[1]
    assert len(truths[0]) > 20
