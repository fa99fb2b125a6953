"""Up to when a ticket's history is known to be whole."""

from collections.abc import Sequence
from datetime import datetime

__all__ = ["horizon"]


def horizon(created_at: datetime, covered: Sequence[tuple[datetime | None, datetime]]) -> datetime | None:
    """Return the end (exclusive) of the contiguous coverage that begins at or before `created_at`.

    covered: half-open [since, until) stretches of one stream in any order, possibly overlapping or
        empty; since None: from the beginning.
    Returns: None where nothing covers the ticket's beginning. An end before `created_at` means that
        whatever there is of the ticket lies after it.
    """
    reach: datetime | None = None
    for since, until in sorted(covered, key=lambda stretch: (stretch[0] is not None, stretch[0] or created_at)):
        touches = since is None or since <= created_at or (reach is not None and since <= reach)
        if touches and (reach is None or until > reach):
            reach = until
    return reach
