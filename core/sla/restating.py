"""Clocks that were over before a revision and are judged by it all the same."""

from collections.abc import Sequence

from core.sla.policy import Agreement, Restating
from core.sla.verdict import Clock

__all__ = ["Place", "place", "restated"]

Place = tuple[Agreement, str, str, int]
"""Where there is room for one clock: a cycle of a metric within an agreement, of each policy between teams."""


def place(clock: Clock) -> Place:
    """Return the place of a clock."""
    mine = clock.id.policy if clock.agreement is Agreement.OLA else ""
    return clock.agreement, mine, clock.id.metric, clock.cycle


def restated(
    fixed: Sequence[Clock], fresh: Sequence[Clock], restating: Restating, customer: str | None
) -> tuple[list[Clock], list[Clock]]:
    """Return what stays of the clocks that older revisions hold, and which of a newer one's come into their places.

    fixed: over before the newer revision. fresh: all clocks by the newer one.
    customer: whose the ticket is.
    """
    if restating.customers and customer not in restating.customers:
        return list(fixed), []
    meant = {place(clock) for clock in (*fixed, *fresh) if _means(restating, clock)}
    return [clock for clock in fixed if place(clock) not in meant], [clock for clock in fresh if place(clock) in meant]


def _means(restating: Restating, clock: Clock) -> bool:
    if restating.policies and clock.id.policy not in restating.policies:
        return False
    if restating.calendars and clock.calendar not in restating.calendars:
        return False
    return restating.since is None or (clock.completed_at is not None and clock.completed_at >= restating.since)
