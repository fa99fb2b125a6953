from typing import Any

import pytest

from core.errors import StoreError
from core.ports import Checkpoint, LaneKind, SetAside
from core.store import Store, copy, findings, lanes, revisions, runs, tables
from core.tickets import Label, NativeClock, Organisation, Rating, Says, Team

COPIED = {
    "connection", "coverage", "event", "field", "label", "lane", "mention", "native_clock", "organisation", "person",
    "person_role", "rating", "revision", "set_aside", "team", "ticket",
}  # fmt: skip


def _fill(desk: Any) -> None:
    desk.add(
        *(desk.ticket(str(n), status="open", tags=("a", "b"), own={"due": None, "state": "met"}) for n in range(20)),
        *(desk.event(str(n), f"e{n}", n, status="open", author="eva") for n in range(25)),
        desk.person("eva", "agent", 5),
        Organisation("o1", "Acme"),
        Team("t1", "Desk"),
        Label("brand", "b1", "Brand"),
        Rating("9", "1", "good", desk.at(3), "eva"),
        NativeClock("7", "1", "reply_time", 1, Says.TARGET, desk.at(1), 60, True, "Gold"),
        complete=[desk.covers("1", 20)],
        set_aside=[SetAside("events", "9", "no date", "0" * 64)],
    )
    desk.add(desk.event("3", "late", 1), desk.event("2", "x", 1), complete=[desk.covers("4", 100)])
    desk.judge_all()
    with desk.store.unit() as tx:
        lanes.open_lane(
            tx, desk.id, "events", LaneKind.LIVE, Checkpoint("c"), carries_history=True, start_at=None, until_at=None
        )
        revisions.apply(tx, applied_at=desk.at(0), author="me", content="{}")
        findings.note(tx, "desk", "x", "y", "z", desk.at(0))
        runs.begin(tx, "sync", desk.id, "", desk.at(0))
        tx.execute(tables.ticket.update().values(phase="open", next_check_at=desk.at(1), parked_at=desk.at(1)))
        tx.execute(tables.field.update().values(wanted=True, desired="d", sent="s", sent_at=desk.at(1)))
        first = desk.row("1").id
        tx.execute(tables.field.insert().values(ticket_id=first, slot="policy", wanted=True, desired="gold"))


@pytest.mark.parametrize("to", ["sqlite_stores", "postgresql_stores"])
def test_all_facts_and_nothing_else_are_copied(
    desk: Any, to: str, request: pytest.FixtureRequest, pictured: Any
) -> None:
    _fill(desk)
    target: Store = request.getfixturevalue(to)()
    copy.facts_to(desk.store, target)
    with desk.store.view() as old, target.view() as new:
        filled = {name for name, table in tables.metadata.tables.items() if new.execute(table.select()).first()}
        assert filled == COPIED
        before, after = pictured(old, desk.id), pictured(new, desk.id)
        for table in (
            tables.lane, tables.revision, tables.connection, tables.event, tables.rating, tables.native_clock
        ):  # fmt: skip
            in_order = table.select().order_by(*table.primary_key)
            assert new.execute(in_order).all() == old.execute(in_order).all()
        tickets = new.execute(tables.ticket.select()).all()
        fields = new.execute(tables.field.select()).all()
    assert [row for row in before["8"] if row[1] != "policy"] == after["8"]
    assert {**before, "8": after["8"]} == after
    assert {
        (row.input_version, row.evaluated_version, row.phase, row.next_check_at, row.parked_at, row.parked_reason)
        for row in tickets
    } == {(1, 0, None, None, None, "")}
    assert {(row.wanted, row.desired, row.sent, row.sent_at, row.urgency) for row in fields} == {
        (False, None, None, None, 9)
    }


def test_the_copy_goes_on_with_new_numbers_and_knows_what_it_has(desk: Any, stores: Any) -> None:
    _fill(desk)
    target = stores()
    copy.facts_to(desk.store, target)
    other = type(desk)(target, desk.id)
    assert other.add(desk.event("3", "late", 1), desk.ticket("3", status="open", tags=("a", "b"))).touched == set()
    assert other.add(desk.ticket("new"), desk.event("new", "e-new", 1)).events == 1
    assert len(other.rows(tables.ticket)) == len(desk.rows(tables.ticket)) + 1


def test_a_database_that_holds_something_is_no_target(desk: Any, stores: Any) -> None:
    target = stores()
    copy.facts_to(desk.store, target)
    with pytest.raises(StoreError, match="not empty"):
        copy.facts_to(desk.store, target)
    with pytest.raises(StoreError, match="db migrate"):
        copy.facts_to(desk.store, stores(empty=True))
