"""A revision's text, and what one revision changes against another."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from core.settings.plain import Json

__all__ = [
    "LOCKED",
    "RESOLVED",
    "YEARS",
    "Absent",
    "Difference",
    "Side",
    "canonical",
    "describe",
    "differences",
    "parse",
]

RESOLVED, YEARS = "resolved", "resolved_years"
LOCKED = frozenset({RESOLVED, YEARS})
"""Keys that the hub writes into a calendar of a revision; they follow from the others."""

SHOWN = 160
"""Longer values are cut in the readable text; the values themselves stay whole."""

FEW_DAYS = 12
"""More holidays than these are told by those of one year alone."""


class Absent(Enum):
    """What stands for a key that is not there; `null` is a value."""

    ABSENT = "absent"


Side: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that two contents say differently.

    kind: `holidays` for the dates that rules and files stand for, each side a list of `2026-10-03 German Unity Day`.
    """

    path: str
    before: Side
    after: Side
    kind: Literal["setting", "holidays"] = "setting"

    def __str__(self) -> str:
        return f"{self.path}: {self.change()}"

    def change(self) -> str:
        """Return what becomes of the key, without its name."""
        shown = _shown_days if self.kind == "holidays" else _shown
        if self.before is Absent.ABSENT:
            return f"new, {shown(self.after)}"
        if self.after is Absent.ABSENT:
            return f"removed, was {shown(self.before)}"
        lead = "holidays differ, " if self.kind == "holidays" else ""
        return f"{lead}{shown(self.before)} -> {shown(self.after)}"


def canonical(content: Mapping[str, object]) -> str:
    """Return the one text that stands for `content`: what a revision keeps."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse(text: str) -> dict[str, Json]:
    """Return the content behind a revision's text."""
    content: dict[str, Json] = json.loads(text)
    return content


def differences(old: Mapping[str, object] | None, new: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return what `new` changes, in the order of the sections; old None: there was nothing before.

    Locked holiday dates count only where they are others in years that both have, or where the old dates end
    two years or more before the new ones.
    """
    found: list[Difference] = []
    was = parse(canonical(old or {}))
    now = parse(canonical(new))
    for section in dict.fromkeys((*was, *now)):
        before, after = _named(was.get(section)), _named(now.get(section))
        found += _compared(section, before, after, top=True)
        if section == "policies":
            found += _order(list(before), list(after))
    return tuple(found)


def describe(changes: Iterable[Difference]) -> str:
    """Return one line for each difference."""
    return "\n".join(str(change) for change in changes)


def _named(section: Json) -> dict[str, Json]:
    """Return a section as entries by name; a list's entries carry their name."""
    if isinstance(section, dict):
        return section
    if not isinstance(section, list):
        return {} if section is None else {"": section}
    return {
        str(entry.get("name", at)) if isinstance(entry, dict) else str(at): entry for at, entry in enumerate(section)
    }


def _compared(path: str, before: dict[str, Json], after: dict[str, Json], *, top: bool = False) -> list[Difference]:
    found: list[Difference] = []
    for key in sorted({*before, *after}):
        here, old, new = f"{path}.{key}" if key else path, before.get(key, Absent.ABSENT), after.get(key, Absent.ABSENT)
        if key in LOCKED and not top:
            found += _holidays(here, before, after) if key == RESOLVED else []
        elif isinstance(old, dict) and isinstance(new, dict):
            found += _compared(here, old, new)
        elif old != new:
            found.append(Difference(here, _plain(old), _plain(new)))
            days = _days(_dates(new.get(RESOLVED))) if top and isinstance(new, dict) else []
            found += [Difference(f"{here}.{RESOLVED}", Absent.ABSENT, days, "holidays")] if days else []
    return found


def _plain(value: Side) -> Side:
    """Return an entry without its locked dates: they follow from the rule."""
    return {key: part for key, part in value.items() if key not in LOCKED} if isinstance(value, dict) else value


def _holidays(path: str, before: dict[str, Json], after: dict[str, Json]) -> list[Difference]:
    if RESOLVED not in after:
        # A draft that nobody has locked says nothing of dates, and a list of dates says them itself.
        return []
    old, new = _dates(before.get(RESOLVED)), _dates(after[RESOLVED])
    if RESOLVED not in before:
        return [Difference(path, Absent.ABSENT, _days(new), "holidays")]
    was, now = _years(before, old), _years(after, new)
    late = bool(was and now) and max(now) - max(was) >= 2
    changed = [on for on in sorted({*old, *new}) if old.get(on) != new.get(on)]
    gone = _days({on: old[on] for on in changed if on in old and int(on[:4]) in was & now})
    come = _days({on: new[on] for on in changed if on in new and (late or int(on[:4]) in was & now)})
    return [Difference(path, gone, come, "holidays")] if gone or come else []


def _days(dates: Mapping[str, str]) -> list[Json]:
    return [f"{on} {name}" for on, name in dates.items()]


def _years(calendar: dict[str, Json], dates: Iterable[str]) -> set[int]:
    """Return the years that were resolved; older revisions did not write them down, and had dates in each of them."""
    match calendar.get(YEARS):
        case [int(first), int(last)]:
            return {*range(first, last + 1)}
        case _:
            return {int(on[:4]) for on in dates}


def _dates(resolved: Json) -> dict[str, str]:
    days = resolved if isinstance(resolved, list) else []
    return {str(day["date"]): str(day.get("name", "")) for day in days if isinstance(day, dict)}


def _order(before: list[str], after: list[str]) -> list[Difference]:
    kept = [name for name in before if name in after]
    if kept == [name for name in after if name in before]:
        return []
    return [Difference("policies (order)", [*before], [*after])]


def _shown(value: Side) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False).replace('"', "")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _shown_days(days: Side) -> str:
    """Return the holidays of a side; of many only those of the year in their middle, which a revision is made in."""
    told = [str(day) for day in days] if isinstance(days, list) else []
    if len(told) <= FEW_DAYS:
        return f"[{', '.join(told)}]"
    first, last = int(told[0][:4]), int(told[-1][:4])
    year = str((first + last) // 2)
    listed = [day for day in told if day.startswith(year)]
    if not listed:
        return f"{len(told)} days from {first} to {last}, the first [{', '.join(told[:FEW_DAYS])}]"
    return f"{len(told)} days from {first} to {last}, in {year} [{', '.join(listed)}]"
