"""What the audit does not tell: holes in it, columns that it does not follow, rows that came late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors import Change
from connectors.servicenow.events import NEVER, Told, told
from connectors.servicenow.histories import Past
from connectors.servicenow.mapping import seen
from connectors.servicenow.shapes import stamp
from connectors.servicenow.values import Columns

START = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = "a" * 32
COLUMNS = Columns("incident", frozenset({"incident"}))


def row(count: int, column: str, old: str, new: str, hours: float | None = None) -> dict[str, Any]:
    return {
        "sys_id": f"{count:030}{column[:2]}",
        "tablename": "incident",
        "fieldname": column,
        "documentkey": ID,
        "oldvalue": old,
        "newvalue": new,
        "user": "ivo.petrak",
        "record_checkpoint": str(count),
        "sys_created_on": stamp(START + HOUR * (count if hours is None else hours)),
    }


def read(
    changes: list[dict[str, Any]],
    count: int = 9,
    past: dict[str, Any] | None = None,
    columns: Columns = COLUMNS,
    **now: str,
) -> Told:
    picture = {
        "sys_id": ID,
        "number": "INC1",
        "sys_class_name": "incident",
        "sys_created_on": stamp(START),
        "sys_updated_on": stamp(START + 9 * HOUR),
        "sys_mod_count": str(count),
        "state": "2",
        "hold_reason": "",
        "priority": "3",
        **now,
    }
    whole = replace(Past(changes, audited=True, heard=True), **(past or {}))
    return told(seen(picture, columns, "https://x", {}), whole, columns, lambda name: name)


def test_what_was_told_of_what_a_ticket_referred_to_before_nobody_knows() -> None:
    path = "caller_id.time_zone"
    columns = replace(COLUMNS, more=(path,))
    now = {"caller_id": "b" * 32, path: "US/Pacific"}
    assert columns.fields(now)[f"field:{path}"] == "US/Pacific"
    assert read([row(2, "state", "1", "2")], columns=columns, **now).gaps == {}
    found = read([row(2, "caller_id", "c" * 32, "b" * 32)], columns=columns, **now)
    assert found.gaps == {f"field:{path}": START + 2 * HOUR}
    assert [each.field for event in found.events for each in event.changes] == ["requester"]
    unknown = read([], past={"audited": False}, columns=columns, **now)
    assert unknown.gaps[f"field:{path}"] is None


def test_a_chain_that_leads_to_what_is_shown_has_no_gap() -> None:
    found = read(
        [
            row(1, "state", "1", "3"),
            row(1, "hold_reason", "", "1"),
            row(2, "state", "3", "2"),
            row(2, "hold_reason", "1", ""),
        ]
    )
    assert [each.changes for each in found.events] == [
        (Change("status", "incident/1", "incident/3/1"),),
        (Change("status", "incident/3/1", "incident/2"),),
    ]
    assert found.gaps == {}


def test_a_broken_chain_is_whole_since_it_goes_on_and_ends_as_it_says() -> None:
    found = read([row(1, "state", "1", "2"), row(3, "state", "6", "2")])
    assert found.gaps == {"status": START + 3 * HOUR}
    assert [each.changes[0].before for each in found.events] == ["incident/1", "incident/6"]


def test_an_update_that_only_ends_in_what_was_believed_is_told_all_the_same() -> None:
    found = read([row(1, "state", "1", "2"), row(3, "state", "6", "2")])
    assert found.events[-1].changes == (Change("status", "incident/6", "incident/2"),)


def test_a_hole_in_a_column_that_says_nothing_then_is_no_gap() -> None:
    # The reason to wait was cleared by something that is not audited, when nothing waited any more.
    found = read([row(1, "state", "1", "3"), row(1, "hold_reason", "", "1"), row(2, "state", "3", "2")])
    assert found.gaps == {}


def test_what_the_log_does_not_lead_to_is_seen_in_the_picture() -> None:
    found = read([row(1, "state", "1", "2")], state="6")
    (_, last) = found.events
    assert last.changes == (Change("status", "incident/2", "incident/6"),)
    assert (last.at, last.latest, last.actor) == (START + HOUR, START + 9 * HOUR, None)
    assert found.gaps == {"status": START + 9 * HOUR}


def test_a_log_that_is_ahead_of_the_picture_has_no_gap() -> None:
    found = read([row(1, "state", "1", "2"), row(10, "state", "2", "6")], count=9)
    assert found.gaps == {}
    assert len(found.events) == 2


def test_where_nothing_is_audited_every_column_is_followed_by_pictures() -> None:
    found = read([], past={"audited": False})
    assert found.events == ()
    assert {"status", "priority", "team"} <= found.gaps.keys()
    assert set(found.gaps.values()) == {None}


def test_what_nobody_tells_of_comments_is_never_known() -> None:
    assert read([], past={"heard": False}).gaps == {"comments": NEVER}


def test_values_of_the_insert_are_the_beginning_and_no_event() -> None:
    found = read([row(0, "state", "", "1"), row(1, "state", "1", "2")])
    assert [each.changes for each in found.events] == [(Change("status", "incident/1", "incident/2"),)]
    assert found.gaps == {}


def test_rows_without_a_number_are_updates_all_the_same() -> None:
    changes = [{**row(each, "state", str(each), str(each + 1)), "record_checkpoint": ""} for each in (1, 2)]
    assert len(read(changes, state="3").events) == 2


def test_a_row_that_comes_late_makes_another_event_of_its_update() -> None:
    first = read([row(1, "state", "1", "2")]).events[0]
    late = read([row(1, "state", "1", "2"), row(1, "priority", "4", "3")]).events[0]
    assert first.id != late.id
    assert len(late.changes) == 2


states = st.sampled_from(["1", "2", "3", "6"])


@given(st.lists(states, min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8), states)
def test_replaying_the_events_always_ends_in_what_is_shown_and_gaps_say_where_rows_are_missing(
    values: list[str], kept: list[bool], now: str
) -> None:
    way = [values[0]]
    for each in (*values[1:], now):
        way += [each] if each != way[-1] else []
    steps = [row(number, "state", *pair) for number, pair in enumerate(pairwise(way), 1)]
    shown = [each for each, good in zip(steps, kept, strict=False) if good]
    found = read(shown, count=len(steps), state=way[-1], hold_reason="")
    value = way[0] if not found.events else None
    for event in found.events:
        for change in event.changes:
            value = str(change.after).rpartition("/")[2]
    assert not found.events or value == way[-1]
    inner = [number for number, good in enumerate(kept[: len(steps)]) if good]
    told_whole = len(shown) == len(steps)
    if told_whole:
        assert found.gaps == {}
    elif inner and shown[0]["oldvalue"] == way[0]:
        chained = all(a["newvalue"] == b["oldvalue"] for a, b in pairwise(shown))
        assert bool(found.gaps) is not (chained and shown[-1]["newvalue"] == way[-1])
