"""Checkpoints of an instance's tables: each is kept whole, and what is none is refused."""

from datetime import UTC, datetime

import pytest

from connectors import SourceError
from connectors.servicenow.keyset import Place
from connectors.servicenow.streams import Pass

DEEP = pytest.param("[" * 5000, id="nested")


def test_a_pass_and_a_place_are_kept_whole() -> None:
    here = Pass(10, 20, 15, "65e0c0f2", {"65e0c0f2": (12, 3)})
    assert Pass.loaded(here.checkpoint().cursor) == here
    place = Place(datetime(2026, 3, 4, 10, tzinfo=UTC), "65e0c0f2")
    assert Place.loaded(place.checkpoint().cursor) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "", "[]", "7", "\ud800", DEEP, '{"mark":1}', '{"mark":1,"until":0,"at":0,"id":"","recent":{"a":[1]}}',
        '{"mark":1e999,"until":0,"at":0,"id":"","recent":{}}',
        '{"mark":0,"until":999999999999,"at":0,"id":"","recent":{}}',
        '{"mark":0,"until":0,"at":-999999999999,"id":"","recent":{}}',
        '{"mark":0,"until":0,"at":0,"id":"","recent":{"a":[1e999,1]}}',
    ],
)  # fmt: skip
def test_what_is_no_pass_is_refused(cursor: str) -> None:
    with pytest.raises(SourceError, match="not a checkpoint of this stream"):
        Pass.loaded(cursor)


@pytest.mark.parametrize(
    "cursor", ["", "{}", "[]", "7", DEEP, '["soon","a"]', '["2026-03-04 10:00:00"]', '["9999-99-99 10:00:00","a"]']
)
def test_what_is_no_place_is_refused(cursor: str) -> None:
    with pytest.raises(SourceError, match="not a checkpoint of this stream"):
        Place.loaded(cursor)
