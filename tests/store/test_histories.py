from typing import Any

import pytest
from sqlalchemy import event

from core.ports import Checkpoint, LaneKind
from core.sla.history import RoleSpan
from core.store import histories, lanes
from core.tickets import Label, Organisation, Team


def _load(desk: Any, *tickets: str) -> list[histories.Loaded]:
    with desk.store.view() as tx:
        return histories.load(tx, desk.id, [desk.row(each).id for each in tickets])


def _lane(
    desk: Any,
    kind: LaneKind,
    start: float | None,
    settled: float | None,
    stream: str = "events",
    *,
    history: bool = True,
) -> None:
    with desk.store.unit() as tx:
        row = lanes.open_lane(
            tx,
            desk.id,
            stream,
            kind,
            Checkpoint("c"),
            carries_history=history,
            start_at=None if start is None else desk.at(start),
            until_at=None,
        )
        if settled is not None:
            lanes.advance(tx, row.id, Checkpoint("d"), desk.at(settled), 1, None, desk.at(0))


def test_events_come_in_total_order_without_withdrawn_ones(desk: Any) -> None:
    desk.add(
        desk.ticket("1", status="open", tags=("a", "b"), gone=None),
        desk.event("1", "b", 5, order=1),
        desk.event("1", "a", 5, order=2),
        desk.event("1", "z", 5, order=1, stream="before"),
        desk.event("1", "a2", 5, order=1, tags=("x", "y"), status="open", author="eva"),
        desk.event("1", "first", 1),
        desk.event("1", "lost", 2),
        desk.event("2", "other", 1),
    )
    desk.add(desk.event("1", "first", 1), complete=[desk.covers("1", 3)])
    (loaded,) = _load(desk, "1")
    events = loaded.history.events
    assert [event.id for event in events] == ["first", "z", "a2", "b", "a"]
    assert events[2] == desk.event("1", "a2", 5, order=1, tags=("x", "y"), status="open", author="eva")
    assert loaded.history.ticket == desk.ticket("1", status="open", tags=("a", "b"), gone=None)


def test_tickets_without_a_picture_are_left_out_and_the_order_is_kept(desk: Any) -> None:
    desk.add(desk.ticket("1"), desk.event("2", "e", 1), desk.ticket("3"))
    assert [each.history.ticket.id for each in _load(desk, "3", "2", "1")] == ["3", "1"]


def test_many_tickets_are_read_with_few_queries(desk: Any) -> None:
    desk.add(*(desk.ticket(str(n)) for n in range(500)), *(desk.event(str(n), f"e{n}", 1) for n in range(500)))
    statements: list[str] = []
    with desk.store.view() as tx:
        event.listen(tx, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert len(histories.load(tx, desk.id, list(range(1, 501)))) == 500
    assert len(statements) == 4


@pytest.mark.parametrize(
    ("lanes_of", "covered", "horizon", "whole"),
    [
        ([], None, None, False),
        # created at 0, the live lane began before
        ([(LaneKind.LIVE, -10, 30)], None, 30, True),
        ([(LaneKind.LIVE, -10, None)], None, -10, True),
        # the live lane began after the creation: the backfill has to reach it
        ([(LaneKind.LIVE, 20, 30)], None, None, False),
        ([(LaneKind.LIVE, 20, 30), (LaneKind.BACKFILL, -100, 10)], None, 10, False),
        ([(LaneKind.LIVE, 20, 30), (LaneKind.BACKFILL, None, 20)], None, 30, True),
        ([(LaneKind.LIVE, 20, 30), (LaneKind.BACKFILL, 5, 20)], None, None, False),
        # a direct look
        ([(LaneKind.LIVE, 20, 30)], (None, 25), 30, True),
        ([(LaneKind.LIVE, 20, 30)], (None, 40), 40, True),
        ([(LaneKind.LIVE, 20, 30)], (None, 15), 15, False),
    ],
)
def test_how_far_a_history_is_known(
    sqlite_desk: Any,
    lanes_of: list[tuple[LaneKind, float | None, float | None]],
    covered: tuple[float | None, float] | None,
    horizon: float | None,
    whole: bool,
) -> None:
    desk = sqlite_desk
    for kind, start, settled in lanes_of:
        _lane(desk, kind, start, settled)
    complete = [] if covered is None else [desk.covers("1", covered[1], since=covered[0])]
    desk.add(desk.ticket("1"), complete=complete)
    (loaded,) = _load(desk, "1")
    assert loaded.history.horizon == (None if horizon is None else desk.at(horizon))
    assert loaded.history.whole_since == (desk.at(0) if whole else None)


def test_of_several_history_streams_the_one_that_is_furthest_behind_counts(sqlite_desk: Any) -> None:
    desk = sqlite_desk
    _lane(desk, LaneKind.LIVE, -10, 30)
    _lane(desk, LaneKind.LIVE, -10, 20, "changes")
    _lane(desk, LaneKind.LIVE, -10, 5, "tickets", history=False)
    _lane(desk, LaneKind.BACKFILL, None, 1, "open_tickets", history=False)
    desk.add(desk.ticket("1"), desk.ticket("2"), complete=[desk.covers("2", 40, stream="changes")])
    assert [each.history.horizon for each in _load(desk, "1", "2")] == [desk.at(20), desk.at(30)]


def test_role_spans_join_equal_neighbours_and_reach_back_to_the_beginning(desk: Any) -> None:
    for role, since in (("agent", 30), ("end-user", 10), ("agent", 20), ("end-user", 5), ("admin", 40)):
        desk.add(desk.person("eva", role, since))
    desk.add(desk.person("bot", "system"))
    with desk.store.view() as tx:
        people = histories.people(tx, desk.id, ["eva", "bot", "nobody"])
    assert people == {
        "eva": (RoleSpan(None, "end-user"), RoleSpan(desk.at(20), "agent"), RoleSpan(desk.at(40), "admin")),
        "bot": (RoleSpan(None, "system"),),
    }


@pytest.mark.parametrize("order", [1, -1])
def test_a_role_of_no_date_says_nothing_of_those_who_have_a_dated_one(desk: Any, order: int) -> None:
    for role, since in (("agent", 30), ("deleted", None))[::order]:
        desk.add(desk.person("eva", role, since))
    with desk.store.view() as tx:
        assert histories.people(tx, desk.id, ["eva"]) == {"eva": (RoleSpan(None, "agent"),)}


def test_names_are_found_by_field_and_value(desk: Any, open_desk: Any) -> None:
    desk.add(Organisation("7", "Acme"), Team("7", "Desk"), Label("brand", "7", "Brand"))
    open_desk(desk.store, "other").add(Organisation("7", "Other"))
    with desk.store.view() as tx:
        assert histories.labels(tx, desk.id) == {
            ("organisation", "7"): "Acme",
            ("team", "7"): "Desk",
            ("brand", "7"): "Brand",
        }
