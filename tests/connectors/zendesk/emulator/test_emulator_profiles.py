"""Faults by profile: seeded, bounded, and never in the way of the truth."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, PROFILES, Emulator, Stage, serve
from connectors.zendesk.emulator.profiles import FATES

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
OUTCOME = tuple[int, str] | str


@pytest.fixture(autouse=True)
def _no_limits(stage: Stage) -> None:
    stage.limits(on=False)


def outcome(http: httpx.Client, path: str) -> OUTCOME:
    """Return status and body, or what kind of silence there was."""
    try:
        answer = http.get(path)
    except httpx.TransportError as lost:
        return type(lost).__name__
    return answer.status_code, answer.text


def outcomes(seed: int, order: tuple[str, ...]) -> dict[str, list[OUTCOME]]:
    emulator = Emulator(seed=7, tickets=5, start=START, limits=False)
    emulator.stage.hold_time()
    emulator.stage.faults(["limits", "errors", "resets", "cut"], seed=seed)
    found: dict[str, list[OUTCOME]] = {path: [] for path in order}
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
    with serve(emulator) as url, open_client(f"{url}/api/v2/", auth=auth) as http:
        for _ in range(12):
            for path in order:
                found[path].append(outcome(http, path))
    return found


def without_addresses(found: dict[str, list[OUTCOME]]) -> dict[str, list[str]]:
    return {path: [re.sub(r":\d{4,5}/", "/", str(one)) for one in found[path]] for path in sorted(found)}


def test_the_seed_decides_which_call_of_an_endpoint_is_struck_in_whatever_order_they_come() -> None:
    one, same = outcomes(3, ("tickets/count", "brands")), outcomes(3, ("brands", "tickets/count"))
    texts = [
        {path: [str(each).partition("http")[0] for each in found[path]] for path in sorted(found)}
        for found in (one, same)
    ]
    assert texts[0] == texts[1]
    assert outcomes(4, ("tickets/count", "brands")) != one
    good = sum(1 for each in one["tickets/count"] if isinstance(each, tuple) and each[0] == 200)
    assert 0 < good < 12


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_ends_when_its_budget_is_used_up(http: httpx.Client, stage: Stage, name: str) -> None:
    stage.faults([name], rate=1, budget=3)
    ticket = stage.new_ticket()
    for _ in range(6):
        for call in (
            lambda: http.get("incremental/tickets/cursor", params={"start_time": 0}),
            lambda: http.put("tickets/update_many", params={"ids": ticket}, json={"ticket": {"priority": "low"}}),
        ):
            try:
                call()
            except httpx.TransportError:
                continue
    assert stage.strikes() == {name: {"struck": 3, "left": 0}}
    assert http.get("incremental/tickets/cursor", params={"start_time": 0}).json()["tickets"]


def test_limits_come_in_every_shape(http: httpx.Client, stage: Stage) -> None:
    stage.faults(["limits"], rate=1, budget=1000, longest=9)
    answers = [http.get("incremental/tickets/cursor", params={"start_time": 0}) for _ in range(60)]
    assert {one.status_code for one in answers} == {429}
    assert {one.headers.get("retry-after") for one in answers} == {None, "0", "1", "9"}
    assert {one.headers["content-type"].partition(";")[0] for one in answers} == {"application/json", "text/plain"}
    names = {name for one in answers for name in one.headers}
    assert {"zendesk-ratelimit-incremental-exports", "zendesk-rate-limit-incremental-exports"} <= names
    assert {"ratelimit-remaining", "rate-limit-remaining"} <= names
    told = {one.json()["description"] for one in answers if one.headers["content-type"].startswith("application/json")}
    assert told == {"Number of allowed incremental export API requests per minute exceeded"}
    jobs = [http.put("tickets/update_many", json={"tickets": [{"id": 1}]}).text for _ in range(40)]
    assert any("TooManyJobs" in text for text in jobs)
    assert any("Number of allowed API requests" in text for text in jobs)


def test_errors_come_from_the_desk_and_from_gateways(http: httpx.Client, stage: Stage) -> None:
    stage.faults(["errors"], rate=1, budget=1000)
    answers = [http.get("tickets") for _ in range(80)]
    assert {one.status_code for one in answers} == {500, 502, 503, 504, 520, 524}
    kinds = {one.headers["content-type"].partition(";")[0] for one in answers}
    assert kinds == {"application/json", "text/html", "text/plain"}


def begins(http: httpx.Client, path: str) -> bool:
    """Return whether an answer that never ends at least began."""
    begun = False
    try:
        with http.stream("GET", path) as answer:
            begun = True
            answer.read()
    except httpx.TransportError:
        return begun
    pytest.fail("the answer came whole")


def test_connections_end_before_and_within_the_body(http: httpx.Client, stage: Stage) -> None:
    stage.faults(["resets"], rate=1, budget=30)
    assert {begins(http, "tickets") for _ in range(30)} == {True, False}
    ticket = stage.new_ticket()
    stage.faults(["resets"], rate=1, budget=1)
    with pytest.raises(httpx.TransportError):
        http.put(f"tickets/{ticket}", json={"ticket": {"priority": "low"}})
    assert http.get(f"tickets/{ticket}").json()["ticket"]["priority"] != "low"


def test_cut_answers_are_good_but_for_their_end(http: httpx.Client, stage: Stage) -> None:
    stage.faults(["cut"], rate=1, budget=1)
    answer = http.get("tickets")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("way", ["single", "many"])
def test_a_lost_write_was_made(http: httpx.Client, stage: Stage, way: str) -> None:
    stage.jobs(delay=0)
    stage.faults(["lost_writes"], rate=1, budget=1000)
    for priority in ("low", "high", "urgent", "normal") * 3:
        ticket = stage.new_ticket()
        body = {"ticket": {"priority": priority}}
        path = f"tickets/{ticket}" if way == "single" else f"tickets/update_many?ids={ticket}"
        try:
            answer = http.put(path, json=body)
        except httpx.TransportError:
            pass
        else:
            with pytest.raises(json.JSONDecodeError):
                answer.json()
        assert http.get(f"tickets/{ticket}").json()["ticket"]["priority"] == priority


def statuses(http: httpx.Client, job: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return what the job's own URL and the list say of it."""
    single, many = http.get(f"job_statuses/{job}"), http.get("job_statuses/show_many", params={"ids": job})
    rows = many.json()["job_statuses"]
    listed = {one["id"] for one in http.get("job_statuses").json()["job_statuses"]}
    assert (job in listed) is bool(rows)
    return single.json()["job_status"] if single.status_code == 200 else None, rows[0] if rows else None


