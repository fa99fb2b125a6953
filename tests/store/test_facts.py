import json
from typing import Any

import pytest
from sqlalchemy import Connection, Text, cast, select

from core.ports import SetAside
from core.store import facts, findings, tables
from core.tickets import Change, Comment, Event, Label, Organisation, Presence, Team


def test_a_page_is_stored_once_however_often_it_comes(desk: Any) -> None:
    page = (desk.ticket("1", status="open"), desk.event("1", "e1", 1, status="open"), desk.person("ben", "agent"))
    first = desk.add(*page)
    desk.judge_all()
    again = desk.add(*page)
    assert (first.tickets, first.events, first.people) == (1, 1, 1)
    assert (again.tickets, again.events, again.people, again.touched) == (0, 0, 0, frozenset())
    assert desk.waiting() == set()
    assert len(desk.rows(tables.event)) == 1


def test_an_event_may_come_before_its_ticket_and_for_one_that_never_comes(desk: Any) -> None:
    desk.add(desk.event("1", "e1", 1), desk.event("2", "e2", 1))
    assert [row.key for row in desk.rows(tables.ticket)] == [None, None]
    desk.add(desk.ticket("1"))
    assert [desk.row(each).key for each in "12"] == ["K-1", None]


def test_new_events_have_the_ticket_judged_again(desk: Any) -> None:
    desk.add(desk.ticket("1"), desk.ticket("2"))
    desk.judge_all()
    added = desk.add(desk.event("1", "e1", 1))
    assert desk.waiting() == {"1"}
    assert added.touched == {desk.row("1").id}


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({"status": "solved"}, True),
        ({"status": "open", "presence": Presence.DELETED}, True),
        ({"status": "open", "created": 1}, True),
        ({"status": "open"}, False),
        ({"status": "open", "own": {"due": "2026-05-11T18:00:00Z"}}, False),
    ],
)
def test_a_newer_picture_counts_when_the_engine_reads_what_changed(
    desk: Any, change: dict[str, Any], waits: bool
) -> None:
    desk.add(desk.ticket("1", 1, status="open"))
    desk.judge_all()
    desk.add(desk.ticket("1", 2, **change))
    assert desk.waiting() == ({"1"} if waits else set())
    assert desk.row("1").version == 2


def test_an_older_picture_replaces_nothing(desk: Any) -> None:
    desk.add(desk.ticket("1", 5, status="solved", own={"state": "met"}))
    desk.judge_all()
    desk.add(desk.ticket("1", 4, status="open", own={"state": "on track"}))
    row = desk.row("1")
    assert (row.version, row.source_values, desk.waiting()) == (5, {"status": "solved"}, set())
    assert [(each.shown, each.shown_version) for each in desk.rows(tables.field)] == [("met", 5)]


def test_versions_compare_as_numbers(desk: Any) -> None:
    desk.add(desk.ticket("1", 10**15, status="solved"), desk.ticket("1", 9 * 10**14, status="open"))
    assert desk.row("1").source_values == {"status": "solved"}


def test_what_stands_in_our_own_fields_is_kept_by_slot(desk: Any) -> None:
    desk.add(desk.ticket("1", 1, own={"due": None, "state": "on track"}))
    desk.add(desk.ticket("1", 2, own={"state": None}))
    rows = {row.slot: (row.known, row.shown, row.shown_version, row.wanted) for row in desk.rows(tables.field)}
    assert rows == {"due": (True, None, 1, False), "state": (True, None, 2, False)}


def test_events_that_a_complete_page_does_not_hold_are_withdrawn_and_come_back(desk: Any) -> None:
    kept, moved, later = desk.event("1", "e1", 1), desk.event("1", "e2", 2), desk.event("1", "e3", 50)
    other = desk.event("1", "x", 2, stream="other")
    desk.add(kept, moved, later, other, desk.ticket("1"))
    desk.judge_all()
    gone = desk.add(kept, complete=[desk.covers("1", 50)])
    assert (gone.withdrawn, gone.touched) == (1, {desk.row("1").id})
    assert {row.source_id: row.withdrawn_at for row in desk.rows(tables.event)} == {
        "e1": None,
        "e2": desk.at(1000),
        "e3": None,
        "x": None,
    }
    desk.judge_all()
    back = desk.add(kept, moved, complete=[desk.covers("1", 50)])
    assert (back.events, back.withdrawn, desk.waiting()) == (1, 0, {"1"})
    assert all(row.withdrawn_at is None for row in desk.rows(tables.event))


