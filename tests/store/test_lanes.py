from typing import Any

from core.ports import Checkpoint, LaneKind
from core.store import lanes
from core.store.lanes import LaneRow


def _open(desk: Any, stream: str = "events", cursor: str = "first") -> LaneRow:
    with desk.store.unit() as tx:
        return lanes.open_lane(
            tx,
            desk.id,
            stream,
            LaneKind.BACKFILL,
            Checkpoint(cursor, 2),
            carries_history=True,
            start_at=None,
            until_at=desk.at(60),
        )


def _get(desk: Any) -> LaneRow:
    with desk.store.view() as tx:
        row = lanes.get(tx, desk.id, "events", LaneKind.BACKFILL)
    assert row is not None
    return row


def test_a_lane_that_exists_stays_as_it_is_when_opened_again(desk: Any) -> None:
    first = _open(desk)
    assert _open(desk, cursor="second") == first == _get(desk)
    assert first.checkpoint == Checkpoint("first", 2)
    assert (first.kind, first.start_at, first.until_at) == (LaneKind.BACKFILL, None, desk.at(60))


def test_what_is_settled_never_goes_back(desk: Any) -> None:
    row = _open(desk)
    for cursor, settled in (("a", 10), ("b", 5), ("c", None), ("d", 20), ("e", 19)):
        with desk.store.unit() as tx:
            until = None if settled is None else desk.at(settled)
            lanes.advance(tx, row.id, Checkpoint(cursor), until, 7, None, desk.at(1))
    after = _get(desk)
    assert (after.checkpoint, after.settled_until) == (Checkpoint("e", 1), desk.at(20))


def test_a_page_ends_a_pause_and_keeps_the_known_total(desk: Any) -> None:
    row = _open(desk)
    with desk.store.unit() as tx:
        lanes.advance(tx, row.id, Checkpoint("a"), None, 10, 500, desk.at(1))
        lanes.postpone(tx, row.id, desk.at(9))
    assert _get(desk).not_before == desk.at(9)
    with desk.store.unit() as tx:
        lanes.advance(tx, row.id, Checkpoint("b"), None, 20, None, desk.at(2))
        lanes.finish(tx, row.id, desk.at(3))
    after = _get(desk)
    assert (after.read, after.total, after.not_before) == (20, 500, None)
    assert (after.last_run_at, after.finished_at) == (desk.at(2), desk.at(3))


def test_lanes_are_listed_by_connection_in_the_order_of_opening(desk: Any, open_desk: Any) -> None:
    other = open_desk(desk.store, "other")
    for each, stream in ((desk, "z"), (other, "m"), (desk, "a")):
        _open(each, stream)
    with desk.store.view() as tx:
        assert [row.stream for row in lanes.every(tx, desk.id)] == ["z", "a"]
        assert lanes.get(tx, desk.id, "m", LaneKind.BACKFILL) is None
