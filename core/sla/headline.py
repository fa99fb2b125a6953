"""What a ticket's fields show: the one clock that matters most, in the hub's words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from core.ports import Slot
from core.sla.policy import Agreement
from core.sla.verdict import Clock, Headline, Judgement, Standing, State

__all__ = ["headline_of", "shown"]

_ORDER: Final = {State.RUNNING: 0, State.PAUSED: 1, State.UNKNOWN: 2, State.COMPLETED: 3}
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def headline_of(clocks: Sequence[Clock], show: frozenset[Agreement]) -> Clock | None:
    """Return the clock to show: running, paused, unknown, completed, in that order; then breached, then due first."""
    found = [clock for clock in clocks if clock.agreement in show and clock.state in _ORDER]
    if not found:
        return None
    return min(found, key=lambda clock: (_ORDER[clock.state], not clock.breached, clock.due_at or _LAST))


def shown(
    judgement: Judgement, labels: Mapping[str, str] | None = None, zone: tzinfo = UTC
) -> Mapping[Slot, str | None]:
    """Return what the slots say; None empties a field. Only confirmed breaches are spoken of.

    labels: what people call each policy; its name where there is nothing. zone: whose day the due day is.
    """
    clock = judgement.headline
    if clock is None:
        return {**dict.fromkeys(Slot), Slot.STATE: Headline.NONE.value}
    return {
        Slot.DUE: _instant(clock.due_at),
        Slot.STATE: _word(clock).value,
        Slot.METRIC: clock.id.metric,
        Slot.POLICY: (labels or {}).get(clock.id.policy) or clock.id.policy,
        Slot.BREACHED_AT: _instant(clock.breached_at) if clock.confirmed else None,
        Slot.DUE_DAY: None if clock.due_at is None else clock.due_at.astimezone(zone).date().isoformat(),
    }


def _word(clock: Clock) -> Headline:
    if clock.state is State.UNKNOWN:
        return Headline.UNKNOWN
    if clock.breached:
        if not clock.confirmed:
            return Headline.AT_RISK
        return Headline.MISSED if clock.state is State.COMPLETED else Headline.BREACHED
    if clock.state is State.COMPLETED:
        return Headline.MET
    if clock.state is State.PAUSED:
        return Headline.PAUSED
    return Headline.AT_RISK if clock.standing is Standing.AT_RISK else Headline.ON_TRACK


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
