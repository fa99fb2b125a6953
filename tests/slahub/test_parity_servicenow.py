"""slahub report parity over a ServiceNow, whose floating schedules go by each caller's time zone."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.servicenow.emulator import KNOWN, Emulator, serve

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
ZONE = "caller_id.time_zone"
FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  now:
    connector: servicenow
    url: "{url}"
    auth: {{method: oauth_client, client_id: "{client}", client_secret: "file:secret"}}
    budget: 100%
    backfill: {{since: null}}
    scope: {{tables: [incident, sc_req_item]}}
    columns: {columns}
"""
Rows = list[dict[str, Any]]


class Hub:
    """A hub that promises what an instance promises, after one whole cycle."""

    def __init__(self, call: Callable[..., Any], folder: Path, emulator: Emulator, *columns: str) -> None:
        (folder / "secrets").mkdir(mode=0o700, parents=True)
        (folder / "secrets" / "secret").write_text(KNOWN.client_secret)
        (folder / "secrets" / "secret").chmod(0o600)
        with serve(emulator) as url:
            text = FOLDER.format(url=url, client=KNOWN.client_id, columns=list(columns))
            (folder / "hub.yaml").write_text(text)
            assert call(folder, "init", "--from", "now").status == 0
            assert call(folder, "run", "--once").status == 0
            said = call(folder, "report", "parity", "--json")
        assert (said.status, said.err) == (0, "")
        self.policies = (folder / "policies.from-now.yaml").read_text("utf-8")
        self.sessions = emulator.stage.sessions()
        self.calls = sum(emulator.calls.doc()["calls"].values())
        self.rows: Rows = [row for row in said.rows if row["part"] == "clock"]

    def theirs(self, ticket: str = "") -> Rows:
        return [row for row in self.rows if "native_started_at" in row and ticket in ("", row["key"])]

    def causes(self) -> Counter[str]:
        return Counter(row["cause"] for row in self.rows if row.get("agrees") is False)


def instance(**more: Any) -> Emulator:
    """Return one that tells the hub its own time zone, which few accounts may read."""
    emulator = Emulator(start=START, **more)
    emulator.stage.acl("sys_properties", "rows")
    emulator.stage.advance(1200)
    return emulator


def shares(rows: Rows) -> dict[str, float]:
    """Return by word of theirs which part agrees, of those clocks of which it can be told."""
    decided = [row for row in rows if "agrees" in row]
    told = Counter(row["native_metric"] for row in decided)
    agree = Counter(row["native_metric"] for row in decided if row["agrees"])
    return {word: agree[word] / count for word, count in told.items()}


@pytest.fixture(scope="module", params=[1, 2])
def hub(request: pytest.FixtureRequest, call: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Hub:
    folder = tmp_path_factory.mktemp("parity") / "hub"
    return Hub(call, folder, instance(seed=request.param, tickets=150), ZONE)


def test_nearly_every_clock_agrees_to_the_minute(hub: Hub) -> None:
    theirs = hub.theirs()
    assert len(theirs) > 120
    found = shares(theirs)
    assert found.keys() == {"SLA resolution", "SLA response"}
    assert min(found.values()) > 0.95
    assert all(abs(row["difference_seconds"]) <= 60 for row in theirs if row.get("agrees"))
    assert sum(row.get("native_policy") == "Priority 4 and 5 resolution" for row in theirs if row.get("agrees")) > 20
    assert sum(row.get("native_policy") == "Requested item" for row in theirs if row.get("agrees")) > 5


def test_calls_go_on_in_the_sessions_that_are_there(hub: Hub) -> None:
    assert hub.calls > 100
    assert hub.sessions < hub.calls / 20


def test_what_differs_is_a_clock_that_begins_anew_on_one_side_only(hub: Hub) -> None:
    """A clock that its policy gave up is none here, and one definition for two priorities knows no change of them."""
    assert set(hub.causes()) <= {"another_cycle", "pause", "pause_or_calendar"}
    beginning = {row["key"] for row in hub.rows if row.get("cause") == "another_cycle"}
    assert {row["key"] for row in hub.rows if row.get("agrees") is False} == beginning
    undecided = Counter(row["cause"] for row in hub.theirs() if "agrees" not in row)
    assert set(undecided) <= {"still_ongoing", "not_confirmed_yet"}


def test_without_the_caller_s_zone_the_hub_promises_nothing_by_it_and_says_what_to_write(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    hub = Hub(call, tmp_path / "hub", instance(seed=1, tickets=150))
    assert f"Write `columns: [{ZONE}]`" in re.sub(r"\s+# ", " ", hub.policies)
    alone = [row for row in hub.theirs() if row.get("cause") == "no_clock"]
    assert {row["native_policy"] for row in alone} >= {"Priority 4 and 5 resolution", "Requested item"}
    followed = [row for row in hub.theirs() if row not in alone]
    assert len(followed) > 70
    assert min(shares(followed).values()) > 0.8
    assert set(hub.causes()) == {"no_clock", "another_cycle"}


def test_clocks_that_attach_late_or_reach_back_are_due_when_ours_are(call: Callable[..., Any], tmp_path: Path) -> None:
    """The engine that runs beside the saves is seconds late; a definition may count from the ticket's opening."""
    emulator = instance(seed=1, tickets=0)
    stage = emulator.stage
    stage.configure("com.snc.sla.engine.async", "true")
    plain, raised, worked = (stage.new_ticket(impact=2, urgency=2) for _ in range(3))
    stage.advance(300)
    stage.hold(raised)
    stage.advance(1800)
    stage.edit(raised, {"state": "2", "hold_reason": ""})
    stage.advance(3600)
    stage.edit(raised, {"impact": "1", "urgency": "1"})
    stage.start_work(worked)
    stage.advance(600)
    stage.resolve(worked)
    stage.advance(900)
    numbers = {each: emulator.world.rows["incident"][each]["number"] for each in (plain, raised, worked)}
    hub = Hub(call, tmp_path / "hub", emulator, ZONE)
    for each in (plain, worked):
        assert [row["agrees"] for row in hub.theirs(numbers[each])] == [True, True]
    (reaching,) = [row for row in hub.theirs(numbers[raised]) if "Priority 1 resolution" in row["native_policy"]]
    assert reaching["agrees"]
    late = {abs(row["difference_seconds"]) for row in hub.theirs() if row.get("agrees")}
    assert max(late) <= 5