@pytest.mark.parametrize("fate", FATES)
def test_a_job_meets_its_fate(http: httpx.Client, stage: Stage, fate: str) -> None:
    tickets = [stage.new_ticket() for _ in range(4)]
    stage.advance(5)
    stage.fail("update_many", kind="job", fate=fate)
    ids = ",".join(map(str, tickets))
    job = http.put(f"tickets/update_many?ids={ids}", json={"ticket": {"priority": "low"}}).json()["job_status"]["id"]
    stage.advance(1)
    single, listed = statuses(http, job)
    if fate == "queued":
        assert single is not None
        assert single["status"] == "queued"
        stage.advance(5)
        single, listed = statuses(http, job)
    done = sum(http.get(f"tickets/{one}").json()["ticket"]["priority"] == "low" for one in tickets)
    assert done == {"killed": 2, "failed": 2, "rows": 3}.get(fate, 4)
    assert (single is None, listed is None) == {
        "hidden": (True, False),
        "unlisted": (False, True),
        "forgotten": (True, True),
    }.get(fate, (False, False))
    known = single or listed
    if known is not None:
        assert known["status"] == (fate if fate in ("killed", "failed") else "completed")
        assert (known["results"] is None) is (fate in ("killed", "failed", "no_results"))
    if known is not None and fate == "rows":
        assert sum(1 for one in known["results"] if one.get("success")) == 3


