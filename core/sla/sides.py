"""On whose side an author is, at the instant of the event."""

from datetime import datetime

from core.sla.history import Desk
from core.tickets import Side

__all__ = ["side"]


def side(desk: Desk, person: str | None, at: datetime, requester: str | None) -> tuple[Side, str | None]:
    """Return the side of `person` at that instant, and the role word if the mapping does not know it.

    A role that the mapping does not know (such as that of a deleted user) leaves people on the side they
    were last on, else makes them customers. Nobody (None) counts as the source itself. A person of whom
    nothing is stored is a customer if they are the requester, else unknown.
    """
    mapping = desk.mapping
    if person is None or person in mapping.system:
        return Side.SYSTEM, None
    if person in mapping.own:
        return Side.INTEGRATION, None
    spans = desk.people.get(person)
    if not spans:
        return (Side.CUSTOMER if person == requester else Side.UNKNOWN), None
    last = 0
    for index, span in enumerate(spans):
        if span.since is not None and span.since > at:
            break
        last = index
    unmapped: str | None = None
    for span in reversed(spans[: last + 1]):
        known = mapping.sides.get(span.role)
        if known is not None:
            return known, unmapped
        unmapped = unmapped or span.role
    return Side.CUSTOMER, unmapped
