"""Outages: the last word on each holds, and one that is gone is told apart from one that never was."""

from typing import Any

from core.store import outages
from core.tickets import Outage, OutageKind, OutageWithdrawn


def every(desk: Any) -> list[tuple[Outage, bool]]:
    with desk.store.view() as tx:
        return [(each.outage, each.withdrawn_at is not None) for each in outages.every(tx)]


def test_the_last_word_on_an_outage_holds(desk: Any) -> None:
    lasting = Outage("9", OutageKind.OUTAGE, desk.at(0), None, ("erp",))
    over = Outage("9", OutageKind.DEGRADATION, desk.at(0), desk.at(30), ("erp", "mail"), ("1",))
    desk.add(lasting)
    desk.add(over)
    desk.add(over)
    assert every(desk) == [(over, False)]


def test_an_outage_that_is_withdrawn_stays_on_record_and_may_come_back(desk: Any) -> None:
    down = Outage("9", OutageKind.PLANNED, desk.at(0), desk.at(30))
    desk.add(OutageWithdrawn("9", desk.at(40)))
    assert every(desk) == []
    desk.add(down)
    desk.add(OutageWithdrawn("9", desk.at(40)))
    assert every(desk) == [(down, True)]
    desk.add(down)
    assert every(desk) == [(down, False)]


def test_outages_of_two_connections_are_told_apart(desk: Any, open_desk: Any) -> None:
    other = open_desk(desk.store, "other")
    desk.add(Outage("9", OutageKind.OUTAGE, desk.at(0), None))
    other.add(Outage("9", OutageKind.OUTAGE, desk.at(5), None))
    with desk.store.view() as tx:
        assert [each.connection for each in outages.every(tx)] == ["other", "desk"]
        assert [each.outage.began_at for each in outages.every(tx, "other")] == [desk.at(5)]


def test_an_outage_has_no_ticket_judged(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    desk.judge_all()
    added = desk.add(Outage("9", OutageKind.OUTAGE, desk.at(0), None, (), ("1", "2")))
    assert (added.touched, desk.waiting()) == (frozenset(), set())
