"""A slot that is to be shown in another field of the helpdesk: looked at, held where it is much, and written there."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from connectors.zendesk import ZendeskConnector
from core.flows import configure
from core.flows.evaluate import Active
from core.ports import FieldName, LaneKind, Slot
from core.settings import Offer
from core.store import connections, deliveries, lists

OFFERS = {"zendesk": Offer(ZendeskConnector.settings, ZendeskConnector.mapping)}
FIELDS = {"state": "SLA state", "metric": "SLA metric"}


def put_into_force(bench, write_back: Mapping[str, object]) -> None:
    """Apply a configuration, and open the connection by it, as a running daemon does a moment later."""
    content = {
        "connections": {
            "desk": {
                "connector": "zendesk",
                "url": "https://desk.zendesk.com",
                "auth": {"method": "api_token", "email": "hub@desk.test", "api_token": "${SLAHUB_TOKEN}"},
                "mode": "live",
                "write_back": dict(write_back),
            }
        },
        "policies": [
            {"name": "all", "calendar": "always", "metrics": {"resolution": {"targets": {"other": "8h"}}}},
        ],
    }
    made = configure.apply(bench.store, content, OFFERS, author="admin", note="", now=bench.now)
    assert made.number is not None
    with bench.store.unit() as tx:
        connections.update(tx, bench.source.id, armed_at=bench.now.replace(year=2020))
    bench.active = Active(tuple(bench.rules(number) for number in range(1, made.number + 1)))


def reopen(bench) -> None:
    bench.source = replace(bench.source, revision=bench.active.revision, rests={}, failing={})


def written_once(make_bench, **settings: object):
    bench = make_bench(**settings)
    put_into_force(bench, FIELDS)
    reopen(bench)
    for key in "123":
        bench.ticket(key)
    bench.cycle()
    # What was written is exported once more.
    bench.cycle()
    assert len(bench.connector.writes) == 3
    return bench


def test_a_slot_that_is_given_another_field_is_written_there(make_bench) -> None:
    bench = written_once(make_bench)
    shown = bench.shown("1")["metric"]
    put_into_force(bench, {**FIELDS, "metric": "SLA policy"})
    bench.connector.show_elsewhere(metric=None)
    reopen(bench)
    bench.cycle()
    assert [dict(each.fields) for each in bench.connector.writes[3:]] == [{Slot.METRIC: shown}] * 3
    bench.cycle()
    assert len(bench.connector.writes) == 6


def test_a_field_that_shows_already_what_it_should_is_not_written(make_bench) -> None:
    bench = written_once(make_bench)
    put_into_force(bench, {**FIELDS, "metric": {"id": "12"}})
    reopen(bench)
    bench.cycle()
    assert bench.connector.asked["fetch"] == 1
    assert len(bench.connector.writes) == 3


def test_a_field_named_anew_after_a_while_is_looked_at(make_bench) -> None:
    bench = written_once(make_bench)
    for write_back in ({"state": "SLA state"}, {**FIELDS, "metric": "SLA policy"}):
        put_into_force(bench, write_back)
        bench.configure(write_back={Slot(slot): FieldName(title=name) for slot, name in write_back.items()})
        bench.connector.show_elsewhere(metric=None)
        reopen(bench)
        bench.cycle()
    assert [set(each.fields) for each in bench.connector.writes[3:]] == [{Slot.METRIC}] * 3


def test_another_field_for_very_many_tickets_waits_for_its_release(make_bench) -> None:
    bench = written_once(make_bench, at_once=2)
    put_into_force(bench, {**FIELDS, "metric": "SLA policy"})
    bench.connector.show_elsewhere(metric=None)
    reopen(bench)
    bench.cycle()
    assert len(bench.connector.writes) == 3
    with bench.store.unit() as tx:
        assert connections.get(tx, "desk").held == 3
        connections.update(tx, bench.source.id, released_revision=2)
    bench.cycle()
    assert len(bench.connector.writes) == 6


def test_other_connections_and_slots_stay_as_they_are(make_bench) -> None:
    bench = written_once(make_bench)
    put_into_force(bench, {**FIELDS, "metric": "SLA policy"})
    with bench.store.view() as tx:
        known = {(row.key, row.slot): row.known for row in lists.field_rows(tx, bench.source.id)}
    assert known == {(key, slot): slot != "metric" for key in "123" for slot in map(str, Slot)}


@pytest.mark.parametrize("flow", ["pull", "look", "answer"])
def test_what_is_under_way_by_the_old_configuration_is_not_taken_for_what_the_other_field_shows(
    make_bench, flow: str
) -> None:
    bench = written_once(make_bench)
    real = getattr(bench.connector, {"pull": "pull", "look": "fetch", "answer": "write_back"}[flow])

    def overtaken(*asked: object):
        found = real(*asked)
        found = found if flow == "look" else list(found)
        if bench.active.revision == 1:
            put_into_force(bench, {**FIELDS, "metric": "SLA policy"})
        return found

    setattr(bench.connector, real.__name__, overtaken)
    if flow == "pull":
        bench.act("1", "more", status="open")
        assert bench.pull(LaneKind.LIVE).stored == 0
    else:
        bench.act("1", "reply", reply=True)
        bench.pull()
        bench.judge()
        if flow == "look":
            with bench.store.unit() as tx:
                deliveries.postpone(tx, bench.source.id, ["1"], bench.now)
        bench.deliver()
    setattr(bench.connector, real.__name__, real)
    bench.connector.show_elsewhere(metric=None)
    reopen(bench)
    for _ in range(3):
        bench.pass_time(seconds=40)
        bench.cycle()
    assert all(bench.shown(key)["metric"] for key in "123")


def test_nothing_is_written_by_a_configuration_that_is_in_force_no_more(make_bench) -> None:
    bench = written_once(make_bench)
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    put_into_force(bench, {**FIELDS, "metric": "SLA policy"})
    bench.deliver()
    assert len(bench.connector.writes) == 3
