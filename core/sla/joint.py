"""A ticket judged, where some of its clocks lean on linked tickets and so on what is known of those."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.sla.headline import headline_of
from core.sla.history import Desk, History, Linked
from core.sla.judge import judge as judge_by
from core.sla.policy import Agreement, Rules
from core.sla.program import program
from core.sla.verdict import Clock, Judgement, State

__all__ = ["judge"]

_SLA: Final = frozenset({Agreement.SLA})
_SOON: Final = timedelta(minutes=1)
_LATER: Final = timedelta(minutes=10)
"""When to look again at what waits for the other helpdesk to tell more: nothing of this one's says that it has."""


def judge(
    history: History, desk: Desk, rules: Sequence[Rules], now: datetime, show: frozenset[Agreement] = _SLA
) -> Judgement:
    """Return what is held of a ticket at `now`, as `core.sla.judge` does.

    Clocks that lean on linked tickets are sure only as far as those are known, and unknown where those are; all
    others are as if there were no link.
    """
    alone = judge_by(history, desk, rules, now, show)
    linked = history.linked
    if linked is None or history.whole_since is None or not _less(linked, history.horizon):
        return alone
    known = replace(history, horizon=linked.horizon, whole_since=None if linked.gap else history.whole_since)
    together = judge_by(known, desk, rules, now, show)
    lean = {one.revision: program(desk, one).leaning for one in rules}

    def leans(clock: Clock) -> bool:
        return (clock.id.policy, clock.id.metric) in lean.get(clock.revision, ())

    own = [clock for clock in alone.clocks if not leans(clock)]
    joint = [clock for clock in together.clocks if leans(clock)]
    if linked.gap:
        joint = [replace(clock, reason=linked.gap) for clock in joint]
    clocks = sorted((*own, *joint), key=lambda one: (one.agreement, one.id.policy, one.id.metric, one.cycle))
    checks = [at for at in (alone.next_check_at, _again(linked, alone.clocks, joint, now)) if at is not None]
    return replace(
        alone, clocks=tuple(clocks), headline=headline_of(clocks, show), next_check_at=min(checks, default=None)
    )


def _less(linked: Linked, horizon: datetime | None) -> bool:
    """Tell whether less is known of the linked tickets than of the ticket itself."""
    return bool(linked.gap) or (horizon is not None and (linked.horizon is None or linked.horizon < horizon))


def _again(linked: Linked, alone: Sequence[Clock], joint: Sequence[Clock], now: datetime) -> datetime | None:
    """Return when to look again; None: nothing waits for the other helpdesk alone."""
    if linked.closing and joint:
        return now + _LATER
    sure = {clock.id for clock in alone if clock.confirmed}
    waits = any(not one.confirmed and one.state is not State.UNKNOWN and one.id in sure for one in joint)
    return now + _SOON if waits else None
