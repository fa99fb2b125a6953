"""Internal notes on tickets: how one is known again, and what a connector does about it."""

import re
from typing import Final, Protocol, runtime_checkable

__all__ = ["WritesNotes", "marked", "marker"]

_MARK: Final = re.compile(r"\[slahub:[0-9a-f]{16}\]")


def marker(digest: str) -> str:
    """Return what a note bears so that it is found again. digest: 16 hexadecimal digits."""
    return f"[slahub:{digest}]"


def marked(text: str) -> bool:
    """Say whether a text bears the mark of a note of the hub's."""
    return _MARK.search(text) is not None


@runtime_checkable
class WritesNotes(Protocol):
    """Can leave notes on tickets that no customer sees. What comes back of them is dropped in mapping, as no event."""

    def note(self, ticket_id: str, text: str) -> str:
        """Leave a note, in one call that is never repeated; return why the ticket takes none, empty where it did.

        Raises: SourceError where nobody knows whether it arrived.
        """
        ...

    def noted(self, ticket_id: str, mark: str) -> bool:
        """Say whether a note with this mark is on the ticket. Raises: SourceError."""
        ...