def test_only_events_inside_the_covered_stretch_are_withdrawn(desk: Any) -> None:
    desk.add(*(desk.event("1", f"e{minute}", minute) for minute in (9, 10, 19, 20)))
    desk.add(complete=[desk.covers("1", 20, since=10)])
    assert [row.source_id for row in desk.rows(tables.event) if row.withdrawn_at] == ["e10", "e19"]


def test_an_event_that_comes_with_another_content_stays_as_first_seen_and_is_reported(desk: Any) -> None:
    desk.add(desk.event("1", "e1", 1, status="open"))
    desk.judge_all()
    desk.add(desk.event("1", "e1", 1, status="closed"))
    (row,) = desk.rows(tables.event)
    assert row.changes == [["status", None, "open", False]]
    assert desk.waiting() == set()
    with desk.store.view() as tx:
        (found,) = findings.open_ones(tx, "desk")
    assert (found.code, found.subject) == ("event_differs", "events")
    assert "closed" not in found.text


def test_coverage_that_touches_is_joined(desk: Any) -> None:
    for since, until in ((10, 20), (20, 30), (5, 12), (11, 12)):
        desk.add(complete=[desk.covers("1", until, since=since)])
    (row,) = desk.rows(tables.coverage)
    assert (row.since, row.until) == (desk.at(5), desk.at(30))
    desk.add(complete=[desk.covers("1", 40)])
    (row,) = desk.rows(tables.coverage)
    assert (row.since, row.until) == (None, desk.at(40))


def test_of_coverage_that_does_not_touch_the_earlier_stays(desk: Any) -> None:
    desk.add(complete=[desk.covers("1", 20, since=10), desk.covers("1", 40, since=30)])
    (row,) = desk.rows(tables.coverage)
    assert (row.since, row.until) == (desk.at(10), desk.at(20))


