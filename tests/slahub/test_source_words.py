"""The source's own words in what scripts read."""

from typing import Any

import pytest

from core.sla.steps import Words
from slahub.cli.source_words import of_change, of_ticket

NAMES = {("status", "10010"): "Waiting", ("status", "1"): "To Do", ("team", "7"): "Network", ("kind", "5"): "Bug"}
WORDS = ("status", "priority", "kind")


class Row:
    def __init__(self, status: str | None, priority: str | None) -> None:
        self.source_status, self.source_priority = status, priority


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Row("10010", "2"), {"source_status": "Waiting", "source_status_id": "10010", "source_priority": "2"}),
        (Row("pending", None), {"source_status": "pending", "source_priority": None}),
    ],
)
def test_a_ticket_has_the_names_that_people_see_and_the_ids_behind_them(row: Any, expected: dict[str, object]) -> None:
    assert of_ticket(row, NAMES) == expected


def test_a_step_of_the_history_has_them_too() -> None:
    change = Words("status", None, "waiting/customer", "1", "10010")
    assert of_change(change, WORDS, NAMES) == {
        "source_from": "To Do",
        "source_from_id": "1",
        "source_to": "Waiting",
        "source_to_id": "10010",
    }


def test_what_is_no_word_of_a_mapping_stays_as_the_source_has_it() -> None:
    assert of_change(Words("team", None, "7", None, "7"), WORDS, NAMES) == {"source_from": None, "source_to": "7"}
    tags = Words("tags", None, ("a", "b"), None, ("a", "b"))
    assert of_change(tags, WORDS, NAMES) == {"source_from": None, "source_to": ("a", "b")}
