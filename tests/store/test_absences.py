"""Tickets that a source shows no more: their last picture stays, with what is told of them."""

from typing import Any

from core.store import tables
from core.tickets import Absence, Presence


def _gone(desk: Any, ticket: str, version: int, minutes: float = 50) -> Absence:
    return Absence(ticket, Presence.TRASHED, version, desk.at(minutes), {"status": "deleted"})


def test_the_last_picture_stays_with_what_is_told(desk: Any) -> None:
    desk.add(desk.ticket("1", 3, status="open", tags=("a", "b"), own={"due": "soon"}))
    desk.judge_all()
    desk.add(_gone(desk, "1", 5))
    row = desk.row("1")
    assert (row.presence, row.version, row.updated_at) == ("trashed", 5, desk.at(50))
    assert row.source_values == {"status": "deleted", "tags": ["a", "b"]}
    assert desk.waiting() == {"1"}
    assert [(each.shown, each.shown_version) for each in desk.rows(tables.field)] == [("soon", 3)]
    desk.judge_all()
    assert desk.add(_gone(desk, "1", 5)).touched == frozenset()


def test_a_picture_of_the_same_page_comes_first(desk: Any) -> None:
    desk.add(_gone(desk, "1", 5), desk.ticket("1", 3, status="solved", own={"due": "soon"}))
    assert (desk.row("1").presence, desk.row("1").source_values) == ("trashed", {"status": "deleted"})


def test_an_absence_older_than_the_picture_says_nothing(desk: Any) -> None:
    desk.add(desk.ticket("1", 7, status="open"))
    desk.add(_gone(desk, "1", 5))
    assert (desk.row("1").presence, desk.row("1").version) == ("present", 7)


def test_a_ticket_that_was_never_seen_stays_unseen(desk: Any) -> None:
    desk.add(_gone(desk, "1", 5))
    assert desk.rows(tables.ticket) == []
    desk.add(desk.event("2", "e", 1), _gone(desk, "2", 5))
    assert (desk.row("2").key, desk.row("2").presence) == (None, "present")
