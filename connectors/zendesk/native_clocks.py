"""Zendesk's own SLA clocks: its ticket metric events as statements. Pure.

A breach is stated in advance, with the instant at which it will come, and taken back when the clock ends
in time. So it is read as the due instant that it is.
"""

from collections.abc import Mapping, Sequence

from connectors import NativeClock, Says, SetAside, Unreadable, fields_of, flag, perhaps, readable, text
from connectors.zendesk.mapping import WORD
from connectors.zendesk.shapes import identifier, instant, number

__all__ = ["STREAM", "statements"]

STREAM = "native_clocks"

SAYS = {
    "activate": Says.STARTED,
    "pause": Says.PAUSED,
    "fulfill": Says.COMPLETED,
    "apply_sla": Says.TARGET,
    "apply_group_sla": Says.TARGET,
    "breach": Says.DUE,
    "update_status": Says.ELAPSED,
}
"""`measure` says only that a metric exists; other types are newer than this."""

ELAPSED = {"business": True, "calendar": False}

MINUTE = 60

MOST_CYCLES = 10**6


def statements(raw: Sequence[object]) -> tuple[tuple[NativeClock, ...], tuple[SetAside, ...]]:
    """Return what metric events state, and those that cannot be read."""
    read, aside = readable(STREAM, raw, _stated)
    return tuple(each for several in read for each in several), aside


def _stated(raw: object) -> tuple[NativeClock, ...] | None:
    row = fields_of(raw, "metric event")
    says = SAYS.get(text(row, "type"))
    if says is None:
        return None
    source_id = identifier(row, "id")
    if says is Says.ELAPSED:
        # One event tells both measures, and each of them is a statement.
        told = perhaps(row.get("status"))
        minutes = {name: number(told, name) for name in ELAPSED if told.get(name) is not None}
        return tuple(
            _statement(row, f"{source_id}:{name}", says, _seconds(minutes.get(name), MINUTE), business)
            for name, business in ELAPSED.items()
            if name in minutes or _withdrawn(row)
        )
    if says is Says.TARGET:
        return (_target(row, source_id),)
    return (_statement(row, source_id, says),)


def _target(row: Mapping[str, object], source_id: str) -> NativeClock:
    """Return a target: in minutes for an SLA, in seconds for a group's SLA, newer accounts tell seconds besides."""
    group = row.get("type") == "apply_group_sla"
    told = perhaps(row.get("group_sla" if group else "sla"))
    policy = perhaps(told.get("policy"))
    exact = told.get("target_in_seconds") is not None
    key = "target_in_seconds" if exact else "target"
    seconds = None if told.get(key) is None else _seconds(number(told, key), 1 if group or exact else MINUTE)
    name = text(policy, "title") or str(policy.get("id") or "")
    business = flag(told, "business_hours", default=False) if told else None
    return _statement(row, source_id, Says.TARGET, seconds, business, name[:WORD] or None)


def _statement(
    row: Mapping[str, object],
    source_id: str,
    says: Says,
    seconds: int | None = None,
    business: bool | None = None,
    policy: str | None = None,
) -> NativeClock:
    cycle = number(row, "instance_id")
    if not 0 <= cycle <= MOST_CYCLES:
        raise Unreadable(f"'instance_id' counts no clocks: {cycle}")
    return NativeClock(
        id=source_id,
        ticket_id=identifier(row, "ticket_id"),
        metric=text(row, "metric")[:WORD],
        cycle=cycle,
        says=says,
        at=instant(row, "time"),
        seconds=seconds,
        business=business,
        policy=policy,
        withdrawn=_withdrawn(row),
    )


def _withdrawn(row: Mapping[str, object]) -> bool:
    return flag(row, "deleted", default=False)


def _seconds(amount: int | None, unit: int) -> int | None:
    return None if amount is None else amount * unit
