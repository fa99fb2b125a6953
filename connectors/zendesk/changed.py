"""The list of tickets, latest change first: neither archived nor deleted ones are on it."""

from dataclasses import dataclass
from datetime import datetime

from connectors import SetAside, fields_of, readable
from connectors.zendesk.client import Api
from connectors.zendesk.shapes import instant, number

__all__ = ["Changed", "Row", "changed"]

FAR = 2**62

LATEST_FIRST = {"sort": "-updated_at"}


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket as listed. updated: seconds since 1970."""

    id: int
    updated: int
    raw: object


@dataclass(frozen=True, slots=True)
class Changed:
    """One page. asked: Zendesk's clock when it was asked for, or a little before. after: the next page, if any."""

    rows: tuple[Row, ...]
    set_aside: tuple[SetAside, ...]
    asked: datetime
    after: str

    @property
    def oldest(self) -> int:
        """Return the second of the last row's change; a page without readable rows says nothing of how far it goes."""
        return self.rows[-1].updated if self.rows else FAR


def changed(api: Api, after: str) -> Changed:
    """Return one page of the list. Raises: CursorExpired."""
    found = api.page("tickets", after, LATEST_FIRST)
    rows, aside = readable("tickets", found.items, row)
    return Changed(rows, aside, found.date, "" if found.after == after else found.after)


def row(raw: object) -> Row:
    """Return which ticket a row tells of, and when it last changed."""
    ticket = fields_of(raw, "ticket")
    return Row(number(ticket, "id"), int(instant(ticket, "updated_at").timestamp()), raw)
