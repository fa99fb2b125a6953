"""How many calls it takes: of a quiet round, and of what is shown on many tickets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors import Checkpoint, FieldName, FieldUpdate, Http, Limits, Outcome, Slot, open_client
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.emulator import KNOWN, Emulator, serve
from connectors.servicenow.settings import ServiceNowSettings

TABLES = ["incident", "sc_req_item", "sc_task"]


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


@pytest.fixture
def emulator() -> Emulator:
    emulator = Emulator(seed=1, tickets=150, start=datetime(2026, 3, 4, 10, 0, tzinfo=UTC))
    emulator.stage.batch_seconds(0.5)
    emulator.stage.advance(1200)
    return emulator


@contextmanager
def opened(emulator: Emulator) -> Iterator[tuple[ServiceNowConnector, Http]]:
    auth = httpx.BasicAuth(KNOWN.user, KNOWN.password)
    names = {Slot(slot): FieldName(id=name) for slot, name in emulator.column_names().items()}
    with serve(emulator) as url, open_client(url, auth=auth, sessions=True) as client:
        limits = Limits((), rate=(10**6, timedelta(seconds=1)))
        http = Http(client, limits, stop=Never(), now=lambda: datetime.now(UTC))
        told = {"method": "basic", "username": KNOWN.user, "password": "${SLAHUB_PASSWORD}"}
        settings = ServiceNowSettings.model_validate({"url": url, "auth": told, "scope": {"tables": TABLES}})
        yield ServiceNowConnector(http, settings, names), http


def read(connector: ServiceNowConnector) -> dict[str, Checkpoint]:
    """Read everything; return where each table goes on."""
    found = {}
    for table in TABLES:
        *_, last = connector.pull(table, connector.start(table, None))
        *_, last = connector.pull(table, last.checkpoint)
        found[table] = last.checkpoint
    return found


def wanted(emulator: Emulator, count: int) -> list[FieldUpdate]:
    """Return updates of tickets that are open, of all tables in turn."""
    rows = [[row.id for row in emulator.world.rows[table].values() if row["active"] == "true"] for table in TABLES]
    ids = [each for some in zip(*rows, strict=False) for each in some]
    ids += [each for each in rows[0] if each not in ids]
    assert len(ids) >= count
    return [FieldUpdate(each, {Slot.STATE: "on track", Slot.METRIC: "resolution"}) for each in ids[:count]]


def test_a_round_with_nothing_new_is_two_calls_for_each_table(emulator: Emulator) -> None:
    with opened(emulator) as (connector, http):
        checkpoints = read(connector)
        for table in TABLES:
            before = http.calls()
            assert [page.records for page in connector.pull(table, checkpoints[table])] == [()]
            assert http.calls() - before == 2


@pytest.mark.parametrize("after_reading", [True, False])
def test_tickets_are_written_twenty_at_a_time_and_where_they_are_is_asked_once_at_most(
    emulator: Emulator, after_reading: bool
) -> None:
    updates = wanted(emulator, 30)
    with opened(emulator) as (connector, http):
        if after_reading:
            read(connector)
        list(connector.write_back(updates[:1]))
        before = http.calls()
        found = list(connector.write_back(updates[1:]))
        calls = http.calls() - before
    assert {each.outcome for each in found} == {Outcome.SHOWN}
    assert calls == (2 if after_reading else 3), "ten, then twenty"
