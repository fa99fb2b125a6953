"""A helpdesk of the demo as the demo sees it: what stands in its tickets' fields, asked of its own API."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.ports import Slot

__all__ = ["Desk", "Shown"]

Shown = Mapping[Slot, str | None]
"""What one ticket's fields say in the helpdesk: instants and states as the hub has them, whatever the desk's form."""


class Desk(Protocol):
    """A running helpdesk. name: of the connection to it in the hub's folder."""

    @property
    def name(self) -> str: ...

    @property
    def url(self) -> str: ...

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the fields of these tickets over HTTP, knowing nothing of the hub; gone tickets are absent."""
        ...

    def writes(self) -> int:
        """Return how many write calls the helpdesk has taken."""
        ...

    def people(self, per_minute: float) -> None:
        """Let people work there at this rate; 0 sends them home."""
        ...