def test_while_pages_drift_every_kind_of_thing_happens_and_histories_stay_whole(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    before = {one.id: (one.name, one.role) for one in emulator.world.people.values()}
    names = {one.id: one.name for one in emulator.world.organisations.values()}
    stage.faults(["drift"], rate=1, budget=60)
    for _ in range(60):
        http.get("tickets", params={"page[size]": 5})
        stage.advance(60)
    kinds = {event.kind for audit in emulator.world.audits for event in audit.events}
    assert "CommentPrivacyChange" in kinds
    told = [one["presence"] for one in stage.truth()["tickets"]]
    assert {"present", "deleted", "merged"} <= set(told)
    lines = [event for audit in emulator.world.audits for event in audit.events if event.field == "status"]
    assert any(event.previous == "deleted" for event in lines)
    assert before != {one.id: (one.name, one.role) for one in emulator.world.people.values()}
    assert names != {one.id: one.name for one in emulator.world.organisations.values()}
    for ticket in emulator.world.tickets.values():
        changes = [event for audit in ticket.audits for event in audit.events if event.field == "status"]
        assert changes[-1].value == ticket.status


def test_profiles_are_switched_over_the_stage_door_and_at_the_start(url: str, stage: Stage) -> None:
    told = httpx.post(f"{url}/_stage/faults", json={"profiles": ["errors", "drift"], "rate": 0, "budget": 5})
    assert told.status_code == 200
    nothing = {"struck": 0, "left": 5}
    assert httpx.get(f"{url}/_stage/strikes").json() == {"errors": nothing, "drift": nothing}
    assert "profiles are limits" in httpx.post(f"{url}/_stage/faults", json={"profiles": ["flood"]}).json()["error"]
    stage.heal()
    assert stage.strikes() == {}
    assert set(Emulator(tickets=0, profiles=["slow", "cut"]).stage.strikes()) == {"slow", "cut"}


class Reader:
    """Reads all tickets and their audits, again and again, whatever happens to a single call."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._cursor: str | None = None
        self.tickets: dict[int, dict[str, Any]] = {}
        self.audits: dict[int, int] = {}

    def read(self) -> None:
        for page in self._pages():
            for row in page["tickets"]:
                self.tickets[row["id"]] = row
        start = 0
        while True:
            page = self._got("incremental/ticket_events", start_time=start, per_page=50)
            self.audits.update({one["id"]: one["ticket_id"] for one in page["ticket_events"]})
            start = page["end_time"] or start
            if page["end_of_stream"]:
                return

    def _pages(self) -> Iterator[dict[str, Any]]:
        while True:
            first = {"start_time": 0} if self._cursor is None else {"cursor": self._cursor}
            page = self._got("incremental/tickets/cursor", per_page=10, **first)
            self._cursor = page["after_cursor"] or self._cursor
            yield page
            if page["end_of_stream"]:
                return

    def _got(self, path: str, **params: object) -> dict[str, Any]:
        for _ in range(100):
            try:
                answer = self._http.get(path, params=params)
                if answer.status_code == 200:
                    return dict(answer.json())
            except (httpx.TransportError, json.JSONDecodeError):
                continue
        pytest.fail(f"{path} never answers")


@pytest.mark.parametrize("names", [*([one] for one in PROFILES), list(PROFILES)], ids="+".join)
def test_a_patient_reader_ends_with_the_truth(http: httpx.Client, stage: Stage, names: list[str]) -> None:
    stage.faults(names, longest=1)
    reader = Reader(http)
    for _ in range(4):
        reader.read()
        stage.advance(61)
    stage.heal()
    reader.read()
    truth = stage.truth()["tickets"]
    without_links = {number: {**row, "url": ""} for number, row in reader.tickets.items()}
    assert without_links == {one["ticket"]["id"]: {**one["ticket"], "url": ""} for one in truth}
    assert reader.audits == {audit["id"]: one["ticket"]["id"] for one in truth for audit in one["audits"]}
