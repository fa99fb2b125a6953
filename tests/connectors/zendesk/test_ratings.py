"""Satisfaction ratings: a list by when each was changed, read again from a little before its last reading."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors import Checkpoint, Rating


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "ticket_id": 8, "score": "good", "updated_at": "2026-03-02T11:00:00Z", "requester_id": 601,
        "assignee_id": None, "group_id": 11, "comment": "private words", **more,
    }  # fmt: skip


def answered(rows: list[dict[str, Any]], after: str = "") -> httpx.Response:
    meta = {"has_more": bool(after), "after_cursor": after or "end"}
    return httpx.Response(200, json={"satisfaction_ratings": rows, "meta": meta})


def test_a_rating_is_kept_without_what_was_written_about_it(desk: Any) -> None:
    desk.answers["satisfaction_ratings"] = [answered([row(33), row(34, updated_at="soon")])]
    connector = desk.connector({})
    (page,) = connector.pull("ratings", connector.start("ratings", None))
    assert page.records == (Rating("33", "8", "good", datetime(2026, 3, 2, 11, tzinfo=UTC), "601", None, "11"),)
    assert [each.source_id for each in page.set_aside] == ["34"]
    assert "private" not in repr(page)


def test_a_list_that_is_read_in_parts_goes_on_and_moves_only_at_its_end(desk: Any) -> None:
    desk.answers["satisfaction_ratings"] = [answered([row(1)], "abc"), answered([row(2)], "def"), answered([row(3)])]
    asked: list[dict[str, str]] = []
    desk.before = lambda request: asked.append(dict(request.url.params))
    connector = desk.connector({})
    first = next(connector.pull("ratings", connector.start("ratings", desk.now)))
    *_, last = desk.connector({}).pull("ratings", first.checkpoint)
    began = str(int(desk.now.timestamp()))
    assert [(each["start_time"], each.get("page[after]")) for each in asked] == [
        (began, None), (began, "abc"), (began, "def"),
    ]  # fmt: skip
    assert last.settled_until is not None
    assert last.settled_until <= desk.now
    desk.answers["satisfaction_ratings"] = [answered([])]
    (again,) = desk.connector({}).pull("ratings", last.checkpoint)
    assert again.checkpoint == last.checkpoint


def test_a_list_whose_cursor_is_refused_is_read_anew(desk: Any) -> None:
    refused = httpx.Response(400, json={"error": "InvalidPaginationParameter", "description": "page[after]"})
    desk.answers["satisfaction_ratings"] = [answered([row(1)], "abc"), refused, answered([row(1), row(2)])]
    connector = desk.connector({})
    pages = list(connector.pull("ratings", connector.start("ratings", None)))
    assert [[each.id for each in page.records] for page in pages] == [["1"], ["1", "2"]]


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_without_ratings_is_noted_once(desk: Any, status: int) -> None:
    desk.answers["satisfaction_ratings"] = [httpx.Response(status, json={"error": {"title": "Forbidden"}})]
    probe = desk.connector().probe()
    assert (probe.problems, probe.notes) == (
        (),
        ("no satisfaction ratings: this account or this role does not have them",),
    )


def test_a_checkpoint_of_another_stream_is_refused(desk: Any) -> None:
    from connectors import SourceError

    with pytest.raises(SourceError, match="not a checkpoint"):
        list(desk.connector({}).pull("ratings", Checkpoint("at:0")))
