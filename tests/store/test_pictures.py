"""Fields of which a source keeps no log are followed by comparing pictures."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.ports import PICTURES, Checkpoint, LaneKind
from core.store import copy, histories, lanes
from core.tickets import Change, Ticket


def shown(
    desk: Any, version: int, minutes: float, gaps: dict[str, datetime | None] | None = None, **values: Any
) -> Ticket:
    told = {"status": None} if gaps is None else gaps
    return replace(desk.ticket("1", version, **values), updated_at=desk.at(minutes), gaps=told)


def loaded(desk: Any) -> Any:
    with desk.store.view() as tx:
        return histories.load(tx, desk.id, [desk.row("1").id])[0].history


def test_what_is_different_happened_between_two_pictures(desk: Any) -> None:
    desk.add(shown(desk, 1, 10, status="open", priority="low"))
    desk.add(shown(desk, 2, 30, status="solved", priority="high"))
    (event,) = loaded(desk).events
    assert (event.stream, event.at, event.latest) == (PICTURES, desk.at(10), desk.at(30))
    # The priority is told by the source's own log.
    assert event.changes == (Change("status", "open", "solved"),)


def test_it_happened_after_all_that_was_seen_before(desk: Any) -> None:
    with desk.store.unit() as tx:
        lane = lanes.open_lane(
            tx,
            desk.id,
            "events",
            LaneKind.LIVE,
            Checkpoint("c"),
            carries_history=True,
            start_at=desk.at(0),
            until_at=None,
        )
        lanes.advance(tx, lane.id, Checkpoint("d"), desk.at(25), 1, None, desk.at(0))
    desk.add(shown(desk, 1, 10, status="open"))
    desk.add(shown(desk, 2, 30, status="solved"))
    assert loaded(desk).events[0].at == desk.at(25)


def test_repeats_and_older_pictures_make_no_event(desk: Any) -> None:
    first, second = shown(desk, 1, 10, status="open"), shown(desk, 2, 30, status="solved")
    for each in (first, second, first, second, first):
        desk.add(each)
    assert len(loaded(desk).events) == 1


def test_pictures_of_one_page_are_compared_as_well(desk: Any) -> None:
    desk.add(shown(desk, 1, 10, status="open"), shown(desk, 3, 40, status="open"), shown(desk, 2, 30, status="solved"))
    assert [each.changes[0].after for each in loaded(desk).events] == ["solved", "open"]


def test_such_a_field_is_known_since_the_first_picture(desk: Any) -> None:
    desk.add(shown(desk, 1, 10, status="open"))
    desk.add(shown(desk, 2, 30, status="solved"))
    assert loaded(desk).gaps == {"status": desk.at(10)}


def test_a_field_that_was_told_until_now_has_no_gap(desk: Any) -> None:
    desk.add(shown(desk, 1, 10, {}, status="open"))
    desk.add(shown(desk, 2, 30, status="solved"))
    assert loaded(desk).gaps == {"status": desk.at(0)}
    assert len(loaded(desk).events) == 1


def test_what_belongs_to_the_making_of_a_ticket_leaves_no_gap(desk: Any) -> None:
    desk.add(shown(desk, 1, 0.5, status="open"))
    assert loaded(desk).gaps == {"status": desk.at(0)}


def test_a_hole_in_the_log_is_kept_as_long_as_it_is_told_and_judged_anew(desk: Any) -> None:
    desk.add(shown(desk, 1, 10, {"status": desk.at(5)}, status="open"))
    assert loaded(desk).gaps == {"status": desk.at(5)}
    desk.judge_all()
    desk.add(shown(desk, 2, 30, {}, status="open"))
    assert (loaded(desk).gaps, desk.waiting()) == ({}, {"1"})


def test_a_copy_of_the_facts_knows_the_gaps(desk: Any, stores: Any) -> None:
    desk.add(shown(desk, 1, 10, status="open"))
    target = stores()
    copy.facts_to(desk.store, target)
    with target.view() as tx:
        assert histories.load(tx, 1, [1])[0].history.gaps == {"status": desk.at(10)}
