"""What the desk keeps beside its tickets: ratings, mails that were held back, views."""

from dataclasses import dataclass

from connectors.zendesk.emulator.agreements import Condition
from connectors.zendesk.emulator.records import Doc

__all__ = ["Rating", "Suspended", "View"]


@dataclass(slots=True)
class Rating:
    """What a customer was asked, and then said, about a ticket; `score` is offered, good or bad."""

    id: int
    ticket_id: int
    requester_id: int | None
    assignee_id: int | None
    group_id: int | None
    score: str
    created_at: int
    updated_at: int
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    """A mail that has not become a ticket."""

    id: int
    subject: str
    content: str
    author: tuple[str, str]  # name, address
    cause: str
    brand_id: int
    created_at: int


@dataclass(slots=True)
class View:
    """A list that agents see. Its body is kept in the API's own words."""

    id: int
    title: str
    position: int
    created_at: int
    updated_at: int
    description: str = ""
    active: bool = True
    default: bool = False
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    columns: tuple[str, ...] = ("nice_id", "subject", "requester", "updated")
    group_by: str | None = None
    group_order: str = "desc"
    sort_by: str = "nice_id"
    sort_order: str = "desc"
    restriction: Doc | None = None
