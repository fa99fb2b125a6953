"""A small desk in lists."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Change, Comment, Event, FieldUpdate, Person, SetAside, Slot, Ticket
from connectors.testing import ListConnector, ListPage

START = datetime(2026, 5, 11, 12, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def now() -> datetime:
    return later(600)


def ticket(number: int, minutes: float = 0, version: int = 1) -> Ticket:
    values = {"status": "open", "requester": "ada", "tags": ("a", "b"), "brand": "red" if number % 2 else "blue"}
    return Ticket(
        str(number), f"#{number}", f"https://desk/{number}", START, later(minutes), version, values, {"due": None}
    )


def event(number: int, ticket_id: str, minutes: float) -> Event:
    change = Change("status", "new", "open")
    comment = Comment(f"c{number}", "bob", public=True)
    return Event(ticket_id, "ticket_events", f"e{number}", later(minutes), 0, "bob", (change,), (comment,))


def desk_pages() -> dict[str, Sequence[ListPage]]:
    return {
        "tickets": [
            ListPage((ticket(1, 1), ticket(2, 2)), later(2)),
            ListPage((ticket(3, 3), ticket(1, 4, version=2)), later(4)),
        ],
        "ticket_events": [
            ListPage((event(1, "1", 1), event(2, "2", 2)), later(2)),
            ListPage((event(3, "3", 3),), later(3)),
            ListPage((event(4, "1", 4), event(3, "3", 3)), later(4)),
        ],
        "people": [ListPage((Person("ada", "Ada", "end-user"), Person("bob", "Bob", "agent")))],
    }


SPOILT = SetAside("ticket_events", "e2", "status: expected text, got a list", "0" * 64)


@pytest.fixture
def desk() -> ListConnector:
    made = ListConnector(desk_pages(), now=now)
    made.parts = "brand"
    return made


@pytest.fixture
def updates() -> Sequence[FieldUpdate]:
    return [
        FieldUpdate("1", {Slot.DUE: "2026-05-11T18:00:00Z", Slot.STATE: "on track"}),
        FieldUpdate("2", {Slot.STATE: "breached", Slot.DUE: None}),
    ]
