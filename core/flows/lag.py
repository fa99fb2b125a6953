"""Whether a connection is so far behind that somebody should know.

What has been away a while is behind when it comes back, and nobody needs to be told: it is given time to catch up, and
more of it for as long as it does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["Catching", "follow"]

GAIN = timedelta(minutes=1)
"""A gap that is smaller by so much is being closed."""


@dataclass(frozen=True, slots=True)
class Catching:
    """How a connection is followed. late: it is too far behind, and does not catch up.

    well: it was not behind at the last look, so nothing excuses it. least, at: the smallest gap since it came back,
    and when that was seen.
    """

    well: bool = False
    late: bool = False
    least: timedelta | None = None
    at: datetime | None = None


def follow(before: Catching, lag: timedelta | None, allowed: timedelta, now: datetime, *, away: bool) -> Catching:
    """Return how it stands after a look.

    lag: None: it has not been read to its end yet. away: it refuses or is stopped, which is told as such.
    """
    if away or lag is None:
        return Catching(late=before.late and away)
    if lag <= allowed:
        return Catching(well=True)
    if before.well or before.late:
        return replace(before, late=True)
    if before.least is None or before.at is None or lag <= before.least - GAIN:
        return Catching(least=lag, at=now)
    return replace(before, late=now - before.at > allowed)