def test_coverage_alone_has_nothing_judged_again(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    desk.judge_all()
    desk.add(complete=[desk.covers("1", 20)])
    assert desk.waiting() == set()


@pytest.mark.parametrize("how", [{"actor": "eva"}, {"actor": None, "author": "eva"}])
def test_a_person_who_becomes_known_has_the_tickets_judged_that_they_acted_on(desk: Any, how: dict[str, Any]) -> None:
    desk.add(desk.ticket("1"), desk.event("1", "e1", 1, **how), desk.ticket("2"), desk.event("2", "e2", 1))
    desk.judge_all()
    added = desk.add(desk.person("eva", "end-user", 0))
    assert desk.waiting() == {"1"}
    assert added.touched == {desk.row("1").id}


def test_only_a_role_that_means_something_new_has_tickets_judged_again(desk: Any) -> None:
    desk.add(desk.ticket("1"), desk.event("1", "e1", 5, actor="eva"), desk.person("eva", "agent", 10))
    desk.judge_all()
    desk.add(desk.person("eva", "agent", 20, name="Eva Maria"))
    assert desk.waiting() == set()
    assert [row.name for row in desk.rows(tables.person)] == ["Eva Maria"]
    desk.add(desk.person("eva", "end-user", 30))
    assert desk.waiting() == {"1"}


def test_an_older_picture_of_a_person_does_not_change_the_name(desk: Any) -> None:
    desk.add(desk.person("eva", "agent", 20, name="new"))
    desk.add(desk.person("eva", "end-user", 10, name="old"))
    assert [row.name for row in desk.rows(tables.person)] == ["new"]
    assert {row.since: row.role for row in desk.rows(tables.person_role)} == {
        desk.at(10): "end-user",
        desk.at(20): "agent",
    }


def test_a_renamed_organisation_or_team_has_its_tickets_judged_again(desk: Any) -> None:
    desk.add(
        desk.ticket("1", organisation="o1"),
        desk.ticket("2", team="t1"),
        desk.ticket("3"),
        desk.event("4", "e4", 1, organisation="o1"),
        Organisation("o1", "Acme"),
        Team("t1", "Desk"),
    )
    desk.judge_all()
    desk.add(Organisation("o1", "Acme"), Team("t1", "Desk", active=False))
    assert desk.waiting() == set()
    desk.add(Organisation("o1", "Acme Inc"))
    assert desk.waiting() == {"1", "4"}
    desk.add(Team("t1", "Service desk"))
    assert desk.waiting() == {"1", "2", "4"}


def test_a_changed_label_has_the_tickets_judged_again_that_show_it(desk: Any) -> None:
    desk.add(desk.ticket("1", brand="b1"), desk.ticket("2", tags=("x", "y")), desk.ticket("3", brand="b2"))
    desk.judge_all()
    desk.add(Label("brand", "b1", "Brand one"), Label("tags", "y", "Why"))
    assert desk.waiting() == {"1", "2"}
    desk.judge_all()
    desk.add(Label("brand", "b1", "Brand one", category="other"))
    assert desk.waiting() == set()


def test_set_aside_records_are_kept_once(desk: Any) -> None:
    for reason in ("no id", "no date"):
        desk.add(set_aside=[SetAside("", "7", reason, "0" * 64)], stream="tickets")
    (row,) = desk.rows(tables.set_aside)
    assert (row.stream, row.source_id, row.reason) == ("tickets", "7", "no date")


def test_two_connections_do_not_mix(desk: Any, open_desk: Any) -> None:
    other = open_desk(desk.store, "other")
    desk.add(desk.ticket("1"), desk.event("1", "e1", 1))
    other.add(other.event("1", "e1", 1, status="open"), complete=[other.covers("1", 20)])
    assert [(row.connection_id, row.withdrawn_at) for row in desk.rows(tables.event)] == [
        (desk.id, None),
        (other.id, None),
    ]


def _store_and_fail(tx: Connection, desk: Any) -> None:
    added = facts.add(tx, desk.id, records=[desk.ticket("1"), desk.event("1", "e1", 1)], seen_at=desk.at(0))
    assert added.tickets == 0


def test_a_failing_unit_leaves_nothing_of_its_page(desk: Any) -> None:
    with pytest.raises(AssertionError), desk.store.unit() as tx:
        _store_and_fail(tx, desk)
    assert desk.rows(tables.ticket) == desk.rows(tables.event) == []


BROKEN = "caf\u00e9 \0 \ud83d \U0001f600"
MENDED = "caf\u00e9  ? \U0001f600"


def test_text_that_databases_refuse_is_mended(desk: Any) -> None:
    desk.add(
        desk.ticket("1", subject=BROKEN, tags=(BROKEN,), own={"state": BROKEN}),
        Event("1", "events", BROKEN, desk.at(1), 0, BROKEN, (Change("x", BROKEN, None),), (Comment("c", None, True),)),
        desk.person(BROKEN, "agent", name=BROKEN),
        Organisation(BROKEN, BROKEN),
        set_aside=[SetAside("s", BROKEN, BROKEN, "0")],
    )
    assert desk.row("1").source_values == {"subject": MENDED, "tags": [MENDED]}
    (row,) = desk.rows(tables.event)
    assert (row.source_id, row.actor, row.changes) == (MENDED, MENDED, [["x", MENDED, None, False]])
    desk.judge_all()
    desk.add(desk.ticket("1", subject=BROKEN, tags=(BROKEN,)))
    assert desk.waiting() == set()


def test_json_is_stored_compact_and_the_same_on_both_databases(desk: Any) -> None:
    desk.add(desk.event("1", "e1", 1, status="open", tags=("a", "b"), author="eva"))
    with desk.store.view() as tx:
        changes, comments = tx.execute(
            select(cast(tables.event.c.changes, Text), cast(tables.event.c.comments, Text))
        ).one()
    assert json.loads(changes) == [["status", None, "open", False], ["tags", None, ["a", "b"], False]]
    assert " " not in changes
    assert comments == '[["ce1","eva",true,false]]'
