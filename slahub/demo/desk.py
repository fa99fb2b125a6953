"""A helpdesk of the demo as the demo sees it: what stands in its tickets' fields, asked of its own API."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.ports import Slot

__all__ = ["Desk", "Shown", "Workshop"]

Shown = Mapping[Slot, str | None]
"""What one ticket's fields say in the helpdesk: instants and states as the hub has them, whatever the desk's form."""


class Desk(Protocol):
    """A running helpdesk. name: of the connection to it in the hub's folder.

    account, secret: what the hub comes in with.
    """

    @property
    def name(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def account(self) -> str: ...

    @property
    def secret(self) -> str: ...

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the fields of these tickets over HTTP, knowing nothing of the hub; gone tickets are absent."""
        ...

    def writes(self) -> int:
        """Return how many write calls the helpdesk has taken."""
        ...

    def people(self, per_minute: float) -> None:
        """Let people work there at this rate; 0 sends them home."""
        ...

    def advance(self, seconds: float) -> None:
        """Let so much time pass there."""
        ...


class Workshop(Desk, Protocol):
    """A helpdesk in which others work at what support hands on. Tickets are named by their ids there."""

    def take_in(self, subject: str, *, of: str, at: str, urgent: bool) -> str:
        """Open a ticket for one in support; of: its key, at: its address."""
        ...

    def take_up(self, ticket: str) -> None:
        """Let somebody take a ticket."""
        ...

    def finish(self, ticket: str) -> None: ...
