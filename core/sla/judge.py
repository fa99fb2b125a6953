"""A ticket judged: its clocks under the revisions that govern them, its normal values, when to look again."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from core.calendar.instants import from_us, to_us
from core.sla.clocks import clock_of, unknown_clock
from core.sla.confirming import confirmed_alone
from core.sla.found import find, find_unread
from core.sla.gaps import gap_of
from core.sla.headline import headline_of
from core.sla.history import Desk, History
from core.sla.mapping import text_of
from core.sla.policy import Agreement, Rules
from core.sla.program import Program, program
from core.sla.restating import place, restated
from core.sla.timeline import Timeline, timeline
from core.sla.verdict import Clock, Judgement, Normal, State
from core.tickets import Phase

__all__ = ["judge"]

_NO_RULES: Final = Rules(revision=0, applied_at=datetime(1970, 1, 1, tzinfo=UTC), policies=(), calendars={})
_SLA: Final = frozenset({Agreement.SLA})
_RESOLVED: Final = frozenset({Phase.RESOLVED, Phase.CLOSED})
_OPEN: Final = frozenset({State.RUNNING, State.PAUSED, State.UNKNOWN})
_GAP: Final = "history not read back to the ticket's creation yet"


def judge(
    history: History, desk: Desk, rules: Sequence[Rules], now: datetime, show: frozenset[Agreement] = _SLA
) -> Judgement:
    """Return what is held of a ticket at `now`; events, revisions and history after it are not looked at.

    desk, rules: values that nobody changes in place; what is worked out from them is remembered by identity.
    rules: ascending by `applied_at`; the first also governs everything before it.
    now: aware; the source's time, so corrected by its skew.
    show: the agreements of which the headline is chosen.
    Raises: SettingsError for a policy that names a calendar which does not exist.
    Source: docs/adr/0004-replay.md; scenarios in tests/vectors/sla_tickets.json.
    """
    # A ticket made a moment ahead of the hub's time is judged at its creation.
    now = max(now, history.ticket.created_at)
    applied = [one for one in rules if one.applied_at <= now] or list(rules[:1]) or [_NO_RULES]
    clocks, rows, latest, pending = _governed(history, desk, applied, now)
    clocks.sort(key=lambda clock: (clock.agreement, clock.id.policy, clock.id.metric, clock.cycle))
    checks = [clock.next_check_at for clock in clocks if clock.next_check_at is not None]
    checks += [one.applied_at for one in rules[len(applied) :] if one.applied_at > now][:1]
    checks += _texts(clocks, rows, latest, now)
    checks += _declarations(clocks, latest, to_us(now))
    if history.events and history.events[-1].at > now:
        # The host's idea of the source's time may be behind what the source has told already.
        checks.append(next(event.at for event in history.events if event.at > now))
    return Judgement(
        clocks=tuple(clocks),
        headline=headline_of(clocks, show),
        normal=_normal(rows, latest, history),
        next_check_at=min(checks, default=None),
        unmapped=rows.unmapped,
        pending_since=pending,
        inside=rows.inside,
    )


def _governed(
    history: History, desk: Desk, applied: Sequence[Rules], now: datetime
) -> tuple[list[Clock], Timeline, Program, datetime | None]:
    """Return the clocks, each under the newest revision applied before its completion, or a newer one that restates."""
    first = 0
    for index, one in enumerate(applied):
        everything = one.restates is not None and one.restates.everything
        if everything or one.applied_at <= history.ticket.created_at:
            first = index
    newest = program(desk, applied[-1])
    clocks, rows, waiting = _evaluated(history, desk, newest, now)
    if first == len(applied) - 1:
        return clocks, rows, newest, min(waiting, default=None)
    fixed: list[Clock] = []
    for one, following in pairwise(applied[first:]):
        since = None if one is applied[first] else one.applied_at
        restates = None if since is None else one.restates
        quiet = since is not None and not any(since <= event.at < following.applied_at for event in history.events)
        if quiet and restates is None:
            continue
        older, then, pending = _evaluated(history, desk, program(desk, one), now)
        over = [clock for clock in older if _completed_in(clock, None, following.applied_at)]
        if restates is not None and since is not None:
            fixed, fresh = restated(fixed, over, restates, then.present.customer)
            fixed += _new(fixed, [clock for clock in fresh if _completed_in(clock, None, since)])
        fixed += _new(fixed, [clock for clock in over if _completed_in(clock, since, None)])
        waiting += pending
    newer = applied[-1]
    if newer.restates is not None:
        fixed, fresh = restated(fixed, clocks, newer.restates, rows.present.customer)
        fixed += _new(fixed, [clock for clock in fresh if _completed_in(clock, None, newer.applied_at)])
    clocks = [clock for clock in clocks if clock.completed_at is None or _completed_in(clock, newer.applied_at, None)]
    return fixed + _new(fixed, clocks), rows, newest, min(waiting, default=None)


def _evaluated(
    history: History, desk: Desk, ready: Program, now: datetime
) -> tuple[list[Clock], Timeline, list[datetime]]:
    """Return the clocks under one revision alone, and the instants of comments that nobody can place yet."""
    rows = timeline(history, desk, ready, now)
    if not _whole(history):
        return [unknown_clock(one, ready, rows, _GAP) for one in find_unread(ready, rows)], rows, []
    now_us = to_us(now)
    found = find(ready, rows, now_us)
    unplaced = [one.cycle.maybe for one in found if one.cycle.maybe is not None]
    horizon = None if history.horizon is None else min([to_us(history.horizon), *unplaced])
    clocks = [
        unknown_clock(one, ready, rows, gap)
        if (gap := gap_of(history, one, rows, desk.mapping))
        else clock_of(one, ready, rows, now_us, horizon)
        for one in found
    ]
    return confirmed_alone(clocks, ready, rows, horizon), rows, [from_us(at) for at in unplaced]


def _texts(clocks: Sequence[Clock], rows: Timeline, ready: Program, now: datetime) -> list[datetime]:
    """Return when the text of a policy changes under the ticket; once it is resolved and its clocks are over, never."""
    ahead = ready.eras[ready.era(to_us(now)) :]
    if not ahead or (rows.views[-1].status.phase in _RESOLVED and all(clock.state not in _OPEN for clock in clocks)):
        return []
    owners = rows.present.owners
    dates = (date for date in ahead if ready.keeps or ready.combination(rows.values, ready.era(date)).owners != owners)
    return [from_us(date) for date in dates][:1]


def _declarations(clocks: Sequence[Clock], ready: Program, now: int) -> list[datetime]:
    """Return when a calendar of a clock that is not over comes to know of another closing."""
    names = {clock.calendar for clock in clocks if clock.state in _OPEN}
    known = (ready.rules.calendars[name].declared_us for name in names if name in ready.rules.calendars)
    return [from_us(dates[at]) for dates in known if (at := bisect_right(dates, now)) < len(dates)]


def _completed_in(clock: Clock, since: datetime | None, until: datetime | None) -> bool:
    if clock.completed_at is None or (since is not None and clock.completed_at < since):
        return False
    return until is None or clock.completed_at < until


def _new(fixed: Sequence[Clock], clocks: Sequence[Clock]) -> list[Clock]:
    """Return the clocks whose place is not taken: an identity, or a cycle of a metric within an agreement."""
    ids = {clock.id for clock in fixed}
    places = {place(clock) for clock in fixed}
    return [clock for clock in clocks if clock.id not in ids and place(clock) not in places]


def _whole(history: History) -> bool:
    return history.whole_since is not None and history.whole_since <= history.ticket.created_at


def _normal(rows: Timeline, ready: Program, history: History) -> Normal:
    values, combination = rows.values, rows.present
    return Normal(
        status=rows.views[-1].status,
        priority=combination.priority,
        kind=combination.kind,
        customer=combination.customer,
        requester=text_of(values.get("requester")),
        assignee=text_of(values.get("assignee")),
        team=text_of(values.get("team")),
        organisation=text_of(values.get("organisation")),
        resolved_at=_resolved_at(rows, ready, history),
        source_status=next((values[name] for name in ready.mapping.status_fields if values.get(name)), None),
        source_priority=values.get("priority"),
    )


def _resolved_at(rows: Timeline, ready: Program, history: History) -> datetime | None:
    """Return when the ticket was last resolved; None while open, or when that lies before what was read."""
    row = len(rows.views)
    while row and rows.views[row - 1].status.phase in _RESOLVED:
        row -= 1
    if row == len(rows.views) or (row == 0 and not _whole(history)):
        return None
    told = [at for name in ready.mapping.status_fields if (at := history.gaps.get(name)) is not None]
    return rows.instants[row] if all(at <= rows.instants[row] for at in told) else None
