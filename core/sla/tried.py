"""One ticket under one revision alone, told in what is compared: judging it without what only a ticket's page needs."""

from datetime import datetime
from typing import NamedTuple

from core.calendar.instants import SECOND, to_us
from core.sla.clocks import NEVER, measured
from core.sla.compare import Held, Outcome, at_risk_seconds
from core.sla.found import Found, find, find_unread
from core.sla.gaps import gap_of
from core.sla.history import Desk, History
from core.sla.mapping import text_of
from core.sla.policy import Rules
from core.sla.program import Program, program
from core.sla.run import CANCELLED, ENDED, PAUSED, RUNNING, STOPPED, VOID
from core.sla.timeline import Timeline, timeline
from core.tickets import Phase

__all__ = ["Tried", "tried"]

_OUTCOMES = {
    RUNNING: Outcome.OPEN,
    PAUSED: Outcome.OPEN,
    STOPPED: Outcome.MET,
    ENDED: Outcome.MET,
    CANCELLED: Outcome.CANCELLED,
    VOID: Outcome.CANCELLED,
}


class Tried(NamedTuple):
    """What counts of a ticket's clocks, and whose ticket it is at the judged instant."""

    clocks: list[Held]
    phase: Phase
    customer: str | None
    team: str | None


def tried(history: History, desk: Desk, rules: Rules, now: datetime) -> Tried:
    """Return what judging a ticket by this revision alone, as if it had always been in force, would say.

    now: aware; the source's time. Raises: SettingsError for a policy that names a calendar which does not exist.
    """
    now = max(now, history.ticket.created_at)
    ready = program(desk, rules)
    rows = timeline(history, desk, ready, now)
    if history.whole_since is not None and history.whole_since <= history.ticket.created_at:
        judged = to_us(now)
        clocks = [
            _unknown(one, rows) if gap_of(history, one, rows, desk.mapping) else _held(one, ready, rows, judged)
            for one in find(ready, rows, judged)
        ]
    else:
        clocks = [_unknown(one, rows) for one in find_unread(ready, rows)]
    return Tried(clocks, rows.views[-1].status.phase, rows.present.customer, text_of(rows.values.get("team")))


def _held(found: Found, ready: Program, rows: Timeline, now: int) -> Held:
    figures = measured(found, ready, rows, now)
    if figures is None:
        return _unknown(found, rows)
    target = None if figures.target == NEVER else figures.target // SECOND
    outcome = _OUTCOMES[found.cycle.state]
    if figures.counted.breached_at is not None and outcome is not Outcome.CANCELLED:
        outcome = Outcome.BREACHED
    policy = found.plan.policy
    return Held(
        policy.agreement,
        found.plan.name,
        _started_by(found, rows),
        policy.name,
        outcome,
        figures.due,
        target,
        at_risk_seconds(policy.at_risk, figures.counted.used // SECOND, target),
    )


def _unknown(found: Found, rows: Timeline) -> Held:
    policy, name = found.plan.policy, found.plan.name
    return Held(
        policy.agreement, name, _started_by(found, rows), policy.name, Outcome.UNKNOWN, None, found.term.seconds, 0
    )


def _started_by(found: Found, rows: Timeline) -> str:
    return rows.ids[found.cycle.first]
