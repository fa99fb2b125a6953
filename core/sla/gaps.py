"""What nobody can say of a clock, since the helpdesk's log does not tell how a field came to be what it is."""

from collections.abc import Mapping
from datetime import datetime

from core.sla.found import Found
from core.sla.history import History
from core.sla.matching import reads, source_fields
from core.sla.plans import ASKED, PRIVATE_REPLY, PUBLIC_REPLY, Plan
from core.sla.policy import Agreement
from core.sla.timeline import Timeline
from core.tickets import COMMENTS, SourceMapping

__all__ = ["gap_of", "unsaid"]

_WRITTEN = PUBLIC_REPLY | PRIVATE_REPLY | ASKED


def gap_of(history: History, found: Found, rows: Timeline, mapping: SourceMapping) -> str:
    """Return why nothing is known of a clock that began before all that it goes by was told; nothing where it was."""
    if not history.gaps:
        return ""
    begun = rows.instants[found.cycle.first]
    late = {name: at for name, at in history.gaps.items() if at > begun}
    return unsaid(late, _read(found.plan, mapping)) if late else ""


def unsaid(gaps: Mapping[str, datetime], fields: frozenset[str]) -> str:
    """Return the sentence about the field of these that is not told of for longest, nothing where none is a gap."""
    mine = [(at, name) for name, at in gaps.items() if name in fields]
    if not mine:
        return ""
    at, name = max(mine)
    if name == COMMENTS:
        return "the helpdesk does not tell what was written on the ticket"
    return f"the helpdesk's log does not tell all of '{name}' before {at:%Y-%m-%dT%H:%M:%SZ}"


def _read(plan: Plan, mapping: SourceMapping) -> frozenset[str]:
    """Return the fields that a clock goes by."""
    policy = plan.policy
    found = {*mapping.status_fields, *mapping.scope}
    for condition in policy.conditions():
        found |= reads(condition, mapping)
    if policy.calendar.by is not None:
        found |= source_fields(policy.calendar.by, mapping)
    if any(priority is not None for priority in plan.metric.targets):
        found.add("priority")
    if plan.hears & _WRITTEN:
        found.add(COMMENTS)
    if plan.hears & ~_WRITTEN or policy.agreement is Agreement.OLA:
        found |= {"assignee", "team"}
    return frozenset(found)
