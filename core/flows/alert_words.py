"""What a person is told: what it is, where, since when, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.flows.alert_kinds import kind_of
from core.store.alerts import BEGINS, Due
from core.telemetry import clean_text

__all__ = ["Message", "message", "trial"]

EACH = 3
"""How many findings of one sort are told one by one; of the others it is said how many they are."""

PARTS = 30
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Message:
    """One message, of plain text. No secret can be read in it."""

    title: str
    body: str


def message(chosen: Sequence[Due]) -> Message:
    """Return one message of all of these; there is at least one."""
    sorts: dict[tuple[str, str, str], list[Due]] = {}
    for each in sorted(chosen, key=lambda one: (one.says != BEGINS, not kind_of(one.code).urgent)):
        sorts.setdefault((each.says, each.connection, each.code), []).append(each)
    parts = [part for alike in sorts.values() for part in _parts(alike)]
    if len(parts) > PARTS:
        parts = [*parts[:PARTS], f"and {len(parts) - PARTS:,} more: slahub status"]
    return Message(clean_text(_title(chosen)), clean_text("\n\n".join(parts)) + "\n")


def trial(host: str, now: datetime) -> Message:
    """Return a message that only shows that messages arrive."""
    body = f"The hub on {host} can send messages to you; this one was asked for at {_minute(now)}.\nNothing is to do.\n"
    return Message("slahub: a test", clean_text(body))


def _title(chosen: Sequence[Due]) -> str:
    if len({(each.says, each.connection, each.code) for each in chosen}) == 1:
        one = chosen[0]
        return f"slahub: {_where(one)}: {kind_of(one.code).title}{'' if one.says == BEGINS else ', over'}"
    begun = sum(each.says == BEGINS for each in chosen)
    over = len(chosen) - begun
    said = [f"{begun:,} to look at"] if begun else []
    return f"slahub: {', '.join([*said, f'{over:,} over'] if over else said)}"


def _parts(alike: Sequence[Due]) -> list[str]:
    parts = [_part(each) for each in alike[:EACH]]
    if len(alike) > EACH:
        one = alike[0]
        parts.append(f"{_where(one)}: {len(alike) - EACH:,} more of the same sort: slahub status")
    return parts


def _part(each: Due) -> str:
    kind = kind_of(each.code)
    lines = [f"{_where(each)}: {kind.title}, {_when(each)}", _short(each.text)]
    if each.says == BEGINS and kind.do:
        lines.append(f"What to do: {kind.do}")
    if each.doubts:
        lines.append("You may have been told of this already: nobody could say whether that message had arrived.")
    return "\n  ".join(lines)


def _where(each: Due) -> str:
    return each.connection or "the hub"


def _when(each: Due) -> str:
    if each.says == BEGINS or each.ended_at is None:
        return f"since {_minute(each.since)}"
    return f"over since {_minute(each.ended_at)}, after {_length(each.ended_at - each.since)}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _length(length: timedelta) -> str:
    minutes = max(0, int(length.total_seconds())) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
